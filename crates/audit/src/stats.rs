//! Counts over judgements and over a dataset. Reads rows and events, writes nothing.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use tilejury_data::{Dataset, Sample, SampleKey, TilePath};
use tilejury_rows::RowKeyTable;

use crate::answers::{Answers, Conflict, Votes};
use crate::event::Event;
use crate::export::read_row_keys;
use crate::judgement::{Judgement, Judgements, Relevance, Verdict};
use crate::merge::AnnotatorScope;
use crate::progress::{Cancelled, Progress};

/// The contribution of one sample to the totals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct SampleShare {
    verdict: Option<Verdict>,
    false_negatives: usize,
    wrong_positive: bool,
}

/// Totals over the judged samples of a dataset, kept up to date sample by sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JudgementTally {
    /// Samples with a verdict: `accepted + rejected + unsure`.
    pub judged: usize,
    /// Samples with the verdict accept.
    pub accepted: usize,
    /// Samples with the verdict reject.
    pub rejected: usize,
    /// Samples with the verdict unsure.
    pub unsure: usize,
    /// Negatives judged relevant, without the own positives of rows, whatever the verdict of their
    /// sample.
    pub false_negatives: usize,
    /// Samples with a negative judged relevant, whatever their verdict.
    pub rows_with_false_negatives: usize,
    /// Positives judged not relevant, whatever the verdict of their sample.
    pub wrong_positives: usize,
    shares: HashMap<SampleKey, SampleShare>,
}

impl JudgementTally {
    /// Replaces a sample's contribution by that of its new judgement.
    pub fn replace(&mut self, key: SampleKey, judgement: &Judgement, sample: &Sample) {
        let share = SampleShare {
            verdict: judgement.verdict,
            false_negatives: judgement.false_negatives(sample),
            wrong_positive: judgement.wrong_positive(sample),
        };
        let before = self.shares.insert(key, share).unwrap_or_default();
        for (count, has, had) in [
            (&mut self.judged, share.verdict.is_some(), before.verdict.is_some()),
            (&mut self.accepted, share.verdict == Some(Verdict::Accept), before.verdict == Some(Verdict::Accept)),
            (&mut self.rejected, share.verdict == Some(Verdict::Reject), before.verdict == Some(Verdict::Reject)),
            (&mut self.unsure, share.verdict == Some(Verdict::Unsure), before.verdict == Some(Verdict::Unsure)),
            (&mut self.wrong_positives, share.wrong_positive, before.wrong_positive),
            (&mut self.rows_with_false_negatives, share.false_negatives > 0, before.false_negatives > 0),
        ] {
            *count = *count + usize::from(has) - usize::from(had);
        }
        self.false_negatives = self.false_negatives + share.false_negatives - before.false_negatives;
    }

    /// Counts all judgements that belong to the dataset.
    pub fn new(dataset: &Dataset, judgements: &Judgements) -> Self {
        let mut tally = Self::default();
        for (key, judgement) in judgements {
            if let Some(sample) = dataset.find(*key).and_then(|index| dataset.sample(index).ok()) {
                tally.replace(*key, judgement, &sample);
            }
        }
        tally
    }
}

/// Counts over all rows of a dataset, judged or not, by the answers for each query and tile.
/// Exports use the same answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerCounts {
    /// Different negatives of each row whose answer is relevant, without the row's own positive.
    pub false_negatives: usize,
    /// Rows whose positive has the answer not relevant.
    pub wrong_positives: usize,
    /// Positives that were marked not relevant only where they are negatives.
    pub conflicts: Vec<Conflict>,
    /// Tiles that were added to rows as relevant, each once for a query.
    pub added: usize,
}

/// Counts repeatedly while people judge: rows are read once, and only the current statements are
/// kept.
pub struct AnswerCounter {
    dataset: Arc<Dataset>,
    row_keys: RowKeyTable,
    statements: Votes,
}

impl AnswerCounter {
    /// Reads every row once, without any judgements.
    ///
    /// # Errors
    /// When `progress` cancelled the work.
    pub fn read(dataset: Arc<Dataset>, progress: &dyn Progress) -> Result<Self, Cancelled> {
        let row_keys = read_row_keys(&dataset, progress)?;
        Ok(Self { dataset, row_keys, statements: Votes::default() })
    }

    /// Adds events in stored order.
    pub fn add_events(&mut self, events: &[Event]) {
        events.iter().for_each(|event| self.statements.add_event(event));
    }

    /// Counts by the judgements of all annotators in scope.
    pub fn count(&self, scope: &AnnotatorScope) -> AnswerCounts {
        let people = self.statements.people(scope);
        let answers = Answers::new(&self.dataset, &self.row_keys, &people);
        let mut counts = AnswerCounts {
            conflicts: answers.conflicts(&self.row_keys),
            added: answers.added(&self.dataset, &self.row_keys, &people),
            ..AnswerCounts::default()
        };
        for row in self.row_keys.rows().flatten() {
            let positive = row.positive;
            if answers.names(positive) && answers.as_positive(row.query, positive) == Some(Relevance::NotRelevant) {
                counts.wrong_positives += 1;
            }
            let is_relevant = |at: &usize| {
                let tile = row.negatives[*at];
                tile != positive
                    && answers.names(tile)
                    && answers.as_negative(row.query, tile) == Some(Relevance::Relevant)
                    && !row.negatives[..*at].contains(&tile)
            };
            counts.false_negatives += (0..row.negatives.len()).filter(is_relevant).count();
        }
        counts
    }
}

/// Rows and negatives of one split.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SplitCounts {
    /// Usable rows.
    pub rows: usize,
    /// Negatives over all rows, repeats included.
    pub negatives: usize,
}

/// The size of a dataset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatasetCounts {
    /// The counts by split name.
    pub splits: BTreeMap<String, SplitCounts>,
    /// Different tiles that rows name, in any spelling.
    pub tiles: usize,
}

impl DatasetCounts {
    /// Reads every row once, and no shard.
    pub fn read(dataset: &Dataset) -> Self {
        let mut counts = Self::default();
        let mut tiles: HashSet<TilePath> = HashSet::new();
        for split in &dataset.splits {
            counts.splits.insert(split.name.clone(), SplitCounts::default());
        }
        for index in dataset.indices() {
            let Ok(row) = dataset.row(index) else { continue };
            if let Some(split) = counts.splits.get_mut(&dataset.split_of(index).name) {
                split.rows += 1;
                split.negatives += row.negatives.len();
            }
            tiles.insert(TilePath::new(&row.positive));
            tiles.extend(row.negatives.iter().map(|path| TilePath::new(path)));
        }
        counts.tiles = tiles.len();
        counts
    }
}
