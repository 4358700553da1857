//! The settings of a model as a reviewer: where it is, what it is called, and how much it may be
//! asked. The key is not among them.

use egui::{DragValue, Id, RichText, Ui};
use tilejury_reviewer::EndpointClient;

use crate::model_server::{KEY_VARIABLE, OPENAI_KEY_VARIABLE};
use crate::settings::{AT_A_TIME, CONTROLS_PERCENT, ReviewerSettings};
use crate::theme::palette;

/// The texts that are being typed.
#[derive(Default)]
pub(super) struct ReviewerFields {
    endpoint: Option<String>,
    model: Option<String>,
}

/// Draws the rows of the grid. `reveal` is given the field of the address.
pub(super) fn show(
    ui: &mut Ui,
    fields: &mut ReviewerFields,
    new: &mut ReviewerSettings,
    reveal: impl FnOnce(&egui::Response),
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
                ui.label(RichText::new("the server's address; empty: nothing is sent").weak());
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
        let text = format!("a key comes from {KEY_VARIABLE} or {OPENAI_KEY_VARIABLE} and is not stored");
        ui.label(RichText::new(text).weak());
        if field.lost_focus() {
            new.model = typed;
        }
    });
    ui.end_row();

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
            "A run stops before more requests; 0 sets no ceiling",
            DragValue::new(&mut new.most_calls).range(0..=10_000_000).speed(10).suffix(" requests"),
        );
        number(
            ui,
            "A run stops before more tokens, in thousands; 0 sets no ceiling",
            DragValue::new(&mut new.most_kilotokens).range(0..=10_000_000).speed(10).suffix(",000 tokens"),
        );
        ui.label(RichText::new("0 is no ceiling").weak());
    });
    ui.end_row();

    ui.label("");
    ui.checkbox(
        &mut new.second_stage,
        "Second stage: compare doubtful tiles with the positive of their row, in both orders",
    );
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
