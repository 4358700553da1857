//! The values a person can give, and the judgement they add up to.
//!
//! Pure data: the words here are those of the sidecar and of the interchange format, and never change their meaning.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tilejury_data::{Sample, SampleKey, TilePath};

use crate::text_enum::text_enum;

text_enum! {
    /// What a person says of a whole sample.
    Verdict {
        /// The row is right as it stands (with what was said of its tiles).
        Accept = "accept", "Accepted";
        /// The row must not be trained on.
        Reject = "reject", "Rejected";
        /// The person could not tell.
        Unsure = "unsure", "Unsure";
    }
}

text_enum! {
    /// What a person says of one tile with respect to the query of its sample.
    Relevance {
        /// The tile answers the query. Said of a negative, it is a false negative.
        Relevant = "relevant", "Relevant";
        /// The tile does not answer the query. Said of the positive, it is a wrong positive.
        NotRelevant = "not_relevant", "Not relevant";
        /// The person could not tell.
        Unsure = "unsure", "Unsure";
        /// The tile cannot be read by a person: damaged, blank, missing.
        Broken = "broken", "Broken";
    }
}

text_enum! {
    /// Why a sample is rejected or unsure.
    Reason {
        /// The positive does not answer the query.
        WrongPositive = "wrong_positive", "Wrong positive";
        /// The query is no sensible query.
        BadQuery = "bad_query", "Bad query";
        /// No tile could answer the query.
        Unanswerable = "unanswerable", "Unanswerable";
        /// The set has this sample elsewhere.
        Duplicate = "duplicate", "Duplicate";
        /// The positive cannot be read.
        Unreadable = "unreadable", "Unreadable";
        /// Something else; the note says what.
        Other = "other", "Other";
    }
}

/// One value given to one field: what an event carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldChange {
    /// The verdict, or none.
    Verdict(Option<Verdict>),
    /// All reasons.
    Reasons(BTreeSet<Reason>),
    /// The relevance of a tile, or none.
    Relevance(TilePath, Option<Relevance>),
    /// The note; empty for none.
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

    /// The tile, where the field is one of a tile.
    pub fn tile(&self) -> Option<&TilePath> {
        match self {
            Self::Relevance(tile, _) => Some(tile),
            _ => None,
        }
    }

    /// The value as text; `None` where the field is cleared. Lists are JSON arrays.
    pub fn value(&self) -> Option<String> {
        match self {
            Self::Verdict(verdict) => verdict.map(|verdict| verdict.word().to_owned()),
            Self::Reasons(reasons) => list(reasons.iter().map(|reason| reason.word())),
            Self::Relevance(_, relevance) => relevance.map(|relevance| relevance.word().to_owned()),
            Self::Note(note) => Some(note.clone()).filter(|note| !note.is_empty()),
            Self::Tags(tags) => list(tags.iter().map(String::as_str)),
        }
    }

    /// Reads a change back from its parts.
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

/// Everything one annotator says of one sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Option<Verdict>,
    /// Why, for reject and unsure.
    pub reasons: BTreeSet<Reason>,
    /// What was said of tiles.
    pub tiles: BTreeMap<TilePath, Relevance>,
    /// A free note; empty for none.
    pub note: String,
    /// Free tags.
    pub tags: BTreeSet<String>,
}

/// The tag that flags a sample to be looked at again. It is a tag like any other wherever judgements are stored or
/// exchanged.
pub const LOOK_AGAIN: &str = "look-again";

/// Judgements by sample.
pub type Judgements = HashMap<SampleKey, Judgement>;

impl Judgement {
    /// Takes in a change.
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

    /// The present value of the field that `change` is about, as a change that would restore it.
    pub fn present(&self, change: &FieldChange) -> FieldChange {
        match change {
            FieldChange::Verdict(_) => FieldChange::Verdict(self.verdict),
            FieldChange::Reasons(_) => FieldChange::Reasons(self.reasons.clone()),
            FieldChange::Relevance(tile, _) => FieldChange::Relevance(tile.clone(), self.relevance(tile)),
            FieldChange::Note(_) => FieldChange::Note(self.note.clone()),
            FieldChange::Tags(_) => FieldChange::Tags(self.tags.clone()),
        }
    }

    /// What was said of a tile.
    pub fn relevance(&self, tile: &TilePath) -> Option<Relevance> {
        self.tiles.get(tile).copied()
    }

    /// Nothing was said at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// How many of the sample's negatives were judged relevant. A tile that stands twice in the list counts once.
    pub fn false_negatives(&self, sample: &Sample) -> usize {
        let negatives: BTreeSet<&TilePath> = sample.negatives.iter().map(|tile| &tile.path).collect();
        negatives.into_iter().filter(|tile| self.relevance(tile) == Some(Relevance::Relevant)).count()
    }

    /// Was anything of it left undecided: the sample, or one of its tiles?
    pub fn is_undecided(&self) -> bool {
        self.verdict == Some(Verdict::Unsure) || self.tiles.values().any(|relevance| *relevance == Relevance::Unsure)
    }

    /// Was the positive judged not relevant, by its mark or by the reason of a rejected row? A mark that says otherwise wins.
    pub fn wrong_positive(&self, sample: &Sample) -> bool {
        self.is_wrong(&sample.positive.path)
    }

    fn is_wrong(&self, positive: &TilePath) -> bool {
        match self.relevance(positive) {
            Some(relevance) => relevance == Relevance::NotRelevant,
            None => self.verdict == Some(Verdict::Reject) && self.reasons.contains(&Reason::WrongPositive),
        }
    }

    /// The judgement with both forms of one statement: of a rejected row, the reason that the positive is wrong, and the
    /// positive's mark as not relevant. Both are given in one step; earlier versions, and other programs, gave either.
    ///
    /// Where the positive has a mark, the reason follows it, since that was said of the tile itself; where it has none, the
    /// mark follows the reason. The reason of an unsure row is a doubt and no mark.
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

    /// Of how many different tiles of an accepted sample nothing is said; 0 with any other verdict, or none.
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
    fn every_change_comes_back_from_its_stored_parts() {
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
    fn applying_what_was_present_restores_it() {
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
