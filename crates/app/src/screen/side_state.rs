//! The state of the queue and of the side panels in one run of the program. None of it is
//! remembered. Draws nothing.

use super::arrangement::{Arrangement, SidePlace};
use crate::settings::panels::SidePanel;
use crate::ui::history::HistoryPanel;
use crate::ui::notes::NotesPanel;
use crate::ui::occurrences::OccurrencesPanel;
use crate::ui::row_fields::RowFieldsPanel;
use crate::ui::tile_text::TileTextPanel;

/// The part that lies over the tiles, in a window without room for it beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    Queue,
    Panels,
}

/// The state of the queue and of the panels in one run of the program.
#[derive(Default)]
pub(super) struct Sides {
    /// The part that was asked for and lies over the tiles.
    pub(super) over: Option<Over>,
    /// Whether the search field waits for the keyboard: while the queue over the tiles is laid out
    /// for the first time, it cannot take it.
    pub(super) wants_search: bool,
    /// The panel that has the arrows and Enter.
    pub(super) keys: Option<SidePanel>,
    /// Whether the queue is folded to a rail because the window is narrow.
    pub(super) queue_is_rail: bool,
    /// Whether the panels have no room beside the tiles.
    pub(super) panels_are_rail: bool,
    pub(super) states: PanelStates,
}

/// The state of the panels.
#[derive(Default)]
pub(super) struct PanelStates {
    pub(super) history: HistoryPanel,
    pub(super) occurrences: Option<OccurrencesPanel>,
    pub(super) fields: Option<RowFieldsPanel>,
    pub(super) text: TileTextPanel,
    pub(super) notes: NotesPanel,
}

impl Sides {
    /// Takes the places of this frame: what has room again lies no longer over the tiles.
    pub(super) fn take_places(&mut self, places: Arrangement, all_folded: bool) {
        self.queue_is_rail = places.queue == SidePlace::Rail;
        self.panels_are_rail = places.panels == SidePlace::Rail && !all_folded;
        match self.over {
            Some(Over::Queue) if !self.queue_is_rail => self.over = None,
            Some(Over::Panels) if !self.panels_are_rail => self.over = None,
            _ => {}
        }
    }
}
