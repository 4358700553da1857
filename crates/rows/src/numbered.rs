//! Numbers for many hashes at once, the same numbers that an [`Interner`](super::Interner) would
//! give: counted from 0 in the order of arrival.
//!
//! A table of all hashes would be larger than the processor's caches, and nearly every look-up
//! would wait for memory. So the hashes are divided by some of their bits into groups whose tables
//! are small, and each core numbers groups of its own.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use tilejury_data::progress::Cancelled;

use super::rows_in_order::in_order;

/// The hashes of a group, on average: their table fits into the cache of a core.
const HASHES_OF_A_GROUP: usize = 1 << 15;
/// The most groups: with more, dividing the hashes would wait for memory in turn.
const GROUPS_UP_TO: usize = 1 << 10;

/// The numbers of some hashes.
pub(crate) struct Numbered {
    /// The number of each hash.
    pub(crate) numbers: Vec<u32>,
    /// The count of different hashes.
    pub(crate) count: usize,
}

/// Numbers hashes on all cores.
pub(crate) fn numbered(hashes: &[u64]) -> Numbered {
    let groups = hashes.len().div_ceil(HASHES_OF_A_GROUP).next_power_of_two().min(GROUPS_UP_TO);
    in_groups(hashes, groups)
}

/// Numbers hashes in so many groups, a power of two.
fn in_groups(hashes: &[u64], groups: usize) -> Numbered {
    // The tables use the lowest and the highest bits.
    let group_of = |hash: &u64| (*hash >> 32) as usize & (groups - 1);
    let mut starts = vec![0_usize; groups + 1];
    hashes.iter().for_each(|hash| starts[group_of(hash) + 1] += 1);
    for group in 0..groups {
        starts[group + 1] += starts[group];
    }
    // The indexes of the hashes by group, in order within each.
    let (mut indexes, mut next) = (vec![0_u32; hashes.len()], starts.clone());
    for (at, hash) in (0_u32..).zip(hashes) {
        let next = &mut next[group_of(hash)];
        indexes[*next] = at;
        *next += 1;
    }
    let of_group = |group: usize| &indexes[starts[group]..starts[group + 1]];
    // First the index of the first equal hash, which is then replaced by its number.
    let mut numbers = vec![0_u32; hashes.len()];
    let _: Result<(), Cancelled> = in_order(
        groups,
        |group| Ok(first_equal(hashes, of_group(group))),
        |group, firsts: Vec<u32>| {
            of_group(group).iter().zip(firsts).for_each(|(at, first)| numbers[*at as usize] = first);
        },
    );
    let mut count = 0;
    for at in 0..numbers.len() {
        let first = numbers[at] as usize;
        if first == at {
            numbers[at] = count;
            count += 1;
        } else {
            numbers[at] = numbers[first];
        }
    }
    Numbered { numbers, count: count as usize }
}

/// The index of the first equal hash, for each of these indexes, which ascend.
fn first_equal(hashes: &[u64], indexes: &[u32]) -> Vec<u32> {
    let mut table: HashTable<(u64, u32)> = HashTable::with_capacity(indexes.len());
    let first = |at: &u32| {
        let hash = hashes[*at as usize];
        match table.entry(hash, |known| known.0 == hash, |known| known.0) {
            Entry::Occupied(known) => known.get().1,
            Entry::Vacant(room) => {
                room.insert((hash, *at));
                *at
            }
        }
    };
    indexes.iter().map(first).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interner::Interner;

    #[test]
    fn numbers_are_those_of_an_interner() {
        // Repeats near and far; the bits that choose a group are few, so that all groups occur.
        let hashes: Vec<u64> = (0..20_000_u64).map(|n| ((n * n % 7919) << 32) | ((n % 3) << 60) | (n % 11)).collect();
        let mut interner = Interner::default();
        let expected: Vec<u32> = hashes.iter().map(|hash| interner.number(*hash).0).collect();
        for groups in [1, 2, 64] {
            let Numbered { numbers, count } = in_groups(&hashes, groups);
            assert_eq!((&numbers, count), (&expected, interner.len()), "{groups} groups");
        }
        assert_eq!(numbered(&[]).count, 0);
    }
}
