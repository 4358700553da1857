//! `tilejury demo`: the built-in dataset, written as files.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use tilejury_app::demo;
use tilejury_app::folders::Folders;

use super::output::{Output, print_message};
use super::{Outcome, SidecarArg};

#[derive(Args)]
pub(super) struct DemoArgs {
    /// A new or empty folder [default: one in your data folder]
    folder: Option<PathBuf>,
    // Accepted for scripts that pass the same arguments to every command.
    #[command(flatten)]
    _sidecar: SidecarArg,
}

pub(super) fn run(args: &DemoArgs) -> anyhow::Result<Outcome> {
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => {
            let folders = Folders::for_current_user();
            std::fs::create_dir_all(&folders.data).with_context(|| format!("{}", folders.data.display()))?;
            folders.demo()
        }
    };
    let path = match demo::write(&folder) {
        Ok(path) => path,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            print_message(&format!("tilejury: {}: {error}", folder.display()));
            return Ok(Outcome::Findings);
        }
        Err(error) => return Err(error).with_context(|| format!("{}", folder.display())),
    };
    let mut out = Output::new();
    out.line(&path.display().to_string())?;
    out.finish()?;
    Ok(Outcome::Success)
}
