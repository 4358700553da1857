//! Whether a dataset is an export, and of which dataset. Only reads.

use std::path::Path;

use serde_json::Value;
use tilejury_data::Dataset;

use super::ExportError;
use super::checksums::FileChecksum;
use super::manifest::{MANIFEST, Manifest, digest, name_in};
use crate::audits::OfExport;
use crate::progress::Progress;

/// An export that was opened as a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportOrigin {
    /// The link to the dataset that was exported.
    pub of_export: OfExport,
    /// Whether the export has pictures or links to them; without, its tiles cannot be seen.
    pub has_pictures: bool,
}

/// The origin of a dataset that is an export; `None` if it has no manifest.
///
/// # Errors
/// If the manifest cannot be read or was changed, if the rows are not those that it names, or if
/// `progress` stopped the work. An audit of such rows would not measure the export.
pub fn origin_of(dataset: &Dataset, progress: &dyn Progress) -> Result<Option<ExportOrigin>, ExportError> {
    let path = dataset.root.join(MANIFEST);
    if dataset.tiles.storage().is_some() || !path.exists() {
        return Ok(None);
    }
    let failed = |source| ExportError::Io { path: path.clone(), source };
    let changed = |what: &str| failed(std::io::Error::other(format!("{what}; `tilejury verify-export` says more")));
    let text = std::fs::read(&path).map_err(failed)?;
    let (Ok(value), Ok(manifest)) = (serde_json::from_slice::<Value>(&text), serde_json::from_slice::<Manifest>(&text))
    else {
        return Err(changed("not a manifest that this version can read"));
    };
    let found = digest(&value);
    if manifest.digest.as_ref().is_some_and(|stated| *stated != found) {
        return Err(changed("the manifest was changed since the export"));
    }
    for split in &dataset.splits {
        let name = name_in(dataset, &split.file);
        let stated = manifest.outputs.get(&name);
        let read = FileChecksum::from_split(split, progress)?;
        if !stated.is_some_and(|stated| stated.bytes == read.bytes && stated.sha256 == read.sha256) {
            return Err(changed(&format!("{name} is not the file that was exported")));
        }
    }
    let of_export =
        OfExport { manifest: found, dataset: manifest.dataset.name, fingerprint: manifest.dataset.fingerprint };
    let has_pictures = manifest.options["images"].as_str().is_some_and(|images| images != "none");
    Ok(Some(ExportOrigin { of_export, has_pictures }))
}

/// Whether a folder is an export, or a format of one, without the rows in the form of a dataset:
/// the format `jsonl` was not chosen.
pub fn lacks_rows(folder: &Path) -> bool {
    let manifest = [Some(folder), folder.parent()].into_iter().flatten().map(|folder| folder.join(MANIFEST));
    let Some(text) = manifest.filter_map(|path| std::fs::read(path).ok()).next() else { return false };
    let formats = |value: &Value| value["options"]["formats"].as_array().cloned();
    let Some(formats) = serde_json::from_slice::<Value>(&text).ok().as_ref().and_then(formats) else { return false };
    !folder.join(MANIFEST).exists() || !formats.iter().any(|format| format == "jsonl")
}
