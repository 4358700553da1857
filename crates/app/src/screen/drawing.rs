//! The view of the current sample, built from the review, the loaded pictures and the scene.
//! `ui/sample.rs` draws it.

use std::collections::HashMap;

use egui::{Context, Ui};
use tilejury_audit::text::capital;
use tilejury_audit::{Relevance, Verdict};
use tilejury_data::sample::TileRef;
use tilejury_data::{Sample, TilePath, TileSlot};

use super::blinking::Side;
use super::panel_views;
use super::review_screen::ReviewScreen;
use super::similar::alike_negatives;
use super::similar_scene::SimilarScene;
use super::text_view::TextView;
use super::view_state::{HomeScene, PageScene, Scene, TileSearchScene, ViewState};
use crate::command::{Command, ReviewCommand, ViewCommand, keymap};
use crate::review::{AcceptWarning, Review, SUSPICIOUS};
use crate::settings::{GridChoices, Settings};
use crate::similar::NearQuery;
use crate::tile_request::{Picture, PictureSize, TileRequest};
use crate::tile_store::TileStore;
use crate::tile_texts::TileTexts;
use crate::ui::found_tiles::HitView;
use crate::ui::grid_layout::{TileShape, USUAL_SHAPE};
use crate::ui::highlights::HighlightView;
use crate::ui::judge_bar::JudgeView;
use crate::ui::placement::TileLayout;
use crate::ui::query::QueryView;
use crate::ui::reading_view::{HINTS_ALONE, HINTS_COMPARING, MarksLineView, PaneScale, PaneSpot};
use crate::ui::sample::{self, SampleView, SceneView};
use crate::ui::similar::{GroupsView, RowLine, SimilarView, TileGroupLine};
use crate::ui::tile::{TileFindingsView, TileRole, TileView};
use crate::ui::tile_search::TileSearchView;
use crate::ui::{ScenePosition, UiAction, loupe};

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
        let judgement = self.review.judgement();
        view_state.fit_tiles(grid);
        let (is_enlarged, focus) = match &view_state.scene {
            Scene::Grid => (false, self.review.focus.into()),
            Scene::ReadingView | Scene::Alone | Scene::Compare { .. } => (true, self.review.focus.into()),
            Scene::Page(page) => (page.alone, page.focus),
            Scene::Tiles(_) => (true, view_state.focus(self.review.focus)),
        };
        let is_pair = view_state.is_comparing() && !sample.negatives.is_empty();
        let wide = if is_pair { view_state.blinking.turn(ui.ctx(), keys_are_commands) } else { None };
        let negatives_in_view = matches!(view_state.scene, Scene::Grid).then(|| self.negatives_in_view()).flatten();
        let scroll = match &mut view_state.scene {
            Scene::Page(page) if page.shows_list() => std::mem::take(&mut page.scroll),
            Scene::Tiles(search) => std::mem::take(&mut search.scroll),
            _ => false,
        };
        self.aim_at_evidence(view_state, settings.highlights);
        let feedback = self.feedback(ui.ctx());
        let preview = feedback.preview.clone();
        let known = sample.tiles().map(|tile| self.store.full_size(&Picture::Tile(tile.path.clone())));
        self.shapes.update(self.review.cursor(), ui.input(|input| input.time), known);
        let panes = self.open_panes(view_state, &sample, settings.highlights);
        let inspected: Vec<bool> =
            TileSlot::first(sample.negatives.len() + 1).map(|slot| self.is_inspected(slot)).collect();
        let text = TextOfTiles { texts: &self.texts, view: &view_state.text, on: settings.highlights };
        let shapes = self.shapes.get(self.review.cursor()).unwrap_or_default();
        let mut tiles = SampleTiles { review: &self.review, store: &mut self.store, sample: &sample, shapes, text };
        let placed = self.placed.iter().find(|placed| placed.position == focus);
        let fitted = placed.filter(|_| view_state.has_panes()).map(|placed| placed.painted.scale);
        let view = SampleView {
            judge: JudgeView { judgement: &judgement, known_tags: self.review.stats.tags(), feedback },
            query: query_view(ui.ctx(), &self.review, &sample, view_state, negatives_in_view, fitted),
            scene: match &view_state.scene {
                Scene::Page(page) => tiles.of_page(page, scroll),
                Scene::Tiles(search) => SceneView::Search(tiles.of_search(search, scroll)),
                Scene::ReadingView | Scene::Alone => {
                    let strip = tiles.thumbnails(&panes, &view_state.reading_view.picked, &inspected);
                    let (strip, line) = match view_state.scene {
                        Scene::ReadingView => (strip, None),
                        _ => (Vec::new(), Some(MarksLineView { tiles: strip, hints: HINTS_ALONE.to_vec() })),
                    };
                    let scale = match view_state.zooming.scale {
                        Some(scale) => PaneScale::Chosen(scale),
                        None if panes.len() > 2 => PaneScale::Width,
                        None => PaneScale::Readable,
                    };
                    SceneView::Panes { view: tiles.of_panes(panes, strip, scale), line, holds_tab: keys_are_commands }
                }
                scene => {
                    let (tiles, hint, line) = tiles.of_scene(scene, wide, &inspected);
                    SceneView::Sample {
                        sample: self.review.cursor(),
                        tiles,
                        layout: match wide {
                            Some(_) => TileLayout::Alone,
                            None => view_state.layout(grid.of(sample.negatives.len())),
                        },
                        line,
                        wide: wide.is_some(),
                        zooms: &view_state.zooming,
                        hint,
                        holds_tab: keys_are_commands && view_state.is_comparing() && hint.is_none(),
                    }
                }
            },
        };
        let drawn = sample::show(ui, &view, &mut view_state.writing, &mut view_state.tile_search, actions);
        drop(view);
        self.area = Some(drawn.area);
        self.record_painted(&sample, drawn.placed, is_enlarged, focus);
        self.visible_pictures.extend(drawn.thumbnails);
        // What this frame showed may change what accepting confirms, which was drawn before.
        let changed = self.feedback(ui.ctx()).preview != preview;
        if self.viewing_time.painted(self.review.cursor()) || changed {
            ui.ctx().request_repaint();
        }
        self.draw_loupe(ui, view_state, settings, keys_are_commands);
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
        let evidence = || self.evidence_spot(&placed.picture, &placed.painted);
        let pointed = pointer.filter(|at| placed.frame.contains(*at));
        let spot = pointed.or_else(evidence).unwrap_or(placed.frame.center());
        let state = self.store.get_for_display(&placed.picture, PictureSize::Full);
        loupe::show(ui.ctx(), spot, &placed.painted, &state, settings.loupe_scale);
        self.visible_pictures.push(TileRequest { picture: placed.picture, grade: PictureSize::Full, width: u32::MAX });
    }
}

fn query_view<'a>(
    ctx: &Context,
    review: &'a Review,
    sample: &'a Sample,
    view_state: &ViewState,
    in_view: Option<usize>,
    fitted: Option<f32>,
) -> QueryView<'a> {
    let (cursor, dataset) = (review.cursor(), review.dataset());
    let home = match view_state.home {
        HomeScene::ReadingView => "Back",
        HomeScene::Grid => "All tiles",
    };
    QueryView {
        query: &sample.query,
        answer: sample.answer.as_deref(),
        added: review.added(),
        sample: cursor,
        split: &dataset.split_of(cursor).name,
        line: dataset.line_of(cursor),
        negatives: sample.negatives.len(),
        left_out: review.left_out,
        in_view,
        moved_alone: view_state.zooming.alone.len(),
        reasons: review.judgement().reasons.into_iter().collect(),
        verdict: review.session.statuses().get(cursor.index()).and_then(|status| status.verdict),
        strip: panel_views::reasons(review, view_state.asking),
        unfolded: view_state.query_unfolded,
        held: warning_text(ctx, review),
        zoom: view_state.zooming.scale,
        fitted,
        scene: match &view_state.scene {
            // The page and the search have a line of their own.
            Scene::Grid | Scene::ReadingView | Scene::Page(_) | Scene::Tiles(_) => None,
            Scene::Alone => Some((home, Command::View(ViewCommand::Alone))),
            Scene::Compare { .. } => Some((home, Command::View(ViewCommand::Compare))),
        },
    }
}

/// The warnings before the sample is accepted, each with its keys.
fn warning_text(ctx: &Context, review: &Review) -> Option<String> {
    let warnings = review.open_warnings();
    let keymap = keymap::from_context(ctx);
    let (accept, reject) =
        (keymap.first(ReviewCommand::Judge(Verdict::Accept)), keymap.first(ReviewCommand::Judge(Verdict::Reject)));
    let mark = |slot: TileSlot| match u8::try_from(slot.index()) {
        Ok(number @ 1..=9) => keymap.first(ReviewCommand::ToggleNegative(number)),
        _ => format!("{} on it", keymap.first(ReviewCommand::ToggleFocused)),
    };
    let (mut sentences, mut suspects) = (Vec::new(), Vec::new());
    for warning in warnings {
        match warning {
            AcceptWarning::Positive(Relevance::Broken) => {
                sentences.push(format!("The positive is marked broken: {reject} rejects, {accept} again accepts."));
            }
            AcceptWarning::Positive(_) => {
                sentences.push(format!("The positive is marked wrong: {reject} rejects, {accept} again accepts."));
            }
            AcceptWarning::NoPicture => {
                sentences.push(format!("The positive's picture is missing: {accept} again accepts without it."));
            }
            AcceptWarning::Suspect(slot) => suspects.push(*slot),
        }
    }
    let is = |slot: &TileSlot| format!("negative {slot} {}", review.suspicion_of(*slot));
    match &suspects[..] {
        [] => {}
        [slot] => sentences.push(format!(
            "{}. {accept} again marks it not relevant, {} relevant.",
            capital(&is(slot)),
            mark(*slot)
        )),
        slots => {
            // The reasons come last, where a narrow window cuts the line.
            let list = |of: &dyn Fn(&TileSlot) -> String| slots.iter().map(of).collect::<Vec<_>>().join(", ");
            let (numbers, keys, reasons) = (list(&ToString::to_string), list(&|slot| mark(*slot)), list(&is));
            sentences.push(format!(
                "{accept} again marks negatives {numbers} not relevant; {keys} mark them relevant. {}.",
                capital(&reasons)
            ));
        }
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// Builds the views of tiles.
pub(super) struct SampleTiles<'a, 's> {
    pub(super) review: &'a Review,
    pub(super) sample: &'a Sample,
    pub(super) store: &'s mut TileStore,
    /// The shapes of the sample's tiles, the positive's first.
    pub(super) shapes: &'s [TileShape],
    pub(super) text: TextOfTiles<'a>,
}

/// The texts of tiles, and what of them is marked.
#[derive(Clone, Copy)]
pub(super) struct TextOfTiles<'s> {
    pub(super) texts: &'s TileTexts,
    view: &'s TextView,
    pub(super) on: bool,
}

impl TextOfTiles<'_> {
    fn of_tile(&self, sample: &Sample, position: ScenePosition, tile: &TilePath) -> HighlightView {
        let any_read = self.texts.any_read();
        let title = self.texts.title(sample.key, tile).cloned();
        HighlightView {
            any_read,
            title,
            ..self.view.of_tile(position, tile, self.texts.get(sample.key, tile), self.on)
        }
    }
}

impl<'a> SampleTiles<'a, '_> {
    /// The sample's tiles in a scene, a hint where it shows something else than it should, and the
    /// line of a comparison. `wide`: the tile of a comparison that is shown alone.
    fn of_scene(
        &mut self,
        scene: &Scene,
        wide: Option<Side>,
        inspected: &[bool],
    ) -> (Vec<TileView<'a>>, Option<&'static str>, Option<MarksLineView>) {
        let (focus, negatives) = (self.review.focus, self.sample.negatives.len());
        let other = focus.nearest_negative(negatives);
        match scene {
            Scene::Compare { .. } if negatives == 0 => {
                let hint = "This sample has no negative to compare its positive with.";
                (self.views(&[TileSlot::POSITIVE]), Some(hint), None)
            }
            Scene::Compare { difference } => {
                let mut views = self.views(&[TileSlot::POSITIVE, other]);
                if let ([positive, other], true) = (views.as_mut_slice(), *difference) {
                    other.picture = difference_of(positive, other);
                    other.state = self.store.get_for_display(&other.picture, PictureSize::Shown);
                    other.highlight = HighlightView::default();
                }
                match wide {
                    Some(Side::Positive) => views.truncate(1),
                    Some(Side::Negative) => drop(views.drain(..1)),
                    None => {}
                }
                let panes = [(TileSlot::POSITIVE, PaneSpot::Top), (other, PaneSpot::Top)];
                let tiles = self.thumbnails(&panes, &[], inspected);
                (views, None, Some(MarksLineView { tiles, hints: HINTS_COMPARING.to_vec() }))
            }
            Scene::Grid | Scene::ReadingView | Scene::Alone | Scene::Page(_) | Scene::Tiles(_) => {
                (self.views(&TileSlot::first(negatives + 1).collect::<Vec<_>>()), None, None)
            }
        }
    }

    /// The views of some of the sample's tiles.
    pub(super) fn views(&mut self, slots: &[TileSlot]) -> Vec<TileView<'a>> {
        let (review, store, shapes, text) = (self.review, &mut *self.store, self.shapes, self.text);
        let judgement = review.judgement();
        let tiles: Vec<&TileRef> = self.sample.tiles().collect();
        let mut first_of: HashMap<&TilePath, TileSlot> = HashMap::new();
        let remarks: Vec<Option<String>> = TileSlot::of_tiles(self.sample)
            .map(|(slot, tile)| match *first_of.entry(&tile.path).or_insert(slot) {
                first if first == slot => None,
                TileSlot::POSITIVE => Some("same as the positive".to_owned()),
                first => Some(format!("same as {first}")),
            })
            .collect();
        let mut view = |slot: TileSlot, tile: &'a TileRef| {
            let picture = Picture::Tile(tile.path.clone());
            TileView {
                position: slot.into(),
                role: if slot.is_positive() { TileRole::Positive } else { TileRole::Negative(slot) },
                spelling: &tile.spelling,
                relevance: judgement.relevance(&tile.path),
                state: store.get_for_display(&picture, PictureSize::Shown),
                shape: shapes.get(slot.index()).copied().unwrap_or(USUAL_SHAPE),
                highlight: text.of_tile(self.sample, slot.into(), &tile.path),
                picture,
                focused: slot == review.focus,
                signals: findings_of(review, slot),
                remark: remarks[slot.index()].clone(),
            }
        };
        slots.iter().filter_map(|slot| Some(view(*slot, tiles.get(slot.index()).copied()?))).collect()
    }

    /// The page that a tile is cut from.
    fn of_page(&mut self, page: &'a PageScene, scroll: bool) -> SceneView<'a> {
        let tiles = page.tiles.as_ref().map(|paths| {
            let judgement = self.review.judgement();
            paths
                .iter()
                .enumerate()
                .map(|(at, path)| self.page_tile(page, ScenePosition::new(at), path, judgement.relevance(path)))
                .collect()
        });
        SceneView::Page {
            name: page.of.page_name().unwrap_or(page.of.tail()),
            tiles,
            focus: page.focus,
            alone: page.alone,
            scroll,
            zooms: &page.zooming,
        }
    }

    /// The search in the texts of tiles.
    fn of_search(&mut self, search: &'a TileSearchScene, scroll: bool) -> TileSearchView<'a> {
        let (rows, added) = (search.rows.as_ref(), self.review.added());
        let hits = search.hits().iter().map(|hit| HitView {
            tile: &hit.tile,
            score: hit.score,
            snippet: &hit.snippet,
            title: self.text.texts.title(self.sample.key, &hit.tile).map(|title| &**title),
            passage: self
                .text
                .texts
                .get(self.sample.key, &hit.tile)
                .and_then(|evidence| evidence.highlights.snippet.as_ref()),
            slot: TileSlot::find(self.sample, &hit.tile),
            is_added: added.contains(&hit.tile),
            rows: rows.map(|rows| rows.get(&hit.tile).map_or(&[][..], Vec::as_slice)),
            state: self.store.get_for_display(&Picture::Tile(hit.tile.clone()), PictureSize::Shown),
        });
        let hits = hits.collect();
        let found = search.chosen().map(|tile| self.found_tile(search.focus, tile, added.contains(tile)));
        let mut tiles = if search.alone && found.is_some() { Vec::new() } else { self.views(&[TileSlot::POSITIVE]) };
        // The found tile alone is in focus.
        tiles.iter_mut().for_each(|positive| positive.focused = false);
        tiles.extend(found);
        TileSearchView {
            dataset: self.review.dataset(),
            searched: search.found.as_ref().map(|found| match found {
                Ok(found) => Ok(found.searched),
                Err(reason) => Err(reason.as_str()),
            }),
            hits,
            focus: search.focus,
            scroll,
            is_searching: search.is_searching,
            similar: search.similar.as_ref().map(|similar| self.of_similar(search, similar)),
            layout: if tiles.len() == 1 { TileLayout::Alone } else { TileLayout::Pair },
            tiles,
            zooms: &search.zooming,
        }
    }

    /// The tiles and queries like one.
    fn of_similar(&mut self, search: &'a TileSearchScene, similar: &'a SimilarScene) -> SimilarView<'a> {
        let review = self.review;
        let row = |near: &'a NearQuery| RowLine {
            sample: near.sample,
            query: &near.query,
            nearness: near.nearness,
            status: review.session.statuses().get(near.sample.index()).copied().unwrap_or_default(),
        };
        let mut tile_groups = |groups: &'a Vec<Vec<TilePath>>| {
            let first = |group: &'a Vec<TilePath>| {
                let tile = group.first()?;
                let state = self.store.get_for_display(&Picture::Tile(tile.clone()), PictureSize::Shown);
                Some(TileGroupLine { tile, tiles: group.len(), state })
            };
            groups.iter().filter_map(first).collect()
        };
        let groups = similar.groups.as_ref().filter(|_| similar.shows_groups).map(|groups| GroupsView {
            tiles: groups.tiles.as_ref().map(&mut tile_groups),
            queries: groups.queries.iter().map(|rows| rows.iter().map(row).collect()).collect(),
        });
        let compared = search.found.as_ref().and_then(|found| found.as_ref().ok());
        SimilarView {
            name: &similar.name,
            compared: compared.map(|found| (found.searched, found.others)),
            rows: similar.queries.as_ref().map(|rows| rows.iter().map(row).collect()),
            markable: if similar.shows_groups { 0 } else { alike_negatives(search, review.cursor()).len() },
            shows_groups: similar.shows_groups,
            groups,
        }
    }

    /// The found tile at a position of the list. `is_added`: it was added to the row.
    fn found_tile(&mut self, at: usize, path: &'a TilePath, is_added: bool) -> TileView<'a> {
        let picture = Picture::Tile(path.clone());
        let slot = TileSlot::find(self.sample, path);
        let judgement = self.review.judgement();
        TileView {
            position: ScenePosition::new(TileSearchScene::FOUND),
            role: match slot {
                Some(TileSlot::POSITIVE) => TileRole::Positive,
                Some(slot) => TileRole::Negative(slot),
                None => TileRole::Found(at + 1),
            },
            spelling: path.as_str(),
            relevance: slot.and(judgement.relevance(path)),
            state: self.store.get_for_display(&picture, PictureSize::Shown),
            shape: self.store.full_size(&picture).unwrap_or(USUAL_SHAPE),
            highlight: self.text.of_tile(self.sample, ScenePosition::new(TileSearchScene::FOUND), path),
            picture,
            focused: true,
            signals: slot.map_or_else(TileFindingsView::default, |slot| findings_of(self.review, slot)),
            remark: match slot {
                Some(_) => Some(format!("found tile {}", at + 1)),
                None => is_added.then(|| "added to the row".to_owned()),
            },
        }
    }

    fn page_tile(
        &mut self,
        page: &PageScene,
        position: ScenePosition,
        path: &'a TilePath,
        mark: Option<Relevance>,
    ) -> TileView<'a> {
        let picture = Picture::Tile(path.clone());
        let slot = TileSlot::find(self.sample, path);
        TileView {
            position,
            role: match slot {
                Some(TileSlot::POSITIVE) => TileRole::Positive,
                Some(slot) => TileRole::Negative(slot),
                None => TileRole::Neighbour(position.index() + 1),
            },
            spelling: path.as_str(),
            relevance: slot.and(mark),
            state: self.store.get_for_display(&picture, PictureSize::Shown),
            shape: self.store.full_size(&picture).unwrap_or(USUAL_SHAPE),
            highlight: self.text.of_tile(self.sample, position, path),
            picture,
            focused: position == page.focus,
            signals: slot.map_or_else(TileFindingsView::default, |slot| findings_of(self.review, slot)),
            remark: slot.map(|_| format!("tile {} of the page", position.index() + 1)),
        }
    }
}

pub(super) fn findings_of(review: &Review, slot: TileSlot) -> TileFindingsView<'_> {
    let row = review.cursor();
    let score = review.signals.tile_score(row, slot);
    TileFindingsView {
        findings: review.signals.of_tile(row, slot),
        suspicion: (score >= SUSPICIOUS).then_some(score),
        dataset: Some(review.dataset()),
    }
}

/// Whether a command's key is held. The keymap is fetched first: the context's lock must not be
/// taken within itself.
fn is_held(ctx: &Context, command: Command) -> bool {
    let keymap = keymap::from_context(ctx);
    ctx.input(|input| keymap.is_held(command, input))
}

fn difference_of(positive: &TileView<'_>, other: &TileView<'_>) -> Picture {
    match (&positive.picture, &other.picture) {
        (Picture::Tile(a), Picture::Tile(b)) => Picture::Difference(a.clone(), b.clone()),
        _ => other.picture.clone(),
    }
}
