//! Audits divided by the word of a machine, and sets of rows that are accepted at once
//! after a draw from them: the rate by the machine's word, its precision, its misses.

use tilejury_stats::{Band, Level, allocate, bands_rate, count_interval, most_wrong, plan_acceptance};

use super::coverage::{Coverage, Shown};
use super::population::{ROWS, drawn};
use super::runs::Runs;
use crate::mixed::Draws;

/// The rows that are drawn.
const DRAWN: u64 = 400;
/// The shares that are expected among rows with the word “yes” and “no”.
const EXPECTED: [f64; 2] = [0.5, 0.05];
/// The machine's sensitivity and specificity.
const SKILL: (f64, f64) = (0.8, 0.97);
/// The rows of a set that is accepted, and the share of them that may be wrong.
const SET: u64 = 1240;
const WRONG: f64 = 0.05;
/// The numbers of wrong rows that are allowed in the draw.
const ALLOWED: [u64; 2] = [0, 3];

/// Measures the intervals of a rate.
pub(super) fn measure(rate: f64, affected: u64, runs: &Runs<'_>) -> anyhow::Result<Vec<Coverage>> {
    let names = [
        "affected rows by a machine's word, 400 judged",
        "a machine's precision",
        "affected rows where a machine says no",
    ];
    let mut draws = runs.common("machine", rate);
    let words = machine(affected, &mut draws);
    let shown = runs.each(names[0], rate, |mut draws| judged(&words, affected, &mut draws))?;
    let of = |at: usize| Coverage::new(names[at], rate, Level::USUAL.value(), shown.iter().map(|shown| shown[at]));
    Ok((0..names.len()).map(of).collect())
}

/// Measures sets with one wrong row too many: how often they are not accepted.
pub(super) fn acceptance(rate: f64, runs: &Runs<'_>) -> anyhow::Result<Vec<Coverage>> {
    let wrong = most_wrong(SET, WRONG) as usize + 1;
    let of = |allowed: u64| {
        let number = plan_acceptance(SET, WRONG, allowed, Level::USUAL).unwrap_or(SET);
        let name = format!("a set of 1,240 with 63 wrong not accepted, {allowed} allowed");
        let shown = runs.each(&name, rate, |mut draws| {
            let rows = drawn(&mut draws, SET as usize, number as usize);
            let found = rows.into_iter().filter(|row| *row < wrong).count() as u64;
            Some(Shown { holds: found > allowed, width: 0.0, judged: number })
        })?;
        Ok(Coverage::new(&name, rate, Level::USUAL.value(), shown.into_iter()).without_width())
    };
    ALLOWED.into_iter().map(of).collect()
}

/// Whether the rows with the words “yes” and “no” are affected.
fn machine(affected: u64, draws: &mut Draws) -> [Vec<bool>; 2] {
    let mut words = [Vec::new(), Vec::new()];
    for row in 0..ROWS as u64 {
        let is_affected = row < affected;
        let says_yes = draws.fraction() < if is_affected { SKILL.0 } else { 1.0 - SKILL.1 };
        words[usize::from(!says_yes)].push(is_affected);
    }
    words
}

fn judged(words: &[Vec<bool>; 2], affected: u64, draws: &mut Draws) -> [Option<Shown>; 3] {
    let sizes: Vec<(u64, f64)> = words.iter().zip(EXPECTED).map(|(rows, share)| (rows.len() as u64, share)).collect();
    let numbers = allocate(DRAWN, &sizes, 10);
    let mut band = |at: usize| {
        let rows: &[bool] = &words[at];
        let chosen = drawn(draws, rows.len(), numbers[at] as usize);
        let hits = chosen.into_iter().filter(|row| rows[*row]).count() as u64;
        Band { population: rows.len() as u64, drawn: numbers[at], hits }
    };
    let bands = [band(0), band(1)];
    let found = bands_rate(&bands, Level::USUAL);
    let truth = affected as f64 / ROWS as f64;
    let among = |at: usize| {
        let Band { population, drawn, hits } = bands[at];
        let ends = count_interval(population, drawn, hits, Level::USUAL)?.share_of(population);
        let of_word = words[at].iter().filter(|affected| **affected).count() as f64;
        Some(Shown::new(of_word / population as f64, ends.low, ends.high, drawn))
    };
    let by_word = found.map(|found| Shown::new(truth, found.interval.low, found.interval.high, DRAWN));
    [by_word, among(0), among(1)]
}
