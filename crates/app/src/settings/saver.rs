//! The two files of the config folder: reading them, and the one thread that writes them.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Settings, WindowState};

/// Reads a file, or returns defaults if there is none. Of a file that cannot be parsed, every field
/// that can be is used; the file is renamed, and the second value describes the errors.
pub(crate) fn load<T: Serialize + DeserializeOwned + Default>(file: &Path) -> (T, Option<String>) {
    let name = file.display();
    let bytes = match fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return (T::default(), None),
        Err(error) => return (T::default(), Some(format!("{name}: {error}; defaults are used"))),
    };
    let error = match serde_json::from_slice(&bytes) {
        Ok(value) => return (value, None),
        Err(error) => error,
    };
    let aside = file.with_extension("unreadable.json");
    let kept = match fs::copy(file, &aside) {
        Ok(_) => format!("the old file is kept as {}", aside.display()),
        Err(error) => format!("the old file could not be renamed: {error}"),
    };
    match serde_json::from_slice(&bytes) {
        Ok(fields) => {
            let (value, bad) = field_by_field(fields);
            (value, Some(format!("{name}: {}; all other settings are used, and {kept}", bad.join("; "))))
        }
        Err(_) => (T::default(), Some(format!("{name}: {error}; defaults are used, and {kept}"))),
    }
}

/// Returns every field that can be parsed, and the errors of the others.
fn field_by_field<T: Serialize + DeserializeOwned + Default>(fields: Map<String, Value>) -> (T, Vec<String>) {
    let mut bad = Vec::new();
    let Ok(Value::Object(mut good)) = serde_json::to_value(T::default()) else { return (T::default(), bad) };
    for (name, value) in fields {
        let usual = good.insert(name.clone(), value);
        if let Err(error) = serde_json::from_value::<T>(Value::Object(good.clone())) {
            bad.push(format!("`{name}`: {error}"));
            match usual {
                Some(usual) => good.insert(name, usual),
                None => good.remove(&name),
            };
        }
    }
    (serde_json::from_value(Value::Object(good)).unwrap_or_default(), bad)
}

/// Writes a file under a temporary name and renames it: a crash leaves the old file or the new one.
fn save<T: Serialize>(value: &T, file: &Path) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let temporary = file.with_extension(format!("{}.tmp", std::process::id()));
    let mut out = fs::File::create(&temporary)?;
    out.write_all(&serde_json::to_vec_pretty(value)?)?;
    drop(out);
    fs::rename(temporary, file)
}

enum SaveRequest {
    Settings(Settings),
    Remembered(WindowState),
}

/// The only thread that writes both files: the last state wins, and two writes never overlap.
/// Dropping it waits for the last write.
pub(crate) struct SettingsSaver {
    sender: Option<Sender<SaveRequest>>,
    thread: Option<JoinHandle<()>>,
}

impl SettingsSaver {
    /// Starts the thread.
    pub(crate) fn start(settings_file: PathBuf, window_file: PathBuf) -> io::Result<Self> {
        let (sender, parcels) = channel::<SaveRequest>();
        let thread = thread::Builder::new().name("settings".into()).spawn(move || {
            while let Ok(parcel) = parcels.recv() {
                let (mut settings, mut remembered) = (None, None);
                for parcel in std::iter::once(parcel).chain(parcels.try_iter()) {
                    match parcel {
                        SaveRequest::Settings(state) => settings = Some(state),
                        SaveRequest::Remembered(state) => remembered = Some(state),
                    }
                }
                // Only convenience is lost: nothing depends on this file.
                let _ = settings.map(|state| save(&state, &settings_file));
                let _ = remembered.map(|state| save(&state, &window_file));
            }
        })?;
        Ok(Self { sender: Some(sender), thread: Some(thread) })
    }

    pub(crate) fn settings(&self, settings: &Settings) {
        self.send(SaveRequest::Settings(settings.clone()));
    }

    pub(crate) fn remembered(&self, remembered: &WindowState) {
        self.send(SaveRequest::Remembered(remembered.clone()));
    }

    fn send(&self, parcel: SaveRequest) {
        if let Some(sender) = &self.sender {
            let _ = sender.send(parcel);
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
    fn settings_come_back_and_rubbish_is_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        let (file, window) = (dir.path().join("deep/settings.json"), dir.path().join("deep/window.json"));
        assert_eq!(load::<Settings>(&file), (Settings::default(), None));
        let saver = SettingsSaver::start(file.clone(), window.clone()).unwrap();
        let settings = Settings { scale: 1.25, annotator: Some("ada".into()), ..Settings::default() };
        saver.settings(&Settings::default());
        saver.settings(&settings);
        saver.remembered(&WindowState { queue_width: 250.0, ..WindowState::default() });
        drop(saver);
        assert_eq!(load(&file), (settings, None));
        assert_eq!(load::<WindowState>(&window).0.queue_width, 250.0);
        fs::write(&file, "{\"scale\": \"big\"").unwrap();
        let (settings, complaint) = load::<Settings>(&file);
        assert_eq!(settings, Settings::default());
        assert!(complaint.unwrap().contains("settings.json: "));
        assert_eq!(fs::read(dir.path().join("deep/settings.unreadable.json")).unwrap(), b"{\"scale\": \"big\"");
        // One bad field does not affect the others.
        fs::write(&file, r#"{"scale": "big", "loupe": 2, "annotator": "ada", "theme": "pink", "new": 1}"#).unwrap();
        let (settings, complaint) = load::<Settings>(&file);
        assert_eq!(settings, Settings { loupe_scale: 2, annotator: Some("ada".into()), ..Settings::default() });
        let complaint = complaint.unwrap();
        assert!(complaint.contains("`scale`") && complaint.contains("`theme`") && !complaint.contains("`new`"));
    }
}
