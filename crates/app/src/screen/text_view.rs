//! The text on tiles in the view of the current sample: the place that a person went to, the
//! selected words, and which tiles were moved to their evidence. What changes it is in `evidence`.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use tilejury_audit::external::TileEvidence;
use tilejury_data::TilePath;

use crate::ui::ScenePosition;
use crate::ui::highlights::HighlightView;

/// The text on tiles in the current sample.
#[derive(Debug, Default)]
pub(super) struct TextView {
    /// Whether dragging selects words.
    pub(super) selects: bool,
    pub(super) selection: Option<Selection>,
    /// Whether the selection is being dragged.
    pub(super) dragging: bool,
    /// The place that a person went to last: the tile, and the place's index on it.
    pub(super) marked: Option<(ScenePosition, TilePath, usize)>,
    /// Whether enlarged tiles are still to be moved to their evidence. Ends as soon as a person
    /// moves them.
    pub(super) aims: bool,
    /// The tiles that were moved.
    pub(super) aimed: HashSet<(ScenePosition, TilePath)>,
}

/// Selected words.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Selection {
    pub(super) position: ScenePosition,
    pub(super) tile: TilePath,
    /// The word at which dragging began.
    pub(super) from: usize,
    /// The words, in reading order.
    pub(super) words: Range<usize>,
}

impl TextView {
    /// Lets enlarged tiles be moved to their evidence.
    pub(super) fn aim(&mut self) {
        self.aims = true;
        self.aimed.clear();
    }

    /// Lets tiles be moved to their evidence once more, unless a person moved them. The one with
    /// the place that a person went to last stays there.
    pub(super) fn aim_again(&mut self) {
        let marked = self.marked.as_ref().map(|(position, tile, _)| (*position, tile.clone()));
        self.aimed.retain(|place| Some(place) == marked.as_ref());
    }

    /// Leaves tiles where they are: a person moves them.
    pub(super) fn stop_aiming(&mut self) {
        self.aims = false;
    }

    /// Drops what belongs to the sample before, when another one is shown.
    pub(super) fn show_other(&mut self) {
        *self = Self { selects: self.selects, ..Self::default() };
        self.aim();
    }

    /// Drops what belongs to the scene before: positions are others in the next.
    pub(super) fn show_scene(&mut self) {
        let marked = self.marked.take();
        self.show_other();
        self.marked = marked;
    }

    /// The marks of a tile.
    pub(super) fn of_tile(
        &self,
        position: ScenePosition,
        tile: &TilePath,
        evidence: Option<&Arc<TileEvidence>>,
        on: bool,
    ) -> HighlightView {
        let selection = self.selection.as_ref().filter(|selection| selection.position == position);
        HighlightView {
            evidence: evidence.cloned(),
            on,
            marked: self.marked.as_ref().filter(|(at, of, _)| *at == position && of == tile).map(|(_, _, hit)| *hit),
            selection: selection.filter(|selection| selection.tile == *tile).map(|selection| selection.words.clone()),
            selects: self.selects,
            dragging: self.dragging,
            any_read: false,
            title: None,
            failure: None,
        }
    }
}
