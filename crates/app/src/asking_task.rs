//! A model that is being asked in the background: its progress, its pause, its end. All of it is on
//! threads of its own; the window takes a lock for a few numbers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tilejury_audit::external::{ExternalStore, for_writing};
use tilejury_reviewer::{
    AskControl, AskObserver, AskProgress, AskSettings, AskSummary, AskTask, Estimate, ModelControls, ask,
    model_controls, model_id,
};

use crate::asking_plan::PlannedAsking;
use crate::model_server::ANSWER_WITHIN;
use crate::reading_task::ReadingPlace;
use crate::task::Task;

/// The least time between two repaints that show the progress.
const DRAW_EVERY: Duration = Duration::from_millis(250);
/// The time that answers on their way have once the dataset is closed.
pub(crate) const CLOSES_AFTER: Duration = Duration::from_secs(5);

/// The end of a run.
pub(crate) enum AskingEnd {
    /// It ran; the summary says how it ended. The controls are those of all runs with this model.
    Ran {
        summary: Box<AskSummary>,
        controls: ModelControls,
        /// The questions of the first stage that were planned.
        planned: usize,
    },
    /// It did not begin, or the answers could not be stored.
    Failed(String),
}

/// A run that is going on or paused. Dropping it ends the run and waits a short time for what is on
/// its way; it may block.
pub(crate) struct AskingTask {
    /// The address, without a key or a password.
    pub(crate) address: String,
    /// The model, by the name that it is asked by.
    pub(crate) model: String,
    is_paused: bool,
    /// The questions of the first stage.
    planned: usize,
    shared: Arc<Shared>,
    task: Task<AskingEnd>,
}

/// The part that the window and the threads share.
#[derive(Default)]
struct Shared {
    control: AskControl,
    /// Ends the request that comes before the questions.
    stop: AtomicBool,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Default)]
struct State {
    progress: AskProgress,
    /// The needs of the rest, and when they were estimated.
    estimate: Option<(Estimate, Instant)>,
}

impl AskingTask {
    /// Starts to ask.
    pub(crate) fn start(place: ReadingPlace, asking: PlannedAsking, ctx: &egui::Context) -> std::io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let planned = asking.plan.questions.len();
        shared.state.lock().progress.questions = planned;
        let (address, model) = (asking.client.address().to_owned(), asking.reviewer.model.clone());
        let (own, wake) = (shared.clone(), ctx.clone());
        let task = Task::spawn("asking", ctx, move |_| {
            let observer = Observer { shared: &own, wake, drawn: Mutex::new(Instant::now()) };
            observer.run(&place, &asking).unwrap_or_else(AskingEnd::Failed)
        })?;
        Ok(Self { address, model, is_paused: false, planned, shared, task })
    }

    /// Sends no further request, or goes on.
    pub(crate) fn pause(&mut self, paused: bool) {
        self.is_paused = paused;
        self.shared.control.pause(paused);
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// Ends the run: nothing more is sent. Answers on their way, which are paid, are waited for and
    /// stored.
    pub(crate) fn stop(&self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.shared.control.stop();
    }

    /// Gives up the answers on their way, if the run was ended.
    pub(crate) fn abandon(&self) {
        if self.is_stopping() {
            self.shared.control.abandon();
        }
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.shared.stop.load(Ordering::Relaxed)
    }

    pub(crate) fn progress(&self) -> AskProgress {
        self.shared.state.lock().progress
    }

    /// Whether doubtful tiles are being compared, which adds questions.
    pub(crate) fn is_comparing(&self) -> bool {
        self.progress().questions > self.planned
    }

    /// The needs of the rest with the time left now; `None` before twenty answers.
    pub(crate) fn estimate(&self) -> Option<Estimate> {
        let (estimate, at) = self.shared.state.lock().estimate?;
        let progress = self.progress();
        let rest = estimate.of_the_rest(progress.questions.saturating_sub(progress.done), at.elapsed());
        Some(rest).filter(|_| !self.is_paused && !self.is_stopping())
    }

    /// Returns the end of the run, and only once.
    pub(crate) fn poll(&mut self) -> Option<AskingEnd> {
        Some(self.task.poll()?.unwrap_or_else(AskingEnd::Failed))
    }
}

impl Drop for AskingTask {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.task.take_thread_within(CLOSES_AFTER) {
            self.shared.control.abandon();
            let _ = thread.join();
        }
    }
}

/// The run on its thread.
struct Observer<'s> {
    shared: &'s Shared,
    wake: egui::Context,
    drawn: Mutex<Instant>,
}

impl Observer<'_> {
    fn run(&self, place: &ReadingPlace, asking: &PlannedAsking) -> Result<AskingEnd, String> {
        let (dataset, reviewer) = (&place.dataset, &asking.reviewer);
        let model_id = model_id(asking.client.as_ref(), &reviewer.model, &self.shared.stop)?;
        let file = for_writing(dataset, &place.sidecar, &place.sidecars).map_err(|error| error.to_string())?;
        let mut store = ExternalStore::open(&file).map_err(|error| error.to_string())?;
        let settings = AskSettings {
            at_a_time: reviewer.at_a_time as usize,
            budget: reviewer.budget(),
            last_answers: ANSWER_WITHIN,
            second_stage: reviewer.second_stage,
            ..AskSettings::default()
        };
        let task = AskTask {
            dataset,
            plan: &asking.plan,
            server: asking.client.as_ref(),
            model: &reviewer.model,
            model_id: &model_id,
            settings: &settings,
            control: &self.shared.control,
        };
        let summary = ask(&task, &mut store, self).map_err(|error| error.to_string())?;
        store.check_evidence().map_err(|error| error.to_string())?;
        let controls = model_controls(dataset, &store, &reviewer.model).map_err(|error| error.to_string())?;
        Ok(AskingEnd::Ran { summary: Box::new(summary), controls, planned: asking.plan.questions.len() })
    }
}

impl AskObserver for Observer<'_> {
    fn progress(&self, progress: AskProgress) {
        self.shared.state.lock().progress = progress;
        let mut drawn = self.drawn.lock();
        if drawn.elapsed() >= DRAW_EVERY {
            *drawn = Instant::now();
            self.wake.request_repaint();
        }
    }

    fn estimate(&self, estimate: &Estimate) {
        self.shared.state.lock().estimate = Some((*estimate, Instant::now()));
    }
}
