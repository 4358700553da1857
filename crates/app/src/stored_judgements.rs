//! The judgements on disk, as an export and its preview use them. Reads the sidecar; never writes
//! it.

use std::path::Path;

use tilejury_audit::audits::{Audit, audits};
use tilejury_audit::export::JudgementSource;
use tilejury_audit::merge::{self, AnnotatorScope};
use tilejury_audit::{Event, Judgements, Sidecar};
use tilejury_data::Dataset;

/// All events of a sidecar that count, the judgements that some annotators made with them, and the
/// audits.
pub(crate) struct StoredJudgements {
    /// The events of all annotators, in stored order.
    pub(crate) events: Vec<Event>,
    judgements: Judgements,
    /// The audits, the oldest first.
    pub(crate) audits: Vec<Audit>,
}

impl StoredJudgements {
    /// Reads a sidecar, which need not exist. It blocks; the error is for a person to read.
    pub(crate) fn read(dataset: &Dataset, sidecar: &Path, scope: &AnnotatorScope) -> Result<Self, String> {
        let mut events = match Sidecar::open_for_reading(sidecar).map_err(|error| error.to_string())? {
            Some(mut sidecar) => sidecar.all_events().map_err(|error| error.to_string())?,
            None => Vec::new(),
        };
        let audits = audits(&events);
        events.retain(|event| event.round.is_none());
        let judgements = merge::judgements_of(dataset, &events, scope);
        Ok(Self { events, judgements, audits })
    }

    /// Returns the source of an export of these judgements.
    pub(crate) fn source<'s>(&'s self, dataset: &Dataset, scope: &'s AnnotatorScope) -> JudgementSource<'s> {
        JudgementSource::new(&self.judgements, &self.events, scope).with_audits(&self.audits, dataset)
    }
}
