//! `tilejury judge`: records judgements from a file in the sidecar, all or none.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use tilejury_app::folders::login_name;
use tilejury_audit::interchange::{self, ImportDefaults};
use tilejury_audit::{merge, now};

use super::output::{Output, print_message, spinner};
use super::{DatasetArgs, Outcome, StoredJudgements, annotator_name, open, open_for_writing};

#[derive(Args)]
#[command(after_help = "Each line is a JSON object that names a row, by \"split\" and \"line\" or by \"query\" and \
    \"chunk_path\", and has any of \"verdict\", \"reasons\", \"tiles\", \"added\", \"note\", \"tags\", \"annotator\", \"at\". \
    With \"audit\", the name of an audit, the judgement counts for that audit only. \
    With \"role\": \"adjudicator\" it takes the place of the others. \
    If any line is refused, nothing is recorded and the exit code is 1.")]
pub(super) struct JudgeArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// The JSONL file to read; - for standard input
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The annotator, overriding the lines [default: the annotator of each line, else the login
    /// name]
    #[arg(long, value_name = "NAME", value_parser = annotator_name)]
    annotator: Option<String>,
    /// Accepted for scripts; the output is always JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &JudgeArgs) -> anyhow::Result<Outcome> {
    let dataset = open(&args.dataset.dataset)?;
    let text = read(&args.from).with_context(|| format!("{}", args.from.display()))?;
    let stored = StoredJudgements::read_to_write(&dataset, &args.dataset.sidecar)?;
    let before = merge::present_by_annotator(&stored.events);
    let login = login_name();
    let defaults = ImportDefaults { annotator: args.annotator.as_deref(), login: &login, at: now() };
    let reading = spinner("checking the lines");
    let import = interchange::read(&dataset, &text, &defaults, before, &stored.audits);
    reading.finish_and_clear();
    let import = match import {
        Ok(import) => import,
        Err(bad) => {
            for line in &bad {
                print_message(&format!("{}: {line}", args.from.display()));
            }
            print_message("nothing was recorded");
            return Ok(Outcome::Findings);
        }
    };
    let (mut sidecar, _) = open_for_writing(&dataset, &args.dataset.sidecar)?;
    sidecar.append(&import.events, &import.samples, None)?;
    for remark in &import.remarks {
        print_message(&format!("note: {remark}"));
    }
    let mut out = Output::new();
    out.json(&json!({ "recorded": import.lines }))?;
    out.finish()?;
    Ok(Outcome::Success)
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut text = Vec::new();
        std::io::stdin().lock().read_to_end(&mut text)?;
        return Ok(text);
    }
    std::fs::read(path)
}
