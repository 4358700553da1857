//! The text below a tile: its title, and the passage of it that covers the query best; or the end
//! of its path, and why there is no text.

use std::borrow::Cow;
use std::sync::Arc;

use egui::text::{LayoutJob, TextWrapping};
use egui::{Color32, FontId, Galley, Rect, Ui, pos2, vec2};
use tilejury_audit::external::TextState;
use tilejury_data::TilePath;
use tilejury_text::{HitKind, Language, Snippet};

use super::card::TEXT_ROW;
use super::highlights::HighlightView;
use super::snippet;
use crate::bidi::for_display;
use crate::command::{entries, keymap};
use crate::theme::HIGHLIGHTS;

/// The word of the command that reads the tiles of the visible sample.
const READ: &str = "read-sample";
/// The sizes of the title and of the passage.
const TITLE: f32 = 13.0;
const PASSAGE: f32 = 12.5;
/// The usual width of a letter of the passage, not too small.
const LETTER: f32 = 7.0;
/// The narrowest line with a word about answers beside it: a narrower one has a sign.
const WITH_ANSWER: f32 = 170.0;

/// The text below one tile.
pub(crate) struct TileLine<'a> {
    /// The tile's names, the longest first.
    pub(crate) names: Vec<Cow<'a, str>>,
    /// The caption of a picture that is no tile.
    pub(crate) caption: Option<&'a str>,
    /// The text on the tile, with its title.
    pub(crate) text: &'a HighlightView,
    /// Whether it says how to read the tile even if no tile was read: the tile in focus does, and
    /// the positive beside it.
    pub(crate) explains: bool,
}

/// A row of text, or several.
#[derive(Debug, PartialEq)]
enum Part<'a> {
    Title(&'a str),
    Passage(&'a Snippet),
    Name(&'a str),
    Reason(String),
}

/// The name of a tile for people to read, in more and in fewer letters.
pub(crate) fn short_names(tile: &TilePath) -> Vec<Cow<'_, str>> {
    match (tile.page_name(), tile.chunk()) {
        (Some(page), Some((number, chunk))) => {
            vec![tile.short_name(), format!("p. {page} · {number}, {chunk}").into()]
        }
        _ => vec![tile.short_name()],
    }
}

impl TileLine<'_> {
    /// The parts, from top to bottom, each with its number of rows.
    fn parts(&self, ctx: &egui::Context, rows: usize) -> Vec<(Part<'_>, usize)> {
        if let Some(caption) = self.caption {
            return vec![(Part::Reason(caption.to_owned()), rows)];
        }
        let name = || Part::Name(self.names.first().map_or("", AsRef::as_ref));
        let Some(evidence) = self.text.evidence.as_ref().filter(|_| self.text.on) else { return vec![(name(), 1)] };
        let title = self.text.title.as_deref();
        let head = title.map_or_else(name, Part::Title);
        let passage = evidence.highlights.snippet.as_ref();
        match passage {
            Some(passage) if title.is_some() && rows > 1 => vec![(head, 1), (Part::Passage(passage), rows - 1)],
            Some(passage) => vec![(Part::Passage(passage), rows)],
            None if self.text.failure.is_none() && !(self.text.any_read || self.explains) => vec![(head, 1)],
            // A sentence that says what to install is not cut.
            None if evidence.missing.is_some() => vec![(Part::Reason(self.reason(ctx)), rows)],
            None if rows > 1 => vec![(head, 1), (Part::Reason(self.reason(ctx)), rows - 1)],
            None => vec![(Part::Reason(self.reason(ctx)), 1)],
        }
    }

    /// The reason why there is no passage. Only some tiles say how to read it.
    fn reason(&self, ctx: &egui::Context) -> String {
        match &self.text.evidence {
            Some(evidence) if evidence.state == TextState::NotRead && !self.explains && self.text.failure.is_none() => {
                "Not read.".to_owned()
            }
            _ => words_for(ctx, self.text),
        }
    }

    /// The reason in fewer words: what is missing.
    fn short_reason(&self) -> Option<String> {
        let evidence = self.text.evidence.as_ref()?;
        match (evidence.missing.as_deref(), evidence.state) {
            (Some(missing), _) => Some(format!("Not recognised: {}.", needs(missing))),
            (None, TextState::Read | TextState::Imported) => Some("No query word found.".to_owned()),
            _ => None,
        }
    }

    /// All of the text, for screen readers.
    pub(crate) fn words(&self, ctx: &egui::Context) -> String {
        let words = self.parts(ctx, 2).into_iter().map(|(part, _)| match part {
            Part::Title(text) | Part::Name(text) => text.to_owned(),
            Part::Passage(passage) => passage.text.clone(),
            Part::Reason(reason) => reason,
        });
        words.filter(|words| !words.is_empty()).collect::<Vec<_>>().join(". ")
    }

    /// Paints the text in as many rows as there is room for.
    pub(crate) fn paint(&self, ui: &Ui, room: Rect) {
        let rows = (room.height() / TEXT_ROW).round() as usize;
        let painter = ui.painter_at(room);
        let mut room = room.shrink2(vec2(4.0, 0.0));
        let first = Rect::from_min_size(room.min, vec2(room.width(), TEXT_ROW));
        let answer = self.paint_answer(ui, first);
        for (part, rows) in self.parts(ui.ctx(), rows) {
            // Beside the word about answers, the first part is narrower.
            let width = if room.min.y <= first.min.y { room.width() - answer } else { room.width() };
            let (weak, strong) = (ui.visuals().weak_text_color(), ui.visuals().strong_text_color());
            match &part {
                Part::Passage(passage) => {
                    let letters = (width * rows as f32 / LETTER) as usize;
                    snippet::paint(ui, &painter, room.min, &passage.around_hits(letters), PASSAGE, rows, width);
                }
                Part::Title(text) => {
                    let galley = lines(
                        ui,
                        &for_display(text, |line| snippet::fits(ui, line, TITLE, width)),
                        TITLE,
                        strong,
                        rows,
                        width,
                    );
                    painter.galley(room.min, galley, strong);
                }
                Part::Name(_) => {
                    let galley = fitting_name(ui, &self.names, weak, width);
                    painter.galley(room.min, galley, weak);
                }
                Part::Reason(reason) => {
                    let mut galley = lines(ui, reason, PASSAGE, weak, rows, width);
                    if galley.elided
                        && let Some(short) = self.short_reason()
                    {
                        galley = lines(ui, &short, PASSAGE, weak, rows, width);
                    }
                    painter.galley(room.min, galley, weak);
                }
            }
            room.min.y += rows as f32 * TEXT_ROW;
        }
    }

    /// Paints the word for the answer on the tile at the right end of a row. Returns its width.
    fn paint_answer(&self, ui: &Ui, row: Rect) -> f32 {
        let Some((word, sign, colour)) = self.answer() else { return 0.0 };
        let word = if row.width() >= WITH_ANSWER { word } else { sign };
        // The colours are made for white tiles: on a panel they are brought nearer to the text's.
        let colour = colour.lerp_to_gamma(ui.visuals().text_color(), 0.45);
        let galley = ui.painter().layout_no_wrap(word.to_owned(), FontId::proportional(11.5), colour);
        let width = galley.size().x;
        ui.painter_at(row).galley(pos2(row.max.x - width, row.min.y + 1.0), galley, colour);
        width + 6.0
    }

    /// The word and the sign for the answer on the tile, with their colour.
    fn answer(&self) -> Option<(&'static str, &'static str, Color32)> {
        let evidence = self.text.evidence.as_ref().filter(|_| self.text.on)?;
        let has = |kind: HitKind| evidence.highlights.hits.iter().any(|hit| hit.kind == kind);
        match () {
            () if has(HitKind::Answer) => Some(("answer", "●", HIGHLIGHTS.answer)),
            () if has(HitKind::ModelAnswer) => Some(("model's answer", "○", HIGHLIGHTS.model_answer)),
            () => None,
        }
    }
}

fn lines(ui: &Ui, text: &str, size: f32, colour: Color32, rows: usize, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple(text.to_owned(), FontId::proportional(size), colour, width.max(1.0));
    job.wrap = TextWrapping { max_width: width.max(1.0), max_rows: rows, ..TextWrapping::default() };
    ui.fonts_mut(|fonts| fonts.layout_job(job))
}

/// The longest of the names that fits. The shortest is cut at its start, since names differ at the
/// end.
fn fitting_name(ui: &Ui, names: &[Cow<'_, str>], colour: Color32, width: f32) -> Arc<Galley> {
    let layout = |text: &str| ui.painter().layout_no_wrap(text.to_owned(), FontId::proportional(PASSAGE), colour);
    // No line shows more than this many characters.
    let end = |name: &str| name.chars().skip(name.chars().count().saturating_sub(120)).collect::<String>();
    let mut fitting = names.iter().map(|name| layout(&end(name))).filter(|galley| galley.size().x <= width);
    if let Some(galley) = fitting.next() {
        return galley;
    }
    let mut text = names.last().map_or(String::new(), |name| end(name));
    let mut galley = layout(&text);
    while galley.size().x > width && text.chars().count() > 8 {
        text = format!("…{}", text.chars().skip(4).collect::<String>());
        galley = layout(&text);
    }
    galley
}

/// The reason why there is no passage.
pub(crate) fn words_for(ctx: &egui::Context, view: &HighlightView) -> String {
    let Some(evidence) = &view.evidence else { return String::new() };
    let read = entries().find(|entry| entry.word == READ).map(|entry| keymap::from_context(ctx).first(entry.command));
    let reads = |sentence: &str| match read.as_deref() {
        Some(key) if !key.is_empty() => format!("{sentence} {key} reads the tiles of this row."),
        _ => sentence.to_owned(),
    };
    match evidence.state {
        TextState::NotRead | TextState::Outdated | TextState::NotLegible if view.failure.is_some() => {
            let reason = view.failure.as_deref().unwrap_or_default();
            format!("Its text cannot be read: {}.", reason.trim_end_matches('.'))
        }
        TextState::NotRead => reads("Not read."),
        TextState::Outdated => reads("Not read: the tile has changed since it was read."),
        TextState::NotLegible => {
            format!("Not read: hardly any text was found on this tile.{}", missing(evidence.missing.as_deref()))
        }
        TextState::Read if evidence.text.text.is_empty() => "Read: the tile is blank.".to_owned(),
        TextState::Read => {
            format!("No query word found.{}", missing(evidence.missing.as_deref()))
        }
        TextState::Imported => "No query word found in its imported text.".to_owned(),
    }
}

/// The package that a language needs, by its code: `needs tesseract-ocr-jpn`.
pub(crate) fn needs(code: &str) -> String {
    code.parse::<Language>()
        .map_or_else(|_| format!("needs {code}"), |language| format!("needs {}", language.package()))
}

fn missing(code: Option<&str>) -> String {
    let Some(code) = code else { return String::new() };
    let package = code.parse::<Language>().map(|language| format!(": {} adds it", language.package()));
    format!(" It seems to be in a language that cannot be read here ({code}{}).", package.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use tilejury_audit::external::TileEvidence;
    use tilejury_text::Highlights;

    use super::*;

    #[test]
    fn names_give_page_and_chunk_by_their_numbers() {
        let name = |path: &str| short_names(&TilePath::new(path)).join(" | ");
        assert_eq!(
            name("images/shard_005/shard_00089/2770105.png.tiles/chunk_0001_02.png"),
            "p. 2770105 · tile 1, chunk 2 | p. 2770105 · 1, 2"
        );
        assert_eq!(name("images/shard_000/page/a2.png"), "page/a2.png");
        assert_eq!(name("a2.png"), "a2.png");
    }

    fn view(state: TextState, snippet: Option<&str>, title: Option<&str>) -> HighlightView {
        let snippet = snippet.map(|text| Snippet { text: text.into(), hits: Vec::new() });
        let highlights = Highlights { snippet, ..Highlights::default() };
        let evidence = Some(Arc::new(TileEvidence { state, highlights, ..TileEvidence::default() }));
        HighlightView { evidence, on: true, title: title.map(Arc::from), ..HighlightView::default() }
    }

    #[test]
    fn shows_title_and_passage_or_the_name_and_why_not() {
        let ctx = egui::Context::default();
        let words = |view: &HighlightView, explains: bool| {
            TileLine { names: vec!["p. 5".into()], caption: None, text: view, explains }.words(&ctx)
        };
        let read = view(TextState::Read, Some("salt mine"), Some("Mines"));
        assert_eq!(words(&read, false), "Mines. salt mine");
        assert_eq!(words(&HighlightView { on: false, ..read }, false), "p. 5");
        assert_eq!(words(&view(TextState::Imported, Some("salt mine"), None), false), "salt mine");
        assert_eq!(words(&view(TextState::NotRead, None, None), false), "p. 5", "every tile would say the same");
        assert!(words(&view(TextState::NotRead, None, None), true).starts_with("p. 5. Not read."));
        let some_read = HighlightView { any_read: true, ..view(TextState::NotLegible, None, Some("Mines")) };
        assert!(words(&some_read, false).starts_with("Mines. Not read: hardly"));
        assert_eq!(words(&HighlightView::default(), true), "p. 5", "it is still looked up");
    }

    #[test]
    fn a_damaged_tile_is_not_said_to_be_unread() {
        let ctx = egui::Context::default();
        let failure = Some(Arc::from("damaged PNG: it ends early."));
        let damaged = HighlightView { failure, ..view(TextState::NotRead, None, None) };
        let line = TileLine { names: vec!["p. 5".into()], caption: None, text: &damaged, explains: true };
        assert_eq!(line.words(&ctx), "p. 5. Its text cannot be read: damaged PNG: it ends early.");
        let unfocused = TileLine { explains: false, ..line };
        assert!(unfocused.words(&ctx).contains("damaged PNG"));
    }

    #[test]
    fn the_package_of_a_language_is_never_cut() {
        let ctx = egui::Context::default();
        let mut japanese = view(TextState::Read, None, Some("Bridges"));
        let mut evidence =
            TileEvidence { missing: Some("jpn".into()), state: TextState::Read, ..TileEvidence::default() };
        evidence.text.text = "x".into();
        japanese.evidence = Some(Arc::new(evidence));
        let line = TileLine { names: vec!["p. 5".into()], caption: None, text: &japanese, explains: true };
        let [(Part::Reason(reason), 2)] = &line.parts(&ctx, 2)[..] else { panic!("it has all rows") };
        assert!(reason.ends_with("(jpn: tesseract-ocr-jpn adds it)."), "{reason}");
        assert_eq!(line.short_reason().as_deref(), Some("Not recognised: needs tesseract-ocr-jpn."));
    }

    #[test]
    fn a_single_row_has_what_matters_most() {
        let ctx = egui::Context::default();
        let read = view(TextState::Read, Some("salt mine"), Some("Mines"));
        let line = TileLine { names: vec!["p. 5".into()], caption: None, text: &read, explains: false };
        let expected = Snippet { text: "salt mine".into(), hits: Vec::new() };
        assert_eq!(line.parts(&ctx, 1), [(Part::Passage(&expected), 1)]);
        assert_eq!(line.parts(&ctx, 4), [(Part::Title("Mines"), 1), (Part::Passage(&expected), 3)]);
    }
}
