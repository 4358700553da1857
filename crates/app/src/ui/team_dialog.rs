//! The team at a glance: a line for each annotator, what waits for adjudication, and the assignment
//! of what is listed. `team_line.rs` draws the lines. Counts nothing.

use egui::{Button, CollapsingHeader, Context, Grid, Id, Modal, RichText, ScrollArea, TextEdit, Ui};
use tilejury_audit::assignments::{Assignment, USUAL_OVERLAP};
use tilejury_audit::now;
use tilejury_audit::overview::TeamFigures;
use tilejury_audit::text::{count, grouped};

use super::{AppAction, ReviewAction, UiAction, command_button, field_keys, team_line};
use crate::command::DatasetCommand;

/// The width of the dialog, and the height around its table, in points.
const WIDTH: f32 = 1080.0;
const AROUND: f32 = 320.0;

/// The state of the dialog.
pub(crate) struct TeamDialog {
    /// Whether the part that assigns rows is opened or closed in the next frame.
    assigns: Option<bool>,
    /// The annotators, as they are typed; `None` until the known ones are proposed.
    names: Option<String>,
    /// The percentage of rows that two judge, as it is typed.
    overlap: String,
    focused: bool,
}

impl TeamDialog {
    /// `assigns`: with the part open that assigns rows.
    pub(crate) fn new(assigns: bool) -> Self {
        let overlap = format!("{:.0}", USUAL_OVERLAP * 100.0);
        Self { assigns: Some(assigns), names: None, overlap, focused: !assigns }
    }
}

/// The data of the dialog.
pub(crate) struct TeamView<'a> {
    /// The figures; `None` until they are counted.
    pub(crate) team: Option<&'a TeamFigures>,
    pub(crate) is_counting: bool,
    /// The present annotator.
    pub(crate) me: &'a str,
    /// All assignments, the oldest first.
    pub(crate) assignments: &'a [Assignment],
    /// The number of listed rows, and the search that lists them.
    pub(crate) listed: usize,
    pub(crate) search: &'a str,
    /// The number of rows in a conflict.
    pub(crate) conflicts: usize,
}

pub(crate) fn show(ctx: &Context, dialog: &mut TeamDialog, view: &TeamView<'_>, actions: &mut Vec<UiAction>) {
    let size = ctx.content_rect().size() * 0.94;
    let modal = Modal::new(Id::unique("team")).show(ctx, |ui| {
        ui.set_width(size.x.min(WIDTH));
        super::title(ui, "Team", actions);
        let Some(team) = view.team else {
            ui.horizontal(|ui| {
                super::busy::busy(ui);
                ui.label("Counting…");
            });
            return;
        };
        let most = (size.y - AROUND).max(90.0);
        let area = ScrollArea::both().min_scrolled_height(most).max_height(most).auto_shrink([false, true]);
        area.show(ui, |ui| table(ui, team, view, actions));
        ui.add_space(6.0);
        waiting(ui, team, view, actions);
        ui.separator();
        let names = dialog.names.get_or_insert_with(|| proposed(team, view.me));
        let header = CollapsingHeader::new("Assign what is listed").open(dialog.assigns.take());
        header.show(ui, |ui| assign(ui, (names, &mut dialog.overlap, &mut dialog.focused), view, actions));
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

/// The names that are proposed: everybody who judged.
fn proposed(team: &TeamFigures, me: &str) -> String {
    let names: Vec<&str> = team.annotators.iter().map(|one| one.annotator.as_str()).collect();
    let names: Vec<&str> = names.into_iter().filter(|name| !name.starts_with("adjudicator")).collect();
    if names.is_empty() { me.to_owned() } else { names.join(", ") }
}

fn table(ui: &mut Ui, team: &TeamFigures, view: &TeamView<'_>, actions: &mut Vec<UiAction>) {
    if team.annotators.is_empty() {
        ui.label("Nobody has judged yet, and no rows are assigned.");
        return;
    }
    Grid::new("team").spacing([18.0, 4.0]).striped(true).show(ui, |ui| {
        team_line::headings(ui);
        ui.end_row();
        for one in &team.annotators {
            team_line::show(ui, one, view.me, actions);
            ui.end_row();
        }
    });
    if view.is_counting {
        super::busy::busy(ui);
    }
}

/// The rows that wait for adjudication, and the conflicts.
fn waiting(ui: &mut Ui, team: &TeamFigures, view: &TeamView<'_>, actions: &mut Vec<UiAction>) {
    ui.horizontal_wrapped(|ui| {
        let rows: usize = team.to_adjudicate.iter().map(|waiting| waiting.rows).sum();
        match rows {
            0 => _ = ui.label("No row waits for adjudication."),
            _ => {
                let of = team.to_adjudicate.iter().map(|waiting| match &waiting.audit {
                    Some(audit) => format!("{} in the audit “{audit}”", grouped(waiting.rows)),
                    None => format!("{} outside of audits", grouped(waiting.rows)),
                });
                let of: Vec<String> = of.collect();
                ui.label(format!("Rows to adjudicate: {}.", of.join(", ")));
                command_button(ui, DatasetCommand::Adjudicate, actions);
            }
        }
        if view.conflicts > 0 {
            team_line::filter(
                ui,
                &format!("{} in a conflict", count(view.conflicts, "row")),
                "Rows whose judgements contradict those of others",
                "conflict:yes",
                actions,
            );
        }
    });
}

/// The part that assigns the listed rows, and the assignments so far.
fn assign(
    ui: &mut Ui,
    (names, overlap, focused): (&mut String, &mut String, &mut bool),
    view: &TeamView<'_>,
    actions: &mut Vec<UiAction>,
) {
    let search = if view.search.is_empty() { "all".to_owned() } else { view.search.to_owned() };
    ui.label(
        RichText::new(format!(
            "The {} ({search}) are divided at random, the same way on every machine.",
            count(view.listed, "listed row")
        ))
        .weak(),
    );
    let entered = ui
        .horizontal_wrapped(|ui| {
            let label = ui.label("Annotators");
            let field = TextEdit::singleline(names).hint_text("ada, bo, cy").desired_width(300.0);
            let field = ui.add(field).labelled_by(label.id);
            super::focus_first(&field, focused);
            let label = ui.label("Judged by two, in %");
            ui.add(TextEdit::singleline(overlap).desired_width(48.0)).labelled_by(label.id);
            field_keys::entered(ui, &field)
        })
        .inner;
    let to: Vec<String> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let share = overlap.trim().parse::<f64>().ok().filter(|percent| (0.0..=100.0).contains(percent));
    // One annotator shares no row with anybody.
    let share = if to.len() < 2 { Some(0.0) } else { share };
    ui.horizontal_wrapped(|ui| {
        let can = !to.is_empty() && share.is_some() && view.listed > 0;
        let name = format!("Assign {}", count(view.listed, "row"));
        let clicked = ui.add_enabled(can, Button::new(&name)).clicked();
        if let Some(share) = share.filter(|_| can && (clicked || entered)) {
            actions.push(ReviewAction::AssignListed(to.clone(), share / 100.0).into());
        }
        if share.is_none() {
            ui.label("The share of rows that two judge is from 0 to 100.");
        }
    });
    for (number, one) in view.assignments.iter().enumerate().rev().filter(|(_, one)| !one.withdrawn) {
        ui.horizontal_wrapped(|ui| {
            let filter = if one.plan.filter.is_empty() { String::new() } else { format!(" ({})", one.plan.filter) };
            let day = if one.at.is_same_day(now()) { "today, " } else { "" };
            let by_two = match (100.0 * one.plan.overlap).round() {
                0.0 => String::new(),
                percent => format!(", {percent} % of them to two"),
            };
            let text = format!(
                "{} to {}{by_two}: by {}, {day}{}{filter}",
                count(one.rows.len(), "row"),
                one.plan.to.join(", "),
                one.by,
                one.at.for_people(now())
            );
            if ui.button("Withdraw").on_hover_text("What was judged stays.").clicked() {
                actions.push(ReviewAction::Withdraw(number).into());
            }
            ui.label(text);
        });
    }
}
