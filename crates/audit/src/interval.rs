//! The confidence interval of a counted share.
//!
//! Arithmetic only; the caller counts.

/// The quantile of the normal distribution that leaves 2.5 % on either side.
pub(crate) const Z: f64 = 1.959_964;

/// The 95 % score interval for `hits` of `trials` independent trials, each end from 0 to 1; `None`
/// without trials. The score interval also holds for few trials and for shares near 0 and 1
/// (Wilson, 1927, "Probable inference, the law of succession, and statistical inference").
pub fn wilson(hits: usize, trials: usize) -> Option<(f64, f64)> {
    if trials == 0 {
        return None;
    }
    let n = trials as f64;
    let share = hits.min(trials) as f64 / n;
    let squared = Z * Z;
    let centre = share + squared / (2.0 * n);
    let spread = Z * (share * (1.0 - share) / n + squared / (4.0 * n * n)).sqrt();
    let end = |value: f64| (value / (1.0 + squared / n)).clamp(0.0, 1.0);
    // At the ends the two terms cancel out; rounding errors must not remain.
    let low = if hits == 0 { 0.0 } else { end(centre - spread) };
    let high = if hits >= trials { 1.0 } else { end(centre + spread) };
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(hits: usize, trials: usize, low: f64, high: f64) {
        let (found_low, found_high) = wilson(hits, trials).unwrap();
        let near = (found_low - low).abs() < 5e-5 && (found_high - high).abs() < 5e-5;
        assert!(near, "{hits} of {trials}: {found_low} to {found_high}");
    }

    #[test]
    fn known_values() {
        check(8, 10, 0.4902, 0.9433);
        check(0, 10, 0.0, 0.2775);
        check(10, 10, 0.7225, 1.0);
        check(1, 1, 0.2065, 1.0);
        check(50, 100, 0.4038, 0.5962);
        // Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I.
        check(81, 263, 0.2553, 0.3662);
        check(15, 148, 0.0624, 0.1605);
        check(0, 20, 0.0, 0.1611);
        check(1, 29, 0.0061, 0.1718);
    }

    #[test]
    fn no_trials_give_no_interval() {
        assert_eq!(wilson(0, 0), None);
    }
}
