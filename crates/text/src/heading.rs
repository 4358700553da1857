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
/// The confidence of the program that reads, 0 to 1, below which a line is rather a picture.
const CONFIDENCE: f32 = 0.5;
/// The largest number of consonants beside each other in a word: with more, letters are missing.
const CONSONANTS: usize = 6;
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
        // A word alone with a full stop is the end of a sentence.
        let is_end = line.len() == 1 && line[0].text.ends_with('.');
        letters >= LETTERS
            && !is_end
            && line.len() <= WORDS
            && looks_like_words(line)
            && height.is_some_and(|height| height as f32 >= LARGER * body as f32)
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
pub(crate) fn lines(words: &[WordBox]) -> impl Iterator<Item = &[WordBox]> {
    words.chunk_by(|_, next| !next.starts_line)
}

pub(crate) fn line_text(line: &[WordBox]) -> String {
    let text = crate::reading::TileReading { words: line.to_vec() }.text();
    // Bullets, arrows and edges are read as signs.
    let is_sign = |letter: char| !letter.is_alphanumeric();
    let text = text.trim_start_matches(|letter| is_sign(letter) && !OPENING.contains(&letter));
    text.trim_end_matches(|letter| is_sign(letter) && !CLOSING.contains(&letter)).to_owned()
}

/// Whether most of a line's letters are in words as languages have them: a picture is read as
/// single letters, as signs, or as capitals within words.
fn looks_like_words(line: &[WordBox]) -> bool {
    let all: usize = line.iter().map(|word| word.text.chars().count()).sum();
    let good: usize = line.iter().filter(|word| is_word(word)).map(letters_of).sum();
    3 * good >= 2 * all
}

fn is_word(word: &WordBox) -> bool {
    let text = &word.text;
    let is_cased = |letter: char| letter.is_lowercase() || letter.is_uppercase();
    let signs = text.chars().filter(|letter| !letter.is_alphanumeric()).count();
    let letters: Vec<char> = text.chars().filter(|letter| letter.is_alphabetic()).collect();
    if word.confidence < CONFIDENCE || letters_of(word) < signs {
        return false;
    }
    // Numbers, and scripts without capitals, have no more to go by.
    if letters.is_empty() || !letters.iter().all(|letter| is_cased(*letter)) {
        return true;
    }
    let is_latin = letters.iter().all(char::is_ascii_alphabetic);
    let vowel = |letter: &char| matches!(letter.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    let is_short_form = letters.iter().all(|letter| letter.is_uppercase());
    let changes = letters.windows(2).filter(|pair| pair[0].is_lowercase() && pair[1].is_uppercase()).count();
    let run = letters.split(vowel).map(<[char]>::len).max().unwrap_or(0);
    changes <= 1 && (!is_latin || is_short_form || run < CONSONANTS && (letters.len() < 4 || letters.iter().any(vowel)))
}

fn letters(text: &str) -> usize {
    text.chars().filter(|letter| letter.is_alphanumeric()).count()
}

fn letters_of(word: &WordBox) -> usize {
    letters(&word.text)
}

/// Whether a line continues the one above: it has letters of about the same height, close below.
pub(crate) fn is_next(line: &[WordBox], next: &[WordBox]) -> bool {
    let height = |line: &[WordBox]| median(line.iter().map(|word| word.height).collect()).unwrap_or(0) as f32;
    let (own, other) = (height(line), height(next));
    let top = |line: &[WordBox]| line.iter().map(|word| word.y).min().unwrap_or(0) as f32;
    other <= 1.2 * own && own <= 1.2 * other && top(next) - top(line) < 2.2 * own
}

pub(crate) fn median(mut heights: Vec<u32>) -> Option<u32> {
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
    fn letters_read_from_a_picture_are_no_heading() {
        for garbage in
            ["= |i— a", "aRbTcDx WqZrtL", "~~ \\ ({ :", "rstvwk ghtrpn", "iI:|! |l ;,", "e~ =| a° —", "System."]
        {
            let text = placed(&[(10, 40, garbage), TEXT]);
            assert_eq!(heading(&text), None, "{garbage}");
        }
        let mut unsure = placed(&[(10, 40, "Mount Serul"), TEXT]);
        unsure.reading.words.iter_mut().take(2).for_each(|word| word.confidence = 0.3);
        assert_eq!(heading(&unsure), None, "the program was not sure");
        let below = placed(&[(10, 40, "~~ \\ ({ :"), (60, 40, "Salt mines"), TEXT]);
        assert_eq!(heading(&below).as_deref(), Some("Salt mines"));
        for title in
            ["HTTP/2", "iPhone 15", "1821", "Müller’s Wörterbuch", "塩の融点", "Соль", "C++ in 21 days", "ÇA VA"]
        {
            assert_eq!(heading(&placed(&[(10, 40, title), TEXT])).as_deref(), Some(title), "{title}");
        }
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
