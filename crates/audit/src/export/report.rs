//! The outcome of an export or a preview, in numbers and in lines for a person.

use std::collections::BTreeMap;

use tilejury_data::Dataset;
use tilejury_rows::{RowKeyTable, RowKeys};

use super::added::AddedTile;
use super::copies::CopiesByQuery;
use super::copies_report::CopiesReport;
use super::figures::{DatasetFigures, SplitFigures};
use super::plan::{ChangeReason, DropReason, ExportPlan, QueryFacts, RowOutcome};
use super::simulation::{PositiveSplits, Simulation, SplitFamily};
use super::workers::in_parts;
use super::written::WrittenRows;
use crate::answers::Answers;
use crate::judgement::Relevance;
use crate::text::{count, grouped};

/// The outcome of an export or a preview.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportReport {
    /// Rows written byte for byte as they were.
    pub kept: usize,
    /// Rows written with changes.
    pub changed: usize,
    /// Rows that were left out.
    pub dropped: usize,
    /// Written rows without a verdict: nobody judged them.
    pub unjudged: usize,
    /// Rows that are written in addition: relevant negatives with rows of their own.
    pub promoted: usize,
    /// Rows by reason: dropped rows once by the reason why they were dropped, changed rows once for
    /// each kind of change.
    pub reasons: BTreeMap<&'static str, usize>,
    /// Input lines that are not rows; they are not exported.
    pub bad_lines: usize,
    /// The counts over the written rows.
    pub simulation: Simulation,
    /// Rows with a relevant tile among their negatives that was kept by option.
    pub waived: usize,
    /// Tiles that were marked as not relevant where they are negatives, and are positives of other
    /// rows of the query.
    pub conflicts: usize,
    /// The copies of positives that were found.
    pub copies: CopiesReport,
    /// Tiles of written rows whose shards are missing; repeats included.
    pub tiles_not_here: usize,
    /// Tiles that people added to rows which do not name them: `qrels` and `beir` grade them as
    /// relevant, and no row has them as a negative.
    pub added: Vec<AddedTile>,
    /// Those of them whose pictures should be written but cannot be found.
    pub added_not_found: usize,
    /// Different tiles that the written rows name.
    pub tiles: usize,
    /// The figures of each split, in the dataset's order.
    pub splits: Vec<SplitFigures>,
    /// The names of the files in the folder; empty if nothing was written.
    pub files: Vec<String>,
}

impl ExportReport {
    /// Counts a plan and proves its rows, without files. [`Self::with_figures`] adds the figures of
    /// the tiles. `row_keys` are those of the dataset's rows.
    pub(super) fn new(
        dataset: &Dataset,
        row_keys: &RowKeyTable,
        answers: &Answers,
        plan: &ExportPlan,
        written: &WrittenRows<'_>,
        copies: &CopiesByQuery,
        negatives_taken: usize,
    ) -> Self {
        let mut report = Self {
            bad_lines: dataset.splits.iter().map(|split| split.bad_lines as usize).sum(),
            promoted: plan.promoted,
            waived: plan.waived,
            tiles_not_here: plan.tiles_not_here,
            conflicts: answers.conflicts(row_keys).len(),
            ..Self::default()
        };
        for outcome in &plan.outcomes {
            match outcome {
                RowOutcome::Keep => report.kept += 1,
                RowOutcome::Change(changed) => {
                    report.changed += 1;
                    changed.iter().for_each(|why| *report.reasons.entry(why.word()).or_default() += 1);
                }
                RowOutcome::Drop(why) => {
                    report.dropped += 1;
                    *report.reasons.entry(why.word()).or_default() += 1;
                }
            }
        }
        let splits = SplitFamily::all(dataset);
        let mut positives = PositiveSplits::with_capacity(plan.rows.len());
        for (planned, row) in plan.rows.iter().zip(written.rows()) {
            positives.add(&row, splits[usize::from(dataset.entry(planned.sample).split)]);
        }
        let rows: Vec<RowKeys<'_>> = written.rows().collect();
        // A copy of a positive whose row is not written does the same harm.
        let of_input = (!copies.is_empty()).then(|| QueryFacts::new(row_keys, answers));
        let of_input = |query, tile| of_input.as_ref().is_some_and(|facts| facts.is_positive(query, tile));
        let parts = in_parts(&rows, |part| {
            let mut simulation = Simulation { negatives_taken, ..Simulation::default() };
            for row in part {
                let relevant =
                    |tile| answers.names(tile) && answers.as_negative(row.query, tile) == Some(Relevance::Relevant);
                let counts = |tile| positives.has(row.query, tile) || of_input(row.query, tile) || relevant(tile);
                let copy = |tile| {
                    let kind = copies.kind(row.query, tile, counts);
                    kind.is_some_and(|kind| !copies.is_marked(row.query, tile, kind))
                };
                simulation.count(row, &positives, relevant, copy);
            }
            simulation
        });
        report.simulation = Simulation::new(negatives_taken, &positives);
        parts.iter().for_each(|part| report.simulation.add(part));
        report.copies = copies.report(plan.copies, rows.into_iter(), |query, tile| positives.has(query, tile));
        report
    }

    /// Adds the figures of the splits and tiles.
    pub(super) fn with_figures(self, figures: DatasetFigures) -> Self {
        Self { splits: figures.splits, tiles: figures.tiles, ..self }
    }

    /// Returns the names of splits that had rows and have none left.
    pub fn empty_splits(&self) -> impl Iterator<Item = &str> {
        let emptied = self.splits.iter().filter(|split| split.rows == 0 && split.rows_before > 0);
        emptied.map(|split| split.name.as_str())
    }

    /// Returns a warning that a split is empty.
    pub fn empty_split(split: &str) -> String {
        format!("no row of the split {split} is left; loaders may refuse its files")
    }

    /// Returns the outcome, in lines for a person.
    pub fn summary(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{} kept as they were, {} changed, {} left out",
            count(self.kept, "row"),
            self.changed,
            self.dropped
        )];
        if self.promoted > 0 {
            lines.push(format!("{} more for promoted tiles", count(self.promoted, "row")));
        }
        for (outcome, words) in [
            ("left out", DropReason::ALL.iter().map(|why| (why.word(), why.label())).collect::<Vec<_>>()),
            ("changed", ChangeReason::ALL.iter().map(|why| (why.word(), why.label())).collect()),
        ] {
            for (word, label) in words {
                if let Some(number) = self.reasons.get(word) {
                    lines.push(format!("  {label}: {}, {outcome}", count(*number, "row")));
                }
            }
        }
        lines.extend(self.remarks());
        lines
    }

    /// Returns the number of added tiles, in a line for a person; `None` if there are none.
    pub fn added_line(&self) -> Option<String> {
        let tiles = count(self.added.len(), "tile");
        let them = if self.added.len() == 1 { "it" } else { "them" };
        (!self.added.is_empty()).then(|| format!("{tiles} added to rows as relevant; qrels and beir grade {them}"))
    }

    /// Returns the number of written rows that nobody judged, in a line for a person; `None` if all
    /// were judged.
    pub fn unjudged_line(&self) -> Option<String> {
        let written = self.kept + self.changed;
        (self.unjudged > 0).then(|| not_judged(self.unjudged, written))
    }

    /// Returns that a trainer pads no row with its positive, in a line for a person; `None` if it
    /// would pad one, or takes no negatives.
    pub fn padding_line(&self) -> Option<String> {
        let simulation = &self.simulation;
        (simulation.negatives_taken > 0 && simulation.padded_rows == 0).then(|| {
            let taken = count(simulation.negatives_taken, "negative");
            let rows = simulation.rows;
            format!("Each of the {rows} rows has the {taken} that a trainer takes: none is padded with its positive")
        })
    }

    /// Returns what a person should know before training on the rows, in lines.
    fn remarks(&self) -> Vec<String> {
        let mut lines = Vec::new();
        lines.extend(self.padding_line());
        lines.extend(self.unjudged_line());
        lines.extend(self.added_line());
        if self.added_not_found > 0 {
            let tiles = count(self.added_not_found, "added tile");
            lines.push(format!("Warning: {tiles} cannot be found; the grades are written without pictures"));
        }
        if self.bad_lines > 0 {
            let bad_lines = count(self.bad_lines, "line");
            lines.push(format!(
                "Warning: {bad_lines} of the input cannot be read as rows and were left out; `tilejury check` names them"
            ));
        }
        if self.waived > 0 {
            let rows = count(self.waived, "row");
            lines.push(format!("Warning: {rows} written with a relevant tile among the negatives, by option"));
        }
        if self.conflicts > 0 {
            lines.push(format!(
                "Warning: {}: a tile is the positive of one row and was marked as not relevant in another row of the query; \
                 the search conflict:yes lists the rows",
                count(self.conflicts, "conflict")
            ));
        }
        if self.simulation.rows_with_copy_in_negatives > 0 {
            let rows = count(self.simulation.rows_with_copy_in_negatives, "row");
            lines.push(format!("Warning: {rows} written with a copy of a positive among the negatives, by option"));
        }
        if self.copies.near_kept_by_mark > 0 {
            let kept = count(self.copies.near_kept_by_mark, "negative");
            lines.push(format!(
                "{kept} nearly the same as a positive kept because somebody marked them as not relevant"
            ));
        }
        if let Some(caution) = self.copies.caution() {
            lines.push(format!("Warning: {caution}"));
        }
        if self.simulation.pairs_in_two_splits > 0 {
            let pairs = self.simulation.pairs_in_two_splits;
            lines.push(format!("Warning: {pairs} queries have the same positive in two splits, as the options allow"));
        }
        if self.tiles_not_here > 0 {
            lines.push(format!(
                "Warning: {} times a row names a tile of a shard that is not here; whether these tiles exist was not checked",
                self.tiles_not_here
            ));
        }
        for split in self.empty_splits() {
            lines.push(format!("Warning: {}", Self::empty_split(split)));
        }
        lines
    }
}

/// The words for written rows without a verdict.
pub(super) fn not_judged(unjudged: usize, written: usize) -> String {
    format!("Not judged: {} of {} rows", grouped(unjudged), grouped(written))
}
