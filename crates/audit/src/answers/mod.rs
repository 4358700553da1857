//! The answer to a query and a tile where several people, or several rows of the query, say something of it.
//!
//! The one place of these rules; `docs/export.md` states them. The export's plan, the qrels, `stats` and the conflict queue ask
//! here. Decides over no row, and reads no file.

mod conflict;
mod statements;

use std::cmp::Ordering;

use rustc_hash::{FxHashMap, FxHashSet};
use tilejury_data::{Dataset, SampleKey};
use tilejury_rows::{Facts, QueryKey, TileId};

pub use conflict::Conflict;
pub(crate) use statements::{AnnotatorStatements, Statements};

use crate::judgement::{Relevance, Verdict};
use crate::merge::vote;

/// A query with a tile.
pub(crate) type Pair = (QueryKey, TileId);

/// How a word was given. A stronger one of the same person counts instead of a weaker one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    /// By accepting a row.
    Confirmation,
    /// By rejecting a row for its positive.
    Reject,
    /// By a mark.
    Mark,
}

/// One person's value of a tile in one row.
#[derive(Clone, Copy, Debug)]
struct PersonAnswer {
    query: QueryKey,
    tile: TileId,
    person: usize,
    relevance: Relevance,
    strength: Strength,
    /// The tile is the positive of the row.
    of_positive: bool,
    /// In stored order, then in that of the dataset.
    order: (usize, usize),
}

/// The answers for one query and tile.
#[derive(Clone, Copy, Debug, Default)]
struct Answer {
    as_negative: Option<Relevance>,
    as_positive: Option<Relevance>,
    /// “Not relevant” as a positive, which nobody said of the positive itself.
    is_open: bool,
    /// A row of the query has the tile as its positive.
    is_positive: bool,
}

/// The answers for every query and tile of a dataset that somebody said something of.
#[derive(Default)]
pub(crate) struct Answers {
    pairs: FxHashMap<Pair, Answer>,
    /// Tiles that are broken for every query, or unsure because as many say so as say something else.
    broken: FxHashMap<TileId, Relevance>,
    /// Every tile that any word is about.
    named: FxHashSet<TileId>,
}

impl Answers {
    /// The answers that some people give together; `facts` are those of the dataset's rows.
    pub(crate) fn new(dataset: &Dataset, facts: &Facts, people: &[&AnnotatorStatements]) -> Self {
        let mut words = collected(dataset, facts, people);
        let mut answers = Self { broken: broken(&words), ..Self::default() };
        answers.named.extend(words.iter().map(|word| word.tile));
        words.sort_unstable_by_key(|word| (word.query, word.tile, word.person));
        for of_pair in words.chunk_by(|a, b| (a.query, a.tile) == (b.query, b.tile)) {
            answers.pairs.insert((of_pair[0].query, of_pair[0].tile), Answer::from_people(of_pair));
        }
        if !answers.pairs.is_empty() {
            answers.add_positives(facts);
        }
        answers
    }

    fn add_positives(&mut self, facts: &Facts) {
        for row in facts.rows().flatten().filter(|row| self.named.contains(&row.positive)) {
            if let Some(answer) = self.pairs.get_mut(&(row.query, row.positive)) {
                answer.is_positive = true;
            }
        }
    }

    /// Does any word name the tile?
    pub(crate) fn names(&self, tile: TileId) -> bool {
        self.named.contains(&tile)
    }

    /// The answer for a tile as a negative of a query.
    pub(crate) fn as_negative(&self, query: QueryKey, tile: TileId) -> Option<Relevance> {
        let broken = self.broken.get(&tile).copied();
        broken.or_else(|| self.pairs.get(&(query, tile))?.as_negative)
    }

    /// The answer for a tile that is the positive of a row of the query; none while a conflict leaves it open.
    pub(crate) fn as_positive(&self, query: QueryKey, tile: TileId) -> Option<Relevance> {
        let broken = self.broken.get(&tile).copied();
        broken.or_else(|| self.pairs.get(&(query, tile)).filter(|answer| !answer.is_open)?.as_positive)
    }

    /// Is a tile in a conflict: a positive of the query, and marked as not relevant only where it is a negative?
    pub(crate) fn is_conflict(&self, query: QueryKey, tile: TileId) -> bool {
        !self.broken.contains_key(&tile) && self.pairs.get(&(query, tile)).is_some_and(Answer::is_conflict)
    }

    /// The relevance of a tile to a query in a test collection: yes, no, or unknown. The positive of a row is never “no”, unless
    /// that was settled.
    pub(crate) fn grade(&self, query: QueryKey, tile: TileId) -> Option<bool> {
        let answer = self.pairs.get(&(query, tile)).filter(|_| !self.broken.contains_key(&tile))?;
        let settled = !answer.is_positive || (answer.as_positive == answer.as_negative && !answer.is_open);
        match answer.as_negative? {
            Relevance::Relevant => Some(true),
            Relevance::NotRelevant if settled => Some(false),
            Relevance::NotRelevant | Relevance::Unsure | Relevance::Broken => None,
        }
    }

    /// All conflicts, in the order of their first rows.
    pub(crate) fn conflicts(&self, facts: &Facts) -> Vec<Conflict> {
        if !self.pairs.values().any(Answer::is_conflict) {
            return Vec::new();
        }
        conflict::conflicts(facts, |query, tile| self.is_conflict(query, tile))
    }
}

/// Every present word about a tile of the dataset's rows.
fn collected(dataset: &Dataset, facts: &Facts, people: &[&AnnotatorStatements]) -> Vec<PersonAnswer> {
    let mut all = Vec::new();
    for (person, of_person) in people.iter().enumerate() {
        for ((key, tile), said) in &of_person.tiles {
            let Some((sample, row)) = dataset.find(*key).and_then(|sample| Some((sample, facts.row(sample)?))) else {
                continue;
            };
            let tile = TileId::new(tile);
            all.push(PersonAnswer {
                query: row.query,
                tile,
                person,
                relevance: said.relevance,
                strength: if said.confirmed { Strength::Confirmation } else { Strength::Mark },
                of_positive: tile == row.positive,
                order: (said.order, sample),
            });
        }
        let rejected = |key: &SampleKey| {
            let verdicts = people.iter().filter_map(|person| person.verdict(*key));
            vote(verdicts, Verdict::Unsure) == Some(Verdict::Reject)
        };
        for key in of_person.rejected_positives().filter(rejected) {
            let Some((sample, row)) = dataset.find(key).and_then(|sample| Some((sample, facts.row(sample)?))) else {
                continue;
            };
            all.push(PersonAnswer {
                query: row.query,
                tile: row.positive,
                person,
                relevance: Relevance::NotRelevant,
                strength: Strength::Reject,
                of_positive: true,
                order: (0, sample),
            });
        }
    }
    all
}

/// The tiles that somebody's last word, over all queries, calls broken, unless more people say something else.
fn broken(words: &[PersonAnswer]) -> FxHashMap<TileId, Relevance> {
    let of_tile = |word: &&PersonAnswer| word.strength != Strength::Reject;
    let called: FxHashSet<TileId> =
        words.iter().filter(|word| word.relevance == Relevance::Broken).map(|word| word.tile).collect();
    let mut last: FxHashMap<(TileId, usize), &PersonAnswer> = FxHashMap::default();
    for word in words.iter().filter(of_tile).filter(|word| called.contains(&word.tile)) {
        let last = last.entry((word.tile, word.person)).or_insert(word);
        if (word.strength, word.order) > (last.strength, last.order) {
            *last = word;
        }
    }
    // Voices for broken less those against it.
    let mut balance: FxHashMap<TileId, i64> = FxHashMap::default();
    for ((tile, _), word) in last {
        *balance.entry(tile).or_default() += if word.relevance == Relevance::Broken { 1 } else { -1 };
    }
    let outcome = |(tile, balance): (TileId, i64)| match balance.cmp(&0) {
        Ordering::Greater => Some((tile, Relevance::Broken)),
        Ordering::Equal => Some((tile, Relevance::Unsure)),
        Ordering::Less => None,
    };
    balance.into_iter().filter_map(outcome).collect()
}

impl Answer {
    /// From all words about one query and tile, sorted by person.
    fn from_people(words: &[PersonAnswer]) -> Self {
        let people = || words.chunk_by(|a, b| a.person == b.person);
        let counting = |words: &[PersonAnswer], counts: fn(&PersonAnswer) -> bool| {
            words.iter().filter(|word| counts(word)).max_by_key(|word| (word.strength, word.order)).copied()
        };
        let as_negative = people().filter_map(|words| counting(words, |_| true));
        let as_positive: Vec<(PersonAnswer, &[PersonAnswer])> =
            people().filter_map(|words| Some((counting(words, counts_for_positive)?, words))).collect();
        let answer = vote(as_positive.iter().map(|(word, _)| outvoted(word.relevance)), Relevance::Unsure);
        let settled = as_positive.iter().any(|(word, words)| {
            matches!(word.relevance, Relevance::Relevant | Relevance::NotRelevant)
                && words.iter().any(|other| other.of_positive && other.relevance == word.relevance)
        });
        Self {
            as_negative: vote(as_negative.map(|word| outvoted(word.relevance)), Relevance::Unsure),
            as_positive: answer,
            is_open: answer == Some(Relevance::NotRelevant) && !settled,
            is_positive: false,
        }
    }

    fn is_conflict(&self) -> bool {
        self.is_open && self.is_positive
    }
}

/// Accepting a row says nothing against the positive of another.
fn counts_for_positive(word: &PersonAnswer) -> bool {
    let confirms = word.strength == Strength::Confirmation && word.relevance == Relevance::NotRelevant;
    word.of_positive || !confirms
}

/// Where the tile is not broken for all, `broken` says as little of the query as `unsure`.
fn outvoted(relevance: Relevance) -> Relevance {
    if relevance == Relevance::Broken { Relevance::Unsure } else { relevance }
}
