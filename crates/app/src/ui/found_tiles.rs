//! The list of found tiles: each with its picture, its name, the rows that have it, and a text.
//! Knows no field and no other list.

use egui::text::LayoutJob;
use egui::{Align2, Color32, CornerRadius, FontId, Rect, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};
use tilejury_audit::search::Occurrence;
use tilejury_audit::text::count;
use tilejury_data::{Dataset, SampleIndex, TilePath, TileSlot};
use tilejury_text::Snippet;

use super::{UiAction, ViewAction, button_with_key, command_button_if, small_picture, snippet};
use crate::bidi::for_display;
use crate::command::{ReviewCommand, keymap};
use crate::theme::palette;
use crate::tile_request::TileRequest;
use crate::tile_store::TileState;

/// The height of a tile in the list, in points: found by its text, and like another tile.
const LINE: f32 = 112.0;
const LINE_ALIKE: f32 = 66.0;
/// The width of its picture.
const THUMBNAIL: f32 = 84.0;
/// The lines of text below a tile's name.
const SNIPPET_LINES: usize = 4;

/// The found tiles.
pub(super) struct FoundList<'v> {
    pub(super) dataset: &'v Dataset,
    /// The current row.
    pub(super) row: SampleIndex,
    /// The best first.
    pub(super) hits: &'v [HitView<'v>],
    /// The position of the chosen one.
    pub(super) focus: usize,
    /// Whether it has to be brought into view.
    pub(super) scroll: bool,
    /// Whether they are like a tile, rather than found by their texts.
    pub(super) is_similar: bool,
}

/// A found tile.
pub(crate) struct HitView<'a> {
    pub(crate) tile: &'a TilePath,
    pub(crate) score: f64,
    pub(crate) snippet: &'a Snippet,
    /// The title of the tile and the passage of its text for the row's query, once they are known.
    pub(crate) title: Option<&'a str>,
    pub(crate) passage: Option<&'a Snippet>,
    /// Its slot in the current row, if that has it.
    pub(crate) slot: Option<TileSlot>,
    /// Whether it was added to the row as relevant.
    pub(crate) is_added: bool,
    /// The rows that have it; `None` until they are known.
    pub(crate) rows: Option<&'a [Occurrence]>,
    /// Its small picture.
    pub(crate) state: TileState,
}

impl FoundList<'_> {
    /// The height of one tile, in points.
    pub(super) fn line_height(&self) -> f32 {
        if self.is_similar { LINE_ALIKE } else { LINE }
    }
}

/// The button that adds the chosen tile to the row; if the row has it, that marks it there.
pub(super) fn add_button(ui: &mut Ui, chosen: Option<&HitView<'_>>, actions: &mut Vec<UiAction>) {
    let command = ReviewCommand::AddFoundTile;
    if chosen.is_none_or(|hit| hit.slot.is_none()) {
        command_button_if(ui, chosen.is_some(), command, actions);
        return;
    }
    let name = "Mark as relevant";
    let button = button_with_key(name, keymap::from_context(ui.ctx()).first(command));
    if ui.add(button).accessible_name(name).on_hover_text("The row has this tile.").clicked() {
        actions.push(UiAction::Run(command.into()));
    }
}

/// The list of found tiles. Returns the pictures that were in view.
pub(super) fn show(ui: &mut Ui, view: &FoundList<'_>, actions: &mut Vec<UiAction>) -> Vec<TileRequest> {
    let mut thumbnails = Vec::new();
    let height = view.line_height();
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut list = ScrollArea::vertical().auto_shrink(false).id_salt("found tiles").animated(false);
    if view.scroll {
        // The chosen tile with half a tile above it, in this very frame.
        let end = (view.hits.len() as f32 * height - ui.available_height()).max(0.0);
        list = list.vertical_scroll_offset(((view.focus as f32 - 0.5) * height).clamp(0.0, end).round());
    }
    list.show_rows(ui, height, view.hits.len(), |ui, shown| {
        for at in shown {
            let Some(hit) = view.hits.get(at) else { continue };
            let width = ui.available_width();
            let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
            let uses = uses(hit, view);
            let label = format!("Found {}: {}, {uses}: {}", at + 1, hit.tile.short_name(), hit.snippet.text);
            response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &label));
            if response.clicked() {
                actions.push(ViewAction::FocusFound(at).into());
            }
            let visuals = ui.visuals();
            if at == view.focus {
                ui.painter().rect_filled(rect, CornerRadius::same(4), visuals.selection.bg_fill.gamma_multiply(0.45));
            } else if response.hovered() {
                ui.painter().rect_filled(rect, CornerRadius::same(4), visuals.widgets.hovered.weak_bg_fill);
            }
            line(ui, rect.shrink2(vec2(4.0, 5.0)), at, hit, view.is_similar, &uses);
            let width = (THUMBNAIL * ui.ctx().pixels_per_point()).round() as u32;
            thumbnails.push(TileRequest::listed(hit.tile, width));
            let score = match view.is_similar {
                true => format!("strength {:.2}", hit.score),
                false => format!("BM25 {:.2}", hit.score),
            };
            response.on_hover_text(format!("{}\n{score}; {uses}", hit.tile.as_str()));
        }
    });
    thumbnails
}

/// Draws a found tile: its picture, its name, the rows that have it, the part of its text; of one
/// that is like another also how much.
fn line(ui: &Ui, rect: Rect, at: usize, hit: &HitView<'_>, is_similar: bool, uses: &str) {
    let palette = palette(ui.visuals());
    let frame = Rect::from_min_size(rect.min, vec2(THUMBNAIL, rect.height()));
    thumbnail(ui, frame, &hit.state);
    let text = Rect::from_min_max(pos2(frame.max.x + 8.0, rect.min.y), rect.max);
    let painter = ui.painter_at(text);
    let (strong, weak) = (ui.visuals().strong_text_color(), ui.visuals().weak_text_color());
    let score = if is_similar { hit.snippet.text.clone() } else { format!("score {:.1}", hit.score) };
    let score = painter.text(text.right_top(), Align2::RIGHT_TOP, score, FontId::proportional(12.0), weak);
    let name = match hit.title {
        Some(title) => for_display(title, |_| true).into_owned(),
        None => hit.tile.short_name().into_owned(),
    };
    let name = format!("{}  {name}", at + 1);
    let room = score.min.x - 8.0 - text.min.x;
    let galley = ui.painter().layout_job(one_line(&name, 13.0, strong, room));
    painter.galley(text.left_top(), galley, strong);
    let colour = match hit.slot {
        Some(TileSlot::POSITIVE) => palette.positive,
        Some(_) => palette.unsure,
        None if hit.is_added => palette.positive,
        None => weak,
    };
    let below = text.left_top() + vec2(0.0, 17.0);
    let galley = ui.painter().layout_job(one_line(uses, 12.0, colour, text.width()));
    painter.galley(below, galley, colour);
    let at = below + vec2(0.0, 18.0);
    match (is_similar, hit.passage) {
        (false, _) => snippet::paint(ui, &painter, at, hit.snippet, 12.5, SNIPPET_LINES, text.width()),
        (true, Some(passage)) => snippet::paint(ui, &painter, at, passage, 12.5, 1, text.width()),
        (true, None) => {}
    }
}

/// A text on one line, cut at its end.
pub(super) fn one_line(text: &str, size: f32, colour: Color32, room: f32) -> LayoutJob {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), FontId::proportional(size), colour);
    job.wrap.max_width = room.max(20.0);
    job.wrap.max_rows = 1;
    job.wrap.break_anywhere = true;
    job
}

pub(super) fn thumbnail(ui: &Ui, frame: Rect, state: &TileState) {
    let painter = ui.painter_at(frame);
    let Some((texture, full)) = small_picture::ready(ui, &painter, frame, state, true) else { return };
    let size = small_picture::fitting(full, frame.size());
    let shown = Rect::from_min_size(frame.min, size);
    painter.image(texture, shown, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), Color32::WHITE);
    let edge = ui.visuals().widgets.noninteractive.bg_stroke;
    painter.rect_stroke(shown, CornerRadius::ZERO, edge, egui::StrokeKind::Inside);
}

/// The tile's role in the current row, and the other rows that have it.
fn uses(hit: &HitView<'_>, view: &FoundList<'_>) -> String {
    let mut parts = Vec::new();
    match hit.slot {
        Some(TileSlot::POSITIVE) => parts.push("this row's positive".to_owned()),
        Some(slot) => parts.push(format!("this row's negative {slot}")),
        None if hit.is_added => parts.push("added to this row".to_owned()),
        None => {}
    }
    let Some(rows) = hit.rows else {
        parts.push("looking for its rows…".to_owned());
        return parts.join(", ");
    };
    let named = |rows: &[&Occurrence]| match rows {
        [one] => view.dataset.describe_position(one.sample),
        rows if hit.slot.is_some() => count(rows.len(), "other row"),
        rows => count(rows.len(), "row"),
    };
    // Of this row, the slot was named.
    let others = || rows.iter().filter(|row| hit.slot.is_none() || row.sample != view.row);
    let positive: Vec<&Occurrence> = others().filter(|row| row.positive).collect();
    let negative: Vec<&Occurrence> = others().filter(|row| !row.negatives.is_empty()).collect();
    if !positive.is_empty() {
        parts.push(format!("positive of {}", named(&positive)));
    }
    if !negative.is_empty() {
        parts.push(format!("negative of {}", named(&negative)));
    }
    if parts.is_empty() {
        parts.push("in no row".to_owned());
    }
    parts.join(", ")
}
