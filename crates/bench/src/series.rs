//! Repeats of measurements, each beside its floor, reported as medians and high percentiles.

use std::borrow::Cow;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use serde::Serialize;

/// The measures of a benchmark.
#[derive(Default)]
pub struct Measurements {
    pub(super) series: RepeatedTimes,
    pub(super) plain: Vec<Figure>,
}

impl Measurements {
    /// Writes all measures, one line each: JSON, or text for a person.
    ///
    /// # Errors
    /// Returns an error if writing fails.
    pub fn print(&self, out: &mut impl Write, json: bool) -> io::Result<()> {
        self.series.print(out, json)?;
        self.plain.iter().try_for_each(|measure| measure.print(out, json))
    }
}

/// Every repeat of every measure, in the order in which the measures were first taken.
#[derive(Default)]
pub(super) struct RepeatedTimes(Vec<Repeats>);

struct Repeats {
    name: &'static str,
    values: Vec<Duration>,
    floors: Vec<Duration>,
}

/// A measure as reported. Times are in milliseconds.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Timing {
    name: &'static str,
    /// The median.
    value_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
    /// The median of the floor, measured in turn with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    floor_ms: Option<f64>,
    /// The median divided by the floor's median.
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
    repeats: usize,
}

/// A measurement other than a time.
#[derive(Clone, Serialize)]
pub(super) struct Figure {
    name: Cow<'static, str>,
    value: f64,
    unit: Cow<'static, str>,
    /// The value divided by its limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
    /// The course of the value over time, in the same unit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    line: Vec<f64>,
}

impl RepeatedTimes {
    pub(super) fn add(&mut self, name: &'static str, value: Duration) {
        self.measure(name).values.push(value);
    }

    /// Adds the duration of the floor in the same turn.
    pub(super) fn floor(&mut self, name: &'static str, floor: Duration) {
        self.measure(name).floors.push(floor);
    }

    fn measure(&mut self, name: &'static str) -> &mut Repeats {
        let at = self.0.iter().position(|repeats| repeats.name == name).unwrap_or_else(|| {
            self.0.push(Repeats { name, values: Vec::new(), floors: Vec::new() });
            self.0.len() - 1
        });
        &mut self.0[at]
    }

    fn timings(&self) -> impl Iterator<Item = Timing> {
        self.0.iter().filter_map(|repeats| {
            let values = sorted(&repeats.values);
            let value_ms = median(&values)?;
            let floor_ms = median(&sorted(&repeats.floors));
            Some(Timing {
                name: repeats.name,
                value_ms,
                p95_ms: quantile(&values, 0.95)?,
                p99_ms: quantile(&values, 0.99)?,
                floor_ms,
                ratio: floor_ms.map(|floor| value_ms / floor.max(f64::MIN_POSITIVE)),
                repeats: values.len(),
            })
        })
    }

    /// Writes all measures, one line each.
    fn print(&self, out: &mut impl Write, json: bool) -> io::Result<()> {
        for timing in self.timings() {
            if json {
                json_line(out, &timing)?;
            } else {
                let Timing { name, value_ms, p95_ms, p99_ms, floor_ms, ratio, .. } = timing;
                let against = match (ratio, floor_ms) {
                    (Some(ratio), Some(floor)) => format!("{ratio:>6.2} × {floor:.1} ms"),
                    _ => String::new(),
                };
                let line = format!("{name:<22} {value_ms:>10.1} ms  p95 {p95_ms:>9.1}  p99 {p99_ms:>9.1}  {against}");
                writeln!(out, "{}", line.trim_end())?;
            }
        }
        Ok(())
    }
}

impl Figure {
    pub(super) fn new(name: impl Into<Cow<'static, str>>, value: f64, unit: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), value, unit: unit.into(), ratio: None, line: Vec::new() }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Sets the limit of the value.
    pub(super) fn with_limit(self, limit: f64) -> Self {
        Self { ratio: Some(self.value / limit), ..self }
    }

    /// Sets the course of the value.
    pub(super) fn with_line(self, line: Vec<f64>) -> Self {
        Self { line, ..self }
    }

    fn print(&self, out: &mut impl Write, json: bool) -> io::Result<()> {
        match json {
            true => json_line(out, self),
            false => {
                let ratio = self.ratio.map(|ratio| format!("{ratio:.2} × the limit")).unwrap_or_default();
                let line =
                    format!("{:<22} {:>10.1} {}  {ratio}{}", self.name, self.value, self.unit, drawn(&self.line));
                writeln!(out, "{}", line.trim_end())
            }
        }
    }
}

/// Writes a value as one line of JSON.
pub(super) fn json_line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// Draws values as a line of bars from zero up.
fn drawn(values: &[f64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    values.iter().map(|value| BARS[((value / most * 8.0).ceil() as usize).clamp(1, 8) - 1]).collect()
}

/// Returns the duration of some work, and its result.
pub(super) fn timed<R>(work: impl FnOnce() -> R) -> (Duration, R) {
    let start = Instant::now();
    let made = work();
    (start.elapsed(), made)
}

/// The times in milliseconds, ascending.
fn sorted(times: &[Duration]) -> Vec<f64> {
    let mut times: Vec<f64> = times.iter().map(|time| time.as_secs_f64() * 1000.0).collect();
    times.sort_by(f64::total_cmp);
    times
}

/// Returns the median of sorted values; for an even number of them, the mean of the two in the
/// middle.
fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    Some(if sorted.len().is_multiple_of(2) { (sorted[middle - 1] + upper) / 2.0 } else { upper })
}

/// Returns the smallest of sorted values that at least this share of them does not exceed (nearest
/// rank).
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summarises_each_measure_with_its_own_floor() {
        let mut series = RepeatedTimes::default();
        for ms in 1..=100 {
            series.add("a", Duration::from_millis(ms));
            series.floor("a", Duration::from_millis(10));
            series.add("b", Duration::from_millis(1000));
        }
        let timings: Vec<Timing> = series.timings().collect();
        let a = Timing {
            name: "a",
            value_ms: 50.5,
            p95_ms: 95.0,
            p99_ms: 99.0,
            floor_ms: Some(10.0),
            ratio: Some(5.05),
            repeats: 100,
        };
        assert_eq!(timings[0], a);
        assert_eq!((timings[1].value_ms, timings[1].floor_ms, timings[1].ratio), (1000.0, None, None));
    }

    #[test]
    fn a_line_of_bars_begins_at_zero() {
        assert_eq!(drawn(&[0.0, 1.0, 4.0, 8.0]), "▁▁▄█");
        assert_eq!(drawn(&[]), "");
    }

    #[test]
    fn takes_the_worst_of_few_values_as_their_tail() {
        assert_eq!(quantile(&[1.0, 2.0, 9.0], 0.95), Some(9.0));
        assert_eq!((quantile(&[4.0], 0.5), quantile(&[], 0.5), median(&[])), (Some(4.0), None, None));
        assert_eq!(median(&[1.0, 2.0, 9.0]), Some(2.0));
    }
}
