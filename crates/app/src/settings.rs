//! What the window remembers between runs: panels, theme, zoom, recent datasets. Nothing about judgements.
//!
//! A file that cannot be read means defaults; a file that cannot be written costs nothing but comfort.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use serde::{Deserialize, Serialize};

/// How many datasets the recent list keeps.
const RECENT: usize = 10;

/// The remembered state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    /// Datasets, the last one first.
    pub(crate) recent: Vec<PathBuf>,
    /// `None` follows the system.
    pub(crate) dark: Option<bool>,
    /// Is the queue on show?
    pub(crate) queue_open: bool,
    /// Its width in points.
    pub(crate) queue_width: f32,
    /// Window size in points.
    pub(crate) window: Option<[f32; 2]>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { recent: Vec::new(), dark: None, queue_open: true, queue_width: 300.0, window: None }
    }
}

impl Settings {
    pub(crate) fn load(file: &Path) -> Self {
        fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Puts a dataset at the head of the recent list.
    pub(crate) fn opened(&mut self, dataset: &Path) {
        self.recent.retain(|recent| recent != dataset);
        self.recent.insert(0, dataset.to_owned());
        self.recent.truncate(RECENT);
    }

    /// Writes the file under another name and renames it: a crash leaves the old one or the new one.
    fn save(&self, file: &Path) -> std::io::Result<()> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let temporary = file.with_extension(format!("{}.tmp", std::process::id()));
        let mut out = fs::File::create(&temporary)?;
        out.write_all(&serde_json::to_vec_pretty(self)?)?;
        drop(out);
        fs::rename(temporary, file)
    }
}

/// The one thread that writes the file: the last state wins, and two writes never meet. Dropping it waits for the last.
pub(crate) struct SettingsSaver {
    sender: Option<Sender<Settings>>,
    thread: Option<JoinHandle<()>>,
}

impl SettingsSaver {
    pub(crate) fn start(file: PathBuf) -> std::io::Result<Self> {
        let (sender, states) = channel::<Settings>();
        let thread = thread::Builder::new().name("settings".into()).spawn(move || {
            while let Ok(mut state) = states.recv() {
                while let Ok(later) = states.try_recv() {
                    state = later;
                }
                // Comfort only: nothing depends on it.
                let _ = state.save(&file);
            }
        })?;
        Ok(Self { sender: Some(sender), thread: Some(thread) })
    }

    pub(crate) fn save(&self, settings: &Settings) {
        if let Some(sender) = &self.sender {
            let _ = sender.send(settings.clone());
        }
    }
}

impl Drop for SettingsSaver {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_and_rubbish_means_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("deep/window.json");
        let mut settings = Settings { dark: Some(true), queue_width: 250.0, ..Settings::default() };
        for name in ["a", "b", "a"] {
            settings.opened(Path::new(name));
        }
        settings.save(&file).unwrap();
        let loaded = Settings::load(&file);
        assert_eq!(loaded, settings);
        assert_eq!(loaded.recent, [Path::new("a"), Path::new("b")]);
        fs::write(&file, "{\"dark\": 7").unwrap();
        assert_eq!(Settings::load(&file), Settings::default());
    }
}
