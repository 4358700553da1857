//! Judgements that several people exchange through a folder, without a server: each sidecar writes
//! files of its own events, and reads those of all others. docs/team.md describes the form.
//!
//! A file is written once and never changed, and the union of all events is the same in whatever
//! order they arrive. Judgements are stored in the sidecar first; nothing here is needed for that.
//! Draws no window.

mod checks;
mod file;
mod file_name;
mod folder;
mod sync;

pub use checks::{check_file, is_file_name, is_replaced};
pub use folder::{ChangeWatch, ExchangeFolder, FILE_UP_TO_BYTES, FOLDER_NAME, LocalFolder};
pub use sync::{SyncError, SyncReport, note_of_name, sync, to_send};
