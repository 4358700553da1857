//! When pixels are looked at, and what becomes of what that brings. The work itself is in `crate::pixels`.

use super::dialogs::Dialog;
use super::{App, Stage};
use crate::command::{DatasetCommand, keymap};
use crate::pixel_scan::{PixelScan, ScanEnd, ScanEvent, result};
use crate::review::ScanCoverage;

impl App {
    /// Called once a frame: begins when it is time, and takes in what was told.
    pub(super) fn poll_pixel_scan(&mut self) {
        self.start_pixel_scan();
        let mut told = Vec::new();
        if let Stage::Reviewing(reviewing) = &mut self.stage {
            while let Some(news) = reviewing.pixels.as_mut().and_then(PixelScan::next_event) {
                match news {
                    ScanEvent::Found { findings, copies, complete } => {
                        let looked = if complete { ScanCoverage::All } else { ScanCoverage::SomePixels };
                        reviewing.review.take_findings(findings, looked);
                        reviewing.review.searcher().know_copies(copies);
                    }
                    ScanEvent::Trouble(trouble) => told.push((ScanEvent::Trouble(trouble), true)),
                    ScanEvent::Ended(end) => {
                        let by_itself = reviewing.pixels.take().is_some_and(|job| job.by_itself);
                        told.push((ScanEvent::Ended(end), by_itself));
                    }
                }
            }
        }
        for (news, by_itself) in told {
            match news {
                ScanEvent::Trouble(trouble) => self.log_message(trouble),
                ScanEvent::Ended(end) => self.pixels_ended(&end, by_itself),
                ScanEvent::Found { .. } => {}
            }
        }
    }

    /// Begins what is due, once it is known what speaks against samples by rows.
    fn start_pixel_scan(&mut self) {
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        // One that was asked to stop ends first.
        if reviewing.pixels.is_some() {
            return;
        }
        let Some(rows) = reviewing.review.by_rows.clone() else { return };
        let Some(due) = reviewing.pixels_due.take() else { return };
        let dataset = reviewing.review.dataset().clone();
        let cache = self.folders.fingerprints_file(dataset.fingerprint);
        match PixelScan::start(due.by_itself, dataset, rows, cache, &self.ctx) {
            Ok(job) => reviewing.pixels = Some(job),
            Err(error) => self.notify(format!("Pixels cannot be looked at: {error}"), true),
        }
    }

    /// The command: begins, or stops what runs.
    pub(super) fn toggle_pixels(&mut self) {
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        match &mut reviewing.pixels {
            Some(job) if job.is_stopping() => {
                let due = reviewing.pixels_due.is_none();
                reviewing.pixels_due = due.then_some(DuePixelScan { by_itself: false });
            }
            Some(job) => {
                // Its end is told then: the person asked for that.
                job.by_itself = false;
                job.stop();
            }
            None => reviewing.pixels_due = Some(DuePixelScan { by_itself: false }),
        }
    }

    /// The setting was turned: on begins, where it was not done yet; off stops what began by itself.
    pub(super) fn pixels_by_setting(&mut self) {
        let on = self.settings.look_at_pixels;
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        match &reviewing.pixels {
            Some(job) if !job.is_stopping() => {
                if !on && job.by_itself {
                    job.stop();
                }
            }
            _ if reviewing.review.looked != ScanCoverage::All => {
                reviewing.pixels_due = DuePixelScan::by_setting(on, reviewing.review.dataset().samples.len());
            }
            _ => reviewing.pixels_due = None,
        }
    }

    /// Are pixels being looked at, or about to be? A stop that is under way counts as done.
    pub(super) fn is_looking_at_pixels(&self) -> bool {
        let Stage::Reviewing(reviewing) = &self.stage else { return false };
        reviewing.pixels.as_ref().is_some_and(|job| !job.is_stopping())
    }

    fn pixels_ended(&mut self, end: &ScanEnd, by_itself: bool) {
        let result = result(end);
        let said = format!("{}: {}.", result.title, result.summary.trim_end_matches('.'));
        self.store_result(result);
        let key = keymap::from_context(&self.ctx).first(DatasetCommand::Jobs);
        match end {
            // Who did not ask for it is not disturbed, and who has it before the eyes needs no notice.
            _ if by_itself || matches!(self.dialog, Some(Dialog::Jobs)) => self.log_message(said),
            ScanEnd::Looked { .. } if !key.is_empty() => self.notify(format!("{said} {key} shows it."), false),
            _ => self.notify(said, false),
        }
    }
}

/// Sets of more rows name millions of tiles: hours of work, and gigabytes to remember what was read. A person has to ask for it.
const BY_ITSELF_UP_TO_ROWS: usize = 250_000;

/// Pixels are to be looked at, as soon as that can be.
#[derive(Clone, Copy)]
pub(super) struct DuePixelScan {
    /// Nobody asked for it.
    pub(super) by_itself: bool,
}

impl DuePixelScan {
    /// What is due in a set of so many rows when it is opened, or when the setting is turned on.
    pub(super) fn by_setting(on: bool, rows: usize) -> Option<Self> {
        (on && rows <= BY_ITSELF_UP_TO_ROWS).then_some(Self { by_itself: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_very_large_set_nothing_begins_by_itself() {
        assert!(DuePixelScan::by_setting(true, BY_ITSELF_UP_TO_ROWS).is_some_and(|due| due.by_itself));
        assert!(DuePixelScan::by_setting(true, BY_ITSELF_UP_TO_ROWS + 1).is_none());
        assert!(DuePixelScan::by_setting(false, 1).is_none());
    }
}
