//! The table of commands, one list a menu. Words are stored in settings files: they never change.

use egui::Key;
use tilejury_audit::{Reason, Relevance, Verdict};

use super::{
    AppCommand, Command, DatasetCommand, Entry, KeyPress, KeyScope, Keymap, Menu, PanDirection, ReviewCommand,
    Shortcut, ViewCommand,
};

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

const fn app(command: AppCommand, word: &'static str, name: &'static str) -> Entry {
    entry(Command::App(command), word, name)
}

const fn dataset(command: DatasetCommand, word: &'static str, name: &'static str) -> Entry {
    entry(Command::Dataset(command), word, name)
}

const fn review(command: ReviewCommand, word: &'static str, name: &'static str) -> Entry {
    entry(Command::Review(command), word, name)
}

const fn view(command: ViewCommand, word: &'static str, name: &'static str) -> Entry {
    entry(Command::View(command), word, name)
}

/// Begins an entry: no keys yet, one action a press, everywhere. `in_menu` sets its menu.
const fn entry(command: Command, word: &'static str, name: &'static str) -> Entry {
    Entry {
        command,
        word,
        menu: Menu::Help,
        name,
        keys: &[],
        help: "",
        press: KeyPress::Once,
        scope: KeyScope::Everywhere,
    }
}

impl Entry {
    const fn keys(self, keys: &'static [Shortcut]) -> Self {
        Self { keys, ..self }
    }

    const fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    const fn repeats(self) -> Self {
        Self { press: KeyPress::Repeats, ..self }
    }

    const fn held(self) -> Self {
        Self { press: KeyPress::Held, ..self }
    }

    /// Limits the keys to comparisons.
    const fn comparing(self) -> Self {
        Self { scope: KeyScope::Comparing, ..self }
    }
}

const fn in_menu<const N: usize>(menu: Menu, mut entries: [Entry; N]) -> [Entry; N] {
    let mut at = 0;
    while at < N {
        entries[at].menu = menu;
        at += 1;
    }
    entries
}

const FILE: &[Entry] = &in_menu(
    Menu::File,
    [
        app(AppCommand::OpenFolder, "open-folder", "Open folder…")
            .keys(&[ctrl(Key::O)])
            .help("Open a dataset folder."),
        app(AppCommand::OpenFile, "open-file", "Open file…")
            .keys(&[ctrl_shift(Key::O)])
            .help("Open one .jsonl file of a dataset; its folder is the root."),
        app(AppCommand::OpenDemo, "open-demo", "Open the demo")
            .keys(&[ctrl_shift(Key::D)])
            .help("Open the small built-in dataset, which has defects to find."),
        dataset(DatasetCommand::Export, "export", "Export…")
            .keys(&[ctrl(Key::E)])
            .help("Write a cleaned copy of the splits to a new folder."),
        dataset(DatasetCommand::Check, "check", "Check the dataset…")
            .keys(&[ctrl_shift(Key::K)])
            .help("Find missing, damaged, repeated and leaked rows and tiles, in the background."),
        dataset(DatasetCommand::IndexShards, "index", "Index all shards")
            .keys(&[ctrl_shift(Key::I)])
            .help("Read the member lists of all shards now, in the background, instead of when a tile is first needed."),
        dataset(DatasetCommand::LookForShards, "look-for-shards", "Look for shards again")
            .keys(&[key(Key::F5)])
            .help("Check now for added and removed shards, and retry tiles that could not be loaded. This also happens automatically every few seconds."),
        dataset(DatasetCommand::ScanImages, "pixels", "Scan tile images")
            .keys(&[ctrl_shift(Key::P)])
            .help("Find copies of positives, and blank and broken tiles, in the background; press again to stop. What was read is kept."),
        dataset(DatasetCommand::Jobs, "jobs", "Background work")
            .keys(&[ctrl(Key::J)])
            .help("Show what runs in the background, stop it, and read earlier results."),
        dataset(DatasetCommand::Messages, "messages", "Messages")
            .keys(&[ctrl(Key::M)])
            .help("Show problems with the dataset's files, and what happened so far."),
        dataset(DatasetCommand::RetrySaving, "save", "Retry saving")
            .keys(&[ctrl(Key::S)])
            .help("Try again now to store judgements that could not be saved."),
        dataset(DatasetCommand::SaveAs, "save-as", "Save judgements as…")
            .keys(&[alt(Key::S)])
            .help("Write all judgements to another file, including those that could not be saved."),
        dataset(DatasetCommand::Orphans, "orphans", "Orphaned judgements…")
            .keys(&[alt(Key::O)])
            .help("List judged samples that are no longer in the dataset; their judgements are kept."),
        dataset(DatasetCommand::Annotator, "annotator", "Annotator…")
            .keys(&[alt(Key::A)])
            .help("Judge this dataset under another name; see who judged here, and how many rows each."),
        app(AppCommand::Settings, "settings", "Settings…")
            .keys(&[ctrl(Key::Comma)])
            .help("Choose theme, size, annotator, memory, workers and keys."),
        dataset(DatasetCommand::CloseDataset, "close", "Close dataset")
            .keys(&[ctrl(Key::W)])
            .help("Return to the welcome screen."),
        app(AppCommand::Quit, "quit", "Quit")
            .keys(&[ctrl(Key::Q)])
            .help("Save unsaved judgements and quit."),
    ],
);

const EDIT: &[Entry] = &in_menu(
    Menu::Edit,
    [
        review(ReviewCommand::Undo, "undo", "Undo")
            .keys(&[key(Key::Z), ctrl(Key::Z)])
            .repeats()
            .help("Undo the last judgement and return to its sample."),
        review(ReviewCommand::Redo, "redo", "Redo")
            .keys(&[ctrl_shift(Key::Z), ctrl(Key::Y)])
            .repeats()
            .help("Redo what was undone."),
        dataset(DatasetCommand::History, "history", "History…")
            .keys(&[ctrl(Key::H)])
            .help("List every step with its row; go back to a step, redo steps, or restore abandoned ones."),
    ],
);

const JUDGE: &[Entry] = &in_menu(
    Menu::Judge,
    [
        review(ReviewCommand::Judge(Verdict::Accept), "accept", "Accept")
            .keys(&[key(Key::A)])
            .help("Accept the sample, confirm every visible tile, and go to the next unjudged sample."),
        review(ReviewCommand::Judge(Verdict::Reject), "reject", "Reject")
            .keys(&[key(Key::R)])
            .help("Reject the sample and go on."),
        review(ReviewCommand::Judge(Verdict::Unsure), "unsure", "Unsure")
            .keys(&[key(Key::U)])
            .help("Leave the sample undecided and go on."),
        review(ReviewCommand::ClearVerdict, "clear-verdict", "Clear verdict")
            .keys(&[shift(Key::C)])
            .help("Remove the verdict; the marks of tiles stay."),
        review(ReviewCommand::Propagate, "propagate", "Apply to other rows")
            .keys(&[key(Key::E)])
            .help("Apply the last mark to other rows that have the same tile, if they are offered."),
        app(AppCommand::AutoAdvance, "auto-advance", "Auto-advance")
            .keys(&[ctrl_shift(Key::A)])
            .help("Whether a verdict goes on to the next unjudged sample."),
        review(ReviewCommand::Note, "note", "Write a note")
            .keys(&[key(Key::N)])
            .help("Write a note on the sample; Enter saves it, Esc cancels."),
        review(ReviewCommand::NoteJudged, "note-judged", "Note on last judged row")
            .keys(&[alt(Key::N)])
            .help("Write a note on the row that got a verdict last, whichever row is visible."),
        review(ReviewCommand::CopyLastNote, "copy-note", "Copy last note")
            .keys(&[shift(Key::N)])
            .help("Copy the note that was written last on another sample."),
        review(ReviewCommand::Tags, "tags", "Tags…")
            .keys(&[key(Key::H)])
            .help("Add and remove tags, with completion; Enter adds or removes one, Esc closes the field."),
        review(ReviewCommand::LookAgain, "look-again", "Flag")
            .keys(&[shift(Key::F)])
            .help("Flag the sample as a reminder to see it again, or remove the flag."),
        review(ReviewCommand::ToggleReason(Reason::WrongPositive), "reason-wrong-positive", "Reason: wrong positive")
            .keys(&[shift(Key::W)])
            .help("The positive does not answer the query. Reasons apply to the sample just rejected or left unsure."),
        review(ReviewCommand::ToggleReason(Reason::BadQuery), "reason-bad-query", "Reason: bad query")
            .keys(&[shift(Key::Q)])
            .help("The query makes no sense."),
        review(ReviewCommand::ToggleReason(Reason::Unanswerable), "reason-unanswerable", "Reason: unanswerable")
            .keys(&[shift(Key::A)])
            .help("No tile could answer the query."),
        review(ReviewCommand::ToggleReason(Reason::Duplicate), "reason-duplicate", "Reason: duplicate")
            .keys(&[shift(Key::D)])
            .help("The dataset has this sample elsewhere."),
        review(ReviewCommand::ToggleReason(Reason::Unreadable), "reason-unreadable", "Reason: unreadable")
            .keys(&[shift(Key::X)])
            .help("The positive cannot be read."),
        review(ReviewCommand::ToggleReason(Reason::Other), "reason-other", "Reason: other")
            .keys(&[shift(Key::O)])
            .help("Something else; opens that sample's note to describe it."),
    ],
);

/// Digits mark the visible negatives.
const NEGATIVES: &[Entry] = &in_menu(
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

const TILES: &[Entry] = &in_menu(
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
        review(ReviewCommand::MarkNegatives(Some(Relevance::Relevant)), "all-relevant", "All negatives: relevant")
            .keys(&[alt(Key::Y)])
            .help("Mark every negative of the sample as relevant."),
        review(
            ReviewCommand::MarkNegatives(Some(Relevance::NotRelevant)),
            "all-not-relevant",
            "All negatives: not relevant",
        )
        .keys(&[alt(Key::X)])
        .help("Mark every negative of the sample as not relevant."),
        review(ReviewCommand::MarkNegatives(Some(Relevance::Unsure)), "all-unsure", "All negatives: unsure")
            .keys(&[alt(Key::Q)])
            .help("Mark every negative of the sample as unsure."),
        review(ReviewCommand::MarkNegatives(Some(Relevance::Broken)), "all-broken", "All negatives: broken")
            .keys(&[alt(Key::B)])
            .help("Mark every negative of the sample as broken."),
        review(ReviewCommand::MarkNegatives(None), "all-clear", "Clear all negatives")
            .keys(&[alt(Key::Backspace)])
            .help("Remove the marks of all negatives of the sample."),
        dataset(DatasetCommand::FindTile, "where-tile", "Find other rows with this tile")
            .keys(&[key(Key::W)])
            .help("List every row that has the focused tile as positive or as negative, and filter the list to them."),
        dataset(DatasetCommand::FindPage, "where-page", "Find other rows with this page")
            .keys(&[alt(Key::W)])
            .help("List every row that has any tile of this page, and filter the list to them."),
    ],
);

const GO: &[Entry] = &in_menu(
    Menu::Go,
    [
        review(ReviewCommand::Next, "next", "Next sample")
            .keys(&[key(Key::J), key(Key::ArrowDown), key(Key::ArrowRight)])
            .repeats()
            .help("Go to the next sample of the list and leave this one unchanged."),
        review(ReviewCommand::Previous, "previous", "Previous sample")
            .keys(&[key(Key::K), key(Key::ArrowUp), key(Key::ArrowLeft)])
            .repeats()
            .help("Go to the previous sample of the list."),
        review(ReviewCommand::NextUnjudged, "next-unjudged", "Next unjudged")
            .keys(&[shift(Key::J)])
            .help("Go to the next sample of the list without a verdict."),
        review(ReviewCommand::NextSuspicious, "next-suspicious", "Next suspicious")
            .keys(&[key(Key::S)])
            .help("Go to the next unjudged sample of the list with a signal."),
        review(ReviewCommand::NextUndecided, "next-undecided", "Next undecided")
            .keys(&[shift(Key::U)])
            .help("Go to the next sample of the list that is unsure, or has an unsure tile."),
        review(ReviewCommand::LastJudged, "last-judged", "Back to the last judged")
            .keys(&[shift(Key::K)])
            .help("Go back to the sample judged last; press again for the one before it."),
        review(ReviewCommand::SuspiciousFirst, "suspicious-first", "Most suspicious first")
            .keys(&[shift(Key::S)])
            .help("List the samples in suspicion order, or in the order of the files."),
        review(ReviewCommand::First, "first", "First sample")
            .keys(&[key(Key::Home)])
            .help("Go to the start of the list."),
        review(ReviewCommand::Last, "last", "Last sample").keys(&[key(Key::End)]).help("Go to the end of the list."),
        dataset(DatasetCommand::GoTo, "go-to", "Go to…")
            .keys(&[key(Key::G)])
            .help("Go to a position in the list, or to a line of a split: 12, or eval:3."),
        dataset(DatasetCommand::Search, "search", "Search")
            .keys(&[key(Key::Slash), ctrl(Key::F)])
            .help("List the samples that match words and filters such as verdict:reject."),
        dataset(DatasetCommand::ShowAll, "show-all", "Show all samples")
            .keys(&[shift(Key::Backspace)])
            .help("Remove every filter."),
        dataset(DatasetCommand::SaveFilter, "save-filter", "Save the filter…")
            .keys(&[ctrl(Key::B)])
            .help("Save the current search under a name."),
        app(AppCommand::Palette, "palette", "Command palette")
            .keys(&[ctrl(Key::K)])
            .help("Find a command, a saved filter, a row or a recent dataset by a few letters."),
    ],
);

const VIEW: &[Entry] = &in_menu(
    Menu::View,
    [
        view(ViewCommand::Compare, "compare", "Compare with the positive")
            .keys(&[key(Key::C)])
            .help("Show the positive beside the focused tile, as large as fits; press again, or Esc, to return."),
        view(ViewCommand::Blink, "blink", "Blink")
            .keys(&[key(Key::Space)])
            .held()
            .help("In a comparison, while held: alternate the two tiles at the same position."),
        view(ViewCommand::Difference, "difference", "Difference")
            .keys(&[key(Key::D)])
            .help("Show what differs between the positive and the focused tile, after the best vertical shift."),
        view(ViewCommand::Page, "page", "Whole page")
            .keys(&[key(Key::O)])
            .help("Show all tiles of this page in the shards, in reading order; press again, or Esc, to return."),
        view(ViewCommand::Alone, "alone", "Single tile")
            .keys(&[key(Key::F)])
            .help("Show the focused tile alone, as large as fits; press again, or Esc, to return. A double click does the same."),
        view(ViewCommand::Loupe, "loupe", "Loupe")
            .keys(&[key(Key::V)])
            .held()
            .help("While held: magnify what is under the pointer."),
        app(AppCommand::LoupeScale, "loupe-scale", "Loupe at 1:1 or 2:1")
            .keys(&[shift(Key::V)])
            .help("Whether the loupe shows a tile's pixels at their own size or doubled."),
        view(ViewCommand::ZoomIn, "zoom-in", "Zoom in")
            .keys(&[key(Key::Plus), key(Key::Equals)])
            .repeats()
            .help("Enlarge all tiles around the same spot."),
        view(ViewCommand::ZoomOut, "zoom-out", "Zoom out")
            .keys(&[key(Key::Minus)])
            .repeats()
            .help("Make all tiles smaller again."),
        view(ViewCommand::ActualPixels, "actual-pixels", "Actual pixels")
            .keys(&[key(Key::I)])
            .help("Zoom so that one pixel of the focused tile is one pixel of the screen."),
        view(ViewCommand::ZoomReset, "zoom-reset", "Reset zoom")
            .keys(&[key(Key::Num0)])
            .help("Show whole tiles again, each in its place."),
        view(ViewCommand::Pan(PanDirection::Left), "pan-left", "Pan left")
            .keys(&[ctrl(Key::ArrowLeft)])
            .repeats()
            .help(PAN),
        view(ViewCommand::Pan(PanDirection::Right), "pan-right", "Pan right")
            .keys(&[ctrl(Key::ArrowRight)])
            .repeats()
            .help(PAN),
        view(ViewCommand::Pan(PanDirection::Up), "pan-up", "Pan up")
            .keys(&[ctrl(Key::ArrowUp)])
            .repeats()
            .help(PAN),
        view(ViewCommand::Pan(PanDirection::Down), "pan-down", "Pan down")
            .keys(&[ctrl(Key::ArrowDown)])
            .repeats()
            .help(PAN),
        view(ViewCommand::PanAlone(PanDirection::Left), "pan-alone-left", "Move this tile left")
            .keys(&[ctrl_shift(Key::ArrowLeft)])
            .repeats()
            .help(PAN_ALONE),
        view(ViewCommand::PanAlone(PanDirection::Right), "pan-alone-right", "Move this tile right")
            .keys(&[ctrl_shift(Key::ArrowRight)])
            .repeats()
            .help(PAN_ALONE),
        view(ViewCommand::PanAlone(PanDirection::Up), "pan-alone-up", "Move this tile up")
            .keys(&[ctrl_shift(Key::ArrowUp)])
            .repeats()
            .help(PAN_ALONE),
        view(ViewCommand::PanAlone(PanDirection::Down), "pan-alone-down", "Move this tile down")
            .keys(&[ctrl_shift(Key::ArrowDown)])
            .repeats()
            .help(PAN_ALONE),
        app(AppCommand::KeepZoom, "keep-zoom", "Keep the zoom")
            .keys(&[shift(Key::Z)])
            .help("Whether zoom and position stay when going to another sample."),
        view(ViewCommand::CompareNext, "compare-next", "Compare with the next")
            .keys(&[key(Key::Tab)])
            .comparing()
            .repeats()
            .help("In a comparison: show the next negative beside the positive."),
        view(ViewCommand::ComparePrevious, "compare-previous", "Compare with the previous")
            .keys(&[shift(Key::Tab)])
            .comparing()
            .repeats()
            .help("In a comparison: show the previous negative beside the positive."),
        view(ViewCommand::CompareWith(1), "compare-with-1", "Compare with negative 1")
            .keys(&[key(Key::Num1)])
            .comparing()
            .help(COMPARE_WITH),
        view(ViewCommand::CompareWith(2), "compare-with-2", "Compare with negative 2")
            .keys(&[key(Key::Num2)])
            .comparing()
            .help(COMPARE_WITH),
        view(ViewCommand::CompareWith(3), "compare-with-3", "Compare with negative 3")
            .keys(&[key(Key::Num3)])
            .comparing()
            .help(COMPARE_WITH),
        view(ViewCommand::CompareWith(4), "compare-with-4", "Compare with negative 4")
            .keys(&[key(Key::Num4)])
            .comparing()
            .help(COMPARE_WITH),
        view(ViewCommand::CompareWith(5), "compare-with-5", "Compare with negative 5")
            .keys(&[key(Key::Num5)])
            .comparing()
            .help(COMPARE_WITH),
        view(ViewCommand::CompareWith(6), "compare-with-6", "Compare with negative 6")
            .keys(&[key(Key::Num6)])
            .comparing()
            .help(COMPARE_WITH),
        view(ViewCommand::CompareWith(7), "compare-with-7", "Compare with negative 7")
            .keys(&[key(Key::Num7)])
            .comparing()
            .help(COMPARE_WITH),
        view(ViewCommand::CompareWith(8), "compare-with-8", "Compare with negative 8")
            .keys(&[key(Key::Num8)])
            .comparing()
            .help(COMPARE_WITH),
        view(ViewCommand::CompareWith(9), "compare-with-9", "Compare with negative 9")
            .keys(&[key(Key::Num9)])
            .comparing()
            .help(COMPARE_WITH),
        view(ViewCommand::FewerColumns, "fewer-columns", "Fewer columns")
            .keys(&[key(Key::OpenBracket)])
            .help("Show the negatives in one column less."),
        view(ViewCommand::MoreColumns, "more-columns", "More columns")
            .keys(&[key(Key::CloseBracket)])
            .help("Show the negatives in one column more."),
        view(ViewCommand::AutoColumns, "auto-columns", "Automatic columns")
            .keys(&[key(Key::Backslash)])
            .help("Choose the number of columns that shows all tiles largest."),
        view(ViewCommand::Queue, "queue", "Queue")
            .keys(&[key(Key::L)])
            .help("Show or hide the list of samples."),
        view(ViewCommand::Inspector, "inspector", "Signals")
            .keys(&[shift(Key::I)])
            .help("Show or hide a panel with every signal of the sample and its tiles, and the reasons."),
        dataset(DatasetCommand::Scoreboard, "scoreboard", "Scoreboard of signals")
            .keys(&[ctrl_shift(Key::S)])
            .help("Show each signal's precision on judged samples and its current weight."),
        dataset(DatasetCommand::ResetWeights, "reset-weights", "Reset the weights")
            .keys(&[alt(Key::R)])
            .help("Rank by the default weights again; only later judgements change them."),
        app(AppCommand::SessionCounter, "session-counter", "Session counter")
            .keys(&[shift(Key::P)])
            .help("Show or hide how many samples this session judged, how fast, and the time left at this pace."),
        app(AppCommand::ThemeSwitch, "theme", "Dark or light")
            .keys(&[ctrl(Key::D)])
            .help("Switch between the dark and the light theme."),
        app(AppCommand::IncreaseSize, "larger", "Increase size")
            .keys(&[ctrl(Key::Plus), ctrl(Key::Equals)])
            .repeats()
            .help("Make text and buttons larger."),
        app(AppCommand::DecreaseSize, "smaller", "Decrease size")
            .keys(&[ctrl(Key::Minus)])
            .repeats()
            .help("Make text and buttons smaller."),
        app(AppCommand::ResetSize, "usual-size", "Reset size")
            .keys(&[ctrl(Key::Num0)])
            .help("Show text and buttons at their usual size."),
        app(AppCommand::FullScreen, "full-screen", "Full screen")
            .keys(&[key(Key::F11)])
            .help("Fill the screen, or return to a window."),
    ],
);

const HELP: &[Entry] = &in_menu(
    Menu::Help,
    [app(AppCommand::Help, "help", "Keys and help")
        .keys(&[key(Key::Questionmark), key(Key::F1)])
        .help("Show this list.")],
);

const TOGGLE_NEGATIVE: &str = "Mark this negative as relevant (a false negative), or as not relevant.";
const COMPARE_WITH: &str = "In a comparison: show this negative beside the positive.";
const PAN: &str = "Move all zoomed tiles; dragging does the same.";
const PAN_ALONE: &str = "Move the focused tile against the others; dragging with Shift held does the same.";

/// Returns the whole table.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    let lists: [&'static [Entry]; 8] = [FILE, EDIT, JUDGE, NEGATIVES, TILES, GO, VIEW, HELP];
    lists.into_iter().flatten()
}

/// Returns the lines for help and docs/keys.md: menu, keys, name, help; nine digits as one line.
pub fn help_lines(keymap: &Keymap) -> Vec<(Menu, String, &'static str, &'static str)> {
    let mut lines = Vec::new();
    for menu in Menu::ALL {
        for entry in entries().filter(|entry| entry.menu == menu) {
            let range = |first: Command, last: Command| {
                let (first, last) = (keymap.first(first), keymap.first(last));
                format!("{first} … {last}")
            };
            let (keys, name) = match entry.command {
                Command::Review(ReviewCommand::ToggleNegative(1)) => {
                    (range(entry.command, ReviewCommand::ToggleNegative(9).into()), "Toggle a negative")
                }
                Command::View(ViewCommand::CompareWith(1)) => {
                    (range(entry.command, ViewCommand::CompareWith(9).into()), "Compare with a negative")
                }
                Command::Review(ReviewCommand::ToggleNegative(_)) | Command::View(ViewCommand::CompareWith(_)) => {
                    continue;
                }
                _ => (keymap.text(entry), entry.name),
            };
            lines.push((menu, keys, name, entry.help));
        }
    }
    lines
}
