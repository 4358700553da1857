//! A change as it was read from a damaged sidecar, and how credible it is. Reads no bytes, and
//! compares no changes.

use super::pages::FilePosition;
use super::recovered::{Doubt, shortened};
use crate::event::Event;

/// The credibility of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Credibility {
    /// Its checksum does not match.
    Mismatch,
    /// It has no checksum, and no page lists it.
    Stray,
    /// It has no checksum because it is from an earlier version.
    Unchecked,
    /// Its checksum matches.
    Verified,
}

/// A change as it was read.
#[derive(Clone, Debug)]
pub(super) struct CandidateChange {
    pub(super) event: Event,
    /// The row ids that were read with it.
    pub(super) ids: Vec<i64>,
    pub(super) trust: Credibility,
    pub(super) spot: FilePosition,
    /// The stored checksum: `None` without one, −1 if it is not a number.
    pub(super) checksum: Option<i64>,
    pub(super) columns: usize,
}

impl CandidateChange {
    /// Describes the change in the report, as one that may be wrong.
    pub(super) fn doubt(&self, why: String, saved: bool) -> Doubt {
        let event = &self.event;
        let tile = event.change.tile().map(|tile| format!(" of {tile}")).unwrap_or_default();
        let value = event.change.value().unwrap_or_else(|| "none".into());
        let content = format!(
            "{}{tile}: {value}, by {} at {}, sample {}",
            event.change.field(),
            event.annotator,
            event.at,
            event.sample
        );
        Doubt {
            table: "events",
            name: format!("{}/{}", event.step.session, event.seq),
            content: shortened(&content),
            why,
            spot: Some(self.spot),
            saved,
        }
    }
}
