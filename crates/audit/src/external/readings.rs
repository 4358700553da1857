//! The readings of tiles in the file of external results: storing them, and finding those that are
//! still valid. `text_index.rs` searches their texts.
//!
//! A reading belongs to the bytes that were read: it is found by the tile, or, for a tile with the
//! same bytes, by their hash. It is stale if the bytes, the engine or the wish for languages
//! changed.

use std::collections::{HashMap, HashSet};

use rusqlite::{OptionalExtension, Row, params};
use tilejury_data::TilePath;
use tilejury_text::{Language, TileReading, WordBox};

use super::store::{ExternalImport, ExternalStore};
use super::text_index::TextOrigin;
use crate::sidecar::SidecarError;
use crate::suspicion::fingerprints::TileStamp;

/// The bytes of a word in the `boxes` column.
const BYTES_PER_WORD: usize = 9;

/// The reading of a tile, and what it was made of.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredReading {
    /// The tile.
    pub tile: TilePath,
    /// The XXH3 hash of the tile's bytes.
    pub hash: u128,
    /// The place of the bytes when they were read.
    pub stamp: TileStamp,
    /// The engine and its version.
    pub engine: (String, String),
    /// The languages that it was read with, as codes with `+` between them.
    pub languages: String,
    /// A language that the text seems to be in, and that the engine lacked.
    pub missing: Option<String>,
    /// Whether the text was read: a tile with a picture and hardly any text is not legible.
    pub legible: bool,
    /// The words.
    pub reading: TileReading,
}

/// The origin of a reading: the place of the bytes, and the engine with its version.
pub type ReadingStamp = (TileStamp, (String, String));

impl ExternalStore {
    /// Returns the reading of a tile.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn reading(&self, tile: &TilePath) -> Result<Option<StoredReading>, SidecarError> {
        self.query_reading("tile = ?1", tile.as_str())
    }

    /// Returns a reading of the same bytes, of whatever tile: one that lacked no language, if there
    /// is one.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn reading_of_bytes(&self, hash: u128) -> Result<Option<StoredReading>, SidecarError> {
        self.query_reading("hash = ?1 ORDER BY missing IS NOT NULL", hash.to_le_bytes().as_slice())
    }

    fn query_reading(
        &self,
        condition: &str,
        value: impl rusqlite::ToSql,
    ) -> Result<Option<StoredReading>, SidecarError> {
        if !self.has_readings() {
            return Ok(None);
        }
        let sql = format!("{SELECT} WHERE {condition} LIMIT 1");
        let found = self.connection().query_row(&sql, [value], stored_reading).optional();
        found.map_err(|source| self.failed(source))
    }

    /// Passes every reading to `each`, by tile, one at a time. `each` stops the work by returning
    /// `false`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn readings(&self, each: &mut dyn FnMut(StoredReading) -> bool) -> Result<(), SidecarError> {
        if !self.has_readings() {
            return Ok(());
        }
        self.each(&format!("{SELECT} ORDER BY tile"), &mut |row| Ok(each(stored_reading(row)?)))
    }

    /// Returns the hashes of all bytes that an engine of a version read.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn hashes_read_by(&self, engine: &(String, String)) -> Result<HashSet<u128>, SidecarError> {
        let mut hashes = HashSet::new();
        if self.has_readings() {
            self.each("SELECT hash, engine, version FROM readings", &mut |row| {
                if row.get_ref(1)?.as_str()? == engine.0 && row.get_ref(2)?.as_str()? == engine.1 {
                    hashes.insert(hash_in(row, 0)?);
                }
                Ok(true)
            })?;
        }
        Ok(hashes)
    }

    /// Returns the tiles that were read without one of these languages although their texts seem to
    /// be in it, with the hashes of their bytes.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn read_without(&self, languages: &[Language]) -> Result<Vec<(TilePath, u128)>, SidecarError> {
        let mut tiles = Vec::new();
        if self.has_readings() {
            self.each("SELECT tile, hash, missing FROM readings WHERE missing IS NOT NULL", &mut |row| {
                let missing = row.get_ref(2)?.as_str()?;
                if languages.iter().any(|language| language.code() == missing) {
                    tiles.push((TilePath::new(&row.get::<_, String>(0)?), hash_in(row, 1)?));
                }
                Ok(true)
            })?;
        }
        Ok(tiles)
    }

    /// Returns what each tile's reading was made of: the stamp of the bytes, and the engine with
    /// its version.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn reading_stamps(&self) -> Result<HashMap<TilePath, ReadingStamp>, SidecarError> {
        let mut stamps = HashMap::new();
        if self.has_readings() {
            self.each(&format!("{SELECT_STAMP} FROM readings"), &mut |row| {
                let tile = TilePath::new(&row.get::<_, String>(0)?);
                stamps.insert(tile, (stamp(row, 1)?, (row.get(6)?, row.get(7)?)));
                Ok(true)
            })?;
        }
        Ok(stamps)
    }

    /// Returns the last row of the readings, 0 if there are none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn last_reading_row(&self) -> Result<i64, SidecarError> {
        if !self.has_readings() {
            return Ok(0);
        }
        let row = self.connection().query_row("SELECT coalesce(max(id), 0) FROM readings", [], |row| row.get(0));
        row.map_err(|source| self.failed(source))
    }

    /// Returns what the readings were made of that were added after a row, and the last row.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn reading_stamps_after(&self, row: i64) -> Result<(Vec<(TilePath, ReadingStamp)>, i64), SidecarError> {
        let (mut stamps, mut last) = (Vec::new(), row);
        let sql = format!("{SELECT_STAMP}, id FROM readings WHERE id > {row}");
        self.each(&sql, &mut |row| {
            stamps.push((TilePath::new(&row.get::<_, String>(0)?), (stamp(row, 1)?, (row.get(6)?, row.get(7)?))));
            last = last.max(row.get(8)?);
            Ok(true)
        })?;
        Ok((stamps, last))
    }
}

impl ExternalImport<'_> {
    /// Adds a reading, in place of an earlier one of the tile.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn reading(&self, read: &StoredReading) -> Result<(), SidecarError> {
        let text = read.reading.text();
        let place = &read.stamp;
        let sql = "INSERT INTO readings (tile, hash, file, file_bytes, file_modified, offset, bytes, engine, version,
                languages, missing, legible, text, boxes)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
            ON CONFLICT (tile) DO UPDATE SET hash = excluded.hash, file = excluded.file, file_bytes = excluded.file_bytes,
                file_modified = excluded.file_modified, offset = excluded.offset, bytes = excluded.bytes,
                engine = excluded.engine, version = excluded.version, languages = excluded.languages,
                missing = excluded.missing, legible = excluded.legible, text = excluded.text, boxes = excluded.boxes";
        self.put(
            sql,
            params![
                read.tile.as_str(),
                read.hash.to_le_bytes().as_slice(),
                &place.file,
                place.file_bytes,
                place.file_modified,
                place.offset,
                place.bytes,
                read.engine.0,
                read.engine.1,
                read.languages,
                read.missing,
                read.legible,
                spaced_text(&read.reading),
                boxes(&read.reading)
            ],
        )?;
        self.index_text(TextOrigin::Reading, &read.tile, &text)
    }
}

const SELECT_STAMP: &str = "SELECT tile, file, file_bytes, file_modified, offset, bytes, engine, version";
const SELECT: &str = "SELECT tile, hash, file, file_bytes, file_modified, offset, bytes, engine, version, languages,
    missing, legible, text, boxes FROM readings";

fn stored_reading(row: &Row<'_>) -> rusqlite::Result<StoredReading> {
    let text: String = row.get(12)?;
    let boxes: Vec<u8> = row.get(13)?;
    Ok(StoredReading {
        tile: TilePath::new(&row.get::<_, String>(0)?),
        hash: hash_in(row, 1)?,
        stamp: stamp(row, 2)?,
        engine: (row.get(7)?, row.get(8)?),
        languages: row.get(9)?,
        missing: row.get(10)?,
        legible: row.get(11)?,
        reading: reading(&text, &boxes).ok_or_else(|| damaged(13, "not one box for each word"))?,
    })
}

/// The stamp in the columns from `at` on.
fn stamp(row: &Row<'_>, at: usize) -> rusqlite::Result<TileStamp> {
    Ok(TileStamp {
        file: row.get::<_, String>(at)?.into(),
        file_bytes: row.get(at + 1)?,
        file_modified: row.get(at + 2)?,
        offset: row.get(at + 3)?,
        bytes: row.get(at + 4)?,
    })
}

fn hash_in(row: &Row<'_>, column: usize) -> rusqlite::Result<u128> {
    let bytes = row.get_ref(column)?.as_blob()?;
    Ok(u128::from_le_bytes(bytes.try_into().map_err(|_| damaged(column, "the hash does not have 16 bytes"))?))
}

fn damaged(column: usize, what: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Blob, what.into())
}

/// Returns the words of a reading as they are stored: with a space between them in any script, so
/// that each has its box.
pub(crate) fn spaced_text(reading: &TileReading) -> String {
    let mut text = String::new();
    for word in &reading.words {
        if !text.is_empty() {
            text.push(if word.starts_line { '\n' } else { ' ' });
        }
        text.push_str(&word.text);
    }
    text
}

/// Returns the boxes of the words as they are stored: nine bytes each.
pub(crate) fn boxes(reading: &TileReading) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(BYTES_PER_WORD * reading.words.len());
    for word in &reading.words {
        for pixels in [word.x, word.y, word.width, word.height] {
            bytes.extend(u16::try_from(pixels).unwrap_or(u16::MAX).to_le_bytes());
        }
        bytes.push((255.0 * word.confidence.clamp(0.0, 1.0)).round() as u8);
    }
    bytes
}

/// Joins the words of a text with their boxes; `None` if their numbers differ.
pub(crate) fn reading(text: &str, boxes: &[u8]) -> Option<TileReading> {
    let mut words = Vec::with_capacity(boxes.len() / BYTES_PER_WORD);
    let mut boxes = boxes.chunks_exact(BYTES_PER_WORD);
    for (line, of_line) in text.split('\n').filter(|line| !line.is_empty()).enumerate() {
        for (at, text) in of_line.split(' ').enumerate() {
            let bytes = boxes.next()?;
            let pixels = |at: usize| u32::from(u16::from_le_bytes([bytes[2 * at], bytes[2 * at + 1]]));
            words.push(WordBox {
                text: text.to_owned(),
                x: pixels(0),
                y: pixels(1),
                width: pixels(2),
                height: pixels(3),
                confidence: f32::from(bytes[8]) / 255.0,
                starts_line: at == 0 && (line > 0 || words.is_empty()),
            });
        }
    }
    (boxes.next().is_none() && boxes.remainder().is_empty()).then_some(TileReading { words })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, x: u32, starts_line: bool) -> WordBox {
        WordBox { text: text.into(), x, y: 2, width: 3, height: 4, confidence: 1.0, starts_line }
    }

    fn read(tile: &str, words: &[&str]) -> StoredReading {
        let words = words.iter().zip(0..).map(|(text, at)| word(text, at, at % 3 == 0)).collect();
        let stamp = TileStamp { file: "a.tar".into(), offset: 512, bytes: 100, file_bytes: 9000, file_modified: 7 };
        StoredReading {
            tile: TilePath::new(tile),
            hash: 77,
            stamp,
            engine: ("tesseract".into(), "5.3.0".into()),
            languages: "eng".into(),
            missing: Some("jpn".into()),
            legible: true,
            reading: TileReading { words },
        }
    }

    fn store() -> (tempfile::TempDir, ExternalStore) {
        let dir = tempfile::tempdir().unwrap();
        let store = ExternalStore::open(&dir.path().join("outside.sqlite")).unwrap();
        (dir, store)
    }

    fn add(store: &mut ExternalStore, readings: &[StoredReading]) {
        let import = store.write().unwrap();
        readings.iter().for_each(|reading| import.reading(reading).unwrap());
        import.commit().unwrap();
    }

    #[test]
    fn readings_come_back_as_they_were() {
        let (_dir, mut store) = store();
        let salt = read("images/a.png", &["Salt", "melts", "at", "801", "°C", "明石海峡大橋"]);
        let empty = read("images/b.png", &[]);
        add(&mut store, &[salt.clone(), empty.clone()]);
        assert_eq!(store.reading(&salt.tile).unwrap(), Some(salt.clone()));
        assert_eq!(store.reading_of_bytes(77).unwrap().map(|found| found.hash), Some(77));
        assert_eq!(store.reading_of_bytes(78).unwrap(), None);
        let mut all = Vec::new();
        store
            .readings(&mut |reading| {
                all.push(reading);
                true
            })
            .unwrap();
        assert_eq!(all, [salt.clone(), empty]);
        assert_eq!(store.reading_stamps().unwrap()[&salt.tile], (salt.stamp, salt.engine));
    }

    #[test]
    fn files_of_the_first_schema_are_read_and_upgraded() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("outside.sqlite");
        let old = rusqlite::Connection::open(&path).unwrap();
        old.execute_batch(include_str!("schema_v1.sql")).unwrap();
        old.execute("INSERT INTO texts VALUES ('a.png', 'salt')", []).unwrap();
        old.pragma_update(None, "application_id", 0x544A_4F53).unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
        drop(old);
        let store = ExternalStore::open_for_reading(&path).unwrap().unwrap();
        assert_eq!((store.text_count().unwrap(), store.reading(&TilePath::new("a.png")).unwrap()), (1, None));
        assert_eq!(store.search_texts("salt", 9).unwrap(), []);
        drop(store);
        let store = ExternalStore::open_for_search(&path).unwrap().unwrap();
        let found = store.search_texts("salt", 9).unwrap();
        assert_eq!(found.len(), 1, "imported texts are indexed");
        assert_eq!((found[0].tile.as_str(), found[0].origin), ("a.png", TextOrigin::Import));
        drop(store);
        let mut store = ExternalStore::open(&path).unwrap();
        add(&mut store, &[read("a.png", &["salt"])]);
        assert_eq!((store.text_count().unwrap(), store.searchable_tiles().unwrap()), (1, 1));
        assert!(store.reading(&TilePath::new("a.png")).unwrap().is_some());
    }

    #[test]
    fn damaged_boxes_are_an_error() {
        let (_dir, mut store) = store();
        add(&mut store, &[read("a.png", &["salt"])]);
        store.connection().execute("UPDATE readings SET boxes = x'00'", []).unwrap();
        assert!(matches!(store.reading(&TilePath::new("a.png")), Err(SidecarError::Damaged { .. })));
    }
}
