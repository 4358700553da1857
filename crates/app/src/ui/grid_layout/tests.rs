//! The layout of rows of any size and shape in areas of any size.

use super::*;
use egui::pos2;

fn area(width: f32, height: f32) -> Rect {
    Rect::from_min_size(pos2(10.0, 20.0), vec2(width, height))
}

fn request(area: Rect, shapes: &[TileShape]) -> GridRequest<'_> {
    GridRequest { area, shapes, columns: None, fills_width: false, is_zoomed: false, bar: 14.0 }
}

fn usual(tiles: usize) -> Vec<TileShape> {
    vec![USUAL_SHAPE; tiles]
}

/// The size of a tile on the screen, in points for each of its pixels.
fn scale(card: &Card, shape: TileShape) -> f32 {
    let frame = card.picture_frame();
    (frame.width() / shape[0] as f32).min(frame.height() / shape[1] as f32)
}

fn scales(cells: &TileCells, shapes: &[TileShape]) -> Vec<f32> {
    cells.cards.iter().zip(shapes).map(|(card, shape)| scale(card, *shape)).collect()
}

/// The part of the area that pictures cover.
fn coverage(area: Rect, cells: &TileCells, shapes: &[TileShape]) -> f32 {
    let painted = |(scale, shape): (f32, &TileShape)| scale * scale * (shape[0] * shape[1]) as f32;
    scales(cells, shapes).into_iter().zip(shapes).map(painted).sum::<f32>() / area.area()
}

/// The rooms for tiles in windows of 1024×640 to 2560×1440, also with a panel, and at 200 %.
const ROOMS: [(f32, f32); 11] = [
    (688.0, 430.0),
    (408.0, 430.0),
    (944.0, 590.0),
    (664.0, 590.0),
    (1264.0, 690.0),
    (984.0, 690.0),
    (2224.0, 1230.0),
    (1944.0, 1230.0),
    (464.0, 240.0),
    (184.0, 200.0),
    (500.0, 1200.0),
];

/// Rows of every kind: usual tiles, low, wide, tall and mixed ones.
fn rows() -> impl Iterator<Item = Vec<TileShape>> {
    let kinds: [&[TileShape]; 8] = [
        &[USUAL_SHAPE],
        &[[875, 200], USUAL_SHAPE],
        &[USUAL_SHAPE, [875, 90], [875, 1024], [875, 400]],
        &[[1600, 900], USUAL_SHAPE],
        &[USUAL_SHAPE, [1600, 900], [600, 800]],
        &[[875, 6000], USUAL_SHAPE, [4000, 300]],
        &[[30, 40]],
        &[[1, 1], [10_000, 10_000]],
    ];
    kinds
        .into_iter()
        .flat_map(|kind| [1, 2, 3, 4, 5, 7, 9, 12, 21].map(|tiles| kind.iter().copied().cycle().take(tiles).collect()))
}

#[test]
fn cards_lie_in_the_area_and_do_not_overlap() {
    for (width, height) in ROOMS.into_iter().chain([(300.0, 90.0)]) {
        for shapes in rows() {
            for (columns, fills_width, is_zoomed) in
                [(None, false, false), (Some(1), false, false), (Some(3), false, true), (None, true, false)]
            {
                let area = area(width, height);
                let cells = arrange(&GridRequest { columns, fills_width, is_zoomed, ..request(area, &shapes) });
                let what = format!("{width}×{height}, {shapes:?}, {columns:?}, {fills_width}, {is_zoomed}");
                assert_eq!(cells.cards.len(), shapes.len(), "{what}");
                for (at, card) in cells.cards.iter().enumerate() {
                    let bottom = if cells.scrolls && at > 0 { f32::MAX } else { area.max.y + 0.5 };
                    let room = Rect::from_min_max(area.min - Vec2::splat(0.5), pos2(area.max.x + 0.5, bottom));
                    assert!(room.contains_rect(card.rect), "{what}: {card:?}");
                    let others = &cells.cards[at + 1..];
                    assert!(others.iter().all(|other| !card.rect.shrink(0.5).intersects(other.rect)), "{what}");
                }
            }
        }
    }
}

#[test]
fn the_positive_is_never_the_smallest() {
    for (width, height) in ROOMS {
        for tiles in 2..=21 {
            let shapes = usual(tiles);
            for fills_width in [false, true] {
                let cells = arrange(&GridRequest { fills_width, ..request(area(width, height), &shapes) });
                let widths: Vec<f32> = match fills_width {
                    false => scales(&cells, &shapes),
                    true => cells.cards.iter().map(|card| card.picture_frame().width()).collect(),
                };
                let largest = widths[1..].iter().copied().fold(0.0, f32::max);
                assert!(widths[0] >= largest * 0.985, "{width}×{height}, {tiles}: {widths:?}");
            }
        }
    }
}

#[test]
fn zoomed_tiles_fill_the_area() {
    let mixed = |tiles: usize| -> Vec<TileShape> {
        let heights = [1024, 1024, 306, 1024, 480, 200, 1024, 700];
        heights.into_iter().cycle().take(tiles).map(|height| [875, height]).collect()
    };
    for (width, height) in ROOMS.into_iter().filter(|(width, height)| *width > 300.0 && *height > 300.0) {
        for shapes in (2..=9).flat_map(|tiles| [usual(tiles), mixed(tiles)]) {
            let area = area(width, height);
            let whole = arrange(&request(area, &shapes));
            let cells = arrange(&GridRequest { is_zoomed: true, ..request(area, &shapes) });
            let what = format!("{width}×{height}, {shapes:?}: {:?}", cells.cards);
            let size = |card: &Card| card.picture_frame().area();
            for (card, before) in cells.cards.iter().zip(&whole.cards).skip(1) {
                assert!(size(card) <= 1.01 * size(&cells.cards[0]), "the positive's window is smaller: {what}");
                // Where a person zooms with the wheel, the tile under the pointer stays there.
                let first = before.rect.min.y == area.min.y;
                assert!(!first || card.rect.min == before.rect.min, "it moved: {what}");
            }
            for card in &cells.cards {
                let below = cells.cards.iter().filter(|other| other.rect.min.y >= card.rect.max.y);
                let is_below = |other: &&Card| other.rect.min.x < card.rect.max.x && other.rect.max.x > card.rect.min.x;
                let edge = below.filter(is_below).map(|other| other.rect.min.y - GAP).fold(area.max.y, f32::min);
                assert!((card.rect.max.y - edge).abs() < 8.0, "a hole: {what}");
            }
        }
    }
}

/// The scale of the smallest tile for 1 to 9 negatives in three windows, without a panel and with
/// one, as an earlier layout had it: that of the positive or of the negatives.
const EARLIER: [(f32, f32, [f32; 9]); 5] = [
    (944.0, 590.0, [0.49, 0.32, 0.22, 0.22, 0.21, 0.21, 0.19, 0.19, 0.16]),
    (664.0, 590.0, [0.33, 0.22, 0.21, 0.21, 0.14, 0.14, 0.13, 0.13, 0.12]),
    (1264.0, 690.0, [0.59, 0.43, 0.33, 0.27, 0.26, 0.26, 0.26, 0.26, 0.22]),
    (984.0, 690.0, [0.52, 0.33, 0.27, 0.27, 0.25, 0.25, 0.20, 0.20, 0.16]),
    (2224.0, 1230.0, [1.11, 0.77, 0.53, 0.53, 0.53, 0.53, 0.48, 0.48, 0.39]),
];

#[test]
fn the_smallest_tile_is_not_smaller_than_it_was() {
    for (width, height, earlier) in EARLIER {
        for (before, negatives) in earlier.into_iter().zip(1..) {
            let (area, shapes) = (area(width, height), usual(negatives + 1));
            let cells = arrange(&request(area, &shapes));
            let scales = scales(&cells, &shapes);
            let smallest = scales.iter().copied().fold(f32::MAX, f32::min);
            let coverage = 100.0 * coverage(area, &cells, &shapes);
            println!("{width}×{height}, {negatives}: {:.2} {smallest:.2}, {coverage:.0} %", scales[0]);
            assert!(smallest > before - 0.015, "{width}×{height}, {negatives}: {smallest} < {before}");
        }
    }
}

#[test]
fn cards_are_as_high_as_their_tiles_and_leave_no_holes() {
    let shapes = [USUAL_SHAPE, [875, 300], USUAL_SHAPE, [875, 300], [875, 500], USUAL_SHAPE, [875, 300]];
    for (width, height) in ROOMS.into_iter().filter(|(width, height)| *width > 500.0 && *height > 300.0) {
        let cells = arrange(&request(area(width, height), &shapes));
        for (card, shape) in cells.cards.iter().zip(&shapes) {
            let frame = card.picture_frame();
            let shown = scale(card, *shape) * shape[1] as f32;
            assert!((frame.height() - shown).abs() < 1.5, "{width}×{height}: {frame:?} {shown}");
        }
        for card in &cells.cards[1..] {
            let above = cells.cards.iter().filter(|other| other.rect.max.y < card.rect.min.y);
            let above = above.filter(|other| other.rect.min.x < card.rect.max.x && other.rect.max.x > card.rect.min.x);
            let bottom = above.map(|other| other.rect.max.y + GAP).fold(20.0, f32::max);
            assert!((card.rect.min.y - bottom).abs() < 1.0, "{width}×{height}: {card:?}");
        }
    }
}

#[test]
fn free_height_of_a_column_goes_to_the_text_of_its_cards() {
    // The column with the low tile and the one below it is full; the others are not.
    let shapes = [USUAL_SHAPE, USUAL_SHAPE, [875, 306], USUAL_SHAPE, USUAL_SHAPE];
    let area = area(944.0, 455.0);
    let cells = arrange(&request(area, &shapes));
    let rows: Vec<usize> = cells.cards.iter().map(|card| card.text_rows).collect();
    assert!(rows[1] == rows[3] && rows[1] > rows[2].max(rows[4]), "{rows:?}");
    let fullest = cells.cards.iter().map(|card| card.rect.max.y).fold(0.0, f32::max);
    assert!(fullest > area.max.y - 2.0 * 16.0 && fullest <= area.max.y + 0.5, "{:?}", cells.cards);
}

#[test]
fn keeps_chosen_columns() {
    let columns =
        |cells: &TileCells| cells.cards[1..].iter().filter(|card| card.rect.min.y == cells.cards[1].rect.min.y).count();
    let (five, two) = (usual(6), usual(3));
    for chosen in 1..=5 {
        let request = GridRequest { columns: Some(chosen), ..request(area(1300.0, 700.0), &five) };
        assert_eq!(columns(&arrange(&request)), chosen);
    }
    let many = GridRequest { columns: Some(9), ..request(area(1300.0, 700.0), &two) };
    assert_eq!(columns(&arrange(&many)), 2);
}

#[test]
fn tiles_that_fill_the_width_are_larger() {
    for (width, height) in ROOMS.into_iter().filter(|(width, _)| *width > 600.0) {
        for tiles in 3..=9 {
            let shapes = usual(tiles);
            let whole = arrange(&request(area(width, height), &shapes));
            let filling = arrange(&GridRequest { fills_width: true, ..request(area(width, height), &shapes) });
            let smallest = scales(&whole, &shapes).into_iter().fold(f32::MAX, f32::min) * 875.0;
            let narrowest = filling.cards.iter().map(|card| card.picture_frame().width()).fold(f32::MAX, f32::min);
            assert!(narrowest >= smallest - 1.0, "{width}×{height}, {tiles}: {narrowest} {smallest}");
            for card in &filling.cards {
                let frame = card.picture_frame();
                assert!(
                    frame.height() >= 0.45 * frame.width() * 1024.0 / 875.0,
                    "{width}×{height}, {tiles}: {frame:?}"
                );
            }
        }
    }
}

#[test]
fn long_lists_scroll_beside_the_positive() {
    for (width, height) in [(688.0, 430.0), (944.0, 590.0), (1264.0, 690.0)] {
        for tiles in [40, 5000] {
            let area = area(width, height);
            let cells = arrange(&request(area, &usual(tiles)));
            assert!(cells.scrolls && cells.cards.len() == tiles);
            let (positive, negatives) = (cells.cards[0].rect, &cells.cards[1..]);
            assert!(positive.max.y <= area.max.y + 0.5);
            for card in negatives {
                assert!(card.rect.min.x > positive.max.x && card.rect.max.x <= area.max.x - 14.0 + 0.5, "{card:?}");
                assert!(card.picture_frame().width() >= READABLE, "{width}×{height}: {card:?}");
            }
        }
    }
}
