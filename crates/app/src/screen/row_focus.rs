//! The tile in focus when a row opens, in the scenes that need a negative there, and when findings
//! come that name another one. What a person does with the focus is elsewhere.

use egui::Event;

use super::{App, Stage};

impl App {
    /// Puts the focus of a row where its scene needs it; if findings came since the row was shown
    /// and nobody did anything, where it would open now.
    pub(super) fn follow_findings(&mut self) {
        let is_touched = self.ctx.input(|input| input.events.iter().any(is_deliberate));
        let mut opened_at = None;
        if let Stage::Reviewing(reviewing) = &mut self.stage {
            let review = &mut reviewing.review;
            if is_touched {
                review.touch();
            }
            let before = review.focus;
            opened_at = review.focus_after_findings().then_some(before);
        }
        self.limit_focus();
        if let (Some(before), Stage::Reviewing(reviewing)) = (opened_at, &mut self.stage)
            && reviewing.review.focus != before
        {
            reviewing.viewing_time.begin_again();
        }
    }

    /// Puts the focus of a row where its scene needs it.
    pub(super) fn limit_focus(&mut self) {
        if let Stage::Reviewing(reviewing) = &mut self.stage {
            let review = &mut reviewing.review;
            let negatives = review.sample.as_ref().map_or(0, |sample| sample.negatives.len());
            self.view_state.show_sample(review.cursor(), self.settings.keep_zoom);
            // Nobody put the focus on the positive or moved it: it goes to the first negative, or
            // to the most suspicious one, as always in a comparison.
            let is_first = review.focus.is_positive() && review.first_focus.is_positive();
            let beside = self.view_state.is_reading_view() && review.opens_at_suspect();
            if is_first && (beside || self.view_state.is_comparing()) {
                let suspect = review.by_suspicion(negatives).first().copied();
                review.focus = suspect.unwrap_or(review.focus);
            }
            self.view_state.limit_focus(&mut review.focus, negatives);
            if is_first {
                review.first_focus = review.focus;
            }
        }
    }
}

/// Whether a person did something with the keyboard, the mouse or a screen reader. Moving the
/// pointer is nothing.
fn is_deliberate(event: &Event) -> bool {
    match event {
        Event::Key { pressed, .. } | Event::PointerButton { pressed, .. } => *pressed,
        Event::MouseWheel { .. }
        | Event::Zoom(_)
        | Event::Text(_)
        | Event::Paste(_)
        | Event::Touch { .. }
        | Event::AccessKitActionRequest(_) => true,
        _ => false,
    }
}
