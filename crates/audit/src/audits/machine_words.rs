//! The word of a machine on each row, from imported reviews or scores, and the draw that is divided
//! by it. Judges no machine.

use std::fmt;
use std::str::FromStr;

use tilejury_data::{Dataset, SampleIndex, SampleKey, TilePath};
use tilejury_stats::allocate;

use super::begin::{Draw, with_population};
use super::by_machine::{ByMachine, MachineWord};
use super::parts::from_parts;
use super::plan::AuditPlan;
use super::plan_error::PlanError;
use super::tile_rule::{Bound, TileRule};
use crate::external::{ExternalSignals, MachineVerdict, ModelReview};

/// The share of affected rows that is expected among those with each word: “yes”, “no”, nothing.
/// Only the numbers of rows to draw depend on it.
const EXPECTED: [f64; 3] = [0.5, 0.05, 0.2];
/// The fewest rows to draw of those with a word.
const LEAST: u64 = 10;

/// The rule by which imports become a word on a row.
#[derive(Clone, Debug, PartialEq)]
pub enum MachineRule {
    /// Imported reviews: “yes” where a negative is CORRECT.
    Reviews,
    /// Grades of models that were asked: “yes” where all models that graded a negative gave this
    /// grade or a higher one.
    Grades {
        /// The grade, 1 to 3.
        from: u8,
        /// Whether the copied words must be in the tile's text, or must not; `None` for either.
        verified: Option<bool>,
        /// The only model that is asked; all of them if there is none.
        model: Option<String>,
    },
    /// Scores of a source: “yes” where a negative reaches a score.
    Scores {
        /// The source.
        source: String,
        /// The score.
        from: f32,
    },
}

impl fmt::Display for MachineRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reviews => write!(f, "reviews"),
            Self::Grades { from, verified, model } => {
                let (grade, verified, model) = (*from, *verified, model.clone());
                write!(f, "{}", TileRule::Grades { bound: Bound::From, grade, verified, model })
            }
            Self::Scores { source, from } => write!(f, "{source}>={from}"),
        }
    }
}

impl FromStr for MachineRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            format!(
                "`{text}`: expected `reviews`, grades such as `grade>=2 verified model:NAME`, or a source of scores with a \
                 score, such as `bge>=0.7`"
            )
        };
        if text.trim() == "reviews" {
            return Ok(Self::Reviews);
        }
        if text.trim().starts_with("grade>=") {
            return match text.parse() {
                Ok(TileRule::Grades { grade: from, verified, model, .. }) => Ok(Self::Grades { from, verified, model }),
                _ => Err(wrong()),
            };
        }
        let (source, from) = text.rsplit_once(">=").ok_or_else(wrong)?;
        let from: f32 = from.trim().parse().map_err(|_| wrong())?;
        let source = source.trim().to_owned();
        if source.is_empty() || !from.is_finite() {
            return Err(wrong());
        }
        Ok(Self::Scores { source, from })
    }
}

impl MachineRule {
    /// The word on a row. A row that cannot be read has none.
    pub fn word(&self, dataset: &Dataset, imports: &ExternalSignals, index: SampleIndex) -> MachineWord {
        let Ok(sample) = dataset.sample(index) else { return MachineWord::Nothing };
        let positive = &sample.positive.path;
        let mut is_complete = true;
        for negative in sample.negatives.iter().map(|tile| &tile.path).filter(|tile| *tile != positive) {
            match self.says(imports, sample.key, negative) {
                Some(true) => return MachineWord::Yes,
                Some(false) => {}
                None => is_complete = false,
            }
        }
        if is_complete { MachineWord::No } else { MachineWord::Nothing }
    }

    /// Whether a tile is relevant; `None` if the machine did not say.
    fn says(&self, imports: &ExternalSignals, sample: SampleKey, tile: &TilePath) -> Option<bool> {
        match self {
            Self::Reviews => {
                let review = imports.reviews_of(sample).iter().find(|review| review.tile == *tile)?;
                Some(review.verdict == MachineVerdict::Correct)
            }
            Self::Grades { from, verified, model } => {
                let is_asked = |review: &&ModelReview| {
                    review.tile == *tile && model.as_ref().is_none_or(|model| *model == review.source)
                };
                let fits = |review: &ModelReview| {
                    let is_verified = review.verified == Some(true);
                    review.grade >= *from && verified.is_none_or(|wanted| wanted == is_verified)
                };
                let mut reviews = imports.model_reviews_of(sample).iter().filter(is_asked).peekable();
                reviews.peek()?;
                Some(reviews.all(fits))
            }
            Self::Scores { source, from } => {
                let mut scores = imports.scores_of(sample).iter();
                let score = scores.find(|score| score.tile == *tile && score.source == *source)?;
                Some(score.score >= *from)
            }
        }
    }
}

/// Draws the rows of a plan from each word of a machine, more where its word is doubtful; at least
/// ten of each, unless there are fewer, and in an order that does not show the word. The plan gets
/// the words.
///
/// # Errors
/// When the plan makes no sense, or has more rows than there are, or the machine said nothing.
pub fn draw_by_word(
    plan: AuditPlan,
    dataset: &Dataset,
    rule: &MachineRule,
    imports: &ExternalSignals,
    in_scope: impl Fn(SampleIndex) -> bool,
) -> Result<Draw, PlanError> {
    let (mut plan, population) = with_population(plan, dataset, &in_scope)?;
    let mut parts = [const { Vec::new() }; 3];
    for key in population {
        let word = dataset.find(key).map_or(MachineWord::Nothing, |index| rule.word(dataset, imports, index));
        parts[word.at()].push(key);
    }
    let sizes = [0, 1, 2].map(|at| parts[at].len() as u64);
    if sizes[0] + sizes[1] == 0 {
        return Err(PlanError::NoWord(rule.to_string()));
    }
    let asked: Vec<(u64, f64)> = sizes.into_iter().zip(EXPECTED).collect();
    let numbers = allocate(plan.rows, &asked, LEAST);
    let drawn = from_parts(&plan.seed, parts.into_iter().zip(numbers).collect());
    plan.rows = drawn.len() as u64;
    let words = drawn.iter().map(|(part, _)| ByMachine::letter(*part)).collect();
    plan.by_machine = Some(ByMachine { machine: rule.to_string(), population: sizes, words });
    Ok(Draw::new(plan, drawn.into_iter().map(|(_, key)| key).collect(), dataset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_from_their_text() {
        for text in ["reviews", "bge>=0.7", "a>=b>=-1.5", "grade>=2", "grade>=3 verified model:qwen 2.5"] {
            assert_eq!(text.parse::<MachineRule>().map(|rule| rule.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "bge", "bge>=", ">=0.5", "bge>=inf", "grade>=4", "grade>=0", "grade>=2 sure"] {
            assert!(text.parse::<MachineRule>().is_err(), "{text}");
        }
    }
}
