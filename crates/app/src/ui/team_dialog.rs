//! The team at a glance: a line for each annotator, what waits for adjudication, and the assignment
//! of what is listed. Each number opens its list. Counts nothing.

use egui::{Button, CollapsingHeader, Context, Grid, Id, Label, Modal, RichText, ScrollArea, TextEdit, Ui};
use tilejury_audit::assignments::Assignment;
use tilejury_audit::exchange::note_of_name;
use tilejury_audit::overview::{TeamFigures, TeamMember, WorkBlock};
use tilejury_audit::search::quote;
use tilejury_audit::text::{count, grouped};
use tilejury_audit::{Timestamp, now};

use super::{AppAction, ReviewAction, UiAction, command_button, field_keys};
use crate::command::DatasetCommand;
use crate::icons;
use crate::review::MY_PART;
use crate::theme::palette;

/// The width of the dialog, and the height around its table, in points.
const WIDTH: f32 = 1080.0;
const AROUND: f32 = 320.0;
/// The overlap that is proposed, in percent.
const OVERLAP: &str = "10";
/// The headings of the table, and what they mean.
const COLUMNS: [(&str, &str); 10] = [
    ("Annotator", "A warning: the name judged in several sidecars"),
    ("Judged", "Rows with a verdict that counts"),
    ("Today", "Rows judged today, those of audits included"),
    ("Part", "Rows that are assigned to the name or are its part of audits: done, and all"),
    ("Rows an hour", "By the median time from one verdict to the next, pauses over a minute left out"),
    ("Agreement", "Of all times that somebody or another called a negative relevant, the share where both did; 95 %"),
    ("κ", "Cohen's kappa with all others, on whether a negative is relevant"),
    ("Drift", "Rows with a finding and seconds a row: the first part of the work → the last one"),
    ("Differs", "Rows that wait for adjudication in which the person gave an answer"),
    ("Last seen", "The last change, by the clock of its machine"),
];

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
        Self { assigns: Some(assigns), names: None, overlap: OVERLAP.to_owned(), focused: !assigns }
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
                ui.spinner();
                ui.label("Counting…");
            });
            return;
        };
        ScrollArea::both().max_height((size.y - AROUND).max(90.0)).auto_shrink([false, true]).show(ui, |ui| {
            table(ui, team, view, actions);
        });
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
    Grid::new("team").num_columns(COLUMNS.len()).spacing([18.0, 4.0]).striped(true).show(ui, |ui| {
        for (title, meaning) in COLUMNS {
            ui.label(RichText::new(title).weak()).on_hover_text(meaning);
        }
        ui.end_row();
        for one in &team.annotators {
            line(ui, one, view.me, actions);
            ui.end_row();
        }
    });
    if view.is_counting {
        ui.spinner();
    }
}

fn line(ui: &mut Ui, one: &TeamMember, me: &str, actions: &mut Vec<UiAction>) {
    let name = &one.annotator;
    name_of(ui, one);
    list(ui, one.judged, &format!("Rows judged by {name}"), &format!("judged-by:{}", quote(name)), actions);
    ui.label(grouped(one.today));
    match one.part {
        None => _ = ui.label("–"),
        Some(part) => {
            let text = format!("{} of {}", grouped(part.done), grouped(part.rows));
            let search = if name == me { MY_PART.to_owned() } else { format!("assigned:{}", quote(name)) };
            let about = format!("Part of {name}: {text}");
            if part.assigned > 0 {
                filter(ui, &text, &about, &search, actions);
            } else if ui.link(&text).on_hover_text(format!("{about}, in audits")).clicked() {
                actions.push(DatasetCommand::Audits.into());
            }
        }
    }
    ui.label(one.rows_an_hour.map_or("–".to_owned(), |rows| format!("{rows:.0}")));
    let agreement = one.agreement.as_ref();
    let share = agreement.and_then(|figures| figures.positive_agreement);
    let text = share.map_or("–".to_owned(), |share| match (share.low, share.high) {
        (Some(low), Some(high)) => {
            format!("{:.0} % ({:.0} to {:.0})", 100.0 * share.value, 100.0 * low, 100.0 * high)
        }
        _ => format!("{:.0} %", 100.0 * share.value),
    });
    let response = ui.label(text);
    if let Some(figures) = agreement {
        response.on_hover_text(format!(
            "{} by both; both relevant {}, one {}, neither {}, unsure {}",
            count(figures.n as usize, "answer"),
            figures.both,
            figures.only_a + figures.only_b,
            figures.neither,
            figures.unsure
        ));
    }
    let kappa = agreement.and_then(|figures| figures.kappa);
    ui.label(kappa.map_or("–".to_owned(), |kappa| format!("{kappa:.2}")));
    ui.label(one.drift.as_ref().map_or("–".to_owned(), |[first, last]| format!("{} → {}", block(first), block(last))));
    match one.differs {
        0 => _ = ui.label("0"),
        rows => {
            let link = ui.link(grouped(rows)).on_hover_text("Click: adjudicate.");
            if link.clicked() {
                actions.extend([AppAction::CloseDialog.into(), DatasetCommand::Adjudicate.into()]);
            }
        }
    }
    let at = one.last_seen.as_ref().and_then(|at| at.parse::<Timestamp>().ok());
    ui.label(at.map_or("–".to_owned(), |at| at.for_people(now())));
}

fn name_of(ui: &mut Ui, one: &TeamMember) {
    let gold = one.gold.map(|gold| format!("; gold rows: {} of {} answers wrong", gold.wrong, gold.answers));
    let verdicts = format!(
        "{} accepted, {} rejected, {} unsure{}",
        grouped(one.accepted),
        grouped(one.rejected),
        grouped(one.unsure),
        gold.unwrap_or_default()
    );
    if one.sidecars < 2 {
        ui.add(Label::new(RichText::new(&one.annotator).strong())).on_hover_text(verdicts);
        return;
    }
    let colour = palette(ui.visuals()).unsure;
    let text = RichText::new(format!("{} {}", icons::WARNING, one.annotator)).strong().color(colour);
    ui.add(Label::new(text)).on_hover_text(format!("{}.\n{verdicts}", note_of_name(&one.annotator, one.sidecars)));
}

/// The share of rows with a finding, and the pace, of a block.
fn block(block: &WorkBlock) -> String {
    let share = 100.0 * block.findings as f64 / block.rows.max(1) as f64;
    match block.seconds {
        Some(seconds) => format!("{share:.0} %, {seconds:.0} s"),
        None => format!("{share:.0} %"),
    }
}

fn list(ui: &mut Ui, rows: usize, about: &str, search: &str, actions: &mut Vec<UiAction>) {
    match rows {
        0 => _ = ui.label("0"),
        rows => filter(ui, &grouped(rows), about, search, actions),
    }
}

/// A number that lists its rows.
fn filter(ui: &mut Ui, text: &str, about: &str, search: &str, actions: &mut Vec<UiAction>) {
    let link = ui.link(text).on_hover_text(format!("{about}\n{search}\nClick: list these rows."));
    if link.clicked() {
        actions.extend([AppAction::CloseDialog.into(), ReviewAction::UseFilter(search.to_owned()).into()]);
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
                ui.label(format!("To adjudicate: {}.", of.join(", ")));
                command_button(ui, DatasetCommand::Adjudicate, actions);
            }
        }
        if view.conflicts > 0 {
            filter(
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
            let label = ui.label("Judged by two, in percent");
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
            let text = format!(
                "{} to {} by {}, {}{filter}",
                count(one.rows.len(), "row"),
                one.plan.to.join(", "),
                one.by,
                one.at.for_people(now())
            );
            if ui.small_button("Withdraw").on_hover_text("What was judged stays.").clicked() {
                actions.push(ReviewAction::Withdraw(number).into());
            }
            ui.label(text);
        });
    }
}
