//! The line above the tiles while the rows of an audit are shown: the place in the draw, how many
//! rows are to go, and, unless the audit is blind, what it shows so far.

use egui::{RichText, ScrollArea, Ui, Vec2, vec2};
use tilejury_audit::text::{count, grouped};

use super::UiAction;
use crate::command::{DatasetCommand, keymap};
use crate::review::AuditProgress;
use crate::theme::palette;

/// The size of the text for annotators, in points: the width, and the height before it scrolls.
const GUIDELINE: Vec2 = vec2(480.0, 320.0);

/// Draws the line. `asked`: the tiles that are asked for, if not the whole row is, each with
/// whether it has a mark. `sentences`: the state of the audit, if it may be shown.
pub(crate) fn show(
    ui: &mut Ui,
    audit: &AuditProgress,
    asked: &[(String, bool)],
    guideline: Option<&str>,
    sentences: &[String],
    actions: &mut Vec<UiAction>,
) {
    let key = keymap::from_context(ui.ctx()).first(DatasetCommand::Audits);
    ui.horizontal_wrapped(|ui| {
        let text = format!("Audit “{}”: row {} of {}", audit.name, grouped(audit.place), grouped(audit.places));
        ui.label(RichText::new(text).strong().color(palette(ui.visuals()).focus));
        ui.label(RichText::new(format!("{} to go", grouped(audit.to_go()))).strong());
        if !asked.is_empty() {
            let names = |wanted: bool| {
                let named = asked.iter().filter(|(_, has_mark)| *has_mark == wanted).map(|(name, _)| name.as_str());
                named.collect::<Vec<_>>().join(", ")
            };
            let palette = palette(ui.visuals());
            let (text, colour) = match names(false) {
                open if open.is_empty() => (format!("Marked: {}", names(true)), palette.quiet),
                open => (format!("Mark as relevant or not: {open}"), palette.focus),
            };
            ui.label(RichText::new(text).strong().color(colour)).on_hover_text("Only these tiles of the row count.");
        }
        if audit.rows < audit.places {
            ui.label(RichText::new(format!("{} are yours", grouped(audit.rows))).weak());
        }
        if audit.skipped > 0 {
            ui.label(RichText::new(gap(audit)).color(palette(ui.visuals()).unsure));
        }
        ui.label(RichText::new("earlier judgements are hidden").weak());
        if let Some(text) = guideline {
            ui.menu_button("Guideline", |ui| {
                ui.set_width(GUIDELINE.x);
                ScrollArea::vertical().max_height(GUIDELINE.y).show(ui, |ui| ui.label(text));
            });
        }
        let words = if audit.to_go() == 0 { "Leave and show the result" } else { "Leave" };
        if ui.button(format!("{words}  {key}")).accessible_name("Leave the audit").clicked() {
            actions.push(DatasetCommand::Audits.into());
        }
    });
    let Some((_, shown)) = sentences.split_first().filter(|(_, rest)| !rest.is_empty()) else { return };
    ui.horizontal_wrapped(|ui| {
        let said: Vec<&str> = shown.iter().take(2).map(String::as_str).collect();
        ui.label(RichText::new(said.join(" ")).weak()).on_hover_text(sentences.join("\n"));
    });
}

/// The skipped rows, and the answers that wait for them.
fn gap(audit: &AuditProgress) -> String {
    let skipped = count(audit.skipped, "row");
    let (were, are) =
        (if audit.skipped == 1 { "was" } else { "were" }, if audit.skipped == 1 { "it has" } else { "they have" });
    match audit.after_gap {
        1 => format!("{skipped} {were} skipped; the later answer counts once {are} one"),
        more => format!("{skipped} {were} skipped; the {} later answers count once {are} one", grouped(more)),
    }
}
