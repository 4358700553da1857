//! The share of each source in the score of a tile, as bars to the left and right of a line. Draws
//! only.

use egui::{Align2, FontId, Rect, RichText, Sense, Ui, pos2, vec2};
use tilejury_audit::suspicion::{EvidenceShare, EvidenceSource};
use tilejury_audit::text::shortened;

use crate::theme::palette;

/// The log-odds at the end of a bar.
const FULL: f32 = 5.0;
/// The width of the numbers beside the bars, in points.
const NUMBER: f32 = 34.0;
/// The letters of a source's name that are shown.
const NAME_UP_TO: usize = 20;
/// The height of one bar's line, in points.
const LINE: f32 = 16.0;

/// Draws the shares of a tile's score, the prior first.
pub(crate) fn show(ui: &mut Ui, shares: &[EvidenceShare]) {
    let names = ui.available_width() * 0.45;
    for share in shares {
        let name = share.source.name();
        let text = format!("{name} {}", signed(share.log_odds));
        let row = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
        let (rect, response) = row;
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &text));
        response.on_hover_text(explanation(share));
        let painter = ui.painter_at(rect);
        let colours = palette(ui.visuals());
        let (strong, weak) = (ui.visuals().text_color(), ui.visuals().weak_text_color());
        let font = FontId::proportional(12.5);
        let galley = painter.layout_no_wrap(shortened(&name, NAME_UP_TO), font.clone(), weak);
        painter.galley(pos2(rect.left(), rect.center().y - galley.size().y / 2.0), galley, weak);
        let bars =
            Rect::from_min_max(pos2(rect.left() + names, rect.top()), pos2(rect.right() - NUMBER, rect.bottom()));
        let middle = bars.center().x;
        painter.vline(middle, bars.y_range(), ui.visuals().widgets.noninteractive.bg_stroke);
        let end = middle + (share.log_odds / FULL).clamp(-1.0, 1.0) * bars.width() / 2.0;
        let bar =
            Rect::from_x_y_ranges(middle.min(end)..=middle.max(end), bars.center().y - 3.0..=bars.center().y + 3.0);
        let colour = match share.source {
            EvidenceSource::Prior => weak,
            _ if share.log_odds > 0.0 => colours.unsure,
            _ => colours.accept,
        };
        painter.rect_filled(bar, 2.0, colour);
        let at = pos2(rect.right(), rect.center().y);
        painter.text(at, Align2::RIGHT_CENTER, signed(share.log_odds), font, strong);
    }
}

/// Shows how likely a tile is relevant or a defect, in percent.
pub(crate) fn likelihood(ui: &mut Ui, score: f32) {
    ui.label(RichText::new(format!("{:.0} %", 100.0 * score)).strong()).on_hover_text(
        "How likely this negative is relevant, or the tile a defect, by the log-odds below. Estimated with default weights until \
enough negatives were judged: a person decides.",
    );
}

fn explanation(share: &EvidenceShare) -> String {
    let what = match &share.source {
        EvidenceSource::Prior => "How likely any negative is relevant, before anything is known of it",
        EvidenceSource::Signals => "Findings from rows, paths and pixels",
        EvidenceSource::Text => "The text of the tile, compared with the query and the positive's text",
        EvidenceSource::Answer => "The row's answer in the text of the tile",
        EvidenceSource::Reviews => "Machine reviews of the tile",
        EvidenceSource::Scores(_) => "The tile's score, and its place among the row's negatives",
    };
    format!("{what}: log-odds {:+.2}", share.log_odds)
}

/// A number with its sign: `+2.5`, `−0.4`.
fn signed(number: f32) -> String {
    format!("{number:+.1}").replace('-', "−")
}
