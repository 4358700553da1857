//! What becomes of each row, and which rows are written, and why. Pure: from rows, judgements, options, and which tiles are there.
//!
//! The rules are those of `docs/export.md`, in this order. A row leaves for its verdict, then for its positive. A negative leaves
//! for what is known of it with respect to the row's query, whoever said so in whichever row of that query. Then rows that are
//! short are refilled or leave, and relevant negatives are promoted. Leaks come last, among the rows that are otherwise written.

mod candidates;
mod deciding;
mod leaks;
mod query_facts;
mod row_outcome;
mod unavailable_tiles;

use std::sync::atomic::{AtomicUsize, Ordering};

use rustc_hash::FxHashSet;
use tilejury_data::Dataset;
use tilejury_data::rewrite::Rewrite;

use super::ReadSet;
use super::copies::CopyCounts;
use super::facts::{Facts, LOOK_UP_EVERY, TileId};
use super::options::ExportOptions;
use super::workers::in_parts;
use crate::answers::{Answers, Pair};
use crate::judgement::Judgements;
use crate::progress::{Cancelled, Progress, Stage};
use crate::same_query::query_group;

pub use row_outcome::{Changed, RowOutcome, Why};
pub(super) use unavailable_tiles::UnavailableTiles;

use deciding::{Decider, RowDecision};
use query_facts::QueryFacts;

/// A row to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlannedRow {
    /// The sample that it is made of.
    pub sample: u32,
    /// Its number among the rows that are made of this sample, whether they are written or not: 0 for the row itself, 1 and up for
    /// promoted ones.
    pub number: u32,
    /// What is different from that; `None` for the row's own bytes. Boxed, since most rows have none.
    pub rewrite: Option<Box<Rewrite>>,
}

/// The fate of every row, and the rows that are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportPlan {
    /// By sample index.
    pub fates: Vec<RowOutcome>,
    /// In the order in which they are written: that of the samples, promoted rows behind the one that they come from.
    pub rows: Vec<PlannedRow>,
    /// How many of the rows are promoted ones.
    pub promoted: usize,
    /// Rows with a relevant tile among their negatives, which was to stay there.
    pub waived: usize,
    /// Tiles of written rows whose shards are not here, so that nobody could look for them; repeats included.
    pub tiles_not_here: usize,
    /// Negatives that are copies of a positive: those that left, or stay by option.
    pub(super) copies: CopyCounts,
}

impl ExportPlan {
    /// Decides over every row. Reads the dataset only.
    ///
    /// # Errors
    /// When `progress` cancelled the work.
    pub(super) fn new(
        dataset: &Dataset,
        ReadSet { facts, absent, copies }: &ReadSet,
        judgements: &Judgements,
        answers: &Answers,
        options: &ExportOptions,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let total = dataset.samples.len();
        let known = QueryFacts::new(facts, answers);
        let decider = Decider { dataset, facts, judgements, options, known: &known, absent, copies };
        let samples: Vec<usize> = (0..total).collect();
        let done = AtomicUsize::new(0);
        let parts = in_parts(&samples, |part| {
            let mut decided = Vec::with_capacity(part.len());
            for some in part.chunks(LOOK_UP_EVERY) {
                progress.report(Stage::Rows.step(done.fetch_add(some.len(), Ordering::Relaxed), total))?;
                decided.extend(some.iter().map(|sample| decider.decide(*sample)));
            }
            Ok::<_, Cancelled>(decided)
        });
        let decided = parts.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        progress.report(Stage::Rows.step(total, total))?;
        Ok(Self::from_decisions(dataset, facts, options, decided))
    }

    /// What rows decide together: leaks, and what is promoted already.
    fn from_decisions(dataset: &Dataset, facts: &Facts, options: &ExportOptions, decided: Vec<RowDecision>) -> Self {
        let query = |sample: usize| facts.row(sample).map(|row| row.query);
        let pair = |sample: usize, positive: TileId| Some((query(sample)?, positive));
        let leaving = leaks::leaking_rows(
            dataset,
            options,
            decided.iter().enumerate().flat_map(|(sample, decided)| {
                decided.rows().filter_map(move |row| Some((sample, pair(sample, row.positive)?)))
            }),
        );
        let stays = |sample: usize, positive: TileId| leaving.is_empty() || !leaving.contains(&(sample, positive));
        // A query has a tile as its positive once: where a row has it anyway, none is promoted to it.
        let mut taken: FxHashSet<Pair> = FxHashSet::default();
        if decided.iter().any(|decided| !decided.promoted.is_empty()) {
            taken.extend(decided.iter().enumerate().filter_map(|(sample, decided)| {
                let row = decided.row.as_ref().filter(|row| stays(sample, row.positive))?;
                pair(sample, row.positive)
            }));
        }
        let capacity = decided.len();
        let mut plan =
            Self { fates: Vec::with_capacity(capacity), rows: Vec::with_capacity(capacity), ..Self::default() };
        let mut grouped = FxHashSet::default();
        for (sample, RowDecision { mut fate, row, promoted, waived, copies }) in decided.into_iter().enumerate() {
            plan.copies.add(copies);
            for (at, row) in row.into_iter().chain(promoted).enumerate() {
                let stays = stays(sample, row.positive);
                if at == 0 && !stays {
                    fate = RowOutcome::Drop(Why::Leak);
                }
                // A promoted row that leaks takes nothing from one that does not.
                if !stays || (at > 0 && !pair(sample, row.positive).is_none_or(|pair| taken.insert(pair))) {
                    continue;
                }
                plan.tiles_not_here += row.not_here;
                plan.waived += usize::from(waived);
                if at > 0 {
                    plan.promoted += 1;
                    grouped.extend(query(sample));
                    if let RowOutcome::Change(changed) = &mut fate {
                        changed.push(Changed::Promoted);
                        changed.sort_unstable();
                        changed.dedup();
                    }
                }
                plan.rows.push(PlannedRow { sample: sample as u32, number: at as u32, rewrite: row.rewrite });
            }
            plan.fates.push(fate);
        }
        if !grouped.is_empty() {
            plan.group(dataset, |sample| query(sample).is_some_and(|query| grouped.contains(&query)));
        }
        plan
    }

    /// Marks all rows of a query of which a tile was promoted: in one batch they would be each other's negatives.
    fn group(&mut self, dataset: &Dataset, is_grouped: impl Fn(usize) -> bool) {
        for row in &mut self.rows {
            let sample = row.sample as usize;
            if !is_grouped(sample) {
                continue;
            }
            let Ok(text) = dataset.row(sample) else { continue };
            row.rewrite.get_or_insert_default().query_group = Some(query_group(&text.query));
            if let RowOutcome::Keep = self.fates[sample] {
                self.fates[sample] = RowOutcome::Change(vec![Changed::Grouped]);
            }
        }
    }
}
