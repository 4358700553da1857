//! A check of an export against its dataset: the same options and judgements are planned again, and
//! the result is compared with the manifest and the files.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use tilejury_data::{Dataset, TileLocation, TilePath};

use super::manifest_fields::differences;
use super::{VerifyReport, added, fault};
use crate::export::checksums::BytesRead;
use crate::export::manifest::{FileChecksums, MANIFEST, Manifest, rows_read, shards_read};
use crate::export::options::{ExportOptions, Format};
use crate::export::plan::ExportPlan;
use crate::export::report::ExportReport;
use crate::export::rows::rows;
use crate::export::source::JudgementSource;
use crate::export::{ExportError, jsonl, preview_with};
use crate::merge::AnnotatorScope;
use crate::progress::Progress;
use crate::suspicion::Findings;

/// The dataset and judgements that an export was made from.
pub struct Originals<'a> {
    /// The dataset.
    pub dataset: &'a Dataset,
    /// The judgements that it used.
    pub source: &'a JudgementSource<'a>,
    /// The file where fingerprints of the dataset's tiles are kept.
    pub fingerprints: Option<&'a Path>,
    /// The scores of the dataset's tiles, if they are known.
    pub findings: Option<&'a Findings>,
}

/// Returns whose judgements an export used.
///
/// # Errors
/// When there is no manifest that can be read.
pub fn annotator_scope(out: &Path) -> Result<AnnotatorScope, ExportError> {
    let manifest = manifest_of(out)?;
    let name = manifest.judgements.annotators.into_keys().next().unwrap_or_default();
    Ok(match manifest.judgements.scope.as_str() {
        "annotator" => AnnotatorScope::Annotator(name),
        "adjudicated" => AnnotatorScope::Adjudicated(name),
        _ => AnnotatorScope::Everybody,
    })
}

/// Returns the options of an export; the usual ones if this version does not know them.
///
/// # Errors
/// When there is no manifest that can be read.
pub fn export_options(out: &Path) -> Result<ExportOptions, ExportError> {
    Ok(serde_json::from_value(manifest_of(out)?.options).unwrap_or_default())
}

/// The rows of an export by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExportCounts {
    /// Rows written as they were.
    pub kept: u64,
    /// Rows written with changes.
    pub changed: u64,
    /// Rows that were left out.
    pub dropped: u64,
    /// Rows that were written in addition.
    pub promoted: u64,
}

/// Returns the counts that the manifest of an export states; `None` if it is an export of other
/// rows than the dataset's.
///
/// # Errors
/// When there is no manifest that can be read.
pub fn export_counts(out: &Path, dataset: &Dataset) -> Result<Option<ExportCounts>, ExportError> {
    let Manifest { counts, dataset: source, .. } = manifest_of(out)?;
    let counts = ExportCounts {
        kept: counts.kept as u64,
        changed: counts.changed as u64,
        dropped: counts.dropped as u64,
        promoted: counts.promoted as u64,
    };
    Ok(Some(counts).filter(|_| source.fingerprint == dataset.fingerprint.to_string()))
}

fn manifest_of(out: &Path) -> Result<Manifest, ExportError> {
    let path = out.join(MANIFEST);
    let failed = |source| ExportError::Io { path: path.clone(), source };
    let text = std::fs::read(&path).map_err(failed)?;
    serde_json::from_slice(&text).map_err(|error| failed(std::io::Error::other(format!("not a manifest: {error}"))))
}

/// Fields that are compared elsewhere, or that may differ: the dataset's folder may have another
/// name or place by now.
const NOT_PLANNED: [&str; 8] =
    ["address", "audit", "digest", "inputs", "manifest_version", "outputs", "tool", "dataset.name"];

impl Originals<'_> {
    /// Compares the export. Returns whether rows were planned again.
    pub(super) fn check(
        &self,
        out: &Path,
        manifest: &Manifest,
        value: &Value,
        progress: &dyn Progress,
        verdict: &mut VerifyReport,
    ) -> Result<bool, ExportError> {
        let fingerprint = self.dataset.fingerprint.to_string();
        if manifest.dataset.fingerprint != fingerprint {
            let message = format!("dataset.fingerprint: {}, {fingerprint} expected", manifest.dataset.fingerprint);
            verdict.faults.push(fault("other_dataset", Some(MANIFEST), message));
            return Ok(false);
        }
        let note = self.source.judgements_note();
        let differences_found = match &manifest.judgements.digest {
            Some(_) => differences(&json!(note), &json!(manifest.judgements)),
            None => Vec::new(),
        };
        if !differences_found.is_empty() {
            let message =
                format!("the judgements are not those that the export used: {}", differences_found.join("; "));
            verdict.faults.push(fault("other_judgements", Some(MANIFEST), message));
            return Ok(false);
        }
        if let Some(recorded) = &manifest.audit {
            let now = recorded.now(self.source.audits());
            for difference in differences(&json!(now), &json!(recorded)) {
                let message = format!("audit.{difference}, by the audits of the dataset");
                verdict.faults.push(fault("other_audits", Some(MANIFEST), message));
            }
        }
        let Ok(options) = serde_json::from_value::<ExportOptions>(manifest.options.clone()) else { return Ok(false) };
        let (plan, report) = match preview_with(self.dataset, self.source, &options, self.fingerprints, progress) {
            Ok(planned) => planned,
            Err(ExportError::Unsafe(why)) => {
                let message = format!("planned again, the rows would not be safe: {}", why.join("; "));
                verdict.faults.push(fault("manifest", Some(MANIFEST), message));
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        let mut planned = Manifest::new(self.dataset, self.source, &options, &report);
        // Earlier versions did not count them.
        planned.counts.unjudged = planned.counts.unjudged.filter(|_| manifest.counts.unjudged.is_some());
        verdict.unjudged = Some(report.unjudged);
        let count = |findings| plan.suspects(self.dataset, self.source.judgements, findings);
        verdict.suspects = self.findings.map(count);
        let mut report_fault = |message: String| verdict.faults.push(fault("manifest", Some(MANIFEST), message));
        differences(&planned_fields(json!(planned)), &planned_fields(value.clone()))
            .into_iter()
            .for_each(|difference| report_fault(format!("{difference}, planned again")));
        let expected = self.inputs(&plan, &report, &options, progress)?;
        let mut found_inputs = manifest.inputs.clone();
        for (name, found) in &mut found_inputs {
            if let Some(expected) = expected.get(name).filter(|expected| expected.may_equal(found)) {
                found.clone_from(expected);
            }
        }
        let found = differences(&json!(expected), &json!(found_inputs));
        found.into_iter().for_each(|difference| report_fault(format!("inputs: {difference}")));
        added::check(out, self.dataset, &plan, &report, &options, &mut verdict.faults)?;
        if options.formats.contains(&Format::Jsonl) {
            for (name, expected) in jsonl::figures(self.dataset, &plan, progress)? {
                if manifest.outputs.get(&name).is_some_and(|found| *found != expected) || !out.join(&name).is_file() {
                    let message = "its rows differ from those that are planned again".to_owned();
                    verdict.faults.push(fault("changed_rows", Some(&name), message));
                }
            }
        }
        Ok(true)
    }

    /// Returns the figures of the files that rows and tiles were read from, as they are now.
    fn inputs(
        &self,
        plan: &ExportPlan,
        report: &ExportReport,
        options: &ExportOptions,
        progress: &dyn Progress,
    ) -> Result<FileChecksums, ExportError> {
        let dataset = self.dataset;
        let mut inputs = rows_read(dataset, progress)?;
        let mut shards: BTreeSet<usize> = BTreeSet::new();
        if options.reads_pictures() {
            let mut add = |tile: &TilePath| {
                if let Ok(TileLocation::Member { shard, .. }) = dataset.tiles.locate(tile) {
                    shards.insert(shard);
                }
            };
            for row in rows(dataset, &plan.rows) {
                row?.tiles().for_each(&mut add);
            }
            if options.has_pictures_of_added() {
                report.added.iter().for_each(|added| add(&added.tile));
            }
        }
        inputs.extend(shards_read(dataset, shards.into_iter(), &BytesRead::of(0, progress))?);
        Ok(inputs)
    }
}

/// Returns a manifest without [`NOT_PLANNED`].
fn planned_fields(mut manifest: Value) -> Value {
    for field in NOT_PLANNED {
        let (fields, name) = match field.split_once('.') {
            Some((parent, name)) => (manifest.get_mut(parent), name),
            None => (Some(&mut manifest), field),
        };
        fields.and_then(Value::as_object_mut).map(|fields| fields.remove(name));
    }
    manifest
}
