//! The progress of an export.

/// A step of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Shards are indexed.
    Shards,
    /// Tiles are looked up.
    Tiles,
    /// Pixels are read, to find copies of positives.
    Pixels,
    /// Pairs of pictures are compared.
    Pairs,
    /// Rows are decided.
    Rows,
    /// Rows are written; each format counts from the start.
    Writing,
    /// Tiles are copied, in bytes.
    Images,
    /// Files are read again for their checksums, in bytes.
    Checksums,
}

impl Step {
    /// Returns the step in words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Shards => "indexing shards",
            Self::Tiles => "looking for tiles",
            Self::Pixels => "reading pixels",
            Self::Pairs => "comparing pictures",
            Self::Rows => "deciding over rows",
            Self::Writing => "writing rows",
            Self::Images => "copying tiles",
            Self::Checksums => "checksums",
        }
    }
}

/// Is told what is done, how much of it, of how much; stops the work by returning `false`.
pub type Progress<'p> = &'p (dyn Fn(Step, usize, usize) -> bool + Sync);
