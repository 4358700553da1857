//! The text of a negative has much of the query, and of the positive's passage, that the texts of
//! other negatives lack: then it may answer the query in other words.
//!
//! A finding is raised if the text's features (see [`super::relevance`]) make relevance at least
//! three times as likely, by their default weights. Strength is the rise of the log-odds, divided
//! by four, up to 1. The finding itself adds nothing to scores, since its features do.

use tilejury_data::SampleIndex;

use super::evidence::Evidence;
use super::external_evidence::ExternalEvidence;
use super::relevance::EvidenceSource;
use super::{Finding, Signal, SignalInputs};
use crate::external::ExternalSignals;

/// The rise of the log-odds that raises a finding: ln 3.
pub(super) const RAISED_FROM: f32 = 1.098_612_3;
/// The rise of the log-odds at full strength.
pub(super) const FULL_AT: f32 = 4.0;

pub(super) fn find(inputs: &SignalInputs<'_>, external: &ExternalSignals, sample: SampleIndex, out: &mut Vec<Finding>) {
    let table = inputs.features;
    let Some(row) = external.comparisons.rows.get(&sample) else { return };
    for compared in &row.negatives {
        let rise = inputs.weights.sum_of(table, table.of_tile(sample, compared.tile), &EvidenceSource::Text);
        if rise < RAISED_FROM || compared.quote.is_empty() {
            continue;
        }
        let (cover, positive_cover, quote) = (compared.cover, row.positive_cover, compared.quote.clone());
        out.push(Finding {
            sample,
            tile: Some(compared.tile),
            signal: Signal::TextOverlap,
            strength: (rise / FULL_AT).min(1.0),
            evidence: Evidence::External(ExternalEvidence::TextOverlap { cover, positive_cover, quote }),
        });
    }
}
