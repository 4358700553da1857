//! TREC relevance judgements and a file of queries.
//!
//! The form is that of trec_eval: lines `query 0 document grade`, split at white space (`README` of
//! usnistgov/trec_eval; pytrec_eval and ir_measures read the same). The queries are a table of two
//! columns, as in `ir_datasets` and MS MARCO.
//!
//! Both are also written as JSON lines with BEIR's fields, because the Hub's `datasets` library
//! does not read files with the endings of the first.

use super::graded::{GradeLine, JudgedTiles, QueryLine};
use super::names;
use crate::export::ExportError;
use crate::export::context::ExportContext;

pub(super) const ABOUT: &str = "`qrels/SPLIT.qrels` with lines `query 0 document grade`, and `qrels/SPLIT.queries.tsv` with the queries; `qrels/SPLIT.qrels.jsonl` (`query-id`, `corpus-id`, `score`) and `qrels/SPLIT.queries.jsonl` (`_id`, `text`) are the same as JSON lines, for `datasets`. Positives and tiles judged relevant have grade 1, tiles judged not relevant grade 0; tiles that nobody judged are left out.";

pub(super) fn write(context: &ExportContext<'_>) -> Result<(), ExportError> {
    let judged = JudgedTiles::read(context)?;
    let mut before = 0;
    for (name, (_, planned)) in names::split_file_names(context.dataset).iter().zip(context.splits()) {
        let mut qrels = context.folder.file(&format!("qrels/{name}.qrels"))?;
        let mut queries = context.folder.file(&format!("qrels/{name}.queries.tsv"))?;
        let mut qrels_json = context.folder.file(&format!("qrels/{name}.qrels.jsonl"))?;
        let mut queries_json = context.folder.file(&format!("qrels/{name}.queries.jsonl"))?;
        judged.each_query(context, planned, before, |query| {
            queries_json.write_json(&QueryLine { _id: &query.id, text: &query.text })?;
            queries.write(format!("{}\t{}\n", query.id, on_one_line(&query.text)).as_bytes())?;
            for (tile, grade) in query.grades() {
                let document = names::document_id(tile);
                qrels.write(format!("{} 0 {document} {grade}\n", query.id).as_bytes())?;
                qrels_json.write_json(&GradeLine { query: &query.id, document: &document, score: grade })?;
            }
            Ok(())
        })?;
        for file in [qrels, queries, qrels_json, queries_json] {
            file.finish()?;
        }
        before += planned.len();
    }
    Ok(())
}

/// Returns the text without characters that would end its column or line.
fn on_one_line(text: &str) -> String {
    let ends_line = |character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
    text.chars().map(|character| if ends_line(character) { ' ' } else { character }).collect()
}
