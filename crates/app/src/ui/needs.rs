//! The needs of commands that are not met now, in a few words: for the palette and the menus, where
//! the command is greyed out. Whether a command can be run is not decided here (`enabled`).

use super::enabled::Enabled;
use crate::command::{Command, DatasetCommand, ReviewCommand, ViewCommand};

impl Enabled {
    /// Returns what a command that cannot be run now needs; `None` if it can be run.
    pub(crate) fn need(&self, command: Command) -> Option<&'static str> {
        if self.allows(command) {
            return None;
        }
        if let Some(round) = self.round.filter(|round| self.reviewing && !round.allows(command)) {
            return Some(round.refusal());
        }
        Some(match command {
            Command::Dataset(DatasetCommand::RetrySaving) => "everything is saved",
            _ if !self.reviewing => "needs an open dataset",
            Command::Dataset(DatasetCommand::IndexShards) => "needs the background work to end",
            Command::Dataset(DatasetCommand::ExchangeNow) => {
                "needs a folder to exchange through (Exchange judgements…)"
            }
            Command::Dataset(DatasetCommand::MyPart) => "no rows are assigned to you",
            Command::Dataset(DatasetCommand::StopReading) => "no text is being read",
            Command::Dataset(DatasetCommand::AuditExport) => "needs an export with pictures and the format jsonl",
            Command::Dataset(DatasetCommand::AskSample | DatasetCommand::AskListed) if self.asking => {
                "needs the present questions to end"
            }
            Command::Dataset(DatasetCommand::AskSample | DatasetCommand::AskListed) => {
                "nothing is sent without an address and a model in the settings"
            }
            Command::Dataset(DatasetCommand::PauseAsking | DatasetCommand::StopAsking) => "no model is being asked",
            Command::Review(ReviewCommand::Undo) => "nothing to undo",
            Command::Review(ReviewCommand::Redo) => "nothing to redo",
            Command::Review(ReviewCommand::Back) => "no row to go back to",
            Command::Review(ReviewCommand::Forward) => "no row to go forward to",
            Command::Review(ReviewCommand::ToggleNegative(_)) => "the row has fewer negatives",
            Command::Review(ReviewCommand::Propagate) if self.finds_rows => {
                "other rows with this tile are being looked for"
            }
            Command::Review(ReviewCommand::Propagate) => "there is no mark to apply to other rows",
            Command::Review(ReviewCommand::ToggleReason(_)) if self.selected_rows => {
                "none of the selected rows is rejected or unsure"
            }
            Command::Review(ReviewCommand::ToggleReason(_)) => "needs a rejected or unsure row",
            Command::Review(ReviewCommand::Settle(_)) => "needs a changed row of a second pass, not settled yet",
            Command::Review(ReviewCommand::TakeAnswer(_)) => "needs a row that is adjudicated",
            Command::Review(ReviewCommand::AddFoundTile)
            | Command::View(ViewCommand::FoundNext | ViewCommand::FoundPrevious) => {
                "needs the search in the text of tiles"
            }
            Command::View(ViewCommand::LookAt(_)) => "there are fewer tiles to look at",
            Command::View(ViewCommand::SurveyPick(_)) => "the row has fewer negatives",
            Command::View(
                ViewCommand::PaneNext
                | ViewCommand::PanePrevious
                | ViewCommand::ReadOn
                | ViewCommand::ScrollDown
                | ViewCommand::ScrollUp
                | ViewCommand::PositiveDown
                | ViewCommand::PositiveUp,
            ) => "needs the reading view or a single tile",
            Command::View(ViewCommand::CompareNext | ViewCommand::ComparePrevious | ViewCommand::Blink) => {
                "needs a comparison"
            }
            Command::View(ViewCommand::CopyText) => "needs selected words on a tile",
            _ => "not possible now",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::entries;
    use crate::review::RoundKind;

    #[test]
    fn whatever_is_greyed_out_names_its_need() {
        let nothing = Enabled::default();
        let reviewing = Enabled { reviewing: true, ..Enabled::default() };
        let rounds = [RoundKind::SecondPass, RoundKind::Audit, RoundKind::Adjudication];
        let rounds = rounds.map(|round| Enabled { round: Some(round), ..reviewing });
        for entry in entries() {
            for enabled in [&nothing, &reviewing].into_iter().chain(&rounds) {
                assert_eq!(enabled.need(entry.command).is_none(), enabled.allows(entry.command), "{}", entry.name);
                assert_ne!(enabled.need(entry.command), Some("not possible now"), "{}", entry.name);
            }
        }
        let scan = nothing.need(DatasetCommand::ScanTiles.into());
        assert_eq!(scan, Some("needs an open dataset"));
        assert_eq!(reviewing.need(ReviewCommand::Undo.into()), Some("nothing to undo"));
    }
}
