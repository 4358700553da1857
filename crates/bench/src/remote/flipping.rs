//! Stepping from sample to sample at two a second over a slow connection: whether the tiles are
//! there when they are due, what is requested for them, and the memory beside that of the same
//! steps with the dataset on this machine.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{Remote, SLOW, sum};
use crate::memory;
use crate::screen::{Screen, press};
use crate::series::Figure;

/// Two samples per second.
const STEP: Duration = Duration::from_millis(500);
/// The time after which something counts as not happening.
const PATIENCE: Duration = Duration::from_secs(120);
/// The longest time that reading ahead may go on after the last step.
const AHEAD_UP_TO: Duration = Duration::from_secs(30);

pub(super) fn measure(remote: &mut Remote<'_>) -> anyhow::Result<()> {
    remote.far.offer_indexes(true)?;
    remote.set_rate(SLOW)?;
    let here = remote.local.root.clone();
    // Memory that the first run leaves behind counts for the second: that is the local one, so that
    // the other is not blamed for it.
    let before = memory::now();
    let from_address = flip(remote, &remote.far.places.web.clone(), before)?;
    let served = remote.far.take_served()?;
    let at_home = flip(remote, &here, before)?;
    remote.record("remote_flip_ready", from_address.ready, "% of steps, at 12 MB/s");
    remote.record("local_flip_ready", at_home.ready, "% of steps");
    let sent = remote.tiles_sent(&served);
    let tiles = sent.len() as f64;
    let a_sample = mean_tiles(remote);
    if tiles > 0.0 {
        let samples = tiles / a_sample;
        let requests = Figure::new("remote_requests", served.len() as f64 / samples, "per sample");
        remote.measured.plain.push(requests.with_limit(a_sample + 1.0));
        let needed: u64 = sent.values().sum();
        let bytes = Figure::new("remote_bytes", sum(&served) as f64 / needed as f64, "per byte of the tiles");
        remote.measured.plain.push(bytes.with_limit(1.05));
    }
    for (name, run) in [("local_memory_most", &at_home), ("remote_memory_most", &from_address)] {
        if let Some(most) = run.most {
            remote.record(name, most, "MB with pictures");
        }
    }
    Ok(())
}

/// The outcome of a run through some samples.
struct Run {
    /// The share of steps whose tiles were all there, in percent.
    ready: f64,
    /// The most memory of the process, without that before any window, in MB.
    most: Option<f64>,
}

/// The mean number of different tiles of a sample.
fn mean_tiles(remote: &Remote<'_>) -> f64 {
    let samples = remote.local.samples.len().min(1000);
    let tiles: usize = (0..samples).map(|sample| remote.tiles_of(sample).len()).sum();
    tiles as f64 / samples.max(1) as f64
}

fn flip(remote: &Remote<'_>, dataset: &Path, before: Option<f64>) -> anyhow::Result<Run> {
    let home = tempfile::tempdir()?;
    let (ready, most) = memory::with_peak_memory(|| steps(remote, dataset, home.path()));
    Ok(Run { ready: ready?, most: most.zip(before).map(|(most, before)| most - before) })
}

fn steps(remote: &Remote<'_>, dataset: &Path, home: &Path) -> anyhow::Result<f64> {
    let mut screen = Screen::open(dataset, home)?;
    let came = screen.frames_until(PATIENCE, |app| app.is_complete() || app.has_nothing());
    anyhow::ensure!(came, "the first sample was not loaded from {}", dataset.display());
    // What it took until then was measured before.
    remote.far.take_served()?;
    frames_for(&mut screen, STEP);
    let (mut ready, mut steps) = (0_usize, 0_usize);
    for _ in 0..remote.wanted.steps {
        remote.check_stopped()?;
        let began = Instant::now();
        let before = screen.app().sample_index();
        screen.next_frame(press("next"));
        screen.next_frame(Vec::new());
        if screen.app().sample_index() == before {
            break;
        }
        steps += 1;
        ready += usize::from(screen.app().is_complete());
        frames_for(&mut screen, STEP.saturating_sub(began.elapsed()));
    }
    let began = Instant::now();
    let mut requests = None;
    // Until nothing is read ahead any more: half-read samples would count as waste.
    while requests != Some(remote.far.requests()?) && began.elapsed() < AHEAD_UP_TO {
        requests = Some(remote.far.requests()?);
        frames_for(&mut screen, STEP);
    }
    Ok(100.0 * ready as f64 / steps.max(1) as f64)
}

fn frames_for(screen: &mut Screen, time: Duration) {
    let until = Instant::now() + time;
    while Instant::now() < until {
        screen.next_frame(Vec::new());
    }
}
