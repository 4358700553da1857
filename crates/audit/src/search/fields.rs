//! The table of filters, the only place with their names, explanations and words.

use crate::check::ROW_KINDS;
use crate::judgement::{Reason, Verdict};
use crate::suspicion::Signal;

use super::DatasetNames;
use super::team_test::TeamTest;

/// The documentation of a filter.
#[derive(Debug)]
pub struct FieldHelp {
    /// The name before the colon.
    pub name: &'static str,
    /// A complete filter that can be typed.
    pub example: &'static str,
    /// The rows that it finds, in one line.
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
    Text,
    PositiveText,
    NegativeText,
    Signal,
    Suspicious,
    Suspicion,
    JudgedOn,
    Unconfirmed,
    Shard,
    Check,
    OfRows,
    FalseNegativeAt,
    JudgedBy,
    Assigned,
    Team,
    Repeated,
    PositiveRank,
    PositiveScore,
    Margin,
    Review,
    Verified,
}

/// Makes the table without a field's name before every column.
const fn row(field: Field, name: &'static str, example: &'static str, help: &'static str) -> FieldHelp {
    FieldHelp { name, example, help, field }
}

/// All filters, in the order of their explanation.
pub const FIELDS: &[FieldHelp] = &[
    row(
        Field::Verdict,
        "verdict",
        "verdict:reject,unsure",
        "with this verdict: accept, reject, unsure, or none (not judged yet)",
    ),
    row(Field::Judged, "judged", "judged:no", "with a verdict: yes or no"),
    row(Field::Reason, "reason", "reason:bad_query", "rejected or left unsure for this reason"),
    row(Field::FalseNegatives, "fn", "fn:>0", "with this number of negatives judged relevant: 2, >0, <3, 1..3"),
    row(
        Field::FalseNegativeAt,
        "fn-at",
        "fn-at:3",
        "with a negative at this position that somebody saw and judged relevant: 1, <3, 1..3",
    ),
    row(Field::Positive, "positive", "positive:wrong", "whose positive was judged not relevant"),
    row(
        Field::Conflict,
        "conflict",
        "conflict:yes",
        "in a conflict, a positive marked not relevant only where it is a negative: yes or no",
    ),
    row(Field::Undecided, "undecided", "undecided:yes", "whose verdict or a tile was left unsure: yes or no"),
    row(
        Field::Unconfirmed,
        "unconfirmed",
        "unconfirmed:>0",
        "accepted with this number of tiles that could not be seen: 2, >0, <3, 1..3",
    ),
    row(Field::Flag, "flag", "flag:yes", "flagged for a second look: yes or no"),
    row(Field::Tag, "tag", "tag:\"two words\"", "with exactly this tag; also any, none"),
    row(Field::Note, "note", "note:typo", "whose note contains this text; also yes, no"),
    row(
        Field::JudgedOn,
        "judged-on",
        "judged-on:2025-03-21",
        "accepted or rejected on this day, in this month or in this year: 2025-03-21, 2025-03, 2025",
    ),
    row(Field::JudgedBy, "judged-by", "judged-by:ann", "with a verdict of this annotator"),
    row(Field::Assigned, "assigned", "assigned:me", "assigned to this annotator; also me, any, none"),
    row(
        Field::Team,
        "team",
        "team:ann=gold-failed",
        "behind a number of the team page, as last counted: NAME=WORD, for example ann=today",
    ),
    row(Field::Suspicious, "suspicious", "suspicious:yes", "with a finding that makes them suspicious: yes or no"),
    row(Field::Suspicion, "suspicion", "suspicion:>0.5", "as suspicious as this, from 0 to 1: >0.5, <0.2, 0.5..0.9"),
    row(Field::Signal, "signal", "signal:same-page", "with a finding of this signal"),
    row(Field::Split, "split", "split:train", "in this split"),
    row(Field::Line, "line", "line:10..20", "on this line of their split, counted from 1"),
    row(Field::Negatives, "neg", "neg:<3", "with this number of negatives: 2, >0, <3, 1..3"),
    row(
        Field::Repeated,
        "repeated",
        "repeated:yes",
        "with the query and the positive of an earlier row of their split: yes or no",
    ),
    row(
        Field::PositiveRank,
        "positive-rank",
        "positive-rank:>10",
        "whose positive has this rank: 1, >10, 2..5, none; of one source bge=1",
    ),
    row(
        Field::PositiveScore,
        "positive-score",
        "positive-score:<0.5",
        "whose positive has this score: >0.8, <0.5, 0.5..<0.6, none; of one source bge=>0.8",
    ),
    row(
        Field::Margin,
        "margin",
        "margin:>=0.95",
        "whose best negative has this share of the positive's score: >=0.95, 0.9..<1, none; of one source bge=>1",
    ),
    row(
        Field::Review,
        "review",
        "review:>=2",
        "with a negative that a model gave this grade, 0 to 3: 2, >=2, 1..2, none; of one model qwen=>=2",
    ),
    row(
        Field::Verified,
        "verified",
        "verified:yes",
        "with a negative that a model gave grade 2 or 3, and whose words are in the tile's text: yes or no",
    ),
    row(Field::Page, "page", "page:123456", "with a tile of this page, given by its number, folder or path"),
    row(Field::Path, "path", "path:shard_007", "with a tile whose path, as the row spells it, contains this text"),
    row(Field::Tile, "tile", "tile:images/a.png", "with exactly this tile, however the row spells its path"),
    row(Field::PositiveTile, "pos", "pos:images/a.png", "with exactly this tile as positive"),
    row(Field::NegativeTile, "negative", "negative:images/a.png", "with exactly this tile among the negatives"),
    row(Field::Shard, "shard", "shard:missing", "with a tile of a missing shard"),
    row(
        Field::Check,
        "check",
        "check:missing_tile",
        "with a finding of this kind in the last check of the window; also any",
    ),
    row(Field::Answer, "answer", "answer:1889", "whose answer text contains this; also yes, no"),
    row(
        Field::Text,
        "text",
        "text:\"melting point\"",
        "with a tile that shows these words, in quotes next to each other; the tiles must have been read",
    ),
    row(Field::PositiveText, "text-positive", "text-positive:salt", "whose positive shows these words"),
    row(Field::NegativeText, "text-negative", "text-negative:salt", "with a negative that shows these words"),
    row(
        Field::OfRows,
        "field",
        "field:source=wiki",
        "with this value in a field of theirs; source:wiki for short, unless a filter has that name",
    ),
];

const YES_NO: [(&str, &str); 2] = [("yes", ""), ("no", "")];

impl Field {
    /// The filter with this name, in any case.
    pub(super) fn named(name: &str) -> Option<&'static FieldHelp> {
        FIELDS.iter().find(|help| help.name.eq_ignore_ascii_case(name))
    }

    /// The words that can follow the colon, with their meanings if these are not obvious. A closed
    /// filter has no others, and the parser uses their order.
    pub(super) fn words(self, dataset_names: &DatasetNames) -> Vec<(&str, &'static str)> {
        match self {
            Self::Split => dataset_names.splits.iter().map(|name| (name.as_str(), "")).collect(),
            Self::Signal => {
                let names = dataset_names.signals.iter().take(32);
                names.map(|name| (name.as_str(), meaning(name))).collect()
            }
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
            | Self::Repeated
            | Self::Verified
            | Self::Answer
            | Self::Note => YES_NO.to_vec(),
            Self::Tag => vec![("any", "Has a tag"), ("none", "Has no tag")],
            Self::Shard => vec![("missing", "A shard of the row is missing")],
            Self::FalseNegatives | Self::Negatives | Self::Unconfirmed => {
                vec![(">0", "At least one"), ("0", "None"), ("<3", "Fewer than three"), ("1..3", "One to three")]
            }
            Self::Check => ROW_KINDS.into_iter().chain([("any", "Has a finding")]).collect(),
            Self::Line => vec![("1..100", "The first hundred lines")],
            Self::Suspicion => vec![(">0.5", "More likely than not"), (">0", "Anything")],
            Self::FalseNegativeAt => vec![("1", "The first negative"), ("1..3", "The first three")],
            Self::JudgedBy => dataset_names.annotators.iter().map(|name| (name.as_str(), "")).collect(),
            Self::Assigned => assigned_words(dataset_names),
            Self::Team => {
                let words = dataset_names.team.iter().flatten();
                words.map(|word| (word.as_str(), TeamTest::meaning(word))).collect()
            }
            Self::PositiveRank => vec![("1", "Found first"), (">10", "Not among the first ten"), ("none", "No rank")],
            Self::PositiveScore => vec![("any", "Has a score"), ("none", "Has no score")],
            Self::Margin => {
                vec![
                    (">=1", "A negative scores as high"),
                    (">=0.95", "One scores nearly as high"),
                    ("none", "No margin"),
                ]
            }
            Self::Review => {
                vec![(">=2", "Answered at least in part"), ("any", "Has a review"), ("none", "Has no review")]
            }
            Self::JudgedOn => Vec::new(),
            Self::Tile
            | Self::PositiveTile
            | Self::NegativeTile
            | Self::Page
            | Self::Path
            | Self::Text
            | Self::PositiveText
            | Self::NegativeText => Vec::new(),
            Self::OfRows => dataset_names.fields.iter().map(|field| (field.name.as_str(), "")).collect(),
        }
    }
}

/// The words of `assigned`, in the order in which the parser reads them: the annotators come last.
pub(super) fn assigned_words(dataset_names: &DatasetNames) -> Vec<(&str, &'static str)> {
    let words = [("any", "Assigned to anybody"), ("none", "Assigned to nobody")];
    let me = dataset_names.me.iter().map(|_| ("me", "Your own part"));
    let names = dataset_names.assigned.iter().map(|name| (name.as_str(), ""));
    words.into_iter().chain(me).chain(names).collect()
}

/// The meaning of a signal.
fn meaning(word: &str) -> &'static str {
    Signal::ALL.iter().find(|signal| signal.word() == word).map_or("", |signal| signal.meaning())
}

/// The filters and fields of rows with the most similar names, the nearest first; without a similar
/// name, the filters whose names or help have the word; none if there is nothing like it.
pub(super) fn nearest<'n>(name: &str, dataset_names: &'n DatasetNames) -> Vec<&'n str> {
    let name = name.to_ascii_lowercase();
    let names = FIELDS.iter().map(|help| help.name).chain(dataset_names.fields.iter().map(|field| field.name.as_str()));
    let mut near: Vec<(usize, &str)> = names
        .map(|known| (edit_distance(&name, &known.to_ascii_lowercase()), known))
        .filter(|(distance, known)| *distance <= (name.len().max(known.len()) / 2).max(1))
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    let Some((best, _)) = near.first().copied() else { return about(&name) };
    near.retain(|(distance, _)| *distance == best);
    near.dedup_by_key(|(_, known)| *known);
    near.truncate(MOST_NEAREST);
    near.into_iter().map(|(_, known)| known).collect()
}

/// The first filters whose names are part of a word, or whose names or help have it.
fn about(word: &str) -> Vec<&'static str> {
    let has = |text: &str| word.len() >= TELLING && text.to_ascii_lowercase().contains(word);
    let is_part = |name: &str| name.len() >= TELLING && word.contains(name);
    let about = FIELDS.iter().filter(|help| is_part(help.name) || has(help.name) || has(help.help));
    about.map(|help| help.name).take(MOST_NEAREST).collect()
}

/// The least number of letters of a word that says what it is about.
const TELLING: usize = 4;

/// The largest number of names that a message offers.
const MOST_NEAREST: usize = 3;

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
    use crate::search::{RowFieldNames, Search};

    #[test]
    fn search_parses_every_example() {
        let dataset_names = DatasetNames {
            splits: vec!["train".into()],
            signals: vec!["same-page".into()],
            fields: RowFieldNames::of(&["source"]),
            annotators: vec!["ann".into()],
            me: Some("ann".into()),
            ..DatasetNames::default()
        };
        for help in FIELDS {
            assert!(help.example.starts_with(&format!("{}:", help.name)), "{}", help.example);
            let search = Search::parse(help.example, &dataset_names).unwrap();
            assert!(!search.is_empty(), "{}", help.example);
            for (word, _) in help.field.words(&dataset_names) {
                let search = Search::parse(&format!("{}:{word}", help.name), &dataset_names).unwrap();
                assert!(!search.is_empty(), "{}:{word}", help.name);
            }
        }
    }

    #[test]
    fn nearest_finds_the_filter_of_a_mistyped_name() {
        let dataset_names =
            DatasetNames { fields: RowFieldNames::of(&["source", "sourced"]), ..DatasetNames::default() };
        let check = |name: &str, expected: &[&str]| assert_eq!(nearest(name, &dataset_names), expected, "{name}");
        check("verdit", &["verdict"]);
        check("Reasons", &["reason"]);
        check("negatves", &["negative"]);
        check("flagged", &["flag"]);
        check("fm", &["fn"]);
        check("sources", &["source", "sourced"]);
        // Without a similar name: the word has a name in it.
        check("the-verdict-is", &["verdict"]);
        check("zzzzzz", &[]);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
    }
}
