//! The question before work that fetches much of a dataset at an address: what it fetches, and how
//! long that takes. A download costs time and traffic, and cannot be undone.

use std::time::Duration;

use egui::{Context, Id, Modal, RichText};
use tilejury_audit::pace::spell;
use tilejury_audit::text::grouped;
use tilejury_data::Storage;

use super::{AppAction, UiAction, field_keys};
use crate::connection::bytes_in_words;
use crate::jobs::JobKind;

/// Work that needs all shards of a dataset.
#[derive(Clone, Debug)]
pub(crate) enum WholeSetWork {
    /// Finds copies, and blank and unreadable tiles.
    ScanTiles,
    /// A job in the background.
    Job(JobKind),
}

/// What the dialog asks about.
pub(crate) struct DownloadDialog {
    work: WholeSetWork,
    address: String,
    shards: usize,
    bytes: u64,
    bytes_per_second: f64,
}

impl DownloadDialog {
    pub(crate) fn new(work: WholeSetWork, storage: &dyn Storage) -> Self {
        Self {
            work,
            address: storage.address().to_owned(),
            shards: storage.files().iter().filter(|file| file.path.ends_with(".tar")).count(),
            bytes: bytes_of_tiles(storage),
            bytes_per_second: storage.pace().bytes_per_second,
        }
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

pub(crate) fn show(ctx: &Context, dialog: &DownloadDialog, actions: &mut Vec<UiAction>) {
    let modal = Modal::new(Id::unique("download")).show(ctx, |ui| {
        ui.set_width(540.0_f32.min(ctx.content_rect().width() * 0.9));
        let shards = grouped(dialog.shards);
        let (heading, text) = match &dialog.work {
            WholeSetWork::ScanTiles => (
                "Scan all tiles?",
                format!(
                    "Every tile that rows name is fetched: up to {}.",
                    size_and_time(dialog.bytes, dialog.bytes_per_second)
                ),
            ),
            WholeSetWork::Job(JobKind::Index) => (
                "Index all shards?",
                format!(
                    "The member lists of {shards} shards are fetched: some requests a shard, and a few per cent of their {}.",
                    bytes_in_words(dialog.bytes)
                ),
            ),
            WholeSetWork::Job(kind) => {
                ("Fetch the tiles?", format!("{}: up to {}.", kind.title(), size_and_time(dialog.bytes, dialog.bytes_per_second)))
            }
        };
        ui.heading(heading);
        ui.label(RichText::new(&dialog.address).weak());
        ui.add_space(4.0);
        ui.label(text);
        ui.label(RichText::new("What was fetched before and is still in the cache is not fetched again. The work can be stopped at any time.").weak());
        ui.add_space(8.0);
        let enter = field_keys::enter_is_free(ui);
        ui.horizontal(|ui| {
            if ui.button("Start  Enter").accessible_name("Start").clicked() || enter {
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
