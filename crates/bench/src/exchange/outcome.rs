//! The comparison of all sidecars after the last exchange: nothing that was shown as saved is
//! missing, nothing is there twice, and the current judgements are equal. Changes nothing.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use anyhow::Context as _;
use tilejury_audit::exchange::SyncReport;
use tilejury_audit::{Event, Sidecar, interchange};

use super::team::Team;

/// The counts, and what is wrong.
pub(super) struct Outcome {
    /// The changes of one sidecar.
    pub(super) events: usize,
    /// The changes that were shown as saved.
    pub(super) acknowledged: usize,
    /// Those of them that are missing in any sidecar.
    pub(super) lost: usize,
    pub(super) faults: Vec<String>,
}

impl Outcome {
    /// Compares all sidecars. `reports`: of each one's last exchange.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(super) fn gather(team: &Team<'_>, reports: &[SyncReport]) -> anyhow::Result<Self> {
        let mut acknowledged = HashSet::new();
        for number in 0..team.wanted.annotators {
            acknowledged.extend(shown_as_saved(&team.saved_of(number))?);
        }
        let mut outcome = Self { events: 0, acknowledged: acknowledged.len(), lost: 0, faults: Vec::new() };
        let mut lost: HashSet<&(String, u64)> = HashSet::new();
        let mut first: Option<(Vec<Event>, Vec<serde_json::Value>)> = None;
        for number in 0..team.wanted.annotators {
            let path = team.sidecar_of(number);
            let mut sidecar = Sidecar::open_for_reading(&path)?.context("a sidecar is gone")?;
            let (events, samples) = (sidecar.all_events()?, sidecar.samples()?);
            let names: HashSet<(String, u64)> =
                events.iter().map(|event| (event.step.session.to_string(), event.seq)).collect();
            let missing: Vec<&(String, u64)> = acknowledged.iter().filter(|name| !names.contains(*name)).collect();
            let mut fault = |what: String| outcome.faults.push(format!("machine {number}: {what}"));
            if !missing.is_empty() {
                fault(format!("{} changes that were shown as saved are missing", missing.len()));
            }
            lost.extend(missing);
            if names.len() != events.len() {
                fault(format!("{} changes are there twice", events.len() - names.len()));
            }
            let lines = interchange::current(&team.dataset, &events, &samples);
            match &first {
                None => first = Some((events, lines)),
                Some((expected, expected_lines)) => {
                    if *expected != events {
                        fault("its changes or their order differ from those of machine 0".to_owned());
                    }
                    if *expected_lines != lines {
                        fault("its current judgements differ from those of machine 0".to_owned());
                    }
                }
            }
        }
        outcome.lost = lost.len();
        outcome.events = first.map_or(0, |(events, _)| events.len());
        outcome.faults.extend(reports.iter().enumerate().flat_map(|(number, report)| of_report(team, number, report)));
        Ok(outcome)
    }
}

/// The faults that a machine's last report shows.
fn of_report(team: &Team<'_>, number: usize, report: &SyncReport) -> Vec<String> {
    let mut faults: Vec<String> =
        report.left_out.iter().map(|(name, why)| format!("machine {number}: {name} is left out: {why}")).collect();
    if !report.versions.is_empty() {
        faults.push(format!("machine {number}: {} changes are there in several versions", report.versions.len()));
    }
    let is_twice = team.wanted.annotators > 2;
    let expected = if is_twice { BTreeMap::from([(team.name(0), 2)]) } else { BTreeMap::new() };
    if report.names_in_several != expected {
        faults.push(format!("machine {number}: names in several sidecars: {:?}", report.names_in_several));
    }
    faults
}

/// The changes that a file names as shown as saved, by session and number.
fn shown_as_saved(path: &Path) -> anyhow::Result<HashSet<(String, u64)>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mut last: BTreeMap<&str, u64> = BTreeMap::new();
    for line in text.lines() {
        let (session, up_to) = line.split_once(' ').context("a line without a number")?;
        last.insert(session, up_to.parse()?);
    }
    Ok(last.into_iter().flat_map(|(session, up_to)| (1..=up_to).map(move |seq| (session.to_owned(), seq))).collect())
}
