//! `tilejury bench growth`: how the time and the memory of each kind of work grow with the rows of
//! a set, measured on made-up sets of several sizes.
//!
//! `growth/made_up.rs` writes the sets, `growth/size.rs` measures one.

mod made_up;
mod size;

use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::Context as _;
use serde::Serialize;
use tilejury_audit::text::grouped;

use super::series::json_line;
use made_up::{MadeUpSet, TILES_PER_ROW};

/// The options of `bench growth`.
pub struct GrowthOptions<'a> {
    /// The numbers of rows, each of which is measured.
    pub rows: &'a [usize],
    /// The number of tiles that the rows of every set name; four for each row if there is none.
    pub tiles: Option<usize>,
    /// The folder to write the sets in, one at a time.
    pub scratch: &'a Path,
}

/// A measure at every size.
#[derive(Debug, PartialEq, Serialize)]
pub struct GrowthMeasure {
    name: &'static str,
    unit: &'static str,
    rows: Vec<usize>,
    values: Vec<f64>,
    /// The power of the rows with which the value grows: 1 is in proportion, 2 with the square.
    #[serde(skip_serializing_if = "Option::is_none")]
    exponent: Option<f64>,
}

/// Measures all sizes. `size` is called with the rows of each before it is made.
///
/// # Errors
/// If a set cannot be written or opened, or the work was stopped.
pub fn run(wanted: &GrowthOptions<'_>, size: &dyn Fn(usize), stop: &AtomicBool) -> anyhow::Result<Vec<GrowthMeasure>> {
    let mut measures: Vec<GrowthMeasure> = Vec::new();
    for rows in wanted.rows.iter().copied() {
        size(rows);
        let folder = tempfile::tempdir_in(wanted.scratch).with_context(|| format!("{}", wanted.scratch.display()))?;
        let set = MadeUpSet { rows, tiles: wanted.tiles.unwrap_or(rows * TILES_PER_ROW).max(1) };
        let dataset = folder.path().join("set");
        std::fs::create_dir(&dataset)?;
        let bytes = set.write(&dataset)?;
        for (name, unit, value) in size::measure(&dataset, bytes, &folder.path().join("out"), stop)? {
            let known = measures.iter().position(|measure| measure.name == name).unwrap_or_else(|| {
                measures.push(GrowthMeasure { name, unit, rows: Vec::new(), values: Vec::new(), exponent: None });
                measures.len() - 1
            });
            measures[known].rows.push(rows);
            measures[known].values.push(value);
        }
    }
    measures.iter_mut().for_each(|measure| measure.exponent = exponent(&measure.rows, &measure.values));
    Ok(measures)
}

impl GrowthMeasure {
    /// Writes the measure as one line: JSON, or text for a person.
    ///
    /// # Errors
    /// If writing fails.
    pub fn print(&self, out: &mut impl Write, json: bool) -> io::Result<()> {
        if json {
            return json_line(out, self);
        }
        write!(out, "{:<16}", self.name)?;
        for (rows, value) in self.rows.iter().zip(&self.values) {
            write!(out, "  {:>10}: {value:>9.1} {}", grouped(*rows), self.unit)?;
        }
        match self.exponent {
            Some(exponent) => writeln!(out, "  grows with n^{exponent:.2}"),
            None => writeln!(out),
        }
    }
}

/// Returns the slope of the straight line through the logarithms of values over those of rows, by
/// least squares; none without two different numbers of rows, or if a value is not above 0.
fn exponent(rows: &[usize], values: &[f64]) -> Option<f64> {
    let points: Vec<(f64, f64)> =
        rows.iter().zip(values).map(|(rows, value)| ((*rows as f64).ln(), value.ln())).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / points.len().max(1) as f64;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let (mut above, mut below) = (0.0, 0.0);
    for point in &points {
        above += (point.0 - x) * (point.1 - y);
        below += (point.0 - x).powi(2);
    }
    Some(above / below).filter(|slope| slope.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_are_those_of_powers() {
        let rows = [50_000, 200_000, 1_000_000];
        let of = |power: f64| exponent(&rows, &rows.map(|rows| 3e-4 * (rows as f64).powf(power)));
        for power in [0.0, 1.0, 1.5, 2.0] {
            assert!(of(power).is_some_and(|found| (found - power).abs() < 1e-9), "{power}");
        }
        assert_eq!((exponent(&[5], &[1.0]), exponent(&[5, 9], &[0.0, 1.0])), (None, None));
    }
}
