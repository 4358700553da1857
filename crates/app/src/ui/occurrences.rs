//! The rows that have a tile, or any tile of its page, and whether as positive or negative.

use egui::{Context, Id, Modal, RichText, Ui};
use egui_extras::{Column, TableBuilder};
use tilejury_audit::search::{Occurrence, OccurrenceQuery, quote};
use tilejury_audit::text::count;
use tilejury_data::{Dataset, SampleIndex, TilePath};

use super::{AppAction, ReviewAction, UiAction};
use crate::bidi::for_display;
use crate::icons;

const LINE: f32 = 26.0;

/// The dataset with the rows, and the current sample.
pub(crate) struct OccurrencesView<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) current: SampleIndex,
}

/// The state of the dialog.
pub(crate) struct OccurrencesDialog {
    pub(crate) wanted: OccurrenceQuery,
    /// The rows, once they are known.
    pub(crate) rows: Option<Vec<Occurrence>>,
}

impl OccurrencesDialog {
    pub(crate) fn new(wanted: OccurrenceQuery) -> Self {
        Self { wanted, rows: None }
    }

    /// The search that lists these rows.
    fn search(&self) -> String {
        match &self.wanted {
            OccurrenceQuery::Tile(tile) => format!("tile:{}", quote(tile.as_str())),
            OccurrenceQuery::Page(tile) => match tile.page() {
                Some(page) => format!("page:{}", quote(page)),
                None => format!("tile:{}", quote(tile.as_str())),
            },
        }
    }

    fn title(&self) -> String {
        match &self.wanted {
            OccurrenceQuery::Tile(tile) => format!("Rows with {}", tile.tail()),
            OccurrenceQuery::Page(tile) => {
                format!("Rows with page {}", tile.page_name().unwrap_or(tile.tail()))
            }
        }
    }

    fn other(&self) -> (&'static str, OccurrenceQuery) {
        match &self.wanted {
            OccurrenceQuery::Tile(tile) => ("Any tile of its page", OccurrenceQuery::Page(tile.clone())),
            OccurrenceQuery::Page(tile) => ("This tile alone", OccurrenceQuery::Tile(tile.clone())),
        }
    }

    fn tile(&self) -> &TilePath {
        match &self.wanted {
            OccurrenceQuery::Tile(tile) | OccurrenceQuery::Page(tile) => tile,
        }
    }
}

pub(crate) fn show(ctx: &Context, dialog: &OccurrencesDialog, view: &OccurrencesView<'_>, actions: &mut Vec<UiAction>) {
    let size = ctx.content_rect().size() * 0.8;
    let modal = Modal::new(Id::unique("where else")).show(ctx, |ui| {
        ui.set_width(size.x.min(900.0));
        super::title(ui, &dialog.title(), actions);
        ui.label(RichText::new(dialog.tile().as_str()).weak());
        let Some(rows) = &dialog.rows else {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label("Searching all rows…");
            });
            return;
        };
        buttons(ui, dialog, rows, actions);
        ui.separator();
        let height = (size.y - 170.0).max(120.0);
        let table = TableBuilder::new(ui)
            .striped(true)
            .column(Column::exact(150.0))
            .column(Column::exact(190.0))
            .column(Column::remainder().clip(true))
            .sense(egui::Sense::click())
            .min_scrolled_height(height)
            .max_scroll_height(height)
            .auto_shrink([false, true]);
        table.body(|body| {
            body.rows(LINE, rows.len(), |mut row| {
                let found = &rows[row.index()];
                let index = found.sample;
                row.set_selected(index == view.current);
                let read = view.dataset.row(index);
                let query = read.map(|row| super::brief(&row.query, 300).into_owned()).unwrap_or_default();
                let query = for_display(&query, |_| true).into_owned();
                for text in [view.dataset.describe_position(index), roles(found), query] {
                    row.col(|ui| {
                        ui.add(egui::Label::new(text).truncate().selectable(false));
                    });
                }
                if row.response().on_hover_text("Go to this row").clicked() {
                    actions.push(ReviewAction::Show(index).into());
                    actions.push(AppAction::CloseDialog.into());
                }
            });
        });
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

/// The buttons that list the rows in the queue, and that find other rows.
fn buttons(ui: &mut Ui, dialog: &OccurrencesDialog, rows: &[Occurrence], actions: &mut Vec<UiAction>) {
    let enter = super::field_keys::enter_is_free(ui);
    ui.horizontal(|ui| {
        let text = format!("{} Filter to {}  Enter", icons::FILTER, count(rows.len(), "row"));
        let filter = ui.add_enabled(!rows.is_empty(), egui::Button::new(text)).accessible_name("Filter to these rows");
        if filter.clicked() || (enter && !rows.is_empty()) {
            actions.push(ReviewAction::UseFilter(dialog.search()).into());
            actions.push(AppAction::CloseDialog.into());
        }
        let (name, wanted) = dialog.other();
        if ui.button(name).clicked() {
            actions.push(ReviewAction::FindOccurrences(wanted).into());
        }
    });
}

fn roles(found: &Occurrence) -> String {
    let numbers: Vec<String> = found.negatives.iter().map(ToString::to_string).collect();
    match (found.positive, numbers.as_slice()) {
        (true, []) => "positive".to_owned(),
        (true, _) => format!("positive, negative {}", numbers.join(", ")),
        (false, _) => format!("negative {}", numbers.join(", ")),
    }
}
