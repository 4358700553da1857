//! A passage of a text with the words of the query in bold. Draws only; the passage is found
//! elsewhere.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Color32, FontId, Galley, Painter, Pos2, Role, Sense, Ui, WidgetInfo, vec2};
use tilejury_text::Snippet;

use crate::bidi::for_display;

/// The distance in points between the two prints of a bold word: the fonts have no bold face.
const BOLD_SHIFT: f32 = 0.45;

/// Paints a passage at a place, in at most `rows` rows of a width.
pub(crate) fn paint(ui: &Ui, painter: &Painter, at: Pos2, snippet: &Snippet, size: f32, rows: usize, width: f32) {
    print(painter, at, prints(ui, snippet, size, rows, width));
}

/// Places a passage in the layout, in at most `rows` rows of a width.
pub(crate) fn label(ui: &mut Ui, snippet: &Snippet, size: f32, rows: usize, width: f32) {
    let prints = prints(ui, snippet, size, rows, width);
    let (area, response) = ui.allocate_exact_size(prints[0].size(), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &snippet.text));
    print(ui.painter(), area.min, prints);
}

/// The two prints of a passage: all of it, and the bold words alone.
fn prints(ui: &Ui, snippet: &Snippet, size: f32, rows: usize, width: f32) -> [Arc<Galley>; 2] {
    let (plain, strong) = (ui.visuals().weak_text_color(), ui.visuals().strong_text_color());
    let fits = |line: &str| fits(ui, line, size, width);
    [plain, Color32::TRANSPARENT].map(|plain| {
        let mut job = job(snippet, size, &fits, plain, strong);
        job.wrap = TextWrapping { max_width: width, max_rows: rows, ..TextWrapping::default() };
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    })
}

fn print(painter: &Painter, at: Pos2, prints: [Arc<Galley>; 2]) {
    let shifts = [0.0, BOLD_SHIFT];
    for (galley, shift) in prints.into_iter().zip(shifts) {
        painter.galley(at + vec2(shift, 0.0), galley, Color32::PLACEHOLDER);
    }
}

/// Whether a line is short enough for a width.
pub(super) fn fits(ui: &Ui, line: &str, size: f32, width: f32) -> bool {
    let font = FontId::proportional(size);
    ui.painter().layout_no_wrap(line.to_owned(), font, Color32::PLACEHOLDER).size().x <= width
}

fn job(snippet: &Snippet, size: f32, fits: &dyn Fn(&str) -> bool, plain: Color32, strong: Color32) -> LayoutJob {
    let mut job = LayoutJob::default();
    let font = FontId::proportional(size);
    let mut add = |text: &str, colour: Color32| {
        if !text.is_empty() {
            job.append(text, 0.0, TextFormat::simple(font.clone(), colour));
        }
    };
    let visual = for_display(&snippet.text, fits);
    if visual != snippet.text {
        // In text from right to left, the words are in another order on the screen.
        add(&visual, plain);
        return job;
    }
    let mut from = 0;
    for hit in &snippet.hits {
        add(snippet.text.get(from..hit.start).unwrap_or_default(), plain);
        add(snippet.text.get(hit.clone()).unwrap_or_default(), strong);
        from = hit.end;
    }
    add(snippet.text.get(from..).unwrap_or_default(), plain);
    job
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_of_the_query_are_strong() {
        let snippet = Snippet { text: "…salt melts at".into(), hits: vec![3..7, 8..13] };
        let job = job(&snippet, 14.0, &|_| true, Color32::GRAY, Color32::WHITE);
        let strong: Vec<&str> = job
            .sections
            .iter()
            .filter(|section| section.format.color == Color32::WHITE)
            .map(|section| &job.text[section.byte_range.start.0..section.byte_range.end.0])
            .collect();
        assert_eq!(strong, ["salt", "melts"]);
        assert_eq!(job.text, "…salt melts at");
    }

    #[test]
    fn lines_from_right_to_left_are_in_reading_order() {
        let snippet = Snippet { text: "אחד שתיים שלוש".into(), hits: Vec::new() };
        let short = |line: &str| line.chars().count() <= 10;
        let job = job(&snippet, 14.0, &short, Color32::GRAY, Color32::WHITE);
        assert_eq!(job.text, "שתיים אחד\nשלוש");
    }
}
