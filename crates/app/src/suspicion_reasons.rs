//! The reasons for the suspicion of a tile, in a few words each, the strongest first. Draws
//! nothing.

use tilejury_audit::suspicion::{EvidenceSource, Findings};
use tilejury_data::{Dataset, SampleIndex, TileSlot};

/// The log-odds from which a source counts as a reason: less changes no order.
const TELLING: f32 = 0.2;

/// Returns the reasons for the score of a tile: its signals, then the texts, reviews and scores
/// that raise it.
pub(crate) fn reasons(findings: &Findings, dataset: &Dataset, sample: SampleIndex, tile: TileSlot) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    for name in findings.of_tile(sample, tile).iter().map(|finding| finding.name(dataset)) {
        if !reasons.contains(&name) {
            reasons.push(name);
        }
    }
    reasons.extend(sources(findings, sample, tile));
    reasons
}

/// Returns the sources besides signals that raise the score of a tile.
pub(crate) fn sources(findings: &Findings, sample: SampleIndex, tile: TileSlot) -> Vec<String> {
    let mut shares = findings.shares(sample, tile);
    shares.retain(|share| share.log_odds >= TELLING);
    shares.sort_by(|a, b| b.log_odds.total_cmp(&a.log_odds));
    shares.iter().filter_map(|share| in_words(&share.source)).collect()
}

/// A score with its reasons: `Suspicion 65 %: machine review`.
pub(crate) fn with_reasons(score: String, reasons: &[String]) -> String {
    if reasons.is_empty() { score } else { format!("{score}: {}", reasons.join(", ")) }
}

/// A score in words: `65 %`.
pub(crate) fn percent(score: f32) -> String {
    format!("{:.0} %", 100.0 * score)
}

fn in_words(source: &EvidenceSource) -> Option<String> {
    Some(match source {
        EvidenceSource::Prior | EvidenceSource::Signals => return None,
        EvidenceSource::Text => "words of query and positive".to_owned(),
        EvidenceSource::Answer => "words of the answer".to_owned(),
        EvidenceSource::Reviews => "machine review".to_owned(),
        EvidenceSource::Scores(source) => format!("score of {source}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_any_tile_has_is_no_reason() {
        assert_eq!(in_words(&EvidenceSource::Prior), None);
        assert_eq!(in_words(&EvidenceSource::Signals), None, "they are named one by one");
        assert_eq!(in_words(&EvidenceSource::Scores("e5".into())).as_deref(), Some("score of e5"));
    }
}
