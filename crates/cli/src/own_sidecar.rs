//! The sidecar of a dataset, for all commands: where it is, that it is not one of another dataset,
//! and its contents. The rule of belonging itself is that of [`sidecar::refuse_other_dataset`].

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::sync::Mutex;

use anyhow::Context as _;
use tilejury_app::folders::Folders;
use tilejury_audit::assignments::{AssignedRows, Assignment, assignments};
use tilejury_audit::audits::{Audit, AuditStatus, audits};
use tilejury_audit::overview::{TeamFigures, TeamInputs};
use tilejury_audit::second_pass::{SecondPass, passes};
use tilejury_audit::sidecar::{self, LocationReason, SampleRecord, SidecarLocation, refuse_other_dataset};
use tilejury_audit::{Event, Round, Sidecar, StepId, now};
use tilejury_data::{Dataset, SampleKey};

use crate::SidecarArg;
use crate::output::print_message;

/// The sidecar to read from, or to read imports beside.
///
/// # Errors
/// When it belongs to another dataset.
pub(super) fn for_reading(dataset: &Dataset, named: Option<&Path>) -> anyhow::Result<SidecarLocation> {
    let location = sidecar::for_reading(dataset, named, &Folders::for_current_user().sidecars());
    refuse_other_dataset(&location.path, dataset)?;
    Ok(location)
}

/// The sidecar beside which imports are written.
///
/// # Errors
/// When it belongs to another dataset, or no folder can be written.
pub(super) fn for_writing(dataset: &Dataset, named: Option<&Path>) -> anyhow::Result<SidecarLocation> {
    let location = sidecar::for_writing(dataset, named, &Folders::for_current_user().sidecars())?;
    refuse_other_dataset(&location.path, dataset)?;
    print_location(&location);
    Ok(location)
}

/// Opens the sidecar for writing, creating it if necessary.
///
/// # Errors
/// When it belongs to another dataset, or cannot be opened.
pub(super) fn open_for_writing(dataset: &Dataset, sidecar: &SidecarArg) -> anyhow::Result<(Sidecar, SidecarLocation)> {
    let folders = Folders::for_current_user();
    for_reading(dataset, sidecar.path.as_deref())?;
    let (sidecar, location) = sidecar::open_for_writing(dataset, sidecar.path.as_deref(), &folders.sidecars())
        .context("no folder for the sidecar; choose one with --sidecar")?;
    print_location(&location);
    print_revision(&sidecar, dataset)?;
    let folder = sidecar::backup_folder(&location.path, &folders.backups());
    if let Err(reason) = sidecar::back_up(&location.path, &folder, now()) {
        print_message(&format!("note: the judgements could not be backed up: {reason}"));
    }
    Ok((sidecar, location))
}

/// The contents of a dataset's sidecar; nothing if there is none.
#[derive(Default)]
pub(super) struct StoredJudgements {
    pub(super) events: Vec<Event>,
    pub(super) samples: Vec<SampleRecord>,
    pub(super) passes: Vec<SecondPass>,
    pub(super) audits: Vec<Audit>,
    /// The events of audits.
    pub(super) answers: Vec<Event>,
    /// The rows that were assigned to annotators.
    pub(super) assignments: Vec<Assignment>,
    /// The annotators who judged in several sidecars, with the number of these.
    pub(super) names_in_several: BTreeMap<String, usize>,
}

impl StoredJudgements {
    /// Reads the sidecar.
    ///
    /// # Errors
    /// When it belongs to another dataset, or cannot be read.
    pub(super) fn read(dataset: &Dataset, sidecar: &SidecarArg) -> anyhow::Result<Self> {
        note_if_missing(sidecar);
        Self::read_to_write(dataset, sidecar)
    }

    /// Reads the sidecar for a command that begins a missing one.
    ///
    /// # Errors
    /// When it belongs to another dataset, or cannot be read.
    pub(super) fn read_to_write(dataset: &Dataset, sidecar: &SidecarArg) -> anyhow::Result<Self> {
        for_reading(dataset, sidecar.path.as_deref())?;
        Self::read_any(dataset, sidecar)
    }

    /// Reads the sidecar whatever dataset it belongs to; a note names judgements without a row.
    pub(super) fn read_any(dataset: &Dataset, sidecar: &SidecarArg) -> anyhow::Result<Self> {
        let location = sidecar::for_reading(dataset, sidecar.path.as_deref(), &Folders::for_current_user().sidecars());
        print_location(&location);
        let Some(mut sidecar) = Sidecar::open_for_reading(&location.path)? else {
            return Ok(Self::default());
        };
        print_revision(&sidecar, dataset)?;
        let mut events = sidecar.all_events()?;
        let (passes, audits) = (passes(&events), audits(&events));
        let assignments = assignments(&events);
        let of_audits = |event: &&Event| matches!(event.round, Some(Round::Audit(_)));
        let answers = events.iter().filter(of_audits).cloned().collect();
        events.retain(|event| event.round.is_none());
        // A file from before exchanges has no table of them.
        let names_in_several = sidecar.names_in_several().unwrap_or_default();
        let stored =
            Self { events, samples: sidecar.samples()?, passes, audits, answers, assignments, names_in_several };
        if let Some(other) = sidecar.other_dataset(dataset)? {
            print_message(&format!("warning: {other}"));
        } else if sidecar.fingerprint()?.is_some_and(|begun_on| begun_on != dataset.fingerprint.to_string()) {
            stored.print_orphan_count(dataset, &location.path);
        }
        Ok(stored)
    }

    /// The rows of each annotator by the assignments.
    pub(super) fn assigned(&self, dataset: &Dataset) -> AssignedRows {
        AssignedRows::new(dataset, &self.assignments)
    }

    /// The figures of the team. Those of a blind audit are left out until all of its rows count.
    pub(super) fn team(&self, dataset: &Dataset) -> TeamFigures {
        let is_open = |audit: &&Audit| audit.plan.blind && !AuditStatus::new(audit, dataset).finished;
        let open: Vec<&Audit> = self.audits.iter().filter(is_open).collect();
        let is_open = |step: &StepId| open.iter().any(|audit| audit.is_drawn_by(step));
        let is_shown = |event: &&Event| event.round.as_ref().is_none_or(|round| !is_open(round.drawn_by()));
        let answers: Vec<Event> = self.answers.iter().filter(is_shown).cloned().collect();
        TeamFigures::count(&TeamInputs {
            dataset,
            events: &self.events,
            answers: &answers,
            audits: &self.audits,
            is_shown: &|audit| !is_open(&audit.id),
            assigned: &self.assigned(dataset),
            sidecars: &self.names_in_several,
            now: now(),
        })
    }

    /// Reports how many judged samples are not in the dataset after a change.
    fn print_orphan_count(&self, dataset: &Dataset, sidecar: &Path) {
        let judged: HashSet<SampleKey> = self.events.iter().map(|event| event.sample).collect();
        let orphans = judged.iter().filter(|key| dataset.find(**key).is_none()).count();
        if orphans > 0 {
            print_message(&format!(
                "note: the rows changed since judging began: {orphans} of {} judged rows are not in the dataset; their judgements are kept in {}",
                judged.len(),
                sidecar.display()
            ));
        }
    }
}

/// Reports that judging began on another revision of a dataset at an address.
fn print_revision(sidecar: &Sidecar, dataset: &Dataset) -> anyhow::Result<()> {
    if let Some(note) = sidecar.revision_note(dataset)? {
        print_note(&note);
    }
    Ok(())
}

/// Prints a note, unless it was printed before: a command may open the judgements twice.
fn print_note(note: &str) {
    static PRINTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    if PRINTED.lock().is_ok_and(|mut printed| printed.insert(note.to_owned())) {
        print_message(&format!("note: {note}"));
    }
}

/// Notes that a named sidecar is missing: its name may be misspelt, and nothing is judged in it.
pub(super) fn note_if_missing(sidecar: &SidecarArg) {
    if let Some(path) = sidecar.path.as_deref().filter(|path| !path.exists()) {
        print_note(&format!("there is no file {}, so no judgement counts", path.display()));
    }
}

/// Reports where the judgements are, if that is not the default location.
pub(super) fn print_location(location: &SidecarLocation) {
    let path = location.path.display();
    match location.why {
        LocationReason::Named | LocationReason::Root => {}
        LocationReason::NotHere => print_note(&format!("the judgements are in {path}")),
        LocationReason::RootReadOnly => {
            print_note(&format!("the dataset is read-only; its judgements are in {path}"));
        }
        LocationReason::StartedElsewhere => {
            print_note(&format!("judging began while the dataset was read-only; its judgements are in {path}"));
        }
    }
    if let Some(also) = &location.also {
        print_note(&format!(
            "judgements in {} do not count here; `tilejury judgements` prints them with --sidecar, for `tilejury judge`",
            also.display()
        ));
    }
}
