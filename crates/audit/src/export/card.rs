//! What an export says of itself: a dataset card and the summary in the publisher's form.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use tilejury_data::{Dataset, file_name};

use super::folder::Folder;
use super::jsonl::WrittenSplit;
use super::plan::ExportPlan;
use super::{ExportError, ExportOptions, ExportReport, Unjudged};

pub(super) fn write(
    dataset: &Dataset,
    plan: &ExportPlan,
    written: &[WrittenSplit],
    options: ExportOptions,
    report: &ExportReport,
    folder: &Folder,
) -> Result<(), ExportError> {
    let mut file = folder.file("README.md")?;
    file.write(card(dataset, plan, written, options, report).as_bytes())?;
    file.finish()?;
    let mut file = folder.file("dataset_summary.json")?;
    file.write(summary(written, report).as_bytes())?;
    file.finish()
}

fn card(
    dataset: &Dataset,
    plan: &ExportPlan,
    written: &[WrittenSplit],
    options: ExportOptions,
    report: &ExportReport,
) -> String {
    let source = file_name(&dataset.root);
    let mut text =
        String::from("---\ntask_categories:\n- image-retrieval\nconfigs:\n- config_name: default\n  data_files:\n");
    // A split without rows would make the loaders fail: they take the types of the columns from the rows.
    for split in written.iter().filter(|split| split.rows > 0) {
        let name: String = split.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let _ = writeln!(text, "  - split: {name}\n    path: {}", json!(split.files.last()));
    }
    let _ = writeln!(text, "---\n\n# {source}, cleaned\n");
    let _ = writeln!(
        text,
        "Exported by Tilejury {} from `{source}`, by the judgements of its annotators.\n",
        env!("CARGO_PKG_VERSION")
    );
    text.push_str("## Splits\n\n| split | rows | files |\n|---|---:|---|\n");
    for split in written {
        let files: Vec<String> = split.files.iter().map(|file| format!("`{file}`")).collect();
        let _ = writeln!(text, "| {} | {} | {} |", split.name, split.rows, files.join(", "));
    }
    let _ = writeln!(
        text,
        "\nFiles in one line of the table hold the same rows. Tile paths are those of the original set: put its"
    );
    text.push_str("`image_shards` folder (or the extracted `images`) beside these files.\n\n## What changed\n\n");
    let _ = writeln!(
        text,
        "Of {} rows, {} stayed byte for byte, {} lost negatives, {} left.\n",
        plan.fates.len(),
        report.kept,
        report.changed,
        report.dropped
    );
    if !report.reasons.is_empty() {
        text.push_str("| reason | rows |\n|---|---:|\n");
        for (reason, count) in &report.reasons {
            let _ = writeln!(text, "| {reason} | {count} |");
        }
        text.push('\n');
    }
    let unjudged = match options.unjudged {
        Unjudged::Keep => "stayed",
        Unjudged::Drop => "left",
    };
    let _ = writeln!(text, "Rows without a verdict {unjudged}.");
    if options.negatives > 0 {
        let _ = writeln!(
            text,
            "Every row has at least {0} negatives, so a trainer that takes the first {0} pads none of them",
            options.negatives
        );
        text.push_str("with its own positive.\n");
    }
    if !report.still_suspicious.is_empty() {
        let _ = writeln!(
            text,
            "\nIn {} rows a tile that is positive for the query stands among the negatives, and nobody judged it:",
            report.still_suspicious.len()
        );
        let _ = writeln!(text, "{}.", report.still_suspicious.join(", "));
    }
    text
}

/// `dataset_summary.json` with the fields of the publisher's, and the counts of this export.
fn summary(written: &[WrittenSplit], report: &ExportReport) -> String {
    let mut splits = Map::new();
    let mut all = BTreeSet::new();
    for split in written {
        let mean = if split.rows == 0 { 0.0 } else { split.negatives as f64 / split.rows as f64 };
        let figures =
            json!({"avg_negatives_per_row": mean, "rows": split.rows, "unique_images_referenced": split.tiles.len()});
        splits.insert(split.name.clone(), figures);
        all.extend(&split.tiles);
    }
    let rows: usize = written.iter().map(|split| split.rows).sum();
    let summary = json!({
        "export": {
            "changed": report.changed,
            "dropped": report.dropped,
            "kept": report.kept,
            "reasons": report.reasons,
            "tool": concat!("tilejury ", env!("CARGO_PKG_VERSION")),
        },
        "splits": Value::Object(splits),
        "total_rows": rows,
        "total_unique_images": all.len(),
    });
    format!("{summary:#}\n")
}
