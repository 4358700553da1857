//! The content of a file in an exchange folder: lines of JSON. A head with the number of lines, the
//! samples that its events are about, and the events, each with its checksum. Touches no folder.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::file_name::FileName;
use crate::event::Event;
use crate::sidecar::event_columns::EventColumns;
use crate::sidecar::exchanged::ReceivedFile;
use crate::sidecar::{SampleRecord, is_known};

/// The version of the form.
const FORM: u32 = 1;

/// The first line.
#[derive(Serialize, Deserialize)]
struct Head {
    /// The version of the form.
    tilejury_judgements: u32,
    /// The fingerprint of the dataset, as the sidecar has it.
    dataset: String,
    /// The id of the sidecar that wrote the file.
    sidecar: String,
    /// The number of lines with samples.
    samples: usize,
    /// The number of lines with events.
    events: usize,
}

#[derive(Serialize, Deserialize)]
struct SampleLine {
    key: String,
    query: String,
    positive: String,
    split: String,
    line: u32,
}

#[derive(Serialize, Deserialize)]
struct EventLine {
    checksum: u32,
    event: EventColumns,
}

/// The reason why a file is left out for now. Nothing of it is taken.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum FileError {
    /// It was changed.
    #[error("its content is not that of its name; it was changed, or is still being copied")]
    Changed,
    /// It is of a later program.
    #[error("it was written by a newer Tilejury (form {0}, this one knows {FORM}); update Tilejury")]
    Newer(u32),
    /// It does not say what it is about.
    #[error(
        "it does not name its dataset, because an earlier Tilejury wrote it from a recovered sidecar. Remove it on the machine that wrote it: the next exchange there writes it again, with the name"
    )]
    NoDataset,
    /// It is about other rows.
    #[error("it is of another dataset, whose fingerprint is {0}")]
    OtherDataset(String),
    /// A line is not what it should be.
    #[error("line {line}: {what}")]
    Line {
        /// The number of the line, from 1.
        line: usize,
        /// The problem.
        what: String,
    },
}

/// The content of a file with events of one session.
pub(super) fn write(
    dataset: &str,
    sidecar: &str,
    events: &[Event],
    samples: &BTreeMap<String, &SampleRecord>,
) -> Vec<u8> {
    let keys: HashSet<String> = events.iter().map(|event| event.sample.to_string()).collect();
    let of_events: Vec<(&String, &&SampleRecord)> = samples.iter().filter(|(key, _)| keys.contains(*key)).collect();
    let head = Head {
        tilejury_judgements: FORM,
        dataset: dataset.to_owned(),
        sidecar: sidecar.to_owned(),
        samples: of_events.len(),
        events: events.len(),
    };
    let mut out = Vec::new();
    put(&mut out, &head);
    for (key, sample) in of_events {
        let line = SampleLine {
            key: key.clone(),
            query: sample.query.clone(),
            positive: sample.positive.clone(),
            split: sample.split.clone(),
            line: sample.line.get() as u32,
        };
        put(&mut out, &line);
    }
    for event in events {
        let event = EventColumns::from(event);
        put(&mut out, &EventLine { checksum: event.checksum(), event });
    }
    out
}

fn put(out: &mut Vec<u8>, line: &impl Serialize) {
    // Texts and numbers cannot fail.
    let _ = serde_json::to_writer(&mut *out, line);
    out.push(b'\n');
}

/// Reads the content of a file. `dataset`: the fingerprint of the dataset that it must name; `None`
/// for one that is only kept for others.
///
/// # Errors
/// When anything in it is not as it was written, or it names no dataset or another one.
pub(super) fn read(name: &FileName, content: &[u8], dataset: Option<&str>) -> Result<ReceivedFile, FileError> {
    if !name.is_of(content) {
        return Err(FileError::Changed);
    }
    let mut lines = content.split_inclusive(|byte| *byte == b'\n').enumerate();
    let head: Head = parsed(0, lines.next().map_or(&[][..], |(_, line)| line))?;
    if head.tilejury_judgements > FORM {
        return Err(FileError::Newer(head.tilejury_judgements));
    }
    match dataset {
        Some(_) if !is_known(&head.dataset) => return Err(FileError::NoDataset),
        Some(here) if here != head.dataset => return Err(FileError::OtherDataset(head.dataset)),
        _ => {}
    }
    let mut file =
        ReceivedFile { name: name.to_string(), sidecar: head.sidecar, events: Vec::new(), samples: Vec::new() };
    let mut keys = HashSet::new();
    for (at, line) in lines {
        if file.samples.len() < head.samples {
            let sample: SampleLine = parsed(at, line)?;
            let key = sample.key.parse().map_err(|error| wrong(at, format!("{}: {error}", sample.key)))?;
            keys.insert(key);
            let (query, positive, split) = (sample.query, sample.positive, sample.split);
            file.samples.push(SampleRecord { key, query, positive, split, line: sample.line.into() });
            continue;
        }
        let line: EventLine = parsed(at, line)?;
        if line.checksum != line.event.checksum() {
            return Err(wrong(at, "the event does not match its checksum".to_owned()));
        }
        let event = line.event.event().map_err(|what| wrong(at, what))?;
        if !keys.contains(&event.sample) {
            return Err(wrong(at, "the file does not have the sample of the event".to_owned()));
        }
        file.events.push(event);
    }
    if (file.samples.len(), file.events.len()) != (head.samples, head.events) {
        let (samples, events) = (file.samples.len(), file.events.len());
        return Err(wrong(
            0,
            format!("it names other numbers than the {samples} samples and {events} events that follow"),
        ));
    }
    Ok(file)
}

fn parsed<T: for<'l> Deserialize<'l>>(at: usize, line: &[u8]) -> Result<T, FileError> {
    serde_json::from_slice(line).map_err(|error| wrong(at, error.to_string()))
}

fn wrong(at: usize, what: String) -> FileError {
    FileError::Line { line: at + 1, what }
}

#[cfg(test)]
mod tests {
    use tilejury_data::DatasetFingerprint;

    use super::*;

    #[test]
    fn a_file_that_names_no_dataset_is_left_out() {
        let (here, other) = (DatasetFingerprint(7).to_string(), DatasetFingerprint(8).to_string());
        let read_one = |dataset: &str, here: Option<&str>| {
            let content = write(dataset, "id", &[], &BTreeMap::new());
            read(&FileName::new("s", 1..=1, &content), &content, here).map(drop)
        };
        let unnamed = DatasetFingerprint(0).to_string();
        assert_eq!(read_one(&here, Some(&here)), Ok(()));
        assert_eq!(read_one(&unnamed, Some(&here)), Err(FileError::NoDataset));
        assert_eq!(read_one(&other, Some(&here)), Err(FileError::OtherDataset(other.clone())));
        // A folder that keeps files for others takes them all.
        assert_eq!((read_one(&unnamed, None), read_one(&other, None)), (Ok(()), Ok(())));
    }
}
