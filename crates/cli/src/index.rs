//! `tilejury index`: writes an index file per shard, to upload beside the shards.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tilejury_audit::index_files::{index_file_of, to_read, write_index_files};
use tilejury_audit::progress::{Progress as _, ProgressStep};
use tilejury_audit::text::count;

use super::output::{Output, print_message, progress, step_on};
use super::{DownloadArg, Outcome, open_quietly, stop_switch};

#[derive(Args)]
#[command(
    after_help = "Reads every shard whole and writes `shard_000.json` for `shard_000.tar`, in the form of hfutils: the offset, the size \
    and the SHA-256 of each member, and the SHA-256 of the shard. Uploaded beside the shards, these files let the set be opened from afar \
    without a search for its members; webshart and cheesechaser read them too. A file that is there for a shard of the same length is \
    kept. A damaged shard is named and left out.\n\n\
    Without --out nothing is written; what would be is printed. To write beside the shards, name the folder of the dataset.\n\n\
    Exit codes: 0 all shards have an index file, 1 some shards are damaged or cannot be read, 2 cannot run."
)]
pub(super) struct IndexArgs {
    /// A dataset folder, one of its .jsonl or .parquet files, or an address of either
    dataset: PathBuf,
    /// Write the index files to DIR, in folders of the same names
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    download: DownloadArg,
    /// Print the counts as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &IndexArgs) -> anyhow::Result<Outcome> {
    let dataset = open_quietly(&args.dataset)?;
    let shards = dataset.tiles.shard_files();
    if shards.is_empty() {
        anyhow::bail!("{}: there are no shards", args.dataset.display());
    }
    let mut output = Output::new();
    let Some(out) = &args.out else {
        let names: Vec<String> = shards.iter().map(|(_, path)| index_file_of(path)).collect();
        match args.json {
            true => output.json(&json!({ "files": names }))?,
            false => names.iter().try_for_each(|name| output.line(name))?,
        }
        output.finish()?;
        let files = count(shards.len(), "index file");
        print_message(&format!("{files} would be written; name a folder with --out to write them"));
        return Ok(Outcome::Success);
    };
    args.download.allow_shards(&dataset, "indexing", to_read(&dataset.tiles, out))?;
    let bar = progress(0, "");
    let stop = stop_switch();
    let report = |step: ProgressStep| {
        step_on(&bar, "indexing shards", step.done, step.total);
        stop.report(step)
    };
    let done = write_index_files(&dataset.tiles, out, &report);
    bar.finish_and_clear();
    let Ok(done) = done else { anyhow::bail!("stopped; the index files written so far are in {}", out.display()) };
    for (shard, reason) in &done.failed {
        print_message(&format!("{shard}: {reason}; it has no index file"));
    }
    if args.json {
        let failed = done.failed.iter().map(|(shard, reason)| json!({"shard": shard, "reason": reason}));
        output.json(&json!({
            "shards": shards.len(),
            "written": done.written,
            "kept": done.kept,
            "failed": failed.collect::<Vec<_>>(),
        }))?;
    }
    output.finish()?;
    print_message(&format!("{} written to {}, {} kept", count(done.written, "index file"), out.display(), done.kept));
    Ok(if done.failed.is_empty() { Outcome::Success } else { Outcome::Findings })
}
