//! A person's line in the table of the team. Each number that counts rows opens their list.
//! Counts nothing.

use egui::{Align, Label, Layout, RichText, Role, Ui, WidgetInfo};
use tilejury_audit::exchange::note_of_name;
use tilejury_audit::overview::{TeamMember, TeamNumber, WorkBlock};
use tilejury_audit::search::quote;
use tilejury_audit::text::{count, grouped};
use tilejury_audit::{Timestamp, now};

use super::{AppAction, ReviewAction, UiAction};
use crate::command::DatasetCommand;
use crate::icons;
use crate::review::MY_PART;
use crate::theme::palette;

/// The headings of the table, and what they mean.
const COLUMNS: [(&str, &str); 11] = [
    ("Annotator", "A warning: the name judged in several sidecars"),
    ("Judged", "Rows with a verdict that counts"),
    ("Today", "Rows judged today, those of audits included"),
    ("Part done", "Rows that are assigned to the name or are its part of audits: done, and all"),
    ("Rows an hour", "By the median time from one verdict to the next, pauses over a minute left out"),
    ("Agreement", "Of all times that somebody or another called a negative relevant, the share where both did; 95 %"),
    ("κ", "Cohen's kappa with all others, on whether a negative is relevant; its list has the rows that differ"),
    ("Drift", "Rows with a finding and seconds a row: the first part of the work → the last one"),
    ("Gold failed", "Gold rows with a wrong answer about a negative, of all gold rows that were answered"),
    ("To adjudicate", "Rows that wait for adjudication in which the person gave an answer"),
    ("Last seen", "The last change, by the clock of its machine"),
];

/// The columns that are not numbers alone.
const WORDS: [&str; 3] = ["Annotator", "Drift", "Last seen"];

pub(super) fn headings(ui: &mut Ui) {
    for (title, meaning) in COLUMNS {
        let heading = |ui: &mut Ui| _ = ui.label(RichText::new(title).weak()).on_hover_text(meaning);
        if WORDS.contains(&title) { heading(ui) } else { at_the_right(ui, heading) }
    }
}

/// Numbers below each other end at the same place.
fn at_the_right(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ui.with_layout(Layout::right_to_left(Align::Center), add);
}

/// `me`: the present annotator.
pub(super) fn show(ui: &mut Ui, one: &TeamMember, me: &str, actions: &mut Vec<UiAction>) {
    let name = &one.annotator;
    name_of(ui, one);
    let search = format!("judged-by:{}", quote(name));
    let judged = (one.judged > 0).then(|| grouped(one.judged));
    at_the_right(ui, |ui| link(ui, judged, "0", &format!("Rows judged by {name}"), &search, actions));
    let mut numbers = Numbers { name, actions };
    let today = (one.today > 0).then(|| grouped(one.today));
    numbers.link(ui, TeamNumber::Today, today, "0", &format!("Rows that {name} judged today"));
    part(ui, one, me, &mut numbers);
    let pace = one.rows_an_hour.map(|rows| format!("{rows:.0}"));
    numbers.link(ui, TeamNumber::Pace, pace, NONE, &format!("Rows that {name} judged one at a time"));
    agreement(ui, one, &mut numbers);
    drift(ui, one.drift.as_ref(), &mut numbers);
    gold(ui, one, &mut numbers);
    at_the_right(ui, |ui| match one.differs {
        0 => _ = ui.label("0"),
        rows => {
            if ui.link(grouped(rows)).on_hover_text("Click: adjudicate.").clicked() {
                actions.extend([AppAction::CloseDialog.into(), DatasetCommand::Adjudicate.into()]);
            }
        }
    });
    let at = one.last_seen.as_ref().and_then(|at| at.parse::<Timestamp>().ok());
    ui.label(at.map_or(NONE.to_owned(), |at| at.for_people(now())));
}

/// In place of a number that there is not.
const NONE: &str = "–";

/// The numbers of one person, whose rows the search `team:` finds.
struct Numbers<'a> {
    name: &'a str,
    actions: &'a mut Vec<UiAction>,
}

impl Numbers<'_> {
    /// A number that lists its rows; without a text the other one, which lists nothing.
    fn link(&mut self, ui: &mut Ui, number: TeamNumber, text: Option<String>, otherwise: &str, about: &str) {
        at_the_right(ui, |ui| self.link_here(ui, number, text, otherwise, about));
    }

    fn link_here(&mut self, ui: &mut Ui, number: TeamNumber, text: Option<String>, otherwise: &str, about: &str) {
        let search = format!("team:{}", quote(&number.search(self.name)));
        link(ui, text, otherwise, about, &search, self.actions);
    }
}

fn name_of(ui: &mut Ui, one: &TeamMember) {
    let verdicts = format!(
        "{} accepted, {} rejected, {} unsure",
        grouped(one.accepted),
        grouped(one.rejected),
        grouped(one.unsure)
    );
    if one.sidecars < 2 {
        ui.add(Label::new(RichText::new(&one.annotator).strong())).on_hover_text(verdicts);
        return;
    }
    let colour = palette(ui.visuals()).unsure;
    let text = RichText::new(format!("{} {}", icons::WARNING, one.annotator)).strong().color(colour);
    ui.add(Label::new(text)).on_hover_text(format!("{}.\n{verdicts}", note_of_name(&one.annotator, one.sidecars)));
}

fn part(ui: &mut Ui, one: &TeamMember, me: &str, numbers: &mut Numbers<'_>) {
    let text = one.part.map(|part| format!("{} of {}", grouped(part.done), grouped(part.rows)));
    let about = format!("Part of {}", one.annotator);
    // One's own part has a command of its own, whose search this is.
    if one.annotator == me && one.part.is_some_and(|part| part.assigned == part.rows) {
        at_the_right(ui, |ui| link(ui, text, NONE, &about, MY_PART, numbers.actions));
    } else {
        numbers.link(ui, TeamNumber::Part, text, NONE, &about);
    }
}

/// The agreement and kappa.
fn agreement(ui: &mut Ui, one: &TeamMember, numbers: &mut Numbers<'_>) {
    let (name, figures) = (&one.annotator, one.agreement.as_ref());
    let share = figures.and_then(|figures| figures.positive_agreement);
    let share = share.map(|share| match (share.low, share.high) {
        (Some(low), Some(high)) => {
            format!("{:.0} % ({:.0} to {:.0})", 100.0 * share.value, 100.0 * low, 100.0 * high)
        }
        _ => format!("{:.0} %", 100.0 * share.value),
    });
    let counts = figures.map(|figures| {
        format!(
            "\n{} by both; both relevant {}, one {}, neither {}, unsure {}",
            count(figures.n as usize, "answer"),
            figures.both,
            figures.only_a + figures.only_b,
            figures.neither,
            figures.unsure
        )
    });
    let about = format!("Rows that {name} and others judged{}", counts.unwrap_or_default());
    numbers.link(ui, TeamNumber::Agreement, share, NONE, &about);
    // Without the minus of a number that is rounded to zero.
    let kappa =
        figures.and_then(|figures| figures.kappa).map(|kappa| format!("{:.2}", (100.0 * kappa).round() / 100.0 + 0.0));
    let about = format!("Rows on which {name} and another person differ about a negative");
    numbers.link(ui, TeamNumber::Disagreement, kappa, NONE, &about);
}

fn drift(ui: &mut Ui, blocks: Option<&[WorkBlock; 2]>, numbers: &mut Numbers<'_>) {
    let Some([first, last]) = blocks else {
        ui.label(NONE);
        return;
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let about = |which: &str, block: &WorkBlock| format!("The {which} {}", count(block.rows, "row"));
        numbers.link_here(ui, TeamNumber::First, Some(words_of(first)), NONE, &about("first", first));
        ui.label("→");
        numbers.link_here(ui, TeamNumber::Last, Some(words_of(last)), NONE, &about("last", last));
    });
}

/// The share of rows with a finding, and the pace, of a block.
fn words_of(block: &WorkBlock) -> String {
    let share = 100.0 * block.findings as f64 / block.rows.max(1) as f64;
    match block.seconds {
        Some(seconds) => format!("{share:.0} %, {seconds:.0} s"),
        None => format!("{share:.0} %"),
    }
}

fn gold(ui: &mut Ui, one: &TeamMember, numbers: &mut Numbers<'_>) {
    let Some(gold) = one.gold else {
        at_the_right(ui, |ui| _ = ui.label(NONE));
        return;
    };
    let text = format!("{} of {}", gold.failed, gold.rows);
    let failed = (gold.failed > 0).then(|| text.clone());
    let about = format!("Gold rows with a wrong answer; {} of {} answers are wrong", gold.wrong, gold.answers);
    numbers.link(ui, TeamNumber::GoldFailed, failed, &text, &about);
}

fn link(ui: &mut Ui, text: Option<String>, otherwise: &str, about: &str, search: &str, actions: &mut Vec<UiAction>) {
    match text {
        None => _ = ui.label(otherwise),
        Some(text) => filter(ui, &text, about, search, actions),
    }
}

/// A number that lists its rows.
pub(super) fn filter(ui: &mut Ui, text: &str, about: &str, search: &str, actions: &mut Vec<UiAction>) {
    let link = ui.link(text).on_hover_text(format!("{about}\n{search}\nClick: list these rows."));
    // A number alone says nothing to somebody who does not see its column.
    let first_line = about.lines().next().unwrap_or_default();
    link.widget_info(|| WidgetInfo::labeled(Role::Link, true, format!("{first_line}: {text}")));
    if link.clicked() {
        actions.extend([AppAction::CloseDialog.into(), ReviewAction::UseFilter(search.to_owned()).into()]);
    }
}
