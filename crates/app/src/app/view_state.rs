//! What concerns the look alone: zoom, which scene is on show, what is being written. Nothing of it is a judgement.

use tilejury_data::TilePath;

use crate::ui::judge_bar::TextEditor;
use crate::ui::placement::{TileLayout, TileZooms};
use crate::ui::queue::QueuePanel;

/// What is on show of the sample.
#[derive(Debug, Default)]
pub(super) enum Scene {
    /// All tiles.
    #[default]
    Grid,
    /// The tile in focus, as large as fits.
    Alone,
    /// The positive beside the tile in focus.
    Compare {
        /// What differs takes the place of the tile in focus.
        difference: bool,
    },
    /// The whole page that a tile is cut from.
    Page(PageScene),
}

/// The page of a tile.
#[derive(Debug)]
pub(super) struct PageScene {
    /// The tile that it was opened from.
    pub(super) of: TilePath,
    /// Its tiles in reading order, once they are known.
    pub(super) tiles: Option<Vec<TilePath>>,
    pub(super) focus: usize,
    /// The tile in focus is shown alone.
    pub(super) alone: bool,
    /// The tile in focus is to be brought into view.
    pub(super) scroll: bool,
    /// How its tiles are looked at; the sample's own zoom waits.
    pub(super) zooming: TileZooms,
    /// Where to return to.
    pub(super) back: Box<Scene>,
}

impl PageScene {
    /// Whether its tiles are shown as a list, not just the one in focus.
    pub(super) fn shows_list(&self) -> bool {
        self.tiles.as_ref().is_some_and(|tiles| !tiles.is_empty() && !(self.alone && self.focus < tiles.len()))
    }

    /// The page of a tile, before its tiles are known.
    pub(super) fn new(tile: TilePath, back: Box<Scene>) -> Self {
        Self { of: tile, tiles: None, focus: 0, alone: false, scroll: false, zooming: TileZooms::default(), back }
    }
}

/// What concerns the look alone.
#[derive(Default)]
pub(super) struct ViewState {
    pub(super) zooming: TileZooms,
    pub(super) scene: Scene,
    pub(super) queue: QueuePanel,
    pub(super) writing: Option<TextEditor>,
    /// The loupe was switched on from a menu.
    pub(super) loupe: bool,
    /// Blinking was switched on from a menu.
    pub(super) blink: bool,
    /// Since when it blinks, by the clock of the frames.
    pub(super) blink_since: Option<f64>,
    /// In a comparison: what the positive is compared with.
    compared: usize,
    /// The sample that all this was set for.
    pub(super) of: Option<usize>,
}

impl ViewState {
    /// What of it is left when another dataset comes on show.
    pub(super) fn for_another_set(&mut self) -> Self {
        Self { zooming: std::mem::take(&mut self.zooming), ..Self::default() }
    }

    /// Another sample is on show: what belongs to the old one goes.
    pub(super) fn show_sample(&mut self, sample: usize, keep_zoom: bool) {
        if self.of.replace(sample) == Some(sample) {
            return;
        }
        self.compared = 1;
        if !keep_zoom {
            self.zooming = TileZooms::default();
        }
        if let Scene::Page(page) = &mut self.scene {
            self.scene = page.back.take();
        }
        if matches!(self.writing, Some(TextEditor::Tags(_))) {
            self.writing = None;
        }
    }

    pub(super) fn is_comparing(&self) -> bool {
        matches!(self.scene, Scene::Compare { .. })
    }

    /// In a comparison the focus is on what the positive is compared with, and never on the positive itself.
    pub(super) fn limit_focus(&mut self, focus: &mut usize, negatives: usize) {
        if !self.is_comparing() {
            return;
        }
        if *focus == 0 {
            *focus = self.compared.max(1).min(negatives);
        }
        self.compared = *focus;
    }

    /// The place in focus of what is on show, where the sample's own is `of_sample`.
    pub(super) fn focus(&self, of_sample: usize) -> usize {
        match &self.scene {
            Scene::Page(page) => page.focus,
            _ => of_sample,
        }
    }

    /// The zoom of what is on show.
    pub(super) fn zooming(&mut self) -> &mut TileZooms {
        match &mut self.scene {
            Scene::Page(page) => &mut page.zooming,
            _ => &mut self.zooming,
        }
    }

    /// One step back towards the whole sample. False where that is on show.
    pub(super) fn back(&mut self) -> bool {
        match &mut self.scene {
            Scene::Page(page) if page.alone => page.alone = false,
            Scene::Page(page) => self.scene = page.back.take(),
            Scene::Compare { difference } if *difference => *difference = false,
            Scene::Grid => return false,
            _ => self.scene = Scene::Grid,
        }
        true
    }

    /// How a sample's tiles share the room.
    pub(super) fn layout(&self, columns: Option<usize>) -> TileLayout {
        match &self.scene {
            Scene::Grid | Scene::Page(_) => TileLayout::Grid(columns),
            Scene::Alone => TileLayout::Alone,
            Scene::Compare { .. } => TileLayout::Pair,
        }
    }
}

impl Scene {
    /// Takes the scene out, leaving the grid.
    pub(super) fn take(&mut self) -> Self {
        std::mem::take(self)
    }
}
