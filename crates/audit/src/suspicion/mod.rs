//! Signals: rows and negatives of a set that deserve a look first.
//!
//! Decides nothing: a finding is a strength and a sentence, and a person judges. Each signal has
//! its file; the rows that they compare are a [`RowTable`]. [`signals`] uses paths and rows alone
//! and reads no picture and no shard. [`pixel_signals`] uses [`fingerprints`] of the pictures, and
//! [`external_signals`] the results of other programs.

mod answer_in_text;
mod copy_placement;
mod evidence;
mod external_evidence;
mod findings;
pub mod fingerprints;
mod groups;
mod hub;
mod machine_review;
mod margin;
mod mining_hole;
pub(crate) mod mining_record;
mod model_review;
mod models_disagree;
mod near_copies;
mod near_query;
mod other_positive;
mod own_positive;
mod pixels;
mod positive_queries;
mod query_summary;
mod query_text;
mod relevance;
mod repeated;
mod retrieval_scores;
mod row_values;
mod same_page;
mod scoreboard;
mod signal;
mod signal_score;
mod similar;
#[cfg(test)]
mod slow_oracle;
mod split_leak;
mod suspects;
mod text_overlap;
mod weights;
mod word_weights;
mod wording;

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use tilejury_data::{Dataset, SampleIndex};
use tilejury_rows::{ReadRow, RowTable, rows_in_order};

pub use copy_placement::CopyPlacement;
pub use evidence::{Evidence, PositiveOwner, UnretrievedPositive};
pub use external_evidence::ExternalEvidence;
pub use findings::{EvidenceShare, Finding, Findings, LIKELY};
pub use pixels::{COPY_EQUAL_INK, COPY_EQUAL_ROWS, COPY_OVERLAP, CopyKind, pixel_signals};
pub use relevance::{EvidenceSource, Feature, FeatureKind, FeatureTable, FeatureWeights, FitCounts, NOTHING_IS_KNOWN};
pub(crate) use row_values::decimal;
pub use row_values::{GradedNegative, OWN_FIELDS, RetrievalValue, RowValues};
pub use scoreboard::{FeatureWeight, Scoreboard};
pub use signal::Signal;
pub use signal_score::SignalScore;
pub use similar::{NearRow, SimilarQueries, SimilarTile, SimilarTiles, TileLikeness, similar_tiles};
pub use suspects::Suspect;
pub use weights::{RankingWeights, SignalWeights};
pub use word_weights::{WeighedQuery, WordWeights};

pub(crate) use groups::Groups;
pub(crate) use margin::fraction_between;
pub(crate) use mining_record::{MiningRecord, read as mining_record};
pub(crate) use pixels::{SharedContent, are_near_copies, copies_among, copy_kind, is_near_copy};

use hub::HubRows;
use positive_queries::PositiveQueries;
use query_text::QueryTexts;
use retrieval_scores::{OwnScores, RetrievalScores};
use row_values::OwnRanks;

use crate::external::ExternalSignals;
use crate::progress::{Cancelled, Progress, ProgressStep, Stage};

/// Rows between two reports, which are when work can be cancelled.
const ROWS_AT_ONCE: usize = 512;
/// Passes of [`signals`] over all rows: for tiles, for queries, for findings.
const STEPS: usize = 3;

/// The thresholds of the signals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SuspicionSettings {
    /// A negative is suspect above this share of the positive's score. 0.95 was the best value in
    /// NV-Retriever (Moreira et al., 2024, "TopK-PercPos").
    pub margin: f32,
    /// The least nearness of near queries, 0 to 1: the cosine of their words, in which a typo or a
    /// translation counts as the same word.
    pub near_query: f32,
    /// The least number of rows of a hub.
    pub hub_rows: u32,
    /// The highest share of ink, 0 to 1, on a nearly blank tile. One line of text on a whole tile
    /// is about 0.003.
    pub blank_ink: f32,
}

impl Default for SuspicionSettings {
    fn default() -> Self {
        Self { margin: 0.95, near_query: 0.7, hub_rows: 5, blank_ink: 0.001 }
    }
}

/// The data that every signal may use.
struct SignalInputs<'d> {
    table: &'d RowTable,
    queries: &'d QueryTexts,
    of_positives: &'d PositiveQueries,
    scores: &'d RetrievalScores,
    hubs: &'d HubRows,
    features: &'d FeatureTable,
    /// The default weights of the features.
    weights: &'d FeatureWeights,
    settings: SuspicionSettings,
}

/// The findings and values of the first pass in some rows that follow each other.
#[derive(Default)]
struct OfRows {
    scores: OwnScores,
    ranks: OwnRanks,
    found: Vec<Finding>,
}

/// Computes every signal for every row, on all cores; the result is the same on any number of them.
/// Each row is parsed once; 49,020 rows take well under a second. Imported scores join the rows'
/// own in the margin signal, and the findings of [`external_signals`] are among the others. Reports
/// the rows.
///
/// # Errors
/// When `progress` cancelled the work.
pub fn signals(
    dataset: &Dataset,
    settings: &SuspicionSettings,
    external: Option<&ExternalSignals>,
    progress: &dyn Progress,
) -> Result<Findings, Cancelled> {
    let rows = dataset.samples.len();
    let report = |done: usize| progress.report(Stage::Rows.step(done, STEPS * rows));
    let (mut scores, mut ranks) = (RetrievalScores::default(), OwnRanks::default());
    let mut found = Vec::new();
    let (table, words) = RowTable::build_with(
        dataset,
        |part: &mut OfRows, ReadRow { sample, line, row, tiles }| {
            let record = mining_record::of_line(line);
            part.scores.read(tiles, &record);
            part.ranks.add(sample, &record);
            mining_hole::find(sample, tiles.ids, &record, &mut part.found);
            if let Some(row) = row {
                same_page::find(sample, row, tiles.normal, &mut part.found);
            }
        },
        |mut part, tiles_from| {
            scores.add(&part.scores, tiles_from);
            ranks.append(part.ranks);
            found.append(&mut part.found);
        },
        &|step: ProgressStep| report(step.done),
    )?;
    let queries = QueryTexts::new(words);
    if let Some(external) = external {
        scores.add_external(dataset, external);
        found.extend(external_signals(dataset, external, &|_: ProgressStep| report(2 * rows))?);
    }
    let hubs = HubRows::count(&table, settings.hub_rows);
    let features = external.map(|external| relevance::collect(dataset, external, &scores)).unwrap_or_default();
    let weights = FeatureWeights::of_table(&features);
    let inputs = SignalInputs {
        table: &table,
        queries: &queries,
        of_positives: &PositiveQueries::new(&table, &queries),
        scores: &scores,
        hubs: &hubs,
        features: &features,
        weights: &weights,
        settings: *settings,
    };
    let done = AtomicUsize::new(2 * rows);
    let of_rows = |range: Range<usize>| {
        report(done.fetch_add(range.len(), Ordering::Relaxed))?;
        let mut found = Vec::new();
        for sample in range.map(SampleIndex::new) {
            own_positive::find(&inputs, sample, &mut found);
            other_positive::find(&inputs, sample, &mut found);
            repeated::find(&inputs, sample, &mut found);
            margin::find(&inputs, sample, &mut found);
            hub::find(&inputs, sample, &mut found);
            split_leak::find(&inputs, sample, &mut found);
            if let Some(external) = external {
                text_overlap::find(&inputs, external, sample, &mut found);
            }
        }
        Ok(found)
    };
    rows_in_order(rows, of_rows, |mut of_part| found.append(&mut of_part))?;
    report(STEPS * rows)?;
    let values = RowValues::read(dataset, &table, &scores, &ranks).with_reviews(dataset, external);
    Ok(Findings::new(rows, found, features).with_values(values))
}

/// Returns the findings from the results of other programs: reviews, and texts that contain
/// answers. Their scores belong to the margin signal of [`signals`]. Reports the rows.
///
/// # Errors
/// When `progress` cancelled the work.
pub fn external_signals(
    dataset: &Dataset,
    external: &ExternalSignals,
    progress: &dyn Progress,
) -> Result<Vec<Finding>, Cancelled> {
    let rows = dataset.samples.len();
    let usual = answer_in_text::share_in_positives(&external.answers);
    let mut found = Vec::new();
    for sample in dataset.indices() {
        if sample.index().is_multiple_of(ROWS_AT_ONCE) {
            progress.report(Stage::Rows.step(sample.index(), rows))?;
        }
        machine_review::find(dataset, external, sample, &mut found);
        model_review::find(dataset, external, sample, &mut found);
        models_disagree::find(dataset, external, sample, &mut found);
        answer_in_text::find(dataset, external, usual, sample, &mut found);
    }
    progress.report(Stage::Rows.step(rows, rows))?;
    Ok(found)
}
