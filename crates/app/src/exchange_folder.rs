//! The folder through which judgements are exchanged, by what a person typed: a folder on a disk,
//! one of a bucket or of a repository of the Hub, or that of a server of `tilejury serve`.
//! Exchanges nothing.

use std::path::Path;

#[cfg(feature = "remote")]
use tilejury_audit::exchange::ChangeWatch;
use tilejury_audit::exchange::{ExchangeFolder, LocalFolder};

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
    use tilejury_remote::{Address, BucketFolder, HubFolder, ServedFolder};

    crate::access::note_token(named);
    let address: Address = named.parse().map_err(|error: tilejury_remote::AddressError| error.to_string())?;
    let access = crate::access::access(folders);
    if matches!(address, Address::Web { .. }) {
        let opened = ServedFolder::open(&address, &access).map_err(|error| error.to_string())?;
        return Ok(Box::new(Served(opened)));
    }
    let below = tilejury_audit::exchange::FOLDER_NAME;
    if matches!(address, Address::Hub { .. }) {
        let opened = HubFolder::open(&address, below, &access).map_err(|error| error.to_string())?;
        return Ok(Box::new(Repository(opened)));
    }
    let opened = BucketFolder::open(&address, below, &access).map_err(|error| error.to_string())?;
    Ok(Box::new(Bucket(opened)))
}

#[cfg(feature = "remote")]
struct Bucket(tilejury_remote::BucketFolder);

#[cfg(feature = "remote")]
impl ExchangeFolder for Bucket {
    fn address(&self) -> String {
        self.0.address().to_owned()
    }

    fn list(&self) -> std::io::Result<Vec<String>> {
        self.0.list()
    }

    fn read(&self, name: &str) -> std::io::Result<Vec<u8>> {
        self.0.read(name, tilejury_audit::exchange::FILE_UP_TO_BYTES)
    }

    fn write(&self, name: &str, content: &[u8]) -> std::io::Result<()> {
        self.0.write(name, content)
    }

    fn remove(&self, name: &str) -> std::io::Result<()> {
        self.0.remove(name)
    }
}

#[cfg(feature = "remote")]
struct Served(tilejury_remote::ServedFolder);

#[cfg(feature = "remote")]
impl ExchangeFolder for Served {
    fn address(&self) -> String {
        self.0.address()
    }

    fn list(&self) -> std::io::Result<Vec<String>> {
        self.0.list()
    }

    fn read(&self, name: &str) -> std::io::Result<Vec<u8>> {
        self.0.read(name)
    }

    fn write(&self, name: &str, content: &[u8]) -> std::io::Result<()> {
        self.0.write(name, content)
    }

    fn remove(&self, name: &str) -> std::io::Result<()> {
        self.0.remove(name)
    }

    fn watch(&self) -> std::io::Result<Option<Box<dyn ChangeWatch>>> {
        Ok(Some(Box::new(ServedChanges(self.0.watch()?))))
    }
}

#[cfg(feature = "remote")]
struct ServedChanges(tilejury_remote::ServedWatch);

#[cfg(feature = "remote")]
impl ChangeWatch for ServedChanges {
    fn wait(&mut self, at_most: std::time::Duration) -> std::io::Result<bool> {
        self.0.wait(at_most)
    }
}

#[cfg(feature = "remote")]
struct Repository(tilejury_remote::HubFolder);

#[cfg(feature = "remote")]
impl ExchangeFolder for Repository {
    fn address(&self) -> String {
        self.0.address().to_owned()
    }

    fn list(&self) -> std::io::Result<Vec<String>> {
        self.0.list()
    }

    fn read(&self, name: &str) -> std::io::Result<Vec<u8>> {
        self.0.read(name, tilejury_audit::exchange::FILE_UP_TO_BYTES)
    }

    fn write(&self, name: &str, content: &[u8]) -> std::io::Result<()> {
        self.0.change(&[(name.to_owned(), content.to_vec())], &[])
    }

    fn remove(&self, name: &str) -> std::io::Result<()> {
        self.0.change(&[], &[name.to_owned()])
    }

    fn change(&self, write: &[(String, Vec<u8>)], remove: &[String]) -> std::io::Result<()> {
        self.0.change(write, remove)
    }

    fn file_up_to_bytes(&self) -> u64 {
        tilejury_remote::HubFolder::FILE_UP_TO_BYTES
    }
}
