//! `tilejury bench remote`: reading a dataset from an address over a simulated connection. The
//! dataset is on this machine, or is made up of the tiles of one: another process serves it over a
//! proxy that adds the time and the rate of a distant one. Every number is that of a simulated
//! connection.

mod exchanges;
mod far_end;
mod first_sample;
mod flipping;
mod link;
mod local_copy;
mod peers;
mod server;
mod shape;
mod soak;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use tilejury_data::progress::NoProgress;
use tilejury_data::tile_source::TileLocation;
use tilejury_data::{Dataset, TilePath, file_name};

pub use far_end::start;
pub use link::LinkSpeed;
pub use server::{FileServer, Served};

use super::series::{Figure, Measurements};
use far_end::Orders;
use shape::Shape;

/// The rates of the connection, in bytes per second: a fast one, and that of a home.
const FAST: f64 = 100e6;
const SLOW: f64 = 12e6;

/// The address at which the process with the server takes orders.
pub type FarEndAddress = SocketAddr;

/// The options of `bench remote`, and its dataset.
pub struct RemoteBenchOptions<'a> {
    /// A dataset folder on this machine.
    pub dataset: &'a Path,
    /// The number of shards of a dataset that is made up of its tiles; if 0, it is used as it is.
    pub shards: usize,
    /// The time to the server and back.
    pub round_trip: Duration,
    /// The number of times that the first sample is opened, for each kind of index.
    pub repeats: u32,
    /// The number of samples to step through at a person's pace.
    pub steps: usize,
    /// The number of samples to judge over a connection with faults.
    pub soak: usize,
    /// The folder of the Python programs to measure beside it, if they are wanted.
    pub peers: Option<&'a Path>,
    /// The longest time that a Python program may take.
    pub peers_up_to: Duration,
}

/// The outcome of the benchmark.
pub struct RemoteOutcome {
    /// The measures.
    pub measured: Measurements,
    /// The faults, one sentence each: a tile that came wrong, or a judgement that was lost.
    pub faults: Vec<String>,
    /// The requests of the last start of each kind, one line each.
    pub traces: Vec<String>,
    /// The measures that could not be taken, and why.
    pub notes: Vec<String>,
}

/// Measures reading from an address, with the server that [`start`] started. `stop` ends it early.
///
/// # Errors
/// If the dataset cannot be served or opened, has no rows, or the work was stopped.
pub fn run(
    wanted: &RemoteBenchOptions<'_>,
    far_end: FarEndAddress,
    stop: &AtomicBool,
) -> anyhow::Result<RemoteOutcome> {
    let mut remote = Remote::start(wanted, far_end, stop)?;
    let mut traces = Vec::new();
    if wanted.repeats > 0 {
        traces = first_sample::measure(&mut remote)?;
    }
    if wanted.steps > 0 {
        flipping::measure(&mut remote)?;
    }
    let notes = peers::measure(&mut remote)?;
    let faults = if wanted.soak > 0 { soak::measure(&mut remote)? } else { Vec::new() };
    Ok(RemoteOutcome { measured: remote.measured, faults, traces, notes })
}

/// The served dataset and the connection to it.
struct Remote<'a> {
    wanted: &'a RemoteBenchOptions<'a>,
    /// The dataset as it is on this machine, indexed.
    local: Dataset,
    /// The contents of its shards, if it is made up.
    shape: Option<Shape>,
    far: Orders,
    measured: Measurements,
    stop: &'a AtomicBool,
}

impl<'a> Remote<'a> {
    fn start(wanted: &'a RemoteBenchOptions<'a>, far_end: SocketAddr, stop: &'a AtomicBool) -> anyhow::Result<Self> {
        let far = Orders::connect(far_end)?;
        let local = Dataset::open(far.here())?;
        anyhow::ensure!(!local.samples.is_empty(), "the dataset has no rows");
        local.tiles.index_all(&NoProgress).ok().context("the shards cannot be indexed")?;
        let shape = (wanted.shards > 0).then(|| Shape::of(wanted.dataset, wanted.shards)).transpose()?;
        Ok(Self { wanted, local, shape, far, measured: Measurements::default(), stop })
    }

    fn set_rate(&self, bytes_per_second: f64) -> anyhow::Result<()> {
        self.far.set_speed(self.wanted.round_trip, bytes_per_second)
    }

    /// Reads a tile as it should come.
    fn read_here(&self, tile: &TilePath, into: &mut Vec<u8>) -> anyhow::Result<()> {
        match self.shape.as_ref().zip(Shape::member_at(tile)) {
            Some((shape, (shard, member))) => *into = shape.tile(shard, member)?,
            None => self.local.tiles.read(&self.local.tiles.locate(tile)?, into)?,
        }
        Ok(())
    }

    fn check_stopped(&self) -> anyhow::Result<()> {
        anyhow::ensure!(!self.stop.load(Ordering::Relaxed), "stopped");
        Ok(())
    }

    fn record(&mut self, name: impl Into<Cow<'static, str>>, value: f64, unit: &'static str) {
        self.measured.plain.push(Figure::new(name, value, unit));
    }

    /// The bytes of the tiles of a sample, each tile once.
    fn tile_bytes(&self, sample: usize) -> u64 {
        self.tiles_of(sample).values().sum()
    }

    /// The tiles of a sample that exist, with their sizes.
    fn tiles_of(&self, sample: usize) -> HashMap<TilePath, u64> {
        let Some(sample) = self.local.indices().nth(sample).and_then(|index| self.local.sample(index).ok()) else {
            return HashMap::new();
        };
        let size = |path: &TilePath| self.local.tiles.size_of(&self.local.tiles.locate(path).ok()?).ok();
        sample.tiles().filter_map(|tile| Some((tile.path.clone(), size(&tile.path)?))).collect()
    }

    /// The tiles of the first samples, each once, with their sizes.
    fn tiles_of_first(&self, samples: usize) -> HashMap<TilePath, u64> {
        (0..samples.min(self.local.samples.len())).flat_map(|sample| self.tiles_of(sample)).collect()
    }

    /// The bytes of the splits, each content once: twins are fetched once.
    fn split_bytes(&self) -> u64 {
        self.local.splits.iter().map(tilejury_data::Split::len).sum()
    }

    /// The tiles that were sent at least once, as `(path of the file, first byte)`, with their
    /// sizes; and all tiles of the dataset that rows name in the same form.
    fn tiles_sent(&self, served: &[Served]) -> HashMap<(String, u64), u64> {
        let mut named: HashMap<(String, u64), u64> = HashMap::new();
        let prefix = format!("{}/", file_name(&self.local.root));
        for sample in 0..self.local.samples.len() {
            let Some(sample) = self.local.indices().nth(sample).and_then(|index| self.local.sample(index).ok()) else {
                continue;
            };
            for tile in sample.tiles() {
                if let Ok(TileLocation::Member { shard, member }) = self.local.tiles.locate(&tile.path) {
                    let file = self.local.tiles.shard_path(shard);
                    let below =
                        file.strip_prefix(&self.local.root).unwrap_or(file).to_string_lossy().replace('\\', "/");
                    named.insert((format!("{prefix}{below}"), member.offset), member.size);
                }
            }
        }
        let sent: HashSet<(String, u64, u64)> =
            served.iter().map(|one| (one.path.clone(), one.range.start, one.range.end - one.range.start)).collect();
        named.retain(|(path, offset), size| sent.contains(&(path.clone(), *offset, *size)));
        named
    }
}

/// The bytes that were sent.
fn sum(served: &[Served]) -> u64 {
    served.iter().map(|one| one.range.end - one.range.start).sum()
}
