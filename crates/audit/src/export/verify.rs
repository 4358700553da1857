//! Checks of a finished export: every file against the manifest, every row against the rules of
//! training, every field of the manifest against the data it can be computed from, and that each
//! tile that should exist exists. Only reads, and continues after a fault.

mod added;
mod manifest_fields;
mod originals;
mod rows;

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;
use tilejury_data::{Dataset, LineNumber};

use super::ExportError;
use super::checksums::{BytesRead, FileChecksum, figures_of_all};
use super::folder::files_below;
use super::manifest::{MANIFEST, MANIFEST_VERSION, Manifest};
use super::report::not_judged;
use super::suspects::suspects_words;
use crate::progress::Progress;
use crate::sidecar::is_beside_rows;
use crate::text::uncapital;

pub use originals::{ExportCounts, Originals, annotator_scope, export_counts, export_options};

/// One fault of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Its kind.
    pub kind: &'static str,
    /// The file's name in the export.
    pub file: Option<String>,
    /// The line in it, from 1.
    pub line: Option<LineNumber>,
    /// The found and the expected value.
    pub message: String,
}

fn fault(kind: &'static str, file: Option<&str>, message: impl Into<String>) -> Fault {
    Fault { kind, file: file.map(str::to_owned), line: None, message: message.into() }
}

/// The note about an export that was checked without what it was made from.
const NOT_COMPARED: &str = "the rows were not compared with the dataset and the judgements that they are from";

/// The result of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// The faults; empty if there are none.
    pub faults: Vec<Fault>,
    /// Checks that were not possible, and rows that are unsafe by the options of the export:
    /// sentences without a full stop.
    pub cautions: Vec<String>,
    /// Written rows without a verdict; `None` if the export is by an earlier version and was not
    /// compared with its dataset.
    pub unjudged: Option<usize>,
    /// Unmarked negatives of these rows with a score of 50 % or more; `None` if no scores are
    /// known.
    pub suspects: Option<usize>,
    /// Whether these scores leave the pixels of tiles out; set by the caller, who chose the scores.
    pub without_pixels: bool,
    /// Written rows, without promoted ones.
    pub rows: usize,
    /// Whether it was compared with its dataset and judgements.
    pub compared: bool,
}

impl VerifyReport {
    /// Returns the number of rows that nobody judged and of their suspects, in words; `None` if it
    /// is 0 or not known.
    pub fn unjudged_words(&self) -> Option<String> {
        let unjudged = self.unjudged.filter(|unjudged| *unjudged > 0)?;
        let basis = if self.without_pixels { " by rows and imports, without pixels" } else { "" };
        let suspects =
            self.suspects.map(|suspects| format!("; {}{basis}", suspects_words(suspects))).unwrap_or_default();
        Some(format!("{}{suspects}", not_judged(unjudged, self.rows)))
    }

    /// Returns all that a person must know besides the faults and [`Self::sentence`], one sentence
    /// each without a full stop: every place that shows the result shows these.
    pub fn notes(&self) -> Vec<String> {
        // Without a fault they are in the sentence.
        let unjudged = self.unjudged_words().filter(|_| !self.faults.is_empty()).map(|words| uncapital(&words));
        let compared = (!self.compared).then(|| NOT_COMPARED.to_owned());
        unjudged.into_iter().chain(self.cautions.iter().cloned()).chain(compared).collect()
    }

    /// Returns the result of a check without a fault, in sentences: of the rows that nobody judged
    /// it states only the number. The cautions belong after it.
    pub fn sentence(&self) -> String {
        let of_rows = match self.unjudged {
            Some(0) => " Every row was judged.".to_owned(),
            _ => self.unjudged_words().map(|words| format!(" {words}.")).unwrap_or_default(),
        };
        let is_complete = self.cautions.is_empty() && self.compared;
        let (checked, but) = if is_complete { ("", "") } else { (" that was checked here", " But:") };
        format!("Every file matches the manifest, and no row breaks a rule{checked}.{of_rows}{but}")
    }
}

/// Checks an export without its dataset. Returns the faults.
///
/// # Errors
/// Those of [`verify_with`].
pub fn verify(out: &Path, progress: &dyn Progress) -> Result<Vec<Fault>, ExportError> {
    Ok(verify_with(out, None, progress)?.faults)
}

/// Checks an export, also against its dataset and judgements if `originals` are given.
///
/// # Errors
/// When there is no manifest that this version can read, a file cannot be read, or `progress`
/// stopped the work.
pub fn verify_with(
    out: &Path,
    originals: Option<&Originals<'_>>,
    progress: &dyn Progress,
) -> Result<VerifyReport, ExportError> {
    let path = out.join(MANIFEST);
    let failed = |source| ExportError::Io { path: path.clone(), source };
    let bad = |error: serde_json::Error| failed(std::io::Error::other(format!("not a manifest: {error}")));
    let text = std::fs::read(&path).map_err(failed)?;
    let value: Value = serde_json::from_slice(&text).map_err(bad)?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(bad)?;
    if manifest.manifest_version > MANIFEST_VERSION {
        let newer = format!("made by a newer Tilejury (version {})", manifest.manifest_version);
        return Err(failed(std::io::Error::other(newer)));
    }
    let counts = &manifest.counts;
    let mut verdict = VerifyReport {
        faults: files(out, &manifest, progress)?,
        cautions: Vec::new(),
        unjudged: counts.unjudged,
        suspects: None,
        without_pixels: false,
        rows: counts.kept + counts.changed,
        compared: originals.is_some(),
    };
    manifest_fields::check(out, &manifest, &value, &mut verdict.faults);
    let planned = match originals {
        Some(originals) => originals.check(out, &manifest, &value, progress, &mut verdict)?,
        None => false,
    };
    let written =
        |format: &str| manifest.options["formats"].as_array().is_some_and(|all| all.iter().any(|one| one == format));
    if written("jsonl") {
        match Dataset::open(out) {
            Ok(dataset) => rows::check(dataset, &manifest, originals, progress, &mut verdict)?,
            Err(_) if manifest.simulation.rows == 0 => {}
            Err(error) => verdict.faults.push(fault("bad_rows", None, error.to_string())),
        }
    } else if !planned && manifest.simulation.rows > 0 {
        verdict.cautions.push(format!(
            "{}; {}",
            "the rows of these formats are not checked here",
            when_exported(&manifest)
        ));
    }
    verdict.cautions.extend(by_option(&manifest));
    Ok(verdict)
}

/// Returns what the manifest states about copies, for cases in which they cannot be looked for.
fn when_exported(manifest: &Manifest) -> String {
    match &manifest.copies {
        None => "the version of Tilejury that made this export did not look for copies of positives".to_owned(),
        Some(copies) => match copies.caution() {
            None => "copies of positives were looked for when it was exported".to_owned(),
            Some(caution) => format!("when it was exported, {caution}"),
        },
    }
}

/// Returns cautions about rows that are unsafe by option: to train on, or to evaluate on.
fn by_option(manifest: &Manifest) -> Vec<String> {
    let simulation = &manifest.simulation;
    let option = |name: &str| manifest.options[name].as_str().unwrap_or_default();
    let held_out = simulation.pairs_in_two_held_out_splits;
    [
        (
            option("false_negatives") == "keep",
            simulation.rows_with_relevant_in_negatives,
            "rows with a relevant tile among their negatives",
        ),
        (
            option("copies") == "keep",
            simulation.rows_with_copy_in_negatives,
            "rows with a copy of a positive among their negatives",
        ),
        (
            option("leaks") == "keep",
            simulation.pairs_in_two_splits.saturating_sub(held_out),
            "queries with the same positive in a training split and another one",
        ),
        (option("held_out_leaks") == "keep", held_out, "queries with the same positive in two held-out splits"),
    ]
    .into_iter()
    .filter(|(asked, number, _)| *asked && *number > 0)
    .map(|(_, number, problem)| format!("by option, {problem}: {number}"))
    .collect()
}

/// Checks that the export has every file of the manifest, and no others but judgements of the
/// export itself.
fn files(out: &Path, manifest: &Manifest, progress: &dyn Progress) -> Result<Vec<Fault>, ExportError> {
    let existing = files_below(out).map_err(|source| ExportError::Io { path: out.to_owned(), source })?;
    let existing: BTreeSet<&str> = existing.iter().map(String::as_str).collect();
    let mut faults = Vec::new();
    for name in &existing {
        let is_known = *name == MANIFEST || is_beside_rows(name) || manifest.outputs.contains_key(*name);
        if !is_known {
            faults.push(fault("extra_file", Some(name), "the manifest does not list it"));
        }
    }
    // A file of another size, or a missing one, need not be read; a file outside the export must
    // not be read.
    let size = |name: &str| out.join(name).metadata().map(|metadata| metadata.len());
    let unchanged_size = |(name, figures): &(&String, &FileChecksum)| {
        existing.contains(name.as_str())
            && figures.sha256.is_some()
            && size(name).is_ok_and(|bytes| bytes == figures.bytes)
    };
    let to_read: Vec<_> = manifest.outputs.iter().filter(unchanged_size).collect();
    let total: u64 = to_read.iter().map(|(_, figures)| figures.bytes).sum();
    let to_read: Vec<_> = to_read.into_iter().map(|(name, _)| (name.clone(), out.join(name))).collect();
    let found = figures_of_all(&to_read, &BytesRead::of(total, progress))?;
    for (name, expected) in &manifest.outputs {
        let fault = |kind, message: String| fault(kind, Some(name), message);
        faults.extend(match (size(name), found.get(name)) {
            _ if !existing.contains(name.as_str()) => {
                Some(fault("missing_file", "the manifest lists it, but it does not exist".to_owned()))
            }
            (Err(error), _) => Some(fault("missing_file", format!("it cannot be followed: {error}"))),
            (Ok(bytes), _) if bytes != expected.bytes => {
                Some(fault("changed_file", format!("{bytes} bytes, {} expected", expected.bytes)))
            }
            (Ok(_), None) if !is_link_to(&out.join(name), expected.link.as_deref()) => {
                Some(fault("changed_file", "it is not the link that the manifest states".to_owned()))
            }
            (_, Some(found)) if found.sha256 != expected.sha256 || expected.link.is_some() => {
                let hex = |figures: &FileChecksum| figures.sha256.clone().unwrap_or_default();
                Some(fault("changed_file", format!("SHA-256 {}, {} expected", hex(found), hex(expected))))
            }
            _ => None,
        });
    }
    Ok(faults)
}

/// Whether a file links to the stated target. Where links cannot be made, it is a second name of
/// the same file.
fn is_link_to(file: &Path, to: Option<&str>) -> bool {
    let Some(to) = to else { return false };
    match file.read_link() {
        Ok(found) => found.to_string_lossy() == to,
        Err(_) => std::fs::metadata(to).is_ok_and(|metadata| metadata.is_file()),
    }
}
