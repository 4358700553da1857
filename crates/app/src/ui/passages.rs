//! The line below the tiles: the passage of the tile in focus that covers the query best, in a
//! comparison that of both; or why there is none.

use egui::{Color32, RichText, Ui, vec2};
use tilejury_audit::external::TextState;
use tilejury_text::{HitKind, Language};

use super::highlights::HighlightView;
use super::query::LOW;
use super::snippet;
use crate::command::{ViewCommand, entries, keymap};
use crate::theme::{GAP, HIGHLIGHTS, palette};

/// The word of the command that reads the tiles of the visible sample.
const READ: &str = "read-sample";
/// The width of the tile's name and of its number of places, in points.
const NAME: f32 = 128.0;
const SIZE: f32 = 14.0;

/// The passage of one tile.
pub(crate) struct PassageView {
    /// The tile: `Negative 3`.
    pub(crate) name: String,
    pub(crate) is_positive: bool,
    pub(crate) highlight: HighlightView,
}

/// The number of rows of text. Two passages beside each other have less width, and a low window
/// gives its height to the tiles. It is the same for every tile of a scene, so that nothing moves.
fn rows(ui: &Ui, passages: usize) -> usize {
    match passages {
        _ if ui.ctx().content_rect().height() < LOW => 1,
        ..=1 => 2,
        _ => 3,
    }
}

/// Draws the passages beside each other.
pub(crate) fn show(ui: &mut Ui, views: &[PassageView]) {
    let rows = rows(ui, views.len());
    let row = ui.fonts_mut(|fonts| fonts.row_height(&egui::FontId::proportional(SIZE)));
    let height = (row * rows as f32).ceil();
    let width = (ui.available_width() - GAP * views.len().saturating_sub(1) as f32) / views.len().max(1) as f32;
    ui.horizontal(|ui| {
        for view in views {
            ui.allocate_ui_with_layout(vec2(width, height), egui::Layout::left_to_right(egui::Align::Min), |ui| {
                ui.set_min_size(vec2(width, height));
                one(ui, view, rows);
            });
        }
    });
}

fn one(ui: &mut Ui, view: &PassageView, rows: usize) {
    let colours = palette(ui.visuals());
    let name = if view.is_positive { colours.positive } else { ui.visuals().text_color() };
    ui.allocate_ui_with_layout(vec2(NAME, ui.available_height()), egui::Layout::top_down(egui::Align::Min), |ui| {
        ui.set_min_width(NAME);
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.horizontal(|ui| {
            ui.spacing_mut().interact_size.y = 0.0;
            ui.label(RichText::new(&view.name).size(SIZE).color(name));
            answers(ui, &view.highlight);
        });
        if rows > 1 {
            hits(ui, &view.highlight);
        }
    });
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        match &view.highlight.evidence {
            Some(evidence) if let Some(found) = &evidence.highlights.snippet => {
                snippet::show(ui, found, SIZE, rows);
            }
            _ => {
                ui.label(RichText::new(words_for(ui.ctx(), &view.highlight)).size(SIZE).weak());
            }
        }
    });
}

/// The answers on the tile, by their origin.
fn answers(ui: &mut Ui, view: &HighlightView) {
    let Some(evidence) = &view.evidence else { return };
    let has = |kind: HitKind| evidence.highlights.hits.iter().any(|hit| hit.kind == kind);
    let mut sign = |word: &str, colour: Color32, hint: &str| {
        ui.label(RichText::new(word).small().color(readable(ui, colour))).on_hover_text(hint);
    };
    if has(HitKind::Answer) {
        sign("answer", HIGHLIGHTS.answer, "The row's answer is on the tile, in a solid box.");
    } else if has(HitKind::ModelAnswer) {
        let hint = "The answer that a model gave from this tile is on it, in a dashed box.";
        sign("model's", HIGHLIGHTS.model_answer, hint);
    }
}

/// The number of places on the tile, or which of them a person went to.
fn hits(ui: &mut Ui, view: &HighlightView) {
    let count = view.evidence.as_ref().map_or(0, |evidence| evidence.highlights.hits.len());
    if count == 0 {
        return;
    }
    let place = match view.marked {
        Some(at) if at < count => format!("hit {} of {count}", at + 1),
        _ => tilejury_audit::text::count(count, "hit"),
    };
    let key = keymap::from_context(ui.ctx()).first(ViewCommand::NextHit);
    let hint = format!("Places on the tile with the answer or words of the query; {key} goes to the next.");
    ui.label(RichText::new(format!("{place} · {key}")).small().weak()).on_hover_text(hint);
}

/// The colours are made for white tiles: on a panel they are brought nearer to the text's.
fn readable(ui: &Ui, colour: Color32) -> Color32 {
    colour.lerp_to_gamma(ui.visuals().text_color(), 0.45)
}

/// The reason why there is no passage.
pub(crate) fn words_for(ctx: &egui::Context, view: &HighlightView) -> String {
    let Some(evidence) = &view.evidence else { return String::new() };
    let read = entries().find(|entry| entry.word == READ).map(|entry| keymap::from_context(ctx).first(entry.command));
    let reads = |sentence: &str| match read.as_deref() {
        Some(key) if !key.is_empty() => format!("{sentence} {key} reads the tiles of this sample."),
        _ => sentence.to_owned(),
    };
    match evidence.state {
        TextState::NotRead => reads("Not read."),
        TextState::Outdated => reads("Not read: the tile has changed since it was read."),
        TextState::NotLegible => {
            format!("Not read: hardly any text was found on this tile.{}", missing(evidence.missing.as_deref()))
        }
        TextState::Read if evidence.text.text.is_empty() => "Read: the tile is blank.".to_owned(),
        TextState::Read => {
            format!("Read: no word of the query is on it.{}", missing(evidence.missing.as_deref()))
        }
        TextState::Imported => "Text imported: no word of the query is in it.".to_owned(),
    }
}

fn missing(code: Option<&str>) -> String {
    let Some(code) = code else { return String::new() };
    let package = code.parse::<Language>().map(|language| format!(": {} adds it", language.package()));
    format!(" It seems to be in a language that cannot be read here ({code}{}).", package.unwrap_or_default())
}
