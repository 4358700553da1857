//! The order in which tiles are read: those of the displayed sample, then those of rows by
//! suspicion, then the rest. Reads no pictures and starts no work.
//!
//! A queue outlives a run that stops: the next run continues where it ended. It can be changed
//! while tiles are being read.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use parking_lot::Mutex;
use tilejury_data::{Dataset, SampleIndex, TilePath};
use tilejury_text::{Script, script_of};

/// The rows that are read if nobody asks for others.
pub const TOP_ROWS: usize = 1000;
/// The processor time for a usual tile: 200,000 tiles take about 100 hours of one core.
const SECONDS_PER_TILE: f64 = 1.8;

/// Returns the first `rows` rows: those in `displayed`, then those of the ranking, then the rest in
/// the order of the dataset. Each row is named once.
pub fn rows_in_order(
    dataset: &Dataset,
    displayed: &[SampleIndex],
    ranking: &[SampleIndex],
    rows: usize,
) -> Vec<SampleIndex> {
    let mut seen = HashSet::new();
    let known = displayed.iter().chain(ranking).copied().chain(dataset.indices());
    known.filter(|row| row.index() < dataset.samples.len() && seen.insert(*row)).take(rows).collect()
}

/// Returns the tiles of rows in the order of the rows, each once. Rows that cannot be parsed are
/// left out: opening the dataset reports them.
pub fn tiles_of_rows(dataset: &Dataset, rows: impl IntoIterator<Item = SampleIndex>) -> Vec<TilePath> {
    let mut seen = HashSet::new();
    let mut tiles = Vec::new();
    for row in rows.into_iter().filter_map(|sample| dataset.row(sample).ok()) {
        for spelling in row.spellings() {
            let tile = TilePath::new(spelling);
            if seen.insert(tile.clone()) {
                tiles.push(tile);
            }
        }
    }
    tiles
}

/// Returns the time for reading tiles before any was read, with that many read at the same time. It
/// is a rule of thumb: tiles full of text on a slow machine take several times as long.
pub fn estimated_time(tiles: usize, jobs: usize) -> Duration {
    Duration::from_secs_f64(tiles as f64 * SECONDS_PER_TILE / jobs.max(1) as f64)
}

/// The extent of a reading that has not begun.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadingExtent {
    /// The number of rows.
    pub rows: usize,
    /// The number of their tiles.
    pub tiles: usize,
    /// The number of those that an engine of this version has not read.
    pub unread: usize,
}

impl ReadingExtent {
    /// Counts the tiles of rows. `is_read`: whether a tile has a reading.
    pub fn of_rows(dataset: &Dataset, rows: &[SampleIndex], is_read: impl Fn(&TilePath) -> bool) -> Self {
        let tiles = tiles_of_rows(dataset, rows.iter().copied());
        let unread = tiles.iter().filter(|tile| !is_read(tile)).count();
        Self { rows: rows.len(), tiles: tiles.len(), unread }
    }
}

/// The tiles to read, in their order.
#[derive(Debug, Default)]
pub struct ReadingQueue {
    state: Mutex<QueueState>,
}

#[derive(Debug, Default)]
struct QueueState {
    tiles: Vec<(TilePath, TileState)>,
    places: HashMap<TilePath, usize>,
    /// The scripts of the queries that tiles answer, other than Latin: the positive of a Japanese
    /// query is most likely Japanese.
    scripts: HashMap<TilePath, Script>,
    /// The tiles that come before all others.
    first: VecDeque<usize>,
    /// The first of the others that may still be waiting.
    next: usize,
    /// The number of waiting tiles to leave to another program that reads the same tiles.
    left_to_another: usize,
    finished: usize,
    /// The tiles that are not finished and have no valid reading.
    unread: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct TileState {
    stage: TileStage,
    /// Whether there is a reading, so that the tile will be skipped.
    known: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum TileStage {
    #[default]
    Waiting,
    BeingRead,
    /// It was read, and its reading is not stored yet.
    Read,
    Finished,
}

/// The counts of a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// The number of all tiles.
    pub tiles: usize,
    /// The number of tiles that were read, skipped, or could not be read.
    pub finished: usize,
    /// The number of the others, without those that have a reading.
    pub unread: usize,
}

impl ReadingQueue {
    /// Makes a queue of tiles. A tile that is named twice keeps its first place.
    pub fn new(tiles: impl IntoIterator<Item = TilePath>) -> Self {
        let mut state = QueueState::default();
        tiles.into_iter().for_each(|tile| {
            state.place(&tile);
        });
        Self { state: Mutex::new(state) }
    }

    /// Makes a queue of the tiles of rows, in the order of the rows, and notes the scripts of their
    /// queries. Rows that cannot be parsed are left out: opening the dataset reports them.
    pub fn of_rows(dataset: &Dataset, rows: impl IntoIterator<Item = SampleIndex>) -> Self {
        let mut state = QueueState::default();
        for row in rows.into_iter().filter_map(|sample| dataset.row(sample).ok()) {
            for spelling in row.spellings() {
                state.place(&TilePath::new(spelling));
            }
            state.note_query(&row.query, || TilePath::new(&row.positive));
        }
        Self { state: Mutex::new(state) }
    }

    /// Notes the query that a tile answers: its script decides the language that the tile is read
    /// in first.
    pub fn note_query(&self, query: &str, positive: &TilePath) {
        self.state.lock().note_query(query, || positive.clone());
    }

    /// Returns the script of the query that a tile answers, if it is not Latin.
    pub(crate) fn script_of_query(&self, tile: &TilePath) -> Option<Script> {
        self.state.lock().scripts.get(tile).copied()
    }

    /// Puts tiles before all others, in place of those that were put there earlier, which return to
    /// their own places. Tiles that are not in the queue are added.
    pub fn put_first(&self, tiles: &[TilePath]) {
        let mut state = self.state.lock();
        let places = tiles.iter().map(|tile| state.place(tile)).collect();
        state.first = places;
    }

    /// Returns the counts.
    pub fn counts(&self) -> QueueCounts {
        let state = self.state.lock();
        QueueCounts { tiles: state.tiles.len(), finished: state.finished, unread: state.unread }
    }

    /// Prepares for another run: tiles whose reading was interrupted wait again. `is_known`:
    /// whether a tile has a valid reading.
    pub(super) fn begin(&self, is_known: impl Fn(&TilePath) -> bool) {
        let state = &mut *self.state.lock();
        (state.next, state.left_to_another, state.finished, state.unread) = (0, 0, 0, 0);
        for (tile, of_tile) in &mut state.tiles {
            if of_tile.stage == TileStage::Finished {
                state.finished += 1;
            } else {
                *of_tile = TileState { stage: TileStage::Waiting, known: is_known(tile) };
                state.unread += usize::from(!of_tile.known);
            }
        }
    }

    /// Takes the next tile, with its place.
    pub(super) fn take(&self) -> Option<(usize, TilePath)> {
        let state = &mut *self.state.lock();
        let place = state.next_place()?;
        let (tile, of_tile) = state.tiles.get_mut(place)?;
        of_tile.stage = TileStage::BeingRead;
        Some((place, tile.clone()))
    }

    /// Notes that another program stored the reading of a tile, so that it will be skipped. Returns
    /// whether that is news.
    pub(super) fn read_elsewhere(&self, tile: &TilePath) -> bool {
        let state = &mut *self.state.lock();
        let place = state.places.get(tile).copied();
        let Some((_, of_tile)) = place.and_then(|place| state.tiles.get_mut(place)) else { return false };
        let is_news = of_tile.stage != TileStage::Finished && !of_tile.known;
        if is_news {
            of_tile.known = true;
            // A tile that was read is not counted any more.
            state.unread -= usize::from(of_tile.stage != TileStage::Read);
        }
        is_news
    }

    /// Leaves the next waiting tiles, but for those that are put first, to another program that
    /// reads the same tiles. They are taken if nothing else is left.
    pub(super) fn leave_to_another(&self, tiles: usize) {
        self.state.lock().left_to_another = tiles;
    }

    /// Notes that the tile at a place was read, and that its reading is not stored yet.
    pub(super) fn read(&self, place: usize) {
        self.state.lock().set(place, TileStage::Read);
    }

    /// Notes that the tile at a place needs no more work: its reading is stored, or it could not be
    /// read.
    pub(super) fn finish(&self, place: usize) {
        self.state.lock().set(place, TileStage::Finished);
    }
}

impl QueueState {
    fn note_query(&mut self, query: &str, positive: impl FnOnce() -> TilePath) {
        if let Some(script) = script_of(query).filter(|script| *script != Script::Latin) {
            self.scripts.entry(positive()).or_insert(script);
        }
    }

    /// Returns the place of a tile, which is added if it is new.
    fn place(&mut self, tile: &TilePath) -> usize {
        if let Some(place) = self.places.get(tile) {
            return *place;
        }
        let place = self.tiles.len();
        self.tiles.push((tile.clone(), TileState::default()));
        self.places.insert(tile.clone(), place);
        self.unread += 1;
        place
    }

    /// Returns the place of the next tile to take.
    fn next_place(&mut self) -> Option<usize> {
        while let Some(place) = self.first.pop_front() {
            if self.tiles.get(place)?.1.stage == TileStage::Waiting {
                return Some(place);
            }
        }
        let is_waiting = |(_, of_tile): &(TilePath, TileState)| of_tile.stage == TileStage::Waiting;
        while self.tiles.get(self.next).is_some_and(|tile| !is_waiting(tile)) {
            self.next += 1;
        }
        // Tiles that are known cost nothing: only others are left.
        let mut left = self.left_to_another;
        let others = self.tiles.iter().enumerate().skip(self.next).filter(|(_, tile)| is_waiting(tile));
        for (place, (_, of_tile)) in others {
            if left == 0 || of_tile.known {
                return Some(place);
            }
            left -= 1;
        }
        // Nothing else is left.
        self.tiles.get(self.next).map(|_| self.next)
    }

    fn set(&mut self, place: usize, stage: TileStage) {
        let Some((_, of_tile)) = self.tiles.get_mut(place) else { return };
        if matches!(of_tile.stage, TileStage::Waiting | TileStage::BeingRead) {
            self.finished += 1;
            self.unread -= usize::from(!of_tile.known);
        }
        of_tile.stage = stage;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiles(names: &str) -> Vec<TilePath> {
        names.chars().map(|name| TilePath::new(&format!("{name}.png"))).collect()
    }

    fn take(queue: &ReadingQueue) -> Option<usize> {
        queue.take().map(|(place, _)| place)
    }

    fn rest(queue: &ReadingQueue) -> String {
        std::iter::from_fn(|| queue.take()).map(|(_, tile)| tile.as_str()[..1].to_owned()).collect()
    }

    #[test]
    fn tiles_put_first_come_next_and_only_once() {
        let queue = ReadingQueue::new(tiles("abcadef"));
        assert_eq!(take(&queue), Some(0));
        queue.put_first(&tiles("dexa"));
        assert_eq!(take(&queue), Some(3));
        queue.put_first(&tiles("f"));
        assert_eq!(rest(&queue), "fbcex", "e and x are back in their places");
        assert_eq!(queue.counts().tiles, 7, "x was added");
    }

    #[test]
    fn next_run_continues_where_the_last_one_stopped() {
        let queue = ReadingQueue::new(tiles("abcd"));
        queue.begin(|tile| *tile == TilePath::new("d.png"));
        assert_eq!(queue.counts(), QueueCounts { tiles: 4, finished: 0, unread: 3 });
        assert_eq!((take(&queue), take(&queue)), (Some(0), Some(1)));
        queue.read(0);
        queue.read(1);
        queue.finish(1);
        assert_eq!(queue.counts(), QueueCounts { tiles: 4, finished: 2, unread: 1 });
        queue.begin(|_| false);
        assert_eq!(queue.counts(), QueueCounts { tiles: 4, finished: 1, unread: 3 });
        assert_eq!(rest(&queue), "acd", "a tile whose reading was not stored is read again");
    }

    #[test]
    fn tiles_left_to_another_program_come_last() {
        let queue = ReadingQueue::new(tiles("abcdef"));
        queue.begin(|_| false);
        queue.leave_to_another(2);
        queue.put_first(&tiles("b"));
        assert_eq!((take(&queue), take(&queue), take(&queue)), (Some(1), Some(3), Some(4)));
        assert!(!queue.read_elsewhere(&tiles("x")[0]), "not in the queue");
        assert!(queue.read_elsewhere(&tiles("a")[0]));
        assert!(!queue.read_elsewhere(&tiles("a")[0]));
        assert_eq!(queue.counts().unread, 5);
        assert_eq!(rest(&queue), "acf", "a is known now and costs nothing; nothing else is left");
    }

    #[test]
    fn positives_are_read_in_the_script_of_their_query() {
        let dir = tempfile::tempdir().unwrap();
        let row = |query: &str, name: &str| tilejury_testkit::Row::new(query, &format!("images/{name}.png"));
        let set = tilejury_testkit::Set::new()
            .row("train", &row("明石海峡大橋の長さは？", "a").negatives(&["images/b.png"]))
            .row("train", &row("How long is it?", "b"))
            .row("train", &row("Кто?", "c"));
        let dataset = Dataset::open(&set.write(dir.path())).unwrap();
        let script = |queue: &ReadingQueue, name: &str| {
            queue.script_of_query(&TilePath::new(&format!("images/{name}.png"))).map(Script::usual_language)
        };
        let queue = ReadingQueue::of_rows(&dataset, dataset.indices().take(2));
        assert_eq!(queue.counts().tiles, 2);
        let codes = ["a", "b", "c"].map(|name| script(&queue, name).map(|language| language.code().to_owned()));
        assert_eq!(codes, [Some("jpn".to_owned()), None, None], "the third row is not in the queue");
        queue.note_query("Кто?", &TilePath::new("images/c.png"));
        assert_eq!(script(&queue, "c").unwrap().code(), "rus");
    }

    #[test]
    fn estimates_the_time_of_large_sets() {
        assert_eq!(estimated_time(200_000, 1), Duration::from_hours(100));
        assert_eq!(estimated_time(2000, 4), Duration::from_mins(15));
    }
}
