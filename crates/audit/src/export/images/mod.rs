//! What becomes of the pictures.

use std::path::PathBuf;

use super::ExportError;
use super::context::Context;

/// Is there room for what will be written?
pub(super) fn check_room(_context: &Context<'_>) -> Result<(), ExportError> {
    Ok(())
}

/// Writes the pictures as the options want it. Returns the shards that they were taken from.
pub(super) fn write(_context: &Context<'_>) -> Result<Vec<PathBuf>, ExportError> {
    Ok(Vec::new())
}
