//! Diagnostics for finding the cause of a fault: the log file and crash reports. Nothing in them
//! ever leaves the machine.
//!
//! Lines are sent to a thread, so that logging never waits for a disk. Other modules log through
//! the `log` crate.

use std::backtrace::Backtrace;
use std::collections::VecDeque;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use file_rotate::compression::Compression;
use file_rotate::suffix::AppendCount;
use file_rotate::{ContentLimit, FileRotate};
use log::{LevelFilter, Log, Metadata, Record};
use parking_lot::Mutex;
use tilejury_audit::now;

/// The size at which the log file is rotated, and the number of older files kept.
const FILE_UP_TO_BYTES: usize = 1 << 20;
const OLD_FILES: usize = 4;
/// The number of log lines at the end of a crash report.
const RECENT: usize = 60;
/// The number of reports kept.
const REPORTS: usize = 10;
/// The time to wait for the last lines when the process ends.
const LAST_LINES: Duration = Duration::from_secs(1);

static DIARY: OnceLock<LogWriter> = OnceLock::new();
/// The number of times the system turned out to have no file dialog: `rfd` reports that only in its
/// log.
static DIALOGS_MISSED: AtomicUsize = AtomicUsize::new(0);

/// Returns how many file dialogs were requested that the system does not have.
pub(crate) fn dialogs_missed() -> usize {
    DIALOGS_MISSED.load(Ordering::Relaxed)
}

/// Starts the log: to the given file, else to `tilejury.log` in the state folder. If that cannot be
/// written, only the log is missing, and the reason is returned. Crashes are reported in the state
/// folder in any case.
///
/// # Errors
/// Returns a sentence for a person if no log can be written.
pub fn start(named: Option<&Path>, state: &Path) -> Result<(), String> {
    report_panics(state.to_owned());
    let file = named.map_or_else(|| state.join("tilejury.log"), Path::to_owned);
    let failed = |error: &dyn std::fmt::Display| format!("no log is written to {}: {error}", file.display());
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    // Opened here, because the thread has no way to report an error.
    OpenOptions::new().append(true).create(true).open(&file).map_err(|error| failed(&error))?;
    let (lines, messages) = channel();
    let writing = move || write(&file, &messages);
    thread::Builder::new().name("log".into()).spawn(writing).map_err(|error| format!("no log is written: {error}"))?;
    let diary = DIARY.get_or_init(|| LogWriter { lines, recent: Mutex::default() });
    log::set_logger(diary).map_err(|error| error.to_string())?;
    log::set_max_level(LevelFilter::Info);
    Ok(())
}

/// Writes all log lines to disk. Must be called before the process ends.
pub fn end() {
    log::logger().flush();
}

enum Message {
    Line(String),
    Flush(SyncSender<()>),
}

struct LogWriter {
    lines: Sender<Message>,
    recent: Mutex<VecDeque<String>>,
}

impl LogWriter {
    /// The lock is held only for a few moves.
    fn recent(&self) -> parking_lot::MutexGuard<'_, VecDeque<String>> {
        self.recent.lock()
    }
}

impl Log for LogWriter {
    /// All messages of this program, and the warnings of other crates.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("tilejury") || metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        // Zenity is the last fallback that `rfd` tries.
        if record.target().starts_with("rfd") && record.level() == log::Level::Error {
            let words = record.args().to_string();
            if words.contains("zenity") {
                DIALOGS_MISSED.fetch_add(1, Ordering::Relaxed);
            }
        }
        let thread = thread::current();
        let name = thread.name().unwrap_or("?");
        // One entry per message, even if it has several lines.
        let words = record.args().to_string().replace('\n', "\n    ");
        let line = format!("{} {:<5} [{name}] {words}", now(), record.level());
        let mut recent = self.recent();
        if recent.len() == RECENT {
            recent.pop_front();
        }
        recent.push_back(line.clone());
        drop(recent);
        let _ = self.lines.send(Message::Line(line));
    }

    fn flush(&self) {
        let (done, wait) = sync_channel(1);
        if self.lines.send(Message::Flush(done)).is_ok() {
            let _ = wait.recv_timeout(LAST_LINES);
        }
    }
}

/// The thread. A line that cannot be written is lost: there is nobody to report it to, and nothing
/// else may suffer from it.
fn write(file: &Path, messages: &Receiver<Message>) {
    let limit = ContentLimit::BytesSurpassed(FILE_UP_TO_BYTES);
    let mut log = FileRotate::new(file, AppendCount::new(OLD_FILES), limit, Compression::None, None);
    while let Ok(message) = messages.recv() {
        match message {
            Message::Line(line) => _ = writeln!(log, "{line}"),
            Message::Flush(done) => {
                let _ = log.flush();
                let _ = done.send(());
            }
        }
    }
}

/// Logs every panic, and writes a crash report for one of the drawing thread, which ends the
/// program.
fn report_panics(folder: PathBuf) {
    let previous_hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let report = report_of(panic);
        log::error!("{report}");
        if thread::current().name() == Some("main") {
            end();
            let _ = write_report(&folder, &report);
        }
        previous_hook(panic);
    }));
}

fn report_of(panic: &PanicHookInfo<'_>) -> String {
    let thread = thread::current();
    format!(
        "tilejury {} on {} {}, thread {}: {panic}\n{}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        thread.name().unwrap_or("?"),
        Backtrace::force_capture()
    )
}

/// Writes a report beside the older ones, of which the latest are kept.
fn write_report(folder: &Path, report: &str) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let at = now().to_string().replace(':', "-");
    let mut file = OpenOptions::new().write(true).create_new(true).open(folder.join(format!("crash-{at}.txt")))?;
    writeln!(
        file,
        "Tilejury stopped unexpectedly. Nothing was sent. This report may name files and queries of yours.\n"
    )?;
    writeln!(file, "{report}\n")?;
    if let Some(diary) = DIARY.get() {
        writeln!(file, "Last log lines:")?;
        for line in diary.recent().iter() {
            writeln!(file, "{line}")?;
        }
    }
    file.sync_all()?;
    for old in reports(folder).iter().rev().skip(REPORTS) {
        let _ = fs::remove_file(folder.join(old));
    }
    Ok(())
}

/// Returns the names of the crash reports, the newest last.
pub(crate) fn reports(folder: &Path) -> Vec<String> {
    let names = folder.read_dir().into_iter().flatten().flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| name.starts_with("crash-") && name.ends_with(".txt")).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::panic, reason = "the test needs a crash")]
    fn reports_a_crash_of_drawing_and_logs_one_of_other_threads() {
        let dir = tempfile::tempdir().unwrap();
        report_panics(dir.path().to_owned());
        let crash = |name: &str| {
            let thread = thread::Builder::new().name(name.into());
            assert!(thread.spawn(|| panic!("the tessellator lost a triangle")).unwrap().join().is_err());
        };
        crash("decode-7");
        assert_eq!(reports(dir.path()), Vec::<String>::new());
        crash("main");
        let found = reports(dir.path());
        assert_eq!(found.len(), 1);
        let text = std::fs::read_to_string(dir.path().join(&found[0])).unwrap();
        assert!(text.contains("lost a triangle") && text.contains("logging.rs"), "{text}");
    }

    #[test]
    fn keeps_the_last_reports() {
        let dir = tempfile::tempdir().unwrap();
        for number in 10..25 {
            std::fs::write(dir.path().join(format!("crash-2025-01-{number}T00-00-00.000Z.txt")), b"old").unwrap();
        }
        std::fs::write(dir.path().join("tilejury.log"), b"").unwrap();
        write_report(dir.path(), "it broke").unwrap();
        let kept = reports(dir.path());
        assert_eq!(kept.len(), REPORTS);
        assert!(kept[0].contains("2025-01-16"), "{kept:?}");
        let text = std::fs::read_to_string(dir.path().join(&kept[REPORTS - 1])).unwrap();
        assert!(text.contains("it broke") && text.contains("Nothing was sent"));
    }

    #[test]
    fn a_log_that_is_full_is_put_aside_and_the_oldest_goes() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("mine.log");
        let (lines, messages) = channel();
        let path = file.clone();
        let thread = thread::spawn(move || write(&path, &messages));
        for number in 0..7000 {
            lines.send(Message::Line(format!("{number} {}", "x".repeat(1000)))).unwrap();
        }
        drop(lines);
        thread.join().unwrap();
        let mut names: Vec<_> =
            dir.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, ["mine.log", "mine.log.1", "mine.log.2", "mine.log.3", "mine.log.4"]);
        assert!(std::fs::read_to_string(&file).unwrap().contains("6999 "), "the newest lines are in the named file");
        let bytes: u64 = dir.path().read_dir().unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
        assert!(bytes < 6 << 20, "{bytes}");
    }
}
