//! The search and the order of the list, which come back with the place when a dataset is opened
//! again.

use super::App;
use crate::settings::ListPlace;

impl App {
    /// Lists what was listed when the dataset was last open, in the same order. The current sample
    /// stays.
    pub(super) fn restore_list(&mut self) {
        let Some(reviewing) = self.reviewing_now() else { return };
        let ListPlace { search, order } = self.remembered.list_of(reviewing.review.dataset().fingerprint);
        self.view_state.queue.search.text.clone_from(&search);
        let Some(reviewing) = self.reviewing() else { return };
        if !search.is_empty() {
            reviewing.review.search_for(search);
        }
        reviewing.review.sort_by(order);
    }

    /// Remembers the search and the order of the list, once no one is typing.
    pub(super) fn remember_list(&mut self) {
        // The list of a second pass is not the person's own.
        let Some(reviewing) = self.reviewing_now().filter(|_| !self.is_in_second_pass()) else { return };
        let (navigator, dataset) = (&reviewing.review.navigator, reviewing.review.dataset().fingerprint);
        if navigator.is_editing() || navigator.search_error().is_some() {
            return;
        }
        let place = ListPlace { search: navigator.search_text().to_owned(), order: navigator.wanted_order() };
        if self.remembered.set_list(dataset, place) {
            self.save_remembered();
        }
    }
}
