//! Words that a program says it copied from a tile, in the text of the tile.
//!
//! Tolerates errors of reading, as answers do, but no other unit and no part that is missing: a
//! copy is a copy. Whether the words answer a query is not decided here.

use std::ops::Range;

use crate::answer::AnswerPhrase;
use crate::tokens::text_tokens;

/// Returns the bytes of the copied words in a text, one range for each part between ellipses;
/// `None` unless every part is there. Words without letters and digits are no copy.
pub fn copied_places(copied: &str, text: &str) -> Option<Vec<Range<usize>>> {
    let tokens = text_tokens(text);
    let has_letters = |part: &&str| part.chars().any(char::is_alphanumeric);
    let parts: Vec<&str> = copied.split('…').flat_map(|part| part.split("...")).filter(has_letters).collect();
    let places = parts.into_iter().map(|part| AnswerPhrase::new(part.trim()).copy(text, &tokens));
    places.collect::<Option<Vec<_>>>().filter(|places| !places.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "The mine was opened in 1821 by Christiaan Huvgens.\nIt is 478 km long, and nobody goes there.";

    fn copied(words: &str) -> Option<Vec<&'static str>> {
        copied_places(words, TEXT).map(|places| places.into_iter().map(|place| &TEXT[place]).collect())
    }

    #[test]
    fn copies_are_found_in_spite_of_reading_errors() {
        assert_eq!(copied("opened in 1821 by Christiaan Huygens"), Some(vec!["opened in 1821 by Christiaan Huvgens"]));
        assert_eq!(copied("HUVGENS. It is 478 km"), Some(vec!["Huvgens.\nIt is 478 km"]), "over a line's end");
        assert_eq!(copied("1821"), Some(vec!["1821"]));
    }

    #[test]
    fn every_part_must_be_there() {
        assert_eq!(
            copied("The mine was opened … nobody goes there"),
            Some(vec!["The mine was opened", "nobody goes there"])
        );
        assert_eq!(copied("The mine was opened ... with a great feast"), None);
        assert_eq!(copied("opened in 1822 by Christiaan Huygens"), None, "another digit");
        assert_eq!(copied("it is 297 miles long"), None, "another unit is no copy");
        for nothing in ["", "…", "?!", "the"] {
            assert_eq!(copied(nothing), None, "{nothing:?}");
        }
    }
}
