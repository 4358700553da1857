//! TREC relevance judgements, with a file of queries beside them.
//!
//! The form is that of trec_eval, a line `query 0 document grade`, split at white space (`README` of usnistgov/trec_eval;
//! pytrec_eval and ir_measures read the same). The queries are a table of two columns as `ir_datasets` and MS MARCO have them.
//! Both are written a second time as JSON lines, in BEIR's fields: the Hub's `datasets` library does not read the endings of the first.

use super::graded::{Grade, Judged, Query};
use super::names;
use crate::export::ExportError;
use crate::export::context::Context;

pub(super) const ABOUT: &str = "`qrels/SPLIT.qrels` with lines `query 0 document grade`, and `qrels/SPLIT.queries.tsv` with the queries; `qrels/SPLIT.qrels.jsonl` (`query-id`, `corpus-id`, `score`) and `qrels/SPLIT.queries.jsonl` (`_id`, `text`) are the same as JSON lines, for `datasets`. Grade 1 have positives and what was judged relevant, grade 0 what was judged not relevant; what nobody judged is not there.";

pub(super) fn write(context: &Context<'_>) -> Result<(), ExportError> {
    let judged = Judged::read(context)?;
    let mut before = 0;
    for (name, (_, planned)) in names::split_file_names(context.dataset).iter().zip(context.splits()) {
        let mut qrels = context.folder.file(&format!("qrels/{name}.qrels"))?;
        let mut queries = context.folder.file(&format!("qrels/{name}.queries.tsv"))?;
        let mut qrels_json = context.folder.file(&format!("qrels/{name}.qrels.jsonl"))?;
        let mut queries_json = context.folder.file(&format!("qrels/{name}.queries.jsonl"))?;
        judged.each_query(context, planned, before, |query| {
            queries_json.write_json(&Query { _id: &query.id, text: &query.text })?;
            queries.write(format!("{}\t{}\n", query.id, on_one_line(&query.text)).as_bytes())?;
            for (tile, grade) in query.grades() {
                let document = names::document_id(tile);
                qrels.write(format!("{} 0 {document} {grade}\n", query.id).as_bytes())?;
                qrels_json.write_json(&Grade { query: &query.id, document: &document, score: grade })?;
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

/// The text without signs that would end its column or its line.
fn on_one_line(text: &str) -> String {
    let ends = |sign: char| sign.is_control() || matches!(sign, '\u{2028}' | '\u{2029}');
    text.chars().map(|sign| if ends(sign) { ' ' } else { sign }).collect()
}
