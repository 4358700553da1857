//! The machines in a report: what people said to the verdicts of a model, and what was accepted in
//! bulk. Words and formats only; the figures are counted before.

use super::content::{AuditEntry, AuditReport};
use super::models;
use super::page::Block;
use crate::audits::{TileWord, percent};
use crate::text::{count, grouped};

/// The fifth part.
pub(super) fn machines(report: &AuditReport, page: &mut Vec<Block>) {
    let machine = &report.machine;
    page.push(Block::Heading("5. Machines".into()));
    let sets: Vec<&AuditEntry> = report.audits.iter().filter(|audit| audit.status.acceptance.is_some()).collect();
    if machine.reviews.is_empty() && machine.models.is_empty() && machine.accepted.is_empty() && sets.is_empty() {
        page.push(Block::paragraph("No reviews of a model are known, and nothing was accepted in bulk."));
        return;
    }
    if !machine.reviews.is_empty() {
        let counts: Vec<String> =
            machine.reviews.iter().map(|count| format!("{} {}", grouped(count.reviews), count.verdict)).collect();
        page.push(Block::paragraph(format!("Imported reviews of a model over all rows: {}.", counts.join(", "))));
    }
    for (audit, details) in report.reported().filter(|(_, details)| !details.reviews.is_empty()) {
        page.push(Block::Subheading(format!("What people said to it in “{}”", audit.status.name)));
        let rows = details.reviews.iter().map(|found| (found.verdict.clone(), &found.said));
        page.push(models::people_said("verdict on a negative", rows));
    }
    machine.models.iter().for_each(|model| models::in_words(model, page));
    for (audit, details) in report.reported() {
        models::tables(&audit.status.name, &details.grades, page);
    }
    sets.into_iter().for_each(|audit| set(audit, page));
    for accepted in &machine.accepted {
        page.push(Block::paragraph(format!(
            "Accepted in bulk under the name {}: {}. They are in no rate and in no agreement above.",
            accepted.name,
            match (accepted.rows, accepted.tiles) {
                (rows, 0) => count(rows, "row"),
                (0, tiles) => count(tiles, "tile"),
                (rows, tiles) => format!("{} and {}", count(rows, "row"), count(tiles, "tile")),
            }
        )));
    }
}

/// A set that may be accepted at once: what its draw showed, and what was accepted.
fn set(audit: &AuditEntry, page: &mut Vec<Block>) {
    let status = &audit.status;
    let Some(found) = &status.acceptance else { return };
    page.push(Block::Subheading(format!("The set of “{}”", status.name)));
    let units = found.tiles.as_ref().map_or((status.judged, status.planned, "drawn rows"), |tiles| {
        let what = format!(
            "A set of {} that the rule “{}” finds, to mark as {}.",
            found.set_in_words(),
            tiles.rule,
            tiles.word.label()
        );
        page.push(Block::paragraph(what));
        (tiles.judged, tiles.drawn, "drawn tiles")
    });
    let drawn = format!(
        "{} of {} {} judged, {} wrong or undecided, {} allowed",
        grouped(units.0 as usize),
        grouped(units.1 as usize),
        units.2,
        grouped(found.wrong as usize),
        grouped(found.allowed as usize)
    );
    let set = found.set_in_words();
    let level = percent(status.rows.level);
    page.push(Block::paragraph(match found.shown {
        Some(true) => {
            format!("Shown ({level}): at most {} of {set} are wrong. {drawn}.", grouped(found.most_wrong as usize))
        }
        Some(false) => format!("Not shown that the set of {set} is good enough. {drawn}."),
        None => format!("Whether the set of {set} is good enough is not known yet. {drawn}."),
    }));
    page.push(match &audit.accepted {
        Some(accepted) => Block::List(vec![
            accepted.sentence.clone(),
            match accepted.tiles {
                Some(tiles) => format!(
                    "Marked as {} by {}: {} of {}. Kept out: {} that people judged otherwise. SHA-256 of the word, the keys and \
the tiles of the set, its first half: {}.",
                    accepted.word.map(TileWord::label).unwrap_or_default(),
                    found.annotator,
                    count(tiles, "tile"),
                    count(accepted.rows, "row"),
                    count(accepted.kept_out, "tile"),
                    accepted.set
                ),
                None => format!(
                    "Accepted as {}: {}. Kept out: {} that people judged wrong. SHA-256 of the keys of the set, its first half: \
{}.",
                    found.annotator,
                    count(accepted.rows, "row"),
                    count(accepted.kept_out, "drawn row"),
                    accepted.set
                ),
            },
        ]),
        None => Block::paragraph("Nothing of it was accepted at once."),
    });
}
