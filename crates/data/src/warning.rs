//! A problem that did not stop the work, and where it is.

use std::fmt;
use std::path::PathBuf;

/// What kind of problem a [`Warning`] tells of. The words are those of `tilejury check --json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningKind {
    /// A line of a split that is not a usable row.
    BadRow,
    /// A row with more negatives than a row can use; it counts all the same.
    ManyNegatives,
    /// A split file that could not be read.
    BadSplit,
    /// A tar file that could not be read, or not to its end.
    BadShard,
    /// One member of a tar file that cannot be used.
    BadMember,
}

impl WarningKind {
    /// The kind as `check --json` spells it.
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

/// A problem with its place: the rest of the set stays usable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What went wrong.
    pub kind: WarningKind,
    /// The file it is in.
    pub file: PathBuf,
    /// The 1-based line, where the file is a split.
    pub line: Option<u64>,
    /// The member's name, where the file is a shard.
    pub member: Option<String>,
    /// What was found, what was expected, and what to do.
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
