//! What an export would do, worked out in a thread while its options are chosen. Dropping a preview stops it; nobody waits.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use tilejury_audit::Sidecar;
use tilejury_audit::export::{
    Changed, DropReason, ExportOptions, ExportPlan, ExportReport, RowOutcome, Source, Step, preview_with,
};
use tilejury_audit::merge::{self, AnnotatorScope};
use tilejury_data::Dataset;

use crate::ui::brief;

/// Rows that are shown for one reason.
const EXAMPLES: usize = 8;

/// What an export would do.
pub(crate) struct ExportForecast {
    pub(crate) report: ExportReport,
    /// How many events it goes by.
    pub(crate) events: usize,
    /// Everybody who has judged.
    pub(crate) annotators: Vec<String>,
    /// For each reason that any row has, some of its rows.
    pub(crate) reasons: Vec<OutcomeGroup>,
}

/// The rows that something happens to for one reason.
pub(crate) struct OutcomeGroup {
    /// The word of the report, and the one that people read.
    pub(crate) word: &'static str,
    pub(crate) label: &'static str,
    /// They leave; else they are changed.
    pub(crate) leave: bool,
    pub(crate) rows: usize,
    /// Indexes of samples, with their queries.
    pub(crate) examples: Vec<(usize, String)>,
}

/// A preview under way, or done.
pub(crate) struct ExportPreview {
    pub(crate) options: ExportOptions,
    pub(crate) whose: AnnotatorScope,
    /// The count of [`crate::review::Review::judgings`] when it was begun.
    pub(crate) judgings: u64,
    outlook: Option<Result<ExportForecast, String>>,
    answer: Receiver<Result<ExportForecast, String>>,
    step: Arc<Meter>,
    stop: Arc<AtomicBool>,
}

#[derive(Default)]
struct Meter {
    step: AtomicUsize,
    done: AtomicUsize,
    total: AtomicUsize,
}

const STEPS: [Step; 5] = [Step::Shards, Step::Tiles, Step::Pixels, Step::Pairs, Step::Rows];

impl ExportPreview {
    /// Begins. The judgements are those on disk; `fingerprints` is the file of what was read of pixels; `wake` makes the window draw again.
    pub(crate) fn start(
        dataset: Arc<Dataset>,
        (sidecar, fingerprints): (PathBuf, PathBuf),
        options: ExportOptions,
        whose: AnnotatorScope,
        judgings: u64,
        wake: egui::Context,
    ) -> std::io::Result<Self> {
        let (sender, answer) = sync_channel(1);
        let (step, stop) = (Arc::new(Meter::default()), Arc::new(AtomicBool::new(false)));
        let (wanted, by, meter, stopped) = (options.clone(), whose.clone(), step.clone(), stop.clone());
        thread::Builder::new().name("export preview".into()).spawn(move || {
            let tell = |step: Step, done: usize, total: usize| {
                let number = STEPS.iter().position(|known| *known == step).unwrap_or(0);
                meter.step.store(number, Ordering::Relaxed);
                meter.done.store(done, Ordering::Relaxed);
                meter.total.store(total, Ordering::Relaxed);
                wake.request_repaint();
                !stopped.load(Ordering::Relaxed)
            };
            let _ = sender.send(compute(&dataset, (&sidecar, &fingerprints), &wanted, &by, &tell));
            wake.request_repaint();
        })?;
        Ok(Self { options, whose, judgings, outlook: None, answer, step, stop })
    }

    /// Takes in the answer, if there is one. Called once a frame, before anything is drawn by it: a button that an answer enables
    /// must not come a frame before the answer.
    pub(crate) fn take_answer(&mut self) {
        if self.outlook.is_none() {
            self.outlook = self.answer.try_recv().ok();
        }
    }

    /// What it would do, once that is known.
    pub(crate) fn outlook(&self) -> Option<&Result<ExportForecast, String>> {
        self.outlook.as_ref()
    }

    /// What is being done, and how far it is, 0 to 1.
    pub(crate) fn progress(&self) -> (&'static str, f32) {
        let step = STEPS[self.step.step.load(Ordering::Relaxed).min(STEPS.len() - 1)];
        let (done, total) = (self.step.done.load(Ordering::Relaxed), self.step.total.load(Ordering::Relaxed));
        (step.label(), done as f32 / total.max(1) as f32)
    }
}

impl Drop for ExportPreview {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn compute(
    dataset: &Dataset,
    (sidecar, fingerprints): (&Path, &Path),
    options: &ExportOptions,
    whose: &AnnotatorScope,
    tell: tilejury_audit::export::Progress<'_>,
) -> Result<ExportForecast, String> {
    let events = match Sidecar::open_for_reading(sidecar).map_err(|error| error.to_string())? {
        Some(mut sidecar) => sidecar.events().map_err(|error| error.to_string())?,
        None => Vec::new(),
    };
    let annotators = merge::annotators(&events).into_iter().map(str::to_owned).collect();
    let judgements = merge::judgements_of(dataset, &events, whose);
    let source = Source::new(&judgements, &events, whose);
    let planned = preview_with(dataset, &source, options, Some(fingerprints), tell);
    let (plan, report) = planned.map_err(|error| error.to_string())?;
    let reasons = groups(dataset, &plan, &report);
    Ok(ExportForecast { events: events.len(), report, annotators, reasons })
}

/// In the order of the reasons, those of rows that leave first.
fn groups(dataset: &Dataset, plan: &ExportPlan, report: &ExportReport) -> Vec<OutcomeGroup> {
    let leaving = DropReason::ALL.iter().map(|why| (why.word(), why.label(), true));
    let changed = Changed::ALL.iter().map(|why| (why.word(), why.label(), false));
    let rows = |word| report.reasons.get(word).copied().filter(|rows| *rows > 0);
    let group =
        |(word, label, leave)| Some(OutcomeGroup { word, label, leave, rows: rows(word)?, examples: Vec::new() });
    let mut groups: Vec<OutcomeGroup> = leaving.chain(changed).filter_map(group).collect();
    for (index, outcome) in plan.outcomes.iter().enumerate() {
        let words: Vec<&str> = match outcome {
            RowOutcome::Keep => continue,
            RowOutcome::Drop(why) => vec![why.word()],
            RowOutcome::Change(changed) => changed.iter().map(|why| why.word()).collect(),
        };
        for group in groups.iter_mut().filter(|group| words.contains(&group.word)) {
            if group.examples.len() < EXAMPLES {
                let query = dataset.row(index).map(|row| brief(&row.query, 300).into_owned()).unwrap_or_default();
                group.examples.push((index, query));
            }
        }
    }
    groups
}
