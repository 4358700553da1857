//! The query on top: large, to be read first; the answer, where the row has one; where the row stands.

use egui::{RichText, Ui};
use tilejury_audit::Verdict;

use crate::theme::{palette, verdict_badge};

/// What is shown of the sample.
pub(crate) struct QueryView<'a> {
    pub(crate) query: &'a str,
    pub(crate) answer: Option<&'a str>,
    pub(crate) split: &'a str,
    pub(crate) line: u32,
    pub(crate) negatives: usize,
    pub(crate) verdict: Option<Verdict>,
    /// How much larger than whole tiles are shown.
    pub(crate) zoom: f32,
}

pub(crate) fn show(ui: &mut Ui, view: &QueryView<'_>) {
    let palette = palette(ui.visuals());
    ui.horizontal(|ui| {
        ui.label(RichText::new(format!("{} line {}", view.split, view.line)).weak());
        let plural = if view.negatives == 1 { "" } else { "s" };
        ui.label(RichText::new(format!("{} hard negative{plural}", view.negatives)).weak());
        if let Some(verdict) = view.verdict {
            let (sign, colour) = verdict_badge(palette, verdict);
            ui.label(RichText::new(format!("{sign} {}", verdict.label())).color(colour).strong());
        }
        if view.zoom > 1.01 {
            ui.label(RichText::new(format!("Zoomed {:.1}×, 0 shows whole tiles", view.zoom)).color(palette.unsure));
        }
    });
    // A query can be a paragraph: then it scrolls, so that the tiles keep their room.
    egui::ScrollArea::vertical().max_height(92.0).auto_shrink([false, true]).id_salt((view.split, view.line)).show(
        ui,
        |ui| {
            ui.add(egui::Label::new(RichText::new(view.query).size(24.0).strong()).wrap());
            if let Some(answer) = view.answer {
                ui.horizontal_wrapped(|ui| {
                    ui.label(RichText::new("Answer").weak());
                    ui.label(RichText::new(answer).size(16.0));
                });
            }
        },
    );
}
