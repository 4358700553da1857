//! The confidence intervals of a counted share, as this crate's tables show them.
//!
//! The arithmetic is that of `tilejury_stats`; the caller counts.

use tilejury_stats::Level;

/// The 95 % interval for `hits` of `trials` independent trials, each end from 0 to 1; `None`
/// without trials. For scoreboards; see [`tilejury_stats::wilson`].
pub fn wilson(hits: usize, trials: usize) -> Option<(f64, f64)> {
    tilejury_stats::wilson(hits as u64, trials as u64, Level::USUAL).map(|found| (found.low, found.high))
}

/// The exact 95 % interval for `hits` of `trials` independent trials, each end from 0 to 1; `None`
/// without trials. See [`tilejury_stats::clopper_pearson`].
pub fn exact(hits: usize, trials: usize) -> Option<(f64, f64)> {
    let found = tilejury_stats::clopper_pearson(hits as f64, trials as f64, Level::USUAL)?;
    Some((found.low, found.high))
}
