//! The reading of tiles, compared with their true texts.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Instant;

use tilejury_audit::external::{ExternalStore, ReadingOptions, ReadingQueue, read_tiles};
use tilejury_audit::progress::Progress;
use tilejury_data::{Dataset, TilePath};
use tilejury_text::{Language, ReadingEngine, language_of, text_tokens};

use super::{SemanticMeasure, truth};

/// A reading of all tiles that have a true text.
pub(super) struct ReadingTask<'t> {
    pub(super) dataset: &'t Dataset,
    pub(super) engine: &'t dyn ReadingEngine,
    pub(super) languages: &'t [Language],
    pub(super) jobs: usize,
    /// The file of the true texts.
    pub(super) texts: &'t Path,
}

impl ReadingTask<'_> {
    /// Reads the tiles into a file, and measures the seconds a tile and the recall of words.
    pub(super) fn run(&self, file: &Path, progress: &dyn Progress) -> anyhow::Result<Vec<SemanticMeasure>> {
        let texts = truth::read_texts(self.texts)?;
        let mut tiles: Vec<TilePath> = texts.keys().cloned().collect();
        tiles.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
        let mut store = ExternalStore::open(file)?;
        let options = ReadingOptions { languages: self.languages.to_vec(), jobs: self.jobs };
        let start = Instant::now();
        let queue = ReadingQueue::new(tiles.iter().cloned());
        for row in self.dataset.indices().filter_map(|sample| self.dataset.row(sample).ok()) {
            queue.note_query(&row.query, &TilePath::new(&row.positive));
        }
        let read = read_tiles(self.dataset, &queue, &mut store, self.engine, &options, progress)?;
        let summary = read.map_err(|_| anyhow::anyhow!("stopped"))?;
        let seconds = start.elapsed().as_secs_f64();
        let mut measures = Vec::new();
        let mut push = |name: &str, of: &str, value: f64| {
            let (name, of) = (name.to_owned(), of.to_owned());
            measures.push(SemanticMeasure { name, of, kind: None, value });
        };
        push("tiles", "reading", summary.read as f64);
        push("tiles_failed", "reading", summary.failed as f64);
        push("tiles_not_legible", "reading", summary.not_legible as f64);
        // The time that one tile takes on one core, if each of the jobs had one.
        push("seconds_per_tile", "reading", seconds * self.jobs as f64 / tiles.len().max(1) as f64);
        let mut by_language: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for tile in &tiles {
            let read = store.reading(tile)?.map(|reading| reading.reading.text()).unwrap_or_default();
            let truth = &texts[tile];
            let Some(recall) = word_recall(truth, &read) else { continue };
            let language = language_of(truth).map_or_else(|| "unknown".to_owned(), |language| language.to_string());
            by_language.entry("all".into()).or_default().push(recall);
            by_language.entry(language).or_default().push(recall);
        }
        for (language, recalls) in by_language {
            let mean = recalls.iter().sum::<f64>() / recalls.len() as f64;
            push("word_recall", &format!("reading, {language}"), mean);
        }
        Ok(measures)
    }
}

/// Returns the share of the words of a text that were read, each as often as it occurs; in scripts
/// without spaces, of the pairs of neighbouring letters. `None` for a text without words.
fn word_recall(truth: &str, read: &str) -> Option<f64> {
    let mut found: HashMap<String, usize> = HashMap::new();
    text_tokens(read).into_iter().for_each(|token| *found.entry(token.stem).or_default() += 1);
    let words = text_tokens(truth);
    let hit = |stem: &str| match found.get_mut(stem) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    };
    let mut hit = hit;
    let hits = words.iter().filter(|token| hit(&token.stem)).count();
    (!words.is_empty()).then(|| hits as f64 / words.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::word_recall;

    #[test]
    fn words_count_as_often_as_they_occur() {
        assert_eq!(word_recall("salt salt pepper mill", "pepper salt"), Some(0.5));
        assert_eq!(word_recall("", "salt"), None);
    }
}
