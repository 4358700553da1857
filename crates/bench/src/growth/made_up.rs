//! Made-up splits of any number of rows, to measure how work grows. There are no shards.
//!
//! Queries and tiles are drawn as real sets have them: common and rare words, questions of a few
//! forms, groups of rows about one subject whose positives are negatives of each other, tiles of
//! one page, tiles in many rows, repeats and typos. The same numbers give the same set.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use crate::mixed::Draws;

/// The tiles for each row, as in the published set.
pub(super) const TILES_PER_ROW: usize = 4;
/// The tiles of a page.
const PAGE_TILES: usize = 4;
/// The tiles of a shard.
const SHARD_TILES: usize = 200;
/// The rows about one subject.
const SUBJECT_ROWS: usize = 16;
/// The tiles that are negatives of very many rows.
const HUBS: usize = 50;
/// A prime above any number of rows: rows about one subject are spread over the file by it.
const SPREAD: usize = 4_294_967_291;

/// The forms of questions. A star is a word of the subject, a plus any word, a number sign a
/// number.
const FORMS: [&str; 16] = [
    "What is the * + of the *?",
    "How do I + the * in *?",
    "What does * mean for the + of *?",
    "Which + of * was the first to * +?",
    "When did the + + of * begin in *?",
    "Where can the * + be set for *?",
    "Who wrote the + about * and * in #?",
    "Why does * not + the + of *?",
    "List the + that * needs for * version #",
    "How many + does the * of * have?",
    "Wie wird * in * + eingestellt?",
    "Welche + braucht * für das *?",
    "Comment + le * de * dans *?",
    "¿Qué significa * en el + de *?",
    "* + * settings",
    "Compare * with the + of * in #",
];

/// The splits, and the rows out of a hundred in the ones after the first.
const SPLITS: [(&str, usize); 3] = [("train.jsonl", 0), ("eval.jsonl", 1), ("test.jsonl", 1)];

/// The size of a set.
#[derive(Clone, Copy, Debug)]
pub(super) struct MadeUpSet {
    /// The number of rows.
    pub(super) rows: usize,
    /// The number of tiles that rows may name.
    pub(super) tiles: usize,
}

impl MadeUpSet {
    /// Writes the splits into a folder, and returns their bytes.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub(super) fn write(self, folder: &Path) -> io::Result<u64> {
        let small = |hundredths: usize| self.rows * hundredths / 100;
        let others: usize = SPLITS.iter().map(|(_, hundredths)| small(*hundredths)).sum();
        let (mut row, mut bytes, mut line) = (0, 0, String::new());
        for (name, hundredths) in SPLITS {
            let rows = if hundredths == 0 { self.rows - others } else { small(hundredths) };
            let mut out = BufWriter::with_capacity(1 << 20, File::create(folder.join(name))?);
            for _ in 0..rows {
                line.clear();
                self.push_row(row, &mut line);
                out.write_all(line.as_bytes())?;
                bytes += line.len() as u64;
                row += 1;
            }
            out.flush()?;
        }
        Ok(bytes)
    }

    fn push_row(self, row: usize, line: &mut String) {
        let id = (row as u128 * SPREAD as u128 % self.rows.max(1) as u128) as usize;
        let mut draws = Draws::new(id as u64);
        let earlier = id.saturating_sub(draws.below(1000));
        line.push_str("{\"query\": \"");
        match draws.below(100) {
            0 | 1 => self.push_query(earlier, line),
            2 => {
                let from = line.len();
                self.push_query(earlier, line);
                swap_letters(line, from, draws.below(40));
            }
            _ => self.push_query(id, line),
        }
        line.push_str("\", \"chunk_path\": \"");
        let positive = self.positive(id);
        push_path(positive, line);
        line.push_str("\", \"neg_chunk_paths\": [");
        for at in 0..2 + draws.below(4) + draws.below(3) {
            let tile = match draws.below(100) {
                0..=2 => positive / PAGE_TILES * PAGE_TILES + draws.below(PAGE_TILES),
                3 => draws.below(HUBS),
                4..=33 => {
                    let other = id + 1 + draws.below(SUBJECT_ROWS - 1);
                    self.positive(id / SUBJECT_ROWS * SUBJECT_ROWS + other % SUBJECT_ROWS)
                }
                _ => draws.below(self.tiles),
            };
            line.push_str(if at == 0 { "\"" } else { ", \"" });
            push_path(tile, line);
            line.push('"');
        }
        line.push_str("], \"split\": \"train\"}\n");
    }

    fn positive(self, id: usize) -> usize {
        Draws::new(!(id as u64)).below(self.tiles)
    }

    fn push_query(self, id: usize, line: &mut String) {
        let mut draws = Draws::new(id as u64 ^ 0x5155_4552_5900);
        let mut subject = Draws::new((id / SUBJECT_ROWS) as u64 ^ 0x5355_424a);
        let subject = [self.word(&mut subject), self.word(&mut subject), self.word(&mut subject)];
        let form = FORMS[draws.below(FORMS.len())];
        let mut next = draws.below(subject.len());
        for letter in form.chars() {
            match letter {
                '*' if draws.below(5) < 3 => {
                    push_word(subject[next % subject.len()], line);
                    next += 1;
                }
                '*' | '+' => push_word(self.word(&mut draws), line),
                '#' => line.push_str(&(1950 + draws.below(80)).to_string()),
                letter => line.push(letter),
            }
        }
    }

    /// Draws a word: some of them names, of which there are as many as a third of the rows; the
    /// others as frequent as words of that rank (Zipf).
    fn word(self, draws: &mut Draws) -> usize {
        let common = 20_000.0_f64.max((self.rows as f64).powf(0.75));
        if draws.below(4) == 0 {
            return common as usize + draws.below(self.rows / 3 + 1);
        }
        (common.ln() * draws.fraction()).exp() as usize
    }
}

/// Spells a word by its number: a different word for each.
fn push_word(mut number: usize, line: &mut String) {
    const SYLLABLES: &str = "kalomiterusadenovibaguripofazelushi";
    number += 400;
    while number > 0 {
        let at = number % (SYLLABLES.len() - 2);
        line.push_str(&SYLLABLES[at..at + 2]);
        number /= SYLLABLES.len() - 2;
    }
}

fn push_path(tile: usize, line: &mut String) {
    use std::fmt::Write as _;
    let (shard, page, chunk) = (tile / SHARD_TILES, tile % SHARD_TILES / PAGE_TILES, tile % PAGE_TILES);
    let article = 100_000 + tile / PAGE_TILES;
    let path = format_args!("images/shard_{shard:03}/shard_{page:05}/{article}.png.tiles/chunk_0000_{chunk:02}.png");
    // Writing to a text cannot fail.
    let _ = line.write_fmt(path);
}

/// Swaps two neighbouring letters after `from`.
fn swap_letters(line: &mut String, from: usize, after: usize) {
    let letters: Vec<(usize, char)> = line[from..].char_indices().skip(after).take(2).collect();
    if let [(at, a), (_, b)] = letters[..]
        && a.is_alphabetic()
        && b.is_alphabetic()
    {
        line.replace_range(from + at..from + at + a.len_utf8() + b.len_utf8(), &format!("{b}{a}"));
    }
}
