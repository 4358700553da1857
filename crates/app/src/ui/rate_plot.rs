//! Rates with their intervals on a common axis: a dot and a bar, thick where the planned number of
//! rows is reached, thin and open before that. Paints only.

use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Align2, Color32, CursorIcon, Rect, Response, Sense, Stroke, StrokeKind, TextStyle, Ui, WidgetInfo, pos2, vec2,
};
use tilejury_audit::audits::{AuditStatus, RateFigures};

use crate::theme::palette;

/// The height of a line in points.
pub(crate) const LINE: f32 = 22.0;
/// The ends that an axis may have, as shares.
const ENDS: [f64; 8] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0];
/// Half the height of a bar that was planned, and of one that runs.
const PLANNED: f32 = 5.0;
const RUNNING: f32 = 2.5;
const DOT: f32 = 4.5;

/// A rate to draw.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RateLine {
    pub(crate) label: String,
    pub(crate) estimate: Option<f64>,
    pub(crate) interval: Option<(f64, f64)>,
    /// Whether the interval is the planned one.
    pub(crate) is_planned: bool,
    /// The numbers in words, at the end of the line.
    pub(crate) number: String,
}

impl RateLine {
    /// The rate of rows.
    pub(crate) fn of_rows(label: &str, figures: &RateFigures, is_planned: bool) -> Self {
        Self::new(label, figures.estimate, figures.low.zip(figures.high), is_planned)
    }

    /// The share of negatives.
    pub(crate) fn of_negatives(label: &str, status: &AuditStatus) -> Self {
        let figures = &status.negatives;
        Self::new(label, figures.estimate, figures.low.zip(figures.high), status.finished)
    }

    fn new(label: &str, estimate: Option<f64>, interval: Option<(f64, f64)>, is_planned: bool) -> Self {
        let number = match (estimate, interval) {
            (Some(estimate), Some((low, high))) => {
                format!("{} % ({} to {})", percent(estimate), percent(low), percent(high))
            }
            (Some(estimate), None) => format!("{} %", percent(estimate)),
            (None, _) => String::new(),
        };
        Self { label: label.to_owned(), estimate, interval, is_planned, number }
    }

    /// A line without a rate, such as of a blind audit that is not finished.
    pub(crate) fn without_rate(label: &str, words: String) -> Self {
        Self { label: label.to_owned(), estimate: None, interval: None, is_planned: false, number: words }
    }

    fn highest(&self) -> f64 {
        self.interval.map_or(0.0, |(_, high)| high).max(self.estimate.unwrap_or_default())
    }
}

/// The widths of the parts of a line, in points.
#[derive(Clone, Copy)]
pub(crate) struct RateColumns {
    pub(crate) label: f32,
    pub(crate) number: f32,
}

/// The end of the axis on which all of these rates are seen.
pub(crate) fn end_of<'a>(lines: impl Iterator<Item = &'a RateLine>) -> f64 {
    let highest = lines.map(RateLine::highest).fold(0.0, f64::max);
    ENDS.into_iter().find(|end| *end >= highest).unwrap_or(1.0)
}

/// Draws a line over the whole width, from 0 to `end`. `name` is for screen readers.
pub(crate) fn show(
    ui: &mut Ui,
    line: &RateLine,
    end: f64,
    columns: RateColumns,
    clickable: bool,
    name: &str,
) -> Response {
    let sense = if clickable { Sense::click() } else { Sense::hover() };
    let (area, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), sense);
    let role = if clickable { egui::Role::Button } else { egui::Role::Label };
    response.widget_info(|| WidgetInfo::labeled(role, true, name));
    let painter = ui.painter();
    if clickable && (response.hovered() || response.has_focus()) {
        painter.rect_filled(area, 3.0, ui.visuals().widgets.hovered.weak_bg_fill);
    }
    let font = TextStyle::Body.resolve(ui.style());
    let text = ui.visuals().text_color();
    let fits = |part: &str| painter.layout_no_wrap(part.to_owned(), font.clone(), text).size().x <= columns.label;
    let label = crate::bidi::elided(&line.label, fits).into_owned();
    let mut label = LayoutJob::simple_singleline(label, font, text);
    label.wrap = TextWrapping::truncate_at_width(columns.label);
    let label = painter.layout_job(label);
    painter.galley(pos2(area.left() + 4.0, area.center().y - label.size().y / 2.0), label, text);
    let small = TextStyle::Small.resolve(ui.style());
    let weak = ui.visuals().weak_text_color();
    painter.text(pos2(area.right() - 4.0, area.center().y), Align2::RIGHT_CENTER, &line.number, small, weak);
    let axis = Rect::from_min_max(
        pos2(area.left() + columns.label + 14.0, area.top()),
        pos2(area.right() - columns.number - 14.0, area.bottom()),
    );
    if line.estimate.is_some() && axis.width() > 20.0 {
        marks(ui, axis, line, end);
    }
    if clickable { response.on_hover_cursor(CursorIcon::PointingHand) } else { response }
}

fn marks(ui: &Ui, axis: Rect, line: &RateLine, end: f64) {
    let colours = palette(ui.visuals());
    let painter = ui.painter();
    let x = |share: f64| axis.left() + axis.width() * (share / end).clamp(0.0, 1.0) as f32;
    let y = axis.center().y;
    painter.hline(axis.x_range(), y, ui.visuals().widgets.noninteractive.bg_stroke);
    if let Some((low, high)) = line.interval {
        let half = if line.is_planned { PLANNED } else { RUNNING };
        let bar = Rect::from_min_max(pos2(x(low), y - half), pos2(x(high).max(x(low) + 1.5), y + half));
        let fill = if line.is_planned { colours.focus.gamma_multiply(0.55) } else { Color32::TRANSPARENT };
        painter.rect_filled(bar, 1.0, fill);
        painter.rect_stroke(bar, 1.0, Stroke::new(1.5, colours.focus), StrokeKind::Inside);
    }
    if let Some(estimate) = line.estimate {
        painter.circle(pos2(x(estimate), y), DOT, colours.focus, Stroke::new(1.5, ui.visuals().window_fill));
    }
}

/// The numbers at both ends of the axis.
pub(crate) fn ends(ui: &mut Ui, end: f64, columns: RateColumns) {
    let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), 14.0), Sense::hover());
    let small = TextStyle::Small.resolve(ui.style());
    let weak = ui.visuals().weak_text_color();
    let (left, right) = (area.left() + columns.label + 14.0, area.right() - columns.number - 14.0);
    for (x, share) in [(left, 0.0), (right, end)] {
        let text = format!("{} %", percent(share));
        ui.painter().text(pos2(x, area.center().y), Align2::CENTER_CENTER, text, small.clone(), weak);
    }
}

/// A share in percent, without its sign.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        0.0 => "0".to_owned(),
        _ if percent < 0.995 => format!("{percent:.2}"),
        _ if (percent - percent.round()).abs() < 0.05 => format!("{percent:.0}"),
        _ => format!("{percent:.1}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_above_every_interval() {
        let line = |estimate, high| RateLine::new("rows", Some(estimate), Some((0.0, high)), true);
        assert_eq!(end_of([].iter()), 0.01);
        assert_eq!(end_of([line(0.01, 0.012)].iter()), 0.02);
        assert_eq!(end_of([line(0.06, 0.091), line(0.3, 0.41)].iter()), 0.5);
        assert_eq!(line(0.0625, 0.0908).number, "6.2 % (0 to 9.1)");
        assert_eq!(RateLine::new("rows", Some(0.004), None, false).number, "0.40 %");
    }
}
