//! The menus of the queue: the orders and forms of its rows, and what can be done with one row or
//! with the selected ones.

use egui::{RichText, Ui};
use tilejury_audit::judgement::LOOK_AGAIN;
use tilejury_audit::search::quote;
use tilejury_audit::text::count;
use tilejury_audit::{Reason, RowsAction, Verdict};
use tilejury_data::{SampleIndex, TilePath};

use super::queue_view::QueueView;
use super::spotlight::{self, Spot};
use super::{ReviewAction, UiAction, tile_dots};
use crate::command::{ReviewCommand, ViewCommand, keymap};
use crate::icons;
use crate::list_order::{ListOrder, OrderKey};
use crate::review::common_reasons;
use crate::settings::QueueRows;
use crate::theme::palette;

/// The menu at the head of the list, named after the order.
pub(super) fn head(ui: &mut Ui, view: &QueueView<'_>, actions: &mut Vec<UiAction>) {
    let order = view.awaited_order.unwrap_or(view.order);
    let name = format!("{} {}", icons::CARET_DOWN, if view.blind { "random order" } else { order.name() });
    let menu = ui.menu_button(name, |ui| {
        ui.set_min_width(230.0);
        // A second pass has one order.
        let is_told = |key: &OrderKey| view.hides_order && matches!(key, OrderKey::Suspicion | OrderKey::Verdict);
        for key in OrderKey::ALL.into_iter().filter(|key| !view.blind && !is_told(key)) {
            let is_on = order.key == key;
            let named = if is_on { order } else { ListOrder::by(key) };
            let mut button = egui::Button::selectable(is_on, named.name());
            if key == OrderKey::Suspicion {
                button = button.right_text(keymap::from_context(ui.ctx()).first(ReviewCommand::SuspiciousFirst));
            }
            let response = ui.add(button).accessible_name(named.name());
            let response = if is_on && key.is_reversible() {
                response.on_hover_text("Choose it again to reverse the order")
            } else {
                response
            };
            if response.clicked() {
                actions.push(ReviewAction::Sort(order.after_choice(key)).into());
                ui.close();
            }
        }
        ui.separator();
        for rows in [QueueRows::OneLine, QueueRows::TwoLines, QueueRows::Thumbnails] {
            let mut button = egui::Button::selectable(view.rows == rows, rows.name());
            if rows == view.rows.next() {
                button = button.right_text(keymap::from_context(ui.ctx()).first(ViewCommand::QueueRows));
            }
            if ui.add(button).accessible_name(rows.name()).clicked() {
                actions.push(ReviewAction::UseQueueRows(rows).into());
                ui.close();
            }
        }
        ui.separator();
        ui.menu_button("Signs of the tiles", |ui| tile_dots::legend(ui, palette(ui.visuals())));
    });
    spotlight::note(ui.ctx(), Spot::Order, menu.response.rect);
    menu.response.on_hover_text("The order and the form of the rows");
}

/// The menu of a row; of all selected ones if it is one of them.
pub(super) fn of_row(ui: &mut Ui, view: &QueueView<'_>, index: SampleIndex, actions: &mut Vec<UiAction>) {
    ui.set_min_width(250.0);
    let rows = if view.selected.contains(index) { view.selected.rows() } else { vec![index] };
    if rows.len() > 1 {
        ui.label(format!("{} selected", count(rows.len(), "row")));
    }
    if view.hides_roles {
        ui.label("Blind: this row shows its tiles only.");
        return;
    }
    let is_visible = view.position.ok().and_then(|at| view.listed.get(at)) == Some(&index);
    if is_visible || !view.blind {
        judgements(ui, view, &rows, actions);
    }
    ui.separator();
    copies(ui, view, index);
    let Ok(row) = view.dataset.row(index) else { return };
    ui.separator();
    let positive = TilePath::new(&row.positive);
    let query = format!("\"{}\"", row.query.replace('"', "\"\""));
    let mut filter = |ui: &mut Ui, name: &str, search: String| {
        if ui.button(name).on_hover_text(super::brief(&search, 200)).clicked() {
            actions.push(ReviewAction::UseFilter(search).into());
            ui.close();
        }
    };
    if let Some(page) = positive.page() {
        filter(ui, "Filter to rows with the same page", format!("page:{}", quote(page)));
    }
    filter(ui, "Filter to rows with the same tile", format!("tile:{}", quote(positive.as_str())));
    filter(ui, "Filter to rows with the same query", query);
}

/// The judging entries: they act like their keys on the visible row alone, else marked as bulk.
fn judgements(ui: &mut Ui, view: &QueueView<'_>, rows: &[SampleIndex], actions: &mut Vec<UiAction>) {
    let keymap = keymap::from_context(ui.ctx());
    let visible = view.position.ok().and_then(|at| view.listed.get(at)).filter(|_| view.selected.is_empty());
    let is_visible = visible.is_some_and(|visible| *rows == [*visible]);
    let mut item = |ui: &mut Ui, name: &str, command: ReviewCommand, action: RowsAction| {
        let button = super::button_with_key(name, keymap.first(command));
        if ui.add(button).accessible_name(name).clicked() {
            let of_rows = || ReviewAction::JudgeRows(rows.to_vec(), action).into();
            actions.push(if is_visible { command.into() } else { of_rows() });
            ui.close();
        }
    };
    for (name, verdict) in [("Accept", Verdict::Accept), ("Reject", Verdict::Reject), ("Unsure", Verdict::Unsure)] {
        item(ui, name, ReviewCommand::Judge(verdict), RowsAction::Verdict(Some(verdict)));
    }
    item(ui, "Clear the verdict", ReviewCommand::ClearVerdict, RowsAction::Verdict(None));
    let flagged = |row: &SampleIndex| view.statuses.get(row.index()).is_some_and(|status| status.flagged);
    let (name, flag) = match rows.iter().all(flagged) {
        true => ("Remove the flag", RowsAction::RemoveTag(LOOK_AGAIN.to_owned())),
        false => ("Flag", RowsAction::AddTag(LOOK_AGAIN.to_owned())),
    };
    item(ui, name, ReviewCommand::LookAgain, flag);
    reasons(ui, view, rows, is_visible, actions);
}

/// The reasons of the rows that can have any: a chosen one is common to all of them.
fn reasons(ui: &mut Ui, view: &QueueView<'_>, rows: &[SampleIndex], is_visible: bool, actions: &mut Vec<UiAction>) {
    let Some(common) = common_reasons(view.session, rows.iter().copied()) else { return };
    let keymap = keymap::from_context(ui.ctx());
    ui.menu_button("Reasons", |ui| {
        for reason in Reason::ALL {
            let (command, chosen) = (ReviewCommand::ToggleReason(*reason), common.reasons.contains(reason));
            let key = RichText::new(keymap.first(command)).small().weak();
            let button = egui::Button::selectable(chosen, reason.label()).right_text(key);
            if ui.add(button).accessible_name(format!("Reason: {}", reason.label())).clicked() {
                if is_visible {
                    // The keys may still be about the row that was judged before.
                    actions.extend([ReviewAction::DismissReasons.into(), command.into()]);
                } else {
                    let action =
                        if chosen { RowsAction::RemoveReason(*reason) } else { RowsAction::AddReason(*reason) };
                    actions.push(ReviewAction::JudgeRows(rows.to_vec(), action).into());
                }
                ui.close();
            }
        }
    });
}

/// The texts of a row that can be copied.
fn copies(ui: &mut Ui, view: &QueueView<'_>, index: SampleIndex) {
    let dataset = view.dataset;
    let copy = |ui: &mut Ui, name: &str, text: &dyn Fn() -> Option<String>| {
        if ui.button(name).clicked() {
            if let Some(text) = text() {
                ui.ctx().copy_text(text);
            }
            ui.close();
        }
    };
    let split = dataset.split_of(index);
    copy(ui, "Copy the query", &|| dataset.row(index).ok().map(|row| row.query.into_owned()));
    let place = format!("{}:{}", split.name, dataset.line_of(index));
    copy(ui, &format!("Copy “{place}”"), &|| Some(place.clone()));
    copy(ui, "Copy the row as JSON", &|| {
        let bytes = split.line_bytes(dataset.entry(index).row as usize);
        Some(String::from_utf8_lossy(bytes).trim_end().to_owned())
    });
}
