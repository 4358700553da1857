//! Tiles of one page: which they are by their names, and in what order a person reads them.
//!
//! Names only; where tiles lie is the business of [`crate::TileSource`]. A page is a folder, `123456.png.tiles`, and its
//! tiles are `chunk_TTTT_CC.png`: chunk CC of tile TTTT, top to bottom.

use std::cmp::Ordering;
use std::path::Path;

use crate::tile_path::TilePath;

/// What a tile's name can end in; beside tiles a folder may hold lists and previews of other kinds.
const PICTURE_EXTENSIONS: [&str; 4] = ["png", "jpg", "jpeg", "webp"];

impl TilePath {
    /// The folder that the tile is in, which is its page: `shard_123/shard_00001/123456.png.tiles`. `None` for a bare name.
    pub fn page(&self) -> Option<&str> {
        self.as_str().rsplit_once('/').map(|(folder, _)| folder)
    }

    /// The page for people to read: the `123456` of `123456.png.tiles`; of another folder its name.
    pub fn page_name(&self) -> Option<&str> {
        let folder = self.page()?.rsplit('/').next()?;
        let Some(picture) = folder.strip_suffix(".tiles") else { return Some(folder) };
        Some(picture.rsplit_once('.').filter(|(_, extension)| is_picture(extension)).map_or(picture, |(name, _)| name))
    }

    /// Tile and chunk of the page, from a name such as `chunk_0002_07.png`; `None` for names of other kinds.
    pub fn chunk(&self) -> Option<(u32, u32)> {
        let (stem, _) = self.name().split_once('.')?;
        let (tile, chunk) = stem.strip_prefix("chunk_")?.split_once('_')?;
        let number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?;
        Some((number(tile)?, number(chunk)?))
    }

    /// The order in which a person reads tiles of one page: by tile and chunk; other names behind these, in natural order
    /// (`a2` before `a10`).
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

/// The tiles that are files of their own in `root/folder`.
pub(crate) fn in_folder(root: &Path, folder: &str) -> Vec<TilePath> {
    let entries = root.join(folder).read_dir().into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.path().is_file());
    let paths: Vec<TilePath> =
        files.filter_map(|entry| Some(TilePath::new(&format!("{folder}/{}", entry.file_name().to_str()?)))).collect();
    among(paths.iter(), folder)
}

/// Those of the paths that are pictures of a page.
pub(crate) fn among<'p>(paths: impl Iterator<Item = &'p TilePath>, folder: &str) -> Vec<TilePath> {
    let named = |path: &TilePath| {
        let name = path.name();
        !name.starts_with('.') && name.rsplit_once('.').is_some_and(|(_, extension)| is_picture(extension))
    };
    paths.filter(|path| path.page() == Some(folder) && named(path)).cloned().collect()
}

/// Sorts, and takes out repeats.
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

/// Takes the digits, or the text without digits, that a name begins with.
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
    fn a_tile_names_its_page_and_chunk() {
        let path = tile("images/shard_123/shard_00001/77.png.tiles/chunk_0002_07.png");
        assert_eq!(path.page(), Some("shard_123/shard_00001/77.png.tiles"));
        assert_eq!((path.page_name(), path.chunk()), (Some("77"), Some((2, 7))));
        assert_eq!(tile("pages/v1.2/a.png").page_name(), Some("v1.2"));
        assert_eq!(tile("x/v1.2.tiles/a.png").page_name(), Some("v1.2"));
        assert_eq!(tile("a.png").page(), None);
        assert_eq!(tile("a.png").page_name(), None);
        for none in ["p/chunk_0001.png", "p/chunk_x_1.png", "p/chunk_1_+2.png", "p/chunk__1.png", "p/part_1_2.png"] {
            assert_eq!(tile(none).chunk(), None, "{none}");
        }
    }

    #[test]
    fn tiles_are_sorted_as_they_are_read() {
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
    fn natural_order_holds_for_numbers_of_any_length() {
        let sorted = ["", "a", "a1", "a01b", "a2", "a99999999999999999998", "a99999999999999999999", "é", "é1"];
        for (at, name) in sorted.iter().enumerate() {
            for (other_at, other) in sorted.iter().enumerate() {
                assert_eq!(natural_order(name, other), at.cmp(&other_at), "{name} and {other}");
            }
        }
    }
}
