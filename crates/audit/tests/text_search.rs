//! Searches over the texts of tiles: the filters `text:`, `text-positive:` and `text-negative:`,
//! and the search for the best tiles, over texts that were read or imported.

#![allow(clippy::unwrap_used, reason = "an error fails the test")]

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use tilejury_audit::external::{
    ExternalStore, ImportKind, ReadingOptions, ReadingQueue, TextOrigin, TileText, import, read_tiles,
};
use tilejury_audit::progress::{Cancelled, NoProgress, ProgressStep};
use tilejury_audit::search::{DatasetNames, Search, SearchIndex, TextMatches, TextSearchError};
use tilejury_data::{Dataset, Pixels, TilePath};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};
use tilejury_text::{Language, ReadError, ReadingEngine, TextLayout, TileReading, WordBox};

/// The texts of the tiles: the number of a tile is the colour of its picture.
const TEXTS: [&str; 6] = [
    "Salt melts at 801 °C, its melting point",
    "The point of melting pots",
    "明石 海峡 大 橋 は 神戸 市 にあり ます",
    "Протяжённость Транссибирской магистрали 9288 км",
    "Die Brücke über den Rhein",
    "Nothing here but pepper",
];

/// An engine that knows each text by the colour of the picture.
struct ColourReader(Vec<Language>);

impl ReadingEngine for ColourReader {
    fn name(&self) -> &str {
        "colours"
    }

    fn version(&self) -> &str {
        "1"
    }

    fn languages(&self) -> &[Language] {
        &self.0
    }

    fn read(&self, picture: &Pixels, _: &[Language], _: &AtomicBool) -> Result<TileReading, ReadError> {
        let text = TEXTS[usize::from(picture.rgba[0])];
        let word = |(at, text): (usize, &str)| WordBox {
            text: text.to_owned(),
            x: 1,
            y: 2,
            width: 30,
            height: 14,
            confidence: 0.9,
            starts_line: at == 0,
        };
        Ok(TileReading { words: text.split(' ').enumerate().map(word).collect() })
    }

    fn layout(&self, _: &Pixels, _: &AtomicBool) -> Result<Option<TextLayout>, ReadError> {
        Ok(None)
    }
}

struct Fixture {
    dataset: Dataset,
    index: SearchIndex,
    external: PathBuf,
    dir: tempfile::TempDir,
}

/// Row `n` has tile `n` as positive and the next one as negative.
fn fixture() -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    let mut set = Set::new();
    for at in 0..TEXTS.len() {
        let next = path((at + 1) % TEXTS.len());
        set = set.tile(&path(at), &picture::flat(40, 20, at as u8));
        set = set.row("train", &Row::new(&format!("query {at}"), &path(at)).negatives(&[&next]));
    }
    set.write(&dir.path().join("set"));
    let dataset = Dataset::open(&dir.path().join("set")).unwrap();
    let external = dir.path().join("outside.sqlite");
    Fixture { index: SearchIndex::build(&dataset), dataset, external, dir }
}

fn path(at: usize) -> String {
    tile(0, at as u32, 0)
}

impl Fixture {
    /// Reads tiles by the engine.
    fn read(&self, tiles: &[usize]) {
        let tiles: Vec<TilePath> = tiles.iter().map(|at| TilePath::new(&path(*at))).collect();
        let languages: Vec<Language> = vec!["eng".parse().unwrap()];
        let options = ReadingOptions { languages: languages.clone(), jobs: 1 };
        let mut store = ExternalStore::open(&self.external).unwrap();
        let engine = ColourReader(languages);
        let read =
            read_tiles(&self.dataset, &ReadingQueue::new(tiles.clone()), &mut store, &engine, &options, &NoProgress);
        assert_eq!(read.unwrap().unwrap().read, tiles.len());
    }

    /// Imports the texts of tiles.
    fn import(&self, tiles: &[usize]) {
        let lines = tiles.iter().map(|at| serde_json::json!({"path": path(*at), "text": TEXTS[*at]}).to_string());
        let file = self.dir.path().join("texts.jsonl");
        std::fs::write(&file, lines.collect::<Vec<_>>().join("\n")).unwrap();
        import(&self.dataset, ImportKind::Texts, &file, &self.external, false).unwrap();
    }

    fn store(&self) -> Option<ExternalStore> {
        ExternalStore::open_for_search(&self.external).unwrap()
    }

    fn matches(&self, search: &Search) -> Result<TextMatches, TextSearchError> {
        Ok(TextMatches::find(search, self.store().as_ref(), &NoProgress)?.unwrap())
    }

    /// The rows that a search finds.
    #[track_caller]
    fn find(&self, search: &str) -> Vec<usize> {
        let search = Search::parse(search, &DatasetNames::default()).unwrap();
        assert!(search.needs_rows());
        let texts = self.matches(&search).unwrap();
        let found = self.index.find(&search, &texts, &self.dataset, &NoProgress).unwrap().unwrap();
        found.into_iter().map(tilejury_data::SampleIndex::index).collect()
    }

    /// Checks searches in all texts, and that a minus turns each around.
    #[track_caller]
    fn check(&self, cases: &[(&str, &[usize])]) {
        for (search, rows) in cases {
            assert_eq!(self.find(search), *rows, "{search}");
            let others: Vec<usize> = (0..TEXTS.len()).filter(|row| !rows.contains(row)).collect();
            assert_eq!(self.find(&format!("-{search}")), others, "-{search}");
        }
    }
}

const SEARCHES: [(&str, &[usize]); 12] = [
    ("text:\"melting point\"", &[0, 5]),
    ("text:melting-point", &[0, 1, 5]),
    ("text-positive:\"Melting points\"", &[0]),
    ("text-negative:\"melting point\"", &[5]),
    ("text:\"point melting\"", &[]),
    ("text:pepper,rhein", &[3, 4, 5]),
    ("text:\"明石海峡大橋\"", &[1, 2]),
    ("text-positive:神戸市", &[2]),
    ("text:\"海峡 明石\"", &[]),
    ("text:\"транссибирской магистрали\"", &[2, 3]),
    ("text-positive:МАГИСТРАЛИ", &[3]),
    ("text-positive:brucke", &[4]),
];

#[test]
fn filters_find_rows_by_texts_that_were_read() {
    let fixture = fixture();
    fixture.read(&[0, 1, 2, 3, 4, 5]);
    fixture.check(&SEARCHES);
    assert_eq!(fixture.find("text:melts query neg:1 -text-negative:pots"), [1, 5]);
}

#[test]
fn filters_find_rows_by_texts_that_were_imported() {
    let fixture = fixture();
    fixture.import(&[0, 1, 2, 3, 4, 5]);
    fixture.check(&SEARCHES);
    let fixture = self::fixture();
    fixture.import(&[0, 2, 4]);
    fixture.read(&[1, 3, 4, 5]);
    fixture.check(&SEARCHES);
}

#[test]
fn many_tiles_are_found_too() {
    let dir = tempfile::tempdir().unwrap();
    let mut set = Set::new();
    for at in 0..100 {
        set = set.row("train", &Row::new(&format!("query {at}"), &path(at)).negatives(&[&path(at + 100)]));
    }
    set.write(&dir.path().join("set"));
    let dataset = Dataset::open(&dir.path().join("set")).unwrap();
    let mut store = ExternalStore::open(&dir.path().join("outside.sqlite")).unwrap();
    let import = store.write().unwrap();
    for at in 0..90 {
        import.text(&TileText { tile: TilePath::new(&path(at)), text: "salt".into() }).unwrap();
    }
    import.commit().unwrap();
    let index = SearchIndex::build(&dataset);
    let search = Search::parse("text:salt", &DatasetNames::default()).unwrap();
    let texts = TextMatches::find(&search, Some(&store), &NoProgress).unwrap().unwrap();
    assert_eq!(index.find(&search, &texts, &dataset, &NoProgress).unwrap().unwrap().len(), 90);
    let cancelled = TextMatches::find(&search, Some(&store), &|_: ProgressStep| Err(Cancelled));
    assert!(matches!(cancelled, Ok(Err(Cancelled))));
}

#[test]
fn a_search_in_no_text_is_an_error() {
    let fixture = fixture();
    let parse = |text: &str| Search::parse(text, &DatasetNames::default()).unwrap();
    let failed = |search: &str| fixture.matches(&parse(search)).unwrap_err().to_string();
    for search in ["text:salt", "-text-negative:salt"] {
        assert!(failed(search).contains("`tilejury read`"), "{}", failed(search));
    }
    assert!(!parse("salt").needs_texts() && fixture.matches(&parse("salt")).is_ok());
    ExternalStore::open(&fixture.external).unwrap();
    assert!(failed("text:salt").contains("`tilejury import-text`"), "a file without texts");
    fixture.import(&[5]);
    assert_eq!(fixture.find("text:salt"), Vec::<usize>::new());
}

#[test]
fn errors_of_text_filters_have_a_place() {
    let parse = |text: &str| Search::parse(text, &DatasetNames::default());
    let error = parse("a text-positive:\"?!\"").unwrap_err();
    assert_eq!((error.range, error.message.as_str()), (16..20, "`text-positive:?!`: `?!` has no word to search for"));
    assert!(parse("text:").unwrap().is_empty() && parse("text:\"").unwrap().is_empty());
    assert_ne!(parse("text:\"a b\""), parse("text:\"b a\""));
    assert_eq!(parse("text:Salts"), parse("text:\"salt\""));
}

#[test]
fn the_best_tiles_come_first_whatever_their_origin() {
    let fixture = fixture();
    fixture.import(&[0, 1, 4]);
    fixture.read(&[3, 4, 5]);
    let store = fixture.store().unwrap();
    assert_eq!(store.searchable_tiles().unwrap(), 5);
    let found = store.search_texts("salt melting point", 10).unwrap();
    let tiles: Vec<&str> = found.iter().map(|found| found.tile.as_str()).collect();
    assert_eq!(
        tiles,
        [path(0), path(1)].map(|path| TilePath::new(&path)).iter().map(TilePath::as_str).collect::<Vec<_>>()
    );
    assert!(found[0].score > found[1].score && found[1].score > 0.0);
    assert_eq!(store.text_of(&found[0].tile, found[0].origin).unwrap().as_deref(), Some(TEXTS[0]));
    // A tile that was read and imported is one tile.
    let rhine = store.search_texts("Brücke Rhein", 10).unwrap();
    assert_eq!(rhine.len(), 1);
    for origin in [TextOrigin::Reading, TextOrigin::Import] {
        assert_eq!(store.text_of(&rhine[0].tile, origin).unwrap().as_deref(), Some(TEXTS[4]));
    }
    assert_eq!(store.search_texts("melting", 1).unwrap().len(), 1);
}

#[test]
fn a_damaged_file_is_an_error() {
    let fixture = fixture();
    std::fs::write(&fixture.external, b"not a database at all").unwrap();
    assert!(ExternalStore::open_for_search(Path::new(&fixture.external)).is_err());
}
