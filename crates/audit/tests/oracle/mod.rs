//! A second implementation of `docs/export.md`, written from that page alone: slow, over strings,
//! and without any type of the program. The program must decide the same.

#![allow(dead_code, unreachable_pub, reason = "one test file uses it")]

use std::collections::{BTreeMap, BTreeSet};

/// A row of the input. Tiles are names without a spelling.
#[derive(Clone, Debug)]
pub struct Row {
    pub split: String,
    pub query: String,
    pub positive: String,
    pub negatives: Vec<String>,
    /// Tile and retrieval score.
    pub retrieved: Vec<(String, Option<f64>)>,
}

/// An action of a person, in stored order.
#[derive(Clone, Debug)]
pub struct Statement {
    pub annotator: String,
    pub row: usize,
    pub change: Change,
}

#[derive(Clone, Debug)]
pub enum Change {
    Tile {
        tile: String,
        value: Option<&'static str>,
        by_accepting: bool,
    },
    Verdict(Option<&'static str>),
    /// Whether `wrong_positive` is among the reasons.
    Reasons(bool),
}

/// The options in words.
#[derive(Clone, Debug)]
pub struct Options {
    pub negatives: usize,
    pub false_negatives: &'static str,
    pub unjudged: &'static str,
    pub unsure: &'static str,
    pub conflicts: &'static str,
    pub refill: bool,
    pub order: &'static str,
    pub leaks: &'static str,
    pub held_out_leaks: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Keep,
    Change(BTreeSet<String>),
    Drop(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub row: usize,
    pub positive: String,
    pub negatives: Vec<String>,
    pub grouped: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub struct PlanOutcome {
    pub outcomes: Vec<Outcome>,
    pub written: Vec<Written>,
    pub conflicts: usize,
    pub false_negatives: usize,
    pub wrong_positives: usize,
    /// Added tiles of queries with written rows, and of all queries.
    pub added: (usize, usize),
}

/// Returns a query without case, punctuation and unnecessary spaces.
fn plain(query: &str) -> String {
    let letters = query.to_lowercase();
    letters.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The current relevance of a tile in a row, by one person.
#[derive(Clone)]
struct Value {
    annotator: String,
    row: usize,
    tile: String,
    value: &'static str,
    by_accepting: bool,
    at: usize,
}

/// A person's vote.
struct Vote {
    value: &'static str,
    /// Whether the person gave the same relevance in a row where the tile is the positive.
    of_positive_too: bool,
}

pub struct Oracle<'a> {
    rows: &'a [Row],
    values: Vec<Value>,
    verdicts: BTreeMap<(String, usize), &'static str>,
    wrong_positive: BTreeSet<(String, usize)>,
    people: BTreeSet<String>,
    options: &'a Options,
}

impl<'a> Oracle<'a> {
    pub fn new(rows: &'a [Row], statements: &[Statement], options: &'a Options) -> Self {
        let mut oracle = Self {
            rows,
            values: Vec::new(),
            verdicts: BTreeMap::new(),
            wrong_positive: BTreeSet::new(),
            people: statements.iter().map(|one| one.annotator.clone()).collect(),
            options,
        };
        for (at, Statement { annotator, row, change }) in statements.iter().enumerate() {
            match change {
                Change::Tile { tile, value, by_accepting } => {
                    oracle.values.retain(|old| !(old.annotator == *annotator && old.row == *row && old.tile == *tile));
                    let value = value.map(|value| Value {
                        annotator: annotator.clone(),
                        row: *row,
                        tile: tile.clone(),
                        value,
                        by_accepting: *by_accepting,
                        at,
                    });
                    oracle.values.extend(value);
                }
                Change::Verdict(Some(verdict)) => {
                    oracle.verdicts.insert((annotator.clone(), *row), verdict);
                }
                Change::Verdict(None) => {
                    oracle.verdicts.remove(&(annotator.clone(), *row));
                }
                Change::Reasons(true) => {
                    oracle.wrong_positive.insert((annotator.clone(), *row));
                }
                Change::Reasons(false) => {
                    oracle.wrong_positive.remove(&(annotator.clone(), *row));
                }
            }
        }
        oracle
    }

    fn query(&self, row: usize) -> String {
        plain(&self.rows[row].query)
    }

    /// Returns the verdict of most, among those of the highest rank that gave one.
    fn verdict(&self, row: usize) -> Option<&'static str> {
        let given = self.verdicts.iter().filter(|((_, of), _)| *of == row);
        most_of_rank(given.map(|((annotator, _), verdict)| (rank(annotator), *verdict)))
    }

    /// Whether what an annotator said in a row counts: an adjudicator's verdict replaces it.
    fn counts(&self, annotator: &str, row: usize) -> bool {
        rank(annotator) == ADJUDICATOR
            || !self.verdicts.keys().any(|(other, of)| *of == row && rank(other) == ADJUDICATOR)
    }

    /// Returns the rows of the query with this positive that the person rejected for it, as most
    /// people did.
    fn rejects_positive(&self, annotator: &str, query: &str, tile: &str) -> bool {
        (0..self.rows.len()).any(|row| {
            self.query(row) == query
                && self.rows[row].positive == tile
                && self.verdict(row) == Some("reject")
                && self.counts(annotator, row)
                && self.verdicts.get(&(annotator.to_owned(), row)) == Some(&"reject")
                && self.wrong_positive.contains(&(annotator.to_owned(), row))
        })
    }

    fn vote(&self, annotator: &str, query: &str, tile: &str, for_positive: bool) -> Option<Vote> {
        let of_pair = |value: &&Value| {
            let of_annotator = value.annotator == annotator && self.counts(annotator, value.row);
            of_annotator && self.query(value.row) == query && value.tile == tile
        };
        let values: Vec<&Value> = self.values.iter().filter(of_pair).collect();
        let is_positive_of = |value: &&Value| self.rows[value.row].positive == tile;
        let mark = values.iter().filter(|value| !value.by_accepting).max_by_key(|value| value.at);
        let rejects = self.rejects_positive(annotator, query, tile);
        let passed_over = |value: &&Value| for_positive && value.value == "not_relevant" && !is_positive_of(value);
        let confirmation = values
            .iter()
            .filter(|value| value.by_accepting && !passed_over(value))
            .max_by_key(|value| value.at)
            .map(|value| value.value);
        let value = match mark {
            Some(mark) => mark.value,
            None if rejects => "not_relevant",
            None => confirmation?,
        };
        let gave = values.iter().any(|other| is_positive_of(other) && other.value == value);
        Some(Vote { value, of_positive_too: gave || (rejects && value == "not_relevant") })
    }

    /// Returns `broken`, `unsure` for a tie, or nothing.
    fn broken(&self, tile: &str) -> Option<&'static str> {
        let said = self.people.iter().filter_map(|annotator| {
            let values = || {
                let of_tile = |value: &&Value| value.annotator == *annotator && value.tile == tile;
                self.values.iter().filter(of_tile).filter(|value| self.counts(annotator, value.row))
            };
            let mark = values().filter(|value| !value.by_accepting).max_by_key(|value| value.at);
            let last = mark.or_else(|| values().max_by_key(|value| value.at))?;
            Some((rank(annotator), if last.value == "broken" { "broken" } else { "other" }))
        });
        most_of_rank(said).filter(|said| *said != "other")
    }

    fn answer(&self, query: &str, tile: &str, for_positive: bool) -> Option<&'static str> {
        if let Some(broken) = self.broken(tile) {
            return Some(broken);
        }
        let votes = self.people.iter().filter_map(|annotator| {
            let vote = self.vote(annotator, query, tile, for_positive)?;
            Some((rank(annotator), if vote.value == "broken" { "unsure" } else { vote.value }))
        });
        most_of_rank(votes)
    }

    fn as_negative(&self, query: &str, tile: &str) -> Option<&'static str> {
        self.answer(query, tile, false)
    }

    fn names_positive(&self, query: &str, tile: &str) -> bool {
        (0..self.rows.len()).any(|row| self.query(row) == query && self.rows[row].positive == tile)
    }

    fn is_conflict(&self, query: &str, tile: &str) -> bool {
        self.names_positive(query, tile)
            && self.answer(query, tile, true) == Some("not_relevant")
            && !self.is_settled(query, tile)
    }

    /// Whether an annotator judged the positive itself: a machine only where no person has a vote.
    fn is_settled(&self, query: &str, tile: &str) -> bool {
        let votes = || self.people.iter().filter_map(|one| Some((rank(one), self.vote(one, query, tile, true)?)));
        let has_person = votes().any(|(rank, _)| rank > MACHINE);
        votes()
            .filter(|(rank, _)| *rank > MACHINE || !has_person)
            .any(|(_, vote)| vote.of_positive_too && ["relevant", "not_relevant"].contains(&vote.value))
    }

    fn is_wrong_positive(&self, query: &str, tile: &str) -> bool {
        self.answer(query, tile, true) == Some("not_relevant") && !self.is_conflict(query, tile)
    }

    fn is_positive(&self, query: &str, tile: &str) -> bool {
        self.names_positive(query, tile) && !self.is_wrong_positive(query, tile)
    }

    pub fn outcome(&self) -> PlanOutcome {
        let mut decided: Vec<Decided> = (0..self.rows.len()).map(|row| self.decide(row)).collect();
        self.leaks(&mut decided);
        let mut pairs = BTreeSet::new();
        for row in 0..self.rows.len() {
            pairs.insert((self.query(row), self.rows[row].positive.clone()));
        }
        let different = |row: &Row| row.negatives.iter().cloned().collect::<BTreeSet<String>>();
        let false_negatives = (0..self.rows.len()).map(|row| {
            let tiles = different(&self.rows[row]);
            let relevant = |tile: &&String| {
                **tile != self.rows[row].positive && self.as_negative(&self.query(row), tile) == Some("relevant")
            };
            tiles.iter().filter(relevant).count()
        });
        let wrong =
            (0..self.rows.len()).filter(|row| self.is_wrong_positive(&self.query(*row), &self.rows[*row].positive));
        let (false_negatives, wrong_positives) = (false_negatives.sum(), wrong.count());
        let (outcomes, written) = self.written(decided);
        let is_written = |query: &str| written.iter().any(|row| self.query(row.row) == query);
        let is_positive =
            |query: &str, tile: &str| written.iter().any(|row| self.query(row.row) == query && row.positive == tile);
        let all = self.added();
        let graded = all.iter().filter(|(query, tile)| is_written(query) && !is_positive(query, tile)).count();
        let all = all.iter().filter(|(query, tile)| !self.names_positive(query, tile)).count();
        PlanOutcome {
            outcomes,
            written,
            conflicts: pairs.iter().filter(|(query, tile)| self.is_conflict(query, tile)).count(),
            false_negatives,
            wrong_positives,
            added: (graded, all),
        }
    }

    /// Returns the queries and tiles that are relevant, and were judged in a row that does not name
    /// the tile.
    fn added(&self) -> BTreeSet<(String, String)> {
        let is_outside = |value: &&Value| {
            let row = &self.rows[value.row];
            let names = row.positive == value.tile || row.negatives.contains(&value.tile);
            !names && self.counts(&value.annotator, value.row)
        };
        let pairs = self.values.iter().filter(is_outside).map(|value| (self.query(value.row), value.tile.clone()));
        pairs.filter(|(query, tile)| self.as_negative(query, tile) == Some("relevant")).collect()
    }

    fn decide(&self, at: usize) -> Decided {
        let (row, query, options) = (&self.rows[at], self.query(at), self.options);
        let out = |why: &str| Decided { outcome: Outcome::Drop(why.to_owned()), rows: Vec::new() };
        let of_positive = self.answer(&query, &row.positive, true);
        let unsure_leaves = options.unsure == "drop";
        if self.verdict(at) == Some("reject") {
            return out("rejected");
        }
        if of_positive == Some("broken") {
            return out("broken_positive");
        }
        if self.is_conflict(&query, &row.positive) && options.conflicts == "drop" {
            return out("conflict");
        }
        if unsure_leaves && (of_positive == Some("unsure") || self.verdict(at) == Some("unsure")) {
            return out("unsure");
        }
        if self.verdict(at).is_none() && options.unjudged == "drop" {
            return out("unjudged");
        }
        let mut changed = BTreeSet::new();
        let mut relevant: Vec<String> = Vec::new();
        let mut kept: Vec<String> = Vec::new();
        for tile in &row.negatives {
            let answer = self.as_negative(&query, tile);
            let positive = self.is_positive(&query, tile);
            let stays_relevant = options.false_negatives == "keep" && !positive;
            let why = if answer == Some("relevant") && *tile != row.positive && !stays_relevant {
                if options.false_negatives == "drop-row" {
                    return out("has_false_negative");
                }
                if !relevant.contains(tile) {
                    relevant.push(tile.clone());
                }
                "false_negative"
            } else if positive {
                "positive_in_negatives"
            } else if answer == Some("broken") {
                "broken_negative"
            } else if answer == Some("unsure") && unsure_leaves {
                "unsure_negative"
            } else if kept.contains(tile) {
                "repeated_negative"
            } else {
                kept.push(tile.clone());
                continue;
            };
            changed.insert(why.to_owned());
        }
        if options.false_negatives != "promote" {
            relevant.clear();
        }
        let mut positive = row.positive.clone();
        if self.is_wrong_positive(&query, &row.positive) {
            if relevant.is_empty() {
                return out("wrong_positive");
            }
            positive = relevant.remove(0);
            changed.insert("positive_replaced".to_owned());
        }
        if options.refill {
            let candidates = || row.retrieved.iter().map(|(tile, _)| tile);
            let mut held: Vec<String> = row.negatives.clone();
            held.extend([row.positive.clone(), positive.clone()]);
            let wanted = |tile: &&String, judged: bool| {
                let answer = if judged { Some("not_relevant") } else { None };
                self.as_negative(&query, tile) == answer && !self.is_positive(&query, tile)
            };
            for judged in [true, false] {
                for tile in candidates().filter(|tile| wanted(tile, judged)) {
                    if kept.len() < options.negatives && !held.contains(tile) {
                        held.push(tile.clone());
                        kept.push(tile.clone());
                        changed.insert("refilled".to_owned());
                    }
                }
            }
        }
        if kept.len() < options.negatives {
            return out("too_few_negatives");
        }
        if options.order == "hardest" {
            let score = |tile: &String| row.retrieved.iter().find(|(other, _)| other == tile).and_then(|(_, s)| *s);
            let mut sorted = kept.clone();
            sorted.sort_by(|a, b| {
                score(b).unwrap_or(f64::NEG_INFINITY).total_cmp(&score(a).unwrap_or(f64::NEG_INFINITY))
            });
            if sorted != kept {
                changed.insert("reordered".to_owned());
                kept = sorted;
            }
        }
        let rows = std::iter::once(positive).chain(relevant).map(|positive| (positive, kept.clone())).collect();
        Decided { outcome: if changed.is_empty() { Outcome::Keep } else { Outcome::Change(changed) }, rows }
    }

    fn leaks(&self, decided: &mut [Decided]) {
        let is_held_out = |split: &str| ["test", "eval", "val", "dev"].iter().any(|start| split.starts_with(start));
        // Splits that count more come later: of training splits those with other names, then by
        // name; of the others test.
        let rank = |split: &str| (split.starts_with("test"), !split.starts_with("train"), split.to_owned());
        let mut splits: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
        for (at, one) in decided.iter().enumerate() {
            for (positive, _) in &one.rows {
                let pair = (self.query(at), positive.clone());
                splits.entry(pair).or_default().insert(self.rows[at].split.clone());
            }
        }
        for (at, one) in decided.iter_mut().enumerate() {
            let own = &self.rows[at].split;
            let leaves = |positive: &String| {
                let others = &splits[&(self.query(at), positive.clone())];
                if !is_held_out(own) {
                    return self.options.leaks == "drop-train"
                        && others.iter().any(|other| is_held_out(other) || rank(other) > rank(own));
                }
                let mut others = others.iter().filter(|other| is_held_out(other));
                match self.options.held_out_leaks {
                    "drop-eval" => others.any(|other| rank(other) > rank(own)),
                    "drop-test" => others.any(|other| rank(other) < rank(own)),
                    _ => false,
                }
            };
            let own_leaves = one.rows.first().is_some_and(|(positive, _)| leaves(positive));
            // A placeholder for the row keeps the promoted ones at their numbers.
            let rows = std::mem::take(&mut one.rows).into_iter();
            one.rows = rows
                .enumerate()
                .filter(|(place, (positive, _))| *place == 0 || !leaves(positive))
                .map(|(_, row)| row)
                .collect();
            if own_leaves {
                one.outcome = Outcome::Drop("leak".to_owned());
            }
        }
    }

    fn written(&self, decided: Vec<Decided>) -> (Vec<Outcome>, Vec<Written>) {
        let mut taken: BTreeSet<(String, String)> = BTreeSet::new();
        for (at, one) in decided.iter().enumerate().filter(|(_, one)| !matches!(one.outcome, Outcome::Drop(_))) {
            taken.insert((self.query(at), one.rows[0].0.clone()));
        }
        let mut written: Vec<Written> = Vec::new();
        let mut outcomes = Vec::new();
        let mut grouped = BTreeSet::new();
        for (at, one) in decided.into_iter().enumerate() {
            let mut outcome = one.outcome;
            for (place, (positive, negatives)) in one.rows.into_iter().enumerate() {
                if place == 0 && matches!(outcome, Outcome::Drop(_)) {
                    continue;
                }
                if place > 0 {
                    if !taken.insert((self.query(at), positive.clone())) {
                        continue;
                    }
                    grouped.insert(self.query(at));
                    if let Outcome::Change(changed) = &mut outcome {
                        changed.insert("promoted".to_owned());
                    }
                }
                written.push(Written { row: at, positive, negatives, grouped: false });
            }
            outcomes.push(outcome);
        }
        for row in written.iter_mut().filter(|row| grouped.contains(&plain(&self.rows[row.row].query))) {
            row.grouped = true;
            if outcomes[row.row] == Outcome::Keep {
                outcomes[row.row] = Outcome::Change(BTreeSet::from(["grouped".to_owned()]));
            }
        }
        (outcomes, written)
    }
}

/// A row as it would be written, and after it those that it promotes: positive and negatives.
struct Decided {
    outcome: Outcome,
    rows: Vec<(String, Vec<String>)>,
}

const MACHINE: u8 = 0;
const ADJUDICATOR: u8 = 2;

/// Returns the rank of an annotator: the votes of a higher one replace those of lower ones.
fn rank(annotator: &str) -> u8 {
    match annotator {
        "adjudicator" => ADJUDICATOR,
        machine if machine.starts_with("machine:") => MACHINE,
        _ => 1,
    }
}

/// Returns the value that most of the highest rank give; `unsure` for a tie.
fn most_of_rank(values: impl Iterator<Item = (u8, &'static str)>) -> Option<&'static str> {
    let values: Vec<(u8, &'static str)> = values.collect();
    let highest = values.iter().map(|(rank, _)| *rank).max()?;
    most(values.into_iter().filter(|(rank, _)| *rank == highest).map(|(_, value)| value))
}

/// Returns the value that most give; `unsure` for a tie.
fn most(values: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let most = counts.values().max()?;
    let winners: Vec<&&'static str> =
        counts.iter().filter(|(_, count)| *count == most).map(|(value, _)| value).collect();
    Some(if winners.len() > 1 { "unsure" } else { winners[0] })
}
