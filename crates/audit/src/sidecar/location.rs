//! The location of a dataset's sidecar. In order: the file that was named; `tilejury.sqlite` in the
//! dataset's root, if that can be written; otherwise a file named by the dataset's fingerprint in
//! the data folder, which the caller passes.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tilejury_data::Dataset;
use tilejury_data::hash::hash;

use super::in_use::alone_with;
use super::inspect::is_writable;
use super::{Sidecar, SidecarError, beside};
use crate::disk::can_create_files;

const FILE_NAME: &str = "tilejury.sqlite";

/// Whether a file in the root of a dataset, by its name, is the sidecar, a file that goes with it,
/// or a copy of it.
pub(crate) fn is_beside_rows(name: &str) -> bool {
    let middle = name.strip_prefix("tilejury.").and_then(|rest| rest.split_once("sqlite"));
    middle.is_some_and(|(middle, end)| {
        !name.contains('/') && (middle.is_empty() || middle.ends_with('.')) && {
            matches!(end, "" | "-wal" | "-shm" | "-journal")
        }
    })
}

/// The location of a sidecar, and the reason for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SidecarLocation {
    /// The file; it need not exist.
    pub path: PathBuf,
    /// The reason.
    pub why: LocationReason,
    /// Another sidecar of this dataset, whose judgements do not count while this one is used.
    pub also: Option<PathBuf>,
}

/// The reason for a sidecar's location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocationReason {
    /// A person named it.
    Named,
    /// The default: the dataset's root.
    Root,
    /// The root cannot be written.
    RootReadOnly,
    /// The dataset is not on this machine.
    NotHere,
    /// The root can be written, but judging started in the data folder when it could not.
    StartedElsewhere,
}

/// The default location.
pub(crate) fn in_root(dataset: &Dataset) -> PathBuf {
    dataset.root.join(FILE_NAME)
}

/// The location for a dataset whose root cannot be written. That of a dataset at an address does
/// not depend on its rows, so that judgements stay with all its revisions.
pub(crate) fn elsewhere(dataset: &Dataset, data_folder: &Path) -> PathBuf {
    match dataset.tiles.storage() {
        Some(storage) => data_folder.join(format!("{}.sqlite", file_name_of(storage.name()))),
        None => data_folder.join(format!("{}.sqlite", dataset.fingerprint)),
    }
}

/// A file name for an address: what of it is allowed in names, and a hash, because different
/// addresses may have the same allowed characters.
fn file_name_of(address: &str) -> String {
    let (_, place) = address.split_once("://").unwrap_or(("", address));
    let allowed: String = place
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' })
        .collect();
    let end: String = allowed.chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect();
    format!("{end}-{:08x}", hash(address.as_bytes(), 0) as u32)
}

/// The sidecar to write to. Existing judgements in a read-only root are copied to the new location
/// first.
///
/// # Errors
/// When that copy fails.
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

/// Opens the sidecar to write to, and creates it if necessary. If the root cannot be written after
/// all, and holds no judgements, the sidecar is created in the data folder. A sidecar without a row
/// becomes that of this dataset. One of [another dataset](super::OtherDataset) is opened as well:
/// callers refuse it before.
///
/// # Errors
/// As [`Sidecar::open`], and when judgements cannot be copied out of a read-only root.
pub fn open_for_writing(
    dataset: &Dataset,
    named: Option<&Path>,
    data_folder: &Path,
) -> Result<(Sidecar, SidecarLocation), SidecarError> {
    let copy_failed = |source| SidecarError::Io { path: data_folder.to_owned(), source };
    let location = for_writing(dataset, named, data_folder).map_err(copy_failed)?;
    let opened = match Sidecar::open(&location.path, dataset.fingerprint) {
        Err(error)
            if error.is_location_unwritable() && location.why == LocationReason::Root && !location.path.exists() =>
        {
            let path = elsewhere(dataset, data_folder);
            let sidecar = Sidecar::open(&path, dataset.fingerprint)?;
            Ok((sidecar, SidecarLocation { path, why: LocationReason::RootReadOnly, also: None }))
        }
        opened => Ok((opened?, location)),
    };
    let (mut sidecar, location) = opened?;
    sidecar.begin_on(dataset)?;
    // Only for people: judging goes on without it.
    let _ = sidecar.note_address(dataset);
    Ok((sidecar, location))
}

/// The sidecar to read from; it may be absent.
pub fn for_reading(dataset: &Dataset, named: Option<&Path>, data_folder: &Path) -> SidecarLocation {
    if let Some(path) = named {
        return SidecarLocation { path: path.to_owned(), why: LocationReason::Named, also: None };
    }
    let location = choose(dataset, data_folder, can_write);
    let in_root = in_root(dataset);
    // SQLite needs to write beside a log to read it. In a read-only root, a copy can be read.
    if location.why == LocationReason::RootReadOnly && !location.path.exists() && beside(&in_root, "-wal").exists() {
        // If even that is impossible, reading fails with an error.
        let _ = copy_with_log(&in_root, &location.path);
    }
    if location.path.exists() || location.why == LocationReason::NotHere {
        return without_known(location);
    }
    SidecarLocation { path: in_root, why: LocationReason::Root, also: None }
}

/// Chooses the root, unless it cannot be written, or judging started in the data folder when it
/// could not.
fn choose(dataset: &Dataset, data_folder: &Path, can_write: impl Fn(&Path, &Path) -> bool) -> SidecarLocation {
    let in_root = in_root(dataset);
    let elsewhere = elsewhere(dataset, data_folder);
    if dataset.tiles.storage().is_some() {
        return SidecarLocation { path: elsewhere, why: LocationReason::NotHere, also: None };
    }
    let if_exists = |path: &PathBuf| path.exists().then(|| path.clone());
    if !can_write(&dataset.root, &in_root) {
        // Judging in the data folder started with a copy of the sidecar in the root, if there was
        // one by then.
        let also = if_exists(&elsewhere).and(if_exists(&in_root));
        return SidecarLocation { path: elsewhere, why: LocationReason::RootReadOnly, also };
    }
    if elsewhere.exists() && !in_root.exists() {
        return SidecarLocation { path: elsewhere, why: LocationReason::StartedElsewhere, also: None };
    }
    SidecarLocation { also: if_exists(&elsewhere), path: in_root, why: LocationReason::Root }
}

/// Drops the other sidecar from a location if this one holds all its events because it started as
/// its copy.
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

/// Copies a sidecar and its write-ahead log. The file gets its name last, when it is complete.
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
    let in_use = || Err(io::Error::other(format!("{} is open in this program; close it first", from.display())));
    alone_with(from, copy).unwrap_or_else(in_use)
}

/// Copies a file without its mode: the original may be read-only.
fn copy_writable(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = fs::File::open(from)?;
    let mut target = fs::File::create(to)?;
    io::copy(&mut source, &mut target)?;
    target.sync_all()
}

/// Whether the sidecar can be written. For its log, SQLite needs the folder as well as the file.
/// Only queries permissions: nothing is written.
fn can_write(root: &Path, file: &Path) -> bool {
    if file.exists() && !is_writable(file) {
        return false;
    }
    can_create_files(root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tilejury_testkit::{Row, Set};

    #[test]
    fn read_only_root_puts_the_sidecar_in_the_data_folder() {
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
        assert_eq!(why(true), LocationReason::StartedElsewhere, "earlier judgements stay visible");
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
        // The connection is still open: everything is only in the log.
        let to = dir.path().join("deep/copy.sqlite");
        copy_with_log(&from, &to).unwrap();
        let copy = rusqlite::Connection::open(&to).unwrap();
        assert_eq!(copy.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).unwrap(), 1);
    }
}
