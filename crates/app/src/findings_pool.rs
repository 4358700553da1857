//! The findings of the dataset from all threads that compute some: from rows, from the texts and
//! scores beside them, and from pixels. A thread with new findings
//! joins them with the latest of the others.
//!
//! It must not know the order of samples, and the thread that draws must not wait for it.

use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use tilejury_audit::external::{ExternalReader, ExternalSignals, ExternalStore};
use tilejury_audit::progress::Progress;
use tilejury_audit::suspicion::{FeatureTable, Finding, Findings, SuspicionSettings, signals};
use tilejury_data::{Dataset, TilePath};

/// The findings of all threads.
pub(crate) struct FindingsPool {
    parts: Mutex<Parts>,
    /// The texts and scores that were read so far.
    imports: Mutex<ExternalReader>,
}

struct Parts {
    /// The findings from rows, texts and scores.
    rows: Arc<Findings>,
    pixels: Arc<Vec<Finding>>,
    version: u64,
}

/// All findings at a moment.
#[derive(Clone)]
pub(crate) struct JoinedFindings {
    /// Rises with every change. Findings may arrive out of order: older ones are not used.
    pub(crate) version: u64,
    pub(crate) all: Arc<Findings>,
}

impl FindingsPool {
    /// Makes an empty pool for a set with this number of rows.
    pub(crate) fn new(rows: usize) -> Self {
        let rows = Arc::new(Findings::new(rows, Vec::new(), FeatureTable::default()));
        Self { parts: Mutex::new(Parts { rows, pixels: Arc::default(), version: 0 }), imports: Mutex::default() }
    }

    /// Computes the findings from rows alone. `None` if the work was cancelled.
    pub(crate) fn read_rows(&self, dataset: &Dataset, progress: &dyn Progress) -> Option<JoinedFindings> {
        let rows = signals(dataset, &SuspicionSettings::default(), None, progress).ok()?;
        Some(self.set_rows(rows))
    }

    /// Computes the findings from rows and from the file of external results, which need not exist.
    /// Only what is new in the file since the last call is read; `changed` names tiles that were
    /// read since then. `None` if the work was cancelled.
    pub(crate) fn read_rows_and_imports(
        &self,
        dataset: &Dataset,
        file: &Path,
        changed: &[TilePath],
        progress: &dyn Progress,
    ) -> Option<JoinedFindings> {
        // An unreadable file is left out here; `tilejury rank` reports why.
        let store = ExternalStore::open_for_reading(file).ok().flatten();
        let read = |store: ExternalStore| -> Option<ExternalSignals> {
            self.imports.lock().read(&store, dataset, changed, progress).ok()?.ok()
        };
        let rows = signals(dataset, &SuspicionSettings::default(), store.and_then(read).as_ref(), progress).ok()?;
        Some(self.set_rows(rows))
    }

    fn set_rows(&self, rows: Findings) -> JoinedFindings {
        let mut parts = self.parts.lock();
        parts.rows = Arc::new(rows);
        parts.join()
    }

    /// Replaces the findings from pixels.
    pub(crate) fn set_pixels(&self, pixels: &[Finding]) -> JoinedFindings {
        let mut parts = self.parts.lock();
        parts.pixels = Arc::new(pixels.to_vec());
        parts.join()
    }
}

impl Parts {
    fn join(&mut self) -> JoinedFindings {
        self.version += 1;
        let all = match &self.pixels[..] {
            [] => self.rows.clone(),
            pixels => Arc::new(Findings::clone(&self.rows).with(pixels.iter().cloned())),
        };
        JoinedFindings { version: self.version, all }
    }
}

#[cfg(test)]
mod tests {
    use tilejury_audit::suspicion::{Evidence, Signal};
    use tilejury_data::{SampleIndex, TileSlot};

    use super::*;

    fn finding(signal: Signal) -> Finding {
        let (sample, tile) = (SampleIndex::new(0), Some(TileSlot::new(1)));
        Finding { sample, tile, signal, strength: 0.5, evidence: Evidence::OwnPositive }
    }

    #[test]
    fn findings_from_pixels_survive_new_ones_from_texts() {
        let pool = FindingsPool::new(1);
        let of_rows = |signal| Findings::new(1, vec![finding(signal)], FeatureTable::default());
        let all = |joined: &JoinedFindings| {
            joined
                .all
                .of_tile(SampleIndex::new(0), TileSlot::new(1))
                .iter()
                .map(|found| found.signal)
                .collect::<Vec<_>>()
        };
        let first = pool.set_rows(of_rows(Signal::SamePage));
        let pixels = pool.set_pixels(&[finding(Signal::NearPicture)]);
        let texts = pool.set_rows(of_rows(Signal::AnswerInText));
        assert_eq!(all(&first), [Signal::SamePage]);
        assert_eq!(all(&pixels).len(), 2);
        let mut joined = all(&texts);
        joined.sort_by_key(|signal| *signal != Signal::AnswerInText);
        assert_eq!(joined, [Signal::AnswerInText, Signal::NearPicture]);
        assert!(first.version < pixels.version && pixels.version < texts.version);
    }
}
