//! The revision of a dataset at an address on which judging began. A sidecar is for all revisions:
//! this is only for people, who see other rows after a new one.

use rusqlite::OptionalExtension as _;
use tilejury_data::Dataset;

use super::{Sidecar, SidecarError};

impl Sidecar {
    /// The address, with its revision, on which judging began, if that was noted.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn begun_at(&self) -> Result<Option<String>, SidecarError> {
        let sql = "SELECT value FROM meta WHERE key = 'address'";
        self.connection.query_row(sql, [], |row| row.get(0)).optional().map_err(|source| self.failed(source))
    }

    /// Notes the address of a dataset, unless one was noted before.
    pub(super) fn note_address(&self, dataset: &Dataset) -> Result<(), SidecarError> {
        let Some(storage) = dataset.tiles.storage().filter(|_| matches!(self.begun_at(), Ok(None))) else {
            return Ok(());
        };
        let sql = "INSERT OR IGNORE INTO meta (key, value) VALUES ('address', ?1)";
        self.connection.execute(sql, [storage.address()]).map(drop).map_err(|source| self.failed(source))
    }

    /// A note for a person if judging began on another revision than this one.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn revision_note(&self, dataset: &Dataset) -> Result<Option<String>, SidecarError> {
        let Some(storage) = dataset.tiles.storage() else { return Ok(None) };
        let other = self.begun_at()?.filter(|address| address != storage.address());
        Ok(other.map(|address| format!("judging began on {address}; this is {}", storage.address())))
    }
}
