//! `croissant.json`: an export in the form of Croissant with its fields about annotation
//! (Croissant-RAI), for programs that search and load datasets.
//!
//! Describes the tables of the formats whose columns are flat; other files are only listed.
//! Pictures are left out: their number has no limit. States nothing that Tilejury does not know:
//! no licence, no author, no demographics.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use tilejury_data::file_name;

use super::ExportError;
use super::annotation;
use super::audits::RecordedAudits;
use super::checksums::FileChecksum;
use super::context::ExportContext;
use super::manifest::TOOL;
use super::options::{ExportOptions, Format};
use super::report::ExportReport;
use super::source::JudgementSource;

/// The file's name in an export.
const CROISSANT: &str = "croissant.json";
/// Folders and files that are not tables.
const NO_TABLES: [&str; 2] = ["images/", "image_shards/"];

/// A column, and whether its values are lists.
type Column = (String, bool);

/// Writes the file; the files of all formats must exist.
pub(super) fn write(
    context: &ExportContext<'_>,
    source: &JudgementSource<'_>,
    report: &ExportReport,
) -> Result<(), ExportError> {
    let mut ids = Ids::default();
    let (mut files, mut tables) = (Vec::new(), Vec::new());
    for (name, figures) in context.folder.written()? {
        let Some(kind) = kind_of(&name).filter(|_| figures.bytes > 0) else { continue };
        let id = ids.take(&name);
        files.push(file_object(&id, &name, kind, &figures));
        let columns = columns_of(&name, context, report);
        if !columns.is_empty() {
            tables.push(record_set(&ids.take(&table_name(&name)), &id, &columns));
        }
    }
    let mut all = annotation(context.options, source, report);
    let set = file_name(&context.dataset.root);
    for (name, value) in [
        ("@context", names_of_fields()),
        ("@type", json!("sc:Dataset")),
        ("name", json!(format!("{set}, cleaned"))),
        ("description", json!(format!("{set}, exported by {TOOL}. README.md describes how it was cleaned."))),
        ("conformsTo", json!(["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"])),
        ("distribution", json!(files)),
        ("recordSet", json!(tables)),
    ] {
        all.insert(name.to_owned(), value);
    }
    let mut file = context.folder.file(CROISSANT)?;
    file.write(format!("{:#}\n", Value::Object(all)).as_bytes())?;
    file.finish()
}

/// The fields about annotation: what a reader of the set has to know about its judgements.
fn annotation(options: &ExportOptions, source: &JudgementSource<'_>, report: &ExportReport) -> Map<String, Value> {
    let audits = RecordedAudits::of(source.audits()).unwrap_or_default();
    let found = source.audits().iter().flat_map(|audit| audit.sentences.iter().chain(&audit.of_annotators));
    let rates: Vec<&str> = found.map(String::as_str).collect();
    let limits: Vec<String> = match audits.table().is_empty() {
        true => vec!["No audit of rows drawn at random was finished: the share of false negatives is not known.".into()],
        false => audits.table().into_iter().map(|[audit, rows, affected, negatives, wrong]| {
            format!(
                "Before cleaning, by the audit “{audit}” ({rows} rows drawn at random): rows with a false negative {affected}, \
negatives that are relevant {negatives}, rows with a wrong positive {wrong}."
            )
        }).chain(["The rates are of what the annotators call relevant, and of tiles that rows name.".to_owned()]).collect(),
    };
    let manipulation = format!(
        "Of {} rows, {} were kept as they were, {} were changed and {} were left out; {} were added. Negatives that are \
relevant {}.",
        report.kept + report.changed + report.dropped,
        report.kept,
        report.changed,
        report.dropped,
        report.promoted,
        options.false_negatives.label()
    );
    let mut fields = Map::new();
    for (name, value) in [
        ("rai:annotationsPerItem", json!(annotation::per_item(source))),
        ("rai:dataAnnotationAnalysis", json!(rates)),
        ("rai:dataAnnotationPlatform", json!([TOOL])),
        ("rai:dataAnnotationProtocol", json!(annotation::protocol(source))),
        ("rai:dataLimitations", json!(limits)),
        ("rai:dataManipulationProtocol", json!(manipulation)),
        ("rai:machineAnnotationTools", json!(source.machines())),
    ] {
        if value.as_array().is_none_or(|values| !values.is_empty()) {
            fields.insert(name.to_owned(), value);
        }
    }
    fields
}

/// The media type of a file with rows; `None` for others.
fn kind_of(name: &str) -> Option<&'static str> {
    if NO_TABLES.iter().any(|folder| name.starts_with(folder)) {
        return None;
    }
    match name.rsplit('.').next()? {
        "jsonl" => Some("application/jsonlines"),
        "parquet" => Some("application/x-parquet"),
        "tsv" => Some("text/tab-separated-values"),
        "tar" => Some("application/x-tar"),
        _ => None,
    }
}

/// The columns of a table; none if they are nested, or differ from row to row.
fn columns_of(name: &str, context: &ExportContext<'_>, report: &ExportReport) -> Vec<Column> {
    let plain = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), false)).collect();
    let (folder, file) = name.split_once('/').unwrap_or(("", name));
    if folder.is_empty() {
        // A split may have two files with the same rows; the last one is that of the configuration.
        let splits = context.dataset.splits.iter().zip(&report.splits);
        let mut found = splits.filter(|(split, _)| split.export_names.last().is_some_and(|last| last == name));
        return match found.next() {
            Some((_, figures)) if figures.negatives > 0 => {
                let mut columns: Vec<Column> = plain(&["query", "chunk_path"]);
                columns.push(("neg_chunk_paths".to_owned(), true));
                columns
            }
            Some(_) => plain(&["query", "chunk_path"]),
            None => Vec::new(),
        };
    }
    match (Format::ALL.iter().find(|format| format.word() == folder), file) {
        (Some(Format::Qrels), file) if file.ends_with(".qrels.jsonl") => plain(&["query-id", "corpus-id", "score"]),
        (Some(Format::Qrels), file) if file.ends_with(".queries.jsonl") => plain(&["_id", "text"]),
        (Some(Format::Beir), "queries.jsonl") => plain(&["_id", "text"]),
        (Some(Format::Beir), "corpus.jsonl") => plain(&["_id", "title", "text", "image"]),
        (Some(Format::Beir), file) if file.ends_with(".jsonl") => plain(&["query-id", "corpus-id", "score"]),
        (Some(Format::SentenceTransformers), file) if file.ends_with(".jsonl") => {
            let negatives = (1..=context.options.negatives).map(|number| (format!("negative_{number}"), false));
            let mut columns: Vec<Column> = plain(&["anchor", "positive"]);
            columns.extend(negatives);
            columns
        }
        _ => Vec::new(),
    }
}

/// The name of a table: that of its file, without the ending, after the name of its format.
fn table_name(file: &str) -> String {
    let stem = file.strip_suffix(".jsonl").unwrap_or(file);
    if stem.contains('/') { stem.to_owned() } else { format!("{}/{stem}", Format::Jsonl.word()) }
}

fn file_object(id: &str, name: &str, kind: &str, figures: &FileChecksum) -> Value {
    json!({
        "@type": "cr:FileObject",
        "@id": id,
        "name": name,
        "contentUrl": name,
        "contentSize": format!("{} B", figures.bytes),
        "encodingFormat": kind,
        "sha256": figures.sha256,
    })
}

fn record_set(id: &str, file: &str, columns: &[Column]) -> Value {
    let field = |(column, is_list): &Column| {
        let mut field = json!({
            "@type": "cr:Field",
            "@id": format!("{id}/{column}"),
            "name": column,
            "dataType": if column == "score" { "sc:Integer" } else { "sc:Text" },
            "source": {"fileObject": {"@id": file}, "extract": {"column": column}},
        });
        if let (true, Some(field)) = (*is_list, field.as_object_mut()) {
            field.insert("repeated".to_owned(), json!(true));
        }
        field
    };
    let fields: Vec<Value> = columns.iter().map(field).collect();
    json!({"@type": "cr:RecordSet", "@id": id, "name": id, "field": fields})
}

/// The identifiers in use. They have no spaces and no signs with a meaning in addresses.
#[derive(Default)]
struct Ids(BTreeSet<String>);

impl Ids {
    fn take(&mut self, name: &str) -> String {
        let is_plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '/' | '.' | '-' | '_');
        let plain: String = name.chars().map(|sign| if is_plain(sign) { sign } else { '_' }).collect();
        let numbered = (2_u32..).map(|number| format!("{plain}-{number}"));
        let mut all = std::iter::once(plain.clone()).chain(numbered);
        all.find(|id| self.0.insert(id.clone())).unwrap_or(plain)
    }
}

/// The context that Croissant 1.0 prescribes, with the fields about annotation.
fn names_of_fields() -> Value {
    json!({
        "@language": "en",
        "@vocab": "https://schema.org/",
        "citeAs": "cr:citeAs",
        "column": "cr:column",
        "conformsTo": "dct:conformsTo",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "dct": "http://purl.org/dc/terms/",
        "equivalentProperty": "cr:equivalentProperty",
        "examples": {"@id": "cr:examples", "@type": "@json"},
        "extract": "cr:extract",
        "field": "cr:field",
        "fileProperty": "cr:fileProperty",
        "fileObject": "cr:fileObject",
        "fileSet": "cr:fileSet",
        "format": "cr:format",
        "includes": "cr:includes",
        "isLiveDataset": "cr:isLiveDataset",
        "jsonPath": "cr:jsonPath",
        "key": "cr:key",
        "md5": "cr:md5",
        "parentField": "cr:parentField",
        "path": "cr:path",
        "recordSet": "cr:recordSet",
        "references": "cr:references",
        "regex": "cr:regex",
        "repeated": "cr:repeated",
        "replace": "cr:replace",
        "samplingRate": "cr:samplingRate",
        "sc": "https://schema.org/",
        "separator": "cr:separator",
        "source": "cr:source",
        "subField": "cr:subField",
        "transform": "cr:transform",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_plain_and_different() {
        let mut ids = Ids::default();
        assert_eq!(["a b", "a_b", "ü/1"].map(|name| ids.take(name)), ["a_b", "a_b-2", "_/1"]);
    }
}
