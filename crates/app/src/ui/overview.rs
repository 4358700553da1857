//! The overview of the set: its problems in words, then cards of bars. Each bar filters the list
//! when it is clicked.

use std::borrow::Cow;

use egui::{Color32, Key, Modifiers, RichText, ScrollArea, Ui};
use tilejury_audit::overview::{Bar, Overview, Problem};
use tilejury_audit::text::grouped;

use super::count_bar::{self, CountBar};
use super::{ReviewAction, UiAction};
use crate::command::{DatasetCommand, keymap};
use crate::icons;
use crate::theme::{Palette, palette};

/// The least width of a card, in points.
const CARD: f32 = 300.0;
/// The largest number of positions in a row that have a bar.
const MOST_POSITIONS: usize = 20;
/// The number of problems that are shown before the others are asked for.
const SHOWN_PROBLEMS: usize = 8;
/// The width from which problems are in two columns, in points.
const TWO_COLUMNS: f32 = 900.0;

/// The state that the overview shows.
pub(crate) struct OverviewView<'a> {
    /// The overview; `None` until the first is counted.
    pub(crate) overview: Option<&'a Overview>,
    /// Whether it is being counted again.
    pub(crate) is_counting: bool,
    /// Whether signals are still being computed.
    pub(crate) waits_for_signals: bool,
    /// The text that the list follows.
    pub(crate) search: &'a str,
    /// The number of listed rows.
    pub(crate) listed: usize,
    /// Whether keys are commands: Enter then goes to the rows.
    pub(crate) keys_are_commands: bool,
}

/// One card: a title, what the bars mean, and the bars.
struct Card<'a> {
    title: &'static str,
    about: &'static str,
    lines: Vec<Line<'a>>,
}

/// One bar of a card.
struct Line<'a> {
    label: Cow<'a, str>,
    parts: Vec<(usize, Color32)>,
    full: usize,
    number: String,
    /// The words for the pointer and for screen readers.
    name: String,
    search: &'a str,
}

pub(crate) fn show(ui: &mut Ui, view: &OverviewView<'_>, actions: &mut Vec<UiAction>) {
    let no_focus = ui.memory(|memory| memory.focused().is_none());
    let enter = view.keys_are_commands
        && no_focus
        && ui.input(|input| input.modifiers == Modifiers::NONE && input.key_pressed(Key::Enter));
    head(ui, view, enter, actions);
    let Some(overview) = view.overview else {
        ui.horizontal(|ui| {
            ui.spinner();
            ui.label("Counting…");
        });
        return;
    };
    ScrollArea::vertical().id_salt("overview").auto_shrink(false).show(ui, |ui| {
        problems(ui, view, overview, actions);
        ui.add_space(6.0);
        let cards = cards(palette(ui.visuals()), overview);
        let columns = ((ui.available_width() / CARD) as usize).clamp(1, cards.len().max(1));
        ui.columns(columns, |columns| {
            let mut heights = vec![0; columns.len()];
            for card in &cards {
                // Into the shortest column.
                let (at, _) = heights.iter().enumerate().min_by_key(|(_, height)| **height).unwrap_or((0, &0));
                heights[at] += card.lines.len() + 3;
                draw_card(&mut columns[at], card, view, actions);
            }
        });
    });
}

fn head(ui: &mut Ui, view: &OverviewView<'_>, enter: bool, actions: &mut Vec<UiAction>) {
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        ui.heading("Overview");
        if let Some(overview) = view.overview {
            let (rows, judged) = (grouped(overview.rows), grouped(overview.judged));
            let share = 100.0 * overview.judged as f64 / overview.rows.max(1) as f64;
            ui.label(RichText::new(format!("{rows} rows, {judged} judged ({share:.0} %)")).weak());
        }
        if view.is_counting && !view.waits_for_signals {
            ui.spinner();
        }
        if view.waits_for_signals {
            ui.spinner();
            ui.label(RichText::new("Signals are being computed…").weak());
        }
        let key = keymap::from_context(ui.ctx()).first(DatasetCommand::Overview);
        let rows = match view.search {
            "" => "Go to the rows".to_owned(),
            _ => format!("Go to the {} listed", count_bar::rows(view.listed)),
        };
        let button = ui.button(format!("{rows}  Esc")).accessible_name(&rows);
        if button.on_hover_text(format!("Esc, Enter or {key}")).clicked() || enter {
            actions.push(DatasetCommand::Overview.into());
        }
        if !view.search.is_empty() && ui.button("Show all").clicked() {
            actions.push(ReviewAction::UseFilter(String::new()).into());
        }
    });
    ui.separator();
}

fn problems(ui: &mut Ui, view: &OverviewView<'_>, overview: &Overview, actions: &mut Vec<UiAction>) {
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
    let shown = if shows_all { overview.problems.len() } else { SHOWN_PROBLEMS };
    let shown = &overview.problems[..shown.min(overview.problems.len())];
    let columns = if ui.available_width() >= TWO_COLUMNS && shown.len() > 2 { 2 } else { 1 };
    // Downwards, so that the worst are together.
    let lines = shown.len().div_ceil(columns);
    ui.columns(columns, |columns| {
        for (column, problems) in columns.iter_mut().zip(shown.chunks(lines.max(1))) {
            column.spacing_mut().item_spacing.y = 1.0;
            problems.iter().for_each(|problem| self::problem(column, view, problem, actions));
        }
    });
    let hidden = overview.problems.len().saturating_sub(SHOWN_PROBLEMS);
    if hidden > 0 {
        let text = if shows_all { "Fewer".to_owned() } else { format!("{hidden} more") };
        if ui.small_button(text).clicked() {
            ui.data_mut(|data| data.insert_temp(more, !shows_all));
        }
    }
}

fn problem(ui: &mut Ui, view: &OverviewView<'_>, problem: &Problem, actions: &mut Vec<UiAction>) {
    let colours = palette(ui.visuals());
    let (icon, colour) = match problem.certain {
        true => (icons::WARNING, colours.reject),
        false => (icons::SEARCH, colours.unsure),
    };
    ui.spacing_mut().button_padding.y = 0.0;
    ui.horizontal(|ui| {
        ui.label(RichText::new(icon).color(colour).size(16.0));
        let text = RichText::new(&problem.text).size(15.0);
        if problem.search.is_empty() {
            ui.label(text);
            return;
        }
        let selected = view.search == problem.search;
        let response = ui.add(egui::Button::selectable(selected, text).truncate()).accessible_name(&problem.text);
        let rows = format!("List {}: {}", count_bar::rows(problem.rows), problem.search);
        if response.on_hover_text(rows).clicked() {
            filter(ui, view, &problem.search, actions);
        }
    });
}

/// Lists the rows of a search: alone or, with Shift, among those that are listed. Again: all rows.
fn filter(ui: &Ui, view: &OverviewView<'_>, search: &str, actions: &mut Vec<UiAction>) {
    let adds = ui.input(|input| input.modifiers.shift);
    let text = match (adds, view.search) {
        (true, before) if !before.is_empty() => format!("{before} {search}"),
        (_, before) if before == search => String::new(),
        _ => search.to_owned(),
    };
    actions.push(ReviewAction::UseFilter(text).into());
}

fn draw_card(ui: &mut Ui, card: &Card<'_>, view: &OverviewView<'_>, actions: &mut Vec<UiAction>) {
    egui::Frame::group(ui.style()).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.label(RichText::new(card.title).strong());
        ui.label(RichText::new(card.about).weak().small());
        let longest = card.lines.iter().map(|line| line.label.chars().count()).max().unwrap_or(0);
        let label_width = (longest as f32 * 7.5).clamp(28.0, ui.available_width() * 0.45);
        let digits = card.lines.iter().map(|line| line.number.chars().count()).max().unwrap_or(0);
        for line in &card.lines {
            let bar = CountBar {
                label: &line.label,
                parts: &line.parts,
                full: line.full,
                number: &line.number,
                selected: !line.search.is_empty() && view.search == line.search,
                clickable: !line.search.is_empty(),
                label_width,
                number_width: (digits as f32 * 6.5).max(24.0),
            };
            let response = count_bar::show(ui, &bar, &line.name);
            let clicked = response.clicked();
            response.on_hover_ui(|ui| {
                ui.label(&line.name);
                if !line.search.is_empty() {
                    ui.label(RichText::new(line.search).monospace());
                    ui.label(RichText::new("Click: list these rows. Shift+click: only those listed now.").weak());
                }
            });
            if clicked {
                filter(ui, view, line.search, actions);
            }
        }
    });
    ui.add_space(6.0);
}

/// All cards that have something to show.
fn cards<'a>(colours: &Palette, overview: &'a Overview) -> Vec<Card<'a>> {
    let of_bars = |title, about, bars: &'a [Bar]| Card { title, about, lines: bar_lines(colours, bars) };
    let mut cards = vec![
        progress(colours, overview),
        Card { title: "Signals", about: "Findings; confirmed of those judged", lines: signals(colours, overview) },
        of_bars("Suspicion", "Rows by their score, from 0 to 1", &overview.suspicion),
        Card { title: "Verdicts per day", about: "Accepted and rejected rows", lines: days(colours, overview) },
        Card { title: "Reasons", about: "Rejected and unsure rows", lines: reasons(colours, overview) },
        Card {
            title: "False negatives by position",
            about: "Of the judged negatives at each position of the row",
            lines: positions(colours, overview),
        },
        of_bars("Negatives per row", "Rows; the judged part is solid", &overview.negatives),
        of_bars("Positive's rank", "Rows; “none”: no rank is recorded", &overview.mining.positive_rank),
        of_bars("Positive's score", "Rows by the score of retrieval", &overview.mining.positive_score),
        of_bars("Margin", "Best negative's score as a share of the positive's", &overview.mining.margin),
        Card {
            title: "Hubs",
            about: "Tiles that are negatives of unusually many rows",
            lines: hubs(colours, overview),
        },
        Card { title: "Copies", about: "Tiles that show the same picture", lines: copies(colours, overview) },
        Card { title: "Annotators", about: "Rows with a verdict", lines: annotators(colours, overview) },
    ];
    cards.retain(|card| !card.lines.is_empty());
    cards
}

fn progress<'a>(colours: &Palette, overview: &'a Overview) -> Card<'a> {
    let line = |split: &'a tilejury_audit::overview::SplitProgress| {
        let number = format!("{} of {}", grouped(split.judged()), grouped(split.rows));
        Line {
            label: split.name.as_str().into(),
            parts: vec![
                (split.accepted, colours.accept),
                (split.rejected, colours.reject),
                (split.unsure, colours.unsure),
            ],
            full: split.rows,
            name: format!(
                "{}: {number} judged; {} accepted, {} rejected, {} unsure",
                split.name, split.accepted, split.rejected, split.unsure
            ),
            number,
            search: &split.search,
        }
    };
    Card {
        title: "Progress",
        about: "Accepted, rejected and unsure rows of each split",
        lines: overview.splits.iter().map(line).collect(),
    }
}

fn bar_lines<'a>(colours: &Palette, bars: &'a [Bar]) -> Vec<Line<'a>> {
    let full = bars.iter().map(|bar| bar.rows).max().unwrap_or(0);
    let line = |bar: &'a Bar| Line {
        label: bar.label.as_str().into(),
        parts: vec![(bar.judged, colours.accept), (bar.rows - bar.judged, colours.focus)],
        full,
        number: grouped(bar.rows),
        name: format!("{}: {}, {} judged", bar.label, count_bar::rows(bar.rows), grouped(bar.judged)),
        search: &bar.search,
    };
    bars.iter().map(line).collect()
}

fn reasons<'a>(colours: &Palette, overview: &'a Overview) -> Vec<Line<'a>> {
    let mut lines = bar_lines(colours, &overview.reasons);
    // All of them are judged.
    lines.iter_mut().flat_map(|line| &mut line.parts).for_each(|(_, colour)| *colour = colours.reject);
    lines
}

fn signals<'a>(colours: &Palette, overview: &'a Overview) -> Vec<Line<'a>> {
    let full = overview.signals.iter().map(|signal| signal.raised).max().unwrap_or(0);
    let line = |signal: &'a tilejury_audit::overview::SignalCount| {
        let precision = match signal.precision {
            Some(precision) => format!("{:.0} % of {}", 100.0 * precision, signal.judged),
            None => "not judged".to_owned(),
        };
        let (wrong, open) = (signal.judged - signal.confirmed, signal.raised - signal.judged.min(signal.raised));
        Line {
            label: signal.label.into(),
            parts: vec![(signal.confirmed, colours.accept), (wrong, colours.reject), (open, colours.focus)],
            full,
            number: format!("{} · {precision}", grouped(signal.raised)),
            name: format!(
                "{}: {} findings, {} judged, {} confirmed",
                signal.label, signal.raised, signal.judged, signal.confirmed
            ),
            search: &signal.search,
        }
    };
    overview.signals.iter().map(line).collect()
}

fn days<'a>(colours: &Palette, overview: &'a Overview) -> Vec<Line<'a>> {
    let full = overview.days.iter().map(|day| day.accepted + day.rejected).max().unwrap_or(0);
    let line = |day: &'a tilejury_audit::overview::DayVerdicts| Line {
        label: day.day.as_str().into(),
        parts: vec![(day.accepted, colours.accept), (day.rejected, colours.reject)],
        full,
        number: grouped(day.accepted + day.rejected),
        name: format!("{}: {} accepted, {} rejected", day.day, day.accepted, day.rejected),
        search: &day.search,
    };
    // The last days first.
    overview.days.iter().rev().take(14).map(line).collect()
}

fn positions<'a>(colours: &Palette, overview: &'a Overview) -> Vec<Line<'a>> {
    let full = overview.positions.iter().map(|position| position.judged).max().unwrap_or(0);
    let line = |position: &'a tilejury_audit::overview::PositionCount| {
        let true_ones = position.judged - position.false_negatives;
        Line {
            label: position.position.to_string().into(),
            parts: vec![(position.false_negatives, colours.false_negative), (true_ones, colours.quiet)],
            full,
            number: format!("{} of {}", grouped(position.false_negatives), grouped(position.judged)),
            name: format!(
                "Position {}: {} of {} judged negatives are relevant",
                position.position, position.false_negatives, position.judged
            ),
            search: if position.false_negatives > 0 { "fn:>0" } else { "" },
        }
    };
    overview.positions.iter().take(MOST_POSITIONS).map(line).collect()
}

fn hubs<'a>(colours: &Palette, overview: &'a Overview) -> Vec<Line<'a>> {
    let full = overview.hubs.iter().map(|hub| hub.rows).max().unwrap_or(0);
    let line = |hub: &'a tilejury_audit::overview::HubTile| Line {
        label: short_path(&hub.tile).into(),
        parts: vec![(hub.rows, colours.focus)],
        full,
        number: grouped(hub.rows),
        name: format!("{}: negative of {} rows; usual are up to {}", hub.tile, grouped(hub.rows), hub.usual_up_to),
        search: &hub.search,
    };
    overview.hubs.iter().map(line).collect()
}

fn copies<'a>(colours: &Palette, overview: &'a Overview) -> Vec<Line<'a>> {
    let full = overview.copies.iter().map(|cluster| cluster.tiles.len()).max().unwrap_or(0);
    let line = |cluster: &'a tilejury_audit::overview::CopyCluster| Line {
        label: cluster.tiles.first().map(|tile| short_path(tile)).unwrap_or_default().into(),
        parts: vec![(cluster.tiles.len(), colours.focus)],
        full,
        number: format!("{} tiles", cluster.tiles.len()),
        name: format!("{} tiles show the same picture:\n{}", cluster.tiles.len(), cluster.tiles.join("\n")),
        search: &cluster.search,
    };
    overview.copies.iter().map(line).collect()
}

fn annotators<'a>(colours: &Palette, overview: &'a Overview) -> Vec<Line<'a>> {
    let full = overview.annotators.iter().map(|annotator| annotator.judged).max().unwrap_or(0);
    let line = |annotator: &'a tilejury_audit::overview::AnnotatorCount| Line {
        label: annotator.name.as_str().into(),
        parts: vec![
            (annotator.accepted, colours.accept),
            (annotator.rejected, colours.reject),
            (annotator.unsure, colours.unsure),
        ],
        full,
        number: grouped(annotator.judged),
        name: format!(
            "{}: {} judged; {} accepted, {} rejected, {} unsure",
            annotator.name, annotator.judged, annotator.accepted, annotator.rejected, annotator.unsure
        ),
        search: "",
    };
    overview.annotators.iter().map(line).collect()
}

/// The page and the tile of a path in a few signs: `4976453 · 0000_06`; of other paths the last two
/// parts.
fn short_path(path: &str) -> String {
    let mut parts = path.rsplit('/');
    let (tile, page) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let number = tile.strip_prefix("chunk_").and_then(|tile| tile.strip_suffix(".png"));
    match (page.strip_suffix(".png.tiles"), number) {
        (Some(page), Some(number)) => format!("{page} · {number}"),
        _ => format!("{page}/{tile}"),
    }
}
