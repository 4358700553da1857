//! The icons, each as a string for any label or button: Phosphor, from
//! `assets/fonts/phosphor-icons.ttf`.
//!
//! A name states what an icon means here, not what it shows, so that one meaning has one picture.
//! The code points are those of `assets/fonts/subset.py`, which has the same table; a test in
//! `fonts` compares the two and checks that the font has every one. An icon is never the only sign
//! of a meaning: it always comes with a word, or with a tooltip and a name for screen readers. Only
//! constants belong here.

/// Accept the current query: a check.
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
/// A broken picture, as a filled mark on its tile.
pub(crate) const BROKEN_FILL: &str = "\u{F17A8}";
/// Look again later: a flag.
pub(crate) const LOOK_AGAIN: &str = "\u{F0244}";
/// The flag, set: a filled flag.
pub(crate) const LOOK_AGAIN_FILL: &str = "\u{F1244}";
/// Something is wrong with a file or a row: a triangle.
pub(crate) const WARNING: &str = "\u{F04E0}";
/// A tag on a query or a tile.
pub(crate) const TAG: &str = "\u{F0478}";
/// A note, and writing one.
pub(crate) const NOTE: &str = "\u{F034C}";
/// A tile moved against the others.
pub(crate) const PIN: &str = "\u{F03E2}";
/// Search in queries and notes.
pub(crate) const SEARCH: &str = "\u{F030C}";
/// Show only some of the queries.
pub(crate) const FILTER: &str = "\u{F0266}";
/// A saved filter: a bookmark.
pub(crate) const SAVED_FILTER: &str = "\u{F00EA}";
/// Zoomed in.
pub(crate) const ZOOM_IN: &str = "\u{F0310}";
/// The difference between two pictures.
pub(crate) const DIFFERENCE: &str = "\u{F03D8}";
/// The whole page around a tile: an open book.
pub(crate) const PAGE_CONTEXT: &str = "\u{F08F2}";
/// Undo the last step.
pub(crate) const UNDO: &str = "\u{F0038}";
/// Back.
pub(crate) const CARET_LEFT: &str = "\u{F0138}";
/// Forward, or the current line.
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
/// The pace of the session.
pub(crate) const TIMER: &str = "\u{F0492}";
/// Close, or remove.
pub(crate) const CLOSE: &str = "\u{F04FA}";
/// Leave out of a list, on a button with a frame: a minus sign in a circle.
pub(crate) const LEAVE_OUT: &str = "\u{F032C}";
/// Copy to the clipboard.
pub(crate) const COPY: &str = "\u{F01CA}";
/// An address of a dataset: a link of a chain.
pub(crate) const LINK: &str = "\u{F02E2}";
