//! `tilejury doctor`: the diagnosis of the set-up, for a report of a problem.

use clap::Args;
use tilejury_app::doctor::Diagnosis;
use tilejury_app::folders::Folders;

use super::Outcome;
use super::output::Output;

#[derive(Args)]
#[command(
    after_help = "Names variables without their values, shows no token, and writes ~ for your home folder. The exit code is 1 if there is a warning."
)]
pub(super) struct DoctorArgs {
    /// Also try whether the Hub answers
    #[arg(long)]
    network: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &DoctorArgs) -> anyhow::Result<Outcome> {
    let diagnosis = Diagnosis::of(&Folders::for_current_user(), args.network);
    let mut out = Output::new();
    if args.json {
        out.json(&diagnosis)?;
    } else {
        out.line(diagnosis.text().trim_end())?;
    }
    out.finish()?;
    Ok(if diagnosis.warnings > 0 { Outcome::Findings } else { Outcome::Success })
}
