//! One row per line with the columns anchor, positive, negative_1 and so on.
//!
//! The order matters: losses of Sentence Transformers use columns by their position, not by name,
//! and every row must have the same ones (“Dataset Format” in its Training Overview;
//! `BaseDataCollator` in `sentence_transformers/base/data_collator.py` takes every column except
//! labels as an input).

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::names;
use crate::export::ExportError;
use crate::export::context::ExportContext;
use crate::export::rows::{RowToWrite, image_path};

pub(super) const ABOUT: &str = "`sentence-transformers/SPLIT.jsonl` with the columns `anchor` (the query), `positive`, `negative_1` and so on, in this order; tiles are image paths.";

/// Returns the path of a split's rows, given its file name.
fn path(split: &str) -> String {
    format!("sentence-transformers/{split}.jsonl")
}

/// A row with as many negatives as every other row.
struct Columns<'r> {
    row: &'r RowToWrite,
    negatives: usize,
}

impl Serialize for Columns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut columns = serializer.serialize_map(None)?;
        columns.serialize_entry("anchor", &self.row.query)?;
        columns.serialize_entry("positive", &image_path(&self.row.positive))?;
        // The plan has no row with fewer, and the simulation counted that there is none.
        for (at, tile) in self.row.negatives.iter().take(self.negatives).enumerate() {
            columns.serialize_entry(&format!("negative_{}", at + 1), &image_path(tile))?;
        }
        columns.end()
    }
}

pub(super) fn write(context: &ExportContext<'_>) -> Result<(), ExportError> {
    let negatives = context.options.negatives;
    let mut before = 0;
    for (name, (_, planned)) in names::split_file_names(context.dataset).iter().zip(context.splits()) {
        let mut file = context.folder.file(&path(name))?;
        for row in context.rows(planned, before) {
            file.write_json(&Columns { row: &row?, negatives })?;
        }
        file.finish()?;
        before += planned.len();
    }
    Ok(())
}
