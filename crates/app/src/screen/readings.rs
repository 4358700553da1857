//! The readings of the open dataset: which of them run, are paused, or start as soon as possible.
//! `reading.rs` starts them and handles their events.

use tilejury_data::TilePath;

use crate::reading_task::{AUTOMATIC_UP_TO_TILES, ReadingProgress, ReadingScope, ReadingTask};
use crate::settings::{ReadingMode, Settings};
use crate::signal_update::SignalUpdate;

/// The readings of the open dataset.
#[derive(Default)]
pub(super) struct Readings {
    /// The reading of many rows, which may be paused.
    pub(super) background: Option<ReadingTask>,
    /// The reading of one sample, while the other one is not running.
    pub(super) sample: Option<ReadingTask>,
    /// The reading that starts as soon as there are findings.
    pub(super) due: Option<DueReading>,
    /// The signals that are being computed again.
    pub(super) update: Option<SignalUpdate>,
    /// The number of tiles whose texts they learn.
    pub(super) updating: usize,
    /// The tiles whose texts were stored and are not known to the signals.
    pub(super) new_texts: Vec<TilePath>,
    /// Whether a model's reviews were stored that are not known to the signals.
    pub(super) new_reviews: bool,
    /// The number of tiles whose texts were stored since the dataset was opened.
    pub(super) stored: usize,
}

/// A reading that starts as soon as possible.
#[derive(Clone, Copy)]
pub(super) struct DueReading {
    pub(super) scope: ReadingScope,
    pub(super) is_automatic: bool,
    /// The number of tiles of the largest set that is read.
    pub(super) at_most: Option<usize>,
}

impl DueReading {
    /// The reading that is due when a dataset is opened, or when the setting is changed.
    pub(super) fn by_setting(mode: ReadingMode) -> Option<Self> {
        let due = |scope, at_most| Some(Self { scope, is_automatic: true, at_most });
        match mode {
            ReadingMode::Automatic => due(ReadingScope::All, Some(AUTOMATIC_UP_TO_TILES)),
            ReadingMode::Off => None,
            ReadingMode::Suspicious => due(ReadingScope::Suspicious, None),
            ReadingMode::All => due(ReadingScope::All, None),
        }
    }
}

impl Readings {
    /// `is_here`: whether the tiles are on this machine.
    pub(super) fn new(settings: &Settings, is_here: bool) -> Self {
        let due = DueReading::by_setting(settings.reading).filter(|_| is_here);
        Self { due, ..Self::default() }
    }

    /// The progress to show: that of the sample, because a person waits for it, else that in the
    /// background. A reading that has nothing to do yet is not shown.
    pub(super) fn progress(&self) -> Option<ReadingProgress> {
        let task = self.sample.as_ref().or(self.background.as_ref())?;
        Some(task.progress()).filter(|progress| progress.total > 0)
    }

    /// Whether something is being read or paused.
    pub(super) fn is_any(&self) -> bool {
        self.sample.is_some() || self.background.is_some()
    }

    /// Whether a reading of many rows is running.
    pub(super) fn is_running(&self) -> bool {
        self.background.as_ref().is_some_and(ReadingTask::is_running)
    }

    /// Sets whether a person waits for pictures.
    pub(super) fn make_room(&self, needed: bool) {
        self.sample.iter().chain(&self.background).for_each(|task| task.make_room(needed));
    }

    /// Asks everything to stop.
    pub(super) fn stop(&mut self) {
        self.due = None;
        self.sample.iter_mut().chain(&mut self.background).for_each(ReadingTask::stop);
    }

    /// Lets the reading by the setting begin again, if none runs: shards came or went.
    pub(super) fn start_again(&mut self, mode: ReadingMode) {
        if !self.is_any() {
            self.due = DueReading::by_setting(mode);
        }
    }
}
