//! The agreement of each pair of annotators of an audit, under the names that a report shows.
//! Counts nothing: the figures are those of `tilejury agreement`.

use tilejury_data::Dataset;

use super::content::PairFigures;
use super::pseudonyms::{Pseudonyms, natural};
use crate::annotators::{AgreementFigures, AnsweredRows, Counted, agreements};
use crate::audits::Audit;

/// The figures of each pair with a row in common, in the order of the shown names.
pub(super) fn pairs(dataset: &Dataset, audit: &Audit, people: &Pseudonyms) -> Vec<PairFigures> {
    let answered = AnsweredRows::of_audit(audit, dataset, Counted::LooksOnly);
    let mut all: Vec<PairFigures> = agreements(&answered)
        .into_iter()
        .filter_map(|found| {
            let pair = found.pair?.map(|name| people.shown(&name));
            let figures =
                PairFigures { pair, rows: found.rows, negatives: found.negatives, positives: found.positives };
            Some(in_order(figures))
        })
        .collect();
    all.sort_by(|one, other| shown(one).cmp(&shown(other)));
    all
}

/// The keys that sort the names of a pair.
fn shown(found: &PairFigures) -> [(usize, &str); 2] {
    found.pair.each_ref().map(|name| natural(name))
}

/// A pair in the order of the shown names: that of the names behind numbers reveals who is who.
fn in_order(mut found: PairFigures) -> PairFigures {
    let [one, other] = shown(&found);
    if one <= other {
        return found;
    }
    found.pair.reverse();
    for figures in [&mut found.rows, &mut found.negatives, &mut found.positives] {
        let AgreementFigures { only_a, only_b, .. } = figures;
        std::mem::swap(only_a, only_b);
    }
    found
}
