//! The rule that fixes a set of negatives to mark at once: by the grades of models, by imported
//! reviews, or by the scores of a source. All tiles that it finds get one word.
//!
//! Reads imports; decides nothing about rows.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::str::FromStr;

use tilejury_data::{Dataset, SampleIndex, SampleKey, TilePath};

use super::tile_word::TileWord;
use crate::external::{ExternalStore, HIGHEST_GRADE, MachineVerdict};
use crate::sidecar::SidecarError;

/// A negative of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SetTile {
    /// The row.
    pub sample: SampleKey,
    /// One of its negatives.
    pub tile: TilePath,
}

/// The side of a number on which values are meant. The number itself is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The number and everything above it.
    From,
    /// The number and everything below it.
    UpTo,
}

impl Bound {
    fn sign(self) -> &'static str {
        match self {
            Self::From => ">=",
            Self::UpTo => "<=",
        }
    }

    fn admits<T: PartialOrd + Copy>(self, value: T, number: T) -> bool {
        match self {
            Self::From => value >= number,
            Self::UpTo => value <= number,
        }
    }

    /// A high value means relevant.
    fn word(self) -> TileWord {
        match self {
            Self::From => TileWord::Relevant,
            Self::UpTo => TileWord::NotRelevant,
        }
    }
}

/// A rule over the negatives of rows.
#[derive(Clone, Debug, PartialEq)]
pub enum TileRule {
    /// Grades of models: all models that graded a tile agree with the rule.
    Grades {
        /// The side of the grade.
        bound: Bound,
        /// The grade, 0 to 3.
        grade: u8,
        /// Whether the copied words must be in the tile's text, or must not; `None` for either.
        verified: Option<bool>,
        /// The only model that is asked; all of them if there is none.
        model: Option<String>,
    },
    /// Imported reviews with this verdict.
    Reviews(MachineVerdict),
    /// Scores of a source.
    Scores {
        /// The source.
        source: String,
        /// The side of the score.
        bound: Bound,
        /// The score.
        score: f32,
    },
}

impl TileRule {
    /// The word on the tiles that it finds: high grades and scores mean relevant.
    pub fn word(&self) -> TileWord {
        match self {
            Self::Grades { bound, .. } | Self::Scores { bound, .. } => bound.word(),
            Self::Reviews(MachineVerdict::Correct) => TileWord::Relevant,
            Self::Reviews(MachineVerdict::Wrong | MachineVerdict::CannotAnswer) => TileWord::NotRelevant,
        }
    }

    /// The negatives of the rows in a scope that it finds now.
    ///
    /// # Errors
    /// When the imports cannot be read.
    pub fn tiles(
        &self,
        store: &ExternalStore,
        dataset: &Dataset,
        in_scope: impl Fn(SampleIndex) -> bool,
    ) -> Result<BTreeSet<SetTile>, SidecarError> {
        let scope = dataset.indices().filter(|index| in_scope(*index)).map(|index| dataset.entry(index).key);
        let scope: HashSet<SampleKey> = scope.collect();
        let mut found: BTreeMap<SampleKey, BTreeSet<TilePath>> = BTreeMap::new();
        for SetTile { sample, tile } in self.said(store)? {
            if scope.contains(&sample) {
                found.entry(sample).or_default().insert(tile);
            }
        }
        let mut tiles = BTreeSet::new();
        for (key, said) in found {
            let Some(sample) = dataset.find(key).and_then(|index| dataset.sample(index).ok()) else { continue };
            let negatives =
                sample.negatives.iter().map(|tile| &tile.path).filter(|tile| **tile != sample.positive.path);
            let negatives = negatives.filter(|tile| said.contains(*tile));
            tiles.extend(negatives.map(|tile| SetTile { sample: key, tile: tile.clone() }));
        }
        Ok(tiles)
    }

    /// All tiles that it is true of, whatever they are in their rows.
    fn said(&self, store: &ExternalStore) -> Result<Vec<SetTile>, SidecarError> {
        Ok(match self {
            Self::Grades { bound, grade, verified, model } => {
                let mut all: BTreeMap<SetTile, bool> = BTreeMap::new();
                for review in store.model_reviews()? {
                    if model.as_ref().is_some_and(|model| *model != review.source) {
                        continue;
                    }
                    let is_verified = review.verified == Some(true);
                    let fits =
                        bound.admits(review.grade, *grade) && verified.is_none_or(|wanted| wanted == is_verified);
                    *all.entry(SetTile { sample: review.sample, tile: review.tile }).or_insert(true) &= fits;
                }
                all.into_iter().filter_map(|(tile, fits)| fits.then_some(tile)).collect()
            }
            Self::Reviews(verdict) => {
                let reviews = store.reviews()?.into_iter().filter(|review| review.verdict == *verdict);
                reviews.map(|review| SetTile { sample: review.sample, tile: review.tile }).collect()
            }
            Self::Scores { source, bound, score } => {
                let fits = store.scores()?.into_iter().filter(|of| of.source == *source);
                let fits = fits.filter(|of| bound.admits(of.score, *score));
                fits.map(|of| SetTile { sample: of.sample, tile: of.tile }).collect()
            }
        })
    }
}

impl fmt::Display for TileRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grades { bound, grade, verified, model } => {
                write!(f, "grade{}{grade}", bound.sign())?;
                match verified {
                    Some(true) => write!(f, " verified")?,
                    Some(false) => write!(f, " unverified")?,
                    None => {}
                }
                model.as_ref().map_or(Ok(()), |model| write!(f, " model:{model}"))
            }
            Self::Reviews(MachineVerdict::Correct) => write!(f, "reviews"),
            Self::Reviews(verdict) => write!(f, "reviews:{verdict}"),
            Self::Scores { source, bound, score } => write!(f, "{source}{}{score}", bound.sign()),
        }
    }
}

impl FromStr for TileRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text == "reviews" {
            return Ok(Self::Reviews(MachineVerdict::Correct));
        }
        if let Some(verdict) = text.strip_prefix("reviews:") {
            return Ok(Self::Reviews(verdict.trim().parse()?));
        }
        let wrong = || {
            format!(
                "`{text}`: expected grades such as `grade>=2 verified model:NAME`, `reviews`, or a source of scores with \
                 a score, such as `bge>=0.7` or `bge<=0.1`"
            )
        };
        let bounds = [Bound::From, Bound::UpTo];
        if let Some((bound, rest)) =
            bounds.into_iter().find_map(|bound| Some((bound, text.strip_prefix(&format!("grade{}", bound.sign()))?)))
        {
            return grades(bound, rest).ok_or_else(wrong);
        }
        let parts = bounds.into_iter().find_map(|bound| Some((bound, text.rsplit_once(bound.sign())?)));
        let (bound, (source, score)) = parts.ok_or_else(wrong)?;
        let score: f32 = score.trim().parse().map_err(|_| wrong())?;
        let source = source.trim().to_owned();
        if source.is_empty() || !score.is_finite() {
            return Err(wrong());
        }
        Ok(Self::Scores { source, bound, score })
    }
}

/// The rule after `grade>=`: the number, then `verified` or `unverified`, and at last `model:` with
/// the rest of the text as its name. A grade that admits all grades is no rule.
fn grades(bound: Bound, text: &str) -> Option<TileRule> {
    let (rest, model) = match text.split_once(" model:") {
        Some((rest, model)) => (rest, Some(model.trim().to_owned())),
        None => (text, None),
    };
    let mut words = rest.split_whitespace();
    let grade: u8 = words.next()?.parse().ok()?;
    let verified = match words.next() {
        None => None,
        Some("verified") => Some(true),
        Some("unverified") => Some(false),
        Some(_) => return None,
    };
    let admits_all = match bound {
        Bound::From => grade == 0,
        Bound::UpTo => grade == HIGHEST_GRADE,
    };
    let is_rule = grade <= HIGHEST_GRADE && !admits_all && words.next().is_none();
    (is_rule && model.as_deref() != Some("")).then_some(TileRule::Grades { bound, grade, verified, model })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_from_their_text() {
        for (text, word) in [
            ("grade>=2", TileWord::Relevant),
            ("grade>=3 verified", TileWord::Relevant),
            ("grade>=2 verified model:qwen 2.5:7b", TileWord::Relevant),
            ("grade<=1 unverified model:m", TileWord::NotRelevant),
            ("grade<=0", TileWord::NotRelevant),
            ("reviews", TileWord::Relevant),
            ("reviews:WRONG", TileWord::NotRelevant),
            ("reviews:CANNOT_ANSWER", TileWord::NotRelevant),
            ("bge>=0.7", TileWord::Relevant),
            ("bge<=-0.5", TileWord::NotRelevant),
        ] {
            let rule: TileRule = text.parse().unwrap();
            assert_eq!((rule.to_string().as_str(), rule.word()), (text, word));
        }
        let wrong = [
            "",
            "grade",
            "grade>=4",
            "grade>=0",
            "grade<=3",
            "grade>=2 sure",
            "grade>=2 model:",
            "grade>=two",
            "bge",
            ">=0.5",
            "bge>=inf",
            "reviews:GOOD",
        ];
        for text in wrong {
            assert!(text.parse::<TileRule>().is_err(), "{text}");
        }
    }
}
