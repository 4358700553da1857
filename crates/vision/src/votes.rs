//! Which vertical shift the rows of two pictures speak for. Whether they convince is decided elsewhere.

use std::collections::HashMap;

use super::features::{CoarseRows, ExactRows};

/// Pairs of rows compared by profile at the most; taller pictures are sampled.
const PAIRS_UP_TO: usize = 2 << 20;

/// Each pair of equal telling rows votes for its shift. Entry `i` is shift `i − height of a`.
pub(super) fn exact(a: &ExactRows, b: &ExactRows) -> Vec<u32> {
    let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
    for (other, hash) in b.hashes.iter().enumerate().filter(|(other, _)| b.telling[*other]) {
        places.entry(*hash).or_default().push(other);
    }
    let mut votes = vec![0; a.hashes.len() + b.hashes.len()];
    for (y, hash) in a.hashes.iter().enumerate().filter(|(y, _)| a.telling[*y]) {
        for other in places.get(hash).into_iter().flatten() {
            votes[other + a.hashes.len() - y] += 1;
        }
    }
    votes
}

/// Each pair of similar rows votes for its shift, the more the more similar they are: rows next to each other in a letter
/// are similar too, and the weight makes the right one win.
pub(super) fn similar(a: &CoarseRows, b: &CoarseRows, unlike_up_to: u32) -> Vec<u32> {
    let telling = |rows: &CoarseRows| -> Vec<usize> { (0..rows.len()).filter(|y| rows.has_enough_ink(*y)).collect() };
    let (rows, others) = (telling(a), telling(b));
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

/// The shift with most votes, the smallest of several. Votes for shifts up to `drift` away count for it too; of those that
/// then stand together, the one with most votes of its own is taken.
pub(super) fn best(votes: &[u32], height: u32, drift: usize) -> Option<i32> {
    let shift = |at: usize| at as i32 - height as i32;
    let near = |at: usize| at.saturating_sub(drift)..(at + drift + 1).min(votes.len());
    let together = |at: usize| votes[near(at)].iter().sum::<u32>();
    let middle = (0..votes.len()).max_by_key(|at| (together(*at), -shift(*at).abs()))?;
    let own = near(middle).max_by_key(|at| (votes[*at], -shift(*at).abs()))?;
    (votes[own] > 0).then_some(shift(own))
}
