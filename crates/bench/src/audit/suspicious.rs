//! Audits that use the order of suspicion: rows drawn within four bands, and the most suspicious
//! rows judged in full, as far as a person likes, beside a draw from the rest.

use tilejury_stats::{Band, Level, allocate, bands_rate, count_interval};

use super::coverage::{Coverage, Shown};
use super::population::{Population, ROWS, drawn};
use super::runs::Runs;
use crate::mixed::Draws;

/// The ends of the bands, as shares of the rows, the most suspicious first.
const CUTS: [f64; 4] = [0.01, 0.05, 0.2, 1.0];
/// The rows that are drawn within bands.
const DRAWN: u64 = 400;
/// The fewest rows of a band.
const LEAST: u64 = 10;
/// The rows of each band that were judged before, to guess its share.
const EARLIER: usize = 50;
/// The probabilities that an affected row is above another one.
const AUCS: [f64; 3] = [0.6, 0.8, 0.95];
/// The rows that are drawn beside those judged in full.
const BESIDE: usize = 200;
/// A person who judges in the order of suspicion goes on to the next page, of this many rows, as
/// long as it has a hit.
const PAGE: usize = 25;

/// Measures draws within bands.
pub(super) fn in_bands(rate: f64, population: &Population, runs: &Runs<'_>) -> anyhow::Result<Vec<Coverage>> {
    let of = |auc: f64| {
        let order = population.by_suspicion(auc);
        let bands = bands(&order);
        let name = format!("affected rows, 400 in four bands, AUC {auc}");
        let shown = runs.each(&name, rate, |mut draws| drawn_in(&bands, population.affected(), &mut draws))?;
        Ok(Coverage::new(&name, rate, Level::USUAL.value(), shown.into_iter()))
    };
    AUCS.into_iter().map(of).collect()
}

/// Measures draws beside the most suspicious rows, all of which are judged.
pub(super) fn in_full(rate: f64, population: &Population, runs: &Runs<'_>) -> anyhow::Result<Vec<Coverage>> {
    let of = |auc: f64| {
        let order = population.by_suspicion(auc);
        let name = format!("affected rows, most suspicious in full + 200, AUC {auc}");
        let shown = runs.each(&name, rate, |mut draws| beside(&order, population.affected(), &mut draws))?;
        Ok(Coverage::new(&name, rate, Level::USUAL.value(), shown.into_iter()))
    };
    AUCS.into_iter().map(of).collect()
}

/// The rows of each band.
fn bands(order: &[bool]) -> Vec<&[bool]> {
    let mut begin = 0;
    let band = |cut: f64| {
        let end = (cut * order.len() as f64).round() as usize;
        let rows = &order[begin..end];
        begin = end;
        rows
    };
    CUTS.into_iter().map(band).collect()
}

fn hits_of(rows: &[bool], draws: &mut Draws, number: usize) -> u64 {
    drawn(draws, rows.len(), number).into_iter().filter(|at| rows[*at]).count() as u64
}

fn drawn_in(bands: &[&[bool]], affected: u64, draws: &mut Draws) -> Option<Shown> {
    let guessed: Vec<(u64, f64)> = bands
        .iter()
        .map(|rows| (rows.len() as u64, (hits_of(rows, draws, EARLIER) as f64 + 0.5) / (EARLIER as f64 + 1.0)))
        .collect();
    let numbers = allocate(DRAWN, &guessed, LEAST);
    let counted: Vec<Band> = bands
        .iter()
        .zip(&numbers)
        .map(|(rows, number)| Band {
            population: rows.len() as u64,
            drawn: *number,
            hits: hits_of(rows, draws, *number as usize),
        })
        .collect();
    let found = bands_rate(&counted, Level::USUAL)?;
    let truth = affected as f64 / ROWS as f64;
    Some(Shown::new(truth, found.interval.low, found.interval.high, numbers.iter().sum()))
}

/// The rows of the first pages up to one without a hit, judged in full, and a draw from the rest.
fn beside(order: &[bool], affected: u64, draws: &mut Draws) -> Option<Shown> {
    let pages = order.chunks(PAGE).position(|page| !page.contains(&true)).unwrap_or(0) + 1;
    // Nobody judges all rows; the page of another run is another number.
    let full = (pages * PAGE).min(1000) + draws.below(PAGE);
    let (in_full, rest) = order.split_at(full);
    let found = in_full.iter().filter(|affected| **affected).count() as u64;
    let hits = hits_of(rest, draws, BESIDE);
    let counted = count_interval(rest.len() as u64, BESIDE as u64, hits, Level::USUAL)?.shifted(found);
    let ends = counted.share_of(ROWS as u64);
    Some(Shown::new(affected as f64 / ROWS as f64, ends.low, ends.high, (full + BESIDE) as u64))
}
