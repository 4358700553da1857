//! How work on many tiles is done: on how many threads, who is told how far it is, and who may make it wait.
//!
//! Does no work itself.

use super::BuildProgress;

/// The manner of the work; the same for reading tiles and for comparing them.
#[derive(Clone, Copy)]
pub struct Work<'w> {
    /// How many threads; at least one is taken.
    pub threads: usize,
    /// Told how far the work is, on any thread, and may take its time, too. `false` stops it.
    pub go_on: &'w (dyn Fn(&BuildProgress) -> bool + Sync),
    /// Asked on every thread before each tile that it reads or compares. It may take its time: so work makes room for what
    /// is more urgent. `false` stops the work.
    pub before_each: &'w (dyn Fn() -> bool + Sync),
}

impl<'w> Work<'w> {
    /// Work that makes room for nobody.
    pub fn new(threads: usize, go_on: &'w (dyn Fn(&BuildProgress) -> bool + Sync)) -> Self {
        Self { threads, go_on, before_each: &|| true }
    }
}
