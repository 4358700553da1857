//! The question before work that fetches much of a dataset at an address: what it fetches, and how
//! long that takes. A download costs time and traffic, and cannot be undone.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use egui::{Button, Context, Id, Modal, RichText};
use tilejury_audit::download;
use tilejury_audit::pace::spell;
use tilejury_audit::text::{count, grouped};
use tilejury_data::tile_source::ToFetch;
use tilejury_data::{Dataset, Storage};

use super::{AppAction, UiAction, field_keys};
use crate::connection::bytes_in_words;
use crate::jobs::{JobKind, WholeSetWork};
use crate::task::{Task, TaskProgress};

/// The state of the dialog.
pub(crate) struct DownloadDialog {
    work: WholeSetWork,
    address: String,
    shards: usize,
    /// The bytes of all shards and pictures.
    bytes: u64,
    bytes_per_second: f64,
    /// Counts what is not in the cache.
    counting: Task<ToFetch>,
    to_fetch: Option<ToFetch>,
}

impl DownloadDialog {
    /// Starts to count the tiles to fetch. `fingerprints`: the file of the tiles that were scanned
    /// before.
    pub(crate) fn new(
        work: WholeSetWork,
        dataset: &Arc<Dataset>,
        storage: &dyn Storage,
        fingerprints: PathBuf,
        ctx: &Context,
    ) -> std::io::Result<Self> {
        let (dataset, scans) = (dataset.clone(), matches!(work, WholeSetWork::ScanTiles));
        let count = move |_: &TaskProgress| download::of_pixels(&dataset, scans.then_some(&*fingerprints));
        Ok(Self {
            counting: Task::spawn("download", ctx, count)?,
            to_fetch: None,
            work,
            address: storage.address().to_owned(),
            shards: storage.files().iter().filter(|file| file.path.ends_with(".tar")).count(),
            bytes: bytes_of_tiles(storage),
            bytes_per_second: storage.pace().bytes_per_second,
        })
    }

    /// The tiles to fetch, in words; `None` until that is counted.
    fn tiles_in_words(&self) -> Option<String> {
        let fetch = self.to_fetch?;
        let about = if fetch.is_exact { "" } else { "about " };
        let size = size_and_time(fetch.bytes, self.bytes_per_second);
        Some(format!("{} of those that rows name are not in the cache: {about}{size}.", count(fetch.tiles, "tile")))
    }
}

/// The bytes of all files with tiles: shards, and pictures outside of them.
pub(crate) fn bytes_of_tiles(storage: &dyn Storage) -> u64 {
    let has_tiles = |path: &str| [".tar", ".png", ".jpg", ".jpeg", ".webp"].iter().any(|ending| path.ends_with(ending));
    storage.files().iter().filter(|file| has_tiles(&file.path)).map(|file| file.len).sum()
}

/// A size, with the time to fetch it at the present speed.
pub(crate) fn size_and_time(bytes: u64, bytes_per_second: f64) -> String {
    let time = Duration::from_secs_f64(bytes as f64 / bytes_per_second.max(1.0));
    format!("{}, about {} at the present speed", bytes_in_words(bytes), spell(time))
}

pub(crate) fn show(ctx: &Context, dialog: &mut DownloadDialog, actions: &mut Vec<UiAction>) {
    if let Some(Ok(counted)) = dialog.counting.poll() {
        dialog.to_fetch = Some(counted);
    }
    let modal = Modal::new(Id::unique("download")).show(ctx, |ui| {
        ui.set_width(540.0_f32.min(ctx.content_rect().width() * 0.9));
        let shards = grouped(dialog.shards);
        let (heading, text) = match &dialog.work {
            WholeSetWork::ScanTiles => ("Scan all tiles?".to_owned(), dialog.tiles_in_words()),
            WholeSetWork::Job(JobKind::Index) => {
                let bytes = bytes_in_words(dialog.bytes);
                let text = format!(
                    "The member lists of {shards} shards are fetched: some requests a shard, and a few per cent of their {bytes}."
                );
                ("Index all shards?".to_owned(), Some(text))
            }
            WholeSetWork::Job(kind) => (format!("{}?", kind.title()), dialog.tiles_in_words()),
        };
        ui.heading(heading);
        ui.label(RichText::new(&dialog.address).weak());
        ui.add_space(4.0);
        match &text {
            Some(text) => _ = ui.label(text),
            None => {
                ui.horizontal(|ui| {
                    ui.spinner();
                    ui.label("Counting the tiles…");
                });
            }
        }
        ui.label(RichText::new("The work can be stopped at any time. What it fetched stays in the cache.").weak());
        ui.add_space(8.0);
        // Nobody agrees to a size that is not visible yet.
        let enter = field_keys::enter_is_free(ui) && text.is_some();
        ui.horizontal(|ui| {
            let start = ui.add_enabled(text.is_some(), Button::new("Start  Enter")).accessible_name("Start");
            if start.clicked() || enter {
                actions.push(AppAction::Begin(dialog.work.clone()).into());
            }
            if ui.button("Cancel  Esc").accessible_name("Cancel").clicked() {
                actions.push(AppAction::CloseDialog.into());
            }
        });
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}
