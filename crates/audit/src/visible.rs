//! The things that a window may show beside the query and the tiles of a row, and the set of those
//! that were not hidden when a row was judged. Pure data; decides nothing and draws nothing.

use crate::text_enum::text_enum;

text_enum! {
    /// A thing beside a row's query and tiles that may lead a person's answer. The words are stored
    /// with verdicts.
    pub enum Shown {
        /// The names and sentences of signals.
        Signals = "signals", "signals";
        /// Scores of rows and tiles: those of suspicion, and those in other fields of the row.
        Scores = "scores", "scores";
        /// Rows or tiles in the order of suspicion, and searches for it.
        Order = "order", "order";
        /// The words of a model about tiles.
        Reviews = "reviews", "model reviews";
        /// Marks on a tile where the answer and the query's words are.
        Evidence = "evidence", "evidence";
        /// Offers to carry a mark over to other rows.
        Offers = "offers", "offers";
        /// The judgements of other annotators.
        Others = "others", "other annotators";
        /// The rates and counts of findings so far.
        Rate = "rate", "rates so far";
        /// The tile that is the positive of the row.
        Roles = "roles", "roles of tiles";
    }
}

/// A set of things that a window does not hide. A person need not have seen them: a panel may be
/// closed, a set may have no model reviews.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Visible(u16);

impl Visible {
    /// Everything.
    pub const ALL: Self = Self((1 << Shown::ALL.len()) - 1);
    /// Nothing but the query and the tiles.
    pub const NONE: Self = Self(0);

    /// Whether a thing is in it.
    pub fn has(self, shown: Shown) -> bool {
        self.0 & Self::bit(shown) != 0
    }

    /// The set without some things.
    #[must_use]
    pub fn without(self, hidden: &[Shown]) -> Self {
        Self(hidden.iter().fold(self.0, |bits, shown| bits & !Self::bit(*shown)))
    }

    /// The set with one more.
    #[must_use]
    pub fn with(self, shown: Shown) -> Self {
        Self(self.0 | Self::bit(shown))
    }

    /// The things that are in one of two sets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The things in it, in the order of [`Shown::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Shown> {
        Shown::ALL.iter().copied().filter(move |shown| self.has(*shown))
    }

    /// The things that are hidden.
    pub fn hidden(self) -> impl Iterator<Item = Shown> {
        Shown::ALL.iter().copied().filter(move |shown| !self.has(*shown))
    }

    /// The set as a JSON list of words.
    pub(crate) fn to_json(self) -> serde_json::Value {
        self.iter().map(Shown::word).collect()
    }

    /// Parses what [`Self::to_json`] returns.
    ///
    /// # Errors
    /// When it is not a list of known words.
    pub(crate) fn from_json(json: &serde_json::Value) -> Result<Self, String> {
        let shown: Vec<Shown> = serde::Deserialize::deserialize(json).map_err(|error| format!("{error}"))?;
        Ok(shown.into_iter().fold(Self::NONE, Self::with))
    }

    /// The text that the sidecar stores.
    pub(crate) fn to_text(self) -> String {
        self.to_json().to_string()
    }

    /// Parses the text that the sidecar stores.
    ///
    /// # Errors
    /// When it is not the text of a set.
    pub(crate) fn from_text(text: &str) -> Result<Self, String> {
        Self::from_json(&serde_json::from_str(text).map_err(|error| error.to_string())?)
    }

    fn bit(shown: Shown) -> u16 {
        1 << Shown::ALL.iter().position(|known| *known == shown).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_read_from_its_stored_text() {
        let set = Visible::ALL.without(&[Shown::Signals, Shown::Roles]);
        assert_eq!(Visible::from_text(&set.to_text()), Ok(set));
        assert_eq!(Visible::NONE.to_text(), "[]");
        assert_eq!(Visible::NONE.with(Shown::Order).with(Shown::Roles).to_text(), r#"["order","roles"]"#);
        assert_eq!(Visible::ALL.iter().count(), Shown::ALL.len());
        assert_eq!(set.hidden().collect::<Vec<_>>(), [Shown::Signals, Shown::Roles]);
        for bad in ["", "{}", r#"["colour"]"#, r#"[1]"#] {
            assert!(Visible::from_text(bad).is_err(), "{bad}");
        }
    }
}
