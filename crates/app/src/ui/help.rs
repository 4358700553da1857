//! The key help, from the command table: the twelve keys to know, then all commands, Judge first,
//! and the search syntax. A few letters find a key, a command or a filter.

use egui::text::LayoutJob;
use egui::{Align, Context, FontSelection, Id, Modal, RichText, ScrollArea, TextEdit, Ui};
use tilejury_audit::search::FIELDS;

use super::cheat_sheet::is_pressed;
use super::{AppAction, UiAction};
use crate::command::{AppCommand, Keymap, Menu, essentials, help_lines, keymap};

/// The groups that are not menus.
const ESSENTIALS: &str = "Twelve keys to know";
const FILTERS: &str = "Search syntax";
/// The menus in the order of the help.
const ORDER: [Menu; 7] = [Menu::Judge, Menu::Tiles, Menu::Go, Menu::View, Menu::Edit, Menu::File, Menu::Help];
/// The least width of a column, in points.
const COLUMN: f32 = 330.0;
const MOST_COLUMNS: usize = 3;
/// The room for keys in a column, in points.
const KEYS: f32 = 128.0;
/// With at most this many lines, each shows its help too.
const FEW: usize = 24;

/// The state of the dialog.
#[derive(Default)]
pub(crate) struct HelpDialog {
    pub(crate) find: String,
    focused: bool,
}

/// A line of the help.
#[derive(Clone)]
struct HelpLine {
    keys: String,
    name: &'static str,
    /// The views in which the keys mean this; `None` for all.
    place: Option<&'static str>,
    help: &'static str,
    synonyms: &'static [&'static str],
}

/// Lines below a heading.
struct Group {
    heading: &'static str,
    lines: Vec<HelpLine>,
}

pub(crate) fn show(ctx: &Context, dialog: &mut HelpDialog, actions: &mut Vec<UiAction>) {
    let size = ctx.content_rect().size() * 0.92;
    let keymap = keymap::from_context(ctx);
    super::catch_text(ctx, &mut dialog.find, dialog.focused);
    let modal = Modal::new(Id::unique("help")).show(ctx, |ui| {
        ui.set_width(size.x.min(1320.0));
        super::title(ui, "Keys and help", actions);
        ui.horizontal_wrapped(|ui| {
            let label = ui.label("Find");
            let field = TextEdit::singleline(&mut dialog.find).desired_width(240.0).hint_text("a key, or what it does");
            let field = ui.add(field).labelled_by(label.id);
            super::focus_first(&field, &mut dialog.focused);
            let key = keymap.first(AppCommand::CheatSheet);
            ui.label(RichText::new(format!("{key} shows only the twelve keys to know.")).weak());
            ui.label(RichText::new("In a text field, keys type text; Esc or Enter leaves it.").weak());
        });
        ui.separator();
        let height = size.y - 110.0;
        let scroll = ScrollArea::vertical().max_height(height).min_scrolled_height(height).auto_shrink([false, true]);
        scroll.show(ui, |ui| body(ui, &found(groups(&keymap), &dialog.find)));
    });
    if modal.should_close() || is_pressed(ctx, &keymap, AppCommand::Help) && dialog.find.is_empty() {
        actions.push(AppAction::CloseDialog.into());
    }
}

/// All groups, in order.
fn groups(keymap: &Keymap) -> Vec<Group> {
    let known = essentials(keymap).map(|known| HelpLine {
        keys: known.keys,
        name: known.name,
        place: None,
        help: "",
        synonyms: &[],
    });
    let mut groups = vec![Group { heading: ESSENTIALS, lines: known.collect() }];
    let commands = help_lines(keymap);
    for menu in ORDER {
        let lines = commands.iter().filter(|line| line.menu == menu).map(|line| HelpLine {
            keys: line.keys.clone(),
            name: line.name,
            place: line.place,
            help: line.help,
            synonyms: line.synonyms,
        });
        groups.push(Group { heading: menu.name(), lines: lines.collect() });
    }
    let filters = FIELDS.iter().map(|field| HelpLine {
        keys: field.example.to_owned(),
        name: field.name,
        place: None,
        help: field.help,
        synonyms: &[],
    });
    groups.push(Group { heading: FILTERS, lines: filters.collect() });
    groups
}

/// The groups with the lines that a text finds; all of them without a text.
fn found(groups: Vec<Group>, text: &str) -> Vec<Group> {
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return groups;
    }
    let fits = |line: &HelpLine| {
        let in_keys = line.keys.to_lowercase().split(", ").any(|key| key == text)
            || text.chars().count() > 1 && line.keys.to_lowercase().contains(&text);
        let texts = [line.name, line.help];
        let in_texts = text.chars().count() > 1 && texts.iter().any(|part| part.to_lowercase().contains(&text));
        in_keys || in_texts || line.synonyms.iter().any(|other| text.len() > 2 && other.contains(&text))
    };
    // A command is listed once: what is found does not repeat the beginning.
    let groups = groups.into_iter().filter(|group| group.heading != ESSENTIALS);
    let groups = groups.map(|mut group| {
        group.lines.retain(fits);
        group
    });
    groups.filter(|group| !group.lines.is_empty()).collect()
}

fn body(ui: &mut Ui, groups: &[Group]) {
    if groups.is_empty() {
        ui.label("No key, command or filter fits.");
        return;
    }
    let all: usize = groups.iter().map(|group| group.lines.len()).sum();
    let columns = ((ui.available_width() / COLUMN) as usize).clamp(1, MOST_COLUMNS);
    let with_help = columns == 1 || all <= FEW;
    let parts = split(groups, columns);
    ui.columns(columns, |uis| {
        for (ui, part) in uis.iter_mut().zip(parts) {
            for piece in part {
                show_piece(ui, &piece, with_help);
            }
        }
    });
}

/// A part of a group in one column: its heading, and some of its lines.
struct Piece<'a> {
    heading: String,
    lines: &'a [HelpLine],
}

/// Spreads the groups over columns of about the same number of lines, in order. A group that does
/// not fit continues in the next column.
fn split(groups: &[Group], columns: usize) -> Vec<Vec<Piece<'_>>> {
    /// The room of a heading in lines.
    const HEADING: usize = 2;
    let total: usize = groups.iter().map(|group| group.lines.len() + HEADING).sum::<usize>() + columns * HEADING;
    let most = total.div_ceil(columns);
    let mut parts: Vec<Vec<Piece<'_>>> = vec![Vec::new()];
    let mut used = 0;
    for group in groups {
        let mut rest = &group.lines[..];
        let mut heading = group.heading.to_owned();
        while !rest.is_empty() {
            let is_last = parts.len() == columns;
            // Fewer than three lines below a heading are not worth a break.
            if !is_last && used > 0 && used + HEADING + rest.len().min(3) > most {
                parts.push(Vec::new());
                used = 0;
                continue;
            }
            let room = if is_last { rest.len() } else { most.saturating_sub(used + HEADING).max(1) };
            let (here, after) = rest.split_at(room.min(rest.len()));
            used += here.len() + HEADING;
            if let Some(part) = parts.last_mut() {
                part.push(Piece { heading: heading.clone(), lines: here });
            }
            rest = after;
            heading = format!("{} (continued)", group.heading);
        }
    }
    parts
}

fn show_piece(ui: &mut Ui, piece: &Piece<'_>, with_help: bool) {
    ui.add_space(8.0);
    ui.label(RichText::new(&piece.heading).strong().size(16.0));
    for line in piece.lines {
        ui.horizontal_top(|ui| {
            let keys = KEYS.min(ui.available_width() * 0.45);
            ui.allocate_ui(egui::vec2(keys, 0.0), |ui| {
                ui.set_width(keys);
                ui.add(egui::Label::new(RichText::new(&line.keys).monospace()).wrap());
            });
            ui.vertical(|ui| {
                let mut text = LayoutJob::default();
                let place = line.place.map(|place| RichText::new(format!("  {place}")).small().weak());
                for part in std::iter::once(RichText::new(line.name)).chain(place) {
                    part.append_to(&mut text, ui.style(), FontSelection::Default, Align::Center);
                }
                let name = ui.add(egui::Label::new(text).wrap());
                if with_help {
                    ui.add(egui::Label::new(RichText::new(line.help).weak()).wrap());
                } else if !line.help.is_empty() {
                    name.on_hover_text(line.help);
                }
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(&'static str, &'static str)> {
        let groups = found(groups(&Keymap::default()), text);
        groups.iter().flat_map(|group| group.lines.iter().map(|line| (group.heading, line.name))).collect()
    }

    #[test]
    fn judge_comes_first_after_the_keys_to_know() {
        let all = groups(&Keymap::default());
        let headings: Vec<&str> = all.iter().map(|group| group.heading).collect();
        assert_eq!(headings[..3], [ESSENTIALS, "Judge", "Tiles"]);
        assert_eq!(all[0].lines.len(), 12);
        for menu in Menu::ALL {
            assert!(headings.contains(&menu.name()), "{}", menu.name());
        }
    }

    #[test]
    fn finds_keys_names_help_and_other_words() {
        assert!(names("ctrl+e").contains(&("File", "Export…")));
        assert_eq!(names("e").first(), Some(&("Judge", "Apply to other rows")));
        assert!(names("bookmark").contains(&("Judge", "Flag to look again")));
        assert!(names("verdict:").iter().any(|(heading, _)| *heading == FILTERS));
        assert!(names("no such thing").is_empty());
    }

    #[test]
    fn a_key_with_several_meanings_names_its_views() {
        let groups = groups(&Keymap::default());
        let lines = || groups.iter().filter(|group| group.heading == "View").flat_map(|group| &group.lines);
        for key in ["Tab", "Space", "↓"] {
            let same: Vec<&HelpLine> = lines().filter(|line| line.keys.split(", ").any(|known| known == key)).collect();
            let plain = same.iter().filter(|line| line.place.is_none()).count();
            assert!(same.len() > 1 && plain <= 1, "{key}: {plain} of {} name no view", same.len());
        }
        assert!(lines().any(|line| line.name == "Contact sheet" && line.place.is_none()));
    }

    #[test]
    fn columns_hold_every_line_once_in_order() {
        let groups = groups(&Keymap::default());
        let all: Vec<&str> = groups.iter().flat_map(|group| &group.lines).map(|line| line.name).collect();
        for columns in 1..=3 {
            let parts = split(&groups, columns);
            assert_eq!(parts.len(), columns);
            let spread: Vec<&str> =
                parts.iter().flatten().flat_map(|piece| piece.lines).map(|line| line.name).collect();
            assert_eq!(spread, all);
            let heights: Vec<usize> =
                parts.iter().map(|part| part.iter().map(|piece| piece.lines.len() + 2).sum()).collect();
            let (least, most) = (heights.iter().min().unwrap(), heights.iter().max().unwrap());
            assert!(most - least <= 12, "{heights:?}");
        }
    }
}
