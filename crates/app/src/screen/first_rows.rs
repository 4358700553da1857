//! The first rows to look at of the overview: those without a verdict that are probably wrong, the
//! most suspicious first. Finds them over several frames. Draws nothing.

use std::sync::Arc;

use tilejury_audit::Shown;
use tilejury_audit::suspicion::LIKELY;
use tilejury_data::SampleIndex;

use super::sheet_pairs::SheetPair;
use crate::review::Review;
use crate::tile_texts::TileTexts;
use crate::ui::first_rows::MOST;

/// The rows that are examined in one frame: of each, two numbers are compared.
const ROWS_A_FRAME: usize = 20_000;
/// The rows that are kept as candidates: one without a suspicious negative is no pair.
const CANDIDATES: usize = 2 * MOST;

/// The rows that were found, and the state of the search for others.
#[derive(Default)]
pub(super) struct FirstRows {
    /// The list, the findings and the judgements that the rows follow from.
    follows: Option<(u64, usize, u64)>,
    /// The position in the list of the next row to examine.
    next: usize,
    /// The most suspicious rows so far, by their score.
    best: Vec<(f32, SampleIndex)>,
    pub(super) pairs: Vec<SheetPair>,
}

impl FirstRows {
    /// Examines further rows of the list. Returns whether there are more to examine. The rows from
    /// before stay until all are.
    pub(super) fn look(&mut self, review: &mut Review) -> bool {
        let shows = [Shown::Signals, Shown::Scores, Shown::Order, Shown::Roles].map(|shown| review.shows(shown));
        let Some(findings) = review.signals.shared().filter(|_| shows.iter().all(|shows| *shows)) else {
            *self = Self::default();
            return false;
        };
        let now = (review.navigator.lists(), Arc::as_ptr(findings) as usize, review.stats.revision());
        if self.follows != Some(now) {
            (self.follows, self.next, self.best) = (Some(now), 0, Vec::new());
        } else if self.next >= review.navigator.listed().len() {
            return false;
        }
        let (listed, statuses) = (review.navigator.listed(), review.session.statuses());
        let end = (self.next + ROWS_A_FRAME).min(listed.len());
        for row in &listed[self.next..end] {
            let is_judged = statuses.get(row.index()).is_some_and(|status| status.verdict.is_some());
            let score = findings.score(*row);
            if !is_judged && score >= LIKELY {
                self.best.push((score, *row));
            }
        }
        self.best.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        self.best.truncate(CANDIDATES);
        self.next = end;
        if end < listed.len() {
            return true;
        }
        let pairs = self.best.iter().filter_map(|(_, row)| review.suspect_pair(*row, None));
        self.pairs = pairs.take(MOST).map(SheetPair::from).collect();
        false
    }

    /// Takes the texts of the rows that are known now.
    pub(super) fn take_texts(&mut self, texts: &TileTexts) {
        self.pairs.iter_mut().for_each(|pair| pair.take_texts(texts));
    }
}
