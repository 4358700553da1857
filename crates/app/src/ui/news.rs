//! The news in the status bar: the latest notices, else the key that was just pressed. They have a
//! place of their own there, so they cover neither a tile nor a panel. Which notices there are, and
//! for how long, is not decided here (`screen/notices`).

use std::path::Path;
use std::sync::Arc;

use egui::text::LayoutJob;
use egui::{
    Align, Align2, Area, Context, FontId, Frame, Galley, Id, Label, Layout, Margin, Order, RichText, Sense, StrokeKind,
    TextFormat, TextStyle, Ui, WidgetInfo, vec2,
};
use tilejury_audit::text::count;

use super::{AppAction, UiAction, copy_button, text_width};
use crate::command::{DatasetCommand, keymap};

/// The room below which a notice is drawn over the line instead of in it, in points.
const LINE_AT_LEAST: f32 = 260.0;
/// The widest notice: a longer one takes two lines, and its tooltip has all of it.
const NOTICE_UP_TO: f32 = 620.0;
/// The width of the buttons of a notice.
const BUTTONS: f32 = 80.0;
/// The width of the number of further notices.
const COUNT: f32 = 28.0;
/// The height of a pressed key, the margin beside it, and the gap before its command, in points.
const CHIP: f32 = 20.0;
const MARGIN: f32 = 8.0;
const GAP: f32 = 10.0;

/// The news.
#[derive(Default)]
pub(crate) struct NewsView<'a> {
    /// The visible notices, the latest last.
    pub(crate) notices: Vec<NoticeView<'a>>,
    /// The key that was just pressed, and the name of its command.
    pub(crate) pressed: Option<(String, &'static str)>,
}

/// A notice.
pub(crate) struct NoticeView<'a> {
    pub(crate) text: &'a str,
    /// Whether it stays until it is dismissed.
    pub(crate) stays: bool,
    /// The folder that it offers to open.
    pub(crate) folder: Option<&'a Path>,
}

impl NewsView<'_> {
    /// The width in points that the notices want of the line; 0 without any.
    pub(super) fn wanted(&self, ui: &Ui) -> f32 {
        let widths = shown(&self.notices).into_iter().map(|at| width(ui, &self.notices[at]));
        widths.sum::<f32>().min(NOTICE_UP_TO)
    }
}

/// Draws the news into the rest of a line.
pub(super) fn show(ui: &mut Ui, view: &NewsView<'_>, actions: &mut Vec<UiAction>) {
    if view.notices.is_empty() {
        if let Some((key, name)) = &view.pressed {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| pressed(ui, key, name));
        }
    } else if ui.available_width() >= view.wanted(ui).min(LINE_AT_LEAST) {
        latest(ui, &view.notices, actions);
    } else {
        over_line(ui.ctx(), &view.notices, actions);
    }
}

/// Draws the notices at the bottom of the window, where no line has room for it.
pub(crate) fn over_line(ctx: &Context, notices: &[NoticeView<'_>], actions: &mut Vec<UiAction>) {
    let area = Area::new(Id::unique("notice")).order(Order::Foreground);
    area.anchor(Align2::RIGHT_BOTTOM, vec2(-4.0, -2.0)).show(ctx, |ui| {
        Frame::popup(ui.style()).inner_margin(Margin::symmetric(8, 1)).show(ui, |ui| {
            ui.set_max_width((ctx.content_rect().width() - 40.0).min(NOTICE_UP_TO));
            ui.horizontal(|ui| latest(ui, notices, actions));
        });
    });
}

/// The positions of the notices that are drawn: the latest, and if that passes also the latest that
/// stays, which no passing one may hide.
fn shown(notices: &[NoticeView<'_>]) -> Vec<usize> {
    let Some(last) = notices.len().checked_sub(1) else { return Vec::new() };
    let staying = notices.iter().rposition(|notice| notice.stays).filter(|at| *at != last);
    std::iter::once(last).chain(staying).collect()
}

/// The width of a notice with its buttons, in points.
fn width(ui: &Ui, notice: &NoticeView<'_>) -> f32 {
    let open = if notice.folder.is_some() { BUTTONS } else { 0.0 };
    text_width(ui, notice.text, &TextStyle::Body) * 1.1 + BUTTONS + open
}

/// The notices with their buttons; those that two lines do not hold are cut.
fn latest(ui: &mut Ui, notices: &[NoticeView<'_>], actions: &mut Vec<UiAction>) {
    let shown = shown(notices);
    for (number, at) in shown.iter().enumerate() {
        let Some(notice) = notices.get(*at) else { continue };
        // The last one has the rest of the line.
        let room = (ui.available_width() - COUNT) / (shown.len() - number) as f32;
        let size = vec2(room.min(width(ui, notice)), ui.available_height());
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            one(ui, *at, notice, actions);
        });
        let left_out = notices.len() - shown.len();
        if left_out > 0 && number + 1 == shown.len() {
            let others = notices.iter().enumerate().filter(|(at, _)| !shown.contains(at));
            let texts: Vec<&str> = others.map(|(_, notice)| notice.text).collect();
            let text = format!("{} more:\n{}", count(left_out, "notice"), texts.join("\n"));
            ui.label(RichText::new(format!("+{left_out}")).weak()).on_hover_text(text);
        }
    }
}

fn one(ui: &mut Ui, at: usize, notice: &NoticeView<'_>, actions: &mut Vec<UiAction>) {
    if ui.button("OK").clicked() {
        actions.push(AppAction::DismissNotice(at).into());
    }
    if let Some(folder) = notice.folder
        && ui.button("Open").on_hover_text("Show the files in the file manager.").clicked()
    {
        actions.push(AppAction::ShowFolder(folder.to_owned()).into());
    }
    if notice.stays {
        copy_button(ui, notice.text);
    }
    // The tooltip has the whole text: egui would add another one to a text that is cut.
    let text = Label::new(in_room(ui, notice.text)).wrap().show_tooltip_when_elided(false).sense(Sense::click());
    let hint = keymap::from_context(ui.ctx()).hint(DatasetCommand::Messages);
    if ui.add(text).on_hover_text(format!("{}\n\n{hint}", notice.text)).clicked() {
        actions.push(DatasetCommand::Messages.into());
    }
}

/// A text as it fits into the rest of the line: a long one in two small lines, as high as one.
fn in_room(ui: &Ui, text: &str) -> LayoutJob {
    let is_long = text_width(ui, text, &TextStyle::Body) > ui.available_width();
    let (style, rows) = if is_long { (TextStyle::Small, 2) } else { (TextStyle::Body, 1) };
    let format = TextFormat::simple(style.resolve(ui.style()), ui.visuals().strong_text_color());
    let mut job = LayoutJob::single_section(text.to_owned(), format);
    job.wrap.max_rows = rows;
    job
}

/// The key with the name of its command, if there is room for both, else the key. Painted by hand:
/// it must not be higher than the line.
fn pressed(ui: &mut Ui, key: &str, name: &str) {
    let layout = |text: &str, font: FontId, colour| ui.painter().layout_no_wrap(text.to_owned(), font, colour);
    let (strong, text) = (ui.visuals().strong_text_color(), ui.visuals().text_color());
    let key_galley = layout(key, FontId::monospace(13.0), strong);
    let name_galley = layout(name, FontId::proportional(14.0), text);
    let keys = key_galley.size().x + 2.0 * MARGIN;
    let both = keys + GAP + name_galley.size().x;
    let room = ui.available_width();
    if keys > room {
        return;
    }
    let width = if both > room { keys } else { both };
    let (area, response) = ui.allocate_exact_size(vec2(width, CHIP), Sense::hover());
    let words = format!("{key}  {name}");
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &words));
    let visuals = ui.visuals();
    ui.painter().rect(area, 4.0, visuals.extreme_bg_color, visuals.window_stroke, StrokeKind::Inside);
    let left = area.left_center() + vec2(MARGIN, 0.0);
    let at = |galley: &Arc<Galley>, x: f32| left + vec2(x, -galley.size().y / 2.0);
    let behind = key_galley.size().x + GAP;
    ui.painter().galley(at(&key_galley, 0.0), key_galley, strong);
    if both <= room {
        ui.painter().galley(at(&name_galley, behind), name_galley, text);
    }
}

/// Shows the last command and its key at the bottom of a window without a status bar.
pub(crate) fn key_at_bottom(ctx: &Context, key: &str, name: &str) {
    let area = Area::new(Id::unique("pressed key")).order(Order::Foreground).interactable(false);
    area.anchor(Align2::CENTER_BOTTOM, vec2(0.0, -2.0)).show(ctx, |ui| pressed(ui, key, name));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passing_notice_hides_none_that_stays() {
        let notice = |stays| NoticeView { text: "text", stays, folder: None };
        let positions = |notices: &[bool]| shown(&notices.iter().map(|stays| notice(*stays)).collect::<Vec<_>>());
        assert!(positions(&[]).is_empty());
        assert_eq!(positions(&[true, true]), [1]);
        assert_eq!(positions(&[true, true, false]), [2, 1]);
        assert_eq!(positions(&[false]), [0]);
    }
}
