//! The tooltip of a row of the queue: the whole query, the row's state, and a line of text for each
//! tile. It is beside the list, never over it. Draws what it is given.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{AreaState, FontId, Galley, Rect, RectAlign, Response, Tooltip, Ui, pos2};
use tilejury_audit::external::{TextState, TileEvidence};
use tilejury_audit::session::SampleStatus;
use tilejury_audit::suspicion::Finding;
use tilejury_audit::text::count;
use tilejury_data::{Dataset, SampleIndex, TilePath, TileSlot};
use tilejury_text::Snippet;

use super::queue_row::{RowFace, SUSPICIOUS, in_words};
use super::queue_view::{HoveredRow, QueueView};
use super::tile_dots::{self, TileDot};
use super::{snippet, tile_line};
use crate::bidi::for_display;
use crate::icons;
use crate::suspicion_reasons::{reasons, with_reasons};
use crate::theme::palette;

/// The largest part of the window's height.
const MOST_HEIGHT: f32 = 0.6;
/// The part of the tooltip that a long query may take.
const QUERY_PART: f32 = 0.4;
/// The widest tooltip, and the narrowest that is worth its place, in points.
const WIDTH: std::ops::RangeInclusive<f32> = 200.0..=560.0;
/// The distance from the list and from the edges of the window.
const GAP: f32 = 6.0;
/// The sizes of the line about a tile and of its passage.
const HEAD: f32 = 13.0;
const PASSAGE: f32 = 12.5;
/// The heights of a row of each, with the space below it.
const HEAD_ROW: f32 = 21.0;
const PASSAGE_ROW: f32 = 18.0;
/// The usual width of a letter of the passage, not too small.
const LETTER: f32 = 6.5;

/// Shows the tooltip of a row while the pointer rests on it. `list_end` is the
/// right edge of the list. Returns whether it is there, so that the texts of its tiles are wanted.
pub(super) fn show(
    response: &Response,
    list_end: f32,
    view: &QueueView<'_>,
    (index, face, status): (SampleIndex, &RowFace, SampleStatus),
) -> bool {
    let window = response.ctx.content_rect().shrink(GAP);
    let most = response.ctx.content_rect().height() * MOST_HEIGHT;
    let mut tooltip = Tooltip::for_enabled(response);
    let beside = window.right() - list_end - GAP;
    let width = beside.clamp(*WIDTH.start(), *WIDTH.end());
    if beside >= *WIDTH.start() {
        // Level with its row, and moved up where it would leave the window.
        let size = AreaState::load(&response.ctx, Tooltip::tooltip_id(response.id, 0)).and_then(|area| area.size);
        let height = size.map_or(most, |size| size.y);
        let top = response.rect.top().min(window.bottom() - height).max(window.top());
        let anchor = Rect::from_min_max(pos2(response.rect.left(), top), pos2(list_end, top));
        tooltip.popup = tooltip.popup.anchor(anchor).align(RectAlign::RIGHT_START).align_alternatives(&[]).gap(GAP);
    }
    let inner = |ui: &mut Ui| {
        ui.set_max_width(width - ui.spacing().window_margin.sum().x);
        content(ui, most - ui.spacing().window_margin.sum().y, view, (index, face, status));
    };
    tooltip.width(width).show(inner).is_some()
}

fn content(ui: &mut Ui, most: f32, view: &QueueView<'_>, (index, face, status): (SampleIndex, &RowFace, SampleStatus)) {
    let top = ui.cursor().top();
    ui.spacing_mut().item_spacing.y = 4.0;
    ui.spacing_mut().interact_size.y = 0.0;
    let hovered = view.hovered.filter(|hovered| hovered.index == index);
    let query = hovered.map_or(face.query.as_str(), |hovered| &hovered.sample.query);
    wrapped_query(ui, query, most * QUERY_PART);
    ui.label(in_words(face, status, view.hides_roles));
    whole_row(ui, view, index, face);
    let left = most - (ui.cursor().top() - top);
    match hovered {
        Some(hovered) => tiles(ui, left, view, hovered, face),
        None => {
            let words = tile_dots::words(&face.dots);
            if !words.is_empty() {
                ui.label(format!("Tiles: {words}."));
            }
        }
    }
}

/// The query, in as many rows as there is room for.
fn wrapped_query(ui: &mut Ui, query: &str, most: f32) {
    let (font, colour) = (FontId::proportional(14.5), ui.visuals().strong_text_color());
    let width = ui.available_width();
    let fits = |line: &str| ui.painter().layout_no_wrap(line.to_owned(), font.clone(), colour).size().x <= width;
    let text = for_display(query, fits);
    let mut job = LayoutJob::single_section(text.into_owned(), TextFormat::simple(font.clone(), colour));
    let row = ui.fonts_mut(|fonts| fonts.row_height(&font)).max(1.0);
    job.wrap = TextWrapping { max_width: width, max_rows: ((most / row) as usize).max(2), ..TextWrapping::default() };
    ui.label(job);
}

/// The score and the signals of the row as a whole, its reasons, tags and note.
fn whole_row(ui: &mut Ui, view: &QueueView<'_>, index: SampleIndex, face: &RowFace) {
    let whole = view.findings.map_or(&[][..], |findings| findings.of_whole(index));
    if face.score > 0.0 || !whole.is_empty() {
        let text = format!("{} Suspicion {:.0} %", icons::WARNING, face.score * 100.0);
        let text = with_reasons(text, &row_reasons(view, index, whole));
        ui.label(egui::RichText::new(text).color(palette(ui.visuals()).unsure));
    }
    let Some(judgement) = &face.judgement else { return };
    if !judgement.reasons.is_empty() {
        let reasons: Vec<&str> = judgement.reasons.iter().map(|reason| reason.label()).collect();
        ui.label(format!("Reasons: {}", reasons.join(", ")));
    }
    if !judgement.tags.is_empty() {
        let tags: Vec<&str> = judgement.tags.iter().map(String::as_str).collect();
        ui.label(format!("Tags: {}", super::brief(&tags.join(", "), 120)));
    }
    if !judgement.note.is_empty() {
        ui.label(format!("Note: {}", super::brief(&judgement.note, 200)));
    }
}

/// The reasons for the score of a row: its own signals, and those of its most suspicious tile.
fn row_reasons(view: &QueueView<'_>, index: SampleIndex, whole: &[Finding]) -> Vec<String> {
    let own = names(whole, view.dataset);
    let own = (!own.is_empty()).then(|| format!("row: {own}"));
    let worst = view.findings.and_then(|findings| {
        let tiles = findings.known_tiles(index).into_iter();
        let scored = tiles.map(|tile| (tile, findings.tile_score(index, tile))).filter(|(_, score)| *score > 0.0);
        let (tile, _) = scored.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))?;
        let reasons = reasons(findings, view.dataset, index, tile).join(", ");
        let name = if tile.is_positive() { "positive".to_owned() } else { format!("negative {tile}") };
        (!reasons.is_empty()).then(|| format!("{name}: {reasons}"))
    });
    own.into_iter().chain(worst).collect()
}

/// The names of signals, each once.
fn names(findings: &[Finding], dataset: &Dataset) -> String {
    let mut names: Vec<String> = Vec::new();
    for name in findings.iter().map(|finding| finding.name(dataset)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

/// One tile of the row.
struct TileWords<'a> {
    slot: TileSlot,
    dot: TileDot,
    path: &'a TilePath,
    score: f32,
    signals: String,
    title: Option<&'a Arc<str>>,
    evidence: Option<&'a Arc<TileEvidence>>,
}

impl TileWords<'_> {
    fn name(&self) -> String {
        if self.slot.is_positive() { "Positive".to_owned() } else { format!("Negative {}", self.slot) }
    }

    /// The score and the signals in words.
    fn signals(&self) -> String {
        match (self.score > 0.0, self.signals.is_empty()) {
            (true, false) => format!("{:.0} % · {}", self.score * 100.0, self.signals),
            (true, true) => format!("{:.0} %", self.score * 100.0),
            (false, _) => self.signals.clone(),
        }
    }

    /// The passage, or the reason why there is none; nothing while it is looked up.
    fn passage(&self) -> Option<Result<&Snippet, &'static str>> {
        let evidence = self.evidence?;
        match (&evidence.highlights.snippet, evidence.state) {
            (Some(passage), _) => Some(Ok(passage)),
            (None, TextState::Read | TextState::Imported) => Some(Err("No word of the query is on it.")),
            (None, TextState::NotLegible) => Some(Err("Hardly any text was found on it.")),
            (None, TextState::NotRead | TextState::Outdated) => Some(Err("Not read.")),
        }
    }

    /// The rank of the tile for one of the few places: marks, then suspicion, before the rest.
    fn interest(&self) -> f32 {
        match self.dot {
            _ if self.slot.is_positive() => 3.0,
            TileDot::Marked(_) => 2.0,
            _ => self.score,
        }
    }
}

/// The tiles that there is room for, in the order of the row, and how many there are besides.
fn tiles(ui: &mut Ui, room: f32, view: &QueueView<'_>, hovered: HoveredRow<'_>, face: &RowFace) {
    let HoveredRow { index, sample, texts } = hovered;
    let mut all: Vec<TileWords<'_>> = sample
        .tiles()
        .zip(&face.dots)
        .enumerate()
        .map(|(at, (tile, dot))| {
            let slot = TileSlot::new(at);
            let (findings, path) = (view.findings, &tile.path);
            TileWords {
                slot,
                dot: *dot,
                path,
                score: findings.map_or(0.0, |findings| findings.tile_score(index, slot)),
                signals: findings
                    .map_or_else(String::new, |findings| reasons(findings, view.dataset, index, slot).join(", ")),
                title: texts.title(sample.key, path),
                evidence: texts.get(sample.key, path),
            }
        })
        .collect();
    let (shown, rows) = fitting(all.len(), room, texts.any_read());
    let left_out = sample.tiles().count() - shown;
    if shown < all.len() {
        all.sort_by(|a, b| b.interest().total_cmp(&a.interest()).then(a.slot.cmp(&b.slot)));
        all.truncate(shown);
        all.sort_by_key(|tile| tile.slot);
    }
    for tile in &all {
        head(ui, tile);
        if rows > 0 {
            passage(ui, tile, rows);
        }
    }
    if let Some(worst) = all.iter().filter(|tile| tile.score >= SUSPICIOUS).max_by(|a, b| a.score.total_cmp(&b.score))
        && let Some(finding) = view.findings.and_then(|findings| findings.of_tile(index, worst.slot).first())
        && left_out == 0
        && rows > 1
    {
        let text = format!("{}: {}", worst.name(), finding.sentence(view.dataset));
        let galley = lines(ui, super::brief(&text, 300).into_owned(), PASSAGE, 2);
        ui.label(galley);
    }
    if left_out > 0 {
        ui.label(egui::RichText::new(format!("and {}", count(left_out, "other tile"))).weak());
    }
}

/// The number of tiles that there is room for, and of rows of their passages: all tiles come
/// before longer passages.
fn fitting(tiles: usize, room: f32, any_read: bool) -> (usize, usize) {
    let most = if any_read { 2 } else { 0 };
    let height = |rows: usize| HEAD_ROW + PASSAGE_ROW * rows as f32;
    for rows in (0..=most).rev() {
        // The last row of passages stays before tiles are left out.
        let spare = if rows == 2 { 2.0 * PASSAGE_ROW } else { 0.0 };
        if tiles as f32 * height(rows) + spare <= room {
            return (tiles, rows);
        }
        if rows == 1 {
            break;
        }
    }
    let rows = most.min(1);
    let shown = ((room - HEAD_ROW) / height(rows)).max(1.0) as usize;
    (shown.min(tiles), rows)
}

/// The line about a tile: its sign, number and state, its signals, its title.
fn head(ui: &mut Ui, tile: &TileWords<'_>) {
    let palette = palette(ui.visuals());
    let signals = tile.signals();
    let title = match tile.title {
        Some(title) => title.to_string(),
        None => tile_line::short_names(tile.path).last().map(ToString::to_string).unwrap_or_default(),
    };
    let mut job = LayoutJob::default();
    let (strong, weak) = (ui.visuals().strong_text_color(), ui.visuals().weak_text_color());
    let mut add = |text: &str, size: f32, colour| {
        job.append(text, 0.0, TextFormat::simple(FontId::proportional(size), colour));
    };
    add(&tile.name(), HEAD, strong);
    add(&format!(", {}", tile.dot.name()), HEAD, weak);
    if !signals.is_empty() {
        add(&format!("   {} {signals}", icons::WARNING), HEAD, palette.unsure);
    }
    add(&format!("   {}", for_display(&title, |_| true)), HEAD, if tile.title.is_some() { strong } else { weak });
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let (area, _) = ui.allocate_exact_size(egui::vec2(14.0, HEAD_ROW - 4.0), egui::Sense::hover());
        tile_dots::sign(ui.painter(), palette, area.center(), tile.dot, tile.slot.is_positive());
        job.wrap = TextWrapping {
            max_width: ui.available_width(),
            max_rows: 1,
            break_anywhere: true,
            ..TextWrapping::default()
        };
        ui.label(job);
    });
}

fn passage(ui: &mut Ui, tile: &TileWords<'_>, rows: usize) {
    let indent = 16.0;
    match tile.passage() {
        Some(Ok(passage)) => {
            let width = ui.available_width() - indent;
            let passage = passage.around_hits((width * rows as f32 / LETTER) as usize);
            ui.horizontal(|ui| {
                ui.add_space(indent - ui.spacing().item_spacing.x);
                snippet::label(ui, &passage, PASSAGE, rows, width);
            });
        }
        Some(Err(reason)) => {
            ui.horizontal(|ui| {
                ui.add_space(indent - ui.spacing().item_spacing.x);
                ui.label(lines(ui, reason.to_owned(), PASSAGE, 1));
            });
        }
        None => {}
    }
}

/// A weak text in at most that many rows.
fn lines(ui: &Ui, text: String, size: f32, rows: usize) -> Arc<Galley> {
    let colour = ui.visuals().weak_text_color();
    let mut job = LayoutJob::single_section(text, TextFormat::simple(FontId::proportional(size), colour));
    job.wrap = TextWrapping { max_width: ui.available_width(), max_rows: rows, ..TextWrapping::default() };
    ui.fonts_mut(|fonts| fonts.layout_job(job))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_tiles_come_before_longer_passages() {
        assert_eq!(fitting(4, 400.0, true), (4, 2));
        assert_eq!(fitting(9, 400.0, true), (9, 1));
        assert_eq!(fitting(40, 400.0, true), (9, 1), "the rest is counted");
        assert_eq!(fitting(9, 400.0, false), (9, 0), "without a text there is no passage");
        assert_eq!(fitting(3, 5.0, true), (1, 1));
        assert_eq!(fitting(0, 400.0, true), (0, 2));
    }
}
