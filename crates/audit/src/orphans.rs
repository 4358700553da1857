//! Judged samples that the dataset does not hold (any more): their rows were removed, or their
//! query or positive was changed. Their judgements are kept, and count again when the rows return.

use std::collections::HashMap;

use tilejury_data::SampleKey;

use crate::judgement::{Judgement, Judgements};
use crate::sidecar::SampleRecord;
use crate::text::count;

/// A judged sample without a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// Its key.
    pub key: SampleKey,
    /// The sample when it was first judged; `None` if that was lost.
    pub was: Option<SampleRecord>,
    /// Its judgement in words.
    pub judgement: String,
}

/// The judged samples for which `has_row` is false, in the order of their former positions in the
/// splits. `known` holds the sidecar's sample records.
pub fn list(judgements: &Judgements, known: Vec<SampleRecord>, has_row: impl Fn(SampleKey) -> bool) -> Vec<Orphan> {
    let mut known: HashMap<SampleKey, SampleRecord> = known.into_iter().map(|sample| (sample.key, sample)).collect();
    let lost = judgements.iter().filter(|(key, _)| !has_row(**key));
    let mut orphans: Vec<Orphan> = lost
        .map(|(key, judgement)| Orphan {
            key: *key,
            // A recovered sidecar may lack the query and positive.
            was: known.remove(key).filter(|sample| !sample.query.is_empty()),
            judgement: in_words(judgement),
        })
        .collect();
    let position = |orphan: &Orphan| orphan.was.as_ref().map(|was| (was.split.clone(), was.line));
    orphans.sort_by_cached_key(|orphan| (position(orphan), orphan.key));
    orphans
}

fn in_words(judgement: &Judgement) -> String {
    let mut parts = Vec::new();
    parts.extend(judgement.verdict.map(|verdict| verdict.label().to_owned()));
    parts.extend(judgement.reasons.iter().map(|reason| reason.label().to_lowercase()));
    if !judgement.tiles.is_empty() {
        parts.push(format!("{} marked", count(judgement.tiles.len(), "tile")));
    }
    if !judgement.note.is_empty() {
        parts.push(format!("note: {}", judgement.note.replace('\n', " ")));
    }
    parts.extend(judgement.tags.iter().map(|tag| format!("tag {tag}")));
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judgement::{FieldChange, Reason, Verdict};

    #[test]
    fn orphans_are_listed_in_order_of_their_old_rows() {
        let mut rejected = Judgement::default();
        rejected.apply(FieldChange::Verdict(Some(Verdict::Reject)));
        rejected.apply(FieldChange::Reasons([Reason::BadQuery].into()));
        rejected.apply(FieldChange::Note("two\nlines".into()));
        let keys = [SampleKey(1), SampleKey(2), SampleKey(3), SampleKey(4)];
        let judgements: Judgements = keys.into_iter().map(|key| (key, rejected.clone())).collect();
        let was = |key: u128, line: u32| SampleRecord {
            key: SampleKey(key),
            query: format!("query {key}"),
            positive: "images/a.png".into(),
            split: "train".into(),
            line: line.into(),
        };
        let listed = list(&judgements, vec![was(1, 9), was(3, 2), was(4, 5)], |key| key == SampleKey(4));
        assert_eq!(listed.iter().map(|orphan| orphan.key.0).collect::<Vec<_>>(), [2, 3, 1]);
        assert_eq!(listed[0].was, None);
        assert_eq!(listed[1].judgement, "Rejected, bad query, note: two lines");
    }
}
