//! The sum of products of two series of numbers.

/// The sum of products. The processor is fast at several sums side by side that do not wait for one
/// another.
#[inline]
pub(super) fn product(left: &[f32], right: &[f32]) -> f32 {
    let ((left, left_rest), (right, right_rest)) = (left.as_chunks::<16>(), right.as_chunks::<16>());
    let mut sums = [0.0_f32; 16];
    for (a, b) in left.iter().zip(right) {
        for at in 0..16 {
            sums[at] += a[at] * b[at];
        }
    }
    let mut four: [f32; 4] = std::array::from_fn(|at| (sums[at] + sums[at + 4]) + (sums[at + 8] + sums[at + 12]));
    let ((left, left_rest), (right, right_rest)) = (left_rest.as_chunks::<4>(), right_rest.as_chunks::<4>());
    for (a, b) in left.iter().zip(right) {
        for at in 0..4 {
            four[at] += a[at] * b[at];
        }
    }
    let rest: f32 = left_rest.iter().zip(right_rest).map(|(a, b)| a * b).sum();
    (four[0] + four[1]) + (four[2] + four[3]) + rest
}
