//! The reasons why a database cannot be used, in words for a person.

use std::error::Error as _;
use std::io;

use thiserror::Error;
use tilejury_data::shown::shown;
use tokio_postgres::error::SqlState;

/// A reason why a database cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DatabaseError {
    /// The address cannot be used.
    #[error("{0}")]
    Address(String),
    /// The server cannot be reached, or the connection was lost.
    #[error("{0}")]
    Unreachable(String),
    /// The server refuses a person or a request.
    #[error("{0}")]
    Refused(String),
    /// The server refuses the values that were sent.
    #[error("{0}")]
    Values(String),
}

impl DatabaseError {
    /// The words for an error of the connection. `login`: the name that was used.
    pub(crate) fn of(error: &tokio_postgres::Error, login: &str) -> Self {
        let Some(refusal) = error.as_db_error() else { return Self::Unreachable(of_connection(error)) };
        let message = shown(refusal.message()).into_owned();
        let code = refusal.code();
        match *code {
            SqlState::INVALID_PASSWORD => Self::Refused(format!("the server refuses the password of “{login}”")),
            SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
                Self::Refused(format!("the server does not admit “{login}”: {message}"))
            }
            SqlState::CANNOT_CONNECT_NOW | SqlState::TOO_MANY_CONNECTIONS | SqlState::ADMIN_SHUTDOWN => {
                Self::Unreachable(format!("the server takes no connection now: {message}"))
            }
            SqlState::UNDEFINED_TABLE | SqlState::INVALID_SCHEMA_NAME => Self::Refused(
                "this database has no tables for judgements; make them with `tilejury team init`".to_owned(),
            ),
            SqlState::LOCK_NOT_AVAILABLE => Self::Unreachable(
                "another connection kept the server busy; the next exchange tries again. The owner of the database \
                 sees it in pg_stat_activity and can end it with pg_terminate_backend"
                    .to_owned(),
            ),
            _ if ["22", "23", "54", "42"].iter().any(|class| code.code().starts_with(class)) => Self::Values(message),
            _ => Self::Refused(format!("the server refuses: {message}")),
        }
    }

    /// The same as an error of a place: values that are refused are `InvalidData`.
    pub(crate) fn into_io(self) -> io::Error {
        let kind = match self {
            Self::Values(_) => io::ErrorKind::InvalidData,
            Self::Unreachable(_) => io::ErrorKind::NotConnected,
            Self::Refused(_) => io::ErrorKind::PermissionDenied,
            Self::Address(_) => io::ErrorKind::InvalidInput,
        };
        io::Error::new(kind, self)
    }
}

/// The words for a connection that failed, without what repeats.
fn of_connection(error: &tokio_postgres::Error) -> String {
    let mut words = Vec::new();
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(certificate) = error.downcast_ref::<rustls::Error>() {
            return of_encryption(certificate);
        }
        // An error of the system can have another one within.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(certificate) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return of_encryption(certificate);
        }
        words.push(error.to_string());
        source = error.source();
    }
    words.dedup();
    let words = if words.is_empty() { error.to_string() } else { words.join(": ") };
    format!("the server cannot be reached: {}", shown(&words))
}

fn of_encryption(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(reason) => format!(
            "the server's certificate is not trusted: {}. Name the certificate of its authority with sslrootcert=FILE \
             in the address, or with PGSSLROOTCERT",
            shown(&reason.to_string())
        ),
        other => format!("the connection cannot be encrypted: {}", shown(&other.to_string())),
    }
}
