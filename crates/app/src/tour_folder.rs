//! The folder of the tour's copy of the demo: one per process, in the cache folder, and removed
//! with everything in it when the tour ends. No other dataset and no sidecar of a person is in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::demo;
use crate::folders::Folders;

/// Copies of processes that ended without removing theirs are removed after this time.
const LEFT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// The dataset of the tour of this process. It need not exist yet.
pub(crate) fn dataset(folders: &Folders) -> PathBuf {
    folders.cache.join("tour").join(std::process::id().to_string()).join("demo")
}

/// Writes the dataset, without anything that an earlier tour left there.
///
/// # Errors
/// If the folder cannot be written.
pub(crate) fn write(dataset: &Path) -> io::Result<PathBuf> {
    remove(dataset);
    if let Some(own) = dataset.parent() {
        own.parent().into_iter().for_each(remove_old);
        fs::create_dir_all(own)?;
    }
    demo::write(dataset)
}

/// Removes the dataset and what was exported beside it. A file that cannot be removed is left to
/// the next tour.
pub(crate) fn remove(dataset: &Path) {
    if let Some(own) = dataset.parent() {
        let _ = fs::remove_dir_all(own);
    }
}

fn remove_old(tours: &Path) {
    for entry in tours.read_dir().into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|metadata| metadata.modified()).map(|at| at.elapsed().unwrap_or_default());
        if age.is_ok_and(|age| age > LEFT_FOR) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_begins_without_what_an_earlier_tour_left() {
        let dir = tempfile::tempdir().unwrap();
        let set = dataset(&Folders::below(dir.path()));
        assert!(set.starts_with(dir.path().join("cache")));
        write(&set).unwrap();
        fs::write(set.join("tilejury.sqlite"), b"judgements").unwrap();
        fs::create_dir(set.with_file_name("demo-clean")).unwrap();
        write(&set).unwrap();
        assert!(demo::is_complete(&set) && !set.join("tilejury.sqlite").exists());
        assert!(!set.with_file_name("demo-clean").exists());
        remove(&set);
        assert!(!set.parent().unwrap().exists());
    }
}
