//! The icons, each as a string to put into any label or button: Phosphor, from `assets/fonts/phosphor-icons.ttf`.
//!
//! Names say what an icon means here, not what it shows, so that one meaning has one picture. The code points are those
//! of `assets/fonts/subset.py`, which holds the same table; a test in `fonts` compares the two and asks the font for
//! every one of them. An icon never stands alone for a meaning: a word, or a tooltip and a name for screen readers,
//! stands with it. Nothing but constants belongs here.

/// Accept the open query: a check.
pub(crate) const ACCEPT: &str = "\u{F0182}";
/// Reject it: a cross.
pub(crate) const REJECT: &str = "\u{F04F6}";
/// Leave it unsure: a question mark in a circle.
pub(crate) const UNSURE: &str = "\u{F03E8}";
/// No verdict yet: an empty circle.
pub(crate) const UNJUDGED: &str = "\u{F018A}";
/// Not even opened yet: a dashed circle.
pub(crate) const UNSEEN: &str = "\u{F0602}";
/// Mark of an accepted query: a filled circle with a check.
pub(crate) const ACCEPTED: &str = "\u{F1184}";
/// Mark of a rejected query: a filled circle with a cross.
pub(crate) const REJECTED: &str = "\u{F14F8}";
/// Mark of a query left unsure: a filled circle with a question mark.
pub(crate) const LEFT_UNSURE: &str = "\u{F13E8}";
/// A positive: a seal with a check.
pub(crate) const POSITIVE: &str = "\u{F0606}";
/// A positive found relevant, as a filled mark on its tile.
pub(crate) const POSITIVE_FILL: &str = "\u{F1606}";
/// A hard negative: a minus in a circle.
pub(crate) const NEGATIVE: &str = "\u{F032C}";
/// A hard negative found not relevant, as a filled mark on its tile.
pub(crate) const NEGATIVE_FILL: &str = "\u{F132C}";
/// A hard negative that answers the query after all: an exclamation mark in a diamond.
pub(crate) const FALSE_NEGATIVE: &str = "\u{F07FC}";
/// The same as a filled mark on its tile.
pub(crate) const FALSE_NEGATIVE_FILL: &str = "\u{F17FC}";
/// A positive that does not answer the query: a barred circle.
pub(crate) const WRONG_POSITIVE: &str = "\u{F03DE}";
/// The same as a filled mark on its tile.
pub(crate) const WRONG_POSITIVE_FILL: &str = "\u{F13DE}";
/// A picture that cannot be judged: cut off, empty or unreadable.
pub(crate) const BROKEN: &str = "\u{F07A8}";
/// The same as a filled mark on its tile.
pub(crate) const BROKEN_FILL: &str = "\u{F17A8}";
/// A favourite, or an example worth keeping.
pub(crate) const STAR: &str = "\u{F046A}";
/// The same, set.
pub(crate) const STAR_FILL: &str = "\u{F146A}";
/// Look again later: a flag.
pub(crate) const LOOK_AGAIN: &str = "\u{F0244}";
/// The same, set.
pub(crate) const LOOK_AGAIN_FILL: &str = "\u{F1244}";
/// Something is wrong with a file or a row: a triangle.
pub(crate) const WARNING: &str = "\u{F04E0}";
/// More to know, nothing wrong.
pub(crate) const INFO: &str = "\u{F02CE}";
/// A tag on a query or a tile.
pub(crate) const TAG: &str = "\u{F0478}";
/// A note somebody wrote, and writing one.
pub(crate) const NOTE: &str = "\u{F034C}";
/// Keep in place: a panel or a tile that stays.
pub(crate) const PIN: &str = "\u{F03E2}";
/// Search in queries and notes.
pub(crate) const SEARCH: &str = "\u{F030C}";
/// Show only some of the queries.
pub(crate) const FILTER: &str = "\u{F0266}";
/// A filter kept under a name: a bookmark.
pub(crate) const SAVED_FILTER: &str = "\u{F00EA}";
/// Write to disk.
pub(crate) const SAVE: &str = "\u{F0248}";
/// The queue of queries to judge: a list with checks.
pub(crate) const QUEUE: &str = "\u{F0ADC}";
/// Show what is hidden.
pub(crate) const SHOW: &str = "\u{F0220}";
/// Hide it.
pub(crate) const HIDE: &str = "\u{F0224}";
/// Make a picture or the window as large as it goes.
pub(crate) const ENLARGE: &str = "\u{F00A2}";
/// Back to the size that fits.
pub(crate) const SHRINK: &str = "\u{F009A}";
/// Larger.
pub(crate) const ZOOM_IN: &str = "\u{F0310}";
/// Smaller.
pub(crate) const ZOOM_OUT: &str = "\u{F030E}";
/// Go to the place on the page: a crosshair.
pub(crate) const LOCATE: &str = "\u{F01D6}";
/// Tiles as a grid.
pub(crate) const GRID: &str = "\u{F0464}";
/// Tiles as columns side by side.
pub(crate) const COLUMNS: &str = "\u{F0546}";
/// Two pictures beside each other.
pub(crate) const COMPARE: &str = "\u{F0870}";
/// What differs between two pictures or two annotators.
pub(crate) const DIFFERENCE: &str = "\u{F03D8}";
/// What two annotators have in common.
pub(crate) const OVERLAP: &str = "\u{F02D2}";
/// The whole page around a tile: an open book.
pub(crate) const PAGE_CONTEXT: &str = "\u{F08F2}";
/// The text of a page.
pub(crate) const PAGE_TEXT: &str = "\u{F00A8}";
/// Take the last step back.
pub(crate) const UNDO: &str = "\u{F0038}";
/// Do it again.
pub(crate) const REDO: &str = "\u{F0036}";
/// Earlier judgements: a clock that runs backwards.
pub(crate) const HISTORY: &str = "\u{F01A0}";
/// Previous, or a closed panel to the left.
pub(crate) const CARET_LEFT: &str = "\u{F0138}";
/// Next, or a folded branch.
pub(crate) const CARET_RIGHT: &str = "\u{F013A}";
/// Up, or ascending order.
pub(crate) const CARET_UP: &str = "\u{F013C}";
/// Down, an open branch, or a menu.
pub(crate) const CARET_DOWN: &str = "\u{F0136}";
/// The main menu: three lines.
pub(crate) const MENU: &str = "\u{F02F0}";
/// Open a dataset.
pub(crate) const OPEN: &str = "\u{F0256}";
/// A file: a split, a shard or an export.
pub(crate) const FILE: &str = "\u{F023A}";
/// The built-in dataset to try the program on: a flask.
pub(crate) const DEMO: &str = "\u{F079E}";
/// How to judge: a mortarboard.
pub(crate) const GUIDE: &str = "\u{F062C}";
/// Write judgements out.
pub(crate) const EXPORT: &str = "\u{F0AF0}";
/// Settings.
pub(crate) const SETTINGS: &str = "\u{F0270}";
/// The keys and what they do.
pub(crate) const KEYS: &str = "\u{F02D8}";
/// The list of all commands.
pub(crate) const COMMANDS: &str = "\u{F01C4}";
/// Dark theme.
pub(crate) const THEME_DARK: &str = "\u{F0330}";
/// Light theme.
pub(crate) const THEME_LIGHT: &str = "\u{F0472}";
/// Theme of the desktop.
pub(crate) const THEME_SYSTEM: &str = "\u{F032E}";
/// Time spent on a query.
pub(crate) const TIMER: &str = "\u{F0492}";
/// Go on with a session.
pub(crate) const PLAY: &str = "\u{F03D0}";
/// Halt it.
pub(crate) const PAUSE: &str = "\u{F039E}";
/// Queries an hour: a gauge.
pub(crate) const PACE: &str = "\u{F0628}";
/// Counts and shares: bars.
pub(crate) const CHART: &str = "\u{F0150}";
/// Work going on; turn it.
pub(crate) const BUSY: &str = "\u{F066C}";
/// Close a panel.
pub(crate) const CLOSE: &str = "\u{F04FA}";
/// Delete.
pub(crate) const DELETE: &str = "\u{F04A6}";
/// Copy to the clipboard.
pub(crate) const COPY: &str = "\u{F01CA}";
/// An address that can be opened.
pub(crate) const LINK: &str = "\u{F02E2}";
