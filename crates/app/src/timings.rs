//! The times of events in the window, for `--timings FILE`: one JSON line per event, in
//! milliseconds since the start.
//!
//! A visible event counts from the moment when it is on the screen: it is recorded when the frame
//! after the one that painted it begins. Without a file nothing is recorded, and no extra frame is
//! drawn.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

/// Writes events as they happen.
pub(crate) struct EventTimings {
    start: Instant,
    file: Option<File>,
    /// The number of the frame being drawn, 1 for the first.
    frame: u64,
    frame_began: Instant,
    /// The time of our own work on the frame before; `None` before the first.
    work: Option<Duration>,
    /// The events that a frame shows once it is painted.
    shown: Vec<Shown>,
    /// The time when the key was read that led to the current sample, until that sample is
    /// complete.
    gone_on: Option<Instant>,
    /// The number of changes of the session recorded as saved.
    saved: u64,
}

struct Shown {
    frame: u64,
    event: &'static str,
    since: Option<Instant>,
}

impl EventTimings {
    /// Creates the recorder; times count from `start`.
    pub(crate) fn to(path: Option<&Path>, start: Instant) -> std::io::Result<Self> {
        let file = path.map(File::create).transpose()?;
        Ok(Self { start, file, frame: 0, frame_began: start, work: None, shown: Vec::new(), gone_on: None, saved: 0 })
    }

    /// Records an event that happens now.
    pub(crate) fn record(&mut self, event: &str) {
        self.write(event, &[]);
    }

    /// Records that this many changes of a session are on disk, before any frame shows it.
    pub(crate) fn saved(&mut self, session: &str, changes: u64) {
        if self.file.is_some() && changes != self.saved {
            self.saved = changes;
            self.write("saved", &[("session", json!(session)), ("changes", json!(changes))]);
        }
    }

    /// Begins a frame: the frame before is now on the screen. `whole` is the time in seconds that
    /// the frame before took, including painting but not waiting for the screen, if it is known.
    pub(crate) fn begin_frame(&mut self, whole: Option<f32>) {
        let painted = self.shown.extract_if(.., |shown| shown.frame <= self.frame).collect::<Vec<_>>();
        for shown in painted {
            let since = shown.since.map(|since| ("since_key_ms", json!(ms(since.elapsed()))));
            self.write(shown.event, since.as_slice());
        }
        if let Some(work) = self.work.take() {
            let work = ("work_ms", json!(ms(work)));
            let whole = whole.map(|whole| ("whole_ms", json!(ms(Duration::from_secs_f32(whole.max(0.0))))));
            self.write("frame", &[Some(work), whole].into_iter().flatten().collect::<Vec<_>>());
        }
        self.frame += 1;
        self.frame_began = Instant::now();
        if self.frame == 1 {
            self.record_on_paint("first_frame");
        }
    }

    /// Ends our own work on the frame, before painting. Returns true if another frame is needed to
    /// record the events of this one.
    pub(crate) fn end_frame(&mut self) -> bool {
        self.work = Some(self.frame_began.elapsed());
        self.file.is_some() && !self.shown.is_empty()
    }

    /// The frame being drawn shows this.
    pub(crate) fn record_on_paint(&mut self, event: &'static str) {
        let since = if event == SAMPLE_COMPLETE { self.gone_on.take() } else { None };
        self.shows(self.frame, event, since);
    }

    /// A key of this frame judged; the next frame shows it.
    pub(crate) fn record_judged(&mut self) {
        self.shows(self.frame + 1, "verdict", Some(self.frame_began));
    }

    /// A key of this frame led to another sample.
    pub(crate) fn record_next_sample(&mut self) {
        self.gone_on = Some(self.frame_began);
    }

    fn shows(&mut self, frame: u64, event: &'static str, since: Option<Instant>) {
        if self.file.is_some() {
            self.shown.push(Shown { frame, event, since });
        }
    }

    fn write(&mut self, event: &str, more: &[(&str, Value)]) {
        let Some(file) = &mut self.file else { return };
        let mut line = Map::new();
        line.insert("event".into(), json!(event));
        line.insert("ms".into(), json!(ms(self.start.elapsed())));
        line.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        // A few hundred bytes into the page cache: not worth a thread. A failure here must not
        // disturb anybody.
        let _ = writeln!(file, "{}", Value::Object(line));
    }
}

/// Every tile of the current sample is loaded.
pub(crate) const SAMPLE_COMPLETE: &str = "sample_complete";

/// Returns a duration in milliseconds, rounded to the microsecond.
fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "an error fails the test")]

    use super::*;

    #[test]
    fn notes_a_painted_frame_when_the_next_one_begins() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("timings.jsonl");
        let events = || {
            let text = std::fs::read_to_string(&file).unwrap();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
        };
        let names = || events().iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let mut timings = EventTimings::to(Some(&file), Instant::now()).unwrap();
        timings.record("window_up");
        timings.begin_frame(None);
        timings.record_judged();
        timings.record_next_sample();
        assert!(timings.end_frame(), "the first frame is recorded by the next one");
        timings.begin_frame(Some(0.25));
        assert_eq!(names(), ["window_up", "first_frame", "frame"], "the verdict is drawn only now");
        timings.record_on_paint(SAMPLE_COMPLETE);
        timings.end_frame();
        timings.begin_frame(None);
        timings.record_on_paint(SAMPLE_COMPLETE);
        assert_eq!(names()[3..], ["verdict", "sample_complete", "frame"]);
        timings.end_frame();
        timings.begin_frame(None);
        assert!(!timings.end_frame(), "nothing is left to record");
        let events = events();
        assert_eq!(events[2]["whole_ms"], 250.0);
        for of_key in &events[3..5] {
            let since = of_key["since_key_ms"].as_f64().unwrap();
            assert!(since >= 0.0 && since <= of_key["ms"].as_f64().unwrap());
        }
        assert_eq!((&events[6]["event"], events[6].get("since_key_ms")), (&json!("sample_complete"), None));
    }

    #[test]
    fn without_a_file_no_frame_is_asked_for() {
        let mut timings = EventTimings::to(None, Instant::now()).unwrap();
        timings.begin_frame(None);
        timings.record_judged();
        assert!(!timings.end_frame());
    }
}
