//! The progress of long work, and its cancellation.
//!
//! One way for everything that takes long, here and in the crates above: a callee reports each step
//! through [`Progress`] and returns [`Cancelled`] as soon as a report does. It does no work and
//! knows no threads.

use std::sync::atomic::{AtomicBool, Ordering};

use thiserror::Error;

/// The kind of work that is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Fetching the rows of a dataset that is elsewhere, in bytes.
    Fetching,
    /// Fetching tiles of a dataset that is elsewhere, in bytes.
    FetchingTiles,
    /// Making JSON lines of the rows of a split that is Parquet, in rows.
    Converting,
    /// Indexing shards.
    Shards,
    /// Searching for tiles; a check that decodes them also counts them here.
    Tiles,
    /// Reading the pixels of tiles.
    Pixels,
    /// Reading the text of tiles.
    Reading,
    /// Comparing pairs of pictures.
    Pairs,
    /// Processing rows.
    Rows,
    /// Writing rows; each format counts from 0.
    Writing,
    /// Copying tiles, in bytes.
    Images,
    /// Reading files for their checksums, in bytes.
    Checksums,
    /// Reading sidecars.
    Sidecars,
}

impl Stage {
    /// Returns the text that people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Fetching => "fetching the rows",
            Self::FetchingTiles => "fetching tiles",
            Self::Converting => "converting Parquet",
            Self::Shards => "indexing shards",
            Self::Tiles => "searching for tiles",
            Self::Pixels => "reading pixels",
            Self::Reading => "reading text",
            Self::Pairs => "comparing pictures",
            Self::Rows => "processing rows",
            Self::Writing => "writing rows",
            Self::Images => "copying tiles",
            Self::Checksums => "checksums",
            Self::Sidecars => "reading sidecars",
        }
    }

    /// Returns the step of this stage at which `done` of `total` are done.
    pub fn step(self, done: usize, total: usize) -> ProgressStep {
        ProgressStep { stage: self, done, total }
    }
}

/// The progress of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgressStep {
    /// The kind of work.
    pub stage: Stage,
    /// The amount that is done.
    pub done: usize,
    /// The amount to do; 0 while that is unknown.
    pub total: usize,
}

impl ProgressStep {
    /// Returns the share that is done, from 0 to 1; 0 while the total is unknown.
    pub fn share(&self) -> f32 {
        (self.done as f32 / self.total.max(1) as f32).min(1.0)
    }
}

/// The error of work that was asked to stop before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("cancelled")]
pub struct Cancelled;

/// The receiver of progress reports. Reports come from any thread, several at a time.
pub trait Progress: Sync {
    /// Receives the progress of the work. It may block, to slow the work down.
    ///
    /// # Errors
    /// When the work must stop. The caller then returns as soon as it can.
    fn report(&self, step: ProgressStep) -> Result<(), Cancelled>;
}

impl<F: Fn(ProgressStep) -> Result<(), Cancelled> + Sync> Progress for F {
    fn report(&self, step: ProgressStep) -> Result<(), Cancelled> {
        self(step)
    }
}

/// A stop flag: the work ends once it is true.
impl Progress for AtomicBool {
    fn report(&self, _: ProgressStep) -> Result<(), Cancelled> {
        if self.load(Ordering::Relaxed) { Err(Cancelled) } else { Ok(()) }
    }
}

/// For work that nobody watches or cancels.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn report(&self, _: ProgressStep) -> Result<(), Cancelled> {
        Ok(())
    }
}
