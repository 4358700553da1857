//! The tour of the demo on a virtual screen: `cargo xtask demo` without a display.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::Result;
use crate::screen::{Screen, Window, pause, wait_for};

/// The time for a software renderer to decode and paint tiles before a picture is taken.
pub(crate) const PAINT_TIME: Duration = Duration::from_millis(1800);

/// Writes the demo set and returns its folder, by default the program's usual place.
///
/// # Errors
/// If it cannot be written.
pub fn demo_set(program: &Path, folder: Option<&Path>) -> Result<PathBuf> {
    let output = Command::new(program).arg("demo").args(folder).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// Opens the demo, judges, relabels, undoes and exports; keeps pictures and the exported split
/// below `out`.
///
/// # Errors
/// If any step fails.
pub fn demo(program: &Path, out: &Path) -> Result<String> {
    let set = demo_set(program, Some(&make(out)?.join("dataset")))?;
    let home = out.join("home");
    let screen = Screen::start(1600, 900, &home)?;
    crate::screen::accept_keys_at_once(&home)?;
    let window = screen.open(program, &[&set.to_string_lossy(), "--annotator", "visitor"])?;
    window.park_pointer();
    picture(&window, &out.join("1-opened.png"))?;
    // Two accepted, the third relabelled and accepted, the fourth rejected with a reason, one
    // verdict undone.
    window.keys(&["a", "a"]);
    window.keys(&["2"]);
    picture(&window, &out.join("2-false-negative.png"))?;
    window.keys(&["a", "r"]);
    window.keys(&["shift+w", "u", "z"]);
    wait_for("the judgements", || stats(program, &set).contains("\"judged\":4,"))?;
    picture(&window, &out.join("3-judged.png"))?;
    window.keys(&["ctrl+q"]);
    window.wait_for_end()?;
    let target = out.join("exported");
    let export =
        Command::new(program).arg("export").args([&set, &target]).output().map_err(|error| error.to_string())?;
    if !export.status.success() {
        return Err(String::from_utf8_lossy(&export.stderr).trim().to_owned());
    }
    Ok(format!(
        "Judgements: {}\n{}\nPictures and the exported split: {}",
        stats(program, &set).trim(),
        String::from_utf8_lossy(&export.stdout).trim(),
        out.display()
    ))
}

/// Takes a picture once tiles are painted.
pub(crate) fn picture(window: &Window<'_>, file: &Path) -> Result<()> {
    pause(PAINT_TIME);
    window.picture(file)
}

/// Goes to a row by its line in a split.
pub(crate) fn go_to(window: &Window<'_>, position: &str) {
    window.keys(&["g"]);
    pause(Duration::from_millis(800));
    window.type_text(position);
    pause(Duration::from_millis(400));
    window.keys(&["Return"]);
    pause(PAINT_TIME / 2);
}

/// Makes a folder and returns it.
pub(crate) fn make(folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder.to_owned())
}

fn stats(program: &Path, set: &Path) -> String {
    let output = Command::new(program).arg("stats").arg(set).arg("--json").output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}
