//! The progress of the recent datasets for the welcome screen. Their sidecars are read on a thread
//! of its own; none of the datasets is opened.

use std::path::{Path, PathBuf};

use egui::Context;
use tilejury_audit::now;
use tilejury_audit::sidecar::progress;
use tilejury_audit::text::grouped;

use crate::settings::KnownDataset;
use crate::task::Task;

/// The progress of the recent datasets, as far as it is known.
#[derive(Default)]
pub(crate) struct RecentProgress {
    reading: Option<Task<Vec<(PathBuf, String)>>>,
    lines: Vec<(PathBuf, String)>,
    is_asked: bool,
}

impl RecentProgress {
    /// Begins to read, once, until [`Self::forget`].
    pub(crate) fn ask(&mut self, known: &[KnownDataset], ctx: &Context) {
        if self.is_asked {
            return;
        }
        self.is_asked = true;
        let known = known.to_vec();
        self.reading = Task::spawn("recent", ctx, move |_| known.iter().filter_map(line).collect()).ok();
    }

    /// Forgets everything: judgements change while a dataset is open.
    pub(crate) fn forget(&mut self) {
        if self.is_asked {
            *self = Self::default();
        }
    }

    /// Receives what was read.
    pub(crate) fn poll(&mut self) {
        if let Some(Ok(lines)) = self.reading.as_mut().and_then(Task::poll) {
            self.lines = lines;
        }
    }

    /// The progress of a dataset in a few words: `14 of 110 · today 15:09`.
    pub(crate) fn of(&self, path: &Path) -> Option<&str> {
        self.lines.iter().find(|(known, _)| known == path).map(|(_, line)| line.as_str())
    }
}

/// `None` if the sidecar cannot be read: opening the dataset will say why.
fn line(known: &KnownDataset) -> Option<(PathBuf, String)> {
    let progress = progress(&known.sidecar, &known.annotator).ok()?;
    let judged = progress.judged.min(known.samples);
    let mut line = format!("{} of {} judged", grouped(judged), grouped(known.samples));
    if let Some(last) = progress.last {
        let at = last.for_people(now());
        // A time without a date is one of today.
        let today = if at.contains(' ') { "" } else { "today " };
        line.push_str(&format!(" · {today}{at}"));
    }
    Some((known.path.clone(), line))
}
