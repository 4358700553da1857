//! The signals of a random set of several parts, compared with an oracle that reads one row after
//! the other and compares a query with every row of a positive.

use tilejury_data::{Dataset, SampleIndex, TileSlot};
use tilejury_rows::{Interner, QueryNumbering, RowTable, TileId};

use super::evidence::Evidence;
use super::query_text::QueryTexts;
use super::{Findings, Signal, SuspicionSettings, signals};
use crate::progress::NoProgress;

const ROWS: usize = 9000;
/// Few enough that some are the positives of more rows than are compared.
const TILES: u64 = 60;
const COMPARED: usize = 256;
const WORDS: [&str; 24] = [
    "how",
    "do",
    "i",
    "install",
    "isntall",
    "the",
    "driver",
    "treiber",
    "printer",
    "drucker",
    "of",
    "network",
    "netzwerk",
    "settings",
    "setting",
    "2023",
    "2024",
    "not",
    "café",
    "cafe",
    "where",
    "are",
    "塩化物",
    "カメラ",
];

/// A random number that follows from its place (splitmix64).
fn random(at: u64, below: u64) -> u64 {
    let mut bits = at.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) % below
}

/// A row whose query has few words.
fn short(row: u64) -> String {
    let draw = |at: u64, below: u64| random(row * 64 + at, below);
    let words = (0..3 + draw(0, 6)).map(|at| WORDS[draw(1 + at, WORDS.len() as u64) as usize]);
    line(row, &words.collect::<Vec<_>>().join(" "))
}

/// A row whose query has 14 to 39 words, most of them those of one of thirty others: on both sides
/// of the number of words that a summary lists.
fn long(row: u64) -> String {
    const SYLLABLES: [&str; 6] = ["ka", "lo", "mi", "ne", "ru", "to"];
    let of = |number: u64| match WORDS.get(number as usize) {
        Some(word) => (*word).to_owned(),
        None => [1, 6, 36].map(|place| SYLLABLES[(number / place % 6) as usize]).concat(),
    };
    let draw = |at: u64| random(row << 12 | 1 << 11 | at, u64::MAX);
    let (base, changed) = (draw(0) % 30, 2 + draw(1) % 14);
    let of_base = |at: u64| random(base << 12 | 3 << 40 | at, u64::MAX);
    let word = |at: u64| of(if draw(2 + at) % 32 < changed { draw(64 + at) } else { of_base(1 + at) } % 240);
    line(row, &(0..14 + of_base(0) % 26).map(word).collect::<Vec<_>>().join(" "))
}

fn line(row: u64, query: &str) -> String {
    let draw = |at: u64, below: u64| random(row * 64 + at, below);
    // Some tiles are the positives of many rows.
    let tile = |at: u64| draw(20 + at, 1 + draw(40 + at, TILES));
    let path =
        |at: u64| format!("{}shard_0/p{}/chunk_0000_00.png", if draw(at, 2) == 0 { "images/" } else { "" }, tile(at));
    let negatives: Vec<String> = (1..2 + draw(10, 5)).map(|at| format!("\"{}\"", path(at))).collect();
    match row % 997 {
        0 => "{}".into(),
        _ => format!(
            r#"{{"query": "{query}", "chunk_path": "{}", "neg_chunk_paths": [{}]}}"#,
            path(0),
            negatives.join(", ")
        ),
    }
}

struct Slow {
    tiles: Vec<Vec<u32>>,
    queries: Vec<u32>,
    texts: QueryTexts,
}

impl Slow {
    fn read(dataset: &Dataset) -> Self {
        let (mut numbers, mut numbering) = (Interner::default(), QueryNumbering::default());
        let mut slow = (Vec::new(), Vec::new());
        for sample in dataset.indices() {
            let row = dataset.row(sample).unwrap();
            slow.0.push(row.spellings().map(|tile| numbers.number(TileId::from_spelling(tile).hash()).0).collect());
            slow.1.push(numbering.number(&row.query));
        }
        Self { tiles: slow.0, queries: slow.1, texts: QueryTexts::new(numbering.finish()) }
    }

    /// The nearest row with a positive among those that count.
    fn nearest(&self, row: usize, positive: u32, counts: impl Fn(usize) -> bool) -> Option<(SampleIndex, f32)> {
        let rows = (0..self.tiles.len()).filter(|other| self.tiles[*other][0] == positive && counts(*other));
        let mut best: Option<(SampleIndex, f32)> = None;
        for other in rows.take(COMPARED) {
            let nearness = self.texts.nearness(self.queries[row], self.queries[other], 0.7);
            if nearness >= 0.7 && best.is_none_or(|(_, most)| nearness > most) {
                best = Some((SampleIndex::new(other), nearness));
            }
        }
        best
    }
}

fn evidence(found: &Findings, row: SampleIndex, tile: Option<TileSlot>, signal: Signal) -> Option<Evidence> {
    let mut of_row = found.of_sample(row).iter();
    of_row.find(|finding| finding.tile == tile && finding.signal == signal).map(|finding| finding.evidence.clone())
}

#[test]
fn signals_are_those_of_a_slow_oracle() {
    compare(ROWS, short);
}

#[test]
fn signals_of_long_queries_are_those_of_a_slow_oracle() {
    let texts = compare(3000, long);
    let words = |query: &u32| texts.words_of(*query).len();
    let long = (0..texts.len() as u32).filter(|query| words(query) > 16).count();
    assert!(3 * long > texts.len() && long < texts.len(), "{long} of {}", texts.len());
}

/// Compares the signals of a set of so many rows; returns its queries.
fn compare(rows: usize, line: fn(u64) -> String) -> QueryTexts {
    let dir = tempfile::tempdir().unwrap();
    let lines = |rows: std::ops::Range<u64>| rows.map(line).collect::<Vec<_>>().join("\n");
    let (all, in_train) = (rows as u64, rows as u64 - 700);
    std::fs::write(dir.path().join("train.jsonl"), lines(0..in_train)).unwrap();
    std::fs::write(dir.path().join("test.jsonl"), lines(in_train..all)).unwrap();
    let dataset = Dataset::open(dir.path()).unwrap();
    let slow = Slow::read(&dataset);
    let (table, words) = RowTable::build(&dataset, &NoProgress).unwrap();
    for (sample, (tiles, query)) in dataset.indices().zip(slow.tiles.iter().zip(&slow.queries)) {
        assert_eq!((table.tiles(sample), table.query(sample)), (tiles.as_slice(), *query));
    }
    let texts = QueryTexts::new(words);
    assert_eq!((texts.len(), texts.word_count()), (slow.texts.len(), slow.texts.word_count()));
    for query in 0..texts.len() as u32 {
        assert_eq!(texts.words_of(query), slow.texts.words_of(query));
    }

    let found = signals(&dataset, &SuspicionSettings::default(), None, &NoProgress).unwrap();
    let (mut near, mut leaks) = (0, 0);
    for sample in dataset.indices().step_by(rows / 219) {
        let (row, split) = (sample.index(), dataset.entry(sample).split);
        for (slot, tile) in TileSlot::first(slow.tiles[row].len()).zip(&slow.tiles[row]).skip(1) {
            let other = (*tile != slow.tiles[row][0]).then(|| slow.nearest(row, *tile, |_| true)).flatten();
            let expected = other.map(|(row, nearness)| Evidence::OtherPositive { row, nearness });
            near += usize::from(expected.is_some());
            assert_eq!(evidence(&found, sample, Some(slot), Signal::OtherPositive), expected, "row {row}");
        }
        let elsewhere = |other: usize| dataset.entry(SampleIndex::new(other)).split != split;
        let by_positive = slow.nearest(row, slow.tiles[row][0], elsewhere);
        let same_query = (0..slow.queries.len()).find(|at| slow.queries[*at] == slow.queries[row] && elsewhere(*at));
        let leak = evidence(&found, sample, None, Signal::SplitLeak);
        assert_eq!(leak.is_some(), by_positive.is_some() || same_query.is_some(), "row {row}");
        leaks += usize::from(leak.is_some());
        if let Some(Evidence::SplitLeak { row: other, nearness, same_positive: true }) = leak {
            assert_eq!(Some((other, nearness)), by_positive, "row {row}");
        }
    }
    assert!(near > 50 && leaks > 20, "{near} {leaks}");
    texts
}
