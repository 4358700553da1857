//! Reads the results of other programs, and remembers the texts: when more texts are stored, only
//! those are read. Stores nothing.
//!
//! New texts change how often words occur, and with it every comparison a little. Rows without a
//! new text keep their comparisons until there are a quarter more texts than when all rows were
//! compared; then all are compared again. So reading a whole set costs a few full passes, however
//! often it pauses.

use std::collections::HashSet;
use std::path::PathBuf;

use tilejury_data::{Dataset, TilePath};

use super::comparisons::{TextComparisons, compare_rows};
use super::{AnswerFinder, ExternalSignals, ExternalStore};
use crate::progress::{Cancelled, Progress, Stage};
use crate::sidecar::SidecarError;

/// Texts to read between two checks for cancellation.
const TEXTS_AT_ONCE: usize = 256;
/// Comparisons are kept while there are at most this many times the texts that they were made with.
const KEPT_UP_TO: f64 = 1.25;

/// A reader of one file of external results. Each reading after the first costs as much as the new
/// texts.
#[derive(Default)]
pub struct ExternalReader {
    known: Option<KnownTexts>,
}

/// The texts that were read.
struct KnownTexts {
    /// `None` if no row has an answer.
    answers: Option<AnswerFinder>,
    comparisons: TextComparisons,
    /// The tiles with a text.
    tiles: HashSet<TilePath>,
    /// The number of texts when all rows were compared last.
    texts_then: usize,
    file: PathBuf,
    /// The number of imported texts.
    imported: usize,
    /// The last row of the readings.
    last_reading: i64,
}

/// Reports the steps of one reading.
struct Steps<'p> {
    progress: &'p dyn Progress,
    texts: usize,
    rows: usize,
}

impl Steps<'_> {
    fn texts(&self, done: usize) -> Result<(), Cancelled> {
        self.step(done.min(self.texts))
    }

    fn rows(&self, done: usize) -> Result<(), Cancelled> {
        self.step(self.texts + done)
    }

    fn step(&self, done: usize) -> Result<(), Cancelled> {
        let total = if self.texts == 0 { 0 } else { self.texts + self.rows };
        self.progress.report(Stage::Rows.step(done, total))
    }
}

impl ExternalSignals {
    /// Reads all of a file. Reports the texts and the rows; the inner error is that `progress`
    /// cancelled the work.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(
        external: &ExternalStore,
        dataset: &Dataset,
        progress: &dyn Progress,
    ) -> Result<Result<Self, Cancelled>, SidecarError> {
        ExternalReader::default().read(external, dataset, &[], progress)
    }
}

impl ExternalReader {
    /// Reads the file. `changed` names tiles whose text may be another one than at the last
    /// reading; texts of tiles that had none are found without it. Reports the texts and the rows;
    /// the inner error is that `progress` cancelled the work.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(
        &mut self,
        external: &ExternalStore,
        dataset: &Dataset,
        changed: &[TilePath],
        progress: &dyn Progress,
    ) -> Result<Result<ExternalSignals, Cancelled>, SidecarError> {
        let steps = Steps { progress, texts: external.tile_text_count()?, rows: dataset.samples.len() };
        if steps.texts(0).is_err() {
            return Ok(Err(Cancelled));
        }
        // After an interruption or an error, everything is read again.
        let known = match self.known.take() {
            Some(known) => known.with_new(external, dataset, changed, &steps)?,
            None => KnownTexts::read(external, dataset, &steps)?,
        };
        let Some(known) = known else { return Ok(Err(Cancelled)) };
        let answers = known.answers.as_ref().map(AnswerFinder::found).unwrap_or_default();
        let mut signals = ExternalSignals::new(external.reviews()?, external.scores()?, answers)
            .with_model_reviews(external.model_reviews()?);
        signals.comparisons = known.comparisons.clone();
        self.known = Some(known);
        Ok(Ok(signals))
    }
}

impl KnownTexts {
    /// Reads all texts and compares all rows; `None` if the work was cancelled.
    fn read(external: &ExternalStore, dataset: &Dataset, steps: &Steps<'_>) -> Result<Option<Self>, SidecarError> {
        // First: better to read a text that another program stores meanwhile twice than never.
        let (imported, last_reading) = (external.text_count()?, external.last_reading_row()?);
        let mut known = Self {
            answers: Some(AnswerFinder::new(dataset)).filter(|answers| !answers.is_empty()),
            comparisons: TextComparisons::default(),
            tiles: HashSet::new(),
            texts_then: steps.texts,
            file: external.path().to_owned(),
            imported,
            last_reading,
        };
        let Self { answers, tiles, .. } = &mut known;
        let mut is_going = true;
        if let Some(answers) = answers {
            external.tile_texts(&mut |text| {
                answers.read(&text.tile, &text.text);
                tiles.insert(text.tile);
                is_going = tiles.len() % TEXTS_AT_ONCE != 0 || steps.texts(tiles.len()).is_ok();
                is_going
            })?;
        } else {
            external.tiles_with_text(&mut |tile| {
                tiles.insert(tile);
            })?;
        }
        if !is_going || (steps.texts > 0 && !known.compare(external, dataset, None, steps)?) {
            return Ok(None);
        }
        Ok(Some(known))
    }

    /// Adds the texts that are new; reads everything again if that does not suffice. `None` if the
    /// work was cancelled.
    fn with_new(
        mut self,
        external: &ExternalStore,
        dataset: &Dataset,
        changed: &[TilePath],
        steps: &Steps<'_>,
    ) -> Result<Option<Self>, SidecarError> {
        let (added, last_reading) = external.reading_stamps_after(self.last_reading)?;
        let added: HashSet<&TilePath> = added.iter().map(|(tile, _)| tile).chain(changed).collect();
        let is_grown = steps.texts as f64 > KEPT_UP_TO * self.texts_then as f64;
        let is_other = external.path() != self.file || external.text_count()? != self.imported;
        if is_grown || is_other || added.iter().any(|tile| self.tiles.contains(*tile)) {
            return Self::read(external, dataset, steps);
        }
        self.last_reading = last_reading;
        let mut new = HashSet::new();
        for tile in added {
            // A tile that is not legible has no text.
            let Some(text) = external.tile_text(tile)? else { continue };
            if let Some(answers) = &mut self.answers {
                answers.read(tile, &text);
            }
            new.insert(tile.clone());
            if steps.texts(new.len()).is_err() {
                return Ok(None);
            }
        }
        if !new.is_empty() && !self.compare(external, dataset, Some(&new), steps)? {
            return Ok(None);
        }
        self.tiles.extend(new);
        Ok(Some(self))
    }

    /// Compares the rows that have one of these tiles, or all rows. Returns `false` if the work was
    /// cancelled.
    fn compare(
        &mut self,
        external: &ExternalStore,
        dataset: &Dataset,
        only: Option<&HashSet<TilePath>>,
        steps: &Steps<'_>,
    ) -> Result<bool, SidecarError> {
        let counted = external.word_frequencies(&mut || steps.texts(steps.texts).is_ok())?;
        let Some(frequencies) = counted else { return Ok(false) };
        let mut go_on = |rows: usize| steps.rows(rows).is_ok();
        let Some(rows) = compare_rows(external.path(), dataset, &frequencies, only, &mut go_on)? else {
            return Ok(false);
        };
        self.comparisons.texts = steps.texts;
        self.comparisons.rows.extend(rows);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use tilejury_data::SampleIndex;
    use tilejury_testkit::{Row, Set};

    use super::*;
    use crate::external::TileText;
    use crate::external::testing::stored_reading;
    use crate::progress::NoProgress;

    fn import(store: &mut ExternalStore, tile: &str, text: &str) {
        let import = store.write().unwrap();
        import.text(&TileText { tile: TilePath::new(tile), text: text.to_owned() }).unwrap();
        import.commit().unwrap();
    }

    /// Stores the text as read from the tile.
    fn read(store: &mut ExternalStore, tile: &str, text: &str) {
        let import = store.write().unwrap();
        import.reading(&stored_reading(tile, text)).unwrap();
        import.commit().unwrap();
    }

    #[test]
    fn later_readings_cost_only_what_is_new() {
        let dir = tempfile::tempdir().unwrap();
        let mut set = Set::new();
        for row in 0..6 {
            let negative = format!("n{row}.png");
            let row = Row::new("Where does salt melt?", &format!("p{row}.png")).negatives(&[&negative]);
            set = set.row("train", &row.field("answer", "the harbour of Utrecht".into()));
        }
        let dataset = Dataset::open(&set.write(dir.path())).unwrap();
        let mut store = ExternalStore::open(&dir.path().join("outside.sqlite")).unwrap();
        for row in 0..5 {
            read(&mut store, &format!("n{row}.png"), "salt melts in the harbour of Utrecht");
        }
        let mut reader = ExternalReader::default();
        let all = |reader: &mut ExternalReader, store: &ExternalStore, changed: &[&str]| {
            let changed: Vec<TilePath> = changed.iter().map(|tile| TilePath::new(tile)).collect();
            reader.read(store, &dataset, &changed, &NoProgress).unwrap().unwrap()
        };
        let cover = |signals: &ExternalSignals, row: usize| {
            signals.comparisons.rows.get(&SampleIndex::new(row)).map(|row| row.negatives[0].cover > 0.5)
        };
        let in_texts = |signals: &ExternalSignals| signals.answers.rows.values().map(|row| row.in_texts).max();
        let first = all(&mut reader, &store, &[]);
        assert_eq!((cover(&first, 0), cover(&first, 5), in_texts(&first)), (Some(true), None, Some(5)));
        // Changed behind its back: an old text that is read again would show.
        let sql = "UPDATE readings SET text = 'pepper' WHERE tile = 'n0.png'";
        store
            .connection()
            .execute_batch(&format!("{sql}; UPDATE readings SET boxes = zeroblob(9) WHERE text = 'pepper'"))
            .unwrap();
        read(&mut store, "n5.png", "salt melts in the harbour of Utrecht");
        let second = all(&mut reader, &store, &["n5.png"]);
        assert_eq!((cover(&second, 0), cover(&second, 5), in_texts(&second)), (Some(true), Some(true), Some(6)));
        assert_eq!(second.answers.texts, 6);
        // A text that was read again counts once.
        read(&mut store, "n1.png", "pepper");
        let third = all(&mut reader, &store, &["n1.png"]);
        assert_eq!((cover(&third, 0), cover(&third, 1), in_texts(&third)), (Some(false), Some(false), Some(4)));
        // Imports change everything, too.
        import(&mut store, "n2.png", "pepper");
        let fourth = all(&mut reader, &store, &[]);
        assert_eq!((cover(&fourth, 2), in_texts(&fourth)), (Some(false), Some(3)));
        let fresh = ExternalSignals::read(&store, &dataset, &NoProgress).unwrap().unwrap();
        assert_eq!(fresh.comparisons.rows, fourth.comparisons.rows);
    }

    #[test]
    fn all_rows_are_compared_again_once_texts_are_many_more() {
        let dir = tempfile::tempdir().unwrap();
        let row = Row::new("Where does salt melt?", "p.png").negatives(&["n0.png", "n1.png"]);
        let other = Row::new("pepper", "n2.png").negatives(&["n3.png"]);
        let root = Set::new().row("train", &row).row("train", &other).write(dir.path());
        let dataset = Dataset::open(&root).unwrap();
        let mut store = ExternalStore::open(&dir.path().join("outside.sqlite")).unwrap();
        read(&mut store, "n0.png", "salt");
        let mut reader = ExternalReader::default();
        reader.read(&store, &dataset, &[], &NoProgress).unwrap().unwrap();
        read(&mut store, "n2.png", "salt");
        read(&mut store, "n3.png", "salt melts");
        let later = reader.read(&store, &dataset, &[], &NoProgress).unwrap().unwrap();
        let fresh = ExternalSignals::read(&store, &dataset, &NoProgress).unwrap().unwrap();
        assert_eq!(later.comparisons.rows, fresh.comparisons.rows);
    }
}
