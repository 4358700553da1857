//! The entries of the menu Go.

use egui::Key;

use super::{alt, app, ctrl, dataset, in_menu, key, review, shift};
use crate::command::{AppCommand, DatasetCommand, Entry, Menu, ReviewCommand};

pub(super) const GO: &[Entry] = &in_menu(
    Menu::Go,
    [
        review(ReviewCommand::Next, "next", "Next row")
            .keys(&[key(Key::J), key(Key::ArrowDown), key(Key::ArrowRight)])
            .repeats()
            .help("Go to the next row of the list and leave this one unchanged."),
        review(ReviewCommand::Previous, "previous", "Previous row")
            .keys(&[key(Key::K), key(Key::ArrowUp), key(Key::ArrowLeft)])
            .repeats()
            .help("Go to the previous row of the list."),
        review(ReviewCommand::NextUnjudged, "next-unjudged", "Next unjudged")
            .keys(&[shift(Key::J)])
            .help("Go to the next row of the list without a verdict."),
        review(ReviewCommand::NextSuspicious, "next-suspicious", "Next suspicious")
            .keys(&[key(Key::S)])
            .help("Go to the next unjudged row of the list that is suspicious."),
        review(ReviewCommand::NextUndecided, "next-undecided", "Next undecided")
            .keys(&[shift(Key::U)])
            .help("Go to the next row of the list that is unsure, or has an unsure tile."),
        review(ReviewCommand::LastJudged, "last-judged", "Back to the last judged")
            .keys(&[shift(Key::K)])
            .help("Go back to the row judged last; press again for the one before it."),
        review(ReviewCommand::Back, "back", "Back to the row before")
            .keys(&[alt(Key::Comma)])
            .repeats()
            .help("Return to the row and the search from before the last jump: after End, Go to, a click in the list or on a bar. A mouse button for going back does the same."),
        review(ReviewCommand::Forward, "forward", "Forward again")
            .keys(&[alt(Key::Period)])
            .repeats()
            .help("Return to the row that Back came from."),
        review(ReviewCommand::SuspiciousFirst, "suspicious-first", "Most suspicious first")
            .keys(&[shift(Key::S)])
            .help("List the rows in suspicion order and go to the first unjudged one; or list them in the order of the files."),
        review(ReviewCommand::NextFinding, "next-finding", "Next check finding")
            .keys(&[key(Key::F8)])
            .repeats()
            .help("Go to the row of the next finding of the last check, and list all findings by kind beside the tiles."),
        review(ReviewCommand::PreviousFinding, "previous-finding", "Previous check finding")
            .keys(&[shift(Key::F8)])
            .repeats()
            .help("Go to the row of the finding before."),
        review(ReviewCommand::FollowFinding, "follow-finding", "What the finding is about")
            .keys(&[ctrl(Key::F8)])
            .help("Go to what a finding about this row is about: the other row, the repeated negative, the finding of the check; press again for the next finding."),
        review(ReviewCommand::ExtendDown, "extend-down", "Select the next row too")
            .keys(&[shift(Key::ArrowDown)])
            .repeats()
            .help("Go to the next row and select it with the ones before; verdicts, reasons, tags and the flag then apply to all selected rows. Esc selects none."),
        review(ReviewCommand::ExtendUp, "extend-up", "Select the previous row too")
            .keys(&[shift(Key::ArrowUp)])
            .repeats()
            .help("Go to the previous row and select it with the ones after."),
        review(ReviewCommand::First, "first", "First row")
            .keys(&[key(Key::Home)])
            .help("Go to the start of the list."),
        review(ReviewCommand::Last, "last", "Last row").keys(&[key(Key::End)]).help("Go to the end of the list."),
        dataset(DatasetCommand::GoTo, "go-to", "Go to…")
            .keys(&[key(Key::G)])
            .help("Go to a position in the list, or to a line of a split: 12, or eval:3."),
        dataset(DatasetCommand::Search, "search", "Search")
            .keys(&[key(Key::Slash), ctrl(Key::F)])
            .help("List the rows that match words and filters such as verdict:reject; in the search of texts, edit its words."),
        dataset(DatasetCommand::ShowAll, "show-all", "Show all rows")
            .keys(&[shift(Key::Backspace)])
            .help("Remove every filter."),
        dataset(DatasetCommand::SaveFilter, "save-filter", "Save the filter…")
            .keys(&[ctrl(Key::B)])
            .help("Save the current search under a name."),
        app(AppCommand::Palette, "palette", "Command palette…")
            .keys(&[ctrl(Key::K)])
            .help("Find a command, a saved filter, a row or a recent dataset by a few letters."),
    ],
);
