//! Checks of the rows in an export in the dataset's own layout: against the rules of training,
//! against the figures of the manifest, and with the pictures, either those of the export or the
//! original ones.

use tilejury_data::{Dataset, Sample, SampleIndex, file_name};
use tilejury_rows::{RowKeyTable, RowKeys, TileId};

use super::originals::Originals;
use super::{Fault, VerifyReport, fault, when_exported};
use crate::export::ExportError;
use crate::export::copies::CopiesByQuery;
use crate::export::figures::{SplitFigures, figures_of_splits};
use crate::export::manifest::{MANIFEST, Manifest};
use crate::export::read_row_keys::read_row_keys;
use crate::export::simulation::{PositiveSplits, Simulation, SplitFamily, WaivedRules};
use crate::progress::{Progress, Stage};

/// Checks every row.
pub(super) fn check(
    dataset: Dataset,
    manifest: &Manifest,
    originals: Option<&Originals<'_>>,
    progress: &dyn Progress,
    verdict: &mut VerifyReport,
) -> Result<(), ExportError> {
    let row_keys = read_row_keys(&dataset, progress)?;
    let written = WrittenSplits::new(dataset, row_keys);
    written.rules(manifest, &mut verdict.faults);
    written.figures(manifest, &mut verdict.faults);
    let has_pictures = manifest.options["images"].as_str().is_some_and(|images| images != "none");
    if has_pictures {
        written.tiles(progress, &mut verdict.faults)?;
    }
    written.copies(has_pictures, manifest, originals, progress, verdict)
}

struct WrittenSplits {
    dataset: Dataset,
    row_keys: RowKeyTable,
    positives: PositiveSplits,
}

impl WrittenSplits {
    fn new(dataset: Dataset, row_keys: RowKeyTable) -> Self {
        let splits = SplitFamily::all(&dataset);
        let mut positives = PositiveSplits::default();
        for (sample, row) in dataset.samples.iter().zip(row_keys.rows()) {
            row.iter().for_each(|row| positives.add(row, splits[usize::from(sample.split)]));
        }
        Self { dataset, row_keys, positives }
    }

    fn rows(&self) -> impl Iterator<Item = (SampleIndex, RowKeys<'_>)> {
        self.dataset.indices().zip(self.row_keys.rows()).filter_map(|(index, row)| Some((index, row?)))
    }

    /// Creates a fault of a row.
    fn row_fault(&self, index: SampleIndex, kind: &'static str, message: impl Into<String>) -> Fault {
        let file = file_name(&self.dataset.split_of(index).file);
        Fault { line: Some(self.dataset.line_of(index)), ..fault(kind, Some(&file), message) }
    }

    fn rules(&self, manifest: &Manifest, faults: &mut Vec<Fault>) {
        let waived = WaivedRules {
            leaks: manifest.options["leaks"] == "keep",
            held_out_leaks: manifest.options["held_out_leaks"] == "keep",
            ..WaivedRules::default()
        };
        for (index, row) in self.rows() {
            let mut simulation =
                Simulation { negatives_taken: manifest.simulation.negatives_taken, ..Simulation::default() };
            simulation.count(&row, &self.positives, |_| false, |_| false);
            let leaks = self.positives.leaks(&row, waived);
            for (broken, kind, message) in [
                (simulation.padded_rows > 0, "padded_row", "a trainer would pad it with its own positive"),
                (
                    simulation.rows_with_positive_in_negatives > 0,
                    "positive_in_negatives",
                    "a positive of its query is among its negatives",
                ),
                (leaks, "split_leak", "another split has the same query with the same positive"),
            ] {
                if broken {
                    faults.push(self.row_fault(index, kind, message));
                }
            }
        }
        for warning in &self.dataset.warnings {
            faults.push(fault("bad_rows", None, warning.to_string()));
        }
        if self.dataset.samples.len() != manifest.simulation.rows {
            let message = format!("{} rows, {} expected", self.dataset.samples.len(), manifest.simulation.rows);
            faults.push(fault("counts", None, message));
        }
    }

    /// Checks the numbers of the manifest that follow from the rows alone.
    fn figures(&self, manifest: &Manifest, faults: &mut Vec<Fault>) {
        let mut report = |message: String| faults.push(fault("manifest", Some(MANIFEST), message));
        let expected = &manifest.simulation;
        let mut simulation = Simulation::new(expected.negatives_taken, &self.positives);
        self.rows().for_each(|(_, row)| simulation.count(&row, &self.positives, |_| false, |_| false));
        for (name, found, stated) in [
            ("padded_rows", simulation.padded_rows, expected.padded_rows),
            (
                "rows_with_positive_in_negatives",
                simulation.rows_with_positive_in_negatives,
                expected.rows_with_positive_in_negatives,
            ),
            ("pairs_in_two_splits", simulation.pairs_in_two_splits, expected.pairs_in_two_splits),
        ] {
            if found != stated {
                report(format!("simulation.{name}: {stated}, {found} expected by the rows"));
            }
        }
        let of_splits = figures_of_splits(&self.dataset, &self.row_keys);
        for stated in &manifest.splits {
            // A file without rows is not opened as a split.
            let nothing = SplitFigures { name: stated.name.clone(), ..SplitFigures::default() };
            let found = of_splits.iter().find(|found| found.name == stated.name).unwrap_or(&nothing);
            let numbers = |split: &SplitFigures| (split.rows, split.negatives, split.tiles);
            if numbers(found) != numbers(stated) {
                report(format!(
                    "splits: {} has {:?} rows, negatives and tiles; {:?} expected by the rows",
                    stated.name,
                    numbers(stated),
                    numbers(found)
                ));
            }
        }
        for found in of_splits.iter().filter(|found| manifest.splits.iter().all(|stated| stated.name != found.name)) {
            report(format!("splits: {} is written but not listed", found.name));
        }
    }

    /// Checks that every tile that a row names is in the export.
    fn tiles(&self, progress: &dyn Progress, faults: &mut Vec<Fault>) -> Result<(), ExportError> {
        let total = self.dataset.samples.len();
        for index in self.dataset.indices() {
            if index.index().is_multiple_of(256) {
                progress.report(Stage::Tiles.step(index.index(), total))?;
            }
            let Ok(sample) = self.dataset.sample(index) else { continue };
            for tile in sample.tiles() {
                if let Err(error) = self.dataset.tiles.locate(&tile.path) {
                    faults.push(self.row_fault(index, "missing_tile", error.to_string()));
                }
            }
        }
        Ok(())
    }

    /// Finds copies of positives in the pictures of the export, or in the original ones if it has
    /// none.
    fn copies(
        mut self,
        has_pictures: bool,
        manifest: &Manifest,
        originals: Option<&Originals<'_>>,
        progress: &dyn Progress,
        verdict: &mut VerifyReport,
    ) -> Result<(), ExportError> {
        if self.dataset.samples.is_empty() {
            return Ok(());
        }
        if !has_pictures {
            let Some(originals) = originals else {
                let reason = "copies of positives could not be looked for here because the export has no pictures";
                verdict.cautions.push(format!("{reason}; {}", when_exported(manifest)));
                return Ok(());
            };
            self.dataset.tiles = originals.dataset.tiles.reopened();
            self.dataset.root.clone_from(&originals.dataset.root);
        }
        let cache = originals.filter(|_| !has_pictures).and_then(|originals| originals.fingerprints);
        let found = CopiesByQuery::find_in_export(&self.dataset, &self.row_keys, cache, progress)?;
        self.copies_in_rows(&found).check(manifest, &mut verdict.faults);
        let report = found.report(Default::default(), self.rows().map(|(_, row)| row), |_, _| false);
        verdict.cautions.extend(report.caution());
        Ok(())
    }

    /// Returns the negatives that are copies of a positive of their query.
    fn copies_in_rows(&self, found: &CopiesByQuery) -> CopiesInRows {
        let mut copies = CopiesInRows::default();
        for (index, row) in self.rows() {
            let before = (copies.identical.len(), copies.near.len());
            for tile in row.negatives {
                let Some(kind) = found.kind(row.query, *tile, |other| self.positives.has(row.query, other)) else {
                    continue;
                };
                let path = self.path_of(index, *tile);
                let message = format!("its negative {path} {}", kind.sentence("a positive of its query"));
                let of_kind = if kind.is_identical() { &mut copies.identical } else { &mut copies.near };
                of_kind.push(self.row_fault(index, "copy_of_positive", message));
            }
            let (identical, near) = (copies.identical.len() > before.0, copies.near.len() > before.1);
            copies.rows_with_identical += usize::from(identical);
            copies.rows_with_copy += usize::from(identical || near);
        }
        copies
    }

    /// Returns a tile's path in its row's spelling.
    fn path_of(&self, index: SampleIndex, tile: TileId) -> String {
        let sample = self.dataset.sample(index).ok();
        let tile = sample.iter().flat_map(Sample::tiles).find(|other| TileId::new(&other.path) == tile);
        tile.map(|tile| tile.spelling.clone()).unwrap_or_default()
    }
}

/// The negatives that are copies of a positive of their query, as faults.
#[derive(Default)]
struct CopiesInRows {
    /// Those with the same bytes or pixels.
    identical: Vec<Fault>,
    /// Those with nearly the same picture.
    near: Vec<Fault>,
    rows_with_copy: usize,
    rows_with_identical: usize,
}

impl CopiesInRows {
    /// Reports the copies that the export's options do not allow, and numbers of the manifest that
    /// contradict the pictures.
    fn check(self, manifest: &Manifest, faults: &mut Vec<Fault>) {
        let stay = manifest.copies.as_ref().map_or(0, |copies| copies.near_kept_by_mark);
        let were_compared = manifest.copies.is_some() && manifest.options["copies"] != "trust";
        if manifest.options["copies"] == "keep" {
            // Tiles that were judged relevant add to this number, and near pictures that were
            // marked do not count. Only the judgements record which those are.
            let least = if stay == 0 { self.rows_with_copy } else { self.rows_with_identical };
            let stated = manifest.simulation.rows_with_copy_in_negatives;
            if stated < least {
                let message = format!(
                    "simulation.rows_with_copy_in_negatives: {stated}, at least {least} expected by the pictures"
                );
                faults.push(fault("manifest", Some(MANIFEST), message));
            }
            return;
        }
        faults.extend(self.identical);
        if were_compared && self.near.len() != stay {
            let near = self.near.len();
            let message = format!("copies.near_kept_by_mark: {stay}, {near} expected by the pictures");
            faults.push(fault("manifest", Some(MANIFEST), message));
        }
        if !were_compared || self.near.len() != stay {
            faults.extend(self.near);
        }
    }
}
