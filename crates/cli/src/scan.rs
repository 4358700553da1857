//! `tilejury scan`: reads the tiles of some shards once, and writes what the program needs of them
//! to one Parquet file. `tilejury adopt` takes such files into the caches of the program.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clap::{Args, ValueEnum};
use serde_json::json;
use tilejury_audit::external::ReadingQueue;
use tilejury_audit::progress::{Progress as _, ProgressStep, Stage};
use tilejury_audit::scan::{
    Part, PartOutcome, ScanContents, ScanError, ShardRange, ShardScan, ShardToScan, Share, TextReading, WritePartError,
    shards_to_scan, write_part,
};
use tilejury_audit::text::count;
use tilejury_data::{Dataset, cores};
use tilejury_text::Tesseract;

use super::output::{Output, print_message, progress, step_on};
use super::read::ReadingArgs;
use super::{DownloadArg, Outcome, open_with_memory, stop_switch};

/// The least number of threads that read from an address, which mostly wait.
const THREADS_ELSEWHERE: usize = 8;

#[derive(Args)]
#[command(
    after_help = "Shards are numbered from 0 in the order of their paths. Without --shards and --part, the job is the part that a Slurm \
    array names by SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT; without those, all shards.\n\n\
    --out is a file; a folder, in which the file is part-00000.parquet by the number of the part or of the first shard; or a pattern \
    with {} for that number. The file is whole or not there. A file that is there for the same shards, contents and program is kept; \
    another one is refused, or written again with --again.\n\n\
    Exit codes: 0 written or kept, 1 some tiles cannot be read or decoded, or another file is there, 2 cannot run."
)]
pub(super) struct ScanArgs {
    #[arg(help = super::DATASET)]
    dataset: PathBuf,
    /// Scan these shards, the last one included: 0..99, or one number
    #[arg(long, value_name = "A..B", conflicts_with = "part")]
    shards: Option<ShardRange>,
    /// Scan the part K of N nearly equal ones, counted from 0
    #[arg(long, value_name = "K/N")]
    part: Option<Share>,
    /// Write the rows to PATH
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    /// The contents to take from each tile
    #[arg(long, value_name = "WHAT", value_delimiter = ',', default_value = "fingerprints")]
    with: Vec<ScanPart>,
    /// Replace a file of other shards, contents or another program
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    download: DownloadArg,
    /// Print the counts as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ScanPart {
    /// Fingerprints of the pictures
    Fingerprints,
    /// Texts with boxes, read with Tesseract
    Text,
}

/// The shards of the job, and the number in the name of its file.
struct Job {
    shards: std::ops::Range<usize>,
    number: usize,
}

pub(super) fn run(args: &ScanArgs) -> anyhow::Result<Outcome> {
    let start = Instant::now();
    let engine = args
        .with
        .contains(&ScanPart::Text)
        .then(|| Tesseract::with_languages(&args.reading.tesseract, &args.reading.lang));
    let engine = engine.transpose()?;
    let dataset = Arc::new(open_with_memory(&args.dataset)?);
    let all = dataset.tiles.shard_files().len();
    anyhow::ensure!(all > 0, "{}: there are no shards", args.dataset.display());
    let job = job(args, all)?;
    anyhow::ensure!(
        args.shards.is_none() || !job.shards.is_empty(),
        "{}: there are only {}, numbered from 0",
        args.dataset.display(),
        count(all, "shard")
    );
    let path = path_of(&args.out, job.number);
    let shards = shards_to_scan(&dataset.tiles, job.shards)?;
    let contents = ScanContents {
        fingerprints: args.with.contains(&ScanPart::Fingerprints),
        texts: engine.map(|engine| TextReading {
            engine: Arc::new(engine),
            languages: args.reading.lang.clone(),
            queries: Arc::new(ReadingQueue::of_rows(&dataset, dataset.indices())),
        }),
    };
    let name = name_of(&dataset);
    let part = Part { path: &path, dataset: &name, shards: &shards, contents: &contents };
    match part.state() {
        PartOutcome::Same => {
            print_message(&format!("{} is there for the same shards: kept", path.display()));
            print_json(args, &path, &shards, None, start)?;
            return Ok(Outcome::Success);
        }
        PartOutcome::Other if !args.again => {
            print_message(&format!(
                "tilejury: {} is there, but of other shards, another version of them, other contents or another program; \
                 --again replaces it",
                path.display()
            ));
            return Ok(Outcome::Findings);
        }
        PartOutcome::Absent | PartOutcome::Other => {}
    }
    let bytes: u64 = shards.iter().map(|shard| shard.bytes).sum();
    args.download.allow_shards(&dataset, "scanning", (shards.len(), bytes))?;
    let elsewhere = dataset.tiles.storage().map_or(0, |_| THREADS_ELSEWHERE);
    let threads = args.reading.jobs.map_or_else(|| cores().max(elsewhere), usize::from);
    let scan = ShardScan::start(dataset, &name, shards.clone(), contents.clone(), threads);
    let bar = progress(0, "");
    let stop = stop_switch();
    let report = |step: ProgressStep| {
        step_on(&bar, "scanning shards", step.done, step.total);
        stop.report(step)
    };
    let written = write_part(part, scan, &report);
    bar.finish_and_clear();
    let summary = match written {
        Err(WritePartError::Scan(ScanError::Stopped)) if stop.report(Stage::Shards.step(0, 0)).is_err() => {
            anyhow::bail!("stopped; nothing was written")
        }
        other => other?,
    };
    let tiles = count(summary.tiles, "tile");
    print_message(&format!("{tiles} of {} written to {}", count(shards.len(), "shard"), path.display()));
    if summary.errors > 0 {
        print_message(&format!("{} cannot be read or decoded; see the column `error`", count(summary.errors, "row")));
    }
    if summary.text_errors > 0 {
        let rows = count(summary.text_errors, "row");
        print_message(&format!("{rows} without a text because reading failed; see the column `text_error`"));
    }
    print_json(args, &path, &shards, Some(summary), start)?;
    let has_errors = summary.errors + summary.text_errors > 0;
    Ok(if has_errors { Outcome::Findings } else { Outcome::Success })
}

fn print_json(
    args: &ScanArgs,
    path: &Path,
    shards: &[ShardToScan],
    summary: Option<tilejury_audit::scan::PartSummary>,
    start: Instant,
) -> anyhow::Result<()> {
    if !args.json {
        return Ok(());
    }
    let mut out = Output::new();
    out.json(&json!({
        "file": path.to_string_lossy(),
        "shards": shards.len(),
        "kept": summary.is_none(),
        "tiles": summary.map(|summary| summary.tiles),
        "errors": summary.map(|summary| summary.errors),
        "text_errors": summary.map(|summary| summary.text_errors),
        "seconds": (start.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
    }))?;
    Ok(out.finish()?)
}

/// The shards by the arguments, else by the variables of a Slurm array, else all.
fn job(args: &ScanArgs, shards: usize) -> anyhow::Result<Job> {
    if let Some(range) = args.shards {
        return Ok(Job { shards: range.positions(shards), number: range.first });
    }
    let share = match args.part {
        Some(share) => Some(share),
        None => slurm_share(&|name| std::env::var(name).ok()).map_err(anyhow::Error::msg)?,
    };
    Ok(match share {
        Some(share) => Job { shards: share.positions(shards), number: share.number },
        None => Job { shards: 0..shards, number: 0 },
    })
}

/// The share that a Slurm array names: the array may begin at any number, in steps.
fn slurm_share(variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<Share>, String> {
    let number = |name: &str| {
        let Some(text) = variable(name) else { return Ok(None) };
        text.trim().parse::<usize>().map(Some).map_err(|_| format!("{name} is “{text}”, which is not a number"))
    };
    let Some(id) = number("SLURM_ARRAY_TASK_ID")? else { return Ok(None) };
    let Some(of) = number("SLURM_ARRAY_TASK_COUNT")? else {
        return Err("SLURM_ARRAY_TASK_ID is set without SLURM_ARRAY_TASK_COUNT; name the part with --part".to_owned());
    };
    let (first, step) = (number("SLURM_ARRAY_TASK_MIN")?.unwrap_or(0), number("SLURM_ARRAY_TASK_STEP")?.unwrap_or(1));
    Share::new(id.saturating_sub(first) / step.max(1), of).map(Some)
}

/// The file of the job with a number.
fn path_of(out: &Path, number: usize) -> PathBuf {
    let text = out.to_string_lossy();
    if text.contains("{}") {
        return PathBuf::from(text.replace("{}", &format!("{number:05}")));
    }
    if out.is_dir() || text.ends_with(['/', std::path::MAIN_SEPARATOR]) {
        return out.join(format!("part-{number:05}.parquet"));
    }
    out.to_owned()
}

/// The name of a dataset in the rows: its address without a revision, or the name of its folder.
fn name_of(dataset: &Dataset) -> String {
    match dataset.tiles.storage() {
        Some(storage) => storage.name().to_owned(),
        None => tilejury_data::file_name(&dataset.root),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(variables: &[(&str, &str)]) -> Result<Option<Share>, String> {
        let find = |name: &str| Some(variables.iter().find(|(other, _)| *other == name)?.1.to_owned());
        slurm_share(&find)
    }

    #[test]
    fn variables_of_slurm_name_the_part() {
        assert_eq!(share(&[]), Ok(None));
        let (id, of) = ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT");
        assert_eq!(share(&[(id, "3"), (of, "16")]), Ok(Some(Share { number: 3, of: 16 })));
        let from_one = [(id, "16"), (of, "16"), ("SLURM_ARRAY_TASK_MIN", "1")];
        assert_eq!(share(&from_one), Ok(Some(Share { number: 15, of: 16 })));
        let in_steps = [(id, "12"), (of, "4"), ("SLURM_ARRAY_TASK_MIN", "0"), ("SLURM_ARRAY_TASK_STEP", "4")];
        assert_eq!(share(&in_steps), Ok(Some(Share { number: 3, of: 4 })));
        assert!(share(&[(id, "3")]).is_err() && share(&[(id, "x"), (of, "4")]).is_err());
        assert!(share(&[(id, "4"), (of, "4")]).is_err(), "there is no such part");
    }

    #[test]
    fn each_part_names_its_own_file() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(path_of(dir.path(), 7), dir.path().join("part-00007.parquet"));
        assert_eq!(path_of(Path::new("new/"), 7), Path::new("new/part-00007.parquet"));
        assert_eq!(path_of(Path::new("a/{}.parquet"), 12), Path::new("a/00012.parquet"));
        assert_eq!(path_of(Path::new("a.parquet"), 12), Path::new("a.parquet"));
    }
}
