//! The findings of the last check by kind: folded, counted, each with its row. The content only: a
//! panel or a dialog can show it.

use egui::{CollapsingHeader, RichText, ScrollArea, Ui};
use tilejury_audit::check::{Problem, ROW_KINDS};
use tilejury_audit::now;
use tilejury_audit::problem_kind::{ProblemKind, name_in_check};
use tilejury_audit::text::{capital, count, uncapital};
use tilejury_data::TilePath;

use super::{ReviewAction, UiAction};
use crate::command::{ReviewCommand, keymap};
use crate::review::CheckFindings;

/// The most lines of one kind; the list of rows has them all.
const LINES: usize = 300;

/// Shows all findings.
pub(crate) fn show(ui: &mut Ui, found: &CheckFindings, actions: &mut Vec<UiAction>) {
    let keymap = keymap::from_context(ui.ctx());
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(count(found.problems().len(), "finding")).strong());
        ui.label(RichText::new(format!("of the check at {}", found.at.for_people(now()))).weak());
    });
    if let Some(note) = found.depth.note() {
        ui.label(RichText::new(note).weak().small());
    }
    ui.horizontal_wrapped(|ui| {
        for (name, command) in [("Previous", ReviewCommand::PreviousFinding), ("Next", ReviewCommand::NextFinding)] {
            let button = super::button_with_key(name, keymap.first(command));
            if ui.add(button).accessible_name(format!("{name} finding")).clicked() {
                actions.push(command.into());
            }
        }
        if found.kinds().iter().any(|(kind, _)| has_filter(kind))
            && ui.button("Filter to all rows with findings").clicked()
        {
            actions.push(ReviewAction::UseFilter("check:any".to_owned()).into());
        }
    });
    ui.separator();
    ScrollArea::vertical().id_salt("check findings").auto_shrink([false, true]).show(ui, |ui| {
        for (kind, positions) in found.kinds() {
            of_kind(ui, found, kind, positions, actions);
        }
    });
}

/// Whether a filter finds the rows with findings of this kind.
fn has_filter(kind: &str) -> bool {
    ROW_KINDS.iter().any(|(word, _)| *word == kind)
}

fn of_kind(ui: &mut Ui, found: &CheckFindings, kind: &str, positions: &[usize], actions: &mut Vec<UiAction>) {
    let name = name_in_check(kind);
    let title = format!("{name} ({})", positions.len());
    let holds_current = found.current().is_some_and(|at| positions.binary_search(&at).is_ok());
    // Folded until a person opens it, or goes through its findings.
    let open = holds_current.then_some(true);
    let header = CollapsingHeader::new(RichText::new(&title).strong()).id_salt(kind).default_open(false).open(open);
    header.show(ui, |ui| {
        if let Some((_, meaning)) = ROW_KINDS.iter().find(|(word, _)| *word == kind) {
            ui.label(RichText::new(format!("{meaning}.")).weak());
        }
        if let Some(known) = ProblemKind::of_check(kind) {
            let text = RichText::new(format!("{}.", capital(known.in_export())));
            ui.label(text.weak()).on_hover_text(known.export_rule());
        }
        let search = match kind {
            "missing_shard" => Some("shard:missing".to_owned()),
            kind => has_filter(kind).then(|| format!("check:{kind}")),
        };
        if let Some(search) = search {
            let button = ui.button("Filter to these rows").on_hover_text(&search);
            if button.accessible_name(format!("Filter to {}", uncapital(&name))).clicked() {
                actions.push(ReviewAction::UseFilter(search).into());
            }
        }
        for at in positions.iter().copied().take(LINES) {
            line(ui, found, at, actions);
        }
        if positions.len() > LINES {
            let more = positions.len() - LINES;
            ui.label(RichText::new(format!("… and {more} more: filter to their rows.")).weak());
        }
    });
}

fn line(ui: &mut Ui, found: &CheckFindings, at: usize, actions: &mut Vec<UiAction>) {
    let Some(problem) = found.problems().get(at) else { return };
    let text = sentence(problem);
    if found.row(at).is_none() {
        ui.add(egui::Label::new(text).wrap());
        return;
    }
    let is_current = found.current() == Some(at);
    let button = egui::Button::selectable(is_current, text.as_str()).wrap();
    let response = ui.add(button).accessible_name(&text).on_hover_text("Go to this row");
    if is_current && ui.memory(|memory| memory.data.get_temp::<usize>(egui::Id::unique("seen finding"))) != Some(at) {
        ui.memory_mut(|memory| memory.data.insert_temp(egui::Id::unique("seen finding"), at));
        response.scroll_to_me(None);
    }
    if response.clicked() {
        actions.push(ReviewAction::ShowFinding(at).into());
    }
}

/// A finding in one line: its place, its message and its tile.
pub(crate) fn sentence(problem: &Problem) -> String {
    let place = match (&problem.split, problem.line) {
        (Some(split), Some(line)) => format!("{split} {line}: "),
        (Some(split), None) => format!("{split}: "),
        (None, _) => String::new(),
    };
    // Messages about missing tiles have their paths.
    let tile = problem.path.as_ref().map(|path| TilePath::new(path));
    let tile = tile.filter(|tile| !problem.message.contains(tile.tail()));
    let path = tile.map(|tile| format!(" ({})", tile.short_name())).unwrap_or_default();
    format!("{place}{}{path}", problem.message)
}
