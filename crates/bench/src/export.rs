//! `tilejury bench export`: the duration of an export, beside copying the same bytes to the same
//! disk in the same run.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use parking_lot::Mutex;
use tilejury_audit::Event;
use tilejury_audit::export::{Copies, ExportError, ExportOptions, Images, JudgementSource, TileCheck, export};
use tilejury_audit::merge::{self, AnnotatorScope};
use tilejury_audit::progress::{ProgressStep, Stage};
use tilejury_data::Dataset;

use super::series::{Measurements, RepeatedTimes};

/// The options of `bench export`.
pub struct ExportBenchOptions<'a> {
    /// The path of the dataset: it is opened again for each export.
    pub path: &'a Path,
    /// The dataset.
    pub dataset: &'a Dataset,
    /// The judgements of all annotators, in stored order.
    pub events: &'a [Event],
    /// The folder to write in; the files are removed afterwards.
    pub scratch: &'a Path,
    /// The number of repeats.
    pub repeats: u32,
    /// Whether to export with new shards too.
    pub repack: bool,
}

/// The measures whose floor is copying the splits.
const OF_ROWS: [&str; 6] =
    ["export_jsonl_trust", "export_jsonl_find", "plan_trust", "index_shards", "plan_find", "write_jsonl"];

/// Measures exports of a dataset. `note` is called with messages for a person; `stop` ends the work
/// after a repeat.
///
/// # Errors
/// Returns an error if an export fails, a file cannot be copied, or the work was stopped.
pub fn run(wanted: &ExportBenchOptions<'_>, note: &dyn Fn(&str), stop: &AtomicBool) -> anyhow::Result<Measurements> {
    let scratch = Scratch::new(wanted.scratch)?;
    let mut series = RepeatedTimes::default();
    let mut repack = wanted.repack;
    for _ in 0..wanted.repeats {
        if stop.load(Ordering::Relaxed) {
            anyhow::bail!("stopped");
        }
        let copied = copy_rows(wanted.dataset, &scratch)?;
        OF_ROWS.iter().for_each(|name| series.floor(name, copied));
        let trusted = one(wanted, &scratch, TileCheck::Trust, Images::None)?;
        series.add("export_jsonl_trust", trusted.all);
        series.add("plan_trust", trusted.until(Stage::Writing));
        series.add("write_jsonl", trusted.all.saturating_sub(trusted.until(Stage::Writing)));
        let found = one(wanted, &scratch, TileCheck::Find, Images::None)?;
        series.add("export_jsonl_find", found.all);
        series.add("plan_find", found.until(Stage::Writing));
        series.add("index_shards", found.until(Stage::Tiles));
        if repack {
            match one(wanted, &scratch, TileCheck::Find, Images::Repack) {
                Ok(repacked) => {
                    series.add("repack", repacked.duration_of(Stage::Images));
                    series.floor("repack", copy_bytes(&scratch)?);
                }
                Err(error) => match error.downcast_ref::<ExportError>() {
                    Some(ExportError::NoRoom { .. }) => {
                        note(&format!("no repack: {error}"));
                        repack = false;
                    }
                    _ => return Err(error),
                },
            }
        }
    }
    Ok(Measurements { series, plain: Vec::new() })
}

/// An export with the times at which each step began.
struct TimedExport {
    stage_starts: Vec<(Stage, Duration)>,
    all: Duration,
}

impl TimedExport {
    /// The time from the start to the beginning of a step.
    fn until(&self, stage: Stage) -> Duration {
        self.stage_starts.iter().find(|(started, _)| *started == stage).map_or(self.all, |(_, at)| *at)
    }

    /// The time from the beginning of a step to that of the next.
    fn duration_of(&self, stage: Stage) -> Duration {
        let Some(at) = self.stage_starts.iter().position(|(started, _)| *started == stage) else {
            return Duration::ZERO;
        };
        self.stage_starts.get(at + 1).map_or(self.all, |(_, next)| *next).saturating_sub(self.stage_starts[at].1)
    }
}

fn one(
    wanted: &ExportBenchOptions<'_>,
    scratch: &Scratch,
    tiles: TileCheck,
    images: Images,
) -> anyhow::Result<TimedExport> {
    // Opened again, so that no shard is indexed yet.
    let dataset = Dataset::open(wanted.path)?;
    // Reading pixels for copies is measured by `bench suspicion`: it is done once for all exports
    // of a dataset.
    let mut options = ExportOptions { tiles, images, copies: Copies::Trust, ..ExportOptions::default() };
    if images == Images::Repack {
        options.formats.clear();
    }
    let judgements = merge::judgements_of(&dataset, wanted.events, &AnnotatorScope::Everybody);
    let source = JudgementSource::new(&judgements, wanted.events, &AnnotatorScope::Everybody);
    let out = scratch.0.join("out");
    scratch.clear(&out)?;
    let stage_starts: Mutex<Vec<(Stage, Duration)>> = Mutex::new(Vec::new());
    let start = Instant::now();
    let note = |step: ProgressStep| {
        let mut stage_starts = stage_starts.lock();
        if stage_starts.last().is_none_or(|(last, _)| *last != step.stage) {
            stage_starts.push((step.stage, start.elapsed()));
        }
        Ok(())
    };
    export(&dataset, &source, &options, &out, &note)?;
    let all = start.elapsed();
    Ok(TimedExport { stage_starts: stage_starts.into_inner(), all })
}

/// Copies every file of the splits, synced, as a careful person would.
fn copy_rows(dataset: &Dataset, scratch: &Scratch) -> anyhow::Result<Duration> {
    let to = scratch.0.join("rows");
    scratch.clear(&to)?;
    fs::create_dir(&to)?;
    let names = dataset.splits.iter().flat_map(|split| &split.export_names);
    let files: Vec<(PathBuf, PathBuf)> =
        names.map(|name| (dataset.root.join(name), to.join(name))).filter(|(from, _)| from.is_file()).collect();
    let start = Instant::now();
    for (from, to) in &files {
        copy(from, to)?;
    }
    Ok(start.elapsed())
}

/// Copies one file with as many bytes as the new shards.
fn copy_bytes(scratch: &Scratch) -> anyhow::Result<Duration> {
    let (from, to) = (scratch.0.join("bytes"), scratch.0.join("bytes-copied"));
    if !from.exists() {
        let mut file = File::create(&from)?;
        let shards = scratch.0.join("out/image_shards");
        let mut shards: Vec<PathBuf> = shards.read_dir()?.flatten().map(|entry| entry.path()).collect();
        shards.sort();
        for shard in shards {
            io::copy(&mut File::open(shard)?, &mut file)?;
        }
        file.flush()?;
        file.sync_all()?;
    }
    scratch.clear(&to)?;
    let start = Instant::now();
    copy(&from, &to)?;
    Ok(start.elapsed())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    File::open(to)?.sync_all()
}

/// A temporary folder that is removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(parent: &Path) -> anyhow::Result<Self> {
        let folder = parent.join(format!("tilejury-bench-{}", std::process::id()));
        fs::create_dir(&folder).with_context(|| format!("{}", folder.display()))?;
        Ok(Self(folder))
    }

    /// Removes the files that an earlier repeat left under a name.
    fn clear(&self, path: &Path) -> anyhow::Result<()> {
        let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
