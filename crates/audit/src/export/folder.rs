//! The target folder: filled under a temporary name beside it, renamed when whole, gone again on failure.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ExportError;
use crate::session::new_session_id;

/// A folder in the making. Dropping it unfinished removes it.
pub(super) struct Folder {
    target: PathBuf,
    temporary: PathBuf,
    finished: bool,
    ledger: Arc<Mutex<Ledger>>,
}

/// What is known of finished files, by their names in the folder.
type Ledger = BTreeMap<String, FileFigures>;

/// Size and checksum of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileFigures {
    pub(super) bytes: u64,
    /// In hex; none for a link, whose content is not the export's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sha256: Option<String>,
    /// What it is a link to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) link: Option<String>,
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
        Ok(Self { target, temporary, finished: false, ledger: Arc::default() })
    }

    /// A new file in the folder; its name may have folders in it, parted by `/`.
    pub(super) fn file(&self, name: &str) -> Result<OutFile, ExportError> {
        let path = self.place(name)?;
        let file = File::create_new(&path).map_err(|source| ExportError::Io { path: path.clone(), source })?;
        let writer = BufWriter::with_capacity(1 << 20, file);
        Ok(OutFile { path, name: name.to_owned(), writer, bytes: 0, hash: Sha256::new(), ledger: self.ledger.clone() })
    }

    /// Where a file of that name is written for now; the folders above it are made.
    pub(super) fn place(&self, name: &str) -> Result<PathBuf, ExportError> {
        let path = self.temporary.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|source| ExportError::Io { path: parent.to_owned(), source })?;
        }
        Ok(path)
    }

    /// A second file with the bytes of one that is finished.
    pub(super) fn copy(&self, from: &str, to: &str) -> Result<(), ExportError> {
        let path = self.place(to)?;
        let copy = || {
            fs::copy(self.temporary.join(from), &path)?;
            File::open(&path)?.sync_all()
        };
        copy().map_err(|source| ExportError::Io { path: path.clone(), source })?;
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(figures) = ledger.get(from).cloned() {
            ledger.insert(to.to_owned(), figures);
        }
        Ok(())
    }

    /// Notes down that a file is a link to another, of so many bytes, so that nobody reads it for its checksum.
    pub(super) fn linked(&self, name: &str, to: &Path, bytes: u64) {
        let link = Some(to.to_string_lossy().into_owned());
        let figures = FileFigures { bytes, sha256: None, link };
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), figures);
    }

    /// The folder as it stands before it has its name.
    pub(super) fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// Every file so far with its figures, by name; links to files count as what they lead to. Files that were not written
    /// through [`OutFile`] are read for it; `go_on` is told of the bytes read, and stops it by `false`.
    pub(super) fn figures(
        &self,
        go_on: &mut dyn FnMut(u64) -> bool,
    ) -> Result<BTreeMap<String, FileFigures>, ExportError> {
        let names =
            files_below(&self.temporary).map_err(|source| ExportError::Io { path: self.temporary.clone(), source })?;
        let known = self.ledger.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut figures = BTreeMap::new();
        for name in names {
            let of_file = match known.get(&name) {
                Some(figures) => figures.clone(),
                None => figures_of(&self.temporary.join(&name), go_on)?,
            };
            figures.insert(name, of_file);
        }
        Ok(figures)
    }

    /// Gives the folder its name. Returns the names of its files, sorted.
    pub(super) fn finish(mut self) -> Result<Vec<String>, ExportError> {
        let failed = |source| ExportError::Io { path: self.target.clone(), source };
        let names = files_below(&self.temporary).map_err(failed)?;
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

/// The names of all files below a folder, sorted, parted by `/`. A link to a folder counts as a file.
pub(super) fn files_below(folder: &Path) -> io::Result<Vec<String>> {
    fn walk(folder: &Path, before: &str, names: &mut Vec<String>) -> io::Result<()> {
        for entry in folder.read_dir()? {
            let entry = entry?;
            let name = format!("{before}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                walk(&entry.path(), &format!("{name}/"), names)?;
            } else {
                names.push(name);
            }
        }
        Ok(())
    }
    let mut names = Vec::new();
    walk(folder, "", &mut names)?;
    names.sort();
    Ok(names)
}

/// Size and checksum of a file; `go_on` is told of the bytes read, and stops it by `false`.
pub(super) fn figures_of(path: &Path, go_on: &mut dyn FnMut(u64) -> bool) -> Result<FileFigures, ExportError> {
    let failed = |source| ExportError::Io { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 20]);
    loop {
        let read = file.read(&mut buffer).map_err(failed)?;
        if read == 0 {
            return Ok(FileFigures { bytes, sha256: Some(hex(hash)), link: None });
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
        if !go_on(read as u64) {
            return Err(ExportError::Cancelled);
        }
    }
}

fn hex(hash: Sha256) -> String {
    use std::fmt::Write as _;
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A file in the making.
pub(super) struct OutFile {
    path: PathBuf,
    name: String,
    writer: BufWriter<File>,
    bytes: u64,
    hash: Sha256,
    ledger: Arc<Mutex<Ledger>>,
}

impl OutFile {
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        self.writer.write_all(bytes).map_err(|source| ExportError::Io { path: self.path.clone(), source })
    }

    /// Writes a value as one line of JSON.
    pub(super) fn write_json(&mut self, value: &impl Serialize) -> Result<(), ExportError> {
        let mut line = serde_json::to_vec(value)
            .map_err(|error| ExportError::Io { path: self.path.clone(), source: error.into() })?;
        line.push(b'\n');
        self.write(&line)
    }

    /// Brings everything to disk.
    pub(super) fn finish(mut self) -> Result<(), ExportError> {
        let finish = self.writer.flush().and_then(|()| self.writer.get_ref().sync_all());
        finish.map_err(|source| ExportError::Io { path: self.path.clone(), source })?;
        let figures = FileFigures { bytes: self.bytes, sha256: Some(hex(self.hash)), link: None };
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner).insert(self.name, figures);
        Ok(())
    }
}
