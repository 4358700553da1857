//! The judgements on disk, as an export and its preview use them. Reads the sidecar; never writes
//! it.

use std::path::Path;

use tilejury_audit::export::JudgementSource;
use tilejury_audit::merge::{self, AnnotatorScope};
use tilejury_audit::{Event, Judgements, Sidecar};
use tilejury_data::Dataset;

/// All events of a sidecar, and the judgements that some annotators made with them.
pub(crate) struct StoredJudgements {
    /// The events of all annotators, in stored order.
    pub(crate) events: Vec<Event>,
    judgements: Judgements,
}

impl StoredJudgements {
    /// Reads a sidecar, which need not exist. It blocks; the error is for a person to read.
    pub(crate) fn read(dataset: &Dataset, sidecar: &Path, scope: &AnnotatorScope) -> Result<Self, String> {
        let events = match Sidecar::open_for_reading(sidecar).map_err(|error| error.to_string())? {
            Some(mut sidecar) => sidecar.events().map_err(|error| error.to_string())?,
            None => Vec::new(),
        };
        let judgements = merge::judgements_of(dataset, &events, scope);
        Ok(Self { events, judgements })
    }

    /// Returns the source of an export of these judgements.
    pub(crate) fn source<'s>(&'s self, scope: &'s AnnotatorScope) -> JudgementSource<'s> {
        JudgementSource::new(&self.judgements, &self.events, scope)
    }
}
