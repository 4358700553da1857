//! The index of a sample in its dataset. Rows of a split, positions in a list and lines of a file
//! are other numbers.

use std::fmt;

/// A sample by its index among [`Dataset::samples`](crate::Dataset::samples), from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SampleIndex(u32);

impl SampleIndex {
    /// The sample at an index. A dataset has fewer than 2³² samples: an index from there on is that
    /// of no sample.
    pub fn new(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// The first samples, in order.
    pub fn first(count: usize) -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator + Clone {
        (0..count).map(Self::new)
    }

    /// The index among the dataset's samples.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The index, from 0.
impl fmt::Display for SampleIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_survives_up_to_the_largest() {
        let check = |index: usize, expected: usize| assert_eq!(SampleIndex::new(index).index(), expected);
        check(0, 0);
        check(u32::MAX as usize - 1, u32::MAX as usize - 1);
        check(usize::MAX, u32::MAX as usize);
        assert_eq!(size_of::<SampleIndex>(), 4);
    }
}
