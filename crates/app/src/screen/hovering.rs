//! The row of the queue under the pointer: its tiles, and their texts for its tooltip.

use tilejury_audit::external::EvidenceRequest;
use tilejury_data::{Sample, SampleIndex};

use super::review_screen::ReviewScreen;
use crate::tile_texts::TileTexts;
use crate::ui::queue_view::HoveredRow;

/// The most tiles of a row whose texts are looked up for its tooltip: more have no room there.
const MOST_TILES: usize = 40;

/// The row whose tooltip is visible, with its tiles.
pub(super) fn hovered_row<'a>(
    hovered: &'a Option<(SampleIndex, Sample)>,
    texts: &'a TileTexts,
) -> Option<HoveredRow<'a>> {
    hovered.as_ref().map(|(index, sample)| HoveredRow { index: *index, sample, texts })
}

impl ReviewScreen {
    /// Sets the row whose tooltip is visible.
    pub(super) fn hover(&mut self, row: Option<SampleIndex>) {
        if self.hovered.as_ref().map(|(index, _)| *index) != row {
            self.hovered = row.and_then(|index| Some((index, self.review.dataset().sample(index).ok()?)));
        }
    }

    /// The texts that the tooltip shows.
    pub(super) fn request_of_hovered(&self) -> Option<EvidenceRequest> {
        let (_, sample) = self.hovered.as_ref()?;
        let tiles = sample.tiles().take(MOST_TILES).map(|tile| tile.path.clone()).collect();
        Some(EvidenceRequest::new(sample, tiles))
    }
}
