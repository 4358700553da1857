//! Old files and changes that come to a place again, as a service that keeps folders equal or a
//! client that tries again delivers them. Judges nothing.

use std::collections::HashMap;
use std::io;

use tilejury_audit::exchange::{ArrivedEvents, EventPlace, ExchangeFolder, Place, SentEvents};
use tilejury_audit::sidecar::SampleRecord;
use tilejury_data::DatasetFingerprint;

use crate::mixed::Draws;

/// The number of files that are kept to be put back.
const KEPT_FILES: usize = 100;

/// Files of the place as they once were.
#[derive(Default)]
pub(super) struct Deliveries(Vec<(String, Vec<u8>)>);

impl Deliveries {
    /// Puts something there that was there before, or keeps it for later. Returns whether something
    /// was put there.
    pub(super) fn deliver(
        &mut self,
        place: &mut Place,
        dataset: DatasetFingerprint,
        draws: &mut Draws,
    ) -> io::Result<bool> {
        match place {
            Place::Folder(folder) => self.deliver_file(&**folder, draws),
            Place::Events(events) => deliver_events(&mut **events, &dataset.to_string(), draws),
        }
    }

    fn deliver_file(&mut self, folder: &dyn ExchangeFolder, draws: &mut Draws) -> io::Result<bool> {
        if draws.below(2) == 0 && !self.0.is_empty() {
            let (name, content) = &self.0[draws.below(self.0.len())];
            folder.write(name, content)?;
            return Ok(true);
        }
        let names = folder.list()?;
        if !names.is_empty() {
            let name = &names[draws.below(names.len())];
            let content = folder.read(name)?;
            if self.0.len() == KEPT_FILES {
                self.0.swap_remove(draws.below(KEPT_FILES));
            }
            self.0.push((name.clone(), content));
        }
        Ok(false)
    }
}

/// Sends changes that are there once more, each in the name of the sidecar that sent it.
fn deliver_events(place: &mut dyn EventPlace, dataset: &str, draws: &mut Draws) -> io::Result<bool> {
    let first = place.read(dataset, 0, &[])?;
    let Some(last) = first.events.last() else { return Ok(false) };
    let arrived = place.read(dataset, draws.below(last.arrival.unsigned_abs() as usize) as i64, &[])?;
    let samples = samples(&arrived);
    let Some(event) = arrived.events.first() else { return Ok(false) };
    let Some(sample) = samples.get(&event.columns.sample) else { return Ok(false) };
    let (events, samples) = ([event.columns.clone()], [sample]);
    let sent = SentEvents { dataset, sidecar: &event.sidecar, events: &events, samples: &samples };
    place.write(&sent).map(|()| true)
}

fn samples(arrived: &ArrivedEvents) -> HashMap<String, SampleRecord> {
    let records = arrived.samples.iter().filter_map(|(key, query, positive, split, line)| {
        let (query, positive, split) = (query.clone(), positive.clone(), split.clone());
        let record = SampleRecord { key: key.parse().ok()?, query, positive, split, line: (*line).into() };
        Some((key.clone(), record))
    });
    records.collect()
}

/// Whether a place has no judgements of a set.
///
/// # Errors
/// When it cannot be read.
pub(super) fn is_empty(place: &mut Place, dataset: DatasetFingerprint) -> io::Result<bool> {
    match place {
        Place::Folder(folder) => Ok(folder.list()?.is_empty()),
        Place::Events(events) => {
            events.view()?;
            Ok(events.read(&dataset.to_string(), 0, &[])?.events.is_empty())
        }
    }
}
