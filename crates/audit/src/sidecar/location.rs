//! Where a dataset's sidecar is. The rule, in order: the file that was named; `tilejury.sqlite` in the dataset's root
//! where that can be written; else a file of the dataset's fingerprint in the person's data folder, which the caller
//! names.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tilejury_data::Dataset;

use super::in_use::alone_with;
use super::inspect::is_writable;
use super::{Sidecar, SidecarError, beside};

const FILE_NAME: &str = "tilejury.sqlite";

/// A sidecar's place, and why it is that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SidecarLocation {
    /// The file; it need not exist.
    pub path: PathBuf,
    /// Why there.
    pub why: LocationReason,
    /// Another sidecar of this dataset, whose judgements do not count as long as this one is used.
    pub also: Option<PathBuf>,
}

/// Why a sidecar lies where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocationReason {
    /// Somebody named it.
    Named,
    /// The usual place: the dataset's root.
    Root,
    /// The root cannot be written.
    RootReadOnly,
    /// The root can be written, but judging was begun in the data folder while it could not.
    StartedElsewhere,
}

/// The usual place.
pub(crate) fn in_root(dataset: &Dataset) -> PathBuf {
    dataset.root.join(FILE_NAME)
}

/// The place for a dataset whose root cannot be written.
pub(crate) fn elsewhere(dataset: &Dataset, data_folder: &Path) -> PathBuf {
    data_folder.join(format!("{}.sqlite", dataset.fingerprint))
}

/// The sidecar to write to. In a read-only root, judgements that lie there already are copied to the new place first.
///
/// # Errors
/// When that copy cannot be made.
pub fn for_writing(dataset: &Dataset, named: Option<&Path>, data_folder: &Path) -> io::Result<SidecarLocation> {
    if let Some(path) = named {
        return Ok(SidecarLocation { path: path.to_owned(), why: LocationReason::Named, also: None });
    }
    let location = choose(dataset, data_folder, can_write);
    let in_root = in_root(dataset);
    if location.why != LocationReason::Root && in_root.exists() && !location.path.exists() {
        copy_with_log(&in_root, &location.path)?;
    }
    Ok(without_known(location))
}

/// Opens the sidecar to write to, made if need be. Where the root does not take it, whatever it says of itself, and nothing
/// was judged there, it is made in the data folder.
///
/// # Errors
/// As [`Sidecar::open`], and when judgements cannot be copied out of a read-only root.
pub fn open_for_writing(
    dataset: &Dataset,
    named: Option<&Path>,
    data_folder: &Path,
) -> Result<(Sidecar, SidecarLocation), SidecarError> {
    let no_place = |source| SidecarError::Io { path: data_folder.to_owned(), source };
    let location = for_writing(dataset, named, data_folder).map_err(no_place)?;
    match Sidecar::open(&location.path, dataset.fingerprint) {
        Err(error)
            if error.is_location_unwritable() && location.why == LocationReason::Root && !location.path.exists() =>
        {
            let path = elsewhere(dataset, data_folder);
            let sidecar = Sidecar::open(&path, dataset.fingerprint)?;
            Ok((sidecar, SidecarLocation { path, why: LocationReason::RootReadOnly, also: None }))
        }
        opened => Ok((opened?, location)),
    }
}

/// The sidecar to read from; it may be absent.
pub fn for_reading(dataset: &Dataset, named: Option<&Path>, data_folder: &Path) -> SidecarLocation {
    if let Some(path) = named {
        return SidecarLocation { path: path.to_owned(), why: LocationReason::Named, also: None };
    }
    let location = choose(dataset, data_folder, can_write);
    let in_root = in_root(dataset);
    // A log that cannot be read where it lies: SQLite needs to write beside it. A copy can be read.
    if location.why == LocationReason::RootReadOnly && !location.path.exists() && beside(&in_root, "-wal").exists() {
        // Where even that is impossible, reading fails in place, with words.
        let _ = copy_with_log(&in_root, &location.path);
    }
    if location.path.exists() {
        return without_known(location);
    }
    SidecarLocation { path: in_root, why: LocationReason::Root, also: None }
}

/// The root, unless it cannot be written, or judging was begun in the data folder while it could not.
fn choose(dataset: &Dataset, data_folder: &Path, can_write: impl Fn(&Path, &Path) -> bool) -> SidecarLocation {
    let in_root = in_root(dataset);
    let elsewhere = elsewhere(dataset, data_folder);
    let in_use = |path: &PathBuf| path.exists().then(|| path.clone());
    if !can_write(&dataset.root, &in_root) {
        // Judging in the data folder began with a copy of what lies in the root, if anything did by then.
        let also = in_use(&elsewhere).and(in_use(&in_root));
        return SidecarLocation { path: elsewhere, why: LocationReason::RootReadOnly, also };
    }
    if elsewhere.exists() && !in_root.exists() {
        return SidecarLocation { path: elsewhere, why: LocationReason::StartedElsewhere, also: None };
    }
    SidecarLocation { also: in_use(&elsewhere), path: in_root, why: LocationReason::Root }
}

/// Forgets the other sidecar where this one holds all its events, having begun as its copy.
fn without_known(location: SidecarLocation) -> SidecarLocation {
    let events = |path: &Path| {
        let events = Sidecar::open_for_reading(path).ok()??.events().ok()?;
        Some(events.into_iter().map(|event| (event.step.session, event.seq)).collect::<HashSet<_>>())
    };
    let known = location.also.as_deref().is_some_and(|also| match (events(also), events(&location.path)) {
        (Some(theirs), Some(ours)) => theirs.is_subset(&ours),
        _ => false,
    });
    SidecarLocation { also: location.also.filter(|_| !known), ..location }
}

/// Copies a sidecar and what of it is still in its write-ahead log. The file gets its name last: then it is whole.
pub(crate) fn copy_with_log(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    let copy = || {
        if beside(from, "-wal").exists() {
            copy_writable(&beside(from, "-wal"), &beside(to, "-wal"))?;
        }
        let temporary = to.with_extension(format!("{}.tmp", std::process::id()));
        copy_writable(from, &temporary)?;
        fs::rename(temporary, to)
    };
    let in_use = || Err(io::Error::other(format!("{} is open here; close it first", from.display())));
    alone_with(from, copy).unwrap_or_else(in_use)
}

/// A copy keeps the mode, and the original may be read-only.
fn copy_writable(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = fs::File::open(from)?;
    let mut target = fs::File::create(to)?;
    io::copy(&mut source, &mut target)?;
    target.sync_all()
}

/// Can the sidecar be written there? SQLite needs the folder as well as the file, for its log. Only asks: nothing is
/// written to find out.
fn can_write(root: &Path, file: &Path) -> bool {
    if file.exists() && !is_writable(file) {
        return false;
    }
    takes_files(root)
}

#[cfg(unix)]
fn takes_files(folder: &Path) -> bool {
    use rustix::fs::{Access, access};
    access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

/// What the attribute says; where it is wrong, making the file tells.
#[cfg(not(unix))]
fn takes_files(folder: &Path) -> bool {
    folder.metadata().is_ok_and(|metadata| !metadata.permissions().readonly())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tilejury_testkit::{Row, Set};

    #[test]
    fn a_root_that_cannot_be_written_leaves_judging_in_the_data_folder() {
        let dir = tempfile::tempdir().unwrap();
        let root = Set::new().row("train", &Row::new("q", "images/a.png")).write(&dir.path().join("set"));
        let dataset = Dataset::open(&root).unwrap();
        let data = dir.path().join("data");
        let why = |writable: bool| choose(&dataset, &data, |_, _| writable).why;
        assert_eq!((why(true), why(false)), (LocationReason::Root, LocationReason::RootReadOnly));
        let elsewhere = choose(&dataset, &data, |_, _| false).path;
        assert_eq!(elsewhere, data.join(format!("{}.sqlite", dataset.fingerprint)));
        fs::create_dir(&data).unwrap();
        fs::write(&elsewhere, b"begun").unwrap();
        assert_eq!(why(true), LocationReason::StartedElsewhere, "nobody loses sight of what was judged before");
        fs::write(root.join(FILE_NAME), b"newer").unwrap();
        assert_eq!(why(true), LocationReason::Root);
    }

    #[test]
    fn a_copied_sidecar_brings_its_log_along() {
        let dir = tempfile::tempdir().unwrap();
        let from = dir.path().join("tilejury.sqlite");
        let connection = rusqlite::Connection::open(&from).unwrap();
        connection.pragma_update(None, "journal_mode", "wal").unwrap();
        connection.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)").unwrap();
        // The connection is still open: everything is in the log alone.
        let to = dir.path().join("deep/copy.sqlite");
        copy_with_log(&from, &to).unwrap();
        let copy = rusqlite::Connection::open(&to).unwrap();
        assert_eq!(copy.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).unwrap(), 1);
    }
}
