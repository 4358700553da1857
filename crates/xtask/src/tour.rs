//! The tour of the demo on a virtual screen: what `cargo xtask demo` does where nobody can look, and how the pictures
//! in `screenshots/` are taken.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use crate::Result;
use crate::screen::{Screen, Window, wait_for};

/// Time for pictures to be decoded and painted by a software renderer, before one is taken.
const LOOK: Duration = Duration::from_millis(1800);

/// Lays the demo down and returns where; in the program's usual place where no folder is named.
///
/// # Errors
/// When it cannot be written.
pub fn demo_set(program: &Path, folder: Option<&Path>) -> Result<PathBuf> {
    let output = Command::new(program).arg("demo").args(folder).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// Opens the demo, judges, relabels, undoes, exports; keeps pictures and the exported split below `out`.
///
/// # Errors
/// When any of it does not happen.
pub fn demo(program: &Path, out: &Path) -> Result<String> {
    let set = demo_set(program, Some(&make(out)?.join("dataset")))?;
    let home = out.join("home");
    let screen = Screen::start(1600, 900, &home)?;
    let window = screen.open(program, &[&set.to_string_lossy(), "--annotator", "visitor"])?;
    window.park_pointer();
    picture(&window, out, "1-opened.png")?;
    // Two accepted, the third relabelled and accepted, the fourth rejected with a reason, one verdict taken back.
    window.keys(&["a", "a"]);
    window.keys(&["2"]);
    picture(&window, out, "2-false-negative.png")?;
    window.keys(&["a", "r"]);
    window.keys(&["shift+w", "u", "z"]);
    wait_for("the judgements", || stats(program, &set).contains("\"judged\":4,"))?;
    picture(&window, out, "3-judged.png")?;
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

/// Takes every picture that README shows.
///
/// # Errors
/// When any of it fails.
pub fn screenshots(program: &Path, folder: &Path) -> Result<()> {
    // Pictures show this path, so it is a plain one.
    let work = std::env::temp_dir().join("tilejury-pictures");
    let _ = fs::remove_dir_all(&work);
    let taken = take_screenshots(program, folder, &work);
    let _ = fs::remove_dir_all(&work);
    taken
}

fn take_screenshots(program: &Path, folder: &Path, work: &Path) -> Result<()> {
    make(folder)?;
    let set = demo_set(program, Some(&make(work)?.join("demo")))?;
    let screen = Screen::start(1600, 900, &work.join("home"))?;
    let window = screen.open(program, &[&set.to_string_lossy(), "--annotator", "ada"])?;
    window.park_pointer();
    window.keys(&["ctrl+d"]);
    // Start in the dark theme whatever the system says.
    if !settings(work).contains("\"dark\": true") {
        window.keys(&["ctrl+d"]);
    }
    window.keys(&["a", "2", "a", "r", "shift+w", "a", "u", "2"]);
    picture(&window, folder, "review.png")?;
    window.keys(&["plus", "plus", "plus"]);
    picture(&window, folder, "zoomed.png")?;
    window.keys(&["0", "period", "f"]);
    picture(&window, folder, "full-size.png")?;
    window.keys(&["Escape", "slash"]);
    window.type_text("what");
    picture(&window, folder, "search.png")?;
    window.keys(&["Escape", "question"]);
    picture(&window, folder, "keys.png")?;
    window.keys(&["Escape", "g"]);
    window.type_text("train:18");
    window.keys(&["Return"]);
    sleep(LOOK);
    window.keys(&["ctrl+d"]);
    picture(&window, folder, "broken-tile-light.png")?;
    window.keys(&["ctrl+e"]);
    sleep(LOOK);
    window.keys(&["Return"]);
    picture(&window, folder, "export.png")?;
    window.keys(&["Escape"]);
    sleep(LOOK);
    window.keys(&["ctrl+d", "ctrl+w"]);
    picture(&window, folder, "welcome.png")?;
    window.keys(&["ctrl+q"]);
    window.wait_for_end()
}

fn settings(work: &Path) -> String {
    sleep(Duration::from_millis(500));
    fs::read_to_string(work.join("home/config/tilejury/window.json")).unwrap_or_default()
}

fn picture(window: &Window<'_>, folder: &Path, name: &str) -> Result<()> {
    sleep(LOOK);
    window.picture(&folder.join(name))
}

fn make(folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder.to_owned())
}

fn stats(program: &Path, set: &Path) -> String {
    let output = Command::new(program).arg("stats").arg(set).arg("--json").output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}
