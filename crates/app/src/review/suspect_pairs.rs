//! Pairs for the contact sheet: of each listed row, the positive and its most suspicious negative
//! without a mark. Draws nothing and keeps no state.

use tilejury_audit::external::EvidenceRequest;
use tilejury_audit::suspicion::{Evidence, Finding, Findings, Signal};
use tilejury_audit::text::capital;
use tilejury_data::{SampleIndex, TilePath, TileSlot};

use super::Review;
use super::moving::SUSPICIOUS;
use crate::suspicion_reasons::{percent, sources, with_reasons};

/// A positive and a suspicious negative of its row.
#[derive(Clone, Debug)]
pub(crate) struct SuspectPair {
    pub(crate) sample: SampleIndex,
    /// The row in words: `train line 5`.
    pub(crate) place: String,
    pub(crate) query: String,
    pub(crate) positive: TilePath,
    /// The slot of the negative.
    pub(crate) slot: TileSlot,
    /// The negative.
    pub(crate) tile: TilePath,
    /// The reason in short: the name of the main signal, else the score with its reasons.
    pub(crate) why: String,
    /// The reason in a sentence.
    pub(crate) reason: String,
    /// Where the reason says that the negative is, if it touches the positive on their page.
    pub(crate) neighbour: Option<Neighbour>,
    /// The request for the text of the negative.
    pub(crate) text: EvidenceRequest,
}

/// The place of a tile that touches the positive on their page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Neighbour {
    Above,
    Below,
}

impl Neighbour {
    fn of(finding: &Finding) -> Option<Self> {
        match finding.evidence {
            Evidence::SamePage { chunks: Some(-1) } => Some(Self::Above),
            Evidence::SamePage { chunks: Some(1) } => Some(Self::Below),
            _ => None,
        }
    }
}

impl Review {
    /// The listed rows that may have a pair, in the order of the list: those with a suspicious
    /// tile, or with one that this signal found. Reads no row.
    pub(crate) fn suspect_rows(&self, signal: Option<Signal>) -> Vec<SampleIndex> {
        let Some(findings) = self.signals.findings() else { return Vec::new() };
        let may_have = |row: &SampleIndex| match signal {
            Some(signal) => findings.signals(*row) & 1 << signal.bit() != 0,
            None => findings.score(*row) >= SUSPICIOUS,
        };
        self.navigator.listed().iter().copied().filter(may_have).collect()
    }

    /// The pair of a row: the most suspicious of its negatives that have no mark. `None` if there
    /// is none.
    pub(crate) fn suspect_pair(&mut self, row: SampleIndex, signal: Option<Signal>) -> Option<SuspectPair> {
        let findings = self.signals.shared()?.clone();
        let mut suspects = suspects(&findings, row, signal);
        suspects.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let sample = self.session.sample(row)?;
        let judgement = self.session.judgement(row);
        let is_marked = |tile: &TilePath| judgement.is_some_and(|judgement| judgement.relevance(tile).is_some());
        let (slot, tile) = suspects.into_iter().find_map(|(slot, _)| {
            let tile = sample.tiles().nth(slot.index())?;
            (!is_marked(&tile.path)).then(|| (slot, tile.path.clone()))
        })?;
        let strongest = findings.of_tile(row, slot).iter().filter(|finding| fits(finding, signal));
        let strongest = strongest.max_by(|a, b| weight(a).total_cmp(&weight(b)));
        let score = || {
            let score = format!("Suspicion {}", percent(findings.tile_score(row, slot)));
            with_reasons(score, &sources(&findings, row, slot))
        };
        Some(SuspectPair {
            sample: row,
            place: self.dataset().describe_position(row),
            query: sample.query.clone(),
            positive: sample.positive.path.clone(),
            slot,
            why: strongest.map_or_else(score, |finding| finding.signal.label().to_owned()),
            reason: strongest.map_or_else(score, |finding| capital(&finding.sentence(self.dataset()))),
            neighbour: strongest.and_then(Neighbour::of),
            text: EvidenceRequest::new(&sample, vec![sample.positive.path.clone(), tile.clone()]),
            tile,
        })
    }
}

/// The suspicious negatives of a row with their scores.
fn suspects(findings: &Findings, row: SampleIndex, signal: Option<Signal>) -> Vec<(TileSlot, f32)> {
    let negatives = findings.known_tiles(row).into_iter().filter(|slot| !slot.is_positive());
    let scored = negatives.map(|slot| (slot, findings.tile_score(row, slot)));
    let is_suspect = |slot: TileSlot, score: f32| match signal {
        Some(_) => findings.of_tile(row, slot).iter().any(|finding| fits(finding, signal)),
        None => score >= SUSPICIOUS,
    };
    scored.filter(|(slot, score)| is_suspect(*slot, *score)).collect()
}

fn fits(finding: &Finding, signal: Option<Signal>) -> bool {
    signal.is_none_or(|signal| finding.signal == signal)
}

fn weight(finding: &Finding) -> f32 {
    finding.signal.weight() * finding.strength
}
