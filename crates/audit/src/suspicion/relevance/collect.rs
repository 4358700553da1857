//! The values of the features, from the results of other programs and the texts of tiles.

use std::collections::HashMap;
use std::sync::Arc;

use tilejury_data::{Dataset, Row, SampleIndex, TilePath, TileSlot};

use super::feature::{EvidenceSource, Feature, FeatureKind};
use super::table::{FeatureTable, FeatureValue};
use super::votes::votes;
use crate::external::{ExternalSignals, MachineVerdict, TextComparison};
use crate::suspicion::retrieval_scores::RetrievalScores;

/// Collects the values of all negatives. Those that are the positive itself have none: they are
/// relevant for certain, and another signal reports them.
pub(in crate::suspicion) fn collect(
    dataset: &Dataset,
    external: &ExternalSignals,
    scores: &RetrievalScores,
) -> FeatureTable {
    let mut collector = Collector { features: Feature::fixed(), values: Vec::new(), sources: HashMap::new() };
    for (sample, entry) in dataset.indices().zip(&dataset.samples) {
        let (reviews, comparisons) = (external.reviews_of(entry.key), external.comparisons.rows.get(&sample));
        let by_models = external.model_reviews_of(entry.key);
        if reviews.is_empty() && by_models.is_empty() && comparisons.is_none() && !scores.has_imported(sample) {
            continue;
        }
        let Ok(row) = dataset.row(sample) else { continue };
        let comparisons = comparisons.map_or(&[][..], |row| &row.negatives[..]);
        let same_language = |tile| {
            comparisons.iter().find(|compared| compared.tile == tile).and_then(|compared| compared.same_language)
        };
        let negatives = negatives(&row);
        let mut add = RowValues { sample, same_language: &same_language, collector: &mut collector };
        for compared in comparisons.iter().filter(|compared| negatives.iter().any(|(tile, _)| *tile == compared.tile)) {
            add.text(compared);
        }
        for review in reviews {
            for (tile, _) in negatives.iter().filter(|(_, path)| *path == review.tile) {
                add.review(*tile, review.verdict);
            }
        }
        for (tile, path) in negatives.iter().filter(|_| !by_models.is_empty()) {
            if let Some((answers, does_not)) = votes(by_models.iter().filter(|review| review.tile == *path)) {
                add.add(*tile, FeatureKind::ReviewCorrect as usize, answers);
                add.add(*tile, FeatureKind::ReviewCannotAnswer as usize, does_not);
            }
        }
        for source in scores.sources_of(sample) {
            add.scores(source, &negatives, &|tile| scores.imported_score(sample, tile, source));
        }
    }
    FeatureTable::new(collector.features, collector.values)
}

/// The negatives of a row that are not its positive.
fn negatives(row: &Row<'_>) -> Vec<(TileSlot, TilePath)> {
    let positive = TilePath::new(&row.positive);
    let negatives = row.negatives.iter().enumerate().map(|(at, path)| (TileSlot::new(at + 1), TilePath::new(path)));
    negatives.filter(|(_, path)| *path != positive).collect()
}

struct Collector {
    features: Vec<Feature>,
    values: Vec<FeatureValue>,
    /// The first feature of each source of scores.
    sources: HashMap<Arc<str>, u16>,
}

/// Adds the values of one row.
struct RowValues<'c> {
    sample: SampleIndex,
    same_language: &'c dyn Fn(TileSlot) -> Option<bool>,
    collector: &'c mut Collector,
}

impl RowValues<'_> {
    fn add(&mut self, tile: TileSlot, feature: usize, value: f32) {
        let (sample, same_language) = (self.sample, (self.same_language)(tile));
        self.collector.values.push(FeatureValue { sample, tile, feature: feature as u16, same_language, value });
    }

    fn text(&mut self, compared: &TextComparison) {
        let number = |same: bool| f32::from(u8::from(same));
        let values = [
            (FeatureKind::TextCover, Some(compared.cover)),
            (FeatureKind::TextShared, compared.shared),
            (FeatureKind::TextNumber, compared.same_number.map(number)),
            (FeatureKind::TextQuantity, compared.same_quantity.map(number)),
            (FeatureKind::AnswerCover, compared.answer),
        ];
        for (kind, value) in values {
            if let Some(value) = value {
                self.add(compared.tile, kind as usize, value);
            }
        }
    }

    fn review(&mut self, tile: TileSlot, verdict: MachineVerdict) {
        let kind = match verdict {
            MachineVerdict::Correct => FeatureKind::ReviewCorrect,
            MachineVerdict::Wrong => FeatureKind::ReviewWrong,
            MachineVerdict::CannotAnswer => FeatureKind::ReviewCannotAnswer,
        };
        self.add(tile, kind as usize, 1.0);
    }

    fn scores(
        &mut self,
        source: &Arc<str>,
        negatives: &[(TileSlot, TilePath)],
        score: &dyn Fn(TileSlot) -> Option<f32>,
    ) {
        let first = usize::from(self.collector.source(source));
        let positive = score(TileSlot::POSITIVE);
        let scored: Vec<(TileSlot, f32)> =
            negatives.iter().filter_map(|(tile, _)| Some((*tile, score(*tile)?))).collect();
        for (tile, own) in &scored {
            self.add(*tile, first, *own);
            if scored.len() > 1 {
                let below = scored.iter().filter(|(_, other)| other < own).count() as f32;
                let equal = scored.iter().filter(|(_, other)| other == own).count() as f32 - 1.0;
                let place = (below + 0.5 * equal) / (scored.len() - 1) as f32;
                self.add(*tile, first + 1, place - 0.5);
            }
            if let Some(positive) = positive {
                self.add(*tile, first + 2, own - positive);
            }
        }
    }
}

impl Collector {
    /// Returns the index of the first feature of a source of scores: [`FeatureKind::Score`]; the
    /// other two follow.
    fn source(&mut self, source: &Arc<str>) -> u16 {
        if let Some(first) = self.sources.get(source) {
            return *first;
        }
        let first = self.features.len() as u16;
        for kind in [FeatureKind::Score, FeatureKind::ScorePlace, FeatureKind::ScoreMargin] {
            self.features.push(Feature { kind, source: EvidenceSource::Scores(source.clone()) });
        }
        self.sources.insert(source.clone(), first);
        first
    }
}
