//! The sidecars that a person wants to merge, examined before the merge: whether each can be read,
//! and who judged in it. Reads on threads; merges nothing.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use egui::Context;
use tilejury_audit::text::count;
use tilejury_audit::{Sidecar, SidecarError};

use crate::task::Task;

/// The facts about a sidecar.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Facts {
    /// The fingerprint of its dataset.
    fingerprint: String,
    /// The changes and the annotators, in words.
    content: String,
}

/// The state of a file of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FileState<'f> {
    /// It is being examined.
    Unknown,
    /// It can be merged; its changes and annotators in words.
    Usable(&'f str),
    /// The reason why it cannot be merged.
    Refused(&'f str),
}

/// The facts about all files.
#[derive(Default)]
pub(crate) struct SidecarsToMerge {
    known: HashMap<PathBuf, Result<Facts, String>>,
    examining: Option<(PathBuf, Task<Result<Facts, String>>)>,
}

impl SidecarsToMerge {
    /// Receives what was found out, and examines the next file. Called once a frame.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(crate) fn update(&mut self, files: &[PathBuf], ctx: &Context) -> std::io::Result<()> {
        if let Some((file, task)) = &mut self.examining {
            let Some(found) = task.poll() else { return Ok(()) };
            self.known.insert(std::mem::take(file), found.unwrap_or_else(Err));
            self.examining = None;
        }
        // A file that was left out is examined again once it is added again.
        self.known.retain(|file, _| files.contains(file));
        if let Some(file) = files.iter().find(|file| !self.known.contains_key(*file)).cloned() {
            let wanted = file.clone();
            self.examining = Some((file, Task::spawn("sidecars", ctx, move |_| examine(&wanted))?));
        }
        Ok(())
    }

    /// The state of a file; `first` is the one whose dataset all must belong to.
    pub(crate) fn state(&self, file: &Path, first: &Path) -> FileState<'_> {
        let fingerprint = |file: &Path| Some(&self.known.get(file)?.as_ref().ok()?.fingerprint);
        match (self.known.get(file), fingerprint(file).zip(fingerprint(first))) {
            (None, _) => FileState::Unknown,
            (Some(Err(reason)), _) => FileState::Refused(reason),
            (Some(Ok(_)), Some((its, wanted))) if its != wanted => FileState::Refused("it belongs to another dataset"),
            (Some(Ok(facts)), _) => FileState::Usable(&facts.content),
        }
    }
}

fn examine(file: &Path) -> Result<Facts, String> {
    let failed = |error: SidecarError| error.of_listed();
    let missing = if file.exists() { "it is empty" } else { "there is no such file" };
    let mut sidecar = Sidecar::open_for_reading(file).map_err(failed)?.ok_or(missing)?;
    let events = sidecar.all_events().map_err(failed)?;
    let judged = events.iter().filter(|event| !event.begins_audit());
    let names: BTreeSet<&str> = judged.map(|event| &*event.annotator).collect();
    let by = names.into_iter().collect::<Vec<_>>().join(", ");
    let changes = count(events.len(), "change");
    let content = if by.is_empty() { changes } else { format!("{changes} by {by}") };
    Ok(Facts { fingerprint: sidecar.named_dataset().map_err(failed)?, content })
}
