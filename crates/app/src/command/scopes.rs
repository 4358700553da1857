//! The commands by scope: what each needs to run. Names, keys and help are in the table; what a
//! command does is in `screen/commands`, one file a scope.

use tilejury_audit::{KeptJudgement, Reason, Relevance, Verdict};

/// A command of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Works at any time.
    App(AppCommand),
    /// Concerns the open dataset as a whole.
    Dataset(DatasetCommand),
    /// Judges the current sample, or goes to another.
    Review(ReviewCommand),
    /// Changes the view of the open dataset.
    View(ViewCommand),
}

/// The commands that work without a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the table describes each")]
pub enum AppCommand {
    OpenFolder,
    OpenFile,
    OpenAddress,
    OpenDemo,
    Settings,
    Quit,
    Palette,
    Help,
    CheatSheet,
    Tour,
    CopyDiagnosis,
    About,
    FullScreen,
    SwitchTheme,
    AutoAdvance,
    KeepZoom,
    Highlights,
    LoupeScale,
    SessionCounter,
    IncreaseSize,
    DecreaseSize,
    ResetSize,
}

/// The commands that concern the open dataset as a whole: dialogs, searches, work in the
/// background.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the table describes each")]
pub enum DatasetCommand {
    Export,
    Check,
    IndexShards,
    LookForShards,
    RetryTiles,
    KeepOffline,
    ScanTiles,
    ReadSample,
    ReadTiles,
    StopReading,
    AskSample,
    AskListed,
    PauseAsking,
    StopAsking,
    Jobs,
    Messages,
    RetrySaving,
    SaveAs,
    Exchange,
    ExchangeNow,
    Team,
    Assign,
    MyPart,
    MergeSidecars,
    Orphans,
    Annotator,
    CloseDataset,
    History,
    FindTile,
    FindPage,
    GoTo,
    Search,
    ShowAll,
    SaveFilter,
    Scoreboard,
    ResetWeights,
    Overview,
    Report,
    AuditReport,
    SecondPass,
    NewAudit,
    AuditExport,
    Audits,
    Blind,
    BlindRoles,
    Adjudicate,
    AcceptSet,
}

/// The commands that judge the current sample, or go to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the table describes each")]
pub enum ReviewCommand {
    Undo,
    Redo,
    Judge(Verdict),
    ClearVerdict,
    Propagate,
    ToggleReason(Reason),
    Note,
    NoteJudged,
    CopyLastNote,
    Tags,
    LookAgain,
    ToggleNegative(u8),
    TogglePositive,
    ToggleFocused,
    MarkFocused(Option<Relevance>),
    MarkNegatives(Option<Relevance>),
    AddFoundTile,
    FocusNextTile,
    FocusPreviousTile,
    Next,
    Previous,
    NextUnjudged,
    NextSuspicious,
    NextUndecided,
    LastJudged,
    Back,
    Forward,
    SuspiciousFirst,
    ExtendDown,
    ExtendUp,
    NextFinding,
    PreviousFinding,
    FollowFinding,
    First,
    Last,
    Settle(KeptJudgement),
    NextChanged,
    TakeAnswer(u8),
}

/// The commands that change the view of the open dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the table describes each")]
pub enum ViewCommand {
    ReadingView,
    LookAt(u8),
    PaneNext,
    PanePrevious,
    ReadOn,
    ScrollUp,
    ScrollDown,
    PageUp,
    PageDown,
    PositiveUp,
    PositiveDown,
    PositiveAway,
    LockPanes,
    SurveyPick(u8),
    ZoomIn,
    ZoomOut,
    ZoomReset,
    ActualPixels,
    Pan(PanDirection),
    PanAlone(PanDirection),
    Loupe,
    Alone,
    Compare,
    CompareNext,
    ComparePrevious,
    Blink,
    Difference,
    Page,
    NextHit,
    PreviousHit,
    SelectText,
    CopyText,
    CopyTileText,
    TileSearch,
    ContactSheet,
    Similar,
    FoundNext,
    FoundPrevious,
    FewerColumns,
    MoreColumns,
    AutoColumns,
    FitWidth,
    Queue,
    QueueRows,
    Facets,
    Inspector,
    RowFields,
    TileText,
    UnfoldQuery,
}

/// A direction in which a picture moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names suffice")]
pub enum PanDirection {
    Left,
    Right,
    Up,
    Down,
}

impl From<AppCommand> for Command {
    fn from(command: AppCommand) -> Self {
        Self::App(command)
    }
}

impl From<DatasetCommand> for Command {
    fn from(command: DatasetCommand) -> Self {
        Self::Dataset(command)
    }
}

impl From<ReviewCommand> for Command {
    fn from(command: ReviewCommand) -> Self {
        Self::Review(command)
    }
}

impl From<ViewCommand> for Command {
    fn from(command: ViewCommand) -> Self {
        Self::View(command)
    }
}

impl Command {
    /// Whether the command opens a text field or a dialog that the keys after it are meant for.
    pub fn takes_keyboard(self) -> bool {
        match self {
            Self::App(command) => command.takes_keyboard(),
            Self::Dataset(command) => command.takes_keyboard(),
            Self::Review(command) => command.takes_keyboard(),
            Self::View(_) => false,
        }
    }
}

impl Command {
    /// Whether the command belongs to an adjudication: it takes an answer.
    pub(crate) fn adjudicates(self) -> bool {
        matches!(self, Self::Review(ReviewCommand::TakeAnswer(_)))
    }

    /// Whether the command can be run while the rows of a second pass or an audit are shown: it
    /// shows no earlier judgement of a drawn row, and it judges no other row.
    pub fn is_blind(self) -> bool {
        !matches!(
            self,
            Self::Dataset(
                DatasetCommand::Export
                    | DatasetCommand::Scoreboard
                    | DatasetCommand::ResetWeights
                    | DatasetCommand::Overview
                    | DatasetCommand::Report
                    | DatasetCommand::AuditReport
                    | DatasetCommand::MergeSidecars
                    | DatasetCommand::Team
                    | DatasetCommand::Assign
                    | DatasetCommand::MyPart
                    | DatasetCommand::Messages
                    | DatasetCommand::Jobs
                    | DatasetCommand::SecondPass
                    | DatasetCommand::NewAudit
                    | DatasetCommand::AuditExport
                    | DatasetCommand::Audits
                    | DatasetCommand::Adjudicate
                    | DatasetCommand::AcceptSet
            ) | Self::Review(
                ReviewCommand::Propagate
                    | ReviewCommand::NextSuspicious
                    | ReviewCommand::SuspiciousFirst
                    | ReviewCommand::ExtendDown
                    | ReviewCommand::ExtendUp
                    | ReviewCommand::NextFinding
                    | ReviewCommand::PreviousFinding
                    | ReviewCommand::FollowFinding
                    | ReviewCommand::Settle(_)
                    | ReviewCommand::TakeAnswer(_)
                    | ReviewCommand::NextChanged
            ) | Self::View(ViewCommand::ContactSheet | ViewCommand::Facets)
        )
    }
}

impl AppCommand {
    fn takes_keyboard(self) -> bool {
        matches!(
            self,
            Self::OpenFolder
                | Self::OpenFile
                | Self::OpenAddress
                | Self::Settings
                | Self::Palette
                | Self::Help
                | Self::CheatSheet
                | Self::About
        )
    }
}

impl DatasetCommand {
    fn takes_keyboard(self) -> bool {
        match self {
            Self::Export
            | Self::Check
            | Self::Jobs
            | Self::Messages
            | Self::SaveAs
            | Self::Exchange
            | Self::Team
            | Self::Assign
            | Self::MergeSidecars
            | Self::Report
            | Self::AuditReport
            | Self::Orphans
            | Self::Annotator
            | Self::GoTo
            | Self::Search
            | Self::SaveFilter
            | Self::ReadTiles
            | Self::KeepOffline
            | Self::AskListed
            | Self::Scoreboard
            | Self::SecondPass
            | Self::NewAudit
            | Self::AuditExport
            | Self::Audits
            | Self::AcceptSet => true,
            Self::History
            | Self::FindTile
            | Self::FindPage
            | Self::IndexShards
            | Self::LookForShards
            | Self::RetryTiles
            | Self::ScanTiles
            | Self::ReadSample
            | Self::StopReading
            | Self::AskSample
            | Self::PauseAsking
            | Self::StopAsking
            | Self::ExchangeNow
            | Self::MyPart
            | Self::RetrySaving
            | Self::CloseDataset
            | Self::ShowAll
            | Self::Overview
            | Self::Blind
            | Self::BlindRoles
            | Self::Adjudicate
            | Self::ResetWeights => false,
        }
    }
}

impl ReviewCommand {
    fn takes_keyboard(self) -> bool {
        matches!(self, Self::Note | Self::NoteJudged | Self::Tags)
    }

    /// Whether the command judges the visible row, which a person must have seen before.
    pub fn judges(self) -> bool {
        matches!(
            self,
            Self::Judge(_)
                | Self::ClearVerdict
                | Self::ToggleNegative(_)
                | Self::TogglePositive
                | Self::ToggleFocused
                | Self::MarkFocused(_)
                | Self::MarkNegatives(_)
                | Self::AddFoundTile
                | Self::TakeAnswer(_)
        )
    }
}
