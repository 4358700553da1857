//! The content of the overview, and the search that a click in it asks for. Draws nothing.

use egui::Ui;
use tilejury_audit::overview::Overview;
use tilejury_audit::search::toggle_terms;

use super::{ReviewAction, UiAction};
use crate::review::AuditEntry;

/// The state that the overview shows.
pub(crate) struct OverviewView<'a> {
    /// The overview; `None` until the first is counted.
    pub(crate) overview: Option<&'a Overview>,
    /// All audits, the oldest first.
    pub(crate) audits: Vec<AuditEntry<'a>>,
    /// Whether it is being counted again.
    pub(crate) is_counting: bool,
    /// Whether signals are still being computed.
    pub(crate) waits_for_signals: bool,
    /// The number of tiles that were read, and of all to read, while they are read.
    pub(crate) reading: Option<(usize, usize)>,
    /// The text that the list follows.
    pub(crate) search: &'a str,
    /// The number of listed rows.
    pub(crate) listed: usize,
    /// Whether keys are commands: Enter then goes to the first row that is probably wrong.
    pub(crate) keys_are_commands: bool,
}

/// Lists the rows of a search. Again: all rows. With Shift, the search is added to the one in
/// effect: another value of the same filter as one more, another filter as one more condition.
pub(super) fn filter(ui: &Ui, view: &OverviewView<'_>, search: &str, actions: &mut Vec<UiAction>) {
    let text = match ui.input(|input| input.modifiers.shift) {
        true => toggle_terms(view.search, search),
        false if view.search == search => String::new(),
        false => search.to_owned(),
    };
    actions.push(ReviewAction::UseFilter(text).into());
}
