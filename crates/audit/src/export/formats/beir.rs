//! Corpus, queries and relevance judgements in BEIR's layout.
//!
//! The form is that of `GenericDataLoader` in `beir/datasets/data_loader.py` of beir-cellar/beir:
//! `corpus.jsonl` with `_id`, `title` and `text`, `queries.jsonl` with `_id` and `text`, and a
//! table `qrels/SPLIT.tsv` whose first line is skipped.
//!
//! `qrels/SPLIT.jsonl` is the same table in the form of MTEB's datasets on the Hub, so that one
//! loader of `datasets` reads the whole folder. `image` is an additional field: the loader ignores
//! fields that it does not know.

use std::collections::HashSet;

use serde::Serialize;

use super::corpus::Corpus;
use super::graded::{GradeLine, JudgedTiles, QueryLine};
use super::names;
use crate::export::ExportError;
use crate::export::context::ExportContext;
use crate::export::rows::image_path;

pub(super) const ABOUT: &str = "`beir/corpus.jsonl` with every tile (`image` is its path, `title` its page), `beir/queries.jsonl`, and `beir/qrels/SPLIT.tsv`, with the grades of the TREC qrels; `beir/qrels/SPLIT.jsonl` is the same table for `datasets`.";

#[derive(Serialize)]
struct Document<'d> {
    _id: &'d str,
    title: &'d str,
    // The text on a tile is not known.
    text: &'d str,
    image: &'d str,
}

pub(super) fn write(context: &ExportContext<'_>) -> Result<(), ExportError> {
    let judged = JudgedTiles::read(context)?;
    let mut corpus = Corpus::default();
    context.each_row(|row| {
        corpus.add(row.tiles());
        Ok(())
    })?;
    let mut queries = context.folder.file("beir/queries.jsonl")?;
    let mut written: HashSet<u64> = HashSet::new();
    let mut before = 0;
    for (name, (_, planned)) in names::split_file_names(context.dataset).iter().zip(context.splits()) {
        let mut qrels = context.folder.file(&format!("beir/qrels/{name}.tsv"))?;
        let mut qrels_json = context.folder.file(&format!("beir/qrels/{name}.jsonl"))?;
        qrels.write(b"query-id\tcorpus-id\tscore\n")?;
        judged.each_query(context, planned, before, |query| {
            if written.insert(query.number) {
                queries.write_json(&QueryLine { _id: &query.id, text: &query.text })?;
            }
            for (tile, grade) in query.grades() {
                let document = names::document_id(tile);
                qrels.write(format!("{}\t{document}\t{grade}\n", query.id).as_bytes())?;
                qrels_json.write_json(&GradeLine { query: &query.id, document: &document, score: grade })?;
            }
            corpus.add(query.grades().map(|(tile, _)| tile));
            Ok(())
        })?;
        qrels.finish()?;
        qrels_json.finish()?;
        before += planned.len();
    }
    queries.finish()?;
    let mut file = context.folder.file("beir/corpus.jsonl")?;
    for tile in corpus.sorted() {
        let (id, title) = (names::document_id(&tile), tile.page_name().unwrap_or_default());
        file.write_json(&Document { _id: &id, title, text: "", image: &image_path(&tile) })?;
    }
    file.finish()
}
