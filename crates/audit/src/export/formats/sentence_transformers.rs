//! One row a line with the columns anchor, positive, negative_1 and so on.
//!
//! The order is the form: losses of Sentence Transformers take columns by their place and not by name, and every row must
//! have the same ones (“Dataset Format” in its Training Overview; `BaseDataCollator` in
//! `sentence_transformers/base/data_collator.py` takes each column but for labels as an input).

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::names;
use crate::export::ExportError;
use crate::export::context::Context;
use crate::export::rows::{OutRow, image_path};

pub(super) const ABOUT: &str = "`sentence-transformers/SPLIT.jsonl` with the columns `anchor` (the query), `positive`, `negative_1` and so on, in this order; tiles are paths of images.";

/// Where the rows of a split lie, by its name as a file.
fn path(split: &str) -> String {
    format!("sentence-transformers/{split}.jsonl")
}

/// A row with as many negatives as every other row.
struct Columns<'r> {
    row: &'r OutRow,
    negatives: usize,
}

impl Serialize for Columns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut columns = serializer.serialize_map(None)?;
        columns.serialize_entry("anchor", &self.row.query)?;
        columns.serialize_entry("positive", &image_path(&self.row.positive))?;
        // A row with fewer was not planned, and the proof has counted that none is.
        for (at, tile) in self.row.negatives.iter().take(self.negatives).enumerate() {
            columns.serialize_entry(&format!("negative_{}", at + 1), &image_path(tile))?;
        }
        columns.end()
    }
}

pub(super) fn write(context: &Context<'_>) -> Result<(), ExportError> {
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
