//! The values of rows as a whole beside their findings: the number of negatives, whether the row
//! repeats an earlier one, and the rank, the score and the margin of its positive by each
//! retriever.
//!
//! Read once with the signals, so that the overview and the searches of its bars count the same
//! numbers. Accuses nothing.

use std::collections::HashMap;
use std::sync::Arc;

use tilejury_data::{Dataset, SampleIndex, TilePath, TileSlot};
use tilejury_rows::RowTable;

use super::mining_record::MiningRecord;
use super::retrieval_scores::RetrievalScores;
use crate::external::ExternalSignals;

/// The name of the rows' own fields among the retrievers.
pub const OWN_FIELDS: &str = "rows";

/// A value that a retriever gives to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetrievalValue {
    /// The positive's rank, from 1. In the rows' own fields it is that among everything that was
    /// searched; by imported scores, that among the scored tiles of the row.
    Rank,
    /// The positive's score.
    Score,
    /// The score of the best negative as a share of the positive's: 1 is as high. A positive's
    /// score that is not above 0 gives none.
    Margin,
}

/// The rank, the score and the margin of a row; not a number where unknown.
type ThreeValues = [f32; 3];

/// One retriever's values.
#[derive(Clone, Debug)]
struct Retriever {
    name: String,
    /// The rows with a value, in their order.
    of_rows: Vec<(SampleIndex, ThreeValues)>,
}

/// A model's review of a negative of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct GradedNegative {
    /// The negative.
    pub slot: TileSlot,
    /// The model.
    pub source: Arc<str>,
    /// The grade, 0 to 3.
    pub grade: u8,
    /// Whether the copied words are in the tile's text; `None` if that is not known.
    pub verified: Option<bool>,
}

/// The values of all rows.
#[derive(Clone, Debug, Default)]
pub struct RowValues {
    /// By row, up to 65,535.
    negatives: Vec<u16>,
    /// Rows with the query and the positive of an earlier row of their split, in their order.
    repeated: Vec<SampleIndex>,
    retrievers: Vec<Retriever>,
    /// The reviews of each row's negatives, in the order of the rows.
    reviews: Vec<(SampleIndex, Vec<GradedNegative>)>,
}

/// The ranks of positives that the rows record, collected while rows are read.
#[derive(Default)]
pub(super) struct OwnRanks(Vec<(SampleIndex, f32)>);

impl OwnRanks {
    /// Takes the rank of the next row; 0 means that the positive was not retrieved.
    pub(super) fn add(&mut self, sample: SampleIndex, record: &MiningRecord<'_>) {
        if let Some(rank) = record.positive_rank.filter(|rank| *rank > 0.0 && rank.is_finite()) {
            self.0.push((sample, rank as f32));
        }
    }

    /// Adds the ranks of the rows that follow.
    pub(super) fn append(&mut self, mut later: Self) {
        self.0.append(&mut later.0);
    }
}

impl RowValues {
    pub(super) fn read(dataset: &Dataset, table: &RowTable, scores: &RetrievalScores, ranks: &OwnRanks) -> Self {
        let mut values = Self { negatives: Vec::with_capacity(table.len()), ..Self::default() };
        let mut seen = rustc_hash::FxHashSet::default();
        let mut own = Retriever { name: OWN_FIELDS.to_owned(), of_rows: Vec::new() };
        let mut ranks = ranks.0.iter().copied().peekable();
        for sample in table.indices() {
            let tiles = table.tiles(sample);
            values.negatives.push(u16::try_from(tiles.len().saturating_sub(1)).unwrap_or(u16::MAX));
            let rank = ranks.next_if(|(ranked, _)| *ranked == sample).map_or(f32::NAN, |(_, rank)| rank);
            let Some(positive) = tiles.first() else { continue };
            let query = table.query(sample);
            // A query of one row is repeated by none.
            if table.rows_with_query(query).len() > 1 && !seen.insert((dataset.entry(sample).split, query, *positive)) {
                values.repeated.push(sample);
            }
            let score_of = |slot: TileSlot| scores.get(table, sample, slot);
            own.push(sample, three_values(table, sample, Some(rank), score_of, |score| score != 0.0));
            for source in scores.sources_of(sample) {
                let at = values.retriever(source);
                let score_of = |slot: TileSlot| scores.imported_score(sample, slot, source);
                values.retrievers[at].push(sample, three_values(table, sample, None, score_of, |_| true));
            }
        }
        values.retrievers.sort_by(|a, b| a.name.cmp(&b.name));
        if !own.of_rows.is_empty() {
            values.retrievers.insert(0, own);
        }
        values
    }

    /// Adds the reviews of models at an endpoint.
    pub(super) fn with_reviews(mut self, dataset: &Dataset, external: Option<&ExternalSignals>) -> Self {
        let Some(external) = external else { return self };
        let mut names: HashMap<&str, Arc<str>> = HashMap::new();
        for (sample, entry) in dataset.indices().zip(&dataset.samples) {
            let reviews = external.model_reviews_of(entry.key);
            let Some(row) = (!reviews.is_empty()).then(|| dataset.row(sample).ok()).flatten() else { continue };
            let positive = TilePath::new(&row.positive);
            let slots: HashMap<TilePath, TileSlot> =
                row.spellings().map(TilePath::new).zip(TileSlot::first(1 + row.negatives.len())).collect();
            // The positive among the negatives is no negative.
            let negatives = reviews.iter().filter(|review| review.tile != positive);
            let of_row = negatives.filter_map(|review| Some((review, *slots.get(&review.tile)?)));
            let graded = of_row.map(|(review, slot)| GradedNegative {
                slot,
                source: names.entry(&review.source).or_insert_with(|| review.source.as_str().into()).clone(),
                grade: review.grade,
                verified: review.verified,
            });
            self.reviews.push((sample, graded.collect()));
        }
        self
    }

    /// The reviews of a row's negatives by models at an endpoint.
    pub fn graded(&self, sample: SampleIndex) -> &[GradedNegative] {
        let at = self.reviews.binary_search_by_key(&sample, |(row, _)| *row);
        at.map_or(&[], |at| self.reviews[at].1.as_slice())
    }

    fn retriever(&mut self, name: &str) -> usize {
        self.retrievers.iter().position(|known| known.name == name).unwrap_or_else(|| {
            self.retrievers.push(Retriever { name: name.to_owned(), of_rows: Vec::new() });
            self.retrievers.len() - 1
        })
    }

    /// The number of rows that were read.
    pub fn rows(&self) -> usize {
        self.negatives.len()
    }

    /// The number of negatives of a row, up to 65,535.
    pub fn negatives(&self, sample: SampleIndex) -> u16 {
        self.negatives.get(sample.index()).copied().unwrap_or_default()
    }

    /// Whether an earlier row of its split has the query and the positive of a row.
    pub fn is_repeated(&self, sample: SampleIndex) -> bool {
        self.repeated.binary_search(&sample).is_ok()
    }

    /// The names of the retrievers, that of the rows' own fields first.
    pub fn retrievers(&self) -> impl Iterator<Item = &str> {
        self.retrievers.iter().map(|retriever| retriever.name.as_str())
    }

    /// The values of one kind that a retriever gave, with their rows in order.
    pub fn all_retrieved(&self, value: RetrievalValue, retriever: &str) -> impl Iterator<Item = (SampleIndex, f64)> {
        let known = self.retrievers.iter().find(|known| known.name == retriever);
        let of_rows = known.map_or(&[][..], |known| known.of_rows.as_slice());
        of_rows.iter().filter_map(move |(row, values)| Some((*row, known_value(*values, value)?)))
    }

    /// The values that a retriever gave, or any retriever, to a row.
    pub fn retrieved(
        &self,
        sample: SampleIndex,
        value: RetrievalValue,
        retriever: Option<&str>,
    ) -> impl Iterator<Item = f64> {
        let asked = move |known: &&Retriever| retriever.is_none_or(|name| known.name.eq_ignore_ascii_case(name));
        self.retrievers.iter().filter(asked).filter_map(move |known| known.get(sample, value))
    }
}

impl Retriever {
    fn push(&mut self, sample: SampleIndex, values: ThreeValues) {
        if values.iter().any(|value| !value.is_nan()) {
            self.of_rows.push((sample, values));
        }
    }

    fn get(&self, sample: SampleIndex, value: RetrievalValue) -> Option<f64> {
        let at = self.of_rows.binary_search_by_key(&sample, |(row, _)| *row).ok()?;
        known_value(self.of_rows[at].1, value)
    }
}

/// A value as the decimal number that a person types for it.
fn known_value(values: ThreeValues, value: RetrievalValue) -> Option<f64> {
    let number = values[value as usize];
    (!number.is_nan()).then(|| decimal(number))
}

/// The values of a row by one retriever. `rank`: the one on record; `None` to find that among the
/// row's own tiles. `is_score`: whether the positive's score is one, and no sign of its absence.
fn three_values(
    table: &RowTable,
    sample: SampleIndex,
    rank: Option<f32>,
    score_of: impl Fn(TileSlot) -> Option<f32>,
    is_score: impl Fn(f32) -> bool,
) -> ThreeValues {
    let score = score_of(TileSlot::POSITIVE).filter(|score| score.is_finite() && is_score(*score));
    let (Some(score), Some((own, negatives))) = (score, table.positive_and_negatives(sample)) else {
        return [rank.unwrap_or(f32::NAN), f32::NAN, f32::NAN];
    };
    // A negative that is the positive itself competes with nothing.
    let others = negatives.filter(|(_, tile)| *tile != own);
    let scored = others.filter_map(|(slot, _)| score_of(slot)).filter(|score| score.is_finite());
    let (mut best, mut above) = (None::<f32>, 0_u32);
    for other in scored {
        above += u32::from(other > score);
        best = Some(best.map_or(other, |best| best.max(other)));
    }
    let rank = rank.unwrap_or(if best.is_some() { (above + 1) as f32 } else { f32::NAN });
    let margin = best.filter(|_| score > 0.0).map_or(f32::NAN, |best| best / score);
    [rank, score, margin]
}

/// A score as the decimal number that a person types for it: 0.9 is at least 0.9.
pub(crate) fn decimal(score: f32) -> f64 {
    (f64::from(score) * 1e6).round() / 1e6
}
