//! Exchanging judgements through a PostgreSQL server: the tables with their rules about who sees
//! what, and a place of events for `tilejury_audit::exchange`.
//!
//! Every function blocks, so none is called from the thread that draws. Reads no environment: what
//! it needs of a person's variables and files comes in [`DatabaseAccess`]. A password is in no
//! message, file or log.

mod access;
mod address;
mod columns;
mod connection;
mod error;
mod password;
mod place;
mod rules;
mod tables;
mod team;
mod tls;
mod watch;

pub use access::DatabaseAccess;
pub use address::DatabaseAddress;
pub use error::DatabaseError;
pub use place::DatabasePlace;
pub use team::{DatasetState, Member, MemberChange, Team, TeamStatus, init, status};
