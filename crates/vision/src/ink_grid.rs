//! The distribution of a picture's ink over cells of a word's width and less than a line's height.
//! It is cheap to keep, and enough to see that two pages with the same layout have different words.
//!
//! Checks a [`PlacementGuess`] before tiles are decoded for it. The pictures that pass are laid
//! over each other pixel by pixel.

use super::placement_guess::PlacementGuess;
use super::product::product;

/// Columns and rows of a cell, in pixels.
pub(super) const CELL: (usize, usize) = (32, 16);
/// Most cells kept in a row: pixels beyond 4096 are left out.
pub(super) const ACROSS_UP_TO: usize = 128;
/// Units of the square root of a cell's mean ink for one of 16 levels: text in normal type reaches
/// the upper ones.
const LEVELS: (f32, u8) = (3.0, 15);
/// The number of columns that are tried: steps of half a cell, the best few by the sums of the
/// columns.
const COLUMNS_TRIED: usize = 6;
/// Share of the narrower picture that must be inside the other.
const OVERLAP_AT_LEAST: f32 = 0.4;
/// Fewer cells in common are not enough to decide.
const CELLS_AT_LEAST: usize = 100;

/// Cells whose sum of squared deviations is less hardly vary.
const EVEN_BELOW: f32 = 1e-3;

/// The ink of a picture by cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct InkGrid {
    /// Cells in a row.
    width: u8,
    /// Two levels of 0 to 15 per byte, row by row.
    levels: Box<[u8]>,
}

impl InkGrid {
    /// Builds the grid from the mean ink per pixel of each cell, row by row.
    pub(super) fn from_means(width: usize, means: &[f32]) -> Self {
        let level = |mean: &f32| (mean.sqrt() * LEVELS.0).round().min(f32::from(LEVELS.1)) as u8;
        let levels: Vec<u8> = means.iter().map(level).collect();
        let pair = |pair: &[u8]| pair[0] << 4 | pair.get(1).copied().unwrap_or(0);
        Self { width: width as u8, levels: levels.chunks(2).map(pair).collect() }
    }

    pub(super) fn to_bytes(&self, out: &mut Vec<u8>) {
        out.push(self.width);
        out.extend_from_slice(&self.levels);
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (width, levels) = bytes.split_first()?;
        Some(Self { width: *width, levels: levels.into() })
    }

    /// Square roots of the mean ink, row by row.
    fn roots(&self) -> Vec<f32> {
        let both = |pair: &u8| [f32::from(pair >> 4), f32::from(pair & 15)];
        let mut roots: Vec<f32> = self.levels.iter().flat_map(both).map(|level| level / LEVELS.0).collect();
        roots.truncate(self.height() * usize::from(self.width));
        roots
    }

    fn height(&self) -> usize {
        (2 * self.levels.len()).checked_div(usize::from(self.width)).unwrap_or(0)
    }

    /// The agreement of the cells if one picture is inside another as guessed, at the best column:
    /// the correlation of each cell's deviation from its row and its column, up to 1. `None` if too
    /// little is in common to decide.
    pub(super) fn agreement(&self, other: &Self, guess: &PlacementGuess) -> Option<f32> {
        // The frame has the cells of the picture that is smaller in the guess; the other's cells
        // are averaged.
        if guess.scale >= 1.0 {
            agreement(self, other, guess.scale, guess.down)
        } else {
            agreement(other, self, 1.0 / guess.scale, -guess.down / guess.scale)
        }
    }
}

/// Row `y` of `frame` is row `scale · y + down` of `averaged`, in pixels; `scale` is 1 or more.
fn agreement(frame: &InkGrid, averaged: &InkGrid, scale: f32, down: f32) -> Option<f32> {
    let width = usize::from(frame.width);
    let roots = frame.roots();
    let rows = Rows::new(averaged, frame.height(), scale, down);
    let within = rows.within.clone();
    let columns: Vec<f32> = (0..width).map(|x| within.clone().map(|y| roots[y * width + x]).sum()).collect();
    let step = CELL.0 as f32 / 2.0;
    let across = usize::from(averaged.width) as f32 * CELL.0 as f32;
    let own_across = scale * (width * CELL.0) as f32;
    let least = across.min(own_across) * OVERLAP_AT_LEAST;
    let (from, to) = (((least - own_across) / step).ceil() as i32, ((across - least) / step).floor() as i32);
    let mut parts = Vec::new();
    let mut proposed: Vec<(f32, f32)> = (from..=to)
        .map(|at| {
            let right = at as f32 * step;
            let under = UnderColumns::new(width, rows.cells, scale, right);
            under.parts(&rows.all, &mut parts);
            let pairs = columns[under.columns.clone()].iter().copied().zip(parts.iter().copied());
            (correlation(pairs).unwrap_or(0.0), right)
        })
        .collect();
    proposed.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.abs().total_cmp(&b.1.abs())));
    let best = |tried: &mut dyn Iterator<Item = f32>| {
        let found = tried.filter_map(|right| Some((residual_correlation(&roots, width, &rows, scale, right)?, right)));
        found.max_by(|a, b| a.0.total_cmp(&b.0))
    };
    let (found, right) = best(&mut proposed.into_iter().take(COLUMNS_TRIED).map(|(_, right)| right).chain([0.0]))?;
    // Between two steps as well.
    let beside = best(&mut [right - step / 2.0, right + step / 2.0].into_iter());
    Some(beside.map_or(found, |(beside, _)| beside.max(found)))
}

/// Rows of a grid at the rows of a frame: sums along each row, from which any part of it follows.
struct Rows {
    cells: usize,
    /// The frame's rows that are wholly inside the grid.
    within: std::ops::Range<usize>,
    /// Sums of mean ink from the left for each row of `within`, one more than the cells.
    sums: Vec<Vec<f32>>,
    /// Those sums over all those rows together.
    all: Vec<f32>,
}

impl Rows {
    fn new(grid: &InkGrid, frame_height: usize, scale: f32, down: f32) -> Self {
        let cells = usize::from(grid.width);
        let means: Vec<f32> = grid.roots().into_iter().map(|root| root * root).collect();
        let height = grid.height();
        // In cells of the grid.
        let edge = |y: usize| scale * y as f32 + down / CELL.1 as f32;
        let first = (0..frame_height).find(|y| edge(*y) >= 0.0).unwrap_or(frame_height);
        let last = (first..frame_height).find(|y| edge(*y + 1) > height as f32).unwrap_or(frame_height);
        let mut all = vec![0.0; cells + 1];
        let sums = (first..last).map(|y| {
            let (from, to) = (edge(y), edge(y + 1));
            let mut row = vec![0.0; cells + 1];
            for at in from as usize..(to.ceil() as usize).min(height) {
                let part = (to.min((at + 1) as f32) - from.max(at as f32)).max(0.0) / scale;
                let mut sum = 0.0;
                for (x, mean) in means[at * cells..(at + 1) * cells].iter().enumerate() {
                    sum += mean;
                    row[x + 1] += part * sum;
                }
            }
            all.iter_mut().zip(&row).for_each(|(all, row)| *all += row);
            row
        });
        let sums = sums.collect();
        Self { cells, within: first..last, sums, all }
    }
}

/// The parts of a grid's rows under the columns of a frame.
struct UnderColumns {
    /// The frame's columns that are wholly inside the grid.
    columns: std::ops::Range<usize>,
    /// The edges between these: the grid's cell, and the share of it on the left.
    edges: Vec<(usize, f32)>,
    /// The width of each column, in cells of the grid.
    widths: Vec<f32>,
}

impl UnderColumns {
    /// Finds the columns of a frame of `width` cells. Column `x` of the frame begins at pixel
    /// `scale · x + right` of a grid of `cells` cells, with `x` in pixels.
    fn new(width: usize, cells: usize, scale: f32, right: f32) -> Self {
        let edge = |x: usize| scale * (x * CELL.0) as f32 + right;
        let first = (0..width).find(|x| edge(*x) >= -0.01).unwrap_or(width);
        let end = (cells * CELL.0) as f32 + 0.01;
        let last = (first..width).find(|x| edge(*x + 1) > end).unwrap_or(width);
        let places: Vec<f32> = (first..=last).map(|x| edge(x) / CELL.0 as f32).collect();
        let place = |at: &f32| {
            let whole = (at.max(0.0) as usize).min(cells);
            (whole, at - whole as f32)
        };
        let widths = places.iter().zip(&places[1..]).map(|(from, to)| to - from).collect();
        Self { columns: first..last, edges: places.iter().map(place).collect(), widths }
    }

    /// The square roots of a row's means under each column, from its sums.
    fn parts(&self, sums: &[f32], out: &mut Vec<f32>) {
        out.clear();
        let mut upto = self.edges.iter().map(|(whole, share)| {
            let next = sums.get(whole + 1).unwrap_or(&sums[*whole]);
            sums[*whole] + (next - sums[*whole]) * share
        });
        let mut before = upto.next().unwrap_or(0.0);
        out.extend(upto.map(|here| here - std::mem::replace(&mut before, here)));
        // The processor takes several roots at once.
        out.iter_mut().zip(&self.widths).for_each(|(part, width)| *part = (*part / width).max(0.0).sqrt());
    }
}

/// The correlation of cells, each minus the means of its row and its column; `None` with too few
/// cells.
fn residual_correlation(roots: &[f32], width: usize, rows: &Rows, scale: f32, right: f32) -> Option<f32> {
    let under = UnderColumns::new(width, rows.cells, scale, right);
    let (across, down) = (under.columns.len(), rows.within.len());
    if across * down < CELLS_AT_LEAST {
        return None;
    }
    let mut own = Vec::with_capacity(across * down);
    let mut others = Vec::with_capacity(across * down);
    let mut parts = Vec::with_capacity(across);
    for (y, sums) in rows.within.clone().zip(&rows.sums) {
        own.extend_from_slice(&roots[y * width..][under.columns.clone()]);
        under.parts(sums, &mut parts);
        others.extend_from_slice(&parts);
    }
    centre(&mut own, across);
    centre(&mut others, across);
    // Both have a mean of 0.
    let (varies, other_varies) = (product(&own, &own), product(&others, &others));
    let is_even = varies < EVEN_BELOW || other_varies < EVEN_BELOW;
    (!is_even).then(|| product(&own, &others) / (varies * other_varies).sqrt())
}

/// Subtracts the means of rows and columns.
fn centre(cells: &mut [f32], across: usize) {
    let down = cells.len() / across;
    let mut columns = vec![0.0; across];
    for row in cells.chunks_mut(across) {
        let mean = row.iter().sum::<f32>() / across as f32;
        row.iter_mut().zip(&mut columns).for_each(|(cell, column)| {
            *cell -= mean;
            *column += *cell;
        });
    }
    for row in cells.chunks_mut(across) {
        row.iter_mut().zip(&columns).for_each(|(cell, column)| *cell -= column / down as f32);
    }
}

/// Pearson's correlation; `None` if either side hardly varies.
fn correlation(pairs: impl Iterator<Item = (f32, f32)>) -> Option<f32> {
    super::correlation::correlation(pairs, |varies, _| varies < f64::from(EVEN_BELOW))
}
