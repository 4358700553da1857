//! The current sample: its query, its tiles in the chosen scene, the bar to judge it. Draws all of
//! it from one view, which `screen/drawing.rs` builds.

use std::borrow::Cow;
use std::time::Duration;

use egui::{CentralPanel, EventFilter, Frame, Margin, Panel, Rect, Sense, Ui, Vec2};

use tilejury_data::SampleIndex;

use super::field_keys;
use super::judge_bar::{self, JudgeView, TextEditor};
use super::page;
use super::placement::{TileLayout, TileZooms};
use super::query::{self, QueryView};
use super::reading_view::{self, DrawnPanes, MarksLineView, PaneSpot, PanesView};
use super::tile::TileView;
use super::tile_search::{self, DrawnSearch, TileSearchPanel, TileSearchView};
use super::tiles::{self, PlacedTile};
use super::{ScenePosition, UiAction};
use crate::tile_request::TileRequest;

/// The content of the sample's part of the window.
pub(crate) struct SampleView<'a> {
    pub(crate) judge: JudgeView<'a>,
    pub(crate) query: QueryView<'a>,
    pub(crate) scene: SceneView<'a>,
}

/// The tiles in the scene that was chosen.
pub(crate) enum SceneView<'a> {
    /// Tiles of the sample: all, one, or two.
    Sample {
        /// The sample's index: each sample begins at the top of its list.
        sample: SampleIndex,
        tiles: Vec<TileView<'a>>,
        layout: TileLayout,
        zooms: &'a TileZooms,
        /// The tiles that open now, each at a spot of its own.
        opening: Vec<(ScenePosition, PaneSpot)>,
        /// Whether one of two compared tiles is shown alone.
        wide: bool,
        /// The marks of the row above the tiles of a comparison.
        line: Option<MarksLineView>,
        /// A hint above the tiles.
        hint: Option<&'static str>,
        /// Whether Tab chooses a tile instead of a button.
        holds_tab: bool,
    },
    /// Tiles in large panes, with the marks of the row above a tile alone.
    Panes {
        view: PanesView<'a>,
        line: Option<MarksLineView>,
        /// Whether Tab chooses a tile instead of a button.
        holds_tab: bool,
    },
    /// The page that a tile is cut from.
    Page {
        name: &'a str,
        /// Its tiles in reading order; `None` while they are looked up.
        tiles: Option<Vec<TileView<'a>>>,
        focus: ScenePosition,
        /// Whether only the tile in focus is shown.
        alone: bool,
        /// Whether the tile in focus has to be brought into view.
        scroll: bool,
        zooms: &'a TileZooms,
    },
    /// The tiles whose texts fit a query.
    Search(TileSearchView<'a>),
}

/// The tiles as they were drawn, and the area for a sample's tiles.
pub(crate) struct DrawnSample {
    pub(crate) area: Rect,
    pub(crate) placed: Vec<PlacedTile>,
    /// The tiles that were opened at spots of their own, with the middle of what is visible of
    /// each, in fractions of its width and height.
    pub(crate) opened: Vec<(ScenePosition, Vec2)>,
    /// Small pictures that were drawn besides.
    pub(crate) thumbnails: Vec<TileRequest>,
}

/// Draws the sample.
pub(crate) fn show(
    ui: &mut Ui,
    view: &SampleView<'_>,
    editor: &mut Option<TextEditor>,
    tile_search: &mut TileSearchPanel,
    actions: &mut Vec<UiAction>,
) -> DrawnSample {
    Panel::bottom("judge").show(ui, |ui| {
        ui.add_space(4.0);
        judge_bar::show(ui, &view.judge, editor, actions);
        ui.add_space(4.0);
    });
    // Every point of the width makes the text in panes larger.
    let mut frame = Frame::central_panel(ui.style());
    let is_comparison = matches!(view.scene, SceneView::Sample { line: Some(_), .. });
    if is_comparison || matches!(view.scene, SceneView::Panes { .. }) {
        frame.inner_margin = Margin { left: 4, right: 8, top: 6, bottom: 6 };
    }
    let shown = CentralPanel::default().frame(frame).show(ui, |ui| {
        query::show(ui, &view.query, actions);
        ui.add_space(4.0);
        let area = ui.available_rect_before_wrap();
        let mut opened = Vec::new();
        let DrawnSearch { placed, thumbnails } = scene(ui, &view.scene, tile_search, &mut opened, actions);
        DrawnSample { area, placed, opened, thumbnails }
    });
    shown.inner
}

/// Draws what takes the place of a sample in a dataset without rows.
pub(crate) fn show_none(ui: &mut Ui) {
    CentralPanel::default().show(ui, |ui| {
        ui.heading("This dataset has no usable row");
        ui.label("File › Messages lists what is wrong with its lines. The File menu also opens another dataset.");
    });
}

fn scene(
    ui: &mut Ui,
    scene: &SceneView<'_>,
    tile_search: &mut TileSearchPanel,
    opened: &mut Vec<(ScenePosition, Vec2)>,
    actions: &mut Vec<UiAction>,
) -> DrawnSearch {
    let placed = match scene {
        SceneView::Search(view) => return tile_search::show(ui, view, tile_search, actions),
        SceneView::Panes { view, line, holds_tab } => {
            if *holds_tab {
                hold_tab(ui);
            }
            if let Some(line) = line {
                reading_view::show_marks(ui, line, actions);
            }
            let DrawnPanes { placed, thumbnails } = reading_view::show(ui, view, actions);
            return DrawnSearch { placed, thumbnails };
        }
        SceneView::Sample { sample, tiles, layout, zooms, opening, line, wide, hint, holds_tab } => {
            if *holds_tab {
                hold_tab(ui);
            }
            if let Some(line) = line {
                reading_view::show_marks(ui, line, actions);
            }
            if let Some(hint) = hint {
                ui.label(*hint);
            }
            *opened = tiles::open(ui, tiles, *layout, zooms, opening);
            let mut zooms = Cow::Borrowed(*zooms);
            if !opened.is_empty() {
                zooms.to_mut().open_at(opened);
            }
            let placed = tiles::show(ui, sample.index(), tiles, *layout, &zooms, actions);
            if let (true, [tile], [at]) = (*wide, tiles.as_slice(), placed.as_slice()) {
                tile.label_in_the_middle(ui, at.frame);
            }
            placed
        }
        SceneView::Page { name, tiles, focus, alone, scroll, zooms } => {
            page::head(ui, name, tiles.as_ref().map(Vec::len), actions);
            let Some(tiles) = tiles else {
                ui.ctx().request_repaint_after(Duration::from_millis(50));
                return DrawnSearch::default();
            };
            if tiles.is_empty() {
                ui.label(
                    "No shard has a tile of this page. If other tiles are missing too, check the dataset (File menu).",
                );
                return DrawnSearch::default();
            }
            match tiles.get(focus.index()) {
                Some(tile) if *alone => {
                    tiles::show(ui, focus.index(), std::slice::from_ref(tile), TileLayout::Alone, zooms, actions)
                }
                _ => page::tiles(ui, tiles, *scroll, actions),
            }
        }
    };
    DrawnSearch { placed, thumbnails: Vec::new() }
}

/// In a comparison Tab chooses the tile, and must not wander over the buttons.
fn hold_tab(ui: &mut Ui) {
    let id = field_keys::tab_holder();
    ui.interact(Rect::NOTHING, id, Sense::focusable_noninteractive());
    ui.memory_mut(|memory| {
        if memory.focused().is_none() {
            memory.request_focus(id);
        }
        let filter = EventFilter { tab: true, horizontal_arrows: true, vertical_arrows: true, escape: false };
        memory.set_focus_lock_filter(id, filter);
    });
}
