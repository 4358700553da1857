//! The guideline of an audit: the text that tells annotators what counts as relevant. The plan has
//! it with its hash: a rate is the rate of what annotators with this text call relevant.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tilejury_data::hash::hexadecimal;

use super::plan_error::PlanError;

/// The longest text in bytes: it is stored in the plan and printed in reports.
pub(super) const GUIDELINE_UP_TO: usize = 32_768;

/// A guideline. Stored in plans; fields are never renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guideline {
    /// The SHA-256 of the text in UTF-8, in hexadecimal digits.
    pub sha256: String,
    /// The text, with the line ends that it had.
    pub text: String,
}

impl Guideline {
    /// Makes a guideline of a text, as it is.
    ///
    /// # Errors
    /// If it is empty, or longer than 32 KB.
    pub fn new(text: &str) -> Result<Self, PlanError> {
        if text.trim().is_empty() || text.len() > GUIDELINE_UP_TO {
            return Err(PlanError::Guideline);
        }
        let digits = Sha256::digest(text.as_bytes());
        Ok(Self { sha256: hexadecimal(&digits), text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guidelines_have_the_hash_of_their_text() {
        let guideline = Guideline::new("abc").unwrap();
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(guideline.sha256, expected);
        assert_eq!(guideline.text, "abc");
    }

    #[test]
    fn empty_and_endless_guidelines_are_refused() {
        assert_eq!(Guideline::new(" \n"), Err(PlanError::Guideline));
        assert_eq!(Guideline::new(&"x".repeat(GUIDELINE_UP_TO + 1)), Err(PlanError::Guideline));
        assert!(Guideline::new(&"x".repeat(GUIDELINE_UP_TO)).is_ok());
    }
}
