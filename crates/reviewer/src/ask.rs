//! A run of two stages. A run that ended in any way goes on where it was: only questions without an
//! answer are asked.

use tilejury_audit::external::ExternalStore;
use tilejury_audit::sidecar::SidecarError;
use tilejury_data::TilePath;

use crate::chat::RequestForm;
use crate::comparing::Comparing;
use crate::control::AskObserver;
use crate::reviewing::Reviewing;
use crate::sender::Sender;
use crate::stage::Running;
use crate::task::{AskEnd, AskError, AskSummary, AskTask};

/// Asks the questions of a plan that have no answer yet, and stores every answer as it comes; then,
/// if the settings say so, compares the doubtful tiles. Blocks until all are done or the run ends;
/// what was stored until then stays.
///
/// # Errors
/// When the file of answers cannot be read or written.
pub fn ask(task: &AskTask<'_>, store: &mut ExternalStore, observer: &dyn AskObserver) -> Result<AskSummary, AskError> {
    let address = task.server.address();
    let form = store.known_form(address, task.model)?.map(|words| RequestForm::of_words(&words));
    let unanswered = store.unanswered_requests(address)?;
    let unanswered_before = unanswered.len();
    let sender = Sender::new(task, form, unanswered, store.failures_by_key()?);
    let first = Running::new(&sender, &Reviewing(task), store.answer_keys()?, 0).run(store, observer)?;
    let mut summary = AskSummary {
        asked: first.asked,
        answered: first.answered,
        verified: first.verified,
        failed: first.failed,
        known: first.known,
        unreadable: first.unreadable,
        failures: first.failures,
        unanswered_before,
        ..AskSummary::default()
    };
    if task.settings.second_stage && !task.control.is_stopped() {
        compare(&sender, store, observer, &mut summary)?;
    }
    if let Some(learned) = sender.proven_form().filter(|learned| Some(*learned) != form) {
        store.store_form(address, task.model, &learned.words())?;
    }
    summary.unanswered = store.unanswered_requests(address)?.len();
    summary.repeated = sender.repeated();
    summary.calls = sender.spending().spent().calls;
    summary.tokens = sender.spending().spent().tokens.all();
    summary.cost = sender.spending().cost();
    summary.end = match sender.end() {
        Some(end) => end,
        None if task.control.is_stopped() => AskEnd::Stopped,
        None => AskEnd::Finished,
    };
    Ok(summary)
}

/// Runs the second stage.
fn compare(
    sender: &Sender<'_>,
    store: &mut ExternalStore,
    observer: &dyn AskObserver,
    summary: &mut AskSummary,
) -> Result<(), SidecarError> {
    let task = sender.task();
    let comparing = Comparing::of_plan(task, store)?;
    if comparing.is_empty() {
        return Ok(());
    }
    let counts =
        Running::new(sender, &comparing, store.comparison_keys()?, task.plan.questions.len()).run(store, observer)?;
    summary.second.asked = counts.asked;
    summary.second.answered = counts.answered;
    summary.second.failed = counts.failed;
    summary.failures.extend(counts.failures);
    let known: Vec<TilePath> = summary.unreadable.iter().map(|(tile, _)| tile.clone()).collect();
    summary.unreadable.extend(counts.unreadable.into_iter().filter(|(tile, _)| !known.contains(tile)));
    comparing.count(store, &mut summary.second)
}
