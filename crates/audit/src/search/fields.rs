//! The table of filters: the one place that names them, explains them, and lists the words each can take.

use crate::judgement::{Reason, Verdict};

use super::Vocabulary;

/// A filter, as a person reads about it.
#[derive(Debug)]
pub struct FieldHelp {
    /// What stands before the colon.
    pub name: &'static str,
    /// A filter that can be typed as it stands.
    pub example: &'static str,
    /// What it asks for, in one line.
    pub help: &'static str,
    pub(super) field: Field,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Split,
    Verdict,
    Judged,
    Reason,
    FalseNegatives,
    Positive,
    Conflict,
    Undecided,
    Flag,
    Tag,
    Note,
    Negatives,
    Line,
    Tile,
    PositiveTile,
    NegativeTile,
    Page,
    Path,
    Answer,
    Signal,
    Suspicious,
    Unconfirmed,
    Shard,
}

/// Makes the table without a field's name before every column.
const fn row(field: Field, name: &'static str, example: &'static str, help: &'static str) -> FieldHelp {
    FieldHelp { name, example, help, field }
}

/// Every filter, in the order in which they are explained.
pub const FIELDS: &[FieldHelp] = &[
    row(Field::Verdict, "verdict", "verdict:reject,unsure", "accept, reject, unsure, or none (not judged yet)"),
    row(Field::Judged, "judged", "judged:no", "has a verdict: yes or no"),
    row(Field::Reason, "reason", "reason:bad_query", "why it was rejected or left unsure"),
    row(Field::FalseNegatives, "fn", "fn:>0", "how many negatives were judged relevant: 2, >0, <3, 1..3"),
    row(Field::Positive, "positive", "positive:wrong", "the positive was judged not relevant"),
    row(
        Field::Conflict,
        "conflict",
        "conflict:yes",
        "part of a conflict, a positive that was marked not relevant only where it is a negative: yes or no",
    ),
    row(Field::Undecided, "undecided", "undecided:yes", "the verdict or a tile was left unsure: yes or no"),
    row(
        Field::Unconfirmed,
        "unconfirmed",
        "unconfirmed:>0",
        "accepted, and so many tiles could not be seen: 2, >0, <3, 1..3",
    ),
    row(Field::Flag, "flag", "flag:yes", "flagged for a second look: yes or no"),
    row(Field::Tag, "tag", "tag:\"two words\"", "has exactly this tag; any, none"),
    row(Field::Note, "note", "note:typo", "the note holds this text; yes, no"),
    row(Field::Suspicious, "suspicious", "suspicious:yes", "at least one signal speaks against the row: yes or no"),
    row(Field::Signal, "signal", "signal:same-page", "this signal speaks against the row"),
    row(Field::Split, "split", "split:train", "stands in this split"),
    row(Field::Line, "line", "line:10..20", "stands on this line of its split, counted from 1"),
    row(Field::Negatives, "neg", "neg:<3", "how many negatives the row has: 2, >0, <3, 1..3"),
    row(Field::Page, "page", "page:123456", "has a tile of this page, named by its number, folder or path"),
    row(Field::Path, "path", "path:shard_007", "a tile's path, as the row spells it, holds this text"),
    row(Field::Tile, "tile", "tile:images/a.png", "has exactly this tile, however the row spells its path"),
    row(Field::PositiveTile, "pos", "pos:images/a.png", "has exactly this tile as its positive"),
    row(Field::NegativeTile, "negative", "negative:images/a.png", "has exactly this tile among its negatives"),
    row(Field::Shard, "shard", "shard:missing", "names a tile of a shard that is not here"),
    row(Field::Answer, "answer", "answer:1889", "the answer holds this text; yes, no"),
];

const YES_NO: [(&str, &str); 2] = [("yes", ""), ("no", "")];

impl Field {
    /// The filter of this name, in any case.
    pub(super) fn named(name: &str) -> Option<&'static FieldHelp> {
        FIELDS.iter().find(|help| help.name.eq_ignore_ascii_case(name))
    }

    /// Words that can stand behind the colon, with what they mean where they do not say it themselves. For a closed
    /// filter these are all, and their order is what the parser goes by.
    pub(super) fn words(self, vocabulary: &Vocabulary) -> Vec<(&str, &'static str)> {
        match self {
            Self::Split => vocabulary.splits.iter().map(|name| (name.as_str(), "")).collect(),
            Self::Signal => vocabulary.signals.iter().take(32).map(|name| (name.as_str(), "")).collect(),
            Self::Verdict => {
                let verdicts = Verdict::ALL.iter().map(|verdict| (verdict.word(), verdict.label()));
                verdicts.chain([("none", "Not judged yet")]).collect()
            }
            Self::Reason => Reason::ALL.iter().map(|reason| (reason.word(), reason.label())).collect(),
            Self::Positive => vec![("wrong", "Judged not relevant")],
            Self::Judged
            | Self::Conflict
            | Self::Undecided
            | Self::Flag
            | Self::Suspicious
            | Self::Answer
            | Self::Note => YES_NO.to_vec(),
            Self::Tag => vec![("any", "Has a tag"), ("none", "Has no tag")],
            Self::Shard => vec![("missing", "A shard of the row is not here")],
            Self::FalseNegatives | Self::Negatives | Self::Unconfirmed => {
                vec![(">0", "At least one"), ("0", "None"), ("<3", "Fewer than three"), ("1..3", "One to three")]
            }
            Self::Line => vec![("1..100", "The first hundred lines")],
            Self::Tile | Self::PositiveTile | Self::NegativeTile | Self::Page | Self::Path => Vec::new(),
        }
    }
}

/// The filter whose name is most like this one, if any is like it at all.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let likeness = |help: &&FieldHelp| edit_distance(&name, help.name);
    let best = FIELDS.iter().min_by_key(likeness)?;
    let enough = (name.len().max(best.name.len()) / 2).max(1);
    (likeness(&best) <= enough).then_some(best.name)
}

/// Levenshtein's distance, by bytes: names are ASCII.
fn edit_distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.bytes().enumerate() {
            let changed = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Search;

    #[test]
    fn every_example_is_a_search() {
        let vocabulary = Vocabulary { splits: vec!["train".into()], signals: vec!["same-page".into()] };
        for help in FIELDS {
            assert!(help.example.starts_with(&format!("{}:", help.name)), "{}", help.example);
            let search = Search::parse(help.example, &vocabulary).unwrap();
            assert!(!search.is_empty(), "{}", help.example);
            for (word, _) in help.field.words(&vocabulary) {
                let search = Search::parse(&format!("{}:{word}", help.name), &vocabulary).unwrap();
                assert!(!search.is_empty(), "{}:{word}", help.name);
            }
        }
    }

    #[test]
    fn a_mistyped_name_finds_its_filter() {
        let check = |name: &str, expected: Option<&str>| assert_eq!(nearest(name), expected, "{name}");
        check("verdit", Some("verdict"));
        check("Reasons", Some("reason"));
        check("negatves", Some("negative"));
        check("flagged", Some("flag"));
        check("fm", Some("fn"));
        check("zzzzzz", None);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
    }
}
