//! The index of the texts of tiles, read or imported: searching all of them at once.
//!
//! It is a table of SQLite's FTS5 in the file of external results, so there is no second file that
//! could disagree with the texts. It has no content of its own: the words are stored once, in the
//! tables of readings and of imported texts. Words are indexed as stems in ASCII, so that a word is
//! found in each of its forms and in every script.
//!
//! Measured with 200,000 made-up texts of 250 words on average (289 MB, words by Zipf's law), on
//! two cores of a small server: 32 s to build, of which 11 s for the stems; 181 MB beside 393 MB of
//! texts; the best 100 of a query with five words in 0.5 ms (445 texts have one), 22 ms (47,000)
//! and 216 ms (all). So a search need not be cancelled halfway. Tantivy 0.25 took 36 s and 130 MB
//! for the same texts, and 0.04 to 8 ms for the same queries. That is faster, but a second format
//! beside SQLite, and common words, which make a search slow here, do not count in queries anyway.

use std::collections::HashSet;
use std::path::Path;

use rusqlite::{OptionalExtension, params};
use tilejury_data::TilePath;
use tilejury_text::{WordFrequencies, is_common_word, tokens, without_inner_spaces};

use super::TileText;
use super::stems::{encoded, stems};
use super::store::{ExternalImport, ExternalStore};
use crate::sidecar::SidecarError;

/// The words that a text must have: every phrase, anywhere in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextPattern {
    /// The stems of each phrase; they are next to each other in the text, in this order.
    phrases: Vec<Vec<String>>,
}

/// The origin of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextOrigin {
    /// A program read the tile's picture.
    Reading,
    /// The text was imported.
    Import,
}

/// A tile that a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundTile {
    /// The tile.
    pub tile: TilePath,
    /// Its BM25 score, higher is better; comparable within one search only.
    pub score: f64,
    /// The origin of the text that was found.
    pub origin: TextOrigin,
}

impl TextPattern {
    /// The pattern of a phrase: all its words, next to each other. `None` if it has no word.
    pub fn phrase(text: &str) -> Option<Self> {
        let stems: Vec<String> = tokens(text).into_iter().map(|token| token.stem).collect();
        (!stems.is_empty()).then(|| Self { phrases: vec![stems] })
    }

    /// The pattern of words, each anywhere in the text. A run of letters without spaces is one
    /// phrase, though it is several words. `None` if there is no word.
    pub fn words(text: &str) -> Option<Self> {
        let mut phrases: Vec<Vec<String>> = Vec::new();
        let mut end = 0;
        for token in tokens(text) {
            match phrases.last_mut() {
                Some(phrase) if token.range.start <= end => phrase.push(token.stem),
                _ => phrases.push(vec![token.stem]),
            }
            end = token.range.end;
        }
        (!phrases.is_empty()).then_some(Self { phrases })
    }

    /// The expression of FTS5.
    fn expression(&self) -> String {
        let quoted = |phrase: &Vec<String>| {
            let stems: Vec<String> = phrase.iter().map(|stem| encoded(stem)).collect();
            format!("\"{}\"", stems.join(" "))
        };
        self.phrases.iter().map(quoted).collect::<Vec<_>>().join(" AND ")
    }
}

impl TextOrigin {
    /// The table with the texts, and the row in the index of the text with id 0.
    fn table(self) -> (&'static str, i64) {
        match self {
            Self::Reading => ("readings", 0),
            Self::Import => ("texts", 1),
        }
    }
}

impl ExternalStore {
    /// Opens the file to search its texts; `None` if there is none. A file of an older version has
    /// no index and is upgraded first: that takes half a minute for 200,000 texts.
    ///
    /// # Errors
    /// When the file is refused, or cannot be read or upgraded.
    pub fn open_for_search(path: &Path) -> Result<Option<Self>, SidecarError> {
        match Self::open_for_reading(path)? {
            Some(old) if !old.has_readings() => {
                drop(old);
                Self::open(path).map(Some)
            }
            store => Ok(store),
        }
    }

    /// Returns the number of tiles with a text, read or imported.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn searchable_tiles(&self) -> Result<usize, SidecarError> {
        let sql = if self.has_readings() {
            "SELECT count(*) FROM (SELECT tile FROM readings UNION SELECT tile FROM texts)"
        } else {
            "SELECT count(*) FROM texts"
        };
        let count = self.connection().query_row(sql, [], |row| row.get::<_, i64>(0));
        count.map(|count| count as usize).map_err(|source| self.failed(source))
    }

    /// Counts the texts, and in how many of them each word of a query occurs.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn frequencies_of(&self, query: &str) -> Result<WordFrequencies, SidecarError> {
        if !self.has_readings() {
            return Ok(WordFrequencies::default());
        }
        let count = |sql: &str, values: &[&str]| {
            let values = rusqlite::params_from_iter(values);
            let mut statement = self.connection().prepare_cached(sql)?;
            statement.query_row(values, |row| row.get::<_, u32>(0))
        };
        let read = || {
            let texts = count("SELECT (SELECT count(*) FROM readings) + (SELECT count(*) FROM texts)", &[])?;
            let mut counts = Vec::new();
            for token in tokens(query).into_iter().filter(|token| !is_common_word(&token.stem)) {
                let stem = format!("\"{}\"", encoded(&token.stem));
                let with = count("SELECT count(*) FROM text_stems WHERE text_stems MATCH ?1", &[&stem])?;
                counts.push((token.stem, with));
            }
            Ok(WordFrequencies::from_counts(texts, counts))
        };
        read().map_err(|source| self.failed(source))
    }

    /// Finds the tiles with a text that has the words of a pattern.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn tiles_with(&self, pattern: &TextPattern) -> Result<HashSet<TilePath>, SidecarError> {
        let mut found = HashSet::new();
        if !self.has_readings() {
            return Ok(found);
        }
        let mut read = || {
            let sql = "SELECT rowid FROM text_stems WHERE text_stems MATCH ?1";
            let mut statement = self.connection().prepare_cached(sql)?;
            let mut rows = statement.query([pattern.expression()])?;
            while let Some(row) = rows.next()? {
                found.extend(self.text_tile(row.get(0)?)?.map(|(tile, _)| tile));
            }
            Ok(())
        };
        read().map_err(|source| self.failed(source))?;
        Ok(found)
    }

    /// Finds the tiles whose texts have words of a query, the best first. Words count by BM25;
    /// forms of one word are the same. Common words count only in a query that has no others.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn search_texts(&self, query: &str, limit: usize) -> Result<Vec<FoundTile>, SidecarError> {
        let mut stems: Vec<String> = tokens(query).into_iter().map(|token| token.stem).collect();
        if stems.iter().any(|stem| !is_common_word(stem)) {
            stems.retain(|stem| !is_common_word(stem));
        }
        if stems.is_empty() || !self.has_readings() {
            return Ok(Vec::new());
        }
        let any = stems.iter().map(|stem| format!("\"{}\"", encoded(stem))).collect::<Vec<_>>().join(" OR ");
        let read = || {
            // Twice as many, since a tile may have been both read and imported.
            let sql = "SELECT rowid, bm25(text_stems) AS score FROM text_stems WHERE text_stems MATCH ?1
                ORDER BY score LIMIT ?2";
            let mut statement = self.connection().prepare_cached(sql)?;
            let mut rows = statement.query(params![any, limit.saturating_mul(2) as i64])?;
            let (mut found, mut seen) = (Vec::new(), HashSet::new());
            while let Some(row) = rows.next()? {
                let Some((tile, origin)) = self.text_tile(row.get(0)?)? else { continue };
                if seen.insert(tile.clone()) {
                    found.push(FoundTile { tile, score: -row.get::<_, f64>(1)?, origin });
                }
            }
            Ok(found)
        };
        let mut found = read().map_err(|source| self.failed(source))?;
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.tile.as_str().cmp(b.tile.as_str())));
        found.truncate(limit);
        Ok(found)
    }

    /// Returns the text of a tile with this origin.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn text_of(&self, tile: &TilePath, origin: TextOrigin) -> Result<Option<String>, SidecarError> {
        if origin == TextOrigin::Reading && !self.has_readings() {
            return Ok(None);
        }
        let sql = format!("SELECT text FROM {} WHERE tile = ?1", origin.table().0);
        let text = self.connection().query_row(&sql, [tile.as_str()], |row| row.get::<_, String>(0)).optional();
        let text = text.map_err(|source| self.failed(source))?;
        Ok(match origin {
            TextOrigin::Reading => text.map(|text| without_inner_spaces(&text)),
            TextOrigin::Import => text,
        })
    }

    /// The tile of a row of the index, and the origin of its text.
    fn text_tile(&self, row: i64) -> rusqlite::Result<Option<(TilePath, TextOrigin)>> {
        let origin = if row % 2 == 0 { TextOrigin::Reading } else { TextOrigin::Import };
        let sql = format!("SELECT tile FROM {} WHERE id = ?1", origin.table().0);
        let tile = self.connection().prepare_cached(&sql)?.query_row([row / 2], |row| row.get::<_, String>(0));
        Ok(tile.optional()?.map(|tile| (TilePath::new(&tile), origin)))
    }
}

impl ExternalImport<'_> {
    /// Adds a text.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn text(&self, text: &TileText) -> Result<(), SidecarError> {
        let sql =
            "INSERT INTO texts (tile, text) VALUES (?1, ?2) ON CONFLICT (tile) DO UPDATE SET text = excluded.text";
        self.put(sql, (text.tile.as_str(), &text.text))?;
        self.index_text(TextOrigin::Import, &text.tile, &text.text)
    }

    /// Puts a tile's stored text into the index, in place of an earlier one.
    pub(super) fn index_text(&self, origin: TextOrigin, tile: &TilePath, text: &str) -> Result<(), SidecarError> {
        let (table, first) = origin.table();
        let sql = format!(
            "INSERT OR REPLACE INTO text_stems (rowid, stems) SELECT 2 * id + {first}, ?2 FROM {table} WHERE tile = ?1"
        );
        self.put(&sql, params![tile.as_str(), stems(text)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(texts: &[(&str, &str)]) -> (tempfile::TempDir, ExternalStore) {
        let dir = tempfile::tempdir().unwrap();
        let mut store = ExternalStore::open(&dir.path().join("outside.sqlite")).unwrap();
        import(&mut store, texts);
        (dir, store)
    }

    fn import(store: &mut ExternalStore, texts: &[(&str, &str)]) {
        let import = store.write().unwrap();
        for (tile, text) in texts {
            import.text(&TileText { tile: TilePath::new(tile), text: (*text).to_owned() }).unwrap();
        }
        import.commit().unwrap();
    }

    fn find(store: &ExternalStore, query: &str) -> Vec<String> {
        let found = store.search_texts(query, 10).unwrap();
        found.into_iter().map(|found| found.tile.as_str().to_owned()).collect()
    }

    fn with(store: &ExternalStore, pattern: Option<TextPattern>) -> Vec<String> {
        let tiles = store.tiles_with(&pattern.unwrap()).unwrap();
        let mut tiles: Vec<String> = tiles.iter().map(|tile| tile.as_str().to_owned()).collect();
        tiles.sort();
        tiles
    }

    #[test]
    fn later_texts_replace_earlier_ones() {
        let (_dir, mut store) = store(&[("a.png", "pepper"), ("b.png", "salt and pepper")]);
        import(&mut store, &[("a.png", "salt")]);
        assert_eq!(find(&store, "pepper"), ["b.png"]);
        assert_eq!(find(&store, "SALTS"), ["a.png", "b.png"], "forms of a word; the shorter text first");
        assert_eq!(find(&store, "\" OR *"), Vec::<String>::new());
        assert_eq!(find(&store, "or"), Vec::<String>::new());
        assert_eq!(store.text_of(&TilePath::new("a.png"), TextOrigin::Import).unwrap().as_deref(), Some("salt"));
        assert_eq!(store.text_of(&TilePath::new("a.png"), TextOrigin::Reading).unwrap(), None);
    }

    #[test]
    fn searches_find_words_of_every_script() {
        let texts =
            [("a.png", "明石海峡大橋"), ("b.png", "C++ Über"), ("c.png", "магистрали"), ("d.png", "서울의 DNS에")];
        let (_dir, store) = store(&texts);
        for (query, tile) in
            [("明石海峡", "a.png"), ("uber", "b.png"), ("c++", "b.png"), ("Магистрали", "c.png"), ("DNS", "d.png")]
        {
            assert_eq!(find(&store, query), [tile], "{query}");
            assert_eq!(with(&store, TextPattern::phrase(query)), [tile], "{query}");
        }
    }

    #[test]
    fn phrases_are_words_in_order() {
        let texts =
            [("a.png", "Salt: melts at 801 °C"), ("b.png", "it melts; salts too"), ("c.png", "石海、明石、海峡")];
        let (_dir, store) = store(&texts);
        assert_eq!(with(&store, TextPattern::phrase("salt melting")), ["a.png"]);
        assert_eq!(with(&store, TextPattern::words("salt/melting")), ["a.png", "b.png"]);
        assert_eq!(with(&store, TextPattern::words("明石海")), Vec::<String>::new(), "a run without spaces");
        assert_eq!((TextPattern::phrase("?! —"), TextPattern::words("")), (None, None));
    }
}
