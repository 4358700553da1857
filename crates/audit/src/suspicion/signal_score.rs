//! The counts of one signal: how often it was raised, judged and confirmed.
//!
//! Counts nothing itself: [`Scoreboard`](super::Scoreboard) does, and
//! [`SignalWeights`](super::SignalWeights) follow from the counts.

use super::signal::Signal;
use crate::interval::wilson;

/// The results of one signal.
///
/// *Raised* are its findings; several about one tile count once. *Judged* are those that a person
/// inspected and decided on. For a finding about a tile, that means: the tile was marked as
/// relevant, not relevant or broken, and the mark was not propagated from another row; “unsure”
/// decides nothing. *Confirmed* are the judged findings that the person agreed with: a negative is
/// relevant, a positive is not relevant, and a blank or unreadable tile is broken.
///
/// A tile that was merely visible when its row was accepted was not inspected: a finding about it
/// is not judged. It counts as *confirmed by accept* instead, which enters no rate and no weight.
/// If the tile was in focus, compared or enlarged before, its finding is judged.
///
/// Three signals concern whole rows, and no mark of a tile could confirm them. They are judged by
/// the verdict, accept or reject: `repeated` and `split-leak` are confirmed by a reject.
/// `mining-hole` means that the negatives were not filtered: it is confirmed by any negative that
/// was marked as relevant (except the row's own positive among them), and judged by that or by the
/// verdict.
///
/// Samples that were inspected because they were suspect count as well, since the rate is how often
/// a signal is right about its findings. But such samples are chosen by score, the strongest first,
/// so the rate may be higher than that of all findings: [`Self::chosen`] is their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalScore {
    /// The signal.
    pub signal: Signal,
    /// The number of its findings.
    pub raised: usize,
    /// The number of those that were inspected and decided on.
    pub judged: usize,
    /// The number of judged findings that were right.
    pub confirmed: usize,
    /// The number of judged findings in samples that were chosen because they were suspect.
    pub chosen: usize,
    /// The number of the other findings whose tiles were confirmed by accepting their rows, though
    /// nobody inspected them. In no rate.
    pub confirmed_by_accept: usize,
}

impl SignalScore {
    /// Returns a score without findings.
    pub(super) fn new(signal: Signal) -> Self {
        Self { signal, raised: 0, judged: 0, confirmed: 0, chosen: 0, confirmed_by_accept: 0 }
    }

    /// Returns the share of the judged findings that was confirmed, 0 to 1; `None` if none was
    /// judged.
    pub fn precision(&self) -> Option<f64> {
        (self.judged > 0).then(|| self.confirmed as f64 / self.judged as f64)
    }

    /// Returns the 95 % interval of [`Self::precision`]: see [`wilson`].
    pub fn interval(&self) -> Option<(f64, f64)> {
        wilson(self.confirmed, self.judged)
    }
}
