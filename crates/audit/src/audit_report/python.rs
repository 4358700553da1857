//! The check of a draw by a reader: six lines of Python that print the keys of the first drawn rows
//! from the files of the splits.

use std::fmt::Write as _;

use tilejury_data::Dataset;

use crate::audits::AuditPlan;

/// The rows that the program prints.
pub(super) const FIRST: usize = 10;

/// The program. It is run in the folder of the dataset. Exact repeats of a row are numbered in the
/// order of the splits, as their keys are.
pub(super) fn check(dataset: &Dataset, plan: &AuditPlan) -> String {
    let files: Vec<String> = dataset
        .splits
        .iter()
        .map(|split| {
            let file = split.file.strip_prefix(&dataset.root).unwrap_or(&split.file);
            literal(&file.to_string_lossy().replace('\\', "/"))
        })
        .collect();
    let wanted = dataset
        .splits
        .iter()
        .zip(&files)
        .filter(|(split, _)| plan.split.as_ref().is_none_or(|name| *name == split.name));
    let wanted: Vec<&str> = wanted.map(|(_, file)| file.as_str()).collect();
    let mut text = String::from("import collections, hashlib, json, re\n");
    let _ = writeln!(
        text,
        "rows = [(file, json.loads(line)) for file in [{}] for line in open(file, encoding=\"utf-8-sig\") if line.strip()]",
        files.join(", ")
    );
    text.push_str(
        "tile = lambda path: re.sub(r\"^(?:.*?/)?((?:shard_[^/]*/){1,2}(?:(?!shard_)[^/]*/)*[^/]*)$|^(?:/.*/)?images/\", r\"\\1\", path)\n\
pairs, seen = [(file, (row[\"query\"], tile(row[\"chunk_path\"]))) for file, row in rows], collections.Counter()\n",
    );
    let _ = writeln!(
        text,
        "keys = [hashlib.sha256(\"\\0\".join([\"tilejury sample 1\", *pair, \"\"]).encode() + n.to_bytes(4, \"little\")).hexdigest()[:32] \
for file, pair in pairs for n in [seen[pair]] if not seen.update([pair]) and file in [{}]]",
        wanted.join(", ")
    );
    let _ = writeln!(
        text,
        "print(*sorted(keys, key=lambda key: hashlib.sha256(\"\\n\".join([\"tilejury-audit-1\", {}, key]).encode()).digest())[:{}], sep=\"\\n\")",
        literal(&plan.seed),
        plan.rows.min(FIRST as u64)
    );
    text
}

/// A text as Python writes it: the escapes of JSON are those of Python.
fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
