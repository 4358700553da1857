//! The mark of work that takes a moment: three dots, one after the other. Draws four times a
//! second: a mark that turns smoothly draws whole frames all the time, and without a graphics card
//! those take the cores from the very work that a person waits for.

use std::time::Duration;

use egui::{Sense, Ui, Vec2, WidgetInfo};

/// The time from one dot to the next.
const STEP: Duration = Duration::from_millis(250);
const DOTS: u8 = 3;

/// Draws the mark, as high as a line of text.
pub(crate) fn busy(ui: &mut Ui) {
    let unit = ui.spacing().interact_size.y / 4.0;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(2.0 * unit * f32::from(DOTS), 4.0 * unit), Sense::hover());
    response.widget_info(|| WidgetInfo::new(egui::Role::ProgressIndicator));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let lit = (ui.input(|input| input.time) / STEP.as_secs_f64()) as u64 % u64::from(DOTS);
    for dot in 0..DOTS {
        let at = rect.left_center() + Vec2::new(unit * (1.0 + 2.0 * f32::from(dot)), 0.0);
        let colour =
            if u64::from(dot) == lit { ui.visuals().strong_text_color() } else { ui.visuals().weak_text_color() };
        ui.painter().circle_filled(at, unit * 0.6, colour);
    }
    ui.ctx().request_repaint_after(STEP);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_draws_a_few_frames_a_second() {
        let ctx = egui::Context::default();
        // The first frames of a context are followed by others at once.
        let mut delay = Duration::ZERO;
        for _ in 0..5 {
            let output = ctx.run_ui(egui::RawInput::default(), busy);
            delay = output.viewport_output[&egui::ViewportId::ROOT].repaint_delay;
            output.drop_without_applying_deltas();
        }
        assert!(delay > STEP / 2 && delay <= STEP, "{delay:?}");
    }
}
