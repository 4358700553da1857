//! The order of suspicion that an audit is drawn by: from rows, texts and imports, weighed by the
//! judgements so far. No picture is read.

use tilejury_audit::audits::SuspicionOrder;
use tilejury_audit::decisions::Decisions;
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::suspicion::Scoreboard;
use tilejury_data::Dataset;

use crate::suspicion::{PixelSource, find_signals};
use crate::{SidecarArg, StoredJudgements, stop_switch};

/// The rows by suspicion.
///
/// # Errors
/// When the signals cannot be found, or a person stopped the search.
pub(super) fn order(
    dataset: &Dataset,
    sidecar: &SidecarArg,
    stored: &StoredJudgements,
) -> anyhow::Result<SuspicionOrder> {
    let (found, _) = find_signals(dataset, sidecar.path.as_deref(), PixelSource::Nowhere, &stop_switch())?;
    let decisions = Decisions::read(dataset, &stored.events, &AnnotatorScope::Everybody);
    let found = found.weighed(&Scoreboard::count(&found, &decisions, None).weights);
    Ok(SuspicionOrder::new(dataset, &found, &decisions))
}
