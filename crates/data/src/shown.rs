//! Text out of files of any origin, made fit for a message: short, on one line, and without signs that steer a terminal.

use std::borrow::Cow;
use std::path::Path;

/// What is quoted in a message is no longer than this.
pub const SHOWN_UP_TO_CHARS: usize = 300;
/// A cut name keeps its end: there stands the file's own name.
const END_CHARS: usize = SHOWN_UP_TO_CHARS / 3;

/// A text as it can be shown: cut in the middle where it is long, control signs and those that turn the direction of
/// writing spelled out.
pub fn shown(text: &str) -> Cow<'_, str> {
    let text = cut(text);
    if text.chars().any(steers) {
        let spelled = |c: char| if steers(c) { c.escape_unicode().to_string() } else { c.to_string() };
        return Cow::Owned(cut(&text.chars().map(spelled).collect::<String>()).into_owned());
    }
    text
}

/// The last part of a path, for people to read; empty if it has none.
pub fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn cut(text: &str) -> Cow<'_, str> {
    // Most are short by their bytes already.
    if text.len() <= SHOWN_UP_TO_CHARS || text.chars().nth(SHOWN_UP_TO_CHARS).is_none() {
        return Cow::Borrowed(text);
    }
    let at = |mut place: std::str::CharIndices<'_>, n| place.nth(n).map_or(text.len(), |(at, _)| at);
    let head = &text[..at(text.char_indices(), SHOWN_UP_TO_CHARS - END_CHARS - 1)];
    let tail = text.char_indices().rev().nth(END_CHARS - 1).map_or("", |(at, _)| &text[at..]);
    Cow::Owned(format!("{head}…{tail}"))
}

fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_text_stays_and_long_text_loses_its_middle() {
        assert!(matches!(shown("images/é.png"), Cow::Borrowed("images/é.png")));
        let exact = "é".repeat(SHOWN_UP_TO_CHARS);
        assert_eq!(shown(&exact), exact);
        let long = format!("begin{}end.png", "é".repeat(100_000));
        let said = shown(&long);
        assert_eq!(said.chars().count(), SHOWN_UP_TO_CHARS);
        assert!(said.starts_with("begin") && said.ends_with("end.png") && said.contains('…'), "{said}");
    }

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        assert_eq!(shown("a\u{1b}[2J\nb\u{202e}"), "a\\u{1b}[2J\\u{a}b\\u{202e}");
        let said = shown(&"\u{1b}".repeat(1000)).into_owned();
        assert!(said.chars().count() <= SHOWN_UP_TO_CHARS && !said.contains('\u{1b}'));
    }
}
