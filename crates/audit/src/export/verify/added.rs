//! Checks that the added tiles of an export are graded as relevant in its files, and that their
//! pictures exist where pictures are written.
//!
//! Reads the graded pairs and the corpus; decides nothing about rows.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;
use tilejury_data::{Dataset, TilePath, TileSource};
use tilejury_rows::QueryKey;

use super::{Fault, fault};
use crate::export::formats::{document_id, split_file_names};
use crate::export::options::{ExportOptions, Format};
use crate::export::plan::ExportPlan;
use crate::export::report::ExportReport;
use crate::export::rows::{query_id, rows};
use crate::export::{AddedTile, ExportError};

/// A line of graded pairs.
#[derive(Deserialize)]
struct Grade {
    #[serde(rename = "query-id")]
    query: String,
    #[serde(rename = "corpus-id")]
    document: String,
    score: u8,
}

/// A document of a corpus.
#[derive(Deserialize)]
struct Document {
    _id: String,
}

/// Checks the files of an export against what `report`, planned again, says about added tiles.
pub(super) fn check(
    out: &Path,
    dataset: &Dataset,
    plan: &ExportPlan,
    report: &ExportReport,
    options: &ExportOptions,
    faults: &mut Vec<Fault>,
) -> Result<(), ExportError> {
    if report.added.is_empty() {
        return Ok(());
    }
    let by_query = by_query(dataset, &report.added);
    for (name, planned) in split_file_names(dataset).iter().zip(plan.by_split(dataset)) {
        let mut expected: BTreeSet<(String, String)> = BTreeSet::new();
        for row in rows(dataset, planned) {
            let row = row?;
            let added = by_query.get(&QueryKey::new(&row.query)).into_iter().flatten();
            expected.extend(added.map(|tile| (query_id(&row.query), document_id(tile).into_owned())));
        }
        for (format, file) in
            [(Format::Qrels, format!("qrels/{name}.qrels.jsonl")), (Format::Beir, format!("beir/qrels/{name}.jsonl"))]
        {
            if expected.is_empty() || !options.formats.contains(&format) {
                continue;
            }
            let mut missing = expected.clone();
            each_line(&out.join(&file), |line: Grade| {
                if line.score == 1 {
                    missing.remove(&(line.query, line.document));
                }
            });
            faults.extend(missing.into_iter().map(|(query, document)| {
                fault(
                    "missing_grade",
                    Some(&file),
                    format!("{document}, added as relevant, has no grade 1 for {query}"),
                )
            }));
        }
    }
    if options.formats.contains(&Format::Beir) {
        let file = "beir/corpus.jsonl";
        let mut documents = HashSet::new();
        each_line(&out.join(file), |line: Document| {
            documents.insert(line._id);
        });
        let missing = report.added.iter().map(|added| document_id(&added.tile));
        let missing: BTreeSet<_> = missing.filter(|id| !documents.contains(&**id)).collect();
        faults.extend(
            missing.into_iter().map(|id| {
                fault("missing_document", Some(file), format!("{id}, added as relevant, is not in the corpus"))
            }),
        );
    }
    if options.has_pictures_of_added() {
        let pictures = TileSource::open(out);
        let tiles: BTreeSet<&TilePath> = report.added.iter().map(|added| &added.tile).collect();
        let exist = tiles.into_iter().filter(|tile| dataset.tiles.locate(tile).is_ok());
        let missing = exist.filter_map(|tile| pictures.locate(tile).err());
        faults.extend(missing.map(|error| fault("missing_tile", None, format!("added as relevant: {error}"))));
    }
    Ok(())
}

/// The added tiles by the key of their query.
fn by_query<'a>(dataset: &Dataset, added: &'a [AddedTile]) -> HashMap<QueryKey, Vec<&'a TilePath>> {
    let mut tiles: HashMap<QueryKey, Vec<&TilePath>> = HashMap::new();
    for AddedTile { sample, tile } in added {
        if let Ok(row) = dataset.row(*sample) {
            tiles.entry(QueryKey::new(&row.query)).or_default().push(tile);
        }
    }
    tiles
}

/// Calls `each` for every line of JSON that has the form of `T`. A file that is missing or changed
/// is a fault by its checksum already.
fn each_line<T: for<'de> Deserialize<'de>>(file: &Path, mut each: impl FnMut(T)) {
    let Ok(file) = std::fs::File::open(file) else { return };
    let lines = BufReader::new(file).split(b'\n').map_while(Result::ok);
    lines.filter_map(|line| serde_json::from_slice(&line).ok()).for_each(&mut each);
}
