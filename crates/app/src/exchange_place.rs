//! The place through which judgements are exchanged, by what a person typed: a folder, or a
//! database. Exchanges nothing.

use tilejury_audit::exchange::Place;

use crate::exchange_folder::open_exchange_folder;
use crate::folders::Folders;

/// Opens the place that a person named. Connects to nothing.
///
/// # Errors
/// When there is no such folder, or an address cannot be used; in words.
pub fn open_exchange_place(named: &str, folders: &Folders) -> Result<Place, String> {
    match open_database(named) {
        Some(opened) => opened,
        None => Ok(Place::Folder(open_exchange_folder(named, folders)?)),
    }
}

/// The database that a text is the address of; `None` if it is not one.
#[cfg(feature = "remote")]
fn open_database(named: &str) -> Option<Result<Place, String>> {
    use tilejury_database::{DatabaseAddress, DatabasePlace};

    DatabaseAddress::is_one(named).then(|| {
        let address = DatabaseAddress::parse(named, &crate::database_access::database_access());
        let address = address.map_err(|error| error.to_string())?;
        Ok(Place::Events(Box::new(DatabasePlace::new(address))))
    })
}

#[cfg(not(feature = "remote"))]
fn open_database(_: &str) -> Option<Result<Place, String>> {
    None
}

/// The place that a person named, as it is shown: the address of a database without a password.
/// Looks nothing up.
#[cfg(feature = "remote")]
pub fn shown_place(named: &str) -> String {
    tilejury_database::DatabaseAddress::without_password(named)
}

/// The place that a person named, as it is shown.
#[cfg(not(feature = "remote"))]
pub fn shown_place(named: &str) -> String {
    named.to_owned()
}
