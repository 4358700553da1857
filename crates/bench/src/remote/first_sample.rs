//! The time from the start of the window to its first sample with all tiles, by what is known of
//! the shards: their indexes kept from an earlier run, index files beside them, or nothing. The
//! floor is that of the connection: as many round trips as must be, and as many bytes. Round trips,
//! requests and bytes are counted at the connection.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tilejury_app::dataset_source::open_dataset;
use tilejury_app::folders::Folders;
use tilejury_data::Dataset;
use tilejury_data::progress::NoProgress;
use tilejury_data::tile_source::{Lookup, TileLocation};

use super::exchanges::{Exchange, round_trips};
use super::{FAST, Remote};
use crate::screen::Screen;
use crate::series::Figure;

/// The time after which something counts as not happening.
const PATIENCE: Duration = Duration::from_secs(120);
/// A floor where nothing is known is no number of round trips, but this time.
const NOTHING_UP_TO: Duration = Duration::from_millis(2500);

/// The kind of address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Host {
    Web,
    Bucket,
    Hub,
    /// A Hub of which another set was opened on this machine before.
    KnownHub,
}

impl Host {
    fn is_hub(self) -> bool {
        matches!(self, Self::Hub | Self::KnownHub)
    }
}

/// The knowledge of the shards before the window starts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Kept,
    Beside,
    Nothing,
}

const KINDS: [(Host, Known, &str); 10] = [
    (Host::Web, Known::Kept, "remote_first_kept"),
    (Host::Web, Known::Beside, "remote_first_beside"),
    (Host::Web, Known::Nothing, "remote_first_nothing"),
    (Host::Bucket, Known::Kept, "bucket_first_kept"),
    (Host::Bucket, Known::Beside, "bucket_first_beside"),
    (Host::Bucket, Known::Nothing, "bucket_first_nothing"),
    (Host::Hub, Known::Kept, "hub_first_kept"),
    (Host::Hub, Known::Beside, "hub_first_beside"),
    (Host::Hub, Known::Nothing, "hub_first_nothing"),
    (Host::KnownHub, Known::Beside, "known_hub_first_beside"),
];

/// The round trips that must be, with those that open a connection. On a web server or in a bucket:
/// the connection, the list, and the tiles; the splits and the indexes if they are not kept.
///
/// A Hub leads to another address for each file, and that of a long one is on another host. With
/// everything kept: the connection, the addresses together with the commit, and the tiles, for the
/// other host is known. Otherwise: the connection; the files and the addresses of the splits; the
/// connection to the other host, unless another set told which it is; the splits; the indexes and
/// the addresses of the shards; and the tiles.
fn must_be(host: Host, known: Known) -> u32 {
    match (host, known) {
        (_, Known::Kept) => 3,
        (Host::Web | Host::Bucket | Host::KnownHub, _) => 5,
        (Host::Hub, _) => 6,
    }
}

/// The counts of one start.
struct Counted {
    took: Duration,
    trips: u32,
    /// The round trips if requests at the same time needed connections of their own.
    trips_apart: u32,
    requests: usize,
    bytes: u64,
    trace: Vec<String>,
}

pub(super) fn measure(remote: &mut Remote<'_>) -> anyhow::Result<Vec<String>> {
    remote.set_rate(FAST)?;
    let mut counted: Vec<Vec<Counted>> = KINDS.iter().map(|_| Vec::new()).collect();
    for _ in 0..remote.wanted.repeats {
        // The time of the window without any connection.
        let home = tempfile::tempdir()?;
        let took = time_first_sample(&remote.local.root.clone(), home.path())?;
        remote.measured.series.add("local_first", took);
        for (kind, (host, known, name)) in KINDS.into_iter().enumerate() {
            counted[kind].push(one(remote, host, known, name)?);
        }
    }
    let mut traces = Vec::new();
    for ((host, known, name), mut counted) in KINDS.into_iter().zip(counted) {
        if let Some(last) = counted.last_mut() {
            traces.push(format!("{name}:"));
            traces.append(&mut last.trace);
        }
        let middle = |value: &dyn Fn(&Counted) -> f64| {
            let mut values: Vec<f64> = counted.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or_default()
        };
        let trips = Figure::new(format!("{name}_trips"), middle(&|one| one.trips.into()), "round trips");
        let trips = if known == Known::Nothing { trips } else { trips.with_limit(must_be(host, known).into()) };
        let bytes = Figure::new(format!("{name}_bytes"), middle(&|one| one.bytes as f64 / 1e6), "MB");
        let floor = floor_bytes(remote, known) as f64 / 1e6;
        remote.measured.plain.push(trips);
        if host.is_hub() {
            let apart = middle(&|one| one.trips_apart.into());
            remote.record(format!("{name}_trips_apart"), apart, "round trips, without HTTP/2");
        }
        remote.record(format!("{name}_requests"), middle(&|one| one.requests as f64), "requests");
        remote.measured.plain.push(bytes.with_limit(floor));
        if known == Known::Nothing {
            let slowest = middle(&|one| one.took.as_secs_f64());
            let limited = Figure::new(format!("{name}_time"), slowest, "s");
            remote.measured.plain.push(limited.with_limit(NOTHING_UP_TO.as_secs_f64()));
        }
    }
    Ok(traces)
}

/// The bytes that must come: the tiles, and the splits unless they are kept.
fn floor_bytes(remote: &Remote<'_>, known: Known) -> u64 {
    remote.tile_bytes(0) + if known == Known::Kept { 0 } else { remote.split_bytes() }
}

fn one(remote: &mut Remote<'_>, host: Host, known: Known, name: &'static str) -> anyhow::Result<Counted> {
    remote.check_stopped()?;
    let home = tempfile::tempdir()?;
    remote.far.offer_indexes(known != Known::Nothing)?;
    let address: PathBuf = match host {
        Host::Web => remote.far.places.web.clone(),
        Host::Bucket => remote.far.places.bucket.clone(),
        Host::Hub | Host::KnownHub => remote.far.places.hub.clone(),
    };
    if host == Host::KnownHub {
        open_other_set(&address, home.path())?;
    }
    if known == Known::Kept {
        // Fetches the splits and the indexes, but none of the tiles.
        let dataset = open_dataset(&address, &Folders::below(home.path()), &NoProgress)?;
        let sample = dataset.sample(dataset.indices().next().unwrap_or_default())?;
        for tile in sample.tiles() {
            let _ = dataset.tiles.look_up_to_read(&tile.path);
        }
        read_last_tile(&dataset)?;
    }
    remote.far.take_exchanges()?;
    let took = time_first_sample(&address, home.path())?;
    let exchanges = remote.far.take_exchanges()?;
    let floor = remote.wanted.round_trip * must_be(host, known)
        + Duration::from_secs_f64(floor_bytes(remote, known) as f64 / FAST);
    remote.measured.series.add(name, took);
    remote.measured.series.floor(name, floor);
    counted(remote, &exchanges, took, host.is_hub())
}

/// Opens a set on the Hub, and has it be another one from then on: only the host to which the Hub
/// leads is known of it.
fn open_other_set(address: &Path, home: &Path) -> anyhow::Result<()> {
    let folders = Folders::below(home);
    read_last_tile(&open_dataset(address, &folders, &NoProgress)?)?;
    let sets = folders.fetched().join("sets");
    let set = sets.read_dir()?.next().context("nothing was kept")??.path();
    Ok(fs::rename(set, sets.join("0000000000000000"))?)
}

/// Reads a tile of the last sample. Earlier starts read tiles, and nothing else shows to which host
/// a Hub leads if the splits are short.
fn read_last_tile(dataset: &Dataset) -> anyhow::Result<()> {
    let last = dataset.sample(dataset.indices().next_back().context("no rows")?)?;
    let Lookup::Found(tile) = dataset.tiles.look_up_to_read(&last.positive.path) else {
        anyhow::bail!("the last positive is nowhere");
    };
    Ok(dataset.tiles.read(&tile, &mut Vec::new())?)
}

/// Counts what it took until the tiles of the first sample had come. A Hub and its other host have
/// HTTP/2, so requests to each of them share a connection.
fn counted(remote: &Remote<'_>, exchanges: &[Exchange], took: Duration, is_shared: bool) -> anyhow::Result<Counted> {
    let tiles = first_tiles(remote)?;
    let is_tile = |exchange: &Exchange| {
        let range = exchange.range.as_ref();
        tiles.iter().any(|(shard, offset)| {
            range.is_some_and(|range| range.start == *offset) && exchange.line.contains(shard.as_str())
        })
    };
    let (trips, apart) = (round_trips(exchanges, is_shared), round_trips(exchanges, false));
    let needed: Vec<usize> = (0..exchanges.len()).filter(|at| is_tile(&exchanges[*at])).collect();
    let last = needed.iter().filter_map(|at| exchanges[*at].ended).fold(f64::MIN, f64::max);
    let from = exchanges.first().map_or(0.0, |first| first.connected.unwrap_or(first.sent));
    // What is read ahead is requested later, or ends later.
    let until: Vec<usize> =
        (0..exchanges.len()).filter(|at| exchanges[*at].ended.is_some_and(|ended| ended <= last)).collect();
    Ok(Counted {
        took,
        trips: needed.iter().map(|at| trips[*at]).max().context("the tiles of the first row did not pass")?,
        trips_apart: needed.iter().map(|at| apart[*at]).max().unwrap_or_default(),
        requests: until.len(),
        bytes: until.iter().map(|at| exchanges[*at].bytes).sum(),
        trace: until.iter().map(|at| exchanges[*at].shown(trips[*at], from)).collect(),
    })
}

/// The tiles of the first sample, by the names of their shards and their offsets.
fn first_tiles(remote: &Remote<'_>) -> anyhow::Result<HashSet<(String, u64)>> {
    let sample = remote.local.sample(remote.local.indices().next().context("no rows")?)?;
    let tiles = sample.tiles().filter_map(|tile| match remote.local.tiles.locate(&tile.path) {
        Ok(TileLocation::Member { shard, member }) => {
            let name = remote.local.tiles.shard_path(shard).file_name()?.to_string_lossy().into_owned();
            Some((name, member.offset))
        }
        _ => None,
    });
    Ok(tiles.collect())
}

/// Returns the time from the start of a window to its first sample with all tiles.
fn time_first_sample(dataset: &Path, home: &Path) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let mut screen = Screen::open(dataset, home)?;
    let came = screen.frames_until(PATIENCE, |app| app.is_complete() || app.has_nothing());
    let took = began.elapsed();
    anyhow::ensure!(came && !screen.app().has_nothing(), "the first row was not loaded from {}", dataset.display());
    Ok(took)
}
