//! Queries that ask the same with a typo, or partly in another language, planted among queries that
//! ask for something else: how many are found, and how many of the found ones were planted.
//!
//! Half of the queries were used to choose the rule; the other half was not read until it was
//! chosen.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]
#![allow(clippy::print_stdout, reason = "the figures of docs/signals.md are read with --nocapture")]

use std::collections::{BTreeSet, HashSet};

use tilejury_audit::suspicion::{Signal, SuspicionSettings, signals};
use tilejury_data::{Dataset, SampleIndex, TileSlot};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set};

mod held_out;
mod rarer_words;
mod tuning;
mod typos;
mod uncommon_words;

use tilejury_audit::progress::NoProgress;
use typos::{Dice, Kind, with_typo};

type Pairs = Vec<(String, String)>;

/// The numbers of planted pairs and of those found, and the wrong findings.
#[derive(Default)]
struct Count {
    found: usize,
    planted: usize,
    missed: Vec<String>,
    wrong: Vec<String>,
}

impl Count {
    fn add(&mut self, more: Self) {
        self.found += more.found;
        self.planted += more.planted;
        self.missed.extend(more.missed);
        self.wrong.extend(more.wrong);
    }

    fn recall(&self) -> f64 {
        self.found as f64 / self.planted.max(1) as f64
    }

    fn precision(&self) -> f64 {
        self.found as f64 / (self.found + self.wrong.len()).max(1) as f64
    }

    #[track_caller]
    fn at_least(&self, kind: &str, least_recall: f64, least_precision: f64) {
        let (recall, precision) = (self.recall(), self.precision());
        println!("{kind}: {} of {} found, {} wrong", self.found, self.planted, self.wrong.len());
        for (what, pairs) in [("missed", &self.missed), ("wrong", &self.wrong)] {
            pairs.iter().collect::<BTreeSet<_>>().iter().for_each(|pair| println!("    {what}: {pair}"));
        }
        assert!(
            recall >= least_recall && precision >= least_precision,
            "{kind}: recall {recall:.3}, precision {precision:.3}"
        );
    }
}

fn page(n: usize) -> String {
    tile(n as u32 % 4, n as u32, 0)
}

fn owned(pairs: &[(&str, &str)]) -> Pairs {
    pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

/// Writes a set in which the two queries of a pair have different positives, and each positive is a
/// negative of the other row. Every row also has positives of other pairs among its negatives.
/// Returns which pairs are found.
fn plant(same: &Pairs, others: &Pairs) -> Count {
    let mut dice = Dice(11);
    let pairs: Vec<&(String, String)> = same.iter().chain(others).collect();
    let mut set = Set::new();
    let mut rows: Vec<&str> = Vec::new();
    for (at, (a, b)) in pairs.iter().enumerate() {
        for (query, own, other) in [(a, 2 * at, 2 * at + 1), (b, 2 * at + 1, 2 * at)] {
            let mut negatives = vec![page(other)];
            while negatives.len() < 6 {
                let negative = dice.below(2 * pairs.len());
                if negative / 2 != at && !negatives.contains(&page(negative)) {
                    negatives.push(page(negative));
                }
            }
            let negatives: Vec<&str> = negatives.iter().map(String::as_str).collect();
            set = set.row("train", &Row::new(query, &page(own)).negatives(&negatives));
            rows.push(query);
        }
    }
    let dir = tempfile::tempdir().unwrap();
    set.write(dir.path());
    let dataset = Dataset::open(dir.path()).unwrap();
    let findings = signals(&dataset, &SuspicionSettings::default(), None, &NoProgress).unwrap();
    let mut count = Count { planted: 2 * same.len(), ..Count::default() };
    let mut found = HashSet::new();
    for finding in findings.all().iter().filter(|finding| finding.signal == Signal::OtherPositive) {
        let sample = finding.sample;
        if sample < SampleIndex::new(2 * same.len()) && finding.tile == Some(TileSlot::new(1)) {
            found.insert(sample);
        } else {
            count.wrong.push(format!("{} {}", finding.strength, finding.sentence(&dataset)));
        }
    }
    count.found = found.len();
    let missed = (0..2 * same.len()).step_by(2).filter(|sample| !found.contains(&SampleIndex::new(*sample)));
    count.missed = missed.map(|sample| format!("{} / {}", rows[sample], rows[sample + 1])).collect();
    count
}

fn with_typos(queries: &[&str], kind: Kind, seed: u64) -> Pairs {
    let mut dice = Dice(seed);
    let pairs = queries.iter().filter_map(|query| Some(((*query).to_owned(), with_typo(query, kind, &mut dice)?)));
    pairs.filter(|(a, b)| a != b).collect()
}

#[track_caller]
fn typos_are_found(half: &str, queries: &[&str], others: &[(&str, &str)], seed: u64) {
    let mut all = Count::default();
    for kind in Kind::ALL {
        let pairs = with_typos(queries, kind, seed);
        assert!(pairs.len() > 40, "{kind:?}: {}", pairs.len());
        let count = plant(&pairs, &owned(others));
        count.at_least(&format!("{half}, {kind:?}"), 0.0, 0.0);
        all.add(count);
    }
    all.at_least(&format!("{half}, all typos"), 0.95, 0.95);
}

#[test]
fn finds_typos_among_tuning_queries() {
    typos_are_found("for choosing", tuning::QUERIES, tuning::OTHERS, 7);
}

#[test]
fn finds_translations_among_tuning_queries() {
    plant(&owned(tuning::TRANSLATED), &owned(tuning::TRANSLATED_OTHERS)).at_least(
        "for choosing, translated",
        0.95,
        0.95,
    );
}

#[test]
fn finds_typos_among_held_out_queries() {
    typos_are_found("held out", held_out::QUERIES, held_out::OTHERS, 8);
}

#[test]
fn finds_translations_among_held_out_queries() {
    plant(&owned(held_out::TRANSLATED), &owned(held_out::TRANSLATED_OTHERS)).at_least(
        "held out, translated",
        0.95,
        0.95,
    );
}

#[test]
fn finds_translations_of_rarer_words() {
    plant(&owned(rarer_words::TRANSLATED), &owned(held_out::TRANSLATED_OTHERS)).at_least("rarer words", 0.9, 0.95);
}

#[test]
fn finds_most_translations_of_uncommon_words() {
    plant(&owned(uncommon_words::TRANSLATED), &owned(uncommon_words::OTHERS)).at_least("uncommon words", 0.7, 0.95);
}
