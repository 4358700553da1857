//! Quantiles of the normal, beta and Student distributions.
//!
//! The distribution functions are those of `statrs`; this file inverts them to nearly the precision
//! of a double, which the quantiles of that crate do not reach.

use statrs::function::beta::checked_beta_reg;
use statrs::function::erf::{erfc, erfc_inv};

/// The quantile of the standard normal distribution at `probability`: about 1.96 at 0.975. Infinite
/// at 0 and 1.
pub fn normal_quantile(probability: f64) -> f64 {
    if probability <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if probability >= 1.0 {
        return f64::INFINITY;
    }
    if probability > 0.5 {
        return -normal_quantile(1.0 - probability);
    }
    let start = -std::f64::consts::SQRT_2 * erfc_inv(2.0 * probability);
    // One step of Newton's method: what the approximation lacks.
    let density = (-start * start / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let distance = 0.5 * erfc(-start / std::f64::consts::SQRT_2) - probability;
    start - distance / density
}

/// The quantile of the beta distribution with the shape `a`, `b` (both above 0) at `probability`,
/// from 0 to 1. Found by halving, to the last digits of a double.
pub fn beta_quantile(a: f64, b: f64, probability: f64) -> f64 {
    if probability >= 1.0 {
        return 1.0;
    }
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    // About 50 steps give all digits; small quantiles need one more for each halving before that.
    for _ in 0..1100 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        match checked_beta_reg(a, b, middle) {
            Ok(below) if below < probability => low = middle,
            _ => high = middle,
        }
    }
    high
}

/// The quantile of Student's distribution with `freedom` degrees of freedom (above 0) at
/// `probability`, from 0.5 up to 1.
pub fn student_quantile(freedom: f64, probability: f64) -> f64 {
    // t² / (ν + t²) has the beta distribution (½, ν/2) (Abramowitz & Stegun 1964, 26.5.27).
    let share = beta_quantile(0.5, freedom / 2.0, 2.0 * probability - 1.0);
    (freedom * share / (1.0 - share)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-11, "{found} is not {expected}");
    }

    #[test]
    fn quantiles_agree_with_those_of_scipy() {
        // scipy 1.17.1, stats.norm.ppf, stats.beta.ppf, stats.t.ppf.
        near(normal_quantile(0.975), 1.959963984540054);
        near(normal_quantile(0.025), -1.959963984540054);
        near(normal_quantile(0.995), 2.5758293035489004);
        near(beta_quantile(3.0, 398.0, 0.025), 0.0015493589499056574);
        near(student_quantile(399.0, 0.975), 1.965927295920882);
    }

    #[test]
    fn the_ends_are_reached() {
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
        assert_eq!(beta_quantile(2.0, 3.0, 1.0), 1.0);
        assert!(beta_quantile(2.0, 3.0, 0.0) < 1e-300);
    }
}
