//! What is told of the window to those who wait for it, look at it or measure it: tests and the benchmark.

use super::{App, Stage, VisibleTile};
use crate::app::review_screen::ReviewScreen;
use crate::ui::tiles::PlacedTile;

impl App {
    /// Is a dataset on show whose tiles have all been looked at? For tests that wait.
    pub fn is_settled(&self) -> bool {
        matches!(&self.stage, Stage::Reviewing(reviewing) if self.look.of == Some(reviewing.review.cursor()) && reviewing.is_settled() && reviewing.review.unsaved() == 0)
    }

    /// The tiles that were painted in the last frame. For tests that look.
    pub fn visible_tiles(&self) -> Vec<VisibleTile> {
        let Stage::Reviewing(reviewing) = &self.stage else { return Vec::new() };
        let visible = |placed: &PlacedTile| VisibleTile {
            place: placed.position,
            frame: placed.frame,
            part: placed.painted.part,
            width_px: placed.painted.width_px,
        };
        reviewing.placed.iter().map(visible).collect()
    }

    pub(super) fn reviewing_now(&self) -> Option<&ReviewScreen> {
        match &self.stage {
            Stage::Reviewing(reviewing) => Some(reviewing),
            _ => None,
        }
    }

    /// Is a dataset on show, with everything that can be had of the sample's tiles?
    pub fn is_complete(&self) -> bool {
        self.reviewing_now().is_some_and(ReviewScreen::is_complete)
    }

    /// Is there no sample to come, because the dataset could not be opened or has no rows?
    pub fn has_nothing(&self) -> bool {
        match &self.stage {
            Stage::Welcome { .. } => true,
            Stage::Opening { .. } => false,
            Stage::Reviewing(reviewing) => reviewing.review.sample.is_none(),
        }
    }

    /// Is it known what speaks against samples by rows?
    pub fn knows_findings(&self) -> bool {
        self.reviewing_now().is_some_and(|reviewing| reviewing.review.signals.findings().is_some())
    }

    /// The index of the sample on show.
    pub fn sample_index(&self) -> Option<usize> {
        self.reviewing_now().map(|reviewing| reviewing.review.cursor())
    }

    /// How many changes were made since the set was opened, and how many of them are on disk.
    pub fn changes(&self) -> (u64, u64) {
        self.reviewing_now()
            .map_or((0, 0), |reviewing| (reviewing.review.session.last_seq(), reviewing.review.saving.saved_up_to()))
    }

    /// The session that judges now.
    pub fn session(&self) -> Option<String> {
        self.reviewing_now().map(|reviewing| reviewing.review.session.id().to_string())
    }

    /// What decoded tiles take in memory, textures left out.
    pub fn decoded_bytes(&self) -> usize {
        self.reviewing_now().map_or(0, ReviewScreen::decoded_bytes)
    }

    /// What textures and decoded tiles may take together.
    pub fn budget_bytes(&self) -> usize {
        (self.settings.memory_mb as usize) << 20
    }
}
