//! Whether a sidecar belongs to another dataset: it began on one, and none of its rows is in this
//! one. A moved copy has the same rows, and a new revision some of them, so both keep their
//! judgements. Refuses nothing; callers do.

use std::fmt;
use std::path::{Path, PathBuf};

use tilejury_data::{Dataset, DatasetFingerprint, SampleKey};

use super::rows::parsed;
use super::{Sidecar, SidecarError};

/// A sidecar that belongs to another dataset; displayed as what is wrong and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherDataset {
    /// The sidecar.
    pub sidecar: PathBuf,
    /// The dataset that it belongs to: its address if that was noted, else its fingerprint.
    pub its: String,
    /// The query of one of its rows, if that was kept.
    pub query: Option<String>,
    /// The number of its rows.
    pub rows: usize,
    /// The folder or file of the present dataset.
    pub root: PathBuf,
    /// The fingerprint of the present dataset.
    pub fingerprint: String,
}

impl fmt::Display for OtherDataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { its, root, fingerprint, .. } = self;
        write!(f, "the judgements in {} belong to another dataset, {its}", self.sidecar.display())?;
        if let Some(query) = &self.query {
            write!(f, " (with the query “{}”)", shortened(query))?;
        }
        write!(
            f,
            ", not to {} (fingerprint {fingerprint}): none of the {} is in it. Name the sidecar of this dataset with \
             --sidecar, a new file to begin one, or the dataset of these judgements; `tilejury judgements` prints them \
             for any dataset",
            root.display(),
            crate::text::count(self.rows, "judged row"),
        )
    }
}

impl std::error::Error for OtherDataset {}

impl Sidecar {
    /// The dataset that it belongs to, if that is another one: it began on rows of which this
    /// dataset has none. `None` for a sidecar without any row.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn other_dataset(&self, dataset: &Dataset) -> Result<Option<OtherDataset>, SidecarError> {
        let begun_on = self.fingerprint()?;
        let fingerprint = dataset.fingerprint.to_string();
        if begun_on.as_ref() == Some(&fingerprint) {
            return Ok(None);
        }
        let keys = self.keys().map_err(|source| self.failed(source))?;
        if keys.is_empty() || keys.iter().any(|key| dataset.find(*key).is_some()) {
            return Ok(None);
        }
        let known = begun_on.filter(|text| *text != DatasetFingerprint(0).to_string());
        let its = match (self.begun_at()?, known) {
            (Some(address), _) => address,
            (None, Some(its)) => format!("that with the fingerprint {its}"),
            (None, None) => "which it does not name".to_owned(),
        };
        let mut queries = self.samples()?.into_iter().map(|sample| sample.query);
        Ok(Some(OtherDataset {
            sidecar: self.path.clone(),
            its,
            query: queries.find(|query| !query.is_empty()),
            rows: keys.len(),
            root: dataset.root.clone(),
            fingerprint,
        }))
    }

    /// The keys of all rows that it has a change of.
    fn keys(&self) -> rusqlite::Result<Vec<SampleKey>> {
        let mut statement = self.connection.prepare("SELECT DISTINCT sample FROM events")?;
        let keys = statement.query_map([], |row| parsed(row, 0))?;
        keys.collect()
    }
}

/// Refuses a sidecar of another dataset. A file that is missing or cannot be read is left to the
/// one who reads it.
///
/// # Errors
/// The datasets, and what to do.
pub fn refuse_other_dataset(path: &Path, dataset: &Dataset) -> Result<(), Box<OtherDataset>> {
    let Ok(Some(sidecar)) = Sidecar::open_for_reading(path) else { return Ok(()) };
    sidecar.other_dataset(dataset).ok().flatten().map_or(Ok(()), |other| Err(Box::new(other)))
}

/// The beginning of a query.
fn shortened(query: &str) -> String {
    const LETTERS: usize = 60;
    match query.char_indices().nth(LETTERS) {
        Some((end, _)) => format!("{}…", &query[..end]),
        None => query.to_owned(),
    }
}
