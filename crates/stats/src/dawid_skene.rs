//! Likely values of units and the skill of annotators, from several imperfect answers.
//!
//! A command only, never the truth of a rate: with two annotators the answers do not determine the
//! skills.

/// An answer of an annotator about a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The unit, from 0.
    pub unit: usize,
    /// The annotator, from 0.
    pub annotator: usize,
    /// The value, from 0.
    pub value: usize,
}

/// The result of [`dawid_skene`].
#[derive(Clone, Debug, PartialEq)]
pub struct DawidSkene {
    /// The probability of each value, by unit; zeros for units without an answer.
    pub units: Vec<Vec<f64>>,
    /// `annotators[annotator][truth][answer]`: the probability of an answer by the true value.
    pub annotators: Vec<Vec<Vec<f64>>>,
    /// The share of each value among all units.
    pub shares: Vec<f64>,
    /// The steps until nothing changed, or the limit.
    pub steps: usize,
}

/// The smallest number of equal answers, and the smallest share of a value: an annotator who
/// never gave an answer to a value could give it. Counts have this floor before they become shares,
/// as in Crowd-Kit: a floor of the shares themselves leads to another limit, up to 2e-9 away.
const FLOOR: f64 = 1e-10;

/// The change of a probability that ends the steps.
const SETTLED: f64 = 1e-14;

/// The value probabilities, by expectation and maximisation from the votes (Dawid & Skene 1979,
/// “Maximum likelihood estimation of observer error-rates using the EM algorithm”). Ends when no
/// probability changes by more than 1e-14, or after `limit` steps. Answers whose value is not below
/// `values` are left out.
pub fn dawid_skene(answers: &[Answer], values: usize, limit: usize) -> DawidSkene {
    let answers: Vec<Answer> = answers.iter().copied().filter(|answer| answer.value < values).collect();
    let unit_count = answers.iter().map(|answer| answer.unit + 1).max().unwrap_or(0);
    let annotator_count = answers.iter().map(|answer| answer.annotator + 1).max().unwrap_or(0);
    let mut units = vec![vec![0.0; values]; unit_count];
    for answer in &answers {
        units[answer.unit][answer.value] += 1.0;
    }
    units.iter_mut().for_each(|shares| scale_to_one(shares));
    let answered = units.iter().filter(|shares| shares.iter().sum::<f64>() > 0.0).count().max(1) as f64;
    let (mut annotators, mut shares) = (Vec::new(), Vec::new());
    let mut steps = 0;
    while steps < limit {
        steps += 1;
        shares = (0..values).map(|value| units.iter().map(|unit| unit[value]).sum::<f64>() / answered).collect();
        annotators = skills(&answers, &units, annotator_count, values);
        let next = expected(&answers, &shares, &annotators, unit_count);
        let change = units
            .iter()
            .flatten()
            .zip(next.iter().flatten())
            .map(|(before, after)| (before - after).abs())
            .fold(0.0, f64::max);
        units = next;
        if change <= SETTLED {
            break;
        }
    }
    DawidSkene { units, annotators, shares, steps }
}

/// The answers of each annotator by the present probabilities of the true values.
fn skills(answers: &[Answer], units: &[Vec<f64>], annotators: usize, values: usize) -> Vec<Vec<Vec<f64>>> {
    let mut found = vec![vec![vec![0.0; values]; values]; annotators];
    for answer in answers {
        for truth in 0..values {
            found[answer.annotator][truth][answer.value] += units[answer.unit][truth];
        }
    }
    for answer in answers {
        for truth in &mut found[answer.annotator] {
            truth[answer.value] = truth[answer.value].max(FLOOR);
        }
    }
    found.iter_mut().flatten().for_each(|shares| scale_to_one(shares));
    found
}

/// The probabilities of the true values by shares and skills.
fn expected(answers: &[Answer], shares: &[f64], annotators: &[Vec<Vec<f64>>], units: usize) -> Vec<Vec<f64>> {
    let start: Vec<f64> = shares.iter().map(|share| share.max(FLOOR).ln()).collect();
    let mut logs = vec![start; units];
    let mut has_answer = vec![false; units];
    for answer in answers {
        has_answer[answer.unit] = true;
        for (truth, log) in logs[answer.unit].iter_mut().enumerate() {
            *log += annotators[answer.annotator][truth][answer.value].ln();
        }
    }
    for (unit, has_answer) in logs.iter_mut().zip(has_answer) {
        let highest = unit.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        unit.iter_mut().for_each(|log| *log = if has_answer { (*log - highest).exp() } else { 0.0 });
        scale_to_one(unit);
    }
    logs
}

fn scale_to_one(shares: &mut [f64]) {
    let sum: f64 = shares.iter().sum();
    if sum > 0.0 {
        shares.iter_mut().for_each(|share| *share /= sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_careless_annotator_weighs_less_than_two_careful_ones() {
        // Two annotators agree on all of 40 units; a third says yes to every one of them.
        let answers: Vec<Answer> = (0..40)
            .flat_map(|unit| {
                let value = usize::from(unit % 4 == 0);
                [(0, value), (1, value), (2, 1)].map(|(annotator, value)| Answer { unit, annotator, value })
            })
            .collect();
        let found = dawid_skene(&answers, 2, 1000);
        for (unit, shares) in found.units.iter().enumerate() {
            assert!(shares[usize::from(unit % 4 == 0)] > 0.999, "{unit}: {shares:?}");
        }
        assert!((found.shares[1] - 0.25).abs() < 1e-6);
        assert!(found.annotators[2][0][1] > 0.999, "says yes where it is no");
        assert!(found.steps < 1000);
    }

    #[test]
    fn no_answers_give_an_empty_result() {
        let found = dawid_skene(&[], 2, 100);
        assert!(found.units.is_empty() && found.annotators.is_empty());
        let odd = dawid_skene(&[Answer { unit: 2, annotator: 0, value: 7 }], 2, 100);
        assert!(odd.units.is_empty(), "values that do not exist are left out");
    }
}
