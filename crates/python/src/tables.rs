//! The columns of the streams of a dataset. They are a contract with Python programs
//! ([the columns](../../../docs/python.md)): new ones come last, none is renamed or retyped.

mod audits;
mod findings;
mod judgements;
mod rows;

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, RecordBatchIterator, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};

pub(crate) use audits::audits;
pub(crate) use findings::findings;
pub(crate) use judgements::judgements;
pub(crate) use rows::rows;

use crate::stream::Batches;

/// The most rows of a batch.
const BATCH_ROWS: usize = 4096;

/// A column: its name, whether it can be null, and its values.
struct Column {
    field: Field,
    values: ArrayRef,
}

impl Column {
    fn new(name: &str, nullable: bool, values: ArrayRef) -> Self {
        Self { field: Field::new(name, values.data_type().clone(), nullable), values }
    }

    /// Texts; a missing one is null.
    fn optional_texts<T: AsRef<str>>(name: &str, values: impl Iterator<Item = Option<T>>) -> Self {
        let mut builder = StringBuilder::new();
        values.for_each(|value| builder.append_option(value));
        Self::new(name, true, Arc::new(builder.finish()))
    }

    /// Texts that are always there.
    fn texts<T: AsRef<str>>(name: &str, values: impl Iterator<Item = T>) -> Self {
        Self::new(name, false, Arc::new(StringArray::from_iter_values(values)))
    }

    /// Numbers that are always there.
    fn integers(name: &str, values: impl Iterator<Item = i64>) -> Self {
        Self::new(name, false, Arc::new(Int64Array::from_iter_values(values)))
    }

    /// Numbers; a missing one is null.
    fn optional_integers(name: &str, values: impl Iterator<Item = Option<i64>>) -> Self {
        Self::new(name, true, Arc::new(values.collect::<Int64Array>()))
    }

    /// Fractions that are always there.
    fn fractions(name: &str, values: impl Iterator<Item = f64>) -> Self {
        Self::new(name, false, Arc::new(Float64Array::from_iter_values(values)))
    }

    /// Fractions; a missing one is null.
    fn optional_fractions(name: &str, values: impl Iterator<Item = Option<f64>>) -> Self {
        Self::new(name, true, Arc::new(values.collect::<Float64Array>()))
    }

    /// Truth values.
    fn flags(name: &str, values: impl Iterator<Item = bool>) -> Self {
        Self::new(name, false, Arc::new(values.map(Some).collect::<BooleanArray>()))
    }

    /// Lists of texts.
    fn lists<T: AsRef<str>, L: IntoIterator<Item = T>>(name: &str, values: impl Iterator<Item = L>) -> Self {
        let item = Field::new_list_field(DataType::Utf8, false);
        let mut builder = ListBuilder::new(StringBuilder::new()).with_field(item);
        for list in values {
            list.into_iter().for_each(|text| builder.values().append_value(text));
            builder.append(true);
        }
        Self::new(name, false, Arc::new(builder.finish()))
    }
}

/// The columns as they are in every batch.
fn schema_of(columns: &[Column]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(|column| column.field.clone()).collect::<Vec<_>>()))
}

/// Puts columns together.
fn batch(columns: Vec<Column>) -> Result<RecordBatch, ArrowError> {
    let schema = schema_of(&columns);
    RecordBatch::try_new(schema, columns.into_iter().map(|column| column.values).collect())
}

/// A stream whose batches are made from parts of a list, each when it is read.
fn in_batches<T: Send + Sync + 'static>(
    items: Vec<T>,
    columns: impl Fn(&[T]) -> Vec<Column> + Send + 'static,
) -> Batches {
    let schema = schema_of(&columns(&[]));
    let starts = (0..items.len()).step_by(BATCH_ROWS);
    let batches = starts.map(move |start| batch(columns(&items[start..items.len().min(start + BATCH_ROWS)])));
    Batches::new(RecordBatchIterator::new(batches, schema))
}
