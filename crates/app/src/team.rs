//! The tables of a team in a database, for commands: the address as a person typed it, completed by
//! the environment.

use tilejury_database::{DatabaseAddress, DatabaseError};
pub use tilejury_database::{Member, Team, TeamStatus};

use crate::database_access::database_access;

/// Makes the tables unless they are there, and adds members.
///
/// # Errors
/// When the address cannot be used, or the server refuses or cannot be reached.
pub fn init(address: &str, members: &[Member]) -> Result<Team, DatabaseError> {
    tilejury_database::init(&DatabaseAddress::parse(address, &database_access())?, members)
}

/// The state of a team, as far as the person who is connected may see it.
///
/// # Errors
/// When the address cannot be used, or the server refuses or cannot be reached.
pub fn status(address: &str) -> Result<TeamStatus, DatabaseError> {
    tilejury_database::status(&DatabaseAddress::parse(address, &database_access())?)
}
