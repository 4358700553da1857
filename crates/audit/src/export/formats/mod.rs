//! How rows are written: one file for each format. Each says of itself where its files lie and what is in them.

use tilejury_data::Dataset;

use super::context::Context;
use super::options::Format;
use super::{ExportError, jsonl};

/// Writes all rows in a format.
pub(super) fn write(format: Format, context: &Context<'_>) -> Result<(), ExportError> {
    match format {
        Format::Jsonl => jsonl::write(context),
        _ => Ok(()),
    }
}

/// Where the Hub's `datasets` library finds the rows of a split; `None` for a format that it does not load.
pub(super) fn loaded_from(format: Format, dataset: &Dataset, split: &str) -> Option<String> {
    match format {
        Format::Jsonl => dataset.splits.iter().find(|one| one.name == split)?.export_names.last().cloned(),
        _ => None,
    }
}

/// What is in a format's files, for the card.
pub(super) fn about(format: Format) -> &'static str {
    match format {
        Format::Jsonl => "one file a split, and a second one of the same rows where the set has it (`train_hn.jsonl`).",
        _ => "",
    }
}
