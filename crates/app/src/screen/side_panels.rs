//! The content of the side panels: their state, the views that they are given, and how commands
//! open and close them.

use std::sync::Arc;

use egui::Ui;
use tilejury_audit::Shown;
use tilejury_audit::search::OccurrenceQuery;
use tilejury_data::{TilePath, TileSlot, other_fields};

use super::panel_views;
use super::review_context::ReviewContext;
use super::review_screen::ReviewScreen;
use super::side_state::{Over, PanelStates};
use super::tile_views::reviews_of;
use super::view_state::ViewState;
use crate::review::Review;
use crate::settings::panels::SidePanel;
use crate::tile_values::tile_values;
use crate::ui::highlights::HighlightView;
use crate::ui::history::{self, HistoryView};
use crate::ui::notes::{self, NotesView};
use crate::ui::occurrences::{self, OccurrencesView};
use crate::ui::review_badges::ReviewedTile;
use crate::ui::row_fields::{self, RowFieldsPanel, RowFieldsView};
use crate::ui::tile_text::{self, TileTextView};
use crate::ui::{UiAction, check_findings, inspector};

/// The content of the panel of findings before a check.
const NO_CHECK: &str = "No check has run since the dataset was opened.";

/// The review that panels show.
pub(super) struct Reviewed<'a> {
    pub(super) reviewing: &'a ReviewScreen,
    pub(super) view_state: &'a ViewState,
    /// The panel that has the arrows and Enter.
    pub(super) keys: Option<SidePanel>,
}

/// The reason why a panel has nothing to show, if it has nothing. `no_signals` is that of the
/// signals.
pub(super) fn why_empty(panel: SidePanel, review: &Review, no_signals: Option<&str>) -> Option<String> {
    if let Some(hidden) = hidden_in(panel, review) {
        return Some(hidden);
    }
    match panel {
        SidePanel::Signals => no_signals.map(str::to_owned),
        SidePanel::Check => review.check.is_none().then(|| NO_CHECK.to_owned()),
        _ => None,
    }
}

/// The words in a panel whose content is hidden.
fn hidden_in(panel: SidePanel, review: &Review) -> Option<String> {
    let shown = panel.reveals().filter(|shown| !review.shows(*shown))?;
    Some(format!("Blind: {} are hidden.", shown.label()))
}

/// Whether the pointer was pressed in the area of a panel in this frame.
pub(super) fn is_pressed(ui: &Ui) -> bool {
    let rect = ui.max_rect();
    ui.input(|input| input.pointer.any_pressed() && input.pointer.interact_pos().is_some_and(|at| rect.contains(at)))
}

/// Draws the inside of a panel.
pub(super) fn show(
    ui: &mut Ui,
    panel: SidePanel,
    states: &mut PanelStates,
    reviewed: &Reviewed<'_>,
    actions: &mut Vec<UiAction>,
) {
    let review = &reviewed.reviewing.review;
    let (dataset, session) = (review.dataset(), &review.session);
    if dataset.samples.is_empty() {
        ui.label("This dataset has no usable row.");
        return;
    }
    if let Some(hidden) = hidden_in(panel, review) {
        ui.label(hidden);
        return;
    }
    let (current, has_keys) = (review.cursor(), reviewed.keys == Some(panel));
    match panel {
        SidePanel::Signals => {
            let reading = reviewed.reviewing.describe_reading();
            let reviews = reviewed.reviewing.reviewed_tiles();
            inspector::show(ui, &panel_views::inspector(review, reading, reviews), actions);
        }
        SidePanel::Check => match &review.check {
            Some(found) => check_findings::show(ui, found, actions),
            None => _ = ui.label(NO_CHECK),
        },
        SidePanel::History => {
            let view = HistoryView { history: session.history(), dataset, has_keys };
            history::show(ui, &mut states.history, &view, actions);
        }
        SidePanel::Occurrences => {
            let focused = reviewed.reviewing.focused_tile(reviewed.view_state);
            let view = OccurrencesView { dataset, session, current, focused, has_keys };
            occurrences::show(ui, states.occurrences.as_mut(), &view, actions);
        }
        SidePanel::Notes => {
            states.notes.update(review.version, session);
            let judgement = review.judgement();
            notes::show(ui, &states.notes, &NotesView { judgement: &judgement, session, dataset, current }, actions);
        }
        SidePanel::Text => {
            let (name, tile, highlight) = reviewed.reviewing.focused_text(reviewed.view_state);
            tile_text::show(ui, &mut states.text, &TileTextView { name, tile, highlight }, actions);
        }
        SidePanel::Fields => {
            let panel = match &mut states.fields {
                Some(panel) if panel.of == current => panel,
                fields => fields.insert(read_fields(reviewed.reviewing)),
            };
            let view = RowFieldsView {
                panel,
                place: dataset.describe_position(current),
                line: dataset.row_line(current).unwrap_or_default(),
                focus: review.focus,
                search: review.navigator.search_text(),
            };
            row_fields::show(ui, &view, actions);
        }
    }
}

fn read_fields(reviewing: &ReviewScreen) -> RowFieldsPanel {
    let review = &reviewing.review;
    let of = review.cursor();
    let line = review.dataset().row_line(of);
    let fields = line.and_then(other_fields).map_err(|error| error.to_string());
    let spellings: Vec<&str> =
        review.sample.iter().flat_map(|sample| sample.tiles()).map(|tile| tile.spelling.as_str()).collect();
    let tiles = fields.as_ref().map(|fields| tile_values(fields, &spellings)).unwrap_or_default();
    RowFieldsPanel { of, fields, tiles }
}

impl ReviewScreen {
    /// The reviews of the tiles of the current sample, as far as they are shown.
    fn reviewed_tiles(&self) -> Vec<ReviewedTile> {
        let Some(sample) = &self.review.sample else { return Vec::new() };
        let tiles = TileSlot::of_tiles(sample).map(|(slot, tile)| ReviewedTile {
            slot,
            reviews: reviews_of(&self.review, &self.texts, sample, &tile.path),
        });
        tiles.filter(|tile| !tile.reviews.all().is_empty()).collect()
    }

    /// The name of the focused tile, the tile, and its text with the marks.
    fn focused_text(&self, view: &ViewState) -> (String, Option<TilePath>, HighlightView) {
        let position = view.focus(self.review.focus);
        let tile = self.focused_tile(view);
        let slot =
            tile.as_ref().zip(self.review.sample.as_ref()).and_then(|(tile, sample)| TileSlot::find(sample, tile));
        let name = match slot {
            Some(slot) => self.review.tile_name(slot),
            None => tile.as_ref().map(|tile| tile.short_name().into_owned()).unwrap_or_default(),
        };
        let of_tile = |tile: &TilePath| HighlightView {
            failure: self.store.failure(tile).map(Arc::from),
            ..view.text.of_tile(position, tile, self.evidence(view, position, tile), self.review.shows(Shown::Evidence))
        };
        let highlight = tile.as_ref().map(of_tile).unwrap_or_default();
        (name, tile, highlight)
    }
}

impl ReviewContext<'_> {
    /// Opens a panel, or closes it if it is visible.
    pub(super) fn toggle_panel(&mut self, panel: SidePanel) {
        if self.is_panel_visible(panel) {
            self.close_panel(panel);
        } else {
            self.open_panel(panel);
        }
    }

    /// Opens a panel where it can be seen, and gives it the arrows and Enter if it uses them.
    pub(super) fn open_panel(&mut self, panel: SidePanel) {
        self.remembered.panels.show(panel);
        self.view.sides.over = Some(Over::Panels);
        self.view.sides.keys = Some(panel);
        self.save_remembered();
    }

    pub(super) fn close_panel(&mut self, panel: SidePanel) {
        self.remembered.panels.close(panel);
        let sides = &mut self.view.sides;
        sides.keys = sides.keys.filter(|keys| *keys != panel);
        self.save_remembered();
    }

    /// Whether a panel can be seen: one that a person folded, or that waits on the rail of a narrow
    /// window, cannot.
    pub(super) fn is_panel_visible(&self, panel: SidePanel) -> bool {
        let sides = &self.view.sides;
        let is_unfolded = self.remembered.panels.open.iter().any(|open| open.panel == panel && !open.folded);
        is_unfolded && (!sides.panels_are_rail || sides.over == Some(Over::Panels))
    }

    /// Lists the rows that have the focused tile or its page; closes the panel if it shows them.
    pub(super) fn toggle_occurrences(&mut self, query: OccurrenceQuery) {
        let is_shown = self.view.sides.states.occurrences.as_ref().is_some_and(|panel| panel.wanted == query);
        if is_shown && self.is_panel_visible(SidePanel::Occurrences) {
            self.close_panel(SidePanel::Occurrences);
        } else {
            self.find_occurrences(query);
        }
    }
}
