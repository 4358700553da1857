//! The thing beside a row's query and tiles that a command would show or act upon. While that is
//! hidden, the command says so and does nothing. Whether it is hidden is decided elsewhere, in
//! `crate::review`.

use tilejury_audit::Shown;

use super::{AppCommand, Command, DatasetCommand, ReviewCommand, ViewCommand};

impl Command {
    /// The thing that the command would show or act upon, if it can be hidden.
    pub(crate) fn reveals(self) -> Option<Shown> {
        match self {
            Self::App(AppCommand::Highlights) => Some(Shown::Evidence),
            Self::App(_) => None,
            Self::Dataset(command) => command.reveals(),
            Self::Review(command) => command.reveals(),
            Self::View(command) => command.reveals(),
        }
    }
}

impl DatasetCommand {
    fn reveals(self) -> Option<Shown> {
        Some(match self {
            Self::Check => Shown::Signals,
            Self::Scoreboard | Self::ResetWeights => Shown::Scores,
            Self::Export | Self::Jobs | Self::Overview | Self::Report | Self::AuditReport | Self::Team => Shown::Rate,
            Self::Orphans | Self::Annotator => Shown::Others,
            Self::History | Self::FindTile | Self::FindPage => Shown::Roles,
            _ => return None,
        })
    }
}

impl ReviewCommand {
    fn reveals(self) -> Option<Shown> {
        Some(match self {
            Self::Propagate => Shown::Offers,
            Self::NextFinding | Self::PreviousFinding | Self::FollowFinding => Shown::Signals,
            Self::NextSuspicious | Self::SuspiciousFirst => Shown::Order,
            Self::NextUndecided => Shown::Others,
            Self::TogglePositive | Self::ToggleReason(_) => Shown::Roles,
            _ => return None,
        })
    }
}

impl ViewCommand {
    fn reveals(self) -> Option<Shown> {
        Some(match self {
            Self::Inspector => Shown::Signals,
            Self::ContactSheet | Self::TileSearch | Self::Similar | Self::RowFields => Shown::Scores,
            Self::NextHit | Self::PreviousHit => Shown::Evidence,
            Self::Facets => Shown::Rate,
            Self::Compare | Self::Difference | Self::Page | Self::PositiveAway | Self::SurveyPick(_) => Shown::Roles,
            _ => return None,
        })
    }
}
