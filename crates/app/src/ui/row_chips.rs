//! The chips of the findings about a row, in the line under the query: as many as fit, the others
//! as a number. Each leads to what it is about. Decides nothing about findings.

use egui::{Button, CornerRadius, RichText, Stroke, TextStyle, Ui};
use tilejury_audit::text::count;
use tilejury_data::Dataset;

use super::{ReviewAction, UiAction, text_width};
use crate::command::{ReviewCommand, keymap};
use crate::icons;
use crate::review::{CheckFindings, RowFinding};
use crate::theme::{PILL_OPACITY, palette};

/// The space beside and between the texts of chips.
const AROUND: f32 = 22.0;
/// The size of a chip's text.
const TEXT: f32 = 12.5;

/// The findings about the visible row.
pub(crate) struct RowChipsView<'a> {
    pub(crate) findings: Vec<RowFinding<'a>>,
    /// The rows that sentences may name.
    pub(crate) dataset: &'a Dataset,
    /// The last check, if there was one.
    pub(crate) check: Option<&'a CheckFindings>,
}

impl RowChipsView<'_> {
    /// The width of the number of all findings alone, in points.
    pub(crate) fn least_width(&self, ui: &Ui) -> f32 {
        if self.findings.is_empty() { 0.0 } else { width(ui, &number(self.findings.len(), false)) }
    }
}

/// Draws as many chips as fit in the rest of the line, of which `reserved` points are for others.
pub(crate) fn show(ui: &mut Ui, view: &RowChipsView<'_>, reserved: f32, actions: &mut Vec<UiAction>) {
    let room = ui.available_width() - reserved;
    let widths: Vec<f32> = view.findings.iter().map(|found| width(ui, &with_sign(&found.label))).collect();
    let fits = |shown: &usize| {
        let hidden = view.findings.len() - shown;
        let rest = if hidden > 0 { width(ui, &number(hidden, *shown > 0)) } else { 0.0 };
        widths[..*shown].iter().sum::<f32>() + rest <= room
    };
    let shown = (0..=view.findings.len()).rev().find(fits).unwrap_or(0);
    show_first(ui, view, shown, actions);
}

/// Draws the number of the findings.
pub(crate) fn show_number(ui: &mut Ui, view: &RowChipsView<'_>, actions: &mut Vec<UiAction>) {
    show_first(ui, view, 0, actions);
}

fn show_first(ui: &mut Ui, view: &RowChipsView<'_>, shown: usize, actions: &mut Vec<UiAction>) {
    for (at, found) in view.findings.iter().enumerate().take(shown) {
        let name = format!("Finding about the row: {}", found.label);
        chip(ui, view, &with_sign(&found.label), &name, (at, at + 1), actions);
    }
    let (hidden, all) = (view.findings.len() - shown, view.findings.len());
    if hidden > 0 {
        let more = if shown > 0 { "more " } else { "" };
        let name = format!("{} about the row", count(hidden, &format!("{more}finding")));
        chip(ui, view, &number(hidden, shown > 0), &name, (shown, all), actions);
    }
}

/// Draws a chip for the findings from a position to another. It leads to the first of them.
fn chip(
    ui: &mut Ui,
    view: &RowChipsView<'_>,
    text: &str,
    name: &str,
    (from, to): (usize, usize),
    actions: &mut Vec<UiAction>,
) {
    let colour = palette(ui.visuals()).unsure;
    let button = Button::new(RichText::new(text).size(TEXT).color(colour))
        .fill(colour.gamma_multiply(PILL_OPACITY))
        .stroke(Stroke::new(1.0, colour.gamma_multiply(0.7)))
        .corner_radius(CornerRadius::same(12));
    let response = ui.add(button).on_hover_ui(|ui| {
        for found in view.findings.get(from..to).unwrap_or_default() {
            ui.label(found.sentence(view.dataset, view.check));
        }
        let key = keymap::from_context(ui.ctx()).first(ReviewCommand::FollowFinding);
        let leads_to = view.findings.get(from).map(|found| found.leads_to.words(view.dataset)).unwrap_or_default();
        ui.label(RichText::new(format!("A click goes to {leads_to}; {key} goes to one after the other.")).weak());
    });
    if response.accessible_name(name).clicked() {
        actions.push(ReviewAction::FollowFinding(from).into());
    }
}

/// The number of findings that are not named.
fn number(hidden: usize, more: bool) -> String {
    if more { format!("+{hidden}") } else { with_sign(&hidden.to_string()) }
}

fn with_sign(label: &str) -> String {
    format!("{} {label}", icons::WARNING)
}

fn width(ui: &Ui, text: &str) -> f32 {
    text_width(ui, text, &TextStyle::Body) + AROUND
}
