//! One row of the queue: its query, state and signs, painted by hand so that everything sits in the
//! middle of its line. What is read of a row is kept until a judgement changes something.

use std::borrow::Cow;
use std::sync::Arc;

use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Align2, Color32, FontId, Galley, Painter, Pos2, Rect, Response, Role, Sense, TextFormat, TextStyle, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};
use tilejury_audit::Judgement;
use tilejury_audit::session::SampleStatus;
use tilejury_data::{SampleIndex, TilePath, TileSlot};

use super::queue_view::QueueView;
use super::row_mark;
use super::tile_dots::{self, TileDot};
use crate::bidi::{elided, for_display};
use crate::icons;
use crate::settings::QueueRows;
use crate::theme::{Palette, palette, palette_on_selection};
use crate::tile_request::{Picture, PictureSize};
use crate::tile_store::{TileState, TileStore};

/// The height and width of a thumbnail, in points.
pub(crate) const THUMBNAIL: f32 = 40.0;
/// The width of the verdict's column.
const MARK: f32 = 22.0;
/// The width of the suspicion bar at the right edge.
const BAR: f32 = 4.0;
/// The width of a sign after the query.
const SIGN: f32 = 17.0;
/// The height of the second line of a query.
const SECOND_LINE: f32 = 16.0;
/// The narrowest one-line row that also shows the state of each tile.
const DOTS_FROM: f32 = 420.0;
/// The score from which a tile counts as suspicious, as for the row.
pub(super) const SUSPICIOUS: f32 = crate::review::SUSPICIOUS;
/// The most negatives of a row that are read; more have no room.
const SHOWN_NEGATIVES: usize = 200;

/// The height of a row in points. A multiple of 4, so that a million rows still align with whole
/// pixels in 32-bit geometry.
pub(crate) fn height(rows: QueueRows) -> f32 {
    match rows {
        QueueRows::OneLine => 24.0,
        QueueRows::TwoLines | QueueRows::Thumbnails => 60.0,
    }
}

/// The content of a row, read once.
pub(crate) struct RowFace {
    pub(super) query: String,
    place: String,
    positive: Option<TilePath>,
    pub(super) dots: Vec<TileDot>,
    pub(super) judgement: Option<Judgement>,
    pub(super) score: f32,
}

impl RowFace {
    /// Reads a row, with its judgement and findings.
    pub(crate) fn read(view: &QueueView<'_>, index: SampleIndex) -> Self {
        let dataset = view.dataset;
        let row = dataset.row(index).ok();
        let judgement = view.session.judgement(index);
        let negatives = row.iter().flat_map(|row| row.negatives.iter().take(SHOWN_NEGATIVES));
        let spellings = row.iter().map(|row| &row.positive).chain(negatives);
        let paths: Vec<TilePath> = spellings.map(|path| TilePath::new(path)).collect();
        let findings = view.findings;
        let dot = |(at, path): (usize, &TilePath)| {
            if let Some(relevance) = judgement.and_then(|judgement| judgement.relevance(path)) {
                TileDot::Marked(relevance)
            } else if findings.is_some_and(|all| all.tile_score(index, TileSlot::new(at)) >= SUSPICIOUS) {
                TileDot::Suspicious
            } else if (view.was_seen)(index, path) {
                TileDot::Seen
            } else {
                TileDot::Unseen
            }
        };
        Self {
            query: row.as_ref().map(|row| super::brief(&row.query, 1000).replace('\n', " ⏎ ")).unwrap_or_default(),
            place: format!("{} {}", dataset.split_of(index).name, dataset.line_of(index)),
            dots: if view.hides_roles { Vec::new() } else { paths.iter().enumerate().map(dot).collect() },
            positive: paths.into_iter().next().filter(|_| !view.hides_roles),
            judgement: judgement.cloned(),
            score: findings.map_or(0.0, |findings| findings.score(index)),
        }
    }

    /// The tile of the thumbnail.
    pub(crate) fn positive(&self) -> Option<&TilePath> {
        self.positive.as_ref()
    }
}

/// The look of a row.
#[derive(Clone, Copy)]
pub(crate) struct RowLook {
    pub(crate) rows: QueueRows,
    pub(crate) is_current: bool,
    pub(crate) is_selected: bool,
    pub(crate) status: SampleStatus,
    /// Whether the verdict would tell roles: then it shows only that there is one.
    pub(crate) hides_roles: bool,
}

/// Draws a row into an area. Returns its response to the pointer.
pub(crate) fn show(
    ui: &Ui,
    area: Rect,
    index: SampleIndex,
    face: &RowFace,
    look: RowLook,
    store: &mut TileStore,
) -> Response {
    let response = ui.interact(area, ui.scope_id().with(("row", index.index())), Sense::click());
    let state = in_words(face, look.status, look.hides_roles);
    response.widget_info(|| {
        let mut info = WidgetInfo::selected(Role::ListItem, true, look.is_current, &face.query);
        info.current_text_value = Some(state.clone());
        info
    });
    background(ui, area, &response, look);
    let palette = if look.is_current { palette_on_selection(ui.visuals()) } else { *palette(ui.visuals()) };
    let painter = ui.painter().with_clip_rect(area.intersect(ui.clip_rect()));
    let mut inner = Rect::from_min_max(area.min, pos2(area.right() - BAR - 3.0, area.bottom()));
    suspicion(&painter, area, face.score, &palette);
    inner.min.x += MARK;
    if look.rows == QueueRows::Thumbnails {
        let place = Rect::from_min_size(pos2(inner.left(), area.center().y - THUMBNAIL / 2.0), Vec2::splat(THUMBNAIL));
        thumbnail(ui, &painter, place, face, store);
        inner.min.x += THUMBNAIL + 6.0;
    }
    let first_line = match look.rows {
        QueueRows::OneLine => one_line(ui, &painter, &palette, inner, (face, look.status)),
        QueueRows::TwoLines | QueueRows::Thumbnails => two_lines(ui, &painter, &palette, inner, (face, look.status)),
    };
    let mark = pos2(area.left() + MARK / 2.0, first_line);
    row_mark::paint(&painter, mark, &palette, look.status, look.hides_roles);
    response
}

fn background(ui: &Ui, area: Rect, response: &Response, look: RowLook) {
    let visuals = ui.visuals();
    let fill = match look {
        RowLook { is_current: true, .. } => visuals.selection.bg_fill,
        RowLook { is_selected: true, .. } => visuals.selection.bg_fill.gamma_multiply(0.45),
        _ if response.hovered() => visuals.widgets.hovered.weak_bg_fill.gamma_multiply(0.6),
        _ => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(area, 0.0, fill);
    if look.is_selected {
        let edge = Rect::from_min_size(area.min, vec2(3.0, area.height()));
        ui.painter().rect_filled(edge, 0.0, palette(visuals).focus);
    }
}

/// The suspicion as a thin gauge at the right edge, filled from the bottom up.
fn suspicion(painter: &Painter, area: Rect, score: f32, palette: &Palette) {
    if score > 0.0 {
        let gauge = Rect::from_min_max(pos2(area.right() - BAR, area.top() + 3.0), area.max - vec2(0.0, 3.0));
        painter.rect_filled(gauge, 1.0, palette.quiet.gamma_multiply(0.3));
        let top = gauge.bottom() - gauge.height() * score.clamp(0.0, 1.0);
        painter.rect_filled(gauge.with_min_y(top), 1.0, palette.unsure);
    }
}

/// The signs of marked tiles, of the note, of tags and of the flag, with their colours.
fn signs(palette: &Palette, status: SampleStatus, face: &RowFace) -> Vec<(&'static str, Color32)> {
    let tags = face.judgement.as_ref().map_or(0, |judgement| judgement.tags.len());
    [
        (icons::FALSE_NEGATIVE_FILL, palette.false_negative, status.false_negatives > 0),
        (icons::WRONG_POSITIVE_FILL, palette.reject, status.wrong_positive),
        (icons::NOTE, palette.negative, status.has_note),
        // The flag is a tag, too, but has its own sign.
        (icons::TAG, palette.negative, tags > usize::from(status.flagged)),
        (icons::LOOK_AGAIN_FILL, palette.unsure, status.flagged),
    ]
    .into_iter()
    .filter_map(|(sign, colour, is_there)| is_there.then_some((sign, colour)))
    .collect()
}

/// Paints signs that end at a point on the right. Returns their left end.
fn signs_until(painter: &Painter, right: Pos2, signs: &[(&'static str, Color32)]) -> f32 {
    let left = right.x - SIGN * signs.len() as f32;
    for (at, (sign, colour)) in signs.iter().enumerate() {
        let middle = pos2(left + SIGN * (at as f32 + 0.5), right.y);
        painter.text(middle, Align2::CENTER_CENTER, *sign, FontId::proportional(13.0), *colour);
    }
    left
}

/// Returns the middle of the query's first line, as `two_lines` does.
fn one_line(
    ui: &Ui,
    painter: &Painter,
    palette: &Palette,
    area: Rect,
    (face, status): (&RowFace, SampleStatus),
) -> f32 {
    let mut right = signs_until(painter, area.right_center(), &signs(palette, status, face)) - 4.0;
    if area.width() >= DOTS_FROM {
        right -= tile_dots::width(face.dots.len());
        tile_dots::paint(painter, palette, pos2(right, area.center().y), &face.dots);
        right -= 4.0;
    }
    let font = TextStyle::Body.resolve(ui.style());
    let galley = layout(ui, font, right - area.left(), 1, |fits| elided(&face.query, fits));
    let top = area.center().y - galley.size().y / 2.0;
    painter.galley(pos2(area.left(), top), galley, ui.visuals().text_color());
    area.center().y
}

fn two_lines(
    ui: &Ui,
    painter: &Painter,
    palette: &Palette,
    area: Rect,
    (face, status): (&RowFace, SampleStatus),
) -> f32 {
    let font = FontId::proportional(13.5);
    let galley = layout(ui, font, area.width(), 2, |fits| for_display(&face.query, fits));
    // A query of one line stays close to the line below it; both are in the middle of the row.
    let free = if galley.rows.len() < 2 { SECOND_LINE / 2.0 } else { 0.0 };
    painter.galley(pos2(area.left(), area.top() + 4.0 + free), galley, ui.visuals().text_color());
    let line = area.bottom() - 11.0 - free;
    let right = signs_until(painter, pos2(area.right(), line), &signs(palette, status, face));
    let small = FontId::proportional(11.5);
    let weak = ui.visuals().weak_text_color();
    let place = painter.text(pos2(area.left(), line), Align2::LEFT_CENTER, &face.place, small, weak);
    let dots = place.right() + 8.0;
    let clip = painter.with_clip_rect(Rect::from_min_max(area.min, pos2(right - 2.0, area.bottom())));
    tile_dots::paint(&clip, palette, pos2(dots, line), &face.dots);
    area.top() + 13.0 + free
}

/// Lays out a query in at most that many lines, the last one cut if there is more. `text` returns
/// the text to show, given whether a text fits in one line.
fn layout<'a>(
    ui: &Ui,
    font: FontId,
    room: f32,
    lines: usize,
    text: impl FnOnce(&dyn Fn(&str) -> bool) -> Cow<'a, str>,
) -> Arc<Galley> {
    let width = room.max(20.0);
    let width_of = |text: &str| ui.painter().layout_no_wrap(text.to_owned(), font.clone(), Color32::WHITE).size().x;
    let text = text(&|text| width_of(text) <= width).into_owned();
    let mut job = LayoutJob::single_section(text, TextFormat::simple(font, ui.visuals().text_color()));
    job.wrap =
        TextWrapping { max_width: width, max_rows: lines, break_anywhere: lines == 1, ..TextWrapping::default() };
    ui.painter().layout_job(job)
}

/// The upper end of the positive in a small square; an empty one until it is loaded.
fn thumbnail(ui: &Ui, painter: &Painter, place: Rect, face: &RowFace, store: &mut TileStore) {
    painter.rect_filled(place, 2.0, ui.visuals().extreme_bg_color);
    let Some(positive) = face.positive() else { return };
    match store.get_for_display(&Picture::Tile(positive.clone()), PictureSize::Thumbnail) {
        TileState::Ready { texture, .. } => {
            let [width, height] = texture.size().map(|side| side.max(1) as f32);
            // As wide as the square; of a taller tile, its upper end.
            let part = Rect::from_min_size(Pos2::ZERO, vec2(1.0, (width / height).min(1.0)));
            let size = vec2(place.width(), place.width() * (height / width).min(1.0));
            painter.image(texture.id(), Rect::from_min_size(place.min, size), part, Color32::WHITE);
        }
        TileState::ShardMissing(_) | TileState::Failed(_) | TileState::Unreachable { .. } => {
            let colour = palette(ui.visuals()).quiet;
            painter.text(place.center(), Align2::CENTER_CENTER, icons::BROKEN, FontId::proportional(16.0), colour);
        }
        TileState::Loading | TileState::Searching | TileState::Slow => {}
    }
}

/// The verdict and the state of the tiles, in words.
pub(super) fn in_words(face: &RowFace, status: SampleStatus, hides_roles: bool) -> String {
    format!("{}: {}", face.place, row_mark::words(status, hides_roles))
}
