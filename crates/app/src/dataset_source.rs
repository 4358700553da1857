//! Opens the rows of a dataset from a path or an address: the one way for the window and for the
//! commands. Blocks until the rows are here.

use std::path::Path;

use tilejury_data::Dataset;
use tilejury_data::progress::Progress;

#[cfg(feature = "remote")]
use crate::access::access;
use crate::folders::Folders;

/// Whether a text that names a dataset is an address rather than a path.
pub fn is_address(source: &Path) -> bool {
    #[cfg(feature = "remote")]
    return source.to_str().is_some_and(tilejury_remote::Address::is_meant);
    #[cfg(not(feature = "remote"))]
    return source.to_str().is_some_and(|text| text.contains("://"));
}

/// Opens a dataset: a folder, one of its `.jsonl` files, or an address of either.
///
/// # Errors
/// If it cannot be opened, in words for a person.
pub fn open_dataset(source: &Path, folders: &Folders, progress: &dyn Progress) -> anyhow::Result<Dataset> {
    if !is_address(source) {
        return Ok(Dataset::open(source)?);
    }
    #[cfg(feature = "remote")]
    {
        let address = source.to_string_lossy().parse()?;
        Ok(tilejury_remote::open(&address, &access(folders), progress)?.dataset)
    }
    #[cfg(not(feature = "remote"))]
    {
        let _ = (folders, progress);
        anyhow::bail!("{}: this program was built without access to addresses", source.display())
    }
}
