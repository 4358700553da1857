//! The rows of a dataset as columns.

use std::sync::Arc;

use arrow_array::RecordBatchIterator;
use arrow_schema::ArrowError;
use tilejury_data::{Dataset, Row, SampleIndex};

use super::{BATCH_ROWS, Batches, Column, batch, schema_of};

/// The stream of all rows, in the order of the splits and lines. Rows are parsed as they are read.
pub(crate) fn rows(dataset: Arc<Dataset>) -> Batches {
    let schema = schema_of(&columns(&dataset, &[]));
    let starts = (0..dataset.samples.len()).step_by(BATCH_ROWS);
    let batches = starts.map(move |start| {
        let end = dataset.samples.len().min(start + BATCH_ROWS);
        let row = |index: SampleIndex| {
            let failed = |error| ArrowError::ParseError(format!("{}: {error}", dataset.describe_position(index)));
            Ok((index, dataset.row(index).map_err(failed)?))
        };
        let parsed: Vec<(SampleIndex, Row<'_>)> =
            (start..end).map(SampleIndex::new).map(row).collect::<Result<_, ArrowError>>()?;
        batch(columns(&dataset, &parsed))
    });
    Batches::new(RecordBatchIterator::new(batches, schema))
}

fn columns(dataset: &Dataset, rows: &[(SampleIndex, Row<'_>)]) -> Vec<Column> {
    let indexes = || rows.iter().map(|(index, _)| *index);
    let parsed = || rows.iter().map(|(_, row)| row);
    vec![
        Column::texts("split", indexes().map(|index| &dataset.split_of(index).name)),
        Column::integers("line", indexes().map(|index| line_number(dataset, index))),
        Column::texts("key", indexes().map(|index| dataset.entry(index).key.to_string())),
        Column::texts("query", parsed().map(|row| &row.query)),
        Column::texts("chunk_path", parsed().map(|row| &row.positive)),
        Column::lists("neg_chunk_paths", parsed().map(|row| &row.negatives)),
        Column::optional_texts("answer", parsed().map(|row| row.answer.as_ref())),
    ]
}

/// The line of a sample, from 1.
pub(super) fn line_number(dataset: &Dataset, index: SampleIndex) -> i64 {
    dataset.line_of(index).get() as i64
}
