//! Leaving a review for another one, for the welcome screen, or to quit: never before everything is
//! on disk, unless the person decides so, and without making the drawing thread wait.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use egui::ViewportCommand;

use super::{App, Stage};
use crate::asking_task::CLOSES_AFTER;
use crate::opening::OpenTarget;
use crate::tour_folder;

/// Saving takes a few milliseconds: only a longer wait is worth a question.
const ASK_AFTER: Duration = Duration::from_millis(400);
/// The time that answers on their way have once a person closed the window, who sees that it waits
/// and can end that. A system that shuts down has less patience.
const PERSON_WAITS: Duration = Duration::from_secs(60);

/// The destination when a review is left.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Destination {
    Quit,
    Welcome,
    Open(OpenTarget),
    /// Opens a dataset with another sidecar than its usual one.
    OpenWith {
        target: OpenTarget,
        sidecar: PathBuf,
    },
    /// Reopens the open dataset, if any, under another annotator's name; with `for_all`, the name
    /// applies to all sets.
    OpenAs {
        name: String,
        for_all: bool,
        target: Option<OpenTarget>,
    },
}

/// A pending departure: it waits until everything is saved.
pub(super) struct Leaving {
    pub(super) destination: Destination,
    since: Instant,
    /// The frame in which it was asked for.
    frame: u64,
    /// Whether a process signal asked for it.
    by_signal: bool,
}

impl App {
    /// Leaves as soon as nothing can be lost.
    pub(super) fn leave_for(&mut self, destination: Destination) {
        self.save_note();
        let frame = self.ctx.cumulative_frame_nr();
        self.leaving = Some(Leaving { destination, since: Instant::now(), frame, by_signal: false });
    }

    /// Leaves at once, even if something is lost.
    pub(super) fn leave_now(&mut self) {
        let Some(leaving) = self.leaving.take() else { return };
        match leaving.destination {
            Destination::Quit => {
                // Nobody waits for them any more, and closing must not either.
                if let Some(asking) = self.asking_now() {
                    asking.stop();
                    asking.abandon();
                }
                if self.is_sending_last() {
                    self.abandon_exchange();
                }
                self.may_close = true;
                self.ctx.send_viewport_cmd(ViewportCommand::Close);
            }
            Destination::Open(target) => self.open(target),
            Destination::OpenWith { target, sidecar } => {
                self.named_sidecar = Some((target.clone(), sidecar));
                self.open(target);
            }
            Destination::OpenAs { name, for_all, target } => {
                if for_all {
                    self.settings.annotator = Some(name.clone());
                    self.save_settings();
                }
                // A choice in the window replaces the name from the command line.
                self.named_annotator = None;
                self.annotator.clone_from(&name);
                if let Some(target) = target {
                    self.open_as(target, Some(name));
                }
            }
            Destination::Welcome => {
                drop(self.close_review());
                self.ctx.send_viewport_cmd(ViewportCommand::Title("Tilejury".to_owned()));
            }
        }
    }

    /// Makes a process signal (SIGTERM, SIGHUP, Ctrl-C) leave as the window's close button does,
    /// which keeps a note that is being written. If the system refuses a handler, a process signal
    /// ends the program at once.
    pub(crate) fn leave_on_process_signals(&self) {
        let (end_requested, ctx) = (self.end_requested.clone(), self.ctx.clone());
        let handler = ctrlc::set_handler(move || {
            end_requested.store(true, Ordering::Relaxed);
            ctx.request_repaint();
        });
        if let Err(error) = handler {
            log::warn!("process signals cannot be handled: {error}");
        }
    }

    /// Leaves once nothing can be lost; called once a frame.
    pub(super) fn continue_leaving(&mut self) {
        let close = self.ctx.input(|input| input.viewport().close_requested());
        if close && !self.may_close {
            self.ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            if !self.is_quitting() {
                self.leave_for(Destination::Quit);
            }
        }
        if self.end_requested.swap(false, Ordering::Relaxed) {
            // A second process signal does not wait.
            match self.leaving {
                Some(Leaving { destination: Destination::Quit, .. }) => self.leave_now(),
                _ => {
                    self.leave_for(Destination::Quit);
                    self.leaving.iter_mut().for_each(|leaving| leaving.by_signal = true);
                }
            }
        }
        if let Some(leaving) = &self.leaving {
            // Esc cancels, even before the question is visible; but not the Esc that asked for it.
            let is_new = leaving.frame == self.ctx.cumulative_frame_nr();
            if !is_new && self.ctx.input(|input| input.key_pressed(egui::Key::Escape)) {
                self.leaving = None;
            } else if self.at_risk() == 0 && !self.is_writing_files() && !self.waits_for_answers() {
                self.leave_now();
            } else {
                self.ctx.request_repaint_after(ASK_AFTER / 4);
            }
        }
    }

    /// Whether the window stays open for answers of a model that are on their way, which are paid,
    /// for those of a dataset that was closed just before, or for the last exchange of judgements.
    /// Sends no further question. Closing would make the drawing thread wait for them.
    fn waits_for_answers(&mut self) -> bool {
        if self.has_waited() || !self.is_quitting() {
            return false;
        }
        if let Stage::Reviewing(reviewing) = &mut self.stage {
            reviewing.asking.stop();
            if let Some(exchange) = &mut reviewing.exchanging.running {
                exchange.end();
            }
        }
        self.has_answers_to_come()
    }

    /// Whether the time is over that answers have.
    fn has_waited(&self) -> bool {
        let limit = self.waits_at_most();
        self.leaving.as_ref().is_some_and(|leaving| leaving.since.elapsed() >= limit)
    }

    /// The time that answers have before the window closes.
    pub(super) fn waits_at_most(&self) -> Duration {
        let by_signal = self.leaving.as_ref().is_some_and(|leaving| leaving.by_signal);
        if by_signal || self.asking_now().is_none() { CLOSES_AFTER } else { PERSON_WAITS }
    }

    /// Whether a model is being asked, judgements are exchanged for the last time, or a closed
    /// dataset is still being stored.
    fn has_answers_to_come(&self) -> bool {
        self.asking_now().is_some() || self.is_sending_last() || self.closing.iter().any(|thread| !thread.is_finished())
    }

    /// Whether the question before leaving is about answers on their way: nothing else is at risk.
    pub(super) fn is_about_answers(&self) -> bool {
        self.is_quitting() && self.at_risk() == 0 && !self.is_writing_files() && self.has_answers_to_come()
    }

    /// Whether the wait is long enough to ask.
    pub(super) fn is_waiting_to_leave(&self) -> bool {
        self.leaving.as_ref().is_some_and(|leaving| leaving.since.elapsed() >= ASK_AFTER)
    }

    /// Whether the window closes, and not only the dataset.
    pub(super) fn is_quitting(&self) -> bool {
        self.leaving.as_ref().is_some_and(|leaving| leaving.destination == Destination::Quit)
    }

    /// Whether the work in the background writes files that leaving would remove.
    pub(super) fn is_writing_files(&self) -> bool {
        self.job.as_ref().is_some_and(|job| job.kind.writes())
    }

    /// The number of events that leaving would lose.
    fn at_risk(&self) -> u64 {
        self.reviewing_now().map_or(0, |reviewing| reviewing.review.at_risk())
    }

    /// The number of events that are not on disk yet.
    pub(super) fn unsaved(&self) -> u64 {
        self.reviewing_now().map_or(0, |reviewing| reviewing.review.unsaved())
    }

    /// Closes the review and its work in the background. Their threads store what they have and
    /// clean up; the receiver disconnects when they are done.
    pub(super) fn close_review(&mut self) -> Receiver<()> {
        if let Stage::Reviewing(reviewing) = &mut self.stage {
            if let Some(job) = &reviewing.pixels {
                job.stop();
            }
            reviewing.reading.stop();
            reviewing.asking.stop();
        }
        self.view_state = self.view_state.for_another_set();
        self.dialog = None;
        // Results stay listed, but their rows would be wrong in another dataset.
        self.finished.iter_mut().flat_map(|result| &mut result.lines).for_each(|line| line.row = None);
        self.notices.clear();
        self.has_warned_unsaved = false;
        self.exported.forget();
        let tour = self.take_tour();
        let closed = (std::mem::replace(&mut self.stage, Stage::Welcome { failure: None }), self.job.take());
        let (sender, done) = channel();
        self.closing.retain(|thread| !thread.is_finished());
        let finish = move || {
            drop(closed);
            if let Some(dataset) = tour {
                tour_folder::remove(&dataset);
            }
            drop(sender);
        };
        // Without a thread the closure and its contents are dropped here: slower, but just as safe.
        self.closing.extend(thread::Builder::new().name("close".into()).spawn(finish));
        done
    }

    /// Closes the review, and waits for the threads that close reviews: the process is about to
    /// end.
    pub(super) fn finish_closing(&mut self) {
        drop(self.close_review());
        for thread in self.closing.drain(..) {
            let _ = thread.join();
        }
    }
}
