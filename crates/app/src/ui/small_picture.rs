//! The picture of a tile in a small frame, or a sign in its place. Draws only.

use egui::{Align2, FontId, Painter, Rect, TextureId, Ui, Vec2, vec2};

use crate::icons;
use crate::theme::palette;
use crate::tile_store::TileState;

/// Returns the texture of a tile and the size of the whole tile in pixels. A tile that is not ready
/// gets a sign in its frame instead; with `in_words`, words where it may come another time.
pub(super) fn ready(
    ui: &Ui,
    painter: &Painter,
    frame: Rect,
    state: &TileState,
    in_words: bool,
) -> Option<(TextureId, Vec2)> {
    if let TileState::Ready { texture, full, .. } = state {
        return Some((texture.id(), vec2(full[0].max(1) as f32, full[1].max(1) as f32)));
    }
    painter.rect_filled(frame, 2.0, palette(ui.visuals()).well);
    let sign = match state {
        TileState::Failed(_) => icons::BROKEN,
        TileState::ShardMissing(_) if in_words => "missing shard",
        TileState::Unreachable { .. } if in_words => "not fetched",
        TileState::ShardMissing(_) | TileState::Unreachable { .. } => icons::BROKEN,
        _ => "…",
    };
    let colour = ui.visuals().weak_text_color();
    painter.text(frame.center(), Align2::CENTER_CENTER, sign, FontId::proportional(12.0), colour);
    None
}

/// The size of a tile as large as fits into a frame.
pub(super) fn fitting(full: Vec2, frame: Vec2) -> Vec2 {
    full * (frame.x / full.x).min(frame.y / full.y)
}
