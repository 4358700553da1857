//! The list of samples: filters, search, and one line a sample. Only the lines in view are built, so a million cost
//! what forty cost.

use egui::text::LayoutJob;
use egui::{Align, ComboBox, FontSelection, Id, Key, RichText, Sense, TextEdit, Ui};
use egui_extras::{Column, TableBuilder};
use tilejury_audit::queue::{Filter, Status};

use super::Act;
use crate::bidi::for_display;
use crate::command::{Command, hint};
use crate::review::Review;
use crate::theme::{palette, verdict_badge};

/// Whole and even, so that a million lines still lie on whole pixels in 32-bit geometry.
const LINE: f32 = 24.0;

/// What the panel keeps for itself.
#[derive(Default)]
pub(crate) struct QueuePanel {
    text: String,
    /// The moves of the review that the list has followed.
    seen_moves: Option<u64>,
}

/// The search field: it gets the keyboard the moment it is asked for.
pub(crate) fn search_field() -> Id {
    Id::unique("search field")
}

pub(crate) fn show(ui: &mut Ui, panel: &mut QueuePanel, review: &Review, acts: &mut Vec<Act>) {
    ui.add_space(4.0);
    search(ui, panel, review, acts);
    filters(ui, review, acts);
    let listed = review.queue.listed.len();
    let total = review.dataset().samples.len();
    let count = if listed == total { format!("{total} samples") } else { format!("{listed} of {total} samples") };
    ui.label(RichText::new(count).weak());
    ui.separator();
    if listed == 0 {
        ui.label("No sample fits this filter.");
        if ui.button("Show all samples").clicked() {
            panel.text.clear();
            acts.push(Act::Search(String::new()));
            acts.push(Act::Filter(Filter::default()));
        }
        return;
    }
    lines(ui, panel, review, acts);
}

fn search(ui: &mut Ui, panel: &mut QueuePanel, review: &Review, acts: &mut Vec<Act>) {
    ui.horizontal(|ui| {
        let label = ui.label("Search");
        let field = TextEdit::singleline(&mut panel.text)
            .id(search_field())
            .hint_text("words in the query  /")
            .desired_width(f32::INFINITY);
        let response = ui.add(field).labelled_by(label.id).on_hover_text(hint(Command::Search));
        if response.changed() {
            acts.push(Act::Search(panel.text.clone()));
        }
        let first = review.queue.listed.first().filter(|_| ui.input(|input| input.key_pressed(Key::Enter)));
        if response.lost_focus()
            && let Some(first) = first
        {
            acts.push(Act::Show(*first as usize));
        }
        if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape)) && !panel.text.is_empty() {
            panel.text.clear();
            acts.push(Act::Search(String::new()));
        }
    });
}

fn filters(ui: &mut Ui, review: &Review, acts: &mut Vec<Act>) {
    let present = &review.queue.filter;
    let mut filter = present.clone();
    ui.horizontal(|ui| {
        let splits = &review.dataset().splits;
        let name = filter.split.and_then(|at| splits.get(at)).map_or("All splits", |split| split.name.as_str());
        let half = (ui.available_width() - 8.0) / 2.0;
        ComboBox::from_id_salt("split")
            .selected_text(name)
            .width(half)
            .show_ui(ui, |ui| {
                ui.selectable_value(&mut filter.split, None, "All splits");
                for (at, split) in splits.iter().enumerate() {
                    ui.selectable_value(&mut filter.split, Some(at), format!("{} ({})", split.name, split.rows.len()));
                }
            })
            .response
            .accessible_name("Split filter");
        ComboBox::from_id_salt("status")
            .selected_text(filter.status.label())
            .width(half)
            .height(400.0)
            .show_ui(ui, |ui| {
                for status in Status::ALL {
                    ui.selectable_value(&mut filter.status, status, status.label());
                }
            })
            .response
            .accessible_name("State filter");
    });
    if filter != *present {
        acts.push(Act::Filter(filter));
    }
}

fn lines(ui: &mut Ui, panel: &mut QueuePanel, review: &Review, acts: &mut Vec<Act>) {
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.spacing_mut().interact_size.y = LINE;
    let room = ui.available_height();
    let place = review.queue.position();
    let mut table = TableBuilder::new(ui)
        .column(Column::exact(40.0))
        .column(Column::remainder().clip(true))
        .sense(Sense::click())
        .auto_shrink(false)
        .animate_scrolling(false);
    if panel.seen_moves != Some(review.moves) {
        panel.seen_moves = Some(review.moves);
        // In this very frame: a list that became shorter must not be drawn from beyond its end.
        let row = place.unwrap_or_else(|at| at) as f32;
        let end = (review.queue.listed.len() as f32 * LINE - room).max(0.0);
        table = table.vertical_scroll_offset(((row + 0.5) * LINE - room / 2.0).clamp(0.0, end).round());
    }
    let dataset = review.dataset();
    table.body(|body| {
        body.rows(LINE, review.queue.listed.len(), |mut row| {
            let index = review.queue.listed[row.index()] as usize;
            row.set_selected(place == Ok(row.index()));
            let standing = review.session.standings().get(index).copied().unwrap_or_default();
            row.col(|ui| {
                let palette = palette(ui.visuals());
                let (sign, colour) = match standing.verdict {
                    Some(verdict) => verdict_badge(palette, verdict),
                    None => ("·", ui.visuals().weak_text_color()),
                };
                // One text of two colours: what was said of the sample, then what was said of its tiles.
                let mut signs = LayoutJob::default();
                RichText::new(sign).color(colour).append_to(
                    &mut signs,
                    ui.style(),
                    FontSelection::Default,
                    Align::Center,
                );
                if standing.false_negative || standing.wrong_positive {
                    let warning = RichText::new(" ⚠").color(palette.false_negative);
                    warning.append_to(&mut signs, ui.style(), FontSelection::Default, Align::Center);
                }
                ui.add(egui::Label::new(signs).extend().selectable(false));
            });
            row.col(|ui| {
                let query = dataset.row(index).map(|row| row.query.into_owned()).unwrap_or_default();
                ui.add(
                    egui::Label::new(for_display(&query.replace('\n', " ⏎ "), |_| true)).truncate().selectable(false),
                );
            });
            let response = row.response();
            let name = format!("{} {}", dataset.split_of(index).name, dataset.line_of(index));
            if response.on_hover_text(name).clicked() {
                acts.push(Act::Show(index));
            }
        });
    });
}
