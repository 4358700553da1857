//! The dialog before a model is asked: the address, what would be sent there, and the ceilings.

use egui::{Context, Id, Modal, RichText, Ui};
use tilejury_audit::text::{count, grouped};

use super::{AppAction, SettingsPlace, UiAction, copy_button, field_keys};
use crate::asking_plan::{AskingPlan, PlannedAsking};
use crate::icons;
use crate::model_server::KeyOrigin;
use crate::theme::palette;

/// The state of the dialog.
pub(crate) struct AskingDialog {
    plan: AskingPlan,
}

impl AskingDialog {
    pub(crate) fn new(plan: AskingPlan) -> Self {
        Self { plan }
    }
}

pub(crate) fn show(ctx: &Context, dialog: &mut AskingDialog, actions: &mut Vec<UiAction>) {
    dialog.plan.take_answer();
    let modal = Modal::new(Id::unique("asking")).show(ctx, |ui| {
        ui.set_width(620.0_f32.min(ctx.content_rect().width() * 0.9));
        super::title(ui, "Ask a model", actions);
        match dialog.plan.answer() {
            None => {
                ui.horizontal(|ui| {
                    super::busy::busy(ui);
                    ui.label("Planning the questions…");
                });
            }
            Some(Ok(asking)) => questions(ui, asking, actions),
            Some(Err(reason)) => {
                ui.horizontal_wrapped(|ui| {
                    copy_button(ui, reason);
                    let text = format!("{} Nothing was sent: {reason}.", icons::WARNING);
                    ui.label(RichText::new(text).color(palette(ui.visuals()).unsure));
                });
            }
        }
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

fn questions(ui: &mut Ui, asking: &PlannedAsking, actions: &mut Vec<UiAction>) {
    let (plan, reviewer) = (&asking.plan, &asking.reviewer);
    let queries = if plan.rows == 1 { "the query" } else { "the queries" };
    let sent = format!(
        "{} and {queries} of {} are sent to {}, {}.",
        count(asking.tiles, "tile"),
        count(plan.rows, "row"),
        asking.client.address(),
        asking.at
    );
    ui.label(RichText::new(sent).strong());
    ui.label(RichText::new(key(asking)).weak());
    ui.add_space(4.0);
    ui.label(format!(
        "{} to the model {}, at most {} at a time. What was answered before is not asked again.",
        count(plan.questions.len(), "question"),
        reviewer.model,
        reviewer.at_a_time
    ));
    if plan.controls > 0 {
        let (are, answers) =
            if plan.controls == 1 { ("is a control", "answer is") } else { ("are controls", "answers are") };
        ui.label(format!(
            "{} of them {are}: the right {answers} known, and tell how good the model is.",
            grouped(plan.controls)
        ));
    }
    if reviewer.second_stage {
        ui.label(
            "A tile that may answer the query is then shown to it beside the positive of its row, in both orders.",
        );
    }
    ui.label(ceilings(asking));
    if asking.unanswered > 0 {
        let requests = count(asking.unanswered, "request");
        ui.label(format!("{requests} of an earlier run may have been paid without an answer, and may be paid again."));
    }
    if asking.is_fetched {
        ui.label("Tiles that are not here yet are fetched first.");
    }
    let text = "Its reviews are shown on the tiles, and order and filter rows. They are not judgements. After twenty answers you see how long the rest will take.";
    ui.label(RichText::new(text).weak());
    ui.add_space(8.0);
    let enter = field_keys::enter_is_free(ui);
    ui.horizontal(|ui| {
        // Some of them may have been answered before.
        let name = format!("Send up to {}", count(plan.questions.len(), "question"));
        let button = ui.add(super::button_with_key(name, "Enter")).accessible_name("Ask the model");
        if button.clicked() || enter {
            actions.push(AppAction::StartAsking(Box::new(asking.clone())).into());
        }
        if ui.button("Settings…").accessible_name("Settings of the reviewer").clicked() {
            actions.push(AppAction::OpenSettings(SettingsPlace::Reviewer).into());
        }
    });
}

/// The place of the key in a sentence. A server on this machine needs none as a rule, and no reason
/// why there is none.
fn key(asking: &PlannedAsking) -> String {
    match &asking.key {
        KeyOrigin::Unknown(_) if asking.client.is_this_machine() => format!("They are sent {}.", KeyOrigin::Nowhere),
        key => format!("They are sent {key}."),
    }
}

/// The ceilings in a sentence.
fn ceilings(asking: &PlannedAsking) -> String {
    let budget = asking.reviewer.budget();
    let calls = budget.calls.map(|most| count(most as usize, "request"));
    let tokens = budget.tokens.map(|most| format!("{} tokens", grouped(most as usize)));
    let parts: Vec<String> = calls.into_iter().chain(tokens).collect();
    match parts.is_empty() {
        true => "Requests and tokens have no limit; the settings can set one.".to_owned(),
        false => format!("It stops before more than {}.", parts.join(" or ")),
    }
}
