//! Tests of a row: of its line, split and counts, which the index answers, and of its text.

use std::collections::HashSet;

use tilejury_data::{Row, TilePath};

use super::needles::Needles;
use super::number::NumberRange;
use crate::external::TextPattern;

/// A test that the index and the list of samples answer; no row is parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ListTest {
    /// The query contains this text, lower-cased.
    Word(String),
    /// Index of the split.
    Split(usize),
    /// 1-based line in the split's file.
    Line(NumberRange),
    /// Number of negatives.
    Negatives(NumberRange),
}

/// A test that only the row's text answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RowTest {
    /// A tile in this role matches.
    Tile(TileRole, TileTest),
    /// The answer text matches.
    Answer(TextTest),
    /// A tile in this role has a text with these words.
    Text(TileRole, TextPattern),
}

/// The role of a tile in the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TileRole {
    Any,
    Positive,
    Negative,
}

impl TileRole {
    /// Whether a tile of the row in this role, as the row spells it, passes.
    fn any_tile(self, row: &Row<'_>, passes: impl Fn(&str) -> bool) -> bool {
        (self != Self::Negative && passes(&row.positive))
            || (self != Self::Positive && row.negatives.iter().any(|path| passes(path)))
    }
}

/// A test of a tile's path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TileTest {
    /// It is exactly this tile.
    Is(TilePath),
    /// Any folder above it has this name, with or without the ending of page folders.
    Page(String),
    /// It is in this folder, given in normal form.
    In(String),
    /// The row's spelling contains this text, lower-cased.
    Spelled(String),
}

/// A test of a text that may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TextTest {
    /// Whether there is a text.
    Present(bool),
    /// It contains this, lower-cased.
    Contains(String),
}

/// The ending of a page's folder, after the article's number.
const PAGE_FOLDER_ENDING: &str = ".png.tiles";

impl RowTest {
    /// The bytes that a row must have for this test to hold.
    pub(super) fn needles(&self) -> Needles {
        match self {
            Self::Tile(_, tile) => tile.needles(),
            // If the field is missing, so is its name.
            Self::Answer(TextTest::Present(true)) => Needles::exact("answer"),
            Self::Answer(TextTest::Present(false)) => Needles::exact(""),
            Self::Answer(TextTest::Contains(text)) => Needles::any_case(text),
            // Its tiles are known only when the texts are searched.
            Self::Text(..) => Needles::exact(""),
        }
    }

    /// Whether the test holds. `with_text`: the tiles that a test of texts asks about.
    pub(super) fn holds(&self, row: &Row<'_>, with_text: Option<&HashSet<TilePath>>) -> bool {
        match self {
            Self::Tile(role, tile) => role.any_tile(row, |path| tile.holds(path)),
            Self::Answer(test) => test.holds(row.answer.as_deref()),
            Self::Text(role, _) => {
                with_text.is_some_and(|tiles| role.any_tile(row, |path| tiles.contains(&TilePath::new(path))))
            }
        }
    }
}

impl TileTest {
    /// Builds the test of a page, given the name of its folder or, with slashes, any spelling of
    /// the folder's path.
    pub(super) fn page(name: &str) -> Self {
        if !name.contains(['/', '\\']) {
            return Self::Page(name.to_owned());
        }
        // Paths of tiles have one normal form, from which folders get theirs.
        let tile_in_it = TilePath::new(&format!("{name}/tile"));
        Self::In(tile_in_it.page().unwrap_or_default().to_owned())
    }

    pub(super) fn needles(&self) -> Needles {
        match self {
            Self::Is(path) => Needles::exact(path.as_str()),
            Self::Page(name) | Self::In(name) => Needles::exact(name),
            Self::Spelled(text) => Needles::any_case(text),
        }
    }

    /// Whether the test holds for a tile, as a row spells it.
    pub(super) fn holds(&self, spelling: &str) -> bool {
        match self {
            // The empty path is not a tile.
            Self::Is(path) => !path.as_str().is_empty() && TilePath::new(spelling) == *path,
            Self::Page(name) => {
                let is_page = |part: &str| {
                    part.strip_prefix(name.as_str())
                        .is_some_and(|ending| ending.is_empty() || ending == PAGE_FOLDER_ENDING)
                };
                TilePath::new(spelling).page().is_some_and(|folder| folder.split('/').any(is_page))
            }
            Self::In(wanted) => TilePath::new(spelling).page() == Some(wanted),
            Self::Spelled(text) => spelling.to_lowercase().contains(text),
        }
    }
}

impl TextTest {
    /// Whether the test holds; an empty text counts as missing.
    pub(super) fn holds(&self, text: Option<&str>) -> bool {
        let text = text.filter(|text| !text.trim().is_empty());
        match self {
            Self::Present(present) => text.is_some() == *present,
            Self::Contains(part) => text.is_some_and(|text| text.to_lowercase().contains(part)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_matches_the_folder_with_its_name() {
        let check = |name: &str, path: &str, expected: bool| {
            assert_eq!(TileTest::page(name).holds(path), expected, "{name} in {path}");
        };
        let path = "/mnt/tiles/shard_001/shard_00002/123456.png.tiles/chunk_0000_00.png";
        check("123456", path, true);
        check("123456.png.tiles", path, true);
        check("shard_001", path, true);
        check("12345", path, false);
        check("123456.png", path, false);
        check("chunk_0000_00.png", path, false);
        check("tiles", path, false);
        check("a", "a.png.tiles", false);
        check("images/shard_001/shard_00002/123456.png.tiles", path, true);
        check("/else/where/shard_001/shard_00002/123456.png.tiles/", path, true);
        check("shard_00002/123456.png.tiles", path, false);
        check("/", "a.png", false);
    }

    #[test]
    fn empty_path_matches_no_tile() {
        assert!(!TileTest::Is(TilePath::new("..")).holds(".."));
        assert!(TileTest::Is(TilePath::new("images/a.png")).holds("a.png"));
    }

    #[test]
    fn empty_text_counts_as_missing() {
        assert!(TextTest::Present(false).holds(Some(" ")));
        assert!(TextTest::Present(true).holds(Some("x")));
        assert!(TextTest::Contains("élan".into()).holds(Some("L'ÉLAN")));
        assert!(!TextTest::Contains("x".into()).holds(None));
    }
}
