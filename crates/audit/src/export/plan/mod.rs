//! The plan of an export: the outcome of each row, the rows to write, and why. It follows only from
//! rows, judgements, options, and which tiles are available.
//!
//! The rules are those of `docs/export.md`, in this order. A row is dropped for its verdict, then
//! for its positive. A negative is removed for the answer about it for the row's query, in
//! whichever row of that query it was judged, and by any annotator. Then rows that are short are
//! refilled or dropped, and relevant negatives are promoted. Leaks come last, among the rows that
//! would otherwise be written.

mod candidates;
mod deciding;
mod leaks;
mod query_facts;
mod row_outcome;
mod unavailable_tiles;

use std::sync::atomic::{AtomicUsize, Ordering};

use rustc_hash::FxHashSet;
use tilejury_data::rewrite::Rewrite;
use tilejury_data::{Dataset, SampleIndex};
use tilejury_rows::{RowKeyTable, TileId, query_group};

use super::ReadSet;
use super::copies::CopyCounts;
use super::options::ExportOptions;
use super::read_row_keys::ROWS_PER_CHECK;
use super::workers::in_parts;
use crate::answers::{Answers, QueryTile};
use crate::judgement::Judgements;
use crate::progress::{Cancelled, Progress, Stage};

pub use row_outcome::{ChangeReason, DropReason, RowOutcome};
pub(super) use unavailable_tiles::UnavailableTiles;

use deciding::{Decider, RowDecision};
pub(super) use query_facts::QueryFacts;

/// A row to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlannedRow {
    /// The sample that it is made from.
    pub sample: SampleIndex,
    /// Its number among the rows that are made from this sample, whether they are written or not: 0
    /// for the row itself, 1 and up for promoted ones.
    pub number: u32,
    /// The differences from that sample; `None` for the row's own bytes. Boxed, because most rows
    /// have none.
    pub rewrite: Option<Box<Rewrite>>,
}

/// The outcome of every row, and the rows to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportPlan {
    /// The outcome of each row, by sample index.
    pub outcomes: Vec<RowOutcome>,
    /// In the order in which they are written: that of the samples, promoted rows after the one
    /// that they come from.
    pub rows: Vec<PlannedRow>,
    /// Number of promoted rows.
    pub promoted: usize,
    /// Rows with a relevant tile among their negatives that was kept by option.
    pub waived: usize,
    /// Tiles of written rows that could not be looked up because their shards are missing; repeats
    /// included.
    pub tiles_not_here: usize,
    /// Negatives that are copies of a positive: removed, or kept by option.
    pub(super) copies: CopyCounts,
}

impl ExportPlan {
    /// Decides every row. Reads the dataset only.
    ///
    /// # Errors
    /// When `progress` cancelled the work.
    pub(super) fn new(
        dataset: &Dataset,
        ReadSet { row_keys, unavailable, copies }: &ReadSet,
        judgements: &Judgements,
        answers: &Answers,
        options: &ExportOptions,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let total = dataset.samples.len();
        let known = QueryFacts::new(row_keys, answers);
        let decider = Decider { dataset, row_keys, judgements, options, known: &known, unavailable, copies };
        let samples: Vec<SampleIndex> = dataset.indices().collect();
        let done = AtomicUsize::new(0);
        let parts = in_parts(&samples, |part| {
            let mut decided = Vec::with_capacity(part.len());
            for some in part.chunks(ROWS_PER_CHECK) {
                progress.report(Stage::Rows.step(done.fetch_add(some.len(), Ordering::Relaxed), total))?;
                decided.extend(some.iter().map(|sample| decider.decide(*sample)));
            }
            Ok::<_, Cancelled>(decided)
        });
        let decided = parts.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        progress.report(Stage::Rows.step(total, total))?;
        Ok(Self::from_decisions(dataset, row_keys, options, decided))
    }

    /// The written rows whose samples have no verdict. Promoted rows do not count: they come from
    /// marks.
    pub fn unjudged<'a>(
        &'a self,
        dataset: &'a Dataset,
        judgements: &'a Judgements,
    ) -> impl Iterator<Item = &'a PlannedRow> {
        let is_judged = |sample: SampleIndex| {
            judgements.get(&dataset.entry(sample).key).is_some_and(|judgement| judgement.verdict.is_some())
        };
        self.rows.iter().filter(move |row| row.number == 0 && !is_judged(row.sample))
    }

    /// Applies the rules that concern several rows: leaks, and tiles that more than one row would
    /// promote.
    fn from_decisions(
        dataset: &Dataset,
        row_keys: &RowKeyTable,
        options: &ExportOptions,
        decided: Vec<RowDecision>,
    ) -> Self {
        let query = |sample: SampleIndex| row_keys.row(sample.index()).map(|row| row.query);
        let pair = |sample: SampleIndex, positive: TileId| Some((query(sample)?, positive));
        let leaving = leaks::leaking_rows(
            dataset,
            options,
            dataset.indices().zip(&decided).flat_map(|(sample, decided)| {
                decided.rows().filter_map(move |row| Some((sample, pair(sample, row.positive)?)))
            }),
        );
        let stays =
            |sample: SampleIndex, positive: TileId| leaving.is_empty() || !leaving.contains(&(sample, positive));
        // A tile is the positive of a query only once: it is not promoted if another row of the
        // query already has it as its positive.
        let mut taken: FxHashSet<QueryTile> = FxHashSet::default();
        if decided.iter().any(|decided| !decided.promoted.is_empty()) {
            taken.extend(dataset.indices().zip(&decided).filter_map(|(sample, decided)| {
                let row = decided.row.as_ref().filter(|row| stays(sample, row.positive))?;
                pair(sample, row.positive)
            }));
        }
        let capacity = decided.len();
        let mut plan =
            Self { outcomes: Vec::with_capacity(capacity), rows: Vec::with_capacity(capacity), ..Self::default() };
        let mut grouped = FxHashSet::default();
        for (sample, RowDecision { mut outcome, row, promoted, waived, copies }) in dataset.indices().zip(decided) {
            plan.copies.add(copies);
            for (at, row) in row.into_iter().chain(promoted).enumerate() {
                let stays = stays(sample, row.positive);
                if at == 0 && !stays {
                    outcome = RowOutcome::Drop(DropReason::Leak);
                }
                // A promoted row that leaks does not prevent another row from promoting the same
                // tile.
                if !stays || (at > 0 && !pair(sample, row.positive).is_none_or(|pair| taken.insert(pair))) {
                    continue;
                }
                plan.tiles_not_here += row.not_here;
                plan.waived += usize::from(waived);
                if at > 0 {
                    plan.promoted += 1;
                    grouped.extend(query(sample));
                    if let RowOutcome::Change(changed) = &mut outcome {
                        changed.push(ChangeReason::Promoted);
                        changed.sort_unstable();
                        changed.dedup();
                    }
                }
                plan.rows.push(PlannedRow { sample, number: at as u32, rewrite: row.rewrite });
            }
            plan.outcomes.push(outcome);
        }
        if !grouped.is_empty() {
            plan.group(dataset, |sample| query(sample).is_some_and(|query| grouped.contains(&query)));
        }
        plan
    }

    /// Marks all rows of a query with a promoted tile: in one batch they would be each other's
    /// negatives.
    fn group(&mut self, dataset: &Dataset, is_grouped: impl Fn(SampleIndex) -> bool) {
        for row in &mut self.rows {
            let sample = row.sample;
            if !is_grouped(sample) {
                continue;
            }
            let Ok(text) = dataset.row(sample) else { continue };
            row.rewrite.get_or_insert_default().query_group = Some(query_group(&text.query));
            if let RowOutcome::Keep = self.outcomes[sample.index()] {
                self.outcomes[sample.index()] = RowOutcome::Change(vec![ChangeReason::Grouped]);
            }
        }
    }
}
