//! The dataset's own layout: one JSONL file per split, rows in their order, untouched rows byte for
//! byte.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use tilejury_data::{Dataset, Split};

use super::ExportError;
use super::checksums::FileChecksum;
use super::context::{ExportContext, ROWS_PER_REPORT};
use super::plan::{ExportPlan, PlannedRow};
use super::rows::line;
use crate::progress::{Progress, Stage};

pub(super) fn write(context: &ExportContext<'_>) -> Result<(), ExportError> {
    let dataset = context.dataset;
    let mut before = 0;
    for (split, planned) in dataset.splits.iter().zip(context.plan.by_split(dataset)) {
        let mut file = context.folder.same_files(&split.export_names)?;
        for (at, row) in planned.iter().enumerate() {
            if at.is_multiple_of(ROWS_PER_REPORT) {
                context.report_progress(Stage::Writing.step(before + at, context.plan.rows.len()))?;
            }
            file.write(&line(dataset, row)?)?;
            file.write(end(dataset, split, planned, at))?;
        }
        file.finish()?;
        before += planned.len();
    }
    Ok(())
}

/// Returns the end of a planned row's line. The last line of a file may have none, but needs one if
/// another row follows.
fn end<'d>(dataset: &Dataset, split: &'d Split, planned: &[PlannedRow], at: usize) -> &'d [u8] {
    let sample = planned[at].sample;
    let same_sample_follows = planned.get(at + 1).is_some_and(|next| next.sample == sample);
    match split.line_end(dataset.entry(sample).row as usize) {
        [] if same_sample_follows => b"\n",
        end => end,
    }
}

/// Returns the figures of the files that [`write()`] would write, by name.
pub(super) fn figures(
    dataset: &Dataset,
    plan: &ExportPlan,
    progress: &dyn Progress,
) -> Result<BTreeMap<String, FileChecksum>, ExportError> {
    let mut files = BTreeMap::new();
    for (split, planned) in dataset.splits.iter().zip(plan.by_split(dataset)) {
        let (mut hash, mut bytes) = (Sha256::new(), 0);
        for (at, row) in planned.iter().enumerate() {
            if at.is_multiple_of(ROWS_PER_REPORT) {
                progress.report(Stage::Rows.step(at, planned.len()))?;
            }
            for part in [&*line(dataset, row)?, end(dataset, split, planned, at)] {
                hash.update(part);
                bytes += part.len() as u64;
            }
        }
        let figures = FileChecksum::from_hash(bytes, hash);
        files.extend(split.export_names.iter().map(|name| (name.clone(), figures.clone())));
    }
    Ok(files)
}
