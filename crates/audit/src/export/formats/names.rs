//! Names in the files of formats: of splits as files, and of tiles as documents. Pure text; opens nothing.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;

use tilejury_data::{Dataset, TilePath};

/// The name of a format's file that is no split's.
pub(super) const CORPUS: &str = "corpus";

/// The card of a format's folder, which no folder of a split may take the place of.
const CARD: &str = "readme.md";

/// Signs of a split's name. Numbers and endings follow it, and file systems take 255 bytes.
const NAME_UP_TO: usize = 200;

/// For each split a name that any file system and any loader takes: letters and digits of ASCII, `-`, `_` and, but for the
/// first, `.`; all else becomes `_`, and a very long name is cut. No two are alike, also where case does not count, and none
/// is `corpus` or the card's.
pub(super) fn split_file_names(dataset: &Dataset) -> Vec<String> {
    distinct(dataset.splits.iter().map(|split| split.name.as_str()))
}

fn distinct<'s>(names: impl Iterator<Item = &'s str>) -> Vec<String> {
    let mut taken = HashSet::from([CORPUS.to_owned(), CARD.to_owned()]);
    let mut free = |name: String| taken.insert(name.to_ascii_lowercase()).then_some(name);
    names
        .map(|name| {
            let plain = plain(name);
            let numbered = (2_u32..).map(|number| format!("{plain}-{number}"));
            std::iter::once(plain.clone()).chain(numbered).find_map(&mut free).unwrap_or(plain)
        })
        .collect()
}

fn plain(name: &str) -> String {
    let sign = |(at, sign): (usize, char)| match sign {
        '-' | '_' => sign,
        '.' if at > 0 => sign,
        sign if sign.is_ascii_alphanumeric() => sign,
        _ => '_',
    };
    let plain: String = name.chars().take(NAME_UP_TO).enumerate().map(sign).collect();
    if plain.is_empty() { "_".to_owned() } else { plain }
}

/// A tile's name among documents: its normal path, with signs that would part or quote it in a table percent-encoded.
/// Two tiles never share one.
pub(super) fn document_id(tile: &TilePath) -> Cow<'_, str> {
    let path = tile.as_str();
    let encoded = |sign: char| sign.is_whitespace() || sign.is_control() || matches!(sign, '%' | '"');
    if path.is_empty() {
        // The path of no tile; a table still needs something to stand there.
        return Cow::Borrowed("%");
    }
    if !path.contains(encoded) {
        return Cow::Borrowed(path);
    }
    let mut id = String::with_capacity(path.len() + 8);
    for sign in path.chars() {
        if encoded(sign) {
            for byte in sign.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(id, "%{byte:02X}");
            }
        } else {
            id.push(sign);
        }
    }
    Cow::Owned(id)
}

/// Puts tiles in the order of their names as documents, each once.
pub(super) fn sort_as_documents(tiles: &mut Vec<TilePath>) {
    tiles.sort_unstable_by(|a, b| document_id(a).cmp(&document_id(b)));
    tiles.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_get_names_that_can_be_files() {
        let names = distinct(["train", "a b", "a_b", "A_B", "corpus", "README.md", "../x", "", "test.v2"].into_iter());
        assert_eq!(names, ["train", "a_b", "a_b-2", "A_B-3", "corpus-2", "README.md-2", "_._x", "_", "test.v2"]);
        let long = distinct([format!("{}1", "x".repeat(240)), "x".repeat(249)].iter().map(String::as_str));
        assert_eq!(long, ["x".repeat(200), "x".repeat(200) + "-2"]);
    }

    #[test]
    fn documents_have_no_space_in_their_names() {
        let id = |path: &str| document_id(&TilePath::new(path)).into_owned();
        assert_eq!(id("images/shard_1/a.png"), "shard_1/a.png");
        assert_eq!(id("images/p/a b%20\"é\u{a0}.png"), "p/a%20b%2520%22é%C2%A0.png");
        assert_eq!(id(".."), "%");
        let mut tiles = ["b.png", "a b.png", "a!.png", "b.png"].map(TilePath::new).to_vec();
        sort_as_documents(&mut tiles);
        assert_eq!(tiles, ["a!.png", "a b.png", "b.png"].map(TilePath::new));
    }
}
