//! The state of the view: zoom, scene, text that is being written. None of it is a judgement.

use tilejury_data::{Sample, SampleIndex, TilePath, TileSlot};

use super::blinking::Blinking;
use super::reading_view::ReadingView;
use super::side_state::Sides;
use super::similar_scene::SimilarScene;
use super::text_view::TextView;
use crate::settings::{GridChoice, GridChoices};
use crate::tile_search::{FoundTiles, RowsOfTiles, TileHit};
use crate::ui::ScenePosition;
use crate::ui::judge_bar::TextEditor;
use crate::ui::placement::{TileFit, TileLayout, TileZooms};
use crate::ui::queue::QueuePanel;
use crate::ui::search::search_field;
use crate::ui::tile_search::TileSearchPanel;

/// The part of the sample that is shown.
#[derive(Debug, Default)]
pub(super) enum Scene {
    /// All tiles.
    #[default]
    Grid,
    /// The positive and one negative in large panes.
    ReadingView,
    /// The tile in focus, as wide as fits.
    Alone,
    /// The positive beside the tile in focus.
    Compare {
        /// Whether the difference takes the place of the tile in focus.
        difference: bool,
    },
    /// The whole page that a tile is cut from.
    Page(PageScene),
    /// The tiles whose texts fit a query.
    Tiles(TileSearchScene),
}

/// The page of a tile.
#[derive(Debug)]
pub(super) struct PageScene {
    /// The tile that it was opened from.
    pub(super) of: TilePath,
    /// Its tiles in reading order, once they are known.
    pub(super) tiles: Option<Vec<TilePath>>,
    pub(super) focus: ScenePosition,
    /// Whether the tile in focus is shown alone.
    pub(super) alone: bool,
    /// Whether the tile in focus has to be brought into view.
    pub(super) scroll: bool,
    /// The zoom of its tiles; the sample's own zoom is kept meanwhile.
    pub(super) zooming: TileZooms,
    /// The scene to return to.
    pub(super) back: Box<Scene>,
}

impl PageScene {
    /// Whether its tiles are shown as a list, not just the one in focus.
    pub(super) fn shows_list(&self) -> bool {
        self.tiles.as_ref().is_some_and(|tiles| !(tiles.is_empty() || self.alone && self.focus.index() < tiles.len()))
    }

    /// The page of a tile, before its tiles are known.
    pub(super) fn new(tile: TilePath, back: Box<Scene>) -> Self {
        Self {
            of: tile,
            tiles: None,
            focus: ScenePosition::default(),
            alone: false,
            scroll: false,
            zooming: TileZooms::default(),
            back,
        }
    }
}

/// The search in the texts of tiles.
#[derive(Debug)]
pub(super) struct TileSearchScene {
    /// The number of the last search.
    number: u64,
    /// Its answer; while a newer search is not answered, that of the one before.
    pub(super) found: Option<Result<FoundTiles, String>>,
    /// The rows of the found tiles, once they are known.
    pub(super) rows: Option<RowsOfTiles>,
    pub(super) is_searching: bool,
    /// The position of the chosen tile in the list.
    pub(super) focus: usize,
    /// Whether the chosen tile has to be brought into view.
    pub(super) scroll: bool,
    /// Whether the chosen tile is shown alone.
    pub(super) alone: bool,
    /// The zoom of its tiles; the sample's own zoom is kept meanwhile.
    pub(super) zooming: TileZooms,
    /// The tile that the others are like; `None` in a search of texts.
    pub(super) similar: Option<SimilarScene>,
    /// The scene to return to.
    pub(super) back: Box<Scene>,
}

impl TileSearchScene {
    /// The position of the found tile in the scene; the positive is before it.
    pub(super) const FOUND: usize = 1;

    /// A search that is not answered yet.
    pub(super) fn new(number: u64, back: Box<Scene>) -> Self {
        Self {
            number,
            found: None,
            rows: None,
            is_searching: true,
            focus: 0,
            scroll: false,
            alone: false,
            zooming: TileZooms::default(),
            similar: None,
            back,
        }
    }

    /// Whether an answer belongs to the last search.
    pub(super) fn expects(&self, number: u64) -> bool {
        self.number == number
    }

    /// Waits for the answer to another search.
    pub(super) fn wait_for(&mut self, number: u64) {
        self.number = number;
        self.is_searching = true;
    }

    /// Takes an answer, unless it is to an older search. `sample` is the current row: the first
    /// tile that is not in it is chosen; of tiles like one, that one.
    pub(super) fn take_found(&mut self, number: u64, found: Result<FoundTiles, String>, sample: Option<&Sample>) {
        if number != self.number {
            return;
        }
        let is_own = |tile: &TilePath| sample.is_some_and(|sample| TileSlot::find(sample, tile).is_some());
        let first = found.iter().flat_map(|found| &found.tiles).position(|hit| !is_own(&hit.tile));
        self.focus = first.filter(|_| self.similar.is_none()).unwrap_or(0);
        self.scroll = true;
        self.is_searching = false;
        self.rows = None;
        self.found = Some(found);
    }

    /// Takes the rows of the found tiles, unless they are those of an older search.
    pub(super) fn take_rows(&mut self, number: u64, rows: RowsOfTiles) {
        if number == self.number {
            self.rows = Some(rows);
        }
    }

    /// Whether a position of the scene has a tile that was found by its text.
    pub(super) fn is_found_by_text(&self, position: ScenePosition) -> bool {
        self.similar.is_none() && position == ScenePosition::new(Self::FOUND)
    }

    /// The found tiles, the best first.
    pub(super) fn hits(&self) -> &[TileHit] {
        self.found.iter().flatten().next().map_or(&[], |found| &found.tiles)
    }

    /// The chosen tile.
    pub(super) fn chosen(&self) -> Option<&TilePath> {
        self.hits().get(self.focus).map(|hit| &hit.tile)
    }

    /// Chooses the tile a number of steps further in the list; stops at its ends.
    pub(super) fn walk(&mut self, steps: i64) {
        let last = self.hits().len().saturating_sub(1) as i64;
        self.focus = (self.focus as i64).saturating_add(steps).clamp(0, last) as usize;
        self.scroll = true;
    }
}

/// The view of a row that all others return to: a person's choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum HomeScene {
    #[default]
    ReadingView,
    Grid,
}

/// Whether the queue is unfolded beside the reading view, where it is a rail at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum QueueFold {
    #[default]
    Rail,
    Unfolded,
    /// Unfolded until the overview closes, whose rows it lists.
    ForOverview,
    /// Unfolded until the search field loses the keyboard.
    ForSearch {
        had_keyboard: bool,
    },
}

/// Whether the overview takes the place of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum OverviewState {
    #[default]
    Closed,
    /// A person asked for it.
    Open,
    /// It was opened with the set, and closes if it has nothing to say.
    First,
}

/// The state of the view.
#[derive(Default)]
pub(super) struct ViewState {
    pub(super) home: HomeScene,
    pub(super) reading_view: ReadingView,
    pub(super) queue_fold: QueueFold,
    /// The first digit of a number that may have two.
    pub(super) digit: Option<PendingDigit>,
    pub(super) zooming: TileZooms,
    pub(super) scene: Scene,
    pub(super) overview: OverviewState,
    /// The search that a person chose in the overview last.
    pub(super) search_of_overview: Option<String>,
    pub(super) queue: QueuePanel,
    pub(super) tile_search: TileSearchPanel,
    /// Whether the panel with the findings of the last check was opened for them: a person who
    /// closed it goes through them without it.
    pub(super) findings_listed: bool,
    pub(super) writing: Option<TextEditor>,
    pub(super) sides: Sides,
    /// The sample that waits for a reason before the next one is shown.
    pub(super) asking: Option<SampleIndex>,
    /// Whether the whole query is shown, however long it is.
    pub(super) query_unfolded: bool,
    pub(super) text: TextView,
    /// Whether the loupe was switched on from a menu.
    pub(super) loupe: bool,
    pub(super) blinking: Blinking,
    /// Whether the two judgements of a second pass are shown with a row where they differ.
    pub(super) compares_pass: bool,
    /// The tile that the positive is compared with.
    compared: TileSlot,
    /// The sample that this state belongs to.
    pub(super) of: Option<SampleIndex>,
}

impl ViewState {
    /// The part of the state that another dataset keeps.
    pub(super) fn for_another_set(&mut self) -> Self {
        let mut new = Self { zooming: std::mem::take(&mut self.zooming), ..Self::default() };
        new.go_home_to(self.home);
        new
    }

    /// Makes a scene the one that others return to, and shows it.
    pub(super) fn go_home_to(&mut self, home: HomeScene) {
        self.home = home;
        self.scene = self.home_scene();
    }

    /// The scene that others return to.
    pub(super) fn home_scene(&self) -> Scene {
        match self.home {
            HomeScene::ReadingView => Scene::ReadingView,
            HomeScene::Grid => Scene::Grid,
        }
    }

    /// Drops what belongs to the sample before, when another one is shown.
    pub(super) fn show_sample(&mut self, sample: SampleIndex, keep_zoom: bool) {
        if self.of.replace(sample) == Some(sample) {
            return;
        }
        self.compared = TileSlot::new(1);
        self.text.show_other();
        self.reading_view.show_other();
        self.digit = None;
        self.query_unfolded = false;
        self.asking = None;
        if !keep_zoom || self.zooming.scale.is_none() {
            self.zooming = TileZooms::default();
        }
        while let Scene::Page(PageScene { back, .. }) | Scene::Tiles(TileSearchScene { back, .. }) = &mut self.scene {
            self.scene = back.take();
        }
        if matches!(self.writing, Some(TextEditor::Tags(_))) {
            self.writing = None;
        }
    }

    /// Lets the visible sample open again as another one would.
    pub(super) fn forget_sample(&mut self) {
        self.of = None;
    }

    pub(super) fn is_comparing(&self) -> bool {
        matches!(self.scene, Scene::Compare { .. })
    }

    pub(super) fn is_searching_tiles(&self) -> bool {
        matches!(&self.scene, Scene::Tiles(search) if search.similar.is_none())
    }

    /// The search in the texts of tiles, also while a page was opened from it.
    pub(super) fn tile_search_scene(&mut self) -> Option<&mut TileSearchScene> {
        let mut scene = &mut self.scene;
        while let Scene::Page(page) = scene {
            scene = &mut page.back;
        }
        match scene {
            Scene::Tiles(search) => Some(search),
            Scene::Grid | Scene::ReadingView | Scene::Alone | Scene::Compare { .. } | Scene::Page(_) => None,
        }
    }

    /// Keeps the focus of a comparison and of the reading view on the tile beside the positive,
    /// never on the positive itself.
    pub(super) fn limit_focus(&mut self, focus: &mut TileSlot, negatives: usize) {
        if !(self.is_comparing() || self.is_reading_view()) {
            return;
        }
        if focus.is_positive() {
            *focus = self.compared.nearest_negative(negatives);
        }
        self.compared = *focus;
    }

    /// The position in focus in the current scene; `of_sample` is the sample's own.
    pub(super) fn focus(&self, of_sample: TileSlot) -> ScenePosition {
        match &self.scene {
            Scene::Page(page) => page.focus,
            Scene::Tiles(_) => ScenePosition::new(TileSearchScene::FOUND),
            Scene::Grid | Scene::ReadingView | Scene::Alone | Scene::Compare { .. } => of_sample.into(),
        }
    }

    /// The zoom of the current scene.
    pub(super) fn zooming(&mut self) -> &mut TileZooms {
        match &mut self.scene {
            Scene::Page(page) => &mut page.zooming,
            Scene::Tiles(search) => &mut search.zooming,
            Scene::Grid | Scene::ReadingView | Scene::Alone | Scene::Compare { .. } => &mut self.zooming,
        }
    }

    /// Goes one step back towards the whole sample. Returns `false` if that is shown already.
    pub(super) fn back(&mut self) -> bool {
        if self.text.selection.take().is_some() || self.text.marked.take().is_some() {
            return true;
        }
        match &mut self.scene {
            Scene::Page(page) if page.alone => page.alone = false,
            Scene::Page(page) => self.scene = page.back.take(),
            Scene::Tiles(search) if search.alone => search.alone = false,
            Scene::Tiles(search) => self.scene = search.back.take(),
            Scene::Compare { .. } if self.blinking.end() => {}
            Scene::Compare { difference } if *difference => *difference = false,
            Scene::ReadingView if !self.reading_view.picked.is_empty() => self.reading_view.picked.clear(),
            Scene::Grid | Scene::ReadingView => return false,
            Scene::Alone | Scene::Compare { .. } => self.scene = self.home_scene(),
        }
        true
    }

    /// The layout of a sample's tiles.
    pub(super) fn layout(&self, choice: GridChoice) -> TileLayout {
        match &self.scene {
            Scene::Grid | Scene::Page(_) | Scene::Tiles(_) => TileLayout::Grid(choice),
            Scene::Alone => TileLayout::Alone,
            Scene::Compare { .. } if self.blinking.is_on || self.blinking.wide.is_some() => TileLayout::Alone,
            Scene::Compare { .. } | Scene::ReadingView => TileLayout::Pair,
        }
    }

    /// Sets how tiles fit their frames in the current scene.
    pub(super) fn fit_tiles(&mut self, grid: &GridChoices) {
        self.zooming.fit = match self.scene {
            Scene::Grid if !grid.fit_width => TileFit::Whole,
            _ => TileFit::Width,
        };
    }

    pub(super) fn is_reading_view(&self) -> bool {
        matches!(self.scene, Scene::ReadingView)
    }

    /// Whether tiles are in panes that scroll separately.
    pub(super) fn has_panes(&self) -> bool {
        matches!(self.scene, Scene::ReadingView | Scene::Alone)
    }

    /// Folds the queue again once a search has ended. Returns whether it is a rail.
    pub(super) fn folds_queue(&mut self, ctx: &egui::Context) -> bool {
        if let QueueFold::ForSearch { had_keyboard } = &mut self.queue_fold {
            let has_keyboard = ctx.memory(|memory| memory.has_focus(search_field()));
            if *had_keyboard && !has_keyboard {
                self.queue_fold = QueueFold::Rail;
            } else {
                *had_keyboard |= has_keyboard;
            }
        }
        if self.queue_fold == QueueFold::ForOverview && self.overview == OverviewState::Closed {
            self.queue_fold = QueueFold::Rail;
        }
        self.is_queue_folded()
    }

    /// Unfolds the queue beside the reading view: for the search field, or to show what it lists.
    pub(super) fn unfold_queue(&mut self, for_search: bool) {
        if self.queue_fold == QueueFold::Rail {
            self.queue_fold = match self.overview {
                _ if for_search => QueueFold::ForSearch { had_keyboard: false },
                OverviewState::Closed => QueueFold::Unfolded,
                OverviewState::Open | OverviewState::First => QueueFold::ForOverview,
            };
        }
    }

    /// Whether the queue is a rail.
    pub(super) fn is_queue_folded(&self) -> bool {
        self.home == HomeScene::ReadingView && self.queue_fold == QueueFold::Rail
    }
}

/// The first digit of a number that may have two.
#[derive(Clone, Copy, Debug)]
pub(super) struct PendingDigit {
    pub(super) digit: usize,
    /// Its moment, by the clock of the frames.
    pub(super) at: f64,
    pub(super) purpose: DigitPurpose,
}

/// The effect of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DigitPurpose {
    Mark,
    Look,
}

impl Scene {
    /// Takes the scene out and leaves the grid.
    pub(super) fn take(&mut self) -> Self {
        std::mem::take(self)
    }
}
