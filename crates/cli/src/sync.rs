//! `tilejury sync`: exchanges judgements with other people through a folder or a database.

use clap::Args;
use serde_json::json;
use tilejury_app::exchange_folder::shown_folder;
use tilejury_app::exchange_place::{open_exchange_place, shown_place};
use tilejury_app::folders::Folders;
use tilejury_audit::exchange::{SyncError, SyncReport, sync_through};
use tilejury_audit::text::{count, grouped};

use super::output::{Output, print_message, spinner};
use super::{DatasetArgs, Outcome, open, open_for_writing, stop_switch};

#[derive(Args)]
#[command(
    after_help = "The files are in `judgements` in the folder; each is written once and never changed. Everything is stored in your \
    own sidecar first, so nothing is lost while the folder or the database cannot be reached. The password of a database is that of \
    the address, of PGPASSWORD or of ~/.pgpass; it is not stored. Exit code 1 if something was left out, or if an event is there in \
    several versions."
)]
pub(super) struct SyncArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// The folder to exchange through: one on a disk that all can reach, in a bucket (s3://…,
    /// gs://…, az://…) or a repository of the Hub (hf://datasets/OWNER/NAME/FOLDER), or the address
    /// of `tilejury serve`; or a database (postgresql://USER@HOST/DATABASE) [default: that of the
    /// last time, else the server of the dataset]
    #[arg(long, value_name = "FOLDER")]
    with: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &SyncArgs) -> anyhow::Result<Outcome> {
    let dataset = open(&args.dataset.dataset)?;
    let (mut sidecar, _) = open_for_writing(&dataset, &args.dataset.sidecar)?;
    let named = args.with.as_deref().map(shown_folder);
    let offered = || dataset.tiles.storage().and_then(|storage| storage.exchange_place().map(str::to_owned));
    let with = named.map_or_else(|| sidecar.exchange_folder(), |with| Ok(Some(with)))?;
    let Some(with) = with.or_else(offered) else {
        print_message("tilejury: these judgements were never exchanged; name a folder with --with");
        return Ok(Outcome::Findings);
    };
    let mut place = match open_exchange_place(&with, &Folders::for_current_user()) {
        Ok(place) => place,
        Err(message) => {
            print_message(&format!("tilejury: {message}"));
            return Ok(Outcome::Findings);
        }
    };
    let working = spinner("exchanging judgements");
    let stop = stop_switch();
    let done = sync_through(&mut sidecar, &mut place, &*stop);
    working.finish_and_clear();
    let report = match done {
        Err(error @ SyncError::Folder { .. }) => {
            anyhow::bail!("{error} (what was exchanged by then stays; nothing is lost)");
        }
        done => done?,
    };
    print(&report, &shown_place(&with), args.json)?;
    let is_clean = report.left_out.is_empty() && report.versions.is_empty();
    Ok(if is_clean { Outcome::Success } else { Outcome::Findings })
}

fn print(report: &SyncReport, with: &str, is_json: bool) -> anyhow::Result<()> {
    for note in report.notes() {
        print_message(&format!("note: {note}"));
    }
    let mut out = Output::new();
    if is_json {
        let versions = report.versions.iter();
        let versions = versions.map(|((session, seq), files)| json!({"session": session, "seq": seq, "files": files}));
        out.json(&json!({
            "with": with,
            "sent": report.sent,
            "received": report.received,
            "left_out": report.left_out,
            "versions": versions.collect::<Vec<_>>(),
            "names_in_several": report.names_in_several,
            "place_note": report.place_note,
        }))?;
    } else {
        out.line(&format!(
            "sent {}, received {}, through {}",
            count(report.sent, "change"),
            grouped(report.received),
            with
        ))?;
    }
    out.finish()?;
    Ok(())
}
