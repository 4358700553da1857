//! The heading of the section that a part of a text is in.
//!
//! Stricter than the heading of a whole tile, which is sought near the top only: between tables,
//! infoboxes and the last lines of paragraphs, a wrong heading is worse than none.

use std::ops::Range;

use crate::heading::{is_next, line_text, lines, median};
use crate::passage_box::{PixelBox, PlacedText};
use crate::reading::WordBox;

/// The size of a heading's letters, relative to those of the text.
const LARGER: f32 = 1.3;
/// The most words on a line of a heading.
const WORDS: usize = 10;
/// The least confidence of the program that reads, 0 to 1, on average.
const CONFIDENCE: f32 = 0.8;
/// The most space between two words of a heading, in sizes of its letters. A row of a table has
/// more.
const BETWEEN_WORDS: f32 = 1.5;
/// The part of the text's width by which a section may be indented against its heading.
const INDENT: u32 = 10;
/// The heights of words, in sizes of their letters: of those that neither rise nor hang, of those
/// that do one of them, and of those that do both.
const LOW: f32 = 0.56;
const RISING: f32 = 0.75;
const WHOLE: f32 = 1.0;

/// A heading of a text.
struct Heading {
    /// Its words, as indices into the reading.
    words: Range<usize>,
    area: PixelBox,
}

/// Returns the heading of the section that has most of some words: the last heading before them, in
/// their column. `None` if they are above the first one, or if the place of the words is not known.
pub fn section_heading(text: &PlacedText, words: &Range<usize>) -> Option<String> {
    let all = headings(text);
    let indent = PixelBox::around(text.lines().iter().copied())?.width / INDENT;
    let is_over = |heading: &Heading, line: PixelBox| {
        let (left, right) = (heading.area.x.saturating_sub(indent), heading.area.x + heading.area.width + indent);
        heading.area.y <= line.y && left < line.x + line.width && line.x < right
    };
    // By heading, or none: how many of the words it is above.
    let mut counts: Vec<(Option<usize>, usize)> = Vec::new();
    for (own, _) in placed_lines(text) {
        let here = own.end.min(words.end).saturating_sub(own.start.max(words.start));
        let Some(area) = PixelBox::around(text.lines_of(&own)).filter(|_| here > 0) else { continue };
        let above = all.iter().rposition(|heading| heading.words.start <= own.start && is_over(heading, area));
        match counts.iter_mut().find(|(known, _)| *known == above) {
            Some((_, count)) => *count += here,
            None => counts.push((above, here)),
        }
    }
    let (most, _) = counts.into_iter().rev().max_by_key(|(_, count)| *count)?;
    let heading = all.get(most?)?;
    let of_heading = text.reading.words.get(heading.words.clone())?;
    Some(lines(of_heading).map(line_text).collect::<Vec<_>>().join(" "))
}

/// The lines of a text, with the indices of their words.
fn placed_lines(text: &PlacedText) -> impl Iterator<Item = (Range<usize>, &[WordBox])> {
    let mut at = 0;
    lines(&text.reading.words).map(move |line| {
        let start = at;
        at += line.len();
        (start..at, line)
    })
}

/// All headings of a text, in reading order.
fn headings(text: &PlacedText) -> Vec<Heading> {
    let Some(usual) = median(text.reading.words.iter().filter_map(size).collect()) else { return Vec::new() };
    let is_heading = |line: &[WordBox]| is_heading(line, usual as f32);
    let mut found = Vec::new();
    let mut lines = placed_lines(text).peekable();
    while let Some((mut words, line)) = lines.next() {
        if !is_heading(line) {
            continue;
        }
        let is_second = |next: &[WordBox]| is_heading(next) && is_next(line, next) && is_below(line, next);
        if let Some((second, _)) = lines.next_if(|(_, next)| is_second(next)) {
            words.end = second.end;
        }
        if let Some(area) = PixelBox::around(text.lines_of(&words)) {
            found.push(Heading { words, area });
        }
    }
    found
}

/// Whether a line begins under another one, not in a column beside it.
fn is_below(line: &[WordBox], next: &[WordBox]) -> bool {
    let right = |line: &[WordBox]| line.iter().map(|word| word.x + word.width).max();
    let left = |line: &[WordBox]| line.iter().map(|word| word.x).min();
    left(next) < right(line) && left(line) < right(next)
}

/// Whether a line is a heading in a text of letters of the `usual` size.
fn is_heading(line: &[WordBox], usual: f32) -> bool {
    let Some(size) = median(line.iter().filter_map(size).collect()) else { return false };
    let text = || line.iter().flat_map(|word| word.text.chars());
    let letters = text().filter(|letter| letter.is_alphanumeric()).count();
    // A word of Chinese or Japanese may have two.
    let least = if text().any(is_cased) { 3 } else { 2 };
    let begins = text().next().is_some_and(|letter| letter.is_alphanumeric() && !letter.is_lowercase());
    let ends = text().last().is_some_and(|letter| !matches!(letter, '.' | ',' | ';' | ':' | '。' | '、'));
    let confidence = line.iter().map(|word| word.confidence).sum::<f32>() / line.len() as f32;
    let gap = |pair: &[WordBox]| 100 * pair[1].x.saturating_sub(pair[0].x + pair[0].width);
    size as f32 >= LARGER * usual
        && line.len() <= WORDS
        && letters >= least
        && begins
        && ends
        && confidence >= CONFIDENCE
        && line.windows(2).all(|pair| gap(pair) as f32 <= BETWEEN_WORDS * size as f32)
}

/// The size of the letters of a word, in hundredths of a pixel. The height of its box depends on
/// which letters it has: those that rise above the small ones, and those that hang below.
fn size(word: &WordBox) -> Option<u32> {
    let letters = || word.text.chars().filter(|letter| letter.is_alphanumeric());
    if letters().count() < 2 {
        return None;
    }
    let rises = letters().any(|letter| letter.is_uppercase() || letter.is_numeric() || RISES.contains(letter));
    let hangs = letters().any(|letter| HANGS.contains(letter));
    let part = match (rises, hangs) {
        // Other scripts fill their line.
        _ if !letters().all(|letter| is_cased(letter) || letter.is_numeric()) => WHOLE,
        (true, true) => WHOLE,
        (false, false) => LOW,
        _ => RISING,
    };
    Some((100.0 * word.height as f32 / part) as u32)
}

/// Small letters that rise above others, and that hang below the line: Latin, Greek, Cyrillic.
const RISES: &str = "bdfhikljtßёйδζθλξφψβї";
const HANGS: &str = "gjpqyçруфγηξρχψζμβφ";

fn is_cased(letter: char) -> bool {
    letter.is_lowercase() || letter.is_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::TileReading;

    /// A line of words at a place, with letters of a size, as Latin type has them.
    fn line(x: u32, y: u32, size: u32, line: &str) -> Vec<WordBox> {
        let mut x = x;
        let place = |(at, text): (usize, &str)| {
            let width = text.len() as u32 * size / 2;
            let word = WordBox { text: text.into(), x, y, width, height: 1, confidence: 1.0, starts_line: at == 0 };
            x += width + size / 2;
            // A height of 1 has the size of a whole letter.
            let height = size as f32 * 100.0 / super::size(&word).unwrap_or(100) as f32;
            WordBox { height: height.round() as u32, ..word }
        };
        line.split(' ').enumerate().map(place).collect()
    }

    fn placed(lines: &[Vec<WordBox>]) -> PlacedText {
        PlacedText::new(TileReading { words: lines.concat() })
    }

    fn heading_of(text: &PlacedText, part: &str) -> Option<String> {
        let from = text.text.find(part).unwrap_or_else(|| panic!("{part}"));
        section_heading(text, &text.words_of(&(from..from + part.len())))
    }

    #[test]
    fn a_passage_has_the_heading_of_its_section() {
        let text = placed(&[
            line(40, 10, 16, "Salt was dear, and the roads were bad all winter."),
            line(40, 40, 24, "Salt mines"),
            line(40, 80, 16, "The mine was opened in the spring of 1821 by two brothers."),
            line(40, 120, 24, "Later"),
            line(40, 180, 24, "The water"),
            line(40, 220, 16, "It was closed in 1964 since the water rose too fast."),
        ]);
        assert_eq!(heading_of(&text, "was dear, and"), None, "above the first heading");
        assert_eq!(heading_of(&text, "opened in the spring").as_deref(), Some("Salt mines"));
        assert_eq!(heading_of(&text, "closed in 1964").as_deref(), Some("The water"));
        assert_eq!(heading_of(&text, "by two brothers.\nLater"), Some("Salt mines".into()), "most of it is there");
        assert_eq!(heading_of(&text, "The water\nIt was closed").as_deref(), Some("The water"), "with the heading");
        assert_eq!(section_heading(&PlacedText::without_boxes("Salt mines".into()), &(0..2)), None);
    }

    #[test]
    fn a_heading_of_two_lines_is_one() {
        let text = placed(&[
            line(40, 40, 24, "Salt mines of"),
            line(40, 70, 24, "The North"),
            line(40, 120, 16, "The mine was opened in the spring of 1821 by two brothers."),
        ]);
        assert_eq!(heading_of(&text, "two brothers").as_deref(), Some("Salt mines of The North"));
    }

    #[test]
    fn rows_of_tables_and_ends_of_paragraphs_are_no_headings() {
        let mut row = line(40, 120, 30, "Salt 2%");
        row[1].x = 400;
        let mut unsure = line(40, 120, 30, "Weeliczka Mine");
        unsure[0].confidence = 0.2;
        for other in [
            row,
            unsure,
            line(40, 120, 30, "always dear."),
            line(40, 120, 30, "© Quipu"),
            // Higher than other words, but not larger.
            line(40, 120, 16, "Typography by Lily"),
        ] {
            let text = placed(&[
                line(40, 40, 24, "Salt mines"),
                line(40, 80, 16, "The mine was opened in the spring of 1821 by two brothers."),
                other.clone(),
                line(40, 160, 16, "It was closed in 1964 since the water rose too fast."),
            ]);
            assert_eq!(heading_of(&text, "closed in 1964").as_deref(), Some("Salt mines"), "{other:?}");
        }
    }

    #[test]
    fn a_heading_in_another_column_is_none_of_the_passage() {
        let text = placed(&[
            line(40, 40, 24, "Salt mines"),
            line(900, 60, 24, "Facts"),
            line(40, 80, 16, "The mine was opened in the spring of 1821 by two brothers."),
            line(900, 100, 16, "Depth 327 m"),
        ]);
        assert_eq!(heading_of(&text, "opened in the spring").as_deref(), Some("Salt mines"));
        assert_eq!(heading_of(&text, "Depth 327").as_deref(), Some("Facts"));
    }
}
