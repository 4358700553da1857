//! Lines about files: the settings, the folders of the program with their free room, and crash
//! reports. Writes nothing: whether a folder can be written is read from its permissions.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use tilejury_audit::disk::{can_create_files, free_bytes};
use tilejury_audit::text::count;
use tilejury_data::shown::bytes_in_words;

use super::Check;
use super::environment::Environment;
use crate::folders::Folders;
use crate::logging::reports;
use crate::settings::Settings;

/// Less free room than this is a warning, in bytes.
const ROOM: u64 = 1_000_000_000;

/// The settings as the window would read them, and the line about their file. Unlike the window,
/// this leaves a damaged file where it is.
pub(super) fn settings(folders: &Folders) -> (Settings, Check) {
    let (name, file) = ("settings", folders.settings_file());
    let place = file.display();
    let defaults = Settings::default();
    match fs::read(&file) {
        Ok(bytes) => match serde_json::from_slice::<Settings>(&bytes) {
            Ok(settings) => (settings.in_range(), Check::ok(name, place.to_string())),
            Err(error) => {
                let advice = "correct the file or delete it; the window puts it aside and uses the defaults";
                (defaults, Check::warning(name, format!("{place} cannot be parsed: {error}"), advice))
            }
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            (defaults, Check::ok(name, format!("{place}: not there yet, the defaults are used")))
        }
        Err(error) => {
            let advice = "the defaults are used; correct the permissions of the file";
            (defaults, Check::warning(name, format!("{place}: {error}"), advice))
        }
    }
}

pub(super) fn lines(folders: &Folders, environment: &Environment, settings: &Settings) -> Vec<Check> {
    let fetched = folders.fetched();
    let (bytes, files) = kept(&fetched);
    let kept = format!("{} in {} of at most {} GB", bytes_in_words(bytes), count(files, "file"), settings.cache_gb);
    let temporary = environment.value("TMPDIR").map_or_else(std::env::temp_dir, Into::into);
    vec![
        folder("config folder", &folders.config, "", None),
        folder("data folder", &folders.data, "", None),
        folder("cache folder", &folders.cache, "", Some(ROOM)),
        folder("fetched tiles", &fetched, &format!(", {kept}"), Some(ROOM)),
        folder("log folder", &folders.state, "", None),
        crashes(&folders.state),
        folder("temporary folder", &temporary, "", Some(ROOM)),
    ]
}

/// A folder that exists or can be made, with room.
fn folder(name: &str, path: &Path, more: &str, room: Option<u64>) -> Check {
    let place = path.display();
    // The nearest part that exists decides: the rest is made when it is needed.
    let existing = path.ancestors().find(|above| above.exists()).unwrap_or(path);
    if !existing.is_dir() || !can_create_files(existing) {
        let advice = format!("make {} a folder that you may write, or free its name", existing.display());
        return Check::warning(name, format!("{place}: cannot be written{more}"), advice);
    }
    let free = free_bytes(existing);
    let value =
        free.map_or_else(|| format!("{place}{more}"), |free| format!("{place}{more}, {} free", bytes_in_words(free)));
    match free.zip(room).filter(|(free, room)| free < room) {
        Some(_) => Check::warning(name, value, "free some room on this disk"),
        None => Check::ok(name, value),
    }
}

fn crashes(state: &Path) -> Check {
    let (name, found) = ("crash reports", reports(state));
    match found.last() {
        None => Check::ok(name, "none"),
        Some(last) => {
            let file = state.join(last);
            let advice =
                format!("read {} and attach it to a report: it may name files and queries of yours", file.display());
            Check::warning(name, count(found.len(), "report"), advice)
        }
    }
}

#[cfg(feature = "remote")]
fn kept(folder: &Path) -> (u64, usize) {
    let report = tilejury_remote::CacheReport::of(folder);
    (report.bytes, report.files)
}

#[cfg(not(feature = "remote"))]
fn kept(_folder: &Path) -> (u64, usize) {
    (0, 0)
}
