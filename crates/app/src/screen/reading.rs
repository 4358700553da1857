//! The start of readings of tiles' text, and the handling of their events. The work itself is in
//! `crate::reading_task`.

use tilejury_audit::external::{estimated_time, file_beside, tiles_of_rows};
use tilejury_audit::pace::spell;
use tilejury_audit::text::{count, grouped};
use tilejury_data::TilePath;

use super::dialogs::Dialog;
use super::readings::{DueReading, Readings};
use super::review_screen::ReviewScreen;
use super::{App, Stage};
use crate::command::{DatasetCommand, keymap};
use crate::folders::Folders;
use crate::reading_estimate::ReadingEstimate;
use crate::reading_result::result;
use crate::reading_task::{
    DisplayedRow, EngineChoice, ReadingEnd, ReadingEvent, ReadingPhase, ReadingPlace, ReadingProgress, ReadingScope,
    ReadingTask, jobs,
};
use crate::settings::ReadingMode;
use crate::signal_update::SignalUpdate;
use crate::ui::reading_dialog::ReadingDialog;

impl ReviewScreen {
    /// Learns that the texts of these tiles are stored: everything that shows texts is refreshed
    /// here.
    fn tiles_read(&mut self, tiles: &[TilePath]) {
        self.texts.refresh(tiles, file_beside(&self.review.saving.location().path));
        self.reading.stored += tiles.len();
        self.reading.new_texts.extend_from_slice(tiles);
    }

    /// The displayed sample with its tiles, of which very many may not be shown.
    fn displayed(&self) -> Option<DisplayedRow> {
        let cursor = self.review.cursor();
        let query = self.review.sample.as_ref()?.query.clone();
        Some(DisplayedRow { sample: cursor, query, tiles: tiles_of_rows(self.review.dataset(), [cursor]) })
    }

    pub(super) fn reading_place(&self, folders: &Folders) -> ReadingPlace {
        ReadingPlace {
            dataset: self.review.dataset().clone(),
            findings: self.review.signals.shared().cloned(),
            sidecar: self.review.saving.location().clone(),
            sidecars: folders.sidecars(),
        }
    }

    /// The progress of reading the texts whose scores are not known yet, in a sentence; `None` if
    /// nothing is being read.
    pub(super) fn describe_reading(&self) -> Option<String> {
        if let Some(ReadingProgress { done, total, .. }) = self.reading.progress() {
            let (done, total) = (grouped(done), count(total, "tile"));
            return Some(format!("{done} of {total} are read; their scores follow when the reading ends or pauses."));
        }
        self.reading.update.as_ref()?;
        Some(match self.reading.updating {
            0 => "A model's reviews came; the scores are being computed.".to_owned(),
            tiles => format!("{} were read; their scores are being computed.", count(tiles, "tile")),
        })
    }

    /// Computes the signals again, once nothing is being read and texts are new. Then the list is
    /// sorted again. Returns what the person has to know, and whether that is a fault.
    fn update_signals(&mut self, folders: &Folders, ctx: &egui::Context) -> Option<(String, bool)> {
        let mut news = None;
        if let Some(outcome) = self.reading.update.as_mut().and_then(SignalUpdate::poll) {
            self.reading.update = None;
            match outcome {
                Ok(Some(updated)) => {
                    self.review.receive_row_findings(updated, true);
                    let text = match self.reading.updating {
                        0 => "Sorted again: a model's reviews are known now.".to_owned(),
                        tiles => format!("Sorted again: the texts of {} are known now.", count(tiles, "tile")),
                    };
                    // The list stays as it is while answers of a model come.
                    let is_due = self.asking.running().is_none() && self.review.sort_again();
                    news = is_due.then_some((text, false));
                }
                Ok(None) => {}
                Err(reason) => news = Some((format!("Signals could not be computed again: {reason}."), true)),
            }
        }
        let busy = self.reading.is_running() || self.reading.sample.is_some() || self.pixels.is_some();
        if (self.reading.new_texts.is_empty() && !self.reading.new_reviews)
            || busy
            || self.reading.update.is_some()
            || !self.review.signals.have_imports()
        {
            return news;
        }
        let read = std::mem::take(&mut self.reading.new_texts);
        self.reading.new_reviews = false;
        self.reading.updating = read.len();
        let pool = self.review.searcher().pool().clone();
        match SignalUpdate::start(self.reading_place(folders), pool, read, ctx) {
            Ok(update) => self.reading.update = Some(update),
            Err(error) => news = Some((format!("Signals cannot be computed again: {error}."), true)),
        }
        news
    }
}

impl App {
    /// Starts a reading that is due, follows the displayed sample, and handles the events of
    /// running readings. Called once a frame.
    pub(super) fn poll_readings(&mut self) {
        self.start_reading_when_due();
        let engine = self.engine_choice();
        let mut news: Vec<(String, bool)> = Vec::new();
        let mut events = Vec::new();
        let mut has_texts = false;
        if let Stage::Reviewing(reviewing) = &mut self.stage {
            for is_sample in [true, false] {
                let slot = |reading: &mut Readings| {
                    if is_sample { reading.sample.take() } else { reading.background.take() }
                };
                let Some(mut task) = slot(&mut reviewing.reading) else { continue };
                if task.is_running()
                    && let Some(sample) = &reviewing.review.sample
                {
                    // A row with very many tiles shows the first of them.
                    let cursor = reviewing.review.cursor();
                    task.show(cursor, || DisplayedRow {
                        sample: cursor,
                        query: sample.query.clone(),
                        tiles: sample.tiles().map(|tile| tile.path.clone()).collect(),
                    });
                }
                let mut ended = false;
                while let Some(event) = task.next_event() {
                    match event {
                        ReadingEvent::TilesRead(tiles) => {
                            has_texts = true;
                            reviewing.tiles_read(&tiles);
                        }
                        ReadingEvent::Ended(end) => {
                            ended = true;
                            events.push((is_sample, task.is_automatic, ReadingEvent::Ended(end)));
                        }
                        event @ (ReadingEvent::Begun(_) | ReadingEvent::Paused) => {
                            events.push((is_sample, task.is_automatic, event));
                        }
                    }
                }
                if task.is_to_start_again()
                    && let Err(error) = task.resume(engine.clone(), &self.ctx)
                {
                    news.push((format!("Reading cannot continue: {error}"), true));
                }
                let kept = (!ended).then_some(task);
                if is_sample {
                    reviewing.reading.sample = kept;
                } else {
                    reviewing.reading.background = kept;
                }
            }
            news.extend(reviewing.update_signals(&self.folders, &self.ctx));
        }
        for (text, is_fault) in news {
            self.notify(text, is_fault);
        }
        let ended = events.iter().any(|(.., event)| matches!(event, ReadingEvent::Ended(_)));
        if (has_texts || ended)
            && let Some(mut open) = self.review_context()
        {
            open.texts_were_read(ended);
        }
        for (is_sample, is_automatic, event) in events {
            match event {
                ReadingEvent::Begun(unread) if is_automatic && unread > 0 => self.announce_reading(unread),
                ReadingEvent::Begun(_) | ReadingEvent::TilesRead(_) | ReadingEvent::Paused => {}
                ReadingEvent::Ended(end) => self.reading_ended(&end, is_sample, is_automatic),
            }
        }
    }

    /// The engine as the settings name it.
    fn engine_choice(&self) -> EngineChoice {
        EngineChoice {
            program: self.settings.tesseract.clone().into(),
            languages: self.settings.reading_languages.clone(),
        }
    }

    /// Starts the reading that is due. One that nobody asked for waits for findings, and for the
    /// end of the pixel scan, which needs the same cores and is much shorter.
    fn start_reading_when_due(&mut self) {
        // It would sort the list of the tour under the person's hands.
        if self.is_touring() {
            return;
        }
        let engine = self.engine_choice();
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        let Some(due) = reviewing.reading.due else { return };
        let has_findings = reviewing.review.signals.have_imports();
        let scans = reviewing.pixels.is_some() || reviewing.pixels_due.is_some();
        if reviewing.reading.background.is_some() || !has_findings || (due.is_automatic && scans) {
            return;
        }
        reviewing.reading.due = None;
        let (place, displayed) = (reviewing.reading_place(&self.folders), reviewing.displayed());
        match ReadingTask::start(due.scope, due.is_automatic, due.at_most, place, engine, displayed, &self.ctx) {
            Ok(task) => reviewing.reading.background = Some(task),
            Err(error) => self.notify(format!("Text cannot be read: {error}"), true),
        }
    }

    /// Carries out the command: reads the tiles of the displayed sample now.
    pub(super) fn read_sample(&mut self) {
        let engine = self.engine_choice();
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        if reviewing.reading.is_running() {
            self.notify("The text of this row's tiles is read next.", false);
            return;
        }
        if reviewing.reading.sample.is_some() {
            return;
        }
        let (place, displayed) = (reviewing.reading_place(&self.folders), reviewing.displayed());
        match ReadingTask::start(ReadingScope::Sample, false, None, place, engine, displayed, &self.ctx) {
            Ok(task) => reviewing.reading.sample = Some(task),
            Err(error) => self.notify(format!("Text cannot be read: {error}"), true),
        }
    }

    /// Carries out the command: pauses the reading in the background, or continues it; without one,
    /// asks what to read.
    pub(super) fn toggle_reading(&mut self) {
        let engine = self.engine_choice();
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        let outcome = match &mut reviewing.reading.background {
            Some(task) if task.is_running() => {
                // From now on it is a reading that the person asked for.
                task.is_automatic = false;
                task.pause();
                Ok(())
            }
            Some(task) if task.progress().phase == ReadingPhase::Stopping => Ok(()),
            Some(task) => task.resume(engine, &self.ctx),
            None => {
                let estimate = ReadingEstimate::start(reviewing.reading_place(&self.folders), engine, &self.ctx);
                estimate.map(|estimate| self.dialog = Some(Dialog::Reading(ReadingDialog::new(estimate))))
            }
        };
        if let Err(error) = outcome {
            self.notify(format!("Text cannot be read: {error}"), true);
        }
    }

    /// Starts the reading that was chosen in the dialog.
    pub(super) fn start_reading(&mut self, scope: ReadingScope) {
        self.dialog = None;
        if let Stage::Reviewing(reviewing) = &mut self.stage {
            reviewing.reading.due = Some(DueReading { scope, is_automatic: false, at_most: None });
        }
    }

    /// Carries out the command: stops what is being read or paused.
    pub(super) fn stop_reading(&mut self) {
        if let Stage::Reviewing(reviewing) = &mut self.stage {
            let readings = &mut reviewing.reading;
            readings.sample.iter_mut().chain(&mut readings.background).for_each(|task| task.is_automatic = false);
            readings.stop();
        }
    }

    /// Follows the settings. `mode`: whether the mode changed; otherwise the engine did.
    pub(super) fn reading_by_setting(&mut self, mode: bool) {
        let setting = self.settings.reading;
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        let is_here = reviewing.review.dataset().tiles.storage().is_none();
        // Nothing is fetched for a reading without being asked for.
        let by_setting = DueReading::by_setting(setting).filter(|_| is_here);
        let readings = &mut reviewing.reading;
        match &mut readings.background {
            Some(task) if mode && task.is_automatic => {
                task.stop();
                readings.due = by_setting;
            }
            // A person asked for it: it goes on, and continues with the engine of the settings
            // after a pause.
            Some(_) => {}
            None => readings.due = by_setting,
        }
    }

    /// Says how much there is to read and how long that takes.
    fn announce_reading(&mut self, unread: usize) {
        let (tiles, time) = (count(unread, "tile"), spell(estimated_time(unread, jobs())));
        let mut text = format!("Reading the text of {tiles} in the background: about {time}.");
        let key = keymap::from_context(&self.ctx).first(DatasetCommand::ReadTiles);
        if !key.is_empty() {
            text.push_str(&format!(" {key} pauses it."));
        }
        self.notify(text, false);
    }

    fn reading_ended(&mut self, end: &ReadingEnd, is_sample: bool, is_automatic: bool) {
        // A set that was read before, or is too large to be read without asking, is not worth a
        // word.
        let automatic_mode = is_automatic && self.settings.reading == ReadingMode::Automatic;
        match end {
            ReadingEnd::TooLarge => return,
            ReadingEnd::Complete(summary) if is_automatic && summary.read + summary.failed == 0 => return,
            // Nobody asked for text, and the program need not be installed.
            ReadingEnd::NoEngine(reason) if automatic_mode => return self.log_message(format!("Text: {reason}.")),
            _ => {}
        }
        let result = result(end, is_sample);
        let (is_bad, lines) = (!result.ok, result.lines.len());
        let text = format!("{}: {}", result.title, result.summary);
        self.store_result(result);
        let key = keymap::from_context(&self.ctx).first(DatasetCommand::Jobs);
        let more = if lines > 0 && !key.is_empty() { format!(" {key} shows more.") } else { String::new() };
        match end {
            ReadingEnd::NoEngine(_) | ReadingEnd::Failed(_) => self.notify(text, true),
            _ if matches!(self.dialog, Some(Dialog::Jobs)) || (is_automatic && !is_bad) => self.log_message(text),
            _ => self.notify(format!("{text}{more}"), false),
        }
    }
}
