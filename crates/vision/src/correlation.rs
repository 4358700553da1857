//! The correlation of two series of numbers.

/// Pearson's correlation, −1 to 1. `None` if there are fewer than two pairs, or if `is_flat`
/// returns true for a side, given its sum of squared deviations and the sum of its squares.
pub(super) fn correlation(pairs: impl Iterator<Item = (f32, f32)>, is_flat: impl Fn(f64, f64) -> bool) -> Option<f32> {
    let (mut count, mut a_sum, mut b_sum, mut a_squares, mut b_squares, mut products) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (a, b) in pairs.map(|(a, b)| (f64::from(a), f64::from(b))) {
        count += 1.0;
        a_sum += a;
        b_sum += b;
        a_squares += a * a;
        b_squares += b * b;
        products += a * b;
    }
    let deviations = |sum: f64, squares: f64| squares - sum * sum / count;
    let (a_deviations, b_deviations) = (deviations(a_sum, a_squares), deviations(b_sum, b_squares));
    if count < 2.0 || is_flat(a_deviations, a_squares) || is_flat(b_deviations, b_squares) {
        return None;
    }
    Some(((products - a_sum * b_sum / count) / (a_deviations * b_deviations).sqrt()) as f32)
}
