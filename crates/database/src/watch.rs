//! Waiting for changes that a database announces, on a connection of its own.

use std::io;
use std::time::Duration;

use tilejury_audit::exchange::ChangeWatch;

use crate::address::DatabaseAddress;
use crate::connection::Connection;
use crate::error::DatabaseError;
use crate::tables::CHANNEL;

/// A connection that listens.
pub(crate) struct DatabaseWatch(Connection);

impl DatabaseWatch {
    /// Connects and listens.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub(crate) fn open(address: &DatabaseAddress) -> Result<Self, DatabaseError> {
        let connection = Connection::open(address)?;
        connection.ask(connection.client().batch_execute(&format!("LISTEN {CHANNEL}")))?;
        Ok(Self(connection))
    }
}

impl ChangeWatch for DatabaseWatch {
    fn wait(&mut self, at_most: Duration) -> io::Result<bool> {
        let Some(is_announced) = self.0.announcement(at_most) else {
            return Err(io::Error::new(io::ErrorKind::NotConnected, "the connection to the server was lost"));
        };
        if !is_announced {
            // A server that is gone without a word is noticed by its silence.
            self.0.ask(self.0.client().simple_query("")).map_err(DatabaseError::into_io)?;
        }
        Ok(is_announced)
    }
}
