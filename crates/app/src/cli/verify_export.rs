//! `tilejury verify-export`: checks a finished export against its manifest and the rules of training.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use clap::Args;
use tilejury_audit::export::{Step, verify};

use super::output::{Output, progress, step_on};
use super::{Outcome, stop_switch};

#[derive(Args)]
#[command(
    after_help = "Checks that every file is there with its checksum, that no trainer would pad a row with its own positive, \
that no positive of a query stands among the negatives of its rows, and that each tile is there where pictures were exported."
)]
pub(super) struct VerifyExportArgs {
    /// The folder of an export
    out: PathBuf,
    /// One JSON object a fault
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &VerifyExportArgs) -> anyhow::Result<Outcome> {
    let bar = progress(0, "");
    let stop = stop_switch();
    let tell = |step: Step, done: usize, total: usize| {
        step_on(&bar, step.label(), done, total);
        !stop.load(Ordering::Relaxed)
    };
    let faults = verify(&args.out, &tell);
    bar.finish_and_clear();
    let faults = faults?;
    let mut out = Output::new();
    for fault in &faults {
        if args.json {
            out.json(fault)?;
            continue;
        }
        let file = fault.file.as_deref().map(|file| format!("{file}: ")).unwrap_or_default();
        let line = fault.line.map(|line| format!("line {line}: ")).unwrap_or_default();
        out.line(&format!("{}: {file}{line}{}", fault.kind, fault.message))?;
    }
    if faults.is_empty() && !args.json {
        out.line("Every file is as the manifest says, and every row is safe to train on.")?;
    }
    out.finish()?;
    Ok(if faults.is_empty() { Outcome::Fine } else { Outcome::Findings })
}
