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
/// A hard negative found not relevant, as a filled mark on its tile.
pub(crate) const NEGATIVE_FILL: &str = "\u{F132C}";
/// A hard negative that answers the query after all: an exclamation mark in a filled diamond.
pub(crate) const FALSE_NEGATIVE_FILL: &str = "\u{F17FC}";
/// A positive that does not answer the query: a filled barred circle.
pub(crate) const WRONG_POSITIVE_FILL: &str = "\u{F13DE}";
/// A picture that cannot be judged: cut off, empty or unreadable.
pub(crate) const BROKEN: &str = "\u{F07A8}";
/// The same as a filled mark on its tile.
pub(crate) const BROKEN_FILL: &str = "\u{F17A8}";
/// Look again later: a flag.
pub(crate) const LOOK_AGAIN: &str = "\u{F0244}";
/// The same, set.
pub(crate) const LOOK_AGAIN_FILL: &str = "\u{F1244}";
/// Something is wrong with a file or a row: a triangle.
pub(crate) const WARNING: &str = "\u{F04E0}";
/// A tag on a query or a tile.
pub(crate) const TAG: &str = "\u{F0478}";
/// A note somebody wrote, and writing one.
pub(crate) const NOTE: &str = "\u{F034C}";
/// A tile that was moved against the others.
pub(crate) const PIN: &str = "\u{F03E2}";
/// Search in queries and notes.
pub(crate) const SEARCH: &str = "\u{F030C}";
/// Show only some of the queries.
pub(crate) const FILTER: &str = "\u{F0266}";
/// A filter kept under a name: a bookmark.
pub(crate) const SAVED_FILTER: &str = "\u{F00EA}";
/// Tiles are shown larger.
pub(crate) const ZOOM_IN: &str = "\u{F0310}";
/// What differs between two pictures.
pub(crate) const DIFFERENCE: &str = "\u{F03D8}";
/// The whole page around a tile: an open book.
pub(crate) const PAGE_CONTEXT: &str = "\u{F08F2}";
/// Take the last step back.
pub(crate) const UNDO: &str = "\u{F0038}";
/// Back.
pub(crate) const CARET_LEFT: &str = "\u{F0138}";
/// On, or here.
pub(crate) const CARET_RIGHT: &str = "\u{F013A}";
/// An order from the top down.
pub(crate) const CARET_DOWN: &str = "\u{F0136}";
/// Open a dataset.
pub(crate) const OPEN: &str = "\u{F0256}";
/// A file.
pub(crate) const FILE: &str = "\u{F023A}";
/// The built-in dataset to try the program on: a flask.
pub(crate) const DEMO: &str = "\u{F079E}";
/// Dark theme.
pub(crate) const THEME_DARK: &str = "\u{F0330}";
/// Light theme.
pub(crate) const THEME_LIGHT: &str = "\u{F0472}";
/// Theme of the desktop.
pub(crate) const THEME_SYSTEM: &str = "\u{F032E}";
/// How fast a sitting goes.
pub(crate) const TIMER: &str = "\u{F0492}";
/// Close, or take away.
pub(crate) const CLOSE: &str = "\u{F04FA}";
/// Copy to the clipboard.
pub(crate) const COPY: &str = "\u{F01CA}";
