//! One tile in its card: its role, its signals, its mark, the picture or the reason why there is
//! none, and the text below.

use std::time::Instant;

use egui::text::LayoutJob;
use egui::{
    Align, Align2, Color32, CornerRadius, FontId, Rect, Response, RichText, Sense, Stroke, StrokeKind, Ui, Vec2,
};
use egui::{pos2, vec2};
use tilejury_audit::Relevance;
use tilejury_audit::text::capital;

use super::card::{Card, HEAD};
use super::grid_layout::USUAL_SHAPE;
use super::highlights;
use super::placement::{PaintedTile, TileZooms, Zoom, paint};
use super::tile_head::head;
use super::tile_line::{self, TileLine};
use super::tile_tooltip::tooltip;
use super::tile_view::not_fetched;
pub(crate) use super::tile_view::{TileFindingsView, TileRole, TileView};
use super::{ReviewAction, UiAction, ViewAction};
use crate::command::{Command, DatasetCommand, ReviewCommand, ViewCommand, entry_of, keymap};
use crate::icons;
use crate::theme::{Palette, palette};
use crate::tile_request::Picture;
use crate::tile_store::TileState;

impl TileView<'_> {
    /// Draws the name in the middle of the line above the picture, where the eye is while two tiles
    /// alternate.
    pub(super) fn label_in_the_middle(&self, ui: &Ui, frame: Rect) {
        let palette = palette(ui.visuals());
        let at = pos2(frame.center().x, frame.min.y - HEAD / 2.0);
        let (name, colour) = match self.role {
            TileRole::Positive => (self.name(), palette.positive),
            _ => (self.name(), palette.unsure),
        };
        ui.painter().text(at, Align2::CENTER_CENTER, name, FontId::proportional(18.0), colour);
    }
}

/// The height of a card in which a picture of the usual shape fills the width.
pub(crate) fn card_height(width: f32, text_rows: usize) -> f32 {
    let around = Card::around_picture(text_rows);
    (width - around.x) * USUAL_SHAPE[1] as f32 / USUAL_SHAPE[0] as f32 + around.y
}

/// The place that a tile is drawn in.
#[derive(Clone, Copy)]
pub(crate) struct TileCell {
    pub(crate) card: Card,
    /// Whether the wheel scrolls the list that the card is in, not the tile.
    pub(crate) scrolls: bool,
}

/// Paints a tile; returns what of it, and where. `slot` is another one for each visible tile.
pub(crate) fn show(
    ui: &mut Ui,
    slot: usize,
    cell: TileCell,
    view: &TileView<'_>,
    zooming: &TileZooms,
    actions: &mut Vec<UiAction>,
) -> PaintedTile {
    let TileCell { card, scrolls } = cell;
    let palette = palette(ui.visuals());
    let response = ui.interact(card.rect, ui.scope_id().with(("tile", slot)), Sense::click_and_drag());
    describe(&response, view);
    let colour = view.colour(palette);
    let frame = card.picture_frame();
    let painted = painted_part(ui, frame, view, zooming.zoom_of(view.position));
    // The card ends below the picture, if that is lower than the room for it.
    let free = (frame.max.y - painted.rect.max.y).max(0.0);
    let card = Card { rect: card.rect.with_max_y(card.rect.max.y - free), ..card };
    let (cell, frame) = (card.rect, card.picture_frame());
    let width = if view.relevance.is_some() || view.role == TileRole::Positive { 2.0 } else { 1.0 };
    let painter = ui.painter();
    painter.rect_filled(cell, CornerRadius::same(6), ui.visuals().faint_bg_color);
    painter.rect_stroke(cell, CornerRadius::same(6), Stroke::new(width, colour), StrokeKind::Inside);
    if view.focused || response.has_focus() {
        // Around the frame, not instead of it: the frame's colour shows the role of the tile.
        let ring = Stroke::new(2.0, palette.focus);
        painter.rect_stroke(cell.expand(2.0), CornerRadius::same(8), ring, StrokeKind::Outside);
    }
    head(ui, card.head(), view, zooming, palette, colour);
    let words = picture(ui, frame, view, &painted, palette);
    foot(ui, card.text(), view);
    interact(ui, &response, TileCell { card, scrolls }, &painted, view, actions);
    if let TileState::Unreachable { message, allowed_at, .. } = &view.state {
        let can_retry = allowed_at.is_none_or(|at| at <= Instant::now());
        retry_button(ui, frame.intersect(painted.rect), words.max.y, (slot, can_retry), actions);
        tooltip(&response, || capital(message));
    }
    painted
}

fn describe(response: &Response, view: &TileView<'_>) {
    let state = match &view.state {
        TileState::Loading => "loading",
        TileState::Searching => "searching other shards",
        TileState::Slow => "slow to load",
        TileState::Ready { .. } => "shown",
        TileState::ShardMissing(_) => "missing shard",
        TileState::Unreachable { .. } => "not fetched",
        TileState::Failed(fault) => &fault.name(),
    };
    let relevance = view.relevance.map_or("not judged", Relevance::label);
    let label = match &view.state {
        TileState::Ready { caption: Some(caption), .. } => format!("{}: {caption}", view.name()),
        _ if view.is_of_row() => {
            let signals = view.signals.names().map(|names| format!(", {names}")).unwrap_or_default();
            let text = view.highlight.not_read().map(|words| format!(", {words}")).unwrap_or_default();
            let reviews = view.reviews.words().map(|words| format!(", {words}")).unwrap_or_default();
            format!("{}: {relevance}, {state}{signals}{reviews}{text}", view.name())
        }
        _ => format!("{}: {state}", view.name()),
    };
    response.widget_info(|| {
        let mut info = egui::WidgetInfo::labeled(egui::Role::Image, true, &label);
        info.selected = Some(view.focused);
        info
    });
}

/// The text below the picture, with the whole path as its tooltip.
fn foot(ui: &Ui, room: Rect, view: &TileView<'_>) {
    if room.height() <= 0.0 {
        return;
    }
    let names = match &view.picture {
        Picture::Tile(tile) => tile_line::short_names(tile),
        Picture::Difference(..) => Vec::new(),
    };
    let caption = match &view.state {
        TileState::Ready { caption, .. } => caption.as_deref(),
        _ => None,
    };
    let line =
        TileLine { names, caption, text: &view.highlight, explains: view.focused || view.role == TileRole::Positive };
    let words = line.words(ui.ctx());
    let response = ui.interact(room, ui.scope_id().with(("text", view.position.index())), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
    line.paint(ui, room);
    tooltip(&response, || format!("{words}\n\n{}", view.spelling));
}

/// Returns which part of the picture goes where in the frame.
fn painted_part(ui: &Ui, frame: Rect, view: &TileView<'_>, zoom: Zoom) -> PaintedTile {
    let full = match &view.state {
        TileState::Ready { full, .. } => *full,
        _ => view.shape,
    };
    paint(frame, full, zoom, ui.ctx().pixels_per_point())
}

/// Draws the picture, or the reason why there is none. Returns the place of its words.
fn picture(ui: &Ui, frame: Rect, view: &TileView<'_>, painted: &PaintedTile, palette: &Palette) -> Rect {
    let painter = ui.painter_at(frame);
    match &view.state {
        TileState::Ready { texture, full, .. } => {
            painter.rect_filled(painted.rect, 0.0, palette.well);
            painter.image(texture.id(), painted.rect, painted.part, Color32::WHITE);
            // The edge of a white tile would be invisible on a light background.
            let edge = ui.visuals().widgets.noninteractive.bg_stroke;
            painter.rect_stroke(painted.rect, CornerRadius::ZERO, edge, StrokeKind::Inside);
            highlights::paint(&painter, painted, *full, &view.highlight);
            Rect::NOTHING
        }
        TileState::Loading => {
            painter.rect_filled(painted.rect, 2.0, palette.well);
            let text = if matches!(view.picture, Picture::Difference(..)) { "Comparing…" } else { "Loading…" };
            message(ui, frame, painted.rect, text, ui.visuals().weak_text_color())
        }
        TileState::Searching => {
            painter.rect_filled(painted.rect, 2.0, palette.well);
            let text = "Not in its shard.\nSearching the others…";
            message(ui, frame, painted.rect, text, ui.visuals().weak_text_color())
        }
        TileState::Slow => {
            painter.rect_filled(painted.rect, 2.0, palette.well);
            let text = "Still loading.\nThe disk or the network does not answer, or the picture is slow to decode.\nYou can continue: it may still appear.";
            message(ui, frame, painted.rect, text, palette.unsure)
        }
        TileState::ShardMissing(shard) => {
            painter.rect_filled(painted.rect, 2.0, palette.well);
            let key = keymap::from_context(ui.ctx()).first(DatasetCommand::LookForShards);
            let file = &shard.file;
            let text = match shard.is_at_address {
                true => format!("{file} is not at the address.\nIf it is added there, open the dataset again."),
                false => format!("{file} is missing · {key} checks again"),
            };
            message(ui, frame, painted.rect, &text, palette.unsure)
        }
        TileState::Unreachable { message: reason, allowed_at, .. } => {
            painter.rect_filled(painted.rect, 2.0, palette.well);
            let now = Instant::now();
            let (sign, title) = match allowed_at {
                Some(at) if *at > now => (icons::TIMER, "Waiting"),
                _ => (icons::WARNING, "Not fetched"),
            };
            let reason = not_fetched(reason, *allowed_at, now);
            let text = format!("{sign}  {title}\n\n{}.", capital(&reason));
            message(ui, frame, painted.rect, &text, palette.unsure)
        }
        TileState::Failed(fault) => {
            painter.rect_filled(painted.rect, 2.0, palette.well);
            let key = keymap::from_context(ui.ctx()).first(ReviewCommand::MarkFocused(Some(Relevance::Broken)));
            let next = if view.is_of_row() { format!("\n\n{key} marks it as broken.") } else { String::new() };
            let text = format!("{}  {}\n\n{}{next}", icons::BROKEN, capital(&fault.name()), fault.reason);
            message(ui, frame, painted.rect, &text, palette.broken)
        }
    }
}

/// The smallest picture with room for a button below its message, in points.
const WITH_BUTTON: Vec2 = vec2(130.0, 120.0);

/// The button that tries again to fetch the tiles that could not be.
/// Right below the words that end at `below`; the button is greyed out while another try would be
/// refused.
fn retry_button(ui: &mut Ui, room: Rect, below: f32, (slot, can_retry): (usize, bool), actions: &mut Vec<UiAction>) {
    if room.width() < WITH_BUTTON.x || room.height() < WITH_BUTTON.y {
        return;
    }
    let key = keymap::from_context(ui.ctx()).first(DatasetCommand::RetryTiles);
    let middle = (below + 24.0).min(room.max.y - 16.0);
    let place = Rect::from_center_size(pos2(room.center().x, middle), vec2(WITH_BUTTON.x - 10.0, 24.0));
    ui.push_id(("retry", slot), |ui| {
        let button = super::button_with_key("Retry", key);
        let button = ui.add_enabled_ui(can_retry, |ui| ui.put(place, button)).inner.accessible_name("Retry");
        if button.clicked() {
            actions.push(DatasetCommand::RetryTiles.into());
        }
    });
}

/// A text instead of the picture, wrapped to its width. Returns its place.
fn message(ui: &Ui, clip: Rect, rect: Rect, text: &str, colour: Color32) -> Rect {
    let room = rect.shrink(10.0);
    let mut job = LayoutJob::simple(text.to_owned(), FontId::proportional(14.0), colour, room.width().max(40.0));
    job.halign = Align::Center;
    let galley = ui.painter().layout_job(job);
    let at = pos2(room.center().x, (room.center().y - galley.size().y / 2.0).max(room.min.y));
    let place = Rect::from_center_size(pos2(at.x, at.y + galley.size().y / 2.0), galley.size());
    ui.painter_at(clip).galley(at, galley, colour);
    place
}

fn interact(
    ui: &Ui,
    response: &Response,
    cell: TileCell,
    painted: &PaintedTile,
    view: &TileView<'_>,
    actions: &mut Vec<UiAction>,
) {
    let frame = cell.card.picture_frame();
    if response.double_clicked() {
        actions.push(ViewAction::Focus(view.position).into());
        actions.push(ViewCommand::Alone.into());
    } else if response.clicked() {
        actions.push(ViewAction::Focus(view.position).into());
    }
    if select(ui, response, painted, view, actions) {
        return;
    }
    if response.dragged() && painted.part.size() != Vec2::splat(1.0) {
        let moved = response.drag_delta() / painted.rect.size() * painted.part.size();
        if ui.input(|input| input.modifiers.shift) {
            actions.push(ViewAction::MoveAlone(view.position, -moved).into());
        } else {
            actions.push(ViewAction::Scroll(view.position, -moved).into());
        }
    }
    if let Some(pointer) = response.hover_pos().filter(|at| frame.contains(*at)) {
        // The wheel scrolls, in a list the list; only with Ctrl held it zooms.
        let (factor, wheel) = ui.input(|input| (input.zoom_delta(), input.smooth_scroll_delta()));
        if (factor - 1.0).abs() > 1e-3 {
            actions.push(ViewAction::Zoom(view.position, factor, painted.spot(pointer)).into());
        } else if wheel != Vec2::ZERO && !cell.scrolls && painted.part.size() != Vec2::splat(1.0) {
            let by = wheel / painted.rect.size().max(vec2(1.0, 1.0)) * painted.part.size();
            actions.push(ViewAction::Scroll(view.position, -by).into());
        }
    }
    response.context_menu(|ui| menu(ui, view, actions));
}

/// Selects words of the tile by dragging, where dragging means that. Returns whether it does.
fn select(
    ui: &Ui,
    response: &Response,
    painted: &PaintedTile,
    view: &TileView<'_>,
    actions: &mut Vec<UiAction>,
) -> bool {
    let held = ui.input(|input| input.modifiers.command);
    let highlight = &view.highlight;
    // Ctrl may be released before the button.
    let dragging = highlight.dragging && (response.dragged() || response.drag_stopped());
    if !highlight.has_words() || !(highlight.selects || held || dragging) {
        return false;
    }
    if response.hover_pos().is_some_and(|at| painted.rect.contains(at)) {
        ui.ctx().set_cursor_icon(egui::CursorIcon::Text);
    }
    let Some(pointer) = response.interact_pointer_pos() else { return false };
    if response.drag_started() {
        let from = ui.input(|input| input.pointer.press_origin()).unwrap_or(pointer);
        actions.push(ViewAction::StartSelection(view.position, painted.spot(from)).into());
        actions.push(ViewAction::ExtendSelection(painted.spot(pointer)).into());
    } else if dragging {
        actions.push(ViewAction::ExtendSelection(painted.spot(pointer)).into());
        if response.drag_stopped() {
            actions.push(ViewAction::EndSelection.into());
        }
    } else if response.clicked() {
        actions.push(ViewAction::ClearSelection.into());
    }
    true
}

/// The commands in a tile's own menu, besides marking it.
const ELSEWHERE: [Command; 5] = [
    Command::View(ViewCommand::Compare),
    Command::View(ViewCommand::Alone),
    Command::View(ViewCommand::Page),
    Command::Dataset(DatasetCommand::FindTile),
    Command::Dataset(DatasetCommand::FindPage),
];

fn menu(ui: &mut Ui, view: &TileView<'_>, actions: &mut Vec<UiAction>) {
    ui.label(RichText::new(view.name()).strong());
    ui.separator();
    let reason = match &view.state {
        TileState::Failed(fault) => Some(fault.reason.as_str()),
        TileState::Unreachable { message, .. } => Some(&**message),
        _ => None,
    };
    if let Some(reason) = reason {
        if ui.button("Copy the error").clicked() {
            ui.ctx().copy_text(format!("{}: {reason}", view.spelling));
            ui.close();
        }
        ui.separator();
    }
    let keymap = keymap::from_context(ui.ctx());
    if view.is_of_row() {
        for relevance in Relevance::ALL {
            let chosen = view.relevance == Some(*relevance);
            let command = ReviewCommand::MarkFocused(Some(*relevance));
            let button = egui::Button::selectable(chosen, relevance.label()).shortcut_text(keymap.first(command));
            let button = ui.add(button);
            if button.on_hover_text(keymap.hint(command)).clicked() {
                actions.push(ReviewAction::Mark(view.position, Some(*relevance)).into());
                ui.close();
            }
        }
        if view.relevance.is_some() && ui.button("Clear the mark").clicked() {
            actions.push(ReviewAction::Mark(view.position, None).into());
            ui.close();
        }
        ui.separator();
    } else if let Picture::Tile(tile) = &view.picture {
        if ui.button("Add to the row as relevant").clicked() {
            actions.push(ReviewAction::AddRelevant(tile.clone()).into());
            ui.close();
        }
        ui.separator();
    }
    for command in ELSEWHERE {
        let Some(entry) = entry_of(command) else { continue };
        let button = egui::Button::new(entry.name).shortcut_text(keymap.first(command));
        if ui.add(button).on_hover_text(entry.help).clicked() {
            actions.push(ViewAction::Focus(view.position).into());
            actions.push(UiAction::Run(command));
            ui.close();
        }
    }
    if ui.button("Copy the path").clicked() {
        ui.ctx().copy_text(view.spelling.to_owned());
        ui.close();
    }
}
