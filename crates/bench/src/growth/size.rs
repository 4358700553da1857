//! The measures of one set. Writes no set and compares no sizes.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Context as _;
use tilejury_audit::export::{Copies, ExportOptions, Images, JudgementSource, TileCheck, export};
use tilejury_audit::facets::{self, FacetInputs};
use tilejury_audit::merge::{self, AnnotatorScope};
use tilejury_audit::progress::{Cancelled, ProgressStep, Stage};
use tilejury_audit::search::{DatasetNames, Search, SearchIndex, TextMatches};
use tilejury_audit::sidecar::SampleRecord;
use tilejury_audit::suspicion::{SuspicionSettings, signals};
use tilejury_audit::{AuditSession, Event, RowsAction, Sidecar, Verdict, now};
use tilejury_data::{Dataset, SampleIndex};

use crate::memory;
use crate::series::timed;

/// A measure: its name, unit and value.
pub(super) type Measured = (&'static str, &'static str, f64);

/// The searches: a word of many queries, one of hardly any, and filters.
const SEARCHES: [(&str, &str); 4] =
    [("search_common", "the"), ("search_rare", "zxqv"), ("filter_negatives", "neg:>4"), ("filter_split", "split:eval")];
/// Quick work is repeated so many times, and the shortest time counts.
const REPEATS: usize = 3;
/// Work of this time is not repeated.
const LONG: Duration = Duration::from_millis(200);
/// One of so many rows gets a verdict.
const ROWS_PER_VERDICT: usize = 50;

/// Measures a set in a folder, of so many bytes. `out` is where an export would be.
///
/// # Errors
/// If it cannot be opened or its sidecar written, or the work was stopped.
pub(super) fn measure(folder: &Path, bytes: u64, out: &Path, stop: &AtomicBool) -> anyhow::Result<Vec<Measured>> {
    let mut measured = vec![("bytes", "MB", bytes as f64 / memory::MB)];
    let (took, session) = shortest(|| opened(folder));
    let mut session = session?;
    measured.push(milliseconds("open", took));
    measured.extend(memory::now().map(|held| ("memory_open", "MB", held)));
    let dataset = session.dataset.clone();

    let ((took, found), most) =
        memory::with_peak_memory(|| shortest(|| signals(&dataset, &SuspicionSettings::default(), None, stop)));
    let found = found.context("stopped")?;
    measured.push(milliseconds("signals", took));
    measured.extend(most.map(|most| ("memory_signals", "MB", most)));

    let (took, index) = shortest(|| SearchIndex::build(&dataset));
    measured.push(milliseconds("search_index", took));
    let names = DatasetNames::new(&dataset, &[]);
    for (name, text) in SEARCHES {
        let search = Search::parse(text, &names).map_err(|error| anyhow::anyhow!(error.message))?;
        let (took, rows) = shortest(|| index.find(&search, &TextMatches::default(), &dataset, stop));
        rows?;
        measured.push(milliseconds(name, took));
    }
    let (took, fields) = timed(|| index.fields(&dataset, stop));
    let fields = fields.context("stopped")?;
    measured.push(milliseconds("row_fields", took));
    let listed: Vec<SampleIndex> = dataset.indices().collect();
    let inputs = FacetInputs {
        dataset: &dataset,
        listed: &listed,
        session: &session,
        findings: Some(&found),
        index: &index,
        fields: Some(fields),
    };
    measured.push(milliseconds("facets", shortest(|| facets::count(&inputs)).0));
    measured.extend(memory::now().map(|held| ("memory_all", "MB", held)));

    let judged: Vec<SampleIndex> = dataset.indices().step_by(ROWS_PER_VERDICT).collect();
    let accept = RowsAction::Verdict(Some(Verdict::Accept));
    let events = session.apply_to_rows(&judged, &accept, now()).events;
    measured.extend(of_sidecar(folder, &dataset, &events, &judged)?);
    measured.push(milliseconds("export_plan", planned(&dataset, &events, out)?));
    Ok(measured)
}

fn milliseconds(name: &'static str, took: Duration) -> Measured {
    (name, "ms", took.as_secs_f64() * 1000.0)
}

/// Returns the shortest time of some work, and its last result.
fn shortest<R>(mut work: impl FnMut() -> R) -> (Duration, R) {
    let (mut took, mut made) = timed(&mut work);
    for _ in 1..REPEATS {
        if took > LONG {
            break;
        }
        drop(made);
        let (again, other) = timed(&mut work);
        (took, made) = (took.min(again), other);
    }
    (took, made)
}

fn opened(folder: &Path) -> anyhow::Result<AuditSession> {
    Ok(AuditSession::new(Arc::new(Dataset::open(folder)?), "bench", &[]))
}

/// Measures storing verdicts, and opening a session with them.
fn of_sidecar(
    folder: &Path,
    dataset: &Arc<Dataset>,
    events: &[Event],
    judged: &[SampleIndex],
) -> anyhow::Result<[Measured; 2]> {
    let records: Vec<SampleRecord> = judged.iter().filter_map(|row| SampleRecord::new(dataset, *row)).collect();
    let mut sidecar = Sidecar::open(&folder.join("growth.sqlite"), dataset.fingerprint)?;
    let (stored, done) = timed(|| sidecar.append(events, &records, None));
    done?;
    let (read, done) = timed(|| {
        let events = sidecar.events()?;
        let session = AuditSession::new(dataset.clone(), "bench", &events);
        anyhow::ensure!(session.judgements().len() == judged.len(), "not every verdict was read");
        Ok(())
    });
    done?;
    Ok([milliseconds("events_store", stored), milliseconds("events_read", read)])
}

/// Measures an export up to the moment when it would write.
fn planned(dataset: &Dataset, events: &[Event], out: &Path) -> anyhow::Result<Duration> {
    let options =
        ExportOptions { tiles: TileCheck::Trust, images: Images::None, copies: Copies::Trust, ..Default::default() };
    let judgements = merge::judgements_of(dataset, events, &AnnotatorScope::Everybody);
    let source = JudgementSource::new(&judgements, events, &AnnotatorScope::Everybody);
    let until_written = |step: ProgressStep| if step.stage == Stage::Writing { Err(Cancelled) } else { Ok(()) };
    let (took, written) = timed(|| export(dataset, &source, &options, out, &until_written));
    match written {
        Err(tilejury_audit::export::ExportError::Cancelled) | Ok(_) => Ok(took),
        Err(error) => Err(error.into()),
    }
}
