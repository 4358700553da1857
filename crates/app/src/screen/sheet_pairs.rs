//! The pairs of a contact sheet: its place in the list, the pairs, and those that are left out.
//! Carries out no command.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use egui::vec2;
use tilejury_audit::external::TileEvidence;
use tilejury_audit::suspicion::Signal;
use tilejury_audit::{Relevance, StepId, TileMark};
use tilejury_data::SampleIndex;
use tilejury_text::ReadFirst;

use super::telling_place::lines_to_read;
use crate::review::{Neighbour, Review, SuspectPair};
use crate::tile_texts::TileTexts;
use crate::ui::reading_view::PaneSpot;

/// The numbers of pairs that a sheet can have.
pub(super) const SIZES: [usize; 7] = [2, 4, 6, 8, 12, 16, 24];
/// The rows that are examined in one frame while a sheet is filled: each is parsed.
const ROWS_A_FRAME: usize = 200;

/// The open contact sheet.
pub(super) struct ContactSheet {
    /// The signal whose pairs are shown; `None` for all.
    pub(super) signal: Option<Signal>,
    /// The rows that may have a pair, and the state of the review that they follow from.
    pub(super) rows: Vec<SampleIndex>,
    pub(super) follows: Option<(u64, usize)>,
    /// The position in `rows` of the next row to examine.
    pub(super) next: usize,
    /// The rows of this sheet and of earlier ones, and rows without a pair.
    pub(super) passed: HashSet<SampleIndex>,
    pub(super) pairs: Vec<SheetPair>,
    /// The pairs that the sheet's decision leaves out.
    pub(super) marked: BTreeSet<usize>,
    pub(super) focus: usize,
    /// The number of pairs that a sheet has now.
    pub(super) size: usize,
    /// The sheets before this one.
    pub(super) earlier: Vec<EarlierSheet>,
}

/// A pair of the sheet, with the passages at which its tiles are opened.
pub(super) struct SheetPair {
    pub(super) pair: SuspectPair,
    pub(super) positive: KeptPassage,
    pub(super) suspect: KeptPassage,
}

/// The text of a tile, and the lines of its passage: found once, when the text arrives.
#[derive(Default)]
pub(super) struct KeptPassage {
    evidence: Option<Arc<TileEvidence>>,
    lines: Option<ReadFirst>,
}

/// A sheet that was left.
pub(super) struct EarlierSheet {
    pub(super) pairs: Vec<SuspectPair>,
    pub(super) marked: BTreeSet<usize>,
    /// The step that decided it; `None` if it was skipped.
    pub(super) step: Option<StepId>,
}

impl From<SuspectPair> for SheetPair {
    fn from(pair: SuspectPair) -> Self {
        Self { pair, positive: KeptPassage::default(), suspect: KeptPassage::default() }
    }
}

impl SheetPair {
    /// Takes the texts of its tiles that are known now.
    pub(super) fn take_texts(&mut self, texts: &TileTexts) {
        let Self { pair, positive, suspect } = self;
        positive.update(texts.get(pair.text.sample, &pair.positive));
        suspect.update(texts.get(pair.text.sample, &pair.tile));
    }
}

/// An end of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TileEnd {
    Top,
    Bottom,
}

impl TileEnd {
    /// The ends of a positive and of its suspicious negative: those that touch, if they do.
    pub(super) fn of_pair(neighbour: Option<Neighbour>) -> [Self; 2] {
        match neighbour {
            Some(Neighbour::Below) => [Self::Bottom, Self::Top],
            Some(Neighbour::Above) => [Self::Top, Self::Bottom],
            None => [Self::Top, Self::Top],
        }
    }

    /// The end of a tile whose text is not known.
    fn spot(self) -> PaneSpot {
        match self {
            Self::Top => PaneSpot::Top,
            Self::Bottom => PaneSpot::Center { center: vec2(0.5, 1.0), scale: None },
        }
    }
}

impl KeptPassage {
    /// Takes the text that is known now. The lines are found again only if it is another one.
    fn update(&mut self, evidence: Option<&Arc<TileEvidence>>) {
        if self.evidence.as_ref().map(Arc::as_ptr) != evidence.map(Arc::as_ptr) {
            self.evidence = evidence.cloned();
            self.lines = self.evidence.as_deref().and_then(lines_to_read);
        }
    }

    /// The text, once it is known.
    pub(super) fn evidence(&self) -> Option<&Arc<TileEvidence>> {
        self.evidence.as_ref()
    }

    /// Where the tile is opened: at its passage, else at this end.
    pub(super) fn spot(&self, otherwise: TileEnd) -> PaneSpot {
        let of_text = |evidence: &TileEvidence| {
            let lines = evidence.text.lines().iter();
            // A frame may have room for one line: the margin of the tile would be empty.
            match otherwise {
                TileEnd::Top => lines.min_by_key(|line| line.y),
                TileEnd::Bottom => lines.max_by_key(|line| line.y + line.height),
            }
            .map(|line| PaneSpot::Passage((*line).into()))
        };
        let end = || self.evidence.as_deref().and_then(of_text).unwrap_or_else(|| otherwise.spot());
        self.lines.map_or_else(end, PaneSpot::Passage)
    }
}

impl ContactSheet {
    pub(super) fn new() -> Self {
        Self {
            signal: None,
            rows: Vec::new(),
            follows: None,
            next: 0,
            passed: HashSet::new(),
            pairs: Vec::new(),
            marked: BTreeSet::new(),
            focus: 0,
            size: SIZES[0],
            earlier: Vec::new(),
        }
    }

    /// Finds pairs until the sheet is full. Examines only some rows in one frame. Returns whether
    /// more have to be examined.
    pub(super) fn fill(&mut self, review: &mut Review, size: usize) -> bool {
        let findings = review.signals.shared().map_or(0, |findings| Arc::as_ptr(findings) as usize);
        let now = (review.navigator.moves(), findings);
        if self.follows != Some(now) {
            self.follows = Some(now);
            self.rows = review.suspect_rows(self.signal);
            self.next = 0;
        }
        let mut examined = 0;
        while self.pairs.len() < size && self.next < self.rows.len() {
            if examined == ROWS_A_FRAME {
                return true;
            }
            let row = self.rows[self.next];
            self.next += 1;
            if self.passed.insert(row) {
                examined += 1;
                self.pairs.extend(review.suspect_pair(row, self.signal).map(SheetPair::from));
            }
        }
        false
    }

    /// The row of the pair that keys act on.
    pub(super) fn row_in_focus(&self) -> Option<SampleIndex> {
        self.pairs.get(self.focus).map(|shown| shown.pair.sample)
    }

    /// Takes the texts of the pairs that are known now.
    pub(super) fn take_texts(&mut self, texts: &TileTexts) {
        self.pairs.iter_mut().for_each(|pair| pair.take_texts(texts));
    }

    /// Starts from the beginning of the list, with the pairs of another signal.
    pub(super) fn choose(&mut self, signal: Option<Signal>) {
        *self = Self { signal, earlier: std::mem::take(&mut self.earlier), ..Self::new() };
    }

    /// Changes the number of pairs of the sheet: those that are too many come again on the next.
    pub(super) fn shorten(&mut self, size: usize) {
        for SheetPair { pair, .. } in self.pairs.drain(size.min(self.pairs.len())..) {
            self.passed.remove(&pair.sample);
        }
        self.marked.retain(|at| *at < size);
        self.focus = self.focus.min(size.saturating_sub(1));
        self.follows = None;
    }

    pub(super) fn leave(&mut self, step: Option<StepId>) {
        let pairs = self.pairs.drain(..).map(|shown| shown.pair).collect();
        let marked = std::mem::take(&mut self.marked);
        self.earlier.push(EarlierSheet { pairs, marked, step });
        self.focus = 0;
    }

    /// Shows a sheet again that was left. The pairs of the one in view come again later.
    pub(super) fn show_again(&mut self, earlier: EarlierSheet) {
        for SheetPair { pair, .. } in self.pairs.drain(..) {
            self.passed.remove(&pair.sample);
        }
        self.pairs = earlier.pairs.into_iter().map(SheetPair::from).collect();
        (self.marked, self.focus, self.follows) = (earlier.marked, 0, None);
    }

    pub(super) fn toggle(&mut self, at: usize) {
        if at < self.pairs.len() {
            self.focus = at;
            if !self.marked.remove(&at) {
                self.marked.insert(at);
            }
        }
    }

    /// The marks that decide the sheet. The marked pairs are left out, or get the opposite.
    pub(super) fn marks(&self, relevance: Relevance, opposite: bool) -> Vec<TileMark> {
        let other = if relevance == Relevance::Relevant { Relevance::NotRelevant } else { Relevance::Relevant };
        let mark = |(at, SheetPair { pair, .. }): (usize, &SheetPair)| {
            let relevance = match (self.marked.contains(&at), opposite) {
                (false, _) => relevance,
                (true, true) => other,
                (true, false) => return None,
            };
            Some(TileMark { sample: pair.sample, tile: pair.tile.clone(), relevance })
        };
        self.pairs.iter().enumerate().filter_map(mark).collect()
    }
}

/// The number of pairs on a sheet that is remembered, made one of [`SIZES`].
pub(super) fn size_in_range(pairs: usize) -> usize {
    SIZES.into_iter().rev().find(|size| *size <= pairs).unwrap_or(SIZES[0])
}

#[cfg(test)]
mod tests {
    use tilejury_text::{PixelBox, PlacedText, TileReading, WordBox};

    use super::*;

    #[test]
    fn a_passage_is_kept_until_the_tile_has_another_text() {
        let line_at = |y| ReadFirst::from(PixelBox { x: 60, y, width: 700, height: 14 });
        let with_answer_at = |y| {
            let mut evidence = TileEvidence::default();
            evidence.highlights.read_first = Some(line_at(y));
            Arc::new(evidence)
        };
        let spot_at = |y| PaneSpot::Passage(line_at(y));
        let mut passage = KeptPassage::default();
        assert_eq!(passage.spot(TileEnd::Top), PaneSpot::Top);
        passage.update(Some(&with_answer_at(205)));
        assert_eq!(passage.spot(TileEnd::Top), spot_at(205));
        let read_again = with_answer_at(640);
        passage.update(Some(&read_again));
        passage.update(Some(&read_again));
        assert_eq!(passage.spot(TileEnd::Top), spot_at(640));
        passage.update(None);
        assert_eq!(passage.spot(TileEnd::Top), PaneSpot::Top, "the text is not known any more");
    }

    #[test]
    fn tiles_that_touch_on_their_page_open_where_they_do() {
        let [positive, negative] = TileEnd::of_pair(Some(Neighbour::Above));
        assert_eq!([positive, negative], [TileEnd::Top, TileEnd::Bottom]);
        let mut passage = KeptPassage::default();
        assert_eq!(passage.spot(negative), PaneSpot::Center { center: vec2(0.5, 1.0), scale: None });
        let word =
            |y| WordBox { text: "word".into(), confidence: 1.0, x: 9, y, width: 40, height: 10, starts_line: true };
        let text = PlacedText::new(TileReading { words: vec![word(90), word(700)] });
        passage.update(Some(&Arc::new(TileEvidence { text, ..TileEvidence::default() })));
        let line = |y| PaneSpot::Passage(PixelBox { x: 9, y, width: 40, height: 10 }.into());
        assert_eq!([passage.spot(positive), passage.spot(negative)], [line(90), line(700)], "without the margins");
    }
}
