//! One change by one annotator at one moment: the only thing that is ever written about a judgement.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use tilejury_data::SampleKey;

use crate::judgement::FieldChange;
use crate::origin::Origin;
use crate::time::Timestamp;

/// Names one step of a person's work: all events that one key press made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StepId {
    /// The session that made it, unique over all machines.
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
        let (session, seq) = parts.ok_or_else(|| format!("`{text}` is no step"))?;
        Ok(Self { session: session.into(), seq })
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The step it belongs to; its session is the event's session.
    pub step: StepId,
    /// Its number in the session, from 1, without gaps.
    pub seq: u64,
    /// The sample it is about.
    pub sample: SampleKey,
    /// The new value.
    pub change: FieldChange,
    /// Who said so.
    pub annotator: Arc<str>,
    /// When, by that machine's clock.
    pub at: Timestamp,
    /// The step that this one takes back.
    pub undoes: Option<StepId>,
    /// How it came about. An undo carries what its value had before.
    pub origin: Origin,
}
