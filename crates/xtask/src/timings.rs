//! `cargo xtask timings`: drives the real window on a virtual screen with real keys and reads the
//! times that it reports.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::Result;
use crate::screen::{Screen, Window, wait_for};

/// The time per step: five samples a second.
const STEP: Duration = Duration::from_millis(200);
/// The number of steps to the next sample, and of verdicts after them.
const STEPS: usize = 50;
const SIZE: (u32, u32) = (1600, 900);

/// Opens a set, steps on at five samples a second, accepts as many, and quits. Returns the
/// measurements, one per line. All files, including the judgements, are written below `home`.
///
/// # Errors
/// If any step fails.
pub fn measure(program: &Path, set: &Path, home: &Path) -> Result<String> {
    let screen = Screen::start(SIZE.0, SIZE.1, home)?;
    crate::screen::accept_keys_at_once(home)?;
    let file = home.join("timings.jsonl");
    let sidecar = home.join("timings.sqlite");
    let (set, sidecar, events) = (set.to_string_lossy(), sidecar.to_string_lossy(), file.to_string_lossy());
    let window =
        screen.open(program, &[&set, "--annotator", "timings", "--sidecar", &sidecar, "--timings", &events])?;
    window.park_pointer();
    wait_for("the first row", || Events::read(&file).count("sample_complete") > 0)?;
    press(&window, "j");
    press(&window, "a");
    window.keys(&["ctrl+q"]);
    window.wait_for_end()?;
    Ok(Events::read(&file).report())
}

fn press(window: &Window<'_>, key: &str) {
    for _ in 0..STEPS {
        window.keys(&[key]);
        sleep(STEP.saturating_sub(crate::screen::KEY_DELAY));
    }
}

/// The events that the window wrote.
struct Events(Vec<Value>);

impl Events {
    fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap_or_default();
        // The last line may be incomplete.
        Self(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    fn named<'e>(&'e self, event: &'e str) -> impl Iterator<Item = &'e Value> + 'e {
        self.0.iter().filter(move |line| line["event"] == *event)
    }

    fn count(&self, event: &str) -> usize {
        self.named(event).count()
    }

    /// The values of a field in all events of a name, ascending.
    fn numbers(&self, event: &str, field: &str) -> Vec<f64> {
        let mut numbers: Vec<f64> = self.named(event).filter_map(|line| line[field].as_f64()).collect();
        numbers.sort_by(f64::total_cmp);
        numbers
    }

    fn report(&self) -> String {
        let mut lines = Vec::new();
        for event in ["window_up", "first_frame", "opened", "first_tile", "sample_complete"] {
            let first = self.named(event).next().and_then(|line| line["ms"].as_f64());
            lines.push(format!("{event:<28} {:>8} ms since the start", first.map(one_digit).unwrap_or_default()));
        }
        lines.push(spread("key → verdict shown", &self.numbers("verdict", "since_key_ms")));
        lines.push(spread("key → next row complete", &self.numbers("sample_complete", "since_key_ms")));
        lines.push(spread("frame: our own work", &self.numbers("frame", "work_ms")));
        let mut paint: Vec<f64> = self
            .named("frame")
            .filter_map(|line| Some(line["whole_ms"].as_f64()? - line["work_ms"].as_f64()?))
            .map(|paint| paint.max(0.0))
            .collect();
        paint.sort_by(f64::total_cmp);
        lines.push(spread("frame: painting", &paint));
        lines.join("\n")
    }
}

/// Describes ascending numbers: the median, the 95th and 99th percentiles, and the largest.
fn spread(name: &str, sorted: &[f64]) -> String {
    let at = |share: f64| {
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied().map(one_digit).unwrap_or_default()
    };
    let (half, most) = (at(0.5), at(1.0));
    format!("{name:<28} {half:>8} ms  p95 {:>7}  p99 {:>7}  most {most:>7}  of {}", at(0.95), at(0.99), sorted.len())
}

fn one_digit(number: f64) -> String {
    format!("{number:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_the_spread_of_events_and_skips_half_a_line() {
        let lines = r#"{"event":"window_up","ms":20.0}
{"event":"verdict","ms":100.0,"since_key_ms":9.0}
{"event":"verdict","ms":200.0,"since_key_ms":3.0}
{"event":"frame","ms":200.0,"work_ms":2.0,"whole_ms":12.5}
{"event":"frame","ms":21"#;
        let report = Events(lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()).report();
        let line =
            |start: &str| report.lines().find(|line| line.starts_with(start)).map(str::to_owned).unwrap_or_default();
        assert!(line("window_up").contains("20.0 ms"), "{report}");
        assert!(
            line("key → verdict").contains("3.0 ms") && line("key → verdict").ends_with("most     9.0  of 2"),
            "{report}"
        );
        assert!(line("frame: painting").contains("10.5 ms"), "{report}");
    }
}
