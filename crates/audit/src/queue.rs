//! The order in which samples are shown, and which of them are listed.
//!
//! The list follows the search at once; the current sample never changes because of it. Rebuilding
//! is one pass over a small record per sample, so a million samples take a few milliseconds.

use std::sync::Arc;

use tilejury_data::{Dataset, SampleIndex};

use crate::judgement::Judgement;
use crate::search::{SampleFacts, Search};
use crate::session::SampleStatus;

/// An order of samples other than the dataset's own. It may name only some samples: the others
/// follow, by index.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ranking {
    order: Vec<SampleIndex>,
    /// The rank of each sample in `order`.
    ranks: Vec<u32>,
}

impl Ranking {
    /// Creates a ranking from sample indexes, the first to be shown at the front. A sample that is
    /// named twice counts where it is named first.
    pub fn new(order: Vec<SampleIndex>) -> Self {
        let mut ranks = vec![u32::MAX; order.iter().max().map_or(0, |last| last.index() + 1)];
        for (rank, sample) in order.iter().enumerate().rev() {
            ranks[sample.index()] = rank as u32;
        }
        Self { order, ranks }
    }

    /// This order up to and including a sample, followed by a newer order: no sample that was
    /// passed moves. A sample that this order does not name comes after all that it names, among
    /// the others by index. The unnamed samples before it come with it.
    #[must_use]
    pub fn updated_after(&self, sample: SampleIndex, newer: &[SampleIndex]) -> Self {
        let mut order = match self.rank(sample) {
            Some(rank) => self.order[..=rank].to_vec(),
            None => {
                let unnamed = SampleIndex::first(sample.index() + 1).filter(|before| self.rank(*before).is_none());
                self.order.iter().copied().chain(unnamed).collect()
            }
        };
        // A sample that is named again counts where it is named first. Without this, each update
        // would lengthen the order.
        let mut named = vec![false; order.iter().max().map_or(0, |last| last.index() + 1)];
        order.iter().for_each(|sample| named[sample.index()] = true);
        order.extend(newer.iter().filter(|sample| !named.get(sample.index()).is_some_and(|named| *named)));
        Self::new(order)
    }

    /// The rank of a sample; `None` if the order does not name it.
    pub fn rank(&self, sample: SampleIndex) -> Option<usize> {
        let rank = self.ranks.get(sample.index()).copied().filter(|rank| *rank != u32::MAX);
        rank.map(|rank| rank as usize)
    }

    /// The sort key of a sample.
    fn sort_key(&self, sample: SampleIndex) -> (u32, SampleIndex) {
        (self.ranks.get(sample.index()).copied().unwrap_or(u32::MAX), sample)
    }

    /// Puts ascending samples in this order without comparisons: a million take a few milliseconds.
    fn arrange(&self, ascending: &[SampleIndex]) -> Vec<SampleIndex> {
        let mut wanted = vec![false; ascending.last().map_or(0, |last| last.index() + 1)];
        for sample in ascending {
            wanted[sample.index()] = true;
        }
        let mut take = |sample: &SampleIndex| wanted.get_mut(sample.index()).is_some_and(std::mem::take);
        let mut arranged = Vec::with_capacity(ascending.len());
        arranged.extend(self.order.iter().filter(|sample| take(sample)));
        arranged.extend(ascending.iter().filter(|sample| take(sample)));
        arranged
    }
}

/// The list, and the position in it.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// The search.
    pub filter: Search,
    /// Indexes of the samples whose rows match the filter, ascending; `None` if it has no condition
    /// on rows.
    pub matches: Option<Vec<SampleIndex>>,
    /// The only samples that may be listed, ascending; `None` for all.
    pub only: Option<Vec<SampleIndex>>,
    /// The order of the list; `None` for the dataset's own.
    pub order: Option<Arc<Ranking>>,
    /// The listed samples in that order, as of the last [`Self::rebuild`].
    pub listed: Vec<SampleIndex>,
    /// The current sample; it need not be listed.
    pub cursor: SampleIndex,
}

impl Queue {
    /// Rebuilds the list of samples that the filter admits. `judgement` and `facts` are called by
    /// index, and only if the filter and the sample's status leave it open.
    pub fn rebuild<'a, F: SampleFacts>(
        &mut self,
        dataset: &Dataset,
        statuses: &[SampleStatus],
        judgement: impl Fn(SampleIndex) -> Option<&'a Judgement>,
        facts: impl Fn(SampleIndex) -> F,
    ) {
        let judged = self.filter.depends_on_judgements();
        let admits = |index: &SampleIndex| {
            let status = statuses.get(index.index()).copied().unwrap_or_default();
            !judged || self.filter.admits(status, || judgement(*index), || facts(*index))
        };
        let listed: Vec<SampleIndex> = match (&self.only, &self.matches) {
            (Some(only), Some(matches)) => {
                only.iter().copied().filter(|index| matches.binary_search(index).is_ok()).filter(admits).collect()
            }
            (Some(few), None) | (None, Some(few)) => few.iter().copied().filter(admits).collect(),
            (None, None) => dataset.indices().filter(admits).collect(),
        };
        self.listed = match &self.order {
            Some(ranking) => ranking.arrange(&listed),
            None => listed,
        };
    }

    /// The cursor's position in the list, or the position it would have if it were listed.
    pub fn position(&self) -> Result<usize, usize> {
        self.position_of(self.cursor)
    }

    /// The position of a sample in the list, or the position it would have if it were listed.
    pub fn position_of(&self, sample: SampleIndex) -> Result<usize, usize> {
        match &self.order {
            Some(ranking) => {
                self.listed.binary_search_by_key(&ranking.sort_key(sample), |index| ranking.sort_key(*index))
            }
            None => self.listed.binary_search(&sample),
        }
    }

    /// The sample `steps` positions after the cursor (before it, if negative); stops at the ends.
    pub fn step(&self, steps: i64) -> Option<SampleIndex> {
        let last = self.listed.len().checked_sub(1)? as i64;
        let from = match self.position() {
            Ok(at) => at as i64,
            // If the cursor is not listed, the next sample is one step forward and the previous one
            // is one step back.
            Err(at) if steps > 0 => at as i64 - 1,
            Err(at) => at as i64,
        };
        let to = (from + steps).clamp(0, last);
        self.listed.get(to as usize).copied()
    }

    /// The next listed sample after the cursor for which `fits` is true, or else the first such one
    /// from the start of the list. Never the cursor itself.
    pub fn next_where(&self, fits: impl Fn(SampleIndex) -> bool) -> Option<SampleIndex> {
        let from = match self.position() {
            Ok(at) => at + 1,
            Err(at) => at,
        };
        let (before, after) = self.listed.split_at_checked(from)?;
        let mut onwards = after.iter().chain(before).copied();
        onwards.find(|index| *index != self.cursor && fits(*index))
    }

    /// The next listed sample after the cursor without a verdict, or else the first one from the
    /// start of the list.
    pub fn next_unjudged(&self, statuses: &[SampleStatus]) -> Option<SampleIndex> {
        self.next_where(|index| statuses.get(index.index()).is_some_and(|status| status.verdict.is_none()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(indexes: &[usize]) -> Vec<SampleIndex> {
        indexes.iter().copied().map(SampleIndex::new).collect()
    }

    fn queue(order: &[usize], listed: &[usize]) -> Queue {
        let ranking = Arc::new(Ranking::new(samples(order)));
        Queue { listed: ranking.arrange(&samples(listed)), order: Some(ranking), ..Queue::default() }
    }

    fn moves(queue: &Queue, steps: [i64; 2]) -> (Result<usize, usize>, [Option<SampleIndex>; 2]) {
        (queue.position(), steps.map(|steps| queue.step(steps)))
    }

    #[test]
    fn ranked_samples_come_first_and_others_by_index() {
        let check = |order: &[usize], listed: &[usize], expected: &[usize]| {
            assert_eq!(queue(order, listed).listed, samples(expected));
        };
        check(&[7, 2, 5], &[0, 1, 2, 5, 7, 8], &[7, 2, 5, 0, 1, 8]);
        check(&[7, 2, 5], &[2, 3], &[2, 3]);
        check(&[3, 1, 3], &[1, 3], &[3, 1]);
        check(&[], &[1, 3], &[1, 3]);
        check(&[9], &[], &[]);
    }

    #[test]
    fn stepping_follows_the_ranking() {
        let mut queue = queue(&[7, 2, 5], &[0, 1, 2, 5, 7, 8]);
        queue.cursor = SampleIndex::new(7);
        let mut walked = Vec::new();
        for _ in 0..6 {
            walked.push(queue.cursor);
            queue.cursor = queue.step(1).unwrap();
        }
        assert_eq!(walked, samples(&[7, 2, 5, 0, 1, 8]));
        assert_eq!(moves(&queue, [1, -9]), (Ok(5), [8, 7].map(|index| Some(SampleIndex::new(index)))));
    }

    #[test]
    fn newer_order_applies_after_the_passed_samples() {
        let check = |old: &[usize], sample: usize, newer: &[usize], expected: &[usize]| {
            let updated = Ranking::new(samples(old)).updated_after(SampleIndex::new(sample), &samples(newer));
            assert_eq!(updated, Ranking::new(samples(expected)));
        };
        check(&[7, 2, 5], 7, &[5, 9, 7, 2], &[7, 5, 9, 2]);
        check(&[7, 2, 5], 2, &[9, 5, 7], &[7, 2, 9, 5]);
        // Samples that the newer order no longer names fall back among the others.
        check(&[7, 2, 5], 7, &[9], &[7, 9]);
        check(&[7, 2, 5], 5, &[9, 2, 7, 5], &[7, 2, 5, 9]);
        // The sample is among the unnamed ones, so those before it are too.
        check(&[7, 2], 3, &[1, 9, 8, 7], &[7, 2, 0, 1, 3, 9, 8]);
        check(&[], 0, &[3, 0, 1], &[0, 3, 1]);
        check(&[4, 4, 1], 4, &[1, 1, 0], &[4, 1, 1, 0]);
    }

    #[test]
    fn stepping_reaches_newer_order_and_back_to_passed_samples() {
        let mut queue = queue(&[7, 2, 5], &[0, 1, 2, 5, 7, 8]);
        queue.cursor = SampleIndex::new(2);
        let newer = queue.order.as_ref().unwrap().updated_after(SampleIndex::new(2), &samples(&[8, 5, 7, 2, 1]));
        queue.listed = newer.arrange(&samples(&[0, 1, 2, 5, 7, 8]));
        queue.order = Some(Arc::new(newer));
        assert_eq!(queue.listed, samples(&[7, 2, 8, 5, 1, 0]));
        assert_eq!(moves(&queue, [-1, 1]), (Ok(1), [7, 8].map(|index| Some(SampleIndex::new(index)))));
    }

    #[test]
    fn position_of_unlisted_sample_is_its_former_one() {
        let mut queue = queue(&[7, 2, 5], &[0, 1, 5, 7, 8]);
        queue.cursor = SampleIndex::new(2);
        assert_eq!(moves(&queue, [1, -1]), (Err(1), [5, 7].map(|index| Some(SampleIndex::new(index)))));
        queue.cursor = SampleIndex::new(4);
        assert_eq!(moves(&queue, [1, -1]), (Err(4), [8, 1].map(|index| Some(SampleIndex::new(index)))));
        queue.cursor = SampleIndex::new(9);
        assert_eq!(moves(&queue, [1, -1]), (Err(5), [8, 8].map(|index| Some(SampleIndex::new(index)))));
    }

    #[test]
    fn next_where_wraps_around_the_end() {
        let mut queue = queue(&[7, 2, 5], &[0, 1, 2, 5, 7, 8]);
        queue.cursor = SampleIndex::new(5);
        assert_eq!(queue.next_where(|index| index.index() % 2 == 1), Some(SampleIndex::new(1)));
        assert_eq!(queue.next_where(|index| [2, 7].contains(&index.index())), Some(SampleIndex::new(7)));
        assert_eq!(queue.next_where(|index| index.index() == 5), None, "never the cursor's own");
        queue.cursor = SampleIndex::new(6);
        assert_eq!(queue.next_where(|_| true), Some(SampleIndex::new(8)));
    }
}
