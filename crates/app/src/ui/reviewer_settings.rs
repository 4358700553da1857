//! The settings of a model as a reviewer: where it is, what it is called, and how much it may be
//! asked. The key is not among them: its field hands it to the system's keyring and forgets it.

use egui::{Button, DragValue, Id, RichText, Ui};
use tilejury_reviewer::EndpointClient;

use super::{AppAction, UiAction, ticks};
use crate::key_store::{KEY_VARIABLE, TypedKey};
use crate::settings::{AT_A_TIME, CONTROLS_PERCENT, ReviewerSettings};
use crate::theme::palette;

/// The texts that are being typed.
#[derive(Default)]
pub(super) struct ReviewerFields {
    endpoint: Option<String>,
    model: Option<String>,
    key: String,
}

/// Draws the rows of the grid. `reveal` is given the field of the address.
pub(super) fn show(
    ui: &mut Ui,
    fields: &mut ReviewerFields,
    new: &mut ReviewerSettings,
    reveal: impl FnOnce(&egui::Response),
    actions: &mut Vec<UiAction>,
) {
    let label = ui.label("Model as a reviewer").id;
    ui.horizontal(|ui| {
        let (field, typed) = typed_field(ui, &mut fields.endpoint, &new.endpoint, "http://HOST:PORT", label);
        // An address with a password in it is never stored.
        match EndpointClient::check_address(&typed) {
            Err(fault) if !typed.is_empty() => {
                ui.label(RichText::new(fault.to_string()).color(palette(ui.visuals()).reject));
            }
            _ => {
                ui.label(RichText::new("without an address nothing is sent").weak());
                if field.lost_focus() {
                    new.endpoint = typed;
                }
            }
        }
        reveal(&field);
    });
    ui.end_row();

    let label = ui.label("Name of the model").id;
    ui.horizontal(|ui| {
        let (field, typed) = typed_field(ui, &mut fields.model, &new.model, "as the server names it", label);
        if field.lost_focus() {
            new.model = typed;
        }
    });
    ui.end_row();

    key_row(ui, &mut fields.key, &new.endpoint, actions);

    let label = ui.label("Questions to the model").id;
    ui.horizontal(|ui| {
        let number = |ui: &mut Ui, name: &'static str, drag: DragValue<'_>| {
            ui.add(drag.update_while_editing(false)).labelled_by(label).on_hover_text(name);
        };
        number(
            ui,
            "Controls: questions whose right answer is known, as a share of the others",
            DragValue::new(&mut new.controls_percent).range(CONTROLS_PERCENT).suffix(" % controls"),
        );
        number(
            ui,
            "The most requests that are on their way together",
            DragValue::new(&mut new.at_a_time).range(AT_A_TIME).suffix(" at a time"),
        );
        number(
            ui,
            "A run stops before more requests. 0: no limit",
            DragValue::new(&mut new.most_calls).range(0..=10_000_000).speed(10).suffix(" requests"),
        );
        let tokens = if new.most_kilotokens == 0 { " tokens" } else { ",000 tokens" };
        number(
            ui,
            "A run stops before more tokens, in thousands. 0: no limit",
            DragValue::new(&mut new.most_kilotokens).range(0..=10_000_000).speed(10).suffix(tokens),
        );
        ui.label(RichText::new("0: no limit").weak());
    });
    ui.end_row();

    ui.label("");
    ticks::checkbox(ui, &mut new.second_stage, "Second stage: compare doubtful tiles with the positive");
    ui.end_row();
}

/// Draws the field of the key, which keeps nothing, and what can be done with it.
fn key_row(ui: &mut Ui, key: &mut String, endpoint: &str, actions: &mut Vec<UiAction>) {
    let label = ui.label("Key of the server").id;
    ui.horizontal(|ui| {
        let hint = "only if the server asks for one";
        let field = egui::TextEdit::singleline(key).password(true).desired_width(260.0).hint_text(hint);
        ui.add(field).labelled_by(label);
    });
    ui.end_row();

    ui.label("");
    ui.horizontal(|ui| {
        let has_server = !endpoint.is_empty();
        let keep = ui.add_enabled(has_server && !key.trim().is_empty(), Button::new("Keep in the system's keyring"));
        let needed = if has_server { "Type the key first" } else { "First write the address of the server" };
        if keep.on_disabled_hover_text(needed).clicked() {
            let key = Some(TypedKey(std::mem::take(key).trim().to_owned()));
            actions.push(AppAction::ChangeKey { endpoint: endpoint.to_owned(), key }.into());
        }
        let remove = ui.add_enabled(has_server, Button::new("Remove the kept key"));
        if remove.on_disabled_hover_text("First write the address of the server").clicked() {
            actions.push(AppAction::ChangeKey { endpoint: endpoint.to_owned(), key: None }.into());
        }
    });
    ui.end_row();

    ui.label("");
    ui.label(RichText::new(format!("or set {KEY_VARIABLE} in the environment")).weak());
    ui.end_row();
}

fn typed_field(
    ui: &mut Ui,
    draft: &mut Option<String>,
    stored: &str,
    hint: &str,
    label: Id,
) -> (egui::Response, String) {
    let text = draft.get_or_insert_with(|| stored.to_owned());
    let field = ui.add(egui::TextEdit::singleline(text).desired_width(260.0).hint_text(hint)).labelled_by(label);
    (field, text.trim().to_owned())
}
