//! Shows a folder in the file manager of the system. Opens no file itself.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

/// Asks the file manager to show a folder. Does not wait for it.
///
/// # Errors
/// When the system has no program for it.
pub(crate) fn show_folder(folder: &Path) -> io::Result<()> {
    let mut program = Command::new(program());
    program.arg(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = program.spawn()?;
    // A program that nobody waits for stays in the list of processes.
    thread::Builder::new().name("file manager".to_owned()).spawn(move || child.wait()).map(|_| ())
}

fn program() -> &'static str {
    if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    }
}
