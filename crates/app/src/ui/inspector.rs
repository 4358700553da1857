//! The signals of the current sample: those of the row and those of each tile, with reasons.

use egui::{Frame, Margin, ProgressBar, RichText, ScrollArea, Ui};
use tilejury_audit::suspicion::Finding;
use tilejury_data::{Dataset, TileSlot};

use super::{UiAction, ViewAction};
use crate::icons;
use crate::review::ScanCoverage;
use crate::theme::palette;

/// The content of the panel.
pub(crate) struct InspectorView<'a> {
    /// The findings about the current sample and its tiles; `None` until the rows were read.
    pub(crate) findings: Option<&'a [Finding]>,
    pub(crate) coverage: ScanCoverage,
    /// The rows that sentences may name.
    pub(crate) dataset: &'a Dataset,
}

pub(crate) fn show(ui: &mut Ui, view: &InspectorView<'_>, actions: &mut Vec<UiAction>) {
    ui.add_space(6.0);
    ui.label(RichText::new("Signals").strong().size(16.0));
    let Some(found) = view.findings else {
        ui.horizontal(|ui| {
            ui.spinner();
            ui.label("Computing signals…");
        });
        return;
    };
    if found.is_empty() {
        ui.label(match view.coverage {
            ScanCoverage::Rows => "No signal from paths and rows.",
            ScanCoverage::SomePixels => "No signal from paths, rows and the pixels scanned so far.",
            ScanCoverage::All => "No signal from paths, rows and pixels.",
        });
        ui.label(RichText::new("The row can still be wrong: check the tiles.").weak());
        return;
    }
    let from = match view.coverage {
        ScanCoverage::Rows => "From paths and rows. A signal is not a verdict: a person decides.",
        ScanCoverage::SomePixels => {
            "From paths, rows and the pixels scanned so far. A signal is not a verdict: a person decides."
        }
        ScanCoverage::All => "From paths, rows and pixels. A signal is not a verdict: a person decides.",
    };
    ui.label(RichText::new(from).weak().small());
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for group in found.chunk_by(|a, b| a.tile == b.tile) {
            card(ui, view.dataset, group, actions);
        }
    });
}

fn card(ui: &mut Ui, dataset: &Dataset, group: &[Finding], actions: &mut Vec<UiAction>) {
    let Some(tile) = group.first().map(|finding| finding.tile) else { return };
    let colours = palette(ui.visuals());
    let ground = ui.visuals().faint_bg_color;
    Frame::new().fill(ground).corner_radius(6).inner_margin(Margin::same(8)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let name = match tile {
            None => "Row".to_owned(),
            Some(TileSlot::POSITIVE) => "Positive".to_owned(),
            Some(number) => format!("Negative {number}"),
        };
        match tile {
            Some(tile) => {
                if ui.link(RichText::new(name).strong()).on_hover_text("Focus this tile").clicked() {
                    actions.push(ViewAction::Focus(tile.into()).into());
                }
            }
            None => {
                ui.label(RichText::new(name).strong());
            }
        }
        for finding in group {
            let label = format!("{} {}", icons::WARNING, finding.signal.label());
            ui.label(RichText::new(label).color(colours.unsure));
            ui.add(ProgressBar::new(finding.strength).desired_height(4.0).fill(colours.unsure))
                .on_hover_text(format!("Strength {:.2} of 1", finding.strength));
            ui.add(egui::Label::new(finding.sentence(dataset)).wrap());
        }
    });
    ui.add_space(4.0);
}
