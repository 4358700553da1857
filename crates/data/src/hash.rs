//! A 128-bit hash, quick enough to go unnoticed beside reading. Against chance, not against an adversary.

/// Odd constants with bits all over: the first digits of π, as in Blowfish.
const KEYS: [u64; 4] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7345, 0xa409_3822_299f_31d1, 0x082e_fa98_ec4e_6c89];

/// Two lanes with keys of their own, each over all the words: multiply to 128 bits, fold the halves, as wyhash does (Wang
/// Yi, 2019). `seed` tells apart what has the same bytes but another meaning.
pub fn hash(bytes: &[u8], seed: u64) -> u128 {
    let (mut first, mut second) = (seed ^ KEYS[2], seed ^ KEYS[3]);
    let (blocks, rest) = bytes.as_chunks::<16>();
    let mut take = |block: &[u8; 16]| {
        let [low, high] = [u128::from_le_bytes(*block) as u64, (u128::from_le_bytes(*block) >> 64) as u64];
        first = fold(low ^ KEYS[0], high ^ first);
        second = fold(low ^ second, high ^ KEYS[1]);
    };
    blocks.iter().for_each(&mut take);
    let mut last = [0; 16];
    last[..rest.len()].copy_from_slice(rest);
    take(&last);
    // The length tells an end of zeros from none.
    let len = bytes.len() as u64;
    let (low, high) = (fold(first ^ KEYS[1], len ^ KEYS[2]), fold(second ^ KEYS[0], len ^ KEYS[3]));
    u128::from(high) << 64 | u128::from(low)
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::hash;

    #[test]
    fn what_differs_in_a_bit_a_byte_or_its_length_has_another_hash() {
        let base: Vec<u8> = (1..=100_u8).collect();
        let mut seen = HashSet::from([hash(&base, 0), hash(&base, 1), hash(&[], 0), hash(&[0], 0), hash(&[0; 16], 0)]);
        assert_eq!(seen.len(), 5);
        for bit in 0..800 {
            let mut other = base.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(seen.insert(hash(&other, 0)), "bit {bit}");
        }
        for len in 0..100 {
            assert!(seen.insert(hash(&base[..len], 0)) || len == 0, "length {len}");
        }
    }

    #[test]
    fn both_halves_depend_on_every_byte() {
        let base = [9_u8; 64];
        for at in 0..64 {
            let mut other = base;
            other[at] = 8;
            let (a, b) = (hash(&base, 0), hash(&other, 0));
            assert!(a as u64 != b as u64 && a >> 64 != b >> 64, "byte {at}");
        }
    }
}
