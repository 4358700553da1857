//! The formats of exported rows, one module each, except `jsonl`, which is in `export/jsonl.rs`.
//! Each module describes the location and content of its files.

mod beir;
mod corpus;
mod graded;
mod imagefolder;
mod loading;
mod ms_swift;
mod names;
mod parquet;
mod qrels;
mod sentence_transformers;
mod tevatron;
mod webdataset;

use tilejury_rows::query_group;

use super::context::ExportContext;
use super::images::WantedTile;
use super::options::Format;
use super::plan::PlannedRow;
use super::rows::RowToWrite;
use super::{ExportError, jsonl};

pub(super) use loading::{Loading, how_to_load};
pub(super) use names::{document_id, split_file_names};

/// Writes all rows in a format, and the card of its folder. `wanted` are the tiles of the rows if
/// pictures are written.
pub(super) fn write(format: Format, context: &ExportContext<'_>, wanted: &[WantedTile]) -> Result<(), ExportError> {
    match format {
        Format::Jsonl => jsonl::write(context),
        Format::Qrels => qrels::write(context),
        Format::Beir => beir::write(context),
        Format::SentenceTransformers => sentence_transformers::write(context),
        Format::MsSwift => ms_swift::write(context),
        Format::Tevatron => tevatron::write(context),
        Format::ImageFolder => imagefolder::write(context),
        Format::Parquet => parquet::write(context, wanted),
        Format::WebDataset => webdataset::write(context),
    }?;
    let filled = context.splits().map(|(_, planned)| !planned.is_empty());
    Loading::new(context.dataset, filled).write_card(format, context)
}

/// Whether any written row is one of several rows of its query that must not be in one batch.
fn is_grouped(context: &ExportContext<'_>) -> bool {
    let grouped = |row: &PlannedRow| row.rewrite.as_ref().is_some_and(|it| it.query_group.is_some());
    context.plan.rows.iter().any(grouped)
}

/// Returns a row's query group, or the one of its query if the row needs none: for formats in which
/// either all rows have the field or none has.
fn group_of(row: &RowToWrite) -> String {
    row.query_group.clone().unwrap_or_else(|| query_group(&row.query))
}

/// Returns the description of a format's files for the card.
pub(super) fn about(format: Format) -> &'static str {
    match format {
        Format::Jsonl => {
            "one file per split, and a second one with the same rows if the dataset has it (`train_hn.jsonl`)."
        }
        Format::Qrels => qrels::ABOUT,
        Format::Beir => beir::ABOUT,
        Format::SentenceTransformers => sentence_transformers::ABOUT,
        Format::MsSwift => ms_swift::ABOUT,
        Format::Tevatron => tevatron::ABOUT,
        Format::ImageFolder => {
            "`imagefolder/SPLIT/metadata.jsonl` with `query`, `positive_file_name` and `negative_file_names`, and the pictures in `images/` beside it."
        }
        Format::Parquet => {
            "`parquet/SPLIT-*.parquet` with the columns `id`, `query`, `positive` and `negatives`, including the pictures."
        }
        Format::WebDataset => {
            "`webdataset/SPLIT-*.tar` with, for each row, `KEY.json`, `KEY.pos.png`, `KEY.neg0.png` and so on, with as many negatives as every row has."
        }
    }
}
