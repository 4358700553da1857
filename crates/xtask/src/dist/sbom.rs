//! The list of all crates in the program (SBOM), as CycloneDX JSON by `cargo-sbom`.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::program::output;
use super::{Release, write};
use crate::tools::installed;
use crate::{Result, root};

/// The version of `cargo-sbom`: another one may list other things.
const VERSION: &str = "0.10.0";

/// Makes the list and returns its path.
///
/// # Errors
/// If `cargo-sbom` cannot be installed or fails.
pub(super) fn make(release: &Release) -> Result<PathBuf> {
    let program = installed("cargo-sbom", VERSION, &[])?;
    let mut list = Command::new(program);
    list.args(["sbom", "--cargo-package", "tilejury-cli", "--output-format", "cyclone_dx_json_1_6"]);
    let text = output(list.arg("--project-directory").arg(root()))?;
    let path = release.out.join(format!("tilejury-{}.cdx.json", release.version));
    write(&path, reproducible(&text)?.as_bytes())?;
    Ok(path)
}

/// The same list without the random number and the clock.
fn reproducible(text: &str) -> Result<String> {
    let mut list: Value = serde_json::from_str(text).map_err(|error| format!("cargo-sbom: {error}"))?;
    if let Some(fields) = list.as_object_mut() {
        fields.remove("serialNumber");
    }
    if let Some(fields) = list["metadata"].as_object_mut() {
        fields.remove("timestamp");
    }
    Ok(format!("{list:#}\n"))
}
