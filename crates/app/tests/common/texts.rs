//! Texts of tiles as a reading stores them, with the places of the words.

use std::path::Path;

use tilejury_audit::external::{ExternalStore, StoredReading};
use tilejury_audit::suspicion::fingerprints::TileStamp;
use tilejury_data::{TilePath, hash};
use tilejury_text::{TileReading, WordBox};

/// Returns a reading of lines of words, each line at a height of the tile.
pub(crate) fn reading(path: &str, bytes: &[u8], lines: &[(u32, &str)]) -> StoredReading {
    let mut words = Vec::new();
    for (y, line) in lines {
        let mut x = 40;
        for (at, text) in line.split(' ').enumerate() {
            let width = 9 * text.len() as u32;
            let starts_line = at == 0;
            words.push(WordBox { text: text.into(), x, y: *y, width, height: 14, confidence: 1.0, starts_line });
            x += width + 8;
        }
    }
    stored(path, bytes, words)
}

/// Returns a reading of these words by Tesseract.
pub(crate) fn stored(path: &str, bytes: &[u8], words: Vec<WordBox>) -> StoredReading {
    StoredReading {
        tile: TilePath::new(path),
        hash: hash::hash(bytes, 0),
        stamp: TileStamp { file: "elsewhere".into(), offset: 0, bytes: 0, file_bytes: 0, file_modified: 0 },
        engine: ("tesseract".into(), "5.3.0".into()),
        languages: "eng".into(),
        missing: None,
        legible: true,
        reading: TileReading { words },
    }
}

/// Stores readings beside a dataset.
pub(crate) fn store(dataset: &Path, readings: &[StoredReading]) {
    let mut store = ExternalStore::open(&dataset.join("tilejury.outside.sqlite")).unwrap();
    let import = store.write().unwrap();
    readings.iter().for_each(|reading| import.reading(reading).unwrap());
    import.commit().unwrap();
}
