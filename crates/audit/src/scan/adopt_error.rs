//! The reasons why nothing was adopted.

use thiserror::Error;

use super::read::PartError;
use crate::progress::Cancelled;
use crate::sidecar::SidecarError;

/// A reason why nothing was adopted.
#[derive(Debug, Error)]
pub enum AdoptError {
    /// A file cannot be used.
    #[error(transparent)]
    Part(#[from] PartError),
    /// The cache cannot be written.
    #[error("the cache of fingerprints: {0}")]
    Cache(#[from] rusqlite::Error),
    /// The file of texts cannot be written.
    #[error(transparent)]
    Store(#[from] SidecarError),
    /// The work was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
