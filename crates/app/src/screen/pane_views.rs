//! The views of the tiles in panes, and of all tiles of a row in small, for the strip and the line
//! above a comparison. Where a pane opens is decided in `reading_view`.

use tilejury_audit::external::TileEvidence;
use tilejury_data::sample::TileRef;
use tilejury_data::{Sample, TileSlot};

use super::review_screen::ReviewScreen;
use super::tile_views::{SampleTiles, findings_of};
use super::view_state::{Scene, ViewState};
use crate::tile_request::{Picture, PictureSize};
use crate::tile_store::TileState;
use crate::ui::reading_view::{Pane, PaneScale, PaneSpot, PanesView, Seen, ThumbnailView, largest};

impl ReviewScreen {
    /// The tiles of the panes, each with its spot.
    pub(super) fn open_panes(
        &self,
        view: &mut ViewState,
        sample: &Sample,
        highlights: bool,
    ) -> Vec<(TileSlot, PaneSpot)> {
        let slots = match view.scene {
            Scene::ReadingView => view.reading_view.tiles(self.review.focus, sample.negatives.len()),
            Scene::Alone => vec![self.review.focus],
            _ => Vec::new(),
        };
        let not_marked = TileEvidence::default();
        let mut opened = |slot: TileSlot| {
            let tile = sample.tiles().nth(slot.index())?;
            let evidence = self.texts.get(sample.key, &tile.path).map(|evidence| &**evidence);
            // With the marks hidden, no passage is chosen either.
            let evidence = if highlights { evidence } else { Some(&not_marked) };
            Some((slot, view.reading_view.spot(slot.into(), evidence)))
        };
        slots.into_iter().filter_map(&mut opened).collect()
    }
}

impl<'a> SampleTiles<'a, '_> {
    /// The panes of the reading view with their strip.
    pub(super) fn of_panes(
        &mut self,
        panes: Vec<(TileSlot, PaneSpot)>,
        strip: Vec<ThumbnailView>,
        scale: PaneScale,
    ) -> PanesView<'a> {
        let views = self.views(&panes.iter().map(|(slot, _)| *slot).collect::<Vec<_>>());
        let panes = views.into_iter().zip(panes).map(|(tile, (_, spot))| Pane { tile, spot }).collect();
        PanesView { panes, strip, scale, largest: largest(self.shapes) }
    }

    /// All tiles of the sample, small. `seen`: the look of a person at each.
    pub(super) fn thumbnails(
        &mut self,
        panes: &[(TileSlot, PaneSpot)],
        picked: &[TileSlot],
        seen: &[Seen],
    ) -> Vec<ThumbnailView> {
        let judgement = self.review.judgement();
        let (sample, review) = (self.sample, self.review);
        // In a set that was not read, all tiles would say the same.
        let is_on = self.text.on && self.text.texts.any_read();
        let thumbnail = |(slot, tile): (TileSlot, &'a TileRef)| {
            let picture = Picture::Tile(tile.path.clone());
            let mut state = self.store.get_for_display(&picture, PictureSize::Thumbnail);
            if !matches!(state, TileState::Ready { .. }) {
                state = self.store.get_for_display(&picture, PictureSize::Shown);
            }
            let large = self.store.get_for_display(&picture, PictureSize::Listed);
            let findings = findings_of(review, slot);
            ThumbnailView {
                large,
                hides_role: review.hides_roles(),
                position: slot.into(),
                picture,
                state,
                relevance: judgement.relevance(&tile.path),
                signals: findings.names(),
                is_suspicious: findings.suspicion.is_some(),
                evidence: self.text.texts.get(sample.key, &tile.path).cloned().filter(|_| is_on),
                seen: seen.get(slot.index()).copied().unwrap_or_default(),
                is_focused: slot == review.focus,
                in_pane: panes.iter().any(|(pane, _)| *pane == slot),
                is_picked: picked.contains(&slot),
            }
        };
        TileSlot::of_tiles(sample).map(thumbnail).collect()
    }
}
