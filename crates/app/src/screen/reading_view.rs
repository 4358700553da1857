//! The state of the reading view: which tiles are in the panes, where each is scrolled, whether
//! panes move together. Decides where a pane opens; `ui/reading_view` computes what of the tile
//! that is.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use egui::{Vec2, vec2};
use tilejury_audit::external::TileEvidence;
use tilejury_data::TileSlot;

use crate::ui::ScenePosition;
use crate::ui::placement::clamp_center;
use crate::ui::reading_view::PaneSpot;
use crate::ui::tiles::PlacedTile;

/// The most negatives beside each other in a survey.
pub(super) const SURVEY_UP_TO: usize = 4;
/// The time for which a new pane waits for the text of its tile: from then on it would jump while a
/// person reads.
const PATIENCE: Duration = Duration::from_secs(1);

/// The spot of a pane.
#[derive(Debug)]
struct OpenedPane {
    spot: PaneSpot,
    opened: Instant,
    /// Whether the spot is final: the text was looked up, or a person scrolled.
    is_settled: bool,
    /// Whether a person scrolled it.
    by_hand: bool,
}

/// The state of the reading view. What belongs to a row is dropped with it.
#[derive(Debug, Default)]
pub(super) struct ReadingView {
    panes: BTreeMap<ScenePosition, OpenedPane>,
    /// The spot of the positive that a person scrolled to: negatives whose text is not known open
    /// there.
    positive: Option<Vec2>,
    /// Whether all panes scroll together.
    pub(super) is_locked: bool,
    /// Whether the positive is away, and two negatives are visible at once.
    pub(super) positive_away: bool,
    /// The negatives that were picked for a survey.
    pub(super) picked: Vec<TileSlot>,
}

impl ReadingView {
    /// Drops what belongs to the row before.
    pub(super) fn show_other(&mut self) {
        *self = Self { is_locked: self.is_locked, positive_away: self.positive_away, ..Self::default() };
    }

    /// Opens every pane at its passage again.
    pub(super) fn open_again(&mut self) {
        self.panes.clear();
        self.positive = None;
    }

    /// Whether several picked negatives are visible.
    pub(super) fn is_survey(&self) -> bool {
        self.picked.len() > 1
    }

    /// The tiles in the panes.
    pub(super) fn tiles(&self, focus: TileSlot, negatives: usize) -> Vec<TileSlot> {
        if negatives == 0 {
            return vec![TileSlot::POSITIVE];
        }
        let positive = (!self.positive_away).then_some(TileSlot::POSITIVE);
        if self.is_survey() {
            let picked = self.picked.iter().copied().filter(|slot| slot.index() <= negatives);
            return positive.into_iter().chain(picked).collect();
        }
        let focus = focus.nearest_negative(negatives);
        if self.positive_away {
            // Pairs keep their places: a tile stays where it is while its neighbour is read.
            let first = (focus.index() - 1) / 2 * 2 + 1;
            return (first..=(first + 1).min(negatives)).map(TileSlot::new).collect();
        }
        positive.into_iter().chain([focus]).collect()
    }

    /// The spot of a pane, which opens at the passage of its tile. `evidence` is the text of the
    /// tile, once it was looked up.
    pub(super) fn spot(&mut self, position: ScenePosition, evidence: Option<&TileEvidence>) -> PaneSpot {
        let otherwise = match self.positive {
            Some(center) if position != ScenePosition::default() => PaneSpot::Center { center, scale: None },
            _ => PaneSpot::Top,
        };
        let new = || OpenedPane { spot: otherwise, opened: Instant::now(), is_settled: false, by_hand: false };
        let pane = self.panes.entry(position).or_insert_with(new);
        if !pane.is_settled {
            if let Some(evidence) = evidence {
                pane.is_settled = true;
                if let Some(lines) = super::telling_place::lines_to_read(evidence) {
                    pane.spot = PaneSpot::Passage(lines);
                } else if pane.spot == PaneSpot::Top && !evidence.text.lines().is_empty() {
                    pane.spot = PaneSpot::TopOfText;
                }
            } else if pane.opened.elapsed() > PATIENCE {
                pane.is_settled = true;
            }
        }
        pane.spot
    }

    /// Shows a spot of a tile because a person asked for it.
    pub(super) fn show(&mut self, position: ScenePosition, spot: PaneSpot) {
        let opened = OpenedPane { spot, opened: Instant::now(), is_settled: true, by_hand: true };
        self.panes.insert(position, opened);
    }

    /// The panes that a person scrolled, with the middle of what is visible of each, in fractions
    /// of its width and height.
    pub(super) fn scrolled(&self) -> Vec<(ScenePosition, Vec2)> {
        let center = |(position, pane): (&ScenePosition, &OpenedPane)| match pane.spot {
            PaneSpot::Center { center, .. } if pane.by_hand => Some((*position, center)),
            _ => None,
        };
        self.panes.iter().filter_map(center).collect()
    }

    /// Scrolls a pane, and with `is_locked` the others by as many pixels. `placed` are the panes as
    /// they were drawn last, with the sizes of their tiles; `shares` says whether all tiles have a
    /// scale that a person chose.
    pub(super) fn scroll(&mut self, position: ScenePosition, by: Vec2, placed: &[(PlacedTile, Vec2)], shares: bool) {
        let Some((leader, size)) = placed.iter().find(|(tile, _)| tile.position == position) else { return };
        let moved = self.scroll_one(leader, by, shares, true);
        for (tile, own) in placed {
            if tile.position != position && self.is_locked {
                self.scroll_one(tile, moved * *size / *own, shares, false);
            }
        }
    }

    /// Scrolls one pane and returns how far it went. A pane that does not lead keeps its distance
    /// from the one that does: past the end of its tile it waits until that one comes back.
    fn scroll_one(&mut self, tile: &PlacedTile, by: Vec2, shares: bool, leads: bool) -> Vec2 {
        let part = tile.painted.part;
        // Of several steps in one frame, each goes on where the one before ended.
        let (now, scale) = match self.panes.get(&tile.position) {
            Some(OpenedPane { spot: PaneSpot::Center { center, scale }, by_hand: true, .. }) => (*center, *scale),
            // A passage may have been enlarged to be read, and stays so.
            Some(OpenedPane { spot: PaneSpot::Passage(_), .. }) if !shares && part.width() < 0.999 => {
                (part.center().to_vec2(), Some(tile.painted.scale))
            }
            _ => (part.center().to_vec2(), None),
        };
        let now = if leads { clamp_center(now, part.size()) } else { now };
        let center = if leads { clamp_center(now + by, part.size()) } else { now + by };
        self.show(tile.position, PaneSpot::Center { center, scale });
        if tile.position == ScenePosition::default() {
            self.positive = Some(center);
        }
        center - now
    }

    /// Picks a negative for the survey, or takes it out. Returns `false` if there are enough.
    pub(super) fn pick(&mut self, slot: TileSlot) -> bool {
        if let Some(at) = self.picked.iter().position(|picked| *picked == slot) {
            self.picked.remove(at);
        } else if self.picked.len() < SURVEY_UP_TO {
            self.picked.push(slot);
            self.picked.sort();
        } else {
            return false;
        }
        true
    }
}

/// The size of a tile as a vector.
pub(super) fn size_of(full: [u32; 2]) -> Vec2 {
    vec2(full[0].max(1) as f32, full[1].max(1) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(view: &ReadingView, focus: usize, negatives: usize) -> Vec<usize> {
        view.tiles(TileSlot::new(focus), negatives).into_iter().map(TileSlot::index).collect()
    }

    #[test]
    fn panes_hold_the_positive_and_the_focused_negative() {
        let mut view = ReadingView::default();
        assert_eq!(slots(&view, 0, 0), [0]);
        assert_eq!(slots(&view, 0, 3), [0, 1]);
        assert_eq!(slots(&view, 3, 3), [0, 3]);
        view.positive_away = true;
        assert_eq!([1, 2, 3].map(|focus| slots(&view, focus, 3)), [vec![1, 2], vec![1, 2], vec![3]]);
    }

    #[test]
    fn a_survey_shows_up_to_four_picked_negatives() {
        let mut view = ReadingView::default();
        assert!(view.pick(TileSlot::new(3)));
        assert_eq!(slots(&view, 1, 6), [0, 1], "one alone is not a survey");
        assert!([5, 1, 2].map(|slot| view.pick(TileSlot::new(slot))).iter().all(|picked| *picked));
        assert_eq!(slots(&view, 1, 6), [0, 1, 2, 3, 5]);
        assert!(!view.pick(TileSlot::new(6)));
        assert!(view.pick(TileSlot::new(1)), "taken out again");
        view.positive_away = true;
        assert_eq!(slots(&view, 1, 6), [2, 3, 5]);
        view.show_other();
        assert_eq!(slots(&view, 1, 6), [1, 2]);
    }

    #[test]
    fn text_that_arrives_late_moves_no_pane() {
        let mut view = ReadingView::default();
        let position = ScenePosition::new(1);
        assert_eq!(view.spot(position, None), PaneSpot::Top);
        let not_read = TileEvidence::default();
        assert_eq!(view.spot(position, Some(&not_read)), PaneSpot::Top);
        let mut read = TileEvidence::default();
        let found = tilejury_text::PixelBox { x: 1, y: 500, width: 90, height: 10 };
        read.highlights.read_first = Some(found.into());
        assert_eq!(view.spot(position, Some(&read)), PaneSpot::Top, "it was open before it was read");
        let other = ScenePosition::new(2);
        assert!(matches!(view.spot(other, Some(&read)), PaneSpot::Passage(_)));
        let (text, confidence) = ("word".to_owned(), 1.0);
        let word = tilejury_text::WordBox { text, confidence, x: 9, y: 9, width: 40, height: 10, starts_line: true };
        let text = tilejury_text::PlacedText::new(tilejury_text::TileReading { words: vec![word] });
        let no_passage = TileEvidence { text, ..TileEvidence::default() };
        assert_eq!(view.spot(position, Some(&no_passage)), PaneSpot::Top, "nor for its lines");
        assert_eq!(view.spot(ScenePosition::new(4), Some(&no_passage)), PaneSpot::TopOfText);
        let scrolled = PaneSpot::Center { center: vec2(0.5, 0.9), scale: None };
        view.show(ScenePosition::new(3), scrolled);
        assert_eq!(view.spot(ScenePosition::new(3), Some(&read)), scrolled);
    }
}
