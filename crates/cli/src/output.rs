//! Output: data for scripts goes to standard output, messages and progress for people to standard
//! error.
//!
//! Progress is a bar on a terminal. Elsewhere, for example in the log of a batch job, it is a line
//! every ten seconds.

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// Buffered standard output; errors, above all a closed pipe, are returned instead of panicking.
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

/// Prints a line for a person to standard error. A closed terminal is not a failure.
pub(crate) fn print_message(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Returns a progress bar; it is hidden in a pipe, and for work that takes less than a moment.
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

/// The interval between progress lines if there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shows the progress of a step; a step of another length starts again, with its own time left.
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

/// Prints a line about the progress, unless one was printed a short time ago.
fn report(what: &str, done: usize, total: usize) {
    static LAST: Mutex<Option<Instant>> = Mutex::new(None);
    // Threads that find the lock taken have nothing newer to report.
    let Ok(mut last) = LAST.try_lock() else { return };
    if last.get_or_insert_with(Instant::now).elapsed() >= LINE_EVERY {
        *last = Some(Instant::now());
        let percent = (100 * done).checked_div(total).unwrap_or(100);
        print_message(&format!("progress: {what}: {done} of {total} ({percent} %)"));
    }
}

/// Returns a spinner for work of unknown length; it is removed with `finish_and_clear`.
pub(super) fn spinner(what: &'static str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Whether the reader of our output has closed it.
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let by_io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let by_json = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        by_io.or(by_json) == Some(io::ErrorKind::BrokenPipe)
    })
}
