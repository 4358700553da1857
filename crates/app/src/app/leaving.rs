//! Leaving a review, for another one, the welcome screen, or for good: never before everything is on disk, unless the
//! person says so, and never by making the drawing thread wait.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use egui::ViewportCommand;

use super::{App, Stage};
use crate::opening::OpenTarget;

/// Saving takes a few milliseconds: only a longer wait is worth words.
const SAY_AFTER: Duration = Duration::from_millis(400);

/// Where a person is going.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Exit {
    Quit,
    Welcome,
    Open(OpenTarget),
    /// Reopens the open dataset, if any, under another annotator's name; with `for_all`, the name applies to all sets.
    OpenAs {
        name: String,
        for_all: bool,
        target: Option<OpenTarget>,
    },
}

/// A person who is on the way out.
pub(super) struct Leaving {
    pub(super) exit: Exit,
    since: Instant,
}

impl App {
    /// Leaves as soon as nothing would be lost.
    pub(super) fn leave_for(&mut self, exit: Exit) {
        self.save_note();
        self.leaving = Some(Leaving { exit, since: Instant::now() });
    }

    /// Leaves whatever would be lost: the person said so.
    pub(super) fn leave_now(&mut self) {
        let Some(leaving) = self.leaving.take() else { return };
        match leaving.exit {
            Exit::Quit => {
                self.gone = true;
                self.ctx.send_viewport_cmd(ViewportCommand::Close);
            }
            Exit::Open(target) => self.open(target),
            Exit::OpenAs { name, for_all, target } => {
                if for_all {
                    self.settings.annotator = Some(name.clone());
                    self.save_settings();
                }
                // Whoever chooses in the window does not mean the name of the command line any more.
                self.named_annotator = None;
                self.annotator.clone_from(&name);
                if let Some(target) = target {
                    self.open_as(target, Some(name));
                }
            }
            Exit::Welcome => {
                drop(self.put_away());
                self.ctx.send_viewport_cmd(ViewportCommand::Title("Tilejury".to_owned()));
            }
        }
    }

    /// Lets a signal to end (SIGTERM, SIGHUP, Ctrl-C) leave as the window's own button does: what is being written is kept. Where
    /// the system refuses a handler, signals end the program as they always did.
    pub(crate) fn leave_on_signals(&self) {
        let (told, ctx) = (self.told_to_end.clone(), self.ctx.clone());
        let handler = ctrlc::set_handler(move || {
            told.store(true, Ordering::Relaxed);
            ctx.request_repaint();
        });
        if let Err(error) = handler {
            log::warn!("no handler for signals: {error}");
        }
    }

    /// Called once a frame: goes where the person is going, once it costs nothing.
    pub(super) fn continue_leaving(&mut self) {
        let close = self.ctx.input(|input| input.viewport().close_requested());
        if close && !self.gone {
            self.ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.leave_for(Exit::Quit);
        }
        if self.told_to_end.swap(false, Ordering::Relaxed) {
            // Who asks twice does not want to wait.
            match self.leaving {
                Some(Leaving { exit: Exit::Quit, .. }) => self.leave_now(),
                _ => self.leave_for(Exit::Quit),
            }
        }
        if self.leaving.is_some() {
            // Also before the question is on the screen: who presses Esc stays.
            if self.ctx.input(|input| input.key_pressed(egui::Key::Escape)) {
                self.leaving = None;
            } else if self.at_risk() == 0 && !self.is_writing_files() {
                self.leave_now();
            } else {
                self.ctx.request_repaint_after(SAY_AFTER / 4);
            }
        }
    }

    /// Is it time to say what is being waited for?
    pub(super) fn is_waiting_to_leave(&self) -> bool {
        self.leaving.as_ref().is_some_and(|leaving| leaving.since.elapsed() >= SAY_AFTER)
    }

    /// Does the work in the background write something that leaving would undo?
    pub(super) fn is_writing_files(&self) -> bool {
        self.job.as_ref().is_some_and(|job| job.kind.writes())
    }

    /// What leaving would lose.
    fn at_risk(&self) -> u64 {
        self.reviewing_now().map_or(0, |reviewing| reviewing.review.at_risk())
    }

    pub(super) fn unsaved(&self) -> u64 {
        self.reviewing_now().map_or(0, |reviewing| reviewing.review.unsaved())
    }

    /// Takes the review and what works for it out of the window. Their threads store and clean up what they have; the
    /// receiver hangs up when they are done.
    pub(super) fn put_away(&mut self) -> Receiver<()> {
        if let Stage::Reviewing(reviewing) = &self.stage
            && let Some(job) = &reviewing.pixels
        {
            job.stop();
        }
        self.look = self.look.for_another_set();
        self.dialog = None;
        // Rows of another dataset are other rows.
        self.finished.iter_mut().flat_map(|result| &mut result.lines).for_each(|line| line.row = None);
        self.notices.clear();
        self.told_unsaved = false;
        let left = (std::mem::replace(&mut self.stage, Stage::Welcome { failure: None }), self.job.take());
        let (sender, done) = channel();
        self.closing.retain(|thread| !thread.is_finished());
        let put_away = move || {
            drop(left);
            drop(sender);
        };
        // Without a thread the closure, and all that is in it, is dropped right here: slower, and just as safe.
        self.closing.extend(thread::Builder::new().name("close".into()).spawn(put_away));
        done
    }

    /// The process is about to end: now waiting is right.
    pub(super) fn wait_for_threads(&mut self) {
        drop(self.put_away());
        for thread in self.closing.drain(..) {
            let _ = thread.join();
        }
    }
}
