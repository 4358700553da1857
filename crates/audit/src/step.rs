//! The id of a step, by which an undo, a redo and a propagated mark refer to it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The id of a step: of all events that one action made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StepId {
    /// The session that made the step, unique over all machines.
    pub session: Arc<str>,
    /// The sequence number of the step's first event in its session.
    pub seq: u64,
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.session, self.seq)
    }
}

impl FromStr for StepId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/').and_then(|(session, seq)| Some((session, seq.parse().ok()?)));
        let (session, seq) = parts.ok_or_else(|| format!("`{text}` is not a step; expected SESSION/NUMBER"))?;
        Ok(Self { session: session.into(), seq })
    }
}
