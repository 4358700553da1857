//! The result of reading one tile: its words, each with its box and confidence.

use tilejury_rows::spaceless;

/// A word on a tile.
#[derive(Clone, Debug, PartialEq)]
pub struct WordBox {
    /// The word, without spaces.
    pub text: String,
    /// The left edge, in pixels of the tile.
    pub x: u32,
    /// The upper edge, in pixels of the tile.
    pub y: u32,
    /// The width in pixels.
    pub width: u32,
    /// The height in pixels.
    pub height: u32,
    /// The engine's confidence, 0 to 1.
    pub confidence: f32,
    /// Whether a line of text begins with this word.
    pub starts_line: bool,
}

/// The words of a tile in reading order, as an engine returned them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TileReading {
    /// The words.
    pub words: Vec<WordBox>,
}

impl TileReading {
    /// Returns the text: the words with a space between them, and a line break where a line begins.
    /// Engines cut lines of a script without spaces into words, too: there, no space is added.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.words.iter().for_each(|word| word.append_to(&mut text));
        text
    }

    /// Returns the byte range of each word in [`Self::text`].
    pub fn ranges(&self) -> Vec<std::ops::Range<usize>> {
        let mut text = String::new();
        let range = |word: &WordBox| {
            word.append_to(&mut text);
            text.len() - word.text.len()..text.len()
        };
        self.words.iter().map(range).collect()
    }

    /// Returns the number of letters and digits.
    pub fn letters(&self) -> usize {
        let count = |word: &WordBox| word.text.chars().filter(|letter| letter.is_alphanumeric()).count();
        self.words.iter().map(count).sum()
    }

    /// Returns the mean confidence of the words by letters, 0 to 1; 0 without words.
    pub fn confidence(&self) -> f32 {
        let (mut sum, mut letters) = (0.0, 0.0);
        for word in &self.words {
            let count = word.text.chars().filter(|letter| letter.is_alphanumeric()).count() as f32;
            sum += count * word.confidence;
            letters += count;
        }
        if letters > 0.0 { sum / letters } else { 0.0 }
    }
}

/// Returns a text without the spaces between letters of scripts that have none: the text of a
/// reading whose words are separated by a space each.
pub fn without_inner_spaces(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for (at, letter) in text.char_indices() {
        let is_inner = letter == ' ' && joined.chars().next_back().is_some_and(|last| is_joined(last, &text[at + 1..]));
        if !is_inner {
            joined.push(letter);
        }
    }
    joined
}

/// Whether no space belongs between two words, by the last letter of one and the other.
fn is_joined(last: char, next: &str) -> bool {
    spaceless(last) && next.chars().next().is_some_and(spaceless)
}

impl WordBox {
    fn append_to(&self, text: &mut String) {
        if self.starts_line && !text.is_empty() {
            text.push('\n');
        } else if let Some(last) = text.chars().next_back()
            && !is_joined(last, &self.text)
        {
            text.push(' ');
        }
        text.push_str(&self.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, confidence: f32, starts_line: bool) -> WordBox {
        WordBox { text: text.to_owned(), x: 0, y: 0, width: 1, height: 1, confidence, starts_line }
    }

    #[test]
    fn text_has_the_lines_and_the_ranges_of_words() {
        let reading =
            TileReading { words: vec![word("Salt", 1.0, true), word("melts", 0.5, false), word("801 °C", 0.5, true)] };
        let text = reading.text();
        assert_eq!(text, "Salt melts\n801 °C");
        let spelled: Vec<&str> = reading.ranges().into_iter().map(|range| &text[range]).collect();
        assert_eq!(spelled, ["Salt", "melts", "801 °C"]);
    }

    #[test]
    fn scripts_without_spaces_have_none() {
        let words = ["明石", "海峡", "大橋", "3,911", "m"].iter().enumerate();
        let words = words.map(|(at, text)| word(text, 1.0, at == 0)).collect();
        let reading = TileReading { words };
        assert_eq!(reading.text(), "明石海峡大橋 3,911 m");
        assert_eq!(&reading.text()[reading.ranges()[2].clone()], "大橋");
        assert_eq!(without_inner_spaces("明石 海峡 大橋 3,911 m"), reading.text());
    }

    #[test]
    fn confidence_is_weighed_by_letters() {
        let reading =
            TileReading { words: vec![word("ab", 1.0, true), word("abcdef", 0.0, false), word("—", 0.0, false)] };
        assert_eq!(reading.confidence(), 0.25);
        assert_eq!(reading.letters(), 8);
        assert_eq!(TileReading::default().confidence(), 0.0);
    }
}
