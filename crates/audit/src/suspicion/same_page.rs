//! A negative is another tile of the positive's page: the answer may continue in it, or be repeated
//! there. The margin mode of mining does not remove such tiles.
//!
//! Strength is 0.5 + 0.5 / distance, the distance in chunks of the same tile of the page; 0.5 if
//! the names do not show it. A folder is a page only if its name or its tiles' names say so: a set
//! may keep all its tiles in one folder.

use std::borrow::Cow;

use tilejury_data::{Row, SampleIndex, TilePath, TileSlot};

use super::evidence::Evidence;
use super::{Finding, Signal};

/// `normal` are the normal forms of the row's paths, positive first.
pub(super) fn find(sample: SampleIndex, row: &Row<'_>, normal: &[Cow<'_, str>], out: &mut Vec<Finding>) {
    let Some((positive, negatives)) = normal.split_first() else { return };
    let Some((page, _)) = positive.rsplit_once('/') else { return };
    for (at, (negative, spelling)) in negatives.iter().zip(&row.negatives).enumerate() {
        // Few negatives are from the positive's page, and only those are compared more closely.
        if !negative.starts_with(page) {
            continue;
        }
        let (positive, negative) = (TilePath::new(&row.positive), TilePath::new(spelling));
        if negative == positive || !same_page(&positive, &negative) {
            continue;
        }
        let chunks = chunks_between(&positive, &negative);
        out.push(Finding {
            sample,
            tile: Some(TileSlot::new(at + 1)),
            signal: Signal::SamePage,
            strength: chunks.map_or(0.5, |chunks| 0.5 + 0.5 / chunks.unsigned_abs().max(1) as f32),
            evidence: Evidence::SamePage { chunks },
        });
    }
}

fn same_page(a: &TilePath, b: &TilePath) -> bool {
    let page = a.page();
    page.is_some()
        && page == b.page()
        && (page.is_some_and(|page| page.ends_with(".tiles")) || (a.chunk().is_some() && b.chunk().is_some()))
}

/// Returns how many chunks further down `b` is; `None` across tiles of the page, since no name
/// states their height in chunks.
fn chunks_between(a: &TilePath, b: &TilePath) -> Option<i32> {
    let ((tile, chunk), (other_tile, other)) = (a.chunk()?, b.chunk()?);
    let chunks = i32::try_from(i64::from(other) - i64::from(chunk)).ok()?;
    (tile == other_tile && chunks != 0).then_some(chunks)
}
