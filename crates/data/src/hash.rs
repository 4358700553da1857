//! The 128-bit hash of texts, files and pixels: XXH3. It resists chance, not an adversary. And the
//! digits of any hash.
//!
//! Its values are kept in the fingerprint cache: another function needs another version of
//! the cache (`FingerprintCache` of the audit crate).

use twox_hash::XxHash3_128;

/// Hashes bytes. `seed` distinguishes equal bytes with different meanings, such as pictures of
/// other sizes.
pub fn hash(bytes: &[u8], seed: u64) -> u128 {
    XxHash3_128::oneshot_with_seed(seed, bytes)
}

/// The hexadecimal digits of bytes, two for each.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::hash;

    #[test]
    fn hashes_are_those_of_xxh3() {
        // From the reference implementation (`xxhsum -H2`).
        assert_eq!(hash(b"", 0), 0x99aa_06d3_0147_98d8_6001_c324_468d_497f);
    }

    #[test]
    fn hash_depends_on_every_bit_and_on_the_length() {
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
