//! Warnings: problems that did not stop the work, and where they are.

use std::fmt;
use std::path::PathBuf;

use crate::line_number::LineNumber;

/// The kind of a [`Warning`]. The names are those of `tilejury check --json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningKind {
    /// A line of a split that is not a usable row.
    BadRow,
    /// A row with more negatives than a row can use; it is still used.
    ManyNegatives,
    /// A split file that could not be read.
    BadSplit,
    /// A tar file that could not be read to its end.
    BadShard,
    /// A member of a tar file that cannot be used.
    BadMember,
}

impl WarningKind {
    /// The name of the kind in `check --json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::BadRow => "bad_row",
            Self::ManyNegatives => "many_negatives",
            Self::BadSplit => "bad_split",
            Self::BadShard => "bad_shard",
            Self::BadMember => "bad_member",
        }
    }
}

/// A problem and its place; the rest of the dataset stays usable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The kind of problem.
    pub kind: WarningKind,
    /// The file it is in.
    pub file: PathBuf,
    /// The 1-based line, if the file is a split.
    pub line: Option<LineNumber>,
    /// The member's name, if the file is a shard.
    pub member: Option<String>,
    /// The message: the problem, the expected form, and the remedy.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(member) = &self.member {
            write!(f, ", member {member}")?;
        }
        write!(f, ": {}", self.message)
    }
}
