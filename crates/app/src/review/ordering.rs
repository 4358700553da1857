//! The orders of the list: which there are, and how each is applied. An order is computed when a
//! person chooses it and stays until it is chosen again: no row moves while it is judged. Only
//! suspicion order is computed again, when a reading or a scan ends.

use tilejury_audit::Verdict;
use tilejury_data::SampleIndex;

use super::Review;
use crate::list_order::{ListOrder, OrderKey};

/// The result of a request to sort the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sorted {
    /// The list is in the order.
    Now,
    /// It will be, once the search thread has sorted the rows.
    Later,
    /// It will be once there are findings; none have been computed yet.
    AfterSignals,
}

impl Review {
    /// Sorts the list. The current sample stays.
    pub(crate) fn sort_by(&mut self, order: ListOrder) -> Sorted {
        self.navigator.wait_for_order(None);
        match order.key {
            OrderKey::File => self.use_order(order, None),
            OrderKey::Suspicion => {
                self.refresh_weights();
                let Some(findings) = self.signals.findings() else {
                    self.navigator.wait_for_order(Some(order));
                    return Sorted::AfterSignals;
                };
                let ranking = findings.ranking().to_vec();
                self.use_order(order, Some(ranking));
            }
            OrderKey::Query | OrderKey::Negatives => {
                self.navigator.wait_for_order(Some(order));
                self.searcher.sort(order.key);
                return Sorted::Later;
            }
            OrderKey::Verdict => {
                let ranking = order.directed(self.by_verdict());
                self.use_order(order, Some(ranking));
            }
            OrderKey::Judged => {
                let ranking = order.directed(self.by_time());
                self.use_order(order, Some(ranking));
            }
        }
        Sorted::Now
    }

    /// Receives rows that the search thread sorted by a key.
    pub(super) fn receive_order(&mut self, key: OrderKey, samples: Vec<SampleIndex>) {
        let Some(order) = self.navigator.awaited_order().filter(|order| order.key == key) else { return };
        let ranking = order.directed(samples);
        self.use_order(order, Some(ranking));
    }

    /// Sorts the list by suspicion if that waited for the first findings: every row that is left to
    /// judge comes after the current one. A list from the last session keeps the weights that it
    /// had, or its rows would move because of what was judged meanwhile.
    pub(super) fn sort_after_signals(&mut self) {
        if let Some(order) = self.navigator.awaited_order().filter(|order| order.key == OrderKey::Suspicion) {
            let kept = self.signals.findings().filter(|_| self.signals.are_weights_kept());
            match kept.map(|findings| findings.ranking().to_vec()) {
                Some(ranking) => self.use_order(order, Some(ranking)),
                None => {
                    self.sort_by(order);
                }
            }
            self.navigator.findings_changed();
            self.sort_again();
            self.focus_suspect();
        }
    }

    /// Sorts a list in suspicion order again if there are newer findings: to be called when a
    /// reading or a scan has ended. The current row and the judged ones before it stay. Returns
    /// whether any other listed row moved.
    pub(crate) fn sort_again(&mut self) -> bool {
        let statuses = self.session.statuses();
        if !self.signals.findings().is_some_and(|findings| self.navigator.sort_again(statuses, findings)) {
            return false;
        }
        let before = self.navigator.listed().to_vec();
        self.rebuild();
        before != self.navigator.listed()
    }

    /// Lists rows in the order of the files again, if suspicion decides about their order.
    pub(super) fn leave_suspicion_order(&mut self) {
        let awaited = self.navigator.awaited_order().unwrap_or(self.navigator.order());
        if awaited.key == OrderKey::Suspicion || self.navigator.is_by_suspicion() {
            self.sort_by(ListOrder::default());
        }
    }

    fn use_order(&mut self, order: ListOrder, ranking: Option<Vec<SampleIndex>>) {
        self.navigator.set_order(order, ranking);
        self.rebuild();
    }

    /// All samples by verdict, then by index.
    fn by_verdict(&self) -> Vec<SampleIndex> {
        let statuses = self.session.statuses();
        let with = |verdict| {
            let has =
                move |index: &SampleIndex| statuses.get(index.index()).is_some_and(|status| status.verdict == verdict);
            self.dataset().indices().filter(has)
        };
        [None, Some(Verdict::Unsure), Some(Verdict::Reject), Some(Verdict::Accept)].into_iter().flat_map(with).collect()
    }

    /// All samples by the time of their verdicts, the latest first; then those without one.
    fn by_time(&self) -> Vec<SampleIndex> {
        let statuses = self.session.statuses();
        let mut samples = self.session.judged_samples();
        let is_unjudged =
            |index: &SampleIndex| statuses.get(index.index()).is_none_or(|status| status.verdict.is_none());
        samples.extend(self.dataset().indices().filter(is_unjudged));
        samples
    }
}
