//! The pictures of a team that exchanges judgements through a folder: two annotators with copies of
//! the demo, and the person who leads. Fails if what they judged does not arrive.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;

use serde_json::{Value, json};

use crate::Result;
use crate::screen::{Screen, Window, write_settings};
use crate::tour::{PAINT_TIME, demo_set, make, picture};

/// The names of the pictures, in the order in which they are taken.
pub(crate) const NAMES: [&str; 3] = ["exchange", "exchange-light", "team"];

/// The annotators: the name, the number of rows that they judged, the seconds of each, and a row in
/// which they found what the other did not. In every third row both found something.
const ANNOTATORS: [(&str, usize, usize, usize); 2] = [("ada", 24, 14, 7), ("ben", 20, 22, 10)];

/// Takes the pictures that are wanted.
///
/// # Errors
/// If any step fails, or the judgements of others do not arrive.
pub(crate) fn take(
    program: &Path,
    folder: &Path,
    work: &Path,
    settings: &str,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<()> {
    if !NAMES.iter().any(|name| wanted(name)) {
        return Ok(());
    }
    let _ = fs::remove_dir_all(work);
    let home = work.join("home");
    write_settings(&home, settings)?;
    let story = Story { program, work, screen: Screen::start(1600, 900, &home)? };
    let shared = make(&work.join("team"))?;
    let lead = story.set("lead")?;
    let (set, place) = (lead.to_string_lossy(), shared.to_string_lossy());
    let names = ANNOTATORS.map(|(name, ..)| name).join(",");
    story.run(&["assign", &set, "--to", &names, "--overlap", "0.5", "--seed", "team", "--by", "lead", "--all"])?;
    story.run(&["sync", &set, "--with", &place])?;
    for annotator in &ANNOTATORS {
        story.judge(annotator, &shared)?;
    }
    story.run(&["sync", &set])?;
    let window = story.screen.open(program, &[&set, "--annotator", "lead"])?;
    window.park_pointer();
    sleep(3 * PAINT_TIME);
    let picture_of = |window: &Window<'_>, name: &str| match wanted(name) {
        true => picture(window, &folder.join(format!("{name}.png"))),
        false => Ok(()),
    };
    window.keys(&["shift+F7"]);
    picture_of(&window, "exchange")?;
    window.keys(&["Escape"]);
    picture_of(&window, "exchange-light")?;
    // With the part that assigns rows.
    window.keys(&["shift+F4"]);
    sleep(PAINT_TIME);
    picture_of(&window, "team")?;
    window.keys(&["Escape", "ctrl+q"]);
    window.wait_for_end()?;
    let printed = story.run(&["annotators", &set, "--json"])?;
    let has = |(name, rows, ..): &(&str, usize, usize, usize)| {
        let lines = printed.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.into_iter().any(|line| line["annotator"] == *name && line["judged"] == *rows)
    };
    match ANNOTATORS.iter().all(has) {
        true => Ok(()),
        false => Err(format!("what the annotators judged did not arrive: {printed}")),
    }
}

/// The story's set-up.
struct Story<'a> {
    program: &'a Path,
    work: &'a Path,
    screen: Screen,
}

impl Story<'_> {
    /// The copy of the demo that a person has.
    fn set(&self, person: &str) -> Result<PathBuf> {
        demo_set(self.program, Some(&make(&self.work.join(person))?.join("demo")))
    }

    /// Runs the program, and returns what it prints.
    fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = self.screen.command(self.program).args(arguments).output().map_err(|error| error.to_string())?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => {
                Err(format!("tilejury {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim()))
            }
        }
    }

    /// Gets the assignment, judges rows by lines, and sends them.
    fn judge(&self, (name, rows, seconds, alone): &(&str, usize, usize, usize), shared: &Path) -> Result<()> {
        let set = self.set(name)?;
        let (place, with) = (set.to_string_lossy(), shared.to_string_lossy());
        self.run(&["sync", &place, "--with", &with])?;
        let text = |error: std::io::Error| error.to_string();
        let file = [set.join("train_hn.jsonl"), set.join("train.jsonl")].into_iter().find(|file| file.exists());
        let split = fs::read_to_string(file.ok_or("the demo has no split train")?).map_err(text)?;
        let mut lines = String::new();
        for (at, row) in split.lines().take(*rows).enumerate() {
            let row: Value = serde_json::from_str(row).map_err(|error| error.to_string())?;
            let seconds = at * seconds;
            let mut line = json!({
                "split": "train", "line": at + 1, "annotator": name, "verdict": "accept",
                "at": format!("2026-01-31T09:{:02}:{:02}Z", seconds / 60, seconds % 60),
            });
            if let Some(tile) = row["neg_chunk_paths"][0].as_str() {
                let found = at % 3 == 0 || at == *alone;
                line["tiles"] = json!({ tile: if found { "relevant" } else { "not_relevant" } });
            }
            lines += &format!("{line}\n");
        }
        let answers = self.work.join(format!("{name}.jsonl"));
        fs::write(&answers, lines).map_err(text)?;
        self.run(&["judge", &place, "--from", &answers.to_string_lossy()])?;
        self.run(&["sync", &place])?;
        Ok(())
    }
}
