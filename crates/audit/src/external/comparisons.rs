//! The texts of each row's tiles, compared with its query, its answer and its positive.
//!
//! Compares only; [`crate::suspicion`] decides what a comparison means. Goes through the rows and
//! looks up the texts of their tiles, so that the texts of a large set need not fit into memory.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use tilejury_data::{Dataset, Row, SampleIndex, TilePath, TileSlot, cores};
use tilejury_text::{
    AnswerText, EvidenceFinder, Language, TextEvidence, TextWords, WordFrequencies, language_of, quote,
};

use super::ExternalStore;
use crate::sidecar::SidecarError;

/// The texts that are kept in memory, cut into words.
const TEXTS_KEPT: usize = 2048;
/// The rows that a thread compares before it reports.
const ROWS_AT_ONCE: usize = 64;
/// The text of a negative, compared with the query, the answer and the positive of its row.
#[derive(Clone, Debug, PartialEq)]
pub struct TextComparison {
    /// The negative.
    pub tile: TileSlot,
    /// The share of the query's words that its best passage has, 0 to 1, by idf.
    pub cover: f32,
    /// The share of the words of the positive's passage that it has too, 0 to 1; `None` if the
    /// positive has no passage.
    pub shared: Option<f32>,
    /// Whether a number of the positive's passage occurs there; `None` if there is none.
    pub same_number: Option<bool>,
    /// Whether a quantity of the positive's passage occurs there, maybe in another unit; `None` if
    /// there is none.
    pub same_quantity: Option<bool>,
    /// The share of the answer's words that it has, 0 to 1; `None` without an answer.
    pub answer: Option<f32>,
    /// The phrase that states the answer.
    pub answer_phrase: Option<Arc<str>>,
    /// Whether the languages of this text and of the positive are the same; `None` if one of them
    /// is unknown.
    pub same_language: Option<bool>,
    /// The part of the passage with the words that matched; empty without any.
    pub quote: Arc<str>,
}

/// The comparisons of one row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowComparison {
    /// The share of the query's words that the positive's best passage has, 0 to 1; `None` if the
    /// positive has no text.
    pub positive_cover: Option<f32>,
    /// Whether the positive's text states the answer; `None` without a text or an answer.
    pub positive_has_answer: Option<bool>,
    /// The negatives that have a text.
    pub negatives: Vec<TextComparison>,
}

impl RowComparison {
    /// Returns the comparison of a negative.
    pub fn of_tile(&self, tile: TileSlot) -> Option<&TextComparison> {
        self.negatives.iter().find(|compared| compared.tile == tile)
    }
}

/// The comparisons of all rows.
#[derive(Clone, Debug, Default)]
pub struct TextComparisons {
    /// By row; without rows none of whose tiles has a text.
    pub rows: HashMap<SampleIndex, RowComparison>,
    /// The number of texts in the set.
    pub texts: usize,
}

/// Compares the texts of rows, one row at a time.
pub(super) struct TextComparer<'s> {
    store: &'s ExternalStore,
    frequencies: &'s WordFrequencies,
    texts: HashMap<TilePath, Option<Arc<TextOfTile>>>,
}

struct TextOfTile {
    words: TextWords,
    language: Option<Language>,
}

impl<'s> TextComparer<'s> {
    /// Prepares the comparison of texts in which words have these frequencies.
    pub(super) fn new(store: &'s ExternalStore, frequencies: &'s WordFrequencies) -> Self {
        Self { store, frequencies, texts: HashMap::new() }
    }

    /// Compares the texts of a row's tiles; `None` if none has a text.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn compare(&mut self, row: &Row<'_>) -> Result<Option<RowComparison>, SidecarError> {
        let texts = row.spellings().map(|spelling| self.text(&TilePath::new(spelling)));
        let texts = texts.collect::<Result<Vec<_>, _>>()?;
        let Some((positive, negatives)) = texts.split_first() else { return Ok(None) };
        if texts.iter().all(Option::is_none) {
            return Ok(None);
        }
        let of_positive = positive.as_ref().map(|text| &text.words);
        let finder = EvidenceFinder::new(&row.query, of_positive, self.frequencies);
        let answer = row.answer.as_deref().and_then(|answer| AnswerText::new(answer, self.frequencies));
        let language = positive.as_ref().and_then(|text| text.language.as_ref());
        let compare = |(at, text): (usize, &Option<Arc<TextOfTile>>)| {
            let text = text.as_ref()?;
            let found = finder.find(&text.words);
            let phrase = answer.as_ref().and_then(|answer| answer.phrase(&text.words));
            Some(TextComparison {
                tile: TileSlot::new(at + 1),
                cover: cover(&found),
                shared: finder.has_answer_words().then_some(found.shared),
                same_number: found.same_number,
                same_quantity: found.same_quantity,
                answer: answer.as_ref().map(|answer| answer.cover(&text.words)),
                answer_phrase: phrase.map(|range| quote(&text.words.text, range).into()),
                same_language: language.zip(text.language.as_ref()).map(|(a, b)| a == b),
                quote: quote_of(&text.words, &found),
            })
        };
        Ok(Some(RowComparison {
            positive_cover: of_positive.map(|words| cover(&finder.find(words))),
            positive_has_answer: of_positive.zip(answer.as_ref()).map(|(words, answer)| answer.phrase(words).is_some()),
            negatives: negatives.iter().enumerate().filter_map(compare).collect(),
        }))
    }

    /// Returns the text of a tile, cut into words.
    fn text(&mut self, tile: &TilePath) -> Result<Option<Arc<TextOfTile>>, SidecarError> {
        if let Some(known) = self.texts.get(tile) {
            return Ok(known.clone());
        }
        if self.texts.len() >= TEXTS_KEPT {
            self.texts.clear();
        }
        let text = self.store.tile_text(tile)?.map(|text| {
            let language = language_of(&text);
            Arc::new(TextOfTile { words: TextWords::new(&text), language })
        });
        self.texts.insert(tile.clone(), text.clone());
        Ok(text)
    }
}

/// Compares the texts of the rows that have one of the tiles `only`, else of all rows, on several
/// threads. Stops and returns `None` when `report`, which receives the number of rows that were
/// processed, returns `false`.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn compare_rows(
    file: &Path,
    dataset: &Dataset,
    frequencies: &WordFrequencies,
    only: Option<&HashSet<TilePath>>,
    report: &mut dyn FnMut(usize) -> bool,
) -> Result<Option<HashMap<SampleIndex, RowComparison>>, SidecarError> {
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let is_concerned =
        |row: &Row<'_>| only.is_none_or(|only| row.spellings().any(|spelling| only.contains(&TilePath::new(spelling))));
    let compare_part = |out: &SyncSender<Compared>| -> Result<(), SidecarError> {
        let Some(store) = ExternalStore::open_for_reading(file)? else { return Ok(()) };
        let mut comparer = TextComparer::new(&store, frequencies);
        while !stop.load(Ordering::Relaxed) {
            let first = next.fetch_add(ROWS_AT_ONCE, Ordering::Relaxed);
            let rows = first..(first + ROWS_AT_ONCE).min(dataset.samples.len());
            if rows.is_empty() {
                break;
            }
            let (count, mut compared) = (rows.len(), Vec::new());
            for sample in rows.map(SampleIndex::new) {
                let Some(row) = dataset.row(sample).ok().filter(is_concerned) else { continue };
                compared.extend(comparer.compare(&row)?.map(|found| (sample, found)));
            }
            if out.send(Ok((count, compared))).is_err() {
                break;
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        let (out, results) = sync_channel::<Compared>(2 * cores());
        for _ in 0..cores() {
            let (out, compare_part) = (out.clone(), &compare_part);
            scope.spawn(move || {
                if let Err(error) = compare_part(&out) {
                    // Fails only if nobody waits any more.
                    let _ = out.send(Err(error));
                }
            });
        }
        drop(out);
        let mut all = HashMap::new();
        let mut done = 0;
        for result in results {
            let (count, compared) = result.inspect_err(|_| stop.store(true, Ordering::Relaxed))?;
            all.extend(compared);
            done += count;
            if !report(done) {
                stop.store(true, Ordering::Relaxed);
                return Ok(None);
            }
        }
        Ok(Some(all))
    })
}

/// The number of rows of a part, and the comparisons of those with texts.
type Compared = Result<(usize, Vec<(SampleIndex, RowComparison)>), SidecarError>;

fn cover(evidence: &TextEvidence) -> f32 {
    evidence.passage.as_ref().map_or(0.0, |passage| passage.cover)
}

/// Quotes the part of the passage from its first to its last hit.
fn quote_of(words: &TextWords, evidence: &TextEvidence) -> Arc<str> {
    let hits = evidence.passage.as_ref().map_or(&[][..], |passage| &passage.hits);
    match (hits.first(), hits.last()) {
        (Some(first), Some(last)) => {
            quote(&words.text, words.tokens[*first].range.start..words.tokens[*last].range.end).into()
        }
        _ => "".into(),
    }
}
