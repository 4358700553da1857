//! From a part of a text to its place on the tile: bytes to words, words to boxes.
//!
//! The only place that computes such boxes. Pixels of the tile throughout.

use std::ops::Range;

use crate::reading::{TileReading, WordBox};

/// The weight of a distance across lines, against one along them.
const LINE_WEIGHT: f32 = 4.0;
/// The most space between two lines of a block, in heights of a line.
const BETWEEN_LINES: u32 = 2;
/// The height of a word, in heights of its line, from which its box is wrong: a program took a part
/// of a picture for a letter.
const TOO_HIGH: u32 = 2;
/// The same for a word alone on its line, in heights of the tile's words: it may be a heading.
const TOO_HIGH_ALONE: u32 = 5;
/// The most space between two words of a text, in heights of a word. With more, the line goes
/// through several columns.
const BETWEEN_WORDS: u32 = 3;

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

    /// Returns the boxes around lines that follow each other, one for each block of text: a passage
    /// may go on in another column, or after a picture.
    pub fn blocks(lines: &[Self]) -> Vec<Self> {
        let mut blocks: Vec<Self> = Vec::new();
        for line in lines {
            match blocks.last_mut() {
                Some(block) if block.goes_on_in(*line) => *block = block.union(*line),
                _ => blocks.push(*line),
            }
        }
        blocks
    }

    /// Whether a line is the next one of a block, or on the same height.
    fn goes_on_in(self, line: Self) -> bool {
        let is_below = line.y + line.height > self.y && line.y <= self.y + self.height + BETWEEN_LINES * line.height;
        is_below && line.x < self.x + self.width && self.x < line.x + line.width
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
    /// The usual height of a word, in pixels.
    usual_height: u32,
    lines: Vec<PixelBox>,
}

impl PlacedText {
    /// Takes a reading.
    pub fn new(reading: TileReading) -> Self {
        let usual_height = median(reading.words.iter().map(|word| word.height));
        let words = 0..reading.words.len();
        let placed = Self { text: reading.text(), ranges: reading.ranges(), usual_height, reading, lines: Vec::new() };
        Self { lines: placed.lines_of(&words), ..placed }
    }

    /// Returns the boxes of all lines of the tile.
    pub fn lines(&self) -> &[PixelBox] {
        &self.lines
    }

    /// Returns the usual height of a word, in pixels; 0 without words.
    pub fn usual_height(&self) -> u32 {
        self.usual_height
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

    /// Returns the boxes of these words: one for each line, or part of a line, that they fill. No
    /// box is higher than its line.
    pub fn lines_of(&self, words: &Range<usize>) -> Vec<PixelBox> {
        let mut lines: Vec<PixelBox> = Vec::new();
        let mut line = 0..0;
        for at in words.clone() {
            let Some(word) = self.reading.words.get(at) else { break };
            let starts = at == words.start || word.starts_line;
            if starts {
                line = self.line_at(at);
            }
            let own = self.bounded(word, &line);
            match lines.last_mut() {
                Some(last) if !starts => *last = last.union(own),
                _ => lines.push(own),
            }
        }
        lines
    }

    /// The words of the line that a word is on.
    fn line_at(&self, word: usize) -> Range<usize> {
        let words = &self.reading.words;
        let from = words.get(..=word).and_then(|words| words.iter().rposition(|word| word.starts_line)).unwrap_or(0);
        let after = words.get(word + 1..).unwrap_or_default().iter().position(|word| word.starts_line);
        from..after.map_or(words.len(), |after| word + 1 + after)
    }

    /// The box of a word, not much higher than the other words of its line.
    fn bounded(&self, word: &WordBox, line: &Range<usize>) -> PixelBox {
        let own = PixelBox { x: word.x, y: word.y, width: word.width, height: word.height };
        let others = self.reading.words.get(line.clone()).unwrap_or_default();
        if others.len() < 3 {
            let usual = self.usual_height;
            if usual == 0 || word.height <= TOO_HIGH_ALONE * usual {
                return own;
            }
            return PixelBox { y: word.y + (word.height - usual) / 2, height: usual, ..own };
        }
        let usual = median(others.iter().map(|word| word.height));
        if word.height <= TOO_HIGH * usual {
            return own;
        }
        let top = median(others.iter().map(|word| word.y + word.height / 2)).saturating_sub(usual / 2);
        PixelBox { y: top, height: usual, ..own }
    }

    /// Returns the first word of the text beside which a word is: of its line, or of its column.
    pub fn run_start(&self, word: usize) -> usize {
        let words = self.reading.words.get(..=word).unwrap_or_default();
        let is_beside = |pair: &[WordBox]| {
            let gap = pair[1].x.saturating_sub(pair[0].x + pair[0].width);
            !pair[1].starts_line && gap <= BETWEEN_WORDS * pair[0].height.min(pair[1].height)
        };
        let run = words.windows(2).rev().take_while(|pair| is_beside(pair)).count();
        word.min(words.len().saturating_sub(1)).saturating_sub(run)
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

/// The median; 0 of nothing.
fn median(sizes: impl Iterator<Item = u32>) -> u32 {
    let mut sizes: Vec<u32> = sizes.collect();
    sizes.sort_unstable();
    sizes.get(sizes.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!([0, 1, 2, 3].map(|word| placed.run_start(word)), [0, 0, 2, 2]);
        assert_eq!(PlacedText::without_boxes("Salt".into()).box_of(&(0..1)), None);
    }

    fn words(boxes: &[(u32, u32, u32, u32, bool)]) -> PlacedText {
        let word = |&(x, y, width, height, starts_line): &(u32, u32, u32, u32, bool)| WordBox {
            text: "word".into(),
            x,
            y,
            width,
            height,
            confidence: 1.0,
            starts_line,
        };
        PlacedText::new(TileReading { words: boxes.iter().map(word).collect() })
    }

    #[test]
    fn no_box_is_higher_than_its_line() {
        let line = words(&[(0, 100, 40, 12, true), (50, 101, 40, 12, false), (100, 20, 40, 300, false)]);
        assert_eq!(line.lines_of(&(0..3)), [PixelBox { x: 0, y: 100, width: 140, height: 13 }]);
        assert_eq!(line.lines_of(&(2..3))[0].height, 12, "also alone");
        let text = |height| {
            let mut boxes = vec![(0, 100, 40, height, true)];
            boxes.extend((0..9).map(|at| (50 * at, 600, 40, 12, at == 0)));
            words(&boxes).lines_of(&(0..1))
        };
        assert_eq!(text(50)[0].height, 50, "a heading");
        assert_eq!(text(300), [PixelBox { x: 0, y: 244, width: 40, height: 12 }]);
    }

    #[test]
    fn lines_of_another_column_are_another_block() {
        let line = |x, y| PixelBox { x, y, width: 200, height: 12 };
        let below = [line(60, 100), line(10, 118), line(10, 136)];
        assert_eq!(PixelBox::blocks(&below), [PixelBox { x: 10, y: 100, width: 250, height: 48 }]);
        let columns = [line(10, 500), line(10, 518), line(400, 20), line(400, 38)];
        assert_eq!(PixelBox::blocks(&columns).len(), 2);
        let far = [line(10, 100), line(10, 300)];
        assert_eq!(PixelBox::blocks(&far), far, "a picture is between");
        assert_eq!(PixelBox::blocks(&[]), []);
    }

    #[test]
    fn a_column_begins_after_a_wide_gap() {
        let row = words(&[(0, 0, 40, 12, true), (300, 0, 40, 12, false), (350, 0, 40, 12, false)]);
        assert_eq!([0, 1, 2, 9].map(|word| row.run_start(word)), [0, 1, 1, 0]);
        assert_eq!(PlacedText::default().run_start(0), 0);
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
