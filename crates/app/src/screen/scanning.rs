//! The start of pixel scans, and the handling of their events. The work itself is in
//! `crate::pixel_scan`.

use tilejury_audit::text::count;
use tilejury_data::Dataset;

use super::dialogs::Dialog;
use super::{App, Stage};
use crate::command::{DatasetCommand, keymap};
use crate::jobs::WholeSetWork;
use crate::pixel_scan::{PixelScan, ScanEnd, ScanEvent, ScannedTiles, result};
use crate::review::ScanCoverage;

impl App {
    /// Starts a scan that is due, and handles the events of the running one. Called once a frame.
    pub(super) fn poll_pixel_scan(&mut self) {
        self.start_pixel_scan();
        let mut events = Vec::new();
        let mut sorted = None;
        if let Stage::Reviewing(reviewing) = &mut self.stage {
            while let Some(event) = reviewing.pixels.as_mut().and_then(PixelScan::next_event) {
                match event {
                    ScanEvent::Found { findings, copies, complete } => {
                        let coverage = if complete { ScanCoverage::All } else { ScanCoverage::SomePixels };
                        reviewing.review.receive_pixel_findings(findings, coverage);
                        reviewing.review.searcher().set_copies(copies);
                    }
                    ScanEvent::Trouble(trouble) => events.push((ScanEvent::Trouble(trouble), true)),
                    ScanEvent::Ended(end) => {
                        let is_automatic = reviewing.pixels.take().is_some_and(|job| job.is_automatic);
                        if matches!(end, ScanEnd::NothingAdopted) {
                            continue;
                        }
                        sorted = reviewing.review.sort_again().then(|| sorted_again(&end)).flatten();
                        events.push((ScanEvent::Ended(end), is_automatic));
                    }
                }
            }
        }
        for (event, is_automatic) in events {
            match event {
                ScanEvent::Trouble(trouble) => self.log_message(trouble),
                ScanEvent::Ended(end) => self.pixels_ended(&end, is_automatic, sorted.take()),
                ScanEvent::Found { .. } => {}
            }
        }
    }

    /// Starts the scan that is due, once there are findings from rows.
    fn start_pixel_scan(&mut self) {
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        // A scan that was asked to stop has to end first, and findings from rows come first.
        if reviewing.pixels.is_some() || reviewing.review.signals.findings().is_none() {
            return;
        }
        let Some(due) = reviewing.pixels_due.take() else { return };
        let dataset = reviewing.review.dataset().clone();
        let cache = self.folders.fingerprints_file(dataset.fingerprint);
        let pool = reviewing.review.searcher().pool().clone();
        match PixelScan::start((due.is_automatic, due.scanned), dataset, pool, cache, &self.ctx) {
            Ok(job) => reviewing.pixels = Some(job),
            Err(error) => self.notify(format!("Tiles cannot be scanned: {error}"), true),
        }
    }

    /// Carries out the command: starts a scan, or stops the running one.
    pub(super) fn toggle_pixel_scan(&mut self) {
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        match &mut reviewing.pixels {
            None if reviewing.pixels_due.is_none_or(|due| due.scanned == ScannedTiles::None) => {
                self.ask_or_begin(WholeSetWork::ScanTiles);
            }
            // It reads nothing: the other scan begins after it.
            Some(job) if job.scanned == ScannedTiles::None => self.ask_or_begin(WholeSetWork::ScanTiles),
            Some(job) if job.is_stopping() => {
                let due = reviewing.pixels_due.is_none();
                reviewing.pixels_due = due.then(|| DuePixelScan::asked(reviewing.review.dataset()));
            }
            Some(job) => {
                // A notice reports its end then: the person asked for that.
                job.is_automatic = false;
                job.stop();
            }
            None => reviewing.pixels_due = Some(DuePixelScan::asked(reviewing.review.dataset())),
        }
    }

    /// Follows the setting: switched on, it starts a scan if none was complete; switched off, it
    /// stops one that started automatically.
    pub(super) fn pixels_by_setting(&mut self) {
        let on = self.settings.look_at_pixels;
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        match &reviewing.pixels {
            Some(job) if !job.is_stopping() => {
                if !on && job.is_automatic {
                    job.stop();
                }
            }
            _ if reviewing.review.signals.coverage() != ScanCoverage::All => {
                reviewing.pixels_due = DuePixelScan::by_setting(on, reviewing.review.dataset());
            }
            _ => reviewing.pixels_due = None,
        }
    }

    /// Whether a scan is running. One that is stopping does not count.
    pub(super) fn is_looking_at_pixels(&self) -> bool {
        let Stage::Reviewing(reviewing) = &self.stage else { return false };
        reviewing.pixels.as_ref().is_some_and(|job| !job.is_stopping())
    }

    /// `sorted`: the notice that the list was sorted again.
    fn pixels_ended(&mut self, end: &ScanEnd, is_automatic: bool, sorted: Option<String>) {
        let result = result(end);
        let text = format!("{}: {}.", result.title, result.summary.trim_end_matches('.'));
        self.store_result(result);
        let key = keymap::from_context(&self.ctx).first(DatasetCommand::Jobs);
        // No notice for a scan that nobody asked for, nor if the dialog shows its end anyway.
        let is_silent = is_automatic || matches!(self.dialog, Some(Dialog::Jobs));
        let notice = match end {
            _ if is_silent => {
                self.log_message(text);
                None
            }
            ScanEnd::Complete { .. } if !key.is_empty() => Some(format!("{text} {key} shows it.")),
            _ => Some(text),
        };
        let notice: Vec<String> = notice.into_iter().chain(sorted).collect();
        if !notice.is_empty() {
            self.notify(notice.join(" "), false);
        }
    }
}

/// The notice that the list was sorted again when a scan ended; `None` if the scan read no tile, as
/// when a set is opened again.
fn sorted_again(end: &ScanEnd) -> Option<String> {
    match end {
        ScanEnd::Complete { read: 0, .. } | ScanEnd::NothingAdopted => None,
        ScanEnd::Complete { tiles, .. } => {
            Some(format!("Sorted again: the pixels of {} are known now.", count(*tiles, "tile")))
        }
        ScanEnd::Stopped | ScanEnd::Failed(_) => Some("Sorted again by the tiles that were scanned.".to_owned()),
    }
}

/// In sets with more rows, scans do not start automatically: they name millions of tiles, which
/// takes hours of work and gigabytes of cache.
const AUTOMATIC_UP_TO_ROWS: usize = 250_000;

/// A pixel scan that starts as soon as possible.
#[derive(Clone, Copy)]
pub(super) struct DuePixelScan {
    /// Whether it starts automatically: nobody asked for it.
    pub(super) is_automatic: bool,
    /// The tiles that it reads.
    scanned: ScannedTiles,
}

impl DuePixelScan {
    /// The scan that is due in a dataset when it is opened, or when the setting is switched on. It
    /// reads no tile if the dataset would have to be fetched for it, or is very large.
    pub(super) fn by_setting(on: bool, dataset: &Dataset) -> Option<Self> {
        let reads = dataset.tiles.storage().is_none() && Self::fits(dataset.samples.len());
        let scanned = if reads { ScannedTiles::Unknown } else { ScannedTiles::None };
        on.then_some(Self { is_automatic: true, scanned })
    }

    /// The scan that a person asked for. At an address, it reads no more than the tiles whose size
    /// was stated, which are those without a fingerprint.
    pub(super) fn asked(dataset: &Dataset) -> Self {
        let is_here = dataset.tiles.storage().is_none();
        let scanned = if is_here { ScannedTiles::AndNear } else { ScannedTiles::Unknown };
        Self { is_automatic: false, scanned }
    }

    fn fits(rows: usize) -> bool {
        rows <= AUTOMATIC_UP_TO_ROWS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_scan_starts_automatically_in_a_very_large_set() {
        assert!(DuePixelScan::fits(AUTOMATIC_UP_TO_ROWS));
        assert!(!DuePixelScan::fits(AUTOMATIC_UP_TO_ROWS + 1));
    }
}
