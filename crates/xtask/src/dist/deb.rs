//! The Debian package, made by `cargo-deb` from the staged files. What it depends on and how it
//! describes the program is in `crates/cli/Cargo.toml`.

use std::path::PathBuf;
use std::process::Command;

use super::publisher::MAINTAINER;
use super::{LICENCE, Release, ZSH_COMPLETIONS, folder, write};
use crate::output;
use crate::tools::installed;
use crate::{Result, root};

/// The version of `cargo-deb`: another one may write other bytes.
const VERSION: &str = "3.8.0";
/// The number of this packing of a version, as `cargo-deb` counts when nothing else is configured.
const REVISION: u32 = 1;

/// Makes the package and returns its path.
///
/// # Errors
/// If `cargo-deb` cannot be installed or fails.
pub(super) fn make(release: &Release) -> Result<PathBuf> {
    let program = installed("cargo-deb", VERSION, &[])?;
    let mut tree = release.tree.clone();
    // Debian's zsh has its own folder for packages, and the licence is in the file `copyright`.
    tree.rename(ZSH_COMPLETIONS, "share/zsh/vendor-completions/_tilejury")?;
    tree.take(LICENCE)?;
    tree.write_to(&folder().join("stage"))?;
    write(&folder().join("changelog"), changelog(release)?.as_bytes())?;
    let path = release.out.join(format!("tilejury_{}-{REVISION}_{}.deb", release.version, architecture()?));
    let mut deb = Command::new(program);
    deb.current_dir(root()).args(["--package", "tilejury-cli", "--no-build", "--no-strip", "--locked", "--quiet"]);
    deb.arg("--output").arg(&path).env("SOURCE_DATE_EPOCH", release.seconds.to_string());
    output(&mut deb)?;
    Ok(path)
}

/// A Debian changelog with one entry, for this version; the real one is installed beside it.
fn changelog(release: &Release) -> Result<String> {
    let date = output(Command::new("date").args(["-u", "-R", "-d", &format!("@{}", release.seconds)]))?;
    let version = &release.version;
    Ok(format!(
        "tilejury ({version}-{REVISION}) unstable; urgency=medium\n\n  * Version {version}; CHANGELOG.md lists the changes.\n\n -- {MAINTAINER}  {}\n",
        date.trim()
    ))
}

/// The name that Debian has for the processor of this machine.
fn architecture() -> Result<String> {
    Ok(output(Command::new("dpkg").arg("--print-architecture"))?.trim().to_owned())
}
