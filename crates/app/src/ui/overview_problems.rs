//! The problems of the set in words, in the overview: those that an export mends, wholly or in
//! part, apart from those that somebody has to judge. A click lists their rows. Decides neither:
//! the words are those of the audit.

use egui::{RichText, Ui};
use tilejury_audit::overview::{Overview, Problem};
use tilejury_audit::problem_kind::AfterExport;
use tilejury_audit::search::has_terms;
use tilejury_audit::text::grouped;

use super::UiAction;
use super::count_bar;
use super::overview_view::{OverviewView, filter};
use crate::icons;
use crate::theme::palette;

/// The number of problems that are shown before the others are asked for.
const SHOWN_PROBLEMS: usize = 10;
/// The width from which problems are in two columns, in points.
const TWO_COLUMNS: f32 = 1100.0;

/// The groups in the order in which they are shown: what an export leaves of their problems, the
/// name, and the tooltip.
const GROUPS: [(AfterExport, &str, &str); 3] = [
    (
        AfterExport::All,
        "These are left to you",
        "An export with the usual options writes these rows and tiles as they are, until somebody judges them.",
    ),
    (
        AfterExport::Part,
        "An export mends some of these; the rest is left to you",
        "An export with the usual options mends what is certain of these problems, and writes the rest as it is, until \
         somebody judges it.",
    ),
    (
        AfterExport::Nothing,
        "An export mends these",
        "An export with the usual options leaves nothing of these problems: you need not work through them. Its preview \
         shows what happens to each row.",
    ),
];

/// Draws the problems of an overview.
pub(super) fn show(ui: &mut Ui, view: &OverviewView<'_>, overview: &Overview, actions: &mut Vec<UiAction>) {
    if overview.problems.is_empty() {
        let text = match view.waits_for_signals {
            true => "No problem so far.",
            false => "No problem was found in rows and paths. That does not prove that there is none.",
        };
        ui.label(text);
        return;
    }
    let more = egui::Id::unique("all problems of the overview");
    let shows_all = ui.data(|data| data.get_temp::<bool>(more).unwrap_or(false));
    // A line that says that one more is hidden could show that one.
    let hidden = match overview.problems.len().saturating_sub(SHOWN_PROBLEMS) {
        1 => 0,
        hidden => hidden,
    };
    let shown = if shows_all || hidden == 0 { overview.problems.len() } else { SHOWN_PROBLEMS };
    let shown = &overview.problems[..shown.min(overview.problems.len())];
    let of_group = |(after, name, help): (AfterExport, &'static str, &'static str)| {
        let problems = shown.iter().filter(|problem| problem.kind.after_export() == after);
        (name, help, problems.collect::<Vec<&Problem>>())
    };
    let groups: Vec<_> = GROUPS.into_iter().map(of_group).filter(|(.., problems)| !problems.is_empty()).collect();
    let columns = if ui.available_width() >= TWO_COLUMNS { groups.len().min(2) } else { 1 };
    ui.columns(columns, |columns| {
        let last = columns.len() - 1;
        for (at, group) in groups.iter().enumerate() {
            self::group(&mut columns[at.min(last)], view, group, actions);
        }
    });
    if hidden > 0 {
        let text = if shows_all { "Fewer".to_owned() } else { format!("{hidden} more") };
        if ui.small_button(text).clicked() {
            ui.data_mut(|data| data.insert_temp(more, !shows_all));
        }
    }
}

fn group(
    ui: &mut Ui,
    view: &OverviewView<'_>,
    (name, help, problems): &(&str, &str, Vec<&Problem>),
    actions: &mut Vec<UiAction>,
) {
    ui.spacing_mut().item_spacing.y = 1.0;
    ui.label(RichText::new(*name).strong()).on_hover_text(*help);
    problems.iter().for_each(|problem| self::problem(ui, view, problem, actions));
    ui.add_space(4.0);
}

/// A problem in one line: its sentence, which lists the rows, their number, and what an export
/// does.
fn problem(ui: &mut Ui, view: &OverviewView<'_>, problem: &Problem, actions: &mut Vec<UiAction>) {
    let colours = palette(ui.visuals());
    let is_done = problem.rows_judged == Some(problem.rows);
    let (icon, colour) = match problem.certain {
        _ if is_done => (icons::ACCEPT, colours.accept),
        true => (icons::WARNING, colours.reject),
        false => (icons::SEARCH, colours.unsure),
    };
    ui.spacing_mut().button_padding.y = 0.0;
    ui.horizontal(|ui| {
        ui.label(RichText::new(icon).color(colour).size(16.0));
        let text = RichText::new(&problem.text).size(15.0);
        let rows = count_bar::rows(problem.rows);
        // The number of rows gives way before that of the judged ones.
        let forms = [true, false].map(|names_rows| of_rows(problem, names_rows));
        let width = |words: &str, size: f32| {
            let font = egui::FontId::proportional(size);
            ui.painter().layout_no_wrap(words.to_owned(), font, colour).size().x
        };
        let body = egui::TextStyle::Body.resolve(ui.style()).size;
        let gap = ui.spacing().item_spacing.x;
        // What an export does stays in view: the number of rows gives way first, then the sentence.
        let behind = width(problem.in_export, body) + gap;
        let sentence = width(&problem.text, 15.0) + 2.0 * ui.spacing().button_padding.x;
        let has_rows = |form: &&String| !problem.search.is_empty() && !form.is_empty();
        let fits = |form: &&String| sentence + behind + width(form, body) + gap <= ui.available_width();
        let of_rows = forms.iter().filter(has_rows).find(fits);
        let behind = of_rows.map_or(behind, |form| behind + width(form, body) + gap);
        let room = (ui.available_width() - behind).max(ui.available_width() * 0.4);
        let help = format!("{}: {}", problem.kind.label(), problem.kind.export_rule());
        if problem.search.is_empty() {
            ui.scope(|ui| {
                ui.set_max_width(room);
                ui.add(egui::Label::new(text).truncate())
            });
        } else {
            let selected = has_terms(view.search, &problem.search);
            let button = ui.scope(|ui| {
                ui.set_max_width(room);
                ui.add(egui::Button::selectable(selected, text).truncate())
            });
            let response = button.inner.accessible_name(&problem.text);
            let hover = format!("{}\nList {rows}: {}\n\n{help}", problem.text, problem.search);
            if response.on_hover_text(hover).clicked() {
                filter(ui, view, &problem.search, actions);
            }
        }
        if let Some(of_rows) = of_rows {
            ui.label(RichText::new(of_rows).weak());
        }
        ui.add(egui::Label::new(RichText::new(problem.in_export).weak()).truncate()).on_hover_text(help);
    });
}

/// The number of rows, unless the sentence names it, and of the judged ones, if there are any.
fn of_rows(problem: &Problem, names_rows: bool) -> String {
    let names_rows = names_rows && !problem.text.contains(&grouped(problem.rows));
    let judged = problem.rows_judged.filter(|judged| *judged > 0).map(|judged| match judged == problem.rows {
        true => "(all judged)".to_owned(),
        false if names_rows => format!("({} judged)", grouped(judged)),
        false => format!("({} judged)", count_bar::rows(judged)),
    });
    let rows = names_rows.then(|| format!("in {}", count_bar::rows(problem.rows)));
    let parts: Vec<String> = rows.into_iter().chain(judged).collect();
    if parts.is_empty() { String::new() } else { format!("{},", parts.join(" ")) }
}
