//! The evidence of findings that comes from other programs, and its sentences.

use std::sync::Arc;

use tilejury_data::TileSlot;

use crate::external::{HIGHEST_GRADE, MachineVerdict, SecondReview};
use crate::text::count;

/// The result of another program.
#[derive(Clone, Debug, PartialEq)]
pub enum ExternalEvidence {
    /// A vision model's review: its attempt to answer the query from the tile.
    Review {
        /// Its own judgement of the answer.
        verdict: MachineVerdict,
        /// Its answer, shortened; it may be empty.
        answer: Arc<str>,
    },
    /// The review of a model at an endpoint, the strongest of several.
    ModelReview {
        /// The model.
        source: Arc<str>,
        /// Its grade, 0 to 3.
        grade: u8,
        /// The words that it copied from the tile, shortened; they may be empty.
        evidence: Arc<str>,
        /// Whether they are in the tile's text; `None` if that is not known.
        verified: Option<bool>,
        /// The comparisons with the positive, if the review was doubtful.
        second: Option<SecondReview>,
        /// The number of models with the same finding.
        agreeing: u32,
        /// The number of models that reviewed the tile.
        models: u32,
    },
    /// The reviews of models that disagree whether the tile answers the query.
    Disagreement {
        /// The model with the highest grade, and the grade.
        high: (Arc<str>, u8),
        /// The model with the lowest grade, and the grade.
        low: (Arc<str>, u8),
    },
    /// The tile's score compared with the positive's, both from one source.
    Margin {
        /// The program that gave the scores.
        source: Arc<str>,
        /// The negative's score.
        score: f32,
        /// The positive's score.
        positive: f32,
    },
    /// The tile's score is high among those of the set's negatives.
    HighScore {
        /// The program that gave the scores.
        source: Arc<str>,
        /// The negative's score.
        score: f32,
        /// The distance from the mean, in standard deviations.
        deviations: f32,
    },
    /// The tile's text has much of the query and of the positive's passage.
    TextOverlap {
        /// The share of the query's words in one passage, 0 to 1.
        cover: f32,
        /// The same of the positive's text, if it is known.
        positive_cover: Option<f32>,
        /// The part of the passage that matched.
        quote: Arc<str>,
    },
    /// The tile's text contains the row's answer.
    AnswerInText {
        /// The answer with the words around it.
        quote: Arc<str>,
        /// The number of texts that contain it.
        in_texts: u32,
        /// The number of texts in the set.
        texts: u32,
    },
    /// The positive's text does not contain the row's answer.
    AnswerNotInText {
        /// The answer, shortened.
        answer: Arc<str>,
    },
}

/// The words for a second stage.
fn in_words(second: SecondReview) -> &'static str {
    match (second.share(), second.is_consistent()) {
        (share, true) if share > 0.0 => ". It confirms that beside the positive",
        (share, _) if share >= 1.0 => {
            ". It confirms that beside the positive. Which of the two it prefers depends on their order"
        }
        (share, _) if share > 0.0 => ". It confirms that beside the positive only in one order",
        _ => ". It does not confirm that beside the positive",
    }
}

impl ExternalEvidence {
    /// Returns the evidence as a sentence; `tile` is the tile in the row.
    pub(super) fn sentence(&self, tile: Option<TileSlot>) -> String {
        match self {
            Self::Review { verdict, answer } => {
                let finding = match (verdict, tile) {
                    (MachineVerdict::Correct, _) => "A machine review answers the query from this tile",
                    (MachineVerdict::Wrong, Some(TileSlot::POSITIVE)) => {
                        "A machine review gives a wrong answer from the positive"
                    }
                    (MachineVerdict::Wrong, _) => "A machine review gives a wrong answer from this tile",
                    (MachineVerdict::CannotAnswer, Some(TileSlot::POSITIVE)) => {
                        "A machine review finds no answer in the positive"
                    }
                    (MachineVerdict::CannotAnswer, _) => "A machine review finds no answer in this tile",
                };
                // A review without an answer repeats its verdict there.
                if answer.is_empty() || &**answer == verdict.word() {
                    return finding.to_owned();
                }
                format!("{finding}: “{answer}”")
            }
            Self::ModelReview { source, grade, evidence, verified, second, agreeing, models } => {
                let of = if tile.is_some_and(TileSlot::is_positive) { "the positive" } else { "this tile" };
                let beside = match models {
                    ..=1 => String::new(),
                    models => format!(" ({agreeing} of {models} models)"),
                };
                let finding = format!("{source} gives {of} grade {grade} of {HIGHEST_GRADE}{beside}");
                let beside_positive = second.map_or("", in_words);
                let of_words = match (evidence.is_empty(), verified) {
                    (true, _) => return format!("{finding}{beside_positive}"),
                    (false, Some(true)) => "It copied words that are on the tile",
                    (false, Some(false)) => "It copied words that were not read on the tile",
                    (false, None) => "It copied words that were not checked",
                };
                format!("{finding}{beside_positive}. {of_words}: “{evidence}”")
            }
            Self::Disagreement { high, low } => {
                let of = if tile.is_some_and(TileSlot::is_positive) { "the positive" } else { "this tile" };
                format!("{} gives {of} grade {} of {HIGHEST_GRADE}, and {} grade {}", high.0, high.1, low.0, low.1)
            }
            Self::Margin { source, score, positive } if score > positive => {
                format!("Scored {score:.3} by {source}, above the positive's {positive:.3}")
            }
            Self::Margin { source, score, positive } => {
                let share = 100.0 * score / positive;
                format!("Scored {score:.3} by {source}, {share:.0} % of the positive's {positive:.3}")
            }
            Self::HighScore { source, score, deviations } => {
                format!(
                    "Scored {score:.3} by {source}, {deviations:.1} standard deviations above the set's other negatives"
                )
            }
            Self::TextOverlap { cover, positive_cover, quote } => {
                let positive = positive_cover.map(|cover| format!(" (the positive's: {:.0} %)", 100.0 * cover));
                let positive = positive.unwrap_or_default();
                format!("One passage has {:.0} % of the query's words by weight{positive}: “{quote}”", 100.0 * cover)
            }
            // Only a tolerant search finds it.
            Self::AnswerInText { quote, in_texts: 0, .. } => {
                format!("The tile's text contains the row's answer in another form: “{quote}”")
            }
            Self::AnswerInText { quote, in_texts, texts } => {
                let texts = count(*texts as usize, "text");
                format!("The tile's text contains the row's answer: “{quote}” (in {in_texts} of {texts})")
            }
            Self::AnswerNotInText { answer } => {
                format!("The positive's text does not contain the row's answer: “{answer}”")
            }
        }
    }
}

/// Returns the first letters of a text on one line, with `…` if it is longer.
pub(super) fn shortened(text: &str) -> Arc<str> {
    const SHOWN_UP_TO: usize = 120;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN_UP_TO) {
        Some((at, _)) => format!("{}…", line[..at].trim_end()).into(),
        None => line.into(),
    }
}
