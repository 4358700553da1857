//! The export that an audit is of: what links the rate that is left after cleaning to the set that
//! was cleaned. Reads no file; `export/origin.rs` does.

use serde::{Deserialize, Serialize};
use tilejury_data::Dataset;

/// An export, and the dataset that it was made from. Stored in plans; fields are never renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfExport {
    /// The SHA-256 of its manifest, as `digest` in `export_manifest.json`.
    pub manifest: String,
    /// The name of the dataset that was exported.
    pub dataset: String,
    /// The fingerprint of that dataset.
    pub fingerprint: String,
}

impl OfExport {
    /// Whether it was made from a dataset.
    pub fn is_from(&self, dataset: &Dataset) -> bool {
        self.fingerprint == dataset.fingerprint.to_string()
    }

    /// The link in words.
    pub(super) fn sentence(&self) -> String {
        let manifest: String = self.manifest.chars().take(12).collect();
        format!("Of an export of “{}” (manifest {manifest}…): this is what is left after cleaning.", self.dataset)
    }
}
