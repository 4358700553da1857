//! The signals of the current sample: those of the row and those of each tile, with reasons, and
//! the share of each source in the score of a tile.

use egui::{Align, Frame, Layout, Margin, ProgressBar, RichText, ScrollArea, Ui};
use tilejury_audit::suspicion::{EvidenceShare, EvidenceSource, Finding, NOTHING_IS_KNOWN};
use tilejury_data::{Dataset, TileSlot};

use super::offer::NEAR_QUERY;
use super::review_badges::{self, ReviewedTile};
use super::{UiAction, ViewAction, evidence_shares};
use crate::command::{DatasetCommand, keymap};
use crate::icons;
use crate::review::ScanCoverage;
use crate::theme::palette;

/// The content of the panel.
pub(crate) struct InspectorView<'a> {
    /// The findings and values of the current sample as a whole and of its tiles; `None` until the
    /// rows were read.
    pub(crate) parts: Option<Vec<InspectedPart<'a>>>,
    /// The progress of reading the texts of tiles, in a sentence; `None` if they are known or
    /// nothing is being read.
    pub(crate) reading: Option<String>,
    /// Whether texts, scores or reviews are known for the set.
    pub(crate) has_values: bool,
    pub(crate) coverage: ScanCoverage,
    /// The rows that sentences may name.
    pub(crate) dataset: &'a Dataset,
    /// The tiles with reviews by models.
    pub(crate) reviews: Vec<ReviewedTile>,
}

/// The row as a whole, or one tile.
pub(crate) struct InspectedPart<'a> {
    /// `None` for the row as a whole.
    pub(crate) tile: Option<TileSlot>,
    pub(crate) findings: &'a [Finding],
    /// The shares of the score; empty if it is 0.
    pub(crate) shares: Vec<EvidenceShare>,
    /// From 0 to 1.
    pub(crate) score: f32,
}

impl InspectedPart<'_> {
    /// Whether the shares tell more than the findings.
    fn has_values(&self) -> bool {
        self.shares.iter().any(|share| !matches!(share.source, EvidenceSource::Prior | EvidenceSource::Signals))
    }
}

pub(crate) fn show(ui: &mut Ui, view: &InspectorView<'_>, actions: &mut Vec<UiAction>) {
    let Some(parts) = &view.parts else {
        ui.horizontal(|ui| {
            super::busy::busy(ui);
            ui.label("Computing signals…");
        });
        return;
    };
    if parts.is_empty() {
        ui.label(no_signal(view.coverage));
        ui.label(RichText::new("The row can still be wrong: check the tiles.").weak());
        review_badges::panel(ui, &view.reviews);
        note(ui, view);
        return;
    }
    let from = match view.coverage {
        ScanCoverage::Rows => "paths and rows",
        ScanCoverage::SomePixels => "paths, rows and the pixels scanned so far",
        ScanCoverage::All => "paths, rows and pixels",
    };
    let values = if view.has_values { ", and from texts, scores and reviews as far as they are known" } else { "" };
    let from = format!(
        "From {from}{values}. A bar is the strength of a finding. A signal is not a verdict: a person decides."
    );
    ui.label(RichText::new(from).weak().small());
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for part in parts {
            card(ui, view.dataset, part, actions);
        }
        review_badges::panel(ui, &view.reviews);
        note(ui, view);
    });
}

/// The sentence for a sample without signals.
pub(crate) fn no_signal(coverage: ScanCoverage) -> &'static str {
    match coverage {
        ScanCoverage::Rows => "No signal from paths and rows.",
        ScanCoverage::SomePixels => "No signal from paths, rows and the pixels scanned so far.",
        ScanCoverage::All => "No signal from paths, rows and pixels.",
    }
}

/// Says how little is known, if nothing but rows, paths and pixels is.
fn note(ui: &mut Ui, view: &InspectorView<'_>) {
    if !view.has_values {
        ui.add_space(6.0);
        let text = nothing_is_known(ui.ctx(), view.reading.as_deref());
        ui.add(egui::Label::new(RichText::new(text).weak().small()).wrap());
    }
}

/// The note about a set of which only rows, paths and pixels are known. `reading`: the progress of
/// reading its texts.
pub(crate) fn nothing_is_known(ctx: &egui::Context, reading: Option<&str>) -> String {
    let key = keymap::from_context(ctx).first(DatasetCommand::ReadTiles);
    match reading {
        Some(reading) => format!("Note: {reading}"),
        None if key.is_empty() => format!("Note: {NOTHING_IS_KNOWN}."),
        None => format!("Note: {NOTHING_IS_KNOWN}. {key} reads the tiles."),
    }
}

fn card(ui: &mut Ui, dataset: &Dataset, part: &InspectedPart<'_>, actions: &mut Vec<UiAction>) {
    let colours = palette(ui.visuals());
    let ground = ui.visuals().faint_bg_color;
    Frame::new().fill(ground).corner_radius(6).inner_margin(Margin::same(8)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let name = match part.tile {
            None => "Row".to_owned(),
            Some(TileSlot::POSITIVE) => "Positive".to_owned(),
            Some(number) => format!("Negative {number}"),
        };
        ui.horizontal(|ui| {
            match part.tile {
                Some(tile) => {
                    if ui.link(RichText::new(name).strong()).on_hover_text("Focus this tile").clicked() {
                        actions.push(ViewAction::Focus(tile.into()).into());
                    }
                }
                None => {
                    ui.label(RichText::new(name).strong());
                }
            }
            if part.has_values() {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| evidence_shares::likelihood(ui, part.score));
            }
        });
        if part.has_values() {
            evidence_shares::show(ui, &part.shares);
        }
        for finding in part.findings {
            let label = format!("{} {}", icons::WARNING, finding.name(dataset));
            ui.label(RichText::new(label).color(colours.unsure)).on_hover_text(finding.signal.meaning());
            ui.add(ProgressBar::new(finding.strength).desired_height(4.0).fill(colours.unsure))
                .on_hover_text(format!("Strength {:.2} of 1", finding.strength));
            let sentence = ui.add(egui::Label::new(finding.sentence(dataset)).wrap());
            if finding.is_of_near_query() {
                sentence.on_hover_text(NEAR_QUERY);
            }
        }
    });
    ui.add_space(4.0);
}
