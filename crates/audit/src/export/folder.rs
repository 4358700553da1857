//! The target folder: filled under a temporary name beside it, renamed when complete, removed on
//! failure.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use tilejury_data::Dataset;

use super::ExportError;
use super::checksums::{BytesRead, FileChecksum, figures_of_all, size_of};
use super::out_file::{FileLedger, OutFile, finish_all, locked};
use crate::session::new_session_id;

/// Characters of the target's name that the temporary folder has in its own name.
const NAME_UP_TO: usize = 40;

/// An unfinished folder. Dropping it before [`Self::finish`] removes it.
pub(crate) struct ExportFolder {
    target: PathBuf,
    temporary: PathBuf,
    finished: bool,
    ledger: Arc<Mutex<FileLedger>>,
}

impl ExportFolder {
    /// Creates the temporary folder. Refuses a target that is not empty.
    pub(crate) fn create(target: &Path) -> Result<Self, ExportError> {
        let failed = |source| ExportError::Io { path: target.to_owned(), source };
        let target = usable_target(target)?;
        let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
            return Err(ExportError::NotEmpty(target));
        };
        // The beginning of the name shows whose it is if it is left over; the whole name might be
        // too long.
        let beginning: String = name.to_string_lossy().chars().take(NAME_UP_TO).collect();
        let temporary = parent.join(format!(".{beginning}.tilejury-{}", new_session_id()));
        // An error with the temporary name would help nobody: it is the parent that cannot be
        // written.
        fs::create_dir(&temporary).map_err(|source| ExportError::Io { path: parent.to_owned(), source })?;
        let folder = Self { target, temporary, finished: false, ledger: Arc::default() };
        folder.take_rights_of_target().map_err(failed)?;
        Ok(folder)
    }

    /// Gives the temporary folder the permissions of an empty target folder, which it will replace.
    /// If the target cannot be replaced because it is a mount point, it is better to know now.
    fn take_rights_of_target(&self) -> io::Result<()> {
        let Ok(metadata) = self.target.metadata() else { return Ok(()) };
        fs::remove_dir(&self.target)?;
        fs::create_dir(&self.target)?;
        fs::set_permissions(&self.target, metadata.permissions())?;
        // A folder that accepts no files would not accept the export either.
        if metadata.permissions().readonly() {
            return Ok(());
        }
        fs::set_permissions(&self.temporary, metadata.permissions())
    }

    /// Creates a file in the folder. Its name may include folders, separated by `/`.
    pub(crate) fn file(&self, name: &str) -> Result<OutFile, ExportError> {
        self.same_files(&[name.to_owned()])
    }

    /// Creates files with the same bytes.
    pub(super) fn same_files(&self, names: &[String]) -> Result<OutFile, ExportError> {
        let with_path = |name: &String| Ok((name.clone(), self.create_path(name)?));
        let files = names.iter().map(with_path).collect::<Result<Vec<_>, ExportError>>()?;
        OutFile::new(&files, self.ledger.clone())
    }

    /// Returns the temporary path of a file, and creates the folders above it. Names come from
    /// rows, so a name that would lead out of the folder is refused, although it can hardly occur
    /// here. So is a link on the way to it.
    pub(super) fn create_path(&self, name: &str) -> Result<PathBuf, ExportError> {
        let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        if name.is_empty() || !inside {
            let source = io::Error::new(io::ErrorKind::InvalidInput, format!("`{name}` is not a usable file name"));
            return Err(ExportError::Io { path: self.target.clone(), source });
        }
        let mut path = self.temporary.clone();
        for part in Path::new(name).components() {
            make_folder(&path).map_err(|source| ExportError::Io { path: path.clone(), source })?;
            path.push(part);
        }
        Ok(path)
    }

    /// Writes a picture as a new file, whole. It is not on disk before [`Self::sync`]: waiting for
    /// the disk after each of 200,000 files would take longer than writing them.
    pub(super) fn picture(&self, name: &str, bytes: &[u8]) -> Result<(), ExportError> {
        let path = self.create_path(name)?;
        let write = || File::create_new(&path)?.write_all(bytes);
        write().map_err(|source| ExportError::Io { path: path.clone(), source })?;
        self.record_figures(name, FileChecksum::from_bytes(bytes));
        Ok(())
    }

    /// Gives a picture a second name; copies it if the file system has no hard links.
    pub(super) fn same_picture(&self, from: &str, to: &str) -> Result<(), ExportError> {
        let (source, path) = (self.create_path(from)?, self.create_path(to)?);
        let link = || match fs::hard_link(&source, &path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
            // `fs::copy` would overwrite a file that appeared in the meantime.
            Err(_) => io::copy(&mut File::open(&source)?, &mut File::create_new(&path)?).map(|_| ()),
            Ok(()) => Ok(()),
        };
        link().map_err(|source| ExportError::Io { path: path.clone(), source })?;
        self.known_as(from, to);
        Ok(())
    }

    /// Syncs the files that [`Self::picture`] wrote to disk: on Linux the whole file system at
    /// once, elsewhere file by file.
    pub(super) fn sync(&self, names: &[String]) -> Result<(), ExportError> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let result = {
            let _ = names;
            File::open(&self.temporary).and_then(|folder| Ok(rustix::fs::syncfs(folder)?))
        };
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let result = names
            .iter()
            .try_for_each(|name| fs::OpenOptions::new().append(true).open(self.temporary.join(name))?.sync_all());
        result.map_err(|source| ExportError::Io { path: self.target.clone(), source })
    }

    fn record_figures(&self, name: &str, figures: FileChecksum) {
        locked(&self.ledger).record(name, figures);
    }

    fn known_as(&self, from: &str, to: &str) {
        let mut ledger = locked(&self.ledger);
        if let Some(figures) = ledger.known().get(from).cloned() {
            ledger.record(to, figures);
        }
    }

    /// Records that a file is a link to another file of this size, so that it is not read for its
    /// checksum.
    pub(super) fn linked(&self, name: &str, to: &Path, bytes: u64) {
        let link = Some(to.to_string_lossy().into_owned());
        self.record_figures(name, FileChecksum { bytes, sha256: None, link, version: None });
    }

    /// The final path of the folder, as the person chose it.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// The path of the folder before it gets its final name.
    pub(super) fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// Returns the files so far that were not written through [`OutFile`] and must be read for
    /// their checksums: their names, paths, and total size in bytes.
    pub(super) fn unread(&self) -> Result<(Vec<(String, PathBuf)>, u64), ExportError> {
        let names =
            files_below(&self.temporary).map_err(|source| ExportError::Io { path: self.temporary.clone(), source })?;
        let ledger = finish_all(&self.ledger)?;
        let unread = names.into_iter().filter(|name| !ledger.known().contains_key(name));
        let unread: Vec<_> = unread.map(|name| (name.clone(), self.temporary.join(name))).collect();
        for (_, path) in &unread {
            let checked = path.symlink_metadata().and_then(|metadata| not_a_link(&metadata));
            checked.map_err(|source| ExportError::Io { path: path.clone(), source })?;
        }
        let bytes = unread.iter().map(|(_, path)| size_of(path)).sum::<Result<u64, _>>()?;
        Ok((unread, bytes))
    }

    /// Returns the figures of every file so far, by name. The `unread` files are read for it;
    /// their bytes are reported.
    pub(super) fn figures(
        &self,
        unread: &[(String, PathBuf)],
        read: &BytesRead<'_>,
    ) -> Result<BTreeMap<String, FileChecksum>, ExportError> {
        let mut figures = figures_of_all(unread, read)?;
        let ledger = finish_all(&self.ledger)?;
        figures.extend(ledger.known().iter().map(|(name, figures)| (name.clone(), figures.clone())));
        Ok(figures)
    }

    /// Returns the figures of the files that were written so far, by name, once they are on disk.
    pub(super) fn written(&self) -> Result<BTreeMap<String, FileChecksum>, ExportError> {
        Ok(finish_all(&self.ledger)?.known().clone())
    }

    /// Gives the folder its name. Returns the names of its files, sorted.
    pub(crate) fn finish(mut self) -> Result<Vec<String>, ExportError> {
        drop(finish_all(&self.ledger)?);
        let failed = |source| ExportError::Io { path: self.target.clone(), source };
        let names = files_below(&self.temporary).map_err(failed)?;
        // An empty folder is removed first: on Unix `rename` would replace it, on Windows it would
        // not.
        if self.target.is_dir() {
            fs::remove_dir(&self.target).map_err(failed)?;
        }
        fs::rename(&self.temporary, &self.target).map_err(failed)?;
        self.finished = true;
        #[cfg(unix)]
        if let Some(parent) = self.target.parent() {
            // The name is as much part of the export as the bytes. Some file systems cannot sync a
            // folder.
            let _ = File::open(parent).and_then(|folder| folder.sync_all());
        }
        Ok(names)
    }
}

impl Drop for ExportFolder {
    fn drop(&mut self) {
        if !self.finished {
            // Threads that still write would prevent the removal.
            drop(finish_all(&self.ledger));
            let _ = fs::remove_dir_all(&self.temporary);
        }
    }
}

/// The folders of a dataset that contain tiles; each may be a link.
const OF_TILES: [&str; 2] = ["image_shards", "images"];

/// Returns the absolute path of a target that is empty or does not exist yet, in a folder that
/// exists. Writes nothing.
pub(super) fn usable_target(target: &Path) -> Result<PathBuf, ExportError> {
    let failed = |source| ExportError::Io { path: target.to_owned(), source };
    let absolute = std::path::absolute(target).map_err(failed)?;
    // `absolute` keeps a trailing slash; a file name is needed.
    let target: PathBuf = absolute.components().collect();
    // For a link to an empty folder, the target is that folder.
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
    match target.parent() {
        None => Err(ExportError::NotEmpty(target)),
        Some(parent) if !parent.is_dir() => Err(ExportError::NoParent(parent.to_owned())),
        Some(_) => Ok(target),
    }
}

/// Refuses a target inside the dataset, however it is spelled and whatever links lead there: the
/// export would become part of its own source, and the dataset is never written.
pub(crate) fn refuse_inside(target: &Path, dataset: &Dataset) -> Result<(), ExportError> {
    let failed = |source| ExportError::Io { path: target.to_owned(), source };
    let absolute = std::path::absolute(target).map_err(failed)?;
    // A path that does not exist yet cannot lead elsewhere; the part that exists is resolved.
    let mut existing = absolute.as_path();
    let real = loop {
        match existing.canonicalize() {
            Ok(real) => {
                let rest = absolute.strip_prefix(existing).unwrap_or(Path::new(""));
                break real.join(rest);
            }
            Err(_) => match existing.parent() {
                Some(parent) => existing = parent,
                None => return Ok(()),
            },
        }
    };
    let folders = std::iter::once(dataset.root.clone()).chain(OF_TILES.map(|name| dataset.root.join(name)));
    for folder in folders {
        if folder.canonicalize().is_ok_and(|folder| real.starts_with(folder)) {
            return Err(ExportError::InsideDataset { path: absolute, dataset: folder });
        }
    }
    Ok(())
}

/// Creates a folder if it does not exist. Another program may have put a link there, which could
/// lead anywhere.
fn make_folder(path: &Path) -> io::Result<()> {
    let metadata = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::create_dir(path) {
            // Another thread or another program was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => path.symlink_metadata()?,
            created => return created,
        },
        found => found?,
    };
    not_a_link(&metadata)?;
    if metadata.is_dir() { Ok(()) } else { Err(io::ErrorKind::NotADirectory.into()) }
}

fn not_a_link(metadata: &Metadata) -> io::Result<()> {
    match metadata.is_symlink() {
        true => Err(io::Error::other("a link that this export did not make; it is not followed")),
        false => Ok(()),
    }
}

/// Returns the names of all files below a folder, sorted, separated by `/`. A link to a folder
/// counts as a file.
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
