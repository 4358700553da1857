//! The side panels as the window remembers them: which are open, in which order, folded or not,
//! and their sizes. Knows nothing about their content.

use serde::{Deserialize, Serialize};
use tilejury_audit::Shown;

/// The limits of the width of the side panels, in points.
pub(crate) const PANEL_WIDTHS: std::ops::RangeInclusive<f32> = 220.0..=620.0;

/// A panel beside the tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SidePanel {
    /// The signals of the row and its tiles.
    Signals,
    /// The other fields of the row.
    Fields,
    /// The text of the focused tile.
    Text,
    /// Other rows with a tile.
    Occurrences,
    /// The note of the row, and all rows with a note.
    Notes,
    /// The steps of judging.
    History,
    /// The findings of the last check.
    Check,
}

impl SidePanel {
    /// All panels, in the order of the menu.
    pub(crate) const ALL: [Self; 7] =
        [Self::Signals, Self::Fields, Self::Text, Self::Occurrences, Self::Notes, Self::History, Self::Check];

    /// The name in the panel's header.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Signals => "Signals",
            Self::Fields => "Row fields",
            Self::Text => "Text of the tile",
            Self::Occurrences => "Other rows",
            Self::Notes => "Notes",
            Self::History => "History",
            Self::Check => "Check findings",
        }
    }

    /// The thing that the panel shows, if it can be hidden.
    pub(crate) fn reveals(self) -> Option<Shown> {
        match self {
            Self::Signals | Self::Check => Some(Shown::Signals),
            Self::Fields => Some(Shown::Scores),
            Self::History | Self::Occurrences => Some(Shown::Roles),
            Self::Notes | Self::Text => None,
        }
    }
}

/// An open panel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OpenPanel {
    pub(crate) panel: SidePanel,
    /// Whether only its header is visible.
    #[serde(default)]
    pub(crate) folded: bool,
    /// Its part of the height, relative to the other panels.
    #[serde(default = "whole")]
    pub(crate) share: f32,
    /// Whether a person unfolded it although it is empty.
    #[serde(skip)]
    pub(crate) unfolded_empty: bool,
}

fn whole() -> f32 {
    1.0
}

/// The open panels, from the top down, and their width.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PanelDock {
    pub(crate) open: Vec<OpenPanel>,
    /// In points.
    pub(crate) width: f32,
}

impl Default for PanelDock {
    fn default() -> Self {
        Self { open: Vec::new(), width: 300.0 }
    }
}

impl PanelDock {
    /// Returns the state with every number within its limits and each panel once, because a file
    /// can hold anything.
    pub(crate) fn in_range(mut self) -> Self {
        let width = if self.width.is_finite() { self.width } else { Self::default().width };
        self.width = width.clamp(*PANEL_WIDTHS.start(), *PANEL_WIDTHS.end());
        let mut seen = Vec::new();
        self.open.retain(|open| {
            let is_new = !seen.contains(&open.panel);
            seen.push(open.panel);
            is_new
        });
        for open in &mut self.open {
            open.share = if open.share.is_finite() { open.share.clamp(0.1, 10.0) } else { 1.0 };
        }
        self
    }

    pub(crate) fn is_open(&self, panel: SidePanel) -> bool {
        self.open.iter().any(|open| open.panel == panel)
    }

    /// Opens a panel below the others, or unfolds it.
    pub(crate) fn show(&mut self, panel: SidePanel) {
        match self.open.iter_mut().find(|open| open.panel == panel) {
            Some(open) => open.folded = false,
            None => self.open.push(OpenPanel { panel, folded: false, share: 1.0, unfolded_empty: false }),
        }
    }

    pub(crate) fn close(&mut self, panel: SidePanel) {
        self.open.retain(|open| open.panel != panel);
    }

    /// Folds a panel or unfolds it. `empty`: it is folded automatically because it has nothing to
    /// show.
    pub(crate) fn toggle_fold(&mut self, panel: SidePanel, empty: bool) {
        if let Some(open) = self.open.iter_mut().find(|open| open.panel == panel) {
            let was_folded = open.is_folded(empty);
            open.folded = !was_folded;
            open.unfolded_empty = was_folded && empty;
        }
    }

    /// Moves a panel one place up.
    pub(crate) fn move_up(&mut self, panel: SidePanel) {
        if let Some(at) = self.open.iter().position(|open| open.panel == panel).filter(|at| *at > 0) {
            self.open.swap(at - 1, at);
        }
    }
}

impl OpenPanel {
    /// Whether only the header is visible: a person folded it, or it has nothing to show.
    pub(crate) fn is_folded(&self, empty: bool) -> bool {
        self.folded || (empty && !self.unfolded_empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_panel_folds_until_a_person_unfolds_it() {
        let mut dock = PanelDock::default();
        dock.show(SidePanel::Signals);
        assert!(dock.open[0].is_folded(true) && !dock.open[0].is_folded(false));
        dock.toggle_fold(SidePanel::Signals, true);
        assert!(!dock.open[0].is_folded(true));
        dock.toggle_fold(SidePanel::Signals, true);
        assert!(dock.open[0].is_folded(true) && dock.open[0].is_folded(false));
    }

    #[test]
    fn a_damaged_dock_is_brought_into_range() {
        let json = r#"{"open": [{"panel": "text", "share": 1e9}, {"panel": "text"}], "width": 9000}"#;
        let dock = serde_json::from_str::<PanelDock>(json).unwrap().in_range();
        assert_eq!((dock.open.len(), dock.open[0].share, dock.width), (1, 10.0, 620.0));
    }
}
