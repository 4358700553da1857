//! The search and the order of the list, which come back with the place when a dataset is opened
//! again.

use super::App;
use crate::list_order::OrderKey;
use crate::settings::ListPlace;

impl App {
    /// Lists what was listed when the dataset was last open, in the same order. The current sample
    /// stays.
    pub(super) fn restore_list(&mut self) {
        let Some(reviewing) = self.reviewing_now() else { return };
        let ListPlace { search, order, weights } = self.remembered.list_of(reviewing.review.dataset().fingerprint);
        self.view_state.queue.search.text.clone_from(&search);
        let Some(reviewing) = self.reviewing() else { return };
        if !search.is_empty() {
            reviewing.review.search_for(search);
        }
        reviewing.review.signals.keep_weights(weights);
        reviewing.review.sort_by(order);
    }

    /// Remembers the search and the order of the list, once no one is typing.
    pub(super) fn remember_list(&mut self) {
        // The list of a round or of the tour is not the person's own.
        let is_own = self.round_kind().is_none() && !self.is_touring();
        let Some(reviewing) = self.reviewing_now().filter(|_| is_own) else { return };
        let (navigator, dataset) = (&reviewing.review.navigator, reviewing.review.dataset().fingerprint);
        if navigator.is_editing() || navigator.search_error().is_some() {
            return;
        }
        let order = navigator.wanted_order();
        let weights = match reviewing.review.signals.findings() {
            _ if order.key != OrderKey::Suspicion => None,
            Some(findings) => Some(findings.weights().clone()),
            // The list waits to be sorted.
            None => self.remembered.list_of(dataset).weights,
        };
        let place = ListPlace { search: navigator.search_text().to_owned(), order, weights };
        if self.remembered.set_list(dataset, place) {
            self.save_remembered();
        }
    }
}
