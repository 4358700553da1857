//! Opening a dataset away from the thread that draws: rows, sidecar, judgements, place.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tilejury_audit::external;
use tilejury_audit::merge;
use tilejury_audit::orphans::{self, Orphan};
use tilejury_audit::sidecar::{self, SidecarLocation};
use tilejury_audit::{AuditSession, Event, Sidecar, SidecarError, Timestamp};
use tilejury_data::Dataset;

use crate::annotators::{AnnotatorChoice, Annotators};
use crate::demo;
use crate::folders::Folders;

/// What to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OpenTarget {
    /// A folder or a `.jsonl` file.
    Path(PathBuf),
    /// The built-in set.
    Demo,
}

impl OpenTarget {
    /// Where it is, or will be.
    pub(crate) fn path(&self, folders: &Folders) -> PathBuf {
        match self {
            Self::Path(path) => path.clone(),
            Self::Demo => folders.demo(),
        }
    }
}

/// A dataset that is ready to be judged.
pub(crate) struct OpenedDataset {
    pub(crate) path: PathBuf,
    pub(crate) session: AuditSession,
    pub(crate) sidecar: Sidecar,
    /// Everybody's, in stored order.
    pub(crate) events: Vec<Event>,
    pub(crate) location: SidecarLocation,
    /// Where what other programs say of the tiles would be.
    pub(crate) external: PathBuf,
    /// The sample to begin with.
    pub(crate) place: usize,
    /// The sidecar was begun on other rows.
    pub(crate) other_rows: bool,
    /// Judged samples of this annotator that the dataset does not hold.
    pub(crate) orphans: Vec<Orphan>,
    /// When the last judgement in the sidecar was made, by whatever clock.
    pub(crate) last_judged: Option<Timestamp>,
    /// Who else judged here.
    pub(crate) annotators: Annotators,
    /// The annotator's name was chosen for this set.
    pub(crate) annotator_chosen: bool,
}

/// Opens everything. Blocks; errors are for a person to read.
pub(crate) fn open(
    target: &OpenTarget,
    annotator: &AnnotatorChoice,
    named: Option<&Path>,
    folders: &Folders,
) -> anyhow::Result<OpenedDataset> {
    let path = match target {
        OpenTarget::Path(path) => std::path::absolute(path)?,
        OpenTarget::Demo => {
            std::fs::create_dir_all(&folders.data)?;
            demo::write(&folders.demo())?
        }
    };
    let dataset = Arc::new(Dataset::open(&path)?);
    dataset.tiles.remember_in(folders.shards_file(dataset.fingerprint));
    let opened = sidecar::open_for_writing(&dataset, named, &folders.sidecars());
    let (mut sidecar, location) = opened.map_err(|error| with_way_back(error, folders))?;
    let events = sidecar.events()?;
    let last_judged = events.iter().map(|event| event.at).max();
    let (annotator, annotator_chosen) = annotator.for_set(dataset.fingerprint);
    let own: Vec<Event> = events.iter().filter(|event| *event.annotator == *annotator).cloned().collect();
    let place = sidecar.last_position(&annotator)?;
    // Of a file that was opened by itself, rows of the others are no orphans.
    let other_rows = sidecar.fingerprint()?.is_some_and(|begun_on| begun_on != dataset.fingerprint.to_string());
    let session = AuditSession::new(dataset.clone(), &annotator, &own);
    let has_row = |key| dataset.find(key).is_some();
    let orphans =
        if other_rows { orphans::list(session.judgements(), sidecar.samples()?, has_row) } else { Vec::new() };
    let place = place.and_then(|key| dataset.find(key)).unwrap_or(0);
    let external = external::for_reading(&dataset, &location, &folders.sidecars());
    let annotators = Annotators::new(merge::judged_rows(&dataset, &events), &annotator, annotator_chosen);
    Ok(OpenedDataset {
        path,
        session,
        sidecar,
        events,
        location,
        external,
        place,
        other_rows,
        orphans,
        last_judged,
        annotators,
        annotator_chosen,
    })
}

/// Where a sidecar cannot be used as it is, its last backup may.
fn with_way_back(error: SidecarError, folders: &Folders) -> anyhow::Error {
    let backup = match &error {
        SidecarError::Damaged { path, .. } | SidecarError::NotSqlite(path) => {
            sidecar::newest_backup(path, &sidecar::backup_folder(path, &folders.backups()))
        }
        _ => None,
    };
    match backup {
        Some(backup) => anyhow::anyhow!("{error}. Its last backup is {}", backup.display()),
        None => error.into(),
    }
}
