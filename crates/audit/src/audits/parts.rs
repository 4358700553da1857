//! Draws from parts of the rows: so many from each, mixed so that a row's turn does not show its
//! part. Chooses no numbers.

use tilejury_data::SampleKey;
use tilejury_stats::place;

use super::begin::by_place;

/// Draws rows from parts, from each so many by their places. Returns them in the order of the draw,
/// each with its part.
pub(super) fn from_parts(seed: &str, parts: Vec<(Vec<SampleKey>, u64)>) -> Vec<(usize, SampleKey)> {
    let mut mixed: Vec<(f64, usize, SampleKey)> = Vec::new();
    for (at, (keys, number)) in parts.into_iter().enumerate() {
        let keys = by_place(seed, keys).into_iter().take(number as usize);
        let turn = |key: SampleKey, turn: u64| turn_of(turn, number, &place(seed, &key.to_string()));
        mixed.extend(keys.zip(0..).map(|(key, number)| (turn(key, number), at, key)));
    }
    mixed.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.2.cmp(&other.2)));
    mixed.into_iter().map(|(_, part, key)| (part, key)).collect()
}

/// The moment of a row in the draw, from 0 to 1: the rows of a part are spread evenly over the draw
/// in the order of their places, so that the rows before any moment have every part in its
/// proportion, and nobody can tell the part of the next row from its turn.
fn turn_of(turn: u64, number: u64, place: &[u8; 32]) -> f64 {
    let end = place.iter().rev().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    (turn as f64 + end as f64 / 2_f64.powi(64)) / number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_spread_over_the_draw() {
        assert_eq!(turn_of(0, 4, &[0; 32]), 0.0);
        assert!((turn_of(3, 4, &[255; 32]) - 1.0).abs() < 1e-12);
        let mut place = [0; 32];
        place[31] = 128;
        assert_eq!(turn_of(1, 2, &place), 0.75, "the last byte counts most");
    }
}
