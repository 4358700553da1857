//! The time from the start of the window to its first sample with all tiles, by what is known of the
//! shards: their indexes kept from an earlier run, index files beside them, or nothing. The floor
//! is that of the connection: as many round trips as must be, and as many bytes.

use std::time::{Duration, Instant};

use tilejury_app::dataset_source::open_dataset;
use tilejury_app::folders::Folders;
use tilejury_data::progress::NoProgress;

use super::{FAST, Remote};
use crate::screen::Screen;

/// The time after which something counts as not happening.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is known of the shards before the window starts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Kept,
    Beside,
    Nothing,
}

impl Known {
    fn name(self) -> &'static str {
        match self {
            Self::Kept => "remote_first_kept",
            Self::Beside => "remote_first_beside",
            Self::Nothing => "remote_first_nothing",
        }
    }

    /// The round trips that must be: the connection, the list, and the tiles; the splits and the
    /// indexes if they are not kept.
    fn round_trips(self) -> u32 {
        match self {
            Self::Kept => 3,
            Self::Beside | Self::Nothing => 5,
        }
    }
}

pub(super) fn measure(remote: &mut Remote<'_>) -> anyhow::Result<()> {
    remote.set_rate(FAST);
    for _ in 0..remote.wanted.repeats {
        for known in [Known::Kept, Known::Beside, Known::Nothing] {
            one(remote, known)?;
        }
    }
    Ok(())
}

fn one(remote: &mut Remote<'_>, known: Known) -> anyhow::Result<()> {
    remote.check_stopped()?;
    let home = tempfile::tempdir()?;
    remote.server.offer_indexes(known != Known::Nothing);
    if known == Known::Kept {
        // Fetches the splits and the indexes, but no tile.
        let dataset = open_dataset(&remote.address, &Folders::below(home.path()), &NoProgress)?;
        let sample = dataset.sample(dataset.indices().next().unwrap_or_default())?;
        for tile in sample.tiles() {
            let _ = dataset.tiles.locate(&tile.path);
        }
    }
    remote.server.take_served();
    let began = Instant::now();
    let mut screen = Screen::open(&remote.address, home.path())?;
    let came = screen.frames_until(PATIENCE, |app| app.is_complete() || app.has_nothing());
    let took = began.elapsed();
    anyhow::ensure!(
        came && !screen.app().has_nothing(),
        "the first sample was not loaded from {}",
        remote.address.display()
    );
    drop(screen);
    let splits = if known == Known::Kept { 0 } else { remote.split_bytes() };
    let bytes = remote.tile_bytes(0) + splits;
    let floor = remote.wanted.round_trip * known.round_trips() + Duration::from_secs_f64(bytes as f64 / FAST);
    remote.measured.series.add(known.name(), took);
    remote.measured.series.floor(known.name(), floor);
    Ok(())
}
