//! The leaves of a manifest against each other, against its own checksum, and against what the other files of the export record.
//!
//! Opens the card and the summary, no row and no picture.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::{Fault, fault};
use crate::export::card::{SUMMARY, recorded};
use crate::export::copies::LookedFor;
use crate::export::manifest::{MANIFEST, Manifest, digest};
use crate::export::options::{Copies, ExportOptions, Format, Images};
use crate::export::plan::{Changed, Why};

/// The first version with a checksum of its own and a second record in the summary.
const SEALED_FROM: u32 = 2;

/// Takes down everything that does not fit.
pub(super) fn check(out: &Path, manifest: &Manifest, value: &Value, faults: &mut Vec<Fault>) {
    let mut say = |message: String| faults.push(fault("manifest", Some(MANIFEST), message));
    let sealed = manifest.manifest_version >= SEALED_FROM;
    match &manifest.digest {
        Some(own) => {
            let found = digest(value);
            if *own != found {
                say(format!("digest: {own}, {found} expected; the manifest was changed"));
            }
        }
        None if sealed => say("digest: missing".to_owned()),
        None => {}
    }
    if (manifest.digest.is_some() || manifest.copies.is_some()) != sealed || manifest.manifest_version == 0 {
        say(format!("manifest_version: {} does not go with the fields", manifest.manifest_version));
    }
    if sealed {
        record(out, manifest, &mut say);
        options(manifest, &mut say);
    }
    sums(manifest, &mut say);
}

/// What the summary and the card say once more.
fn record(out: &Path, manifest: &Manifest, say: &mut impl FnMut(String)) {
    let summary: Option<Value> =
        std::fs::read(out.join(SUMMARY)).ok().and_then(|text| serde_json::from_slice(&text).ok());
    match summary {
        None => say(format!("{SUMMARY} cannot be read")),
        Some(summary) => {
            let differ = differences(&summary["export"], &recorded(manifest));
            differ.into_iter().for_each(|differs| say(format!("{differs}, by {SUMMARY}")));
        }
    }
    let card = std::fs::read_to_string(out.join("README.md")).unwrap_or_default();
    if !card.contains(&format!("\n# {}, cleaned\n", manifest.dataset.name)) {
        say(format!("dataset.name: `{}` is not the name in the title of README.md", manifest.dataset.name));
    }
}

/// Valid values, and those that the files show.
fn options(manifest: &Manifest, say: &mut impl FnMut(String)) {
    let options: ExportOptions = match serde_json::from_value(manifest.options.clone()) {
        Ok(options) => options,
        Err(error) => return say(format!("options: {error}")),
    };
    for differs in differences(&json!(options), &manifest.options) {
        say(format!("options.{differs}"));
    }
    if options.negatives != manifest.simulation.negatives_taken {
        let taken = manifest.simulation.negatives_taken;
        say(format!("options.negatives: {}, simulation.negatives_taken: {taken}", options.negatives));
    }
    let looked_for = manifest.copies.as_ref().map_or(LookedFor::None, |copies| copies.looked_for);
    let not_read = manifest.copies.as_ref().map_or(0, |copies| copies.tiles_not_read);
    if (options.copies == Copies::Trust) != (looked_for == LookedFor::None)
        || (not_read > 0) != (looked_for == LookedFor::Some)
    {
        say(format!(
            "copies.looked_for: `{looked_for}` does not go with options.copies `{}` and copies.tiles_not_read {not_read}",
            options.copies
        ));
    }
    if manifest.simulation.rows == 0 {
        return;
    }
    let below = |folder: &'static str| manifest.outputs.iter().filter(move |(name, _)| name.starts_with(folder));
    for format in Format::ALL {
        let there = match format {
            Format::Jsonl => manifest.outputs.keys().any(|name| name.ends_with(".jsonl") && !name.contains('/')),
            format => {
                let folder = format!("{}/", format.word());
                manifest.outputs.keys().any(|name| name.starts_with(&folder))
            }
        };
        if there != options.formats.contains(format) {
            say(format!("options.formats: `{format}` does not go with the files"));
        }
    }
    let pictures: Vec<_> = below("image_shards/").chain(below("images/")).collect();
    let fits = match options.images {
        Images::None => pictures.is_empty(),
        Images::Link => !pictures.is_empty() && pictures.iter().all(|(_, figures)| figures.link.is_some()),
        Images::Repack => below("image_shards/").next().is_some() && below("images/").next().is_none(),
        Images::Extract => below("images/").next().is_some() && below("image_shards/").next().is_none(),
    };
    if !fits {
        say(format!("options.images: `{}` does not go with the files", options.images));
    }
}

/// Numbers that add up to others.
fn sums(manifest: &Manifest, say: &mut impl FnMut(String)) {
    let (counts, splits) = (&manifest.counts, &manifest.splits);
    let written = counts.kept + counts.changed + counts.promoted;
    let reason = |word: &str| manifest.reasons.get(word).copied().unwrap_or(0);
    let left: usize = Why::ALL.iter().map(|why| reason(why.word())).sum();
    for (name, found, sum, of) in [
        ("simulation.rows", manifest.simulation.rows, written, "counts.kept, changed and promoted"),
        ("splits[].rows", splits.iter().map(|split| split.rows).sum(), written, "counts.kept, changed and promoted"),
        (
            "splits[].rows_before",
            splits.iter().map(|split| split.rows_before).sum(),
            counts.kept + counts.changed + counts.dropped,
            "counts.kept, changed and dropped",
        ),
        ("counts.dropped", counts.dropped, left, "the reasons for which rows leave"),
    ] {
        if found != sum {
            say(format!("{name}: {found}, {sum} expected by {of}"));
        }
    }
    let known: BTreeSet<&str> =
        Why::ALL.iter().map(|why| why.word()).chain(Changed::ALL.iter().map(|why| why.word())).collect();
    for (word, rows) in &manifest.reasons {
        if !known.contains(word.as_str()) {
            say(format!("reasons.{word}: no reason of that name is known"));
        } else if Changed::ALL.iter().any(|why| why.word() == word) && *rows > counts.changed {
            say(format!("reasons.{word}: {rows}, at most {} expected by counts.changed", counts.changed));
        }
    }
    if !["everybody", "annotator", "adjudicated"].contains(&manifest.judgements.whose.as_str()) {
        say(format!("judgements.whose: `{}` is not known", manifest.judgements.whose));
    }
    if !manifest.audit.is_null() {
        say("audit: null expected".to_owned());
    }
}

/// Where two values differ, leaf by leaf, in words: the path, what was found, what was expected.
pub(super) fn differences(expected: &Value, found: &Value) -> Vec<String> {
    fn walk(path: &str, expected: Option<&Value>, found: Option<&Value>, out: &mut Vec<String>) {
        match (expected, found) {
            (Some(Value::Object(a)), Some(Value::Object(b))) => {
                let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
                let before = if path.is_empty() { String::new() } else { format!("{path}.") };
                names.into_iter().for_each(|name| walk(&format!("{before}{name}"), a.get(name), b.get(name), out));
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
    fn differences_name_the_leaf_with_both_values() {
        let found = differences(&json!({"a": {"b": [1, 2]}, "c": 1}), &json!({"a": {"b": [1, 3]}, "d": null}));
        assert_eq!(found, ["a.b[1]: 3, 2 expected", "c: nothing, 1 expected", "d: null, nothing expected"]);
    }
}
