//! The samples in the order of their keys, to find one by its key.
//!
//! Keys are hashes, so their first bits divide them evenly. Each group is sorted on its own, in the
//! cache of a core: sorting all at once would take two and a half times the time and, for a moment,
//! eight times the memory of the result.

use std::thread;

use crate::cores::cores;
use crate::sample::SampleKey;
use crate::sample_index::SampleIndex;

/// The first bits of a key by which samples are divided.
const GROUP_BITS: u32 = 8;
const GROUPS: usize = 1 << GROUP_BITS;
/// Below this number of samples, a second thread costs more than it gains.
const ONE_THREAD_UP_TO: usize = 50_000;

/// Returns so many samples by key; samples with one key in their order. `key` returns that of each.
pub(crate) fn sorted_by_key(count: usize, key: impl Fn(SampleIndex) -> SampleKey + Sync) -> Vec<SampleIndex> {
    let (key, samples) = (&key, || SampleIndex::first(count));
    let threads = if count <= ONE_THREAD_UP_TO { 1 } else { cores() };
    let group_of = |sample: SampleIndex| (key(sample).0 >> (u128::BITS - GROUP_BITS)) as usize;
    let mut starts = [0_usize; GROUPS + 1];
    samples().for_each(|sample| starts[group_of(sample) + 1] += 1);
    for group in 0..GROUPS {
        starts[group + 1] += starts[group];
    }
    let (mut order, mut next) = (vec![SampleIndex::default(); count], starts);
    for sample in samples() {
        let next = &mut next[group_of(sample)];
        order[*next] = sample;
        *next += 1;
    }
    // Not by `rayon`: the groups are of one size, so each thread gets as many.
    let groups_of_a_thread = GROUPS.div_ceil(threads);
    thread::scope(|scope| {
        let mut rest = order.as_mut_slice();
        for groups in starts.windows(2).collect::<Vec<_>>().chunks(groups_of_a_thread) {
            let lengths: Vec<usize> = groups.iter().map(|bounds| bounds[1] - bounds[0]).collect();
            let (own, others) = std::mem::take(&mut rest).split_at_mut(lengths.iter().sum());
            rest = others;
            match threads {
                1 => sort_groups(key, own, &lengths),
                _ => drop(scope.spawn(move || sort_groups(key, own, &lengths))),
            }
        }
    });
    order
}

/// Sorts groups of these lengths, one after the other.
fn sort_groups(key: &impl Fn(SampleIndex) -> SampleKey, mut order: &mut [SampleIndex], lengths: &[usize]) {
    // The keys are copied next to each other: looking each up by its index would wait for memory.
    let mut keys: Vec<(SampleKey, SampleIndex)> = Vec::new();
    for length in lengths {
        let (group, rest) = std::mem::take(&mut order).split_at_mut(*length);
        order = rest;
        keys.clear();
        keys.extend(group.iter().map(|index| (key(*index), *index)));
        keys.sort_unstable();
        group.iter_mut().zip(&keys).for_each(|(index, (_, sorted))| *index = *sorted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_that_of_keys_then_of_samples() {
        for count in [0, 1, 1000, 2 * ONE_THREAD_UP_TO] {
            // Some keys are equal, and one group has many.
            let key = |index: SampleIndex| {
                let n = index.index() as u64;
                SampleKey(crate::hash::hash(&(n % 900).to_le_bytes(), 0) >> (n % 3))
            };
            let mut expected: Vec<SampleIndex> = SampleIndex::first(count).collect();
            expected.sort_by_key(|index| key(*index));
            assert_eq!(sorted_by_key(count, key), expected);
        }
    }
}
