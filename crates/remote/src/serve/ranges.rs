//! The part of a file that a request asks for, by `Range`, `If-Range`, `If-Match` and
//! `If-None-Match` (RFC 9110). Reads no file.

use std::ops::Range;

use http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH, IF_RANGE, RANGE};
use http::{HeaderMap, StatusCode};

/// The answer to a request for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// All of it.
    Whole,
    /// Some of its bytes.
    Part(Range<u64>),
    /// Another status, without the file.
    Refused(StatusCode),
}

/// Decides what a request gets of a file with this length and ETag.
pub(super) fn asked(headers: &HeaderMap, len: u64, e_tag: &str) -> Asked {
    if text(headers, &IF_MATCH).is_some_and(|wanted| !matches(wanted, e_tag)) {
        return Asked::Refused(StatusCode::PRECONDITION_FAILED);
    }
    if text(headers, &IF_NONE_MATCH).is_some_and(|known| matches(known, e_tag)) {
        return Asked::Refused(StatusCode::NOT_MODIFIED);
    }
    let Some(value) = text(headers, &RANGE) else { return Asked::Whole };
    // Anything but this very version, a date too, brings the whole.
    if text(headers, &IF_RANGE).is_some_and(|wanted| wanted != e_tag) {
        return Asked::Whole;
    }
    // A server may ignore a unit that it does not know.
    let Some(value) = value.strip_prefix("bytes=") else { return Asked::Whole };
    match part(value, len) {
        Some(part) => Asked::Part(part),
        None => Asked::Refused(StatusCode::RANGE_NOT_SATISFIABLE),
    }
}

/// One range of a file of this length; `None` if there is none, or there are several.
fn part(value: &str, len: u64) -> Option<Range<u64>> {
    let (first, last) = value.trim().split_once('-')?;
    let number =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    let range = match (first, last) {
        ("", "") => return None,
        ("", last) => len.saturating_sub(number(last)?)..len,
        (first, "") => number(first)?..len,
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return None;
            }
            first..last.saturating_add(1).min(len)
        }
    };
    (range.start < range.end).then_some(range)
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// Whether a list of ETags has this one.
fn matches(list: &str, e_tag: &str) -> bool {
    list.split(',').any(|one| matches!(one.trim(), one if one == "*" || one == e_tag))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn of(headers: &[(&'static str, &str)], len: u64) -> Asked {
        let pairs = headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        asked(&pairs.collect(), len, "\"v1\"")
    }

    #[test]
    fn ranges_are_cut_to_the_file() {
        let unsatisfiable = Asked::Refused(StatusCode::RANGE_NOT_SATISFIABLE);
        for (value, expected) in [
            ("bytes=0-9", Asked::Part(0..10)),
            ("bytes=90-", Asked::Part(90..100)),
            ("bytes=-10", Asked::Part(90..100)),
            ("bytes=-1000", Asked::Part(0..100)),
            ("bytes=99-18446744073709551615", Asked::Part(99..100)),
            ("bytes=100-", unsatisfiable.clone()),
            ("bytes=5-4", unsatisfiable.clone()),
            ("bytes=-0", unsatisfiable.clone()),
            ("bytes=-", unsatisfiable.clone()),
            ("bytes=+1-2", unsatisfiable.clone()),
            ("bytes=0-99999999999999999999999", unsatisfiable.clone()),
            ("bytes=0-0,0-0,0-0", unsatisfiable),
            ("rows=0-9", Asked::Whole),
        ] {
            assert_eq!(of(&[("range", value)], 100), expected, "{value}");
        }
        assert_eq!(of(&[("range", "bytes=0-")], 0), Asked::Refused(StatusCode::RANGE_NOT_SATISFIABLE));
    }

    #[test]
    fn conditions_are_those_of_the_version() {
        let range = ("range", "bytes=0-9");
        assert_eq!(of(&[range, ("if-range", "\"v1\"")], 100), Asked::Part(0..10));
        for other in ["\"v2\"", "W/\"v1\"", "Sun, 29 Nov 2026 10:00:00 GMT"] {
            assert_eq!(of(&[range, ("if-range", other)], 100), Asked::Whole, "{other}");
        }
        assert_eq!(of(&[range, ("if-match", "\"v0\", \"v1\"")], 100), Asked::Part(0..10));
        assert_eq!(of(&[range, ("if-match", "\"v2\"")], 100), Asked::Refused(StatusCode::PRECONDITION_FAILED));
        assert_eq!(of(&[("if-none-match", "\"v1\"")], 100), Asked::Refused(StatusCode::NOT_MODIFIED));
    }
}
