//! Judging many samples while the connection is cut, slows, and the server is busy: no tile may be
//! wrong, and no judgement may be lost.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tilejury_app::dataset_source::open_dataset;
use tilejury_app::folders::Folders;
use tilejury_app::screen::App;
use tilejury_data::TilePath;
use tilejury_data::progress::NoProgress;

use super::{FAST, Remote};
use crate::screen::{Screen, press};
use crate::soak::{VERDICTS, stored_in};

/// A connection is cut whenever so many bytes have passed.
const CUT_AFTER_BYTES: u64 = 9_000_000;
/// One of so many requests is answered with 503.
const BUSY_EVERY: usize = 37;
/// The connection slows to this rate, in bytes per second, and back, in turn.
const SLOWED: f64 = 2e6;
const TURN: Duration = Duration::from_secs(2);
/// The time after which a sample counts as stuck.
const PATIENCE: Duration = Duration::from_secs(120);

/// Returns the faults, one sentence each.
pub(super) fn measure(remote: &mut Remote<'_>) -> anyhow::Result<Vec<String>> {
    let home = tempfile::tempdir()?;
    remote.far.offer_indexes(true)?;
    remote.set_rate(FAST)?;
    let over = AtomicBool::new(false);
    let cuts = remote.far.cuts()?;
    let (judged, wrong) = thread::scope(|scope| {
        let troubled = scope.spawn(|| trouble(remote, &over));
        let judged = judge(remote, home.path());
        let wrong = judged.as_ref().map(|judged| wrong_tiles(remote, home.path(), judged.samples)).ok();
        over.store(true, Ordering::Relaxed);
        let judged = troubled.join().unwrap_or_else(|_| Err(anyhow::anyhow!("the faults ended early"))).and(judged);
        (judged, wrong)
    });
    let (judged, wrong) = (judged?, wrong.transpose()?.unwrap_or_default());
    let mut faults = Vec::new();
    if judged.stored != judged.made {
        faults.push(format!("{} judgements were made, {} are in the file", judged.made, judged.stored));
    }
    for (name, value, unit) in [
        ("remote_soak_samples", judged.samples as f64, "judged"),
        ("remote_soak_cuts", (remote.far.cuts()? - cuts) as f64, "connections cut meanwhile"),
        ("remote_soak_wait", judged.longest.as_secs_f64() * 1000.0, "ms at most for a row"),
        ("remote_soak_made", judged.made as f64, "changes made"),
        ("remote_soak_stored", judged.stored as f64, "of them on disk"),
        ("remote_soak_tiles", wrong.compared as f64, "tiles compared"),
        ("remote_soak_wrong", wrong.tiles.len() as f64, "of them wrong"),
    ] {
        remote.record(name, value, unit);
    }
    faults.extend(wrong.tiles);
    Ok(faults)
}

/// Cuts, slows and refuses until it is over.
fn trouble(remote: &Remote<'_>, over: &AtomicBool) -> anyhow::Result<()> {
    remote.far.cut_after(CUT_AFTER_BYTES)?;
    remote.far.busy_every(BUSY_EVERY)?;
    let (mut began, mut is_slow) = (Instant::now(), false);
    while !over.load(Ordering::Relaxed) {
        if began.elapsed() > TURN {
            (began, is_slow) = (Instant::now(), !is_slow);
            let round_trip = if is_slow { remote.wanted.round_trip * 4 } else { remote.wanted.round_trip };
            let bytes_per_second = if is_slow { SLOWED } else { FAST };
            remote.far.set_speed(round_trip, bytes_per_second)?;
        }
        thread::sleep(Duration::from_millis(20));
    }
    remote.far.cut_after(0)?;
    remote.far.busy_every(0)?;
    remote.set_rate(FAST)
}

/// The judging and its result.
struct Judged {
    samples: usize,
    longest: Duration,
    made: u64,
    stored: u64,
}

fn judge(remote: &Remote<'_>, home: &std::path::Path) -> anyhow::Result<Judged> {
    let sidecar = home.join("soak.sqlite");
    let mut screen = Screen::open_with(&remote.far.places.web, &sidecar, home, None)?;
    let mut longest = Duration::ZERO;
    wait(remote, &mut screen, |app| app.is_complete() || app.has_nothing())?;
    anyhow::ensure!(!screen.app().has_nothing(), "the dataset was not opened over a connection with faults");
    for at in 0..remote.wanted.soak {
        let before = screen.app().sample_index();
        screen.frame(press(VERDICTS[(at + at / remote.local.samples.len()) % VERDICTS.len()]));
        if screen.app().sample_index() == before {
            screen.frame(press("next"));
        }
        if screen.app().sample_index() == before {
            screen.frame(press("first"));
        }
        longest = longest.max(wait(remote, &mut screen, App::is_complete)?);
        // A sample can only be accepted after it was visible.
        screen.frame(Vec::new());
    }
    wait(remote, &mut screen, |app| app.changes().0 == app.changes().1)?;
    let (made, session) = (screen.app().changes().0, screen.app().session().unwrap_or_default());
    drop(screen);
    let samples = remote.wanted.soak;
    Ok(Judged { samples, longest, made, stored: stored_in(&sidecar, &session)? })
}

/// Runs frames until a condition holds; returns how long that took.
fn wait(remote: &Remote<'_>, screen: &mut Screen, holds: impl Fn(&App) -> bool) -> anyhow::Result<Duration> {
    let began = Instant::now();
    while !holds(screen.app()) {
        remote.check_stopped()?;
        anyhow::ensure!(began.elapsed() < PATIENCE, "a row was not loaded within {} s", PATIENCE.as_secs());
        screen.frame(Vec::new());
        thread::sleep(Duration::from_millis(1));
    }
    Ok(began.elapsed())
}

/// The comparison of tiles with those on this machine.
#[derive(Default)]
struct Compared {
    compared: usize,
    /// The wrong ones, in words.
    tiles: Vec<String>,
}

/// Compares the tiles of the judged samples, as the window has kept them, with those on this
/// machine.
fn wrong_tiles(remote: &Remote<'_>, home: &std::path::Path, samples: usize) -> anyhow::Result<Compared> {
    let dataset = open_dataset(&remote.far.places.web, &Folders::below(home), &NoProgress)?;
    let mut tiles: Vec<TilePath> = Vec::new();
    for sample in 0..samples.min(remote.local.samples.len()) {
        tiles.extend(remote.tiles_of(sample).into_keys());
    }
    tiles.sort_unstable();
    tiles.dedup();
    let (mut here, mut there) = (Vec::new(), Vec::new());
    let mut found = Compared { compared: tiles.len(), tiles: Vec::new() };
    for tile in &tiles {
        remote.check_stopped()?;
        remote.read_here(tile, &mut here)?;
        let read = dataset.tiles.locate(tile).and_then(|location| dataset.tiles.read_patiently(&location, &mut there));
        match read {
            Ok(()) if here == there => {}
            Ok(()) => found.tiles.push(format!("{tile} came with other bytes")),
            Err(error) => found.tiles.push(format!("{tile} did not come: {error}")),
        }
    }
    Ok(found)
}
