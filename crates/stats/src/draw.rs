//! Random draws that are the same on every machine: by SHA-256 of a seed and a key.
//!
//! The hashed texts never change: an audit that was planned years ago draws the same rows.

use sha2::{Digest as _, Sha256};

/// The place of a key in the order of a seed: SHA-256 of `tilejury-audit-1`, the seed and the key,
/// a line each, without a line break at the end. The keys with the lowest places are a simple
/// random sample, whatever their number (bottom-k sampling; Cohen & Kaplan 2007, “Summarizing data
/// using bottom-k sketches”), and shuffling a file changes nothing.
pub fn place(seed: &str, key: &str) -> [u8; 32] {
    hash(&["tilejury-audit-1", seed, key])
}

/// The annotators of a row: `number` of `names`, by rendezvous hashing (Thaler & Ravishankar 1998,
/// “Using name-based mappings to increase hit rates”): who leaves or joins changes only the rows
/// that they lose or get. Positions in `names`, the first in charge first; all of them if `number`
/// is larger.
pub fn assigned(seed: &str, key: &str, names: &[String], number: usize) -> Vec<usize> {
    let mut order: Vec<([u8; 32], usize)> =
        names.iter().enumerate().map(|(at, name)| (hash(&["tilejury-audit-1 who", seed, key, name]), at)).collect();
    order.sort_unstable();
    order.into_iter().take(number).map(|(_, at)| at).collect()
}

/// Whether a row is judged by two annotators, where `share` of the rows are: from 0, none, to 1,
/// all.
pub fn is_overlapping(seed: &str, key: &str, share: f64) -> bool {
    below_share(&["tilejury-audit-1 both", seed, key], share)
}

/// Whether a row comes back to its annotator later, where `share` of the rows do.
pub fn is_repeated(seed: &str, key: &str, share: f64) -> bool {
    below_share(&["tilejury-audit-1 again", seed, key], share)
}

/// The place of a row with a known answer among all such rows: those with the lowest places are
/// mixed into a draw.
pub fn gold_place(seed: &str, key: &str) -> [u8; 32] {
    hash(&["tilejury-audit-1 gold", seed, key])
}

/// The position, from 0 to below `slots`, at which such a row is mixed in: by the end of the hash
/// of [`gold_place`], whose beginning chose the row. 0 without slots.
pub fn gold_slot(seed: &str, key: &str, slots: u64) -> u64 {
    let number = gold_place(seed, key)[24..].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    number.checked_rem(slots).unwrap_or(0)
}

fn hash(lines: &[&str]) -> [u8; 32] {
    Sha256::digest(lines.join("\n").as_bytes()).into()
}

fn below_share(lines: &[&str], share: f64) -> bool {
    let number = hash(lines).iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    (number as f64) < share * 2_f64.powi(64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn places_never_change() {
        let text: String =
            place("7", "00000000000000000000000000000021").iter().map(|byte| format!("{byte:02x}")).collect();
        // By Python's hashlib.sha256, of the same text.
        assert_eq!(text, PYTHON);
    }

    const PYTHON: &str = "62e861417f84f0d028c2c4cf7a9adc71a8b2aa38476b4588565b7b816865af7d";

    /// By Python's hashlib.sha256, of the same texts: a stored plan keeps who judges what.
    #[test]
    fn what_else_is_chosen_by_hash_never_changes() {
        let keys = |chosen: &dyn Fn(&str) -> bool| (0..20).filter(|key| chosen(&key.to_string())).collect::<Vec<_>>();
        assert_eq!(keys(&|key| is_overlapping("7", key, 0.2)), [2, 3, 4, 8, 18]);
        assert_eq!(keys(&|key| is_repeated("7", key, 0.1)), [1, 12, 16]);
        let three = names(&["ada", "bo", "cy"]);
        let pairs: Vec<Vec<usize>> = (0..6).map(|key| assigned("7", &key.to_string(), &three, 2)).collect();
        assert_eq!(pairs, [[2, 0], [0, 2], [0, 1], [2, 1], [2, 1], [1, 2]]);
        assert_eq!([0, 1, 2, 3].map(|key| gold_slot("7", &key.to_string(), 401)), [343, 149, 72, 346]);
    }

    #[test]
    fn the_order_is_uniform() {
        // The mean of 2,000 places as shares has the standard deviation 0.0065.
        let mean: f64 = (0..2000).map(|key| f64::from(place("s", &key.to_string())[0]) / 255.0).sum::<f64>() / 2000.0;
        assert!((mean - 0.5).abs() < 0.026, "{mean}");
    }

    #[test]
    fn an_annotator_who_joins_takes_only_their_own_rows() {
        let (three, four) = (names(&["ada", "bo", "cy"]), names(&["ada", "bo", "cy", "di"]));
        let mut taken = 0;
        for key in 0..3000 {
            let (before, after) =
                (assigned("1", &key.to_string(), &three, 1)[0], assigned("1", &key.to_string(), &four, 1)[0]);
            assert!(after == before || after == 3, "nobody else gets a row");
            taken += usize::from(after == 3);
        }
        assert!((680..=820).contains(&taken), "a quarter: {taken}");
        assert_eq!(assigned("1", "a", &three, 9).len(), 3);
        let (pair, one) = (assigned("1", "a", &three, 2), assigned("1", "a", &three, 1));
        assert_eq!(pair[..1], one[..], "a second annotator does not change the first");
    }

    #[test]
    fn gold_rows_are_spread_over_the_draw() {
        let mut order: Vec<String> = (0..500).map(|key| key.to_string()).collect();
        order.sort_by_key(|key| gold_place("7", key));
        let slots: Vec<u64> = order[..100].iter().map(|key| gold_slot("7", key, 401)).collect();
        let mean = slots.iter().sum::<u64>() as f64 / 100.0;
        // The standard deviation of the mean is 11.6.
        assert!((155.0..=245.0).contains(&mean) && slots.iter().all(|slot| *slot <= 400), "{mean}");
        assert_eq!(gold_slot("7", "1", 0), 0);
    }

    #[test]
    fn shares_are_those_that_were_asked_for() {
        let count = |share| (0..5000).filter(|key| is_overlapping("9", &key.to_string(), share)).count();
        assert_eq!((count(0.0), count(1.0)), (0, 5000));
        assert!((890..=1110).contains(&count(0.2)), "{}", count(0.2));
        let repeated = (0..5000).filter(|key| is_repeated("9", &key.to_string(), 0.05)).count();
        assert!((190..=310).contains(&repeated), "{repeated}");
    }
}
