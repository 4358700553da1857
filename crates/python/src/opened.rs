//! An opened dataset with the place of its judgements, and those that it has now.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tilejury_app::folders::Folders;
use tilejury_audit::audits::{Audit, audits};
use tilejury_audit::sidecar::{self, SampleRecord};
use tilejury_audit::{Event, Sidecar};
use tilejury_data::Dataset;

/// An opened dataset.
pub(crate) struct Opened {
    pub(crate) dataset: Arc<Dataset>,
    /// The path or address that was opened.
    pub(crate) source: PathBuf,
    /// The sidecar that was named.
    pub(crate) sidecar: Option<PathBuf>,
    /// Whether the judgements were backed up since it was opened.
    pub(crate) is_backed_up: AtomicBool,
}

/// The contents of a sidecar.
#[derive(Default)]
pub(crate) struct Stored {
    pub(crate) events: Vec<Event>,
    pub(crate) samples: Vec<SampleRecord>,
    pub(crate) audits: Vec<Audit>,
}

impl Stored {
    /// Reads the sidecar of a dataset; nothing if there is none.
    pub(crate) fn read(of: &Opened) -> anyhow::Result<Self> {
        let folder = Folders::for_current_user().sidecars();
        let location = sidecar::for_reading(&of.dataset, of.sidecar.as_deref(), &folder);
        sidecar::refuse_other_dataset(&location.path, &of.dataset)?;
        let Some(mut sidecar) = Sidecar::open_for_reading(&location.path)? else { return Ok(Self::default()) };
        let mut events = sidecar.all_events()?;
        let audits = audits(&events);
        events.retain(|event| event.round.is_none());
        Ok(Self { events, samples: sidecar.samples()?, audits })
    }
}
