//! Going to what a finding about the visible row is about: another row, a tile, the finding of a
//! check. Which findings there are is decided in `crate::review`.

use tilejury_audit::search::OccurrenceQuery;

use super::review_context::ReviewContext;
use crate::review::LeadsTo;
use crate::settings::panels::SidePanel;

impl ReviewContext<'_> {
    /// Goes to what the next finding about the visible row is about.
    pub(super) fn follow_next_finding(&mut self) {
        match self.review().next_row_finding() {
            Some(at) => self.follow_finding(at),
            None => self.notify("No finding is about this row as a whole. The signals of tiles are above them."),
        }
    }

    /// Goes to what a finding about the visible row is about, by its position.
    pub(super) fn follow_finding(&mut self, at: usize) {
        let Some(leads_to) = self.screen.review.row_findings().get(at).map(|found| found.leads_to.clone()) else {
            return;
        };
        match leads_to {
            LeadsTo::Row(row) => self.show_row(row),
            LeadsTo::Tile(slot) => self.focus(slot.into()),
            LeadsTo::RowsWith(tile) => self.find_occurrences(OccurrenceQuery::Tile(tile)),
            LeadsTo::Check(at) => {
                self.open_panel(SidePanel::Check);
                self.show_finding(at);
            }
            LeadsTo::Signals => self.open_panel(SidePanel::Signals),
        }
    }
}
