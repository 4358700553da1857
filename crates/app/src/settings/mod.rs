//! The person's choices (`settings.json`) and the remembered state of the window (`window.json`),
//! both in the platform's config folder. Holds nothing about judgements.
//!
//! A file that cannot be parsed is renamed, reported, and replaced by defaults. A file that cannot
//! be written costs nothing but convenience.

mod grid;
pub(crate) mod panels;
mod reviewer;
mod saver;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tilejury_audit::Timestamp;
use tilejury_audit::suspicion::RankingWeights;
use tilejury_data::DatasetFingerprint;

use self::panels::{PanelDock, SidePanel};
use crate::blinding::Blinding;
use crate::command::keymap::KeyChanges;
use crate::list_order::ListOrder;

pub(crate) use grid::{GridChoice, GridChoices};
pub(crate) use reviewer::{AT_A_TIME, CONTROLS_PERCENT, ReviewerSettings};
pub(crate) use saver::{SettingsSaver, load};

/// The maximum number of recent datasets, and of recent entries of the palette.
const RECENT: usize = 10;

/// Dark, light, high contrast, or the system's theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Theme {
    #[default]
    System,
    Dark,
    Light,
    #[serde(rename = "high-contrast")]
    HighContrast,
}

/// The time when the last command and its key are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum KeyDisplay {
    /// In the first hour of use.
    #[default]
    FirstHour,
    /// Always, for example to record the screen.
    Always,
    /// Never.
    Never,
}

impl KeyDisplay {
    /// The choices with their names.
    pub(crate) const NAMES: [(Self, &str); 3] =
        [(Self::FirstHour, "In the first hour"), (Self::Always, "Always"), (Self::Never, "Never")];
}

/// The tiles whose text is read without being asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ReadingMode {
    /// All tiles of a small set, if Tesseract is installed.
    #[default]
    Automatic,
    /// None.
    Off,
    /// Those of the first rows by suspicion.
    Suspicious,
    /// Those of all rows.
    All,
}

/// A saved search with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedFilter {
    pub(crate) name: String,
    pub(crate) search: String,
}

/// The person's choices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    pub(crate) theme: Theme,
    /// The size of text and buttons relative to the usual: 0.5 to 3.
    pub(crate) scale: f32,
    /// Whether a verdict moves to the next unjudged sample.
    pub(crate) auto_advance: bool,
    /// Whether a rejected or unsure sample stays until a reason or Enter.
    pub(crate) reason_first: bool,
    /// Whether the mark of the visible negative shows the next undecided one in the reading view.
    pub(crate) next_tile: bool,
    /// The time in milliseconds that a row must have been visible before a verdict or a mark
    /// counts: 0 to 1000. 0 sets no minimum.
    pub(crate) settle_ms: u32,
    /// Whether zoom and position are kept for the next sample.
    pub(crate) keep_zoom: bool,
    /// Whether the session counter is visible.
    pub(crate) session_counter: bool,
    /// The rows to judge a day, shown in the session counter: 0 to 100,000. 0 shows none.
    pub(crate) daily_goal: u32,
    /// Whether a line teaches the next useful key in the first hour.
    pub(crate) hints: bool,
    /// The time when the last command and its key are shown.
    pub(crate) show_keys: KeyDisplay,
    /// Whether the overview is the first view of a set that has judgements or findings.
    pub(crate) overview_first: bool,
    /// Whether the evidence is marked on tiles.
    pub(crate) highlights: bool,
    /// Whether pixels are scanned in the background as soon as a dataset is open.
    pub(crate) look_at_pixels: bool,
    /// The tiles whose text is read in the background as soon as a dataset is open.
    pub(crate) reading: ReadingMode,
    /// The languages to read in, as Tesseract names them, with `+` between them.
    pub(crate) reading_languages: String,
    /// The Tesseract program: a path, or a name that is looked up.
    pub(crate) tesseract: String,
    /// Whether judgements are exchanged without being asked, once a folder is chosen.
    pub(crate) exchange_automatically: bool,
    /// The model as a reviewer.
    pub(crate) reviewer: ReviewerSettings,
    /// Screen pixels per tile pixel in the loupe: 1 or 2.
    #[serde(rename = "loupe")]
    pub(crate) loupe_scale: u8,
    /// The memory for decoded tiles, in megabytes.
    pub(crate) memory_mb: u32,
    /// The number of decoding threads; 0 for one per core.
    pub(crate) workers: u32,
    /// The most gigabytes that fetched tiles may take on the disk: 1 to 10,000.
    pub(crate) cache_gb: u32,
    /// The annotator's name; `None` for the login name.
    pub(crate) annotator: Option<String>,
    /// Changed keys.
    pub(crate) keys: KeyChanges,
    /// Saved filters, in the order in which they were saved.
    pub(crate) filters: Vec<SavedFilter>,
}

/// The limits of [`Settings::scale`].
pub(crate) const SCALES: std::ops::RangeInclusive<f32> = 0.5..=3.0;
/// The limits of [`Settings::memory_mb`].
pub(crate) const MEMORY_MB: std::ops::RangeInclusive<u32> = 128..=16_384;
/// The limits of [`Settings::settle_ms`].
pub(crate) const SETTLE_MS: std::ops::RangeInclusive<u32> = 0..=1000;
/// The limits of [`Settings::daily_goal`].
pub(crate) const DAILY_GOAL: std::ops::RangeInclusive<u32> = 0..=100_000;
/// The limits of [`Settings::cache_gb`].
pub(crate) const CACHE_GB: std::ops::RangeInclusive<u32> = 1..=10_000;
/// The limits of [`Settings::workers`].
pub(crate) const WORKERS: std::ops::RangeInclusive<u32> = 0..=64;

/// The default of [`Settings::reading_languages`].
const LANGUAGES: &str = "eng";
/// The default of [`Settings::tesseract`].
const TESSERACT: &str = "tesseract";

/// Returns a text without spaces around it, or another one if nothing is left.
fn non_blank(text: &str, otherwise: &str) -> String {
    let text = text.trim();
    if text.is_empty() { otherwise.to_owned() } else { text.to_owned() }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            scale: 1.0,
            auto_advance: true,
            reason_first: false,
            next_tile: true,
            settle_ms: 150,
            keep_zoom: true,
            session_counter: true,
            daily_goal: 0,
            hints: true,
            show_keys: KeyDisplay::FirstHour,
            overview_first: true,
            highlights: true,
            look_at_pixels: true,
            reading: ReadingMode::Automatic,
            reading_languages: LANGUAGES.to_owned(),
            tesseract: TESSERACT.to_owned(),
            exchange_automatically: true,
            reviewer: ReviewerSettings::default(),
            loupe_scale: 1,
            memory_mb: 512,
            workers: 0,
            cache_gb: 20,
            annotator: None,
            keys: KeyChanges::new(),
            filters: Vec::new(),
        }
    }
}

impl Settings {
    /// Returns the settings with every number within its limits, because a file can hold anything.
    pub(crate) fn in_range(mut self) -> Self {
        let scale = if self.scale.is_finite() { self.scale } else { 1.0 };
        self.scale = scale.clamp(*SCALES.start(), *SCALES.end());
        self.loupe_scale = self.loupe_scale.clamp(1, 2);
        self.memory_mb = self.memory_mb.clamp(*MEMORY_MB.start(), *MEMORY_MB.end());
        self.daily_goal = self.daily_goal.min(*DAILY_GOAL.end());
        self.settle_ms = self.settle_ms.min(*SETTLE_MS.end());
        self.workers = self.workers.min(*WORKERS.end());
        self.cache_gb = self.cache_gb.clamp(*CACHE_GB.start(), *CACHE_GB.end());
        self.reading_languages = non_blank(&self.reading_languages, LANGUAGES);
        self.tesseract = non_blank(&self.tesseract, TESSERACT);
        self.reviewer = self.reviewer.in_range();
        self.annotator = self.annotator.filter(|name| !name.trim().is_empty());
        self
    }

    /// The most bytes that fetched tiles may take on the disk.
    #[cfg(feature = "remote")]
    pub(crate) fn cache_up_to_bytes(&self) -> u64 {
        u64::from(self.cache_gb) * 1_000_000_000
    }

    /// Saves a search under a name, replacing one of the same name.
    pub(crate) fn save_filter(&mut self, name: &str, search: &str) {
        let filter = SavedFilter { name: name.to_owned(), search: search.to_owned() };
        match self.filters.iter_mut().find(|known| known.name == name) {
            Some(known) => *known = filter,
            None => self.filters.push(filter),
        }
    }
}

/// The state that the window remembers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct WindowState {
    /// The recent datasets, the latest first.
    pub(crate) recent: Vec<PathBuf>,
    /// Whether rows are shown in the reading view, not in the grid.
    pub(crate) reading_view: bool,
    /// Whether the queue is visible beside the grid.
    pub(crate) queue_open: bool,
    /// Its width in points.
    pub(crate) queue_width: f32,
    /// Whether the facets are visible in it.
    pub(crate) facets_open: bool,
    /// The panels beside the tiles.
    pub(crate) panels: PanelDock,
    /// Whether the signals were visible, as earlier versions stored it.
    #[serde(rename = "inspector_open", skip_serializing)]
    pub(crate) signals_were_open: bool,
    /// The choices for the grid of tiles.
    pub(crate) grid: GridChoices,
    /// The number of pairs on a page of the contact sheet.
    pub(crate) sheet_pairs: usize,
    /// Window size in points.
    pub(crate) size: Option<[f32; 2]>,
    /// The position of the window's frame in points of the desktop. Not every system reports it.
    pub(crate) place: Option<[f32; 2]>,
    /// Whether the window was maximised.
    pub(crate) maximized: bool,
    /// The annotator's name last chosen for a dataset, by the dataset's fingerprint.
    pub(crate) annotators: BTreeMap<String, String>,
    /// The time when the weights of a dataset were reset, as RFC 3339, by the dataset's
    /// fingerprint.
    pub(crate) weights_reset: BTreeMap<String, String>,
    /// The search and the order of each dataset's list, by the dataset's fingerprint.
    pub(crate) lists: BTreeMap<String, ListPlace>,
    /// The form of the rows in the queue.
    pub(crate) queue_rows: QueueRows,
    /// The crash report that was last announced.
    pub(crate) crash_told: Option<String>,
    /// The entries of the palette that were chosen, by their lasting names, the latest first.
    pub(crate) chosen: Vec<String>,
    /// The data needed to read the progress of recent datasets.
    pub(crate) known: Vec<KnownDataset>,
    /// The hints that were learned or put aside, by their lasting names.
    pub(crate) learned: BTreeSet<String>,
    /// The time in use so far, in seconds, up to [`FIRST_HOUR_SECS`].
    pub(crate) used_secs: f64,
    /// The degree of hiding that the person wants.
    pub(crate) blinding: Blinding,
}

/// The data that the window remembers of an opened dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KnownDataset {
    pub(crate) path: PathBuf,
    /// The number of samples when it was last open.
    pub(crate) samples: usize,
    pub(crate) sidecar: PathBuf,
    pub(crate) annotator: String,
}

/// The time in which the window teaches its keys, in seconds of use.
pub(crate) const FIRST_HOUR_SECS: f64 = 3600.0;

impl Default for WindowState {
    fn default() -> Self {
        Self {
            recent: Vec::new(),
            reading_view: true,
            queue_open: true,
            queue_width: 320.0,
            facets_open: false,
            panels: PanelDock::default(),
            signals_were_open: false,
            grid: GridChoices::default(),
            sheet_pairs: 12,
            size: None,
            place: None,
            maximized: false,
            annotators: BTreeMap::new(),
            weights_reset: BTreeMap::new(),
            lists: BTreeMap::new(),
            queue_rows: QueueRows::default(),
            crash_told: None,
            chosen: Vec::new(),
            known: Vec::new(),
            learned: BTreeSet::new(),
            used_secs: 0.0,
            blinding: Blinding::default(),
        }
    }
}

/// The part of a dataset that was listed last, and its order: they come back with the place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ListPlace {
    pub(crate) search: String,
    pub(crate) order: ListOrder,
    /// The weights that suspicion order follows, so that it is the same order the next time.
    #[serde(deserialize_with = "known_weights", skip_serializing_if = "Option::is_none")]
    pub(crate) weights: Option<RankingWeights>,
}

/// Reads weights; those of a version with other signals are left out.
fn known_weights<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<RankingWeights>, D::Error> {
    Ok(serde_json::from_value(serde_json::Value::deserialize(from)?).unwrap_or_default())
}

/// The form of the rows in the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum QueueRows {
    /// One line of the query.
    OneLine,
    /// Two lines of the query, and a line with the split and the state of each tile.
    #[default]
    TwoLines,
    /// The same beside a small picture of the positive.
    Thumbnails,
}

impl QueueRows {
    /// The form after this one.
    pub(crate) fn next(self) -> Self {
        match self {
            Self::OneLine => Self::TwoLines,
            Self::TwoLines => Self::Thumbnails,
            Self::Thumbnails => Self::OneLine,
        }
    }

    /// The name for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OneLine => "One line",
            Self::TwoLines => "Two lines",
            Self::Thumbnails => "Thumbnails",
        }
    }
}

impl WindowState {
    /// Returns the state with numbers within their limits, and with what earlier versions stored
    /// elsewhere.
    pub(crate) fn in_range(mut self) -> Self {
        self.panels = self.panels.in_range();
        if std::mem::take(&mut self.signals_were_open) {
            self.panels.show(SidePanel::Signals);
        }
        self
    }

    /// Moves a dataset to the front of the recent list.
    pub(crate) fn opened(&mut self, dataset: &Path) {
        self.recent.retain(|recent| recent != dataset);
        self.recent.insert(0, dataset.to_owned());
        self.recent.truncate(RECENT);
    }

    /// Remembers how to read the progress of a dataset, as long as it is in the recent list.
    pub(crate) fn know(&mut self, dataset: KnownDataset) {
        self.known.retain(|known| known.path != dataset.path && self.recent.contains(&known.path));
        self.known.push(dataset);
    }

    /// Whether the person is in the first hour of use.
    pub(crate) fn is_in_first_hour(&self) -> bool {
        self.used_secs < FIRST_HOUR_SECS
    }

    /// Moves an entry of the palette to the front of those that were chosen.
    pub(crate) fn chose(&mut self, name: String) {
        self.chosen.retain(|known| *known != name);
        self.chosen.insert(0, name);
        self.chosen.truncate(RECENT);
    }

    /// Returns when the weights of a dataset were reset, if they were. Text that is not a time is
    /// ignored.
    pub(crate) fn reset_of(&self, dataset: DatasetFingerprint) -> Option<Timestamp> {
        self.weights_reset.get(&dataset.to_string())?.parse().ok()
    }

    /// The search and order of a dataset's list when it was last open.
    pub(crate) fn list_of(&self, dataset: DatasetFingerprint) -> ListPlace {
        self.lists.get(&dataset.to_string()).cloned().unwrap_or_default()
    }

    /// Records the search and order of a dataset's list. Returns whether they changed.
    pub(crate) fn set_list(&mut self, dataset: DatasetFingerprint, place: ListPlace) -> bool {
        if self.list_of(dataset) == place {
            return false;
        }
        let dataset = dataset.to_string();
        if place == ListPlace::default() {
            self.lists.remove(&dataset);
        } else {
            self.lists.insert(dataset, place);
        }
        true
    }

    /// Records when the weights of a dataset were reset, or that they were not.
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
        let wild = Settings { scale: f32::NAN, loupe_scale: 9, memory_mb: 1, workers: 5000, ..Settings::default() };
        let tame = wild.in_range();
        assert_eq!((tame.scale, tame.loupe_scale, tame.memory_mb, tame.workers), (1.0, 2, 128, 64));
    }

    #[test]
    fn blank_names_become_the_defaults() {
        let blank = Settings { tesseract: " ".into(), reading_languages: " deu+eng ".into(), ..Settings::default() };
        let tame = blank.in_range();
        assert_eq!((tame.tesseract.as_str(), tame.reading_languages.as_str()), ("tesseract", "deu+eng"));
    }

    #[test]
    fn keeps_one_filter_per_name() {
        let mut settings = Settings::default();
        settings.save_filter("mine", "verdict:reject");
        settings.save_filter("other", "table");
        settings.save_filter("mine", "verdict:unsure");
        let kept: Vec<(&str, &str)> = settings.filters.iter().map(|f| (f.name.as_str(), f.search.as_str())).collect();
        assert_eq!(kept, [("mine", "verdict:unsure"), ("other", "table")]);
    }

    #[test]
    fn keeps_a_reset_for_each_dataset_and_undoes_it() {
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
    fn signals_of_an_earlier_version_stay_open() {
        let earlier: WindowState = serde_json::from_str(r#"{"inspector_open": true, "inspector_width": 300}"#).unwrap();
        let read = earlier.in_range();
        assert!(read.panels.is_open(SidePanel::Signals));
        assert!(!serde_json::to_string(&read).unwrap().contains("inspector"));
    }

    #[test]
    fn recent_list_holds_each_dataset_once_newest_first() {
        let mut remembered = WindowState::default();
        for name in ["a", "b", "a"] {
            remembered.opened(Path::new(name));
        }
        assert_eq!(remembered.recent, [Path::new("a"), Path::new("b")]);
    }
}
