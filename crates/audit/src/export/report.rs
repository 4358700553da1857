//! What an export did or would do, in numbers, and in lines for a person.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use tilejury_data::{Dataset, TilePath, WarningKind};

use super::ExportError;
use super::plan::{Changed, ExportPlan, Fate, PlannedRow, Why};
use super::proof::{Positives, Proof, TrainedRow};
use super::rows::{OutRow, rows};
use super::workers::in_parts;
use crate::judgement::{Judgements, Relevance};
use crate::same_query::QueryKey;
use crate::words::count;

/// What an export did or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportReport {
    /// Rows written byte for byte as they were.
    pub kept: usize,
    /// Rows written otherwise.
    pub changed: usize,
    /// Rows that left.
    pub dropped: usize,
    /// Rows that are written beside those: relevant negatives with rows of their own.
    pub promoted: usize,
    /// Rows by what happened to them: dropped rows once by why they left, changed rows by what was changed.
    pub reasons: BTreeMap<&'static str, usize>,
    /// Lines of the input that are no rows; they are not exported.
    pub bad_lines: usize,
    /// What was counted over the written rows.
    pub proof: Proof,
    /// Rows with a relevant tile among their negatives, which was to stay there.
    pub waived: usize,
    /// Tiles of written rows whose shards are not here; repeats included.
    pub tiles_not_here: usize,
    /// Tiles that written rows name, each once.
    pub tiles: usize,
    /// Figures of each split, in the dataset's order.
    pub splits: Vec<SplitFigures>,
    /// The files, as names in the folder; empty while nothing is written.
    pub files: Vec<String>,
}

/// Figures of one split of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitFigures {
    /// Its name.
    pub name: String,
    /// Rows that the dataset has.
    pub rows_before: usize,
    /// Rows that are written.
    pub rows: usize,
    /// Negatives of those, repeats included.
    pub negatives: usize,
    /// Tiles that they name.
    pub tiles: usize,
}

impl ExportReport {
    /// Counts a plan and proves its rows, without files. Reads every written row twice.
    ///
    /// # Errors
    /// When a row cannot be read any more.
    pub(super) fn of(
        dataset: &Dataset,
        judgements: &Judgements,
        plan: &ExportPlan,
        negatives_taken: usize,
    ) -> Result<Self, ExportError> {
        let bad_row = |warning: &&tilejury_data::Warning| warning.kind == WarningKind::BadRow;
        let mut report = Self {
            bad_lines: dataset.warnings.iter().filter(bad_row).count(),
            promoted: plan.promoted,
            waived: plan.waived,
            tiles_not_here: plan.tiles_not_here,
            ..Self::default()
        };
        for fate in &plan.fates {
            match fate {
                Fate::Keep => report.kept += 1,
                Fate::Change(changed) => {
                    report.changed += 1;
                    changed.iter().for_each(|why| *report.reasons.entry(why.word()).or_default() += 1);
                }
                Fate::Drop(why) => {
                    report.dropped += 1;
                    *report.reasons.entry(why.word()).or_default() += 1;
                }
            }
        }
        report.prove(dataset, judgements, plan, negatives_taken)?;
        Ok(report)
    }

    fn prove(
        &mut self,
        dataset: &Dataset,
        judgements: &Judgements,
        plan: &ExportPlan,
        negatives_taken: usize,
    ) -> Result<(), ExportError> {
        let relevant = relevant(dataset, judgements);
        let by_split = plan.by_split(dataset);
        let families = dataset.families();
        let mut positives = Positives::default();
        // A query's key costs more than all else about a row: made once.
        let keys = in_parts(&plan.rows, |part| {
            let key = |row: OutRow| (QueryKey::of(&row.query), row.sample, row.positive);
            rows(dataset, part).map(|row| row.map(key)).collect::<Result<Vec<_>, _>>()
        });
        let mut queries = Vec::with_capacity(plan.rows.len());
        for (query, sample, positive) in keys.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten() {
            let split = families[usize::from(dataset.samples[sample].split)];
            positives.add(&TrainedRow { split, query, positive: &positive, negatives: &[] });
            queries.push(query);
        }
        self.proof = Proof::new(negatives_taken, &positives);
        // The last split that named each tile.
        let mut tiles: HashMap<TilePath, usize> = HashMap::new();
        let mut queries = &queries[..];
        for (split, planned) in by_split.iter().enumerate() {
            let (own, rest) = queries.split_at(planned.len());
            queries = rest;
            let mut figures = SplitFigures {
                name: dataset.splits[split].name.clone(),
                rows_before: dataset.splits[split].rows.len(),
                rows: planned.len(),
                ..SplitFigures::default()
            };
            let pairs: Vec<(&PlannedRow, QueryKey)> = planned.iter().zip(own.iter().copied()).collect();
            let parts = in_parts(&pairs, |part| -> Result<_, ExportError> {
                let mut proof = Proof { negatives_taken, ..Proof::default() };
                let mut named = Vec::new();
                let mut negatives = 0;
                for (row, (_, query)) in rows(dataset, part.iter().map(|(row, _)| *row)).zip(part) {
                    let row = row?;
                    let of_row = TrainedRow {
                        split: families[split],
                        query: *query,
                        positive: &row.positive,
                        negatives: &row.negatives,
                    };
                    let relevant = relevant.get(query);
                    proof.count(&of_row, &positives, |tile| relevant.is_some_and(|tiles| tiles.contains(tile)));
                    negatives += row.negatives.len();
                    named.push(row.positive);
                    named.extend(row.negatives);
                }
                Ok((proof, negatives, named))
            });
            for part in parts {
                let (proof, negatives, named) = part?;
                self.proof.add(&proof);
                figures.negatives += negatives;
                for tile in named {
                    figures.tiles += usize::from(tiles.insert(tile, split) != Some(split));
                }
            }
            self.splits.push(figures);
        }
        self.tiles = tiles.len();
        Ok(())
    }

    /// Splits that had rows and have none left.
    pub fn empty_splits(&self) -> impl Iterator<Item = &str> {
        let emptied = self.splits.iter().filter(|split| split.rows == 0 && split.rows_before > 0);
        emptied.map(|split| split.name.as_str())
    }

    /// What was done, in lines for a person.
    pub fn summary(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{} kept as they were, {} changed, {} left out",
            count(self.kept, "row"),
            self.changed,
            self.dropped
        )];
        if self.promoted > 0 {
            lines.push(format!("{} more of promoted tiles", count(self.promoted, "row")));
        }
        for (fate, words) in [
            ("left out", Why::ALL.iter().map(|why| (why.word(), why.label())).collect::<Vec<_>>()),
            ("changed", Changed::ALL.iter().map(|why| (why.word(), why.label())).collect()),
        ] {
            for (word, label) in words {
                if let Some(number) = self.reasons.get(word) {
                    lines.push(format!("  {fate}, {}: {}", label.to_lowercase(), count(*number, "row")));
                }
            }
        }
        if self.proof.negatives_taken > 0 && self.proof.padded_rows == 0 {
            lines.push(format!(
                "A trainer that takes the first {} of each row pads none of the {} rows with its positive",
                count(self.proof.negatives_taken, "negative"),
                self.proof.rows
            ));
        }
        if self.bad_lines > 0 {
            let lines_of = count(self.bad_lines, "line");
            lines.push(format!(
                "Careful: {lines_of} of the input cannot be read as rows and were left out; `tilejury check` names them"
            ));
        }
        if self.waived > 0 {
            let rows = count(self.waived, "row");
            lines.push(format!("Careful: {rows} written with a relevant tile among the negatives, as was wished"));
        }
        if self.proof.pairs_in_two_splits > 0 {
            let pairs = self.proof.pairs_in_two_splits;
            lines.push(format!("Careful: {pairs} queries stand with the same positive in two splits, as was wished"));
        }
        if self.tiles_not_here > 0 {
            lines.push(format!(
                "Careful: {} times a row names a tile of a shard that is not here; nobody looked whether it exists",
                self.tiles_not_here
            ));
        }
        for split in self.empty_splits() {
            lines.push(format!("Careful: no row of the split {split} is left; loaders may refuse its files"));
        }
        lines
    }
}

/// The tiles that any row's judgement calls relevant, by the row's query.
fn relevant(dataset: &Dataset, judgements: &Judgements) -> HashMap<QueryKey, BTreeSet<TilePath>> {
    let mut relevant: HashMap<QueryKey, BTreeSet<TilePath>> = HashMap::new();
    for (key, judgement) in judgements {
        let tiles = || judgement.tiles.iter().filter(|(_, relevance)| **relevance == Relevance::Relevant);
        if tiles().next().is_none() {
            continue;
        }
        let Some(row) = dataset.find(*key).and_then(|index| dataset.row(index).ok()) else { continue };
        relevant.entry(QueryKey::of(&row.query)).or_default().extend(tiles().map(|(tile, _)| tile.clone()));
    }
    relevant
}
