//! The file with what was imported for a dataset, as a thread that plans an audit opens it. Reads;
//! imports nothing.

use std::path::PathBuf;

use tilejury_audit::external::{self, ExternalStore};
use tilejury_audit::sidecar::SidecarLocation;
use tilejury_data::Dataset;

/// The place of the file: beside the sidecar, or in the folder of sidecars.
#[derive(Clone, Debug)]
pub(crate) struct ImportedStore {
    pub(crate) sidecar: SidecarLocation,
    /// The folder of sidecars that are not beside their dataset.
    pub(crate) sidecars: PathBuf,
}

impl ImportedStore {
    /// Opens it. It blocks; the error is for a person to read.
    pub(crate) fn open(&self, dataset: &Dataset) -> Result<ExternalStore, String> {
        let file = external::for_reading(dataset, &self.sidecar, &self.sidecars);
        let store = ExternalStore::open_for_reading(&file).map_err(|error| error.to_string())?;
        store.ok_or_else(|| "neither reviews nor scores were imported for this dataset".to_owned())
    }
}
