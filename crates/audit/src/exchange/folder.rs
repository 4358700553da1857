//! A folder for the exchange: the few operations that it needs, and a folder on a disk.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::session::new_session_id;

/// A file of this size or larger is not read.
pub const FILE_UP_TO_BYTES: u64 = 256 << 20;
/// The name of the folder that the files are in, below the one that a person names.
pub const FOLDER_NAME: &str = "judgements";

/// A place that keeps files for all who exchange judgements.
pub trait ExchangeFolder {
    /// Its address, as a person would type it.
    fn address(&self) -> String;

    /// The names of its files, also of those that others put there.
    ///
    /// # Errors
    /// When it cannot be reached or read.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Whether somebody exchanged through it before, as far as a glance shows.
    fn is_begun(&self) -> bool {
        true
    }

    /// Notes that somebody exchanged through it.
    ///
    /// # Errors
    /// When it cannot be written.
    fn begin(&self) -> io::Result<()> {
        Ok(())
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or is too long for a file of judgements.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;

    /// Whether a file that was written here is still whole, as far as a glance shows. One that is
    /// not is written again.
    fn is_whole(&self, _name: &str) -> bool {
        true
    }

    /// Writes a file whole or not at all, unless it is there already: a name has one content.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write(&self, name: &str, content: &[u8]) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// When it cannot be removed.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Writes files, and removes others only once those are there. A place that can does both as
    /// one change, all or none.
    ///
    /// # Errors
    /// When anything could not be written or removed; some of it may be done.
    fn change(&self, write: &[(String, Vec<u8>)], remove: &[String]) -> io::Result<()> {
        change_one_by_one(self, write, remove)
    }

    /// Files of this many bytes or more are not written, but divided.
    fn file_up_to_bytes(&self) -> u64 {
        FILE_UP_TO_BYTES
    }

    /// A watch for changes by others, from a place that announces them.
    ///
    /// # Errors
    /// When the place cannot be reached.
    fn watch(&self) -> io::Result<Option<Box<dyn ChangeWatch>>> {
        Ok(None)
    }
}

/// Writes files, then removes others, one after the other: [`ExchangeFolder::change`] of a place
/// that has no better way.
///
/// # Errors
/// When anything could not be written or removed; some of it may be done.
pub fn change_one_by_one<F: ExchangeFolder + ?Sized>(
    folder: &F,
    write: &[(String, Vec<u8>)],
    remove: &[String],
) -> io::Result<()> {
    let named = |name: &str, error: io::Error| io::Error::new(error.kind(), format!("{name}: {error}"));
    for (name, content) in write {
        folder.write(name, content).map_err(|error| named(name, error))?;
    }
    remove.iter().try_for_each(|name| folder.remove(name).map_err(|error| named(name, error)))
}

/// Waits for changes by others.
pub trait ChangeWatch: Send {
    /// Waits until something may have changed, or the time is over. Returns whether something may
    /// have changed.
    ///
    /// # Errors
    /// When the place can no longer be reached; a new watch is needed then.
    fn wait(&mut self, at_most: Duration) -> io::Result<bool>;
}

/// A folder on a disk, also on one that several machines share.
#[derive(Clone, Debug)]
pub struct LocalFolder {
    /// The folder that a person named.
    named: PathBuf,
    /// The folder with the files.
    path: PathBuf,
}

impl LocalFolder {
    /// The exchange folder in a folder that exists: `judgements` in it, or itself if it has that
    /// name.
    ///
    /// # Errors
    /// When there is no such folder, or the system does not let it be examined.
    pub fn open(named: &Path) -> io::Result<Self> {
        match named.metadata() {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(io::Error::new(io::ErrorKind::NotADirectory, "is a file; name a folder")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(io::Error::new(
                    error.kind(),
                    "there is no such folder; connect the disk that it is on, or make it first",
                ));
            }
            Err(error) => return Err(error),
        }
        let named = std::path::absolute(named)?;
        let is_itself = named.file_name().is_some_and(|name| name == FOLDER_NAME);
        let path = if is_itself { named.clone() } else { named.join(FOLDER_NAME) };
        Ok(Self { named, path })
    }

    /// Opens a file for reading, and its length. Whatever else has this name, such as a pipe, would
    /// never end.
    fn open_file(&self, name: &str) -> io::Result<(File, u64)> {
        let path = self.path.join(name);
        if !path.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is not a file"));
        }
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        Ok((file, len))
    }

    /// Tries to write, without leaving anything.
    ///
    /// # Errors
    /// When it cannot be written to.
    pub fn try_writing(&self) -> io::Result<()> {
        let folder = if self.path.exists() { &self.path } else { &self.named };
        let temporary = folder.join(format!(".{}.tmp", new_session_id()));
        File::create_new(&temporary)?;
        fs::remove_file(&temporary)
    }
}

impl ExchangeFolder for LocalFolder {
    fn address(&self) -> String {
        self.named.display().to_string()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        for entry in entries {
            names.extend(entry?.file_name().into_string().ok());
        }
        Ok(names)
    }

    fn is_begun(&self) -> bool {
        self.path.is_dir()
    }

    fn begin(&self) -> io::Result<()> {
        fs::create_dir_all(&self.path)
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let too_long = || io::Error::new(io::ErrorKind::FileTooLarge, "it is too long for a file of judgements");
        let (file, len) = self.open_file(name)?;
        if len >= FILE_UP_TO_BYTES {
            return Err(too_long());
        }
        let mut content = Vec::new();
        file.take(FILE_UP_TO_BYTES).read_to_end(&mut content)?;
        if content.len() as u64 == FILE_UP_TO_BYTES { Err(too_long()) } else { Ok(content) }
    }

    fn is_whole(&self, name: &str) -> bool {
        let ends_with_line = || {
            let (mut file, len) = self.open_file(name)?;
            let mut last = [0];
            if len > 0 {
                file.seek(SeekFrom::Start(len - 1))?;
                file.read_exact(&mut last)?;
            }
            io::Result::Ok(last == *b"\n")
        };
        // One that cannot be read now may be whole.
        ends_with_line().unwrap_or(true)
    }

    fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.path)?;
        let to = self.path.join(name);
        // Another length is no other content, but what is left of it.
        match to.metadata() {
            Ok(found) if found.is_file() && found.len() == content.len() as u64 => return Ok(()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let temporary = self.path.join(format!(".{}.tmp", new_session_id()));
        let written = || {
            let mut file = File::create_new(&temporary)?;
            file.write_all(content)?;
            file.sync_all()?;
            // One that somebody else wrote meanwhile has the same content.
            fs::rename(&temporary, &to)
        };
        written().inspect_err(|_| {
            let _ = fs::remove_file(&temporary);
        })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.path.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}
