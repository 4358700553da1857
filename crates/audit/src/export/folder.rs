//! The target folder: filled under a temporary name beside it, renamed when whole, gone again on failure.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::ExportError;
use crate::session::new_session_id;

/// A folder in the making. Dropping it unfinished removes it.
pub(super) struct Folder {
    target: PathBuf,
    temporary: PathBuf,
    finished: bool,
}

impl Folder {
    /// Refuses a target that holds anything, then makes the temporary folder.
    pub(super) fn create(target: &Path) -> Result<Self, ExportError> {
        let failed = |source| ExportError::Io { path: target.to_owned(), source };
        let absolute = std::path::absolute(target).map_err(failed)?;
        // `absolute` keeps a trailing slash; a file name is needed.
        let target: PathBuf = absolute.components().collect();
        // A link to an empty folder stands for that folder.
        let target = if target.is_symlink() { target.canonicalize().map_err(failed)? } else { target };
        match target.read_dir() {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(ExportError::NotEmpty(target));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(ExportError::NoFolder(target)),
            Err(source) => return Err(failed(source)),
        }
        let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
            return Err(ExportError::NotEmpty(target));
        };
        if !parent.is_dir() {
            return Err(ExportError::NoParent(parent.to_owned()));
        }
        // An empty folder gives way in the end. Where it cannot, being a mount point, it is better to know now.
        if target.is_dir() {
            fs::remove_dir(&target).and_then(|()| fs::create_dir(&target)).map_err(failed)?;
        }
        let temporary = parent.join(format!(".{}.tilejury-{}", name.to_string_lossy(), new_session_id()));
        // Its own name would say nothing to anybody: it is the parent that cannot be written.
        fs::create_dir(&temporary).map_err(|source| ExportError::Io { path: parent.to_owned(), source })?;
        Ok(Self { target, temporary, finished: false })
    }

    /// A new file in the folder.
    pub(super) fn file(&self, name: &str) -> Result<OutFile, ExportError> {
        let path = self.temporary.join(name);
        let file = File::create_new(&path).map_err(|source| ExportError::Io { path: path.clone(), source })?;
        Ok(OutFile { path, writer: BufWriter::with_capacity(1 << 20, file) })
    }

    /// A second file with the bytes of one that is finished.
    pub(super) fn copy(&self, from: &str, to: &str) -> Result<(), ExportError> {
        let path = self.temporary.join(to);
        let copy = || {
            fs::copy(self.temporary.join(from), &path)?;
            File::open(&path)?.sync_all()
        };
        copy().map_err(|source| ExportError::Io { path: path.clone(), source })
    }

    /// Gives the folder its name. Returns the names of its files, sorted.
    pub(super) fn finish(mut self) -> Result<Vec<String>, ExportError> {
        let failed = |source| ExportError::Io { path: self.target.clone(), source };
        let mut names = Vec::new();
        for entry in self.temporary.read_dir().map_err(failed)? {
            names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        // An empty folder gives way; on Unix `rename` would replace it, on Windows it would not.
        if self.target.is_dir() {
            fs::remove_dir(&self.target).map_err(failed)?;
        }
        fs::rename(&self.temporary, &self.target).map_err(failed)?;
        self.finished = true;
        #[cfg(unix)]
        if let Some(parent) = self.target.parent() {
            // The name is as much part of the export as the bytes. Some file systems cannot sync a folder.
            let _ = File::open(parent).and_then(|folder| folder.sync_all());
        }
        Ok(names)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.finished {
            let _ = fs::remove_dir_all(&self.temporary);
        }
    }
}

/// A file in the making.
pub(super) struct OutFile {
    path: PathBuf,
    writer: BufWriter<File>,
}

impl OutFile {
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        self.writer.write_all(bytes).map_err(|source| ExportError::Io { path: self.path.clone(), source })
    }

    /// Brings everything to disk.
    pub(super) fn finish(mut self) -> Result<(), ExportError> {
        let finish = self.writer.flush().and_then(|()| self.writer.get_ref().sync_all());
        finish.map_err(|source| ExportError::Io { path: self.path.clone(), source })
    }
}
