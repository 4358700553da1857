//! `tilejury take-over`: lets this machine write a sidecar on a network disk.

use std::path::PathBuf;

use clap::Args;
use tilejury_audit::Sidecar;
use tilejury_audit::sidecar::NetworkDisk;

use super::Outcome;
use super::output::{Output, print_message};

#[derive(Args)]
#[command(
    after_help = "One machine writes a sidecar on a network disk; another one is refused. Close Tilejury on the machine that wrote it \
    first. It stores nothing there any more, and says so. Exit code 1 if there is no sidecar, or the file is on a disk of this machine."
)]
pub(super) struct TakeOverArgs {
    /// The sidecar
    sidecar: PathBuf,
}

pub(super) fn run(args: &TakeOverArgs) -> anyhow::Result<Outcome> {
    let path = args.sidecar.display();
    if !args.sidecar.exists() {
        print_message(&format!("tilejury: {path}: there is no such file"));
        return Ok(Outcome::Findings);
    }
    let Some(disk) = NetworkDisk::of(&args.sidecar) else {
        print_message(&format!("tilejury: {path} is on a disk of this machine, which writes it without this"));
        return Ok(Outcome::Findings);
    };
    let before = Sidecar::take_over(&args.sidecar, &disk)?;
    let mut out = Output::new();
    out.line(&match before {
        Some(machine) => format!("this machine writes {path} now; before, it was {machine}"),
        None => format!("this machine writes {path}"),
    })?;
    out.finish()?;
    Ok(Outcome::Success)
}
