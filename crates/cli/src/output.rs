//! Where words go: data for scripts to standard output, words for people and progress to standard error.
//!
//! Progress is a bar on a terminal. Elsewhere, as in the log of a job, it is a line every ten seconds.

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// Standard output, buffered; errors (a closed pipe above all) come back instead of panicking.
pub(super) struct Output(BufWriter<StdoutLock<'static>>);

impl Output {
    pub(super) fn new() -> Self {
        Self(BufWriter::new(io::stdout().lock()))
    }

    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.0, "{text}")
    }

    pub(super) fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.0, value)?;
        self.0.write_all(b"\n")
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// One line for a person, on standard error. A closed terminal is no reason to fail.
pub(crate) fn print_message(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// A progress bar on a terminal; nothing in a pipe, nor for what takes less than a moment.
pub(super) fn progress(total: usize, what: &'static str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style);
    bar.set_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// How often progress is reported where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shows how far a step is; a step of another length begins again, with its own time left.
pub(super) fn step_on(bar: &ProgressBar, what: impl Into<Cow<'static, str>>, done: usize, total: usize) {
    let what = what.into();
    if bar.is_hidden() {
        report(&what, done, total);
    }
    if bar.length() != Some(total as u64) {
        bar.reset();
        bar.set_length(total as u64);
    }
    bar.set_message(what);
    bar.set_position(done as u64);
}

/// Writes a line about the progress, unless one was written a short time ago.
fn report(what: &str, done: usize, total: usize) {
    static LAST: Mutex<Option<Instant>> = Mutex::new(None);
    // Threads that find it taken have nothing newer to report.
    let Ok(mut last) = LAST.try_lock() else { return };
    if last.get_or_insert_with(Instant::now).elapsed() >= LINE_EVERY {
        *last = Some(Instant::now());
        let percent = (100 * done).checked_div(total).unwrap_or(100);
        print_message(&format!("progress: {what}: {done} of {total} ({percent} %)"));
    }
}

/// Says on a terminal that work goes on whose end cannot be told; clear it with `finish_and_clear`.
pub(super) fn spinner(what: &'static str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Did the reader of our output go away?
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let by_io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let by_json = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        by_io.or(by_json) == Some(io::ErrorKind::BrokenPipe)
    })
}
