//! The present answer to which commands can be run and which switches are on. What follows from it
//! for each command is in `ui/enabled`.

use super::view_state::{HomeScene, OverviewState, Scene};
use super::{App, Stage};
use crate::asking_task::AskingTask;
use crate::blinding::Blinding;
use crate::review::Review;
use crate::ui::enabled::{Enabled, Switches};

impl App {
    /// The commands that can be run now, and the switches that are on.
    pub(super) fn enabled(&self) -> Enabled {
        let review = match &self.stage {
            Stage::Reviewing(reviewing) => Some(&reviewing.review),
            _ => None,
        };
        let (undo, redo) = review.map(|review| review.session.depth()).unwrap_or_default();
        let (back, forward) = review.map(Review::has_places).unwrap_or_default();
        let reasons = review.and_then(|review| review.session.judgement(review.reasons_of()));
        let (settings, view_state) = (&self.settings, &self.view_state);
        let queue = match view_state.home {
            HomeScene::ReadingView => !view_state.is_queue_folded(),
            HomeScene::Grid => self.remembered.queue_open,
        };
        Enabled {
            reviewing: review.is_some(),
            comparing: review.is_some() && view_state.is_comparing(),
            panes: review.is_some() && view_state.has_panes(),
            searching_tiles: review.is_some() && matches!(view_state.scene, Scene::Tiles(_)),
            exported: self.exported.can_be_judged(),
            idle: self.job.is_none(),
            on: Switches {
                auto_advance: settings.auto_advance,
                keep_zoom: settings.keep_zoom,
                session_counter: settings.session_counter,
                suspicious_first: review.is_some_and(|review| review.navigator.is_by_suspicion()),
                panels: self.open_panels(),
                unfolded_query: view_state.query_unfolded,
                queue,
                auto_columns: review
                    .and_then(|review| review.sample.as_ref())
                    .is_none_or(|sample| self.remembered.grid.of(sample.negatives.len()).columns.is_none()),
                fit_width: self.remembered.grid.fit_width,
                facets: self.remembered.facets_open && queue,
                overview: view_state.overview != OverviewState::Closed,
                blind: review.is_some_and(|review| review.blinding() != Blinding::Off),
                blind_roles: review.is_some_and(|review| review.blinding() == Blinding::WithoutRoles),
                pixels: self.is_looking_at_pixels(),
                reading: self.reviewing_now().is_some_and(|reviewing| reviewing.reading.is_running()),
                asking_paused: self.asking_now().is_some_and(AskingTask::is_paused),
                blink: view_state.blinking.is_on,
                reading_view: view_state.home == HomeScene::ReadingView,
                locked_panes: view_state.reading_view.is_locked,
                positive_away: view_state.reading_view.positive_away,
                loupe: view_state.loupe,
                highlights: settings.highlights,
                select_text: view_state.text.selects,
            },
            undo: undo > 0,
            redo: redo > 0,
            back,
            forward,
            negatives: review.map_or(0, Review::numbered_tiles),
            numbered: match (&view_state.scene, review) {
                (_, None) => 0,
                (Scene::Page(page), _) => page.tiles.as_ref().map_or(0, Vec::len),
                (Scene::Tiles(search), _) => search.hits().len(),
                (_, Some(review)) => review.numbered_tiles(),
            },
            selected_rows: review.is_some_and(|review| !review.selected.is_empty()),
            finds_rows: review.is_some_and(Review::is_finding_targets),
            offer: review.is_some_and(|review| review.offer().is_some()),
            reasons: match review.filter(|review| !review.selected.is_empty()) {
                Some(review) => review.selected_reasons().is_some(),
                None => tilejury_audit::session::can_have_reasons(reasons.and_then(|judgement| judgement.verdict)),
            },
            reading: self.reviewing_now().is_some_and(|reviewing| reviewing.reading.is_any()),
            reviewer: settings.reviewer.is_complete(),
            asking: self.asking_now().is_some() || self.is_planning_to_ask(),
            has_part: self.reviewing_now().is_some_and(|reviewing| reviewing.review.has_part()),
            exchanges: self.reviewing_now().is_some_and(|reviewing| reviewing.exchanging.running.is_some()),
            failed: review.is_some_and(|review| review.saving.failure().is_some()),
            selection: view_state.text.selection.is_some(),
            round: self.round_kind(),
            answers: review.map_or(0, Review::answers_shown),
            settles: view_state.compares_pass && review.is_some_and(Review::can_settle),
        }
    }
}
