//! How rows are written: one file for each format. Each says of itself where its files lie and what is in them.

mod beir;
mod corpus;
mod graded;
mod ms_swift;
mod names;
mod qrels;
mod sentence_transformers;
mod tevatron;

use tilejury_data::Dataset;

use super::context::Context;
use super::options::Format;
use super::{ExportError, jsonl};

/// Writes all rows in a format.
pub(super) fn write(format: Format, context: &Context<'_>) -> Result<(), ExportError> {
    match format {
        Format::Jsonl => jsonl::write(context),
        Format::Qrels => qrels::write(context),
        Format::Beir => beir::write(context),
        Format::SentenceTransformers => sentence_transformers::write(context),
        Format::MsSwift => ms_swift::write(context),
        Format::Tevatron => tevatron::write(context),
        _ => Ok(()),
    }
}

/// Where the Hub's `datasets` library finds the rows of a split; `None` for a format that it does not load.
pub(super) fn loaded_from(format: Format, dataset: &Dataset, split: &str) -> Option<String> {
    match format {
        Format::Jsonl => dataset.splits.iter().find(|one| one.name == split)?.export_names.last().cloned(),
        Format::SentenceTransformers => Some(sentence_transformers::path(&names::of_split(dataset, split)?)),
        Format::MsSwift => Some(ms_swift::path(&names::of_split(dataset, split)?)),
        Format::Tevatron => Some(tevatron::path(&names::of_split(dataset, split)?)),
        _ => None,
    }
}

/// What is in a format's files, for the card.
pub(super) fn about(format: Format) -> &'static str {
    match format {
        Format::Jsonl => "one file a split, and a second one of the same rows where the set has it (`train_hn.jsonl`).",
        Format::Qrels => qrels::ABOUT,
        Format::Beir => beir::ABOUT,
        Format::SentenceTransformers => sentence_transformers::ABOUT,
        Format::MsSwift => ms_swift::ABOUT,
        Format::Tevatron => tevatron::ABOUT,
        _ => "",
    }
}
