//! `tilejury adopt`: takes the files of `tilejury scan` into the caches that the window and the
//! commands read.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use tilejury_app::folders::Folders;
use tilejury_audit::SidecarError;
use tilejury_audit::external::{self, ExternalStore};
use tilejury_audit::progress::{Progress as _, ProgressStep};
use tilejury_audit::scan::{AdoptError, JobFiles, adopt, job_files};
use tilejury_audit::sidecar;
use tilejury_audit::suspicion::fingerprints::FingerprintCache;
use tilejury_audit::text::count;

use super::output::{Output, print_message, progress, step_on};
use super::own_sidecar;
use super::{DatasetArgs, Outcome, open_with_memory, print_location, stop_switch};

#[derive(Args)]
#[command(
    after_help = "No tile is read again. A row counts only if the shard here has the length and the version that were scanned; other \
    shards are named and left out. All rows are stored, or none; adopting twice changes nothing. A copy of a shard on this machine has \
    another time than the one that was scanned: --compare reads its tiles and compares their hashes, which takes a tenth of a scan.\n\n\
    Exit codes: 0 adopted, 1 some shards were left out, 2 cannot run."
)]
pub(super) struct AdoptArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// The folder with the files that `tilejury scan` wrote, and those of `tilejury pairs`
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Read the tiles of shards of another time or place, and adopt those with the same bytes
    #[arg(long)]
    compare: bool,
    /// Print the counts as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &AdoptArgs) -> anyhow::Result<Outcome> {
    let files = files_in(&args.folder)?;
    let dataset = open_with_memory(&args.dataset.dataset)?;
    let folders = Folders::for_current_user();
    let file = folders.fingerprints_file(dataset.fingerprint);
    let mut cache = FingerprintCache::open(&file)?;
    // Adopting opens the store late: a sidecar of another dataset is refused before.
    let named = args.dataset.sidecar.path.as_deref();
    own_sidecar::for_reading(&dataset, named)?;
    let failed = |source| SidecarError::Io { path: args.dataset.dataset.clone(), source };
    let mut open_store = || {
        let location = sidecar::for_writing(&dataset, named, &folders.sidecars()).map_err(failed)?;
        print_location(&location);
        ExternalStore::open(&external::for_writing(&dataset, &location, &folders.sidecars()).map_err(failed)?)
    };
    let bar = progress(0, "");
    let stop = stop_switch();
    let report = |step: ProgressStep| {
        step_on(&bar, step.stage.label(), step.done, step.total);
        stop.report(step)
    };
    let adopted = adopt(&dataset, &files, &mut cache, &mut open_store, args.compare, &report);
    bar.finish_and_clear();
    let adopted = match adopted {
        Err(AdoptError::Cancelled(_)) => anyhow::bail!("stopped; nothing was adopted"),
        other => other?,
    };
    for (shard, reason) in &adopted.left_out {
        print_message(&format!("{shard}: {reason}; left out"));
    }
    if args.json {
        let left_out = adopted.left_out.iter().map(|(shard, reason)| json!({"shard": shard, "reason": reason}));
        let mut out = Output::new();
        out.json(&json!({
            "parts": adopted.parts,
            "rows": adopted.rows,
            "fingerprints": adopted.fingerprints,
            "texts": adopted.texts,
            "unnamed": adopted.unnamed,
            "missing": adopted.missing,
            "pairs": adopted.pairs,
            "clusters": adopted.clusters,
            "stale_pairs": adopted.stale_pairs,
            "left_out": left_out.collect::<Vec<_>>(),
        }))?;
        out.finish()?;
    }
    if adopted.stale_pairs > 0 {
        let pairs = count(adopted.stale_pairs, "pair");
        print_message(&format!("{pairs} of other versions of these tiles; left out: run `tilejury pairs` again"));
    }
    print_message(&format!(
        "{}, {} and {} adopted from {}",
        count(adopted.fingerprints, "fingerprint"),
        count(adopted.texts, "text"),
        count(adopted.pairs, "pair"),
        count(adopted.parts, "file")
    ));
    if adopted.missing > 0 {
        print_message(&format!("{} of the dataset in none of them", count(adopted.missing, "tile")));
    }
    Ok(if adopted.left_out.is_empty() && adopted.stale_pairs == 0 { Outcome::Success } else { Outcome::Findings })
}

/// The files of scans in a folder, and those of pairs. Names the other Parquet files.
pub(super) fn files_in(folder: &Path) -> anyhow::Result<JobFiles> {
    let files = job_files(folder).map_err(|error| anyhow::anyhow!("{}: {error}", folder.display()))?;
    anyhow::ensure!(!files.parts.is_empty(), "{}: there is no file of `tilejury scan`", folder.display());
    for other in &files.others {
        print_message(&format!("{}: not a file of `tilejury scan`; left out", other.display()));
    }
    Ok(files)
}
