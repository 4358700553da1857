//! The dialog of the exchange of judgements: the folder, whether it is used automatically, and the
//! state. Reads and writes nothing.

use std::time::Instant;

use egui::{Button, Context, Id, Modal, RichText, ScrollArea, TextEdit, Ui};

use super::exchange_words::{ExchangeLight, concerns, in_words, sentences};
use super::{AppAction, UiAction, copy_button, field_keys, ticks};
use crate::command::DatasetCommand;
use crate::exchange_task::ExchangeState;
use crate::icons;
use crate::settings::Settings;
use crate::theme::palette;

/// The width of the dialog, and of the button that chooses a folder with the space before it, in
/// points.
const WIDTH: f32 = 620.0;
const CHOOSE: f32 = 88.0;
/// The height of the dialog around what a person has to look into, in points.
const AROUND: f32 = 480.0;

/// The places that can be named.
const PLACES: &str = "Everybody who judges this dataset names the same place:
•  a folder on a network disk, or in a service that synchronises folders
•  a bucket (s3://…, gs://…, az://…) or a repository of the Hub (hf://datasets/…)
•  the address at which “tilejury serve” offers the set (http://…)
•  a database (postgresql://USER@HOST/DATABASE)";
/// The use of a place.
const MEANING: &str = "Your changes are sent there, and those of the others come from there. Judgements are saved on this \
                       machine first, also while the place cannot be reached.";

/// The state of the dialog.
#[derive(Default)]
pub(crate) struct ExchangeDialog {
    /// The folder, as it is typed.
    pub(crate) folder: String,
    focused: bool,
}

impl ExchangeDialog {
    /// `folder`: the one that is in use.
    pub(crate) fn new(folder: Option<&str>) -> Self {
        Self { folder: folder.unwrap_or_default().to_owned(), focused: false }
    }
}

/// The data of the dialog.
pub(crate) struct ExchangeView<'a> {
    /// The folder in use, and the state, if judgements are exchanged.
    pub(crate) running: Option<(&'a str, ExchangeState)>,
    pub(crate) settings: &'a Settings,
}

pub(crate) fn show(ctx: &Context, dialog: &mut ExchangeDialog, view: &ExchangeView<'_>, actions: &mut Vec<UiAction>) {
    let modal = Modal::new(Id::unique("exchange")).show(ctx, |ui| {
        ui.set_width(WIDTH.min(ctx.content_rect().width() * 0.9));
        super::title(ui, "Exchange judgements", actions);
        ui.label(RichText::new(PLACES).weak());
        ui.add_space(4.0);
        ui.label(RichText::new(MEANING).weak());
        ui.add_space(6.0);
        let entered = folder(ui, dialog, actions);
        let mut automatic = view.settings.exchange_automatically;
        if ticks::checkbox(ui, &mut automatic, "Exchange automatically, every minute and soon after a judgement")
            .changed()
        {
            let settings = Settings { exchange_automatically: automatic, ..view.settings.clone() };
            actions.push(AppAction::UseSettings(Box::new(settings)).into());
        }
        ui.add_space(6.0);
        ui.separator();
        if let Some((_, state)) = &view.running {
            state_of(ui, state);
        }
        buttons(ui, dialog, view, entered, actions);
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

/// Returns whether Enter was pressed in the field.
fn folder(ui: &mut Ui, dialog: &mut ExchangeDialog, actions: &mut Vec<UiAction>) -> bool {
    ui.horizontal(|ui| {
        let label = ui.label("Place");
        let width = (ui.available_width() - CHOOSE).max(120.0);
        let field = TextEdit::singleline(&mut dialog.folder).hint_text("path or address").desired_width(width);
        let field = ui.add(field).labelled_by(label.id);
        super::focus_first(&field, &mut dialog.focused);
        if ui.button("Choose…").accessible_name("Choose the folder to exchange through").clicked() {
            actions.push(AppAction::PickExchangeFolder.into());
        }
        field_keys::entered(ui, &field)
    })
    .inner
}

fn state_of(ui: &mut Ui, state: &ExchangeState) {
    let now = Instant::now();
    let light = ExchangeLight::of(state, now);
    let colours = palette(ui.visuals());
    let colour = match light {
        ExchangeLight::Current => colours.accept,
        ExchangeLight::Waiting => ui.visuals().text_color(),
        ExchangeLight::Failing => colours.unsure,
    };
    let mut lines = sentences(state, now).into_iter();
    // Where all is well, the first sentence says so, and when.
    let heading = lines.next().filter(|_| light == ExchangeLight::Current);
    let heading = heading.unwrap_or_else(|| tilejury_audit::text::capital(&in_words(state, now).remove(0)));
    ui.label(RichText::new(format!("{} {heading}", light.sign())).color(colour).strong());
    for line in lines {
        ui.label(line);
    }
    // A server may refuse many steps, each with a line.
    let room = (ui.ctx().content_rect().height() - AROUND).max(80.0);
    ScrollArea::vertical().max_height(room).show(ui, |ui| {
        for line in concerns(state) {
            ui.horizontal_wrapped(|ui| {
                copy_button(ui, &line);
                ui.label(RichText::new(format!("{} {line}", icons::WARNING)).color(colours.unsure));
            });
        }
    });
    ui.add_space(6.0);
}

fn buttons(ui: &mut Ui, dialog: &ExchangeDialog, view: &ExchangeView<'_>, entered: bool, actions: &mut Vec<UiAction>) {
    let typed = dialog.folder.trim();
    let running = view.running.as_ref();
    let is_same = running.is_some_and(|(folder, _)| *folder == typed);
    let is_busy = is_same && running.is_some_and(|(_, state)| state.is_running);
    ui.horizontal_wrapped(|ui| {
        let name = if is_same { "Exchange now" } else { "Exchange through this place" };
        let button = super::button_with_key(name, "Enter");
        let button = ui.add_enabled(!typed.is_empty() && !is_busy, button).accessible_name(name);
        if !typed.is_empty() && !is_busy && (button.clicked() || entered || field_keys::enter_is_free(ui)) {
            actions.push(match is_same {
                true => DatasetCommand::ExchangeNow.into(),
                false => AppAction::ExchangeThrough(typed.to_owned()).into(),
            });
        }
        let stop = ui.add_enabled(running.is_some(), Button::new("Stop exchanging"));
        let help = "What came from others stays, and your judgements stay on this machine and at the place.";
        if stop.on_hover_text(help).clicked() {
            actions.push(AppAction::StopExchange.into());
        }
        if typed.is_empty() {
            ui.label(RichText::new("Name a place that all can reach.").weak());
        }
    });
}
