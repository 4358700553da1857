//! The contact sheet: pages of suspicious pairs, each decided by one key. Keeps the place in the
//! list, and what is marked on the page; draws nothing.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use egui::Ui;
use tilejury_audit::suspicion::Signal;
use tilejury_audit::text::count;
use tilejury_audit::{JudgeAction, Relevance, StepId, TileMark};
use tilejury_data::SampleIndex;

use super::feedback::StepReport;
use super::review_context::ReviewContext;
use super::review_screen::ReviewScreen;
use super::view_state::Scene;
use crate::command::{ReviewCommand, ViewCommand, keymap};
use crate::review::{Review, SuspectPair, UndoOutcome};
use crate::tile_loader::{Picture, PictureSize};
use crate::ui::contact_sheet::{self, PairView, SheetAction, SheetView};

/// The numbers of pairs that a page can have.
pub(super) const SIZES: [usize; 5] = [6, 8, 12, 16, 24];
/// The rows that are examined in one frame while a page is filled: each is parsed.
const ROWS_A_FRAME: usize = 200;

/// The open contact sheet.
pub(super) struct ContactSheet {
    /// The signal whose pairs are shown; `None` for all.
    signal: Option<Signal>,
    /// The rows that may have a pair, and the state of the review that they follow from.
    rows: Vec<SampleIndex>,
    follows: Option<(u64, usize)>,
    /// The position in `rows` of the next row to examine.
    next: usize,
    /// The rows of this page and of earlier ones, and rows without a pair.
    passed: HashSet<SampleIndex>,
    pairs: Vec<SuspectPair>,
    /// The pairs that the page's decision leaves out.
    marked: BTreeSet<usize>,
    focus: usize,
    /// The pages before this one.
    earlier: Vec<EarlierPage>,
}

/// A page that was left.
struct EarlierPage {
    pairs: Vec<SuspectPair>,
    marked: BTreeSet<usize>,
    /// The step that decided it; `None` if it was skipped.
    step: Option<StepId>,
}

impl ContactSheet {
    fn new() -> Self {
        Self {
            signal: None,
            rows: Vec::new(),
            follows: None,
            next: 0,
            passed: HashSet::new(),
            pairs: Vec::new(),
            marked: BTreeSet::new(),
            focus: 0,
            earlier: Vec::new(),
        }
    }

    /// Finds pairs until the page is full. Examines only some rows in one frame. Returns whether
    /// more have to be examined.
    fn fill(&mut self, review: &mut Review, size: usize) -> bool {
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
                self.pairs.extend(review.suspect_pair(row, self.signal));
            }
        }
        false
    }

    /// Starts from the beginning of the list, with the pairs of another signal.
    fn choose(&mut self, signal: Option<Signal>) {
        *self = Self { signal, earlier: std::mem::take(&mut self.earlier), ..Self::new() };
    }

    /// Changes the number of pairs of the page: those that are too many come again on the next.
    fn shorten(&mut self, size: usize) {
        for pair in self.pairs.drain(size.min(self.pairs.len())..) {
            self.passed.remove(&pair.sample);
        }
        self.marked.retain(|at| *at < size);
        self.focus = self.focus.min(size.saturating_sub(1));
        self.follows = None;
    }

    fn leave_page(&mut self, step: Option<StepId>) {
        let (pairs, marked) = (std::mem::take(&mut self.pairs), std::mem::take(&mut self.marked));
        self.earlier.push(EarlierPage { pairs, marked, step });
        self.focus = 0;
    }

    fn toggle(&mut self, at: usize) {
        if at < self.pairs.len() {
            self.focus = at;
            if !self.marked.remove(&at) {
                self.marked.insert(at);
            }
        }
    }

    /// The marks that decide the page. The marked pairs are left out, or get the opposite.
    fn marks(&self, relevance: Relevance, opposite: bool) -> Vec<TileMark> {
        let other = if relevance == Relevance::Relevant { Relevance::NotRelevant } else { Relevance::Relevant };
        let mark = |(at, pair): (usize, &SuspectPair)| {
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

impl ReviewScreen {
    /// Draws the contact sheet. Its pictures become the most urgent requests.
    pub(super) fn draw_sheet(&mut self, ui: &mut Ui, size: usize, actions: &mut Vec<crate::ui::UiAction>) {
        let Some(sheet) = &mut self.sheet else { return };
        if sheet.fill(&mut self.review, size) {
            ui.ctx().request_repaint();
        }
        let Some(sheet) = &self.sheet else { return };
        let pairs = sheet.pairs.iter().enumerate().map(|(at, pair)| {
            let mut state = |tile| self.store.get_for_display(&Picture::Tile(tile), PictureSize::Shown);
            PairView {
                place: &pair.place,
                query: &pair.query,
                slot: pair.slot,
                signal: pair.signal,
                reason: &pair.reason,
                snippet: self.texts.get(pair.text.sample, &pair.tile).and_then(|text| text.highlights.snippet.clone()),
                positive: (&pair.positive, state(pair.positive.clone())),
                suspect: (&pair.tile, state(pair.tile.clone())),
                sample: pair.sample,
                is_marked: sheet.marked.contains(&at),
            }
        });
        let left = sheet.rows[sheet.next..].iter().filter(|row| !sheet.passed.contains(row)).count();
        let pairs: Vec<PairView<'_>> = pairs.collect();
        let step = self.step.as_ref().and_then(StepReport::view);
        let view = SheetView {
            pairs,
            focus: sheet.focus,
            signal: sheet.signal,
            page: sheet.earlier.len() + 1,
            size,
            rows_left: left,
            knows_findings: self.review.signals.findings().is_some(),
            step,
        };
        let requests = contact_sheet::show(ui, &view, actions);
        self.visible_pictures = requests;
        self.placed.clear();
    }

    /// Asks for the texts of the pairs. Returns whether the sheet is open.
    pub(super) fn request_texts_of_sheet(&mut self) -> bool {
        let Some(sheet) = &self.sheet else { return false };
        let wanted = sheet.pairs.iter().map(|pair| pair.text.clone()).collect();
        self.texts.want(wanted);
        true
    }
}

impl ReviewContext<'_> {
    /// Opens or closes the contact sheet.
    pub(in crate::screen) fn toggle_sheet(&mut self) {
        if self.screen.sheet.take().is_none() {
            self.save_note();
            self.review().just_judged = None;
            self.view.scene = Scene::Grid;
            self.screen.sheet = Some(ContactSheet::new());
        }
    }

    pub(in crate::screen) fn sheet_action(&mut self, action: SheetAction) {
        let Some(sheet) = &mut self.screen.sheet else { return };
        match action {
            SheetAction::Toggle(at) => sheet.toggle(at),
            SheetAction::Decide(relevance) => self.decide_page(relevance, false),
            SheetAction::Skip => self.skip_page(),
            SheetAction::ChooseSignal(signal) => sheet.choose(signal),
        }
    }

    /// Carries out a command on the open sheet. Returns `false` if no sheet is open.
    pub(in crate::screen) fn sheet_command(&mut self, command: ReviewCommand) -> bool {
        let Some(sheet) = &mut self.screen.sheet else { return false };
        let last = sheet.pairs.len().saturating_sub(1);
        match command {
            ReviewCommand::MarkFocused(Some(relevance @ (Relevance::Relevant | Relevance::NotRelevant))) => {
                self.decide_page(relevance, false);
            }
            ReviewCommand::MarkNegatives(Some(relevance @ (Relevance::Relevant | Relevance::NotRelevant))) => {
                self.decide_page(relevance, true);
            }
            ReviewCommand::ToggleNegative(number) => sheet.toggle(usize::from(number).saturating_sub(1)),
            ReviewCommand::ToggleFocused => sheet.toggle(sheet.focus),
            ReviewCommand::FocusNextTile => sheet.focus = if sheet.focus >= last { 0 } else { sheet.focus + 1 },
            ReviewCommand::FocusPreviousTile => sheet.focus = if sheet.focus == 0 { last } else { sheet.focus - 1 },
            ReviewCommand::Next | ReviewCommand::NextUnjudged => self.skip_page(),
            ReviewCommand::Undo => self.undo_page(),
            ReviewCommand::Redo => self.redo_page(),
            _ => self.refuse_in_sheet(),
        }
        true
    }

    /// Carries out a command of the view on the open sheet. Returns `false` if it is for the rest
    /// of the window, or if no sheet is open.
    pub(in crate::screen) fn sheet_view_command(&mut self, command: ViewCommand) -> bool {
        if self.screen.sheet.is_none() {
            return false;
        }
        match command {
            ViewCommand::ContactSheet | ViewCommand::Queue | ViewCommand::Inspector => return false,
            ViewCommand::ZoomIn => self.resize_sheet(|size| SIZES.into_iter().rev().find(|other| *other < size)),
            ViewCommand::ZoomOut => self.resize_sheet(|size| SIZES.into_iter().find(|other| *other > size)),
            _ => self.refuse_in_sheet(),
        }
        true
    }

    fn refuse_in_sheet(&mut self) {
        let key = keymap::from_context(self.ctx).first(ViewCommand::ContactSheet);
        self.notify(format!("This is for a single row: {key} or Esc closes the contact sheet."));
    }

    fn resize_sheet(&mut self, other: impl FnOnce(usize) -> Option<usize>) {
        let Some(size) = other(self.remembered.sheet_pairs) else { return };
        self.remembered.sheet_pairs = size;
        if let Some(sheet) = &mut self.screen.sheet {
            sheet.shorten(size);
        }
        self.save_remembered();
    }

    fn decide_page(&mut self, relevance: Relevance, opposite: bool) {
        let Some(sheet) = &mut self.screen.sheet else { return };
        let marks = sheet.marks(relevance, opposite);
        let Some(sentence) = self.screen.review.mark_in_bulk(marks) else {
            self.skip_page();
            return;
        };
        let step = self.screen.review.session.history().undo.last().map(|step| step.original_id.clone());
        if let Some(sheet) = &mut self.screen.sheet {
            sheet.leave_page(step);
        }
        self.screen.report_step(self.ctx, sentence, ReviewCommand::Undo);
    }

    fn skip_page(&mut self) {
        let Some(sheet) = &mut self.screen.sheet else { return };
        if !sheet.pairs.is_empty() {
            let skipped = sheet.pairs.len();
            sheet.leave_page(None);
            self.screen.report_step(self.ctx, format!("Skipped: {}", count(skipped, "pair")), ReviewCommand::Undo);
        }
    }

    /// Goes back to the page before, and undoes its decision.
    fn undo_page(&mut self) {
        let Some(sheet) = &mut self.screen.sheet else { return };
        let last = self.screen.review.session.history().undo.last().map(|step| &step.original_id);
        let is_last = |page: &EarlierPage| page.step.is_none() || page.step.as_ref() == last;
        let Some(page) = sheet.earlier.pop_if(|page| is_last(page)) else {
            self.notify("Nothing of this contact sheet is left to undo.");
            return;
        };
        for pair in std::mem::replace(&mut sheet.pairs, page.pairs) {
            sheet.passed.remove(&pair.sample);
        }
        (sheet.marked, sheet.focus, sheet.follows) = (page.marked, 0, None);
        if page.step.is_none() {
            self.screen.report_step(self.ctx, "Back on the skipped page".to_owned(), ReviewCommand::Redo);
        } else if let UndoOutcome::Step(step) = self.review().undo_or_redo(JudgeAction::Undo) {
            self.report_undo(true, &step);
        }
    }

    /// Decides the page again that was undone last, and fills the next one.
    fn redo_page(&mut self) {
        let is_bulk = self.screen.review.session.history().redo.last().is_some_and(|step| step.is_bulk());
        if !is_bulk {
            self.skip_page();
            return;
        }
        if let UndoOutcome::Step(step) = self.review().undo_or_redo(JudgeAction::Redo) {
            self.report_undo(false, &step);
        }
        let step = self.screen.review.session.history().undo.last().map(|step| step.original_id.clone());
        if let Some(sheet) = &mut self.screen.sheet {
            sheet.leave_page(step);
        }
    }
}

/// The number of pairs on a page that is remembered, made one of [`SIZES`].
pub(super) fn size_in_range(pairs: usize) -> usize {
    SIZES.into_iter().rev().find(|size| *size <= pairs).unwrap_or(SIZES[0])
}
