//! `tilejury import-reviews`, `import-scores`, `import-text`: the output of other programs, stored
//! beside the sidecar. Imports make no judgements.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tilejury_app::folders::Folders;
use tilejury_audit::external::{self, ImportCounts, ImportError, ImportKind};
use tilejury_audit::text::count;

use super::output::{Output, print_message, spinner};
use super::own_sidecar;
use super::{DatasetArgs, Outcome, open};

#[derive(Args)]
#[command(
    after_help = "Lines are matched with rows by the query, and with tiles by the part of the path that starts at the shard folder. \
    Imports are kept beside the sidecar, in a file that ends in .outside.sqlite. A later line about the same tile replaces an \
    earlier one. If any line cannot be read, nothing is imported and the exit code is 1, unless --skip-bad is given."
)]
pub(super) struct ImportArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// The file to read
    file: PathBuf,
    /// Print the counts as one JSON object
    #[arg(long)]
    json: bool,
    /// Import the readable lines, and only count the others
    #[arg(long)]
    skip_bad: bool,
}

pub(super) fn run(args: &ImportArgs, what: ImportKind) -> anyhow::Result<Outcome> {
    let dataset = open(&args.dataset.dataset)?;
    let data_folder = Folders::for_current_user().sidecars();
    let location = own_sidecar::for_writing(&dataset, args.dataset.sidecar.path.as_deref())?;
    let to = external::for_writing(&dataset, &location, &data_folder)?;
    let reading = spinner("reading the lines");
    let imported = external::import(&dataset, what, &args.file, &to, args.skip_bad);
    reading.finish_and_clear();
    let imported = match imported {
        Ok(imported) => imported,
        Err(ImportError::BadLines(found)) => {
            name_bad_lines(args, &found);
            print_message("nothing was imported; --skip-bad imports the other lines");
            return Ok(Outcome::Findings);
        }
        Err(error) => return Err(error.into()),
    };
    if args.json {
        let mut out = Output::new();
        out.json(&json!({
            "lines": imported.lines,
            "matched": imported.matched,
            "unmatched": imported.unmatched(),
            "rows": imported.rows,
            "bad_lines": imported.bad_lines,
            "file": to.to_string_lossy(),
        }))?;
        out.finish()?;
        return Ok(Outcome::Success);
    }
    name_bad_lines(args, &imported);
    for sentence in sentences(&imported) {
        print_message(&sentence);
    }
    if imported.matched > imported.silent {
        print_message(&format!("stored in {}", to.display()));
    }
    Ok(Outcome::Success)
}

fn name_bad_lines(args: &ImportArgs, found: &ImportCounts) {
    for line in &found.bad {
        print_message(&format!("{}: {line}", args.file.display()));
    }
    if found.bad_lines > found.bad.len() {
        print_message(&format!("and {} more", count(found.bad_lines - found.bad.len(), "bad line")));
    }
}

/// Describes the matched and the unmatched lines.
fn sentences(imported: &ImportCounts) -> Vec<String> {
    let mut all = vec![format!(
        "{} of {} matched, about {}",
        imported.matched,
        count(imported.lines, "line"),
        count(imported.rows, "row")
    )];
    if imported.silent > 0 {
        all.push(format!("{} of them have no content", imported.silent));
    }
    if imported.unmatched() > 0 {
        let queries = match imported.unknown_queries {
            0 => String::new(),
            number => format!("{} about a query or key that no row has", count(number, "line")),
        };
        let tiles = match imported.unknown_tiles {
            0 => String::new(),
            number => format!("{} about a tile that no such row has", count(number, "line")),
        };
        let both = [queries, tiles].into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>();
        all.push(format!("not matched: {}", both.join(", ")));
    }
    if imported.bad_lines > 0 {
        all.push(format!("skipped: {}", count(imported.bad_lines, "bad line")));
    }
    all
}
