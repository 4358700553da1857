//! `export_manifest.json`: what was exported, from which dataset, with which options and
//! judgements, and the checksum of every file.
//!
//! The same input and the same judgements give the same bytes: it contains no time, no machine name
//! and no path of a person's folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tilejury_data::{Dataset, ParquetFile, Split, file_name};

use super::ExportError;
use super::audits::RecordedAudits;
use super::checksums::{BytesRead, FileChecksum, figures_of, figures_of_all, hex, same_as_split, size_of};
use super::context::ExportContext;
use super::copies_report::CopiesReport;
use super::figures::SplitFigures;
use super::options::ExportOptions;
use super::report::ExportReport;
use super::simulation::Simulation;
use super::source::{JudgementSource, ManifestJudgements};
use super::workers::in_parallel;
use crate::progress::Progress;

/// The manifest's file name in an export.
pub(super) const MANIFEST: &str = "export_manifest.json";
/// The version of the manifest's fields; a change of their meaning must increase it.
pub(super) const MANIFEST_VERSION: u32 = 2;

/// The record of what an export was made from, with the checksums of its files.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) manifest_version: u32,
    /// The name and version of the program.
    pub(super) tool: String,
    pub(super) dataset: ManifestDataset,
    /// The address of the dataset with its revision; `None` if it was on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) address: Option<String>,
    /// In the words of the command line.
    pub(super) options: Value,
    pub(super) judgements: ManifestJudgements,
    pub(super) counts: OutcomeCounts,
    /// Rows by reason for their outcome.
    pub(super) reasons: BTreeMap<String, usize>,
    pub(super) splits: Vec<SplitFigures>,
    /// The outcome for a trainer, counted over the written rows.
    pub(super) simulation: Simulation,
    /// The copies of positives that were found; `None` in exports of version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) copies: Option<CopiesReport>,
    /// The random audits of the dataset, with the rates of those that are finished; null if none
    /// was begun.
    pub(super) audit: Option<RecordedAudits>,
    /// The files that rows were read from, and the shards that tiles were read from.
    pub(super) inputs: BTreeMap<String, FileChecksum>,
    /// All other files of the export.
    pub(super) outputs: BTreeMap<String, FileChecksum>,
    /// SHA-256 of all fields above, see [`digest`]; `None` in exports of version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<String>,
}

impl Manifest {
    /// Creates a manifest without its files and digest.
    pub(super) fn new(
        dataset: &Dataset,
        source: &JudgementSource<'_>,
        options: &ExportOptions,
        report: &ExportReport,
    ) -> Self {
        Self {
            manifest_version: MANIFEST_VERSION,
            tool: TOOL.to_owned(),
            dataset: dataset_note(dataset),
            address: dataset.tiles.storage().map(|storage| storage.address().to_owned()),
            options: json!(options),
            judgements: source.judgements_note(),
            counts: OutcomeCounts {
                kept: report.kept,
                changed: report.changed,
                dropped: report.dropped,
                promoted: report.promoted,
                bad_lines: report.bad_lines,
                added: report.added.len(),
                unjudged: Some(report.unjudged),
            },
            reasons: report.reasons.iter().map(|(word, number)| ((*word).to_owned(), *number)).collect(),
            splits: report.splits.clone(),
            simulation: report.simulation.clone(),
            copies: Some(report.copies.clone()),
            audit: RecordedAudits::of(source.audits()),
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

/// Returns the SHA-256, in hex, of a manifest without its own `digest`, as JSON with sorted keys
/// and no spaces.
pub(super) fn digest(manifest: &Value) -> String {
    let mut manifest = manifest.clone();
    manifest.as_object_mut().map(|fields| fields.remove("digest"));
    hex(Sha256::new_with_prefix(manifest.to_string()))
}

/// The name and version of the program.
pub(super) const TOOL: &str = concat!("tilejury ", env!("CARGO_PKG_VERSION"));

/// The dataset that was exported.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ManifestDataset {
    pub(super) name: String,
    pub(super) fingerprint: String,
}

/// Numbers of rows by outcome.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OutcomeCounts {
    pub(super) kept: usize,
    pub(super) changed: usize,
    pub(super) dropped: usize,
    pub(super) promoted: usize,
    pub(super) bad_lines: usize,
    /// Added tiles that `qrels` and `beir` grade as relevant. Left out if there are none, as in
    /// exports of earlier versions.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) added: usize,
    /// Written rows without a verdict; `None` in exports of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unjudged: Option<usize>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// Figures of files by name.
pub(super) type FileChecksums = BTreeMap<String, FileChecksum>;

/// Returns the figures of the files that rows were read from. For a split, these are of the bytes
/// that were read when it was opened, which are what is exported, even if the file has changed
/// since. For a split that is Parquet, these are of the Parquet files that became its lines. For a
/// twin with the same rows, they are of its content now.
///
/// # Errors
/// When a twin cannot be read, or `progress` cancelled the work.
pub(super) fn rows_read(dataset: &Dataset, progress: &dyn Progress) -> Result<FileChecksums, ExportError> {
    let of_split = |split: &Split| {
        if !split.parquet.is_empty() {
            let file = |file: &ParquetFile| (name_in(dataset, &file.path), FileChecksum::from_parquet(file));
            return Ok(split.parquet.iter().map(file).collect());
        }
        let read = FileChecksum::from_split(split, progress)?;
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

/// Returns the figures of shards by their names in the dataset. `read` reports the bytes that are
/// read on this machine; a shard at an address is not read.
pub(super) fn shards_read(
    dataset: &Dataset,
    shards: impl Iterator<Item = usize>,
    read: &BytesRead<'_>,
) -> Result<FileChecksums, ExportError> {
    let (mut figures, mut here) = (FileChecksums::new(), Vec::new());
    for shard in shards {
        match dataset.tiles.stored_shard(shard) {
            Some(file) => _ = figures.insert(file.path.clone(), FileChecksum::from_stored(file)),
            None => {
                let path = dataset.tiles.shard_path(shard);
                here.push((name_in(dataset, path), path.to_owned()));
            }
        }
    }
    figures.extend(figures_of_all(&here, read)?);
    Ok(figures)
}

/// Returns a file's name in the dataset.
pub(super) fn name_in(dataset: &Dataset, path: &Path) -> String {
    path.strip_prefix(&dataset.root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Writes the manifest; all other files must exist. `rows_read` are the files that rows were read
/// from, `shards` those that tiles were read from.
pub(super) fn write(
    context: &ExportContext<'_>,
    source: &JudgementSource<'_>,
    report: &ExportReport,
    rows_read: FileChecksums,
    shards: &BTreeSet<usize>,
) -> Result<(), ExportError> {
    let dataset = context.dataset;
    let (unread, bytes) = context.folder.unread()?;
    let here = shards.iter().filter(|shard| dataset.tiles.stored_shard(**shard).is_none());
    let total = here.map(|shard| size_of(dataset.tiles.shard_path(*shard))).sum::<Result<u64, _>>()? + bytes;
    let read = BytesRead::of(total, context.progress);
    let mut inputs = rows_read;
    inputs.extend(shards_read(dataset, shards.iter().copied(), &read)?);
    let outputs = context.folder.figures(&unread, &read)?;
    let manifest = Manifest { inputs, outputs, ..Manifest::new(dataset, source, context.options, report) }.sealed();
    let mut file = context.folder.file(MANIFEST)?;
    let text = serde_json::to_string_pretty(&manifest)
        .map_err(|error| ExportError::Io { path: MANIFEST.into(), source: error.into() })?;
    file.write(text.as_bytes())?;
    file.write(b"\n")?;
    file.finish()
}

fn dataset_note(dataset: &Dataset) -> ManifestDataset {
    ManifestDataset { name: file_name(&dataset.root), fingerprint: dataset.fingerprint.to_string() }
}
