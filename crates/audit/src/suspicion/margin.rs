//! A negative scored nearly as high as the positive, or higher: the retriever takes it for an answer. The line is a share
//! of the positive's score, 0.95 by default: "TopK-PercPos" of NV-Retriever (Moreira et al., 2024).
//!
//! Strength by the ratio of the scores: from 0.3 at the line to 0.7 at equal scores, and on to 1 at 1.1 times the
//! positive's. No ratio without a score of the positive above 0.

use super::reason::Reason;
use super::{Clues, Finding, Signal};

/// From this ratio on, the strength is 1.
const FULL_AT: f32 = 1.1;

pub(super) fn find(clues: &Clues<'_>, sample: usize, out: &mut Vec<Finding>) {
    let score = |tile| clues.scores.get(clues.table, sample, tile);
    let Some(positive) = score(0).filter(|positive| *positive > 0.0) else { return };
    let Some((own, negatives)) = clues.table.positive_and_negatives(sample) else { return };
    for (at, _) in negatives.filter(|(_, tile)| *tile != own) {
        let Some(score) = score(at).filter(|score| *score > clues.settings.margin * positive) else { continue };
        out.push(Finding {
            sample: sample as u32,
            tile: Some(at),
            signal: Signal::Margin,
            strength: strength(score / positive, clues.settings.margin),
            reason: Reason::Margin { score, positive },
        });
    }
}

/// Of a ratio above the line.
fn strength(ratio: f32, line: f32) -> f32 {
    let part = |from: f32, to: f32| ((ratio - from) / (to - from).max(f32::EPSILON)).clamp(0.0, 1.0);
    if ratio < 1.0 { 0.3 + 0.4 * part(line, 1.0) } else { 0.7 + 0.3 * part(1.0, FULL_AT) }
}

#[cfg(test)]
mod tests {
    use super::strength;

    #[test]
    fn strength_grows_from_the_line_on() {
        let grows = [0.951, 0.97, 0.999, 1.0, 1.05, 1.1].map(|ratio| strength(ratio, 0.95));
        assert!(grows.is_sorted() && grows[0] > 0.3 && grows[0] < 0.32, "{grows:?}");
        assert!((grows[3] - 0.7).abs() < 1e-6 && (grows[5] - 1.0).abs() < 1e-6 && strength(9.0, 0.95) == 1.0);
        assert!((0.7..=1.0).contains(&strength(1.3, 1.2)), "a line above 1");
    }
}
