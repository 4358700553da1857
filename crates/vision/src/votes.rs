//! Votes of two pictures' rows for vertical shifts. Another module decides whether they are
//! convincing.

use std::collections::HashMap;

use super::features::{CoarseRows, ExactRows};

/// Most pairs of rows compared by profile; taller pictures are sampled.
const PAIRS_UP_TO: usize = 2 << 20;

/// Counts a vote of each pair of equal distinctive rows for its shift. Entry `i` is shift
/// `i − height of a`.
pub(super) fn exact(a: &ExactRows, b: &ExactRows) -> Vec<u32> {
    let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
    for (other, hash) in b.hashes.iter().enumerate().filter(|(other, _)| b.distinctive[*other]) {
        places.entry(*hash).or_default().push(other);
    }
    let mut votes = vec![0; a.hashes.len() + b.hashes.len()];
    for (y, hash) in a.hashes.iter().enumerate().filter(|(y, _)| a.distinctive[*y]) {
        for other in places.get(hash).into_iter().flatten() {
            votes[other + a.hashes.len() - y] += 1;
        }
    }
    votes
}

/// Counts a vote of each pair of similar rows for its shift, weighted by their similarity: rows
/// next to each other in a letter are similar too, and the weight makes the right shift win.
pub(super) fn similar(a: &CoarseRows, b: &CoarseRows, unlike_up_to: u32) -> Vec<u32> {
    let distinctive =
        |rows: &CoarseRows| -> Vec<usize> { (0..rows.len()).filter(|y| rows.has_enough_ink(*y)).collect() };
    let (rows, others) = (distinctive(a), distinctive(b));
    let step = (rows.len() * others.len()).div_ceil(PAIRS_UP_TO).max(1);
    let mut votes = vec![0; a.len() + b.len()];
    for y in rows.into_iter().step_by(step) {
        for other in &others {
            if let Some(unlike) = a.unlike(y, b, *other, unlike_up_to) {
                votes[other + a.len() - y] += unlike_up_to + 1 - unlike;
            }
        }
    }
    votes
}

/// The shift with the most votes, the smallest of several. Votes for shifts up to `drift` away
/// count for it too; among those that are then equal, the one with the most votes of its own is
/// taken.
pub(super) fn best(votes: &[u32], height: u32, drift: usize) -> Option<i32> {
    let shift = |at: usize| at as i32 - height as i32;
    let near = |at: usize| at.saturating_sub(drift)..(at + drift + 1).min(votes.len());
    let together = |at: usize| votes[near(at)].iter().sum::<u32>();
    let middle = (0..votes.len()).max_by_key(|at| (together(*at), -shift(*at).abs()))?;
    let own = near(middle).max_by_key(|at| (votes[*at], -shift(*at).abs()))?;
    (votes[own] > 0).then_some(shift(own))
}
