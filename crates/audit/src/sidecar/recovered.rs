//! The report of a recovery: saved, missing and doubtful changes. Reads and decides nothing.

pub use super::pages::FilePosition;

/// The length of a doubtful value in the report, in characters.
const CONTENT_UP_TO: usize = 240;

/// The results of a recovery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Changes in the new file.
    pub events: usize,
    /// Samples in the new file with their query and positive.
    pub samples: usize,
    /// Samples of changes whose query and positive could not be read. The dataset may still have
    /// them.
    pub unnamed_samples: usize,
    /// Annotators whose position could be read.
    pub positions: usize,
    /// Changes that the file must have held, by the numbers in their sessions and by its indexes,
    /// and that could not be read.
    pub missing: usize,
    /// Rows of any table that are only partly there.
    pub broken: usize,
    /// Values that were read and may be wrong.
    pub doubtful: Vec<Doubt>,
    /// Saved changes without a checksum, from sidecars of schema 1 or 2. Damage to one is noticed
    /// only if it no longer makes sense.
    pub unchecked: usize,
    /// Saved values that nothing else in the file confirms: the dataset's fingerprint, annotators'
    /// positions.
    pub unverified: Vec<Doubt>,
}

/// A value that was read and may be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The table it belongs to.
    pub table: &'static str,
    /// Its name there: a change's is `SESSION/NUMBER`, a sample's its key.
    pub name: String,
    /// Its content, shortened.
    pub content: String,
    /// The reason for the doubt.
    pub why: String,
    /// Its position in the file; `None` if it was not found at all.
    pub spot: Option<FilePosition>,
    /// Whether it is in the new file.
    pub saved: bool,
}

/// Returns the first characters of a value, with `…` if it is longer.
pub(super) fn shortened(text: &str) -> String {
    crate::text::shortened(text, CONTENT_UP_TO)
}
