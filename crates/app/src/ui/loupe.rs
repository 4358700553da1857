//! The loupe: a window over the tiles that shows the spot under the pointer at the tile's own
//! resolution, or doubled.

use egui::{Area, Color32, Context, CornerRadius, FontId, Id, Order, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui};
use egui::{Vec2, WidgetInfo, vec2};

use tilejury_audit::text::capital;

use super::placement::PaintedTile;
use crate::theme::palette;
use crate::tile_store::TileState;

/// The size of the loupe in points, if the window has room.
const SIZE: Vec2 = vec2(460.0, 300.0);

/// The height of the words below it, with the space to the edge of the window.
const WORDS: f32 = 28.0;

/// Paints the part of a painted tile under `pointer`. `scale` is screen pixels per tile pixel.
pub(crate) fn show(ctx: &Context, pointer: Pos2, painted: &PaintedTile, state: &TileState, scale: u8) {
    let screen = ctx.content_rect();
    let size = SIZE.min(screen.size() * 0.6);
    // Beside the pointer, never under it, so the spot stays visible.
    let mut rect = Rect::from_min_size(pointer + vec2(18.0, -size.y / 2.0), size);
    if rect.max.x > screen.max.x - 4.0 {
        rect = Rect::from_min_size(pointer - vec2(18.0 + size.x, size.y / 2.0), size);
    }
    // The words are below it, where they cover no letter of the tile.
    let down = (screen.min.y + 4.0 - rect.min.y).max(0.0) - (rect.max.y - screen.max.y + WORDS).max(0.0);
    let rect = rect.translate(vec2(0.0, down));
    let area = Area::new(Id::unique("loupe")).order(Order::Tooltip).fixed_pos(rect.min).interactable(false);
    area.constrain(false).show(ctx, |ui| {
        let response = ui.allocate_rect(rect, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Loupe at {scale}:1")));
        glass(ui, rect, pointer, painted, state, scale);
    });
}

fn glass(ui: &Ui, rect: Rect, pointer: Pos2, painted: &PaintedTile, state: &TileState, scale: u8) {
    let painter = ui.painter().with_clip_rect(ui.ctx().content_rect());
    let (visuals, colours) = (ui.visuals(), palette(ui.visuals()));
    let pixels_per_point = ui.ctx().pixels_per_point();
    painter.rect_filled(rect, CornerRadius::same(8), colours.well);
    let words = match state {
        TileState::Ready { texture, full, .. } => {
            let spot = painted.spot(pointer).clamp(Vec2::ZERO, Vec2::splat(1.0));
            let full = vec2(full[0].max(1) as f32, full[1].max(1) as f32);
            let points_a_pixel = f32::from(scale) / pixels_per_point;
            // The part of the picture in the loupe, kept inside the picture if the picture is
            // larger.
            let part = rect.size() / points_a_pixel / full;
            let middle = |at: f32, part: f32| if part >= 1.0 { 0.5 } else { at.clamp(part / 2.0, 1.0 - part / 2.0) };
            let middle = vec2(middle(spot.x, part.x), middle(spot.y, part.y));
            let origin = rect.center() - middle * full * points_a_pixel;
            let snap = |at: f32| (at * pixels_per_point).round() / pixels_per_point;
            let origin = egui::pos2(snap(origin.x), snap(origin.y));
            let whole = Rect::from_min_size(origin, full * points_a_pixel);
            let uv = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
            painter.with_clip_rect(rect.shrink(2.0)).image(texture.id(), whole, uv, Color32::WHITE);
            format!("{scale}:1")
        }
        TileState::Failed(fault) => capital(&fault.name()),
        TileState::ShardMissing(_) => "Missing shard".to_owned(),
        TileState::Unreachable { .. } => "Not fetched".to_owned(),
        TileState::Loading | TileState::Searching | TileState::Slow => "Loading…".to_owned(),
    };
    painter.rect_stroke(rect, CornerRadius::same(8), Stroke::new(2.0, colours.focus), StrokeKind::Inside);
    let font = FontId::proportional(13.0);
    let galley = painter.layout_no_wrap(words, font, visuals.text_color());
    let ground = Rect::from_min_size(rect.left_bottom() + vec2(6.0, 3.0), galley.size() + vec2(12.0, 4.0));
    painter.rect_filled(ground, CornerRadius::same(4), visuals.window_fill);
    painter.galley(ground.min + vec2(6.0, 2.0), galley, visuals.text_color());
}
