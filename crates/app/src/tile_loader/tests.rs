//! Tests of the workers: panics, slow tiles, and what comes first when tiles have to be fetched.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Sender, channel};

use tilejury_data::{Pace, Purpose, ShardIndex, Storage, StorageError, StoredFile, TilePath};
use tilejury_testkit::set::put;
use tilejury_testkit::{Row, Set};

use super::*;
use crate::tile_fetching::AHEAD_UP_TO;

#[test]
fn pictures_are_never_enlarged_and_fit_every_texture() {
    assert_eq!(shown_size([875, 1024], 350, 8192), [350, 410]);
    assert_eq!(shown_size([875, 1024], 5000, 8192), [875, 1024]);
    assert_eq!(shown_size([875, 30_000], 875, 2048), [60, 2048]);
    assert_eq!(shown_size([1, 1], 0, 2048), [1, 1]);
    assert_eq!(shown_size([30_000, 1], 100, 2048), [100, 1]);
}

/// A loader with one worker, a clock that the test moves, and a decoder that does what the
/// file's content says.
struct Fixture {
    loader: TileLoader,
    clock_secs: Arc<AtomicU64>,
    /// A message whenever the decoder begins to hang.
    hanging: Receiver<()>,
    /// Lets the decoder go on.
    gate: Arc<(Mutex<bool>, Condvar)>,
    _dir: tempfile::TempDir,
}

impl Fixture {
    #[allow(clippy::panic, reason = "a decoder that panics is under test")]
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = Set::new().row("train", &Row::new("q", "images/0.png")).write(dir.path());
        for (name, content) in [("0", "fine"), ("1", "panic"), ("2", "hang"), ("3", "fine")] {
            put(&root.join(format!("images/{name}.png")), content.as_bytes());
        }
        let (entered, hanging) = channel();
        let gate = Arc::new((Mutex::new(false), Condvar::new()));
        let inner = gate.clone();
        let decode = move |bytes: &[u8]| {
            match bytes {
                b"panic" => panic!("the decoder lost its way"),
                b"hang" => {
                    let _ = entered.send(());
                    let mut open = inner.0.lock();
                    inner.1.wait_while(&mut open, |open| !*open);
                }
                _ => {}
            }
            Ok(Pixels { width: 1, height: 1, rgba: vec![0; 4] })
        };
        let (clock_secs, start) = (Arc::new(AtomicU64::new(0)), Instant::now());
        let clock = clock_secs.clone();
        let now = move || start + Duration::from_secs(clock.load(Ordering::Relaxed));
        let timing = Timing { now: Box::new(now), too_long: TOO_LONG, at_the_end: Duration::ZERO };
        let dataset = Arc::new(Dataset::open(&root).unwrap());
        let cache = Arc::new(DecodedTileCache::new(1 << 20));
        let ctx = egui::Context::default();
        let loader = TileLoader::start_with(Box::new(decode), timing, dataset, 1, cache, &ctx).unwrap();
        Self { loader, clock_secs, hanging, gate, _dir: dir }
    }

    fn request(&self, tiles: &[&str]) {
        let path = |name: &&str| TilePath::new(&format!("images/{name}.png"));
        self.loader.set_requests(
            tiles.iter().map(|name| TileRequest::tile(&path(name), 1)).collect(),
            tiles.len(),
            2048,
        );
    }

    fn open_gate(&self) {
        *self.gate.0.lock() = true;
        self.gate.1.notify_all();
    }

    /// Replaces workers until a number of outcomes arrived. Returns these, and the incidents.
    fn receive(&mut self, number: usize) -> (Vec<(String, String)>, Vec<String>) {
        let (mut outcomes, mut incidents) = (Vec::new(), Vec::new());
        for _ in 0..4000 {
            if outcomes.len() == number {
                return (outcomes, incidents);
            }
            incidents.extend(self.loader.replace_stuck_workers());
            let loaded = self.loader.loaded.as_ref().unwrap().recv_timeout(Duration::from_millis(5));
            let Ok(LoadedTile { request, outcome }) = loaded else { continue };
            let outcome = match outcome {
                LoadOutcome::Picture { .. } => "shown".to_owned(),
                LoadOutcome::Searching => "searching".to_owned(),
                LoadOutcome::Slow => "slow".to_owned(),
                LoadOutcome::Unreachable { message, .. } => message,
                LoadOutcome::ShardMissing(shard) => format!("{} is missing", shard.file),
                LoadOutcome::Failed(fault) => fault.reason,
            };
            outcomes.push((request.picture.to_string(), outcome));
        }
        unreachable!("waited in vain: {outcomes:?}, {incidents:?}")
    }
}

fn pair((tile, outcome): (&str, &str)) -> (String, String) {
    (format!("The tile {tile}.png"), outcome.to_owned())
}

#[test]
fn a_worker_that_panics_is_reported_and_replaced() {
    let mut fixture = Fixture::new();
    for _ in 0..3 {
        fixture.request(&["1", "0", "3"]);
        let (outcomes, mut incidents) = fixture.receive(3);
        incidents.extend(fixture.loader.replace_stuck_workers());
        let failed = &outcomes.iter().find(|(tile, _)| tile == "The tile 1.png").unwrap().1;
        assert!(failed.contains("the decoder lost its way"), "{failed}");
        assert_eq!(outcomes.iter().filter(|(_, outcome)| outcome == "shown").count(), 2);
        let reported = incidents.iter().any(|incident| incident.contains("1.png") && incident.contains("lost its way"));
        assert!(reported, "{incidents:?}");
    }
}

#[test]
fn a_slow_tile_is_reported_and_others_go_on() {
    let mut fixture = Fixture::new();
    fixture.request(&["2", "0", "3"]);
    fixture.hanging.recv().unwrap();
    assert_eq!(fixture.loader.replace_stuck_workers(), Vec::<String>::new(), "not yet");
    fixture.clock_secs.store(TOO_LONG.as_secs(), Ordering::Relaxed);
    let (outcomes, incidents) = fixture.receive(3);
    assert_eq!(outcomes, [("2", "slow"), ("0", "shown"), ("3", "shown")].map(pair));
    let reported =
        incidents.iter().any(|incident| incident.contains("2.png") && incident.contains("other tiles still load"));
    assert!(reported, "{incidents:?}");
    assert_eq!(fixture.loader.threads.len(), 2);
    fixture.open_gate();
    assert_eq!(fixture.receive(1).0, [("2", "shown")].map(pair), "it comes in the end");
    // The worker that was held up is one too many, and ends.
    let has_ended = |_: &u32| {
        fixture.loader.replace_stuck_workers();
        thread::yield_now();
        fixture.loader.threads.len() == 1
    };
    assert!((0..10_000_000_u32).find(has_ended).is_some(), "one worker too many stays");
}

#[test]
fn a_stuck_worker_does_not_delay_the_end() {
    let mut fixture = Fixture::new();
    fixture.request(&["2"]);
    fixture.hanging.recv().unwrap();
    fixture.clock_secs.store(TOO_LONG.as_secs(), Ordering::Relaxed);
    assert_eq!(fixture.loader.replace_stuck_workers().len(), 1);
    fixture.request(&["0"]);
    assert_eq!(fixture.receive(2).0, [("2", "slow"), ("0", "shown")].map(pair));
    // The decoder still hangs: dropping the loader must not wait for it.
    drop(fixture);
}

/// A storage whose reads wait until their file is opened.
#[derive(Debug)]
struct GatedStorage {
    files: Vec<StoredFile>,
    begun: Mutex<Sender<String>>,
    open: Mutex<HashSet<String>>,
    opened: Condvar,
}

impl Storage for GatedStorage {
    fn address(&self) -> &str {
        "gated://set"
    }

    fn name(&self) -> &str {
        "gated://set"
    }

    fn files(&self) -> &[StoredFile] {
        &self.files
    }

    fn read(&self, file: &StoredFile, _: Range<u64>, _: Purpose, into: &mut Vec<u8>) -> Result<(), StorageError> {
        let _ = self.begun.lock().send(file.path.clone());
        let mut open = self.open.lock();
        self.opened.wait_while(&mut open, |open| !open.contains(&file.path));
        // The number in the name of a tile.
        *into = format!("no{}", file.path.get(7..9).unwrap_or_default()).into_bytes();
        Ok(())
    }

    fn pace(&self) -> Pace {
        Pace { latency: Duration::from_millis(1), bytes_per_second: 1e6, bytes_per_second_each: 1e6 }
    }

    fn kept_index(&self, _: &StoredFile) -> Option<ShardIndex> {
        None
    }

    fn keep_index(&self, _: &StoredFile, _: &ShardIndex) {}
}

impl GatedStorage {
    fn let_through(&self, path: &str) {
        self.open.lock().insert(path.to_owned());
        self.opened.notify_all();
    }
}

/// A loader of tiles that have to be fetched, and the paths of the files whose reads began.
struct Fetching {
    loader: TileLoader,
    storage: Arc<GatedStorage>,
    begun: Receiver<String>,
    _dir: tempfile::TempDir,
}

const A_WHILE: Duration = Duration::from_millis(300);
const SHARD: &str = "image_shards/shard_000.tar";

impl Fetching {
    fn new() -> Self {
        Self::with_decoder(|_| Ok(Pixels { width: 1, height: 1, rgba: vec![0; 4] }))
    }

    fn with_decoder(decode: impl Fn(&[u8]) -> Result<Pixels, DecodeError> + Send + Sync + 'static) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = Set::new().row("train", &Row::new("q", "images/0.png")).write(dir.path());
        let file = |number: u32| StoredFile {
            path: format!("images/{number:02}.png"),
            len: 4,
            version: "1".into(),
            sha256: None,
        };
        let shard = StoredFile { path: SHARD.to_owned(), ..file(0) };
        let (sender, begun) = channel();
        let storage = Arc::new(GatedStorage {
            files: std::iter::once(shard).chain((0..60).map(file)).collect(),
            begun: Mutex::new(sender),
            open: Mutex::default(),
            opened: Condvar::new(),
        });
        let dataset = Arc::new(Dataset::open_stored(&root, storage.clone()).unwrap());
        let timing = Timing { now: Box::new(Instant::now), too_long: TOO_LONG, at_the_end: Duration::ZERO };
        let cache = Arc::new(DecodedTileCache::new(1 << 20));
        let ctx = egui::Context::default();
        let loader = TileLoader::start_with(Box::new(decode), timing, dataset, 1, cache, &ctx).unwrap();
        Self { loader, storage, begun, _dir: dir }
    }

    fn path(number: u32) -> TilePath {
        TilePath::new(&format!("images/{number:02}.png"))
    }

    /// The paths of the files whose reads began, up to a pause.
    fn begun(&self) -> Vec<String> {
        std::iter::from_fn(|| self.begun.recv_timeout(A_WHILE).ok()).collect()
    }
}

#[test]
fn tiles_fetched_ahead_leave_room_for_wanted_ones() {
    let fetching = Fetching::new();
    let ahead: Vec<TileRequest> = (0..40).map(|number| TileRequest::bytes(&Fetching::path(number))).collect();
    fetching.loader.set_requests(ahead, 0, 2048);
    assert_eq!(fetching.begun().len(), 3, "as many as this connection needs");
    let wanted: Vec<TileRequest> = (50..56).map(|number| TileRequest::tile(&Fetching::path(number), 1)).collect();
    fetching.loader.set_requests(wanted, 6, 2048);
    let mut begun = fetching.begun();
    begun.sort();
    assert_eq!(begun, (50..56).map(|number| format!("images/{number}.png")).collect::<Vec<_>>());
    (0..60).for_each(|number| fetching.storage.let_through(&format!("images/{number:02}.png")));
}

#[test]
fn a_jump_cancels_what_was_to_be_fetched_ahead() {
    let fetching = Fetching::new();
    let bytes = |numbers: Range<u32>| numbers.map(|number| TileRequest::bytes(&Fetching::path(number)));
    fetching.loader.set_requests(bytes(0..40).collect(), 0, 2048);
    let mut begun = fetching.begun();
    assert_eq!(begun.len(), 3);
    let visible = TileRequest::tile(&Fetching::path(50), 1);
    fetching.loader.set_requests(std::iter::once(visible).chain(bytes(51..56)).collect(), 1, 2048);
    begun.extend(fetching.begun());
    assert_eq!(begun.pop().as_deref(), Some("images/50.png"), "the visible one does not wait for those under way");
    begun.iter().for_each(|path| fetching.storage.let_through(path));
    (50..56).for_each(|number| fetching.storage.let_through(&format!("images/{number}.png")));
    let mut after = fetching.begun();
    after.sort();
    assert_eq!(after, (51..56).map(|number| format!("images/{number}.png")).collect::<Vec<_>>());
}

#[test]
fn tiles_are_fetched_ahead_while_others_are_decoded() {
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let inner = gate.clone();
    let fetching = Fetching::with_decoder(move |_| {
        inner.1.wait_while(&mut inner.0.lock(), |open| !*open);
        Ok(Pixels { width: 1, height: 1, rgba: vec![0; 4] })
    });
    (0..60).for_each(|number| fetching.storage.let_through(&format!("images/{number:02}.png")));
    let ahead = |numbers: Range<u32>| numbers.map(|number| TileRequest::tile(&Fetching::path(number), 1));
    fetching.loader.set_requests(ahead(0..40).collect(), 0, 2048);
    assert_eq!(fetching.begun().len(), AHEAD_UP_TO, "all that need no place of a visible tile");
    fetching.loader.set_requests(ahead(50..52).collect(), 2, 2048);
    assert_eq!(fetching.begun().len(), 2, "visible tiles have workers");
    *gate.0.lock() = true;
    gate.1.notify_all();
}

#[test]
fn a_wanted_tile_is_decoded_before_those_fetched_ahead() {
    let (gate, decoded) = (Arc::new((Mutex::new(0_usize), Condvar::new())), Arc::new(Mutex::new(Vec::new())));
    let (inner, order) = (gate.clone(), decoded.clone());
    // One permission lets one tile through.
    let fetching = Fetching::with_decoder(move |content| {
        inner.1.wait_while(&mut inner.0.lock(), |permitted| *permitted == 0);
        *inner.0.lock() -= 1;
        order.lock().push(content[2..].to_vec());
        Ok(Pixels { width: 1, height: 1, rgba: vec![0; 4] })
    });
    (0..60).for_each(|number| fetching.storage.let_through(&format!("images/{number:02}.png")));
    let tiles = |numbers: Range<u32>| numbers.map(|number| TileRequest::tile(&Fetching::path(number), 1));
    fetching.loader.set_requests(tiles(0..40).collect(), 0, 2048);
    assert_eq!(fetching.begun().len(), AHEAD_UP_TO, "one is decoded, the others wait for that");
    fetching.loader.set_requests(tiles(50..51).collect(), 1, 2048);
    assert_eq!(fetching.begun().len(), 1);
    *gate.0.lock() = 2;
    gate.1.notify_all();
    for _ in 0..2 {
        fetching.loader.loaded.as_ref().unwrap().recv_timeout(Duration::from_secs(60)).unwrap();
    }
    assert_eq!(decoded.lock()[1], b"50", "all others came before it");
    *gate.0.lock() = 100;
    gate.1.notify_all();
}

#[test]
fn threads_that_fetch_share_one_scaler_for_each_core() {
    let pixels = || Pixels { width: 1500, height: 1500, rgba: vec![0; 9_000_000] };
    let fetching = Fetching::with_decoder(move |_| Ok(pixels()));
    (0..60).for_each(|number| fetching.storage.let_through(&format!("images/{number:02}.png")));
    let wanted = (0..8).map(|number| TileRequest::tile(&Fetching::path(number), 300));
    fetching.loader.set_requests(wanted.collect(), 8, 2048);
    for _ in 0..8 {
        let loaded = fetching.loader.loaded.as_ref().unwrap().recv_timeout(Duration::from_secs(60)).unwrap();
        assert!(matches!(loaded.outcome, LoadOutcome::Picture { .. }));
    }
    assert_eq!(fetching.loader.shared.scalers.lock().len(), 1, "the loader decodes as if there were one core");
}

#[test]
fn no_tile_is_fetched_twice_at_the_same_time() {
    let fetching = Fetching::new();
    let path = Fetching::path(7);
    fetching.loader.set_requests(vec![TileRequest::bytes(&path)], 0, 2048);
    assert_eq!(fetching.begun(), ["images/07.png"]);
    fetching.loader.set_requests(vec![TileRequest::tile(&path, 1), TileRequest::thumbnail(&path, 1)], 2, 2048);
    assert_eq!(fetching.begun(), Vec::<String>::new(), "its bytes are on the way");
    fetching.storage.let_through("images/07.png");
    let loaded = fetching.loader.loaded.as_ref().unwrap().recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(matches!(loaded.outcome, LoadOutcome::Picture { .. }));
}

#[test]
fn no_shard_is_indexed_for_later_before_what_is_visible() {
    let fetching = Fetching::new();
    let later = TileRequest::bytes(&TilePath::new("shard_000/a.png"));
    let requests = || vec![TileRequest::tile(&Fetching::path(7), 1), later.clone()];
    fetching.loader.set_requests(requests(), 1, 2048);
    assert_eq!(fetching.begun(), ["images/07.png"]);
    fetching.loader.set_requests(requests(), 1, 2048);
    assert_eq!(fetching.begun(), Vec::<String>::new());
    fetching.storage.let_through("images/07.png");
    assert_eq!(fetching.begun(), [SHARD], "the worker that is free now");
    fetching.storage.let_through(SHARD);
}
