//! Audits as columns: their plans, how far they are, and what they show.

use serde_json::{Value, json};
use tilejury_audit::audits::{Audit, AuditStatus};
use tilejury_data::Dataset;

use super::{Batches, Column, in_batches};

/// The stream of all audits, in the order in which they were begun.
pub(crate) fn audits(audits: &[Audit], dataset: &Dataset) -> Batches {
    let line = |audit: &Audit| {
        let status = AuditStatus::new(audit, dataset);
        json!({"plan": audit.plan, "begun_by": &*audit.begun_by, "at": audit.at.to_string(), "status": status})
    };
    in_batches(audits.iter().map(line).collect(), columns)
}

fn columns(audits: &[Value]) -> Vec<Column> {
    let text =
        |name, place: &'static str| Column::optional_texts(name, audits.iter().map(|audit| text_at(audit, place)));
    let number = |name, place: &'static str| {
        Column::optional_integers(name, audits.iter().map(|audit| audit.pointer(place).and_then(Value::as_i64)))
    };
    let share = |name, place: &'static str| {
        Column::optional_fractions(name, audits.iter().map(|audit| audit.pointer(place).and_then(Value::as_f64)))
    };
    vec![
        text("name", "/plan/name"),
        text("begun_by", "/begun_by"),
        text("at", "/at"),
        number("planned", "/status/planned"),
        number("judged", "/status/judged"),
        Column::flags("finished", audits.iter().map(|audit| audit["status"]["finished"] == true)),
        number("population", "/status/rows/population"),
        number("affected", "/status/rows/hits"),
        share("low", "/status/rows/low"),
        share("high", "/status/rows/high"),
        share("estimate", "/status/rows/estimate"),
        share("level", "/status/rows/level"),
        text("method", "/status/rows/method"),
        Column::texts("plan", audits.iter().map(|audit| audit["plan"].to_string())),
        Column::texts("status", audits.iter().map(|audit| audit["status"].to_string())),
    ]
}

fn text_at<'a>(audit: &'a Value, place: &str) -> Option<&'a str> {
    audit.pointer(place)?.as_str()
}
