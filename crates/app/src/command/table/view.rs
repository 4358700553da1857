//! The entries of the menu View, with its submenus in their places.

use egui::Key;

use super::{alt, app, ctrl, ctrl_shift, dataset, in_menu, in_submenu, key, shift, view};
use crate::command::{AppCommand, DatasetCommand, Entry, Menu, PanDirection, ViewCommand};

const LOOK_AT: &str = "Show or focus this negative, in every view, and mark nothing.";

const SURVEY: &str = "Pick this negative, or take it out; two to four picked ones are shown beside the positive.";

const PAN_ALL: &str = "Move all zoomed tiles; dragging does the same.";

const PAN_ONE: &str = "Move the focused tile against the others; dragging with Shift held does the same.";

/// The menu in parts: lines of the menu itself, and submenus.
pub(super) const VIEW: [&[Entry]; 15] = [
    WAYS_TO_LOOK,
    PANES,
    LOOK,
    SURVEYS,
    TILE_SEARCH,
    COMPARISON,
    TEXT,
    LOUPE,
    ZOOM,
    PAN,
    COLUMNS,
    PANELS,
    SIGNALS,
    SIZE,
    SCREEN,
];

const WAYS_TO_LOOK: &[Entry] = &in_menu(
    Menu::View,
    [
        view(ViewCommand::ReadingView, "reading-view", "Reading view")
            .keys(&[key(Key::F2)])
            .help("Show the positive and one negative in large panes, or all tiles in a grid; the choice is remembered."),
        view(ViewCommand::Compare, "compare", "Compare with the positive")
            .keys(&[key(Key::C)])
            .help("Show the positive beside the focused tile, or beside the most suspicious one if the focus was not moved; press again, or Esc, to return."),
        view(ViewCommand::Difference, "difference", "Difference")
            .keys(&[key(Key::D)])
            .help("Show what differs between the positive and the focused tile, after the best vertical shift."),
        view(ViewCommand::Page, "page", "Whole page")
            .keys(&[key(Key::O)])
            .help("Show all tiles of this page in the shards, in reading order; press again, or Esc, to return."),
        view(ViewCommand::Alone, "alone", "Single tile")
            .keys(&[key(Key::F)])
            .help("Show the focused tile alone, as wide as fits; press again, or Esc, to return. A double click does the same."),
        view(ViewCommand::TileSearch, "tile-search", "Search the text of tiles")
            .keys(&[ctrl_shift(Key::F), key(Key::F4)])
            .help("Find other tiles that may answer the query, by the text on all tiles that were read; press again, or Esc, to return."),
        view(ViewCommand::ContactSheet, "contact-sheet", "Contact sheet")
            .keys(&[key(Key::F7)])
            .help("Show sheets of suspicious negatives beside their positives, each decided by one key; press again, or Esc, to return."),
        view(ViewCommand::Similar, "similar", "Similar tiles and queries")
            .keys(&[alt(Key::V)])
            .help("Show the tiles that are copies of the focused one or nearly alike, and the rows with near queries; press again, or Esc, to return."),
    ],
);

const PANES: &[Entry] = &in_submenu(
    Menu::View,
    "Panes",
    [
        view(ViewCommand::PaneNext, "pane-next", "Next tile in the pane")
            .keys(&[key(Key::Tab), key(Key::ArrowRight)])
            .in_panes()
            .repeats()
            .help("In the reading view: show the next negative in the right pane; alone: the next tile."),
        view(ViewCommand::PanePrevious, "pane-previous", "Previous tile in the pane")
            .keys(&[shift(Key::Tab), key(Key::ArrowLeft)])
            .in_panes()
            .repeats()
            .help("In the reading view: show the previous negative in the right pane; alone: the previous tile."),
        view(ViewCommand::ReadOn, "read-on", "Read on")
            .keys(&[key(Key::Space)])
            .in_panes()
            .repeats()
            .help("Scroll the right pane by a page, and at its end show the next negative."),
        view(ViewCommand::ScrollDown, "scroll-down", "Scroll down")
            .keys(&[key(Key::ArrowDown)])
            .in_panes()
            .repeats()
            .help("Scroll the right pane by some lines; the wheel scrolls the pane under the pointer."),
        view(ViewCommand::ScrollUp, "scroll-up", "Scroll up")
            .keys(&[key(Key::ArrowUp)])
            .in_panes()
            .repeats()
            .help("Scroll the right pane back by some lines."),
        view(ViewCommand::PageDown, "page-down", "Page down")
            .keys(&[key(Key::PageDown)])
            .repeats()
            .help("Scroll by a page: the right pane, or all tiles that are not shown whole."),
        view(ViewCommand::PageUp, "page-up", "Page up")
            .keys(&[key(Key::PageUp), shift(Key::Space)])
            .repeats()
            .help("Scroll back by a page."),
        view(ViewCommand::PositiveDown, "positive-down", "Scroll the positive down")
            .keys(&[alt(Key::ArrowDown)])
            .in_panes()
            .repeats()
            .help("In the reading view: scroll the pane of the positive by some lines, while a negative is in focus."),
        view(ViewCommand::PositiveUp, "positive-up", "Scroll the positive up")
            .keys(&[alt(Key::ArrowUp)])
            .in_panes()
            .repeats()
            .help("In the reading view: scroll the pane of the positive back by some lines."),
        view(ViewCommand::LockPanes, "lock-panes", "Scroll panes together")
            .keys(&[shift(Key::B)])
            .help("In the reading view: scroll all panes together, or each alone."),
        view(ViewCommand::PositiveAway, "positive-away", "Positive away")
            .keys(&[shift(Key::E)])
            .help("In the reading view: show two negatives at once in place of the positive, or bring it back."),
    ],
);

const LOOK: &[Entry] = &in_submenu(
    Menu::Go,
    "Look at",
    [
        view(ViewCommand::LookAt(1), "look-at-1", "Look at negative 1").keys(&[alt(Key::Num1)]).help(LOOK_AT),
        view(ViewCommand::LookAt(2), "look-at-2", "Look at negative 2").keys(&[alt(Key::Num2)]).help(LOOK_AT),
        view(ViewCommand::LookAt(3), "look-at-3", "Look at negative 3").keys(&[alt(Key::Num3)]).help(LOOK_AT),
        view(ViewCommand::LookAt(4), "look-at-4", "Look at negative 4").keys(&[alt(Key::Num4)]).help(LOOK_AT),
        view(ViewCommand::LookAt(5), "look-at-5", "Look at negative 5").keys(&[alt(Key::Num5)]).help(LOOK_AT),
        view(ViewCommand::LookAt(6), "look-at-6", "Look at negative 6").keys(&[alt(Key::Num6)]).help(LOOK_AT),
        view(ViewCommand::LookAt(7), "look-at-7", "Look at negative 7").keys(&[alt(Key::Num7)]).help(LOOK_AT),
        view(ViewCommand::LookAt(8), "look-at-8", "Look at negative 8").keys(&[alt(Key::Num8)]).help(LOOK_AT),
        view(ViewCommand::LookAt(9), "look-at-9", "Look at negative 9").keys(&[alt(Key::Num9)]).help(LOOK_AT),
    ],
);

const SURVEYS: &[Entry] = &in_submenu(
    Menu::Go,
    "Survey",
    [
        view(ViewCommand::SurveyPick(1), "survey-1", "Survey: negative 1").keys(&[ctrl(Key::Num1)]).help(SURVEY),
        view(ViewCommand::SurveyPick(2), "survey-2", "Survey: negative 2").keys(&[ctrl(Key::Num2)]).help(SURVEY),
        view(ViewCommand::SurveyPick(3), "survey-3", "Survey: negative 3").keys(&[ctrl(Key::Num3)]).help(SURVEY),
        view(ViewCommand::SurveyPick(4), "survey-4", "Survey: negative 4").keys(&[ctrl(Key::Num4)]).help(SURVEY),
        view(ViewCommand::SurveyPick(5), "survey-5", "Survey: negative 5").keys(&[ctrl(Key::Num5)]).help(SURVEY),
        view(ViewCommand::SurveyPick(6), "survey-6", "Survey: negative 6").keys(&[ctrl(Key::Num6)]).help(SURVEY),
        view(ViewCommand::SurveyPick(7), "survey-7", "Survey: negative 7").keys(&[ctrl(Key::Num7)]).help(SURVEY),
        view(ViewCommand::SurveyPick(8), "survey-8", "Survey: negative 8").keys(&[ctrl(Key::Num8)]).help(SURVEY),
        view(ViewCommand::SurveyPick(9), "survey-9", "Survey: negative 9").keys(&[ctrl(Key::Num9)]).help(SURVEY),
    ],
);

const TILE_SEARCH: &[Entry] = &in_submenu(
    Menu::View,
    "Found tiles",
    [
        view(ViewCommand::FoundNext, "found-next", "Next found tile")
            .keys(&[key(Key::ArrowDown), key(Key::ArrowRight)])
            .in_tile_search()
            .repeats()
            .help("In the search of texts: show the next found tile beside the positive."),
        view(ViewCommand::FoundPrevious, "found-previous", "Previous found tile")
            .keys(&[key(Key::ArrowUp), key(Key::ArrowLeft)])
            .in_tile_search()
            .repeats()
            .help("In the search of texts: show the previous found tile beside the positive."),
    ],
);

const COMPARISON: &[Entry] = &in_submenu(
    Menu::View,
    "Comparison",
    [
        view(ViewCommand::Blink, "blink", "Flip the comparison")
            .keys(&[key(Key::Space)])
            .held()
            .help("In a comparison: show one of the two tiles in a wide pane, or the other one; while held, alternate them at the same position."),
        view(ViewCommand::CompareNext, "compare-next", "Compare with the next")
            .keys(&[key(Key::Tab)])
            .comparing()
            .repeats()
            .help("In a comparison: show the next negative beside the positive, the most suspicious first."),
        view(ViewCommand::ComparePrevious, "compare-previous", "Compare with the previous")
            .keys(&[shift(Key::Tab)])
            .comparing()
            .repeats()
            .help("In a comparison: go back to the negative before."),
    ],
);

const TEXT: &[Entry] = &in_submenu(
    Menu::View,
    "Text on tiles",
    [
        view(ViewCommand::NextHit, "next-hit", "Next hit")
            .keys(&[key(Key::M), key(Key::F3)])
            .repeats()
            .help("Go to the next place on the focused tile with the answer or words of the query, and zoom in so that it can be read."),
        view(ViewCommand::PreviousHit, "previous-hit", "Previous hit")
            .keys(&[shift(Key::M), shift(Key::F3)])
            .repeats()
            .help("Go to the previous such place."),
        app(AppCommand::Highlights, "highlights", "Highlights")
            .keys(&[shift(Key::H)])
            .help("Mark the answer and the query's words on tiles that were read, and show the best passage below; or hide both."),
        view(ViewCommand::SelectText, "select-text", "Select text")
            .keys(&[shift(Key::T)])
            .help("Select words of a tile by dragging, until pressed again; dragging with Ctrl held does the same at any time."),
        view(ViewCommand::CopyText, "copy-text", "Copy the selected text")
            .keys(&[ctrl(Key::C)])
            .help("Copy the words that are selected on a tile."),
        view(ViewCommand::CopyTileText, "copy-tile-text", "Copy the tile's text")
            .keys(&[ctrl_shift(Key::C)])
            .help("Copy the whole text of the focused tile."),
    ],
);

const LOUPE: &[Entry] = &in_submenu(
    Menu::View,
    "Zoom",
    [
        view(ViewCommand::Loupe, "loupe", "Loupe")
            .keys(&[key(Key::V)])
            .held()
            .help("While held: magnify the picture under the pointer."),
        app(AppCommand::LoupeScale, "loupe-scale", "Switch loupe between 1:1 and 2:1")
            .keys(&[shift(Key::V)])
            .help("Show a tile's pixels in the loupe at their own size, or twice as large."),
    ],
);

const ZOOM: &[Entry] = &in_submenu(
    Menu::View,
    "Zoom",
    [
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
        app(AppCommand::KeepZoom, "keep-zoom", "Keep the zoom")
            .keys(&[shift(Key::Z)])
            .help("Keep zoom and position when going to another row, or reset them."),
    ],
);

const PAN: &[Entry] = &in_submenu(
    Menu::View,
    "Zoom",
    [
        view(ViewCommand::Pan(PanDirection::Left), "pan-left", "Pan left")
            .keys(&[ctrl(Key::ArrowLeft)])
            .repeats()
            .help(PAN_ALL),
        view(ViewCommand::Pan(PanDirection::Right), "pan-right", "Pan right")
            .keys(&[ctrl(Key::ArrowRight)])
            .repeats()
            .help(PAN_ALL),
        view(ViewCommand::Pan(PanDirection::Up), "pan-up", "Pan up")
            .keys(&[ctrl(Key::ArrowUp)])
            .repeats()
            .help(PAN_ALL),
        view(ViewCommand::Pan(PanDirection::Down), "pan-down", "Pan down")
            .keys(&[ctrl(Key::ArrowDown)])
            .repeats()
            .help(PAN_ALL),
        view(ViewCommand::PanAlone(PanDirection::Left), "pan-alone-left", "Move this tile left")
            .keys(&[ctrl_shift(Key::ArrowLeft)])
            .repeats()
            .help(PAN_ONE),
        view(ViewCommand::PanAlone(PanDirection::Right), "pan-alone-right", "Move this tile right")
            .keys(&[ctrl_shift(Key::ArrowRight)])
            .repeats()
            .help(PAN_ONE),
        view(ViewCommand::PanAlone(PanDirection::Up), "pan-alone-up", "Move this tile up")
            .keys(&[ctrl_shift(Key::ArrowUp)])
            .repeats()
            .help(PAN_ONE),
        view(ViewCommand::PanAlone(PanDirection::Down), "pan-alone-down", "Move this tile down")
            .keys(&[ctrl_shift(Key::ArrowDown)])
            .repeats()
            .help(PAN_ONE),
    ],
);

const COLUMNS: &[Entry] = &in_submenu(
    Menu::View,
    "Columns",
    [
        view(ViewCommand::FewerColumns, "fewer-columns", "Fewer columns")
            .keys(&[key(Key::OpenBracket)])
            .help("Show the negatives in one column fewer."),
        view(ViewCommand::MoreColumns, "more-columns", "More columns")
            .keys(&[key(Key::CloseBracket)])
            .help("Show the negatives in one column more."),
        view(ViewCommand::AutoColumns, "auto-columns", "Automatic columns")
            .keys(&[key(Key::Backslash)])
            .help("Choose the number of columns that shows all tiles largest."),
        view(ViewCommand::FitWidth, "fit-width", "Fit the width")
            .keys(&[alt(Key::Num0)])
            .help("Let each tile fill the width of its card and scroll within it, or show tiles whole."),
    ],
);

const PANELS: &[Entry] = &in_submenu(
    Menu::View,
    "Panels",
    [
        view(ViewCommand::Queue, "queue", "Queue").keys(&[key(Key::L)]).help("Show or hide the list of rows."),
        view(ViewCommand::QueueRows, "queue-rows", "Rows of the queue").keys(&[alt(Key::L)]).help(
            "Switch the rows of the queue between one line, two lines, and two lines with a thumbnail of the positive.",
        ),
        view(ViewCommand::Facets, "facets", "Facets")
            .keys(&[shift(Key::L)])
            .help("Show or hide, below the search, how many listed rows have each verdict, signal, tag and value of a field; a click on a value lists them."),
        view(ViewCommand::Inspector, "inspector", "Signals")
            .keys(&[shift(Key::I)])
            .help("Show or hide a panel with every signal of the row and its tiles, and the reasons."),
        view(ViewCommand::RowFields, "row-fields", "Row fields")
            .keys(&[alt(Key::M)])
            .help("Show or hide a panel with every other field of the row, such as its source, title or scores; values can be copied and searched for, and links opened."),
        view(ViewCommand::TileText, "tile-text", "Text of the tile")
            .keys(&[alt(Key::T)])
            .help("Show or hide a panel with the whole text that was read on the focused tile."),
        view(ViewCommand::UnfoldQuery, "unfold-query", "Unfold the query")
            .keys(&[alt(Key::U)])
            .help("Show the whole of a long query, or only its first lines; a click on the query does the same."),
        app(AppCommand::SessionCounter, "session-counter", "Session counter")
            .keys(&[shift(Key::P)])
            .help("Show or hide how many rows this session judged, how fast, and the time left at this pace."),
        dataset(DatasetCommand::Overview, "overview", "Overview")
            .keys(&[key(Key::F6)])
            .help("Show the set as a whole: its problems, progress, signals and histograms, whose bars filter the list; press again, or Esc, to return."),
    ],
);

const SIGNALS: &[Entry] = &in_menu(
    Menu::View,
    [
        dataset(DatasetCommand::Scoreboard, "scoreboard", "Scoreboard of signals…")
            .keys(&[ctrl_shift(Key::S)])
            .help("Show each signal's precision on judged rows and its current weight."),
        dataset(DatasetCommand::ResetWeights, "reset-weights", "Reset the weights")
            .keys(&[alt(Key::R)])
            .help("Rank by the default weights again; only later judgements change them."),
    ],
);

const SIZE: &[Entry] = &in_submenu(
    Menu::View,
    "Text size",
    [
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
    ],
);

const SCREEN: &[Entry] = &in_menu(
    Menu::View,
    [
        app(AppCommand::SwitchTheme, "theme", "Switch theme")
            .keys(&[ctrl(Key::D)])
            .help("Switch between the dark, the light and the high-contrast theme."),
        app(AppCommand::FullScreen, "full-screen", "Full screen")
            .keys(&[key(Key::F11)])
            .help("Fill the screen, or return to a window."),
    ],
);
