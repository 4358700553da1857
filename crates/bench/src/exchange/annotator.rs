//! One simulated annotator: a process that judges at random, stores as the window does, notes what
//! was shown as saved, and exchanges through an unreliable place. It may be killed at any moment;
//! the next process of the same annotator goes on.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use tilejury_audit::exchange::{Place, sync_through};
use tilejury_audit::sidecar::{SampleRecord, Writer, WriterReport};
use tilejury_audit::{AuditSession, Event, JudgeAction, Relevance, Sidecar, StepId, Timestamp, Verdict};
use tilejury_data::{Dataset, SampleIndex, TilePath};

use super::unreliable::unreliable;
use crate::mixed::Draws;

/// The most that a clock is wrong, in seconds.
const CLOCK_WRONG_BY: usize = 6 * 3600;
/// The share of judgements before which the clock jumps.
const CLOCK_JUMPS: f64 = 0.005;
/// The numbers of judgements between two exchanges.
const EXCHANGE_AFTER: std::ops::Range<usize> = 20..120;

/// The work of one process, as an argument of the program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AnnotatorProcess {
    /// The folder of the set.
    pub(super) set: PathBuf,
    /// The sidecar of the annotator.
    pub(super) sidecar: PathBuf,
    /// The file of what was shown as saved.
    pub(super) saved: PathBuf,
    /// The file with a line for each exchange that failed.
    pub(super) failures: PathBuf,
    /// The place, as a person would name it.
    pub(super) with: String,
    /// The name of the annotator.
    pub(super) annotator: String,
    /// The number of judgements to reach.
    pub(super) judgements: usize,
    /// The seed of this process.
    pub(super) seed: u64,
}

impl FromStr for AnnotatorProcess {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

impl AnnotatorProcess {
    /// Judges and exchanges until the number of judgements is reached.
    ///
    /// # Errors
    /// If the set or the sidecar fails, or judgements are not saved.
    pub fn run(&self) -> anyhow::Result<()> {
        let dataset = Arc::new(Dataset::open(&self.set)?);
        let mut draws = Draws::new(self.seed);
        let mut place = unreliable(super::open(&self.with)?, self.seed);
        let mut sidecar = Sidecar::open(&self.sidecar, dataset.fingerprint)?;
        let others = sidecar.sessions_of_others()?;
        let mut own: Vec<Event> = sidecar.events()?;
        own.retain(|event| *event.annotator == *self.annotator);
        let is_here = |event: &&Event| !others.contains_key(&*event.step.session);
        let steps: HashSet<&StepId> = own.iter().filter(is_here).map(|event| &event.step).collect();
        let mut judged = steps.len();
        let session = AuditSession::new(dataset.clone(), &self.annotator, &own);
        let mut session = session.without_steps_of(|id| others.contains_key(id));
        let writer = self.writer(sidecar, session.id())?;
        let mut clock = Clock::new(&mut draws);
        let mut until_exchange = 0;
        while judged < self.judgements {
            let action = self.action(&mut draws, &dataset)?;
            let made = session.apply(action, clock.now(&mut draws));
            if made.events.is_empty() {
                continue;
            }
            judged += 1;
            let rows = made.events.iter().filter_map(|event| dataset.find(event.sample));
            let samples = rows.filter_map(|index| SampleRecord::new(&dataset, index)).collect();
            writer.record(made.events, samples);
            std::thread::sleep(Duration::from_micros(draws.below(1500) as u64));
            if until_exchange == 0 {
                until_exchange = EXCHANGE_AFTER.start + draws.below(EXCHANGE_AFTER.len());
                self.exchange(&dataset, &mut place)?;
            }
            until_exchange -= 1;
        }
        // Stores what waits.
        drop(writer);
        self.exchange(&dataset, &mut place)
    }

    /// Starts the thread that stores, as the window has it, and notes what it reports as saved.
    fn writer(&self, sidecar: Sidecar, session: &str) -> anyhow::Result<Writer> {
        let mut saved: File = OpenOptions::new().create(true).append(true).open(&self.saved)?;
        let id = session.to_owned();
        let report = move |report: WriterReport| {
            if let WriterReport::Saved { up_to } = report {
                // One write each: a killed process leaves no half line that could be misread.
                let _ = saved.write_all(format!("{id} {up_to}\n").as_bytes());
            }
        };
        Ok(Writer::start(sidecar, session, report)?)
    }

    fn action(&self, draws: &mut Draws, dataset: &Dataset) -> anyhow::Result<JudgeAction> {
        let row = SampleIndex::new(draws.below(dataset.samples.len()));
        let verdicts = [Verdict::Accept, Verdict::Reject, Verdict::Unsure];
        Ok(match draws.below(10) {
            0..5 => JudgeAction::Verdict(row, Some(verdicts[draws.below(verdicts.len())])),
            5..8 => {
                let negatives = dataset.row(row)?.negatives;
                let relevance = if draws.below(2) == 0 { Relevance::Relevant } else { Relevance::NotRelevant };
                JudgeAction::Relevance(row, TilePath::new(&negatives[draws.below(negatives.len())]), Some(relevance))
            }
            8 => JudgeAction::Note(row, format!("note {} of {}", draws.below(1000), self.annotator)),
            _ => JudgeAction::Undo,
        })
    }

    /// One exchange, with a connection of its own. If it fails, also because the sidecar is locked,
    /// it is tried again the next time, as in the window.
    fn exchange(&self, dataset: &Dataset, place: &mut Place) -> anyhow::Result<()> {
        let opened = Sidecar::open(&self.sidecar, dataset.fingerprint);
        let done = opened.map_err(anyhow::Error::from).and_then(|mut sidecar| {
            let done = sync_through(&mut sidecar, place, &AtomicBool::new(false));
            done.map(drop).map_err(anyhow::Error::from)
        });
        if let Err(error) = done {
            let mut failures = OpenOptions::new().create(true).append(true).open(&self.failures)?;
            writeln!(failures, "{error}")?;
        }
        Ok(())
    }
}

/// A clock that is wrong, and jumps.
struct Clock {
    /// The seconds that it is ahead, of twice [`CLOCK_WRONG_BY`].
    shift: u64,
}

impl Clock {
    fn new(draws: &mut Draws) -> Self {
        Self { shift: draws.below(2 * CLOCK_WRONG_BY) as u64 }
    }

    fn now(&mut self, draws: &mut Draws) -> Timestamp {
        if draws.fraction() < CLOCK_JUMPS {
            *self = Self::new(draws);
        }
        let shift = Duration::from_secs(self.shift);
        (SystemTime::now() + shift - Duration::from_secs(CLOCK_WRONG_BY as u64)).into()
    }
}
