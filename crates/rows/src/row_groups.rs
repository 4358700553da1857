//! Rows grouped by a number, such as that of their query.

use std::ops::Range;

use tilejury_data::SampleIndex;

/// Rows grouped by a number, all in one list.
#[derive(Default)]
pub(crate) struct RowGroups {
    starts: Vec<u32>,
    rows: Vec<SampleIndex>,
}

impl RowGroups {
    /// Sorts (number, row) pairs by counting; rows with one number stay in order.
    pub(crate) fn new<I: Iterator<Item = (u32, SampleIndex)>>(numbers: usize, pairs: &dyn Fn() -> I) -> Self {
        let mut starts = vec![0_u32; numbers + 1];
        pairs().for_each(|(number, _)| starts[number as usize + 1] += 1);
        for number in 0..numbers {
            starts[number + 1] += starts[number];
        }
        let mut rows = vec![SampleIndex::default(); starts.last().copied().unwrap_or(0) as usize];
        let mut next = starts.clone();
        for (number, row) in pairs() {
            rows[next[number as usize] as usize] = row;
            next[number as usize] += 1;
        }
        Self { starts, rows }
    }

    /// The places of the rows with a number in the list of all.
    pub(crate) fn places(&self, number: u32) -> Range<usize> {
        let number = number as usize;
        let (Some(from), Some(to)) = (self.starts.get(number), self.starts.get(number + 1)) else { return 0..0 };
        *from as usize..*to as usize
    }

    /// All rows, those with one number next to each other.
    pub(crate) fn all(&self) -> &[SampleIndex] {
        &self.rows
    }

    /// The rows with a number, in order.
    pub(crate) fn get(&self, number: u32) -> &[SampleIndex] {
        &self.rows[self.places(number)]
    }
}
