//! A review with the pictures for it: what is on show, what is wished for, and the panels around it.

use std::collections::{HashMap, HashSet};

use egui::{CentralPanel, Context, Panel, Rect};
use tilejury_data::sample::TileRef;
use tilejury_data::{Sample, TilePath};

use super::Look;
use crate::opening::Opened;
use crate::review::Review;
use crate::tile_loader::{TileLoader, Wish};
use crate::tile_store::TileStore;
use crate::ui::full_size;
use crate::ui::judge_bar::{self, JudgeView};
use crate::ui::placement::Zoom;
use crate::ui::query::{self, QueryView};
use crate::ui::tile::TileView;
use crate::ui::{Act, tiles};

/// Pictures brought to the graphics card in one frame: more would make it late.
const PICTURES_A_FRAME: usize = 6;
/// How many samples ahead are decoded, and how many behind.
const AHEAD: i64 = 3;
const BEHIND: i64 = 1;

/// A review with its pictures.
pub(super) struct Reviewing {
    pub(super) review: Review,
    loader: TileLoader,
    store: TileStore,
    /// The tiles of the sample on show that a person has had before their eyes.
    seen: HashSet<TilePath>,
    seen_of: usize,
    /// Where the tiles were painted last.
    area: Option<Rect>,
    widths: Vec<u32>,
    first_tile: bool,
    complete: Option<usize>,
    /// The samples that a person is likely to look at next, and the version of the review they were found in.
    near: (u64, Vec<Sample>),
}

impl Reviewing {
    pub(super) fn start(opened: Opened, ctx: &Context) -> anyhow::Result<Self> {
        let review = Review::start(opened, ctx)?;
        let loader = TileLoader::start(review.dataset().clone(), ctx)?;
        Ok(Self {
            review,
            loader,
            store: TileStore::default(),
            seen: HashSet::new(),
            seen_of: usize::MAX,
            area: None,
            widths: Vec::new(),
            first_tile: false,
            complete: None,
            near: (0, Vec::new()),
        })
    }

    /// Takes in decoded pictures. Returns what happened, for the timings.
    pub(super) fn receive(&mut self, ctx: &Context) -> Vec<&'static str> {
        self.store.begin_frame();
        let mut events = Vec::new();
        for _ in 0..PICTURES_A_FRAME {
            let Some(loaded) = self.loader.next_loaded() else { break };
            self.store.take_in(loaded, ctx);
            ctx.request_repaint();
        }
        let cursor = self.review.queue.cursor;
        let Some(sample) = &self.review.sample else { return events };
        if !self.first_tile && sample.tiles().any(|tile| self.store.is_ready(&tile.path)) {
            self.first_tile = true;
            events.push("first_tile");
        }
        if self.complete != Some(cursor) && sample.tiles().all(|tile| self.store.is_settled(&tile.path)) {
            self.complete = Some(cursor);
            events.push("sample_complete");
        }
        events
    }

    /// Is everything known of the tiles on show that can be known, and have they been painted? Of those in full size
    /// only one is.
    pub(super) fn is_settled(&self, alone: bool) -> bool {
        let Some(sample) = &self.review.sample else { return true };
        let known = sample.tiles().all(|tile| self.store.is_settled(&tile.path));
        let seen = |tile: &TileRef| self.seen.contains(&tile.path) || !self.store.is_ready(&tile.path);
        let on_show = self.seen_of == self.review.queue.cursor;
        known && on_show && if alone { sample.tiles().any(seen) } else { sample.tiles().all(seen) }
    }

    /// How many different tiles the sample on show has.
    pub(super) fn tiles(&self) -> usize {
        self.review.sample.iter().flat_map(|sample| sample.tiles()).map(|tile| &tile.path).collect::<HashSet<_>>().len()
    }

    /// The tiles of the sample on show that were on the screen and loaded: those that an accept confirms.
    pub(super) fn seen(&self) -> Vec<TilePath> {
        if self.seen_of == self.review.queue.cursor { self.seen.iter().cloned().collect() } else { Vec::new() }
    }

    /// Draws the sample: query, tiles, judging.
    pub(super) fn draw(&mut self, ui: &mut egui::Ui, look: &mut Look, acts: &mut Vec<Act>) {
        let Some(sample) = self.review.sample.clone() else {
            CentralPanel::default().show(ui, |ui| {
                ui.label("This dataset has no usable row. File › Messages tells what is wrong.");
            });
            return;
        };
        let judgement = self.review.judgement();
        let cursor = self.review.queue.cursor;
        let dataset = self.review.dataset().clone();
        Panel::bottom("judge").show(ui, |ui| {
            ui.add_space(4.0);
            let of = self.review.reasons_of();
            let reasons_of = self.review.session.judgement(of).cloned().unwrap_or_default();
            let name = (of != cursor).then(|| dataset.place_of(of));
            let view = JudgeView { judgement: &judgement, reasons_of: &reasons_of, reasons_name: name.as_deref() };
            judge_bar::show(ui, &view, &mut look.note, acts);
            ui.add_space(4.0);
        });
        let views = self.views(&sample);
        CentralPanel::default().show(ui, |ui| {
            if let Some(full) = &mut look.full_size
                && let Some(view) = views.get(self.review.focus)
            {
                look.fitting = full_size::show(ui, full, view, &sample.query, acts);
                self.have_seen(&sample, &[view.at]);
                return;
            }
            query::show(
                ui,
                &QueryView {
                    query: &sample.query,
                    answer: sample.answer.as_deref(),
                    split: &dataset.split_of(cursor).name,
                    line: dataset.line_of(cursor),
                    negatives: sample.negatives.len(),
                    verdict: judgement.verdict,
                    zoom: look.zoom.factor,
                },
            );
            ui.add_space(4.0);
            self.area = Some(ui.available_rect_before_wrap());
            let painting = tiles::show(ui, cursor, &views, look.zoom, acts);
            self.widths = painting.widths;
            self.have_seen(&sample, &painting.drawn);
        });
    }

    /// Notes which tiles a person has had before their eyes.
    fn have_seen(&mut self, sample: &Sample, drawn: &[usize]) {
        if self.seen_of != self.review.queue.cursor {
            self.seen.clear();
            self.seen_of = self.review.queue.cursor;
        }
        let tiles: Vec<&TilePath> = sample.tiles().map(|tile| &tile.path).collect();
        let ready = drawn.iter().filter_map(|at| tiles.get(*at)).filter(|path| self.store.is_ready(path));
        self.seen.extend(ready.map(|path| (*path).clone()));
    }

    fn views<'a>(&mut self, sample: &'a Sample) -> Vec<TileView<'a>> {
        let judgement = self.review.judgement();
        let focus = self.review.focus;
        let scrolls = tiles::scrolls(sample.negatives.len());
        let mut first_of: HashMap<&TilePath, usize> = HashMap::new();
        let same_as: Vec<Option<String>> = sample
            .tiles()
            .enumerate()
            .map(|(at, tile)| match *first_of.entry(&tile.path).or_insert(at) {
                first if first == at => None,
                0 => Some("same as the positive".to_owned()),
                first => Some(format!("same as {first}")),
            })
            .collect();
        let view = |(at, tile): (usize, &'a TileRef)| TileView {
            at,
            spelling: &tile.spelling,
            tail: tile.path.tail(),
            relevance: judgement.relevance(&tile.path),
            state: self.store.show(&tile.path),
            focused: at == focus,
            same_as: same_as[at].clone(),
            scrolls,
        };
        sample.tiles().enumerate().map(view).collect()
    }

    /// Tells the loader what is wanted: this sample first, then the next ones, then the one before.
    pub(super) fn wish(&mut self, ctx: &Context, zoom: Zoom, alone: bool) {
        self.look_around();
        let (Some(area), Some(sample)) = (self.area, &self.review.sample) else {
            return;
        };
        let max_side = ctx.input(|input| input.max_texture_side) as u32;
        let pixels_per_point = ctx.pixels_per_point();
        let (mut wishes, mut wished) = (Vec::new(), HashSet::new());
        if alone && let Some(tile) = sample.tiles().nth(self.review.focus) {
            wishes.push(Wish { path: tile.path.clone(), width: u32::MAX });
            wished.insert(&tile.path);
        }
        let current = tiles::widths(area, sample.negatives.len() + 1, zoom, pixels_per_point);
        let widths = if self.widths.len() == current.len() && self.seen_of == self.review.queue.cursor {
            &self.widths
        } else {
            &current
        };
        add(&mut wishes, &mut wished, sample, widths);
        for other in &self.near.1 {
            let widths = tiles::widths(area, other.negatives.len() + 1, zoom, pixels_per_point);
            add(&mut wishes, &mut wished, other, &widths);
        }
        wishes.retain(|wish| self.store.wants(wish, max_side));
        self.loader.wish(wishes, max_side);
    }

    /// Finds the samples ahead and behind anew, where anything changed.
    fn look_around(&mut self) {
        if self.near.0 == self.review.version {
            return;
        }
        let queue = &self.review.queue;
        let around = (1..=AHEAD).chain((1..=BEHIND).map(|steps| -steps)).filter_map(|steps| queue.step(steps));
        let unjudged = queue.next_unjudged(self.review.session.standings());
        let indexes = unjudged.into_iter().chain(around).filter(|index| *index != queue.cursor);
        let samples = indexes.filter_map(|index| self.review.dataset().sample(index).ok()).collect();
        self.near = (self.review.version, samples);
    }
}

/// Adds a sample's tiles; a tile that is wished already keeps its first, more urgent wish.
fn add<'s>(wishes: &mut Vec<Wish>, wished: &mut HashSet<&'s TilePath>, sample: &'s Sample, widths: &[u32]) {
    for (tile, width) in sample.tiles().zip(widths) {
        if wished.insert(&tile.path) {
            wishes.push(Wish { path: tile.path.clone(), width: *width });
        }
    }
}
