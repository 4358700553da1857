//! One tile alone, as large as the window: wheel to zoom about the pointer, drag to move, Esc to return.

use egui::{Color32, Key, Rect, RichText, Sense, Ui, Vec2, vec2};

use super::Act;
use super::placement::ZOOM_UP_TO;
use super::tile::TileView;
use crate::theme::{palette, tile_badge};
use crate::tile_store::TileState;

/// The tile in focus, at which scale (screen pixels a tile pixel), moved by how much. Another tile takes the same place,
/// so that the two can be compared by eye.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct FullSize {
    /// `None` fits the tile into the window.
    scale: Option<f32>,
    offset: Vec2,
}

impl FullSize {
    /// Zooms about the middle, for the keys.
    pub(crate) fn zoom(&mut self, factor: f32, fitting: f32) {
        self.scale = Some((self.scale.unwrap_or(fitting) * factor).clamp(fitting.min(1.0) * 0.5, ZOOM_UP_TO));
    }
}

/// Paints the tile. Returns the scale at which it would fit.
pub(crate) fn show(ui: &mut Ui, look: &mut FullSize, view: &TileView<'_>, query: &str, acts: &mut Vec<Act>) -> f32 {
    let palette = palette(ui.visuals());
    let pixels_per_point = ui.ctx().pixels_per_point();
    ui.horizontal(|ui| {
        if ui.button("✖ Back (Esc)").clicked() {
            acts.push(Act::LeaveFullSize);
        }
        ui.label(RichText::new(view.name()).strong());
        if let Some((sign, word, colour)) = tile_badge(palette, view.at == 0, view.relevance) {
            ui.label(RichText::new(format!("{sign} {word}")).color(colour));
        }
        let percent = look.scale.map(|scale| format!("{:.0} %", scale * 100.0)).unwrap_or_else(|| "fitted".to_owned());
        ui.label(RichText::new(percent).weak());
        ui.add(egui::Label::new(RichText::new(query).size(16.0)).truncate());
    });
    let area = ui.available_rect_before_wrap();
    let response = ui.allocate_rect(area, Sense::click_and_drag());
    ui.painter().rect_filled(area, 4.0, palette.well);
    let label = format!("{} in full size", view.name());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &label));
    if ui.input(|input| input.key_pressed(Key::Escape)) {
        acts.push(Act::LeaveFullSize);
    }
    let TileState::Ready { texture, full } = &view.state else {
        let text = match &view.state {
            TileState::Failed(reason) => format!("⚠ No picture\n\n{reason}"),
            TileState::Searching => "Not in its shard. Looking in the others…".to_owned(),
            _ => "Loading…".to_owned(),
        };
        ui.put(area, egui::Label::new(RichText::new(text).size(16.0)));
        return 1.0;
    };
    let full = vec2(full[0] as f32, full[1] as f32) / pixels_per_point;
    let fitting = (area.width() / full.x).min(area.height() / full.y).min(2.0);
    let scale = look.scale.unwrap_or(fitting);
    if let Some(pointer) = response.hover_pos() {
        let factor = ui.input(|input| input.zoom_delta() * (input.smooth_scroll_delta().y / 240.0).exp());
        if (factor - 1.0).abs() > 1e-3 {
            let new = (scale * factor).clamp(fitting.min(1.0) * 0.5, ZOOM_UP_TO);
            let about = pointer - area.center() - look.offset;
            look.offset -= about * (new / scale - 1.0);
            look.scale = Some(new);
        }
    }
    if response.dragged() {
        look.offset += response.drag_delta();
    }
    if response.double_clicked() {
        acts.push(Act::LeaveFullSize);
    }
    let size = full * look.scale.unwrap_or(fitting);
    // A picture larger than the window can be moved until its edge meets the window's; a smaller one stays centred.
    let reach = ((size - area.size()) / 2.0).max(Vec2::ZERO);
    look.offset = look.offset.clamp(-reach, reach);
    let min = area.center() + look.offset - size / 2.0;
    let snapped = ((min.to_vec2() * pixels_per_point).round() / pixels_per_point).to_pos2();
    let whole = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
    ui.painter_at(area).image(texture.id(), Rect::from_min_size(snapped, size), whole, Color32::WHITE);
    fitting
}
