//! One tile in its cell: role and number, what was said of it, the picture or why there is none, the path's tail.

use egui::{Align2, Color32, FontId, Rect, Response, RichText, Sense, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};
use tilejury_audit::Relevance;

use super::Act;
use super::placement::{Painted, Zoom, paint};
use crate::command::{Command, hint};
use crate::theme::{Palette, palette, tile_badge};
use crate::tile_store::TileState;

/// Height of the line above the picture.
const HEAD: f32 = 24.0;
/// Height of the line below it.
const FOOT: f32 = 20.0;
/// Room between the frame of the cell and what is in it.
const INSET: f32 = 3.0;

/// What is shown of one tile.
pub(crate) struct TileView<'a> {
    /// 0 for the positive, else the negative's number.
    pub(crate) at: usize,
    /// The path as the row spells it.
    pub(crate) spelling: &'a str,
    /// The part of the path that tells tiles apart.
    pub(crate) tail: &'a str,
    pub(crate) relevance: Option<Relevance>,
    pub(crate) state: TileState,
    pub(crate) focused: bool,
    /// Which tile of the same sample this one is, too: `same as the positive`.
    pub(crate) same_as: Option<String>,
    /// The wheel scrolls the list that the tile is in, so that only Ctrl and the wheel zoom.
    pub(crate) scrolls: bool,
}

impl TileView<'_> {
    fn is_positive(&self) -> bool {
        self.at == 0
    }

    /// What a screen reader says, and what tests look for.
    pub(crate) fn name(&self) -> String {
        if self.is_positive() { "Positive".to_owned() } else { format!("Negative {}", self.at) }
    }

    fn colour(&self, palette: &Palette) -> Color32 {
        let badge = tile_badge(palette, self.is_positive(), self.relevance).map(|badge| badge.2);
        badge.unwrap_or(if self.is_positive() { palette.positive } else { palette.negative })
    }
}

/// The frame of the picture within a cell.
pub(crate) fn picture_frame(cell: Rect) -> Rect {
    let inner = cell.shrink(INSET);
    Rect::from_min_max(pos2(inner.min.x, inner.min.y + HEAD), pos2(inner.max.x, inner.max.y - FOOT))
}

/// Paints a tile; returns the width in physical pixels in which it should be decoded.
pub(crate) fn show(ui: &mut Ui, cell: Rect, view: &TileView<'_>, zoom: Zoom, acts: &mut Vec<Act>) -> Painted {
    let palette = palette(ui.visuals());
    let response = ui.interact(cell, ui.scope_id().with(("tile", view.at)), Sense::click_and_drag());
    describe(&response, view);
    let colour = view.colour(palette);
    let width = if view.relevance.is_some() || view.is_positive() { 2.0 } else { 1.0 };
    let painter = ui.painter();
    painter.rect_filled(cell, 6.0, ui.visuals().faint_bg_color);
    painter.rect_stroke(cell, 6.0, Stroke::new(width, colour), StrokeKind::Inside);
    if view.focused {
        // Around the frame, not in its place: the frame's colour says what the tile is.
        painter.rect_stroke(cell.expand(2.0), 8.0, Stroke::new(2.0, palette.focus), StrokeKind::Outside);
    }
    head(ui, cell, view, palette, colour);
    let frame = picture_frame(cell);
    let painted = picture(ui, frame, view, zoom, palette);
    foot(ui, cell, view);
    interact(ui, &response, frame, &painted, view, acts);
    painted
}

fn describe(response: &Response, view: &TileView<'_>) {
    let said = view.relevance.map_or("not judged", Relevance::label);
    let state = match &view.state {
        TileState::Loading => "loading",
        TileState::Searching => "looking in other shards",
        TileState::Ready { .. } => "shown",
        TileState::Failed(_) => "failed",
    };
    let label = format!("{}: {said}, {state}", view.name());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &label));
}

fn head(ui: &Ui, cell: Rect, view: &TileView<'_>, palette: &Palette, colour: Color32) {
    let line = Rect::from_min_size(cell.min + Vec2::splat(INSET), vec2(cell.width() - 2.0 * INSET, HEAD));
    let painter = ui.painter_at(line);
    let badge = tile_badge(palette, view.is_positive(), view.relevance);
    let roomy = cell.width() >= 240.0;
    let mut name = match view.at {
        0 if cell.width() >= 150.0 => "★ POSITIVE".to_owned(),
        0 => "★".to_owned(),
        at if roomy => format!("{at}  Negative"),
        at => at.to_string(),
    };
    if let Some(same) = view.same_as.as_ref().filter(|_| badge.is_none() || cell.width() >= 330.0) {
        name = format!("{name}, {same}");
    }
    let role = if view.is_positive() { palette.positive } else { ui.visuals().text_color() };
    painter.text(line.left_center() + vec2(6.0, 0.0), Align2::LEFT_CENTER, name, FontId::proportional(14.0), role);
    if let Some((sign, word, _)) = badge {
        let at = line.right_center() - vec2(6.0, 0.0);
        let fits = cell.width() >= if view.is_positive() { 240.0 } else { 150.0 };
        let text = if fits { format!("{sign} {word}") } else { sign.to_owned() };
        painter.text(at, Align2::RIGHT_CENTER, text, FontId::proportional(14.0), colour);
    }
}

fn foot(ui: &Ui, cell: Rect, view: &TileView<'_>) {
    let line = Rect::from_min_max(pos2(cell.min.x + INSET, cell.max.y - INSET - FOOT), cell.max - Vec2::splat(INSET));
    let font = FontId::proportional(12.0);
    // The end of the path tells tiles apart: the start gives way. No line shows more than this many characters.
    let length = view.tail.chars().count();
    let mut text: String = view.tail.chars().skip(length.saturating_sub(120)).collect();
    let fits = |text: &str| {
        ui.painter().layout_no_wrap(text.to_owned(), font.clone(), Color32::WHITE).size().x <= line.width() - 12.0
    };
    if !fits(&text) {
        // Page and chunk by their numbers alone.
        text = text.replace(".png.tiles/chunk_", "/").trim_end_matches(".png").to_owned();
    }
    while !fits(&text) && text.chars().count() > 8 {
        text = format!("…{}", text.chars().skip(4).collect::<String>());
    }
    let at = line.left_center() + vec2(6.0, 0.0);
    ui.painter_at(line).text(at, Align2::LEFT_CENTER, text, font, ui.visuals().weak_text_color());
}

fn picture(ui: &Ui, frame: Rect, view: &TileView<'_>, zoom: Zoom, palette: &Palette) -> Painted {
    let pixels_per_point = ui.ctx().pixels_per_point();
    let full = match &view.state {
        TileState::Ready { full, .. } => *full,
        _ => [875, 1024],
    };
    let painted = paint(frame, full, zoom, pixels_per_point);
    let painter = ui.painter_at(frame);
    match &view.state {
        TileState::Ready { texture, .. } => {
            painter.rect_filled(painted.rect, 0.0, palette.well);
            painter.image(texture.id(), painted.rect, painted.part, Color32::WHITE);
        }
        TileState::Loading | TileState::Searching => {
            painter.rect_filled(painted.rect, 2.0, palette.well);
            let text = if matches!(view.state, TileState::Loading) {
                "Loading…"
            } else {
                "Not in its shard.\nLooking in the others…"
            };
            say(ui, frame, painted.rect, text, ui.visuals().weak_text_color());
        }
        TileState::Failed(reason) => {
            painter.rect_filled(painted.rect, 2.0, palette.well);
            say(ui, frame, painted.rect, &format!("⚠ No picture\n\n{reason}"), palette.broken);
        }
    }
    painted
}

/// Words in the place of the picture, wrapped to it.
fn say(ui: &Ui, clip: Rect, rect: Rect, text: &str, colour: Color32) {
    let room = rect.shrink(10.0);
    let galley = ui.painter().layout(text.to_owned(), FontId::proportional(14.0), colour, room.width().max(40.0));
    let at = pos2(room.min.x, (room.center().y - galley.size().y / 2.0).max(room.min.y));
    ui.painter_at(clip).galley(at, galley, colour);
}

fn interact(ui: &Ui, response: &Response, frame: Rect, painted: &Painted, view: &TileView<'_>, acts: &mut Vec<Act>) {
    if response.double_clicked() {
        acts.push(Act::FullSize(view.at));
    } else if response.clicked() {
        acts.push(Act::Focus(view.at));
    }
    if response.dragged() && painted.part.size() != Vec2::splat(1.0) {
        let moved = response.drag_delta() / painted.rect.size() * painted.part.size();
        acts.push(Act::Zoom(1.0, painted.part.center().to_vec2() - moved));
    }
    if let Some(pointer) = response.hover_pos().filter(|at| frame.contains(*at)) {
        let wheel = |input: &egui::InputState| if view.scrolls { 0.0 } else { input.smooth_scroll_delta().y };
        let factor = ui.input(|input| input.zoom_delta() * (wheel(input) / 240.0).exp());
        if (factor - 1.0).abs() > 1e-3 {
            let now = Zoom {
                factor: 1.0 / painted.part.width().min(painted.part.height()).min(1.0),
                center: painted.part.center().to_vec2(),
            };
            acts.push(Act::Zoom(factor, now.about(factor, painted.spot(pointer), painted.part).center));
        }
    }
    response.context_menu(|ui| menu(ui, view, acts));
    // The whole path belongs to the line that shows its tail: over the picture it would only be in the way.
    if response.hover_pos().is_some_and(|at| at.y > frame.max.y) {
        response.clone().on_hover_text(view.spelling);
    }
}

fn menu(ui: &mut Ui, view: &TileView<'_>, acts: &mut Vec<Act>) {
    ui.label(RichText::new(view.name()).strong());
    ui.separator();
    for relevance in Relevance::ALL {
        let chosen = view.relevance == Some(*relevance);
        let button = ui.selectable_label(chosen, relevance.label());
        if button.on_hover_text(hint(Command::MarkFocused(Some(*relevance)))).clicked() {
            acts.push(Act::Mark(view.at, Some(*relevance)));
            ui.close();
        }
    }
    if view.relevance.is_some() && ui.button("Clear the mark").clicked() {
        acts.push(Act::Mark(view.at, None));
        ui.close();
    }
    ui.separator();
    if ui.button("Full size").clicked() {
        acts.push(Act::FullSize(view.at));
        ui.close();
    }
    if ui.button("Copy the path").clicked() {
        ui.ctx().copy_text(view.spelling.to_owned());
        ui.close();
    }
}
