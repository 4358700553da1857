//! `tilejury bench exchange`: simulated annotators, each a process with a sidecar of its own, judge
//! one set and exchange through one place. They are killed at random, their requests fail, hang and
//! come twice, and their clocks are wrong. In the end every change that was shown as saved must be
//! in every sidecar, once, and the current judgements must be equal everywhere.

mod annotator;
mod deliveries;
mod latency;
mod outcome;
mod team;
mod unreliable;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tilejury_app::exchange_place::open_exchange_place;
use tilejury_app::folders::Folders;
use tilejury_audit::Sidecar;
use tilejury_audit::exchange::{Place, SyncReport, sync_through};
use tilejury_data::Dataset;

pub use annotator::AnnotatorProcess;

use super::series::{Figure, Measurements, RepeatedTimes, timed};
use outcome::Outcome;
use team::Team;

/// The most rounds of exchanges until nothing is new.
const ROUNDS_UP_TO: usize = 20;

/// The options of `bench exchange`.
pub struct ExchangeBenchOptions<'a> {
    /// The number of annotators.
    pub annotators: usize,
    /// The number of judgements of each.
    pub judgements: usize,
    /// The number of times that each is killed.
    pub kills: usize,
    /// The place to exchange through, which must have no judgements; without one, a folder.
    pub with: Option<&'a str>,
    /// The seed of all that is drawn.
    pub seed: u64,
}

/// The outcome of the measurement.
pub struct ExchangeOutcome {
    /// The measures.
    pub measured: Measurements,
    /// The faults, one sentence each.
    pub faults: Vec<String>,
}

/// Simulates a team. `say` is called with the part that begins; `stop` ends it early.
///
/// # Errors
/// If the place cannot be used or has judgements, a process cannot be started, or it was stopped.
pub fn run(
    wanted: &ExchangeBenchOptions<'_>,
    say: &dyn Fn(&str),
    stop: &AtomicBool,
) -> anyhow::Result<ExchangeOutcome> {
    let work = tempfile::tempdir()?;
    let own_place = work.path().join("place");
    std::fs::create_dir(&own_place)?;
    let with = wanted.with.map_or_else(|| own_place.display().to_string(), str::to_owned);
    let mut place = open(&with)?;
    write_set(&work.path().join("set"), rows(wanted.judgements))?;
    let team = Team::new(wanted, work.path(), &with)?;
    let is_empty = deliveries::is_empty(&mut place, team.dataset.fingerprint)?;
    anyhow::ensure!(is_empty, "{}: there are judgements already; name an empty place", place.address());
    say("judging and exchanging, with kills, cuts and wrong clocks");
    let (took, ran) = timed(|| team.run(&mut place, stop));
    let counted = ran?;
    say("exchanging until nothing is new");
    let (rounds, reports) = quiet(&team, &mut place, stop)?;
    say("comparing all sidecars");
    let outcome = Outcome::gather(&team, &reports)?;
    let mut faults = counted.faults;
    faults.extend(outcome.faults);
    if rounds > ROUNDS_UP_TO {
        faults.push(format!("after {ROUNDS_UP_TO} rounds of exchanges, there was still something new"));
    }
    say("measuring how soon others have a judgement");
    let mut series = RepeatedTimes::default();
    latency::measure(&team, &mut place, &mut series, stop)?;
    say("taking everything in on a new machine");
    let mut joined = Sidecar::open(&team.sidecar("joined"), team.dataset.fingerprint)?;
    let (took_to_join, report) = timed(|| sync_through(&mut joined, &mut place, stop));
    let report = report?;
    let all = outcome.events;
    let a_second = |events: usize, took: Duration| events as f64 / took.as_secs_f64().max(f64::MIN_POSITIVE);
    let plain = vec![
        Figure::new("exchange_annotators", wanted.annotators as f64, "processes, each with a sidecar"),
        Figure::new("exchange_events", all as f64, "changes, each in every sidecar in the end"),
        Figure::new("exchange_acknowledged", outcome.acknowledged as f64, "of them shown as saved"),
        Figure::new("exchange_lost", outcome.lost as f64, "of those missing somewhere"),
        Figure::new("exchange_kills", counted.kills as f64, "processes killed"),
        Figure::new("exchange_cuts", counted.cuts as f64, "exchanges that failed and were tried again"),
        Figure::new("exchange_deliveries", counted.deliveries as f64, "old files or changes put there again"),
        Figure::new("exchange_rounds", rounds as f64, "rounds until nothing was new"),
        Figure::new("exchange_rate", a_second(all, took), "changes a second, made and exchanged by all"),
        Figure::new("exchange_joined", a_second(report.received, took_to_join), "changes a second, on a new machine"),
    ];
    Ok(ExchangeOutcome { measured: Measurements { series, plain }, faults })
}

/// The rows of a set for so many judgements by each: few enough that several judge the same.
fn rows(judgements: usize) -> usize {
    (judgements / 4).max(20)
}

fn open(with: &str) -> anyhow::Result<Place> {
    open_exchange_place(with, &Folders::for_current_user()).map_err(anyhow::Error::msg)
}

/// Makes up a set. It has no tiles: nothing here is drawn.
fn write_set(folder: &Path, rows: usize) -> anyhow::Result<()> {
    let tile = |row: usize, at: usize| format!("images/shard_000/shard_00001/{row}.png.tiles/chunk_0000_{at:02}.png");
    let line = |row: usize| {
        let negatives: Vec<String> = (1..4).map(|at| tile(row, at)).collect();
        let row = json!({"query": format!("query {row}"), "chunk_path": tile(row, 0), "neg_chunk_paths": negatives});
        format!("{row}\n")
    };
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("train_hn.jsonl"), (0..rows).map(line).collect::<String>())?;
    Dataset::open(folder)?;
    Ok(())
}

/// Exchanges for all, again and again, until a whole round brings nothing. Returns the number of
/// rounds and each one's last report.
fn quiet(team: &Team<'_>, place: &mut Place, stop: &AtomicBool) -> anyhow::Result<(usize, Vec<SyncReport>)> {
    for round in 1.. {
        let mut reports = Vec::new();
        for number in 0..team.wanted.annotators {
            let mut sidecar = Sidecar::open(&team.sidecar_of(number), team.dataset.fingerprint)?;
            reports.push(sync_through(&mut sidecar, place, stop)?);
        }
        if round > ROUNDS_UP_TO || reports.iter().all(|report| report.sent + report.received == 0) {
            return Ok((round, reports));
        }
    }
    Ok((0, Vec::new()))
}

/// The time until a condition holds, at most so long. Returns whether it holds.
fn wait_until(at_most: Duration, stop: &AtomicBool, mut holds: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + at_most;
    loop {
        if holds() {
            return true;
        }
        if Instant::now() >= end || stop.load(Ordering::Relaxed) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
