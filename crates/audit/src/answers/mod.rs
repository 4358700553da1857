//! The answer for a query and a tile when several people, or several rows of the query, have judged
//! it.
//!
//! Only this module applies these rules; `docs/export.md` states them. The export's plan, the
//! qrels, `stats` and the conflict queue use it. Makes no decision about rows, and reads no file.

mod conflict;
mod votes;

use std::cmp::Ordering;

use rustc_hash::{FxHashMap, FxHashSet};
use tilejury_data::{Dataset, SampleIndex, SampleKey};
use tilejury_rows::{QueryKey, RowKeyTable, TileId};

pub use conflict::Conflict;
pub(crate) use votes::{AnnotatorVotes, Votes};

use crate::judgement::{Relevance, Verdict};
use crate::merge::{decided, is_adjudicated};
use crate::role::{Role, of_highest_role};

/// A query and a tile.
pub(crate) type QueryTile = (QueryKey, TileId);

/// The way in which a vote was given. A stronger vote of the same person replaces a weaker one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    /// By accepting a row.
    Confirmation,
    /// By rejecting a row for its positive.
    Reject,
    /// By a mark.
    Mark,
}

/// One person's vote on a tile in one row.
#[derive(Clone, Copy, Debug)]
struct Vote {
    query: QueryKey,
    tile: TileId,
    person: usize,
    role: Role,
    relevance: Relevance,
    strength: Strength,
    /// Whether the tile is the positive of the row.
    is_on_positive: bool,
    /// Position in stored order, then in that of the dataset.
    order: (usize, SampleIndex),
}

/// The answers for one query and one tile.
#[derive(Clone, Copy, Debug, Default)]
struct Answer {
    as_negative: Option<Relevance>,
    as_positive: Option<Relevance>,
    /// The answer as a positive is “not relevant”, but nobody gave it to the positive itself.
    is_open: bool,
    /// Whether a row of the query has the tile as its positive.
    is_positive: bool,
}

/// The answers for every query and tile of a dataset that have votes.
#[derive(Default)]
pub(crate) struct Answers {
    pairs: FxHashMap<QueryTile, Answer>,
    /// Tiles that are broken for every query, or unsure because as many votes are for something
    /// else.
    broken: FxHashMap<TileId, Relevance>,
    /// Every tile with any vote.
    named: FxHashSet<TileId>,
}

impl Answers {
    /// Determines the answers from the votes of some people; `row_keys` are those of the dataset's
    /// rows.
    pub(crate) fn new(dataset: &Dataset, row_keys: &RowKeyTable, people: &[&AnnotatorVotes]) -> Self {
        let mut votes = collect_votes(dataset, row_keys, people);
        let mut answers = Self { broken: broken(&votes), ..Self::default() };
        answers.named.extend(votes.iter().map(|vote| vote.tile));
        votes.sort_unstable_by_key(|vote| (vote.query, vote.tile, vote.person));
        for votes in votes.chunk_by(|a, b| (a.query, a.tile) == (b.query, b.tile)) {
            answers.pairs.insert((votes[0].query, votes[0].tile), Answer::from_votes(votes));
        }
        if !answers.pairs.is_empty() {
            answers.add_positives(row_keys);
        }
        answers
    }

    fn add_positives(&mut self, row_keys: &RowKeyTable) {
        for row in row_keys.rows().flatten().filter(|row| self.named.contains(&row.positive)) {
            if let Some(answer) = self.pairs.get_mut(&(row.query, row.positive)) {
                answer.is_positive = true;
            }
        }
    }

    /// Whether any vote is on the tile.
    pub(crate) fn names(&self, tile: TileId) -> bool {
        self.named.contains(&tile)
    }

    /// Returns the answer for a tile as a negative of a query.
    pub(crate) fn as_negative(&self, query: QueryKey, tile: TileId) -> Option<Relevance> {
        let broken = self.broken.get(&tile).copied();
        broken.or_else(|| self.pairs.get(&(query, tile))?.as_negative)
    }

    /// Returns the answer for a tile that is the positive of a row of the query; `None` while a
    /// conflict leaves it open.
    pub(crate) fn as_positive(&self, query: QueryKey, tile: TileId) -> Option<Relevance> {
        let broken = self.broken.get(&tile).copied();
        broken.or_else(|| self.pairs.get(&(query, tile)).filter(|answer| !answer.is_open)?.as_positive)
    }

    /// Whether a tile is in a conflict: a positive of the query, and marked as not relevant only
    /// where it is a negative.
    pub(crate) fn is_conflict(&self, query: QueryKey, tile: TileId) -> bool {
        !self.broken.contains_key(&tile) && self.pairs.get(&(query, tile)).is_some_and(Answer::is_conflict)
    }

    /// Returns the relevance of a tile to a query in a test collection: yes, no, or unknown. The
    /// positive of a row is never “no”, unless that was settled.
    pub(crate) fn grade(&self, query: QueryKey, tile: TileId) -> Option<bool> {
        let answer = self.pairs.get(&(query, tile)).filter(|_| !self.broken.contains_key(&tile))?;
        let settled = !answer.is_positive || (answer.as_positive == answer.as_negative && !answer.is_open);
        match answer.as_negative? {
            Relevance::Relevant => Some(true),
            Relevance::NotRelevant if settled => Some(false),
            Relevance::NotRelevant | Relevance::Unsure | Relevance::Broken => None,
        }
    }

    /// Returns the number of added tiles, each once for a query: those whose answer is relevant,
    /// that somebody with a vote there judged in a row which does not name them, and that are no
    /// positive of the query.
    pub(crate) fn added(&self, dataset: &Dataset, row_keys: &RowKeyTable, people: &[&AnnotatorVotes]) -> usize {
        let adjudicators = adjudicators(people);
        let counted = people
            .iter()
            .flat_map(|annotator| annotator.tiles.keys().filter(|(key, _)| may_vote(annotator, &adjudicators, *key)));
        let added = counted.filter_map(|(key, tile)| {
            let row = row_keys.row(dataset.find(*key)?.index())?;
            let pair = (row.query, TileId::new(tile));
            let is_outside = pair.1 != row.positive && !row.negatives.contains(&pair.1);
            let is_positive = self.pairs.get(&pair)?.is_positive;
            (is_outside && !is_positive && self.grade(pair.0, pair.1) == Some(true)).then_some(pair)
        });
        added.collect::<FxHashSet<QueryTile>>().len()
    }

    /// Returns all conflicts, in the order of their first rows.
    pub(crate) fn conflicts(&self, row_keys: &RowKeyTable) -> Vec<Conflict> {
        if !self.pairs.values().any(Answer::is_conflict) {
            return Vec::new();
        }
        conflict::conflicts(row_keys, |query, tile| self.is_conflict(query, tile))
    }
}

/// The adjudicators among people.
fn adjudicators<'p>(people: &[&'p AnnotatorVotes]) -> Vec<&'p AnnotatorVotes> {
    people.iter().copied().filter(|person| person.role == Role::Adjudicator).collect()
}

/// Whether a person has votes in a row: in a row with an adjudicator's verdict, nobody else has.
fn may_vote(person: &AnnotatorVotes, adjudicators: &[&AnnotatorVotes], row: SampleKey) -> bool {
    person.role == Role::Adjudicator || !is_adjudicated(adjudicators.iter().map(|one| (one.role, one.verdict(row))))
}

/// Collects every current vote on a tile of the dataset's rows.
fn collect_votes(dataset: &Dataset, row_keys: &RowKeyTable, people: &[&AnnotatorVotes]) -> Vec<Vote> {
    let mut all = Vec::new();
    let verdicts = |key: SampleKey| people.iter().map(move |person| (person.role, person.verdict(key)));
    let adjudicators = adjudicators(people);
    for (person, annotator) in people.iter().enumerate() {
        let role = annotator.role;
        let may_vote = |key: SampleKey| may_vote(annotator, &adjudicators, key);
        for ((key, tile), row_vote) in annotator.tiles.iter().filter(|((key, _), _)| may_vote(*key)) {
            let Some((sample, row)) =
                dataset.find(*key).and_then(|sample| Some((sample, row_keys.row(sample.index())?)))
            else {
                continue;
            };
            let tile = TileId::new(tile);
            all.push(Vote {
                query: row.query,
                tile,
                person,
                role,
                relevance: row_vote.relevance,
                strength: if row_vote.confirmed { Strength::Confirmation } else { Strength::Mark },
                is_on_positive: tile == row.positive,
                order: (row_vote.order, sample),
            });
        }
        let rejected = |key: &SampleKey| {
            let given = verdicts(*key).filter_map(|(role, verdict)| Some((role, verdict?)));
            may_vote(*key) && decided(given, Verdict::Unsure) == Some(Verdict::Reject)
        };
        for key in annotator.rejected_positives().filter(rejected) {
            let Some((sample, row)) =
                dataset.find(key).and_then(|sample| Some((sample, row_keys.row(sample.index())?)))
            else {
                continue;
            };
            all.push(Vote {
                query: row.query,
                tile: row.positive,
                person,
                role,
                relevance: Relevance::NotRelevant,
                strength: Strength::Reject,
                is_on_positive: true,
                order: (0, sample),
            });
        }
    }
    all
}

/// Returns the tiles that are broken for every query: those that somebody's last vote, over all
/// queries, is broken for, unless more people vote for something else.
fn broken(votes: &[Vote]) -> FxHashMap<TileId, Relevance> {
    let counts = |vote: &&Vote| vote.strength != Strength::Reject;
    let candidates: FxHashSet<TileId> =
        votes.iter().filter(|vote| vote.relevance == Relevance::Broken).map(|vote| vote.tile).collect();
    let mut last: FxHashMap<(TileId, usize), &Vote> = FxHashMap::default();
    for vote in votes.iter().filter(counts).filter(|vote| candidates.contains(&vote.tile)) {
        let last = last.entry((vote.tile, vote.person)).or_insert(vote);
        if (vote.strength, vote.order) > (last.strength, last.order) {
            *last = vote;
        }
    }
    let mut by_tile: FxHashMap<TileId, Vec<(Role, bool)>> = FxHashMap::default();
    for ((tile, _), vote) in last {
        by_tile.entry(tile).or_default().push((vote.role, vote.relevance == Relevance::Broken));
    }
    // Votes for broken minus the other votes.
    let balance = by_tile.into_iter().map(|(tile, votes)| {
        let votes = of_highest_role(votes.into_iter()).into_iter();
        (tile, votes.map(|is_broken| if is_broken { 1_i64 } else { -1 }).sum::<i64>())
    });
    let outcome = |(tile, balance): (TileId, i64)| match balance.cmp(&0) {
        Ordering::Greater => Some((tile, Relevance::Broken)),
        Ordering::Equal => Some((tile, Relevance::Unsure)),
        Ordering::Less => None,
    };
    balance.filter_map(outcome).collect()
}

impl Answer {
    /// Determines the answers from all votes on one query and tile, sorted by person.
    fn from_votes(votes: &[Vote]) -> Self {
        let people = || votes.chunk_by(|a, b| a.person == b.person);
        let strongest = |votes: &[Vote], counts: fn(&Vote) -> bool| {
            votes.iter().filter(|vote| counts(vote)).max_by_key(|vote| (vote.strength, vote.order)).copied()
        };
        let as_negative = people().filter_map(|votes| strongest(votes, |_| true));
        let as_positive: Vec<(Vote, &[Vote])> =
            people().filter_map(|votes| Some((strongest(votes, counts_for_positive)?, votes))).collect();
        let given = |vote: &Vote| (vote.role, broken_as_unsure(vote.relevance));
        let answer = decided(as_positive.iter().map(|(vote, _)| given(vote)), Relevance::Unsure);
        // A machine settles nothing where a person has a vote.
        let by_machines = as_positive.iter().all(|(vote, _)| vote.role == Role::Machine);
        let settled = as_positive.iter().any(|(vote, votes)| {
            (by_machines || vote.role != Role::Machine)
                && matches!(vote.relevance, Relevance::Relevant | Relevance::NotRelevant)
                && votes.iter().any(|other| other.is_on_positive && other.relevance == vote.relevance)
        });
        Self {
            as_negative: decided(as_negative.map(|vote| given(&vote)), Relevance::Unsure),
            as_positive: answer,
            is_open: answer == Some(Relevance::NotRelevant) && !settled,
            is_positive: false,
        }
    }

    fn is_conflict(&self) -> bool {
        self.is_open && self.is_positive
    }
}

/// Whether a vote counts for a tile as a positive: accepting one row is not a vote against the
/// positive of another.
fn counts_for_positive(vote: &Vote) -> bool {
    let confirms = vote.strength == Strength::Confirmation && vote.relevance == Relevance::NotRelevant;
    vote.is_on_positive || !confirms
}

/// Counts `broken` as `unsure`: for a tile that is not broken for every query, both leave the query
/// undecided.
fn broken_as_unsure(relevance: Relevance) -> Relevance {
    if relevance == Relevance::Broken { Relevance::Unsure } else { relevance }
}
