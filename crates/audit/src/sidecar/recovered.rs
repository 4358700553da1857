//! What a recovery reports: what was saved, what is missing, what is doubtful. Reads and decides nothing.

pub use super::pages::FilePosition;

/// What was saved, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Changes in the new file.
    pub events: usize,
    /// Samples in the new file with their query and positive.
    pub samples: usize,
    /// Samples that changes are about and whose query and positive could not be read. The dataset has them still.
    pub unnamed_samples: usize,
    /// Annotators whose place could be read.
    pub places: usize,
    /// Changes that must have been in the file, by the numbers in their sessions and by its indexes, and could not be read.
    pub missing: usize,
    /// Rows that are there in part only, of whatever table.
    pub broken: usize,
    /// What was read and may be wrong.
    pub doubtful: Vec<Doubt>,
    /// Saved changes without a checksum, from sidecars of schema 1 or 2: damage to one shows only where it makes no sense any more.
    pub unchecked: usize,
    /// Saved values that nothing else in the file confirms: the dataset's fingerprint, annotators' places.
    pub unverified: Vec<Doubt>,
}

/// Something that was read and may be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The table it is of.
    pub table: &'static str,
    /// Its name there: a change's is `SESSION/NUMBER`, a sample's its key.
    pub name: String,
    /// Its content, in short.
    pub says: String,
    /// The reason for the doubt.
    pub why: String,
    /// Where it lies; `None` for what was not found at all.
    pub spot: Option<FilePosition>,
    /// It is in the new file.
    pub saved: bool,
}
