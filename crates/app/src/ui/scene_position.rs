//! The position of a tile in the visible scene. Slots of a sample are another thing: a page shows
//! tiles that no row has.

use tilejury_data::TileSlot;

/// A tile in the visible scene by its position: the index of its slot in a sample, or its index
/// among the tiles of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ScenePosition(usize);

impl ScenePosition {
    /// The position with an index.
    pub(crate) fn new(index: usize) -> Self {
        Self(index)
    }

    /// The index.
    pub(crate) fn index(self) -> usize {
        self.0
    }
}

/// The position in a scene that shows a sample.
impl From<TileSlot> for ScenePosition {
    fn from(slot: TileSlot) -> Self {
        Self(slot.index())
    }
}
