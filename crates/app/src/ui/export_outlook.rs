//! The preview of an export, drawn: the number of rows kept, changed and dropped, the reasons, and
//! their rows, which open.

use egui::{
    Align, CollapsingHeader, Color32, Layout, Rect, RichText, ScrollArea, Sense, StrokeKind, TextStyle, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};
use tilejury_audit::export::suspects_words;
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::text::count;
use tilejury_data::{Dataset, SampleIndex};

use super::{AppAction, ReviewAction, UiAction, bar_part, brief};
use crate::bidi::for_display;
use crate::export_preview::{ExportForecast, OutcomeGroup};
use crate::theme::palette;

/// The height of the bar of all rows, in points, and of the bar of one reason.
const BAR: f32 = 22.0;
const THIN_BAR: f32 = 4.0;
/// The rows of a reason that are listed at first.
const FIRST_ROWS: usize = 8;
/// The height of the list of all of them, in points.
const ALL_ROWS: f32 = 260.0;
/// The side of a coloured square, in points.
const SWATCH: f32 = 12.0;

const CONFLICTS_HELP: &str = "A tile is the positive of one row but was marked as not relevant in another row of the same query. \
    List these rows to mark the tile where it is the positive.";

pub(super) fn show(
    ui: &mut Ui,
    outlook: &ExportForecast,
    scope: &AnnotatorScope,
    dataset: &Dataset,
    actions: &mut Vec<UiAction>,
) {
    let report = &outlook.report;
    let colours = palette(ui.visuals());
    let kept = colours.accept.gamma_multiply(0.55);
    let parts = [
        ("kept as they are", report.kept, kept),
        ("changed", report.changed, colours.unsure),
        ("promoted", report.promoted, colours.focus),
        ("left out", report.dropped, colours.reject),
    ];
    bar(ui, &parts);
    ui.horizontal_wrapped(|ui| {
        for (name, rows, colour) in parts.iter().filter(|(name, rows, _)| *rows > 0 || *name != "promoted") {
            swatch(ui, &format!("{rows} {name}"), *colour);
        }
    });
    let written: Vec<String> = report.splits.iter().map(|split| format!("{} {}", split.name, split.rows)).collect();
    ui.label(format!("{} would be written: {}", count(report.simulation.rows, "row"), written.join(", ")));
    if report.conflicts > 0 {
        let text = format!("{}: list the rows", count(report.conflicts, "conflict"));
        let link = ui.link(RichText::new(text).color(colours.reject).strong());
        if link.on_hover_text(CONFLICTS_HELP).clicked() {
            actions.push(ReviewAction::ShowConflicts(scope.clone()).into());
            actions.push(AppAction::CloseDialog.into());
        }
    }
    if let Some(unjudged) = report.unjudged_line() {
        let suspects = outlook.suspects.filter(|suspects| *suspects > 0);
        let suspects = suspects.map(|suspects| format!("; {}", suspects_words(suspects)));
        ui.label(format!("{unjudged}{}", suspects.unwrap_or_default()));
    }
    if let Some(added) = report.added_line() {
        ui.label(added);
    }
    ui.add_space(4.0);
    if outlook.reasons.is_empty() {
        ui.label("No row is left out or changed: the export equals the dataset.");
    }
    let most = outlook.reasons.iter().map(|group| group.rows.len()).max().unwrap_or(1);
    for group in &outlook.reasons {
        reason(ui, group, most, if group.leave { colours.reject } else { colours.unsure }, dataset, actions);
    }
    ui.add_space(4.0);
    if let Some(line) = report.padding_line() {
        ui.label(RichText::new(format!("{line}.")).color(colours.accept));
    }
    // The other lines repeat what is drawn.
    for line in report.summary().iter().filter(|line| line.starts_with("Warning")) {
        ui.label(RichText::new(line).color(colours.unsure));
    }
}

/// A coloured square with its words, which stay on one line.
fn swatch(ui: &mut Ui, text: &str, colour: Color32) {
    let font = TextStyle::Body.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, ui.visuals().text_color());
    let size = vec2(SWATCH + 6.0 + galley.size().x + 10.0, galley.size().y.max(SWATCH));
    let (place, response) = ui.allocate_exact_size(size, Sense::hover());
    let square = Rect::from_center_size(pos2(place.left() + SWATCH / 2.0, place.center().y), Vec2::splat(SWATCH));
    bar_part::paint(ui.painter(), square, palette(ui.visuals()), colour);
    let at = pos2(square.right() + 6.0, place.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, ui.visuals().text_color());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, text));
}

/// Paints the bar of a reason below its words, in a frame as long as that of the most frequent one.
fn thin_bar(ui: &Ui, header: Rect, rows: usize, most: usize, colour: Color32) {
    let from = pos2(header.left() + ui.spacing().indent, header.bottom() - THIN_BAR);
    let room = Rect::from_min_max(from, pos2(ui.max_rect().right() - 1.0, header.bottom()));
    let colours = palette(ui.visuals());
    ui.painter().rect_filled(room, 1.0, colours.well);
    let width = (room.width() * rows as f32 / most as f32).max(2.0);
    bar_part::paint(ui.painter(), Rect::from_min_size(room.min, vec2(width, THIN_BAR)), colours, colour);
    ui.painter().rect_stroke(room, 1.0, ui.visuals().widgets.noninteractive.bg_stroke, StrokeKind::Outside);
}

/// All rows as one bar.
fn bar(ui: &mut Ui, parts: &[(&str, usize, Color32)]) {
    let total: usize = parts.iter().map(|(_, rows, _)| rows).sum();
    let (whole, response) = ui.allocate_exact_size(vec2(ui.available_width(), BAR), Sense::hover());
    let mut from = whole.left();
    for (_, rows, colour) in parts.iter().filter(|(_, rows, _)| *rows > 0) {
        // A small part is still visible.
        let width = (whole.width() * *rows as f32 / total.max(1) as f32).max(3.0);
        let part = Rect::from_min_max(pos2(from, whole.top()), pos2((from + width).min(whole.right()), whole.bottom()));
        bar_part::paint(ui.painter(), part, palette(ui.visuals()), *colour);
        from += width;
    }
    let words: Vec<String> = parts.iter().map(|(name, rows, _)| format!("{rows} {name}")).collect();
    response.on_hover_text(words.join("\n"));
}

/// A reason with its bar and, when opened, its rows: first some, then all.
fn reason(
    ui: &mut Ui,
    group: &OutcomeGroup,
    most: usize,
    colour: Color32,
    dataset: &Dataset,
    actions: &mut Vec<UiAction>,
) {
    let fate = if group.leave { "left out" } else { "changed" };
    let title = format!("{}: {}, {fate}", group.label, count(group.rows.len(), "row"));
    let header = CollapsingHeader::new(title).id_salt(group.word).show(ui, |ui| {
        let shows_all = ui.scope_id().with("shows all");
        let all = ui.data(|data| data.get_temp::<bool>(shows_all).unwrap_or(false));
        if !all || group.rows.len() <= FIRST_ROWS {
            group.rows.iter().take(FIRST_ROWS).for_each(|index| row(ui, *index, dataset, actions));
        } else {
            let list = ScrollArea::vertical().max_height(ALL_ROWS).auto_shrink([false, true]);
            let height = ui.text_style_height(&TextStyle::Body).max(ui.spacing().interact_size.y);
            list.show_rows(ui, height, group.rows.len(), |ui, shown| {
                group.rows[shown].iter().for_each(|index| row(ui, *index, dataset, actions));
            });
        }
        if group.rows.len() > FIRST_ROWS {
            let text = match all {
                true => format!("Only the first {FIRST_ROWS}"),
                false => format!("… and {} more: show all", group.rows.len() - FIRST_ROWS),
            };
            if ui.button(text).clicked() {
                ui.data_mut(|data| data.insert_temp(shows_all, !all));
            }
        }
    });
    thin_bar(ui, header.header_response.rect, group.rows.len(), most, colour);
}

/// A row with its query; a click goes to it.
fn row(ui: &mut Ui, index: SampleIndex, dataset: &Dataset, actions: &mut Vec<UiAction>) {
    ui.horizontal(|ui| {
        if ui.link(dataset.describe_position(index)).on_hover_text("Go to this row").clicked() {
            actions.push(ReviewAction::Show(index).into());
            actions.push(AppAction::CloseDialog.into());
        }
        let query = dataset.row(index).map(|row| brief(&row.query, 300).into_owned()).unwrap_or_default();
        ui.add(egui::Label::new(for_display(&query, |_| true).into_owned()).truncate());
    });
}

/// The progress of the preview.
pub(super) fn waiting(ui: &mut Ui, what: &str, part: f32) {
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        super::busy::busy(ui);
        ui.label(format!("Preparing preview: {what}…"));
    });
    ui.add(egui::ProgressBar::new(part).desired_height(6.0));
}
