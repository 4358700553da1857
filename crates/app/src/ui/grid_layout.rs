//! The layout of a row's tiles in a grid: which arrangement shows them largest. Pure geometry, in
//! points.
//!
//! Three arrangements are tried, each with every number of columns: the positive beside the
//! negatives, above them, or among them as wide as one or more of their columns. Columns are filled
//! from the top, the shortest first, so that low tiles leave no holes; small differences do not
//! change the reading order. The best arrangement shows
//! the smallest negative largest; the positive is never smaller than that, and may be larger where
//! the negatives lose little by it.

mod cards;

use egui::{Rect, Vec2, vec2};

use super::card::Card;
use crate::theme::GAP;

/// The width and height of a tile in pixels.
pub(crate) type TileShape = [u32; 2];

/// The shape of a tile in the published datasets; used until the tile's own is known.
pub(crate) const USUAL_SHAPE: TileShape = [875, 1024];

/// The part of a card's height that columns may differ by before the next card goes to the shorter.
const UNEVEN: f32 = 0.25;
/// The smallest useful width of a picture: a narrower one only shows that it exists.
const READABLE: f32 = 140.0;
/// The number of negatives that are always visible at once, however small the window.
const SHORT_LIST: usize = 8;
/// The largest number that is tried at once; longer lists scroll.
const LONG_LIST: usize = 24;
/// The numbers of negatives of which a list that scrolls shows one at once: the first that leaves
/// each of them a readable width.
const VISIBLE_OF_LIST: [usize; 5] = [8, 6, 4, 3, 2];

/// The weight of the positive's size, against 1 for the smallest negative's. At this weight the
/// positive may become 1.4 times as large if the negatives lose a tenth.
const POSITIVE_WEIGHT: f32 = 0.3;
/// The limit of the positive's size relative to the smallest negative's: beyond it, a larger
/// positive counts for little.
const POSITIVE_LARGER: f32 = 3.0;
/// The weight of a positive beyond that limit.
const PAST_ENOUGH: f32 = 0.02;
/// The most columns of negatives that a positive among them takes.
const WIDEST_POSITIVE: usize = 4;

/// The parts of the height of tiles that may be visible when tiles fill the width of their cards.
const VISIBLE_PARTS: [f32; 4] = [1.0, 0.8, 0.65, 0.5];
/// The weight of that part.
const PART_WEIGHT: f32 = 0.4;

/// The limits of height by width in which a card follows its tile. Longer tiles are shown smaller.
const ASPECTS: std::ops::RangeInclusive<f32> = 0.25..=1.6;
/// The limits of the width in pixels by which the sizes of tiles are compared: the text of a tile
/// outside them is not usual either.
const WIDTHS: std::ops::RangeInclusive<f32> = 440.0..=1750.0;

/// The height of the area from which two rows of text are below each tile.
const HIGH: f32 = 330.0;
/// The steps of a search for the largest width.
const HALVINGS: usize = 14;
/// The widths that are tried below the largest.
const WIDTH_STEPS: usize = 24;

/// The tiles to lay out, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GridRequest<'a> {
    pub(crate) area: Rect,
    /// The shapes of the tiles, the positive's first.
    pub(crate) shapes: &'a [TileShape],
    /// The number of columns of negatives; `None` for the best.
    pub(crate) columns: Option<usize>,
    /// Whether tiles fill the width of their cards, and may be cut off below.
    pub(crate) fills_width: bool,
    /// Whether the cards fill the height of the area, since tiles are zoomed.
    pub(crate) is_zoomed: bool,
    /// The width of a scroll bar.
    pub(crate) bar: f32,
}

/// The cards of tiles, as they are drawn and as their pictures are requested.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TileCells {
    /// The positive's first. If the list scrolls, those of the negatives go on below the area.
    /// Empty in an area that is too small.
    pub(crate) cards: Vec<Card>,
    /// Whether the negatives scroll past the positive.
    pub(crate) scrolls: bool,
}

/// Lays out the tiles of a row.
pub(crate) fn arrange(request: &GridRequest<'_>) -> TileCells {
    let GridRequest { area, shapes, .. } = *request;
    let negatives = shapes.len().saturating_sub(1);
    let rows = if area.height() < HIGH { 1 } else { 2 };
    // In a very low area, text gives its room to the pictures.
    for text_rows in (0..=rows).rev() {
        let all = Tiles::new(request, area.size(), text_rows);
        if negatives <= SHORT_LIST {
            if let Some(found) = all.best(request.columns) {
                return TileCells { cards: all.cards(&found, area), scrolls: false };
            }
            continue;
        }
        let at_once = (negatives <= LONG_LIST).then(|| all.best(request.columns)).flatten();
        if let Some(found) = at_once.filter(|found| found.negative >= READABLE) {
            return TileCells { cards: all.cards(&found, area), scrolls: false };
        }
        if let Some(cards) = list(request, text_rows) {
            return TileCells { cards, scrolls: true };
        }
    }
    TileCells { cards: one_row(area, shapes.len()), scrolls: false }
}

/// Lays out a list that scrolls past the positive.
fn list(request: &GridRequest<'_>, text_rows: usize) -> Option<Vec<Card>> {
    let area = Rect::from_min_max(request.area.min, request.area.max - vec2(request.bar, 0.0));
    let found = VISIBLE_OF_LIST.iter().filter_map(|visible| {
        let visible = request.shapes.get(..=*visible)?;
        let tiles = Tiles::new(&GridRequest { shapes: visible, ..*request }, area.size(), text_rows);
        let columns = request.columns.map(|columns| columns.clamp(1, visible.len() - 1));
        let found = tiles.best_beside(columns.map_or(1..=visible.len() - 1, |columns| columns..=columns))?;
        Some((found, visible.len()))
    });
    let found: Vec<(Arrangement, usize)> = found.collect();
    let readable = found.iter().find(|(found, _)| found.negative >= READABLE);
    let (arrangement, _) = readable.or(found.last())?;
    let all = Tiles::new(request, area.size(), text_rows);
    Some(all.cards(&Arrangement { scrolls: true, ..*arrangement }, area))
}

/// Everything in one row, cut off if necessary: the window is far too small.
fn one_row(area: Rect, tiles: usize) -> Vec<Card> {
    let width = ((area.width() + GAP) / tiles.max(1) as f32 - GAP).max(1.0);
    let card = |at: usize| {
        let min = area.min + vec2(at as f32 * (width + GAP), 0.0);
        Card { rect: Rect::from_min_size(min, vec2(width, area.height())), text_rows: 0 }
    };
    (0..tiles).map(card).collect()
}

/// Where the positive is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Beside,
    Above,
    /// Among the negatives, in the first columns.
    Among(usize),
}

/// An arrangement with the widths of the pictures.
#[derive(Clone, Copy, Debug)]
struct Arrangement {
    place: Place,
    /// All columns; without the positive's if that is beside the negatives.
    columns: usize,
    /// The width of the positive's picture.
    positive: f32,
    /// The width of a negative's.
    negative: f32,
    /// The part of the height of tiles that is visible at least.
    part: f32,
    scrolls: bool,
    score: f32,
}

/// The tiles to lay out in an area of a size.
struct Tiles {
    size: Vec2,
    /// The size of a card besides its picture.
    around: Vec2,
    text_rows: usize,
    /// Height by width of each tile, the positive's first.
    aspects: Vec<f32>,
    /// The size of each tile's picture, per width of its card, by which sizes are compared.
    scales: Vec<f32>,
    parts: &'static [f32],
    fills_width: bool,
    is_zoomed: bool,
}

impl Tiles {
    fn new(request: &GridRequest<'_>, size: Vec2, text_rows: usize) -> Self {
        let own = |shape: &TileShape| shape[1].max(1) as f32 / shape[0].max(1) as f32;
        let aspect = |shape: &TileShape| own(shape).clamp(*ASPECTS.start(), *ASPECTS.end());
        let scale = |shape: &TileShape| {
            let shown = if request.fills_width { 1.0 } else { (aspect(shape) / own(shape)).min(1.0) };
            shown / (shape[0] as f32).clamp(*WIDTHS.start(), *WIDTHS.end())
        };
        Self {
            size,
            around: Card::around_picture(text_rows),
            text_rows,
            aspects: request.shapes.iter().map(aspect).collect(),
            scales: request.shapes.iter().map(scale).collect(),
            parts: if request.fills_width { &VISIBLE_PARTS } else { &VISIBLE_PARTS[..1] },
            fills_width: request.fills_width,
            is_zoomed: request.is_zoomed,
        }
    }

    fn negatives(&self) -> usize {
        self.aspects.len().saturating_sub(1)
    }

    /// The heights of the negatives' cards.
    fn heights(&self, width: f32, part: f32, around: f32) -> Vec<f32> {
        self.aspects.iter().skip(1).map(|aspect| (aspect * width * part).round() + around).collect()
    }

    /// The width of a picture in one of so many columns.
    fn width_in(&self, columns: usize) -> f32 {
        column_width(self.size.x, columns) - self.around.x
    }

    fn positive_height(&self, width: f32, part: f32) -> f32 {
        self.aspects.first().map_or(0.0, |aspect| (aspect * width * part).round()) + self.around.y
    }

    /// The width of the positive at which its card has a height.
    fn positive_width(&self, height: f32, part: f32) -> f32 {
        (height - self.around.y) / (self.aspects.first().copied().unwrap_or(1.0) * part)
    }

    /// The best arrangement with that number of columns of negatives, or with more if their tiles
    /// would be too low; `None` if there is no room for pictures.
    fn best(&self, columns: Option<usize>) -> Option<Arrangement> {
        let negatives = self.negatives();
        if negatives == 0 {
            return self.alone();
        }
        let chosen = columns.map(|columns| columns.clamp(1, negatives));
        let chosen =
            chosen.and_then(|columns| (columns..=negatives).find_map(|columns| self.best_of(columns..=columns)));
        chosen.or_else(|| self.best_of(1..=negatives))
    }

    fn alone(&self) -> Option<Arrangement> {
        let [width, height] = [self.size.x - self.around.x, self.size.y - self.around.y];
        let place = Place::Among(1);
        let whole =
            Arrangement { place, columns: 1, positive: width, negative: 0.0, part: 1.0, scrolls: false, score: 0.0 };
        (width > 0.0 && height > 0.0).then_some(whole)
    }

    /// The best arrangement with so many negatives beside each other.
    fn best_of(&self, columns: std::ops::RangeInclusive<usize>) -> Option<Arrangement> {
        let others = columns.clone().flat_map(|columns| {
            let among = (1..=WIDEST_POSITIVE).flat_map(move |wide| self.among(columns, wide));
            self.above(columns).into_iter().chain(among)
        });
        self.best_beside(columns.clone()).into_iter().chain(others).max_by(|a, b| a.score.total_cmp(&b.score))
    }

    fn best_beside(&self, columns: std::ops::RangeInclusive<usize>) -> Option<Arrangement> {
        columns.filter_map(|columns| self.beside(columns)).max_by(|a, b| a.score.total_cmp(&b.score))
    }

    fn beside(&self, columns: usize) -> Option<Arrangement> {
        let taken = columns as f32 * (self.around.x + GAP) + self.around.x;
        let height = |width: f32, part: f32| self.stacked(columns, width, part, &[]);
        let positive = |width: f32, part: f32| {
            let beside = self.size.x - taken - columns as f32 * width;
            beside.min(self.positive_width(self.size.y, part))
        };
        self.search(Place::Beside, columns, columns, &height, &positive)
    }

    fn above(&self, columns: usize) -> Option<Arrangement> {
        let height = |width: f32, part: f32| self.stacked(columns, width, part, &[]);
        let positive = |width: f32, part: f32| {
            let above = self.size.y - self.stacked(columns, width, part, &[]) - GAP;
            self.positive_width(above, part).min(self.size.x - self.around.x)
        };
        self.search(Place::Above, columns, columns, &height, &positive)
    }

    /// The positive takes `wide` columns besides those of the negatives in the first row.
    fn among(&self, columns: usize, wide: usize) -> Option<Arrangement> {
        let all = columns + wide;
        let positive = |width: f32| wide as f32 * width + (wide - 1) as f32 * (GAP + self.around.x);
        let height = |width: f32, part: f32| {
            let own = self.positive_height(positive(width), part);
            own.max(self.stacked(all, width, part, &vec![own + GAP; wide]))
        };
        self.search(Place::Among(wide), all, all, &height, &|width, _| positive(width))
    }

    /// The height of the negatives in columns of which the first begin lower.
    fn stacked(&self, columns: usize, width: f32, part: f32, starts: &[f32]) -> f32 {
        let mut bottoms = vec![0.0; columns];
        bottoms.iter_mut().zip(starts).for_each(|(bottom, start)| *bottom = *start);
        for height in self.heights(width, part, self.around.y) {
            let at = next_column(&bottoms, height);
            bottoms[at] += height + GAP;
        }
        bottoms.into_iter().fold(0.0, f32::max) - GAP
    }

    /// Searches the best widths for a place of the positive. `height` and `positive` return the
    /// height and the positive's width for a width of the negatives and a visible part.
    fn search(
        &self,
        place: Place,
        columns: usize,
        across: usize,
        height: &dyn Fn(f32, f32) -> f32,
        positive: &dyn Fn(f32, f32) -> f32,
    ) -> Option<Arrangement> {
        let widest = self.width_in(across);
        let at_parts = self.parts.iter().filter_map(|part| {
            let (mut fits, mut too_wide) = (0.0, widest.max(0.0));
            if height(too_wide, *part) <= self.size.y {
                fits = too_wide;
            }
            for _ in 0..HALVINGS {
                let middle = f32::midpoint(fits, too_wide);
                if height(middle, *part) <= self.size.y { fits = middle } else { too_wide = middle }
            }
            // Among the negatives, the positive's width follows from theirs.
            let steps = if matches!(place, Place::Among(_)) { 1 } else { WIDTH_STEPS };
            let tried = (0..steps).filter_map(|step| {
                let negative = (fits * (1.0 - step as f32 / (1.4 * steps as f32))).floor();
                let positive = positive(negative, *part).floor();
                let score = self.score(positive, negative)? + PART_WEIGHT * part.ln();
                let fits = height(negative, *part) <= self.size.y;
                let found = Arrangement { place, columns, positive, negative, part: *part, scrolls: false, score };
                fits.then_some(found)
            });
            tried.max_by(|a, b| a.score.total_cmp(&b.score))
        });
        at_parts.max_by(|a, b| a.score.total_cmp(&b.score))
    }

    /// A measure of how well tiles of these widths can be read; `None` if the positive is smaller
    /// than a negative, or there is no picture.
    fn score(&self, positive: f32, negative: f32) -> Option<f32> {
        let (first, others) = self.scales.split_first()?;
        let positive = positive * first;
        let smallest = negative * others.iter().copied().fold(f32::MAX, f32::min);
        let largest = negative * others.iter().copied().fold(0.0, f32::max);
        // Half a pixel is not seen.
        if negative < 1.0 || positive < largest * 0.995 {
            return None;
        }
        let enough = positive.min(POSITIVE_LARGER * smallest).min(1.0);
        Some(smallest.min(1.0).ln() + POSITIVE_WEIGHT * enough.ln() + PAST_ENOUGH * positive.ln())
    }
}

fn column_width(width: f32, columns: usize) -> f32 {
    (width + GAP) / columns as f32 - GAP
}

/// The column of the next card: the first that ends nearly as high as the highest, so that tiles of
/// similar heights keep the reading order. `height` is the card's.
fn next_column(bottoms: &[f32], height: f32) -> usize {
    let least = bottoms.iter().copied().fold(f32::MAX, f32::min);
    bottoms.iter().position(|bottom| *bottom <= least + UNEVEN * height).unwrap_or_default()
}

#[cfg(test)]
mod tests;
