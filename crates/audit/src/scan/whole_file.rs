//! A file that is written under another name and gets its own name last, so that it is whole or not
//! there. Two processes never write the same file at the same time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// An unfinished file. Unless it is finished, dropping it removes what was written.
#[derive(Debug)]
pub(super) struct WholeFile {
    file: File,
    own: PathBuf,
    to: PathBuf,
    is_finished: bool,
}

impl WholeFile {
    /// Begins a file. What a process left that was killed is written over.
    ///
    /// # Errors
    /// If the file cannot be made, or another process is writing it.
    pub(super) fn begin(to: &Path) -> io::Result<Self> {
        if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        let own = PathBuf::from(format!("{}.unfinished", to.display()));
        let file = OpenOptions::new().create(true).write(true).truncate(false).open(&own)?;
        let busy = || io::Error::other("another process is writing this file");
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(busy()),
            // Some file systems of clusters have no locks; there, one process writes one file.
            Err(TryLockError::Error(_)) => {}
        }
        // The process that held it may have given it its name meanwhile.
        if !own.exists() {
            return Err(busy());
        }
        file.set_len(0)?;
        Ok(Self { file, own, to: to.to_owned(), is_finished: false })
    }

    /// Gives the file its name, once its content is on the disk.
    ///
    /// # Errors
    /// If the system fails; then the file is removed.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.own, &self.to)?;
        self.is_finished = true;
        Ok(())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if !self.is_finished {
            let _ = fs::remove_file(&self.own);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_is_whole_or_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/part.parquet");
        let mut file = WholeFile::begin(&path).unwrap();
        file.write_all(b"half").unwrap();
        assert!(WholeFile::begin(&path).is_err(), "another process writes it");
        drop(file);
        assert_eq!(path.parent().unwrap().read_dir().unwrap().count(), 0);
        fs::write(dir.path().join("a/part.parquet.unfinished"), "left by a killed process").unwrap();
        let mut file = WholeFile::begin(&path).unwrap();
        file.write_all(b"whole").unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(path.parent().unwrap().read_dir().unwrap().count(), 1);
    }
}
