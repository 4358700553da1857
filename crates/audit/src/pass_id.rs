//! The id of a second pass: the seed of its draw, and the step that drew its rows. And the decision
//! of a person between the two judgements of a row.
//!
//! Knows no rows. The text forms are stored with every change that belongs to a pass or settles it.

use std::fmt;
use std::str::FromStr;

use crate::step::StepId;
use crate::text_enum::text_enum;

/// The id of a second pass.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PassId {
    /// The seed of the draw.
    pub seed: u32,
    /// The step whose events drew the rows.
    pub step: StepId,
}

impl fmt::Display for PassId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.seed, self.step)
    }
}

impl FromStr for PassId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('@').and_then(|(seed, step)| Some((seed.parse().ok()?, step.parse().ok()?)));
        let (seed, step) =
            parts.ok_or_else(|| format!("`{text}` is not a second pass; expected SEED@SESSION/NUMBER"))?;
        Ok(Self { seed, step })
    }
}

text_enum! {
    /// The judgement of a row that a person decided for after a second pass.
    pub enum KeptJudgement {
        /// The one from before the pass, which counts already.
        First = "first", "First judgement kept";
        /// The one of the pass, which counts from now on.
        Second = "second", "Second judgement taken";
    }
}

/// The decision between the two judgements of a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Settlement {
    /// The judgement that counts.
    pub kept: KeptJudgement,
    /// The second pass.
    pub pass: PassId,
}

impl fmt::Display for Settlement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kept.word(), self.pass)
    }
}

impl FromStr for Settlement {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = || format!("`{text}` settles nothing; expected first or second, and a second pass");
        let (kept, pass) = text.split_once(' ').ok_or_else(expected)?;
        Ok(Self { kept: kept.parse()?, pass: pass.parse()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_from_their_text() {
        let id = PassId { seed: 4711, step: StepId { session: "abc".into(), seq: 12 } };
        assert_eq!(id.to_string(), "4711@abc/12");
        assert_eq!("4711@abc/12".parse(), Ok(id));
        assert!("abc/12".parse::<PassId>().is_err() && "-1@abc/12".parse::<PassId>().is_err());
        let settlement = Settlement { kept: KeptJudgement::Second, pass: "4711@abc/12".parse().unwrap() };
        assert_eq!(settlement.to_string(), "second 4711@abc/12");
        assert_eq!(settlement.to_string().parse(), Ok(settlement));
        assert!("4711@abc/12".parse::<Settlement>().is_err());
    }
}
