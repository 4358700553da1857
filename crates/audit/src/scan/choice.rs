//! The shards of a job: a range of numbers, or one of several equal shares. Shards are numbered
//! from 0 in the order of their paths.

use std::ops::Range;
use std::str::FromStr;

/// Shards by number, the last one included: `0..99`, or one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardRange {
    /// The first number.
    pub first: usize,
    /// The last number, which need not exist.
    pub last: usize,
}

impl FromStr for ShardRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse::<usize>().ok();
        let range = match text.split_once("..") {
            Some((first, last)) => number(first).zip(number(last.strip_prefix('=').unwrap_or(last))),
            None => number(text).map(|one| (one, one)),
        };
        match range {
            Some((first, last)) if first <= last => Ok(Self { first, last }),
            Some(_) => Err("the first number is larger than the last".to_owned()),
            None => Err("expected two numbers such as 0..99, which includes both, or one".to_owned()),
        }
    }
}

impl ShardRange {
    /// Returns the positions among this many shards.
    pub fn positions(self, shards: usize) -> Range<usize> {
        self.first.min(shards)..self.last.saturating_add(1).min(shards)
    }
}

/// One of several nearly equal shares: `3/16` is the fourth of sixteen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The number of the share, from 0.
    pub number: usize,
    /// The number of shares.
    pub of: usize,
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse::<usize>().ok();
        match text.split_once('/').and_then(|(own, of)| number(own).zip(number(of))) {
            Some((number, of)) => Self::new(number, of),
            None => Err("expected K/N, such as 0/16 for the first of sixteen".to_owned()),
        }
    }
}

impl Share {
    /// Returns the share with this number.
    ///
    /// # Errors
    /// If there is no such share, in words.
    pub fn new(number: usize, of: usize) -> Result<Self, String> {
        if number < of {
            return Ok(Self { number, of });
        }
        Err(format!("there is no part {number} of {of}: parts are numbered from 0"))
    }

    /// Returns the positions among this many shards.
    pub fn positions(self, shards: usize) -> Range<usize> {
        let end = |number: usize| (shards as u128 * number as u128 / self.of as u128) as usize;
        end(self.number)..end(self.number + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_include_the_last_number() {
        let positions = |text: &str, shards| text.parse::<ShardRange>().map(|range| range.positions(shards));
        assert_eq!(positions("0..99", 1000), Ok(0..100));
        assert_eq!(positions("98..150", 100), Ok(98..100));
        assert_eq!(positions("7", 100), Ok(7..8));
        assert_eq!(positions("200..300", 100), Ok(100..100));
        for bad in ["", "a", "1..", "..2", "5..4", "-1"] {
            assert!(positions(bad, 100).is_err(), "{bad}");
        }
    }

    #[test]
    fn shares_divide_all_shards() {
        for (shards, of) in [(0, 3), (1, 3), (100, 7), (5, 5), (1000, 16)] {
            let shares = (0..of).map(|number| Share::new(number, of).unwrap().positions(shards));
            let all: Vec<usize> = shares.clone().flatten().collect();
            assert_eq!(all, (0..shards).collect::<Vec<_>>());
            assert!(shares.map(|share| share.len()).all(|len| len.abs_diff(shards / of) <= 1));
        }
        assert!("16/16".parse::<Share>().is_err() && "1".parse::<Share>().is_err());
    }
}
