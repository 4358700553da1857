//! The features of the model: names and default weights.

use std::sync::Arc;

use crate::text_enum::text_enum;

text_enum! {
    /// A kind of value that is known about a negative.
    pub enum FeatureKind {
        /// The share of the query's words that the best passage has.
        TextCover = "text-cover", "Words of the query in one passage";
        /// The share of the words of the positive's passage that the passage has.
        TextShared = "text-shared", "Words of the positive's passage";
        /// A number of the positive's passage.
        TextNumber = "text-number", "A number of the positive's passage";
        /// A quantity of the positive's passage, maybe in another unit.
        TextQuantity = "text-quantity", "A quantity of the positive's passage";
        /// The share of the row's answer that the text has.
        AnswerCover = "answer-cover", "The row's answer";
        /// A review that answers the query from the tile.
        ReviewCorrect = "review-correct", "Reviewed as correct";
        /// A review that gives a wrong answer.
        ReviewWrong = "review-wrong", "Reviewed as wrong";
        /// A review that finds no answer.
        ReviewCannotAnswer = "review-cannot-answer", "Reviewed as no answer";
        /// The score, in standard deviations above the mean.
        Score = "score", "Score";
        /// The place of the score among the row's negatives, from −½ to ½.
        ScorePlace = "score-place", "Place within the row";
        /// The score minus the positive's, in standard deviations above the mean.
        ScoreMargin = "score-margin", "Margin to the positive";
    }
}

impl FeatureKind {
    /// Returns the default weight: by how much one unit of the value raises the log-odds. Those of
    /// scores are shared out: see [`FeatureWeights`](super::FeatureWeights).
    ///
    /// Those of reviews are the log-odds ratios of verdicts of a good model; that of a score is the
    /// one of a source with an AUC of about 0.8; those of texts were chosen on a set of 119 rows.
    pub fn default_weight(self) -> f32 {
        match self {
            Self::TextCover | Self::AnswerCover => 3.0,
            Self::TextShared => 1.5,
            Self::TextNumber | Self::TextQuantity => 0.45,
            Self::ReviewCorrect => 2.2,
            Self::ReviewWrong => -0.9,
            Self::ReviewCannotAnswer => -1.5,
            Self::Score => 1.0,
            Self::ScorePlace => 0.6,
            // The margin of an unreliable score says less than the score, so it takes judgements to
            // count it.
            Self::ScoreMargin => 0.0,
        }
    }

    /// Whether it belongs to a score.
    pub fn is_of_score(self) -> bool {
        matches!(self, Self::Score | Self::ScorePlace | Self::ScoreMargin)
    }

    /// Whether its values are counted from the mean, in standard deviations.
    pub(super) fn is_standardized(self) -> bool {
        matches!(self, Self::Score | Self::ScoreMargin)
    }

    /// Whether its values are counted from the mean.
    pub(super) fn is_centred(self) -> bool {
        self.is_standardized()
            || matches!(
                self,
                Self::TextCover | Self::TextShared | Self::TextNumber | Self::TextQuantity | Self::AnswerCover
            )
    }
}

/// The source of values, for which a share of a score is shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EvidenceSource {
    /// The share of negatives that are relevant in any set.
    Prior,
    /// Findings of signals from rows, paths and pixels.
    Signals,
    /// The texts of the tiles.
    Text,
    /// The row's answer in the text.
    Answer,
    /// Machine reviews.
    Reviews,
    /// The scores of one program.
    Scores(Arc<str>),
}

impl EvidenceSource {
    /// Returns its name, as output and the window have it.
    pub fn name(&self) -> String {
        match self {
            Self::Prior => "prior".to_owned(),
            Self::Signals => "signals".to_owned(),
            Self::Text => "text".to_owned(),
            Self::Answer => "answer".to_owned(),
            Self::Reviews => "reviews".to_owned(),
            Self::Scores(source) => format!("scores of {source}"),
        }
    }
}

/// A feature of a set: its kind, and for scores their source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// The kind.
    pub kind: FeatureKind,
    /// The source of its values.
    pub source: EvidenceSource,
}

impl Feature {
    /// Returns its name in output: the kind, and for scores the source.
    pub fn name(&self) -> String {
        self.of_source(self.kind.word())
    }

    /// Returns its name for a person.
    pub fn label(&self) -> String {
        self.of_source(self.kind.label())
    }

    fn of_source(&self, name: &str) -> String {
        match &self.source {
            EvidenceSource::Scores(source) => format!("{name} of {source}"),
            EvidenceSource::Prior
            | EvidenceSource::Signals
            | EvidenceSource::Text
            | EvidenceSource::Answer
            | EvidenceSource::Reviews => name.to_owned(),
        }
    }

    /// The features that do not depend on the sources of scores, in the order of their kinds: the
    /// number of such a kind is the index of its feature.
    pub(super) fn fixed() -> Vec<Self> {
        let feature = |kind| {
            let source = match kind {
                FeatureKind::TextCover
                | FeatureKind::TextShared
                | FeatureKind::TextNumber
                | FeatureKind::TextQuantity => EvidenceSource::Text,
                FeatureKind::AnswerCover => EvidenceSource::Answer,
                FeatureKind::ReviewCorrect | FeatureKind::ReviewWrong | FeatureKind::ReviewCannotAnswer => {
                    EvidenceSource::Reviews
                }
                FeatureKind::Score | FeatureKind::ScorePlace | FeatureKind::ScoreMargin => return None,
            };
            Some(Self { kind, source })
        };
        FeatureKind::ALL.iter().copied().filter_map(feature).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_signals_has_every_weight() {
        let page = include_str!("../../../../../docs/signals.md");
        for kind in FeatureKind::ALL {
            let row = page.lines().find(|line| line.starts_with(&format!("| `{}` |", kind.word())));
            let row = row.unwrap_or_else(|| panic!("no row for {}", kind.word()));
            let weight = row.trim_end_matches(" |").rsplit("| ").next().unwrap_or_default().replace('−', "-");
            assert_eq!(weight.parse(), Ok(kind.default_weight()), "{row}");
        }
    }
}
