//! Measures of a ranking whose right answers are all known: AUC, recall at multiples of their
//! number, precision at a rank. Knows numbers only.

/// A ranked negative: its value (higher is more suspicious), and whether it is a false negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) value: f64,
    pub(crate) relevant: bool,
}

/// Returns the area under the ROC curve: the share of pairs of a relevant and another item in which
/// the relevant one has the higher value; equal values count half (Fawcett, “An introduction to ROC
/// analysis”, 2006). `None` without either kind.
pub(crate) fn auc(items: &[Ranked]) -> Option<f64> {
    let mut sorted = items.to_vec();
    sorted.sort_by(|a, b| a.value.total_cmp(&b.value));
    let (mut relevant, mut below, mut sum) = (0.0, 0.0, 0.0);
    for equal in sorted.chunk_by(|a, b| a.value == b.value) {
        let hits = equal.iter().filter(|item| item.relevant).count() as f64;
        let others = equal.len() as f64 - hits;
        sum += hits * (below + 0.5 * others);
        relevant += hits;
        below += others;
    }
    (relevant > 0.0 && below > 0.0).then(|| sum / (relevant * below))
}

/// Returns the share of the relevant items among the first `rank` items, of all relevant ones.
/// Items with equal values share their ranks: the order of the input does not matter. `None`
/// without a relevant item.
pub(crate) fn recall_at(items: &[Ranked], rank: usize) -> Option<f64> {
    let all = items.iter().filter(|item| item.relevant).count();
    (all > 0).then(|| hits_at(items, rank) / all as f64)
}

/// Returns the share of relevant items among the first `rank` items, or among all if there are
/// fewer.
pub(crate) fn precision_at(items: &[Ranked], rank: usize) -> Option<f64> {
    let rank = rank.min(items.len());
    (rank > 0).then(|| hits_at(items, rank) / rank as f64)
}

/// Returns the average precision: the mean of the precisions at the ranks of the relevant items,
/// where items with equal values share the precision at their last rank. `None` without a relevant
/// item.
pub(crate) fn average_precision(items: &[Ranked]) -> Option<f64> {
    let mut sorted = items.to_vec();
    sorted.sort_by(|a, b| b.value.total_cmp(&a.value));
    let (mut seen, mut hits, mut sum) = (0.0, 0.0, 0.0);
    for equal in sorted.chunk_by(|a, b| a.value == b.value) {
        let relevant = equal.iter().filter(|item| item.relevant).count() as f64;
        seen += equal.len() as f64;
        hits += relevant;
        sum += relevant * hits / seen;
    }
    (hits > 0.0).then(|| sum / hits)
}

/// The expected number of relevant items among the first `rank`, with equal values in random order.
fn hits_at(items: &[Ranked], rank: usize) -> f64 {
    let mut sorted = items.to_vec();
    sorted.sort_by(|a, b| b.value.total_cmp(&a.value));
    let (mut left, mut hits) = (rank, 0.0);
    for equal in sorted.chunk_by(|a, b| a.value == b.value) {
        let relevant = equal.iter().filter(|item| item.relevant).count() as f64;
        hits += relevant * left.min(equal.len()) as f64 / equal.len() as f64;
        left = left.saturating_sub(equal.len());
        if left == 0 {
            break;
        }
    }
    hits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(values: &[(f64, bool)]) -> Vec<Ranked> {
        values.iter().map(|(value, relevant)| Ranked { value: *value, relevant: *relevant }).collect()
    }

    #[test]
    fn auc_is_the_share_of_ordered_pairs() {
        assert_eq!(auc(&items(&[(3.0, true), (2.0, false), (1.0, true), (0.0, false)])), Some(0.75));
        assert_eq!(auc(&items(&[(1.0, true), (1.0, false)])), Some(0.5));
        assert_eq!(auc(&items(&[(1.0, true)])), None);
    }

    #[test]
    fn ties_share_their_ranks() {
        let tied = items(&[(1.0, true), (0.0, true), (0.0, false), (0.0, false), (0.0, false)]);
        assert_eq!(recall_at(&tied, 1), Some(0.5));
        assert_eq!(recall_at(&tied, 3), Some(0.75));
        assert_eq!(precision_at(&tied, 5), Some(0.4));
        assert_eq!(precision_at(&tied, 50), Some(0.4));
        assert_eq!(recall_at(&[], 3), None);
    }

    #[test]
    fn average_precision_is_the_mean_at_relevant_ranks() {
        let item = |value: f64, relevant| Ranked { value, relevant };
        // Relevant at ranks 1 and 3: (1 + 2/3) / 2, as scikit-learn has it.
        let items = [item(0.9, true), item(0.8, false), item(0.7, true), item(0.1, false)];
        assert!((average_precision(&items).unwrap() - 5.0 / 6.0).abs() < 1e-12);
        assert_eq!(average_precision(&[item(0.5, true), item(0.5, false)]), Some(0.5));
        assert_eq!(average_precision(&[item(0.5, false)]), None);
    }
}
