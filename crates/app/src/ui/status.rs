//! The line at the bottom: the position in the list, the number of judged samples, whether all
//! judgements are on disk, and room for news.

use std::path::Path;

use egui::{Align, Layout, RichText, TextStyle, Ui, WidgetInfo};
use tilejury_audit::pace::{PaceReport, spell};
use tilejury_audit::sidecar::LocationReason;
use tilejury_audit::text::{capital, count, grouped};
use tilejury_data::{Dataset, MissingShards, WarningKind};

use super::annotators::{self, AnnotatorsView};
use super::connection_chip::{self, ConnectionView};
use super::news::{self, NewsView};
use super::{BackgroundStatus, ReviewAction, UiAction, background_chip, exchange_chip, text_width};
use crate::command::{DatasetCommand, keymap};
use crate::exchange_task::ExchangeState;
use crate::icons;
use crate::review::{RowsJudged, Saving};
use crate::theme::palette;

/// The width reserved for the dataset's name, in points.
const NAME_AT_LEAST: f32 = 110.0;
/// The number of missing shards named in the tooltip.
const NAMED_SHARDS: usize = 12;

/// The content of the line.
pub(crate) struct StatusView<'a> {
    /// The position of the current sample in the list, or where it would be inserted.
    pub(crate) position: Result<usize, usize>,
    /// The number of listed samples.
    pub(crate) listed: usize,
    /// The number of judged samples, of all or of the round that runs.
    pub(crate) judged: RowsJudged,
    /// The number of false negatives by the answers of the annotator.
    pub(crate) false_negatives: usize,
    /// Whether the false negatives may be counted.
    pub(crate) shows_rate: bool,
    /// The number of negatives that the annotator marked as relevant, and of their rows.
    pub(crate) marked: (usize, usize),
    pub(crate) saving: &'a Saving,
    /// The number of events that are not on disk yet.
    pub(crate) unsaved: u64,
    pub(crate) annotators: AnnotatorsView<'a>,
    pub(crate) missing: &'a MissingShards,
    pub(crate) dataset: &'a Dataset,
    /// The folder, file or address that was opened.
    pub(crate) path: &'a Path,
    /// A note that judging began on another revision.
    pub(crate) revision_note: Option<&'a str>,
    /// The connection, if it is at an address.
    pub(crate) connection: Option<ConnectionView<'a>>,
    /// The exchange of judgements, if there is one.
    pub(crate) exchange: Option<ExchangeState>,
    /// The session counter, if it is wanted.
    pub(crate) counter: Option<CounterView>,
}

/// The pace of the session, and the number of listed samples without a verdict.
pub(crate) struct CounterView {
    pub(crate) pace: PaceReport,
    pub(crate) unjudged: usize,
    /// The number of samples that the annotator judged today.
    pub(crate) today: usize,
    /// The samples to judge a day; 0 for no goal.
    pub(crate) goal: usize,
}

pub(crate) fn show(
    ui: &mut Ui,
    view: &StatusView<'_>,
    at_work: BackgroundStatus<'_>,
    news: &NewsView<'_>,
    actions: &mut Vec<UiAction>,
) {
    ui.horizontal(|ui| {
        position(ui, view, actions);
        ui.separator();
        let judged = ui.add(item(in_words(view.judged)));
        if judged.on_hover_text("List the judged rows (judged:yes)").clicked() {
            actions.push(ReviewAction::UseFilter("judged:yes".to_owned()).into());
        }
        ui.separator();
        if view.shows_rate {
            false_negatives(ui, view, actions);
            ui.separator();
        }
        saved(ui, view, actions);
        ui.separator();
        annotators::name(ui, &view.annotators, actions);
        ui.separator();
        missing_shards(ui, view.missing, view.connection.is_some(), actions);
        problems(ui, view.dataset, actions);
        // News take the place of the dataset's name and of the counter's words.
        let room = news.wanted(ui).max(NAME_AT_LEAST);
        behind(ui, view, at_work, room, actions, |ui, actions| {
            if news.notices.is_empty() {
                dataset(ui, view, actions);
            }
            news::show(ui, news, actions);
        });
    });
}

/// The number of judged rows, in a round with the rows to go, or of the annotator's part.
fn in_words(progress: RowsJudged) -> String {
    let RowsJudged { judged, rows, is_round, is_part } = progress;
    let to_go = grouped(rows - judged);
    let (judged, rows) = (grouped(judged), grouped(rows));
    match (is_round, is_part) {
        (true, _) => format!("{judged} of {rows} judged, {to_go} to go"),
        (false, true) => format!("{judged} of {rows} judged in your part"),
        (false, false) => format!("{judged} of {rows} judged"),
    }
}

/// The number of false negatives. Click to list their rows.
fn false_negatives(ui: &mut Ui, view: &StatusView<'_>, actions: &mut Vec<UiAction>) {
    let palette = palette(ui.visuals());
    let found = view.false_negatives > 0;
    let colour = if found { palette.false_negative } else { ui.visuals().weak_text_color() };
    let sign = icons::FALSE_NEGATIVE_FILL;
    let words = RichText::new(format!("{sign} {}", count(view.false_negatives, "false negative"))).color(colour);
    let (marked, rows) = view.marked;
    let help = format!(
        "You marked {} as relevant, in {}; a click lists them (fn:>0). The number counts each query and tile in \
         every row that has both, but not a row's own positive among its negatives.",
        count(marked, "negative"),
        count(rows, "row"),
    );
    if ui.add(item(words)).on_hover_text(help).clicked() {
        actions.push(ReviewAction::UseFilter("fn:>0".to_owned()).into());
    }
}

/// A text of the line that opens what it names.
fn item(text: impl Into<egui::WidgetText>) -> egui::Button<'static> {
    egui::Button::new(text).frame_when_inactive(false)
}

/// The position in the list. Click to go to another.
fn position(ui: &mut Ui, view: &StatusView<'_>, actions: &mut Vec<UiAction>) {
    let listed = grouped(view.listed);
    let position = match view.position {
        Ok(at) => format!("{} of {listed}", grouped(at + 1)),
        Err(_) => format!("not in this list ({listed})"),
    };
    let hint = keymap::from_context(ui.ctx()).hint(DatasetCommand::GoTo);
    if ui.add(item(RichText::new(position).strong())).on_hover_text(hint).clicked() {
        actions.push(DatasetCommand::GoTo.into());
    }
}

/// Draws the far end of the line, where nothing moves when it appears or disappears: the counter,
/// if it is switched on and `room` is left for the text before it; behind the counter, the
/// connection and the background work.
fn behind(
    ui: &mut Ui,
    view: &StatusView<'_>,
    at_work: BackgroundStatus<'_>,
    room: f32,
    actions: &mut Vec<UiAction>,
    before: impl FnOnce(&mut Ui, &mut Vec<UiAction>),
) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        background_chip::show(ui, at_work, room, actions);
        if let Some(exchange) = &view.exchange {
            exchange_chip::show(ui, exchange, room, actions);
        }
        if let Some(connection) = &view.connection {
            connection_chip::show(ui, connection, room, actions);
        }
        if let Some(text) = view.counter.as_ref().and_then(|view| counter(ui, view, room)) {
            let label = ui.label(RichText::new(text.shown).weak()).on_hover_text(text.help);
            label.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &text.name));
            ui.separator();
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| before(ui, actions));
    });
}

/// The counter as it is drawn.
struct CounterText {
    shown: String,
    /// The text for a screen reader: of a counter cut to its number, with its words.
    name: String,
    help: String,
}

/// The counter: samples judged now and today, pace, and time for the rest of the list, as much of
/// it as there is room for; the tooltip explains the numbers.
fn counter(ui: &Ui, view: &CounterView, room: f32) -> Option<CounterText> {
    let (report, left) = (&view.pace, view.unjudged);
    let mut parts = vec![format!("{} this session: {}", icons::TIMER, grouped(report.judged))];
    if view.goal > 0 {
        parts.push(format!("{} of {} today", grouped(view.today), grouped(view.goal)));
    }
    if let (Some(median), Some(per_hour), Some(time)) = (report.median_secs, report.per_hour(), report.time_left(left))
    {
        parts.push(format!("{} per row", spell_pace(median)));
        parts.push(format!("{per_hour:.0} per hour"));
        if left > 0 {
            parts.push(format!("{} left", spell(time)));
        }
    }
    let help = format!(
        "{}\n\nRows judged since the set was opened, and today. The pace is the median of the last 20, without pauses of a minute or more, and is known after 10. The time left is for the {} unjudged rows in the list.",
        parts.join(" · "),
        grouped(left)
    );
    let fits = |text: &str| text_width(ui, text, &TextStyle::Body) + room < ui.available_width();
    let shortest = parts[0].clone();
    while !parts.is_empty() {
        let text = parts.join(" · ");
        if fits(&text) {
            return Some(CounterText { shown: text.clone(), name: text, help });
        }
        parts.pop();
    }
    let number = format!("{} {}", icons::TIMER, grouped(report.judged));
    fits(&number).then_some(CounterText { shown: number, name: shortest, help })
}

/// The time for a sample: `2.3 s`, or `4 min 22 s` from a minute on.
fn spell_pace(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match (whole / 60, whole % 60) {
        (0, _) => format!("{seconds:.1} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

fn saved(ui: &mut Ui, view: &StatusView<'_>, actions: &mut Vec<UiAction>) {
    let palette = palette(ui.visuals());
    let file = view.saving.location().path.display();
    match (view.saving.failure(), view.unsaved) {
        (Some(failure), unsaved) => {
            let text = RichText::new(format!("{} {unsaved} not saved", icons::WARNING)).color(palette.reject).strong();
            let help = format!(
                "{failure}\n\nThey are kept in memory, and saving is retried every second. Click to retry now."
            );
            if ui.button(text).on_hover_text(help).clicked() {
                actions.push(DatasetCommand::RetrySaving.into());
            }
        }
        (None, 0) => {
            let words = RichText::new(format!("{} Saved", icons::ACCEPT)).color(palette.accept);
            let help = format!("Every judgement is on disk, in {file}. Click to see them in the history.");
            if ui.add(item(words)).on_hover_text(help).clicked() {
                actions.push(DatasetCommand::History.into());
            }
        }
        (None, unsaved) => {
            ui.label(RichText::new(format!("Saving {unsaved}…")).color(palette.unsure))
                .on_hover_text(format!("Saving to {file}"));
        }
    }
}

/// The missing shards, with the tiles and rows that they affect. Click to list the rows.
fn missing_shards(ui: &mut Ui, missing: &MissingShards, is_at_address: bool, actions: &mut Vec<UiAction>) {
    if missing.is_empty() {
        return;
    }
    let words = format!("{} missing: {}", count(missing.shards().len(), "shard"), extent(missing));
    let text = RichText::new(format!("{} {words}", icons::WARNING)).color(palette(ui.visuals()).unsure);
    let some = missing.shards().iter().take(NAMED_SHARDS);
    let mut lines: Vec<String> = some
        .map(|shard| format!("{}: {} in {}", shard.file, count(shard.tiles, "tile"), count(shard.rows, "row")))
        .collect();
    if missing.shards().len() > NAMED_SHARDS {
        lines.push(format!("and {} more", missing.shards().len() - NAMED_SHARDS));
    }
    let hint = match is_at_address {
        true => "They are not among the files at the address.".to_owned(),
        false => keymap::from_context(ui.ctx()).hint(DatasetCommand::LookForShards),
    };
    if ui.button(text).on_hover_text(format!("{}\n\nClick to list the rows. {hint}", lines.join("\n"))).clicked() {
        actions.push(ReviewAction::UseFilter("shard:missing".to_owned()).into());
    }
    ui.separator();
}

fn problems(ui: &mut Ui, dataset: &Dataset, actions: &mut Vec<UiAction>) {
    let bad_lines: usize = dataset.splits.iter().map(|split| split.bad_lines as usize).sum();
    let others = dataset.warnings.iter().filter(|warning| warning.kind != WarningKind::BadRow).count();
    if bad_lines + others > 0 {
        let words = if others == 0 { count(bad_lines, "bad line") } else { count(bad_lines + others, "warning") };
        let text = RichText::new(format!("{} {words}", icons::WARNING)).color(palette(ui.visuals()).unsure);
        if ui.button(text).on_hover_text(keymap::from_context(ui.ctx()).hint(DatasetCommand::Messages)).clicked() {
            actions.push(DatasetCommand::Messages.into());
        }
        ui.separator();
    }
}

fn dataset(ui: &mut Ui, view: &StatusView<'_>, actions: &mut Vec<UiAction>) {
    let is_address = view.connection.is_some();
    let name = if is_address { view.path.display().to_string() } else { tilejury_data::file_name(view.path) };
    let place = match view.saving.location().why {
        LocationReason::Root => "in the dataset",
        LocationReason::Named => "as given by --sidecar",
        LocationReason::NotHere => "in your data folder, because the dataset is not on this machine",
        LocationReason::RootReadOnly => "in your data folder, because the dataset is read-only",
        LocationReason::StartedElsewhere => {
            "in your data folder, where they were started while the dataset was read-only"
        }
    };
    let revision = view.revision_note.map(|note| format!("\n{}.", capital(note))).unwrap_or_default();
    let file = view.saving.location().path.display();
    let details = format!("{}\nJudgements {place}:\n{file}{revision}", view.path.display());
    if ui.add(item(name).truncate()).on_hover_text(details).clicked() {
        actions.push(DatasetCommand::Messages.into());
    }
}

/// Returns the numbers of tiles and rows that missing shards affect.
pub(crate) fn extent(missing: &MissingShards) -> String {
    format!("{} in {}", count(missing.tiles(), "tile"), count(missing.rows(), "row"))
}

#[cfg(test)]
mod tests {
    use super::spell_pace;

    #[test]
    fn spells_a_slow_pace_in_minutes() {
        assert_eq!(spell_pace(2.34), "2.3 s");
        assert_eq!(spell_pace(59.4), "59.4 s");
        assert_eq!(spell_pace(59.96), "1 min");
        assert_eq!(spell_pace(261.6), "4 min 22 s");
    }
}
