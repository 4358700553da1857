//! Two annotators who err: the intervals of their agreement.

use tilejury_stats::{Level, TwoByTwo};

use super::coverage::{Coverage, Shown};
use super::runs::Runs;

/// The rows that both judge.
const PAIRS: u64 = 200;

/// An annotator.
#[derive(Clone, Copy)]
struct Skill {
    /// The probability of saying “relevant” where it is.
    sensitivity: f64,
    /// The probability of saying “not relevant” where it is not.
    specificity: f64,
}

const GOOD: Skill = Skill { sensitivity: 0.85, specificity: 0.985 };
const POOR: Skill = Skill { sensitivity: 0.7, specificity: 0.95 };

/// Measures the intervals of a rate.
pub(super) fn measure(rate: f64, runs: &Runs<'_>) -> anyhow::Result<Vec<Coverage>> {
    let mut all = Vec::new();
    for (skills, words) in [([GOOD, GOOD], "alike"), ([GOOD, POOR], "of different skill")] {
        let names = ["yes", "no"].map(|said| format!("agreement on {said}, 200 pairs, annotators {words}"));
        let truth = TruthOfPairs::new(rate, skills);
        let shown = runs.each(&names[0], rate, |mut draws| {
            let mut table = TwoByTwo::default();
            for _ in 0..PAIRS {
                let is_relevant = draws.fraction() < rate;
                let says = skills.map(|skill| draws.fraction() < skill.says_yes(is_relevant));
                *match says {
                    [true, true] => &mut table.both,
                    [true, false] => &mut table.only_first,
                    [false, true] => &mut table.only_second,
                    [false, false] => &mut table.neither,
                } += 1;
            }
            let found = [table.positive_agreement(Level::USUAL), table.negative_agreement(Level::USUAL)];
            let judge = |truth: f64, found: Option<(f64, tilejury_stats::Interval)>| {
                found.map(|(_, ends)| Shown::new(truth, ends.low, ends.high, PAIRS))
            };
            [judge(truth.on_yes, found[0]), judge(truth.on_no, found[1])]
        })?;
        for (at, name) in names.iter().enumerate() {
            all.push(Coverage::new(name, rate, Level::USUAL.value(), shown.iter().map(|shown| shown[at])));
        }
    }
    Ok(all)
}

impl Skill {
    fn says_yes(self, is_relevant: bool) -> f64 {
        if is_relevant { self.sensitivity } else { 1.0 - self.specificity }
    }
}

/// The agreement of infinitely many pairs.
struct TruthOfPairs {
    on_yes: f64,
    on_no: f64,
}

impl TruthOfPairs {
    fn new(rate: f64, [first, second]: [Skill; 2]) -> Self {
        let both = |say: &dyn Fn(Skill, bool) -> f64| {
            rate * say(first, true) * say(second, true) + (1.0 - rate) * say(first, false) * say(second, false)
        };
        let yes = both(&Skill::says_yes);
        let no = both(&|skill, is_relevant| 1.0 - skill.says_yes(is_relevant));
        let differ = 1.0 - yes - no;
        Self { on_yes: 2.0 * yes / (2.0 * yes + differ), on_no: 2.0 * no / (2.0 * no + differ) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreement_of_infinitely_many_pairs() {
        let found = TruthOfPairs::new(0.35, [GOOD, GOOD]);
        // Two annotators alike agree on a relevant tile in 0.82 of all times that one says so.
        assert!((found.on_yes - 0.82).abs() < 0.01 && (found.on_no - 0.92).abs() < 0.01);
    }
}
