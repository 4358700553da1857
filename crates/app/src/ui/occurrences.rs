//! The rows that have a tile, or any tile of its page: as positive or negative, with their
//! judgements; and the tile's mark in rows that a person ticks.

use std::collections::BTreeSet;

use egui::text::LayoutJob;
use egui::{Button, Checkbox, Color32, Id, Label, RichText, TextStyle, Ui};
use egui_extras::{Column, TableBuilder};
use tilejury_audit::search::{Occurrence, OccurrenceQuery, quote};
use tilejury_audit::text::count;
use tilejury_audit::{AuditSession, Relevance};
use tilejury_data::{Dataset, SampleIndex, TilePath, TileSlot};

use super::{ReviewAction, UiAction, ViewAction, field_keys, row_mark, snippet};
use crate::bidi::for_display;
use crate::command::{DatasetCommand, keymap};
use crate::icons;
use crate::theme::{palette, tile_badge};

/// The height of a row: a line about it and two of its query.
const LINE: f32 = 66.0;
/// The lines of a query.
const QUERY_LINES: usize = 2;

/// The marks that ticked rows can get.
const MARKS: [(Option<Relevance>, &str); 4] = [
    (Some(Relevance::Relevant), "Relevant"),
    (Some(Relevance::NotRelevant), "Not relevant"),
    (Some(Relevance::Broken), "Broken"),
    (None, "No mark"),
];

/// The dataset with the rows, their judgements, and the current sample.
pub(crate) struct OccurrencesView<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) session: &'a AuditSession,
    pub(crate) current: SampleIndex,
    /// The focused tile of the current sample.
    pub(crate) focused: Option<TilePath>,
    /// Whether Enter belongs to the panel.
    pub(crate) has_keys: bool,
}

/// The state of the panel.
#[derive(Debug)]
pub(crate) struct OccurrencesPanel {
    pub(crate) wanted: OccurrenceQuery,
    /// The rows, once they are known.
    pub(crate) rows: Option<Vec<Occurrence>>,
    /// The ticked rows.
    ticked: BTreeSet<SampleIndex>,
}

impl OccurrencesPanel {
    pub(crate) fn new(wanted: OccurrenceQuery) -> Self {
        Self { wanted, rows: None, ticked: BTreeSet::new() }
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
            OccurrenceQuery::Tile(tile) => {
                format!("Rows with {}", tile.short_name())
            }
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

    /// The tile that ticked rows have in common; a page has several.
    fn markable(&self) -> Option<&TilePath> {
        match &self.wanted {
            OccurrenceQuery::Tile(tile) => Some(tile),
            OccurrenceQuery::Page(_) => None,
        }
    }
}

/// Draws the panel; `panel` is `None` until rows were asked for.
pub(crate) fn show(
    ui: &mut Ui,
    panel: Option<&mut OccurrencesPanel>,
    view: &OccurrencesView<'_>,
    actions: &mut Vec<UiAction>,
) {
    let Some(panel) = panel else {
        let key = keymap::from_context(ui.ctx()).first(DatasetCommand::FindTile);
        ui.label(format!("{key} lists the rows with the focused tile."));
        super::command_button(ui, DatasetCommand::FindTile, actions);
        return;
    };
    let title = ui.add(Label::new(RichText::new(panel.title()).strong()).truncate());
    title.on_hover_text(panel.tile().as_str());
    let Some(rows) = panel.rows.take() else {
        ui.horizontal(|ui| {
            super::busy::busy(ui);
            ui.label("Searching all rows…");
        });
        return;
    };
    buttons(ui, panel, &rows, view, actions);
    if panel.markable().is_some() {
        marks(ui, panel, &rows, actions);
    }
    ui.separator();
    table(ui, panel, &rows, view, actions);
    panel.rows = Some(rows);
}

/// The buttons that list the rows in the queue, and that find other rows.
fn buttons(
    ui: &mut Ui,
    panel: &OccurrencesPanel,
    rows: &[Occurrence],
    view: &OccurrencesView<'_>,
    actions: &mut Vec<UiAction>,
) {
    let enter = view.has_keys && field_keys::enter_is_free(ui);
    ui.horizontal_wrapped(|ui| {
        let text = format!("{} Filter to {}", icons::FILTER, count(rows.len(), "row"));
        let filter = super::button_with_key(text, if view.has_keys { "Enter" } else { "" });
        let filter = ui.add_enabled(!rows.is_empty(), filter).accessible_name("Filter to these rows");
        if filter.clicked() || (enter && !rows.is_empty()) {
            actions.push(ReviewAction::UseFilter(panel.search()).into());
        }
        let (name, wanted) = panel.other();
        if ui.button(name).clicked() {
            actions.push(ReviewAction::FindOccurrences(wanted).into());
        }
        if let Some(focused) = view.focused.as_ref().filter(|focused| *focused != panel.tile())
            && ui.button("Focused tile").on_hover_text("List the rows with the tile that is in focus now").clicked()
        {
            actions.push(ReviewAction::FindOccurrences(OccurrenceQuery::Tile(focused.clone())).into());
        }
    });
}

/// The box that ticks all rows, and the marks for the ticked ones. They are always there: the rows
/// below must not move while a person ticks them.
fn marks(ui: &mut Ui, panel: &mut OccurrencesPanel, rows: &[Occurrence], actions: &mut Vec<UiAction>) {
    let Some(tile) = panel.markable().cloned() else { return };
    let mut all = panel.ticked.len() == rows.len() && !rows.is_empty();
    if ui.add(Checkbox::new(&mut all, "All rows")).on_hover_text("Tick all rows, or none").changed() {
        panel.ticked = if all { rows.iter().map(|row| row.sample).collect() } else { BTreeSet::new() };
    }
    let text = match panel.ticked.len() {
        0 => RichText::new("Mark the tile in the ticked rows:").weak(),
        ticked => RichText::new(format!("Mark the tile in {}:", count(ticked, "row"))),
    };
    ui.label(text);
    let any = !panel.ticked.is_empty();
    ui.horizontal_wrapped(|ui| {
        for (relevance, name) in MARKS {
            let button = ui.add_enabled(any, Button::new(name));
            let button = button.on_hover_text("Marks the tile in every ticked row. One undo reverts all.");
            if button.accessible_name(format!("Mark ticked rows: {}", name.to_lowercase())).clicked() {
                let rows = std::mem::take(&mut panel.ticked);
                actions.push(ReviewAction::MarkInRows(rows, tile.clone(), relevance).into());
            }
        }
    });
}

fn table(
    ui: &mut Ui,
    panel: &mut OccurrencesPanel,
    rows: &[Occurrence],
    view: &OccurrencesView<'_>,
    actions: &mut Vec<UiAction>,
) {
    let ticks = panel.markable().cloned();
    ui.push_id(Id::unique("where else"), |ui| {
        let table = TableBuilder::new(ui)
            .striped(true)
            .column(Column::exact(if ticks.is_some() { 22.0 } else { 0.0 }))
            .column(Column::remainder().clip(true))
            .sense(egui::Sense::click())
            .min_scrolled_height(0.0)
            .auto_shrink([false, false]);
        table.body(|body| {
            body.rows(LINE, rows.len(), |mut row| {
                let found = &rows[row.index()];
                let index = found.sample;
                row.set_selected(index == view.current);
                row.col(|ui| {
                    if ticks.is_some() {
                        tick(ui, &mut panel.ticked, index, view.dataset);
                    }
                });
                row.col(|ui| line(ui, found, ticks.as_ref(), view));
                if row.response().on_hover_text("Go to this row").clicked() {
                    actions.push(ReviewAction::Show(index).into());
                    let slot = if found.positive { Some(TileSlot::POSITIVE) } else { found.negatives.first().copied() };
                    actions.extend(slot.map(|slot| ViewAction::Focus(slot.into()).into()));
                }
            });
        });
    });
}

fn tick(ui: &mut Ui, ticked: &mut BTreeSet<SampleIndex>, row: SampleIndex, dataset: &Dataset) {
    let mut on = ticked.contains(&row);
    let tick = ui.add(Checkbox::without_text(&mut on));
    if tick.accessible_name(format!("Tick {}", dataset.describe_position(row))).changed() {
        if on {
            ticked.insert(row)
        } else {
            ticked.remove(&row)
        };
    }
}

/// A row: its verdict, position, the tile's place and mark; and its query.
fn line(ui: &mut Ui, found: &Occurrence, tile: Option<&TilePath>, view: &OccurrencesView<'_>) {
    let colours = palette(ui.visuals());
    let index = found.sample;
    let status = view.session.statuses().get(index.index()).copied().unwrap_or_default();
    let mark = tile.and_then(|tile| view.session.judgement(index)?.relevance(tile));
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.add_space(2.0);
        ui.horizontal(|ui| {
            row_mark::show(ui, status);
            ui.add(Label::new(view.dataset.describe_position(index)).truncate().selectable(false));
            let mut place = roles(found);
            if index == view.current {
                place.push_str(" · this row");
            }
            let badge = tile_badge(colours, found.positive, mark);
            place_and_mark(ui, &place, badge);
        });
        let read = view.dataset.row(index);
        let query = read.map(|row| super::brief(&row.query, 300).into_owned()).unwrap_or_default();
        ui.add(Label::new(query_lines(ui, &query)).wrap().selectable(false));
    });
}

/// The tile's place in a row with its mark: that in words if there is room, else as a sign.
fn place_and_mark(ui: &mut Ui, place: &str, badge: Option<(&'static str, &'static str, Color32)>) {
    let gap = ui.spacing().item_spacing.x;
    let width = |text: &str| super::text_width(ui, text, &TextStyle::Body) + gap;
    let room = ui.available_width();
    let mark = badge.map(|(sign, word, colour)| {
        let long = format!("{sign} {}", word.to_lowercase());
        let text = if width(place) + width(&long) <= room { long } else { sign.to_owned() };
        (width(&text), RichText::new(text).color(colour), word)
    });
    let taken = mark.as_ref().map_or(0.0, |(width, ..)| *width);
    ui.scope(|ui| {
        ui.set_max_width((room - taken).max(0.0));
        ui.add(Label::new(RichText::new(place).weak()).truncate().selectable(false));
    });
    if let Some((_, text, word)) = mark {
        ui.add(Label::new(text).selectable(false)).on_hover_text(word);
    }
}

/// A query in the first lines that it fills.
fn query_lines(ui: &Ui, query: &str) -> LayoutJob {
    let (font, width) = (TextStyle::Body.resolve(ui.style()), ui.available_width());
    let shown = for_display(query, |line| snippet::fits(ui, line, font.size, width));
    let mut job = LayoutJob::simple(shown.into_owned(), font, Color32::PLACEHOLDER, width);
    job.wrap.max_rows = QUERY_LINES;
    job
}

fn roles(found: &Occurrence) -> String {
    let numbers: Vec<String> = found.negatives.iter().map(ToString::to_string).collect();
    match (found.positive, numbers.as_slice()) {
        (true, []) => "positive".to_owned(),
        (true, _) => format!("positive, negative {}", numbers.join(", ")),
        (false, _) => format!("negative {}", numbers.join(", ")),
    }
}
