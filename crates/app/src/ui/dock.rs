//! The panels beside the tiles, one below the other: headers that fold, borders that move, and a
//! rail of names when there is no room for more. Knows nothing about the content of a panel.

use egui::text::LayoutJob;
use egui::{
    Align, Button, CursorIcon, FontId, Id, Layout, Rect, Response, RichText, Role, Sense, Ui, UiBuilder, WidgetInfo,
    pos2, vec2,
};

use crate::icons;
use crate::settings::panels::{PanelDock, SidePanel};

/// The width of the rail, in points.
pub(crate) const RAIL: f32 = 32.0;
/// The height of a header, in points.
const HEADER: f32 = 30.0;
/// The height of the border between two panels, in points.
const BORDER: f32 = 7.0;
/// The least height of an unfolded panel, in points.
const PANEL_AT_LEAST: f32 = 60.0;

/// The reason why a panel has nothing to show, if it has nothing.
pub(crate) type WhyEmpty<'a> = &'a dyn Fn(SidePanel) -> Option<String>;

/// A change that a person made to the dock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DockChange {
    /// Folds or unfolds a panel.
    Fold(SidePanel),
    /// Closes a panel.
    Close(SidePanel),
    /// Moves a panel one place up.
    MoveUp(SidePanel),
    /// Opens a panel.
    Open(SidePanel),
}

/// Whether no panel shows more than its header.
pub(crate) fn is_all_folded(dock: &PanelDock, why_empty: WhyEmpty<'_>) -> bool {
    dock.open.iter().all(|open| open.is_folded(why_empty(open.panel).is_some()))
}

/// Draws the names of the open panels on top of each other, in the width of the rail.
pub(crate) fn rail(ui: &mut Ui, dock: &PanelDock, why_empty: WhyEmpty<'_>) -> Option<DockChange> {
    let mut change = None;
    ui.vertical_centered(|ui| {
        ui.add_space(4.0);
        for open in &dock.open {
            let name = open.panel.name();
            let empty = why_empty(open.panel);
            let label = empty.as_ref().map_or_else(|| format!("Show {name}"), |why| format!("Show {name}: {why}"));
            if upright(ui, name, empty.is_some()).on_hover_text(&label).accessible_name(label).clicked() {
                change = Some(DockChange::Open(open.panel));
            }
        }
    });
    change
}

/// A button with its text turned upright, to be read with the head to the right.
pub(crate) fn upright(ui: &mut Ui, text: &str, weak: bool) -> Response {
    let font = FontId::proportional(13.0);
    let colour = if weak { ui.visuals().weak_text_color() } else { ui.visuals().text_color() };
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(LayoutJob::simple_singleline(text.to_owned(), font, colour)));
    let size = vec2(RAIL - 8.0, galley.size().x + 16.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, text));
    if ui.is_rect_visible(rect) {
        let style = ui.style().interact(&response);
        ui.painter().rect(rect, 4.0, style.weak_bg_fill, style.bg_stroke, egui::StrokeKind::Inside);
        let at = pos2(rect.center().x + galley.size().y / 2.0, rect.center().y - galley.size().x / 2.0);
        let shape = egui::epaint::TextShape::new(at, galley, colour).with_angle(std::f32::consts::FRAC_PI_2);
        ui.painter().add(shape);
    }
    response
}

/// Draws the panels in the available room. `content` draws the inside of one.
pub(crate) fn show(
    ui: &mut Ui,
    dock: &mut PanelDock,
    why_empty: WhyEmpty<'_>,
    content: &mut dyn FnMut(&mut Ui, SidePanel),
) -> Option<DockChange> {
    let whole = ui.available_rect_before_wrap();
    let room = Rect::from_min_max(whole.min, pos2(whole.right(), (whole.bottom() - HEADER).max(whole.top())));
    let folded: Vec<bool> = dock.open.iter().map(|open| open.is_folded(why_empty(open.panel).is_some())).collect();
    let heights = heights(dock, &folded, room.height());
    let mut change = None;
    let mut top = room.top();
    let mut above: Option<usize> = None;
    for (at, (is_folded, height)) in folded.iter().zip(&heights).enumerate() {
        let panel = dock.open[at].panel;
        if let Some(above) = above.filter(|_| !is_folded) {
            let border = Rect::from_min_size(pos2(room.left(), top), vec2(room.width(), BORDER));
            move_border(ui, border, dock, (above, at), &heights);
            top += BORDER;
        }
        let header = Rect::from_min_size(pos2(room.left(), top), vec2(room.width(), HEADER));
        let empty = why_empty(panel);
        let mut inside = ui.new_child(UiBuilder::new().id_salt(("header", panel)).max_rect(header));
        change = change.or(self::header(&mut inside, panel, *is_folded, at > 0, empty.as_deref()));
        top += HEADER;
        if !is_folded {
            let rect = Rect::from_min_size(pos2(room.left(), top), vec2(room.width(), *height));
            let mut inside = ui.new_child(UiBuilder::new().id_salt(("panel", panel)).max_rect(rect));
            inside.set_clip_rect(rect.intersect(ui.clip_rect()));
            content(&mut inside, panel);
            top += height;
            above = Some(at);
        }
    }
    let below = Rect::from_min_max(pos2(whole.left(), room.bottom()), whole.max);
    let mut inside = ui.new_child(UiBuilder::new().id_salt("open another").max_rect(below));
    change = change.or(open_menu(&mut inside, dock, "+ Panel"));
    ui.advance_cursor_after_rect(whole);
    change
}

/// The heights of the panels without their headers; 0 for folded ones.
fn heights(dock: &PanelDock, folded: &[bool], room: f32) -> Vec<f32> {
    let unfolded = folded.iter().filter(|folded| !**folded).count();
    let borders = BORDER * unfolded.saturating_sub(1) as f32;
    let left = (room - HEADER * folded.len() as f32 - borders).max(0.0);
    let whole: f32 = dock.open.iter().zip(folded).filter(|(_, folded)| !**folded).map(|(open, _)| open.share).sum();
    let part = |share: f32| if whole > 0.0 { left * share / whole } else { 0.0 };
    dock.open.iter().zip(folded).map(|(open, folded)| if *folded { 0.0 } else { part(open.share) }).collect()
}

/// The border between two unfolded panels: dragging it gives height from one to the other.
fn move_border(ui: &Ui, rect: Rect, dock: &mut PanelDock, (above, below): (usize, usize), heights: &[f32]) {
    let id = Id::unique(("dock border", dock.open[below].panel));
    let response = ui.interact(rect, id, Sense::drag()).on_hover_cursor(CursorIcon::ResizeVertical);
    let stroke = if response.hovered() || response.dragged() {
        ui.visuals().widgets.hovered.fg_stroke
    } else {
        ui.visuals().widgets.noninteractive.bg_stroke
    };
    ui.painter().hline(rect.x_range(), rect.center().y, stroke);
    let (up, down) = (heights[above], heights[below]);
    let both = up + down;
    if response.dragged() && both > 2.0 * PANEL_AT_LEAST {
        let moved = (up + response.drag_delta().y).clamp(PANEL_AT_LEAST, both - PANEL_AT_LEAST);
        let share = dock.open[above].share + dock.open[below].share;
        dock.open[above].share = share * moved / both;
        dock.open[below].share = share * (both - moved) / both;
    }
}

fn header(ui: &mut Ui, panel: SidePanel, folded: bool, can_move: bool, empty: Option<&str>) -> Option<DockChange> {
    let mut change = None;
    let name = panel.name();
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let close = ui.add(Button::new(icons::CLOSE).frame(false)).on_hover_text(format!("Close {name}"));
        if close.accessible_name(format!("Close {name}")).clicked() {
            change = Some(DockChange::Close(panel));
        }
        if can_move {
            let up = ui.add(Button::new("\u{2191}").frame(false)).on_hover_text("Move this panel up");
            if up.accessible_name(format!("Move {name} up")).clicked() {
                change = Some(DockChange::MoveUp(panel));
            }
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let (caret, verb) = if folded { (icons::CARET_RIGHT, "Unfold") } else { (icons::CARET_DOWN, "Fold") };
            let title = Button::new(RichText::new(format!("{caret} {name}")).strong()).frame(false).truncate();
            let title = ui.add(title).on_hover_text(format!("{verb} this panel"));
            if title.accessible_name(format!("{verb} {name}")).clicked() {
                change = Some(DockChange::Fold(panel));
            }
            if let Some(why) = empty.filter(|_| folded) {
                ui.add(egui::Label::new(RichText::new(why).weak().small()).truncate()).on_hover_text(why);
            }
        });
    });
    change
}

/// Draws a menu that opens the panels that are closed. `label`: its sign, maybe with words.
pub(crate) fn open_menu(ui: &mut Ui, dock: &PanelDock, label: &str) -> Option<DockChange> {
    let mut change = None;
    let closed: Vec<SidePanel> = SidePanel::ALL.into_iter().filter(|panel| !dock.is_open(*panel)).collect();
    if closed.is_empty() {
        return None;
    }
    let menu = ui.menu_button(label, |ui| {
        for panel in closed {
            if ui.button(panel.name()).clicked() {
                change = Some(DockChange::Open(panel));
                ui.close();
            }
        }
    });
    menu.response.on_hover_text("Open another panel").accessible_name("Open another panel");
    change
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unfolded_panels_share_the_height() {
        let mut dock = PanelDock::default();
        [SidePanel::Signals, SidePanel::Text, SidePanel::History].into_iter().for_each(|panel| dock.show(panel));
        dock.open[2].share = 3.0;
        let room = 3.0 * HEADER + BORDER + 400.0;
        assert_eq!(heights(&dock, &[false, true, false], room), [100.0, 0.0, 300.0]);
        assert_eq!(heights(&dock, &[true, true, true], room), [0.0; 3]);
        assert_eq!(heights(&dock, &[false, true, false], 10.0), [0.0; 3], "no room, no negative height");
    }
}
