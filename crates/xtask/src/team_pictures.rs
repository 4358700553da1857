//! The pictures of a team that exchanges judgements through a folder: two annotators with copies of
//! the demo, one with the part that is assigned, and the person who leads. Fails if what they
//! judged does not arrive.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::Result;
use crate::screen::pause;
use crate::story::{Pictures, Story};
use crate::tour::{PAINT_TIME, make};

/// The names of the pictures, in the order in which they are taken.
pub(crate) const NAMES: [&str; 4] = ["exchange", "exchange-light", "team", "my-part"];

/// The annotators: the name, the number of rows that they judged, the seconds of each, and a row in
/// which they found what the other did not. In every third row both found something.
const ANNOTATORS: [(&str, usize, usize, usize); 2] = [("ada", 24, 14, 7), ("ben", 20, 22, 10)];

/// Takes the pictures that are wanted.
///
/// # Errors
/// If any step fails, or the judgements of others do not arrive.
pub(crate) fn take(pictures: &Pictures<'_>) -> Result<()> {
    let Some(story) = pictures.story(&NAMES, &pictures.look.settings())? else { return Ok(()) };
    let shared = make(&story.place("team"))?;
    let lead = story.give_set("lead")?;
    let (set, place) = (lead.to_string_lossy(), shared.to_string_lossy());
    let names = ANNOTATORS.map(|(name, ..)| name).join(",");
    story.run(&["assign", &set, "--to", &names, "--overlap", "0.5", "--seed", "team", "--by", "lead", "--all"])?;
    story.run(&["sync", &set, "--with", &place])?;
    for annotator in &ANNOTATORS {
        judge(&story, annotator, &shared)?;
    }
    story.run(&["sync", &set])?;
    let window = story.open(&[&set, "--annotator", "lead"])?;
    pause(PAINT_TIME);
    window.keys(&["shift+F7"]);
    pause(PAINT_TIME);
    story.picture(&window, "exchange")?;
    window.keys(&["Escape"]);
    pause(PAINT_TIME);
    story.picture(&window, "exchange-light")?;
    // With the part that assigns rows.
    window.keys(&["shift+F4"]);
    pause(PAINT_TIME);
    story.picture(&window, "team")?;
    window.keys(&["Escape", "ctrl+q"]);
    window.wait_for_end()?;
    let [.., (name, ..)] = ANNOTATORS;
    let window = story.open(&[&story.set_of(name).to_string_lossy(), "--annotator", name])?;
    window.keys(&["l", "shift+F2"]);
    story.picture(&window, "my-part")?;
    window.keys(&["ctrl+q"]);
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

/// Gets the assignment, judges rows by lines, and sends them.
fn judge(story: &Story<'_>, (name, rows, seconds, alone): &(&str, usize, usize, usize), shared: &Path) -> Result<()> {
    let set = story.give_set(name)?;
    let (place, with) = (set.to_string_lossy(), shared.to_string_lossy());
    story.run(&["sync", &place, "--with", &with])?;
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
    let answers = story.place(&format!("{name}.jsonl"));
    fs::write(&answers, lines).map_err(text)?;
    story.run(&["judge", &place, "--from", &answers.to_string_lossy()])?;
    story.run(&["sync", &place])?;
    Ok(())
}
