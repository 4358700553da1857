//! The tiles of one page, recognised by their names, in reading order.
//!
//! Works on names only; [`crate::TileSource`] finds the tiles. A page is a folder,
//! `123456.png.tiles`, and its tiles are `chunk_TTTT_CC.png`: chunk CC of tile TTTT, top to bottom.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::path::Path;

use crate::tile_path::TilePath;

/// The extensions of tiles; a folder may also hold lists and other files.
const PICTURE_EXTENSIONS: [&str; 4] = ["png", "jpg", "jpeg", "webp"];

impl TilePath {
    /// The folder of the tile, which is its page: `shard_123/shard_00001/123456.png.tiles`. `None`
    /// for a bare file name.
    pub fn page(&self) -> Option<&str> {
        self.as_str().rsplit_once('/').map(|(folder, _)| folder)
    }

    /// The name of the page for people to read: the `123456` of `123456.png.tiles`, or the name of
    /// any other folder.
    pub fn page_name(&self) -> Option<&str> {
        let folder = self.page()?.rsplit('/').next()?;
        let Some(picture) = folder.strip_suffix(".tiles") else { return Some(folder) };
        Some(picture.rsplit_once('.').filter(|(_, extension)| is_picture(extension)).map_or(picture, |(name, _)| name))
    }

    /// The numbers of tile and chunk from a name such as `chunk_0002_07.png`; `None` for other
    /// names.
    pub fn chunk(&self) -> Option<(u32, u32)> {
        let (stem, _) = self.name().split_once('.')?;
        let (tile, chunk) = stem.strip_prefix("chunk_")?.split_once('_')?;
        let number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?;
        Some((number(tile)?, number(chunk)?))
    }

    /// The name of the tile for people to read: page, tile and chunk by their numbers, such as
    /// `p. 123456 · tile 2, chunk 7`; of a path without that form, its last two parts.
    pub fn short_name(&self) -> Cow<'_, str> {
        match (self.page_name(), self.chunk()) {
            (Some(page), Some((number, chunk))) => format!("p. {page} · tile {number}, chunk {chunk}").into(),
            _ => self.tail().into(),
        }
    }

    /// Compares tiles of one page in reading order: by tile and chunk, then other names in natural
    /// order (`a2` before `a10`).
    pub fn reading_order(&self, other: &Self) -> Ordering {
        let by_chunk = match (self.chunk(), other.chunk()) {
            (Some(own), Some(others)) => own.cmp(&others),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => natural_order(self.name(), other.name()),
        };
        by_chunk.then_with(|| self.cmp(other))
    }

    fn name(&self) -> &str {
        self.as_str().rsplit('/').next().unwrap_or_default()
    }
}

/// The tiles that are separate files in `root/folder`.
pub(crate) fn in_folder(root: &Path, folder: &str) -> Vec<TilePath> {
    let entries = root.join(folder).read_dir().into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.path().is_file());
    let paths: Vec<TilePath> =
        files.filter_map(|entry| Some(TilePath::new(&format!("{folder}/{}", entry.file_name().to_str()?)))).collect();
    among(paths.iter(), folder)
}

/// Selects the paths that are pictures of a page.
pub(crate) fn among<'p>(paths: impl Iterator<Item = &'p TilePath>, folder: &str) -> Vec<TilePath> {
    let named = |path: &TilePath| {
        let name = path.name();
        !name.starts_with('.') && name.rsplit_once('.').is_some_and(|(_, extension)| is_picture(extension))
    };
    paths.filter(|path| path.page() == Some(folder) && named(path)).cloned().collect()
}

/// Sorts tiles in reading order and removes repeats.
pub(crate) fn in_reading_order(mut tiles: Vec<TilePath>) -> Vec<TilePath> {
    tiles.sort_by(TilePath::reading_order);
    tiles.dedup();
    tiles
}

fn is_picture(extension: &str) -> bool {
    PICTURE_EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// Compares runs of digits as numbers and everything else as text.
fn natural_order(mut a: &str, mut b: &str) -> Ordering {
    while !a.is_empty() && !b.is_empty() {
        let (run_a, run_b) = (take_run(&mut a), take_run(&mut b));
        let digits = [run_a, run_b].iter().all(|run| run.starts_with(|first: char| first.is_ascii_digit()));
        let order = if digits {
            let (a, b) = (run_a.trim_start_matches('0'), run_b.trim_start_matches('0'));
            a.len().cmp(&b.len()).then_with(|| a.cmp(b))
        } else {
            run_a.cmp(run_b)
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    a.len().cmp(&b.len())
}

/// Takes the leading run of digits, or of other characters, from a name.
fn take_run<'n>(name: &mut &'n str) -> &'n str {
    let digits = name.starts_with(|first: char| first.is_ascii_digit());
    let end = name.find(|next: char| next.is_ascii_digit() != digits).unwrap_or(name.len());
    let (run, rest) = name.split_at(end);
    *name = rest;
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(path: &str) -> TilePath {
        TilePath::new(path)
    }

    #[test]
    fn reads_page_and_chunk_from_a_tile_name() {
        let path = tile("images/shard_123/shard_00001/77.png.tiles/chunk_0002_07.png");
        assert_eq!(path.page(), Some("shard_123/shard_00001/77.png.tiles"));
        assert_eq!((path.page_name(), path.chunk()), (Some("77"), Some((2, 7))));
        assert_eq!(path.short_name(), "p. 77 · tile 2, chunk 7");
        assert_eq!(tile("images/pages/v1.2/a.png").short_name(), "v1.2/a.png");
        assert_eq!(tile("pages/v1.2/a.png").page_name(), Some("v1.2"));
        assert_eq!(tile("x/v1.2.tiles/a.png").page_name(), Some("v1.2"));
        assert_eq!(tile("a.png").page(), None);
        assert_eq!(tile("a.png").page_name(), None);
        for none in ["p/chunk_0001.png", "p/chunk_x_1.png", "p/chunk_1_+2.png", "p/chunk__1.png", "p/part_1_2.png"] {
            assert_eq!(tile(none).chunk(), None, "{none}");
        }
    }

    #[test]
    fn sorts_tiles_in_reading_order() {
        let names =
            ["b10.png", "chunk_0010_00.png", "b9.png", "chunk_0002_10.png", "chunk_0002_9.png", "B.png", "b9.png"];
        let sorted = in_reading_order(names.iter().map(|name| tile(&format!("p/{name}"))).collect());
        let sorted: Vec<&str> = sorted.iter().map(TilePath::name).collect();
        assert_eq!(
            sorted,
            ["chunk_0002_9.png", "chunk_0002_10.png", "chunk_0010_00.png", "B.png", "b9.png", "b10.png"]
        );
    }

    #[test]
    fn natural_order_compares_numbers_of_any_length() {
        let sorted = ["", "a", "a1", "a01b", "a2", "a99999999999999999998", "a99999999999999999999", "é", "é1"];
        for (at, name) in sorted.iter().enumerate() {
            for (other_at, other) in sorted.iter().enumerate() {
                assert_eq!(natural_order(name, other), at.cmp(&other_at), "{name} and {other}");
            }
        }
    }
}
