//! The target folder: filled under a temporary name beside it, renamed when whole, gone again on failure.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use tilejury_data::Dataset;

use super::ExportError;
use super::checksums::{BytesRead, FileFigures, figures_of_all, size_of};
use super::out_file::{Ledger, OutFile, finish_all, locked};
use crate::session::new_session_id;

/// Signs of the target's name that the folder in the making has in its own.
const NAME_UP_TO: usize = 40;

/// A folder in the making. Dropping it unfinished removes it.
pub(super) struct Folder {
    target: PathBuf,
    temporary: PathBuf,
    finished: bool,
    ledger: Arc<Mutex<Ledger>>,
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
        // The name's beginning says whose it is, should it be left over; the whole of it may leave no room for more.
        let beginning: String = name.to_string_lossy().chars().take(NAME_UP_TO).collect();
        let temporary = parent.join(format!(".{beginning}.tilejury-{}", new_session_id()));
        // Its own name would say nothing to anybody: it is the parent that cannot be written.
        fs::create_dir(&temporary).map_err(|source| ExportError::Io { path: parent.to_owned(), source })?;
        let folder = Self { target, temporary, finished: false, ledger: Arc::default() };
        folder.take_rights_of_target().map_err(failed)?;
        Ok(folder)
    }

    /// An empty folder gives way in the end, and who may open it stays as it was. Where it cannot give way, being a mount point,
    /// it is better to know now.
    fn take_rights_of_target(&self) -> io::Result<()> {
        let Ok(metadata) = self.target.metadata() else { return Ok(()) };
        fs::remove_dir(&self.target)?;
        fs::create_dir(&self.target)?;
        fs::set_permissions(&self.target, metadata.permissions())?;
        // One that takes no files would take none of the export either.
        if metadata.permissions().readonly() {
            return Ok(());
        }
        fs::set_permissions(&self.temporary, metadata.permissions())
    }

    /// A new file in the folder; its name may have folders in it, parted by `/`.
    pub(super) fn file(&self, name: &str) -> Result<OutFile, ExportError> {
        self.same_files(&[name.to_owned()])
    }

    /// New files of the same bytes.
    pub(super) fn same_files(&self, names: &[String]) -> Result<OutFile, ExportError> {
        let place = |name: &String| Ok((name.clone(), self.create_path(name)?));
        OutFile::new(names.iter().map(place).collect::<Result<_, ExportError>>()?, self.ledger.clone())
    }

    /// Where a file of that name is written for now; the folders above it are made. Names come from rows: one that would
    /// lead out of the folder is refused, however unlikely it is to get here, and so is a link in its way.
    pub(super) fn create_path(&self, name: &str) -> Result<PathBuf, ExportError> {
        let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        if name.is_empty() || !inside {
            let source = io::Error::new(io::ErrorKind::InvalidInput, format!("`{name}` is no name for a file"));
            return Err(ExportError::Io { path: self.target.clone(), source });
        }
        let mut path = self.temporary.clone();
        for part in Path::new(name).components() {
            make_folder(&path).map_err(|source| ExportError::Io { path: path.clone(), source })?;
            path.push(part);
        }
        Ok(path)
    }

    /// A new file of its own for a picture, whole at once. Not on disk before [`Self::sync`]: to wait for the disk after
    /// each of 200,000 files would take longer than to write them.
    pub(super) fn picture(&self, name: &str, bytes: &[u8]) -> Result<(), ExportError> {
        let path = self.create_path(name)?;
        let write = || File::create_new(&path)?.write_all(bytes);
        write().map_err(|source| ExportError::Io { path: path.clone(), source })?;
        self.record_figures(name, FileFigures::from_bytes(bytes));
        Ok(())
    }

    /// A second name for a picture; a copy where the file system has no hard links.
    pub(super) fn same_picture(&self, from: &str, to: &str) -> Result<(), ExportError> {
        let (source, path) = (self.create_path(from)?, self.create_path(to)?);
        let link = || match fs::hard_link(&source, &path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
            // `fs::copy` would write over what is there by then.
            Err(_) => io::copy(&mut File::open(&source)?, &mut File::create_new(&path)?).map(|_| ()),
            Ok(()) => Ok(()),
        };
        link().map_err(|source| ExportError::Io { path: path.clone(), source })?;
        self.known_as(from, to);
        Ok(())
    }

    /// Brings to disk what [`Self::picture`] wrote: on Linux the whole file system at once, elsewhere file by file.
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

    fn record_figures(&self, name: &str, figures: FileFigures) {
        locked(&self.ledger).record(name, figures);
    }

    fn known_as(&self, from: &str, to: &str) {
        let mut ledger = locked(&self.ledger);
        if let Some(figures) = ledger.known().get(from).cloned() {
            ledger.record(to, figures);
        }
    }

    /// Notes down that a file is a link to another, of so many bytes, so that nobody reads it for its checksum.
    pub(super) fn linked(&self, name: &str, to: &Path, bytes: u64) {
        let link = Some(to.to_string_lossy().into_owned());
        self.record_figures(name, FileFigures { bytes, sha256: None, link });
    }

    /// What the folder will be: what a person asked for.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// The folder as it stands before it has its name.
    pub(super) fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// The files so far that were not written through [`OutFile`] and must be read for their checksums: names, places, and
    /// how many bytes they have together.
    pub(super) fn unread(&self) -> Result<(Vec<(String, PathBuf)>, u64), ExportError> {
        let names =
            files_below(&self.temporary).map_err(|source| ExportError::Io { path: self.temporary.clone(), source })?;
        let ledger = finish_all(&self.ledger)?;
        let unread = names.into_iter().filter(|name| !ledger.known().contains_key(name));
        let unread: Vec<_> = unread.map(|name| (name.clone(), self.temporary.join(name))).collect();
        for (_, path) in &unread {
            let what = path.symlink_metadata().and_then(|metadata| not_a_link(&metadata));
            what.map_err(|source| ExportError::Io { path: path.clone(), source })?;
        }
        let bytes = unread.iter().map(|(_, path)| size_of(path)).sum::<Result<u64, _>>()?;
        Ok((unread, bytes))
    }

    /// Every file so far with its figures, by name. Those that are `unread` are read for it; their bytes are reported.
    pub(super) fn figures(
        &self,
        unread: &[(String, PathBuf)],
        read: &BytesRead<'_>,
    ) -> Result<BTreeMap<String, FileFigures>, ExportError> {
        let mut figures = figures_of_all(unread, read)?;
        let ledger = finish_all(&self.ledger)?;
        figures.extend(ledger.known().iter().map(|(name, figures)| (name.clone(), figures.clone())));
        Ok(figures)
    }

    /// Gives the folder its name. Returns the names of its files, sorted.
    pub(super) fn finish(mut self) -> Result<Vec<String>, ExportError> {
        drop(finish_all(&self.ledger)?);
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
            // Whoever still writes would stand in the way.
            drop(finish_all(&self.ledger));
            let _ = fs::remove_dir_all(&self.temporary);
        }
    }
}

/// The folders of a dataset that tiles lie in; each may be a link to another place.
const OF_TILES: [&str; 2] = ["image_shards", "images"];

/// Refuses a target inside the dataset, however it is spelled and whatever links lead there: an export would become part of what
/// it was made from, and the dataset is never written.
pub(super) fn refuse_inside(target: &Path, dataset: &Dataset) -> Result<(), ExportError> {
    let failed = |source| ExportError::Io { path: target.to_owned(), source };
    let absolute = std::path::absolute(target).map_err(failed)?;
    // What is not there yet cannot lead elsewhere; what is there, its parents included, is followed.
    let mut there = absolute.as_path();
    let real = loop {
        match there.canonicalize() {
            Ok(real) => {
                let rest = absolute.strip_prefix(there).unwrap_or(Path::new(""));
                break real.join(rest);
            }
            Err(_) => match there.parent() {
                Some(parent) => there = parent,
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

/// Makes a folder that is not there yet. Another program may have put a link there, which could lead anywhere.
fn make_folder(path: &Path) -> io::Result<()> {
    let metadata = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::create_dir(path) {
            // Another thread was faster, or another program.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => path.symlink_metadata()?,
            made => return made,
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
