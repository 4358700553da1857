//! The values that a person can set, and the judgement that they form.
//!
//! Pure data. The stored words are those of the sidecar and of the interchange format; they never
//! change their meaning.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tilejury_data::{Sample, SampleKey, TilePath};

use crate::text_enum::text_enum;

text_enum! {
    /// The decision about a whole sample.
    pub enum Verdict {
        /// The row is right, with its tiles as marked.
        Accept = "accept", "Accepted";
        /// The row must not be trained on.
        Reject = "reject", "Rejected";
        /// The person could not decide.
        Unsure = "unsure", "Unsure";
    }
}

text_enum! {
    /// The relevance of a tile to the query of its sample.
    pub enum Relevance {
        /// The tile answers the query. A negative with this mark is a false negative.
        Relevant = "relevant", "Relevant";
        /// The tile does not answer the query. A positive with this mark is a wrong positive.
        NotRelevant = "not_relevant", "Not relevant";
        /// The person could not decide.
        Unsure = "unsure", "Unsure";
        /// A person cannot read the tile: it is damaged, blank or missing.
        Broken = "broken", "Broken";
    }
}

text_enum! {
    /// A reason to reject a sample or to leave it unsure.
    pub enum Reason {
        /// The positive does not answer the query.
        WrongPositive = "wrong_positive", "Wrong positive";
        /// The query makes no sense.
        BadQuery = "bad_query", "Bad query";
        /// No tile could answer the query.
        Unanswerable = "unanswerable", "Unanswerable";
        /// The dataset has the same sample elsewhere.
        Duplicate = "duplicate", "Duplicate";
        /// The positive cannot be read.
        Unreadable = "unreadable", "Unreadable";
        /// Another reason, given in the note.
        Other = "other", "Other";
    }
}

/// A new value for one field: the content of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldChange {
    /// The verdict; `None` clears it.
    Verdict(Option<Verdict>),
    /// All reasons.
    Reasons(BTreeSet<Reason>),
    /// The relevance of a tile; `None` clears it.
    Relevance(TilePath, Option<Relevance>),
    /// The note; empty clears it.
    Note(String),
    /// All tags.
    Tags(BTreeSet<String>),
}

impl FieldChange {
    /// The field's name in the sidecar.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Verdict(_) => "verdict",
            Self::Reasons(_) => "reasons",
            Self::Relevance(..) => "relevance",
            Self::Note(_) => "note",
            Self::Tags(_) => "tags",
        }
    }

    /// The tile, if the field belongs to one.
    pub fn tile(&self) -> Option<&TilePath> {
        match self {
            Self::Relevance(tile, _) => Some(tile),
            Self::Verdict(_) | Self::Reasons(_) | Self::Note(_) | Self::Tags(_) => None,
        }
    }

    /// The value as text; `None` if the field is cleared. Lists are JSON arrays.
    pub fn value(&self) -> Option<String> {
        match self {
            Self::Verdict(verdict) => verdict.map(|verdict| verdict.word().to_owned()),
            Self::Reasons(reasons) => list(reasons.iter().map(|reason| reason.word())),
            Self::Relevance(_, relevance) => relevance.map(|relevance| relevance.word().to_owned()),
            Self::Note(note) => Some(note.clone()).filter(|note| !note.is_empty()),
            Self::Tags(tags) => list(tags.iter().map(String::as_str)),
        }
    }

    /// Parses a change from its stored parts.
    ///
    /// # Errors
    /// When the field or the value is unknown.
    pub fn parse(field: &str, tile: Option<&str>, value: Option<&str>) -> Result<Self, String> {
        Ok(match (field, tile) {
            ("verdict", None) => Self::Verdict(value.map(str::parse).transpose()?),
            ("reasons", None) => {
                Self::Reasons(parse_list(value)?.iter().map(|word| word.parse()).collect::<Result<_, _>>()?)
            }
            ("relevance", Some(tile)) => Self::Relevance(TilePath::new(tile), value.map(str::parse).transpose()?),
            ("note", None) => Self::Note(value.unwrap_or_default().to_owned()),
            ("tags", None) => Self::Tags(parse_list(value)?.into_iter().collect()),
            _ => return Err(format!("unknown field `{field}`")),
        })
    }
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> Option<String> {
    let words: Vec<&str> = words.collect();
    if words.is_empty() { None } else { Some(serde_json::json!(words).to_string()) }
}

fn parse_list(value: Option<&str>) -> Result<Vec<String>, String> {
    value.map_or(Ok(Vec::new()), |text| serde_json::from_str(text).map_err(|error| error.to_string()))
}

/// All that one annotator recorded for one sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Option<Verdict>,
    /// The reasons for reject or unsure.
    pub reasons: BTreeSet<Reason>,
    /// The relevance of tiles. Most are tiles of the row; the others were [added](Self::added).
    pub tiles: BTreeMap<TilePath, Relevance>,
    /// The note; empty for none.
    pub note: String,
    /// The tags.
    pub tags: BTreeSet<String>,
}

/// The tag that flags a sample to be seen again. It is stored and exchanged like any other tag.
pub const LOOK_AGAIN: &str = "look-again";

/// Judgements by sample.
pub type Judgements = HashMap<SampleKey, Judgement>;

impl Judgement {
    /// Applies a change.
    pub fn apply(&mut self, change: FieldChange) {
        match change {
            FieldChange::Verdict(verdict) => self.verdict = verdict,
            FieldChange::Reasons(reasons) => self.reasons = reasons,
            FieldChange::Relevance(tile, Some(relevance)) => {
                self.tiles.insert(tile, relevance);
            }
            FieldChange::Relevance(tile, None) => {
                self.tiles.remove(&tile);
            }
            FieldChange::Note(note) => self.note = note,
            FieldChange::Tags(tags) => self.tags = tags,
        }
    }

    /// The current value of the field that `change` sets, as a change that would restore it.
    pub fn present(&self, change: &FieldChange) -> FieldChange {
        match change {
            FieldChange::Verdict(_) => FieldChange::Verdict(self.verdict),
            FieldChange::Reasons(_) => FieldChange::Reasons(self.reasons.clone()),
            FieldChange::Relevance(tile, _) => FieldChange::Relevance(tile.clone(), self.relevance(tile)),
            FieldChange::Note(_) => FieldChange::Note(self.note.clone()),
            FieldChange::Tags(_) => FieldChange::Tags(self.tags.clone()),
        }
    }

    /// The relevance of a tile.
    pub fn relevance(&self, tile: &TilePath) -> Option<Relevance> {
        self.tiles.get(tile).copied()
    }

    /// Whether it records nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The number of the sample's negatives judged relevant, without its own positive. A tile that
    /// the row lists twice counts once.
    pub fn false_negatives(&self, sample: &Sample) -> usize {
        let negatives: BTreeSet<&TilePath> = sample.negatives.iter().map(|tile| &tile.path).collect();
        let others = negatives.into_iter().filter(|tile| **tile != sample.positive.path);
        others.filter(|tile| self.relevance(tile) == Some(Relevance::Relevant)).count()
    }

    /// The tiles that were added to the row: judged relevant although the row does not name them.
    pub fn added(&self, sample: &Sample) -> impl Iterator<Item = &TilePath> {
        let relevant = self.tiles.iter().filter(|(_, relevance)| **relevance == Relevance::Relevant);
        relevant.map(|(tile, _)| tile).filter(|tile| !sample.has_tile(tile))
    }

    /// Whether the sample or one of its tiles is unsure.
    pub fn is_undecided(&self) -> bool {
        self.verdict == Some(Verdict::Unsure) || self.tiles.values().any(|relevance| *relevance == Relevance::Unsure)
    }

    /// Whether the positive was judged not relevant, by its mark or by the reason of a rejected
    /// row. A mark with another value wins.
    pub fn wrong_positive(&self, sample: &Sample) -> bool {
        self.is_wrong(&sample.positive.path)
    }

    fn is_wrong(&self, positive: &TilePath) -> bool {
        match self.relevance(positive) {
            Some(relevance) => relevance == Relevance::NotRelevant,
            None => self.verdict == Some(Verdict::Reject) && self.reasons.contains(&Reason::WrongPositive),
        }
    }

    /// The judgement with both forms of a wrong positive in a rejected row: the reason, and the
    /// positive's mark as not relevant. The session sets both in one step; earlier versions and
    /// other programs set either.
    ///
    /// If the positive has a mark, the reason follows it, since the mark is about the tile itself;
    /// otherwise the mark follows the reason. In an unsure row the reason is a doubt, and sets no
    /// mark.
    #[must_use]
    pub fn reconciled(mut self, positive: &TilePath) -> Self {
        if self.verdict != Some(Verdict::Reject) {
            return self;
        }
        if self.is_wrong(positive) {
            self.reasons.insert(Reason::WrongPositive);
            self.tiles.insert(positive.clone(), Relevance::NotRelevant);
        } else {
            self.reasons.remove(&Reason::WrongPositive);
        }
        self
    }

    /// The number of different tiles of an accepted sample without a relevance; 0 with any other
    /// verdict, or none.
    pub fn unconfirmed(&self, sample: &Sample) -> usize {
        if self.verdict != Some(Verdict::Accept) {
            return 0;
        }
        let tiles: BTreeSet<&TilePath> = sample.tiles().map(|tile| &tile.path).collect();
        tiles.into_iter().filter(|tile| self.relevance(tile).is_none()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_parsed_from_their_stored_parts() {
        let changes = [
            FieldChange::Verdict(Some(Verdict::Reject)),
            FieldChange::Verdict(None),
            FieldChange::Reasons([Reason::BadQuery, Reason::Other].into()),
            FieldChange::Reasons(BTreeSet::new()),
            FieldChange::Relevance(TilePath::new("images/a.png"), Some(Relevance::NotRelevant)),
            FieldChange::Relevance(TilePath::new("a.png"), None),
            FieldChange::Note("two\nlines, \"quoted\"".into()),
            FieldChange::Note(String::new()),
            FieldChange::Tags(["a, b".to_owned(), "c".to_owned()].into()),
        ];
        for change in changes {
            let (tile, value) = (change.tile().map(ToString::to_string), change.value());
            assert_eq!(FieldChange::parse(change.field(), tile.as_deref(), value.as_deref()), Ok(change));
        }
        assert!(FieldChange::parse("verdict", None, Some("maybe")).unwrap_err().contains("accept, reject, unsure"));
        assert!(FieldChange::parse("mood", None, None).is_err());
    }

    #[test]
    fn applying_the_present_value_restores_it() {
        let tile = TilePath::new("a.png");
        let mut judgement = Judgement::default();
        judgement.apply(FieldChange::Relevance(tile.clone(), Some(Relevance::Broken)));
        let before = judgement.clone();
        let change = FieldChange::Relevance(tile, Some(Relevance::Relevant));
        let back = judgement.present(&change);
        judgement.apply(change);
        assert_ne!(judgement, before);
        judgement.apply(back);
        assert_eq!(judgement, before);
    }
}
