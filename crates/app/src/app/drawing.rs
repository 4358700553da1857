//! The sample on show: its query, its tiles in the scene that was chosen, the reasons, the bar to judge it.

use std::collections::HashMap;
use std::time::Duration;

use egui::{CentralPanel, EventFilter, Id, Panel, Rect, Sense, Ui};
use tilejury_audit::{Relevance, Verdict};
use tilejury_data::sample::TileRef;
use tilejury_data::{Sample, TilePath};

use super::review_screen::ReviewScreen;
use super::view_state::{PageScene, Scene, ViewState};
use crate::command::{Command, ReviewCommand, ViewCommand, keymap};
use crate::review::AcceptWarning;
use crate::settings::Settings;
use crate::tile_loader::{Picture, PictureSize, TileRequest};
use crate::ui::judge_bar::{self, JudgeView};
use crate::ui::placement::TileLayout;
use crate::ui::query::{self, QueryView};
use crate::ui::tile::{TileRole, TileView};
use crate::ui::tiles::{self, PlacedTile};
use crate::ui::{UiAction, loupe, page};

/// How long one of two pictures is on show before the other takes its place.
const BLINK_SECS: f64 = 0.4;

type Painted = Vec<(PlacedTile, usize, Picture)>;

impl ReviewScreen {
    /// Draws the sample. `keys` says that keys are not meant for a text field or a dialog.
    pub(super) fn draw(
        &mut self,
        ui: &mut Ui,
        look: &mut ViewState,
        settings: &Settings,
        columns: Option<usize>,
        keys: bool,
        acts: &mut Vec<UiAction>,
    ) {
        let Some(sample) = self.review.sample.clone() else {
            CentralPanel::default().show(ui, |ui| {
                ui.heading("This dataset has no usable row");
                ui.label("Messages (in the File menu) tell what is wrong with its lines; another dataset can be opened there, too.");
            });
            return;
        };
        let judgement = self.review.judgement();
        Panel::bottom("judge").show(ui, |ui| {
            ui.add_space(4.0);
            let view = JudgeView { judgement: &judgement, known_tags: self.review.tags() };
            judge_bar::show(ui, &view, &mut look.writing, acts);
            ui.add_space(4.0);
        });
        CentralPanel::default().show(ui, |ui| {
            self.query(ui, &sample, look, acts);
            ui.add_space(4.0);
            let area = ui.available_rect_before_wrap();
            self.area = Some(area);
            let painted = match &mut look.scene {
                Scene::Page(page) => self.page(ui, &sample, page, acts),
                _ => self.sample(ui, &sample, look, columns, keys, acts),
            };
            let (large, focus) = match &look.scene {
                Scene::Grid => (false, self.review.focus),
                Scene::Alone | Scene::Compare { .. } => (true, self.review.focus),
                Scene::Page(page) => (page.alone, page.focus),
            };
            self.record_painted(&sample, painted, large, focus);
            if self.visible.painted(self.review.queue.cursor) {
                ui.ctx().request_repaint();
            }
            self.loupe(ui, look, settings, keys);
        });
    }

    fn query(&self, ui: &mut Ui, sample: &Sample, look: &ViewState, acts: &mut Vec<UiAction>) {
        let cursor = self.review.queue.cursor;
        let dataset = self.review.dataset();
        let view = QueryView {
            query: &sample.query,
            answer: sample.answer.as_deref(),
            split: &dataset.split_of(cursor).name,
            line: dataset.line_of(cursor),
            negatives: sample.negatives.len(),
            left_out: self.review.left_out,
            in_view: matches!(look.scene, Scene::Grid).then(|| self.negatives_in_view()).flatten(),
            moved_alone: look.zooming.alone.len(),
            reasons: self.review.judgement().reasons.into_iter().collect(),
            verdict: self.review.session.standings().get(cursor).and_then(|standing| standing.verdict),
            held: self.words_of_hold(ui, look),
            zoom: look.zooming.shared.factor,
            scene: match &look.scene {
                // The page has a line of its own.
                Scene::Grid | Scene::Page(_) => None,
                Scene::Alone => Some(("All tiles", Command::View(ViewCommand::Alone))),
                Scene::Compare { .. } => Some(("All tiles", Command::View(ViewCommand::Compare))),
            },
        };
        query::show(ui, &view, acts);
    }

    /// What is asked before the sample is accepted, in words: what is the matter, and which key does what.
    fn words_of_hold(&self, ui: &Ui, look: &ViewState) -> Option<String> {
        let asks = self.review.open_asks();
        let keymap = keymap::from_context(ui.ctx());
        let (accept, reject) =
            (keymap.first(ReviewCommand::Judge(Verdict::Accept)), keymap.first(ReviewCommand::Judge(Verdict::Reject)));
        let mark = |place: usize| match u8::try_from(place) {
            Ok(number @ 1..=9) if !look.is_comparing() => keymap.first(ReviewCommand::ToggleNegative(number)),
            _ => format!("{} on it", keymap.first(ReviewCommand::ToggleFocused)),
        };
        let words = asks.iter().map(|ask| match ask {
            AcceptWarning::Positive(Relevance::Broken) => {
                format!("The positive is marked broken: {reject} rejects, {accept} again accepts.")
            }
            AcceptWarning::Positive(_) => {
                format!("The positive is marked wrong: {reject} rejects, {accept} again accepts.")
            }
            AcceptWarning::NoPicture => {
                format!("The positive's picture is not here: {accept} again accepts without it.")
            }
            AcceptWarning::Suspect(place) => {
                let what = self.review.suspicion_of(*place);
                format!("Negative {place} {what}. {accept} again: not relevant; {}: relevant.", mark(*place))
            }
        });
        (!asks.is_empty()).then(|| words.collect::<Vec<_>>().join(" "))
    }

    /// The sample's tiles: all, one, or two.
    fn sample(
        &mut self,
        ui: &mut Ui,
        sample: &Sample,
        look: &mut ViewState,
        columns: Option<usize>,
        keys: bool,
        acts: &mut Vec<UiAction>,
    ) -> Painted {
        let layout = look.layout(columns);
        let focus = self.review.focus;
        let views: Vec<TileView<'_>> = match look.scene {
            Scene::Compare { difference } if !sample.negatives.is_empty() => {
                if keys {
                    hold_tab(ui);
                }
                let blink = blinks(ui, look, keys);
                let mut views = self.views(sample, &[0, focus.max(1)], layout);
                match views.as_mut_slice() {
                    [positive, other] if difference => {
                        other.picture = difference_of(positive, other);
                        other.state = self.store.show(&other.picture, PictureSize::Shown);
                    }
                    _ => {}
                }
                if blink {
                    views.splice(..1, self.views(sample, &[focus.max(1)], layout));
                }
                views
            }
            Scene::Compare { .. } => {
                ui.label("This sample has no negative to compare its positive with.");
                self.views(sample, &[0], layout)
            }
            Scene::Alone => self.views(sample, &[focus], layout),
            _ => self.views(sample, &(0..=sample.negatives.len()).collect::<Vec<_>>(), layout),
        };
        let placed = tiles::show(ui, self.review.queue.cursor, &views, layout, &look.zooming, acts);
        pictures(placed, &views)
    }

    /// Views of some of the sample's tiles, by their places.
    fn views<'a>(&mut self, sample: &'a Sample, places: &[usize], layout: TileLayout) -> Vec<TileView<'a>> {
        let judgement = self.review.judgement();
        let focus = self.review.focus;
        let scrolls = self.area.is_some_and(|area| tiles::scrolls(layout, area, sample.negatives.len() + 1));
        let tiles: Vec<&TileRef> = sample.tiles().collect();
        let mut first_of: HashMap<&TilePath, usize> = HashMap::new();
        let remarks: Vec<Option<String>> = tiles
            .iter()
            .enumerate()
            .map(|(at, tile)| match *first_of.entry(&tile.path).or_insert(at) {
                first if first == at => None,
                0 => Some("same as the positive".to_owned()),
                first => Some(format!("same as {first}")),
            })
            .collect();
        let mut view = |at: usize, tile: &'a TileRef| {
            let picture = Picture::Tile(tile.path.clone());
            TileView {
                at,
                role: if at == 0 { TileRole::Positive } else { TileRole::Negative(at) },
                spelling: &tile.spelling,
                tail: tile.path.tail(),
                relevance: judgement.relevance(&tile.path),
                state: self.store.show(&picture, PictureSize::Shown),
                picture,
                focused: at == focus,
                signals: self.review.signals_of(at),
                remark: remarks[at].clone(),
                scrolls,
            }
        };
        places.iter().filter_map(|at| Some(view(*at, tiles.get(*at).copied()?))).collect()
    }

    /// The page that a tile is cut from.
    fn page(&mut self, ui: &mut Ui, sample: &Sample, page: &mut PageScene, acts: &mut Vec<UiAction>) -> Painted {
        let name = page.of.page_name().unwrap_or(page.of.tail());
        page::head(ui, name, page.tiles.as_ref().map(Vec::len), acts);
        let Some(paths) = &page.tiles else {
            ui.ctx().request_repaint_after(Duration::from_millis(50));
            return Vec::new();
        };
        if paths.is_empty() {
            ui.label(
                "No shard holds a tile of this page. If tiles are missing altogether, check the dataset (File menu).",
            );
            return Vec::new();
        }
        let judgement = self.review.judgement();
        let views: Vec<TileView<'_>> = paths
            .iter()
            .enumerate()
            .map(|(at, path)| {
                let picture = Picture::Tile(path.clone());
                let place = sample.tiles().position(|tile| tile.path == *path);
                TileView {
                    at,
                    role: match place {
                        Some(0) => TileRole::Positive,
                        Some(number) => TileRole::Negative(number),
                        None => TileRole::Neighbour(at + 1),
                    },
                    spelling: path.as_str(),
                    tail: path.tail(),
                    relevance: place.and_then(|_| judgement.relevance(path)),
                    state: self.store.show(&picture, PictureSize::Shown),
                    picture,
                    focused: at == page.focus,
                    signals: place.and_then(|place| self.review.signals_of(place)),
                    remark: place.map(|_| format!("tile {} of the page", at + 1)),
                    scrolls: !page.alone,
                }
            })
            .collect();
        let placed = match views.get(page.focus) {
            Some(alone) if page.alone => {
                let alone = std::slice::from_ref(alone);
                return pictures(tiles::show(ui, page.focus, alone, TileLayout::Alone, &page.zooming, acts), alone);
            }
            _ => page::tiles(ui, &views, std::mem::take(&mut page.scroll), acts),
        };
        pictures(placed, &views)
    }

    fn loupe(&mut self, ui: &Ui, look: &ViewState, settings: &Settings, keys: bool) {
        if !keys || !(look.loupe || is_held(ui, ViewCommand::Loupe)) {
            return;
        }
        let pointer = ui.input(|input| input.pointer.latest_pos());
        let under = pointer.and_then(|at| self.placed.iter().find(|(placed, ..)| placed.frame.contains(at)));
        // Without a mouse the middle of the tile in focus is as good a spot as any.
        let focus = look.focus(self.review.focus);
        let focused = || self.placed.iter().find(|(_, at, _)| *at == focus);
        let Some((placed, _, picture)) = under.or_else(focused).cloned() else { return };
        let spot = pointer.filter(|at| placed.frame.contains(*at)).unwrap_or(placed.frame.center());
        let state = self.store.show(&picture, PictureSize::Full);
        loupe::show(ui.ctx(), spot, &placed.painted, &state, settings.loupe);
        self.on_show.push(TileRequest { picture, grade: PictureSize::Full, width: u32::MAX });
    }
}

/// The keymap is fetched first: the context's lock is not to be taken within itself.
fn is_held(ui: &Ui, command: ViewCommand) -> bool {
    let keymap = keymap::from_context(ui.ctx());
    ui.input(|input| keymap.is_held(command, input))
}

fn pictures(placed: Vec<PlacedTile>, views: &[TileView<'_>]) -> Painted {
    placed
        .into_iter()
        .filter_map(|placed| {
            let view = views.get(placed.view)?;
            Some((placed, view.at, view.picture.clone()))
        })
        .collect()
}

fn difference_of(positive: &TileView<'_>, other: &TileView<'_>) -> Picture {
    match (&positive.picture, &other.picture) {
        (Picture::Tile(a), Picture::Tile(b)) => Picture::Difference(a.clone(), b.clone()),
        _ => other.picture.clone(),
    }
}

/// Is it the other picture's turn to be on show? Asks for the frame in which that changes.
fn blinks(ui: &Ui, look: &mut ViewState, keys: bool) -> bool {
    let held = keys && is_held(ui, ViewCommand::Blink);
    let now = ui.input(|input| input.time);
    if !held && !look.blink {
        look.blink_since = None;
        return false;
    }
    let turns = (now - *look.blink_since.get_or_insert(now)) / BLINK_SECS;
    ui.ctx().request_repaint_after(Duration::from_secs_f64((turns.floor() + 1.0 - turns) * BLINK_SECS + 0.001));
    // The first turn is the other's: a short press shows it at once.
    turns as i64 % 2 == 0
}

/// In a comparison Tab chooses the tile, and must not wander over the buttons.
fn hold_tab(ui: &mut Ui) {
    let id = Id::unique("comparison");
    ui.interact(Rect::NOTHING, id, Sense::focusable_noninteractive());
    ui.memory_mut(|memory| {
        if memory.focused().is_none() {
            memory.request_focus(id);
        }
        let filter = EventFilter { tab: true, horizontal_arrows: true, vertical_arrows: true, escape: false };
        memory.set_focus_lock_filter(id, filter);
    });
}
