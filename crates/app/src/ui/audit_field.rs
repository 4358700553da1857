//! The fields of the dialog that plans an audit, by name: each error is drawn below its own. Checks
//! nothing.

use egui::{RichText, Ui};

use crate::theme::palette;

/// A field of the dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuditField {
    Name,
    Limit,
    Allowed,
    Scope,
    Rows,
    Seed,
    Level,
    Annotators,
    Overlap,
    First,
    Rule,
    Repeats,
    Gold,
    /// The kind of set to accept: rows or tiles.
    Set,
    TileRule,
    Machine,
    AllowedWrong,
}

/// The error of a field, in the line below it.
pub(super) fn problem(ui: &mut Ui, problems: &[(AuditField, String)], of: AuditField) {
    for (_, words) in problems.iter().filter(|(field, _)| *field == of) {
        ui.label("");
        ui.label(RichText::new(tilejury_audit::text::capital(words)).color(palette(ui.visuals()).reject));
        ui.end_row();
    }
}

/// A percentage as a share.
pub(super) fn percent(text: &str) -> Option<f64> {
    let number: f64 = text.trim().trim_end_matches('%').trim_end().parse().ok()?;
    (0.0..=100.0).contains(&number).then_some(number / 100.0)
}
