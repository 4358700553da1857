//! The actions that a person can ask a panel for, by scope: panels push them, and
//! `screen/actions.rs` carries them out.

use super::ScenePosition;
use std::collections::BTreeSet;
use std::path::PathBuf;

use egui::Vec2;
use tilejury_audit::export::ExportOptions;
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::search::OccurrenceQuery;
use tilejury_audit::suspicion::Signal;
use tilejury_audit::{KeptJudgement, Reason, Relevance, RowsAction, StepId};
use tilejury_data::{LineNumber, SampleIndex, TilePath};

use crate::asking_plan::PlannedAsking;
use crate::command::{AppCommand, Command, DatasetCommand, Keymap, ReviewCommand, ViewCommand};
use crate::jobs::{JobKind, WholeSetWork};
use crate::key_store::TypedKey;
use crate::list_order::ListOrder;
use crate::opening::OpenTarget;
use crate::reading_task::ReadingScope;
use crate::settings::panels::SidePanel;
use crate::settings::{QueueRows, Settings};

/// A setting that the dialog can be opened at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names suffice")]
pub(crate) enum SettingsPlace {
    Annotator,
    ViewingTime,
    Languages,
    Tesseract,
    Reviewer,
    Memory,
    Threads,
    Keys,
}

/// An action that a panel asks for.
#[derive(Clone, Debug)]
pub(crate) enum UiAction {
    /// Runs a command of the table.
    Run(Command),
    /// Concerns the window.
    App(AppAction),
    /// Needs an open dataset, and may change its review.
    Review(ReviewAction),
    /// Changes the view of the sample.
    View(ViewAction),
    /// Acts on the contact sheet.
    Sheet(SheetAction),
}

/// Actions on the window: dialogs, settings, files, work in the background.
#[derive(Clone, Debug)]
pub(crate) enum AppAction {
    /// Opens a dataset.
    Open(OpenTarget),
    /// Opens the dialog for an address with this text in it.
    EditAddress(String),
    /// Stops opening a dataset.
    CancelOpening,
    /// Begins work on the whole set that was asked about.
    Begin(WholeSetWork),
    /// Writes text that was typed before its field was visible.
    TypeText(String),
    /// Keeps the current search under a name.
    SaveFilter(String),
    /// Deletes the saved search of this name.
    ForgetFilter(String),
    /// Starts work in the background.
    Start(JobKind),
    /// Checks the dataset, with or without decoding every tile.
    Check {
        /// Whether every tile is decoded.
        decode: bool,
    },
    /// Writes an export from as many events as its preview used.
    StartExport(PathBuf, Box<ExportOptions>, AnnotatorScope, usize),
    /// Verifies the export in a folder.
    VerifyExport(PathBuf),
    /// Shows a folder in the file manager.
    ShowFolder(PathBuf),
    /// Asks for the folder of an export.
    PickExportFolder,
    /// Asks for a sidecar to merge.
    PickSidecar,
    /// Asks for the new file of merged sidecars.
    PickMerged,
    /// Merges sidecars into a new file; the dialog shows the result.
    StartMerge(Vec<PathBuf>, PathBuf),
    /// Asks for the folder of an exchange.
    PickExchangeFolder,
    /// Exchanges judgements through a folder from now on: its path or address.
    ExchangeThrough(String),
    /// Exchanges judgements no longer.
    StopExchange,
    /// Asks for the sidecar of the dataset that could not be opened.
    PickSidecarOfFailed {
        /// Whether it is a new file.
        new: bool,
    },
    /// Opens the present dataset again with another sidecar.
    OpenWithSidecar(PathBuf),
    /// Stops the work in the background.
    CancelJob,
    /// Stops the scan of tiles.
    StopPixels,
    /// Reads the text of tiles in the background.
    StartReading(ReadingScope),
    /// Asks a model the planned questions.
    StartAsking(Box<PlannedAsking>),
    /// Uses other settings.
    UseSettings(Box<Settings>),
    /// Uses other keys.
    UseKeys(Keymap),
    /// Lets all judgements count for the weights of signals, as before a reset.
    UseAllJudgements,
    /// Judges this dataset and all others under another name.
    SetAnnotator(String),
    /// Judges this dataset under another name.
    JudgeAs(String),
    /// Keeps the current name for this dataset.
    KeepAnnotator,
    /// Opens the settings at one of them.
    OpenSettings(SettingsPlace),
    /// Keeps the key of an endpoint in the system's keyring; without one, removes it.
    ChangeKey {
        /// The address of the server.
        endpoint: String,
        /// The key.
        key: Option<TypedKey>,
    },
    /// Remembers that an entry of the palette was chosen, by its lasting name.
    Chose(String),
    /// A hint is known, by its lasting name.
    Learned(&'static str),
    /// Ends the tour, and opens what was open before it.
    EndTour,
    /// Shows no more hints.
    NoHints,
    /// Closes the dialog on top.
    CloseDialog,
    /// Saves everything in another file, then leaves.
    SaveAsAndLeave,
    /// Leaves although something would be lost.
    LeaveUnsaved,
    /// Cancels leaving.
    CancelLeaving,
    /// Draws the rows of the audit that the open dialog plans, and begins it.
    BeginAudit,
    /// Lists the audits, with the result of one of them, by its number.
    ShowAudits(Option<usize>),
    /// Opens an export as a dataset, and plans an audit of it.
    /// Closes a notice, by its position.
    DismissNotice(usize),
}

/// Actions that need an open dataset, and may change its review.
#[derive(Clone, Debug)]
pub(crate) enum ReviewAction {
    /// Goes one step back: closes the reasons, else the comparison, tile or page, else declines the
    /// offer.
    StepBack,
    /// Shows a sample.
    Show(SampleIndex),
    /// Ends the editing of the search, and shows the first sample found if the search changed.
    EnterSearch,
    /// Finds the rows whose queries have the words of a text, for the palette.
    FindRows(String),
    /// Shows the sample on a 1-based line of a split.
    ShowRow(String, LineNumber),
    /// Searches for the text of the search field.
    Search(String),
    /// The search field lost the keyboard: text typed later is another edit.
    EndSearchEdit,
    /// Sorts the list.
    Sort(ListOrder),
    /// Draws the rows of the list in another form.
    UseQueueRows(QueueRows),
    /// Selects every row up to this one.
    SelectUpTo(SampleIndex),
    /// Selects one more row, or one less.
    ToggleSelected(SampleIndex),
    /// Selects no row.
    ClearSelection,
    /// Shows the row of a finding of the last check, by its position.
    ShowFinding(usize),
    /// Goes to what a finding about the visible row is about, by its position.
    FollowFinding(usize),
    /// Searches for another text, and writes it into the field.
    UseFilter(String),
    /// Lists the rows of the conflicts among these judgements, and shows the first of them.
    ShowConflicts(AnnotatorScope),
    /// Finds the rows that have a tile or page.
    FindOccurrences(OccurrenceQuery),
    /// Marks a tile in several rows, or removes its marks there, in one step.
    MarkInRows(BTreeSet<SampleIndex>, TilePath, Option<Relevance>),
    /// Marks a visible tile, or removes its mark.
    Mark(ScenePosition, Option<Relevance>),
    /// Adds a tile that the current row does not name, as relevant to its query.
    AddRelevant(TilePath),
    /// Removes an added tile from a sample.
    RemoveRelevant(SampleIndex, TilePath),
    /// Searches the texts of all tiles for these words.
    SearchTiles(String),
    /// Stores the note.
    SaveNote(String),
    /// Adds a tag, or removes it.
    ToggleTag(String),
    /// Closes the note unchanged, or the field of tags.
    CancelEditing,
    /// Judges several rows in one step, marked as bulk.
    JudgeRows(Vec<SampleIndex>, RowsAction),
    /// Stops a judgement of many rows.
    StopJudging,
    /// Marks the listed similar tiles wherever they are negatives of the same query or a near one.
    MarkAlike(Relevance),
    /// Removes a reason of the visible sample.
    RemoveReason(Reason),
    /// Adds a reason to the sample that waits for one, and goes on; `None` goes on without.
    AnswerReason(Option<Reason>),
    /// Closes the reasons.
    DismissReasons,
    /// Redoes undone steps, up to that number of steps.
    RedoTo(usize),
    /// Undoes every step above that number, all at once.
    GoBack(usize),
    /// Restores the branch of the step that was made under this name.
    RestoreSteps(StepId),
    /// Declines the offer to mark other rows.
    Decline,
    /// Goes from the overview to the first row that is probably wrong.
    ShowFirstWrong,
    /// Draws this number of rows with a seed for a second pass, and begins it.
    BeginPass(usize, u32),
    /// Goes on with the last second pass.
    ResumePass,
    /// Shows the rows of an audit, by its number.
    EnterAudit(usize),
    /// Assigns the listed rows to these annotators, a share of them to two.
    AssignListed(Vec<String>, f64),
    /// Withdraws an assignment, by its number.
    Withdraw(usize),
    /// Accepts the set of an audit, by its number, or undoes that.
    AcceptSet(usize),
    /// Shows a row whose two judgements differ, with both of them; `None` shows neither any more.
    ComparePass(Option<SampleIndex>),
    /// Goes to the next row whose two judgements differ.
    NextChanged,
    /// Decides between the two judgements of a row.
    Settle(SampleIndex, KeptJudgement),
}

/// Actions that change only the view of the sample.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ViewAction {
    /// Focuses a tile of the sample, or of the visible page.
    Focus(ScenePosition),
    /// Shows a found tile, by its position in the list.
    FocusFound(usize),
    /// Lists the groups of tiles and queries that are alike, or the tiles like one again.
    ShowGroups(bool),
    /// Shows the tiles of a group, by its position in the list.
    OpenTileGroup(usize),
    /// Shows the found tile a number of steps further in the list; back if negative.
    WalkFound(i64),
    /// Zooms all tiles by a factor, so that a spot of the tile stays in place. The spot is in parts
    /// of its width and height.
    Zoom(ScenePosition, f32, Vec2),
    /// Scrolls a tile, and those that move with it, by parts of its width and height.
    Scroll(ScenePosition, Vec2),
    /// Moves one tile against the others, in parts of its width and height.
    MoveAlone(ScenePosition, Vec2),
    /// Begins to select words of a tile at a spot, in parts of its width and height.
    StartSelection(ScenePosition, Vec2),
    /// Extends the selection to another spot of the same tile.
    ExtendSelection(Vec2),
    /// Ends the dragging of a selection, which stays.
    EndSelection,
    /// Removes the selection.
    ClearSelection,
    /// Opens a side panel.
    OpenPanel(SidePanel),
    /// Closes a side panel.
    ClosePanel(SidePanel),
}

/// Actions on the contact sheet.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SheetAction {
    /// Leaves a pair out of the page's decision, or takes it in again.
    Toggle(usize),
    /// Gives every negative of the page this mark, except those left out.
    Decide(Relevance),
    /// Goes to the next page without a decision.
    Skip,
    /// Shows the pairs of one signal, or of all.
    ChooseSignal(Option<Signal>),
}

impl From<AppAction> for UiAction {
    fn from(action: AppAction) -> Self {
        Self::App(action)
    }
}

impl From<ReviewAction> for UiAction {
    fn from(action: ReviewAction) -> Self {
        Self::Review(action)
    }
}

impl From<ViewAction> for UiAction {
    fn from(action: ViewAction) -> Self {
        Self::View(action)
    }
}

impl From<AppCommand> for UiAction {
    fn from(command: AppCommand) -> Self {
        Self::Run(command.into())
    }
}

impl From<DatasetCommand> for UiAction {
    fn from(command: DatasetCommand) -> Self {
        Self::Run(command.into())
    }
}

impl From<ReviewCommand> for UiAction {
    fn from(command: ReviewCommand) -> Self {
        Self::Run(command.into())
    }
}

impl From<ViewCommand> for UiAction {
    fn from(command: ViewCommand) -> Self {
        Self::Run(command.into())
    }
}
