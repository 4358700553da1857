//! The counts of one signal: how often it was raised, judged and confirmed.
//!
//! Counts nothing itself: [`Scoreboard`](super::Scoreboard) does, and [`SignalWeights`](super::SignalWeights) follow from it.

use super::signal::Signal;
use crate::interval::wilson;

/// How one signal did.
///
/// *Raised* are its findings; of several about one tile, one counts. *Judged* are those of them that a person looked at and
/// decided on. For a finding about a tile: it was called relevant, not relevant or broken, and that was not carried over from
/// another row; “unsure” decides nothing. *Confirmed* are those of the judged that the person agreed with: a negative is relevant,
/// a positive is not relevant, and what is blank or unreadable is broken.
///
/// A tile that was merely visible when its row was accepted was not looked at by itself: a finding about it is not judged, and
/// counts as *confirmed by accept* instead, in no rate and no weight. One that had been in focus, compared or enlarged before
/// is judged.
///
/// Three signals tell of rows, where nothing that is said of the tile could confirm them. They are judged by the verdict, accept
/// or reject: `repeated` and `split-leak` are confirmed by a reject. `mining-hole` says that the negatives were not filtered: it is
/// confirmed by any negative that was judged relevant (the row's own positive among them aside), and judged by that or by the
/// verdict.
///
/// What was looked at because it was suspect counts here, since what is measured is how often a signal is right about what it
/// raises. But such samples are chosen by the scores, the strongest first, so the rate may be flattered against all that was
/// raised: [`Self::chosen`] says how many they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalScore {
    /// Which signal.
    pub signal: Signal,
    /// How many findings it has.
    pub raised: usize,
    /// How many of those were looked at and decided on.
    pub judged: usize,
    /// How many of those were right.
    pub confirmed: usize,
    /// How many of the judged came up because they were suspect.
    pub chosen: usize,
    /// How many of the others are about tiles that accepting their rows confirmed, though nobody inspected them. In no rate.
    pub confirmed_by_accept: usize,
}

impl SignalScore {
    /// Nothing raised yet.
    pub(super) fn new(signal: Signal) -> Self {
        Self { signal, raised: 0, judged: 0, confirmed: 0, chosen: 0, confirmed_by_accept: 0 }
    }

    /// The share of the judged that was confirmed, 0 to 1; `None` where nothing was judged.
    pub fn precision(&self) -> Option<f64> {
        (self.judged > 0).then(|| self.confirmed as f64 / self.judged as f64)
    }

    /// The 95 % interval of [`Self::precision`]: see [`wilson`].
    pub fn interval(&self) -> Option<(f64, f64)> {
        wilson(self.confirmed, self.judged)
    }
}
