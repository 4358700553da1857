//! The values of all features for all negatives.

use tilejury_data::{SampleIndex, TileSlot};

use super::feature::{EvidenceSource, Feature, FeatureKind};

/// The weight of the whole set's mean beside that of the tiles in one language group, in tiles.
const MEAN_COUNTS: f64 = 10.0;

/// A value of a feature for a negative.
#[derive(Clone, Copy, Debug)]
pub(in crate::suspicion) struct FeatureValue {
    pub(in crate::suspicion) sample: SampleIndex,
    pub(in crate::suspicion) tile: TileSlot,
    /// The index of the feature.
    pub(in crate::suspicion) feature: u16,
    /// Whether the tile is in the language of the row's positive, if known. Words and scores of
    /// tiles in other languages are lower, whatever they answer, so each group has its own mean.
    pub(in crate::suspicion) same_language: Option<bool>,
    pub(in crate::suspicion) value: f32,
}

/// The features of a set, and their values for its negatives. Values of scores are in standard
/// deviations; most are counted from the mean of the tiles in the same language as the positive, or
/// of those in another language. A missing value is 0: it changes nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeatureTable {
    features: Vec<Feature>,
    /// By sample, then by tile.
    tiles: Vec<TileValues>,
    /// The feature's index and its value.
    values: Vec<(u16, f32)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct TileValues {
    sample: SampleIndex,
    tile: TileSlot,
    /// The first of its values.
    from: u32,
}

impl FeatureTable {
    /// Centres the values, scales those of scores, and sorts them by tile.
    pub(in crate::suspicion) fn new(features: Vec<Feature>, mut raw: Vec<FeatureValue>) -> Self {
        for (index, feature) in features.iter().enumerate() {
            if feature.kind.is_centred() {
                centre(&mut raw, index as u16, feature.kind);
            }
        }
        raw.sort_by_key(|value| (value.sample, value.tile, value.feature));
        let mut table = Self { features, ..Self::default() };
        for value in raw {
            let (sample, tile) = (value.sample, value.tile);
            if table.tiles.last().is_none_or(|last| (last.sample, last.tile) != (sample, tile)) {
                table.tiles.push(TileValues { sample, tile, from: table.values.len() as u32 });
            }
            table.values.push((value.feature, value.value));
        }
        table
    }

    /// Returns the features, in the order of their indexes.
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// Whether nothing is known about any negative.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether any negative has a value of a feature.
    pub fn has_values(&self, feature: u16) -> bool {
        self.values.iter().any(|(of, _)| *of == feature)
    }

    /// Returns the values of a negative: each feature's index, and the value.
    pub fn of_tile(&self, sample: SampleIndex, tile: TileSlot) -> &[(u16, f32)] {
        match self.tiles.binary_search_by_key(&(sample, tile), |values| (values.sample, values.tile)) {
            Ok(found) => {
                let to = self.tiles.get(found + 1).map_or(self.values.len(), |next| next.from as usize);
                &self.values[self.tiles[found].from as usize..to]
            }
            Err(_) => &[],
        }
    }

    /// Returns one value of a negative.
    pub fn value(
        &self,
        sample: SampleIndex,
        tile: TileSlot,
        kind: FeatureKind,
        source: &EvidenceSource,
    ) -> Option<f32> {
        let found = self.of_tile(sample, tile).iter().find(|(feature, _)| {
            let feature = &self.features[usize::from(*feature)];
            feature.kind == kind && feature.source == *source
        });
        found.map(|(_, value)| *value)
    }

    /// Returns the negatives of a sample that have values.
    pub(in crate::suspicion) fn tiles_of(&self, sample: SampleIndex) -> impl Iterator<Item = TileSlot> {
        let from = self.tiles.partition_point(|values| values.sample < sample);
        self.tiles[from..].iter().take_while(move |values| values.sample == sample).map(|values| values.tile)
    }
}

/// Counts the values of a feature from their mean: that of the tiles in the same language group,
/// drawn towards the mean of all as if ten more tiles had it. Then divides those of scores by the
/// standard deviation of all.
fn centre(raw: &mut [FeatureValue], feature: u16, kind: FeatureKind) {
    let mut of_feature: Vec<&mut FeatureValue> = raw.iter_mut().filter(|value| value.feature == feature).collect();
    let count = of_feature.len() as f64;
    if of_feature.is_empty() {
        return;
    }
    let mean = of_feature.iter().map(|value| f64::from(value.value)).sum::<f64>() / count;
    let variance = of_feature.iter().map(|value| (f64::from(value.value) - mean).powi(2)).sum::<f64>() / count;
    let scale = if kind.is_standardized() { variance.sqrt() } else { 1.0 };
    for group in [Some(true), Some(false), None] {
        let own = |value: &&&mut FeatureValue| value.same_language == group;
        let (sum, tiles) = of_feature
            .iter()
            .filter(own)
            .fold((0.0, 0.0), |(sum, tiles), value| (sum + f64::from(value.value), tiles + 1.0));
        let of_group = (sum + MEAN_COUNTS * mean) / (tiles + MEAN_COUNTS);
        for value in of_feature.iter_mut().filter(|value| value.same_language == group) {
            let centred = f64::from(value.value) - of_group;
            value.value = if scale > f64::EPSILON { (centred / scale) as f32 } else { 0.0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(sample: usize, tile: usize, feature: u16, same_language: Option<bool>, value: f32) -> FeatureValue {
        FeatureValue { sample: SampleIndex::new(sample), tile: TileSlot::new(tile), feature, same_language, value }
    }

    fn table(kind: FeatureKind, values: Vec<FeatureValue>) -> FeatureTable {
        FeatureTable::new(vec![Feature { kind, source: EvidenceSource::Text }], values)
    }

    fn of(table: &FeatureTable, sample: usize, tile: usize) -> Vec<f32> {
        let values = table.of_tile(SampleIndex::new(sample), TileSlot::new(tile));
        values.iter().map(|(_, value)| *value).collect()
    }

    #[test]
    fn scores_are_in_standard_deviations() {
        let scores = [1.0, 3.0].into_iter().enumerate().map(|(sample, score)| value(sample, 1, 0, None, score));
        let table = table(FeatureKind::Score, scores.collect());
        assert_eq!((of(&table, 0, 1), of(&table, 1, 1)), (vec![-1.0], vec![1.0]));
        assert_eq!(of(&table, 0, 2), Vec::<f32>::new());
    }

    #[test]
    fn equal_scores_say_nothing() {
        let table = table(FeatureKind::Score, vec![value(0, 1, 0, None, 7.0), value(0, 2, 0, None, 7.0)]);
        assert_eq!((of(&table, 0, 1), of(&table, 0, 2)), (vec![0.0], vec![0.0]));
    }

    #[test]
    fn each_language_group_has_its_own_mean() {
        let same = (0..90).map(|sample| value(sample, 1, 0, Some(true), 0.8));
        let other = (0..90).map(|sample| value(sample, 2, 0, Some(false), 0.2));
        let table = table(FeatureKind::TextCover, same.chain(other).collect());
        // Means of 0.77 and 0.23: ten tiles of the mean 0.5 count as well.
        assert!((of(&table, 3, 1)[0] - 0.03).abs() < 1e-6 && (of(&table, 3, 2)[0] + 0.03).abs() < 1e-6);
    }
}
