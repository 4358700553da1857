//! The table of commands.

use egui::Key;
use tilejury_audit::{Reason, Relevance, Verdict};

use super::{Command, Entry, KeyPress, KeyScope, Keymap, Menu, PanDirection, Shortcut};

const fn key(key: Key) -> Shortcut {
    Shortcut::key(key)
}

const fn shift(key: Key) -> Shortcut {
    Shortcut::shift(key)
}

const fn ctrl(key: Key) -> Shortcut {
    Shortcut::ctrl(key)
}

const fn ctrl_shift(key: Key) -> Shortcut {
    Shortcut::ctrl_shift(key)
}

const fn alt(key: Key) -> Shortcut {
    Shortcut::alt(key)
}

/// Lines of one menu: `command, word, name, [keys], help`, and a `*` for keys that repeat, a `~` for keys that are held.
macro_rules! lines {
    ($menu:ident: $($mark:tt $command:expr, $word:literal, $name:literal, [$($key:expr),*], $help:literal;)+) => {
        &[$(Entry {
            command: $command,
            word: $word,
            menu: Menu::$menu,
            name: $name,
            keys: &[$($key),*],
            help: $help,
            press: press!($mark),
            scope: KeyScope::Everywhere,
        }),+]
    };
}

macro_rules! press {
    (-) => {
        KeyPress::Once
    };
    (*) => {
        KeyPress::Repeats
    };
    (~) => {
        KeyPress::Held
    };
}

macro_rules! digits {
    ($make:ident, $menu:ident, $place:ident, $word:literal, $name:literal, $help:literal: $($number:literal $key:ident),+) => {
        [$(Entry {
            command: Command::$make($number),
            word: concat!($word, "-", $number),
            menu: Menu::$menu,
            name: concat!($name, " ", $number),
            keys: &[key(Key::$key)],
            help: $help,
            press: KeyPress::Once,
            scope: KeyScope::$place,
        }),+]
    };
}

/// Digits stand for the negatives on show.
const NEGATIVES: [Entry; 9] = digits!(
    ToggleNegative, Tiles, Everywhere, "negative", "Toggle negative",
    "Mark this negative as relevant (a false negative), or as not relevant.":
    1 Num1, 2 Num2, 3 Num3, 4 Num4, 5 Num5, 6 Num6, 7 Num7, 8 Num8, 9 Num9
);

/// In a comparison they choose what the positive is compared with.
const COMPARED: [Entry; 9] = digits!(
    CompareWith, Look, Comparing, "compare-with", "Compare with negative",
    "In a comparison: show this negative beside the positive.":
    1 Num1, 2 Num2, 3 Num3, 4 Num4, 5 Num5, 6 Num6, 7 Num7, 8 Num8, 9 Num9
);

const FILE: &[Entry] = lines!(File:
    - Command::OpenFolder, "open-folder", "Open folder…", [ctrl(Key::O)], "Open a dataset folder.";
    - Command::OpenFile, "open-file", "Open file…", [ctrl_shift(Key::O)],
        "Open one .jsonl file of a dataset; its folder is the root.";
    - Command::OpenDemo, "open-demo", "Open the demo", [ctrl_shift(Key::D)],
        "Open the small built-in dataset, with defects to find.";
    - Command::Export, "export", "Export…", [ctrl(Key::E)], "Write a cleaned copy of the splits to a new folder.";
    - Command::Check, "check", "Check the dataset…", [ctrl_shift(Key::K)],
        "Look for missing, damaged, repeated and leaked rows and tiles, in the background.";
    - Command::IndexShards, "index", "Index all shards", [ctrl_shift(Key::I)],
        "Read the member lists of all shards now, in the background, instead of when a tile is first wanted.";
    - Command::LookForShards, "look-for-shards", "Look for shards again", [key(Key::F5)],
        "Look now whether shards came or went, and try tiles again that could not be had; it is done by itself every few seconds.";
    - Command::LookAtPixels, "pixels", "Look at pixels", [ctrl_shift(Key::P)],
        "Look for copies of positives, blank and broken tiles, in the background; again to stop. What was read is kept.";
    - Command::Jobs, "jobs", "Background work", [ctrl(Key::J)],
        "Show what runs in the background, stop it, and read again what came of it.";
    - Command::Messages, "messages", "Messages", [ctrl(Key::M)],
        "Show what is wrong with the dataset's files, and what happened so far.";
    - Command::RetrySaving, "save", "Try to save again", [ctrl(Key::S)],
        "Try now to store judgements that could not be saved.";
    - Command::SaveAs, "save-as", "Save judgements as…", [alt(Key::S)],
        "Write all judgements to another file, those that could not be saved included.";
    - Command::Orphans, "orphans", "Judgements without a row…", [alt(Key::O)],
        "List judged samples that the set does not hold any more; their judgements are kept.";
    - Command::Annotator, "annotator", "Annotator…", [alt(Key::A)],
        "Judge this set under another name: list who judged here, and how many rows each.";
    - Command::Settings, "settings", "Settings…", [ctrl(Key::Comma)],
        "Choose theme, size, annotator, memory, workers and keys.";
    - Command::CloseDataset, "close", "Close dataset", [ctrl(Key::W)], "Go back to the welcome screen.";
    - Command::Quit, "quit", "Quit", [ctrl(Key::Q)], "Save what is unsaved and leave.";
);

const EDIT: &[Entry] = lines!(Edit:
    * Command::Undo, "undo", "Undo", [key(Key::Z), ctrl(Key::Z)],
        "Take back the last judgement and return to its sample.";
    * Command::Redo, "redo", "Redo", [ctrl_shift(Key::Z), ctrl(Key::Y)], "Do again what was taken back.";
    - Command::History, "history", "History…", [ctrl(Key::H)],
        "List every step and its row; go back to a step, do steps again, or bring back what was abandoned.";
);

const JUDGE: &[Entry] = lines!(Judge:
    - Command::Judge(Verdict::Accept), "accept", "Accept", [key(Key::A)],
        "Accept the sample, confirm every tile on show, and go on to the next unjudged one.";
    - Command::Judge(Verdict::Reject), "reject", "Reject", [key(Key::R)], "Reject the sample and go on.";
    - Command::Judge(Verdict::Unsure), "unsure", "Unsure", [key(Key::U)], "Leave the sample undecided and go on.";
    - Command::ClearVerdict, "clear-verdict", "Clear the verdict", [shift(Key::C)],
        "Take the verdict away; what was said of tiles stays.";
    - Command::Propagate, "propagate", "Mark it elsewhere too", [key(Key::E)],
        "Say of a tile in other rows what was just said of it here, where that is offered.";
    - Command::AutoAdvance, "auto-advance", "Go on after a verdict", [ctrl_shift(Key::A)],
        "Whether a verdict goes on to the next unjudged sample, or stays.";
    - Command::Note, "note", "Write a note", [key(Key::N)],
        "Write a note on the sample; Enter saves it, Esc leaves it as it was.";
    - Command::NoteJudged, "note-judged", "Note on the row just judged", [alt(Key::N)],
        "Write a note on the row that was given a verdict last, wherever one is now.";
    - Command::CopyLastNote, "copy-note", "Copy the last note", [shift(Key::N)],
        "Give the sample the note that was written last on another one.";
    - Command::Tags, "tags", "Tags…", [key(Key::H)],
        "Add and remove tags, with completion; Enter takes one, Esc ends.";
    - Command::LookAgain, "look-again", "Flag to look again", [shift(Key::F)],
        "Flag the sample to be looked at again, or take the flag away.";
    - Command::ToggleReason(Reason::WrongPositive), "reason-wrong-positive", "Reason: wrong positive", [shift(Key::W)],
        "The positive does not answer the query. Reasons go to the sample just rejected or left unsure.";
    - Command::ToggleReason(Reason::BadQuery), "reason-bad-query", "Reason: bad query", [shift(Key::Q)],
        "The query is no sensible query.";
    - Command::ToggleReason(Reason::Unanswerable), "reason-unanswerable", "Reason: unanswerable", [shift(Key::A)],
        "No tile could answer the query.";
    - Command::ToggleReason(Reason::Duplicate), "reason-duplicate", "Reason: duplicate", [shift(Key::D)],
        "The set has this sample elsewhere.";
    - Command::ToggleReason(Reason::Unreadable), "reason-unreadable", "Reason: unreadable", [shift(Key::X)],
        "The positive cannot be read.";
    - Command::ToggleReason(Reason::Other), "reason-other", "Reason: other", [shift(Key::O)],
        "Something else; opens the note of that sample, to say what.";
);

const TILES: &[Entry] = lines!(Tiles:
    - Command::TogglePositive, "positive", "Toggle the positive", [key(Key::P)],
        "Mark the positive as not relevant (a wrong positive), or as relevant.";
    * Command::FocusNextTile, "next-tile", "Next tile", [key(Key::Period)], "Move the focus to the next tile.";
    * Command::FocusPreviousTile, "previous-tile", "Previous tile", [key(Key::Comma)],
        "Move the focus to the tile before.";
    - Command::ToggleFocused, "toggle", "Toggle the tile in focus", [key(Key::T)],
        "Mark the tile in focus as relevant or not relevant.";
    - Command::MarkFocused(Some(Relevance::Relevant)), "relevant", "Mark as relevant", [key(Key::Y)],
        "The tile in focus answers the query.";
    - Command::MarkFocused(Some(Relevance::NotRelevant)), "not-relevant", "Mark as not relevant", [key(Key::X)],
        "The tile in focus does not answer the query.";
    - Command::MarkFocused(Some(Relevance::Unsure)), "tile-unsure", "Mark as unsure", [key(Key::Q)],
        "Nobody can tell whether the tile in focus answers the query.";
    - Command::MarkFocused(Some(Relevance::Broken)), "broken", "Mark as broken", [key(Key::B)],
        "The tile in focus cannot be read.";
    - Command::MarkFocused(None), "clear-mark", "Clear the mark", [key(Key::Backspace)],
        "Take back what was said of the tile in focus.";
    - Command::MarkNegatives(Some(Relevance::Relevant)), "all-relevant", "All negatives: relevant", [alt(Key::Y)],
        "Mark every negative of the sample as relevant.";
    - Command::MarkNegatives(Some(Relevance::NotRelevant)), "all-not-relevant", "All negatives: not relevant",
        [alt(Key::X)], "Mark every negative of the sample as not relevant.";
    - Command::MarkNegatives(Some(Relevance::Unsure)), "all-unsure", "All negatives: unsure", [alt(Key::Q)],
        "Mark every negative of the sample as unsure.";
    - Command::MarkNegatives(Some(Relevance::Broken)), "all-broken", "All negatives: broken", [alt(Key::B)],
        "Mark every negative of the sample as broken.";
    - Command::MarkNegatives(None), "all-clear", "Clear all negatives", [alt(Key::Backspace)],
        "Take back what was said of every negative of the sample.";
    - Command::WhereTile, "where-tile", "Where else does it stand?", [key(Key::W)],
        "List every row that has the tile in focus as positive or as negative, and filter to them.";
    - Command::WherePage, "where-page", "Where else does its page stand?", [alt(Key::W)],
        "List every row that has any tile of this page, and filter to them.";
);

const GO: &[Entry] = lines!(Go:
    * Command::Next, "next", "Next sample", [key(Key::J), key(Key::ArrowDown), key(Key::ArrowRight)],
        "Go to the next sample of the list; leaves this one as it is.";
    * Command::Previous, "previous", "Previous sample", [key(Key::K), key(Key::ArrowUp), key(Key::ArrowLeft)],
        "Go to the sample before.";
    - Command::NextUnjudged, "next-unjudged", "Next unjudged", [shift(Key::J)],
        "Go to the next sample of the list without a verdict.";
    - Command::NextSuspicious, "next-suspicious", "Next suspicious", [key(Key::S)],
        "Go to the next unjudged sample of the list that something speaks against.";
    - Command::NextUndecided, "next-undecided", "Next undecided", [shift(Key::U)],
        "Go to the next sample of the list that was left unsure, or one of whose tiles was.";
    - Command::LastJudged, "last-judged", "Back to the last judged", [shift(Key::K)],
        "Go back to the sample judged last; again, to the one before it.";
    - Command::SuspiciousFirst, "suspicious-first", "Most suspicious first", [shift(Key::S)],
        "List the samples with the most suspicious on top, or in the order of the files.";
    - Command::First, "first", "First sample", [key(Key::Home)], "Go to the start of the list.";
    - Command::Last, "last", "Last sample", [key(Key::End)], "Go to the end of the list.";
    - Command::GoTo, "go-to", "Go to…", [key(Key::G)],
        "Go to a place in the list, or to a line of a split: 12, or eval:3.";
    - Command::Search, "search", "Search", [key(Key::Slash), ctrl(Key::F)],
        "List the samples that fit words and filters such as verdict:reject.";
    - Command::ShowAll, "show-all", "Show all samples", [shift(Key::Backspace)], "Take every filter away.";
    - Command::SaveFilter, "save-filter", "Save the filter…", [ctrl(Key::B)],
        "Keep the present search under a name.";
    - Command::Palette, "palette", "Command palette", [ctrl(Key::K)],
        "Find a command, a saved filter, a row or a recent dataset by a few letters.";
);

const LOOK: &[Entry] = lines!(Look:
    - Command::Compare, "compare", "Compare with the positive", [key(Key::C)],
        "Show the positive beside the tile in focus, as large as fits; again, or Esc, to return.";
    ~ Command::Blink, "blink", "Blink", [key(Key::Space)],
        "In a comparison, as long as it is held: show the one over the other, in turn, at the same place.";
    - Command::Difference, "difference", "Difference", [key(Key::D)],
        "Show what differs between the positive and the tile in focus, after the best vertical shift.";
    - Command::Page, "page", "The whole page", [key(Key::O)],
        "Show all tiles that the shards hold of this page, in reading order; again, or Esc, to return.";
    - Command::Alone, "alone", "Tile alone", [key(Key::F)],
        "Show the tile in focus alone, as large as fits; again, or Esc, to return. A double click does the same.";
    ~ Command::Loupe, "loupe", "Loupe", [key(Key::V)],
        "As long as it is held: magnify what is under the pointer.";
    - Command::LoupeScale, "loupe-scale", "Loupe at 1:1 or 2:1", [shift(Key::V)],
        "Whether the loupe shows a tile's pixels in their own size, or doubled.";
    * Command::ZoomIn, "zoom-in", "Zoom in", [key(Key::Plus), key(Key::Equals)],
        "Enlarge all tiles about the same spot.";
    * Command::ZoomOut, "zoom-out", "Zoom out", [key(Key::Minus)], "Make all tiles smaller again.";
    - Command::ActualPixels, "actual-pixels", "Actual pixels", [key(Key::I)],
        "Zoom so that a pixel of the tile in focus is a pixel of the screen.";
    - Command::ZoomReset, "zoom-reset", "Whole tiles", [key(Key::Num0)],
        "Show tiles whole again, each in its place.";
    * Command::Pan(PanDirection::Left), "pan-left", "Look further left", [ctrl(Key::ArrowLeft)],
        "Move all zoomed tiles; dragging does the same.";
    * Command::Pan(PanDirection::Right), "pan-right", "Look further right", [ctrl(Key::ArrowRight)],
        "Move all zoomed tiles; dragging does the same.";
    * Command::Pan(PanDirection::Up), "pan-up", "Look further up", [ctrl(Key::ArrowUp)],
        "Move all zoomed tiles; dragging does the same.";
    * Command::Pan(PanDirection::Down), "pan-down", "Look further down", [ctrl(Key::ArrowDown)],
        "Move all zoomed tiles; dragging does the same.";
    * Command::PanAlone(PanDirection::Left), "pan-alone-left", "This tile alone: left", [ctrl_shift(Key::ArrowLeft)],
        "Move the tile in focus against the others; dragging with Shift held does the same.";
    * Command::PanAlone(PanDirection::Right), "pan-alone-right", "This tile alone: right", [ctrl_shift(Key::ArrowRight)],
        "Move the tile in focus against the others; dragging with Shift held does the same.";
    * Command::PanAlone(PanDirection::Up), "pan-alone-up", "This tile alone: up", [ctrl_shift(Key::ArrowUp)],
        "Move the tile in focus against the others; dragging with Shift held does the same.";
    * Command::PanAlone(PanDirection::Down), "pan-alone-down", "This tile alone: down", [ctrl_shift(Key::ArrowDown)],
        "Move the tile in focus against the others; dragging with Shift held does the same.";
    - Command::KeepZoom, "keep-zoom", "Keep the zoom", [shift(Key::Z)],
        "Whether zoom and place stay when going on to another sample.";
);

/// Keys that hold in a comparison alone.
const COMPARING: [Entry; 2] = [
    Entry {
        command: Command::CompareNext,
        word: "compare-next",
        menu: Menu::Look,
        name: "Compare with the next",
        keys: &[key(Key::Tab)],
        help: "In a comparison: show the next negative beside the positive.",
        press: KeyPress::Repeats,
        scope: KeyScope::Comparing,
    },
    Entry {
        command: Command::ComparePrevious,
        word: "compare-previous",
        menu: Menu::Look,
        name: "Compare with the one before",
        keys: &[shift(Key::Tab)],
        help: "In a comparison: show the negative before it beside the positive.",
        press: KeyPress::Repeats,
        scope: KeyScope::Comparing,
    },
];

const VIEW: &[Entry] = lines!(View:
    - Command::FewerColumns, "fewer-columns", "Fewer columns", [key(Key::OpenBracket)],
        "Lay the negatives out in one column less.";
    - Command::MoreColumns, "more-columns", "More columns", [key(Key::CloseBracket)],
        "Lay the negatives out in one column more.";
    - Command::AutoColumns, "auto-columns", "Columns by themselves", [key(Key::Backslash)],
        "Choose the columns that show all tiles largest.";
    - Command::Queue, "queue", "Queue", [key(Key::L)], "Show or hide the list of samples.";
    - Command::Inspector, "inspector", "What speaks against it", [shift(Key::I)],
        "Show or hide a panel with every signal of the sample and of its tiles, and why.";
    - Command::Scoreboard, "scoreboard", "Scoreboard of signals", [ctrl_shift(Key::S)],
        "Show how often each signal was right by what was judged, and what it weighs therefore.";
    - Command::ResetWeights, "reset-weights", "Reset the weights", [alt(Key::R)],
        "Rank by the default weights again; judgements count for them from now on.";
    - Command::SessionCounter, "session-counter", "Session counter", [shift(Key::P)],
        "Show or hide how many were judged now, how fast, and the time left at this pace.";
    - Command::ThemeSwitch, "theme", "Dark or light", [ctrl(Key::D)], "Switch between the dark and the light theme.";
    * Command::Larger, "larger", "Everything larger", [ctrl(Key::Plus), ctrl(Key::Equals)],
        "Make text and buttons larger.";
    * Command::Smaller, "smaller", "Everything smaller", [ctrl(Key::Minus)], "Make text and buttons smaller.";
    - Command::UsualSize, "usual-size", "Usual size", [ctrl(Key::Num0)], "Text and buttons in their usual size.";
    - Command::FullScreen, "full-screen", "Full screen", [key(Key::F11)], "Fill the screen, or return to a window.";
);

const HELP: &[Entry] = lines!(Help:
    - Command::Help, "help", "Keys and help", [key(Key::Questionmark), key(Key::F1)], "Show this list.";
);

/// The whole table.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    let tables: [&'static [Entry]; 11] =
        [FILE, EDIT, JUDGE, &NEGATIVES, TILES, GO, LOOK, &COMPARING, &COMPARED, VIEW, HELP];
    tables.into_iter().flatten()
}

/// Lines for help and docs/keys.md: menu, keys, name, help; nine digits as one line.
pub fn help_lines(keymap: &Keymap) -> Vec<(Menu, String, &'static str, &'static str)> {
    let mut lines = Vec::new();
    for menu in Menu::ALL {
        for entry in entries().filter(|entry| entry.menu == menu) {
            let range = |first: Command, last: Command| {
                let (first, last) = (keymap.first(first), keymap.first(last));
                format!("{first} … {last}")
            };
            let (keys, name) = match entry.command {
                Command::ToggleNegative(1) => {
                    (range(Command::ToggleNegative(1), Command::ToggleNegative(9)), "Toggle a negative")
                }
                Command::CompareWith(1) => {
                    (range(Command::CompareWith(1), Command::CompareWith(9)), "Compare with a negative")
                }
                Command::ToggleNegative(_) | Command::CompareWith(_) => continue,
                _ => (keymap.text(entry), entry.name),
            };
            lines.push((menu, keys, name, entry.help));
        }
    }
    lines
}
