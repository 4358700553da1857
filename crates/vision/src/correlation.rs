//! The correlation of two series of numbers.

/// Pearson's correlation, −1 to 1. `None` if there are fewer than two pairs, or if `is_even`
/// returns true for a side, given its variation and the sum of its squares.
pub(super) fn correlation(pairs: impl Iterator<Item = (f32, f32)>, is_even: impl Fn(f64, f64) -> bool) -> Option<f32> {
    let (mut count, mut a_sum, mut b_sum, mut a_squares, mut b_squares, mut products) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (a, b) in pairs.map(|(a, b)| (f64::from(a), f64::from(b))) {
        count += 1.0;
        a_sum += a;
        b_sum += b;
        a_squares += a * a;
        b_squares += b * b;
        products += a * b;
    }
    let varies = |sum: f64, squares: f64| squares - sum * sum / count;
    let (a_varies, b_varies) = (varies(a_sum, a_squares), varies(b_sum, b_squares));
    if count < 2.0 || is_even(a_varies, a_squares) || is_even(b_varies, b_squares) {
        return None;
    }
    Some(((products - a_sum * b_sum / count) / (a_varies * b_varies).sqrt()) as f32)
}
