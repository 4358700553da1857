//! Numbers for texts that are known by their hashes: a text always has the same number, counted
//! from 0 in the order of arrival.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use tilejury_data::hash::hash;

/// 64 bits of a text's hash. Different texts share one with a chance of 1 in 2⁶⁴ per pair.
pub fn hash_of(text: &str) -> u64 {
    hash(text.as_bytes(), 0) as u64
}

/// The numbers given so far. Millions of texts are numbered at once: the table holds only numbers,
/// and the hashes are in a list.
#[derive(Clone, Debug, Default)]
pub struct Interner {
    table: HashTable<u32>,
    hashes: Vec<u64>,
}

impl Interner {
    /// Returns the number of a text's hash, and whether it is new.
    pub fn number(&mut self, hash: u64) -> (u32, bool) {
        let hashes = &self.hashes;
        let same = |number: &u32| hashes[*number as usize] == hash;
        match self.table.entry(hash, same, |number| hashes[*number as usize]) {
            Entry::Occupied(known) => (*known.get(), false),
            Entry::Vacant(room) => {
                let number = self.hashes.len() as u32;
                room.insert(number);
                self.hashes.push(hash);
                (number, true)
            }
        }
    }

    /// The number of a text's hash, if it has one.
    pub fn get(&self, hash: u64) -> Option<u32> {
        self.table.find(hash, |number| self.hashes[*number as usize] == hash).copied()
    }

    /// The hash with a number.
    pub(crate) fn hash(&self, number: u32) -> u64 {
        self.hashes[number as usize]
    }

    /// Forgets all numbers, but keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.table.clear();
        self.hashes.clear();
    }

    /// The count of numbers.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether there is no number yet.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_a_number_counted_in_order_of_arrival() {
        let mut numbers = Interner::default();
        let texts: Vec<String> = (0..5000).map(|n| format!("text {n}")).collect();
        for (n, text) in texts.iter().enumerate() {
            assert_eq!(numbers.number(hash_of(text)), (n as u32, true));
        }
        for (n, text) in texts.iter().enumerate() {
            assert_eq!(numbers.number(hash_of(text)), (n as u32, false));
            assert_eq!(numbers.get(hash_of(text)), Some(n as u32));
        }
        assert_eq!((numbers.get(hash_of("another")), numbers.len()), (None, 5000));
    }
}
