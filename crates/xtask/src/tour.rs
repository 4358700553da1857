//! The tour of the demo on a virtual screen: `cargo xtask demo` without a display, and the pictures
//! in `screenshots/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use crate::Result;
use crate::screen::{Screen, Window, wait_for};

/// The time for a software renderer to decode and paint tiles before a picture is taken.
const PAINT_TIME: Duration = Duration::from_millis(1800);

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

/// The file with the texts of tiles, beside the sidecar.
const TEXTS: &str = "tilejury.outside.sqlite";
/// The window sizes for every scene.
const SIZES: [(u32, u32); 3] = [(1280, 720), (1600, 900), (2560, 1440)];

/// Takes the pictures in `screenshots/` again: every scene at three sizes, dark and light, and the
/// other pictures of README and docs.
///
/// # Errors
/// If any step fails.
pub fn screenshots(program: &Path, folder: &Path) -> Result<()> {
    // Pictures show this path, so it has a plain name.
    let work = std::env::temp_dir().join("tilejury-pictures");
    let _ = fs::remove_dir_all(&work);
    let result = take_screenshots(program, folder, &work);
    let _ = fs::remove_dir_all(&work);
    result
}

fn take_screenshots(program: &Path, folder: &Path, work: &Path) -> Result<()> {
    make(folder)?;
    let texts = read_texts(program, &work.with_extension("texts"))?;
    for theme in ["dark", "light"] {
        for (width, height) in SIZES {
            let stage = Stage::new(program, work, theme, (width, height))?;
            fs::write(stage.set.join(TEXTS), &texts).map_err(|error| error.to_string())?;
            let window = stage.open(program)?;
            let name = |scene: &str| folder.join(format!("{scene}-{width}x{height}-{theme}.png"));
            scenes(&window, &name)?;
            if (width, theme) == (1600, "dark") {
                let other = |scene: &str| folder.join(format!("{scene}.png"));
                others(&window, &other)?;
            }
            window.keys(&["ctrl+q"]);
            window.wait_for_end()?;
        }
    }
    Ok(())
}

/// Reads the texts of all tiles of the demo set, once for all pictures. Returns the file with them.
fn read_texts(program: &Path, folder: &Path) -> Result<Vec<u8>> {
    let _ = fs::remove_dir_all(folder);
    let set = demo_set(program, Some(&make(folder)?.join("demo")))?;
    let read = Command::new(program).arg("read").arg(&set).arg("--all").output().map_err(|error| error.to_string())?;
    let texts = fs::read(set.join(TEXTS));
    let _ = fs::remove_dir_all(folder);
    texts.map_err(|error| format!("{error}: the tiles were not read: {}", String::from_utf8_lossy(&read.stderr)))
}

/// A screen with its own dataset and settings.
struct Stage {
    set: PathBuf,
    screen: Screen,
}

impl Stage {
    fn new(program: &Path, work: &Path, theme: &str, (width, height): (u32, u32)) -> Result<Self> {
        let _ = fs::remove_dir_all(work);
        let set = demo_set(program, Some(&make(work)?.join("demo")))?;
        let home = work.join("home");
        let settings = make(&home.join("config").join("tilejury"))?.join("settings.json");
        fs::write(&settings, format!("{{\"theme\": \"{theme}\", \"settle_ms\": 0, \"reading\": \"off\", \"hints\": false, \"show_keys\": \"never\"}}"))
            .map_err(|error| error.to_string())?;
        // The scenes are those of the grid.
        fs::write(settings.with_file_name("window.json"), r#"{"reading_view": false}"#)
            .map_err(|error| error.to_string())?;
        Ok(Self { set, screen: Screen::start(width, height, &home)? })
    }

    fn open(&self, program: &Path) -> Result<Window<'_>> {
        let window = self.screen.open(program, &[&self.set.to_string_lossy(), "--annotator", "ada"])?;
        window.park_pointer();
        sleep(PAINT_TIME);
        Ok(window)
    }
}

fn go_to(window: &Window<'_>, position: &str) {
    window.keys(&["g"]);
    sleep(Duration::from_millis(300));
    window.type_text(position);
    window.keys(&["Return"]);
    sleep(PAINT_TIME / 2);
}

/// Takes a picture of every scene.
fn scenes(window: &Window<'_>, name: &dyn Fn(&str) -> PathBuf) -> Result<()> {
    window.keys(&["a", "2", "a", "r", "shift+w", "a", "u", "shift+f", "2"]);
    picture(window, &name("review"))?;
    window.keys(&["c"]);
    picture(window, &name("compare"))?;
    window.keys(&["Escape"]);
    go_to(window, "train:22");
    // The third negative is the positive in another encoding.
    window.keys(&["c", "alt+3", "d"]);
    sleep(PAINT_TIME);
    picture(window, &name("difference"))?;
    window.keys(&["Escape", "Escape"]);
    go_to(window, "train:23");
    // The second negative answers the query; the last key goes to the answer on it.
    window.keys(&["2", "m"]);
    picture(window, &name("evidence"))?;
    window.keys(&["0", "ctrl+shift+f"]);
    picture(window, &name("tile-search"))?;
    window.keys(&["Escape"]);
    go_to(window, "train:6");
    window.keys(&["o"]);
    picture(window, &name("page"))?;
    window.keys(&["o", "ctrl+k"]);
    window.type_text("next");
    picture(window, &name("palette"))?;
    window.keys(&["Escape", "slash"]);
    window.type_text("neg:>3 verdict:");
    picture(window, &name("search"))?;
    window.keys(&["Escape", "Home", "s", "shift+i"]);
    picture(window, &name("suspicious"))?;
    // Suspicious tiles are judged, so that the scoreboard has content.
    window.keys(&["t", "a", "s", "t", "a", "s", "a", "s", "t", "a", "shift+i", "ctrl+shift+s"]);
    picture(window, &name("scoreboard"))?;
    window.keys(&["Escape", "ctrl+e"]);
    sleep(PAINT_TIME);
    picture(window, &name("export"))?;
    window.keys(&["Escape", "ctrl+w"]);
    picture(window, &name("welcome"))?;
    window.keys(&["ctrl+k"]);
    window.type_text("open demo");
    window.keys(&["Return"]);
    sleep(PAINT_TIME);
    Ok(())
}

/// Takes the pictures that exist in one size only.
fn others(window: &Window<'_>, name: &dyn Fn(&str) -> PathBuf) -> Result<()> {
    go_to(window, "train:3");
    window.keys(&["r"]);
    picture(window, &name("reasons"))?;
    window.keys(&["Escape", "plus", "plus", "plus"]);
    picture(window, &name("zoomed"))?;
    window.keys(&["0"]);
    window.hold("v", || {
        window.point_at(0.4, 0.45);
        picture(window, &name("loupe"))
    })?;
    window.park_pointer();
    window.keys(&["w"]);
    picture(window, &name("where-else"))?;
    window.keys(&["Escape", "ctrl+h"]);
    picture(window, &name("history"))?;
    window.keys(&["Escape", "ctrl+r"]);
    picture(window, &name("reading"))?;
    window.keys(&["Escape", "ctrl+comma"]);
    picture(window, &name("settings"))?;
    window.keys(&["Escape", "question"]);
    picture(window, &name("keys"))?;
    window.keys(&["Escape", "ctrl+shift+k"]);
    sleep(PAINT_TIME / 3);
    window.keys(&["Return"]);
    sleep(PAINT_TIME);
    window.keys(&["ctrl+j"]);
    picture(window, &name("check"))?;
    window.keys(&["Escape"]);
    go_to(window, "train:18");
    picture(window, &name("broken-tile"))?;
    window.keys(&["ctrl+e"]);
    sleep(PAINT_TIME);
    window.keys(&["Return"]);
    sleep(PAINT_TIME);
    picture(window, &name("exported"))?;
    window.keys(&["Escape"]);
    Ok(())
}

fn picture(window: &Window<'_>, file: &Path) -> Result<()> {
    sleep(PAINT_TIME);
    window.picture(file)
}

fn make(folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder.to_owned())
}

fn stats(program: &Path, set: &Path) -> String {
    let output = Command::new(program).arg("stats").arg(set).arg("--json").output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}
