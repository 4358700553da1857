//! What a finding goes by that another program said, and the sentence that a person reads: it quotes.

use std::sync::Arc;

use crate::external::MachineVerdict;
use crate::text::count;

/// What another program said.
#[derive(Clone, Debug, PartialEq)]
pub enum ExternalReason {
    /// A vision model answered the query from the tile, or could not.
    Review {
        /// What it thought of its answer.
        verdict: MachineVerdict,
        /// Its answer, shortened; it may be empty.
        answer: Arc<str>,
    },
    /// The tile's score against the positive's, both of one source.
    Margin {
        /// The program that scored.
        source: Arc<str>,
        /// The negative's score.
        score: f32,
        /// The positive's score.
        positive: f32,
    },
    /// The row's answer stands in the tile's text.
    AnswerInText {
        /// The words around it.
        quote: Arc<str>,
        /// How many texts hold it.
        in_texts: u32,
        /// How many texts there are.
        texts: u32,
    },
    /// The row's answer does not stand in the positive's text.
    AnswerNotInText {
        /// The answer, shortened.
        answer: Arc<str>,
    },
}

impl ExternalReason {
    /// The reason in words; `tile` is the tile's place in the row, the positive being 0.
    pub(super) fn sentence(&self, tile: Option<usize>) -> String {
        match self {
            Self::Review { verdict, answer } => {
                let text = match (verdict, tile) {
                    (MachineVerdict::Correct, _) => "A machine review answers the query from this tile",
                    (MachineVerdict::Wrong, Some(0)) => "A machine review gives a wrong answer from the positive",
                    (MachineVerdict::Wrong, _) => "A machine review gives a wrong answer from this tile",
                    (MachineVerdict::CannotAnswer, Some(0)) => "A machine review finds no answer in the positive",
                    (MachineVerdict::CannotAnswer, _) => "A machine review finds no answer in this tile",
                };
                // A review without an answer repeats its verdict there.
                if answer.is_empty() || &**answer == verdict.word() {
                    return text.to_owned();
                }
                format!("{text}: “{answer}”")
            }
            Self::Margin { source, score, positive } if score > positive => {
                format!("Scored {score:.3} by {source}, above the positive's {positive:.3}")
            }
            Self::Margin { source, score, positive } => {
                let share = 100.0 * score / positive;
                format!("Scored {score:.3} by {source}, {share:.0} % of the positive's {positive:.3}")
            }
            Self::AnswerInText { quote, in_texts, texts } => {
                let texts = count(*texts as usize, "text");
                format!("The row's answer stands in its text: “{quote}” (in {in_texts} of {texts})")
            }
            Self::AnswerNotInText { answer } => {
                format!("The row's answer does not stand in the positive's text: “{answer}”")
            }
        }
    }
}

/// The first letters of a text on one line, and `…` where there are more.
pub(super) fn shortened(text: &str) -> Arc<str> {
    const SHOWN_UP_TO: usize = 120;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN_UP_TO) {
        Some((at, _)) => format!("{}…", line[..at].trim_end()).into(),
        None => line.into(),
    }
}
