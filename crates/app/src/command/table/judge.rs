//! The entries of the menus Judge and Tiles.

use egui::Key;
use tilejury_audit::{KeptJudgement, Reason, Relevance, Verdict};

use super::{alt, app, ctrl, ctrl_shift, dataset, in_menu, in_submenu, key, review, shift};
use crate::command::{AppCommand, DatasetCommand, Entry, Menu, ReviewCommand};

const TAKE_ANSWER: &str =
    "In an adjudication: take this answer as your word, and go on; any other verdict is your own.";

/// The submenu of audits.
const AUDITS: &str = "Audits";

const TOGGLE_NEGATIVE: &str = "Mark this negative as relevant (a false negative), or as not relevant.";

/// Judging that others judge, too; in the menu Edit, where there is room.
pub(super) const ANNOTATORS: &[Entry] = &in_submenu(
    Menu::Edit,
    "Several annotators",
    [
        dataset(DatasetCommand::Blind, "blind", "Judge blind")
            .keys(&[ctrl_shift(Key::G)])
            .help("Hide what programs and other people say about rows: signals, scores, order, model reviews, evidence, offers and rates. Each verdict keeps what was hidden."),
        dataset(DatasetCommand::BlindRoles, "blind-roles", "Judge blind, without roles")
            .keys(&[ctrl_shift(Key::H)])
            .help("Also hide which tile is the positive: mark each tile, and accept takes the verdict that follows from them."),
        dataset(DatasetCommand::Adjudicate, "adjudicate", "Adjudicate")
            .keys(&[ctrl_shift(Key::J)])
            .help("Show the rows of an audit on which its annotators differ, with all answers side by side and without names; press again, or Esc, to end."),
        review(ReviewCommand::TakeAnswer(0), "take-answer-a", "Take answer A")
            .keys(&[ctrl_shift(Key::V)])
            .help(TAKE_ANSWER),
        review(ReviewCommand::TakeAnswer(1), "take-answer-b", "Take answer B")
            .keys(&[ctrl_shift(Key::B)])
            .help(TAKE_ANSWER),
        review(ReviewCommand::TakeAnswer(2), "take-answer-c", "Take answer C")
            .keys(&[ctrl_shift(Key::N)])
            .help(TAKE_ANSWER),
    ],
);

pub(super) const JUDGE: &[Entry] = &in_menu(
    Menu::Judge,
    [
        review(ReviewCommand::Judge(Verdict::Accept), "accept", "Accept")
            .keys(&[key(Key::A)])
            .help("Accept the row, confirm every visible tile, and go to the next unjudged row."),
        review(ReviewCommand::Judge(Verdict::Reject), "reject", "Reject")
            .keys(&[key(Key::R)])
            .help("Reject the row and go on."),
        review(ReviewCommand::Judge(Verdict::Unsure), "unsure", "Unsure")
            .keys(&[key(Key::U)])
            .help("Leave the row undecided and go on."),
        review(ReviewCommand::ClearVerdict, "clear-verdict", "Clear verdict")
            .keys(&[shift(Key::C)])
            .help("Remove the verdict; the marks of tiles stay."),
        review(ReviewCommand::Propagate, "propagate", "Apply to other rows")
            .keys(&[key(Key::E)])
            .help("Apply the last mark to other rows that have the same tile, if they are offered."),
        app(AppCommand::AutoAdvance, "auto-advance", "Auto-advance")
            .keys(&[ctrl_shift(Key::A)])
            .help("Go to the next unjudged row after a verdict, or stay on the row."),
        review(ReviewCommand::Note, "note", "Write a note…")
            .keys(&[key(Key::N)])
            .help("Write a note on the row; Enter saves it, Esc cancels."),
        review(ReviewCommand::NoteJudged, "note-judged", "Note on last judged row…")
            .keys(&[alt(Key::N)])
            .help("Write a note on the row that got a verdict last, whichever row is visible."),
        review(ReviewCommand::CopyLastNote, "copy-note", "Copy last note")
            .keys(&[shift(Key::N)])
            .help("Copy the note that was written last on another row."),
        review(ReviewCommand::Tags, "tags", "Tags…")
            .keys(&[key(Key::H)])
            .help("Add and remove tags, with completion; Enter adds or removes one, Esc closes the field."),
        review(ReviewCommand::LookAgain, "look-again", "Flag to look again")
            .keys(&[shift(Key::F)])
            .help("Flag the row as a reminder to see it again, or remove the flag."),
        dataset(DatasetCommand::SecondPass, "second-pass", "Second pass…")
            .keys(&[key(Key::F10)])
            .help("Judge a random sample of your judged rows again without the earlier judgement, or end such a pass."),
        dataset(DatasetCommand::NewAudit, "new-audit", "New audit…")
            .keys(&[ctrl(Key::U)])
            .under(AUDITS)
            .help("Draw rows at random to measure how many are wrong: plan it, choose how many, and begin."),
        dataset(DatasetCommand::AuditExport, "audit-export", "Audit what is left…")
            .keys(&[ctrl_shift(Key::T)])
            .under(AUDITS)
            .help("Open the copy that you exported last, also from the result of the export, and plan an audit of the false negatives that are left in it."),
        dataset(DatasetCommand::Audits, "audits", "Audits…")
            .keys(&[ctrl_shift(Key::U)])
            .under(AUDITS)
            .help("List all audits with their rates, go on with one, or leave the one whose rows are shown."),
        dataset(DatasetCommand::AcceptSet, "accept-set", "Accept the set of the audit…")
            .keys(&[ctrl_shift(Key::Y)])
            .help("Show what an audit says about the set that it was drawn from; press again to accept all of its rows, or to mark all of its tiles, as a machine, in one step, or to undo that."),
        review(ReviewCommand::NextChanged, "next-changed", "Next changed row")
            .keys(&[shift(Key::F10)])
            .help("After a second pass: show the next row whose two judgements differ, with both of them."),
        review(ReviewCommand::Settle(KeptJudgement::First), "keep-first", "Keep the first")
            .keys(&[alt(Key::ArrowLeft)])
            .help("In such a row: keep the first judgement."),
        review(ReviewCommand::Settle(KeptJudgement::Second), "take-second", "Take the second")
            .keys(&[alt(Key::ArrowRight)])
            .help("In such a row: take the judgement of the second pass, which counts from then on."),
        review(ReviewCommand::ToggleReason(Reason::WrongPositive), "reason-wrong-positive", "Reason: wrong positive")
            .keys(&[shift(Key::W)])
            .help("The positive does not answer the query. Reasons apply to the row just rejected or left unsure."),
        review(ReviewCommand::ToggleReason(Reason::BadQuery), "reason-bad-query", "Reason: bad query")
            .keys(&[shift(Key::Q)])
            .help("The query makes no sense."),
        review(ReviewCommand::ToggleReason(Reason::Unanswerable), "reason-unanswerable", "Reason: unanswerable")
            .keys(&[shift(Key::A)])
            .help("No tile could answer the query."),
        review(ReviewCommand::ToggleReason(Reason::Duplicate), "reason-duplicate", "Reason: duplicate")
            .keys(&[shift(Key::D)])
            .help("The dataset has this row elsewhere."),
        review(ReviewCommand::ToggleReason(Reason::Unreadable), "reason-unreadable", "Reason: unreadable")
            .keys(&[shift(Key::X)])
            .help("The positive cannot be read."),
        review(ReviewCommand::ToggleReason(Reason::Other), "reason-other", "Reason: other")
            .keys(&[shift(Key::O)])
            .help("Something else; opens that row's note to describe it."),
    ],
);

/// Digits mark the visible negatives.
pub(super) const NEGATIVES: &[Entry] = &in_menu(
    Menu::Tiles,
    [
        review(ReviewCommand::ToggleNegative(1), "negative-1", "Toggle negative 1")
            .keys(&[key(Key::Num1)])
            .help(TOGGLE_NEGATIVE),
        review(ReviewCommand::ToggleNegative(2), "negative-2", "Toggle negative 2")
            .keys(&[key(Key::Num2)])
            .help(TOGGLE_NEGATIVE),
        review(ReviewCommand::ToggleNegative(3), "negative-3", "Toggle negative 3")
            .keys(&[key(Key::Num3)])
            .help(TOGGLE_NEGATIVE),
        review(ReviewCommand::ToggleNegative(4), "negative-4", "Toggle negative 4")
            .keys(&[key(Key::Num4)])
            .help(TOGGLE_NEGATIVE),
        review(ReviewCommand::ToggleNegative(5), "negative-5", "Toggle negative 5")
            .keys(&[key(Key::Num5)])
            .help(TOGGLE_NEGATIVE),
        review(ReviewCommand::ToggleNegative(6), "negative-6", "Toggle negative 6")
            .keys(&[key(Key::Num6)])
            .help(TOGGLE_NEGATIVE),
        review(ReviewCommand::ToggleNegative(7), "negative-7", "Toggle negative 7")
            .keys(&[key(Key::Num7)])
            .help(TOGGLE_NEGATIVE),
        review(ReviewCommand::ToggleNegative(8), "negative-8", "Toggle negative 8")
            .keys(&[key(Key::Num8)])
            .help(TOGGLE_NEGATIVE),
        review(ReviewCommand::ToggleNegative(9), "negative-9", "Toggle negative 9")
            .keys(&[key(Key::Num9)])
            .help(TOGGLE_NEGATIVE),
    ],
);

pub(super) const TILES: &[Entry] = &in_menu(
    Menu::Tiles,
    [
        review(ReviewCommand::TogglePositive, "positive", "Toggle the positive")
            .keys(&[key(Key::P)])
            .help("Mark the positive as not relevant (a wrong positive), or as relevant."),
        review(ReviewCommand::FocusNextTile, "next-tile", "Next tile")
            .keys(&[key(Key::Period)])
            .repeats()
            .help("Move the focus to the next tile."),
        review(ReviewCommand::FocusPreviousTile, "previous-tile", "Previous tile")
            .keys(&[key(Key::Comma)])
            .repeats()
            .help("Move the focus to the previous tile."),
        review(ReviewCommand::ToggleFocused, "toggle", "Toggle the focused tile")
            .keys(&[key(Key::T)])
            .help("Mark the focused tile as relevant or not relevant."),
        review(ReviewCommand::MarkFocused(Some(Relevance::Relevant)), "relevant", "Mark as relevant")
            .keys(&[key(Key::Y)])
            .help("The focused tile answers the query."),
        review(ReviewCommand::MarkFocused(Some(Relevance::NotRelevant)), "not-relevant", "Mark as not relevant")
            .keys(&[key(Key::X)])
            .help("The focused tile does not answer the query."),
        review(ReviewCommand::MarkFocused(Some(Relevance::Unsure)), "tile-unsure", "Mark as unsure")
            .keys(&[key(Key::Q)])
            .help("It is unclear whether the focused tile answers the query."),
        review(ReviewCommand::MarkFocused(Some(Relevance::Broken)), "broken", "Mark as broken")
            .keys(&[key(Key::B)])
            .help("The focused tile cannot be read."),
        review(ReviewCommand::MarkFocused(None), "clear-mark", "Clear the mark")
            .keys(&[key(Key::Backspace)])
            .help("Remove the mark of the focused tile."),
        review(ReviewCommand::AddFoundTile, "add-found", "Add to the row")
            .keys(&[key(Key::Y)])
            .in_tile_search()
            .help("In the search of texts: add the found tile to the row as relevant, or mark it if the row has it."),
    ],
);

pub(super) const ALL_NEGATIVES: &[Entry] = &in_submenu(
    Menu::Tiles,
    "All negatives",
    [
        review(ReviewCommand::MarkNegatives(Some(Relevance::Relevant)), "all-relevant", "All negatives: relevant")
            .keys(&[alt(Key::Y)])
            .help("Mark every negative of the row as relevant."),
        review(
            ReviewCommand::MarkNegatives(Some(Relevance::NotRelevant)),
            "all-not-relevant",
            "All negatives: not relevant",
        )
        .keys(&[alt(Key::X)])
        .help("Mark every negative of the row as not relevant."),
        review(ReviewCommand::MarkNegatives(Some(Relevance::Unsure)), "all-unsure", "All negatives: unsure")
            .keys(&[alt(Key::Q)])
            .help("Mark every negative of the row as unsure."),
        review(ReviewCommand::MarkNegatives(Some(Relevance::Broken)), "all-broken", "All negatives: broken")
            .keys(&[alt(Key::B)])
            .help("Mark every negative of the row as broken."),
        review(ReviewCommand::MarkNegatives(None), "all-clear", "Clear all negatives")
            .keys(&[alt(Key::Backspace)])
            .help("Remove the marks of all negatives of the row."),
    ],
);

pub(super) const OTHER_ROWS: &[Entry] = &in_menu(
    Menu::Tiles,
    [
        dataset(DatasetCommand::FindTile, "where-tile", "Find other rows with this tile…")
            .keys(&[key(Key::W)])
            .help("List every row that has the focused tile as positive or as negative, and filter the list to them."),
        dataset(DatasetCommand::FindPage, "where-page", "Find other rows with this page…")
            .keys(&[alt(Key::W)])
            .help("List every row that has any tile of this page, and filter the list to them."),
    ],
);
