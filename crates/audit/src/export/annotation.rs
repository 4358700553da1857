//! The annotation of an export and its annotators, in the words that a dataset card and
//! `croissant.json` share. States nothing that Tilejury does not know of the annotators: no
//! demographics.

use std::fmt::Write as _;

use super::audits::{RecordedAudits, SourceAudit};
use super::source::JudgementSource;
use crate::text::count;

/// The question to annotators, the way in which rows of audits were drawn, and the guidelines.
pub(super) fn protocol(source: &JudgementSource<'_>) -> String {
    let mut protocol = String::from(
        "People judged rows of a query with its positive and its hard negatives: whether each tile answers the query.",
    );
    if !source.audits().is_empty() {
        protocol += " For audits, rows were drawn by the SHA-256 of a seed and the key of the row, and the plan was stored \
before the first judgement.";
    }
    for guideline in source.audits().iter().filter_map(SourceAudit::guideline_in_words) {
        protocol = format!("{protocol}\n\n{guideline}");
    }
    protocol
}

/// The number of people who judge a row.
pub(super) fn per_item(source: &JudgementSource<'_>) -> &'static str {
    let audits = RecordedAudits::of(source.audits()).unwrap_or_default();
    match audits.finished.iter().any(|audit| audit.overlap > 0.0) {
        true => "1; a share of the rows of audits has 2",
        false => "1",
    }
}

/// Writes the sections that a card on the Hub has for annotation.
pub(super) fn sections(text: &mut String, source: &JudgementSource<'_>) {
    let (people, machines) = (source.people_who_judged(), source.machines());
    text.push_str("\n## Annotation process\n\n");
    if people == 0 && source.audits().is_empty() {
        text.push_str("No person judged a row.\n");
    } else {
        let _ = writeln!(text, "{}\n\nAnnotations per row: {}.", protocol(source), per_item(source));
    }
    for sentence in source.audits().iter().flat_map(|audit| &audit.of_annotators) {
        let _ = writeln!(text, "\n- {sentence}");
    }
    text.push_str("\n## Who are the annotators?\n\n");
    let _ = match people {
        0 => writeln!(text, "No verdict of a person counts in this export outside of audits."),
        _ => writeln!(
            text,
            "{}. `export_manifest.json` has the names that they judged under, and how many rows each judged. Tilejury knows \
nothing else of them.",
            count(people, "annotator")
        ),
    };
    if !machines.is_empty() {
        let _ = writeln!(text, "\nPrograms whose judgements count where no person judged: {}.", machines.join(", "));
    }
}
