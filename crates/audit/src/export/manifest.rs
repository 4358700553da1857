//! `export_manifest.json`: what was exported, from what, by which options and judgements, and the checksum of every file.
//!
//! The same input and the same judgements give the same bytes: no time, no name of a machine or a person's folder stands in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tilejury_data::{Dataset, file_name};

use super::ExportError;
use super::context::Context;
use super::folder::{FileFigures, figures_of};
use super::proof::Proof;
use super::report::{ExportReport, SplitFigures};
use super::source::Source;

/// The manifest's name in an export.
pub(super) const MANIFEST: &str = "export_manifest.json";
/// Of the manifest's fields; whoever changes their meaning counts it up.
pub(super) const MANIFEST_VERSION: u32 = 1;

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
    /// Rates with their intervals from a random audit; null where none was run.
    pub(super) audit: Value,
    /// The files that rows were read from, and the shards where tiles were.
    pub(super) inputs: BTreeMap<String, FileFigures>,
    /// Every other file of the export.
    pub(super) outputs: BTreeMap<String, FileFigures>,
}

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

/// Writes the manifest; all other files must be there. `shards` are the files that tiles were taken from.
pub(super) fn write(
    context: &Context<'_>,
    source: &Source<'_>,
    report: &ExportReport,
    shards: &[std::path::PathBuf],
) -> Result<(), ExportError> {
    let dataset = context.dataset;
    let mut read = 0_u64;
    let mut go_on = |bytes: u64| {
        read += bytes;
        (context.progress)(super::progress::Step::Checksums, read as usize, 0)
    };
    let mut inputs = BTreeMap::new();
    for file in dataset.splits.iter().map(|split| &split.file).chain(shards) {
        let name = file.strip_prefix(&dataset.root).unwrap_or(file).to_string_lossy().replace('\\', "/");
        inputs.insert(name, figures_of(file, &mut go_on)?);
    }
    let manifest = Manifest {
        manifest_version: MANIFEST_VERSION,
        tool: concat!("tilejury ", env!("CARGO_PKG_VERSION")).to_owned(),
        dataset: note(dataset),
        options: json!(context.options),
        judgements: source.note(),
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
        audit: Value::Null,
        inputs,
        outputs: context.folder.figures(&mut go_on)?,
    };
    let mut file = context.folder.file(MANIFEST)?;
    let text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    file.write(text.as_bytes())?;
    file.write(b"\n")?;
    file.finish()
}

fn note(dataset: &Dataset) -> DatasetNote {
    DatasetNote { name: file_name(&dataset.root), fingerprint: dataset.fingerprint.to_string() }
}
