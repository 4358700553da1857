//! Requests as bytes, and the beginning of an answer. Knows no files.

use std::collections::HashMap;
use std::io::{self, BufRead, Read as _, Write};
use std::ops::Range;

/// The longest line of a request.
const LINE_UP_TO: u64 = 16 << 10;

/// A request as far as it matters.
pub(super) struct Request {
    pub(super) is_head: bool,
    /// Below the top, decoded, without what follows a `?`.
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HashMap<String, String>,
}

impl Request {
    /// A value in the query, decoded.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let pair = |pair: &str| Some(decoded(&pair.strip_prefix(name)?.strip_prefix('=')?.replace('+', " ")));
        self.query.split('&').find_map(pair)
    }
}

/// Reads the next request of a connection; `None` at its end.
pub(super) fn read_request(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let line = read_line(reader)?;
    let mut words = line.split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
    let mut headers = HashMap::new();
    loop {
        let line = read_line(reader)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = decoded(path.trim_start_matches('/'));
    Ok(Some(Request { is_head: method == "HEAD", path, query: query.to_owned(), headers }))
}

fn read_line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    reader.take(LINE_UP_TO).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

/// A path without its `%XX`.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.get(..2).and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        (bytes, rest) = match code.filter(|_| *first == b'%') {
            Some(code) => ([bytes, vec![code]].concat(), &after[2..]),
            None => ([bytes, vec![*first]].concat(), after),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The range of a `Range` header within a length; `None` if it is outside.
pub(super) fn range(value: &str, len: u64) -> Option<Range<u64>> {
    let (first, last) = value.strip_prefix("bytes=")?.split_once('-')?;
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) => first..last.saturating_add(1).min(len),
        (Ok(first), Err(_)) => first..len,
        (Err(_), Ok(last)) => len.saturating_sub(last)..len,
        (Err(_), Err(_)) => return None,
    };
    (range.start < range.end).then_some(range)
}

/// Writes the beginning of an answer whose content has so many bytes.
pub(super) fn head(mut to: impl Write, status: &str, len: u64, fields: &str) -> io::Result<()> {
    to.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: {len}\r\n{fields}\r\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_at_the_end() {
        assert_eq!(range("bytes=2-4", 10), Some(2..5));
        assert_eq!(range("bytes=2-99", 10), Some(2..10));
        assert_eq!(range("bytes=7-", 10), Some(7..10));
        assert_eq!(range("bytes=-3", 10), Some(7..10));
        assert_eq!((range("bytes=10-", 10), range("bytes=x", 10)), (None, None));
    }
}
