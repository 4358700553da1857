//! Judgements that several people exchange: through a folder, to which each sidecar writes files of
//! its own events and reads those of all others, or through a place that keeps the events
//! themselves, as a database does. docs/team.md describes both.
//!
//! A file is written once and never changed, and the union of all events is the same in whatever
//! order they arrive. Judgements are stored in the sidecar first; nothing here is needed for that.
//! Draws no window.

mod checks;
mod event_place;
mod file;
mod file_name;
mod folder;
mod sync;
mod sync_events;

pub use crate::sidecar::event_columns::EventColumns;
pub use checks::{check_file, is_file_name, is_replaced};
pub use event_place::{ArrivedEvent, ArrivedEvents, EventPlace, Place, PlaceView, SentEvents};
pub use folder::{ChangeWatch, ExchangeFolder, FILE_UP_TO_BYTES, FOLDER_NAME, LocalFolder, change_one_by_one};
pub use sync::{SyncError, SyncReport, note_of_name, sync, to_send};
pub use sync_events::{sync_events, sync_through};
