//! The set's own layout: one JSONL file a split, rows in their order, untouched rows byte for byte.

use std::collections::BTreeSet;

use tilejury_data::row::with_negatives_kept;
use tilejury_data::{Dataset, Row, TilePath};

use super::ExportError;
use super::folder::Folder;
use super::plan::{ExportPlan, Fate};

/// What was written of one split: the figures of its summary.
pub(super) struct WrittenSplit {
    pub(super) name: String,
    pub(super) files: Vec<String>,
    pub(super) rows: usize,
    pub(super) negatives: usize,
    pub(super) tiles: BTreeSet<TilePath>,
}

/// How often progress is told, in rows.
const TELL_EVERY: usize = 4096;

pub(super) fn write(
    dataset: &Dataset,
    plan: &ExportPlan,
    folder: &Folder,
    go_on: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Vec<WrittenSplit>, ExportError> {
    let mut written = Vec::with_capacity(dataset.splits.len());
    let mut first = 0;
    for split in &dataset.splits {
        let Some((name, twins)) = split.export_names.split_first() else { continue };
        let mut out = WrittenSplit {
            name: split.name.clone(),
            files: split.export_names.clone(),
            rows: 0,
            negatives: 0,
            tiles: BTreeSet::new(),
        };
        let mut file = folder.file(name)?;
        for row in 0..split.rows.len() {
            let index = first + row;
            if index.is_multiple_of(TELL_EVERY) && !go_on(index, plan.fates.len()) {
                return Err(ExportError::Cancelled);
            }
            let line = split.line_bytes(row);
            match &plan.fates[index] {
                Fate::Keep => {
                    out.count(line);
                    file.write(line)?;
                }
                Fate::Change { negatives } => {
                    let keep: Vec<bool> = negatives.iter().map(Option::is_none).collect();
                    let changed = with_negatives_kept(line, &keep).map_err(|error| ExportError::Io {
                        path: split.file.clone(),
                        source: std::io::Error::other(format!("line {}: {error}", split.rows[row].line)),
                    })?;
                    out.count(&changed);
                    file.write(&changed)?;
                }
                Fate::Drop(_) => continue,
            }
            file.write(split.line_end(row))?;
        }
        file.finish()?;
        for twin in twins {
            folder.copy(name, twin)?;
        }
        first += split.rows.len();
        written.push(out);
    }
    go_on(plan.fates.len(), plan.fates.len());
    Ok(written)
}

impl WrittenSplit {
    fn count(&mut self, line: &[u8]) {
        let Ok(row) = Row::parse(line) else { return };
        self.rows += 1;
        self.negatives += row.negatives.len();
        self.tiles.insert(TilePath::new(&row.positive));
        self.tiles.extend(row.negatives.iter().map(|path| TilePath::new(path)));
    }
}
