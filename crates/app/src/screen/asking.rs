//! The start of questions to a model, and the handling of their answers and end. The work itself is
//! in `crate::asking_task`.

use std::time::Duration;

use tilejury_audit::external::{ExternalStore, file_beside, for_reading};
use tilejury_data::{SampleIndex, TilePath};
use tilejury_reviewer::{AskEnd, all_controls};

use super::dialogs::Dialog;
use super::questions::Asking;
use super::{App, Stage};
use crate::asking_plan::{AskingPlan, PlannedAsking};
use crate::asking_result::result;
use crate::asking_task::{AskingEnd, AskingTask};
use crate::command::{DatasetCommand, keymap};
use crate::screen::review_screen::ReviewScreen;
use crate::task::{Task, TaskProgress};
use crate::ui::asking_dialog::AskingDialog;
use crate::ui::scoreboard::ScoreboardDialog;

/// The least time between two looks for new answers about the visible tiles.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// The questions of a run above which its result stays until it is dismissed.
const LONG_RUN: usize = 40;
/// The least time between two computations of the signals while answers come.
const SIGNALS_EVERY: Duration = Duration::from_secs(10);

impl ReviewScreen {
    /// Looks up the visible tiles again, for new reviews of them.
    fn look_for_reviews(&mut self) {
        let tiles: Vec<TilePath> =
            self.review.sample.iter().flat_map(|sample| sample.tiles()).map(|tile| tile.path.clone()).collect();
        self.texts.refresh(&tiles, file_beside(&self.review.saving.location().path));
    }

    /// Follows a running model. Returns the name of the model and the end of its run.
    fn poll_asking(&mut self) -> Option<(String, AskingEnd)> {
        let task = self.asking.task.as_mut()?;
        let end = task.poll();
        let done = task.progress().done;
        let model = task.model.clone();
        if end.is_some() || Asking::is_due(&mut self.asking.seen, done, LOOK_EVERY) {
            self.look_for_reviews();
        }
        if end.is_some() || Asking::is_due(&mut self.asking.computed, done, SIGNALS_EVERY) {
            self.reading.new_reviews = true;
        }
        let end = end?;
        self.asking = Asking::default();
        Some((model, end))
    }
}

impl App {
    /// The model that is being asked.
    pub(super) fn asking_now(&self) -> Option<&AskingTask> {
        self.reviewing_now()?.asking.running()
    }

    /// Whether questions about a sample are being planned.
    pub(super) fn is_planning_to_ask(&self) -> bool {
        self.reviewing_now().is_some_and(|reviewing| reviewing.asking.planned.is_some())
    }

    /// Starts what was planned, and handles new answers and the end of a run. Called once a frame.
    pub(super) fn poll_asking(&mut self) {
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        let end = reviewing.poll_asking();
        let planned = &mut reviewing.asking.planned;
        if let Some(plan) = planned {
            plan.take_answer();
        }
        let is_ready = planned.as_ref().is_some_and(|plan| plan.answer().is_some());
        if let Some(plan) = planned.take_if(|_| is_ready) {
            match plan.answer() {
                // A person agreed to this address when it was first asked about this dataset.
                Some(Ok(asking)) if asking.was_asked => self.start_asking(asking.clone()),
                _ => self.dialog = Some(Dialog::Asking(AskingDialog::new(plan))),
            }
        }
        if let Some((model, end)) = end {
            self.asking_ended(&end, &model);
        }
    }

    /// Carries out the command: asks about the negatives of the displayed sample.
    pub(super) fn ask_about_sample(&mut self) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let rows = vec![reviewing.review.cursor()];
        match self.plan_asking(rows) {
            Ok(plan) => {
                if let Stage::Reviewing(reviewing) = &mut self.stage {
                    reviewing.asking.planned = plan;
                }
            }
            Err(error) => self.notify(format!("No model can be asked: {error}"), true),
        }
    }

    /// Carries out the command: shows what would be sent about the listed samples.
    pub(super) fn ask_about_list(&mut self) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let rows = reviewing.review.navigator.listed().to_vec();
        match self.plan_asking(rows) {
            Ok(plan) => self.dialog = plan.map(|plan| Dialog::Asking(AskingDialog::new(plan))),
            Err(error) => self.notify(format!("No model can be asked: {error}"), true),
        }
    }

    /// Plans the questions about rows, unless the settings name no model.
    fn plan_asking(&self, rows: Vec<SampleIndex>) -> std::io::Result<Option<AskingPlan>> {
        let Stage::Reviewing(reviewing) = &self.stage else { return Ok(None) };
        if !self.settings.reviewer.is_complete() {
            return Ok(None);
        }
        let place = reviewing.reading_place(&self.folders);
        AskingPlan::start(place, rows, self.settings.reviewer.clone(), self.keys.clone(), &self.ctx).map(Some)
    }

    /// Asks what was planned.
    pub(super) fn start_asking(&mut self, asking: PlannedAsking) {
        if matches!(self.dialog, Some(Dialog::Asking(_))) {
            self.dialog = None;
        }
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        if reviewing.asking.task.is_some() {
            return;
        }
        let place = reviewing.reading_place(&self.folders);
        match AskingTask::start(place, asking, &self.ctx) {
            Ok(task) => reviewing.asking = Asking { task: Some(task), ..Asking::default() },
            Err(error) => self.notify(format!("No model can be asked: {error}"), true),
        }
    }

    /// Carries out the command: pauses the questions, or goes on with them.
    pub(super) fn toggle_asking(&mut self) {
        if let Stage::Reviewing(reviewing) = &mut self.stage
            && let Some(task) = &mut reviewing.asking.task
        {
            let paused = !task.is_paused();
            task.pause(paused);
        }
    }

    /// Carries out the command: ends the run, and the second time gives up what is on its way.
    pub(super) fn stop_asking(&mut self) {
        if let Stage::Reviewing(reviewing) = &mut self.stage {
            reviewing.asking.stop_or_abandon();
        }
    }

    /// Carries out the command: shows the scoreboard, and starts to read how good models are.
    pub(super) fn open_scoreboard(&mut self) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let place = reviewing.reading_place(&self.folders);
        let read = move |_: &TaskProgress| {
            let file = for_reading(&place.dataset, &place.sidecar, &place.sidecars);
            let store = ExternalStore::open_for_reading(&file).ok().flatten();
            // A file that cannot be read is reported where its reviews are read.
            store.and_then(|store| all_controls(&place.dataset, &store).ok()).unwrap_or_default()
        };
        let controls = Task::spawn("controls", &self.ctx, read).ok();
        self.dialog = Some(Dialog::Scoreboard(ScoreboardDialog::new(controls)));
    }

    fn asking_ended(&mut self, end: &AskingEnd, model: &str) {
        if let Some(mut open) = self.review_context() {
            open.review().search_texts_again();
        }
        let stays = match end {
            AskingEnd::Failed(_) => true,
            // A long run ends while the person judges: its result waits to be read.
            AskingEnd::Ran { summary, .. } => matches!(summary.end, AskEnd::Faults(_)) || summary.asked > LONG_RUN,
        };
        let result = result(end, model);
        let text = format!("{}: {}", result.title, result.summary);
        let has_more = !result.lines.is_empty() || !result.figures.is_empty();
        self.store_result(result);
        if matches!(self.dialog, Some(Dialog::Jobs)) {
            return self.log_message(text);
        }
        let key = keymap::from_context(&self.ctx).first(DatasetCommand::Jobs);
        let more = if has_more && !key.is_empty() { format!(" {key} shows more.") } else { String::new() };
        self.notify(format!("{text}{more}"), stays);
    }
}
