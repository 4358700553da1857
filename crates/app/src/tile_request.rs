//! Requests for pictures: of which tile, and how large. Loads nothing.

use std::fmt;

use tilejury_data::TilePath;

/// A picture to show.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Picture {
    /// A tile.
    Tile(TilePath),
    /// The difference between two tiles.
    Difference(TilePath, TilePath),
}

impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tile(path) => write!(f, "The tile {path}"),
            Self::Difference(a, b) => write!(f, "The difference between {a} and {b}"),
        }
    }
}

/// The size of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum PictureSize {
    /// Filtered down to the displayed size.
    Shown,
    /// Very small, for the queue and the strip; kept beside the others.
    Thumbnail,
    /// Small, for a list of tiles of which one may be large beside it; kept beside the others.
    Listed,
    /// With all its pixels, for the loupe; kept beside the one in the displayed size.
    Full,
    /// Not at all: its bytes are fetched and kept on the disk.
    Bytes,
}

/// A request for a picture, with its displayed width in physical pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TileRequest {
    pub(crate) picture: Picture,
    pub(crate) grade: PictureSize,
    pub(crate) width: u32,
}

impl TileRequest {
    /// A tile in the displayed size.
    pub(crate) fn tile(path: &TilePath, width: u32) -> Self {
        Self { picture: Picture::Tile(path.clone()), grade: PictureSize::Shown, width }
    }

    /// A tile as a thumbnail.
    pub(crate) fn thumbnail(path: &TilePath, width: u32) -> Self {
        Self { picture: Picture::Tile(path.clone()), grade: PictureSize::Thumbnail, width }
    }

    /// A tile in a list.
    pub(crate) fn listed(path: &TilePath, width: u32) -> Self {
        Self { picture: Picture::Tile(path.clone()), grade: PictureSize::Listed, width }
    }

    /// The bytes of a tile that comes later.
    pub(crate) fn bytes(path: &TilePath) -> Self {
        Self { picture: Picture::Tile(path.clone()), grade: PictureSize::Bytes, width: 0 }
    }

    /// Whether it is for the same picture in the same grade, at any width.
    pub(crate) fn is_for(&self, other: &Self) -> bool {
        self.picture == other.picture && self.grade == other.grade
    }
}
