//! The whole text of the focused tile, to be read and selected, with the passage, the answers and
//! the words of the query marked. Draws only.

use std::ops::Range;

use egui::text::{LayoutJob, TextFormat};
use egui::{Button, Color32, FontId, Label, RichText, ScrollArea, TextStyle, Ui};
use tilejury_audit::external::{TextState, TileEvidence};
use tilejury_audit::text::count;
use tilejury_data::TilePath;
use tilejury_text::HitKind;

use super::highlights::HighlightView;
use super::snippet::fits;
use super::tile_line::words_for;
use super::{UiAction, text_width};
use crate::bidi::for_display;
use crate::command::{ViewCommand, entry_of, keymap};
use crate::theme::HIGHLIGHTS;

/// The part of the next line, or of the longest one, from which a line is about as long.
const GOES_ON: f32 = 0.65;
/// The letters of a line that is no heading and no cell of a table.
const LONG: usize = 30;
/// The size of the text, in points.
const SIZE: f32 = 14.5;

/// The buttons above the text.
const BUTTONS: [(ViewCommand, &str); 2] = [(ViewCommand::CopyTileText, "Copy"), (ViewCommand::NextHit, "Next hit")];

/// The content of the panel.
pub(crate) struct TileTextView {
    /// The tile: `Negative 3`.
    pub(crate) name: String,
    pub(crate) tile: Option<TilePath>,
    pub(crate) highlight: HighlightView,
}

/// The state of the panel.
#[derive(Debug, Default)]
pub(crate) struct TileTextPanel {
    /// The tile whose passage was brought into view.
    scrolled: Option<TilePath>,
}

pub(crate) fn show(ui: &mut Ui, panel: &mut TileTextPanel, view: &TileTextView, actions: &mut Vec<UiAction>) {
    let evidence = view.highlight.evidence.as_deref();
    let known = evidence.filter(|evidence| {
        matches!(evidence.state, TextState::Read | TextState::Imported) && !evidence.text.text.is_empty()
    });
    ui.horizontal_wrapped(|ui| {
        let words = known.map(|evidence| count(evidence.text.text.split_whitespace().count(), "word"));
        let (has_words, has_keys) = words.as_deref().map_or((true, true), |words| in_one_row(ui, &view.name, words));
        let name = ui.label(RichText::new(&view.name).strong());
        let Some(words) = words else { return };
        if has_words {
            ui.label(RichText::new(words).weak());
        } else {
            name.on_hover_text(words);
        }
        for (command, word) in BUTTONS {
            short_button(ui, (command, word), has_keys, actions);
        }
    });
    let Some(evidence) = known else {
        let why = match evidence {
            None => "The tile's text is being looked up…".to_owned(),
            Some(_) => words_for(ui.ctx(), &view.highlight),
        };
        ui.label(why);
        return;
    };
    let (job, first) = job(ui, evidence);
    let is_new = panel.scrolled != view.tile;
    ScrollArea::vertical().id_salt(("tile text", &view.tile)).auto_shrink(false).show(ui, |ui| {
        let response = ui.add(Label::new(job).wrap().selectable(true));
        if is_new && let Some(first) = first {
            // About the right height: the text has lines of about the same length.
            let part = first as f32 / evidence.text.text.len().max(1) as f32;
            let at = response.rect.top() + part * response.rect.height();
            let line = egui::Rect::from_x_y_ranges(response.rect.x_range(), at - SIZE..=at + SIZE);
            ui.scroll_to_rect(line, Some(egui::Align::Center));
        }
    });
    panel.scrolled.clone_from(&view.tile);
}

/// Whether the row above the text has room for the number of words, and for the keys of the
/// buttons, so that these take no second row.
fn in_one_row(ui: &Ui, name: &str, words: &str) -> (bool, bool) {
    let (body, small) = (TextStyle::Body, TextStyle::Small);
    let spacing = ui.spacing();
    let (gap, padding) = (spacing.item_spacing.x, 2.0 * spacing.button_padding.x + 1.0);
    let keymap = keymap::from_context(ui.ctx());
    let width = |has_words: bool, has_keys: bool| {
        let key = |command| gap + text_width(ui, &keymap.first(command), &small);
        let button = |(command, word): (ViewCommand, &str)| {
            gap + padding + text_width(ui, word, &body) + if has_keys { key(command) } else { 0.0 }
        };
        let words = if has_words { gap + text_width(ui, words, &body) } else { 0.0 };
        text_width(ui, name, &body) + words + BUTTONS.map(button).iter().sum::<f32>()
    };
    let forms = [(true, true), (true, false), (false, false)];
    let fits = |(has_words, has_keys): &(bool, bool)| width(*has_words, *has_keys) <= ui.available_width();
    forms.into_iter().find(fits).unwrap_or((false, false))
}

/// A button for a command with a short word, which leaves the lines to the text. Its key may be in
/// the tooltip alone.
fn short_button(ui: &mut Ui, (command, word): (ViewCommand, &str), has_key: bool, actions: &mut Vec<UiAction>) {
    let (name, help) = entry_of(command).map_or(("", ""), |entry| (entry.name, entry.help));
    let keymap = keymap::from_context(ui.ctx());
    let button = match has_key {
        true => super::button_with_key(word, keymap.first(command)),
        false => Button::new(word),
    };
    let hint = if has_key { help.to_owned() } else { keymap.hint(command) };
    if ui.add(button).on_hover_text(hint).accessible_name(name).clicked() {
        actions.push(command.into());
    }
}

/// The text with the lines of each paragraph joined, byte for byte. A line goes on in the next if
/// it is long, also compared with that, and unless a sentence ends there well before the longest
/// line.
fn joined(text: &str) -> String {
    let length = |line: &str| line.chars().count();
    let longest = text.lines().map(length).max().unwrap_or(0);
    let is_part = |short: usize, of: usize| short as f32 >= GOES_ON * of as f32;
    let goes_on = |line: &str, next: &str| {
        let ends = line.trim_end().ends_with(['.', '!', '?', ':']) && !is_part(length(line), longest);
        length(line) >= LONG && is_part(length(line), length(next)) && !ends
    };
    let next = text.lines().skip(1).chain([""]);
    let mut joined = String::with_capacity(text.len());
    for (line, next) in text.split_inclusive('\n').zip(next) {
        match line.strip_suffix('\n') {
            Some(words) if goes_on(words, next) => {
                joined.push_str(words);
                joined.push(' ');
            }
            _ => joined.push_str(line),
        }
    }
    joined
}

/// The text with its marks, and the byte where the best place begins.
fn job(ui: &Ui, evidence: &TileEvidence) -> (LayoutJob, Option<usize>) {
    // Places in it are those in the text.
    let text = &joined(&evidence.text.text);
    let (font, plain) = (FontId::proportional(SIZE), ui.visuals().text_color());
    let mut job = LayoutJob::default();
    let visual = for_display(text, |line| fits(ui, line, SIZE, ui.available_width()));
    if visual != *text {
        // In text from right to left, the words are in another order on the screen.
        job.append(&visual, 0.0, TextFormat::simple(font, plain));
        return (job, None);
    }
    let places: Vec<(HitKind, Range<usize>)> =
        evidence.highlights.hits.iter().map(|hit| (hit.kind, evidence.text.bytes_of(&hit.words))).collect();
    for (bytes, kind) in marked(text.len(), &places) {
        let mut format = TextFormat::simple(font.clone(), plain);
        if let Some(kind) = kind {
            format.background = ground(kind);
            format.color = ui.visuals().strong_text_color();
        }
        job.append(text.get(bytes).unwrap_or_default(), 0.0, format);
    }
    (job, places.first().map(|(_, bytes)| bytes.start))
}

fn ground(kind: HitKind) -> Color32 {
    let colour = match kind {
        HitKind::Answer => HIGHLIGHTS.answer,
        HitKind::ModelAnswer => HIGHLIGHTS.model_answer,
        HitKind::Passage | HitKind::QueryWords => HIGHLIGHTS.query,
    };
    colour.gamma_multiply(if kind == HitKind::Passage { 0.22 } else { 0.4 })
}

/// The parts of a text of `len` bytes with the kind of each; where places overlap, the answer comes
/// before the words, and the words before the passage around them.
fn marked(len: usize, places: &[(HitKind, Range<usize>)]) -> Vec<(Range<usize>, Option<HitKind>)> {
    let rank = |kind: HitKind| match kind {
        HitKind::Answer => 0,
        HitKind::ModelAnswer => 1,
        HitKind::QueryWords => 2,
        HitKind::Passage => 3,
    };
    let mut ends: Vec<usize> = places.iter().flat_map(|(_, bytes)| [bytes.start, bytes.end]).collect();
    ends.extend([0, len]);
    ends.retain(|end| *end <= len);
    ends.sort_unstable();
    ends.dedup();
    let part = |window: &[usize]| {
        let bytes = window[0]..window[1];
        let here = places.iter().filter(|(_, place)| place.start <= bytes.start && bytes.end <= place.end);
        let kind = here.map(|(kind, _)| *kind).min_by_key(|kind| rank(*kind));
        (bytes, kind)
    };
    ends.windows(2).map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_marked_within_its_passage() {
        let places = [(HitKind::Answer, 4..6), (HitKind::Passage, 2..8)];
        let parts = marked(10, &places);
        let passage = Some(HitKind::Passage);
        let expected = [(0..2, None), (2..4, passage), (4..6, Some(HitKind::Answer)), (6..8, passage), (8..10, None)];
        assert_eq!(parts, expected);
    }

    #[test]
    fn lines_of_a_paragraph_are_joined_and_no_byte_moves() {
        let text = "Bridges\nThe gorge was too wide to throw a rope\nand too wild for a boat, so it went to\n\
                    Homan Wälsh.\nRank\nCountry\nA line that has the whole width of the tile is much longer \
                    than those beside a picture\n";
        let joined = joined(text);
        assert_eq!(joined.len(), text.len());
        assert!(joined.contains("a rope and too wild for a boat, so it went to Homan Wälsh.\n"), "{joined}");
        assert!(joined.starts_with("Bridges\nThe") && joined.contains("Rank\nCountry\n"), "{joined}");
    }

    #[test]
    fn a_text_without_places_is_one_part() {
        assert_eq!(marked(3, &[]), [(0..3, None)]);
    }
}
