//! Shares on an axis from 0 to 100 %: the interval with its whiskers, the measured share, and two
//! weights.
//!
//! Paints only; each mark has a shape of its own, so that colour alone distinguishes none. Not
//! `egui_plot`: the axis is a column of a table that scrolls with its lines, a plot a line would
//! take the keyboard focus from the links beside it, and its legend knows colours but not these
//! shapes.

use egui::{Align2, FontId, Painter, Pos2, Rect, Sense, Shape, Stroke, TextStyle, Ui, pos2, vec2};

use crate::theme::{Palette, palette};

/// The margin at both ends, for the numbers at the ends of the axis.
const MARGIN: f32 = 20.0;
/// Half the height of the bar of an interval; its whiskers reach further.
const BAR: f32 = 4.0;
const WHISKER: f32 = 6.0;
const DOT: f32 = 4.5;
const TRIANGLE: f32 = 7.0;
/// The gap between a triangle and the end of its line.
const INSET: f32 = 3.0;

/// The values on one line of the axis, all from 0 to 1.
#[derive(Clone, Copy)]
pub(crate) struct AxisMarks {
    pub(crate) precision: Option<f64>,
    pub(crate) interval: Option<(f64, f64)>,
    pub(crate) weight_default: f32,
    pub(crate) weight: f32,
}

pub(super) fn x_of(area: Rect, share: f64) -> f32 {
    area.left() + MARGIN + (area.width() - 2.0 * MARGIN) * share as f32
}

/// The numbers above the axis.
pub(crate) fn numbers(ui: &Ui, area: Rect) {
    let font = TextStyle::Small.resolve(ui.style());
    for percent in [0, 25, 50, 75, 100] {
        let at = pos2(x_of(area, f64::from(percent) / 100.0), area.center().y);
        let text = format!("{percent} %");
        ui.painter().text(at, Align2::CENTER_CENTER, text, font.clone(), ui.visuals().weak_text_color());
    }
}

/// One line of the axis.
pub(crate) fn line(ui: &Ui, area: Rect, marks: &AxisMarks) {
    let painter = ui.painter();
    let colours = palette(ui.visuals());
    let thin = ui.visuals().widgets.noninteractive.bg_stroke;
    for percent in [0.0, 0.25, 0.5, 0.75, 1.0] {
        painter.vline(x_of(area, percent), area.y_range(), thin);
    }
    let y = area.center().y;
    let weak = ui.visuals().weak_text_color();
    by_default(painter, pos2(x_of(area, f64::from(marks.weight_default)), area.top() + INSET), weak);
    now(painter, pos2(x_of(area, f64::from(marks.weight)), area.bottom() - INSET), colours);
    match (marks.interval, marks.precision) {
        (Some((low, high)), Some(precision)) => {
            interval(painter, x_of(area, low), x_of(area, high), y, colours);
            dot(painter, pos2(x_of(area, precision), y), ui.visuals().window_fill, colours);
        }
        _ => {
            let font = FontId::proportional(12.0);
            painter.text(pos2(x_of(area, 0.0) + 6.0, y), Align2::LEFT_CENTER, "not judged yet", font, weak);
        }
    }
}

/// The legend of the marks.
pub(crate) fn legend(ui: &mut Ui) {
    let colours = palette(ui.visuals());
    let (ground, weak) = (ui.visuals().window_fill, ui.visuals().weak_text_color());
    let mut entry = |text: &str, draw: &dyn Fn(&Painter, Rect)| {
        let (area, _) = ui.allocate_exact_size(vec2(26.0, 18.0), Sense::hover());
        draw(ui.painter(), area);
        ui.label(text);
        ui.add_space(10.0);
    };
    entry("Confirmed, of those judged", &|painter, area| dot(painter, area.center(), ground, colours));
    entry("95 % interval", &|painter, area| {
        interval(painter, area.left() + 2.0, area.right() - 2.0, area.center().y, colours);
    });
    entry("Default weight", &|painter, area| by_default(painter, area.center() - vec2(0.0, TRIANGLE / 2.0), weak));
    entry("Current weight", &|painter, area| now(painter, area.center() + vec2(0.0, TRIANGLE / 2.0), colours));
}

fn interval(painter: &Painter, low: f32, high: f32, y: f32, colours: &Palette) {
    let bar = Rect::from_min_max(pos2(low, y - BAR), pos2(high, y + BAR));
    painter.rect_filled(bar, 0.0, colours.focus.gamma_multiply(0.35));
    for x in [low, high] {
        painter.vline(x, y - WHISKER..=y + WHISKER, Stroke::new(2.0, colours.focus));
    }
}

fn dot(painter: &Painter, at: Pos2, ground: egui::Color32, colours: &Palette) {
    painter.circle(at, DOT, colours.focus, Stroke::new(1.5, ground));
}

/// Hollow, pointing down to the line.
fn by_default(painter: &Painter, top: Pos2, colour: egui::Color32) {
    let half = TRIANGLE / 2.0 + 0.5;
    let corners = vec![top - vec2(half, 0.0), top + vec2(half, 0.0), top + vec2(0.0, TRIANGLE)];
    painter.add(Shape::closed_line(corners, Stroke::new(1.5, colour)));
}

/// Filled, pointing up to the line.
fn now(painter: &Painter, bottom: Pos2, colours: &Palette) {
    let half = TRIANGLE / 2.0 + 0.5;
    let corners = vec![bottom - vec2(half, 0.0), bottom - vec2(0.0, TRIANGLE), bottom + vec2(half, 0.0)];
    painter.add(Shape::convex_polygon(corners, colours.unsure, Stroke::NONE));
}
