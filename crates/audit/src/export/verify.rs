//! Checks a finished export: every file against the manifest, every row against the rules of training, and that each tile that
//! is said to be there is there. Reads; never writes, never stops at one fault.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;
use tilejury_data::{Dataset, Sample};

use super::checksums::{FileFigures, figures_of};
use super::folder::files_below;
use super::manifest::{MANIFEST, MANIFEST_VERSION, Manifest};
use super::proof::{Positives, Proof, TrainedRow};
use super::report::families;
use super::{ExportError, Progress, Step};
use crate::same_query::QueryKey;

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
                rows(&dataset, &manifest, option("leaks") == "keep", &mut faults);
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
    let total: u64 =
        manifest.outputs.values().filter(|figures| figures.link.is_none()).map(|figures| figures.bytes).sum();
    let read = Cell::new(0);
    for (name, figures) in &manifest.outputs {
        if !there.contains(name.as_str()) {
            faults.push(fault("missing_file", Some(name), "the manifest has it, the export does not"));
            continue;
        }
        let go_on = |bytes: u64| {
            read.set(read.get() + bytes);
            progress(Step::Checksums, read.get() as usize, total as usize)
        };
        faults.extend(changed(&out.join(name), name, figures, &go_on)?);
    }
    Ok(faults)
}

fn changed(
    path: &Path,
    name: &str,
    figures: &FileFigures,
    go_on: &dyn Fn(u64) -> bool,
) -> Result<Option<Fault>, ExportError> {
    let bytes = match path.metadata() {
        Ok(metadata) => metadata.len(),
        Err(error) => return Ok(Some(fault("missing_file", Some(name), format!("it leads nowhere: {error}")))),
    };
    if bytes != figures.bytes {
        let message = format!("{bytes} bytes, {} expected", figures.bytes);
        return Ok(Some(fault("changed_file", Some(name), message)));
    }
    let Some(expected) = &figures.sha256 else { return Ok(None) };
    let found = figures_of(path, go_on)?.sha256.unwrap_or_default();
    Ok((found != *expected).then(|| fault("changed_file", Some(name), format!("SHA-256 {found}, {expected} expected"))))
}

/// Every row against the rules, and the numbers of the manifest.
fn rows(dataset: &Dataset, manifest: &Manifest, leaks_stay: bool, faults: &mut Vec<Fault>) {
    let families = families(dataset);
    let trained = |index: usize, sample: &Sample| {
        let entry = dataset.samples[index];
        (
            families[usize::from(entry.split)],
            sample.positive.path.clone(),
            sample.negatives.iter().map(|tile| tile.path.clone()).collect::<Vec<_>>(),
        )
    };
    let mut positives = Positives::default();
    for pass in 0..2 {
        for index in 0..dataset.samples.len() {
            let Ok(sample) = dataset.sample(index) else { continue };
            let (split, positive, negatives) = trained(index, &sample);
            let query = QueryKey::of(&sample.query);
            let row = TrainedRow { split, query, positive: &positive, negatives: &negatives };
            if pass == 0 {
                positives.add(&row);
                continue;
            }
            let mut proof = Proof { negatives_taken: manifest.simulation.negatives_taken, ..Proof::default() };
            proof.count(&row, &positives, |_| false);
            let leaks = !leaks_stay && positives.splits_of(&row) > 1;
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
