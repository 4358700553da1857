//! The draw of a second pass: which rows, and in which order. Pure; the same on every machine.

use sha2::{Digest as _, Sha256};
use tilejury_data::SampleKey;

/// Draws rows: their order depends on the seed and on their keys alone, not on their order in the
/// files. The first `number` of it are a simple random sample without replacement, in random order.
/// (The `number` smallest hashes, as in Cohen & Kaplan 2007, “Summarizing data using bottom-k
/// sketches”.)
pub fn draw(candidates: &[SampleKey], seed: u32, number: usize) -> Vec<SampleKey> {
    let mut order: Vec<([u8; 32], SampleKey)> = candidates.iter().map(|key| (place(seed, *key), *key)).collect();
    order.sort_unstable();
    order.truncate(number);
    order.into_iter().map(|(_, key)| key).collect()
}

/// The place of a row in the order of a seed. The text that is hashed never changes.
fn place(seed: u32, key: SampleKey) -> [u8; 32] {
    Sha256::digest(format!("tilejury-second-pass-1\n{seed}\n{key}").as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(number: u128) -> Vec<SampleKey> {
        (0..number).map(SampleKey).collect()
    }

    #[test]
    fn draws_depend_on_seed_and_keys_only() {
        let all = keys(100);
        let drawn = draw(&all, 7, 20);
        let mut turned = all.clone();
        turned.reverse();
        assert_eq!(draw(&turned, 7, 20), drawn);
        assert_eq!(draw(&all, 7, 5), drawn[..5], "more rows continue a smaller draw");
        assert_ne!(draw(&all, 8, 20), drawn);
        assert_eq!(draw(&all, 7, 1000).len(), 100, "never more than there are");
        // Frozen: the first row of this seed, computed by another program (Python's hashlib).
        assert_eq!(draw(&all, 7, 1), [SampleKey(33)]);
    }

    #[test]
    fn every_row_is_drawn_about_as_often() {
        let all = keys(10);
        let mut times = [0_u32; 10];
        for seed in 0..2000 {
            draw(&all, seed, 3).iter().for_each(|key| times[key.0 as usize] += 1);
        }
        // 600 expected, standard deviation 20.5.
        assert!(times.iter().all(|times| (510..=690).contains(times)), "{times:?}");
    }
}
