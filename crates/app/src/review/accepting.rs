//! Warnings before a row is accepted: about a wrong or missing positive, about strongly suspicious
//! negatives that an accept would confirm, and in an audit about tiles that nobody could read.
//! Given once a row; the same key again accepts. Paints nothing.

use tilejury_audit::suspicion::{Evidence, Finding, PositiveOwner, Signal};
use tilejury_audit::{Relevance, Shown, Verdict};
use tilejury_data::{SampleIndex, TilePath, TileSlot};

use super::seen_tiles::never_readable;
use super::{Review, SeenTiles};

/// From this score on, with the default weights, a negative is not confirmed as not relevant
/// without a warning. Slightly less than 0.9, the weight of a full near picture, which rounding may
/// miss.
const STRONG: f32 = 0.899;

/// A warning before accepting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AcceptWarning {
    /// The positive is marked as not relevant, or as broken.
    Positive(Relevance),
    /// The positive's picture is not available, and it has no mark.
    NoPicture,
    /// The positive's picture is still being loaded, and it has no mark.
    PictureToCome,
    /// This negative is very suspicious, and accepting would confirm it as not relevant.
    Suspect(TileSlot),
    /// This tile of an audit's row was never shown at a readable size, and the audit would count it
    /// all the same.
    Unseen(TileSlot),
}

/// An accept that was held back.
#[derive(Debug)]
pub(super) struct HeldAccept {
    sample: SampleIndex,
    /// All warnings of this row so far.
    given: Vec<AcceptWarning>,
    /// The current warnings.
    current: Vec<AcceptWarning>,
    /// The number of the last event when they were given: any later judgement answers them.
    last_seq: u64,
}

impl Review {
    /// Holds back the accept of the current sample if there are warnings that were not given
    /// before. Returns whether it did. `copies` are those of [`Self::copies`].
    pub(crate) fn hold_accept(&mut self, tiles: &SeenTiles, copies: &[TilePath]) -> bool {
        let current = self.accept_warnings(tiles, copies);
        let sample = self.cursor();
        let mut given = match self.held.take() {
            Some(held) if held.sample == sample => held.given,
            _ => Vec::new(),
        };
        if current.iter().all(|warning| given.contains(warning)) {
            return false;
        }
        given.extend(&current);
        self.held = Some(HeldAccept { sample, given, current, last_seq: self.session.last_seq() });
        true
    }

    /// Withdraws the warning about a positive's picture that was still to come: it is here.
    pub(crate) fn positive_came(&mut self) {
        if let Some(held) = &mut self.held {
            held.current.retain(|warning| *warning != AcceptWarning::PictureToCome);
        }
    }

    /// Withdraws the warnings about tiles that were not seen: some are by now.
    pub(crate) fn tiles_were_shown(&mut self, tiles: &SeenTiles) {
        let unseen = self.unseen_in_audit(tiles);
        if let Some(held) = &mut self.held {
            held.current.retain(|warning| match warning {
                AcceptWarning::Unseen(slot) => unseen.contains(slot),
                _ => true,
            });
        }
    }

    /// The tiles of an audit's row that accepting would answer for although nobody could read them.
    fn unseen_in_audit(&self, tiles: &SeenTiles) -> Vec<TileSlot> {
        match &self.sample {
            Some(sample) if self.counts_unmarked() => never_readable(sample, &self.judgement(), tiles),
            _ => Vec::new(),
        }
    }

    /// The warnings about the current sample that were not answered yet.
    pub(crate) fn open_warnings(&self) -> &[AcceptWarning] {
        let held = self.held.as_ref().filter(|held| held.sample == self.cursor());
        held.filter(|held| held.last_seq == self.session.last_seq()).map_or(&[], |held| &held.current)
    }

    /// The negatives of the current sample that are copies of its positive: by the pixels on the
    /// screen, and by findings, which also know copies of the positives of other rows with this
    /// very query.
    pub(crate) fn copies(&self, tiles: &SeenTiles) -> Vec<TilePath> {
        let Some(sample) = &self.sample else { return Vec::new() };
        // A notice says what accepting did. Where signals are hidden, only pixels decide.
        let with_findings = self.shows(Shown::Signals);
        let has_finding =
            |slot: TileSlot| with_findings && self.signals.of_tile(self.cursor(), slot).iter().any(is_copy);
        let negatives = TileSlot::of_tiles(sample).skip(1).filter(|(_, tile)| tile.path != sample.positive.path);
        let copies = negatives.filter(|(slot, tile)| tiles.same_pixels.contains(&tile.path) || has_finding(*slot));
        copies.map(|(_, tile)| tile.path.clone()).collect()
    }

    /// A sentence about what an accept does with negatives that are the positive again; `None` if
    /// none was seen. To be called before accepting.
    pub(crate) fn describe_copies(&self, tiles: &SeenTiles, copies: &[TilePath]) -> Option<String> {
        let sample = self.sample.as_ref()?;
        let judgement = self.judgement();
        let positive = &sample.positive.path;
        let mark = judgement.relevance(positive);
        let relevant = mark == Some(Relevance::Relevant) || (mark.is_none() && tiles.seen.contains(positive));
        let is_copy = |tile: &TilePath| copies.contains(tile) && judgement.relevance(tile).is_none();
        let again = TileSlot::of_tiles(sample).skip(1).filter(|(_, tile)| {
            tiles.seen.contains(&tile.path) && ((relevant && tile.path == *positive) || is_copy(&tile.path))
        });
        let numbers: Vec<String> = again.map(|(slot, _)| slot.to_string()).collect();
        let subject = match numbers.as_slice() {
            [] => return None,
            [one] => format!("Negative {one} repeats the positive"),
            several => format!("Negatives {} repeat the positive", several.join(", ")),
        };
        let effect = if relevant { "marked as relevant" } else { "left without a mark" };
        Some(format!("{subject}: {effect}, not confirmed as not relevant."))
    }

    fn accept_warnings(&self, tiles: &SeenTiles, copies: &[TilePath]) -> Vec<AcceptWarning> {
        let Some(sample) = &self.sample else { return Vec::new() };
        let judgement = self.judgement();
        if judgement.verdict == Some(Verdict::Accept) {
            return Vec::new();
        }
        let mut warnings = Vec::new();
        match judgement.relevance(&sample.positive.path) {
            Some(relevance @ (Relevance::NotRelevant | Relevance::Broken)) => {
                warnings.push(AcceptWarning::Positive(relevance));
            }
            None if tiles.positive_is_to_come => warnings.push(AcceptWarning::PictureToCome),
            None if !tiles.positive_is_here => warnings.push(AcceptWarning::NoPicture),
            _ => {}
        }
        // A positive without a picture has a warning of its own.
        let unseen = self.unseen_in_audit(tiles).into_iter();
        let unseen = unseen.filter(|slot| tiles.positive_is_here || !slot.is_positive());
        warnings.extend(unseen.map(AcceptWarning::Unseen));
        let Some(findings) = self.signals.findings().filter(|_| self.shows(Shown::Signals)) else { return warnings };
        for (slot, tile) in TileSlot::of_tiles(sample).skip(1) {
            let would_confirm = judgement.relevance(&tile.path).is_none()
                && tiles.seen.contains(&tile.path)
                && tile.path != sample.positive.path
                && !copies.contains(&tile.path);
            // With the default weights: a few judgements may lower the measured ones below the
            // bound.
            let doubts = findings.concerning(self.cursor(), slot);
            let doubts = doubts.map(|finding| 1.0 - finding.signal.weight() * finding.strength);
            if would_confirm && 1.0 - doubts.product::<f32>() >= STRONG {
                warnings.push(AcceptWarning::Suspect(slot));
            }
        }
        warnings
    }

    /// The main suspicion about a negative, as the end of a sentence that begins with its number.
    pub(crate) fn suspicion_of(&self, slot: TileSlot) -> &'static str {
        let findings = self.signals.of_tile(self.cursor(), slot);
        let has = |signal: Signal| findings.iter().any(|finding| finding.signal == signal);
        if has(Signal::NearPicture) || has(Signal::SameBytes) || has(Signal::SamePixels) {
            "looks like the positive"
        } else if has(Signal::OtherPositive) {
            "is the positive of a row with this query, or a near one"
        } else {
            "is very suspicious"
        }
    }
}

/// Whether the finding is that the tile is a copy of a positive of the row's own query.
fn is_copy(finding: &Finding) -> bool {
    match finding.evidence {
        Evidence::SameBytes(owner) | Evidence::SamePixels(owner) => match owner {
            PositiveOwner::Own => true,
            PositiveOwner::Other { nearness, .. } => nearness >= 1.0,
        },
        _ => false,
    }
}
