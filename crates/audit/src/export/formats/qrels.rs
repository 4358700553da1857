//! TREC relevance judgements, with a file of queries beside them.
//!
//! The form is that of trec_eval, a line `query 0 document grade`, split at white space (`README` of usnistgov/trec_eval;
//! pytrec_eval and ir_measures read the same). The queries are a table of two columns as `ir_datasets` and MS MARCO have them.

use super::graded::Judged;
use super::names;
use crate::export::ExportError;
use crate::export::context::Context;

pub(super) const ABOUT: &str = "`qrels/SPLIT.qrels` with lines `query 0 document grade`, and `qrels/SPLIT.queries.tsv` with the queries. Grade 1 have positives and what was judged relevant, grade 0 what was judged not relevant; what nobody judged is not there.";

pub(super) fn write(context: &Context<'_>) -> Result<(), ExportError> {
    let judged = Judged::of(context)?;
    let mut before = 0;
    for (name, (_, planned)) in names::of_splits(context.dataset).iter().zip(context.splits()) {
        let mut qrels = context.folder.file(&format!("qrels/{name}.qrels"))?;
        let mut queries = context.folder.file(&format!("qrels/{name}.queries.tsv"))?;
        judged.each_query(context, planned, before, |query| {
            queries.write(format!("{}\t{}\n", query.id, on_one_line(&query.text)).as_bytes())?;
            for (tile, grade) in query.grades() {
                qrels.write(format!("{} 0 {} {grade}\n", query.id, names::document_id(tile)).as_bytes())?;
            }
            Ok(())
        })?;
        qrels.finish()?;
        queries.finish()?;
        before += planned.len();
    }
    Ok(())
}

/// The text without signs that would end its column or its line.
fn on_one_line(text: &str) -> String {
    let ends = |sign: char| sign.is_control() || matches!(sign, '\u{2028}' | '\u{2029}');
    text.chars().map(|sign| if ends(sign) { ' ' } else { sign }).collect()
}
