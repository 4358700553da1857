//! How well two rows of numbers go together.

/// Pearson's correlation, −1 to 1. `is_even` is asked of each side's variation and the sum of its squares; `None` where it says so, or where
/// there are fewer than two pairs.
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
