//! `tilejury cache`: what is kept of datasets at addresses, and deleting it.

use clap::Args;
use serde::Serialize;
use serde_json::json;
use tilejury_app::fetched::{CacheReport, clear_cache, limit_bytes};
use tilejury_app::folders::Folders;
use tilejury_audit::text::{count, grouped};
use tilejury_audit::{Timestamp, now};
use tilejury_data::shown::bytes_in_words;

use super::Outcome;
use super::output::{Output, print_message};

#[derive(Args)]
#[command(
    after_help = "The limit is for tiles and is set in the window's settings; those of the oldest use leave first. Judgements are not in \
    this folder. Everything in it can be fetched again."
)]
pub(super) struct CacheArgs {
    /// Delete what is kept
    #[arg(long)]
    clear: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Figures {
    folder: String,
    bytes: u64,
    files: usize,
    tile_bytes: u64,
    tiles: usize,
    /// The most bytes of tiles.
    limit_bytes: u64,
    /// The oldest last use of a tile.
    oldest_use: Option<String>,
    datasets: Vec<DatasetFigures>,
}

#[derive(Serialize)]
struct DatasetFigures {
    /// Null if it is not known.
    address: Option<String>,
    folder: String,
    bytes: u64,
    files: usize,
    tile_bytes: u64,
    tiles: usize,
    oldest_use: Option<String>,
}

pub(super) fn run(args: &CacheArgs) -> anyhow::Result<Outcome> {
    let folders = Folders::for_current_user();
    let folder = folders.fetched();
    let mut out = Output::new();
    if args.clear {
        let cleared = clear_cache(&folder);
        if args.json {
            out.json(&json!({
                "folder": folder.to_string_lossy(),
                "bytes": cleared.bytes,
                "files": cleared.files,
                "left": cleared.left,
            }))?;
        } else {
            let files = count(cleared.files, "file");
            out.line(&format!("{} in {files} deleted from {}", bytes_in_words(cleared.bytes), folder.display()))?;
        }
        if cleared.left > 0 {
            print_message(&format!("tilejury: {} could not be deleted", count(cleared.left, "file")));
        }
        out.finish()?;
        return Ok(if cleared.left > 0 { Outcome::Findings } else { Outcome::Success });
    }
    let (report, limit) = (CacheReport::of(&folder), limit_bytes(&folders));
    if args.json {
        let moment = |at| Timestamp::from(at).to_string();
        let dataset = |set: &tilejury_app::fetched::CachedSet| DatasetFigures {
            address: set.address.clone(),
            folder: set.folder.to_string_lossy().into_owned(),
            bytes: set.bytes,
            files: set.files,
            tile_bytes: set.tile_bytes,
            tiles: set.tiles,
            oldest_use: set.oldest_use.map(moment),
        };
        out.json(&Figures {
            folder: folder.to_string_lossy().into_owned(),
            bytes: report.bytes,
            files: report.files,
            tile_bytes: report.tile_bytes,
            tiles: report.tiles,
            limit_bytes: limit,
            oldest_use: report.oldest_use.map(moment),
            datasets: report.sets.iter().map(dataset).collect(),
        })?;
    } else {
        print(&mut out, &folder.display().to_string(), &report, limit)?;
    }
    out.finish()?;
    Ok(Outcome::Success)
}

fn print(out: &mut Output, folder: &str, report: &CacheReport, limit: u64) -> std::io::Result<()> {
    let oldest = report.oldest_use.map_or("–".to_owned(), |at| Timestamp::from(at).for_people(now()));
    for (name, value) in [
        ("folder", folder.to_owned()),
        ("kept", format!("{} in {}", bytes_in_words(report.bytes), count(report.files, "file"))),
        (
            "tiles",
            format!(
                "{}, {} of at most {}",
                grouped(report.tiles),
                bytes_in_words(report.tile_bytes),
                bytes_in_words(limit)
            ),
        ),
        ("oldest use", oldest),
    ] {
        out.line(&format!("{name:<16} {value}"))?;
    }
    for set in &report.sets {
        let address = set.address.as_deref().unwrap_or("unknown");
        out.line(&format!("{:<16} {} in {address}", "dataset", bytes_in_words(set.bytes)))?;
    }
    Ok(())
}
