//! What is asked before a row is accepted: whether a wrong or missing positive is meant to be, and what an accept would confirm
//! of a tile that much speaks against. Asked once a row; the same key again goes through. Paints nothing.

use tilejury_audit::suspicion::{Finding, Reason, Signal, WhosePositive};
use tilejury_audit::{Relevance, Verdict};
use tilejury_data::TilePath;

use super::Review;

/// From this score on, by the default weights, a negative is not confirmed as not relevant without a question. A little less than
/// 0.9, the weight of a full near picture, which small numbers may miss by a hair.
const STRONG: f32 = 0.899;

/// What is asked before accepting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AcceptWarning {
    /// The positive is marked as not relevant, or as broken.
    Positive(Relevance),
    /// The positive's picture is not there, and nothing is said of it.
    NoPicture,
    /// Much speaks against this negative, which accepting would confirm as not relevant.
    Suspect(usize),
}

/// An accept that was held back.
#[derive(Debug)]
pub(super) struct HeldAccept {
    sample: usize,
    /// What was asked on this row so far.
    asked: Vec<AcceptWarning>,
    /// What is asked now, and the number of the last event when it was asked: whatever is judged since answers it.
    open: (Vec<AcceptWarning>, u64),
}

/// What a person has seen of the sample when they accept it.
#[derive(Debug, Default)]
pub(crate) struct SeenTiles {
    /// Tiles that were on the screen and loaded.
    pub(crate) seen: Vec<TilePath>,
    /// Those of them that the person had in focus, compared or enlarged.
    pub(crate) inspected: Vec<TilePath>,
    /// Negatives with the very pixels of the positive.
    pub(crate) same_pixels: Vec<TilePath>,
    /// The positive's picture is there.
    pub(crate) positive_is_here: bool,
}

impl Review {
    /// What is to be asked before the sample on show is accepted. Empty where it can be at once, or where this was asked.
    /// `copies` are those of [`Self::copies`].
    pub(crate) fn hold_accept(&mut self, tiles: &SeenTiles, copies: &[TilePath]) -> bool {
        let asks = self.accept_warnings(tiles, copies);
        let sample = self.queue.cursor;
        let mut asked = match self.held.take() {
            Some(held) if held.sample == sample => held.asked,
            _ => Vec::new(),
        };
        if asks.iter().all(|ask| asked.contains(ask)) {
            return false;
        }
        asked.extend(&asks);
        self.held = Some(HeldAccept { sample, asked, open: (asks, self.session.last_seq()) });
        true
    }

    /// What is asked of the sample on show and not answered yet.
    pub(crate) fn open_asks(&self) -> &[AcceptWarning] {
        let open = self.held.as_ref().filter(|held| held.sample == self.queue.cursor);
        open.filter(|held| held.open.1 == self.session.last_seq()).map_or(&[], |held| &held.open.0)
    }

    /// Nothing is asked any more.
    pub(super) fn forget_asks(&mut self) {
        self.held = None;
    }

    /// The negatives of the sample on show that are copies of its positive: by the pixels on the screen, and by what is known of
    /// the set, which also tells of copies of the positives of other rows with this very query.
    pub(crate) fn copies(&self, tiles: &SeenTiles) -> Vec<TilePath> {
        let Some(sample) = &self.sample else { return Vec::new() };
        let findings = |place: usize| match &self.findings {
            Some(findings) => findings.of_tile(self.queue.cursor, place),
            None => &[],
        };
        let negatives = sample.tiles().enumerate().skip(1).filter(|(_, tile)| tile.path != sample.positive.path);
        let copies = negatives
            .filter(|(place, tile)| tiles.same_pixels.contains(&tile.path) || findings(*place).iter().any(is_copy));
        copies.map(|(_, tile)| tile.path.clone()).collect()
    }

    /// What an accept does with negatives that are the positive again, in words; `None` where none was seen. To be asked before
    /// accepting.
    pub(crate) fn words_of_copies(&self, tiles: &SeenTiles, copies: &[TilePath]) -> Option<String> {
        let sample = self.sample.as_ref()?;
        let judgement = self.judgement();
        let positive = &sample.positive.path;
        let said = judgement.relevance(positive);
        let relevant = said == Some(Relevance::Relevant) || (said.is_none() && tiles.seen.contains(positive));
        let is_copy = |tile: &TilePath| copies.contains(tile) && judgement.relevance(tile).is_none();
        let again = sample.tiles().enumerate().skip(1).filter(|(_, tile)| {
            tiles.seen.contains(&tile.path) && ((relevant && tile.path == *positive) || is_copy(&tile.path))
        });
        let places: Vec<String> = again.map(|(place, _)| place.to_string()).collect();
        let what = match places.as_slice() {
            [] => return None,
            [one] => format!("Negative {one} is the positive again"),
            several => format!("Negatives {} are the positive again", several.join(", ")),
        };
        let becomes = if relevant { "marked as relevant" } else { "left without a mark" };
        Some(format!("{what}: {becomes}, not confirmed as not relevant."))
    }

    fn accept_warnings(&self, tiles: &SeenTiles, copies: &[TilePath]) -> Vec<AcceptWarning> {
        let Some(sample) = &self.sample else { return Vec::new() };
        let judgement = self.judgement();
        if judgement.verdict == Some(Verdict::Accept) {
            return Vec::new();
        }
        let mut asks = Vec::new();
        match judgement.relevance(&sample.positive.path) {
            Some(relevance @ (Relevance::NotRelevant | Relevance::Broken)) => {
                asks.push(AcceptWarning::Positive(relevance));
            }
            None if !tiles.positive_is_here => asks.push(AcceptWarning::NoPicture),
            _ => {}
        }
        let Some(findings) = &self.findings else { return asks };
        for (place, tile) in sample.tiles().enumerate().skip(1) {
            let would_confirm = judgement.relevance(&tile.path).is_none()
                && tiles.seen.contains(&tile.path)
                && tile.path != sample.positive.path
                && !copies.contains(&tile.path);
            // By the default weights: a few judgements may move the others below the bound.
            let doubts = findings.concerning(self.queue.cursor, place);
            let doubts = doubts.map(|finding| 1.0 - finding.signal.weight() * finding.strength);
            if would_confirm && 1.0 - doubts.product::<f32>() >= STRONG {
                asks.push(AcceptWarning::Suspect(place));
            }
        }
        asks
    }

    /// What speaks against a negative most, as the end of a sentence that begins with its number.
    pub(crate) fn suspicion_of(&self, place: usize) -> &'static str {
        let findings = self.findings.as_ref().map_or(&[][..], |findings| findings.of_tile(self.queue.cursor, place));
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

/// Does the finding say that the tile is a copy of a positive of the row's own query?
fn is_copy(finding: &Finding) -> bool {
    match finding.reason {
        Reason::SameBytes(whose) | Reason::SamePixels(whose) => match whose {
            WhosePositive::Own => true,
            WhosePositive::Other { likeness, .. } => likeness >= 1.0,
        },
        _ => false,
    }
}
