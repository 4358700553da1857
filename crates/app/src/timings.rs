//! When things happened in the window's life, for `--timings FILE`: one JSON line an event, milliseconds since start.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use serde_json::json;

/// Writes events as they happen; without a file it does nothing.
pub(crate) struct Timings {
    start: Instant,
    file: Option<File>,
    drawn: bool,
}

impl Timings {
    /// Time counts from `start`.
    pub(crate) fn to(path: Option<&Path>, start: Instant) -> std::io::Result<Self> {
        let file = path.map(File::create).transpose()?;
        Ok(Self { start, file, drawn: false })
    }

    /// Notes that something happened.
    pub(crate) fn note(&mut self, event: &str) {
        let ms = self.start.elapsed().as_secs_f64() * 1000.0;
        if let Some(file) = &mut self.file {
            // A few hundred bytes into the page cache: no wait worth a thread. A failure here must not disturb anybody.
            let _ = writeln!(file, "{}", json!({ "event": event, "ms": (ms * 1000.0).round() / 1000.0 }));
        }
    }

    /// Notes the first frame, once.
    pub(crate) fn note_first_frame(&mut self) {
        if !std::mem::replace(&mut self.drawn, true) {
            self.note("first_frame");
        }
    }
}
