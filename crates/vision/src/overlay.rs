//! One picture laid over another at a guessed scale and height, to check that their ink is at the
//! same places.
//!
//! Compares steps of luma from pixel to pixel, whatever their sign, so that dark and inverted
//! colours make no difference. The picture is cut into blocks of a few words; each must find a
//! similar block near its guessed position (normalised cross-correlation: Lewis, 1995).

use tilejury_data::Pixels;

use super::features::LumaPlane;
use super::guess::STEP_PIXELS;
use super::placement_guess::PlacementGuess;
use super::profile::steps_of;

/// Cells of a block: 96 × 32 pixels of the larger picture, two lines of two or three words.
const BLOCK: (usize, usize) = (24, 8);
/// Largest distance of a block from its guessed position, in cells.
const STRAY_UP_TO: i32 = 2;
/// Least correlation at which blocks agree. Words of other text on the same lines seldom come near
/// it.
const CORRELATION_AT_LEAST: f32 = 0.7;
/// Least sum of the cells of a block with ink, as a share of the fullest block's.
const INK_AT_LEAST: f32 = 0.08;
/// Fewer agreeing blocks can be chance.
const BLOCKS_AT_LEAST: usize = 6;
/// Share of the smaller picture's columns that must be inside the other.
const OVERLAP_AT_LEAST: f32 = 0.4;
/// The number of columns that are tried: the best few by the sums of the columns.
const COLUMNS_TRIED: usize = 6;
/// The number of places that are compared by all rows: the best few by some of them.
const PLACES_MEASURED: usize = 6;
/// One row of cells in this many is examined when places are compared. Not a divisor of the five
/// rows of a line.
const ROW_STEP: usize = 4;
/// The luma of one pixel in this many is counted to find the ground. A prime, so that no column is
/// sampled alone.
const GROUND_STEP: usize = 61;

/// The position of a picture in another. There the pixel at `(x, y)` is at
/// `(scale · x + right, scale · y + down)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlay {
    /// The factor by which it is larger there; 1 for the same size.
    pub scale: f32,
    /// Offset in pixels of the other picture; negative where the left margin is cut off.
    pub right: f32,
    /// Offset in pixels of the other picture; negative where the top is cut off.
    pub down: f32,
    /// Share of the ink, 0 to 1, that agrees where both overlap.
    pub agreeing: f32,
    /// Share of the picture's ink, 0 to 1, that is inside the other.
    pub overlap: f32,
    /// Whether one is dark on light and the other light on dark.
    pub inverted: bool,
}

/// Lays a picture over another as guessed; `None` if they have too little in common to decide.
pub(crate) fn overlay(picture: &Pixels, other: &Pixels, guess: &PlacementGuess) -> Option<Overlay> {
    let (own_lumas, other_lumas) = (LumaPlane::from_pixels(picture), LumaPlane::from_pixels(other));
    // The common frame has the pixels of the larger picture.
    let (enlarged, other_enlarged) = (guess.scale.max(1.0), (1.0 / guess.scale).max(1.0));
    let (own, others) =
        (InkMap::new(&own_lumas, STEP_PIXELS / enlarged), InkMap::new(&other_lumas, STEP_PIXELS / other_enlarged));
    let down = (guess.down * other_enlarged / STEP_PIXELS).round() as i32;
    let (right, down) = best_position(&own, &others, down)?;
    let (mut agreeing, mut ink, mut inside, mut partly, mut blocks) = (0.0, 0.0, 0.0, 0.0, 0);
    let fullest = own.blocks().map(|(x, y)| own.sum(x, y)).fold(0.0, f32::max);
    for (x, y) in own.blocks() {
        let own_ink = own.sum(x, y);
        let there = (x as i32 + right, y as i32 + down);
        let within = others.has(there.0, there.1);
        let other_ink = if within { others.sum(there.0 as usize, there.1 as usize) } else { 0.0 };
        if own_ink.max(other_ink) < INK_AT_LEAST * fullest {
            continue;
        }
        ink += own_ink;
        if !within {
            // A cut margin takes only a part of a block.
            partly += own.sum_inside((x, y), &others, there);
            continue;
        }
        inside += own_ink;
        let strays = -STRAY_UP_TO..=STRAY_UP_TO;
        let best = strays
            .clone()
            .flat_map(|dy| strays.clone().map(move |dx| (there.0 + dx, there.1 + dy)))
            .map(|place| own.correlation((x, y), &others, place, BLOCK, 1))
            .fold(0.0, f32::max);
        let weight = own_ink.max(other_ink);
        if best >= CORRELATION_AT_LEAST {
            blocks += 1;
            agreeing += weight;
        }
        // Ink that only the other picture has disagrees as well.
        inside += weight - own_ink;
        ink += weight - own_ink;
    }
    if blocks < BLOCKS_AT_LEAST || inside <= 0.0 {
        return None;
    }
    let (right, down) = refine_position(&own, &others, (right, down));
    let unit = STEP_PIXELS / other_enlarged;
    Some(Overlay {
        scale: guess.scale,
        right: right * unit,
        down: down * unit,
        agreeing: agreeing / inside,
        overlap: (inside + partly) / ink,
        inverted: is_dark(&own_lumas) != is_dark(&other_lumas),
    })
}

/// The position where the whole picture agrees best, in cells: near the guessed row, at one of the
/// columns that the sums propose.
fn best_position(own: &InkMap, others: &InkMap, down: i32) -> Option<(i32, i32)> {
    let rows = (-down).max(0) as usize..(own.height as i32).min(others.height as i32 - down).max(0) as usize;
    let columns = own.column_sums(rows.clone());
    let other_columns =
        others.column_sums((rows.start as i32 + down) as usize..(rows.end as i32 + down).max(0) as usize);
    let least = (columns.len().min(other_columns.len()) as f32 * OVERLAP_AT_LEAST).ceil() as i32;
    let mut proposed: Vec<(f32, i32)> = (least - columns.len() as i32..=other_columns.len() as i32 - least)
        .map(|shift| {
            let (from, other_from) = ((-shift).max(0) as usize, shift.max(0) as usize);
            let count = (columns.len() - from).min(other_columns.len() - other_from);
            (correlation(columns[from..].iter().zip(&other_columns[other_from..]).take(count)), shift)
        })
        .collect();
    proposed.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.abs().cmp(&b.1.abs())));
    let mut places: Vec<(i32, i32)> = Vec::new();
    for (_, shift) in proposed.into_iter().take(COLUMNS_TRIED).chain([(0.0, 0)]) {
        for right in shift - 1..=shift + 1 {
            places.extend((down - 2..=down + 2).map(|down| (right, down)));
        }
    }
    places.sort_unstable();
    places.dedup();
    // A few of the rows are enough to find the best places.
    let mut measured: Vec<(f32, (i32, i32))> =
        places.into_iter().map(|place| (own.agreement(others, place, ROW_STEP), place)).collect();
    measured.sort_by(|a, b| b.0.total_cmp(&a.0));
    let measured =
        measured.into_iter().take(PLACES_MEASURED).map(|(_, place)| (own.agreement(others, place, 1), place));
    measured.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, place)| place)
}

/// The position between cells, by a parabola through the best cell and its neighbours.
fn refine_position(own: &InkMap, others: &InkMap, (right, down): (i32, i32)) -> (f32, f32) {
    let at = |dx, dy| own.agreement(others, (right + dx, down + dy), 1);
    let peak = |before: f32, here: f32, after: f32| {
        let bend = before - 2.0 * here + after;
        if bend < 0.0 { ((before - after) / (2.0 * bend)).clamp(-0.5, 0.5) } else { 0.0 }
    };
    let here = at(0, 0);
    (right as f32 + peak(at(-1, 0), here, at(1, 0)), down as f32 + peak(at(0, -1), here, at(0, 1)))
}

/// The ink of a picture in cells.
struct InkMap {
    width: usize,
    height: usize,
    /// The square root of the ink of each cell.
    cells: Vec<f32>,
}

impl InkMap {
    /// Builds the map in cells of `step` pixels, which need not be whole.
    fn new(lumas: &LumaPlane, step: f32) -> Self {
        let rows: Vec<&[u8]> = lumas.rows().collect();
        let pixels = rows.first().map_or(0, |row| row.len());
        let (width, height) = ((pixels as f32 / step).round() as usize, (rows.len() as f32 / step).round() as usize);
        let mut cells = vec![0.0_f32; width * height];
        let mut sums = Vec::with_capacity(pixels + 1);
        for (y, row) in rows.iter().enumerate() {
            sums.clear();
            sums.push(0_u32);
            let mut sum = 0;
            for ink in steps_of(row) {
                sum += u32::from(ink);
                sums.push(sum);
            }
            let upto = |at: f32| {
                let whole = (at as usize).min(sums.len() - 1);
                let next = sums.get(whole + 1).unwrap_or(&sums[whole]);
                sums[whole] as f32 + (next - sums[whole]) as f32 * (at - whole as f32).clamp(0.0, 1.0)
            };
            let edges: Vec<f32> = (0..=width).map(|at| upto(at as f32 * step)).collect();
            let (from, to) = (y as f32 / step, (y + 1) as f32 / step);
            for cell_row in from as usize..(to.ceil() as usize).min(height) {
                let part = (to.min((cell_row + 1) as f32) - from.max(cell_row as f32)).max(0.0) * step;
                let of_row = &mut cells[cell_row * width..(cell_row + 1) * width];
                of_row.iter_mut().zip(edges.windows(2)).for_each(|(cell, edges)| *cell += part * (edges[1] - edges[0]));
            }
        }
        cells.iter_mut().for_each(|cell| *cell = (*cell / (step * step)).sqrt());
        Self { width, height, cells }
    }

    fn row(&self, y: usize) -> &[f32] {
        self.cells.get(y * self.width..(y + 1) * self.width).unwrap_or_default()
    }

    fn column_sums(&self, rows: std::ops::Range<usize>) -> Vec<f32> {
        let mut sums = vec![0.0; self.width];
        rows.for_each(|y| sums.iter_mut().zip(self.row(y)).for_each(|(sum, cell)| *sum += cell));
        sums
    }

    /// The upper left corners of all blocks.
    fn blocks(&self) -> impl Iterator<Item = (usize, usize)> {
        let across = self.width / BLOCK.0;
        (0..self.height / BLOCK.1).flat_map(move |y| (0..across).map(move |x| (x * BLOCK.0, y * BLOCK.1)))
    }

    /// Whether a whole block is inside the picture.
    fn has(&self, x: i32, y: i32) -> bool {
        x >= 0 && y >= 0 && x as usize + BLOCK.0 <= self.width && y as usize + BLOCK.1 <= self.height
    }

    /// The ink of a block.
    fn sum(&self, x: usize, y: usize) -> f32 {
        (y..y + BLOCK.1).map(|y| self.row(y).iter().skip(x).take(BLOCK.0).sum::<f32>()).sum()
    }

    /// The ink of the cells of a block that are inside the other picture, with the block at a place
    /// there.
    fn sum_inside(&self, (x, y): (usize, usize), other: &Self, place: (i32, i32)) -> f32 {
        let within = |at: i32, size: usize, length: usize| {
            (-at).clamp(0, size as i32) as usize..(length as i32 - at).clamp(0, size as i32) as usize
        };
        let columns = within(place.0, BLOCK.0, other.width);
        let cells = |row: usize| self.row(y + row).iter().skip(x + columns.start).take(columns.len());
        within(place.1, BLOCK.1, other.height).map(|row| cells(row).sum::<f32>()).sum()
    }

    /// The correlation of a part of this picture with the other at a place, where both overlap; by
    /// one row in `step`.
    fn correlation(
        &self,
        (x, y): (usize, usize),
        other: &Self,
        place: (i32, i32),
        size: (usize, usize),
        step: usize,
    ) -> f32 {
        let (left, top) = ((-place.0).max(0) as usize, (-place.1).max(0) as usize);
        let rows = (top..size.1)
            .step_by(step)
            .filter(|row| y + row < self.height && (place.1 + *row as i32) < other.height as i32);
        let pairs = rows.flat_map(|row| {
            let own = self.row(y + row).get(x + left..).unwrap_or_default().iter().take(size.0.saturating_sub(left));
            let others = other.row((place.1 + row as i32) as usize).get((place.0 + left as i32) as usize..);
            own.zip(others.unwrap_or_default())
        });
        correlation(pairs)
    }

    /// The agreement of the whole pictures, by one row in `step`.
    fn agreement(&self, other: &Self, place: (i32, i32), step: usize) -> f32 {
        self.correlation((0, 0), other, place, (self.width, self.height), step)
    }
}

/// Pearson's correlation; 0 if either side is even.
fn correlation<'v>(pairs: impl Iterator<Item = (&'v f32, &'v f32)>) -> f32 {
    let pairs = pairs.map(|(a, b)| (*a, *b));
    super::correlation::correlation(pairs, |varies, squares| varies <= 1e-6 * squares).unwrap_or(0.0)
}

/// Whether the commonest luma is in the darker half.
fn is_dark(lumas: &LumaPlane) -> bool {
    let mut counts = [0_u32; 256];
    lumas.plane().iter().step_by(GROUND_STEP).for_each(|luma| counts[usize::from(*luma)] += 1);
    (0..=255_u8).max_by_key(|luma| counts[usize::from(*luma)]).is_some_and(|ground| ground < 128)
}
