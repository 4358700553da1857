//! The keys that work in the present view, large enough to be read at a glance: shown over the
//! window while the key of the help is held. Draws what it is given, and takes no key.

mod columns;

use std::fmt::Write as _;

use egui::{Align2, Area, Context, FontId, Frame, Id, Order, RichText, Sense, Ui, WidgetInfo, vec2};
use tilejury_audit::Relevance;

use self::columns::{ABOVE_HEADING, AFTER_KEYS, BETWEEN, Column, ColumnLine, Columns, HEADING, LINE};

use super::enabled::Enabled;
use crate::command::{
    Command, Entry, KeyScope, Keymap, Menu, ReviewCommand, Shortcut, ViewCommand, entries, essentials, keymap,
};

/// A view that keys work in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Welcome,
    Overview,
    ContactSheet,
    Grid,
    ReadingView,
    Alone,
    Comparison,
    Page,
    TileSearch,
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Self::Welcome => "Welcome screen",
            Self::Overview => "Overview",
            Self::ContactSheet => "Contact sheet",
            Self::Grid => "Grid",
            Self::ReadingView => "Reading view",
            Self::Alone => "Tile alone",
            Self::Comparison => "Comparison",
            Self::Page => "Page",
            Self::TileSearch => "Search of texts",
        }
    }
}

/// The present view and the commands that can be run.
pub(crate) struct KeysHereView<'a> {
    pub(crate) place: Place,
    pub(crate) scope: KeyScope,
    pub(crate) enabled: &'a Enabled,
}

/// The menus in the order of the columns.
const ORDER: [Menu; 7] = [Menu::Judge, Menu::Tiles, Menu::Go, Menu::View, Menu::Edit, Menu::File, Menu::Help];
/// The room beside the columns with their title, in points.
const MARGIN: [f32; 2] = [72.0, 116.0];
/// The sizes of keys, names and headings.
const KEYS: f32 = 13.0;
const NAME: f32 = 14.0;
const TITLE: f32 = 17.0;

/// Lines below a heading.
struct Group {
    heading: &'static str,
    lines: Vec<KeyLine>,
}

/// A key, and what it does.
struct KeyLine {
    keys: String,
    name: &'static str,
    /// Whether it gives way to others where there is no room for all.
    is_rare: bool,
}

pub(crate) fn show(ctx: &Context, view: &KeysHereView<'_>) {
    let keymap = keymap::from_context(ctx);
    let groups = groups(&keymap, view);
    let room = ctx.content_rect().size() - vec2(MARGIN[0], MARGIN[1]);
    let width = |text: &str, font: FontId| {
        let galley = ctx.fonts_mut(|fonts| fonts.layout_no_wrap(text.to_owned(), font, egui::Color32::WHITE));
        galley.size().x.ceil()
    };
    let width_of =
        |keys: &str, name: &str| [width(keys, FontId::monospace(KEYS)), width(name, FontId::proportional(NAME))];
    let Columns { columns, left_out } = Columns::fitting(&groups, [room.x, room.y], width_of);
    // No tooltip: those are hidden while the keys are used.
    let area = Area::new(Id::unique("keys here")).order(Order::Foreground).interactable(false);
    area.anchor(Align2::CENTER_CENTER, vec2(0.0, 0.0)).show(ctx, |ui| {
        Frame::popup(ui.style()).inner_margin(16).show(ui, |ui| {
            let widths: f32 = columns.iter().map(|column| column.width() + BETWEEN).sum();
            ui.set_width((widths - BETWEEN).max(room.x.min(460.0)));
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new(format!("Keys here: {}", view.place.name())).strong().size(TITLE));
                let mut words = String::from("as long as the key is held; a tap opens the help");
                if left_out > 0 {
                    let _ = write!(words, ", which has {left_out} more");
                }
                ui.label(RichText::new(words).weak());
            });
            ui.add_space(8.0);
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing = vec2(BETWEEN, 0.0);
                columns.iter().for_each(|column| self::column(ui, column));
            });
        });
    });
}

fn column(ui: &mut Ui, column: &Column<'_>) {
    let width = column.width();
    ui.vertical(|ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
        let (strong, weak) = (ui.visuals().strong_text_color(), ui.visuals().text_color());
        for (at, line) in column.lines.iter().enumerate() {
            match line {
                ColumnLine::Heading(heading) => {
                    ui.add_space(if at > 0 { ABOVE_HEADING } else { 0.0 });
                    let (area, response) = ui.allocate_exact_size(vec2(width, HEADING), Sense::hover());
                    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, *heading));
                    // Above the names, from which it differs in weight.
                    let from = area.left_center() + vec2(column.keys + AFTER_KEYS, 0.0);
                    ui.painter().text(from, Align2::LEFT_CENTER, heading, FontId::proportional(NAME + 1.0), strong);
                    let edge = ui.visuals().widgets.noninteractive.bg_stroke;
                    ui.painter().hline(from.x..=area.right(), area.bottom() - 2.0, edge);
                }
                ColumnLine::Key(keys, name) => {
                    let (area, response) = ui.allocate_exact_size(vec2(width, LINE), Sense::hover());
                    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, format!("{keys}  {name}")));
                    let end = area.left_center() + vec2(column.keys, 0.0);
                    ui.painter().text(end, Align2::RIGHT_CENTER, keys, FontId::monospace(KEYS), strong);
                    let from = end + vec2(AFTER_KEYS, 0.0);
                    ui.painter().text(from, Align2::LEFT_CENTER, name, FontId::proportional(NAME), weak);
                }
            }
        }
    });
}

/// The keys of the view: first those that mean something only there, then all others that work.
fn groups(keymap: &Keymap, view: &KeysHereView<'_>) -> Vec<Group> {
    let mut groups = Vec::new();
    let heading = view.place.name();
    match view.place {
        Place::ContactSheet => groups.push(Group { heading, lines: of_sheet(keymap) }),
        Place::Overview => {
            let lines = [("Enter", "Start with what is wrong"), ("Esc", "Back to the tiles")];
            groups.push(Group { heading, lines: lines.map(|(keys, name)| KeyLine::often(keys, name)).into() });
        }
        _ => {
            let here = entries().filter(|entry| entry.scope == view.scope && view.scope != KeyScope::Everywhere);
            groups.push(Group { heading, lines: lines(keymap, view, here) });
        }
    }
    for menu in ORDER {
        let everywhere = entries().filter(|entry| entry.menu == menu && entry.scope == KeyScope::Everywhere);
        let of_sheet = |entry: &&Entry| {
            view.place != Place::ContactSheet || matches!(entry.command, Command::App(_) | Command::Dataset(_))
        };
        groups.push(Group { heading: menu.name(), lines: lines(keymap, view, everywhere.filter(of_sheet)) });
    }
    groups.retain(|group| !group.lines.is_empty());
    groups
}

impl KeyLine {
    fn often(keys: impl Into<String>, name: &'static str) -> Self {
        Self { keys: keys.into(), name, is_rare: false }
    }
}

/// Whether a command gives way to others: a key with Ctrl or Alt is for what is needed now and
/// then, and so are files. What means something only in the present view stays, and undo.
fn is_rare(keymap: &Keymap, entry: &Entry, key: &Shortcut) -> bool {
    let is_of_files = entry.menu == Menu::File;
    let is_essential = essentials(keymap).any(|known| known.command == entry.command);
    let is_kept = entry.scope != KeyScope::Everywhere || entry.menu == Menu::Edit || is_essential;
    (key.command || key.alt || is_of_files) && !is_kept
}

/// The first keys of the entries that work now.
fn lines(keymap: &Keymap, view: &KeysHereView<'_>, entries: impl Iterator<Item = &'static Entry>) -> Vec<KeyLine> {
    let mut lines = Vec::new();
    for entry in entries.filter(|entry| view.enabled.allows(entry.command)) {
        // A key that means something else in this view is not this command's here.
        let Some(key) = keymap.keys_in(entry, view.scope).next() else { continue };
        let last = view.enabled.negatives.min(9) as u8;
        let (keys, name) = match entry.command {
            Command::Review(ReviewCommand::ToggleNegative(1)) if last > 1 => {
                (range(keymap, key, ReviewCommand::ToggleNegative(last).into()), "Toggle a negative")
            }
            Command::View(ViewCommand::LookAt(1)) if last > 1 => {
                (range(keymap, key, ViewCommand::LookAt(last).into()), "Look at a negative")
            }
            Command::View(ViewCommand::SurveyPick(1)) if last > 1 => {
                (range(keymap, key, ViewCommand::SurveyPick(last).into()), "Pick a negative for the survey")
            }
            Command::Review(ReviewCommand::ToggleNegative(2..))
            | Command::View(ViewCommand::LookAt(2..) | ViewCommand::SurveyPick(2..)) => continue,
            _ => (key.text(), entry.name),
        };
        lines.push(KeyLine { keys, name, is_rare: is_rare(keymap, entry, key) });
    }
    lines
}

fn range(keymap: &Keymap, first: &Shortcut, last: Command) -> String {
    format!("{} … {}", first.text(), keymap.first(last))
}

/// The keys of the contact sheet: those of commands that do something else to it than to a row.
fn of_sheet(keymap: &Keymap) -> Vec<KeyLine> {
    let review = |command: ReviewCommand| keymap.first(command);
    let mark = |relevance| ReviewCommand::MarkFocused(Some(relevance));
    let all = |relevance| ReviewCommand::MarkNegatives(Some(relevance));
    let lines = [
        (review(mark(Relevance::NotRelevant)), "All pairs: not relevant"),
        (review(mark(Relevance::Relevant)), "All pairs: relevant"),
        (review(all(Relevance::NotRelevant)), "All pairs: not relevant, those left out: relevant"),
        (review(all(Relevance::Relevant)), "All pairs: relevant, those left out: not"),
        (format!("{} … 9", review(ReviewCommand::ToggleNegative(1))), "Leave a pair out"),
        (review(ReviewCommand::FocusNextTile), "Next pair"),
        (review(ReviewCommand::ToggleFocused), "Leave the pair in focus out"),
        (review(ReviewCommand::Next), "Skip the sheet"),
        (review(ReviewCommand::Undo), "Undo the last sheet"),
        (keymap.first(ViewCommand::ZoomIn), "More pairs on a sheet"),
        (keymap.first(ViewCommand::ZoomOut), "Fewer pairs on a sheet"),
        (keymap.first(ViewCommand::ContactSheet), "Back to the tiles"),
    ];
    lines.map(|(keys, name)| KeyLine::often(keys, name)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enabled() -> Enabled {
        Enabled { reviewing: true, panes: true, negatives: 4, ..Enabled::default() }
    }

    fn names(place: Place, scope: KeyScope, enabled: &Enabled) -> Vec<(String, &'static str)> {
        let view = KeysHereView { place, scope, enabled };
        let lines = groups(&Keymap::default(), &view).into_iter().flat_map(|group| group.lines);
        lines.map(|line| (line.keys, line.name)).collect()
    }

    #[test]
    fn only_keys_that_work_in_the_view_are_listed() {
        let panes = names(Place::ReadingView, KeyScope::Panes, &enabled());
        let of = |lines: &[(String, &'static str)], name: &str| {
            lines.iter().find(|line| line.1 == name).map(|line| line.0.clone())
        };
        assert_eq!(of(&panes, "Toggle a negative").as_deref(), Some("1 … 4"));
        assert_eq!(of(&panes, "Accept").as_deref(), Some("A"));
        assert_eq!(of(&panes, "Undo"), None, "nothing to undo");
        let welcome = names(Place::Welcome, KeyScope::Everywhere, &Enabled::default());
        assert_eq!(of(&welcome, "Accept"), None);
        assert!(of(&welcome, "Keys and help…").is_some());
        // No key twice.
        for lines in [panes, names(Place::Comparison, KeyScope::Comparing, &Enabled { comparing: true, ..enabled() })] {
            for (at, (keys, name)) in lines.iter().enumerate() {
                let other = lines[at + 1..].iter().find(|line| line.0 == *keys);
                assert!(other.is_none(), "{keys}: {name} and {other:?}");
            }
        }
    }

    #[test]
    fn the_contact_sheet_names_its_own_meanings() {
        let lines = names(Place::ContactSheet, KeyScope::Everywhere, &enabled());
        let key = Keymap::default().first(ReviewCommand::MarkFocused(Some(Relevance::Relevant)));
        assert!(lines.contains(&(key, "All pairs: relevant")), "{lines:?}");
        assert!(!lines.iter().any(|line| line.1 == "Accept"));
    }

    #[test]
    fn rare_keys_have_modifiers_and_mean_the_same_everywhere() {
        let view = KeysHereView { place: Place::ReadingView, scope: KeyScope::Panes, enabled: &enabled() };
        let lines: Vec<KeyLine> = groups(&Keymap::default(), &view).into_iter().flat_map(|group| group.lines).collect();
        let is_rare = |name: &str| lines.iter().find(|line| line.name == name).map(|line| line.is_rare);
        for name in ["Accept", "Toggle a negative", "Next tile in the pane", "Search", "Command palette…"] {
            assert_eq!(is_rare(name), Some(false), "{name}");
        }
        for name in ["Pan left", "Settings…", "All negatives: relevant", "Look for shards again"] {
            assert_eq!(is_rare(name), Some(true), "{name}");
        }
    }
}
