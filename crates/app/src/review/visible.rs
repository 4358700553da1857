//! The things that the window may show beside the query and the tiles of the current row. This is
//! the only place that decides it: panels, searches, commands and the stored looks ask
//! [`Review::visible`].
//!
//! Draws nothing. What a command would show is in `crate::command`.

use tilejury_audit::search::Search;
use tilejury_audit::tile_order::{unmarked, verdict_from_tiles, without_roles};
use tilejury_audit::{JudgeAction, Judgement, Relevance, Shown, Visible};
use tilejury_data::{Sample, SampleIndex, TilePath, TileSlot};

use super::{Review, RoundKind, SeenTiles};
use crate::blinding::Blinding;

impl Review {
    /// The degree of hiding: what the person asked for, or more if a round asks for more.
    pub(crate) fn blinding(&self) -> Blinding {
        self.blinding.max(self.required_blinding)
    }

    /// Whether the round that is judged asks for what is hidden: the person cannot show it.
    pub(crate) fn is_blinding_required(&self) -> bool {
        self.required_blinding != Blinding::Off
    }

    /// The things that may be shown beside the current row.
    pub(crate) fn visible(&self) -> Visible {
        self.visible_at(self.cursor())
    }

    fn visible_at(&self, row: SampleIndex) -> Visible {
        let visible = self.visible_in_list();
        if self.shown_roles.contains(&row) { visible.with(Shown::Roles) } else { visible }
    }

    /// The things that may be shown of the rows in the list. An answered row that shows its roles
    /// shows them alone.
    fn visible_in_list(&self) -> Visible {
        let mut visible = self.blinding().visible();
        if self.is_in_round() {
            // Earlier judgements have changed the weights, and lead nobody to a row or tile.
            visible = visible.without(&[Shown::Order, Shown::Offers, Shown::Others]);
        }
        if self.round_kind() == Some(RoundKind::Adjudication) {
            // Without their names.
            visible = visible.with(Shown::Others).with(Shown::Roles);
        }
        visible
    }

    /// Whether the rows in the list are shown without the roles of their tiles.
    pub(crate) fn hides_roles_in_list(&self) -> bool {
        !self.visible_in_list().has(Shown::Roles)
    }

    /// Whether something is visible beside the current row.
    pub(crate) fn shows(&self, shown: Shown) -> bool {
        self.visible().has(shown)
    }

    /// Hides as much as the person asks for. The current row stays; a list that would tell what is
    /// hidden becomes the list of all rows in the order of the files.
    pub(crate) fn set_blinding(&mut self, blinding: Blinding) {
        self.blinding = blinding;
        self.apply_blinding();
    }

    /// Hides as much as a round asks for, until this is called again with [`Blinding::Off`].
    pub(crate) fn require_blinding(&mut self, blinding: Blinding) {
        self.required_blinding = blinding;
        self.apply_blinding();
    }

    fn apply_blinding(&mut self) {
        self.held = None;
        self.just_judged = None;
        self.shown_roles.clear();
        if !self.shows(Shown::Offers) {
            self.decline();
        }
        if !self.is_in_round() && self.hides_search(self.navigator.search_text()) {
            self.search_for(String::new());
        }
        if !self.shows(Shown::Order) {
            self.leave_suspicion_order();
        }
        self.version += 1;
        self.show(self.cursor());
    }

    /// Whether a search would tell something that is hidden.
    pub(crate) fn hides_search(&self, text: &str) -> bool {
        let search = Search::parse(text, self.navigator.dataset_names()).unwrap_or_default();
        search.tells().iter().any(|shown| !self.visible_in_list().has(shown))
    }

    /// A row as it is shown: without roles in an order by hash.
    pub(super) fn in_shown_order(&self, row: SampleIndex, sample: Sample) -> Sample {
        if self.visible_at(row).has(Shown::Roles) { sample } else { without_roles(&sample) }
    }

    /// Whether the current row is shown without the roles of its tiles.
    pub(crate) fn hides_roles(&self) -> bool {
        !self.shows(Shown::Roles)
    }

    /// Shows the roles of the current row from now on, if it has a verdict.
    pub(crate) fn show_roles(&mut self) {
        let row = self.cursor();
        if self.hides_roles() && self.judgement().verdict.is_some() {
            self.shown_roles.insert(row);
            self.show(row);
        }
    }

    /// The judgement of the current row as it is shown: without roles, its verdict would tell what
    /// the positive was marked as.
    pub(crate) fn shown_judgement(&self) -> Judgement {
        let judgement = self.judgement();
        match self.hides_roles() {
            true => Judgement { verdict: None, reasons: Default::default(), ..judgement },
            false => judgement,
        }
    }

    /// The slot of the tile with a number that is shown: without roles the first tile has one, too.
    pub(crate) fn slot_of_number(&self, number: usize) -> TileSlot {
        TileSlot::new(if self.hides_roles() { number.saturating_sub(1) } else { number })
    }

    /// The number of tiles that have a number.
    pub(crate) fn numbered_tiles(&self) -> usize {
        let negatives = self.sample.as_ref().map_or(0, |sample| sample.negatives.len());
        if self.hides_roles() && self.sample.is_some() { negatives + 1 } else { negatives }
    }

    /// The name of a tile of the current row.
    pub(crate) fn tile_name(&self, slot: TileSlot) -> String {
        match slot {
            _ if self.hides_roles() => format!("Tile {}", slot.index() + 1),
            TileSlot::POSITIVE => "Positive".to_owned(),
            slot => format!("Negative {slot}"),
        }
    }

    /// The numbers of the tiles that have no mark, in a row without roles.
    pub(crate) fn unmarked_numbers(&self) -> Vec<usize> {
        let Some(sample) = &self.sample else { return Vec::new() };
        let unmarked = unmarked(sample, &self.judgement());
        let numbers = sample.tiles().enumerate().filter(|(_, tile)| unmarked.contains(&tile.path));
        numbers.map(|(at, _)| at + 1).collect()
    }

    /// Marks all tiles without a mark, in a row without roles.
    pub(super) fn mark_unmarked(&mut self, relevance: Option<Relevance>) {
        let Some(sample) = self.sample.clone() else { return };
        let tiles: Vec<TilePath> = match relevance {
            Some(_) => unmarked(&sample, &self.judgement()),
            None => sample.tiles().map(|tile| tile.path.clone()).collect(),
        };
        for tile in tiles {
            self.act(JudgeAction::Relevance(self.cursor(), tile, relevance));
        }
    }

    /// Gives a row without roles the verdict that follows from its tiles, and moves on as
    /// [`Self::judge`] does. `None` if a tile has no mark.
    pub(crate) fn judge_by_tiles(&mut self, tiles: SeenTiles, go_on: bool) -> Option<bool> {
        let row = self.cursor();
        let sample = self.session.sample(row)?;
        let verdict = verdict_from_tiles(&sample, &self.judgement())?;
        // Every tile is marked: accepting confirms none.
        let more = self.judge_as(verdict, JudgeAction::Verdict(row, Some(verdict)), tiles.looks, go_on);
        // The offer of reasons would tell what the verdict is.
        self.just_judged = None;
        Some(more)
    }
}
