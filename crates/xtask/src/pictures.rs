//! The pictures in `screenshots/`: which there are, and the keys that lead to each. The window is
//! driven by its keys alone, so a changed key needs a look at this table.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::look::{Look, SETTINGS, THEMES};
use crate::screen::{Screen, Window, pause, write_settings};
use crate::story::{Pictures, TEXTS};
use crate::tour::{PAINT_TIME, demo_set, go_to, make, picture};
use crate::{address_pictures, audit_pictures, model_pictures, team_pictures};

/// The window sizes for every scene.
const SIZES: [(u32, u32); 3] = [(1280, 720), (1600, 900), (2560, 1440)];
/// The size and theme of the pictures in one size and theme only.
const USUAL: Look = Look { theme: "dark", size: SIZES[1] };

/// One action on the way to a picture.
enum Step {
    /// Keys by their X names, one after the other.
    Keys(&'static [&'static str]),
    /// Keys that judge what is visible, each after the tiles are painted: a verdict confirms only
    /// tiles that were seen, so a faster machine would count others.
    Seen(&'static [&'static str]),
    /// Text typed into a field.
    Text(&'static str),
    /// Time for tiles to load, or for a task to end.
    Wait,
}

use Step::{Keys, Seen, Text, Wait};

/// A picture: the line of a split where it starts, if that matters, the steps to it, and the keys
/// that lead back to the row.
struct Scene {
    name: &'static str,
    row: Option<&'static str>,
    steps: &'static [Step],
    back: &'static [&'static str],
}

const fn scene(
    name: &'static str,
    row: Option<&'static str>,
    steps: &'static [Step],
    back: &'static [&'static str],
) -> Scene {
    Scene { name, row, steps, back }
}

/// Judges some rows, so that the overview, the queue and the history have content.
const JUDGE_SOME: &[&str] =
    &["a", "2", "a", "r", "shift+w", "a", "u", "shift+f", "a", "a", "3", "a", "r", "shift+q", "a", "a", "p", "r", "a"];

/// The pictures at every size, dark and light. The demo has the answer of line 23 on its second
/// negative, and in line 22 the third negative is the positive in another encoding.
const SCENES: &[Scene] = &[
    scene("review", Some("train:23"), &[Keys(&["2", "alt+2"])], &["0"]),
    scene("survey", Some("train:3"), &[Keys(&["ctrl+1", "ctrl+2", "ctrl+3"]), Wait], &["Escape"]),
    scene("overview", None, &[Keys(&["F6"]), Wait], &["F6"]),
    scene("facets", Some("train:6"), &[Keys(&["l", "shift+l", "alt+l", "alt+l"]), Wait], &["alt+l", "shift+l", "l"]),
    scene("grid", Some("train:3"), &[Keys(&["F2", "2"])], &["F2"]),
    scene("compare", Some("train:6"), &[Keys(&["c"]), Wait], &["Escape"]),
    scene("difference", Some("train:22"), &[Keys(&["c", "alt+3", "d"]), Wait], &["Escape", "Escape"]),
    scene("contact-sheet", None, &[Keys(&["F7"]), Wait], &["F7"]),
    scene("similar", Some("train:22"), &[Keys(&["alt+3", "alt+v"]), Wait], &["Escape"]),
    scene("panels", Some("train:23"), &[Keys(&["alt+m", "alt+t"]), Wait], &["alt+m", "alt+t"]),
    scene("evidence", Some("train:23"), &[Keys(&["F2", "alt+2", "m"]), Wait], &["0", "F2"]),
    scene("tile-search", Some("train:23"), &[Keys(&["ctrl+shift+f"]), Wait], &["Escape"]),
    scene("page", Some("train:6"), &[Keys(&["o"]), Wait], &["o"]),
    scene("palette", None, &[Keys(&["ctrl+k"]), Text("next")], &["Escape"]),
    scene("search", None, &[Keys(&["l", "slash"]), Text("neg:>3 verdict:")], &["Escape", "Escape", "l"]),
    scene("suspicious", None, &[Keys(&["Home", "shift+s", "shift+i"]), Wait], &["shift+i", "shift+s"]),
    // Suspicious tiles are judged, so that the scoreboard has content.
    scene(
        "scoreboard",
        None,
        &[Seen(&["Home", "s", "t", "a", "s", "t", "a", "s", "a", "s", "t", "a"]), Keys(&["ctrl+shift+s"]), Wait],
        &["Escape"],
    ),
    scene("export", None, &[Keys(&["ctrl+e"]), Wait], &["Escape"]),
    scene("welcome", None, &[Keys(&["ctrl+w"]), Wait], &[]),
];

/// The pictures in one size and theme only.
const DETAILS: &[Scene] = &[
    scene("reasons", Some("train:5"), &[Keys(&["r"])], &["Escape"]),
    scene("zoomed", Some("train:2"), &[Keys(&["alt+1", "plus", "plus"]), Wait], &["0"]),
    scene("where-else", Some("train:3"), &[Keys(&["w"])], &["w"]),
    scene("history", None, &[Keys(&["ctrl+h"])], &["ctrl+h"]),
    scene("reading", None, &[Keys(&["ctrl+r"]), Wait], &["Escape"]),
    scene("settings", None, &[Keys(&["ctrl+comma"])], &["Escape"]),
    scene("keys", None, &[Keys(&["question"])], &["Escape"]),
    scene("cheat-sheet", None, &[Keys(&["F9"])], &["F9"]),
    scene("broken-tile", Some("train:18"), &[Keys(&["alt+3"]), Wait], &[]),
    scene("exported", None, &[Keys(&["ctrl+e"]), Wait, Keys(&["ctrl+Return"]), Wait], &["Escape"]),
    // Its panel stays.
    scene("check", None, &[Keys(&["ctrl+shift+k", "Return"]), Wait, Keys(&["F8"]), Wait], &["Escape"]),
];

/// Takes the pictures in `screenshots/` again: every scene at three sizes, dark and light, and the
/// details, also those of datasets at an address, of an audit, of a team and of a model. With
/// `look`, takes all of them in this size and theme instead. Removes pictures of scenes that are no
/// more. With `only`, takes just those of these scenes, or the pictures of these names, and removes
/// none. `texts` is a file with the texts of the demo's tiles; without it they are read.
///
/// # Errors
/// If any step fails, or a name is unknown.
pub fn take(program: &Path, folder: &Path, look: Option<Look>, only: &[String], texts: Option<&Path>) -> Result<()> {
    let looks: Vec<Look> = match look {
        Some(look) => vec![look],
        None => looks().collect(),
    };
    let names = names(&looks);
    let known = |name: &String| names.contains(name) || SCENES.iter().any(|scene| scene.name == name);
    if let Some(name) = only.iter().find(|name| !known(name)) {
        return Err(format!("no picture is named {name}"));
    }
    // Pictures show this path, so it has a plain name.
    let work = std::env::temp_dir().join("tilejury-pictures");
    let _ = fs::remove_dir_all(&work);
    let pictures = Pictures { program, folder: &make(folder)?, work: &work, look: look.unwrap_or(USUAL), only };
    let result = take_all(&pictures, &looks, texts);
    let _ = fs::remove_dir_all(&work);
    match only.is_empty() {
        true => result.and_then(|()| remove_others(folder, &names)),
        false => result,
    }
}

/// The names of all pictures.
fn names(looks: &[Look]) -> BTreeSet<String> {
    let single = DETAILS.iter().map(|scene| scene.name).chain([LOUPE]);
    let single = single.chain(address_pictures::NAMES).chain(audit_pictures::NAMES);
    let single = single.chain(team_pictures::NAMES).chain(model_pictures::NAMES).map(str::to_owned);
    let of_looks = looks.iter().flat_map(|look| SCENES.iter().map(|scene| look.name_of(scene.name)));
    single.chain(of_looks).collect()
}

/// Removes the pictures of a folder that have none of these names.
fn remove_others(folder: &Path, names: &BTreeSet<String>) -> Result<()> {
    let text = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(text)? {
        let path = entry.map_err(text)?.path();
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.extension().is_some_and(|kind| kind == "png") && !names.contains(&name) {
            fs::remove_file(&path).map_err(text)?;
        }
    }
    Ok(())
}

fn take_all(pictures: &Pictures<'_>, looks: &[Look], texts: Option<&Path>) -> Result<()> {
    let Pictures { program, folder, work, .. } = *pictures;
    let wanted = |name: &str| pictures.wants(name);
    address_pictures::take(pictures)?;
    audit_pictures::take(pictures)?;
    team_pictures::take(pictures)?;
    let wants_of = |look: Look| SCENES.iter().any(|scene| wanted(scene.name) || wanted(&look.name_of(scene.name)));
    let wants_details = DETAILS.iter().any(|scene| wanted(scene.name)) || wanted(LOUPE);
    let own = wants_details || looks.iter().any(|look| wants_of(*look));
    if !own && !model_pictures::NAMES.iter().any(|name| wanted(name)) {
        return Ok(());
    }
    let texts = match texts {
        Some(file) => fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?,
        None => read_texts(program, &work.with_extension("texts"))?,
    };
    model_pictures::take(pictures, SETTINGS, &texts)?;
    if !own {
        return Ok(());
    }
    for look in looks {
        let details = *look == pictures.look && wants_details;
        if !wants_of(*look) && !details {
            continue;
        }
        let stage = Stage::new(program, work, *look)?;
        fs::write(stage.set.join(TEXTS), &texts).map_err(|error| error.to_string())?;
        let window = stage.open(program)?;
        press_seen(&window, JUDGE_SOME);
        for scene in SCENES {
            let name = look.name_of(scene.name);
            let file = folder.join(format!("{name}.png"));
            scene.play(&window, (wanted(scene.name) || wanted(&name)).then_some(&file))?;
        }
        if details {
            window.keys(&["ctrl+k"]);
            window.type_text("open demo");
            pause(PAINT_TIME / 2);
            window.keys(&["Return"]);
            pause(PAINT_TIME);
            take_details(&window, folder, &wanted)?;
        }
        window.keys(&["ctrl+q"]);
        window.wait_for_end()?;
    }
    Ok(())
}

/// The sizes and themes of the pictures of every scene.
fn looks() -> impl Iterator<Item = Look> {
    THEMES.into_iter().flat_map(|theme| SIZES.map(|size| Look { theme, size }))
}

/// The name of the picture that needs a held key and the pointer.
const LOUPE: &str = "loupe";

fn take_details(window: &Window<'_>, folder: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<()> {
    let file = |name: &str| folder.join(format!("{name}.png"));
    if wanted(LOUPE) {
        go_to(window, "train:3");
        window.keys(&["F2"]);
        window.hold("v", || {
            // At the passage with the answer in the positive.
            window.point_at(0.29, 0.535);
            picture(window, &file(LOUPE))
        })?;
        window.park_pointer();
        window.keys(&["F2"]);
    }
    DETAILS.iter().try_for_each(|scene| scene.play(window, wanted(scene.name).then_some(&file(scene.name))))
}

impl Scene {
    /// Goes to the scene, takes its picture if there is a file for it, and goes back.
    fn play(&self, window: &Window<'_>, file: Option<&PathBuf>) -> Result<()> {
        if let Some(row) = self.row {
            go_to(window, row);
        }
        for step in self.steps {
            match step {
                Keys(keys) => window.keys(keys),
                Seen(keys) => press_seen(window, keys),
                Text(text) => window.type_text(text),
                Wait => pause(PAINT_TIME),
            }
        }
        if let Some(file) = file {
            picture(window, file)?;
        }
        window.keys(self.back);
        Ok(())
    }
}

/// Presses keys, each after the tiles of the row were painted.
fn press_seen(window: &Window<'_>, keys: &[&str]) {
    for key in keys {
        pause(PAINT_TIME / 2);
        window.keys(&[key]);
    }
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
    fn new(program: &Path, work: &Path, look: Look) -> Result<Self> {
        let _ = fs::remove_dir_all(work);
        let set = demo_set(program, Some(&make(work)?.join("demo")))?;
        let home = work.join("home");
        write_settings(&home, &look.settings())?;
        let (width, height) = look.size;
        Ok(Self { set, screen: Screen::start(width, height, &home)? })
    }

    fn open(&self, program: &Path) -> Result<Window<'_>> {
        let window = self.screen.open(program, &[&self.set.to_string_lossy(), "--annotator", "ada"])?;
        window.park_pointer();
        pause(PAINT_TIME);
        Ok(window)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "an error fails the test")]
mod tests {
    use super::*;

    #[test]
    fn the_folder_has_no_other_pictures() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../screenshots");
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let names = names(&looks().collect::<Vec<_>>());
        for file in files.filter(|file| file.extension().is_some_and(|kind| kind == "png")) {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            assert!(names.contains(&name), "no scene writes {name}.png");
        }
    }

    #[test]
    fn only_pictures_of_no_scene_are_removed() {
        let folder = std::env::temp_dir().join(format!("tilejury-pictures-test-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for name in ["history.png", "review-1280x720-dark.png", "review.png", "notes.txt"] {
            fs::write(folder.join(name), "").unwrap();
        }
        remove_others(&folder, &names(&looks().collect::<Vec<_>>())).unwrap();
        let mut left: Vec<String> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(left, ["history.png", "notes.txt", "review-1280x720-dark.png"]);
    }
}
