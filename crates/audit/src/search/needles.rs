//! Bytes that a row must have to contain a text. Only rows with these bytes need to be parsed.
//!
//! JSON may write any character as `\u00xx`. The index knows the rows that write printable ASCII in
//! this way, and always parses them. In all others, printable ASCII is literal, except for `"`, `\`
//! and `/`, which may be escaped.

use memchr::memmem::Finder;
use tilejury_data::TilePath;

/// Searching the bytes for more tiles than this takes longer than parsing every row.
const TILES_AS_BYTES_UP_TO: usize = 64;

/// Byte runs that every row with a certain text has. Without any, every row may contain the text.
pub(super) struct Needles {
    exact: Vec<Finder<'static>>,
    any_case: Vec<u8>,
}

impl Needles {
    /// Builds the needles of a text that the row has literally, except for how its slashes are
    /// written.
    pub(super) fn exact(text: &str) -> Self {
        let mut runs: Vec<&[u8]> = runs(text, is_never_escaped).collect();
        runs.sort_by_key(|run| std::cmp::Reverse(run.len()));
        Self { exact: runs.into_iter().map(|run| Finder::new(run).into_owned()).collect(), any_case: Vec::new() }
    }

    /// Builds the needles of a lower-cased text that the row has in any case.
    pub(super) fn any_case(text: &str) -> Self {
        // Two characters beyond ASCII become `k` and `i` in lower case: the Kelvin sign and the
        // dotted capital I.
        let usable = |byte: u8| is_never_escaped(byte) && !matches!(byte, b'k' | b'i');
        let longest = runs(text, usable).max_by_key(|run| run.len()).unwrap_or_default();
        Self { exact: Vec::new(), any_case: longest.to_vec() }
    }

    /// Builds the needles of rows with any of these tiles: a row may have one if any of the needles
    /// says so.
    pub(super) fn of_any<'t>(tiles: impl ExactSizeIterator<Item = &'t TilePath>) -> Vec<Self> {
        match tiles.len() {
            ..=TILES_AS_BYTES_UP_TO => tiles.map(|tile| Self::exact(tile.as_str())).collect(),
            _ => vec![Self::exact("")],
        }
    }

    /// Whether a row with literal printable ASCII may contain the text.
    pub(super) fn may_contain_text(&self, row: &[u8]) -> bool {
        self.exact.iter().all(|run| run.find(row).is_some()) && holds_in_any_case(row, &self.any_case)
    }
}

fn runs(text: &str, usable: impl Fn(u8) -> bool) -> impl Iterator<Item = &[u8]> {
    text.as_bytes().split(move |byte| !usable(*byte)).filter(|run| !run.is_empty())
}

fn is_never_escaped(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\' | b'/')
}

fn holds_in_any_case(row: &[u8], lower: &[u8]) -> bool {
    let Some(first) = lower.first() else { return true };
    memchr::memchr2_iter(*first, first.to_ascii_uppercase(), row)
        .any(|at| row.get(at..at + lower.len()).is_some_and(|part| part.eq_ignore_ascii_case(lower)))
}

/// Whether a row writes any printable ASCII character as `\u00xx`.
pub(super) fn escapes_ascii(row: &[u8], escape: &Finder<'_>) -> bool {
    escape.find_iter(row).any(|at| matches!(row.get(at + 4), Some(b'2'..=b'7')))
}

/// The start of such an escape; hexadecimal 20 to 7f follow.
pub(super) const ESCAPE: &[u8] = b"\\u00";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needles_rule_out_rows_without_the_bytes() {
        let row = br#"{"chunk_path": "images\/a b\/123.png.tiles\/chunk_\u00e9.png"}"#;
        let check = |needles: Needles, expected: bool, text: &str| {
            assert_eq!(needles.may_contain_text(row), expected, "{text}");
        };
        check(Needles::exact("images/a b/123.png.tiles"), true, "slashes may be escaped");
        check(Needles::exact("chunk_é.png"), true, "characters beyond ASCII may be escaped");
        check(Needles::exact("images/124.png.tiles"), false, "one part is missing");
        check(Needles::any_case("png.tiles"), true, "as it is");
        check(Needles::any_case("images/a B".to_lowercase().as_str()), true, "lower-cased before");
        check(Needles::any_case("jpg"), false, "not there");
        check(Needles::exact("/é"), true, "nothing to search for");
        let upper = br#"{"chunk_path": "IMAGES/X"}"#;
        assert!(Needles::any_case("images").may_contain_text(upper));
        assert!(Needles::any_case("/x\"").may_contain_text(upper));
        assert!(!Needles::exact("images").may_contain_text(upper));
    }

    #[test]
    fn escapes_ascii_notices_escaped_ascii() {
        let check = |row: &str, expected: bool| {
            assert_eq!(escapes_ascii(row.as_bytes(), &Finder::new(ESCAPE)), expected, "{row}");
        };
        check(r"a\u0031b", true);
        check(r"\u00e9 \u005F", true);
        check(r"\u00e9 \u0007 \u2019 \/ \n", false);
        check(r"\u00", false);
    }
}
