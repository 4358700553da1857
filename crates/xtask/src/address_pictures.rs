//! The pictures of datasets at an address: opening one, the connection, tiles that cannot be
//! fetched, the question before a download. The demo set is on a Hub on this machine.

use std::time::Duration;

use crate::Result;
use crate::hub::{Behaviour, Hub};
use crate::screen::pause;
use crate::story::Pictures;
use crate::tour::{PAINT_TIME, go_to};

/// The names of the pictures, in the order in which they are taken.
pub(crate) const NAMES: [&str; 6] =
    ["open-address", "opening-address", "connection", "keep-offline", "tile-not-fetched", "tile-waits"];

/// The time in which tiles that are fetched ahead come.
const FETCHED_AHEAD: Duration = Duration::from_secs(4);
/// The time of three tries of a read.
const TRIED: Duration = Duration::from_secs(9);

/// Takes the pictures that are wanted.
///
/// # Errors
/// If any step fails.
pub(crate) fn take(pictures: &Pictures<'_>) -> Result<()> {
    let Some(story) = pictures.story(&NAMES, &pictures.look.settings())? else { return Ok(()) };
    let files = story.give_set("hub")?;
    // Otherwise all tiles of a small shard would come together.
    let place = files.to_string_lossy();
    story.run(&["index", &place, "--out", &place])?;
    let hub = Hub::start(&files)?;
    let mut command = story.screen.command(story.program());
    command.args(["--annotator", "ada"]).env("HF_ENDPOINT", hub.endpoint());
    for name in ["HF_TOKEN", "HF_TOKEN_PATH", "HF_HOME", "TILEJURY_CACHE"] {
        command.env_remove(name);
    }
    let window = story.screen.show(command)?;
    window.park_pointer();
    let take = |name: &str| story.picture(&window, name);
    pause(PAINT_TIME);
    window.keys(&["ctrl+l"]);
    pause(PAINT_TIME);
    window.type_text(Hub::ADDRESS);
    take("open-address")?;
    hub.set(Behaviour::SendsPartOfSplits);
    window.keys(&["Return"]);
    take("opening-address")?;
    hub.set(Behaviour::Sends);
    pause(FETCHED_AHEAD);
    take("connection")?;
    window.keys(&["ctrl+shift+l"]);
    take("keep-offline")?;
    window.keys(&["Escape"]);
    hub.set(Behaviour::IsDown);
    // Its positive was not fetched ahead.
    go_to(&window, "train:24");
    pause(TRIED);
    take("tile-not-fetched")?;
    hub.set(Behaviour::Limits);
    window.keys(&["shift+F5"]);
    take("tile-waits")?;
    window.keys(&["ctrl+q"]);
    window.wait_for_end()
}
