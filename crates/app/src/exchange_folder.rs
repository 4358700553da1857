//! The folder through which judgements are exchanged, by what a person typed: a folder on a disk,
//! one of a bucket or of a repository of the Hub, or that of a server of `tilejury serve`.
//! Exchanges nothing.

#[cfg(feature = "remote")]
use std::io;
use std::path::Path;

#[cfg(feature = "remote")]
use tilejury_audit::exchange::{ChangeWatch, FILE_UP_TO_BYTES, change_one_by_one};
use tilejury_audit::exchange::{ExchangeFolder, LocalFolder};
#[cfg(feature = "remote")]
use tilejury_remote::{BucketFolder, HubFolder, ServedFolder};

use crate::folders::Folders;

/// The folder that a person named, as it is shown and kept: without the token of a server.
pub fn shown_folder(named: &str) -> String {
    #[cfg(feature = "remote")]
    crate::access::note_token(named);
    named.split_once("#token=").map_or(named, |(folder, _)| folder.trim_end_matches('/')).to_owned()
}

/// Opens the folder that a person named.
///
/// # Errors
/// When there is no such folder, or an address cannot be used; in words.
pub fn open_exchange_folder(named: &str, folders: &Folders) -> Result<Box<dyn ExchangeFolder>, String> {
    if named.trim().is_empty() {
        return Err("no folder is named".to_owned());
    }
    if named.contains("://") {
        return open_address(named, folders);
    }
    let opened = LocalFolder::open(Path::new(named));
    opened.map(|folder| Box::new(folder) as Box<dyn ExchangeFolder>).map_err(|error| format!("{named}: {error}"))
}

#[cfg(not(feature = "remote"))]
fn open_address(named: &str, _: &Folders) -> Result<Box<dyn ExchangeFolder>, String> {
    Err(format!("{named}: this program was built without access to addresses"))
}

#[cfg(feature = "remote")]
fn open_address(named: &str, folders: &Folders) -> Result<Box<dyn ExchangeFolder>, String> {
    use tilejury_remote::Address;

    crate::access::note_token(named);
    let address: Address = named.parse().map_err(|error: tilejury_remote::AddressError| {
        format!("{error}; a database is postgresql://USER@HOST/DATABASE, and a folder is named by its path")
    })?;
    if matches!(address, Address::Web { .. }) {
        crate::access::note_token_unless_known(named);
    }
    let access = crate::access::access(folders);
    let below = tilejury_audit::exchange::FOLDER_NAME;
    let opened = match address {
        Address::Web { .. } => ServedFolder::open(&address, &access).map(Stored::Served),
        Address::Hub { .. } => HubFolder::open(&address, below, &access).map(Stored::Repository),
        Address::Bucket { .. } => BucketFolder::open(&address, below, &access).map(Stored::Bucket),
    };
    Ok(Box::new(opened.map_err(|error| error.to_string())?))
}

/// A folder at an address, whose crate knows no judgements.
#[cfg(feature = "remote")]
enum Stored {
    Bucket(BucketFolder),
    Repository(HubFolder),
    Served(ServedFolder),
}

#[cfg(feature = "remote")]
impl ExchangeFolder for Stored {
    fn address(&self) -> String {
        match self {
            Self::Bucket(folder) => folder.address().to_owned(),
            Self::Repository(folder) => folder.address().to_owned(),
            Self::Served(folder) => folder.address(),
        }
    }

    fn list(&self) -> io::Result<Vec<String>> {
        match self {
            Self::Bucket(folder) => folder.list(),
            Self::Repository(folder) => folder.list(),
            Self::Served(folder) => folder.list(),
        }
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        match self {
            Self::Bucket(folder) => folder.read(name, FILE_UP_TO_BYTES),
            Self::Repository(folder) => folder.read(name, FILE_UP_TO_BYTES),
            Self::Served(folder) => folder.read(name),
        }
    }

    fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        match self {
            Self::Bucket(folder) => folder.write(name, content),
            Self::Repository(folder) => folder.change(&[(name.to_owned(), content.to_vec())], &[]),
            Self::Served(folder) => folder.write(name, content),
        }
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        match self {
            Self::Bucket(folder) => folder.remove(name),
            Self::Repository(folder) => folder.change(&[], &[name.to_owned()]),
            Self::Served(folder) => folder.remove(name),
        }
    }

    fn change(&self, write: &[(String, Vec<u8>)], remove: &[String]) -> io::Result<()> {
        match self {
            Self::Repository(folder) => folder.change(write, remove),
            Self::Bucket(_) | Self::Served(_) => change_one_by_one(self, write, remove),
        }
    }

    fn file_up_to_bytes(&self) -> u64 {
        match self {
            Self::Repository(_) => HubFolder::FILE_UP_TO_BYTES,
            Self::Bucket(_) | Self::Served(_) => FILE_UP_TO_BYTES,
        }
    }

    fn watch(&self) -> io::Result<Option<Box<dyn ChangeWatch>>> {
        match self {
            Self::Served(folder) => Ok(Some(Box::new(ServedChanges(folder.watch()?)))),
            Self::Bucket(_) | Self::Repository(_) => Ok(None),
        }
    }
}

#[cfg(feature = "remote")]
struct ServedChanges(tilejury_remote::ServedWatch);

#[cfg(feature = "remote")]
impl ChangeWatch for ServedChanges {
    fn wait(&mut self, at_most: std::time::Duration) -> io::Result<bool> {
        self.0.wait(at_most)
    }
}
