//! A thin line above the tiles of a comparison and of a tile alone: which of the row's tiles it is,
//! the marks of all, which were seen, and the keys that help here.

use egui::{CornerRadius, RichText, Sense, Shape, Ui, WidgetInfo, vec2};
use tilejury_audit::Verdict;

use super::{Seen, ThumbnailView};
use crate::command::{Command, ReviewCommand, ViewCommand, keymap};
use crate::icons;
use crate::theme::palette;
use crate::ui::{UiAction, ViewAction};

/// The number of tiles on each side of the focused one that are listed.
const AROUND: usize = 12;

/// The keys that are named above a comparison.
pub(crate) const HINTS_COMPARING: [(Command, &str); 5] = [
    (Command::View(ViewCommand::CompareNext), "next"),
    (Command::View(ViewCommand::Blink), "flip"),
    (Command::View(ViewCommand::Difference), "difference"),
    (Command::Review(ReviewCommand::ToggleFocused), "mark"),
    (Command::Review(ReviewCommand::Judge(Verdict::Accept)), "accept"),
];
/// The keys that are named above a tile alone.
pub(crate) const HINTS_ALONE: [(Command, &str); 4] = [
    (Command::View(ViewCommand::PaneNext), "next"),
    (Command::View(ViewCommand::ReadOn), "read on"),
    (Command::Review(ReviewCommand::ToggleFocused), "mark"),
    (Command::Review(ReviewCommand::Judge(Verdict::Accept)), "accept"),
];

/// The content of the line.
pub(crate) struct MarksLineView {
    /// All tiles of the row, the positive first.
    pub(crate) tiles: Vec<ThumbnailView>,
    /// The keys to name, with a word for each.
    pub(crate) hints: Vec<(Command, &'static str)>,
}

/// Draws the line.
pub(crate) fn show(ui: &mut Ui, view: &MarksLineView, actions: &mut Vec<UiAction>) {
    let colours = palette(ui.visuals());
    let hides_roles = view.tiles.iter().any(|tile| tile.hides_role);
    let numbered = view.tiles.len().saturating_sub(usize::from(!hides_roles));
    let focus = view.tiles.iter().position(|tile| tile.is_focused).unwrap_or(0);
    ui.spacing_mut().item_spacing.x = 6.0;
    ui.horizontal(|ui| {
        let place = match focus {
            at if hides_roles => format!("{} of {numbered}", at + 1),
            0 => "Positive".to_owned(),
            number => format!("{number} of {numbered}"),
        };
        ui.label(RichText::new(place).strong());
        let (from, to) = (focus.saturating_sub(AROUND), (focus + AROUND + 1).min(view.tiles.len()));
        for tile in view.tiles.get(from..to).unwrap_or_default() {
            let name = if tile.is_positive() { icons::POSITIVE.to_owned() } else { tile.number().to_string() };
            let badge = tile.badge(colours);
            let sign = match badge {
                Some((sign, ..)) => sign,
                // Where egui's fonts have a sign, it is as wide for both states.
                None if tile.seen == Seen::Readable => "●",
                None => "○",
            };
            let warning = if tile.signals.is_some() { icons::WARNING } else { "" };
            let colour = match badge {
                Some((_, _, colour)) => colour,
                None if tile.signals.is_some() => tile.colour_of_signals(ui.visuals(), colours),
                None => ui.visuals().weak_text_color(),
            };
            let mut text = RichText::new(format!("{name}{sign}{warning}")).color(colour);
            if tile.is_focused {
                text = text.strong();
            }
            // One ground behind all of its signs, each of which may come from a font of its own.
            let ground = ui.painter().add(Shape::Noop);
            let label = ui.add(egui::Label::new(text).selectable(false).sense(Sense::click()));
            if tile.is_focused {
                let around = label.rect.expand2(vec2(3.0, 1.0));
                let fill = ui.visuals().selection.bg_fill.gamma_multiply(0.6);
                ui.painter().set(ground, Shape::rect_filled(around, CornerRadius::same(4), fill));
            }
            label.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, tile.is_focused, tile.label()));
            if label.clicked() {
                actions.push(ViewAction::Focus(tile.position).into());
            }
            label.on_hover_text(tile.label());
        }
        let keymap = keymap::from_context(ui.ctx());
        let hints = view.hints.iter().filter_map(|(command, word)| {
            let key = keymap.first(*command);
            (!key.is_empty()).then(|| format!("{key} {word}"))
        });
        let text = hints.collect::<Vec<_>>().join("  ·  ");
        ui.add(egui::Label::new(RichText::new(text).weak()).truncate().selectable(false));
    });
}
