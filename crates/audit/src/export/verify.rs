//! Checks a finished export: every file against the manifest, every row against the rules of training, and that each tile that
//! is said to be there is there. Reads; never writes, never stops at one fault.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use tilejury_data::Dataset;

use super::checksums::{FileFigures, figures_of_all};
use super::facts::Facts;
use super::folder::files_below;
use super::manifest::{MANIFEST, MANIFEST_VERSION, Manifest};
use super::proof::{Positives, Proof, SplitOf, Waived};
use super::{ExportError, Progress, Step};

/// One thing that is wrong with an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What kind of thing.
    pub kind: &'static str,
    /// The file, as its name in the export.
    pub file: Option<String>,
    /// The 1-based line in it.
    pub line: Option<u32>,
    /// What was found, and what was expected.
    pub message: String,
}

fn fault(kind: &'static str, file: Option<&str>, message: impl Into<String>) -> Fault {
    Fault { kind, file: file.map(str::to_owned), line: None, message: message.into() }
}

/// Checks an export; what is returned is empty where all is well.
///
/// # Errors
/// When there is no manifest that this version can read, a file cannot be read, or `progress` stopped the work.
pub fn verify(out: &Path, progress: Progress<'_>) -> Result<Vec<Fault>, ExportError> {
    let path = out.join(MANIFEST);
    let failed = |source| ExportError::Io { path: path.clone(), source };
    let text = std::fs::read(&path).map_err(failed)?;
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|error| failed(std::io::Error::other(format!("no manifest: {error}"))))?;
    if manifest.manifest_version > MANIFEST_VERSION {
        let what = format!("of a newer Tilejury (version {})", manifest.manifest_version);
        return Err(failed(std::io::Error::other(what)));
    }
    let mut faults = files(out, &manifest, progress)?;
    let option = |name: &str| manifest.options.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let formats = manifest.options.get("formats").and_then(serde_json::Value::as_array);
    if formats.is_some_and(|formats| formats.iter().any(|format| format == "jsonl")) {
        match Dataset::open(out) {
            Ok(dataset) => {
                let facts = Facts::of(&dataset, progress)?;
                let waived = Waived {
                    leaks: option("leaks") == "keep",
                    held_out_leaks: option("held_out_leaks") == "keep",
                    ..Waived::default()
                };
                rows(&dataset, &facts, &manifest, waived, &mut faults);
                if option("images") != "none" {
                    tiles(&dataset, progress, &mut faults)?;
                }
            }
            Err(_) if manifest.simulation.rows == 0 => {}
            Err(error) => faults.push(fault("bad_rows", None, error.to_string())),
        }
    }
    Ok(faults)
}

/// Every file that the manifest has, and none beside them.
fn files(out: &Path, manifest: &Manifest, progress: Progress<'_>) -> Result<Vec<Fault>, ExportError> {
    let there = files_below(out).map_err(|source| ExportError::Io { path: out.to_owned(), source })?;
    let there: BTreeSet<&str> = there.iter().map(String::as_str).collect();
    let mut faults = Vec::new();
    for name in &there {
        if *name != MANIFEST && !manifest.outputs.contains_key(*name) {
            faults.push(fault("extra_file", Some(name), "the manifest does not have it"));
        }
    }
    // What has another size, or none, need not be read; what a manifest names elsewhere must not be.
    let size = |name: &str| out.join(name).metadata().map(|metadata| metadata.len());
    let whole = |(name, figures): &(&String, &FileFigures)| {
        there.contains(name.as_str())
            && figures.sha256.is_some()
            && size(name).is_ok_and(|bytes| bytes == figures.bytes)
    };
    let to_read: Vec<_> = manifest.outputs.iter().filter(whole).collect();
    let total: u64 = to_read.iter().map(|(_, figures)| figures.bytes).sum();
    let read = AtomicU64::new(0);
    let go_on = |bytes: u64| {
        let read = read.fetch_add(bytes, Ordering::Relaxed) + bytes;
        progress(Step::Checksums, read as usize, total as usize)
    };
    let to_read: Vec<_> = to_read.into_iter().map(|(name, _)| (name.clone(), out.join(name))).collect();
    let found = figures_of_all(&to_read, &go_on)?;
    for (name, expected) in &manifest.outputs {
        let fault = |kind, message: String| fault(kind, Some(name), message);
        faults.extend(match (size(name), found.get(name)) {
            _ if !there.contains(name.as_str()) => {
                Some(fault("missing_file", "the manifest has it, the export does not".to_owned()))
            }
            (Err(error), _) => Some(fault("missing_file", format!("it leads nowhere: {error}"))),
            (Ok(bytes), _) if bytes != expected.bytes => {
                Some(fault("changed_file", format!("{bytes} bytes, {} expected", expected.bytes)))
            }
            (_, Some(found)) if found.sha256 != expected.sha256 => {
                let hex = |figures: &FileFigures| figures.sha256.clone().unwrap_or_default();
                Some(fault("changed_file", format!("SHA-256 {}, {} expected", hex(found), hex(expected))))
            }
            _ => None,
        });
    }
    Ok(faults)
}

/// Every row against the rules, and the numbers of the manifest.
fn rows(dataset: &Dataset, facts: &Facts, manifest: &Manifest, waived: Waived, faults: &mut Vec<Fault>) {
    let splits = SplitOf::all(dataset);
    let split = |index: usize| splits[usize::from(dataset.samples[index].split)];
    let mut positives = Positives::default();
    for (index, row) in facts.rows().enumerate() {
        row.iter().for_each(|row| positives.add(row, split(index)));
    }
    for (index, row) in facts.rows().enumerate() {
        let Some(row) = row else { continue };
        let mut proof = Proof { negatives_taken: manifest.simulation.negatives_taken, ..Proof::default() };
        proof.count(&row, &positives, |_| false);
        let leaks = positives.leaks(&row, waived);
        for (broken, kind, message) in [
            (proof.padded_rows > 0, "padded_row", "a trainer would pad it with its own positive"),
            (
                proof.rows_with_positive_in_negatives > 0,
                "positive_in_negatives",
                "a positive of its query stands among its negatives",
            ),
            (leaks, "split_leak", "the same query with the same positive stands in another split"),
        ] {
            if broken {
                let file = tilejury_data::file_name(&dataset.split_of(index).file);
                let line = Some(dataset.line_of(index));
                faults.push(Fault { line, ..fault(kind, Some(&file), message) });
            }
        }
    }
    for warning in &dataset.warnings {
        faults.push(fault("bad_rows", None, warning.to_string()));
    }
    if dataset.samples.len() != manifest.simulation.rows {
        let message = format!("{} rows, {} expected", dataset.samples.len(), manifest.simulation.rows);
        faults.push(fault("counts", None, message));
    }
}

/// Every tile that a row names must be in the export.
fn tiles(dataset: &Dataset, progress: Progress<'_>, faults: &mut Vec<Fault>) -> Result<(), ExportError> {
    let total = dataset.samples.len();
    for index in 0..total {
        if index.is_multiple_of(256) && !progress(Step::Tiles, index, total) {
            return Err(ExportError::Cancelled);
        }
        let Ok(sample) = dataset.sample(index) else { continue };
        for tile in sample.tiles() {
            if let Err(error) = dataset.tiles.locate(&tile.path) {
                let file = tilejury_data::file_name(&dataset.split_of(index).file);
                let line = Some(dataset.line_of(index));
                faults.push(Fault { line, ..fault("missing_tile", Some(&file), error.to_string()) });
            }
        }
    }
    Ok(())
}
