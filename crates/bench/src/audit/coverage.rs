//! Coverage: the share of many runs in which an interval held the truth, and the table of all of
//! them. Simulates nothing.

use std::io::{self, Write};

use serde::Serialize;

use crate::series::json_line;

/// The least share of runs in which an interval of 95 % must hold the truth.
const LEAST: f64 = 0.94;
/// With fewer runs than this, the least share is lowered by three standard errors.
const ENOUGH_RUNS: usize = 2000;

/// An interval as one run showed it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    /// Whether it holds the truth.
    pub(super) holds: bool,
    /// Its width, as a share.
    pub(super) width: f64,
    /// The rows that were judged for it.
    pub(super) judged: u64,
}

impl Shown {
    /// An interval from `low` to `high`, judged by `judged` rows.
    pub(super) fn new(truth: f64, low: f64, high: f64, judged: u64) -> Self {
        // Rounding must not decide.
        let holds = low <= truth + 1e-12 && truth <= high + 1e-12;
        Self { holds, width: high - low, judged }
    }
}

/// The share of runs in which an interval held the truth. Its JSON form is documented in
/// docs/json.md.
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    /// The interval.
    pub interval: String,
    /// The share of rows with a false negative, as it was asked for.
    pub rate: f64,
    /// The level that the program states, from 0 to 1.
    pub level: f64,
    /// The runs in which there was such an interval.
    pub runs: usize,
    /// The share of these in which it held the truth.
    pub covered: f64,
    /// Its mean width as a share; null for statements that have none.
    pub width: Option<f64>,
    /// The mean number of judged rows.
    pub judged: f64,
}

impl Coverage {
    /// Counts what the runs showed; runs without such an interval do not count.
    pub(super) fn new(interval: &str, rate: f64, level: f64, shown: impl Iterator<Item = Option<Shown>>) -> Self {
        let shown: Vec<Shown> = shown.flatten().collect();
        let runs = shown.len();
        let mean = |value: fn(&Shown) -> f64| shown.iter().map(value).sum::<f64>() / runs.max(1) as f64;
        Self {
            interval: interval.to_owned(),
            rate,
            level,
            runs,
            covered: mean(|shown| f64::from(u8::from(shown.holds))),
            width: Some(mean(|shown| shown.width)),
            judged: mean(|shown| shown.judged as f64),
        }
    }

    /// A statement without a width.
    #[must_use]
    pub(super) fn without_width(self) -> Self {
        Self { width: None, ..self }
    }

    /// The least share of runs in which the interval must hold the truth: 94 % for a level of 95 %,
    /// a fifth more than the stated error for other levels. With fewer than 2,000 runs it is
    /// lower by three standard errors.
    pub fn least(&self) -> f64 {
        let least = 1.0 - (1.0 - self.level) * (1.0 - LEAST) / 0.05;
        match self.runs {
            runs if runs >= ENOUGH_RUNS => least,
            runs => least - 3.0 * (least * (1.0 - least) / runs.max(1) as f64).sqrt(),
        }
    }

    /// Whether chance decides if it is enough: the share is not above the least one by a standard
    /// error of enough runs.
    pub(super) fn is_doubtful(&self) -> bool {
        let least = self.least();
        self.runs >= ENOUGH_RUNS && self.covered < least + (least * (1.0 - least) / ENOUGH_RUNS as f64).sqrt()
    }

    /// Whether the interval held the truth often enough.
    pub fn is_enough(&self) -> bool {
        self.runs == 0 || self.covered >= self.least()
    }
}

/// The measures of all intervals.
pub struct AuditMeasures {
    /// One for each interval and rate.
    pub all: Vec<Coverage>,
    /// The time, in seconds.
    pub seconds: f64,
}

impl AuditMeasures {
    /// The intervals that held the truth too seldom, in words.
    pub fn faults(&self) -> Vec<String> {
        let words = |found: &Coverage| {
            format!(
                "{} at {}: the truth is inside in {:.2} % of {} runs; {:.2} % are the least",
                found.interval,
                percent(found.rate),
                100.0 * found.covered,
                found.runs,
                100.0 * found.least()
            )
        };
        self.all.iter().filter(|found| !found.is_enough()).map(words).collect()
    }

    /// Writes all measures: one JSON object each, or a table with a column for each rate.
    ///
    /// # Errors
    /// Returns an error if writing fails.
    pub fn print(&self, out: &mut impl Write, json: bool) -> io::Result<()> {
        if json {
            return self.all.iter().try_for_each(|measure| json_line(out, measure));
        }
        let mut rates: Vec<f64> = Vec::new();
        let mut names: Vec<(&str, f64)> = Vec::new();
        for measure in &self.all {
            if !rates.contains(&measure.rate) {
                rates.push(measure.rate);
            }
            let name = (measure.interval.as_str(), measure.level);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let heads: String = rates.iter().map(|rate| format!("{:>15}", percent(*rate))).collect();
        writeln!(out, "{:<58}{:>5}{heads}", "truth inside in % of runs / mean width in points", "level")?;
        for (name, level) in names {
            let cell = |rate: &f64| {
                let found = self.all.iter().find(|found| (found.interval == name) && found.rate == *rate);
                let words = found.filter(|found| found.runs > 0).map_or_else(|| "–".to_owned(), cell_of);
                format!("{words:>15}")
            };
            let cells: String = rates.iter().map(cell).collect();
            writeln!(out, "{name:<58}{:>5}{cells}", percent(level))?;
        }
        writeln!(out, "{:.0} s", self.seconds)
    }
}

fn cell_of(found: &Coverage) -> String {
    let covered = format!("{:.1}", 100.0 * found.covered);
    match found.width {
        Some(width) => format!("{covered} / {:.2}", 100.0 * width),
        None => covered,
    }
}

fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if (percent - percent.round()).abs() < 1e-9 { format!("{percent:.0} %") } else { format!("{percent:.1} %") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coverage(level: f64, runs: usize, missed: usize) -> Coverage {
        let shown = |run| Some(Shown::new(if run < missed { 2.0 } else { 0.5 }, 0.0, 1.0, 10));
        Coverage::new("rows", 0.01, level, (0..runs).map(shown))
    }

    #[test]
    fn an_interval_that_misses_too_often_is_a_fault() {
        assert!(coverage(0.95, 2000, 120).is_enough(), "94 %");
        assert!(!coverage(0.95, 2000, 121).is_enough());
        assert!(coverage(0.99, 2000, 24).is_enough(), "98.8 %");
        assert!(!coverage(0.99, 2000, 25).is_enough());
        assert!(coverage(0.95, 100, 13).is_enough(), "few runs: three standard errors less");
        assert!(!coverage(0.95, 100, 14).is_enough());
        let measures = AuditMeasures { all: vec![coverage(0.95, 2000, 200)], seconds: 1.0 };
        let expected = "rows at 1 %: the truth is inside in 90.00 % of 2000 runs; 94.00 % are the least";
        assert_eq!(measures.faults(), [expected]);
    }

    #[test]
    fn the_table_has_a_column_for_each_rate() {
        let second = Coverage { rate: 0.35, ..coverage(0.95, 10, 1) }.without_width();
        let measures = AuditMeasures { all: vec![coverage(0.95, 10, 0), second], seconds: 1.0 };
        let mut out = Vec::new();
        measures.print(&mut out, false).unwrap();
        let text = String::from_utf8(out).unwrap();
        let line = text.lines().nth(1).unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words, ["rows", "95", "%", "100.0", "/", "100.00", "90.0"], "{text}");
    }
}
