//! Prepares untrusted text for messages: short, on one line, and without terminal control
//! characters.

use std::borrow::Cow;
use std::path::Path;

/// The most characters of a quoted text in a message.
pub const SHOWN_UP_TO_CHARS: usize = 300;
/// The characters that a cut name keeps at its end, where the file's own name is.
const END_CHARS: usize = SHOWN_UP_TO_CHARS / 3;

/// A number of bytes in words, in decimal units: `640 bytes`, `12.3 MB`, `93.5 GB`.
pub fn bytes_in_words(bytes: u64) -> String {
    let number = bytes as f64;
    match number {
        _ if bytes < 1_000 => format!("{bytes} bytes"),
        _ if number < 999.5e3 => format!("{:.0} kB", number / 1e3),
        _ if number < 999.5e6 => format!("{:.1} MB", number / 1e6),
        _ => format!("{:.1} GB", number / 1e9),
    }
}

/// Returns a text that is safe to show: cut in the middle if it is long, with control characters
/// and those that change the direction of writing escaped.
pub fn shown(text: &str) -> Cow<'_, str> {
    let text = cut(text);
    if text.chars().any(is_unsafe) {
        let escaped = |c: char| if is_unsafe(c) { c.escape_unicode().to_string() } else { c.to_string() };
        return Cow::Owned(cut(&text.chars().map(escaped).collect::<String>()).into_owned());
    }
    text
}

/// The last part of a path, for people to read; empty if it has none.
pub fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Returns a text without what may be a secret in it, if it is an address: its query, which may be
/// a signature, the token of `tilejury serve`, and a name and a password.
pub fn without_secrets(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    // The token of `tilejury serve`.
    if let Some((before, _)) = text.split_once("#token=") {
        return format!("{}#…", without_secrets(before));
    }
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let hidden = if query.is_empty() { "" } else { "?…" };
    let rest = match rest.rsplit_once('@') {
        _ if !["http", "https", "postgres", "postgresql"].iter().any(|known| scheme.ends_with(known)) => {
            without_keys(scheme, rest)
        }
        // A password can have a question mark in it.
        _ if query.contains('@') && !rest.contains('/') => "…".to_owned(),
        Some((_, rest)) => format!("…@{rest}"),
        None => rest.to_owned(),
    };
    format!("{scheme}://{rest}{hidden}")
}

/// The rest of the address of a store without the keys that a person wrote into it. A key can have
/// a slash in it, so where one may begin, nothing is shown.
fn without_keys(scheme: &str, rest: &str) -> String {
    let place = rest.split('/').next().unwrap_or_default();
    match place.rsplit_once('@') {
        _ if scheme == "file" => rest.to_owned(),
        _ if place.contains(':') || place.matches('@').count() > 1 => "…".to_owned(),
        Some((_, bucket)) if ["s3", "s3a", "gs", "gcs", "hf"].iter().any(|known| scheme.ends_with(known)) => {
            format!("…@{bucket}{}", &rest[place.len()..])
        }
        _ => rest.to_owned(),
    }
}

fn cut(text: &str) -> Cow<'_, str> {
    // Most texts are short even in bytes.
    if text.len() <= SHOWN_UP_TO_CHARS || text.chars().nth(SHOWN_UP_TO_CHARS).is_none() {
        return Cow::Borrowed(text);
    }
    let at = |mut chars: std::str::CharIndices<'_>, n| chars.nth(n).map_or(text.len(), |(at, _)| at);
    let head = &text[..at(text.char_indices(), SHOWN_UP_TO_CHARS - END_CHARS - 1)];
    let tail = text.char_indices().rev().nth(END_CHARS - 1).map_or("", |(at, _)| &text[at..]);
    Cow::Owned(format!("{head}…{tail}"))
}

fn is_unsafe(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_short_text_and_cuts_the_middle_of_long_text() {
        assert!(matches!(shown("images/é.png"), Cow::Borrowed("images/é.png")));
        let exact = "é".repeat(SHOWN_UP_TO_CHARS);
        assert_eq!(shown(&exact), exact);
        let long = format!("begin{}end.png", "é".repeat(100_000));
        let text = shown(&long);
        assert_eq!(text.chars().count(), SHOWN_UP_TO_CHARS);
        assert!(text.starts_with("begin") && text.ends_with("end.png") && text.contains('…'), "{text}");
    }

    #[test]
    fn secrets_in_addresses_are_left_out() {
        for (text, expected) in [
            ("https://host/set?sv=2024&sig=secret", "https://host/set?…"),
            ("https://name:sec?ret@host/set", "https://…?…"),
            ("https://host/set?to=a@b&sig=secret", "https://host/set?…"),
            ("http://name:secret@host/set?sig=secret#x", "http://…@host/set?…"),
            ("--dataset=https://:sec/ret@host/set", "--dataset=https://…@host/set"),
            ("http://host:7878/set#token=secret", "http://host:7878/set#…"),
            ("http://name:se@host/set?sig=secret#token=secret", "http://…@host/set?…#…"),
            ("az://container@account/set?sig=secret", "az://container@account/set?…"),
            ("az://container@account:secret/set", "az://…"),
            ("s3://secret@bucket/set", "s3://…@bucket/set"),
            ("s3://key:sec/ret@bucket/set", "s3://…"),
            ("hf://name:secret@datasets/o/n", "hf://…"),
            ("--dataset=gs://secret@bucket/a@b", "--dataset=gs://…@bucket/a@b"),
            ("s3://bucket/a@b:c", "s3://bucket/a@b:c"),
            ("file://C:/set", "file://C:/set"),
            ("postgresql://ada:sec@ret@db/x", "postgresql://…@db/x"),
            ("hf://datasets/o/n@v1.0", "hf://datasets/o/n@v1.0"),
            ("https://host/set", "https://host/set"),
            ("what? is@this", "what? is@this"),
        ] {
            assert_eq!(without_secrets(text), expected, "{text}");
        }
    }

    #[test]
    fn escapes_terminal_control_characters() {
        assert_eq!(shown("a\u{1b}[2J\nb\u{202e}"), "a\\u{1b}[2J\\u{a}b\\u{202e}");
        let text = shown(&"\u{1b}".repeat(1000)).into_owned();
        assert!(text.chars().count() <= SHOWN_UP_TO_CHARS && !text.contains('\u{1b}'));
    }
}
