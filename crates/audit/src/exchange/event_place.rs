//! A place that keeps the events of all who exchange judgements, as a database does: the few
//! operations that an exchange needs of it. Knows no database.

use std::io;

use super::folder::{ChangeWatch, ExchangeFolder};
use crate::sidecar::SampleRecord;
use crate::sidecar::event_columns::EventColumns;

/// The part of a place that is visible to the person who is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceView {
    /// The id of the place. Another one means that nothing is known of it.
    pub place: String,
    /// The annotator whose events alone may be read and sent; `None` for all.
    pub only: Option<String>,
    /// A fact about the place that a person should know, as a clause.
    pub note: Option<String>,
}

/// An event as it is at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrivedEvent {
    /// The number of its arrival. Later ones have a larger number, and none arrives late.
    pub arrival: i64,
    /// The id of the sidecar that sent it.
    pub sidecar: String,
    /// Its columns.
    pub columns: EventColumns,
    /// The checksum that came with it.
    pub checksum: u32,
}

/// Some events of a place, in the order of their arrival, with all of their samples.
#[derive(Clone, Debug, Default)]
pub struct ArrivedEvents {
    /// The events.
    pub events: Vec<ArrivedEvent>,
    /// The samples: key, query, positive, split, line.
    pub samples: Vec<(String, String, String, String, u32)>,
    /// Whether there may be more.
    pub has_more: bool,
}

/// Events of one sidecar to be sent together.
#[derive(Clone, Debug)]
pub struct SentEvents<'a> {
    /// The fingerprint of the dataset.
    pub dataset: &'a str,
    /// The id of the sidecar.
    pub sidecar: &'a str,
    /// The events.
    pub events: &'a [EventColumns],
    /// The samples that they are about.
    pub samples: &'a [&'a SampleRecord],
}

/// A place that keeps events. An event that is there is never changed; another version of it is
/// kept beside it.
pub trait EventPlace {
    /// Its address, as a person would type it, without a password.
    fn address(&self) -> String;

    /// Connects if necessary, and looks up what is visible.
    ///
    /// # Errors
    /// When it cannot be reached, or does not admit this person.
    fn view(&mut self) -> io::Result<PlaceView>;

    /// Whether the event with this number of arrival and this line is there.
    ///
    /// # Errors
    /// When it cannot be read.
    fn has(&mut self, dataset: &str, arrival: i64, line: &str) -> io::Result<bool>;

    /// Reads the events that arrived after a number, and before them those with the numbers
    /// `again`.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(&mut self, dataset: &str, after: i64, again: &[i64]) -> io::Result<ArrivedEvents>;

    /// Adds events, all or none. Those that are there already are left out.
    ///
    /// # Errors
    /// `InvalidData` when something in these events is refused: others may be accepted. Any other
    /// kind when the place cannot be reached.
    fn write(&mut self, sent: &SentEvents<'_>) -> io::Result<()>;

    /// A watch for changes by others, from a place that announces them.
    ///
    /// # Errors
    /// When the place cannot be reached.
    fn watch(&mut self) -> io::Result<Option<Box<dyn ChangeWatch>>>;
}

/// A place to exchange through.
pub enum Place {
    /// A folder with files.
    Folder(Box<dyn ExchangeFolder>),
    /// A place with events.
    Events(Box<dyn EventPlace>),
}

impl Place {
    /// Its address, as a person would type it, without a password.
    pub fn address(&self) -> String {
        match self {
            Self::Folder(folder) => folder.address(),
            Self::Events(events) => events.address(),
        }
    }

    /// A watch for changes by others, from a place that announces them.
    ///
    /// # Errors
    /// When the place cannot be reached.
    pub fn watch(&mut self) -> io::Result<Option<Box<dyn ChangeWatch>>> {
        match self {
            Self::Folder(folder) => folder.watch(),
            Self::Events(events) => events.watch(),
        }
    }
}
