//! Checks for a folder that takes files from elsewhere: whether a file is what its name says, and
//! whether another one holds all of its events. Writes nothing.

use std::collections::HashMap;
use std::io;

use super::file;
use super::file_name::FileName;
use super::folder::ExchangeFolder;
use crate::event::Event;

/// Whether a name is that of a file of judgements.
pub fn is_file_name(name: &str) -> bool {
    FileName::parse(name).is_some()
}

/// Checks a file of judgements of any dataset: its name, the hash in it, and every line.
///
/// # Errors
/// The reason why it is none, as a clause about the file.
pub fn check_file(name: &str, content: &[u8]) -> Result<(), String> {
    let Some(parsed) = FileName::parse(name) else { return Err("its name is not one of judgements".to_owned()) };
    file::read(&parsed, content, None).map(drop).map_err(|error| error.to_string())
}

/// Whether another file of the folder holds all events of a file, so that it is no longer needed.
///
/// # Errors
/// When the file is not there, or the folder cannot be read.
pub fn is_replaced(folder: &dyn ExchangeFolder, name: &str) -> io::Result<bool> {
    let Some(parsed) = FileName::parse(name) else { return Ok(false) };
    // One that is damaged is kept for people to look at.
    let Ok(old) = file::read(&parsed, &folder.read(name)?, None) else { return Ok(false) };
    let has_more = |other: &FileName| {
        *other != parsed
            && other.session == parsed.session
            && other.events.start() <= parsed.events.start()
            && other.events.end() >= parsed.events.end()
    };
    for other in folder.list()?.iter().filter_map(|name| FileName::parse(name)).filter(has_more) {
        let Ok(content) = folder.read(&other.to_string()) else { continue };
        let Ok(newer) = file::read(&other, &content, None) else { continue };
        let events: HashMap<(&str, u64), &Event> =
            newer.events.iter().map(|event| ((&*event.step.session, event.seq), event)).collect();
        if old.events.iter().all(|event| events.get(&(&*event.step.session, event.seq)) == Some(&event)) {
            return Ok(true);
        }
    }
    Ok(false)
}
