//! The set's own layout: one JSONL file a split, rows in their order, untouched rows byte for byte.

use super::ExportError;
use super::context::{Context, TELL_EVERY};
use super::progress::Step;
use super::rows::line;

pub(super) fn write(context: &Context<'_>) -> Result<(), ExportError> {
    let dataset = context.dataset;
    let mut before = 0;
    for (split, planned) in dataset.splits.iter().zip(context.plan.by_split(dataset)) {
        let mut file = context.folder.same_files(&split.export_names)?;
        for (at, row) in planned.iter().enumerate() {
            if at.is_multiple_of(TELL_EVERY) {
                context.tell(Step::Writing, before + at, context.plan.rows.len())?;
            }
            file.write(&line(dataset, row)?)?;
            let own = dataset.samples[row.sample as usize].row as usize;
            let again = planned.get(at + 1).is_some_and(|next| next.sample == row.sample);
            let end = split.line_end(own);
            // The last line of a file may have no end, but a row that follows it needs one.
            file.write(if end.is_empty() && again { b"\n" } else { end })?;
        }
        file.finish()?;
        before += planned.len();
    }
    Ok(())
}
