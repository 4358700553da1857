//! The check of a draw by a reader: six lines of Python that print the keys of the first drawn rows
//! from the files of the splits.

use std::fmt::Write as _;
use std::path::Path;

use tilejury_data::{Dataset, Split};

use crate::audits::AuditPlan;

/// The rows that the program prints.
pub(super) const FIRST: usize = 10;

/// The program. It is run in the folder of the dataset. Exact repeats of a row are numbered in the
/// order of the splits, as their keys are.
pub(super) fn check(dataset: &Dataset, plan: &AuditPlan) -> String {
    let name = |file: &Path| {
        let file = file.strip_prefix(&dataset.root).unwrap_or(file);
        literal(&file.to_string_lossy().replace('\\', "/"))
    };
    let files = |split: &Split| match &*split.parquet {
        [] => name(&split.file),
        files => files.iter().map(|file| name(&file.path)).collect::<Vec<_>>().join(", "),
    };
    let files: Vec<String> = dataset.splits.iter().map(files).collect();
    let wanted = dataset
        .splits
        .iter()
        .zip(&files)
        .filter(|(split, _)| plan.split.as_ref().is_none_or(|name| *name == split.name));
    let wanted: Vec<&str> = wanted.map(|(_, file)| file.as_str()).collect();
    let (mut text, files) = (String::from("import collections, hashlib, json, re"), files.join(", "));
    if dataset.splits.iter().all(|split| split.parquet.is_empty()) {
        let _ = writeln!(
            text,
            "\nrows = [(file, json.loads(line)) for file in [{files}] for line in open(file, encoding=\"utf-8-sig\") if line.strip()]"
        );
    } else {
        let _ = writeln!(
            text,
            ", pyarrow.parquet\nread = lambda file: pyarrow.parquet.read_table(file, columns=[\"query\", \"chunk_path\"]).to_pylist() \
if file.endswith(\".parquet\") else [json.loads(line) for line in open(file, encoding=\"utf-8-sig\") if line.strip()]\n\
rows = [(file, row) for file in [{files}] for row in read(file)]"
        );
    }
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
