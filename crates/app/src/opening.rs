//! Opening a dataset on a thread of its own: rows, sidecar, judgements, last position. It must not
//! draw.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tilejury_audit::external;
use tilejury_audit::merge;
use tilejury_audit::orphans::{self, Orphan};
use tilejury_audit::second_pass::{self, SecondPass};
use tilejury_audit::sidecar::{self, OtherDataset, SidecarLocation, refuse_other_dataset};
use tilejury_audit::text::capital;
use tilejury_audit::{AuditSession, Event, Round, Sidecar, SidecarError, Timestamp};
use tilejury_data::SampleIndex;
use tilejury_data::progress::{Progress, Stage};

use crate::annotators::{AnnotatorChoice, Annotators};
use crate::connection::Connection;
use crate::dataset_source::{is_address, is_short, open_with_connection, usual_form};
use crate::demo;
use crate::folders::Folders;
use crate::tour_folder;
use crate::window::missing_dataset;

/// A dataset to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OpenTarget {
    /// A folder or a `.jsonl` file, or an address of either.
    Path(PathBuf),
    /// `OWNER/NAME`, as it was typed: no folder has this path.
    Short(PathBuf),
    /// The built-in set.
    Demo,
    /// A new copy of the built-in set for the tour, in this folder.
    Tour(PathBuf),
}

impl OpenTarget {
    /// The dataset at a path or an address.
    pub(crate) fn at(source: &Path) -> Self {
        if is_short(source) { Self::Short(source.to_owned()) } else { Self::Path(usual_form(source)) }
    }

    /// Returns its path, which need not exist yet.
    pub(crate) fn path(&self, folders: &Folders) -> PathBuf {
        match self {
            Self::Path(path) | Self::Tour(path) => path.clone(),
            Self::Short(path) => usual_form(path),
            Self::Demo => folders.demo(),
        }
    }
}

/// A dataset that could not be opened.
pub(crate) struct OpeningFailure {
    /// Its path; empty if there is none.
    pub(crate) path: PathBuf,
    pub(crate) reason: String,
    /// The dataset, if it opens with another sidecar.
    pub(crate) needs_sidecar: Option<OpenTarget>,
}

impl OpeningFailure {
    pub(crate) fn new(path: PathBuf, target: OpenTarget, error: &anyhow::Error) -> Self {
        match error.downcast_ref::<Box<OtherDataset>>() {
            Some(other) => Self {
                path,
                reason: format!(
                    "{}. Nothing was changed. Choose the sidecar of this dataset, or begin a new one, which Tilejury \
                     uses until it ends. To have the new one in the usual place instead, move the other file away",
                    capital(&other.fact())
                ),
                needs_sidecar: Some(target),
            },
            None => Self { path, reason: format!("{error:#}"), needs_sidecar: None },
        }
    }
}

/// A dataset that is ready to be judged.
pub(crate) struct OpenedDataset {
    /// The folder, file or address.
    pub(crate) path: PathBuf,
    /// The connection, if it is at an address.
    pub(crate) connection: Option<Connection>,
    pub(crate) session: AuditSession,
    pub(crate) sidecar: Sidecar,
    /// The events of all annotators that count, in stored order.
    pub(crate) events: Vec<Event>,
    /// The second passes of the annotator.
    pub(crate) passes: Vec<SecondPass>,
    /// The events of all annotators that belong to audits, in stored order.
    pub(crate) audit_events: Vec<Event>,
    pub(crate) location: SidecarLocation,
    /// The file with imported reviews, scores and texts; it need not exist.
    pub(crate) external: PathBuf,
    /// The file with the fingerprints of tiles, which need not exist.
    pub(crate) fingerprints: PathBuf,
    /// The index of the sample to start with.
    pub(crate) start_at: SampleIndex,
    /// Whether it is the built-in demo, in whatever folder.
    pub(crate) is_demo: bool,
    /// A note that judging began on another revision of a dataset at an address.
    pub(crate) revision_note: Option<String>,
    /// The judged samples of this annotator that are not in the dataset.
    pub(crate) orphans: Vec<Orphan>,
    /// The time of the last judgement in the sidecar, by the clock that it was made with.
    pub(crate) last_judged: Option<Timestamp>,
    /// The folder through which judgements are exchanged, if they are.
    pub(crate) exchange: Option<String>,
    /// The annotators of the dataset.
    pub(crate) annotators: Annotators,
    /// Whether the annotator's name was chosen for this set.
    pub(crate) annotator_chosen: bool,
}

/// Opens a dataset with its sidecar. It blocks; errors are for a person to read.
pub(crate) fn open(
    target: &OpenTarget,
    annotator: &AnnotatorChoice,
    named: Option<&Path>,
    folders: &Folders,
    progress: &dyn Progress,
) -> anyhow::Result<OpenedDataset> {
    let path = match target {
        OpenTarget::Path(path) if is_address(path) => usual_form(path),
        OpenTarget::Path(path) => std::path::absolute(path)?,
        OpenTarget::Short(path) => usual_form(path),
        OpenTarget::Demo => {
            std::fs::create_dir_all(&folders.data)?;
            demo::write(&folders.demo())?
        }
        OpenTarget::Tour(path) => tour_folder::write(path)?,
    };
    if let Some(message) = missing_dataset(&path) {
        anyhow::bail!(message);
    }
    let typed = if let OpenTarget::Short(typed) = target { typed } else { &path };
    let (dataset, connection) = open_with_connection(typed, folders, progress)?;
    // A person who cancelled meanwhile may open something else: no sidecar is opened here.
    progress.report(Stage::Rows.step(0, 0))?;
    let dataset = Arc::new(dataset);
    dataset.tiles.remember_in(folders.shards_file(dataset.fingerprint));
    // Before it is opened for writing: the file of another dataset stays as it is.
    refuse_other_dataset(&sidecar::for_reading(&dataset, named, &folders.sidecars()).path, &dataset)?;
    let opened = sidecar::open_for_writing(&dataset, named, &folders.sidecars());
    let (mut sidecar, location) = opened.map_err(|error| with_way_back(error, folders))?;
    let mut events = sidecar.all_events()?;
    let mut passes = second_pass::passes(&events);
    let last_judged = events.iter().map(|event| event.at).max();
    let (annotator, annotator_chosen) = annotator.for_set(dataset.fingerprint);
    let of_audit =
        |event: &&Event| matches!(event.round, Some(Round::Audit(_) | Round::Again(_) | Round::Adjudication(_)));
    let audit_events: Vec<Event> = events.iter().filter(of_audit).cloned().collect();
    events.retain(|event| event.round.is_none());
    passes.retain(|pass| *pass.annotator == *annotator);
    let own: Vec<Event> = events.iter().filter(|event| *event.annotator == *annotator).cloned().collect();
    let last_position = sidecar.last_position(&annotator)?;
    // If a single file was opened, the rows of its siblings are not orphans.
    let other_rows = sidecar.fingerprint()?.is_some_and(|begun_on| begun_on != dataset.fingerprint.to_string());
    let revision_note = sidecar.revision_note(&dataset)?;
    let (exchange, elsewhere) = (sidecar.exchange_folder()?, sidecar.sessions_of_others()?);
    let session = AuditSession::new(dataset.clone(), &annotator, &own);
    let session = session.without_steps_of(|session| elsewhere.contains_key(session));
    let has_row = |key| dataset.find(key).is_some();
    let orphans =
        if other_rows { orphans::list(session.judgements(), sidecar.samples()?, has_row) } else { Vec::new() };
    let start_at = last_position.and_then(|key| dataset.find(key)).unwrap_or_default();
    let fingerprints = folders.fingerprints_file(dataset.fingerprint);
    let external = external::for_reading(&dataset, &location, &folders.sidecars());
    let annotators = Annotators::new(merge::judged_rows(&dataset, &events), &annotator, annotator_chosen);
    let annotators = annotators.with_rows(&dataset, &events);
    let is_demo = demo::is_complete(&dataset.root);
    Ok(OpenedDataset {
        path,
        connection,
        is_demo,
        session,
        sidecar,
        events,
        passes,
        audit_events,
        location,
        external,
        fingerprints,
        start_at,
        revision_note,
        orphans,
        last_judged,
        exchange,
        annotators,
        annotator_chosen,
    })
}

/// Adds the last backup of an unusable sidecar to the error, if there is one.
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
