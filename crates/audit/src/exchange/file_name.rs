//! The names of files in an exchange folder: the session, the numbers of the first and the last
//! event, and the beginning of the hash of the content. So two files with one name have one
//! content.

use std::fmt;
use std::ops::RangeInclusive;

use sha2::{Digest as _, Sha256};
use tilejury_data::hash::hexadecimal;

/// The ending of each file.
const ENDING: &str = ".jsonl";
/// Bytes of the hash in a name.
const HASH_BYTES: usize = 8;

/// The name of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileName {
    pub(super) session: String,
    /// The numbers from the first event to the last.
    pub(super) events: RangeInclusive<u64>,
    hash: String,
}

impl FileName {
    /// The name of a file with this content.
    pub(super) fn new(session: &str, events: RangeInclusive<u64>, content: &[u8]) -> Self {
        Self { session: part(session), events, hash: hexadecimal(&Sha256::digest(content)[..HASH_BYTES]) }
    }

    /// Reads a name; `None` if it is not the name of such a file.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let mut parts = name.strip_suffix(ENDING)?.rsplitn(4, '-');
        let (hash, last, first, session) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let events = first.parse().ok()?..=last.parse().ok()?;
        let is_hash = hash.len() == 2 * HASH_BYTES && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        let found = Self { session: session.to_owned(), events, hash: hash.to_owned() };
        (is_hash && found.to_string() == name && part(session) == session).then_some(found)
    }

    /// Whether it is the name of this content.
    pub(super) fn is_of(&self, content: &[u8]) -> bool {
        self.hash == hexadecimal(&Sha256::digest(content)[..HASH_BYTES])
    }

    /// Whether it is the name of a file of this session.
    pub(super) fn has_session(&self, session: &str) -> bool {
        self.session == part(session)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}-{}{ENDING}", self.session, self.events.start(), self.events.end(), self.hash)
    }
}

/// A session as part of a name: itself, or its hash if it has other characters than letters and
/// digits.
pub(super) fn part(session: &str) -> String {
    let is_plain = (1..=64).contains(&session.len()) && session.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_plain { session.to_owned() } else { hexadecimal(&Sha256::digest(session)[..16]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for session in ["0f", "A b/../c", ""] {
            let name = FileName::new(session, 3..=12, b"content");
            assert_eq!(FileName::parse(&name.to_string()), Some(name.clone()));
            assert!(name.has_session(session) && !name.has_session("other"));
            assert!(name.is_of(b"content") && !name.is_of(b"Content"));
        }
        let name = FileName::new("0f", 3..=12, b"content").to_string();
        for other in [".x.jsonl", "a.jsonl", "0f-3-12.jsonl", &name.replace("-3-", "-03-"), &format!("../{name}")] {
            assert_eq!(FileName::parse(other), None, "{other}");
        }
    }
}
