//! The current annotator: the name in the status bar with its menu, the dialog behind "Other
//! name…", and the question whether a name with no judgements yet is the right one.

use egui::{Align2, Area, Context, Frame, Id, Label, Margin, Modal, Order, RichText, TextEdit, Ui, vec2};
use tilejury_audit::text::{self, count};

use super::{AppAction, UiAction, field_keys};
use crate::annotators::Annotators;
use crate::command::{DatasetCommand, keymap};
use crate::icons;

/// The number of characters of a name that the status bar shows.
const NAME_UP_TO: usize = 24;
/// The number of names with a button in the question; the others are in the dialog.
const ASKED_UP_TO: usize = 3;
/// The height of the dialog's list, in points.
const LIST_HEIGHT: f32 = 240.0;

/// The annotators of the set.
pub(crate) struct AnnotatorsView<'a> {
    /// The current annotator.
    pub(crate) present: &'a str,
    /// The number of samples that the current annotator judged.
    pub(crate) judged: usize,
    /// The others.
    pub(crate) known: &'a Annotators,
    /// Whether anything was judged in this session.
    pub(crate) has_judged_now: bool,
}

#[derive(Default)]
pub(crate) struct AnnotatorDialog {
    pub(crate) text: String,
    focused: bool,
}

/// The name in the status bar. A click lists the annotators of the dataset.
pub(crate) fn name(ui: &mut Ui, view: &AnnotatorsView<'_>, actions: &mut Vec<UiAction>) {
    let present = format!("Annotator: {}", shortened(view.present));
    let keymap = keymap::from_context(ui.ctx());
    let menu = ui.menu_button(present, |ui| {
        for (name, rows) in everybody(view) {
            entry(ui, view, name, rows, actions);
        }
        ui.separator();
        let key = RichText::new(keymap.first(DatasetCommand::Annotator)).small();
        if ui.add(egui::Button::new("Other name…").right_text(key)).clicked() {
            actions.push(DatasetCommand::Annotator.into());
        }
    });
    menu.response.on_hover_text(keymap.hint(DatasetCommand::Annotator));
}

/// The current annotator first, then the others, each with the number of rows they judged.
fn everybody<'a>(view: &AnnotatorsView<'a>) -> impl Iterator<Item = (&'a str, usize)> {
    let present = (view.present, view.judged);
    std::iter::once(present).chain(view.known.others().iter().map(|(name, rows)| (name.as_str(), *rows)))
}

fn entry(ui: &mut Ui, view: &AnnotatorsView<'_>, name: &str, rows: usize, actions: &mut Vec<UiAction>) {
    let present = name == view.present;
    let words = format!("{} — {} judged", shortened(name), count(rows, "row"));
    if ui.selectable_label(present, words).on_hover_text(format!("Judge as {name}")).clicked() {
        ui.close();
        actions.push(judge_as(view, name));
    }
}

/// Choosing the current name keeps it.
fn judge_as(view: &AnnotatorsView<'_>, name: &str) -> UiAction {
    if name == view.present {
        UiAction::App(AppAction::KeepAnnotator)
    } else {
        UiAction::App(AppAction::JudgeAs(name.to_owned()))
    }
}

/// The dialog: all annotators of the dataset, and a field for another name.
pub(crate) fn dialog(
    ctx: &Context,
    dialog: &mut AnnotatorDialog,
    view: &AnnotatorsView<'_>,
    actions: &mut Vec<UiAction>,
) {
    super::catch_text(ctx, &mut dialog.text, dialog.focused);
    let modal = Modal::new(Id::unique("annotator")).show(ctx, |ui| {
        ui.set_width(400.0);
        super::title(ui, "Annotator", actions);
        ui.label(
            RichText::new("Each annotator sees their own judgements. The name is remembered for this set.").weak(),
        );
        ui.separator();
        egui::ScrollArea::vertical().max_height(LIST_HEIGHT).auto_shrink([false, true]).show(ui, |ui| {
            for (name, rows) in everybody(view) {
                entry(ui, view, name, rows, actions);
            }
        });
        ui.separator();
        let label = ui.label("Other name");
        let field = ui.add(TextEdit::singleline(&mut dialog.text).desired_width(f32::INFINITY)).labelled_by(label.id);
        super::focus_first(&field, &mut dialog.focused);
        let name = dialog.text.trim().to_owned();
        let enter = field_keys::entered(ui, &field);
        ui.horizontal(|ui| {
            let go = ui.add_enabled(!name.is_empty(), egui::Button::new("Switch annotator")).clicked();
            if !name.is_empty() && (go || enter) {
                actions.push(judge_as(view, &name));
            }
            if ui.button("Cancel").clicked() {
                actions.push(AppAction::CloseDialog.into());
            }
        });
        if enter {
            // An empty name keeps the focus in the field.
            field.request_focus();
        }
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

/// Asks whether the current name is the right one when in doubt. The line is drawn at `top`, with
/// `menus` points on the left kept free. Returns the `y` where the next line may start.
pub(crate) fn question(
    ctx: &Context,
    view: &AnnotatorsView<'_>,
    top: f32,
    menus: f32,
    actions: &mut Vec<UiAction>,
) -> f32 {
    let others: Vec<&(String, usize)> = view.known.in_question().collect();
    // A judgement under the current name has answered the question.
    if others.is_empty() || view.has_judged_now {
        return top;
    }
    let present = shortened(view.present);
    let area = Area::new(Id::unique("whose")).order(Order::Foreground).anchor(Align2::RIGHT_TOP, vec2(-6.0, top));
    let shown = area.show(ctx, |ui| {
        Frame::popup(ui.style()).inner_margin(Margin::symmetric(8, 3)).show(ui, |ui| {
            ui.set_max_width((ctx.content_rect().width() - menus).max(220.0));
            ui.horizontal_wrapped(|ui| {
                ui.label(icons::WARNING);
                ui.add(Label::new(RichText::new(sentence(&others, &present)).strong()).wrap());
                for (name, _) in others.iter().take(ASKED_UP_TO) {
                    let button = ui.button(format!("Judge as {}", shortened(name)));
                    if button.on_hover_text("Show these judgements and continue them").clicked() {
                        actions.push(AppAction::JudgeAs(name.clone()).into());
                    }
                }
                let button = ui.button(format!("Keep {present}"));
                if button
                    .on_hover_text("Start from the beginning under this name; the other judgements are kept")
                    .clicked()
                {
                    actions.push(AppAction::KeepAnnotator.into());
                }
                if others.len() > ASKED_UP_TO {
                    let button =
                        ui.button("Others…").on_hover_text(keymap::from_context(ctx).hint(DatasetCommand::Annotator));
                    if button.clicked() {
                        actions.push(DatasetCommand::Annotator.into());
                    }
                }
            });
        });
    });
    shown.response.rect.bottom() + 2.0
}

/// The number of rows that each annotator judged, and the current name.
fn sentence(others: &[&(String, usize)], present: &str) -> String {
    let some = others.iter().take(ASKED_UP_TO).enumerate();
    let mut parts: Vec<String> = some
        .map(|(at, (name, rows))| {
            let name = shortened(name);
            if at == 0 { format!("{name} judged {} here", count(*rows, "row")) } else { format!("{name} {rows}") }
        })
        .collect();
    if others.len() > ASKED_UP_TO {
        parts.push(format!("{} other annotators judged the rest", others.len() - ASKED_UP_TO));
    }
    format!("{}; you are {present}.", parts.join(", "))
}

fn shortened(name: &str) -> String {
    text::shortened(name, NAME_UP_TO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_says_who_judged_how_much() {
        let check = |others: &[(&str, usize)], line: &str| {
            let others: Vec<(String, usize)> = others.iter().map(|(name, rows)| ((*name).to_owned(), *rows)).collect();
            assert_eq!(sentence(&others.iter().collect::<Vec<_>>(), "root"), line);
        };
        check(&[("me", 9)], "me judged 9 rows here; you are root.");
        check(&[("me", 1)], "me judged 1 row here; you are root.");
        check(&[("me", 9), ("ann", 3)], "me judged 9 rows here, ann 3; you are root.");
        check(
            &[("a", 9), ("b", 8), ("c", 7), ("d", 6), ("e", 5)],
            "a judged 9 rows here, b 8, c 7, 2 other annotators judged the rest; you are root.",
        );
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        assert_eq!(shortened("ann"), "ann");
        assert_eq!(shortened(&"ü".repeat(30)), format!("{}…", "ü".repeat(24)));
    }
}
