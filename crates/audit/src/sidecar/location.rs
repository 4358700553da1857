//! Where a dataset's sidecar is. The rule, in order: the file that was named; `tilejury.sqlite` in the dataset's root
//! where that can be written; else a file of the dataset's fingerprint in the person's data folder, which the caller
//! names.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use tilejury_data::Dataset;

const FILE_NAME: &str = "tilejury.sqlite";

/// A sidecar's place, and why it is that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file; it need not exist.
    pub path: PathBuf,
    /// Why there.
    pub why: Why,
}

/// Why a sidecar lies where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Somebody named it.
    Named,
    /// The usual place: the dataset's root.
    Root,
    /// The root cannot be written.
    RootReadOnly,
}

/// The sidecar to write to. In a read-only root, judgements that lie there already are copied to the new place first.
///
/// # Errors
/// When that copy cannot be made.
pub fn for_writing(dataset: &Dataset, named: Option<&Path>, data_folder: &Path) -> io::Result<Location> {
    if let Some(path) = named {
        return Ok(Location { path: path.to_owned(), why: Why::Named });
    }
    let in_root = dataset.root.join(FILE_NAME);
    if can_write(&dataset.root, &in_root) {
        return Ok(Location { path: in_root, why: Why::Root });
    }
    let path = in_data_folder(dataset, data_folder);
    if in_root.exists() && !path.exists() {
        fs::create_dir_all(data_folder)?;
        fs::copy(&in_root, &path)?;
        // A copy keeps the mode, and the original may be read-only.
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    }
    Ok(Location { path, why: Why::RootReadOnly })
}

/// The sidecar to read from; it may be absent.
pub fn for_reading(dataset: &Dataset, named: Option<&Path>, data_folder: &Path) -> Location {
    if let Some(path) = named {
        return Location { path: path.to_owned(), why: Why::Named };
    }
    let in_root = dataset.root.join(FILE_NAME);
    let elsewhere = in_data_folder(dataset, data_folder);
    if elsewhere.exists() && !can_write(&dataset.root, &in_root) {
        return Location { path: elsewhere, why: Why::RootReadOnly };
    }
    Location { path: in_root, why: Why::Root }
}

fn in_data_folder(dataset: &Dataset, data_folder: &Path) -> PathBuf {
    data_folder.join(format!("{}.sqlite", dataset.fingerprint))
}

/// Can the sidecar be written there? SQLite needs the folder as well as the file, for its log.
fn can_write(root: &Path, file: &Path) -> bool {
    if file.exists() && OpenOptions::new().append(true).open(file).is_err() {
        return false;
    }
    let probe = root.join(format!(".tilejury-probe-{}", std::process::id()));
    let made = OpenOptions::new().write(true).create_new(true).open(&probe).is_ok();
    made && fs::remove_file(&probe).is_ok()
}
