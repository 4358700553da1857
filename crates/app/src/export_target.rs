//! The target folder of an export: a proposal that does not exist yet, and whether the chosen one
//! can be used. Looks at the disk on threads; writes nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tilejury_audit::export::check_target;
use tilejury_data::Dataset;

use crate::task::Task;

/// The proposal and the check of a target folder.
#[derive(Default)]
pub(crate) struct ExportTarget {
    proposal: Option<(String, Task<String>)>,
    check: Option<(String, Task<Result<(), String>>)>,
    /// The last path that was checked, and the reason why it cannot be used.
    checked: Option<(String, Result<(), String>)>,
}

/// Whether a folder can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TargetState<'t> {
    /// It is being examined.
    Unknown,
    /// It is new or empty.
    Usable,
    /// The reason why not.
    Refused(&'t str),
}

impl ExportTarget {
    /// Replaces `out` with a folder beside `root` that does not exist: at once by a likely
    /// one, and soon by a certain one, unless the person types another.
    pub(crate) fn propose(&mut self, out: &mut String, root: &Path, ctx: &egui::Context) -> std::io::Result<()> {
        *out = candidates(root).next().unwrap_or_default();
        let root = root.to_owned();
        let work = Task::spawn("export folder", ctx, move |_| {
            let mut all = candidates(&root);
            all.find(|path| !Path::new(path).try_exists().unwrap_or(true)).unwrap_or_default()
        })?;
        self.proposal = Some((out.clone(), work));
        Ok(())
    }

    /// Whether the proposal is not certain yet.
    pub(crate) fn is_proposing(&self) -> bool {
        self.proposal.is_some()
    }

    /// Receives answers, and examines the folder if it was not examined yet. `root` as for
    /// [`Self::propose`]. Called once a frame.
    pub(crate) fn update(
        &mut self,
        out: &mut String,
        root: &Path,
        dataset: &Arc<Dataset>,
        ctx: &egui::Context,
    ) -> std::io::Result<()> {
        if let Some((before, work)) = &mut self.proposal {
            let Some(found) = work.poll() else { return Ok(()) };
            if let Ok(found) = found
                && *out == *before
            {
                *out = found;
            }
            self.proposal = None;
        }
        if let Some((path, work)) = &mut self.check {
            // One at a time: a folder on a slow disk must not take a thread for each letter typed.
            let Some(answer) = work.poll() else { return Ok(()) };
            self.checked = Some((std::mem::take(path), answer.unwrap_or_else(Err)));
            self.check = None;
        }
        let path = out.trim();
        if path.is_empty() || self.checked.as_ref().is_some_and(|(checked, _)| checked == path) {
            return Ok(());
        }
        let (dataset, folder) = (dataset.clone(), target_path(root, path));
        let work = Task::spawn("export folder", ctx, move |_| {
            check_target(&dataset, &folder).map_err(|error| error.to_string())
        })?;
        self.check = Some((path.to_owned(), work));
        Ok(())
    }

    /// Looks at the folder again: an export was written or refused.
    pub(crate) fn forget(&mut self) {
        (self.check, self.checked) = (None, None);
    }

    /// Returns the state of a folder, as it was typed.
    pub(crate) fn state(&self, out: &str) -> TargetState<'_> {
        match &self.checked {
            _ if out.trim().is_empty() => TargetState::Refused("Name a folder."),
            Some((path, Ok(()))) if path == out.trim() => TargetState::Usable,
            Some((path, Err(reason))) if path == out.trim() => TargetState::Refused(reason),
            _ => TargetState::Unknown,
        }
    }
}

/// Returns the folder that a typed path means: a relative one starts beside the dataset, not in the
/// folder where the program was started.
pub(crate) fn target_path(root: &Path, out: &str) -> PathBuf {
    root.parent().unwrap_or(root).join(out)
}

/// The folders to propose, beside the dataset: `data-clean`, `data-clean-2` and so on.
fn candidates(root: &Path) -> impl Iterator<Item = String> {
    let (parent, name) = (root.parent().unwrap_or(root).to_owned(), tilejury_data::file_name(root));
    (1_u64..).map(move |number| {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        parent.join(format!("{name}-clean{number}")).to_string_lossy().into_owned()
    })
}
