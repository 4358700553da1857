//! A sidecar on a disk that several machines share is written by one of them. SQLite relies on
//! memory and locks that all its users share, which two machines do not have: they would damage the
//! file. On a disk of this machine nothing of this happens.

use std::path::Path;

use rusqlite::TransactionBehavior;

use super::inspect::{open_for_inspection, refuse_unless_ours};
use super::machine_note::{put_writer, writer};
use super::network_disk::{Machine, NetworkDisk};
use super::{Sidecar, SidecarError, retry_while_busy, schema};

impl Sidecar {
    /// Refuses a file that another machine writes. Writes nothing.
    pub(super) fn refuse_of_other_machine(path: &Path, disk: Option<&NetworkDisk>) -> Result<(), SidecarError> {
        let Some(disk) = disk else { return Ok(()) };
        let connection = open_for_inspection(path)?;
        let writer = writer(&connection).map_err(|source| SidecarError::Sqlite { path: path.to_owned(), source })?;
        refuse_unless_this(path, disk, writer)
    }

    /// Notes this machine as the one that writes, unless there is one; that one is refused if it is
    /// another. For a sidecar that is open for writing.
    pub(super) fn note_machine(&mut self) -> Result<(), SidecarError> {
        let Some(disk) = self.disk.clone() else { return Ok(()) };
        let path = self.path.clone();
        let mut note = || -> rusqlite::Result<_> {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let found = writer(&transaction)?;
            if found.is_none() {
                put_writer(&transaction, &disk.machine)?;
                transaction.commit()?;
            }
            Ok(found)
        };
        let found = note().map_err(|source| SidecarError::Sqlite { path: path.clone(), source })?;
        refuse_unless_this(&path, &disk, found)
    }

    /// Whether this machine still writes the file: another one may have taken it over.
    pub(super) fn ensure_own_machine(&self) -> Result<(), SidecarError> {
        let Some(disk) = &self.disk else { return Ok(()) };
        let found = writer(&self.connection).map_err(|source| self.failed(source))?;
        refuse_unless_this(&self.path, disk, found)
    }

    /// Lets this machine write a sidecar on a network disk from now on. Returns the machine that
    /// wrote it before; `None` if it was this one, or none.
    ///
    /// # Errors
    /// When there is no sidecar, or it is refused or cannot be written.
    pub fn take_over(path: &Path, disk: &NetworkDisk) -> Result<Option<Machine>, SidecarError> {
        retry_while_busy(|| {
            if !refuse_unless_ours(path, schema::KIND)? {
                let source = std::io::Error::new(std::io::ErrorKind::NotFound, "there is no sidecar");
                return Err(SidecarError::Io { path: path.to_owned(), source });
            }
            let mut sidecar = Self::prepared(path, Some(disk.clone()))?;
            let mut take = || -> rusqlite::Result<_> {
                let transaction = sidecar.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let before = writer(&transaction)?;
                put_writer(&transaction, &disk.machine)?;
                transaction.commit()?;
                Ok(before)
            };
            let before = take().map_err(|source| SidecarError::Sqlite { path: path.to_owned(), source })?;
            Ok(before.filter(|machine| *machine != disk.machine))
        })
    }
}

fn refuse_unless_this(path: &Path, disk: &NetworkDisk, found: Option<Machine>) -> Result<(), SidecarError> {
    match found.filter(|machine| *machine != disk.machine) {
        Some(its) => Err(SidecarError::OtherMachine { path: path.to_owned(), disk: disk.kind.clone(), its }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use tilejury_data::DatasetFingerprint;

    use super::*;

    fn disk(id: &str, name: &str) -> Option<NetworkDisk> {
        Some(NetworkDisk { kind: "NFS".into(), machine: Machine { id: id.into(), name: name.into() } })
    }

    #[test]
    fn one_machine_writes_a_sidecar_on_a_network_disk() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tilejury.sqlite");
        let open = |disk: Option<NetworkDisk>| Sidecar::open_on(&path, DatasetFingerprint(7), disk.as_ref());
        let (first, second) = (open(disk("1", "one")).unwrap(), open(disk("1", "one")).unwrap());
        assert!(!first.has_log() && !second.has_log(), "no memory is shared");
        assert!(!super::super::beside(&path, "-wal").exists());
        drop((first, second));
        let before = std::fs::read(&path).unwrap();
        // A node of a cluster has the home folder, and so the id, of the others.
        for other in [disk("2", "two"), disk("1", "two"), disk("2", "one")] {
            let error = open(other).err().unwrap();
            assert!(matches!(error, SidecarError::OtherMachine { .. }), "{error}");
            for words in ["another machine, “one”", "NFS", "a folder", "PostgreSQL", "`tilejury serve`", "take-over"]
            {
                assert!(error.to_string().contains(words), "{words}: {error}");
            }
        }
        assert_eq!(std::fs::read(&path).unwrap(), before, "a refused file is not changed");
        assert!(Sidecar::open_for_reading(&path).unwrap().is_some(), "it can be read from everywhere");
        assert!(open(None).is_ok(), "on a disk of a machine nothing is refused");
    }

    #[test]
    fn a_sidecar_can_be_taken_over_while_another_machine_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tilejury.sqlite");
        let mut first = Sidecar::open_on(&path, DatasetFingerprint(7), disk("1", "one").as_ref()).unwrap();
        assert!(first.ensure_file_in_place(0).is_ok());
        let other = disk("2", "two").unwrap();
        let before = Sidecar::take_over(&path, &other).unwrap();
        assert_eq!(before.map(|machine| machine.name), Some("one".to_owned()));
        assert_eq!(Sidecar::take_over(&path, &other).unwrap(), None);
        assert!(matches!(first.ensure_file_in_place(0), Err(SidecarError::OtherMachine { .. })));
        assert!(Sidecar::open_on(&path, DatasetFingerprint(7), Some(&other)).is_ok());
        assert!(Sidecar::take_over(&dir.path().join("none.sqlite"), &disk("2", "two").unwrap()).is_err());
    }

    #[test]
    fn a_network_disk_gets_a_journal_and_a_copy_has_no_machine() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tilejury.sqlite");
        assert!(Sidecar::open_on(&path, DatasetFingerprint(7), None).unwrap().has_log());
        let there = Sidecar::open_on(&path, DatasetFingerprint(7), disk("1", "one").as_ref()).unwrap();
        assert!(!there.has_log());
        let copy = dir.path().join("copy.sqlite");
        super::super::copy::copy_whole(&there.connection, &copy).unwrap();
        assert!(Sidecar::open_on(&copy, DatasetFingerprint(7), disk("2", "two").as_ref()).is_ok());
    }
}
