//! A passage of a text with the words of the query in bold. Draws only; the passage is found
//! elsewhere.

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Color32, FontId, Response, Sense, Ui, WidgetInfo, vec2};
use tilejury_text::Snippet;

/// The distance in points between the two prints of a bold word: the fonts have no bold face.
const BOLD_SHIFT: f32 = 0.45;

/// Draws a passage in at most `rows` rows of the available width; what does not fit is cut.
pub(crate) fn show(ui: &mut Ui, snippet: &Snippet, size: f32, rows: usize) -> Response {
    let (plain, strong) = (ui.visuals().weak_text_color(), ui.visuals().strong_text_color());
    let width = ui.available_width();
    let text = ui.fonts_mut(|fonts| fonts.layout_job(job(snippet, size, rows, width, plain, strong)));
    let bold = ui.fonts_mut(|fonts| fonts.layout_job(job(snippet, size, rows, width, Color32::TRANSPARENT, strong)));
    let (rect, response) = ui.allocate_exact_size(text.size(), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, spoken(snippet)));
    if ui.is_rect_visible(rect) {
        ui.painter().galley(rect.min, text, plain);
        ui.painter().galley(rect.min + vec2(BOLD_SHIFT, 0.0), bold, strong);
    }
    response
}

/// The text for screen readers, which tests also look for.
fn spoken(snippet: &Snippet) -> String {
    let dots = |cut: bool| if cut { "…" } else { "" };
    format!("{}{}{}", dots(snippet.cut_before), snippet.text, dots(snippet.cut_after))
}

fn job(snippet: &Snippet, size: f32, rows: usize, width: f32, plain: Color32, strong: Color32) -> LayoutJob {
    let mut job = LayoutJob {
        wrap: TextWrapping { max_width: width, max_rows: rows, ..TextWrapping::default() },
        ..LayoutJob::default()
    };
    let font = FontId::proportional(size);
    let mut add = |text: &str, colour: Color32| {
        if !text.is_empty() {
            job.append(text, 0.0, TextFormat::simple(font.clone(), colour));
        }
    };
    if snippet.cut_before {
        add("…", plain);
    }
    let mut from = 0;
    for hit in &snippet.hits {
        add(snippet.text.get(from..hit.start).unwrap_or_default(), plain);
        add(snippet.text.get(hit.clone()).unwrap_or_default(), strong);
        from = hit.end;
    }
    add(snippet.text.get(from..).unwrap_or_default(), plain);
    if snippet.cut_after {
        add("…", plain);
    }
    job
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_of_the_query_are_strong() {
        let snippet =
            Snippet { text: "salt melts at".into(), hits: vec![0..4, 5..10], cut_before: true, cut_after: false };
        let job = job(&snippet, 14.0, 2, 100.0, Color32::GRAY, Color32::WHITE);
        let strong: Vec<&str> = job
            .sections
            .iter()
            .filter(|section| section.format.color == Color32::WHITE)
            .map(|section| &job.text[section.byte_range.start.0..section.byte_range.end.0])
            .collect();
        assert_eq!(strong, ["salt", "melts"]);
        assert_eq!(job.text, "…salt melts at");
    }
}
