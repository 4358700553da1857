//! The number of a line in a file. Indexes of rows and samples are other numbers.

use std::fmt;

use serde::Serialize;

/// A line of a file, counted from 1; 0 if it is not known. In JSON it is a plain number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct LineNumber(u64);

impl LineNumber {
    /// The line with a number, counted from 1.
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    /// The line at an index, counted from 0.
    pub fn at(index: usize) -> Self {
        Self((index as u64).saturating_add(1))
    }

    /// The number, counted from 1.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl From<u32> for LineNumber {
    fn from(number: u32) -> Self {
        Self(number.into())
    }
}

/// The number, as a person reads it.
impl fmt::Display for LineNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_number_is_one_more_than_the_index() {
        assert_eq!(LineNumber::at(0), LineNumber::new(1));
        assert_eq!(LineNumber::at(usize::MAX), LineNumber::new(u64::MAX));
        assert_eq!(LineNumber::from(7).to_string(), "7");
        assert_eq!(serde_json::to_string(&Some(LineNumber::new(7))).unwrap(), "7");
    }
}
