//! The normal form of a tile's path; all conversion is in this file.
//!
//! Rows spell a tile as `images/shard_123/…` or as `/any/where/shard_123/…` (on the machine that
//! mined it), and tars name the member `shard_123/…`. All of these become the tail that begins at
//! the shard folder. The form is for matching and for finding files below the dataset's root; it
//! can never lead out of it.

use std::borrow::Cow;
use std::fmt;

/// The normal form of a tile's path: no leading `images/`, no absolute part, forward slashes, no
/// `.` and no `..`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TilePath(Box<str>);

impl TilePath {
    /// Normalises any spelling of a tile's path. Cannot fail: a spelling with nothing left becomes
    /// the empty path, which matches no tile.
    ///
    /// The normal form begins at the last run of adjacent folders named `shard_…`, or at the last
    /// two of a longer run: the layout nests `shard_123/shard_00001`. Without such a folder, an
    /// absolute path begins after its last `images` folder, and a relative one loses a leading
    /// `images`.
    pub fn new(spelling: &str) -> Self {
        Self(Self::normal(spelling).into())
    }

    /// Wraps a text that is already in normal form. Normalising it twice would be wrong:
    /// `images/images/a.png` has the form `images/a.png`, which would have another one.
    pub(crate) fn from_normal(normal: &str) -> Self {
        Self(normal.into())
    }

    /// The text of [`Self::new`], borrowed if the spelling contains it as it is.
    pub fn normal(spelling: &str) -> Cow<'_, str> {
        match shard_start(spelling) {
            Some(start) => Cow::Borrowed(&spelling[start..]),
            None => Cow::Owned(Self::normal_of_any(spelling)),
        }
    }

    fn normal_of_any(spelling: &str) -> String {
        let spelling = spelling.replace('\\', "/");
        // A drive letter would make a path absolute again on Windows.
        let drive = spelling.as_bytes().get(1) == Some(&b':') && spelling.as_bytes()[0].is_ascii_alphabetic();
        let rest = if drive { &spelling[2..] } else { &spelling };
        let mut parts: Vec<&str> = Vec::with_capacity(8);
        for part in rest.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                _ => parts.push(part),
            }
        }
        let start = start_of(&parts, drive || spelling.starts_with('/'));
        let kept = parts.get(start..).unwrap_or_default().join("/");
        // After `images/`, too, a drive letter would lead out of the root; and a normal form must
        // be its own normal form.
        let mut inside = kept.as_str();
        while let [letter, b':', ..] = inside.as_bytes()
            && letter.is_ascii_alphabetic()
        {
            inside = inside[2..].trim_start_matches('/');
        }
        inside.to_owned()
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first folder, which names the shard that should hold the tile; `None` for a bare file
    /// name.
    pub fn shard_name(&self) -> Option<&str> {
        self.0.split_once('/').map(|(folder, _)| folder)
    }

    /// The last two parts, such as `123456.png.tiles/chunk_0000_00.png`: enough for a person to
    /// tell tiles apart.
    pub fn tail(&self) -> &str {
        match self.0.rmatch_indices('/').nth(1) {
            Some((at, _)) => &self.0[at + 1..],
            None => &self.0,
        }
    }
}

/// The start of the normal form in a simple path with a folder `shard_…`; `None` for any other.
/// Nearly all spellings are such, and every row has several, so this is one pass over the bytes.
fn shard_start(spelling: &str) -> Option<usize> {
    let bytes = spelling.as_bytes();
    if matches!(bytes, [b'.', ..] | [_, b':', ..]) {
        return None;
    }
    let (mut start, mut folder, mut shard_before) = (None, 0, None);
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == b'\\' {
            return None;
        }
        if *byte == b'/' {
            if matches!(bytes.get(at + 1), None | Some(b'/' | b'.')) {
                return None;
            }
            let shard = bytes[folder..].starts_with(b"shard_").then_some(folder);
            start = shard.map(|shard| shard_before.unwrap_or(shard)).or(start);
            (shard_before, folder) = (shard, at + 1);
        }
    }
    start
}

/// The index of the first part of the normal form.
fn start_of(parts: &[&str], absolute: bool) -> usize {
    let folders = parts.len().saturating_sub(1);
    let is_shard = |part: &&str| part.starts_with("shard_");
    if let Some(last) = parts.iter().take(folders).rposition(is_shard) {
        let run = parts.iter().take(last + 1).rev().take_while(|part| is_shard(part)).count();
        return last + 1 - run.min(2);
    }
    if absolute {
        return parts.iter().take(folders).rposition(|part| *part == "images").map_or(0, |at| at + 1);
    }
    usize::from(folders > 0 && parts.first() == Some(&"images"))
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(spelling: &str, expected: &str) {
        assert_eq!(TilePath::new(spelling).as_str(), expected, "{spelling}");
    }

    #[test]
    fn normalises_all_spellings_to_one_path() {
        let normal = "shard_123/shard_00001/9.png.tiles/chunk_0000_00.png";
        check("images/shard_123/shard_00001/9.png.tiles/chunk_0000_00.png", normal);
        check("./images//shard_123/shard_00001/9.png.tiles/chunk_0000_00.png", normal);
        check("shard_123/shard_00001/9.png.tiles/chunk_0000_00.png", normal);
        check("/opt/kiwix_tiles/shard_123/shard_00001/9.png.tiles/chunk_0000_00.png", normal);
        check("/data/shard_work/tiles/shard_123/shard_00001/9.png.tiles/chunk_0000_00.png", normal);
        check("/mnt/shard_7/shard_123/shard_00001/9.png.tiles/chunk_0000_00.png", normal);
        check("C:\\tiles\\shard_123\\shard_00001\\9.png.tiles\\chunk_0000_00.png", normal);
    }

    #[test]
    fn keeps_the_tree_of_sets_without_shard_folders() {
        check("images/pages/a.png", "pages/a.png");
        check("pages/images/a.png", "pages/images/a.png");
        check("images/pages/images/a.png", "pages/images/a.png");
        check("/home/x/set/images/pages/a.png", "pages/a.png");
        check("a.png", "a.png");
        check("images", "images");
        check("shard_1.png", "shard_1.png");
    }

    #[test]
    fn never_leads_out_of_the_root() {
        check("images/../../../etc/passwd", "etc/passwd");
        check("C:/secret/x.png", "secret/x.png");
        check("c:x.png", "x.png");
        check("images/c:/x.png", "x.png");
        check("images/c:d:/x.png", "x.png");
        check("/c:/x.png", "x.png");
        check("./C:\\x.png", "x.png");
        check("images/c:", "");
        // Elsewhere, a colon is an ordinary character: these two are different tiles.
        check("images/pages/c:x.png", "pages/c:x.png");
        check("images/pages/d:x.png", "pages/d:x.png");
        check("..", "");
        check("", "");
    }

    #[test]
    fn fast_path_agrees_with_full_normalisation() {
        let parts =
            ["shard_1", "shard_", "images", "a.png", "é", ".", "..", "", "C:", "shard_2", "x\\\\shard_3", "C:shard_4"];
        // All paths of up to four parts.
        let mut paths = vec![String::new()];
        for _ in 0..4 {
            let longer =
                |path: &String| parts.map(|part| if path.is_empty() { part.into() } else { format!("{path}/{part}") });
            paths.extend(paths.iter().flat_map(longer).collect::<Vec<_>>());
            paths.dedup();
        }
        for path in paths.iter().flat_map(|path| [path.clone(), format!("/{path}")]) {
            assert_eq!(TilePath::normal(&path), TilePath::normal_of_any(&path), "{path}");
        }
    }

    #[test]
    fn borrows_a_simple_spelling() {
        let borrowed = |spelling| matches!(TilePath::normal(spelling), Cow::Borrowed(_));
        assert!(borrowed("images/shard_123/shard_00001/9.png.tiles/chunk_0000_00.png"));
        assert!(borrowed("/opt/tiles/shard_123/shard_00001/9.png.tiles/chunk_0000_00.png"));
        assert!(!borrowed("images/../shard_123/a.png"));
    }

    #[test]
    fn reads_shard_name_and_tail() {
        let path = TilePath::new("images/shard_123/shard_00001/9.png.tiles/chunk_0000_00.png");
        assert_eq!(path.shard_name(), Some("shard_123"));
        assert_eq!(path.tail(), "9.png.tiles/chunk_0000_00.png");
        assert_eq!(TilePath::new("a.png").shard_name(), None);
        assert_eq!(TilePath::new("a.png").tail(), "a.png");
    }
}
