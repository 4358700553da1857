//! The heading of a tile: the first line near its top whose letters are larger than those of the
//! text.

use crate::passage_box::PlacedText;
use crate::reading::WordBox;

/// The height of a heading's letters, relative to those of the text.
const LARGER: f32 = 1.3;
/// The number of lines from the top in which it is sought.
const LINES: usize = 12;
/// The largest number of words on a line of a heading.
const WORDS: usize = 16;
/// The smallest number of letters and digits in a heading.
const LETTERS: usize = 3;
/// The signs that a heading may begin and end with.
const OPENING: [char; 12] = ['(', '«', '“', '„', '"', '\'', '‘', '¿', '¡', '#', '@', '.'];
const CLOSING: [char; 14] = [')', '»', '”', '“', '"', '\'', '’', '?', '!', '.', '…', '%', '。', '？'];
/// The smallest number of words on a tile with a heading: of fewer, none is the text.
const TEXT_WORDS: usize = 12;

/// Returns the heading that a tile begins with; `None` without one, or if the place of the words is
/// not known. A heading of two lines is given as one.
pub fn heading(text: &PlacedText) -> Option<String> {
    let words = &text.reading.words;
    if words.len() < TEXT_WORDS {
        return None;
    }
    // Most words have a letter that rises above the others; some have one that hangs below, too.
    let mut heights: Vec<u32> = words.iter().filter(|word| letters_of(word) > 1).map(|word| word.height).collect();
    heights.sort_unstable();
    let body = *heights.get(heights.len() * 2 / 3)?;
    let is_large = |line: &[WordBox]| {
        let letters: usize = line.iter().map(|word| letters(&word.text)).sum();
        let height = median(line.iter().filter(|word| letters_of(word) > 1).map(|word| word.height).collect());
        letters >= LETTERS && line.len() <= WORDS && height.is_some_and(|height| height as f32 >= LARGER * body as f32)
    };
    let lines: Vec<&[WordBox]> = lines(words).take(LINES + 1).collect();
    let first = lines.iter().take(LINES).position(|line| is_large(line))?;
    let mut found = line_text(lines[first]);
    if let Some(second) = lines.get(first + 1).filter(|line| is_large(line) && is_next(lines[first], line)) {
        found = format!("{found} {}", line_text(second));
    }
    Some(found)
}

/// The words of each line.
fn lines(words: &[WordBox]) -> impl Iterator<Item = &[WordBox]> {
    words.chunk_by(|_, next| !next.starts_line)
}

fn line_text(line: &[WordBox]) -> String {
    let text = crate::reading::TileReading { words: line.to_vec() }.text();
    // Bullets, arrows and edges are read as signs.
    let is_sign = |letter: char| !letter.is_alphanumeric();
    let text = text.trim_start_matches(|letter| is_sign(letter) && !OPENING.contains(&letter));
    text.trim_end_matches(|letter| is_sign(letter) && !CLOSING.contains(&letter)).to_owned()
}

fn letters(text: &str) -> usize {
    text.chars().filter(|letter| letter.is_alphanumeric()).count()
}

fn letters_of(word: &WordBox) -> usize {
    letters(&word.text)
}

/// Whether a line continues the one above: it has letters of about the same height, close below.
fn is_next(line: &[WordBox], next: &[WordBox]) -> bool {
    let height = |line: &[WordBox]| median(line.iter().map(|word| word.height).collect()).unwrap_or(0) as f32;
    let (own, other) = (height(line), height(next));
    let top = |line: &[WordBox]| line.iter().map(|word| word.y).min().unwrap_or(0) as f32;
    other <= 1.2 * own && own <= 1.2 * other && top(next) - top(line) < 2.2 * own
}

fn median(mut heights: Vec<u32>) -> Option<u32> {
    heights.sort_unstable();
    heights.get(heights.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::TileReading;

    /// Lines with the height of their letters and their place from the top.
    fn placed(lines: &[(u32, u32, &str)]) -> PlacedText {
        let words = lines.iter().flat_map(|(y, height, line)| {
            line.split(' ').enumerate().map(|(at, text)| WordBox {
                text: text.into(),
                x: 100 * at as u32,
                y: *y,
                width: 80,
                height: *height,
                confidence: 1.0,
                starts_line: at == 0,
            })
        });
        PlacedText::new(TileReading { words: words.collect() })
    }

    const TEXT: (u32, u32, &str) = (200, 14, "The salt mine was opened in the spring of the year 1821 by two brothers");

    #[test]
    fn finds_the_first_large_line() {
        let text = placed(&[(10, 12, "Home › Mines"), (40, 30, "+ Salt mines |"), TEXT, (300, 22, "Later years")]);
        assert_eq!(heading(&text).as_deref(), Some("Salt mines"));
    }

    #[test]
    fn joins_a_heading_of_two_lines() {
        let text = placed(&[(40, 30, "Salt mines of"), (78, 31, "the north"), TEXT]);
        assert_eq!(heading(&text).as_deref(), Some("Salt mines of the north"));
        let apart = placed(&[(40, 30, "Salt mines"), (140, 30, "History"), TEXT]);
        assert_eq!(heading(&apart).as_deref(), Some("Salt mines"));
    }

    #[test]
    fn plain_text_has_no_heading() {
        assert_eq!(heading(&placed(&[(10, 14, "Salt mines"), TEXT])), None);
        assert_eq!(heading(&placed(&[(10, 30, "Salt mines")])), None, "nothing to compare with");
        assert_eq!(heading(&placed(&[(10, 40, "| —"), TEXT])), None, "no letters");
        let hanging = (230, 18, "deeply typed pages of the quarry are typography by every play");
        let code = placed(&[(10, 19, "quarry typography"), hanging, TEXT]);
        assert_eq!(heading(&code), None, "its letters hang below the line, as others do");
        assert_eq!(heading(&PlacedText::without_boxes("Salt mines".into())), None);
    }
}
