//! The stretches of a shard in which headers are requested at the same time. Members differ in
//! size, so stretches of one length take different times: a thread that is done with its own takes
//! over the second half of the longest.

use std::ops::Range;

use parking_lot::Mutex;

use super::BLOCK;

/// A stretch that is shorter is not divided: to find a header in the middle of it takes as long as
/// to go on from its beginning.
const DIVIDED_FROM_BYTES: u64 = 4 << 20;

/// The rest of each stretch, by its number.
pub(super) struct Stretches(Mutex<Vec<Range<u64>>>);

impl Stretches {
    /// A shard of so many bytes in equal stretches.
    pub(super) fn of(len: u64, count: u64) -> Self {
        let place = |at: u64| (len / BLOCK * at / count) * BLOCK;
        Self(Mutex::new((0..count).map(|at| place(at)..if at + 1 == count { len } else { place(at + 1) }).collect()))
    }

    pub(super) fn get(&self, number: usize) -> Range<u64> {
        self.0.lock().get(number).cloned().unwrap_or_default()
    }

    /// Notes that a stretch is done up to `at`; returns its end.
    pub(super) fn end_from(&self, number: usize, at: u64) -> u64 {
        self.0.lock().get_mut(number).map_or(0, |stretch| {
            stretch.start = at;
            stretch.end
        })
    }

    /// Ends a stretch, and gives its number to half of another one; `None` if there is none long
    /// enough.
    pub(super) fn take_over(&self, number: usize) -> Option<Range<u64>> {
        let mut all = self.0.lock();
        *all.get_mut(number)? = 0..0;
        let longest = all.iter_mut().max_by_key(|stretch| stretch.end.saturating_sub(stretch.start))?;
        let left = longest.end.saturating_sub(longest.start);
        if left < DIVIDED_FROM_BYTES {
            return None;
        }
        let middle = (longest.start + left / 2) / BLOCK * BLOCK;
        let second = middle..longest.end;
        longest.end = middle;
        *all.get_mut(number)? = second.clone();
        Some(second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_longest_is_taken_over() {
        let stretches = Stretches::of(64 << 20, 4);
        assert_eq!((stretches.get(0), stretches.get(3)), (0..16 << 20, 48 << 20..64 << 20));
        for (number, at) in [(0, 10 << 20), (1, 30 << 20), (2, 33 << 20), (3, 60 << 20)] {
            stretches.end_from(number, at);
        }
        // Of 6, 2, 15 and 4 MiB left, the third is the longest.
        assert_eq!(stretches.take_over(1), Some((33 << 20) + (15 << 19)..48 << 20));
        assert_eq!(stretches.end_from(2, 34 << 20), (33 << 20) + (15 << 19));
        assert_eq!(stretches.take_over(1), Some((34 << 20) + (13 << 18)..(33 << 20) + (15 << 19)));
        assert_eq!(stretches.take_over(3), Some(13 << 20..16 << 20));
        assert_eq!(stretches.take_over(3), None, "none is longer than 4 MiB now");
    }
}
