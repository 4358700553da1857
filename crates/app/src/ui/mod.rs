//! The panels: one file each. A panel is given what it shows and pushes what the person asked for; it changes nothing
//! but its own look. What is asked for is done in one place, `app`.

pub(crate) mod closing;
pub(crate) mod export_dialog;
pub(crate) mod file_dialog;
pub(crate) mod full_size;
pub(crate) mod go_to;
pub(crate) mod help;
pub(crate) mod judge_bar;
pub(crate) mod menu;
pub(crate) mod messages;
pub(crate) mod placement;
pub(crate) mod query;
pub(crate) mod queue;
pub(crate) mod status;
pub(crate) mod tile;
pub(crate) mod tiles;
pub(crate) mod welcome;

use std::path::PathBuf;

use tilejury_audit::Relevance;
use tilejury_audit::export::ExportOptions;
use tilejury_audit::queue::Filter;

use crate::command::Command;
use crate::opening::Target;

/// Something a person asked a panel for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Act {
    /// A command of the table.
    Do(Command),
    /// Show a sample.
    Show(usize),
    /// List by another filter.
    Filter(Filter),
    /// Search the queries.
    Search(String),
    /// Say what a tile of the sample on show is.
    Mark(usize, Option<Relevance>),
    /// Put the focus on a tile.
    Focus(usize),
    /// Show a tile alone.
    FullSize(usize),
    /// Leave the tile that is shown alone.
    LeaveFullSize,
    /// Look at all tiles closer, or from further off: factor and the spot, in parts of a tile's width and height.
    Zoom(f32, egui::Vec2),
    /// Open a dataset.
    Open(Target),
    /// Store the note.
    SaveNote(String),
    /// Leave the note as it was.
    LeaveNote,
    /// Write an export.
    StartExport(PathBuf, ExportOptions),
    /// Ask where the export should go.
    PickExportFolder,
    /// Stop the export.
    CancelExport,
    /// Close the dialog on top.
    CloseDialog,
    /// Leave although something would be lost.
    LeaveAnyway,
    /// Do not leave.
    Stay,
    /// Put the notice away.
    DismissNotice,
}
