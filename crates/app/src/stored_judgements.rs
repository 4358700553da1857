//! The judgements on disk, as an export and its preview use them. Reads the sidecar; never writes
//! it.

use std::path::Path;

use tilejury_audit::audits::{Audit, audits};
use tilejury_audit::export::JudgementSource;
use tilejury_audit::merge::{self, AnnotatorScope};
use tilejury_audit::sidecar::refuse_other_dataset;
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

/// The events of a sidecar, which need not exist; one that another dataset took meanwhile, in
/// another window or by a command, is refused. It blocks; the error is for a person to read.
pub(crate) fn stored_events(dataset: &Dataset, sidecar: &Path) -> Result<Vec<Event>, String> {
    refuse_other_dataset(sidecar, dataset).map_err(|other| other.fact())?;
    match Sidecar::open_for_reading(sidecar).map_err(|error| error.to_string())? {
        Some(mut sidecar) => sidecar.all_events().map_err(|error| error.to_string()),
        None => Ok(Vec::new()),
    }
}

impl StoredJudgements {
    /// Reads a sidecar as [`stored_events`] does.
    pub(crate) fn read(dataset: &Dataset, sidecar: &Path, scope: &AnnotatorScope) -> Result<Self, String> {
        let mut events = stored_events(dataset, sidecar)?;
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

#[cfg(test)]
mod tests {
    use tilejury_audit::audits::{AuditPlan, begin, draw};
    use tilejury_audit::now;
    use tilejury_testkit::{Row, Set};

    use super::*;

    #[test]
    fn judgements_of_another_set_are_not_exported() {
        let dir = tempfile::tempdir().unwrap();
        let set = |query: &str| {
            let root = dir.path().join(query);
            Set::new().row("train", &Row::new(query, "images/x.png")).write(&root);
            Dataset::open(&root).unwrap()
        };
        let (cats, dogs) = (set("cats"), set("dogs"));
        let path = dir.path().join("one.sqlite");
        let drawn = draw(AuditPlan::new("spring", "7", 1), &dogs, |_| true).unwrap();
        let (events, samples) = begin(&drawn, &dogs, "ada", now());
        Sidecar::open(&path, dogs.fingerprint).unwrap().append(&events, &samples, None).unwrap();
        let read = |dataset: &Dataset| StoredJudgements::read(dataset, &path, &AnnotatorScope::Everybody);
        assert_eq!(read(&dogs).unwrap().audits.len(), 1);
        let refused = read(&cats).err().unwrap();
        assert!(refused.contains("belong to another dataset") && refused.ends_with("is not in it"), "{refused}");
    }
}
