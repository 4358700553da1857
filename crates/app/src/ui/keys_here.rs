//! The keys that work in the present view, large enough to be read at a glance: shown over the
//! window while the key of the help is held. Draws what it is given, and takes no key.

use std::fmt::Write as _;

use egui::{Align2, Area, Context, Frame, Id, Order, RichText, Ui, vec2};
use tilejury_audit::Relevance;

use super::enabled::Enabled;
use crate::command::{Command, Entry, KeyScope, Keymap, Menu, ReviewCommand, Shortcut, ViewCommand, entries, keymap};

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
/// The width of a column and of the keys in it, in points.
const COLUMN: f32 = 250.0;
const KEYS: f32 = 84.0;
/// The height of a line, and the room beside the columns, in points.
const LINE: f32 = 17.5;
const MARGIN: f32 = 96.0;

/// Lines below a heading: a key, and what it does.
struct Group {
    heading: &'static str,
    lines: Vec<(String, &'static str)>,
}

pub(crate) fn show(ctx: &Context, view: &KeysHereView<'_>) {
    let groups = groups(&keymap::from_context(ctx), view);
    let room = ctx.content_rect().size() - vec2(MARGIN, MARGIN);
    let rows = ((room.y / LINE) as usize).max(8);
    let columns = ((room.x / COLUMN) as usize).max(1);
    let (parts, left_out) = spread(&groups, columns, rows);
    // No tooltip: those are hidden while the keys are used.
    let area = Area::new(Id::unique("keys here")).order(Order::Foreground).interactable(false);
    area.anchor(Align2::CENTER_CENTER, vec2(0.0, 0.0)).show(ctx, |ui| {
        Frame::popup(ui.style()).inner_margin(16).show(ui, |ui| {
            ui.set_width(COLUMN * parts.len() as f32);
            ui.horizontal(|ui| {
                ui.label(RichText::new(format!("Keys here: {}", view.place.name())).strong().size(17.0));
                let mut words = String::from("as long as the key is held; a tap opens the help");
                if left_out > 0 {
                    let _ = write!(words, ", which has {left_out} more");
                }
                ui.label(RichText::new(words).weak());
            });
            ui.add_space(4.0);
            ui.horizontal_top(|ui| {
                for part in &parts {
                    ui.allocate_ui(vec2(COLUMN - ui.spacing().item_spacing.x, 0.0), |ui| column(ui, part));
                }
            });
        });
    });
}

fn column(ui: &mut Ui, lines: &[ColumnLine<'_>]) {
    ui.vertical(|ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(6.0, 0.0);
        for line in lines {
            match line {
                ColumnLine::Heading(heading) => {
                    let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), egui::Sense::hover());
                    ui.place(area, egui::Label::new(RichText::new(*heading).strong()).truncate());
                }
                ColumnLine::Key(keys, name) => {
                    ui.allocate_ui(vec2(ui.available_width(), LINE), |ui| {
                        ui.horizontal(|ui| {
                            ui.set_height(LINE);
                            let (area, _) = ui.allocate_exact_size(vec2(KEYS, LINE), egui::Sense::hover());
                            let keys = RichText::new(keys.as_str()).monospace().strong().size(12.5);
                            ui.place(area, egui::Label::new(keys).halign(egui::Align::RIGHT).truncate());
                            ui.add(egui::Label::new(RichText::new(*name).size(13.0)).truncate());
                        });
                    });
                }
            }
        }
    });
}

/// A line of a column.
#[derive(Debug, PartialEq)]
enum ColumnLine<'a> {
    Heading(&'static str),
    Key(&'a String, &'static str),
}

/// Spreads the groups over columns, in order. Returns them with the number of keys that have no
/// room.
fn spread(groups: &[Group], columns: usize, rows: usize) -> (Vec<Vec<ColumnLine<'_>>>, usize) {
    let lines: usize = groups.iter().map(|group| group.lines.len() + 1).sum();
    // Columns of about the same height.
    let rows = rows.min(lines.div_ceil(columns) + 2);
    let mut parts: Vec<Vec<ColumnLine<'_>>> = vec![Vec::new()];
    let mut left_out = 0;
    for group in groups {
        let used = parts.last().map_or(0, Vec::len);
        // A heading with fewer than two lines below it is not worth a break.
        let mut has_heading = false;
        let mut is_full = used + 2 + group.lines.len().min(2) > rows;
        for (keys, name) in &group.lines {
            if is_full || parts.last().is_some_and(|part| part.len() >= rows) {
                is_full = false;
                if parts.len() == columns {
                    left_out += 1;
                    is_full = true;
                    continue;
                }
                parts.push(Vec::new());
            }
            let Some(part) = parts.last_mut() else { continue };
            if !has_heading {
                part.push(ColumnLine::Heading(group.heading));
                has_heading = true;
            }
            part.push(ColumnLine::Key(keys, name));
        }
    }
    (parts, left_out)
}

/// The keys of the view: first those that mean something only there, then all others that work.
fn groups(keymap: &Keymap, view: &KeysHereView<'_>) -> Vec<Group> {
    let mut groups = Vec::new();
    let heading = view.place.name();
    match view.place {
        Place::ContactSheet => groups.push(Group { heading, lines: of_sheet(keymap) }),
        Place::Overview => {
            let lines = [("Enter", "Start with what is wrong"), ("Esc", "Back to the tiles")];
            let lines = lines.into_iter().map(|(keys, name)| (keys.to_owned(), name)).collect();
            groups.push(Group { heading, lines });
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

/// The first keys of the entries that work now.
fn lines(
    keymap: &Keymap,
    view: &KeysHereView<'_>,
    entries: impl Iterator<Item = &'static Entry>,
) -> Vec<(String, &'static str)> {
    let mut lines = Vec::new();
    for entry in entries.filter(|entry| view.enabled.allows(entry.command)) {
        // A key that means something else in this view is not this command's here.
        let works = |key: &&Shortcut| {
            keymap.command(view.scope, key.key, key.modifiers()).is_some_and(|other| other.command == entry.command)
        };
        let Some(key) = keymap.keys(entry).iter().find(works) else { continue };
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
        lines.push((keys, name));
    }
    lines
}

fn range(keymap: &Keymap, first: &Shortcut, last: Command) -> String {
    format!("{} … {}", first.text(), keymap.first(last))
}

/// The keys of the contact sheet: those of commands that do something else to a page than to a row.
fn of_sheet(keymap: &Keymap) -> Vec<(String, &'static str)> {
    let review = |command: ReviewCommand| keymap.first(command);
    let mark = |relevance| ReviewCommand::MarkFocused(Some(relevance));
    let all = |relevance| ReviewCommand::MarkNegatives(Some(relevance));
    vec![
        (review(mark(Relevance::NotRelevant)), "Page: not relevant"),
        (review(mark(Relevance::Relevant)), "Page: relevant"),
        (review(all(Relevance::NotRelevant)), "Page: not relevant, the rest relevant"),
        (review(all(Relevance::Relevant)), "Page: relevant, the rest not"),
        (format!("{} … 9", review(ReviewCommand::ToggleNegative(1))), "Leave a pair out"),
        (review(ReviewCommand::FocusNextTile), "Next pair"),
        (review(ReviewCommand::ToggleFocused), "Leave the pair in focus out"),
        (review(ReviewCommand::Next), "Skip the page"),
        (review(ReviewCommand::Undo), "Undo the last page"),
        (keymap.first(ViewCommand::ZoomIn), "More pairs on a page"),
        (keymap.first(ViewCommand::ZoomOut), "Fewer pairs on a page"),
        (keymap.first(ViewCommand::ContactSheet), "Back to the tiles"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enabled() -> Enabled {
        Enabled { reviewing: true, panes: true, negatives: 4, ..Enabled::default() }
    }

    fn names(place: Place, scope: KeyScope, enabled: &Enabled) -> Vec<(String, &'static str)> {
        let view = KeysHereView { place, scope, enabled };
        groups(&Keymap::default(), &view).into_iter().flat_map(|group| group.lines).collect()
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
        assert!(lines.contains(&(key, "Page: relevant")), "{lines:?}");
        assert!(!lines.iter().any(|line| line.1 == "Accept"));
    }

    #[test]
    fn what_has_no_room_is_counted() {
        let view = KeysHereView { place: Place::ReadingView, scope: KeyScope::Panes, enabled: &enabled() };
        let groups = groups(&Keymap::default(), &view);
        let all: usize = groups.iter().map(|group| group.lines.len()).sum();
        for (columns, rows) in [(1, 20), (4, 38), (3, 30), (6, 60)] {
            let (parts, left_out) = spread(&groups, columns, rows);
            let keys =
                |part: &Vec<ColumnLine<'_>>| part.iter().filter(|line| matches!(line, ColumnLine::Key(..))).count();
            assert_eq!(parts.iter().map(keys).sum::<usize>() + left_out, all, "{columns} × {rows}");
            assert!(parts.len() <= columns && parts.iter().all(|part| part.len() <= rows + 1));
        }
        assert_eq!(spread(&groups, 6, 60).1, 0);
    }
}
