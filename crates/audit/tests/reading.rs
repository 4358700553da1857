//! Reading the text of tiles: each once, in order, with what fails named, and stopped at any time.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tilejury_audit::external::{
    ExternalStore, ReadingObserver, ReadingOptions, ReadingQueue, ReadingState, ReadingSummary, StoredReading,
    read_queue, read_tiles, rows_in_order, tiles_of_rows,
};
use tilejury_audit::progress::{Cancelled, NoProgress, Progress, ProgressStep};
use tilejury_data::{Dataset, Pixels, SampleIndex, TilePath};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};
use tilejury_text::{Language, ReadError, ReadingEngine, TextLayout, TileReading, WordBox};

/// An engine that reads the colour of the first pixel, and fails for black.
struct ColourReader {
    version: &'static str,
    languages: Vec<Language>,
    reads: AtomicUsize,
    order: Mutex<Vec<u8>>,
    takes: Duration,
}

impl ColourReader {
    fn new(version: &'static str) -> Self {
        let languages = vec!["eng".parse().unwrap()];
        Self { version, languages, reads: AtomicUsize::new(0), order: Mutex::default(), takes: Duration::ZERO }
    }

    fn reads(&self) -> usize {
        self.reads.swap(0, Ordering::Relaxed)
    }
}

impl ReadingEngine for ColourReader {
    fn name(&self) -> &str {
        "colours"
    }

    fn version(&self) -> &str {
        self.version
    }

    fn languages(&self) -> &[Language] {
        &self.languages
    }

    fn read(&self, picture: &Pixels, _: &[Language], stop: &AtomicBool) -> Result<TileReading, ReadError> {
        if stop.load(Ordering::Relaxed) {
            return Err(ReadError::Stopped);
        }
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.order.lock().unwrap().push(picture.rgba[0]);
        std::thread::sleep(self.takes);
        match picture.rgba[0] {
            0 => Err(ReadError::Failed { program: "colours".into(), message: "too dark".into() }),
            1 => panic!("the engine is broken"),
            colour => {
                let text = format!("thetextofcolour{colour}");
                let word = WordBox { text, x: 1, y: 2, width: 30, height: 14, confidence: 0.9, starts_line: true };
                Ok(TileReading { words: vec![word] })
            }
        }
    }

    fn layout(&self, _: &Pixels, _: &AtomicBool) -> Result<Option<TextLayout>, ReadError> {
        Ok(None)
    }
}

fn flat(colour: u8) -> Vec<u8> {
    picture::flat(40, 20, colour)
}

fn set(colours: &[u8], folder: &Path) -> (Dataset, Vec<TilePath>) {
    let paths: Vec<String> = (0..colours.len()).map(|at| tile(0, at as u32, 0)).collect();
    let mut set = Set::new();
    for (path, colour) in paths.iter().zip(colours) {
        set = set.tile(path, &flat(*colour));
    }
    let negatives: Vec<&str> = paths[1..].iter().map(String::as_str).collect();
    set.row("train", &Row::new("q", &paths[0]).negatives(&negatives)).write(folder);
    (Dataset::open(folder).unwrap(), paths.iter().map(|path| TilePath::new(path)).collect())
}

fn read(
    dataset: &Dataset,
    tiles: &[TilePath],
    store: &Path,
    engine: &ColourReader,
    progress: &dyn Progress,
) -> Result<ReadingSummary, Cancelled> {
    let options = ReadingOptions { languages: engine.languages.clone(), jobs: 1 };
    let mut store = ExternalStore::open(store).unwrap();
    read_tiles(dataset, &ReadingQueue::new(tiles.iter().cloned()), &mut store, engine, &options, progress).unwrap()
}

#[test]
fn reads_each_tile_once_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, tiles) = set(&[50, 60, 60, 70], dir.path());
    let (file, engine) = (dir.path().join("x.sqlite"), ColourReader::new("1"));
    let backwards: Vec<TilePath> = tiles.iter().rev().cloned().collect();
    let first = read(&dataset, &backwards[..2], &file, &engine, &NoProgress).unwrap();
    assert_eq!((first.tiles, first.read, first.skipped, engine.reads()), (2, 2, 0, 2));
    assert_eq!(*engine.order.lock().unwrap(), [70, 60]);
    let second = read(&dataset, &tiles, &file, &engine, &NoProgress).unwrap();
    assert_eq!((second.read, second.skipped, engine.reads()), (2, 2, 1), "the bytes of one tile are known");
    let store = ExternalStore::open_for_reading(&file).unwrap().unwrap();
    let text = |tile: &TilePath| store.reading(tile).unwrap().unwrap().reading.text();
    assert_eq!(
        tiles.iter().map(text).collect::<Vec<_>>(),
        [50, 60, 60, 70].map(|colour| format!("thetextofcolour{colour}"))
    );
    assert_eq!(store.search_texts("thetextofcolour60", 9).unwrap().len(), 2);
    let newer = ColourReader::new("2");
    assert_eq!(read(&dataset, &tiles, &file, &newer, &NoProgress).unwrap().read, 4);
}

#[test]
fn equal_bytes_are_read_once_also_in_one_run() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, tiles) = set(&[50, 60, 60, 60, 0, 0], dir.path());
    let (file, engine) = (dir.path().join("x.sqlite"), ColourReader::new("1"));
    let options = ReadingOptions { languages: engine.languages.clone(), jobs: 4 };
    let mut store = ExternalStore::open(&file).unwrap();
    let summary = read_tiles(&dataset, &ReadingQueue::new(tiles.clone()), &mut store, &engine, &options, &NoProgress)
        .unwrap()
        .unwrap();
    assert_eq!((summary.read, summary.failed), (4, 2));
    assert_eq!(engine.reads(), 4, "bytes that could not be read are tried for each tile");
    assert_eq!(store.reading(&tiles[3]).unwrap().unwrap().reading.text(), "thetextofcolour60");
}

#[test]
fn tiles_are_read_again_when_their_language_is_installed() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, tiles) = set(&[50, 60, 60], dir.path());
    let (file, mut engine) = (dir.path().join("x.sqlite"), ColourReader::new("1"));
    read(&dataset, &tiles, &file, &engine, &NoProgress).unwrap();
    let mut store = ExternalStore::open(&file).unwrap();
    let lacking: Vec<_> = tiles[1..].iter().map(|tile| store.reading(tile).unwrap().unwrap()).collect();
    let import = store.write().unwrap();
    for reading in lacking {
        import.reading(&StoredReading { missing: Some("jpn".into()), ..reading }).unwrap();
    }
    import.commit().unwrap();
    engine.reads();
    assert_eq!(read(&dataset, &tiles, &file, &engine, &NoProgress).unwrap().skipped, 3);
    engine.languages.push("jpn".parse().unwrap());
    let summary = read(&dataset, &tiles, &file, &engine, &NoProgress).unwrap();
    assert_eq!((summary.read, summary.skipped, engine.reads()), (2, 1, 1));
    assert!(tiles.iter().all(|tile| store.reading(tile).unwrap().unwrap().missing.is_none()));
}

#[test]
fn changed_bytes_are_read_again_and_moved_ones_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, tiles) = set(&[50, 60], dir.path());
    let (file, engine) = (dir.path().join("x.sqlite"), ColourReader::new("1"));
    read(&dataset, &tiles, &file, &engine, &NoProgress).unwrap();
    engine.reads();
    std::fs::remove_dir_all(dir.path().join("image_shards")).unwrap();
    let (dataset, tiles) = set(&[50, 61, 62], dir.path());
    let summary = read(&dataset, &tiles, &file, &engine, &NoProgress).unwrap();
    assert_eq!((summary.read, summary.skipped, engine.reads()), (3, 0, 2));
}

#[test]
fn failures_are_named_and_the_rest_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, mut tiles) = set(&[50, 0, 1, 60], dir.path());
    tiles.push(TilePath::new("images/nowhere.png"));
    let (file, engine) = (dir.path().join("x.sqlite"), ColourReader::new("1"));
    let summary = read(&dataset, &tiles, &file, &engine, &NoProgress).unwrap();
    assert_eq!((summary.read, summary.failed), (2, 3));
    let reasons: Vec<&str> = summary.failures.iter().map(|(_, reason)| reason.as_str()).collect();
    assert!(reasons[0].contains("too dark") && reasons[1].contains("engine is broken"), "{reasons:?}");
    assert!(reasons[2].contains("nowhere.png"), "{reasons:?}");
}

#[test]
fn stopping_keeps_what_was_read() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, tiles) = set(&[50, 60, 70, 80, 90, 100], dir.path());
    let (file, engine) = (dir.path().join("x.sqlite"), ColourReader::new("1"));
    let stop = |step: ProgressStep| if step.done >= 2 { Err(Cancelled) } else { Ok(()) };
    assert_eq!(read(&dataset, &tiles, &file, &engine, &stop), Err(Cancelled));
    let read_before = engine.reads();
    assert!(read_before >= 2);
    let rest = read(&dataset, &tiles, &file, &engine, &NoProgress).unwrap();
    assert_eq!(rest.skipped + rest.read, 6);
    assert!(rest.skipped >= 2);
    assert_eq!(rest.skipped, read_before);
}

#[test]
fn rows_begin_with_the_displayed_ones_then_the_ranking() {
    let dir = tempfile::tempdir().unwrap();
    let mut set = Set::new();
    for row in 0..4 {
        set = set.row("train", &Row::new("q", &tile(0, row, 0)).negatives(&[&tile(0, 9, 0)]));
    }
    set.write(dir.path());
    let dataset = Dataset::open(dir.path()).unwrap();
    let rows = |numbers: &[usize]| numbers.iter().map(|row| SampleIndex::new(*row)).collect::<Vec<_>>();
    assert_eq!(rows_in_order(&dataset, &rows(&[2]), &rows(&[3, 2, 7]), 9), rows(&[2, 3, 0, 1]));
    assert_eq!(rows_in_order(&dataset, &[], &rows(&[3]), 2), rows(&[3, 0]));
    let tiles: Vec<TilePath> = [3, 9, 0].map(|page| TilePath::new(&tile(0, page, 0))).into();
    assert_eq!(tiles_of_rows(&dataset, rows(&[3, 0])), tiles);
}

/// Stops after some reports, and puts a tile first at the first of them.
struct Watcher<'q> {
    queue: &'q ReadingQueue,
    first: TilePath,
    stop_at: usize,
    stored: Mutex<Vec<TilePath>>,
}

impl ReadingObserver for Watcher<'_> {
    fn report(&self, state: ReadingState) -> Result<(), Cancelled> {
        if state.counts.finished == 1 {
            self.queue.put_first(std::slice::from_ref(&self.first));
        }
        if state.counts.finished >= self.stop_at { Err(Cancelled) } else { Ok(()) }
    }

    fn stored(&self, tiles: Vec<TilePath>) {
        self.stored.lock().unwrap().extend(tiles);
    }
}

#[test]
fn queue_continues_after_a_stop_and_reorders_on_the_way() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, tiles) = set(&[50, 60, 70, 80, 90, 100], dir.path());
    let mut store = ExternalStore::open(&dir.path().join("x.sqlite")).unwrap();
    let engine = ColourReader { takes: Duration::from_millis(300), ..ColourReader::new("1") };
    let options = ReadingOptions { languages: engine.languages.clone(), jobs: 1 };
    let queue = ReadingQueue::new(tiles.iter().cloned());
    let watcher = |stop_at| Watcher { queue: &queue, first: tiles[5].clone(), stop_at, stored: Mutex::default() };
    let first = watcher(3);
    let (summary, ended) = read_queue(&dataset, &queue, &mut store, &engine, &options, &first).unwrap();
    assert_eq!(ended, Err(Cancelled));
    assert!((3..5).contains(&summary.read), "{summary:?}");
    let order = engine.order.lock().unwrap().clone();
    // The tile put first comes after the one in work, or one later on a busy machine: it was the
    // last.
    let place = order.iter().position(|colour| *colour == 100);
    assert!(matches!(place, Some(1..=3)), "{order:?}");
    assert_eq!(first.stored.lock().unwrap().len(), summary.read);
    let second = watcher(9);
    let (rest, ended) = read_queue(&dataset, &queue, &mut store, &engine, &options, &second).unwrap();
    assert_eq!((ended, rest.tiles, rest.read, rest.skipped), (Ok(()), 6 - summary.read, 6 - summary.read, 0));
    let stored: std::collections::HashSet<_> =
        [first, second].map(|watcher| watcher.stored.into_inner().unwrap()).concat().into_iter().collect();
    assert_eq!(stored.len(), 6);
}

#[test]
fn storing_does_not_wait_for_a_program_that_reads() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, tiles) = set(&[50, 60, 70], dir.path());
    let (file, engine) = (dir.path().join("x.sqlite"), ColourReader::new("1"));
    read(&dataset, &tiles[..2], &file, &engine, &NoProgress).unwrap();
    let reader = ExternalStore::open_for_reading(&file).unwrap().unwrap();
    let mut during = None;
    reader
        .readings(&mut |_| {
            during.get_or_insert_with(|| read(&dataset, &tiles, &file, &engine, &NoProgress).unwrap().read);
            true
        })
        .unwrap();
    assert_eq!(during, Some(1));
}

const FOLDER: &str = "TILEJURY_TEST_READ_IN";

/// Reads a set as another process, for the test below.
#[test]
#[ignore = "run by another test"]
fn read_as_another_process() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let dataset = Dataset::open(Path::new(&folder)).unwrap();
    let tiles = tiles_of_rows(&dataset, dataset.indices());
    let engine = ColourReader { takes: Duration::from_millis(250), ..ColourReader::new("1") };
    let summary = read(&dataset, &tiles, &Path::new(&folder).join("x.sqlite"), &engine, &NoProgress).unwrap();
    assert_eq!((summary.read + summary.skipped, summary.failed), (40, 0));
    std::fs::write(Path::new(&folder).join(format!("{}.reads", std::process::id())), engine.reads().to_string())
        .unwrap();
}

#[test]
fn several_processes_read_into_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let colours: Vec<u8> = (50..90).collect();
    let (_dataset, tiles) = set(&colours, dir.path());
    let start = || {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "reading::read_as_another_process", "--ignored"]).env(FOLDER, dir.path());
        child.stdout(std::process::Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..3).map(|_| start()).collect();
    for child in children {
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    }
    // They share the work: without that, each would read everything.
    let files = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path());
    let reads = files.filter(|path| path.extension().is_some_and(|ending| ending == "reads"));
    let reads: Vec<usize> = reads.map(|path| std::fs::read_to_string(path).unwrap().parse().unwrap()).collect();

    assert!(reads.len() == 3 && reads.iter().sum::<usize>() < 3 * 40 - 10, "{reads:?}");
    let store = ExternalStore::open_for_reading(&dir.path().join("x.sqlite")).unwrap().unwrap();
    let mut found = Vec::new();
    store
        .readings(&mut |reading| {
            found.push(reading.tile);
            true
        })
        .unwrap();
    let mut expected = tiles;
    expected.sort();
    assert_eq!(found, expected);
    for colour in colours {
        assert_eq!(store.search_texts(&format!("thetextofcolour{colour}"), 9).unwrap().len(), 1);
    }
}
