//! The places that a person jumped away from, as the pages of a browser: back to the row before,
//! and forward again. Owns the places only: which moves are jumps, and how a place is shown, is
//! decided by `Review`.

use tilejury_data::SampleIndex;

use super::Review;

/// The number of places that are kept in each direction.
const MOST: usize = 100;

/// A row, and the search that it was found with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The row.
    pub(crate) row: SampleIndex,
    /// The text of the search field.
    pub(crate) search: String,
}

/// The places before the current one and after it.
#[derive(Default)]
pub(super) struct Places {
    /// The current one, as it was when the row was shown.
    here: Option<Place>,
    back: Vec<Place>,
    forward: Vec<Place>,
}

impl Places {
    /// Takes the next place. If the move to it is a jump, the one before can be returned to.
    fn arrive(&mut self, place: Place, is_jump: bool) {
        if let Some(left) = self.here.replace(place).filter(|_| is_jump) {
            self.forward.clear();
            push(&mut self.back, left);
        }
    }

    /// Goes back or forward from a place. Returns the place to show, if there is one.
    fn go(&mut self, back: bool, from: Place) -> Option<Place> {
        // Another search alone is a place, too: back is the row with the search from before.
        let same_row = self.here.clone().filter(|here| back && here.row == from.row && here.search != from.search);
        let (source, target) =
            if back { (&mut self.back, &mut self.forward) } else { (&mut self.forward, &mut self.back) };
        let to = same_row.or_else(|| source.pop())?;
        push(target, from);
        self.here = Some(to.clone());
        Some(to)
    }
}

fn push(places: &mut Vec<Place>, place: Place) {
    places.push(place);
    if places.len() > MOST {
        places.remove(0);
    }
}

impl Review {
    /// The current row and search.
    fn place(&self) -> Place {
        Place { row: self.cursor(), search: self.navigator.search_text().to_owned() }
    }

    /// Whether going to a row is one step in the list that the current row was shown in: that needs
    /// no way back.
    pub(super) fn is_single_step(&self, to: SampleIndex) -> bool {
        let (from, to) = (self.navigator.position(), self.navigator.position_of(to));
        matches!((from, to), (Ok(from), Ok(to)) if self.is_same_list() && from.abs_diff(to) <= 1)
    }

    /// Whether the search is the one that the current row was shown with.
    pub(super) fn is_same_list(&self) -> bool {
        self.places.here.as_ref().is_none_or(|here| here.search == self.navigator.search_text())
    }

    /// Takes the row that is shown now as the current place.
    pub(super) fn arrive(&mut self, is_jump: bool) {
        let place = self.place();
        self.places.arrive(place, is_jump);
    }

    /// Forgets all places: another list of rows begins.
    pub(super) fn forget_places(&mut self) {
        self.places = Places::default();
    }

    /// Whether there is a place to go back to, and one to go forward to.
    pub(crate) fn has_places(&self) -> (bool, bool) {
        let places = &self.places;
        (!places.back.is_empty() || !self.is_same_list(), !places.forward.is_empty())
    }

    /// Goes back to the place before the last jump, or forward again. Returns the place, whose
    /// search the list follows again unless that would show something that is hidden.
    pub(crate) fn go_to_place(&mut self, back: bool) -> Option<Place> {
        let from = self.place();
        let to = self.places.go(back, from)?;
        if to.search != self.navigator.search_text() && !self.hides_search(&to.search) {
            self.search_for(to.search.clone());
        }
        self.just_judged = None;
        self.show_as(to.row, false);
        Some(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(row: usize, search: &str) -> Place {
        Place { row: SampleIndex::new(row), search: search.to_owned() }
    }

    #[test]
    fn only_jumps_are_returned_to() {
        let mut places = Places::default();
        places.arrive(place(0, ""), true);
        assert_eq!(places.go(true, place(0, "")), None, "nothing was left");
        places.arrive(place(1, ""), false);
        places.arrive(place(90, ""), true);
        assert_eq!(places.go(true, place(90, "")), Some(place(1, "")));
        assert_eq!(places.go(true, place(1, "")), None);
        assert_eq!(places.go(false, place(1, "")), Some(place(90, "")));
        assert_eq!(places.go(false, place(90, "")), None);
        // From an earlier place another way begins.
        places.go(true, place(90, ""));
        places.arrive(place(50, ""), true);
        assert_eq!(places.go(false, place(50, "")), None);
    }

    #[test]
    fn another_search_alone_is_a_place() {
        let mut places = Places::default();
        places.arrive(place(4, ""), true);
        assert_eq!(places.go(true, place(4, "split:eval")), Some(place(4, "")));
        assert_eq!(places.go(false, place(4, "")), Some(place(4, "split:eval")));
    }

    #[test]
    fn the_oldest_of_very_many_places_are_forgotten() {
        let mut places = Places::default();
        (0..300).for_each(|row| places.arrive(place(row, ""), true));
        let mut at = 299;
        while let Some(to) = places.go(true, place(at, "")) {
            at = to.row.index();
        }
        assert_eq!(at, 299 - MOST);
    }
}
