//! Stepping from sample to sample, at two a second over a slow connection and at five a second over
//! a fast one: whether the tiles are there when they are due, what is requested for them, and the
//! memory beside that of the same steps with the dataset on this machine.

use std::path::Path;
use std::time::{Duration, Instant};

use tilejury_app::dataset_source::open_dataset;
use tilejury_app::folders::Folders;
use tilejury_data::progress::NoProgress;

use super::far_end::ROWS_AHEAD;
use super::{FAST, Remote, SLOW, Served, sum};
use crate::memory;
use crate::screen::{Screen, press};
use crate::series::Figure;

/// Two samples per second.
const STEP: Duration = Duration::from_millis(500);
/// Three samples per second, as a person judges them who is in a hurry.
const BRISK_STEP: Duration = Duration::from_millis(333);
/// Five samples per second, as quick as a person can judge.
const QUICK_STEP: Duration = Duration::from_millis(200);
/// The time after which something counts as not happening.
const PATIENCE: Duration = Duration::from_secs(120);
/// The longest time that reading ahead may go on after the last step.
const AHEAD_UP_TO: Duration = Duration::from_secs(30);

pub(super) fn measure(remote: &mut Remote<'_>) -> anyhow::Result<()> {
    remote.far.offer_indexes(true)?;
    let (here, web) = (remote.local.root.clone(), remote.far.places.web.clone());
    // Memory that the first run leaves behind counts for the next: that is the local one last, so
    // that the others are not blamed for it.
    let before = memory::now();
    let kept = flip(remote, &web, Some(Indexes::Kept), STEP, SLOW, before)?;
    let served_with_kept = remote.far.take_served()?;
    let beside = flip(remote, &web, Some(Indexes::Beside), STEP, SLOW, before)?;
    let served = remote.far.take_served()?;
    // Five a second need more bytes than the slow connection carries.
    let quick = flip(remote, &web, Some(Indexes::Kept), QUICK_STEP, FAST, before)?;
    if let Some(serve) = remote.far.places.serve.clone() {
        let served = flip(remote, &serve, Some(Indexes::Kept), BRISK_STEP, SLOW, before)?;
        remote.record("serve_flip_ready", served.ready, "% of steps, at three a second and 12 MB/s, indexes kept");
    }
    let at_home = flip(remote, &here, None, STEP, SLOW, before)?;
    let quick_at_home = flip(remote, &here, None, QUICK_STEP, SLOW, before)?;
    let needed = remote.tiles_of_first(remote.wanted.steps + 1).values().sum::<u64>() as f64;
    let rate = needed / ((remote.wanted.steps + 1) as f64 * QUICK_STEP.as_secs_f64());
    remote.record("remote_quick_ready", quick.ready, "% of steps, at five a second and 100 MB/s, indexes kept");
    remote.record("local_quick_ready", quick_at_home.ready, "% of steps, at five a second");
    remote.record("remote_quick_rate", rate / 1e6, "MB/s that these steps need");
    remote.record("remote_flip_ready", beside.ready, "% of steps, at 12 MB/s, index files beside the shards");
    remote.record("remote_flip_ready_kept", kept.ready, "% of steps, at 12 MB/s, indexes kept");
    remote.record("local_flip_ready", at_home.ready, "% of steps");
    let a_sample = mean_tiles(remote);
    if let Some((requests, bytes)) = each_sample(remote, &served_with_kept, a_sample) {
        let requests = Figure::new("remote_requests", requests, "for each row, indexes kept");
        remote.measured.plain.push(requests.with_limit(a_sample + 1.0));
        let bytes = Figure::new("remote_bytes", bytes, "for each byte of the tiles, indexes kept");
        remote.measured.plain.push(bytes.with_limit(1.05));
    }
    if let Some((requests, bytes)) = each_sample(remote, &served, a_sample) {
        remote.record("remote_requests_beside", requests, "for each row, index files beside the shards");
        remote.record("remote_bytes_beside", bytes, "for each byte of the tiles, index files beside the shards");
    }
    let runs = [("local_memory_most", &at_home), ("remote_memory_most", &beside), ("remote_memory_most_kept", &kept)];
    for (name, run) in runs {
        if let Some(most) = run.most {
            remote.record(name, most, "MB with pictures");
        }
    }
    Ok(())
}

/// The requests for a sample of `a_sample` tiles, and the bytes for each byte of its tiles.
fn each_sample(remote: &Remote<'_>, served: &[Served], a_sample: f64) -> Option<(f64, f64)> {
    let sent = remote.tiles_sent(served);
    let samples = sent.len() as f64 / a_sample;
    let needed: u64 = sent.values().sum();
    (needed > 0).then(|| (served.len() as f64 / samples, sum(served) as f64 / needed as f64))
}

/// Where the indexes of the shards are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Indexes {
    /// Fetched before.
    Kept,
    /// In files beside the shards.
    Beside,
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

fn flip(
    remote: &Remote<'_>,
    dataset: &Path,
    indexes: Option<Indexes>,
    step: Duration,
    bytes_per_second: f64,
    before: Option<f64>,
) -> anyhow::Result<Run> {
    let home = tempfile::tempdir()?;
    remote.set_rate(FAST)?;
    if indexes == Some(Indexes::Kept) {
        let dataset = open_dataset(dataset, &Folders::below(home.path()), &NoProgress)?;
        for index in dataset.indices().take(remote.wanted.steps + ROWS_AHEAD) {
            for tile in dataset.sample(index)?.tiles() {
                let _ = dataset.tiles.locate(&tile.path);
            }
        }
    }
    remote.set_rate(bytes_per_second)?;
    let (ready, most) = memory::with_peak_memory(|| steps(remote, dataset, step, home.path()));
    Ok(Run { ready: ready?, most: most.zip(before).map(|(most, before)| most - before) })
}

fn steps(remote: &Remote<'_>, dataset: &Path, step: Duration, home: &Path) -> anyhow::Result<f64> {
    let mut screen = Screen::open(dataset, home)?;
    let came = screen.frames_until(PATIENCE, |app| app.is_complete() || app.has_nothing());
    anyhow::ensure!(came, "the first row was not loaded from {}", dataset.display());
    // What it took until then was measured before.
    remote.far.take_served()?;
    frames_for(&mut screen, step);
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
        frames_for(&mut screen, step.saturating_sub(began.elapsed()));
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
