//! A list of completions at a text field. Arrows choose, Tab or a click accepts, and the field
//! keeps the focus.

use egui::text::LayoutJob;

use super::{field_keys, text_width};
use egui::{Align, Align2, Area, FontSelection, Id, Order, Rect, Response, RichText, ScrollArea, TextStyle, Ui};

/// The most width of the list in points, below a field that is not wider.
const WIDTH: f32 = 340.0;
/// The width that the note may ask for; a longer one has several rows.
const NOTE: f32 = 170.0;
/// The height of a line, and the space between its text and its hint.
const LINE: f32 = 22.0;
const BEFORE_HINT: &str = "   ";

/// The state of the list.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CompletionListState {
    chosen: Option<usize>,
    /// The area where the list was last drawn. A click there must not count as leaving the field.
    rect: Option<Rect>,
    /// Whether the pointer is pressed or released over the list in this frame.
    is_pressed: bool,
    steps: i64,
    tab: bool,
}

/// A line of the list.
pub(crate) struct CompletionLine {
    pub(crate) text: String,
    pub(crate) hint: String,
}

/// The side of the field that the list is on.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Side {
    Above,
    /// Below the word that is completed, which begins that far from the left end of the field.
    Below(f32),
}

/// Returns the line of an offer: its text, and its hint in small letters.
fn line_of(ui: &Ui, offer: &CompletionLine) -> LayoutJob {
    let mut line = LayoutJob::default();
    let hint = format!("{BEFORE_HINT}{}", offer.hint);
    for text in [RichText::new(&offer.text), RichText::new(hint).weak().small()] {
        text.append_to(&mut line, ui.style(), FontSelection::Default, Align::Center);
    }
    line
}

/// Returns the width that the longest line needs, within the room: no wider, since the list covers
/// what is below the field.
fn width_for(ui: &Ui, offers: &[CompletionLine], note: &str, most: f32) -> f32 {
    let padding = 2.0 * ui.spacing().button_padding.x;
    let lines = offers.iter().map(|offer| ui.painter().layout_job(line_of(ui, offer)).size().x + padding);
    let longest = lines.fold(text_width(ui, note, &TextStyle::Small).min(NOTE), f32::max);
    (longest.ceil() + ui.spacing().scroll.allocated_width()).min(most)
}

impl CompletionListState {
    /// Reads the keys that choose, before the field is drawn and can take them. `by_tab`: Tab
    /// accepts the first line.
    pub(crate) fn take_keys(&mut self, ui: &Ui, field: Id, offered: bool, by_tab: bool) {
        (self.steps, self.tab) = (0, false);
        if !offered || !ui.memory(|memory| memory.has_focus(field)) {
            return;
        }
        ui.input_mut(|input| {
            self.steps = field_keys::take_arrows(input);
            self.tab = (by_tab || self.chosen.is_some()) && field_keys::take_tab(input);
        });
    }

    /// Whether a line was chosen with the arrow keys; Enter accepts it.
    pub(crate) fn has_chosen(&self) -> bool {
        self.chosen.is_some()
    }

    /// Another text means another list.
    pub(crate) fn forget(&mut self) {
        self.chosen = None;
    }

    /// Whether a press on the list is taking the focus from the field: its text is not left.
    pub(crate) fn is_pressed(&self) -> bool {
        self.is_pressed
    }

    /// Draws the list, with a note below it that may be empty. Returns the accepted line. `enter`:
    /// Enter was pressed in the field and accepts a line: the chosen one, else the first.
    pub(crate) fn show(
        &mut self,
        ui: &Ui,
        field: &Response,
        offers: &[CompletionLine],
        note: &str,
        side: Side,
        enter: bool,
    ) -> Option<usize> {
        // A press on the list takes the focus from the field before the click is complete.
        let over = ui.input(|input| {
            let pressed = input.pointer.any_down() || input.pointer.any_released();
            let at = input.pointer.latest_pos().filter(|_| pressed);
            self.rect.is_some_and(|rect| at.is_some_and(|at| rect.contains(at)))
        });
        self.is_pressed = over;
        let open = !offers.is_empty() && (field.has_focus() || enter || over);
        if !open {
            (self.rect, self.chosen) = (None, None);
            return None;
        }
        let last = offers.len() as i64 - 1;
        if self.steps != 0 {
            // From the field, the down arrow leads to the first line and the up arrow to the last;
            // past either end, back to the field.
            let from = self.chosen.map_or(if self.steps > 0 { -1 } else { last + 1 }, |at| at as i64);
            let to = from + self.steps;
            self.chosen = (0..=last).contains(&to).then_some(to as usize);
        }
        self.chosen = self.chosen.filter(|at| *at < offers.len());
        let mut accepted = (self.tab || enter).then(|| self.chosen.unwrap_or(0));
        let room = ui.ctx().content_rect().max.x - field.rect.min.x - 24.0;
        let width = width_for(ui, offers, note, field.rect.width().max(WIDTH).min(room));
        let (pivot, at) = match side {
            Side::Below(word) => {
                let last = (field.rect.width() - width - ui.spacing().menu_margin.sum().x).max(0.0);
                (Align2::LEFT_TOP, field.rect.left_bottom() + egui::vec2(word.clamp(0.0, last), 4.0))
            }
            Side::Above => (Align2::LEFT_BOTTOM, field.rect.left_top() - egui::vec2(0.0, 4.0)),
        };
        let area = Area::new(field.id.with("completions")).order(Order::Foreground).pivot(pivot).fixed_pos(at);
        let drawn = area.show(ui.ctx(), |ui| {
            egui::Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_width(width);
                ui.spacing_mut().item_spacing.y = 2.0;
                ScrollArea::vertical().max_height(300.0).min_scrolled_height(300.0).show(ui, |ui| {
                    for (at, offer) in offers.iter().enumerate() {
                        let line = egui::Button::selectable(self.chosen == Some(at), line_of(ui, offer))
                            .truncate()
                            .small()
                            .min_size(egui::vec2(ui.available_width(), LINE));
                        let response = ui.add(line).accessible_name(&offer.text);
                        if self.chosen == Some(at) && self.steps != 0 {
                            response.scroll_to_me(None);
                        }
                        if response.clicked() {
                            accepted = Some(at);
                        }
                    }
                });
                if !note.is_empty() {
                    ui.label(RichText::new(note).weak().small());
                }
            });
        });
        self.rect = Some(drawn.response.rect);
        if accepted.is_some() {
            self.chosen = None;
            field.request_focus();
        }
        accepted
    }
}
