//! The list of samples below the search, one line per sample. Only the visible lines are built, so
//! a million samples cost as much as forty.

use egui::text::LayoutJob;
use egui::{Align, Color32, FontSelection, RichText, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo};
use egui_extras::{Column, TableBuilder};
use tilejury_audit::session::SampleStatus;
use tilejury_audit::text::count;
use tilejury_data::{Dataset, SampleIndex};

use super::facets::{self, FacetsView};
use super::search::{self, SearchPanel, SearchView};
use super::{ReviewAction, UiAction};
use crate::bidi::elided;
use crate::command::{DatasetCommand, ReviewCommand};
use crate::icons;
use crate::theme::{palette, verdict_mark};

/// A whole, even number, so that a million lines still align with whole pixels in 32-bit geometry.
const LINE: f32 = 24.0;

/// The state that the panel shows.
pub(crate) struct QueueView<'a> {
    pub(crate) search: SearchView<'a>,
    /// The facets below the search, if they are open.
    pub(crate) facets: Option<FacetsView<'a>>,
    pub(crate) dataset: &'a Dataset,
    /// The listed samples, in order.
    pub(crate) listed: &'a [SampleIndex],
    /// The position of the current sample in the list, or where it would be inserted.
    pub(crate) position: Result<usize, usize>,
    /// The status of every sample, by index.
    pub(crate) statuses: &'a [SampleStatus],
    /// A number that grows whenever the list or the position in it changes.
    pub(crate) moves: u64,
    /// Whether the search is not answered yet.
    pub(crate) is_searching: bool,
    /// Whether the list is in suspicion order.
    pub(crate) is_by_suspicion: bool,
}

/// The state of the panel.
#[derive(Default)]
pub(crate) struct QueuePanel {
    pub(crate) search: SearchPanel,
    /// The number of the review's moves that the list has followed.
    seen_moves: Option<u64>,
}

pub(crate) fn show(ui: &mut Ui, panel: &mut QueuePanel, view: &QueueView<'_>, actions: &mut Vec<UiAction>) {
    ui.add_space(4.0);
    search::show(ui, &mut panel.search, &view.search, actions);
    if let Some(open) = &view.facets {
        facets::show(ui, open, view.search.text, actions);
    }
    let listed = view.listed.len();
    let total = view.dataset.samples.len();
    let count = if listed == total { format!("{total} samples") } else { format!("{listed} of {total} samples") };
    ui.horizontal(|ui| {
        ui.label(RichText::new(count).weak());
        if view.is_searching {
            ui.spinner();
        }
        if view.is_by_suspicion {
            let text = RichText::new(format!("{} most suspicious first", icons::CARET_DOWN)).weak();
            let response = ui.add(egui::Label::new(text).sense(Sense::click()));
            if response.on_hover_text("Click to list them in file order").clicked() {
                actions.push(ReviewCommand::SuspiciousFirst.into());
            }
        }
    });
    ui.separator();
    if listed == 0 {
        // If the search has an error, only that is shown.
        if view.search.error.is_none() {
            ui.label("No sample matches this search.");
        }
        super::command_button(ui, DatasetCommand::ShowAll, actions);
        return;
    }
    lines(ui, panel, view, actions);
}

fn lines(ui: &mut Ui, panel: &mut QueuePanel, view: &QueueView<'_>, actions: &mut Vec<UiAction>) {
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.spacing_mut().interact_size.y = LINE;
    let room = ui.available_height();
    let position = view.position;
    let mut table = TableBuilder::new(ui)
        .column(Column::exact(20.0))
        .column(Column::remainder().clip(true))
        .sense(Sense::click())
        .auto_shrink(false)
        .animate_scrolling(false);
    if panel.seen_moves != Some(view.moves) {
        panel.seen_moves = Some(view.moves);
        // In this very frame: a list that became shorter must not be drawn past its end.
        let row = position.unwrap_or_else(|at| at) as f32;
        let end = (view.listed.len() as f32 * LINE - room).max(0.0);
        table = table.vertical_scroll_offset(((row + 0.5) * LINE - room / 2.0).clamp(0.0, end).round());
    }
    let dataset = view.dataset;
    table.body(|body| {
        body.rows(LINE, view.listed.len(), |mut row| {
            let index = view.listed[row.index()];
            row.set_selected(position == Ok(row.index()));
            let status = view.statuses.get(index.index()).copied().unwrap_or_default();
            row.col(|ui| verdict(ui, status));
            row.col(|ui| {
                let read = dataset.row(index);
                query(ui, &read.map(|row| super::brief(&row.query, 300).into_owned()).unwrap_or_default(), status);
            });
            let response = row.response();
            let mut name = format!("{} {}", dataset.split_of(index).name, dataset.line_of(index));
            if status.unconfirmed > 0 {
                let tiles = count(usize::from(status.unconfirmed), "tile");
                name = format!("{name}: accepted; not confirmed: {tiles} that could not be seen");
            }
            if response.on_hover_text(name).clicked() {
                actions.push(ReviewAction::Show(index).into());
            }
        });
    });
}

fn verdict(ui: &mut Ui, status: SampleStatus) {
    let (sign, colour) = verdict_mark(palette(ui.visuals()), status.verdict);
    if status.unconfirmed > 0 {
        half_confirmed(ui, colour);
    } else {
        ui.add(egui::Label::new(RichText::new(sign).color(colour)).extend().selectable(false));
    }
}

/// The signs of marked tiles and of the flag, then as much of the query as fits.
fn query(ui: &mut Ui, query: &str, status: SampleStatus) {
    let palette = palette(ui.visuals());
    let mut line = LayoutJob::default();
    for (sign, colour, there) in [
        (icons::FALSE_NEGATIVE_FILL, palette.false_negative, status.false_negatives > 0),
        (icons::WRONG_POSITIVE_FILL, palette.reject, status.wrong_positive),
        (icons::LOOK_AGAIN_FILL, palette.unsure, status.flagged),
    ] {
        if there {
            let sign = RichText::new(format!("{sign} ")).color(colour);
            sign.append_to(&mut line, ui.style(), FontSelection::Default, Align::Center);
        }
    }
    let font = egui::TextStyle::Body.resolve(ui.style());
    let width = ui.available_width();
    let fits =
        |text: &str| ui.painter().layout_no_wrap(text.to_owned(), font.clone(), Color32::WHITE).size().x <= width;
    let words = elided(&query.replace('\n', " ⏎ "), fits).into_owned();
    RichText::new(words).append_to(&mut line, ui.style(), FontSelection::Default, Align::Center);
    ui.add(egui::Label::new(line).truncate().selectable(false));
}

/// The mark of a row accepted while some of its tiles could not be seen: a circle with its left
/// half filled.
fn half_confirmed(ui: &mut Ui, colour: Color32) {
    let (area, response) = ui.allocate_exact_size(Vec2::new(14.0, LINE), Sense::hover());
    let (middle, radius) = (area.center(), 5.5);
    let painter = ui.painter();
    let at = |step: i32| {
        let angle = (90.0 + 15.0 * step as f32).to_radians();
        middle + radius * Vec2::angled(angle)
    };
    painter.add(Shape::convex_polygon((0..=12).map(at).collect(), colour, Stroke::NONE));
    painter.circle_stroke(middle, radius, Stroke::new(1.5, colour));
    let name = "Accepted, not all tiles confirmed";
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, name));
}
