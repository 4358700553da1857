//! The location of the file of external results: beside the sidecar, under its name with the ending
//! `.outside.sqlite`, so that it follows the sidecar.

use std::io;
use std::path::{Path, PathBuf};

use tilejury_data::Dataset;

use crate::sidecar::location::{LocationReason, SidecarLocation, copy_with_log, elsewhere, in_root};

/// Returns the file that goes with a sidecar: `tilejury.outside.sqlite` beside `tilejury.sqlite`.
pub fn file_beside(sidecar: &Path) -> PathBuf {
    sidecar.with_extension("outside.sqlite")
}

/// Returns the file to read, which may not exist. `sidecar` is the location that judgements are
/// read from, `data_folder` the folder that was passed to find it. Unless the sidecar was named, a
/// file that was imported while the root could not be written also counts, and after it a file in
/// the root.
pub fn for_reading(dataset: &Dataset, sidecar: &SidecarLocation, data_folder: &Path) -> PathBuf {
    let beside = file_beside(&sidecar.path);
    if sidecar.why == LocationReason::Named {
        return beside;
    }
    let others = [file_beside(&elsewhere(dataset, data_folder)), file_beside(&in_root(dataset))];
    let existing = std::iter::once(&beside).chain(&others).find(|path| path.exists());
    existing.unwrap_or(&beside).clone()
}

/// Returns the file to write to. A file at another of the locations is copied first, so that no
/// result becomes invisible.
///
/// # Errors
/// When that copy cannot be made.
pub fn for_writing(dataset: &Dataset, sidecar: &SidecarLocation, data_folder: &Path) -> io::Result<PathBuf> {
    let (from, to) = (for_reading(dataset, sidecar, data_folder), file_beside(&sidecar.path));
    if from != to {
        copy_with_log(&from, &to)?;
    }
    Ok(to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tilejury_testkit::{Row, Set};

    #[test]
    fn follows_the_name_of_the_sidecar() {
        assert_eq!(file_beside(Path::new("/set/tilejury.sqlite")), Path::new("/set/tilejury.outside.sqlite"));
        assert_eq!(file_beside(Path::new("mine")), Path::new("mine.outside.sqlite"));
    }

    #[test]
    fn imports_stay_visible_when_the_root_becomes_read_only() {
        let dir = tempfile::tempdir().unwrap();
        let root = Set::new().row("train", &Row::new("q", "images/a.png")).write(&dir.path().join("set"));
        let dataset = Dataset::open(&root).unwrap();
        let data = dir.path().join("data");
        let at = |path: PathBuf, why: LocationReason| SidecarLocation { path, why, also: None };
        let in_data = at(elsewhere(&dataset, &data), LocationReason::RootReadOnly);
        let usual = at(in_root(&dataset), LocationReason::Root);
        assert_eq!(for_reading(&dataset, &usual, &data), root.join("tilejury.outside.sqlite"));
        std::fs::write(root.join("tilejury.outside.sqlite"), "old").unwrap();
        assert_eq!(for_reading(&dataset, &in_data, &data), root.join("tilejury.outside.sqlite"));
        let written = for_writing(&dataset, &in_data, &data).unwrap();
        assert_eq!(written, file_beside(&in_data.path));
        assert_eq!(std::fs::read(&written).unwrap(), b"old", "copied before it is written to");
        assert_eq!(for_reading(&dataset, &in_data, &data), written);
        let named = at(dir.path().join("mine.sqlite"), LocationReason::Named);
        assert_eq!(for_reading(&dataset, &named, &data), dir.path().join("mine.outside.sqlite"));
    }
}
