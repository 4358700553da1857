//! `export_manifest.json`: what was exported, from what, by which options and judgements, and the checksum of every file.
//!
//! The same input and the same judgements give the same bytes: no time, no name of a machine or a person's folder stands in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tilejury_data::{Dataset, Split, file_name};

use super::ExportError;
use super::checksums::{BytesRead, FileFigures, figures_of, figures_of_all, hex, same_as_split, size_of};
use super::context::Context;
use super::copies::CopiesReport;
use super::figures::SplitFigures;
use super::options::ExportOptions;
use super::proof::Proof;
use super::report::ExportReport;
use super::source::Source;
use super::workers::in_parallel;
use crate::progress::Progress;

/// The manifest's name in an export.
pub(super) const MANIFEST: &str = "export_manifest.json";
/// Of the manifest's fields; whoever changes their meaning counts it up.
pub(super) const MANIFEST_VERSION: u32 = 2;

/// What an export says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) manifest_version: u32,
    /// Name and version of the program.
    pub(super) tool: String,
    pub(super) dataset: DatasetNote,
    /// As the command line has them.
    pub(super) options: Value,
    pub(super) judgements: JudgementsNote,
    pub(super) counts: Counts,
    /// Rows by what happened to them.
    pub(super) reasons: BTreeMap<String, usize>,
    pub(super) splits: Vec<SplitFigures>,
    /// What a trainer would make of it, counted over the written rows.
    pub(super) simulation: Proof,
    /// What was found of copies of positives; exports of version 1 have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) copies: Option<CopiesReport>,
    /// Rates with their intervals from a random audit; null where none was run.
    pub(super) audit: Value,
    /// The files that rows were read from, and the shards where tiles were.
    pub(super) inputs: BTreeMap<String, FileFigures>,
    /// Every other file of the export.
    pub(super) outputs: BTreeMap<String, FileFigures>,
    /// SHA-256 of all that stands above, see [`digest`]; exports of version 1 have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<String>,
}

impl Manifest {
    /// All but the files.
    pub(super) fn new(dataset: &Dataset, source: &Source<'_>, options: &ExportOptions, report: &ExportReport) -> Self {
        Self {
            manifest_version: MANIFEST_VERSION,
            tool: TOOL.to_owned(),
            dataset: dataset_note(dataset),
            options: json!(options),
            judgements: source.judgements_note(),
            counts: Counts {
                kept: report.kept,
                changed: report.changed,
                dropped: report.dropped,
                promoted: report.promoted,
                bad_lines: report.bad_lines,
            },
            reasons: report.reasons.iter().map(|(word, number)| ((*word).to_owned(), *number)).collect(),
            splits: report.splits.clone(),
            simulation: report.proof.clone(),
            copies: Some(report.copies.clone()),
            audit: Value::Null,
            inputs: BTreeMap::new(),
            outputs: BTreeMap::new(),
            digest: None,
        }
    }

    fn sealed(mut self) -> Self {
        self.digest = None;
        self.digest = Some(digest(&json!(self)));
        self
    }
}

/// The SHA-256, in hex, of a manifest without its own `digest`: as JSON with sorted keys and no spaces.
pub(super) fn digest(manifest: &Value) -> String {
    let mut manifest = manifest.clone();
    manifest.as_object_mut().map(|fields| fields.remove("digest"));
    hex(Sha256::new_with_prefix(manifest.to_string()))
}

/// Name and version of the program.
pub(super) const TOOL: &str = concat!("tilejury ", env!("CARGO_PKG_VERSION"));

/// Which dataset it was.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct DatasetNote {
    pub(super) name: String,
    pub(super) fingerprint: String,
}

/// Whose judgements counted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct JudgementsNote {
    /// `everybody`, `adjudicated`, or `annotator`.
    pub(super) whose: String,
    /// By name: the samples with a verdict.
    pub(super) annotators: BTreeMap<String, usize>,
    /// SHA-256 of the values that count, with who gave them and how; exports of earlier versions have none.
    #[serde(default)]
    pub(super) digest: Option<String>,
}

/// Rows by their fate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Counts {
    pub(super) kept: usize,
    pub(super) changed: usize,
    pub(super) dropped: usize,
    pub(super) promoted: usize,
    pub(super) bad_lines: usize,
}

/// Files with their figures, by name.
pub(super) type FilesFigures = BTreeMap<String, FileFigures>;

/// The files that rows were read from: of a split what was read when it was opened, which is what is exported, whatever became
/// of the file since; of a twin with the same rows what it holds now.
///
/// # Errors
/// When a twin cannot be read, or `progress` cancelled the work.
pub(super) fn rows_read(dataset: &Dataset, progress: &dyn Progress) -> Result<FilesFigures, ExportError> {
    let of_split = |split: &Split| {
        let read = FileFigures::from_split(split, progress)?;
        let mut figures = vec![(name_in(dataset, &split.file), read.clone())];
        let twins = split.export_names.iter().map(|name| dataset.root.join(name));
        for twin in twins.filter(|twin| *twin != split.file && twin.is_file()) {
            let same = same_as_split(&twin, split, progress)?;
            let of_twin = if same { read.clone() } else { figures_of(&twin, &BytesRead::of(0, progress))? };
            figures.push((name_in(dataset, &twin), of_twin));
        }
        Ok(figures)
    };
    Ok(in_parallel(&dataset.splits, of_split)?.into_iter().flatten().collect())
}

/// A file's name in the dataset.
pub(super) fn name_in(dataset: &Dataset, path: &Path) -> String {
    path.strip_prefix(&dataset.root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Writes the manifest; all other files must be there. `rows_read` are the files that rows were read from, `shards` those that
/// tiles were taken from.
pub(super) fn write(
    context: &Context<'_>,
    source: &Source<'_>,
    report: &ExportReport,
    rows_read: FilesFigures,
    shards: &[PathBuf],
) -> Result<(), ExportError> {
    let dataset = context.dataset;
    let shards: Vec<(String, PathBuf)> = shards.iter().map(|path| (name_in(dataset, path), path.clone())).collect();
    let (unread, bytes) = context.folder.unread()?;
    let total = shards.iter().map(|(_, path)| size_of(path)).sum::<Result<u64, _>>()? + bytes;
    let read = BytesRead::of(total, context.progress);
    let mut inputs = rows_read;
    inputs.extend(figures_of_all(&shards, &read)?);
    let outputs = context.folder.figures(&unread, &read)?;
    let manifest = Manifest { inputs, outputs, ..Manifest::new(dataset, source, context.options, report) }.sealed();
    let mut file = context.folder.file(MANIFEST)?;
    let text = serde_json::to_string_pretty(&manifest)
        .map_err(|error| ExportError::Io { path: MANIFEST.into(), source: error.into() })?;
    file.write(text.as_bytes())?;
    file.write(b"\n")?;
    file.finish()
}

fn dataset_note(dataset: &Dataset) -> DatasetNote {
    DatasetNote { name: file_name(&dataset.root), fingerprint: dataset.fingerprint.to_string() }
}
