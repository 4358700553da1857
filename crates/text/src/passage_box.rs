//! From a part of a text to its place on the tile: bytes to words, words to boxes.
//!
//! The only place that computes such boxes. Pixels of the tile throughout.

use std::ops::Range;

use crate::reading::TileReading;

/// The weight of a distance across lines, against one along them.
const LINE_WEIGHT: f32 = 4.0;

/// A rectangle on a tile, in pixels of the tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelBox {
    /// The left edge.
    pub x: u32,
    /// The upper edge.
    pub y: u32,
    /// The width.
    pub width: u32,
    /// The height.
    pub height: u32,
}

impl PixelBox {
    /// Returns the smallest box around both.
    pub fn union(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = (self.x + self.width).max(other.x + other.width);
        let bottom = (self.y + self.height).max(other.y + other.height);
        Self { x, y, width: right - x, height: bottom - y }
    }

    /// Returns the smallest box around all; `None` for none.
    pub fn around(boxes: impl IntoIterator<Item = Self>) -> Option<Self> {
        boxes.into_iter().reduce(Self::union)
    }

    /// Returns a measure of how far a point is from the box; 0 within it. A point belongs rather to
    /// the line beside it than to one above or below.
    fn distance(self, x: f32, y: f32) -> f32 {
        let away = |at: f32, from: u32, size: u32| (from as f32 - at).max(at - (from + size) as f32).max(0.0);
        away(x, self.x, self.width) + LINE_WEIGHT * away(y, self.y, self.height)
    }
}

/// A reading with its text, to look up the places of parts of the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlacedText {
    /// The words with their boxes; none if only the text is known.
    pub reading: TileReading,
    /// The text.
    pub text: String,
    /// The bytes of each word in the text.
    ranges: Vec<Range<usize>>,
}

impl PlacedText {
    /// Takes a reading.
    pub fn new(reading: TileReading) -> Self {
        Self { text: reading.text(), ranges: reading.ranges(), reading }
    }

    /// Takes a text whose place on the tile is not known.
    pub fn without_boxes(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    /// Returns the words that have any of these bytes of the text.
    pub fn words_of(&self, bytes: &Range<usize>) -> Range<usize> {
        let from = self.ranges.partition_point(|range| range.end <= bytes.start);
        let to = self.ranges.partition_point(|range| range.start < bytes.end);
        from..to.max(from)
    }

    /// Returns the bytes of the text from the first to the last of these words.
    pub fn bytes_of(&self, words: &Range<usize>) -> Range<usize> {
        match self.ranges.get(words.clone()) {
            Some([only]) => only.clone(),
            Some([first, .., last]) => first.start..last.end,
            Some([]) | None => 0..0,
        }
    }

    /// Returns the text of these words, with the line breaks of the tile.
    pub fn text_of(&self, words: &Range<usize>) -> &str {
        self.text.get(self.bytes_of(words)).unwrap_or_default()
    }

    /// Returns the boxes of these words: one for each line, or part of a line, that they fill.
    pub fn lines_of(&self, words: &Range<usize>) -> Vec<PixelBox> {
        let mut lines: Vec<PixelBox> = Vec::new();
        for (at, word) in self.reading.words.get(words.clone()).unwrap_or(&[]).iter().enumerate() {
            let own = PixelBox { x: word.x, y: word.y, width: word.width, height: word.height };
            match lines.last_mut() {
                Some(line) if at > 0 && !word.starts_line => *line = line.union(own),
                _ => lines.push(own),
            }
        }
        lines
    }

    /// Returns the first word of the line that a word is on.
    pub fn line_start(&self, word: usize) -> usize {
        let words = self.reading.words.get(..=word).unwrap_or(&[]);
        words.iter().rposition(|word| word.starts_line).unwrap_or(0)
    }

    /// Returns the box around these words; `None` if their place is not known.
    pub fn box_of(&self, words: &Range<usize>) -> Option<PixelBox> {
        PixelBox::around(self.lines_of(words))
    }

    /// Returns the word nearest to a point of the tile, in pixels; `None` without words.
    pub fn word_at(&self, x: f32, y: f32) -> Option<usize> {
        let distance = |at: &usize| {
            let word = self.reading.words.get(*at);
            word.map_or(f32::MAX, |word| {
                PixelBox { x: word.x, y: word.y, width: word.width, height: word.height }.distance(x, y)
            })
        };
        (0..self.reading.words.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::WordBox;

    fn placed() -> PlacedText {
        let word = |text: &str, x, y, starts_line| WordBox {
            text: text.into(),
            x,
            y,
            width: 10 * text.len() as u32,
            height: 12,
            confidence: 1.0,
            starts_line,
        };
        PlacedText::new(TileReading {
            words: vec![
                word("Salt", 5, 10, true),
                word("melts", 55, 12, false),
                word("at", 5, 30, true),
                word("801", 35, 30, false),
            ],
        })
    }

    #[test]
    fn bytes_become_words_and_words_bytes() {
        let placed = placed();
        assert_eq!(placed.text, "Salt melts\nat 801");
        assert_eq!(placed.words_of(&(5..13)), 1..3);
        assert_eq!(placed.words_of(&(6..7)), 1..2, "part of a word");
        assert_eq!(placed.words_of(&(4..5)), 1..1, "a space");
        assert_eq!(placed.words_of(&(40..50)), 4..4);
        assert_eq!(placed.text_of(&(1..3)), "melts\nat");
        assert_eq!((placed.text_of(&(2..2)), placed.text_of(&(3..9))), ("", ""));
    }

    #[test]
    fn each_line_of_a_passage_has_its_box() {
        let placed = placed();
        let first = PixelBox { x: 5, y: 10, width: 100, height: 14 };
        let second = PixelBox { x: 5, y: 30, width: 20, height: 12 };
        assert_eq!(placed.lines_of(&(0..3)), [first, second]);
        assert_eq!(placed.box_of(&(0..3)), Some(PixelBox { x: 5, y: 10, width: 100, height: 32 }));
        assert_eq!(placed.box_of(&(1..2)), Some(PixelBox { x: 55, y: 12, width: 50, height: 12 }));
        assert_eq!(placed.box_of(&(2..2)), None);
        assert_eq!([0, 1, 2, 3, 9].map(|word| placed.line_start(word)), [0, 0, 2, 2, 0]);
        assert_eq!(PlacedText::without_boxes("Salt".into()).box_of(&(0..1)), None);
    }

    #[test]
    fn a_point_has_its_nearest_word() {
        let placed = placed();
        assert_eq!(placed.word_at(60.0, 15.0), Some(1));
        assert_eq!(placed.word_at(500.0, 400.0), Some(3));
        assert_eq!(placed.word_at(0.0, 0.0), Some(0));
        assert_eq!(PlacedText::default().word_at(0.0, 0.0), None);
    }
}
