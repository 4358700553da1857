//! The dialog before tiles are read: how many there are, how long that takes, and which rows to
//! read.

use egui::{Context, Id, Modal, RichText, Ui};
use tilejury_audit::external::{ReadingExtent, estimated_time};
use tilejury_audit::pace::spell;
use tilejury_audit::text::grouped;

use super::{AppAction, UiAction, copy_button, field_keys};
use crate::connection::bytes_in_words;
use crate::icons;
use crate::reading_estimate::{ReadingEstimate, ReadingForecast};
use crate::reading_task::{ReadingScope, jobs};
use crate::theme::palette;
use crate::tile_fetching::bytes_of_tiles;

/// The state of the dialog.
pub(crate) struct ReadingDialog {
    estimate: ReadingEstimate,
}

impl ReadingDialog {
    pub(crate) fn new(estimate: ReadingEstimate) -> Self {
        Self { estimate }
    }
}

pub(crate) fn show(ctx: &Context, dialog: &mut ReadingDialog, actions: &mut Vec<UiAction>) {
    dialog.estimate.take_answer();
    let modal = Modal::new(Id::unique("reading")).show(ctx, |ui| {
        ui.set_width(560.0_f32.min(ctx.content_rect().width() * 0.9));
        super::title(ui, "Read the text of tiles", actions);
        ui.label("The text on tiles is used by searches and signals, and shows where on a tile an answer is.");
        let text = "Each tile is read once. Reading runs in the background, begins with the displayed row, and can be paused and stopped at any time.";
        ui.label(RichText::new(text).weak());
        ui.add_space(8.0);
        match dialog.estimate.answer() {
            None => {
                ui.horizontal(|ui| {
                    super::busy::busy(ui);
                    ui.label("Counting the tiles…");
                });
            }
            Some(Ok(forecast)) => choices(ui, forecast, actions),
            Some(Err(reason)) => {
                ui.horizontal_wrapped(|ui| {
                    copy_button(ui, reason);
                    ui.label(RichText::new(format!("{} {reason}.", icons::WARNING)).color(palette(ui.visuals()).unsure));
                });
                ui.label(RichText::new("The settings name the program and the languages.").weak());
            }
        }
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

fn choices(ui: &mut Ui, forecast: &ReadingForecast, actions: &mut Vec<UiAction>) {
    let enter = field_keys::enter_is_free(ui);
    // In a small set, the first rows by suspicion are all of it.
    let is_small = forecast.suspicious.rows == forecast.all.rows;
    let scopes = [
        (ReadingScope::Suspicious, forecast.suspicious, "Read suspicious rows"),
        (ReadingScope::All, forecast.all, "Read all rows"),
    ];
    let offered = &scopes[usize::from(is_small)..];
    for (at, (scope, extent, name)) in offered.iter().enumerate() {
        ui.horizontal(|ui| {
            let button = super::button_with_key(*name, if at == 0 { "Enter" } else { "" });
            let button = ui.add_enabled(extent.unread > 0, button).accessible_name(*name);
            if button.clicked() || (at == 0 && enter && extent.unread > 0) {
                actions.push(AppAction::StartReading(*scope).into());
            }
            ui.label(describe(extent, forecast.is_fetched));
        });
    }
    ui.add_space(4.0);
    let jobs = jobs();
    let cores = if jobs == 1 { "one core".to_owned() } else { format!("{jobs} cores") };
    let text = format!(
        "{} reads on {cores}, so that one is left for the window. Times are rough: while it reads, better ones are shown.",
        forecast.engine
    );
    ui.label(RichText::new(text).weak());
}

/// The extent in words. `is_fetched`: whether the tiles have to be fetched.
fn describe(extent: &ReadingExtent, is_fetched: bool) -> String {
    let ReadingExtent { rows, tiles, unread } = *extent;
    let what = format!("{} tiles of {} rows", grouped(tiles), grouped(rows));
    let mut time = spell(estimated_time(unread, jobs()));
    if is_fetched {
        time = format!("{time}, and fetches about {}", bytes_in_words(bytes_of_tiles(unread)));
    }
    match tiles - unread {
        _ if unread == 0 => format!("{what}: all are read"),
        0 => format!("{what}: about {time}"),
        _ => format!("{what}, {} of the tiles not read yet: about {time}", grouped(unread)),
    }
}
