//! The commands that can be run now, and the switches that are on. The matches are total, so that
//! the compiler asks about each new command.

use crate::command::{AppCommand, Command, DatasetCommand, ReviewCommand, ViewCommand};
use crate::review::RoundKind;

/// The commands that are available now, and the switches that are on.
#[derive(Clone, Copy, Default)]
pub(crate) struct Enabled {
    pub(crate) reviewing: bool,
    /// A comparison is open.
    pub(crate) comparing: bool,
    /// Tiles are in panes: the reading view, or a tile alone.
    pub(crate) panes: bool,
    /// A list of tiles is open: those that a search in texts found, or those like one.
    pub(crate) searching_tiles: bool,
    /// A copy of the dataset with rows and pictures that can be opened was exported.
    pub(crate) exported: bool,
    /// No background job is running.
    pub(crate) idle: bool,
    pub(crate) on: Switches,
    pub(crate) undo: bool,
    pub(crate) redo: bool,
    /// There is a place to go back to, or forward to.
    pub(crate) back: bool,
    pub(crate) forward: bool,
    pub(crate) negatives: usize,
    /// The number of tiles that a digit chooses in the present view.
    pub(crate) numbered: usize,
    pub(crate) reasons: bool,
    /// Rows are selected.
    pub(crate) selected_rows: bool,
    /// A mark can be propagated to other rows.
    pub(crate) offer: bool,
    /// Other rows with the marked tile are being looked for.
    pub(crate) finds_rows: bool,
    pub(crate) failed: bool,
    /// Words of a tile are selected.
    pub(crate) selection: bool,
    /// The text of tiles is being read, or reading is paused.
    pub(crate) reading: bool,
    /// The settings name a model and its address.
    pub(crate) reviewer: bool,
    /// A model is being asked, or asking is paused.
    pub(crate) asking: bool,
    /// Judgements are exchanged through a folder.
    pub(crate) exchanges: bool,
    /// Whether rows are assigned to the annotator.
    pub(crate) has_part: bool,
    /// The round that runs, if one does.
    pub(crate) round: Option<RoundKind>,
    /// The number of answers to the row, if it is adjudicated.
    pub(crate) answers: usize,
    /// The row is shown with the two judgements of a second pass, and nothing is decided yet.
    pub(crate) settles: bool,
}

/// The switches that are on.
#[derive(Clone, Copy, Default)]
pub(crate) struct Switches {
    pub(crate) auto_advance: bool,
    pub(crate) keep_zoom: bool,
    pub(crate) session_counter: bool,
    pub(crate) suspicious_first: bool,
    pub(crate) queue: bool,
    /// The panels that are open.
    pub(crate) panels: OpenPanels,
    pub(crate) unfolded_query: bool,
    pub(crate) facets: bool,
    pub(crate) overview: bool,
    /// The window is blind.
    pub(crate) blind: bool,
    /// The roles of tiles are hidden.
    pub(crate) blind_roles: bool,
    pub(crate) auto_columns: bool,
    pub(crate) fit_width: bool,
    pub(crate) pixels: bool,
    /// Text is being read in the background, and not paused.
    pub(crate) reading: bool,
    /// Asking a model is paused.
    pub(crate) asking_paused: bool,
    pub(crate) blink: bool,
    pub(crate) reading_view: bool,
    pub(crate) locked_panes: bool,
    pub(crate) positive_away: bool,
    pub(crate) loupe: bool,
    pub(crate) highlights: bool,
    pub(crate) select_text: bool,
}

/// The side panels that are open.
#[derive(Clone, Copy, Default)]
pub(crate) struct OpenPanels {
    pub(crate) signals: bool,
    pub(crate) fields: bool,
    pub(crate) text: bool,
    pub(crate) history: bool,
}

impl Enabled {
    /// Whether a switch is on; `None` if the command is not a switch.
    pub(super) fn is_on(&self, command: Command) -> Option<bool> {
        match command {
            Command::App(command) => self.is_on_app(command),
            Command::Dataset(command) => self.is_on_dataset(command),
            Command::Review(command) => self.is_on_review(command),
            Command::View(command) => self.is_on_view(command),
        }
    }

    fn is_on_app(&self, command: AppCommand) -> Option<bool> {
        match command {
            AppCommand::AutoAdvance => Some(self.on.auto_advance),
            AppCommand::KeepZoom => Some(self.on.keep_zoom),
            AppCommand::Highlights => Some(self.on.highlights),
            AppCommand::SessionCounter => Some(self.on.session_counter),
            AppCommand::OpenFolder
            | AppCommand::OpenFile
            | AppCommand::OpenAddress
            | AppCommand::OpenDemo
            | AppCommand::Settings
            | AppCommand::Quit
            | AppCommand::Palette
            | AppCommand::Help
            | AppCommand::CheatSheet
            | AppCommand::Tour
            | AppCommand::CopyDiagnosis
            | AppCommand::About
            | AppCommand::FullScreen
            | AppCommand::SwitchTheme
            | AppCommand::LoupeScale
            | AppCommand::IncreaseSize
            | AppCommand::DecreaseSize
            | AppCommand::ResetSize => None,
        }
    }

    fn is_on_dataset(&self, command: DatasetCommand) -> Option<bool> {
        match command {
            DatasetCommand::ScanTiles => Some(self.on.pixels),
            DatasetCommand::ReadTiles => Some(self.on.reading),
            DatasetCommand::PauseAsking => Some(self.on.asking_paused),
            DatasetCommand::History => Some(self.on.panels.history),
            DatasetCommand::Overview => Some(self.on.overview),
            DatasetCommand::SecondPass => Some(self.round == Some(RoundKind::SecondPass)),
            DatasetCommand::Audits => Some(self.round == Some(RoundKind::Audit)),
            DatasetCommand::Adjudicate => Some(self.round == Some(RoundKind::Adjudication)),
            DatasetCommand::Blind => Some(self.on.blind),
            DatasetCommand::BlindRoles => Some(self.on.blind_roles),
            DatasetCommand::Export
            | DatasetCommand::Check
            | DatasetCommand::IndexShards
            | DatasetCommand::LookForShards
            | DatasetCommand::RetryTiles
            | DatasetCommand::KeepOffline
            | DatasetCommand::ReadSample
            | DatasetCommand::StopReading
            | DatasetCommand::AskSample
            | DatasetCommand::AskListed
            | DatasetCommand::StopAsking
            | DatasetCommand::Jobs
            | DatasetCommand::Messages
            | DatasetCommand::RetrySaving
            | DatasetCommand::SaveAs
            | DatasetCommand::Exchange
            | DatasetCommand::ExchangeNow
            | DatasetCommand::Team
            | DatasetCommand::Assign
            | DatasetCommand::MyPart
            | DatasetCommand::MergeSidecars
            | DatasetCommand::Report
            | DatasetCommand::NewAudit
            | DatasetCommand::AuditExport
            | DatasetCommand::AcceptSet
            | DatasetCommand::AuditReport
            | DatasetCommand::Orphans
            | DatasetCommand::Annotator
            | DatasetCommand::CloseDataset
            | DatasetCommand::FindTile
            | DatasetCommand::FindPage
            | DatasetCommand::GoTo
            | DatasetCommand::Search
            | DatasetCommand::ShowAll
            | DatasetCommand::SaveFilter
            | DatasetCommand::Scoreboard
            | DatasetCommand::ResetWeights => None,
        }
    }

    fn is_on_review(&self, command: ReviewCommand) -> Option<bool> {
        match command {
            ReviewCommand::SuspiciousFirst => Some(self.on.suspicious_first),
            ReviewCommand::Undo
            | ReviewCommand::Redo
            | ReviewCommand::Judge(_)
            | ReviewCommand::ClearVerdict
            | ReviewCommand::Propagate
            | ReviewCommand::ToggleReason(_)
            | ReviewCommand::Note
            | ReviewCommand::NoteJudged
            | ReviewCommand::CopyLastNote
            | ReviewCommand::Tags
            | ReviewCommand::LookAgain
            | ReviewCommand::ToggleNegative(_)
            | ReviewCommand::TogglePositive
            | ReviewCommand::ToggleFocused
            | ReviewCommand::MarkFocused(_)
            | ReviewCommand::MarkNegatives(_)
            | ReviewCommand::AddFoundTile
            | ReviewCommand::FocusNextTile
            | ReviewCommand::FocusPreviousTile
            | ReviewCommand::Next
            | ReviewCommand::Previous
            | ReviewCommand::NextUnjudged
            | ReviewCommand::NextSuspicious
            | ReviewCommand::NextUndecided
            | ReviewCommand::LastJudged
            | ReviewCommand::Back
            | ReviewCommand::Forward
            | ReviewCommand::ExtendDown
            | ReviewCommand::ExtendUp
            | ReviewCommand::NextFinding
            | ReviewCommand::PreviousFinding
            | ReviewCommand::FollowFinding
            | ReviewCommand::First
            | ReviewCommand::Last
            | ReviewCommand::Settle(_)
            | ReviewCommand::TakeAnswer(_)
            | ReviewCommand::NextChanged => None,
        }
    }

    fn is_on_view(&self, command: ViewCommand) -> Option<bool> {
        match command {
            ViewCommand::Queue => Some(self.on.queue),
            ViewCommand::Inspector => Some(self.on.panels.signals),
            ViewCommand::RowFields => Some(self.on.panels.fields),
            ViewCommand::TileText => Some(self.on.panels.text),
            ViewCommand::UnfoldQuery => Some(self.on.unfolded_query),
            ViewCommand::Facets => Some(self.on.facets),
            ViewCommand::AutoColumns => Some(self.on.auto_columns),
            ViewCommand::FitWidth => Some(self.on.fit_width),
            ViewCommand::Blink => Some(self.on.blink),
            ViewCommand::ReadingView => Some(self.on.reading_view),
            ViewCommand::LockPanes => Some(self.on.locked_panes),
            ViewCommand::PositiveAway => Some(self.on.positive_away),
            ViewCommand::Loupe => Some(self.on.loupe),
            ViewCommand::SelectText => Some(self.on.select_text),
            ViewCommand::ZoomIn
            | ViewCommand::ZoomOut
            | ViewCommand::ZoomReset
            | ViewCommand::ActualPixels
            | ViewCommand::Pan(_)
            | ViewCommand::PanAlone(_)
            | ViewCommand::Alone
            | ViewCommand::Compare
            | ViewCommand::CompareNext
            | ViewCommand::ComparePrevious
            | ViewCommand::LookAt(_)
            | ViewCommand::PaneNext
            | ViewCommand::PanePrevious
            | ViewCommand::ReadOn
            | ViewCommand::ScrollUp
            | ViewCommand::ScrollDown
            | ViewCommand::PageUp
            | ViewCommand::PageDown
            | ViewCommand::PositiveUp
            | ViewCommand::PositiveDown
            | ViewCommand::SurveyPick(_)
            | ViewCommand::Difference
            | ViewCommand::Page
            | ViewCommand::NextHit
            | ViewCommand::PreviousHit
            | ViewCommand::CopyText
            | ViewCommand::CopyTileText
            | ViewCommand::TileSearch
            | ViewCommand::ContactSheet
            | ViewCommand::Similar
            | ViewCommand::FoundNext
            | ViewCommand::FoundPrevious
            | ViewCommand::FewerColumns
            | ViewCommand::MoreColumns
            | ViewCommand::QueueRows => None,
        }
    }

    /// Whether a command can be run now.
    pub(crate) fn allows(&self, command: Command) -> bool {
        if self.round.is_some_and(|round| !round.allows(command)) {
            return false;
        }
        match command {
            Command::App(_) => true,
            Command::Dataset(command) => self.allows_dataset(command),
            Command::Review(command) => self.reviewing && self.allows_review(command),
            Command::View(command) => self.reviewing && self.allows_view(command),
        }
    }

    fn allows_dataset(&self, command: DatasetCommand) -> bool {
        match command {
            DatasetCommand::IndexShards => self.reviewing && self.idle,
            DatasetCommand::RetrySaving => self.failed,
            DatasetCommand::AuditExport => self.reviewing && self.exported,
            DatasetCommand::ExchangeNow => self.reviewing && self.exchanges,
            DatasetCommand::MyPart => self.reviewing && self.has_part,
            DatasetCommand::StopReading => self.reviewing && self.reading,
            DatasetCommand::AskSample | DatasetCommand::AskListed => self.reviewing && self.reviewer && !self.asking,
            DatasetCommand::PauseAsking | DatasetCommand::StopAsking => self.reviewing && self.asking,
            DatasetCommand::Export
            | DatasetCommand::Check
            | DatasetCommand::LookForShards
            | DatasetCommand::RetryTiles
            | DatasetCommand::KeepOffline
            | DatasetCommand::ScanTiles
            | DatasetCommand::ReadSample
            | DatasetCommand::ReadTiles
            | DatasetCommand::Jobs
            | DatasetCommand::Messages
            | DatasetCommand::SaveAs
            | DatasetCommand::Exchange
            | DatasetCommand::Team
            | DatasetCommand::Assign
            | DatasetCommand::MergeSidecars
            | DatasetCommand::Report
            | DatasetCommand::AuditReport
            | DatasetCommand::SecondPass
            | DatasetCommand::NewAudit
            | DatasetCommand::Audits
            | DatasetCommand::AcceptSet
            | DatasetCommand::Blind
            | DatasetCommand::BlindRoles
            | DatasetCommand::Adjudicate
            | DatasetCommand::Orphans
            | DatasetCommand::Annotator
            | DatasetCommand::CloseDataset
            | DatasetCommand::History
            | DatasetCommand::FindTile
            | DatasetCommand::FindPage
            | DatasetCommand::GoTo
            | DatasetCommand::Search
            | DatasetCommand::ShowAll
            | DatasetCommand::SaveFilter
            | DatasetCommand::Scoreboard
            | DatasetCommand::Overview
            | DatasetCommand::ResetWeights => self.reviewing,
        }
    }

    fn allows_review(&self, command: ReviewCommand) -> bool {
        match command {
            ReviewCommand::Undo => self.undo,
            ReviewCommand::Redo => self.redo,
            ReviewCommand::Back => self.back,
            ReviewCommand::Forward => self.forward,
            ReviewCommand::ToggleNegative(number) => usize::from(number) <= self.negatives,
            ReviewCommand::Propagate => self.offer,
            ReviewCommand::ToggleReason(_) => self.reasons,
            ReviewCommand::AddFoundTile => self.searching_tiles,
            ReviewCommand::Settle(_) => self.settles,
            ReviewCommand::TakeAnswer(column) => usize::from(column) < self.answers,
            ReviewCommand::Judge(_)
            | ReviewCommand::ClearVerdict
            | ReviewCommand::Note
            | ReviewCommand::NoteJudged
            | ReviewCommand::CopyLastNote
            | ReviewCommand::Tags
            | ReviewCommand::LookAgain
            | ReviewCommand::TogglePositive
            | ReviewCommand::ToggleFocused
            | ReviewCommand::MarkFocused(_)
            | ReviewCommand::MarkNegatives(_)
            | ReviewCommand::FocusNextTile
            | ReviewCommand::FocusPreviousTile
            | ReviewCommand::Next
            | ReviewCommand::Previous
            | ReviewCommand::NextUnjudged
            | ReviewCommand::NextSuspicious
            | ReviewCommand::NextUndecided
            | ReviewCommand::LastJudged
            | ReviewCommand::SuspiciousFirst
            | ReviewCommand::ExtendDown
            | ReviewCommand::ExtendUp
            | ReviewCommand::NextFinding
            | ReviewCommand::PreviousFinding
            | ReviewCommand::FollowFinding
            | ReviewCommand::First
            | ReviewCommand::Last
            | ReviewCommand::NextChanged => true,
        }
    }

    fn allows_view(&self, command: ViewCommand) -> bool {
        match command {
            ViewCommand::LookAt(number) => usize::from(number) <= self.numbered,
            ViewCommand::SurveyPick(number) => usize::from(number) <= self.negatives,
            ViewCommand::PaneNext
            | ViewCommand::PanePrevious
            | ViewCommand::ReadOn
            | ViewCommand::ScrollUp
            | ViewCommand::ScrollDown
            | ViewCommand::PositiveUp
            | ViewCommand::PositiveDown => self.panes,
            ViewCommand::CompareNext | ViewCommand::ComparePrevious | ViewCommand::Blink => self.comparing,
            ViewCommand::CopyText => self.selection,
            ViewCommand::FoundNext | ViewCommand::FoundPrevious => self.searching_tiles,
            ViewCommand::ZoomIn
            | ViewCommand::ZoomOut
            | ViewCommand::ZoomReset
            | ViewCommand::ActualPixels
            | ViewCommand::Pan(_)
            | ViewCommand::PanAlone(_)
            | ViewCommand::Loupe
            | ViewCommand::Alone
            | ViewCommand::Compare
            | ViewCommand::Difference
            | ViewCommand::ReadingView
            | ViewCommand::PageUp
            | ViewCommand::PageDown
            | ViewCommand::PositiveAway
            | ViewCommand::LockPanes
            | ViewCommand::Page
            | ViewCommand::NextHit
            | ViewCommand::PreviousHit
            | ViewCommand::SelectText
            | ViewCommand::CopyTileText
            | ViewCommand::TileSearch
            | ViewCommand::ContactSheet
            | ViewCommand::Similar
            | ViewCommand::FewerColumns
            | ViewCommand::MoreColumns
            | ViewCommand::AutoColumns
            | ViewCommand::FitWidth
            | ViewCommand::Queue
            | ViewCommand::QueueRows
            | ViewCommand::Facets
            | ViewCommand::Inspector
            | ViewCommand::RowFields
            | ViewCommand::TileText
            | ViewCommand::UnfoldQuery => true,
        }
    }
}
