//! Rows that name documents, and the corpus of these documents, in Tevatron's layout.
//!
//! The form is that of `TrainDataset` in `src/tevatron/retriever/dataset.py` of texttron/tevatron:
//! rows with `query_id`, `query_text`, `query_image`, `positive_document_ids` and
//! `negative_document_ids`, and a corpus with `docid`, `text` and `image`. (Tevatron 0.1 on the
//! package index is older and has passages as texts.)

use serde::Serialize;

use super::corpus::Corpus;
use super::names;
use crate::export::ExportError;
use crate::export::context::ExportContext;
use crate::export::rows::{image_path, query_id};

pub(super) const ABOUT: &str = "`tevatron/SPLIT.jsonl` with one row per line (`query_id`, `query_text`, `positive_document_ids`, `negative_document_ids`), and `tevatron/corpus.jsonl` with every tile (`docid`, `image` as a path; cast that column to images).";

/// Returns the path of a split's rows, given its file name.
fn path(split: &str) -> String {
    format!("tevatron/{split}.jsonl")
}

#[derive(Serialize)]
struct Line<'r> {
    query_id: String,
    query_text: &'r str,
    /// Always null: queries have no picture, but the column must exist.
    query_image: Option<&'r str>,
    positive_document_ids: [&'r str; 1],
    negative_document_ids: Vec<String>,
}

#[derive(Serialize)]
struct Document<'d> {
    docid: &'d str,
    text: &'d str,
    image: &'d str,
}

pub(super) fn write(context: &ExportContext<'_>) -> Result<(), ExportError> {
    let mut corpus = Corpus::default();
    let mut before = 0;
    for (name, (_, planned)) in names::split_file_names(context.dataset).iter().zip(context.splits()) {
        let mut file = context.folder.file(&path(name))?;
        for row in context.rows(planned, before) {
            let row = row?;
            file.write_json(&Line {
                query_id: query_id(&row.query),
                query_text: &row.query,
                query_image: None,
                positive_document_ids: [&names::document_id(&row.positive)],
                negative_document_ids: row.negatives.iter().map(|tile| names::document_id(tile).into_owned()).collect(),
            })?;
            corpus.add(row.tiles());
        }
        file.finish()?;
        before += planned.len();
    }
    let mut file = context.folder.file(&path(names::CORPUS))?;
    for tile in corpus.sorted() {
        file.write_json(&Document { docid: &names::document_id(&tile), text: "", image: &image_path(&tile) })?;
    }
    file.finish()
}
