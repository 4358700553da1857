//! The number of texts that each word occurs in, from the index of the texts. Searches nothing.

use rusqlite::Row;
use tilejury_text::{TextWords, WordFrequencies, without_inner_spaces};

use super::stems::decoded;
use super::store::ExternalStore;
use crate::sidecar::SidecarError;

/// Words or texts to count between two checks for cancellation.
const COUNTED_AT_ONCE: usize = 4096;

impl ExternalStore {
    /// Counts the texts of tiles (see [`Self::tile_texts`]), and in how many of them each word
    /// occurs. `None` once `go_on` returns `false`.
    ///
    /// The index has these counts, so that texts need not be cut into words again. It also has
    /// texts that no tile uses: those of illegible readings, and readings of tiles with an imported
    /// text. They are cut, and subtracted.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn word_frequencies(&self, go_on: &mut dyn FnMut() -> bool) -> Result<Option<WordFrequencies>, SidecarError> {
        if !self.has_readings() {
            return self.counted_words(go_on);
        }
        // The table has no content: it shows the index in another way, to this connection alone.
        let table = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.stem_counts USING fts5vocab('main', 'text_stems', 'row')";
        self.connection().execute_batch(table).map_err(|source| self.failed(source))?;
        let (mut counts, mut going) = (Vec::new(), true);
        let mut done = 0_usize;
        let mut check = || {
            done += 1;
            !done.is_multiple_of(COUNTED_AT_ONCE) || go_on()
        };
        self.each("SELECT term, doc FROM stem_counts", &mut |row| {
            let (term, texts) = (row.get_ref(0)?.as_str()?, row.get(1)?);
            counts.extend(decoded(term).map(|stem| (stem, texts)));
            counts.push((term.to_owned(), texts));
            going = check();
            Ok(going)
        })?;
        if !going {
            return Ok(None);
        }
        let sql = "SELECT (SELECT count(*) FROM readings) + (SELECT count(*) FROM texts)";
        let texts = self.connection().query_row(sql, [], |row| row.get(0)).map_err(|source| self.failed(source))?;
        let mut frequencies = WordFrequencies::from_counts(texts, counts);
        let unused = "SELECT text FROM readings WHERE NOT legible OR tile IN (SELECT tile FROM texts)";
        self.each(unused, &mut |row: &Row<'_>| {
            frequencies.remove(&TextWords::new(&without_inner_spaces(row.get_ref(0)?.as_str()?)));
            going = check();
            Ok(going)
        })?;
        Ok(going.then_some(frequencies))
    }

    /// Counts the words of a file of an older version, which has no index.
    fn counted_words(&self, go_on: &mut dyn FnMut() -> bool) -> Result<Option<WordFrequencies>, SidecarError> {
        let (mut frequencies, mut going) = (WordFrequencies::default(), true);
        self.tile_texts(&mut |text| {
            frequencies.add(&TextWords::new(&text.text));
            going = go_on();
            going
        })?;
        Ok(going.then_some(frequencies))
    }
}

#[cfg(test)]
mod tests {
    use tilejury_data::TilePath;

    use super::*;
    use crate::external::testing::stored_reading;
    use crate::external::{StoredReading, TileText};

    #[test]
    fn index_counts_words_as_the_texts_do() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = ExternalStore::open(&dir.path().join("outside.sqlite")).unwrap();
        let import = store.write().unwrap();
        for (tile, text) in
            [("a.png", "pepper"), ("b.png", "Salt, salts and Über 明石海峡 C++"), ("c.png", "the x86 x")]
        {
            import.text(&TileText { tile: TilePath::new(tile), text: text.to_owned() }).unwrap();
        }
        import.text(&TileText { tile: TilePath::new("a.png"), text: "sugar".to_owned() }).unwrap();
        import.reading(&stored_reading("a.png", "salt that was imported too")).unwrap();
        import.reading(&stored_reading("d.png", "salt 明石 海峡")).unwrap();
        let rubbish = StoredReading { legible: false, ..stored_reading("e.png", "salt rubbish") };
        import.reading(&rubbish).unwrap();
        import.commit().unwrap();
        let mut expected = WordFrequencies::default();
        store
            .tile_texts(&mut |text| {
                expected.add(&TextWords::new(&text.text));
                true
            })
            .unwrap();
        // The window and the commands read the file without writing it.
        let store = ExternalStore::open_for_reading(store.path()).unwrap().unwrap();
        let counted = store.word_frequencies(&mut || true).unwrap().unwrap();
        for stem in
            ["pepper", "sugar", "salt", "uber", "明石", "石海", "c++", "x86", "x", "the", "rubbish", "import", "?"]
        {
            assert_eq!(counted.weight(stem), expected.weight(stem), "{stem}");
        }
        assert!(counted.weight("pepper") > counted.weight("sugar"), "a text was replaced");
        assert!(counted.weight("sugar") > counted.weight("salt"));
    }
}
