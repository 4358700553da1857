//! What can be said of a row from its bytes alone: that a text surely does not stand in it. Only rows that may hold
//! the text need to be parsed.
//!
//! JSON writes any sign as `\u00xx` if it likes. A row in which printable ASCII is written so is known to the index and
//! always parsed; in all others, printable ASCII stands as it is, but for `"`, `\` and `/`, which may be escaped.

use memchr::memmem::Finder;

/// Byte runs that a row holds if it holds a certain text. Without any, every row may hold it.
pub(super) struct Needles {
    exact: Vec<Finder<'static>>,
    any_case: Vec<u8>,
}

impl Needles {
    /// For a text that stands in the row as it is, but for how its slashes are written.
    pub(super) fn exact(text: &str) -> Self {
        let mut runs: Vec<&[u8]> = runs(text, is_never_escaped).collect();
        runs.sort_by_key(|run| std::cmp::Reverse(run.len()));
        Self { exact: runs.into_iter().map(|run| Finder::new(run).into_owned()).collect(), any_case: Vec::new() }
    }

    /// For a lower-cased text that stands in the row in any case.
    pub(super) fn any_case(text: &str) -> Self {
        // Two signs beyond ASCII become `k` and `i` in lower case: the Kelvin sign and the dotted capital I.
        let kept = |byte: u8| is_never_escaped(byte) && !matches!(byte, b'k' | b'i');
        let longest = runs(text, kept).max_by_key(|run| run.len()).unwrap_or_default();
        Self { exact: Vec::new(), any_case: longest.to_vec() }
    }

    /// May the text stand in a row whose printable ASCII is written as it is?
    pub(super) fn may_stand_in(&self, row: &[u8]) -> bool {
        self.exact.iter().all(|run| run.find(row).is_some()) && holds_in_any_case(row, &self.any_case)
    }
}

fn runs(text: &str, kept: impl Fn(u8) -> bool) -> impl Iterator<Item = &[u8]> {
    text.as_bytes().split(move |byte| !kept(*byte)).filter(|run| !run.is_empty())
}

fn is_never_escaped(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\' | b'/')
}

fn holds_in_any_case(row: &[u8], lower: &[u8]) -> bool {
    let Some(first) = lower.first() else { return true };
    memchr::memchr2_iter(*first, first.to_ascii_uppercase(), row)
        .any(|at| row.get(at..at + lower.len()).is_some_and(|part| part.eq_ignore_ascii_case(lower)))
}

/// Is any printable ASCII sign of a row written as `\u00xx`?
pub(super) fn escapes_ascii(row: &[u8], escape: &Finder<'_>) -> bool {
    escape.find_iter(row).any(|at| matches!(row.get(at + 4), Some(b'2'..=b'7')))
}

/// How such an escape begins; hexadecimal 20 to 7f follow.
pub(super) const ESCAPE: &[u8] = b"\\u00";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_the_bytes_is_ruled_out() {
        let row = br#"{"chunk_path": "images\/a b\/123.png.tiles\/chunk_\u00e9.png"}"#;
        let check = |needles: Needles, expected: bool, text: &str| {
            assert_eq!(needles.may_stand_in(row), expected, "{text}");
        };
        check(Needles::exact("images/a b/123.png.tiles"), true, "slashes may be escaped");
        check(Needles::exact("chunk_é.png"), true, "signs beyond ASCII may be escaped");
        check(Needles::exact("images/124.png.tiles"), false, "one part is missing");
        check(Needles::any_case("png.tiles"), true, "as it is");
        check(Needles::any_case("images/a B".to_lowercase().as_str()), true, "lower-cased before");
        check(Needles::any_case("jpg"), false, "not there");
        check(Needles::exact("/é"), true, "nothing to look for");
        let upper = br#"{"chunk_path": "IMAGES/X"}"#;
        assert!(Needles::any_case("images").may_stand_in(upper));
        assert!(Needles::any_case("/x\"").may_stand_in(upper));
        assert!(!Needles::exact("images").may_stand_in(upper));
    }

    #[test]
    fn escaped_ascii_is_noticed() {
        let check = |row: &str, expected: bool| {
            assert_eq!(escapes_ascii(row.as_bytes(), &Finder::new(ESCAPE)), expected, "{row}");
        };
        check(r"a\u0031b", true);
        check(r"\u00e9 \u005F", true);
        check(r"\u00e9 \u0007 \u2019 \/ \n", false);
        check(r"\u00", false);
    }
}
