//! The data of the queue: the list, what is known of its rows, and how it is shown. Draws nothing.

use tilejury_audit::AuditSession;
use tilejury_audit::session::SampleStatus;
use tilejury_audit::suspicion::Findings;
use tilejury_data::{Dataset, Sample, SampleIndex, TilePath};

use super::facets::FacetsView;
use super::search::SearchView;
use crate::list_order::ListOrder;
use crate::review::RowSelection;
use crate::settings::QueueRows;
use crate::tile_texts::TileTexts;

/// The row under the pointer, with what is known of its tiles.
#[derive(Clone, Copy)]
pub(crate) struct HoveredRow<'a> {
    pub(crate) index: SampleIndex,
    pub(crate) sample: &'a Sample,
    pub(crate) texts: &'a TileTexts,
}

/// The state that the panel shows.
pub(crate) struct QueueView<'a> {
    pub(crate) search: SearchView<'a>,
    /// The facets below the search, if they are open.
    pub(crate) facets: Option<FacetsView<'a>>,
    pub(crate) dataset: &'a Dataset,
    pub(crate) session: &'a AuditSession,
    pub(crate) findings: Option<&'a Findings>,
    /// Whether nothing tells which tile of a row is the positive.
    pub(crate) hides_roles: bool,
    /// Whether a person has seen a tile of a sample.
    pub(crate) was_seen: &'a dyn Fn(SampleIndex, &TilePath) -> bool,
    /// The listed samples, in order.
    pub(crate) listed: &'a [SampleIndex],
    /// The position of the current sample in the list, or where it would be inserted.
    pub(crate) position: Result<usize, usize>,
    /// The status of every sample, by index.
    pub(crate) statuses: &'a [SampleStatus],
    /// A number that grows whenever the list or the position in it changes.
    pub(crate) moves: u64,
    /// A number that grows whenever anything changes.
    pub(crate) version: u64,
    /// Whether the search is not answered yet.
    pub(crate) is_searching: bool,
    /// The order of the list.
    pub(crate) order: ListOrder,
    /// The order that the list gets once it is sorted.
    pub(crate) awaited_order: Option<ListOrder>,
    /// The position in the list where suspicion ends, in suspicion order.
    pub(crate) suspicion_ends: Option<usize>,
    pub(crate) selected: &'a RowSelection,
    /// The row under the pointer, with its tiles, once it was read.
    pub(crate) hovered: Option<HoveredRow<'a>>,
    /// The form of the rows.
    pub(crate) rows: QueueRows,
    /// Whether a blind second pass runs: its list has one order, and rows are judged one by one.
    pub(crate) blind: bool,
    /// Whether suspicion and verdicts order nothing.
    pub(crate) hides_order: bool,
}
