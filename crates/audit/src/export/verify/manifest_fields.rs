//! Checks of a manifest's fields against each other, against its own checksum, and against the
//! other records in the export.
//!
//! Opens the card and the summary, but no row and no picture.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::{Fault, fault};
use crate::export::audits::RecordedAudits;
use crate::export::card::{SUMMARY, recorded};
use crate::export::copies_report::CopyCoverage;
use crate::export::manifest::{MANIFEST, Manifest, digest};
use crate::export::options::{Copies, ExportOptions, Format, Images};
use crate::export::plan::{ChangeReason, DropReason};

/// The first version with a checksum of its own and a second record in the summary.
const SEALED_FROM: u32 = 2;

/// Records all inconsistencies.
pub(super) fn check(out: &Path, manifest: &Manifest, value: &Value, faults: &mut Vec<Fault>) {
    let mut report = |message: String| faults.push(fault("manifest", Some(MANIFEST), message));
    let sealed = manifest.manifest_version >= SEALED_FROM;
    match &manifest.digest {
        Some(own) => {
            let found = digest(value);
            if *own != found {
                report(format!("digest: {own}, {found} expected; the manifest was changed"));
            }
        }
        None if sealed => report("digest: missing".to_owned()),
        None => {}
    }
    if (manifest.digest.is_some() || manifest.copies.is_some()) != sealed || manifest.manifest_version == 0 {
        report(format!("manifest_version: {} does not match the fields", manifest.manifest_version));
    }
    if sealed {
        record(out, manifest, &mut report);
        options(manifest, &mut report);
    }
    sums(manifest, &mut report);
}

/// Checks the values that the summary and the card repeat.
fn record(out: &Path, manifest: &Manifest, report: &mut impl FnMut(String)) {
    let summary: Option<Value> =
        std::fs::read(out.join(SUMMARY)).ok().and_then(|text| serde_json::from_slice(&text).ok());
    match summary {
        None => report(format!("{SUMMARY} cannot be read")),
        Some(summary) => {
            let differences = differences(&summary["export"], &recorded(manifest));
            differences.into_iter().for_each(|difference| report(format!("{difference}, by {SUMMARY}")));
        }
    }
    let card = std::fs::read_to_string(out.join("README.md")).unwrap_or_default();
    if !card.contains(&format!("\n# {}, cleaned\n", manifest.dataset.name)) {
        report(format!("dataset.name: `{}` is not the name in the title of README.md", manifest.dataset.name));
    }
}

/// Checks that the options are valid and agree with the files.
fn options(manifest: &Manifest, report: &mut impl FnMut(String)) {
    let options: ExportOptions = match serde_json::from_value(manifest.options.clone()) {
        Ok(options) => options,
        Err(error) => return report(format!("options: {error}")),
    };
    for difference in differences(&json!(options), &manifest.options) {
        report(format!("options.{difference}"));
    }
    if options.negatives != manifest.simulation.negatives_taken {
        let taken = manifest.simulation.negatives_taken;
        report(format!("options.negatives: {}, simulation.negatives_taken: {taken}", options.negatives));
    }
    let looked_for = manifest.copies.as_ref().map_or(CopyCoverage::None, |copies| copies.looked_for);
    let not_read = manifest.copies.as_ref().map_or(0, |copies| copies.tiles_not_read);
    if (options.copies == Copies::Trust) != (looked_for == CopyCoverage::None)
        || (not_read > 0) != (looked_for == CopyCoverage::Some)
    {
        report(format!(
            "copies.looked_for: `{looked_for}` does not match options.copies `{}` and copies.tiles_not_read {not_read}",
            options.copies
        ));
    }
    if manifest.simulation.rows == 0 {
        return;
    }
    let below = |folder: &'static str| manifest.outputs.iter().filter(move |(name, _)| name.starts_with(folder));
    for format in Format::ALL {
        let has_files = match format {
            Format::Jsonl => manifest.outputs.keys().any(|name| name.ends_with(".jsonl") && !name.contains('/')),
            format => {
                let folder = format!("{}/", format.word());
                manifest.outputs.keys().any(|name| name.starts_with(&folder))
            }
        };
        if has_files != options.formats.contains(format) {
            report(format!("options.formats: `{format}` does not match the files"));
        }
    }
    let pictures: Vec<_> = below("image_shards/").chain(below("images/")).collect();
    let matches = match options.images {
        Images::None => pictures.is_empty(),
        Images::Link => !pictures.is_empty() && pictures.iter().all(|(_, figures)| figures.link.is_some()),
        Images::Repack => below("image_shards/").next().is_some() && below("images/").next().is_none(),
        Images::Extract => below("images/").next().is_some() && below("image_shards/").next().is_none(),
    };
    if !matches {
        report(format!("options.images: `{}` does not match the files", options.images));
    }
}

/// Checks numbers that must add up to others.
fn sums(manifest: &Manifest, report: &mut impl FnMut(String)) {
    let (counts, splits) = (&manifest.counts, &manifest.splits);
    let written = counts.kept + counts.changed + counts.promoted;
    let reason = |word: &str| manifest.reasons.get(word).copied().unwrap_or(0);
    let dropped: usize = DropReason::ALL.iter().map(|why| reason(why.word())).sum();
    for (name, found, sum, of) in [
        ("simulation.rows", manifest.simulation.rows, written, "counts.kept, changed and promoted"),
        ("splits[].rows", splits.iter().map(|split| split.rows).sum(), written, "counts.kept, changed and promoted"),
        (
            "splits[].rows_before",
            splits.iter().map(|split| split.rows_before).sum(),
            counts.kept + counts.changed + counts.dropped,
            "counts.kept, changed and dropped",
        ),
        ("counts.dropped", counts.dropped, dropped, "the reasons why rows were dropped"),
    ] {
        if found != sum {
            report(format!("{name}: {found}, {sum} expected by {of}"));
        }
    }
    if let Some(unjudged) = counts.unjudged.filter(|unjudged| *unjudged > counts.kept + counts.changed) {
        report(format!(
            "counts.unjudged: {unjudged}, at most {} expected by counts.kept and changed",
            counts.kept + counts.changed
        ));
    }
    let known: BTreeSet<&str> =
        DropReason::ALL.iter().map(|why| why.word()).chain(ChangeReason::ALL.iter().map(|why| why.word())).collect();
    for (word, rows) in &manifest.reasons {
        if !known.contains(word.as_str()) {
            report(format!("reasons.{word}: this reason is not known"));
        } else if ChangeReason::ALL.iter().any(|why| why.word() == word) && *rows > counts.changed {
            report(format!("reasons.{word}: {rows}, at most {} expected by counts.changed", counts.changed));
        }
    }
    if !["everybody", "annotator", "adjudicated"].contains(&manifest.judgements.scope.as_str()) {
        report(format!("judgements.whose: `{}` is not known", manifest.judgements.scope));
    }
    manifest.audit.iter().flat_map(RecordedAudits::faults).for_each(report);
}

/// Returns the differences between two values, field by field, in words: the path, the found value,
/// the expected value.
pub(super) fn differences(expected: &Value, found: &Value) -> Vec<String> {
    fn walk(path: &str, expected: Option<&Value>, found: Option<&Value>, out: &mut Vec<String>) {
        match (expected, found) {
            (Some(Value::Object(a)), Some(Value::Object(b))) => {
                let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
                let prefix = if path.is_empty() { String::new() } else { format!("{path}.") };
                names.into_iter().for_each(|name| walk(&format!("{prefix}{name}"), a.get(name), b.get(name), out));
            }
            (Some(Value::Array(a)), Some(Value::Array(b))) => {
                (0..a.len().max(b.len())).for_each(|at| walk(&format!("{path}[{at}]"), a.get(at), b.get(at), out));
            }
            (expected, found) if expected == found => {}
            (expected, found) => {
                let words = |value: Option<&Value>| value.map_or("nothing".to_owned(), ToString::to_string);
                out.push(format!("{path}: {}, {} expected", words(found), words(expected)));
            }
        }
    }
    let mut out = Vec::new();
    walk("", Some(expected), Some(found), &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_name_the_field_with_both_values() {
        let found = differences(&json!({"a": {"b": [1, 2]}, "c": 1}), &json!({"a": {"b": [1, 3]}, "d": null}));
        assert_eq!(found, ["a.b[1]: 3, 2 expected", "c: nothing, 1 expected", "d: null, nothing expected"]);
    }
}
