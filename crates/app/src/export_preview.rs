//! The preview of an export, computed on a thread while its options are chosen. It must not draw or
//! write anything. Dropping it stops the work and does not wait.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tilejury_audit::download;
use tilejury_audit::export::{
    ChangeReason, DropReason, ExportOptions, ExportPlan, ExportReport, RowOutcome, preview_with,
};
use tilejury_audit::merge::{self, AnnotatorScope};
use tilejury_audit::progress::{Progress, Stage};
use tilejury_audit::suspicion::Findings;
use tilejury_data::tile_source::ToFetch;
use tilejury_data::{Dataset, SampleIndex};

use crate::stored_judgements::StoredJudgements;
use crate::task::{Task, TaskProgress};

/// The outcome that an export would have.
pub(crate) struct ExportForecast {
    pub(crate) report: ExportReport,
    /// The number of unmarked negatives with a score of 50 % or more in written rows that nobody
    /// judged; `None` if no findings are known.
    pub(crate) suspects: Option<usize>,
    /// The download that copying the pictures takes from where the dataset is.
    pub(crate) pictures: ToFetch,
    /// The number of events that it was computed from.
    pub(crate) events: usize,
    /// All annotators who have judged.
    pub(crate) annotators: Vec<String>,
    /// Each reason that any row has, with its rows.
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
    /// In the dataset's order.
    pub(crate) rows: Vec<SampleIndex>,
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
    let source = stored.source(dataset, scope);
    let planned = preview_with(dataset, &source, options, Some(fingerprints), progress);
    let (plan, report) = planned.map_err(|error| error.to_string())?;
    let reasons = groups(dataset, &plan, &report);
    let suspects = findings.map(|findings| plan.suspects(dataset, source.judgements, findings));
    let pictures = download::of_pictures(dataset, &plan, &report, options).map_err(|error| error.to_string())?;
    Ok(ExportForecast { events: stored.events.len(), report, suspects, pictures, annotators, reasons })
}

/// Groups the rows by reason, in the order of the reasons; those of rows that are left out first.
fn groups(dataset: &Dataset, plan: &ExportPlan, report: &ExportReport) -> Vec<OutcomeGroup> {
    let leaving = DropReason::ALL.iter().map(|why| (why.word(), why.label(), true));
    let changed = ChangeReason::ALL.iter().map(|why| (why.word(), why.label(), false));
    let is_there = |word| report.reasons.get(word).is_some_and(|rows| *rows > 0);
    let group = |(word, label, leave)| is_there(word).then(|| OutcomeGroup { word, label, leave, rows: Vec::new() });
    let mut groups: Vec<OutcomeGroup> = leaving.chain(changed).filter_map(group).collect();
    for (index, outcome) in dataset.indices().zip(&plan.outcomes) {
        let words: Vec<&str> = match outcome {
            RowOutcome::Keep => continue,
            RowOutcome::Drop(why) => vec![why.word()],
            RowOutcome::Change(changed) => changed.iter().map(|why| why.word()).collect(),
        };
        groups.iter_mut().filter(|group| words.contains(&group.word)).for_each(|group| group.rows.push(index));
    }
    groups
}
