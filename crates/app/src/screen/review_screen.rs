//! A review with its pictures: the tiles that are drawn, requested and seen. The views of them are
//! built in `drawing`.

use std::collections::HashSet;
use std::sync::Arc;

use egui::{Context, Rect};
use tilejury_audit::Verdict;
use tilejury_data::sample::TileRef;
use tilejury_data::{Sample, SampleIndex, TilePath, TileSlot};

use super::exchanging::Exchanging;
use super::first_rows::FirstRows;
use super::link::Link;
use super::questions::Asking;
use super::readings::Readings;
use super::row_shapes::RowShapes;
use super::scanning::DuePixelScan;
use super::seen_tiles::SeenByRow;
use super::sheet_pairs::ContactSheet;
use super::step_report::StepReport;
use super::tile_looks::{TileLooks, is_readable};
use super::view_state::ViewState;
use super::viewing_time::ViewingTime;
use crate::decoded_cache::DecodedTileCache;
use crate::opening::OpenedDataset;
use crate::pixel_scan::PixelScan;
use crate::review::{NamedTiles, Review, SeenTiles, unmarked};
use crate::settings::Settings;
use crate::shard_watch::ShardWatch;
use crate::tile_fetching::samples_ahead;
use crate::tile_loader::TileLoader;
use crate::tile_request::{Picture, PictureSize, TileRequest};
use crate::tile_store::TileStore;
use crate::tile_texts::TileTexts;
use crate::timings::SAMPLE_COMPLETE;
use crate::ui::grid_layout::{TileShape, USUAL_SHAPE};
use crate::ui::placement::TileLayout;
use crate::ui::queue::THUMBNAIL;
use crate::ui::reading_view::Seen;
use crate::ui::tiles::{self, PlacedTile};
use crate::ui::{ScenePosition, reading_view};

/// The most pictures that are uploaded to the graphics card in one frame: more would make it late.
const PICTURES_A_FRAME: usize = 6;
/// The numbers of samples that are decoded ahead of the current one, and before it.
const AHEAD: i64 = 3;
const BEFORE: i64 = 1;
/// The tiles of a sample that are seen first: the positive and the first negative.
const FIRST_TILES: usize = 2;

/// A review with its pictures.
pub(super) struct ReviewScreen {
    pub(super) review: Review,
    pub(super) store: TileStore,
    /// The texts of the tiles that are visible or come next.
    pub(super) texts: TileTexts,
    loader: TileLoader,
    decoded: Arc<DecodedTileCache>,
    /// The pixel scan that is running.
    pub(super) pixels: Option<PixelScan>,
    /// The pixel scan that starts as soon as there are findings from rows.
    pub(super) pixels_due: Option<DuePixelScan>,
    /// The readings of tiles' text.
    pub(super) reading: Readings,
    /// The questions to a model.
    pub(super) asking: Asking,
    /// The exchange of judgements with others.
    pub(super) exchanging: Exchanging,
    /// The tiles that were drawn in the last frame.
    pub(super) placed: Vec<PlacedTile>,
    /// The pictures of the last frame: the most urgent requests.
    pub(super) visible_pictures: Vec<TileRequest>,
    /// The thumbnails that are visible in the queue: the least urgent requests.
    pub(super) thumbnails: Vec<TilePath>,
    /// The row of the queue whose tooltip is visible.
    pub(super) hovered: Option<(SampleIndex, Sample)>,
    /// The number of visible pictures that are not loaded yet.
    not_loaded: usize,
    /// The shapes that the cards of the current sample's tiles have.
    pub(super) shapes: RowShapes,
    /// The area that a sample's tiles were drawn in last.
    pub(super) area: Option<Rect>,
    /// The tiles that a person has seen and inspected, by row.
    pub(super) seen_tiles: SeenByRow,
    /// The looks at the tiles, by row: scale and time.
    pub(super) looks: TileLooks,
    /// Whether the person moved the focus on this sample: the tile that it starts on does not count
    /// as inspected.
    moved_focus: bool,
    /// The contact sheet, if it is open.
    pub(super) sheet: Option<ContactSheet>,
    /// The first rows to look at in the overview.
    pub(super) first_rows: FirstRows,
    /// The last step, to be reported.
    pub(super) step: Option<StepReport>,
    /// Watches for shards that come and go.
    pub(super) shards: ShardWatch,
    /// The row in view, and since when.
    pub(super) viewing_time: ViewingTime,
    first_tile: bool,
    complete: Option<SampleIndex>,
    /// The samples that a person is likely to see next, and the version of the review that they
    /// were found in.
    near: (u64, Vec<Sample>),
    /// The tiles of the samples after those, which are fetched but not decoded.
    far: Vec<TilePath>,
    /// The connection, if the dataset is at an address.
    pub(super) link: Option<Link>,
}

/// The shares of textures and decoded tiles in the memory, in bytes.
fn shares(settings: &Settings) -> (usize, usize) {
    let bytes = (settings.memory_mb as usize) << 20;
    (bytes / 3 * 2, bytes / 3)
}

fn start_workers(
    review: &Review,
    settings: &Settings,
    decoded: &Arc<DecodedTileCache>,
    ctx: &Context,
) -> std::io::Result<TileLoader> {
    TileLoader::start(review.dataset().clone(), settings.workers as usize, decoded.clone(), ctx)
}

impl ReviewScreen {
    pub(super) fn start(opened: OpenedDataset, settings: &Settings, ctx: &Context) -> anyhow::Result<Self> {
        let external = opened.external.clone();
        let link = opened.connection.clone().map(Link::new);
        let review = Review::start(opened, ctx)?;
        let texts = TileTexts::start(review.dataset().clone(), external, ctx)?;
        let (textures, decoded) = shares(settings);
        let decoded = Arc::new(DecodedTileCache::new(decoded));
        let loader = start_workers(&review, settings, &decoded, ctx)?;
        let shards = ShardWatch::start(review.dataset().clone(), ctx.clone())?;
        let is_here = review.dataset().tiles.storage().is_none();
        let pixels_due = DuePixelScan::by_setting(settings.look_at_pixels, review.dataset());
        Ok(Self {
            review,
            loader,
            decoded,
            store: TileStore::new(textures),
            texts,
            pixels: None,
            pixels_due,
            reading: Readings::new(settings, is_here),
            asking: Asking::default(),
            exchanging: Exchanging::default(),
            placed: Vec::new(),
            visible_pictures: Vec::new(),
            thumbnails: Vec::new(),
            hovered: None,
            not_loaded: 0,
            shapes: RowShapes::default(),
            area: None,
            seen_tiles: SeenByRow::default(),
            looks: TileLooks::default(),
            moved_focus: false,
            sheet: None,
            first_rows: FirstRows::default(),
            step: None,
            shards,
            viewing_time: ViewingTime::default(),
            first_tile: false,
            complete: None,
            near: (0, Vec::new()),
            far: Vec::new(),
            link,
        })
    }

    /// Changes the memory for tiles. Decoded tiles are kept as far as there is room.
    pub(super) fn resize(&mut self, settings: &Settings) {
        let (textures, decoded) = shares(settings);
        self.store.resize(textures);
        self.decoded.resize(decoded);
    }

    /// Starts other workers. Returns the old ones, which may still be reading a shard: the caller
    /// must not wait for them here.
    pub(super) fn change_workers(&mut self, settings: &Settings, ctx: &Context) -> std::io::Result<TileLoader> {
        let new = start_workers(&self.review, settings, &self.decoded, ctx)?;
        Ok(std::mem::replace(&mut self.loader, new))
    }

    /// Receives decoded pictures. Returns the events of this frame for the timings.
    pub(super) fn receive(&mut self, ctx: &Context) -> Vec<&'static str> {
        self.store.begin_frame();
        let mut events = Vec::new();
        let limited_for = self.link.as_ref().and_then(|link| link.now().limited_for);
        for _ in 0..PICTURES_A_FRAME {
            let Some(loaded) = self.loader.next_loaded() else { break };
            self.store.insert(loaded, limited_for, ctx);
            ctx.request_repaint();
        }
        let (_, passing) = self.store.unreachable();
        if self.link.as_mut().is_some_and(|link| link.follow(passing, ctx)) {
            self.store.retry_passing();
            self.loader.forget_failures();
        }
        let cursor = self.review.cursor();
        let Some(sample) = &self.review.sample else { return events };
        if !self.first_tile && sample.tiles().any(|tile| self.store.is_ready(&tile.path)) {
            self.first_tile = true;
            events.push("first_tile");
        }
        if self.complete != Some(cursor) && sample.tiles().all(|tile| self.store.is_settled(&tile.path)) {
            self.complete = Some(cursor);
            self.review.searcher().allow_background_work();
            events.push(SAMPLE_COMPLETE);
        }
        events
    }

    /// Starts workers in the place of those that ended or are held up. Returns incidents to report.
    pub(super) fn replace_stuck_workers(&mut self) -> Vec<String> {
        self.loader.replace_stuck_workers()
    }

    /// Whether all visible tiles were drawn in their final form, and loading of the sample's tiles
    /// ended.
    pub(super) fn is_settled(&self) -> bool {
        let Some(sample) = &self.review.sample else { return true };
        let known = sample.tiles().all(|tile| self.store.is_settled(&tile.path));
        let painted = self.placed.iter().all(|placed| match &placed.picture {
            Picture::Tile(path) if placed.in_view && is_of(sample, path) => {
                self.seen_tiles.current().seen.contains(path) || !self.store.is_ready(path)
            }
            _ => true,
        });
        known
            && painted
            && self.not_loaded == 0
            && !self.review.is_finding_targets()
            && self.texts.is_idle()
            && self.seen_tiles.is_of(self.review.cursor())
    }

    /// Whether loading of the current sample's tiles ended.
    pub(super) fn is_complete(&self) -> bool {
        self.complete == Some(self.review.cursor())
    }

    /// The memory that decoded tiles use, in bytes.
    pub(super) fn decoded_bytes(&self) -> usize {
        self.decoded.bytes()
    }

    /// Sentences about the tiles of the current sample without a mark that an accept would not
    /// confirm, with the reason; `None` if there are none.
    pub(super) fn unconfirmed(&self, tiles: &SeenTiles) -> Option<String> {
        let unmarked = unmarked(self.review.sample.as_ref()?, &self.review.judgement());
        let unseen = unmarked.into_iter().filter(|(_, tile)| !tiles.seen.contains(*tile));
        let (loaded, others): (Vec<_>, Vec<_>) = unseen.partition(|(_, tile)| self.store.is_ready(tile));
        let mut sentences = vec!["Accepted.".to_owned()];
        let mut any_negative = false;
        for (tiles, reason) in [(loaded, "not viewed"), (others, "not loaded")] {
            let named = NamedTiles::new(tiles.into_iter().map(|(slot, _)| slot));
            if !named.is_empty() {
                sentences.push(format!("{} not confirmed: {reason}.", named.subject("was", "were")));
                any_negative |= named.has_negatives();
            }
        }
        if any_negative && self.review.counts_unmarked() {
            sentences.push("The audit counts a negative without a mark as not relevant.".to_owned());
        }
        (sentences.len() > 1).then(|| sentences.join(" "))
    }

    /// The tiles of the current sample that a person has seen: an accept confirms those.
    pub(super) fn seen(&self) -> SeenTiles {
        let is_drawn = self.seen_tiles.is_of(self.review.cursor());
        let Some(sample) = self.review.sample.as_ref().filter(|_| is_drawn) else {
            return SeenTiles::default();
        };
        let content = self.store.content(&sample.positive.path);
        let is_copy = |path: &&TilePath| content.is_some() && self.store.content(path) == content;
        SeenTiles {
            seen: self.seen_tiles.current().seen.iter().cloned().collect(),
            inspected: self.seen_tiles.current().inspected.iter().cloned().collect(),
            looks: self.looks.of(self.review.cursor()),
            same_pixels: sample.negatives.iter().map(|tile| &tile.path).filter(is_copy).cloned().collect(),
            positive_is_here: self.store.is_ready(&sample.positive.path),
            positive_is_to_come: self.store.is_to_come(&sample.positive.path),
        }
    }

    /// The missing shard of a tile of the current sample: such a tile is not broken.
    pub(super) fn shard_missing(&self, tile: TileSlot) -> Option<&str> {
        let sample = self.review.sample.as_ref()?;
        self.store.missing_shard(&sample.tiles().nth(tile.index())?.path)
    }

    /// Forgets what was seen of all rows: a second pass sees them as for the first time.
    pub(super) fn forget_looks(&mut self) {
        self.seen_tiles = SeenByRow::default();
        self.looks = TileLooks::default();
    }

    /// Whether the person moved the focus on the current sample.
    pub(super) fn has_moved_focus(&self) -> bool {
        let is_current = self.seen_tiles.is_of(self.review.cursor());
        (is_current && self.moved_focus) || self.review.focus != self.review.first_focus
    }

    /// The looks of the person at the tiles of the current sample; of an accepted one, also those
    /// from before the set was opened.
    pub(super) fn tiles_seen(&self, sample: &Sample) -> Vec<Seen> {
        let row = self.review.cursor();
        let is_accepted = self.review.judgement().verdict == Some(Verdict::Accept);
        let stored = self.review.session.looks(row).filter(|_| is_accepted);
        let stored = |tile: &TilePath| stored.as_ref().and_then(|looks| looks.get(tile));
        let was_shown = |tile: &TilePath| self.seen_tiles.is_of(row) && self.seen_tiles.was_seen(row, tile);
        let seen = |tile: &TileRef| match (was_shown(&tile.path), stored(&tile.path)) {
            (true, _) if self.looks.was_readable(row, &tile.path) => Seen::Readable,
            (_, Some(look)) if look.is_readable() => Seen::Readable,
            (false, None) => Seen::No,
            _ => Seen::TooSmall,
        };
        sample.tiles().map(seen).collect()
    }

    /// Whether the person inspected a tile of the current sample, in a pane or alone.
    pub(super) fn is_inspected(&self, slot: TileSlot) -> bool {
        let tile = self.review.sample.as_ref().and_then(|sample| sample.tiles().nth(slot.index()));
        let inspected = &self.seen_tiles.current().inspected;
        self.seen_tiles.is_of(self.review.cursor()) && tile.is_some_and(|tile| inspected.contains(&tile.path))
    }

    /// Requests failed pictures again.
    pub(super) fn try_again(&mut self) {
        self.store.forget_failures();
        self.loader.forget_failures();
        self.complete = None;
    }

    /// The number of pictures that are still to be loaded.
    pub(super) fn pending(&self) -> usize {
        self.loader.pending()
    }

    /// The number of the sample's negatives in view; `None` if all are.
    pub(super) fn negatives_in_view(&self) -> Option<usize> {
        let negatives = self.review.sample.as_ref()?.negatives.len();
        let in_view =
            self.placed.iter().filter(|placed| placed.position != ScenePosition::default() && placed.in_view).count();
        (self.seen_tiles.is_of(self.review.cursor()) && in_view < negatives).then_some(in_view)
    }

    /// The number of columns that the negatives were drawn in.
    pub(super) fn visible_columns(&self) -> usize {
        let mut tops = self
            .placed
            .iter()
            .filter(|placed| placed.position != ScenePosition::default())
            .map(|placed| placed.frame.min.y);
        let Some(first) = tops.next() else { return 1 };
        1 + tops.take_while(|top| (top - first).abs() < 1.0).count()
    }

    /// Records the drawn tiles: which a person has seen, and which have to be decoded in which
    /// size. `large`: each tile was shown alone or beside the positive; else only the one at
    /// `focus` was inspected, if the person put the focus there. A tile whose text was too small to
    /// be read was not inspected.
    pub(super) fn record_painted(
        &mut self,
        sample: &Sample,
        painted: Vec<PlacedTile>,
        large: bool,
        focus: ScenePosition,
    ) {
        for row in self.review.take_came_back() {
            self.seen_tiles.forget(row);
            self.looks.forget(row);
        }
        self.moved_focus &= self.seen_tiles.is_of(self.review.cursor());
        let seen_tiles = self.seen_tiles.of_drawn(self.review.cursor());
        self.moved_focus |= self.review.focus != self.review.first_focus;
        let mut looked_at = Vec::new();
        for placed in &painted {
            if let Picture::Tile(path) = &placed.picture
                && placed.in_view
                && let Some([full_width, _]) = self.store.full_size(&placed.picture)
                && is_of(sample, path)
            {
                let scale = placed.painted.width_px as f32 / full_width.max(1) as f32;
                looked_at.push((path.clone(), scale));
                seen_tiles.seen.insert(path.clone());
                if is_readable(scale) && (large || (self.moved_focus && placed.position == focus)) {
                    seen_tiles.inspected.insert(path.clone());
                }
            }
        }
        self.looks.painted(self.review.cursor(), looked_at);
        let request = |placed: &PlacedTile| TileRequest {
            picture: placed.picture.clone(),
            grade: PictureSize::Shown,
            width: placed.painted.width_px,
        };
        self.visible_pictures = painted.iter().map(request).collect();
        self.placed = painted;
    }

    /// Requests pictures from the loader: first those that are visible, then the rest of the
    /// sample, then the next samples, then the one before.
    pub(super) fn request_tiles(&mut self, ctx: &Context, layout: &dyn Fn(usize) -> TileLayout, view: &ViewState) {
        self.refresh_neighbours(view.has_panes());
        let Some(sample) = &self.review.sample else { return };
        let max_side = ctx.input(|input| input.max_texture_side) as u32;
        // A picture that is requested twice keeps its first, more urgent request: it could never
        // have both sizes.
        let mut requested = HashSet::new();
        let mut is_first = |request: &TileRequest| requested.insert((request.picture.clone(), request.grade));
        let mut urgent = self.visible_pictures.clone();
        urgent.retain(|request| is_first(request) && self.store.needs_load(request, max_side));
        self.not_loaded = urgent.len();
        let mut requests = Vec::new();
        if view.has_panes() {
            self.request_for_panes(&mut requests, view, ctx.pixels_per_point());
        } else if let Some(area) = self.area {
            let is_current = |index: usize| index == 0;
            for (index, sample) in std::iter::once(sample.as_ref()).chain(&self.near.1).enumerate() {
                let known = self.shapes.get(self.review.cursor()).filter(|_| is_current(index));
                let shapes = known.map_or_else(|| shapes_of(&self.store, sample), <[TileShape]>::to_vec);
                let arranged = tiles::arrange(ctx, layout(sample.negatives.len()), area, &shapes, &view.zooming);
                let widths = tiles::widths(&arranged, &shapes, &view.zooming, ctx.pixels_per_point());
                let tiles = sample.tiles().zip(widths);
                requests.extend(tiles.map(|(tile, width)| TileRequest::tile(&tile.path, width)));
            }
        }
        let current = sample.tiles().count();
        if self.link.is_some() && self.area.is_none() {
            // The overview is visible: nothing says how large the tiles will be drawn.
            let soon = std::iter::once(sample.as_ref()).chain(&self.near.1).flat_map(Sample::tiles);
            requests.extend(soon.map(|tile| TileRequest::bytes(&tile.path)));
        }
        requests.extend(self.far.iter().map(TileRequest::bytes));
        let width = (THUMBNAIL * ctx.pixels_per_point()).round() as u32;
        requests.extend(self.thumbnails.iter().map(|path| TileRequest::thumbnail(path, width)));
        requests.retain(|request| is_first(request) && self.store.needs_load(request, max_side));
        let is_of_current =
            |request: &TileRequest| matches!(&request.picture, Picture::Tile(path) if is_of(sample, path));
        let of_current = requests.iter().take(current).take_while(|request| is_of_current(request)).count();
        let needed = urgent.len() + of_current;
        requests.splice(0..0, urgent);
        // What is only fetched for later holds up nothing.
        let wants_pictures = requests.iter().any(|request| request.grade != PictureSize::Bytes);
        if let Some(pixels) = &self.pixels {
            pixels.make_room(wants_pictures);
        }
        self.reading.make_room(wants_pictures);
        self.loader.set_requests(requests, needed, max_side);
    }

    /// Adds requests in the size of panes: the tiles of the current sample, those of the sample
    /// that most likely follows, the positives and first negatives of other near samples, the rest
    /// of these.
    fn request_for_panes(&self, requests: &mut Vec<TileRequest>, view: &ViewState, pixels_per_point: f32) {
        let (Some(sample), Some(area)) = (&self.review.sample, self.area) else { return };
        let has_strip = view.is_reading_view();
        let panes =
            if has_strip { view.reading_view.tiles(self.review.focus, sample.negatives.len()).len() } else { 1 };
        let largest = reading_view::largest(self.shapes.get(self.review.cursor()).unwrap_or_default());
        let cells = reading_view::arrange(area, panes, has_strip, largest, pixels_per_point);
        let Some(cell) = cells.panes.first() else { return };
        let request = |tile: &TileRef| {
            let full = self.store.full_size(&Picture::Tile(tile.path.clone())).unwrap_or(USUAL_SHAPE);
            TileRequest::tile(&tile.path, reading_view::width_px(*cell, full, view.zooming.scale, pixels_per_point))
        };
        requests.extend(sample.tiles().map(request));
        requests.extend(self.near.1.iter().take(1).flat_map(Sample::tiles).map(request));
        requests.extend(self.near.1.iter().flat_map(|next| next.tiles().take(FIRST_TILES)).map(request));
        requests.extend(self.near.1.iter().flat_map(|next| next.tiles().skip(FIRST_TILES)).map(request));
    }

    /// The tiles of samples further ahead, as many as the connection to a dataset at an address
    /// needs. Tiles on this machine are read when they come near.
    fn tiles_further_ahead(&self, has_panes: bool) -> Vec<TilePath> {
        let (Some(storage), Some(sample)) = (self.review.dataset().tiles.storage(), &self.review.sample) else {
            return Vec::new();
        };
        let ahead = samples_ahead(storage.pace(), sample.tiles().count()) as i64;
        let further = (AHEAD + 1..=ahead).filter_map(|steps| self.review.navigator.step(steps));
        let samples: Vec<Sample> = further.filter_map(|index| Some(self.review.to_show(index)?.0)).collect();
        // Those that a person sees first of each sample, then the rest.
        let at_first = if has_panes { FIRST_TILES } else { usize::MAX };
        let first = samples.iter().flat_map(|sample| sample.tiles().take(at_first));
        let rest = samples.iter().flat_map(|sample| sample.tiles().skip(at_first));
        first.chain(rest).map(|tile| tile.path.clone()).collect()
    }

    /// The samples that a person is likely to see next.
    pub(super) fn next_samples(&self) -> &[Sample] {
        &self.near.1
    }

    /// Finds the samples ahead and before again, if anything changed.
    fn refresh_neighbours(&mut self, has_panes: bool) {
        if self.near.0 == self.review.version {
            return;
        }
        let navigator = &self.review.navigator;
        let around = (1..=AHEAD).chain((1..=BEFORE).map(|steps| -steps)).filter_map(|steps| navigator.step(steps));
        let unjudged = navigator.next_unjudged(self.review.session.statuses());
        let indexes = unjudged.into_iter().chain(around).filter(|index| *index != navigator.cursor());
        let samples = indexes.filter_map(|index| self.review.to_show(index)).map(|(sample, _)| sample).collect();
        self.near = (self.review.version, samples);
        self.far = self.tiles_further_ahead(has_panes);
    }
}

/// The shapes of a sample's tiles, as far as they are known.
fn shapes_of(store: &TileStore, sample: &Sample) -> Vec<TileShape> {
    let shape = |path: &TilePath| store.full_size(&Picture::Tile(path.clone())).unwrap_or(USUAL_SHAPE);
    sample.tiles().map(|tile| shape(&tile.path)).collect()
}

fn is_of(sample: &Sample, path: &TilePath) -> bool {
    sample.tiles().any(|tile| tile.path == *path)
}
