//! Names in the files of formats: file names of splits, and document names of tiles. Pure text;
//! opens nothing.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;

use tilejury_data::{Dataset, TilePath};

/// The name of the corpus file, which no split may have.
pub(super) const CORPUS: &str = "corpus";

/// The card of a format's folder, whose name no folder of a split may have.
const CARD: &str = "readme.md";

/// The maximum length of a split's name in characters. Numbers and endings follow it, and file
/// systems allow 255 bytes.
const NAME_UP_TO: usize = 200;

/// Returns for each split a name that any file system and any loader accepts: ASCII letters and
/// digits, `-`, `_` and, except at the start, `.`. All other characters become `_`, and a very long
/// name is cut. No two are equal, even ignoring case, and none is `corpus` or the card's name.
pub(in crate::export) fn split_file_names(dataset: &Dataset) -> Vec<String> {
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
    let accepted = |(at, character): (usize, char)| match character {
        '-' | '_' => character,
        '.' if at > 0 => character,
        character if character.is_ascii_alphanumeric() => character,
        _ => '_',
    };
    let plain: String = name.chars().take(NAME_UP_TO).enumerate().map(accepted).collect();
    if plain.is_empty() { "_".to_owned() } else { plain }
}

/// Returns a tile's document name: its normalised path, with characters that would separate or
/// quote it in a table percent-encoded. Two tiles never share one.
pub(in crate::export) fn document_id(tile: &TilePath) -> Cow<'_, str> {
    let path = tile.as_str();
    let is_encoded =
        |character: char| character.is_whitespace() || character.is_control() || matches!(character, '%' | '"');
    if path.is_empty() {
        // No tile has this path, but a table still needs a value.
        return Cow::Borrowed("%");
    }
    if !path.contains(is_encoded) {
        return Cow::Borrowed(path);
    }
    let mut id = String::with_capacity(path.len() + 8);
    for character in path.chars() {
        if is_encoded(character) {
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(id, "%{byte:02X}");
            }
        } else {
            id.push(character);
        }
    }
    Cow::Owned(id)
}

/// Sorts tiles by their document names and removes repeats.
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
    fn document_names_contain_no_space() {
        let id = |path: &str| document_id(&TilePath::new(path)).into_owned();
        assert_eq!(id("images/shard_1/a.png"), "shard_1/a.png");
        assert_eq!(id("images/p/a b%20\"é\u{a0}.png"), "p/a%20b%2520%22é%C2%A0.png");
        assert_eq!(id(".."), "%");
        let mut tiles = ["b.png", "a b.png", "a!.png", "b.png"].map(TilePath::new).to_vec();
        sort_as_documents(&mut tiles);
        assert_eq!(tiles, ["a!.png", "a b.png", "b.png"].map(TilePath::new));
    }
}
