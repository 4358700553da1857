//! The list of all crates in the program (SBOM), as CycloneDX JSON by `cargo-sbom`.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::{Release, write};
use crate::output;
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

/// The same list without the random number, the clock and the user's name, in the order of names.
fn reproducible(text: &str) -> Result<String> {
    let mut list: Value = serde_json::from_str(text).map_err(|error| format!("cargo-sbom: {error}"))?;
    if let Some(fields) = list.as_object_mut() {
        fields.remove("serialNumber");
    }
    if let Some(fields) = list["metadata"].as_object_mut() {
        fields.remove("timestamp");
        fields.remove("authors");
    }
    for (kind, key) in [("components", "bom-ref"), ("dependencies", "ref")] {
        let entries = list[kind].as_array_mut().ok_or_else(|| format!("cargo-sbom listed no {kind}"))?;
        for others in entries.iter_mut().filter_map(|entry| entry.get_mut("dependsOn")?.as_array_mut()) {
            others.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        }
        entries.sort_by(|a, b| a[key].as_str().cmp(&b[key].as_str()));
    }
    Ok(format!("{list:#}\n"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed set-up is a failed test")]

    use super::*;

    #[test]
    fn the_list_of_crates_depends_on_the_crates_alone() {
        let first = r#"{"serialNumber":"urn:uuid:1","metadata":{"timestamp":"today","authors":[{"name":"ann"}],"tools":[]},
            "components":[{"bom-ref":"b"},{"bom-ref":"a"}],
            "dependencies":[{"ref":"b"},{"ref":"a","dependsOn":["d","c"]}]}"#;
        let second = r#"{"serialNumber":"urn:uuid:2","metadata":{"timestamp":"later","authors":[{"name":"bob"}],"tools":[]},
            "components":[{"bom-ref":"a"},{"bom-ref":"b"}],
            "dependencies":[{"ref":"a","dependsOn":["c","d"]},{"ref":"b"}]}"#;
        let list = reproducible(first).unwrap();
        assert_eq!(list, reproducible(second).unwrap());
        assert!(list.contains("\"tools\"") && list.find("\"a\"") < list.find("\"b\""), "{list}");
        assert!(reproducible("{}").is_err());
    }
}
