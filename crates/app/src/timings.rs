//! When things happened in the window's life, for `--timings FILE`: one JSON line an event, milliseconds since start.
//!
//! What a person sees counts from when it is on the screen: its event is noted when the frame behind the one that painted it
//! begins. Without a file nothing is noted, and no frame is drawn that would not be drawn anyway.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

/// Writes events as they happen.
pub(crate) struct EventTimings {
    start: Instant,
    file: Option<File>,
    /// The number of the frame that is drawn now, 1 for the first.
    frame: u64,
    frame_began: Instant,
    /// Our own work on the frame before; `None` before the first.
    work: Option<Duration>,
    /// What is on the screen once a frame is painted.
    shown: Vec<Shown>,
    /// When the key was read that led to the sample on show, until that is complete.
    gone_on: Option<Instant>,
    /// How many changes of the session were noted as saved.
    saved: u64,
}

struct Shown {
    frame: u64,
    event: &'static str,
    since: Option<Instant>,
}

impl EventTimings {
    /// Time counts from `start`.
    pub(crate) fn to(path: Option<&Path>, start: Instant) -> std::io::Result<Self> {
        let file = path.map(File::create).transpose()?;
        Ok(Self { start, file, frame: 0, frame_began: start, work: None, shown: Vec::new(), gone_on: None, saved: 0 })
    }

    /// Notes that something happened now.
    pub(crate) fn record(&mut self, event: &str) {
        self.write(event, &[]);
    }

    /// Notes that so many changes of a session are on disk, before any frame shows it.
    pub(crate) fn saved(&mut self, session: &str, changes: u64) {
        if self.file.is_some() && changes != self.saved {
            self.saved = changes;
            self.write("saved", &[("session", json!(session)), ("changes", json!(changes))]);
        }
    }

    /// A frame begins: what the one before painted is on the screen. `whole` is what that one took in seconds, painting
    /// included and waiting for the screen not, where it is known.
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

    /// Our own work on the frame is done; painting comes. True where another frame is needed to note what this one shows.
    pub(crate) fn end_frame(&mut self) -> bool {
        self.work = Some(self.frame_began.elapsed());
        self.file.is_some() && !self.shown.is_empty()
    }

    /// The frame that is drawn now shows this.
    pub(crate) fn record_on_paint(&mut self, event: &'static str) {
        let since = if event == SAMPLE_COMPLETE { self.gone_on.take() } else { None };
        self.shows(self.frame, event, since);
    }

    /// A key of this frame judged: the next one shows it.
    pub(crate) fn judged(&mut self) {
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
        // A few hundred bytes into the page cache: no wait worth a thread. A failure here must not disturb anybody.
        let _ = writeln!(file, "{}", Value::Object(line));
    }
}

/// Every tile of the sample on show is there.
pub(crate) const SAMPLE_COMPLETE: &str = "sample_complete";

/// In milliseconds, to the microsecond.
fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "what cannot be had is a failed test")]

    use super::*;

    #[test]
    fn what_is_seen_is_noted_when_the_frame_behind_it_begins() {
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
        timings.judged();
        timings.record_next_sample();
        assert!(timings.end_frame(), "the first frame is to be noted by another one");
        timings.begin_frame(Some(0.25));
        assert_eq!(names(), ["window_up", "first_frame", "frame"], "the verdict is drawn only now");
        timings.record_on_paint(SAMPLE_COMPLETE);
        timings.end_frame();
        timings.begin_frame(None);
        timings.record_on_paint(SAMPLE_COMPLETE);
        assert_eq!(names()[3..], ["verdict", "sample_complete", "frame"]);
        timings.end_frame();
        timings.begin_frame(None);
        assert!(!timings.end_frame(), "nothing more is to be noted");
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
        timings.judged();
        assert!(!timings.end_frame());
    }
}
