//! A run of `tilejury ask` while it goes on: its progress on the terminal, and the two ways to end
//! it.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tilejury_audit::pace::spell;
use tilejury_audit::text::{count, grouped};
use tilejury_reviewer::{AskControl, AskObserver, AskProgress, Estimate};

use crate::output::{print_message, progress, step_on};

/// Returns a switch that Ctrl-C and SIGTERM set. The second of them gives up what is on its way.
pub(super) fn stop_twice(control: &Arc<AskControl>) -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let (switch, control) = (stop.clone(), control.clone());
    // If the system refuses a handler, Ctrl-C ends the process as usual.
    let _ = ctrlc::set_handler(move || {
        if switch.swap(true, Ordering::Relaxed) {
            control.stop();
            control.abandon();
        }
    });
    stop
}

/// Shows how far a run is, and passes a wish to stop on.
pub(super) struct Shown<'s> {
    bar: indicatif::ProgressBar,
    stop: &'s AtomicBool,
    control: &'s AskControl,
    is_estimated: Cell<bool>,
    is_ending: Cell<bool>,
}

impl<'s> Shown<'s> {
    pub(super) fn new(stop: &'s AtomicBool, control: &'s AskControl) -> Self {
        Self { bar: progress(0, ""), stop, control, is_estimated: Cell::default(), is_ending: Cell::default() }
    }

    /// Takes the bar off the terminal.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl AskObserver for Shown<'_> {
    fn progress(&self, progress: AskProgress) {
        step_on(&self.bar, "asking", progress.done, progress.questions);
        if self.stop.load(Ordering::Relaxed) {
            self.control.stop();
            if !self.is_ending.replace(true) {
                let text = "waiting for the answers on their way, which are paid; Ctrl-C again gives them up";
                self.bar.suspend(|| print_message(text));
            }
        }
    }

    fn estimate(&self, estimate: &Estimate) {
        if estimate.questions == 0 || self.is_estimated.replace(true) {
            return;
        }
        let cost = estimate.cost.map_or_else(String::new, |cost| format!(", a cost of {cost:.2}"));
        let text = format!(
            "about {} tokens{cost} and {} for the other {}",
            grouped(estimate.tokens as usize),
            spell(estimate.time),
            count(estimate.questions, "question")
        );
        self.bar.suspend(|| print_message(&text));
    }
}
