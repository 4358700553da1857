//! The list of all audits that were ever begun, and the result of one of them: its plan, its rates
//! with intervals, and what they mean in sentences. Counts nothing.

use egui::{Button, CollapsingHeader, Context, Id, Modal, RichText, ScrollArea, Ui};
use tilejury_audit::audits::{AcceptanceFigures, AuditStatus};
use tilejury_audit::text::{count, grouped};

use super::rate_plot::{self, RateColumns, RateLine};
use super::{AppAction, ReviewAction, UiAction, accept_set, command_button, field_keys};
use crate::command::DatasetCommand;
use crate::icons;
use crate::review::AuditEntry;
use crate::theme::palette;

/// The width of the list, in points.
const LIST: f32 = 250.0;
/// The space between the list and the result, in points.
const GAP: f32 = 20.0;
/// The columns of the plot.
const COLUMNS: RateColumns = RateColumns { label: 190.0, number: 150.0 };

/// The length of the day in a moment: `2026-11-29`.
const DAY: usize = 10;

/// The state of the dialog.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AuditsDialog {
    /// The audit whose result is shown; the latest if none was chosen.
    pub(crate) shown: Option<usize>,
}

impl AuditsDialog {
    /// The list with the result of an audit; of the latest one if there is none.
    pub(crate) fn at(shown: Option<usize>) -> Self {
        Self { shown }
    }
}

pub(crate) fn show(ctx: &Context, dialog: &mut AuditsDialog, audits: &[AuditEntry<'_>], actions: &mut Vec<UiAction>) {
    let modal = Modal::new(Id::unique("audits")).show(ctx, |ui| {
        let screen = ctx.content_rect().size();
        ui.set_width(960.0_f32.min(screen.x * 0.94));
        super::title(ui, "Audits", actions);
        ui.horizontal_wrapped(|ui| {
            let text = "How many rows are wrong, by rows that were drawn at random. Every audit that was begun stays in this list.";
            ui.label(RichText::new(text).weak());
        });
        command_button(ui, DatasetCommand::NewAudit, actions);
        ui.separator();
        let Some(last) = audits.len().checked_sub(1) else {
            ui.label("No audit was begun yet.");
            return;
        };
        let shown = dialog.shown.filter(|shown| *shown <= last).unwrap_or(last);
        let height = (screen.y * 0.9 - 170.0).clamp(120.0, 460.0);
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| {
                ui.set_width(LIST);
                let area = ScrollArea::vertical().id_salt("audits").max_height(height).min_scrolled_height(height);
                area.auto_shrink([false, true]).show(ui, |ui| {
                    for (number, audit) in audits.iter().enumerate().rev() {
                        if list_line(ui, audit, number == shown) {
                            dialog.shown = Some(number);
                        }
                    }
                });
            });
            ui.add_space(GAP);
            ui.vertical(|ui| {
                let area = ScrollArea::vertical().id_salt("audit").max_height(height).min_scrolled_height(height);
                area.auto_shrink([false, true]).show(ui, |ui| {
                    if let Some(audit) = audits.get(shown) {
                        details(ui, (shown, audit), actions);
                    }
                });
            });
        });
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

/// One line of the list: the name, and how far it is. Returns whether it was clicked.
fn list_line(ui: &mut Ui, audit: &AuditEntry<'_>, is_shown: bool) -> bool {
    let name = &audit.plan.name;
    let state = state_of(audit);
    let text = format!("{name}\n{state}");
    let button = Button::selectable(is_shown, text).min_size(egui::vec2(ui.available_width(), 0.0));
    ui.add(button).accessible_name(format!("Audit {name}, {state}")).clicked()
}

/// The progress of an audit in a few words.
pub(crate) fn state_of(audit: &AuditEntry<'_>) -> String {
    let planned = audit.plan.rows as usize;
    match audit.status {
        None => "counting…".to_owned(),
        Some(status) if status.finished => format!("{} finished", count(planned, "row")),
        Some(status) => {
            let judged = format!("{} of {} judged", grouped(status.judged as usize), grouped(planned));
            match audit.part {
                Some((answered, rows)) => format!("{judged} · your part: {} of {}", grouped(answered), grouped(rows)),
                None => judged,
            }
        }
    }
}

fn details(ui: &mut Ui, (number, audit): (usize, &AuditEntry<'_>), actions: &mut Vec<UiAction>) {
    ui.label(RichText::new(&audit.plan.name).heading());
    ui.label(RichText::new(plan_in_words(audit)).weak());
    if let Some(guideline) = &audit.plan.guideline {
        CollapsingHeader::new("Guideline").id_salt(("guideline", number)).show(ui, |ui| {
            ui.label(&guideline.text);
            ui.label(RichText::new(format!("SHA-256 {}", guideline.sha256)).weak().small());
        });
    }
    ui.add_space(6.0);
    let Some(status) = audit.status else {
        super::busy::busy(ui);
        return;
    };
    let sentences = status.sentences(audit.plan);
    if audit.shows_rates() {
        plot(ui, status);
        ui.add_space(4.0);
        let of_set = status.acceptance.as_ref().map(AcceptanceFigures::sentence);
        for (at, sentence) in sentences.iter().enumerate().filter(|(_, text)| of_set.as_ref() != Some(*text)) {
            let text = RichText::new(sentence);
            ui.label(if at == 1 { text.strong() } else { text });
        }
    } else {
        ui.label(&sentences[0]);
        let words = match audit.hides_rates {
            true => "Blind: rates so far are hidden.",
            false => "Blind: its rates are shown once all of its rows count.",
        };
        ui.label(RichText::new(words).weak());
    }
    if audit.shows_rates() {
        accept_set::show(ui, (number, audit), status, actions);
    }
    ui.add_space(8.0);
    ui.horizontal_wrapped(|ui| {
        let is_answered = audit.part.is_some_and(|(answered, rows)| answered == rows);
        let words = if status.finished || is_answered { "Show its rows" } else { "Judge its rows" };
        let button = super::button_with_key(words, "Enter");
        let enter = ui.add_enabled(audit.is_mine, button).accessible_name(words);
        if audit.is_mine && (enter.clicked() || field_keys::enter_is_free(ui)) {
            actions.push(ReviewAction::EnterAudit(number).into());
        }
        if is_answered && !status.finished {
            ui.label(RichText::new("Your part is answered; the others are awaited.").weak());
        }
        if !audit.is_mine {
            let text = format!("{} {}", icons::WARNING, who_judges(&audit.plan.annotators));
            ui.label(RichText::new(text).color(palette(ui.visuals()).unsure));
        }
    });
}

/// Says whose rows an audit has, to a person who has none.
fn who_judges(annotators: &[String]) -> String {
    match annotators {
        [] => "Nobody judges its rows here.".to_owned(),
        [one] => format!("Only {one} judges its rows."),
        [first @ .., last] => format!("Only {} and {last} judge its rows.", first.join(", ")),
    }
}

fn plot(ui: &mut Ui, status: &AuditStatus) {
    if status.judged == 0 || status.is_of_tiles() {
        return;
    }
    let lines = [
        RateLine::of_rows("Rows with a false negative", &status.rows, status.finished),
        RateLine::of_negatives("Negatives that are relevant", status),
        RateLine::of_rows("Rows with a wrong positive", &status.wrong_positives, status.finished),
    ];
    let end = rate_plot::end_of(lines.iter());
    for line in &lines {
        let name = format!("{}: {}", line.label, line.number);
        rate_plot::show(ui, line, end, COLUMNS, false, &name);
    }
    rate_plot::ends(ui, end, COLUMNS);
}

/// The plan in a sentence.
fn plan_in_words(audit: &AuditEntry<'_>) -> String {
    let plan = audit.plan;
    let rows = grouped(plan.rows as usize);
    let mut parts = vec![match plan.tiles() {
        None => format!("{rows} of {} rows drawn", grouped(plan.population as usize)),
        Some(set) => {
            let [drawn, tiles] = [set.drawn.len(), set.tiles as usize].map(grouped);
            // The rule would tell the machine's word on each drawn tile.
            let rule = if audit.shows_rates() { format!(" · tiles by {}", set.rule) } else { String::new() };
            format!("{drawn} of {tiles} tiles drawn, in {rows} rows{rule}")
        }
    }];
    parts.extend(plan.split.as_ref().map(|split| format!("split {split}")));
    parts.extend(plan.filter.as_ref().map(|filter| format!("filter {filter}")));
    parts.push(format!("seed {}", plan.seed));
    parts.push(format!("level {} %", plan.level * 100.0));
    if !plan.annotators.is_empty() {
        parts.push(format!("for {}", plan.annotators.join(", ")));
    }
    if plan.overlap > 0.0 {
        parts.push(format!("{:.0} % judged by two", plan.overlap * 100.0));
    }
    parts.push(if plan.blind { "blind" } else { "not blind" }.to_owned());
    let at = audit.at.to_string();
    parts.push(format!("begun {} by {}", at.get(..DAY).unwrap_or(&at), audit.begun_by));
    parts.join(" · ")
}
