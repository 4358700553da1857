//! The agreement of each pair of annotators of an audit, on the rows that both answered.

use std::collections::BTreeMap;

use tilejury_data::Dataset;
use tilejury_stats::{Interval, Level, TwoByTwo, gwet_ac1, krippendorff_alpha};

use super::content::{AgreementFigures, PairFigures, Share};
use super::pseudonyms::{Pseudonyms, natural};
use super::rows::found;
use crate::audits::{Audit, RowAnswer, Say};

/// Counts each pair with a row in common. Answers that are open are left out.
pub(super) fn pairs(dataset: &Dataset, audit: &Audit, people: &Pseudonyms) -> Vec<PairFigures> {
    let mut names: Vec<(String, &str)> = audit.answers().keys().map(|name| (people.shown(name), &**name)).collect();
    names.sort_by(|one, other| natural(&one.0).cmp(&natural(&other.0)));
    let mut counts: BTreeMap<(usize, usize), [TwoByTwo; 2]> = BTreeMap::new();
    for (_, sample) in audit.rows.iter().filter_map(|key| found(dataset, *key)) {
        let answer = |(at, (_, name)): (usize, &(String, &str))| Some((at, audit.answer_of(name, &sample)?));
        let answers: Vec<(usize, RowAnswer)> = names.iter().enumerate().filter_map(answer).collect();
        for (nth, (first, one)) in answers.iter().enumerate() {
            for (second, other) in &answers[nth + 1..] {
                let [rows, negatives] = counts.entry((*first, *second)).or_default();
                add(rows, one.has_false_negative(), other.has_false_negative());
                for (tile, say) in &one.negatives {
                    add(negatives, *say, other.negatives.get(tile).copied().unwrap_or(Say::Nothing));
                }
            }
        }
    }
    let figures = |((first, second), [rows, negatives]): ((usize, usize), [TwoByTwo; 2])| PairFigures {
        pair: [names[first].0.clone(), names[second].0.clone()],
        rows: agreement(rows, audit.plan.level()),
        negatives: agreement(negatives, audit.plan.level()),
    };
    counts.into_iter().map(figures).collect()
}

fn add(table: &mut TwoByTwo, one: Say, other: Say) {
    match (one, other) {
        (Say::Yes, Say::Yes) => table.both += 1,
        (Say::Yes, Say::No) => table.only_first += 1,
        (Say::No, Say::Yes) => table.only_second += 1,
        (Say::No, Say::No) => table.neither += 1,
        _ => {}
    }
}

fn agreement(table: TwoByTwo, level: Level) -> AgreementFigures {
    let share = |(value, ends): (f64, Interval)| Share { value, low: ends.low, high: ends.high };
    let units = table.units();
    AgreementFigures {
        n: table.pairs(),
        both: table.both,
        only_a: table.only_first,
        only_b: table.only_second,
        neither: table.neither,
        positive_agreement: table.positive_agreement(level).map(share),
        negative_agreement: table.negative_agreement(level).map(share),
        alpha: krippendorff_alpha(&units),
        kappa: table.kappa().map(|kappa| kappa.value),
        ac1: gwet_ac1(&units, 2),
    }
}
