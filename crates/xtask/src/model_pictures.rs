//! The pictures of a model that is asked in the window: the question before anything is sent, the
//! run, its result with what the controls say, the badges on tiles. Fails if its answers do not
//! arrive.

use std::fs;
use std::time::Duration;

use crate::Result;
use crate::model::Model;
use crate::screen::{pause, wait_for, write_settings};
use crate::story::{Pictures, TEXTS};
use crate::tour::{PAINT_TIME, go_to};

/// The names of the pictures, in the order in which they are taken.
pub(crate) const NAMES: [&str; 5] = ["model-settings", "ask-model", "asking-model", "asked-model", "model-review"];

/// The row of the demo whose negatives get all kinds of answers.
const ROW: &str = "train:23";
/// The time after which the run shows how long it will take.
const UNDER_WAY: Duration = Duration::from_secs(8);

/// Takes the pictures that are wanted. `settings` are those of all pictures, `texts` the file with
/// the texts of tiles.
///
/// # Errors
/// If any step fails, or the answers do not arrive.
pub(crate) fn take(pictures: &Pictures<'_>, settings: &str, texts: &[u8]) -> Result<()> {
    let Some(story) = pictures.story(&NAMES, "{}")? else { return Ok(()) };
    let set = story.give_set("ada")?;
    fs::write(set.join(TEXTS), texts).map_err(|error| error.to_string())?;
    let model = Model::start(&set)?;
    let reviewer = format!(
        r#"{{"endpoint": "{}", "model": "{}", "at_a_time": 8, "controls_percent": 20}}"#,
        model.endpoint(),
        Model::NAME
    );
    let theme = pictures.look.theme;
    let settings = format!(r#"{{"theme": "{theme}", "overview_first": false, "reviewer": {reviewer}, {settings}}}"#);
    write_settings(&story.place("home"), &settings)?;
    let set = set.to_string_lossy();
    let window = story.open(&[&set, "--annotator", "ada"])?;
    window.keys(&["ctrl+k"]);
    window.type_text("model as a reviewer");
    pause(PAINT_TIME);
    window.keys(&["Return"]);
    // It scrolls there.
    pause(PAINT_TIME);
    story.picture(&window, "model-settings")?;
    window.keys(&["Escape", "ctrl+p"]);
    pause(PAINT_TIME);
    story.picture(&window, "ask-model")?;
    window.keys(&["Return"]);
    pause(UNDER_WAY);
    window.keys(&["ctrl+j"]);
    story.picture(&window, "asking-model")?;
    window.keys(&["Escape"]);
    // Comparisons come after all reviews.
    let reviews = || story.run(&["reviews", &set, "--json"]);
    let is_done = || reviews().is_ok_and(|lines| lines.contains("\"second\":{"));
    wait_for("all reviews", is_done).or_else(|_| wait_for("all reviews", is_done))?;
    pause(2 * PAINT_TIME);
    window.keys(&["ctrl+j"]);
    pause(PAINT_TIME);
    story.picture(&window, "asked-model")?;
    window.keys(&["Escape"]);
    go_to(&window, ROW);
    pause(PAINT_TIME);
    window.keys(&["alt+2", "shift+i"]);
    pause(2 * PAINT_TIME);
    story.picture(&window, "model-review")?;
    window.keys(&["ctrl+q"]);
    window.wait_for_end()
}
