//! Whether a sidecar belongs to another dataset: it began on one, and none of its rows is in this
//! one. A moved copy has the same rows, and a new revision some of them, so both keep their
//! judgements. A sidecar without a row belongs to the dataset that it is opened for next, and to
//! the first one that something is stored of, if several programs have it open. One that names no
//! dataset, as after a recovery, is of the one whose rows it has, and names it again from then on.
//! Judgements of several files are put together only if all name the same dataset.
//!
//! Refuses only to store in a sidecar that was taken; callers refuse the rest.

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension as _, Transaction, TransactionBehavior};
use tilejury_data::{Dataset, DatasetFingerprint, SampleKey};

use super::rows::parsed;
use super::{Sidecar, SidecarError};
use crate::text::shortened;

/// The letters of a query in a message.
const QUERY_UP_TO: usize = 60;

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
    /// The folder through which its judgements are exchanged, if they are.
    pub exchange: Option<String>,
    /// The folder or file of the present dataset.
    pub root: PathBuf,
    /// The fingerprint of the present dataset.
    pub fingerprint: String,
}

impl OtherDataset {
    /// Both datasets, and why the sidecar is of the other one, without what to do about it.
    pub fn fact(&self) -> String {
        let Self { its, root, fingerprint, .. } = self;
        let query = self
            .query
            .as_deref()
            .map_or_else(String::new, |query| format!(" (with the query “{}”)", shortened(query, QUERY_UP_TO)));
        let why = match &self.exchange {
            Some(folder) if self.rows == 0 => format!("it has no judgement yet, but exchanges them through {folder}"),
            _ if self.rows == 1 => "its only judged row is not in it".to_owned(),
            _ => format!("none of the {} is in it", crate::text::count(self.rows, "judged row")),
        };
        format!(
            "the judgements in {} belong to another dataset, {its}{query}, not to {} (fingerprint {fingerprint}): {why}",
            self.sidecar.display(),
            root.display(),
        )
    }
}

impl fmt::Display for OtherDataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}. Name the sidecar of this dataset with --sidecar, a new file to begin one, or the dataset of these \
             judgements; `tilejury judgements` prints them for any dataset",
            self.fact()
        )
    }
}

impl std::error::Error for OtherDataset {}

impl Sidecar {
    /// The dataset that it belongs to, if that is another one: it began on rows of which this
    /// dataset has none. `None` for a sidecar without any row, unless its judgements are exchanged:
    /// those that come would be of the dataset that it began on.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn other_dataset(&self, dataset: &Dataset) -> Result<Option<OtherDataset>, SidecarError> {
        let known = self.known_fingerprint()?;
        let fingerprint = dataset.fingerprint.to_string();
        if known.as_ref() == Some(&fingerprint) {
            return Ok(None);
        }
        let (keys, exchange) = (self.keys().map_err(|source| self.failed(source))?, self.exchange_folder()?);
        if (keys.is_empty() && exchange.is_none()) || self.has_row_of(dataset, &keys)? {
            return Ok(None);
        }
        if keys.is_empty() && known.is_none() {
            return Ok(None);
        }
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
            exchange,
            root: dataset.root.clone(),
            fingerprint,
        }))
    }

    /// Whether a judged row, or a row at which an annotator left off, is in a dataset: all judged
    /// rows may have been removed from it since. If one file of a folder was opened, the rows of
    /// the others count.
    fn has_row_of(&self, dataset: &Dataset, judged: &[SampleKey]) -> Result<bool, SidecarError> {
        let left_off = self.left_off_at().map_err(|source| self.failed(source))?;
        let is_in = |dataset: &Dataset| judged.iter().chain(&left_off).any(|key| dataset.find(*key).is_some());
        let rows = dataset.samples.iter().map(|sample| sample.key);
        // The fingerprint is always that of the whole folder.
        let is_whole = DatasetFingerprint::from_keys(rows) == dataset.fingerprint;
        Ok(is_in(dataset) || (!is_whole && dataset.open_whole().is_ok_and(|folder| is_in(&folder))))
    }

    /// Makes this dataset that of a sidecar without a row: nothing in it is of the one that it
    /// began on. So the file is not that of two datasets once somebody judges. A sidecar that names
    /// no dataset gets the name of this one, if it has a row of it.
    pub(super) fn begin_on(&mut self, dataset: &Dataset) -> Result<(), SidecarError> {
        let own = dataset.fingerprint.to_string();
        let named = self.fingerprint()?;
        // Rows are never removed, so this stays true whatever others store meanwhile.
        let has_its_rows = !named.as_deref().is_some_and(is_known) && self.other_dataset(dataset)?.is_none();
        let begin = |sidecar: &mut Self| -> rusqlite::Result<String> {
            let transaction = sidecar.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut begun_on = take_unused(&transaction, &own)?;
            if has_its_rows && !is_known(&begun_on) {
                enter(&transaction, &own)?;
                begun_on.clone_from(&own);
            }
            transaction.commit()?;
            Ok(begun_on)
        };
        let begun_on = match named {
            Some(named) if named == own => named,
            _ => begin(self).map_err(|source| self.failed(source))?,
        };
        let is_of_other = begun_on != own && self.other_dataset(dataset)?.is_some();
        self.begun_on = Some(if is_of_other { own } else { begun_on });
        Ok(())
    }

    /// The fingerprint of the dataset that it belongs to, to put its judgements together with
    /// others: only those that name the same one.
    ///
    /// # Errors
    /// When it names none, or cannot be read.
    pub fn named_dataset(&self) -> Result<String, SidecarError> {
        self.known_fingerprint()?.ok_or_else(|| SidecarError::NoDataset(self.path.clone()))
    }

    /// The fingerprint of its dataset; `None` if it names none, as after a recovery.
    fn known_fingerprint(&self) -> Result<Option<String>, SidecarError> {
        Ok(self.fingerprint()?.filter(|text| is_known(text)))
    }

    /// The keys of all rows that it has a change of.
    fn keys(&self) -> rusqlite::Result<Vec<SampleKey>> {
        let mut statement = self.connection.prepare("SELECT DISTINCT sample FROM events")?;
        let keys = statement.query_map([], |row| parsed(row, 0))?;
        keys.collect()
    }

    /// The keys of the rows at which annotators left off.
    fn left_off_at(&self) -> rusqlite::Result<Vec<SampleKey>> {
        let mut statement = self.connection.prepare("SELECT sample FROM places")?;
        let keys = statement.query_map([], |row| parsed(row, 0))?;
        keys.collect()
    }
}

/// Whether a fingerprint is that of a dataset, not the one for an unknown dataset.
pub(crate) fn is_known(fingerprint: &str) -> bool {
    fingerprint != DatasetFingerprint(0).to_string()
}

/// Names the dataset of a sidecar.
fn enter(transaction: &Transaction<'_>, fingerprint: &str) -> rusqlite::Result<()> {
    let sql = "INSERT INTO meta (key, value) VALUES ('fingerprint', ?1) \
               ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    transaction.execute(sql, [fingerprint]).map(drop)
}

/// Enters a dataset in a sidecar in which nothing is stored. Returns the fingerprint that it names
/// then, or the one for an unknown dataset.
fn take_unused(transaction: &Transaction<'_>, own: &str) -> rusqlite::Result<String> {
    let named = || transaction.query_row("SELECT value FROM meta WHERE key = 'fingerprint'", [], |row| row.get(0));
    let begun_on: Option<String> = named().optional()?;
    let begun_on = begun_on.unwrap_or_else(|| DatasetFingerprint(0).to_string());
    if begun_on == own {
        return Ok(begun_on);
    }
    let sql =
        "SELECT EXISTS (SELECT 1 FROM events) OR EXISTS (SELECT 1 FROM meta WHERE key = 'exchange' AND value <> '')";
    if transaction.query_row(sql, [], |row| row.get(0))? {
        return Ok(begun_on);
    }
    enter(transaction, own)?;
    transaction.execute("DELETE FROM meta WHERE key = 'address'", [])?;
    transaction.execute("DELETE FROM places", [])?;
    Ok(own.to_owned())
}

/// Refuses to store in a sidecar that became that of another dataset since it was opened, because
/// another program had it open for that one and stored something first. `begun_on` is the
/// fingerprint that it named when it was opened.
pub(super) fn refuse_taken(
    transaction: &Transaction<'_>,
    path: &Path,
    begun_on: Option<&str>,
) -> Result<(), SidecarError> {
    let Some(own) = begun_on else { return Ok(()) };
    let found =
        take_unused(transaction, own).map_err(|source| SidecarError::Sqlite { path: path.to_owned(), source })?;
    if found == own { Ok(()) } else { Err(SidecarError::Taken { path: path.to_owned(), its: found }) }
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
