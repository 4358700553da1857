//! The questions that a model would be asked, planned on a thread before anything is sent. It reads
//! rows and the file of answers, and opens no connection.

use std::sync::Arc;

use tilejury_audit::external::{ExternalStore, for_reading};
use tilejury_audit::sidecar::SidecarError;
use tilejury_data::SampleIndex;
use tilejury_reviewer::{AskPlan, EndpointClient, plan};

use crate::key_store::KeyStore;
use crate::model_server::{ANSWER_WITHIN, KeyOrigin, ModelClient, model_client, place_in_words};
use crate::reading_task::ReadingPlace;
use crate::settings::ReviewerSettings;
use crate::task::Task;

/// Questions that are ready to be asked.
#[derive(Clone, Debug)]
pub(crate) struct PlannedAsking {
    pub(crate) plan: Arc<AskPlan>,
    pub(crate) client: Arc<EndpointClient>,
    /// The place that its key is from.
    pub(crate) key: KeyOrigin,
    pub(crate) reviewer: ReviewerSettings,
    /// The number of different tiles that would be sent.
    pub(crate) tiles: usize,
    /// The place of the server, in words.
    pub(crate) at: &'static str,
    /// Whether this endpoint has answered about this dataset before: a person agreed then.
    pub(crate) was_asked: bool,
    /// The requests of earlier runs to this endpoint that may have been paid without an answer.
    pub(crate) unanswered: usize,
    /// Whether the tiles have to be fetched first.
    pub(crate) is_fetched: bool,
}

/// Questions that are being planned, or are ready.
pub(crate) struct AskingPlan {
    answer: Option<Result<PlannedAsking, String>>,
    task: Task<Result<PlannedAsking, String>>,
}

impl AskingPlan {
    /// Starts to plan the questions about the negatives of rows. The window of `ctx` is repainted
    /// at the end.
    pub(crate) fn start(
        place: ReadingPlace,
        rows: Vec<SampleIndex>,
        reviewer: ReviewerSettings,
        keys: Arc<dyn KeyStore>,
        ctx: &egui::Context,
    ) -> std::io::Result<Self> {
        let task = Task::spawn("asking plan", ctx, move |_| compute(&place, &rows, reviewer, keys.as_ref()))?;
        Ok(Self { answer: None, task })
    }

    /// Receives the answer, if there is one. To be called once a frame.
    pub(crate) fn take_answer(&mut self) {
        if let Some(answer) = self.task.poll() {
            let failed = |reason| Err(format!("the questions could not be planned: {reason}"));
            self.answer = Some(answer.unwrap_or_else(failed));
        }
    }

    /// Returns the questions once they are known; the error is for a person to read.
    pub(crate) fn answer(&self) -> Option<&Result<PlannedAsking, String>> {
        self.answer.as_ref()
    }
}

fn compute(
    place: &ReadingPlace,
    rows: &[SampleIndex],
    reviewer: ReviewerSettings,
    keys: &dyn KeyStore,
) -> Result<PlannedAsking, String> {
    let dataset = &place.dataset;
    let plan = plan(dataset, rows, &reviewer.model, reviewer.controls());
    if plan.questions.is_empty() {
        return Err("no row has a negative to ask about".to_owned());
    }
    let client = model_client(&reviewer.endpoint, ANSWER_WITHIN, keys);
    let ModelClient { client, key } = client.map_err(|error| error.to_string())?;
    let file = for_reading(dataset, &place.sidecar, &place.sidecars);
    let store = ExternalStore::open_for_reading(&file).map_err(|error| error.to_string())?;
    let before = store.map(|store| {
        Ok::<_, SidecarError>((store.was_asked(client.address())?, store.unanswered_requests(client.address())?.len()))
    });
    let (was_asked, unanswered) = before.transpose().map_err(|error| error.to_string())?.unwrap_or_default();
    Ok(PlannedAsking {
        tiles: plan.tiles().len(),
        plan: Arc::new(plan),
        at: place_in_words(&client),
        client: Arc::new(client),
        key,
        reviewer,
        was_asked,
        unanswered,
        is_fetched: dataset.tiles.storage().is_some(),
    })
}
