//! Of an export from a dataset at an address: the question before its preview fetches anything, and
//! the size of the pictures that it copies.

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Context, RichText, Ui};
use tilejury_audit::export::{Copies, ExportOptions, TileCheck};
use tilejury_data::Dataset;
use tilejury_data::tile_source::ToFetch;

use super::size_of_download;
use crate::download_size::{DownloadFor, DownloadSize, about, size_and_time};
use crate::theme::palette;

/// The consent to what a preview fetches.
pub(crate) struct PreviewConsent {
    /// The options that decide what is fetched.
    options: (TileCheck, Copies),
    size: DownloadSize,
    agreed: bool,
}

fn deciding(options: &ExportOptions) -> (TileCheck, Copies) {
    (options.tiles_looked_for(), options.copies)
}

impl PreviewConsent {
    /// Starts to count what the preview by these options fetches.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(crate) fn ask(
        options: &ExportOptions,
        dataset: &Arc<Dataset>,
        fingerprints: PathBuf,
        ctx: &Context,
    ) -> std::io::Result<Self> {
        let of = DownloadFor::ExportRows(Box::new(options.clone()));
        let size = DownloadSize::start(of, dataset, fingerprints, ctx)?;
        Ok(Self { options: deciding(options), size, agreed: false })
    }

    /// Whether it is about what a preview by these options fetches.
    pub(crate) fn is_for(&self, options: &ExportOptions) -> bool {
        self.options == deciding(options)
    }

    /// Receives the size. Returns whether the preview may begin: a person agreed, or nothing is to
    /// be fetched.
    pub(crate) fn receive(&mut self) -> bool {
        self.size.receive();
        self.may_begin()
    }

    /// Whether the preview may begin.
    pub(crate) fn may_begin(&self) -> bool {
        self.agreed || self.size.download().is_some_and(|download| download.is_nothing())
    }
}

/// Draws the question in the place of the preview. A person agrees, or chooses options that fetch
/// less.
pub(super) fn question(ui: &mut Ui, consent: &mut PreviewConsent, options: &mut ExportOptions) {
    ui.label(RichText::new("The preview needs a download").strong());
    let is_counted = size_of_download::show(ui, &consent.size);
    ui.add_space(4.0);
    ui.add_enabled_ui(is_counted, |ui| {
        if ui.button("Fetch and preview").clicked() {
            consent.agreed = true;
        }
    });
    // Formats with pictures read every tile in any case.
    if options.embeds_pictures() {
        return;
    }
    let mut without = options.clone();
    (without.copies, without.tiles) = (Copies::Trust, TileCheck::Trust);
    if !consent.is_for(&without) {
        ui.add_space(8.0);
        if ui.button("Preview without it").clicked() {
            *options = without;
        }
        ui.label(RichText::new("Copies of positives are then not looked for, and tiles not searched.").weak());
    }
}

/// Says what the pictures of an export fetch.
pub(super) fn pictures(ui: &mut Ui, fetch: ToFetch, bytes_per_second: f64) {
    let size = size_and_time(fetch.bytes, bytes_per_second);
    let text = format!("Copying the pictures fetches {}{size}.", about(fetch));
    ui.label(RichText::new(text).color(palette(ui.visuals()).unsure));
}
