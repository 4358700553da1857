//! The view of the current sample, built from the review, the loaded pictures and the scene.
//! `ui/sample.rs` draws it.

use egui::{Context, Ui};
use tilejury_audit::Shown;
use tilejury_data::TileSlot;

use super::blinking::Side;
use super::query_view::query_view;
use super::review_screen::ReviewScreen;
use super::tile_views::{SampleTiles, TextOfTiles};
use super::view_state::{Scene, ViewState};
use crate::command::{Command, ViewCommand, keymap};
use crate::settings::{GridChoices, Settings};
use crate::tile_request::{Picture, PictureSize, TileRequest};
use crate::ui::judge_bar::JudgeView;
use crate::ui::placement::{TileLayout, TileZooms};
use crate::ui::reading_view::{HINTS_ALONE, MarksLineView, PaneScale, PaneSpot, Seen};
use crate::ui::sample::{self, SampleView, SceneView};
use crate::ui::{ScenePosition, UiAction, loupe};

/// The scene of a frame, with what was decided about it before it is drawn.
struct FrameScene<'a> {
    scene: &'a Scene,
    zooms: &'a TileZooms,
    layout: TileLayout,
    /// The tile of a comparison that is shown alone.
    wide: Option<Side>,
    /// Whether the tile in focus has to be brought into view.
    scroll: bool,
    /// The tiles in panes, each with its spot.
    panes: Vec<(TileSlot, PaneSpot)>,
    /// The tiles of a comparison that open now, each with its spot.
    opening: Vec<(ScenePosition, PaneSpot)>,
    /// The tiles that a person chose for the panes.
    picked: &'a [TileSlot],
    /// The look of a person at each tile, by slot.
    seen: Vec<Seen>,
    /// Whether keys are not meant for a text field or a dialog.
    keys_are_commands: bool,
}

impl ReviewScreen {
    /// Draws the current sample. `keys_are_commands`: keys are not meant for a text field or a
    /// dialog.
    pub(super) fn draw(
        &mut self,
        ui: &mut Ui,
        view_state: &mut ViewState,
        settings: &Settings,
        grid: &GridChoices,
        keys_are_commands: bool,
        actions: &mut Vec<UiAction>,
    ) {
        let Some(sample) = self.review.sample.clone() else {
            sample::show_none(ui);
            return;
        };
        let judgement = self.review.shown_judgement();
        let highlights = settings.highlights && self.review.shows(Shown::Evidence);
        view_state.fit_tiles(grid);
        let (is_enlarged, focus) = self.focus_in(view_state);
        let is_pair = view_state.is_comparing() && !sample.negatives.is_empty();
        let wide = if is_pair { view_state.blinking.turn(ui.ctx(), keys_are_commands) } else { None };
        let negatives_in_view = matches!(view_state.scene, Scene::Grid).then(|| self.negatives_in_view()).flatten();
        let scroll = take_scroll(&mut view_state.scene);
        self.aim_at_evidence(view_state, highlights, ui.ctx().pixels_per_point());
        if self.store.is_ready(&sample.positive.path) {
            self.review.positive_came();
        }
        if !self.review.open_warnings().is_empty() {
            let tiles = self.seen();
            self.review.tiles_were_shown(&tiles);
        }
        let feedback = self.feedback(ui.ctx());
        let preview = feedback.preview.clone();
        let known = sample.tiles().map(|tile| self.store.full_size(&Picture::Tile(tile.path.clone())));
        self.shapes.update(self.review.cursor(), ui.input(|input| input.time), known);
        let panes = self.open_panes(view_state, &sample, highlights);
        let opening = self.open_compared(view_state, &sample, highlights);
        let seen = self.tiles_seen(&sample);
        let scene = FrameScene {
            seen: seen.clone(),
            layout: view_state.layout(grid.of(sample.negatives.len())),
            scene: &view_state.scene,
            zooms: &view_state.zooming,
            picked: &view_state.reading_view.picked,
            wide,
            scroll,
            panes,
            opening,
            keys_are_commands,
        };
        let placed = self.placed.iter().find(|placed| placed.position == focus);
        let fitted = placed.filter(|_| view_state.has_panes()).map(|placed| placed.painted.scale);
        let text = TextOfTiles { texts: &self.texts, view: &view_state.text, on: highlights };
        let shapes = self.shapes.get(self.review.cursor()).unwrap_or_default();
        let mut tiles = SampleTiles { review: &self.review, store: &mut self.store, sample: &sample, shapes, text };
        let view = SampleView {
            judge: JudgeView {
                hides_roles: self.review.hides_roles(),
                judgement: &judgement,
                known_tags: self.review.stats.tags(),
                feedback,
            },
            query: query_view(ui.ctx(), &self.review, &sample, view_state, negatives_in_view, fitted),
            scene: tiles.of_frame(scene),
        };
        let drawn = sample::show(ui, &view, &mut view_state.writing, &mut view_state.tile_search, actions);
        drop(view);
        self.keep_opened(view_state, &sample, &drawn.opened);
        self.area = Some(drawn.area);
        self.record_painted(&sample, drawn.placed, is_enlarged, focus);
        self.visible_pictures.extend(drawn.thumbnails);
        // What this frame showed may change what accepting confirms, which was drawn before.
        let changed = self.feedback(ui.ctx()).preview != preview || self.tiles_seen(&sample) != seen;
        if self.viewing_time.painted(self.review.cursor()) || changed {
            ui.ctx().request_repaint();
        }
        self.draw_loupe(ui, view_state, settings, keys_are_commands);
    }

    /// Whether the scene shows the tile in focus enlarged, and the position of that tile.
    fn focus_in(&self, view_state: &ViewState) -> (bool, ScenePosition) {
        match &view_state.scene {
            Scene::Grid => (false, self.review.focus.into()),
            Scene::ReadingView | Scene::Alone | Scene::Compare { .. } => (true, self.review.focus.into()),
            Scene::Page(page) => (page.alone, page.focus),
            Scene::Tiles(_) => (true, view_state.focus(self.review.focus)),
        }
    }

    fn draw_loupe(&mut self, ui: &Ui, view_state: &ViewState, settings: &Settings, keys_are_commands: bool) {
        if !keys_are_commands || !(view_state.loupe || is_held(ui.ctx(), Command::View(ViewCommand::Loupe))) {
            return;
        }
        let pointer = ui.input(|input| input.pointer.latest_pos());
        let under = pointer.and_then(|at| self.placed.iter().find(|placed| placed.frame.contains(at)));
        // Without a mouse the loupe shows the evidence on the tile in focus, or its middle.
        let focus = view_state.focus(self.review.focus);
        let focused = || self.placed.iter().find(|placed| placed.position == focus);
        let Some(placed) = under.or_else(focused).cloned() else { return };
        let has_evidence = self.review.shows(Shown::Evidence);
        let evidence = || self.evidence_spot(view_state, &placed).filter(|_| has_evidence);
        let pointed = pointer.filter(|at| placed.frame.contains(*at));
        let spot = pointed.or_else(evidence).unwrap_or(placed.frame.center());
        let state = self.store.get_for_display(&placed.picture, PictureSize::Full);
        loupe::show(ui.ctx(), spot, &placed.painted, &state, settings.loupe_scale);
        self.visible_pictures.push(TileRequest { picture: placed.picture, grade: PictureSize::Full, width: u32::MAX });
    }
}

impl<'a> SampleTiles<'a, '_> {
    /// The view of a frame's scene.
    fn of_frame(&mut self, frame: FrameScene<'a>) -> SceneView<'a> {
        match frame.scene {
            Scene::Page(page) => self.of_page(page, frame.scroll),
            Scene::Tiles(search) => SceneView::Search(self.of_search(search, frame.scroll)),
            Scene::ReadingView | Scene::Alone => self.in_panes(frame),
            Scene::Grid | Scene::Compare { .. } => self.in_frames(&frame),
        }
    }

    /// The tiles of the reading view, or the tile alone, in panes.
    fn in_panes(&mut self, frame: FrameScene<'a>) -> SceneView<'a> {
        let strip = self.thumbnails(&frame.panes, frame.picked, &frame.seen);
        let (strip, line) = match frame.scene {
            Scene::ReadingView => (strip, None),
            _ => (Vec::new(), Some(MarksLineView { tiles: strip, hints: HINTS_ALONE.to_vec() })),
        };
        let scale = match frame.zooms.scale {
            Some(scale) => PaneScale::Chosen(scale),
            None if frame.panes.len() > 2 => PaneScale::Width,
            None => PaneScale::Readable,
        };
        let view = self.of_panes(frame.panes, strip, scale);
        SceneView::Panes { view, line, holds_tab: frame.keys_are_commands }
    }

    /// The tiles of the grid or of a comparison.
    fn in_frames(&mut self, frame: &FrameScene<'a>) -> SceneView<'a> {
        let (tiles, hint, line) = self.of_scene(frame.scene, frame.wide, &frame.seen);
        let is_comparing = matches!(frame.scene, Scene::Compare { .. });
        SceneView::Sample {
            sample: self.review.cursor(),
            tiles,
            layout: if frame.wide.is_some() { TileLayout::Alone } else { frame.layout },
            line,
            wide: frame.wide.is_some(),
            zooms: frame.zooms,
            opening: frame.opening.clone(),
            hint,
            holds_tab: frame.keys_are_commands && is_comparing && hint.is_none(),
        }
    }
}

/// Whether the tile in focus has to be brought into view: in one frame only.
fn take_scroll(scene: &mut Scene) -> bool {
    match scene {
        Scene::Page(page) if page.shows_list() => std::mem::take(&mut page.scroll),
        Scene::Tiles(search) => std::mem::take(&mut search.scroll),
        _ => false,
    }
}

/// Whether a command's key is held. The keymap is fetched first: the context's lock must not be
/// taken within itself.
fn is_held(ctx: &Context, command: Command) -> bool {
    let keymap = keymap::from_context(ctx);
    ctx.input(|input| keymap.is_held(command, input))
}
