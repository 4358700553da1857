//! The number of a line in a file. Indexes of rows and samples are other numbers.

use std::fmt;

use serde::Serialize;

/// A line of a file, counted from 1; 0 if it is not known. In JSON it is a plain number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct LineNumber(u64);

impl LineNumber {
    /// The first line.
    pub const FIRST: Self = Self(1);

    /// The line with a number, counted from 1.
    pub fn new(number: u64) -> Self {
        Self(number)
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
    fn reads_and_prints_as_a_plain_number() {
        assert_eq!(LineNumber::from(7).to_string(), "7");
        assert_eq!(serde_json::to_string(&Some(LineNumber::new(7))).unwrap(), "7");
    }
}
