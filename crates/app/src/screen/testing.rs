//! The window's state for tests and the benchmark. Nothing here changes anything.

use tilejury_data::SampleIndex;

use super::{App, Stage, VisibleTile};
use crate::screen::review_screen::ReviewScreen;
use crate::screen::view_state::OverviewState;
use crate::ui::tiles::PlacedTile;

impl App {
    /// Whether a dataset is visible whose tiles are all drawn, or whose overview is counted, with
    /// every judgement saved. For tests that wait.
    pub fn is_settled(&self) -> bool {
        let Stage::Reviewing(reviewing) = &self.stage else { return false };
        let review = &reviewing.review;
        // The overview takes the place of the tiles.
        let is_drawn = match self.view_state.overview {
            OverviewState::Closed => reviewing.is_settled(),
            OverviewState::Open | OverviewState::First => review.stats.insights.overview_has_findings(),
        };
        self.view_state.of == Some(review.cursor()) && is_drawn && review.running().is_none() && review.unsaved() == 0
    }

    /// The number of rows that a judgement of many rows has done, and of all; `None` if none goes
    /// on.
    pub fn judging_many(&self) -> Option<(usize, usize)> {
        self.reviewing_now()?.review.running().map(|progress| (progress.done, progress.all))
    }

    /// Returns the tiles that were painted in the last frame.
    pub fn visible_tiles(&self) -> Vec<VisibleTile> {
        let Stage::Reviewing(reviewing) = &self.stage else { return Vec::new() };
        let visible = |placed: &PlacedTile| VisibleTile {
            place: placed.position.index(),
            frame: placed.frame,
            part: placed.painted.part,
            width_px: placed.painted.width_px,
        };
        reviewing.placed.iter().map(visible).collect()
    }

    /// The place that the tour outlined in the last frame, in points.
    pub fn tour_box(&self) -> Option<egui::Rect> {
        self.tour.outlined
    }

    pub(super) fn reviewing_now(&self) -> Option<&ReviewScreen> {
        match &self.stage {
            Stage::Reviewing(reviewing) => Some(reviewing),
            _ => None,
        }
    }

    /// Whether a dataset is visible and the loading of the sample's tiles has ended.
    pub fn is_complete(&self) -> bool {
        self.reviewing_now().is_some_and(ReviewScreen::is_complete)
    }

    /// Whether no sample will appear, because the dataset could not be opened or has no rows.
    pub fn has_nothing(&self) -> bool {
        match &self.stage {
            Stage::Welcome { .. } => true,
            Stage::Opening { .. } => false,
            Stage::Reviewing(reviewing) => reviewing.review.sample.is_none(),
        }
    }

    /// Whether the findings from rows are known.
    pub fn knows_findings(&self) -> bool {
        self.reviewing_now().is_some_and(|reviewing| reviewing.review.signals.findings().is_some())
    }

    /// Whether the findings from the texts and scores beside the rows are known, too.
    pub fn knows_imports(&self) -> bool {
        self.reviewing_now().is_some_and(|reviewing| reviewing.review.signals.have_imports())
    }

    /// Returns the number of tiles whose text was read and stored since the set was opened.
    pub fn texts_read(&self) -> usize {
        self.reviewing_now().map_or(0, |reviewing| reviewing.reading.stored)
    }

    /// Returns the index of the visible sample.
    pub fn sample_index(&self) -> Option<SampleIndex> {
        self.reviewing_now().map(|reviewing| reviewing.review.cursor())
    }

    /// Returns the number of changes since the set was opened, and of those that are on disk.
    pub fn changes(&self) -> (u64, u64) {
        self.reviewing_now()
            .map_or((0, 0), |reviewing| (reviewing.review.session.last_seq(), reviewing.review.saving.saved_up_to()))
    }

    /// Returns the id of the current session.
    pub fn session(&self) -> Option<String> {
        self.reviewing_now().map(|reviewing| reviewing.review.session.id().to_string())
    }

    /// Returns the memory of decoded tiles in bytes, without textures.
    pub fn decoded_bytes(&self) -> usize {
        self.reviewing_now().map_or(0, ReviewScreen::decoded_bytes)
    }

    /// Returns the memory that textures and decoded tiles may use together, in bytes.
    pub fn budget_bytes(&self) -> usize {
        (self.settings.memory_mb as usize) << 20
    }
}
