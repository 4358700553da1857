//! The texts in which an export describes itself: a dataset card, and a summary in the publisher's
//! form.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use tilejury_data::{Dataset, file_name};

use super::audits::RecordedAudits;
use super::context::ExportContext;
use super::copies_report::CopyCoverage;
use super::figures::SplitFigures;
use super::manifest::Manifest;
use super::options::{Copies, ExportOptions, FalseNegatives, Format, Images, Unjudged};
use super::report::ExportReport;
use super::source::JudgementSource;
use super::{ExportError, annotation, formats};
use formats::Loading;

/// The summary's file name in an export.
pub(super) const SUMMARY: &str = "dataset_summary.json";

pub(super) fn write(
    context: &ExportContext<'_>,
    source: &JudgementSource<'_>,
    report: &ExportReport,
) -> Result<(), ExportError> {
    let mut file = context.folder.file("README.md")?;
    file.write(card(context.dataset, source, context.options, report).as_bytes())?;
    file.finish()?;
    let mut file = context.folder.file(SUMMARY)?;
    file.write(summary(&Manifest::new(context.dataset, source, context.options, report), report.tiles).as_bytes())?;
    file.finish()
}

fn card(dataset: &Dataset, judged: &JudgementSource<'_>, options: &ExportOptions, report: &ExportReport) -> String {
    let source = file_name(&dataset.root);
    let rows = report.simulation.rows;
    let mut text =
        String::from("---\ntask_categories:\n- image-feature-extraction\ntags:\n- image-retrieval\n- hard-negatives\n");
    let _ = writeln!(text, "annotations_creators:\n- {}", judged.creators().join("\n- "));
    let _ = writeln!(text, "size_categories:\n- {}", size_category(rows));
    let loading = Loading::new(dataset, report.splits.iter().map(|split| split.rows > 0));
    text.push_str(&loading.configurations(&options.formats));
    let _ = writeln!(text, "---\n\n# {source}, cleaned\n");
    let from = match dataset.tiles.storage() {
        Some(storage) => format!("`{source}` at `{}`", storage.address()),
        None => format!("`{source}`"),
    };
    let _ = writeln!(
        text,
        "Exported by Tilejury {} from {from}, using the judgements of its annotators. `export_manifest.json` has the\noptions, the counts, and the checksum of every file.\n",
        env!("CARGO_PKG_VERSION")
    );
    splits(&mut text, report);
    files(&mut text, options, report);
    cleaned(&mut text, options, report);
    annotation::sections(&mut text, judged);
    limitations(&mut text, judged);
    text
}

fn splits(text: &mut String, report: &ExportReport) {
    text.push_str("## Splits\n\n| split | rows | before | negatives per row | tiles |\n|---|---:|---:|---:|---:|\n");
    for split in &report.splits {
        let mean = mean(split);
        let _ =
            writeln!(text, "| {} | {} | {} | {mean:.2} | {} |", split.name, split.rows, split.rows_before, split.tiles);
    }
    text.push('\n');
}

fn files(text: &mut String, options: &ExportOptions, report: &ExportReport) {
    text.push_str("## Files\n\n");
    for format in &options.formats {
        let _ = writeln!(text, "- {}: {}", format.label(), formats::about(*format));
    }
    let images = match options.images {
        Images::None if options.formats.iter().all(|format| format.embeds()) => "",
        Images::None => {
            "- Tile paths begin with `images/` and are relative to the original dataset. Put its `image_shards` folder, or its extracted `images`, beside these files."
        }
        Images::Link => {
            "- `image_shards`: links to the shards of the original dataset. They contain more tiles than the rows name."
        }
        Images::Repack => "- `image_shards`: tars with only the tiles that the rows name, under their old names.",
        Images::Extract => "- `images`: one file per tile, under the paths used in the rows.",
    };
    let _ = writeln!(text, "{images}");
    if options.has_pictures_of_added() && !report.added.is_empty() {
        text.push_str("- The pictures also include tiles that no row names, but that were added as relevant.\n");
    }
    if !options.formats.is_empty() {
        let _ = writeln!(text, "\n## Loading\n\n{}", formats::how_to_load(&options.formats));
    }
}

fn cleaned(text: &mut String, options: &ExportOptions, report: &ExportReport) {
    let _ = writeln!(text, "## How it was cleaned\n");
    outcomes(text, report);
    let _ = writeln!(text, "- Negatives that are relevant {}.", options.false_negatives.label());
    if !report.added.is_empty() {
        let _ = writeln!(
            text,
            "- Tiles of the dataset that people added to rows as relevant: {}. `qrels` and `beir` give them grade 1.",
            report.added.len()
        );
    }
    copies(text, options, report);
    choices(text, options, report);
    guarantees(text, options, report);
}

/// States the rates of the finished audits.
fn limitations(text: &mut String, source: &JudgementSource<'_>) {
    text.push_str("\n## Known limitations\n\n");
    let audits = RecordedAudits::of(source.audits()).unwrap_or_default();
    if audits.table().is_empty() {
        text.push_str(
            "No audit of rows drawn at random was finished, so the share of false negatives is not known. Counts of\n\
judged rows are no rates: people and signals chose those rows.\n",
        );
        return;
    }
    text.push_str(
        "Rows of the original set were drawn at random and judged; `export_manifest.json` has all figures. The rates are of\n\
the set before it was cleaned, not of this export.\n\n\
| audit | rows drawn | rows with a false negative | negatives that are relevant | rows with a wrong positive |\n\
|---|---:|---:|---:|---:|\n",
    );
    for row in audits.table() {
        let _ = writeln!(text, "| {} |", row.map(|cell| cell.replace('|', "\\|")).join(" | "));
    }
    let open = audits.begun.len() - audits.finished.len();
    if open > 0 {
        let _ = writeln!(text, "\nBegun and not finished: {}.", crate::text::count(open, "audit"));
    }
}

/// Counts the rows by outcome and by reason.
fn outcomes(text: &mut String, report: &ExportReport) {
    let _ = writeln!(
        text,
        "Of {} rows, {} were kept byte for byte, {} were changed and {} were left out; {} rows were added for promoted tiles.\n",
        report.kept + report.changed + report.dropped,
        report.kept,
        report.changed,
        report.dropped,
        report.promoted
    );
    for split in report.empty_splits() {
        let _ = writeln!(text, "**Warning: {}.**\n", ExportReport::empty_split(split));
    }
    if !report.reasons.is_empty() {
        text.push_str("| reason | rows |\n|---|---:|\n");
        for (reason, count) in &report.reasons {
            let _ = writeln!(text, "| {reason} | {count} |");
        }
        text.push('\n');
    }
}

/// Describes what was done with copies of positives.
fn copies(text: &mut String, options: &ExportOptions, report: &ExportReport) {
    let copies = match (options.copies, &report.copies) {
        (Copies::Trust, _) => {
            "- Copies of positives under other paths were not looked for: some may be among the negatives.".to_owned()
        }
        (Copies::Keep, _) => format!(
            "- Copies of positives stay. Rows with one among their negatives: {}. This set is for comparisons.",
            report.simulation.rows_with_copy_in_negatives
        ),
        (Copies::Drop, found) => format!(
            "- Copies of positives were removed from the negatives. The same file: {}; the same pixels: {}; nearly the same picture: {}.",
            found.same_bytes, found.same_pixels, found.near
        ),
    };
    let _ = writeln!(text, "{copies}");
    if report.copies.looked_for == CopyCoverage::Some {
        let _ = writeln!(
            text,
            "- Tiles that could not be read and therefore were not compared with positives: {}.",
            report.copies.tiles_not_read
        );
    }
    if let Some(words) = report.copies.damaged_words() {
        let _ = writeln!(text, "- {words}, because tiles were not checked.");
    }
}

/// Describes what the options did with unjudged and unsure rows, leaks and conflicts.
fn choices(text: &mut String, options: &ExportOptions, report: &ExportReport) {
    let unjudged = match options.unjudged {
        Unjudged::Keep => format!("were kept: {} of {}", report.unjudged, report.kept + report.changed),
        Unjudged::Drop => "were left out".to_owned(),
    };
    let _ =
        writeln!(text, "- Rows without a verdict {unjudged}; rows and tiles judged unsure {}.", options.unsure.label());
    let _ = writeln!(
        text,
        "- The same query with the same positive in training and in another split: its rows {}.",
        options.leaks.label()
    );
    let _ = writeln!(
        text,
        "- The same query with the same positive in two held-out splits: its rows {}.",
        options.held_out_leaks.label()
    );
    let _ = writeln!(
        text,
        "- Conflicts (positives that were marked as not relevant where they are negatives): {}; their rows {}.",
        report.conflicts,
        options.conflicts.label()
    );
}

/// Describes what holds for the written rows.
fn guarantees(text: &mut String, options: &ExportOptions, report: &ExportReport) {
    let simulation = &report.simulation;
    let _ = writeln!(
        text,
        "- A trainer that takes the first {} negatives of each row, and pads with the positive, pads {} of {} rows.",
        simulation.negatives_taken, simulation.padded_rows, simulation.rows
    );
    if options.false_negatives == FalseNegatives::Keep {
        let _ = writeln!(
            text,
            "- {} rows have a relevant tile among their negatives: this set is for comparisons.",
            report.waived
        );
    } else {
        text.push_str(
            "- No row has a positive of its query, or a tile judged relevant to its query, among its negatives.\n",
        );
    }
    if options.false_negatives == FalseNegatives::Promote {
        text.push_str(
            "- Rows with the same `query_group` share a query: a sampler must not put two of them into one batch.\n",
        );
    }
    if options.formats.contains(&Format::SentenceTransformers) {
        let _ = writeln!(
            text,
            "- Sentence Transformers rows have exactly {} negatives each: the first ones.",
            options.negatives
        );
    }
}

/// The size category of a dataset card on the Hub.
fn size_category(rows: usize) -> &'static str {
    match rows {
        0..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        1_000_000..10_000_000 => "1M<n<10M",
        _ => "10M<n<100M",
    }
}

fn mean(split: &SplitFigures) -> f64 {
    if split.rows == 0 { 0.0 } else { split.negatives as f64 / split.rows as f64 }
}

/// Returns `dataset_summary.json`: the publisher's fields, and a second record of those fields of
/// the manifest that cannot be counted from any file of the export.
fn summary(manifest: &Manifest, tiles: usize) -> String {
    let mut splits = Map::new();
    for split in &manifest.splits {
        let figures = json!({
            "avg_negatives_per_row": mean(split), "rows": split.rows, "unique_images_referenced": split.tiles,
        });
        splits.insert(split.name.clone(), figures);
    }
    let summary = json!({
        "export": recorded(manifest),
        "splits": Value::Object(splits),
        "total_rows": manifest.simulation.rows,
        "total_unique_images": tiles,
    });
    format!("{summary:#}\n")
}

/// The fields of a manifest that the summary repeats.
pub(super) fn recorded(manifest: &Manifest) -> Value {
    let mut recorded = json!({
        "bad_lines": manifest.counts.bad_lines,
        "changed": manifest.counts.changed,
        "copies": manifest.copies,
        "dataset": manifest.dataset,
        "dropped": manifest.counts.dropped,
        "judgements": manifest.judgements,
        "kept": manifest.counts.kept,
        "options": manifest.options,
        "promoted": manifest.counts.promoted,
        "reasons": manifest.reasons,
        "simulation": manifest.simulation,
        "splits": manifest.splits,
        "tool": manifest.tool,
    });
    if let (added @ 1.., Some(fields)) = (manifest.counts.added, recorded.as_object_mut()) {
        fields.insert("added".to_owned(), json!(added));
    }
    if let (Some(audits), Some(fields)) = (&manifest.audit, recorded.as_object_mut()) {
        fields.insert("audit".to_owned(), json!(audits));
    }
    if let (Some(unjudged), Some(fields)) = (manifest.counts.unjudged, recorded.as_object_mut()) {
        fields.insert("unjudged".to_owned(), json!(unjudged));
    }
    recorded
}
