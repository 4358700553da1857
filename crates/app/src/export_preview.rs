//! The preview of an export, computed on a thread while its options are chosen. It must not draw or
//! write anything. Dropping it stops the work and does not wait.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tilejury_audit::export::{
    ChangeReason, DropReason, ExportOptions, ExportPlan, ExportReport, RowOutcome, preview_with,
};
use tilejury_audit::judgement::Judgements;
use tilejury_audit::merge::{self, AnnotatorScope};
use tilejury_audit::progress::{Progress, Stage};
use tilejury_audit::suspicion::Findings;
use tilejury_data::{Dataset, SampleIndex, TileSlot};

use crate::stored_judgements::StoredJudgements;
use crate::task::{Task, TaskProgress};
use crate::ui::brief;

/// The most rows that are listed for a reason.
const EXAMPLES: usize = 8;

/// The score from which on a negative is more likely relevant than not.
const LIKELY: f32 = 0.5;

/// The outcome that an export would have.
pub(crate) struct ExportForecast {
    pub(crate) report: ExportReport,
    /// The number of unmarked negatives with a score of 50 % or more in written rows that nobody
    /// judged; `None` if no findings are known.
    pub(crate) suspects: Option<usize>,
    /// The number of events that it was computed from.
    pub(crate) events: usize,
    /// All annotators who have judged.
    pub(crate) annotators: Vec<String>,
    /// Each reason that any row has, with some of its rows.
    pub(crate) reasons: Vec<OutcomeGroup>,
}

/// The rows that are left out or changed for one reason.
pub(crate) struct OutcomeGroup {
    /// The word in reports.
    pub(crate) word: &'static str,
    /// The name that people read.
    pub(crate) label: &'static str,
    /// Whether the rows are left out; otherwise they are changed.
    pub(crate) leave: bool,
    pub(crate) rows: usize,
    /// The indexes of samples, with their queries.
    pub(crate) examples: Vec<(SampleIndex, String)>,
}

/// A preview that is being computed, or is known.
pub(crate) struct ExportPreview {
    pub(crate) options: ExportOptions,
    pub(crate) scope: AnnotatorScope,
    /// The count of [`crate::review::ReviewStats::revision`] when it was started.
    pub(crate) revision: u64,
    outlook: Option<Result<ExportForecast, String>>,
    task: Task<Result<ExportForecast, String>>,
}

impl ExportPreview {
    /// Starts a preview with the judgements on disk. `fingerprints` is the cache of the pixel scan;
    /// the window of `ctx` is repainted on progress.
    pub(crate) fn start(
        dataset: Arc<Dataset>,
        (sidecar, fingerprints): (PathBuf, PathBuf),
        findings: Option<Arc<Findings>>,
        options: ExportOptions,
        scope: AnnotatorScope,
        revision: u64,
        ctx: &egui::Context,
    ) -> std::io::Result<Self> {
        let (wanted, wanted_scope) = (options.clone(), scope.clone());
        Self::start_with(options, scope, revision, ctx, move |progress| {
            compute(&dataset, (&sidecar, &fingerprints), findings.as_deref(), &wanted, &wanted_scope, progress)
        })
    }

    /// Starts with other work, for tests of the dialog.
    pub(crate) fn start_with(
        options: ExportOptions,
        scope: AnnotatorScope,
        revision: u64,
        ctx: &egui::Context,
        work: impl FnOnce(&TaskProgress) -> Result<ExportForecast, String> + Send + 'static,
    ) -> std::io::Result<Self> {
        let task = Task::spawn("export preview", ctx, work)?;
        Ok(Self { options, scope, revision, outlook: None, task })
    }

    /// Receives the answer, if there is one. To be called once a frame, before the dialog is drawn:
    /// a button that the answer enables must not appear a frame before it.
    pub(crate) fn take_answer(&mut self) {
        if let Some(answer) = self.task.poll() {
            let failed = |reason| Err(format!("The preview could not be computed: {reason}."));
            self.outlook = Some(answer.unwrap_or_else(failed));
        }
    }

    /// Returns the outcome, once it is known.
    pub(crate) fn outlook(&self) -> Option<&Result<ExportForecast, String>> {
        self.outlook.as_ref()
    }

    /// Returns the name of the current step, and the share of it that is done, from 0 to 1.
    pub(crate) fn progress(&self) -> (&'static str, f32) {
        let step = self.task.step().unwrap_or(Stage::Shards.step(0, 0));
        (step.stage.label(), step.share())
    }
}

fn compute(
    dataset: &Dataset,
    (sidecar, fingerprints): (&Path, &Path),
    findings: Option<&Findings>,
    options: &ExportOptions,
    scope: &AnnotatorScope,
    progress: &dyn Progress,
) -> Result<ExportForecast, String> {
    let stored = StoredJudgements::read(dataset, sidecar, scope)?;
    let annotators = merge::annotators(&stored.events).into_iter().map(str::to_owned).collect();
    let source = stored.source(scope);
    let planned = preview_with(dataset, &source, options, Some(fingerprints), progress);
    let (plan, report) = planned.map_err(|error| error.to_string())?;
    let reasons = groups(dataset, &plan, &report);
    let suspects = findings.map(|findings| suspects(dataset, &plan, source.judgements, findings));
    Ok(ExportForecast { events: stored.events.len(), report, suspects, annotators, reasons })
}

/// Counts the unmarked negatives with a score of [`LIKELY`] or more in written rows without a
/// verdict.
fn suspects(dataset: &Dataset, plan: &ExportPlan, judgements: &Judgements, findings: &Findings) -> usize {
    let of_row = |index: SampleIndex| {
        let likely = |slot: &TileSlot| !slot.is_positive() && findings.tile_score(index, *slot) >= LIKELY;
        let likely: Vec<TileSlot> = findings.known_tiles(index).into_iter().filter(likely).collect();
        // Few rows have any, so few are read.
        let sample = if likely.is_empty() { None } else { dataset.sample(index).ok() };
        let marks = judgements.get(&dataset.entry(index).key);
        let tiles = likely.into_iter().filter_map(|slot| sample.as_ref()?.tiles().nth(slot.index()));
        tiles.filter(|tile| marks.is_none_or(|marks| marks.relevance(&tile.path).is_none())).count()
    };
    plan.unjudged(dataset, judgements).map(of_row).sum()
}

/// Groups the rows by reason, in the order of the reasons; those of rows that are left out first.
fn groups(dataset: &Dataset, plan: &ExportPlan, report: &ExportReport) -> Vec<OutcomeGroup> {
    let leaving = DropReason::ALL.iter().map(|why| (why.word(), why.label(), true));
    let changed = ChangeReason::ALL.iter().map(|why| (why.word(), why.label(), false));
    let rows = |word| report.reasons.get(word).copied().filter(|rows| *rows > 0);
    let group =
        |(word, label, leave)| Some(OutcomeGroup { word, label, leave, rows: rows(word)?, examples: Vec::new() });
    let mut groups: Vec<OutcomeGroup> = leaving.chain(changed).filter_map(group).collect();
    for (index, outcome) in dataset.indices().zip(&plan.outcomes) {
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
