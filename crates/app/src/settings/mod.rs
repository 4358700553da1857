//! What a person chose (`settings.json`) and what the window remembers by itself (`window.json`), both in the
//! platform's config folder. Nothing about judgements.
//!
//! A file that cannot be understood is put aside under another name, told of, and replaced by defaults; a file that
//! cannot be written costs nothing but comfort.

mod saver;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tilejury_audit::Timestamp;
use tilejury_data::DatasetFingerprint;

use crate::command::keymap::KeyChanges;

pub(crate) use saver::{SettingsSaver, load};

/// How many datasets the recent list keeps.
const RECENT: usize = 10;

/// Dark, light, or as the system has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Theme {
    #[default]
    System,
    Dark,
    Light,
}

/// A search under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedFilter {
    pub(crate) name: String,
    pub(crate) search: String,
}

/// What a person chose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    pub(crate) theme: Theme,
    /// How much larger than usual text and buttons are: 0.5 to 3.
    pub(crate) scale: f32,
    /// A verdict goes on to the next unjudged sample.
    pub(crate) auto_advance: bool,
    /// How long a row must have been visible before a verdict or a mark counts, in milliseconds: 0 to 1000. 0 asks for nothing.
    pub(crate) settle_ms: u32,
    /// Zoom and place stay when going on.
    pub(crate) keep_zoom: bool,
    /// The session counter is on show.
    pub(crate) session_counter: bool,
    /// Pixels are looked at in the background as soon as a set is open.
    pub(crate) look_at_pixels: bool,
    /// Screen pixels a tile pixel in the loupe: 1 or 2.
    pub(crate) loupe: u8,
    /// Megabytes that decoded tiles may take.
    pub(crate) memory_mb: u32,
    /// Threads that decode; 0 for one a core.
    pub(crate) workers: u32,
    /// Who judges; `None` for the login name.
    pub(crate) annotator: Option<String>,
    /// Changed keys.
    pub(crate) keys: KeyChanges,
    /// Saved filters, in the order in which they were saved.
    pub(crate) filters: Vec<SavedFilter>,
}

/// The smallest and the largest that [`Settings::scale`] may be.
pub(crate) const SCALES: std::ops::RangeInclusive<f32> = 0.5..=3.0;
/// What [`Settings::memory_mb`] may be.
pub(crate) const MEMORY_MB: std::ops::RangeInclusive<u32> = 128..=16_384;
/// What [`Settings::settle_ms`] may be.
pub(crate) const SETTLE_MS: std::ops::RangeInclusive<u32> = 0..=1000;
/// What [`Settings::workers`] may be.
pub(crate) const WORKERS: std::ops::RangeInclusive<u32> = 0..=64;

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            scale: 1.0,
            auto_advance: true,
            settle_ms: 150,
            keep_zoom: true,
            session_counter: true,
            look_at_pixels: true,
            loupe: 1,
            memory_mb: 512,
            workers: 0,
            annotator: None,
            keys: KeyChanges::new(),
            filters: Vec::new(),
        }
    }
}

impl Settings {
    /// With every number in its range: a file can hold anything.
    pub(crate) fn in_range(mut self) -> Self {
        let scale = if self.scale.is_finite() { self.scale } else { 1.0 };
        self.scale = scale.clamp(*SCALES.start(), *SCALES.end());
        self.loupe = self.loupe.clamp(1, 2);
        self.memory_mb = self.memory_mb.clamp(*MEMORY_MB.start(), *MEMORY_MB.end());
        self.settle_ms = self.settle_ms.min(*SETTLE_MS.end());
        self.workers = self.workers.min(*WORKERS.end());
        self.annotator = self.annotator.filter(|name| !name.trim().is_empty());
        self
    }

    /// Keeps a search under a name; one of that name is replaced.
    pub(crate) fn save_filter(&mut self, name: &str, search: &str) {
        let filter = SavedFilter { name: name.to_owned(), search: search.to_owned() };
        match self.filters.iter_mut().find(|known| known.name == name) {
            Some(known) => *known = filter,
            None => self.filters.push(filter),
        }
    }
}

/// What the window remembers by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct WindowState {
    /// Datasets, the last one first.
    pub(crate) recent: Vec<PathBuf>,
    /// Is the queue on show?
    pub(crate) queue_open: bool,
    /// Its width in points.
    pub(crate) queue_width: f32,
    /// Is the inspector on show?
    pub(crate) inspector_open: bool,
    /// Its width in points.
    pub(crate) inspector_width: f32,
    /// Columns of negatives; `None` chooses by itself.
    pub(crate) columns: Option<usize>,
    /// Window size in points.
    pub(crate) size: Option<[f32; 2]>,
    /// Where the window's frame begins, in points of the desktop; not every system tells.
    pub(crate) place: Option<[f32; 2]>,
    /// Did the window fill the desktop?
    pub(crate) maximized: bool,
    /// By a dataset's fingerprint: the annotator's name that was chosen for it last.
    pub(crate) annotators: BTreeMap<String, String>,
    /// By a dataset's fingerprint: when its weights were reset, as RFC 3339.
    pub(crate) weights_reset: BTreeMap<String, String>,
    /// The report of a crash that was told of last.
    pub(crate) crash_told: Option<String>,
}

impl Default for WindowState {
    fn default() -> Self {
        Self {
            recent: Vec::new(),
            queue_open: true,
            queue_width: 320.0,
            inspector_open: false,
            inspector_width: 280.0,
            columns: None,
            size: None,
            place: None,
            maximized: false,
            annotators: BTreeMap::new(),
            weights_reset: BTreeMap::new(),
            crash_told: None,
        }
    }
}

impl WindowState {
    /// Puts a dataset at the head of the recent list.
    pub(crate) fn opened(&mut self, dataset: &Path) {
        self.recent.retain(|recent| recent != dataset);
        self.recent.insert(0, dataset.to_owned());
        self.recent.truncate(RECENT);
    }

    /// When the weights of a dataset were reset, if they were. What is no time in the file is passed over.
    pub(crate) fn reset_of(&self, dataset: DatasetFingerprint) -> Option<Timestamp> {
        self.weights_reset.get(&dataset.to_string())?.parse().ok()
    }

    /// Notes when the weights of a dataset were reset, or that they were not.
    pub(crate) fn reset(&mut self, dataset: DatasetFingerprint, at: Option<Timestamp>) {
        let dataset = dataset.to_string();
        match at {
            Some(at) => self.weights_reset.insert(dataset, at.to_string()),
            None => self.weights_reset.remove(&dataset),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_range_are_brought_back() {
        let wild = Settings { scale: f32::NAN, loupe: 9, memory_mb: 1, workers: 5000, ..Settings::default() };
        let tame = wild.in_range();
        assert_eq!((tame.scale, tame.loupe, tame.memory_mb, tame.workers), (1.0, 2, 128, 64));
    }

    #[test]
    fn a_filter_is_kept_once_a_name() {
        let mut settings = Settings::default();
        settings.save_filter("mine", "verdict:reject");
        settings.save_filter("other", "table");
        settings.save_filter("mine", "verdict:unsure");
        let kept: Vec<(&str, &str)> = settings.filters.iter().map(|f| (f.name.as_str(), f.search.as_str())).collect();
        assert_eq!(kept, [("mine", "verdict:unsure"), ("other", "table")]);
    }

    #[test]
    fn a_reset_is_kept_for_each_dataset_and_taken_back() {
        let (one, other) = (DatasetFingerprint(1), DatasetFingerprint(2));
        let at: Timestamp = "2025-01-02T03:04:05.678Z".parse().unwrap();
        let mut remembered = WindowState::default();
        remembered.reset(one, Some(at));
        assert_eq!((remembered.reset_of(one), remembered.reset_of(other)), (Some(at), None));
        remembered.reset(one, None);
        assert_eq!(remembered, WindowState::default());
        remembered.weights_reset.insert(other.to_string(), "yesterday".into());
        assert_eq!(remembered.reset_of(other), None);
    }

    #[test]
    fn the_recent_list_holds_each_dataset_once_and_the_last_one_first() {
        let mut remembered = WindowState::default();
        for name in ["a", "b", "a"] {
            remembered.opened(Path::new(name));
        }
        assert_eq!(remembered.recent, [Path::new("a"), Path::new("b")]);
    }
}
