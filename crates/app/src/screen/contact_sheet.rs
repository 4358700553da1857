//! Commands and actions on contact sheets, and their view. Their pairs are in `sheet_pairs`.

use egui::Ui;
use tilejury_audit::history::UndoStep;
use tilejury_audit::suspicion::Signal;
use tilejury_audit::text::count;
use tilejury_audit::{JudgeAction, Relevance};
use tilejury_data::{SampleIndex, TilePath};

use super::review_context::ReviewContext;
use super::review_screen::ReviewScreen;
use super::sheet_pairs::{ContactSheet, EarlierSheet, KeptPassage, SIZES, SheetPair, TileEnd};
use crate::command::{ReviewCommand, ViewCommand, keymap};
use crate::review::{Review, UndoOutcome};
use crate::tile_request::{Picture, PictureSize};
use crate::tile_store::TileStore;
use crate::ui::contact_sheet::{self, SheetView};
use crate::ui::highlights::HighlightView;
use crate::ui::sheet_pair::{PairShape, PairView, SheetTile};
use crate::ui::{SheetAction, UiAction};

impl ReviewScreen {
    /// Draws the contact sheet. Its pictures become the most urgent requests.
    pub(super) fn draw_sheet(&mut self, ui: &mut Ui, size: usize, highlights: bool, actions: &mut Vec<UiAction>) {
        let Some(sheet) = &mut self.sheet else { return };
        let shape = shape_of_pairs(sheet.signal, self.texts.any_read());
        // A small window shows fewer.
        let fitting = |wanted| contact_sheet::fitting(ui.available_size(), wanted, &SIZES, shape);
        let (size, most) = (fitting(size), fitting(usize::MAX));
        sheet.size = size;
        if sheet.pairs.len() > size {
            sheet.shorten(size);
        }
        if sheet.fill(&mut self.review, size) {
            ui.ctx().request_repaint();
        }
        sheet.take_texts(&self.texts);
        let Some(sheet) = &self.sheet else { return };
        let pairs = sheet.pairs.iter().enumerate();
        let pairs = pairs.map(|(at, shown)| {
            let judged = judged_in_words(&self.review, shown.pair.sample);
            pair_view(shown, sheet.marked.contains(&at), judged, highlights, &mut self.store)
        });
        let view = SheetView {
            shape,
            pairs: pairs.collect(),
            focus: sheet.focus,
            signal: sheet.signal,
            number: sheet.earlier.len() + 1,
            size,
            can_shrink: size > SIZES[0],
            can_grow: size < most,
            rows_left: sheet.rows[sheet.next..].iter().filter(|row| !sheet.passed.contains(row)).count(),
            knows_findings: self.review.signals.findings().is_some(),
            step: self.reported_step(ui.ctx()),
        };
        let requests = contact_sheet::show(ui, &view, actions);
        self.visible_pictures = requests;
        self.placed.clear();
    }

    /// The position in the list of the row that keys act on: on a contact sheet that of the pair in
    /// focus, else the current one.
    pub(super) fn position_of_keys(&self) -> Result<usize, usize> {
        let navigator = &self.review.navigator;
        match self.sheet.as_ref().and_then(ContactSheet::row_in_focus) {
            Some(row) => navigator.position_of(row),
            None => navigator.position(),
        }
    }

    /// Asks for the texts of the pairs. Returns whether the sheet is open.
    pub(super) fn request_texts_of_sheet(&mut self) -> bool {
        let Some(sheet) = &self.sheet else { return false };
        let pairs = sheet.pairs.iter().map(|shown| shown.pair.text.clone());
        let wanted = pairs.chain(self.request_of_hovered()).map(Into::into).collect();
        self.texts.want(wanted);
        true
    }
}

/// Pictures that are alike are compared as pictures; the rest is decided by reading, once any tile
/// was read.
pub(super) fn shape_of_pairs(signal: Option<Signal>, any_read: bool) -> PairShape {
    let is_about_pictures = signal.is_some_and(|signal| {
        matches!(signal, Signal::SameBytes | Signal::SamePixels | Signal::NearPicture | Signal::Blank)
    });
    if any_read && !is_about_pictures { PairShape::CutOuts } else { PairShape::Beside }
}

/// The verdict of a row with its reasons: `Rejected: wrong positive`.
fn judged_in_words(review: &Review, sample: SampleIndex) -> Option<String> {
    let judgement = review.session.judgement(sample)?;
    let verdict = judgement.verdict?.label();
    let reasons: Vec<String> = judgement.reasons.iter().map(|reason| reason.label().to_lowercase()).collect();
    Some(if reasons.is_empty() { verdict.to_owned() } else { format!("{verdict}: {}", reasons.join(", ")) })
}

pub(super) fn pair_view<'a>(
    shown: &'a SheetPair,
    is_marked: bool,
    judged: Option<String>,
    highlights: bool,
    store: &mut TileStore,
) -> PairView<'a> {
    let pair = &shown.pair;
    let [of_positive, of_suspect] = TileEnd::of_pair(pair.neighbour);
    let mut tile = |path: &'a TilePath, passage: &KeptPassage, end: TileEnd| SheetTile {
        path,
        state: store.get_for_display(&Picture::Tile(path.clone()), PictureSize::Shown),
        text: HighlightView { evidence: passage.evidence().cloned(), on: highlights, ..HighlightView::default() },
        spot: passage.spot(end),
    };
    PairView {
        place: &pair.place,
        query: &pair.query,
        answer: pair.text.answer.as_deref(),
        slot: pair.slot,
        why: &pair.why,
        reason: &pair.reason,
        judged,
        positive: tile(&pair.positive, &shown.positive, of_positive),
        suspect: tile(&pair.tile, &shown.suspect, of_suspect),
        sample: pair.sample,
        is_marked,
    }
}

impl ReviewContext<'_> {
    /// Opens or closes the contact sheet.
    pub(in crate::screen) fn toggle_sheet(&mut self) {
        if self.screen.sheet.take().is_none() {
            self.save_note();
            self.review().just_judged = None;
            self.view.scene = self.view.home_scene();
            self.screen.sheet = Some(ContactSheet::new());
        }
    }

    pub(in crate::screen) fn sheet_action(&mut self, action: SheetAction) {
        let Some(sheet) = &mut self.screen.sheet else { return };
        match action {
            SheetAction::Toggle(at) => sheet.toggle(at),
            SheetAction::Decide(relevance) => self.decide_sheet(relevance, false),
            SheetAction::Skip => self.skip_sheet(),
            SheetAction::ChooseSignal(signal) => sheet.choose(signal),
        }
    }

    /// Carries out a command on the open sheet. Returns `false` if no sheet is open.
    pub(in crate::screen) fn sheet_command(&mut self, command: ReviewCommand) -> bool {
        let Some(sheet) = &mut self.screen.sheet else { return false };
        let last = sheet.pairs.len().saturating_sub(1);
        match command {
            ReviewCommand::MarkFocused(Some(relevance @ (Relevance::Relevant | Relevance::NotRelevant))) => {
                self.decide_sheet(relevance, false);
            }
            ReviewCommand::MarkNegatives(Some(relevance @ (Relevance::Relevant | Relevance::NotRelevant))) => {
                self.decide_sheet(relevance, true);
            }
            ReviewCommand::ToggleNegative(number) => sheet.toggle(usize::from(number).saturating_sub(1)),
            ReviewCommand::ToggleFocused => sheet.toggle(sheet.focus),
            ReviewCommand::FocusNextTile => sheet.focus = if sheet.focus >= last { 0 } else { sheet.focus + 1 },
            ReviewCommand::FocusPreviousTile => sheet.focus = if sheet.focus == 0 { last } else { sheet.focus - 1 },
            ReviewCommand::Next | ReviewCommand::NextUnjudged => self.skip_sheet(),
            ReviewCommand::Undo => self.undo_sheet(),
            ReviewCommand::Redo => self.redo_sheet(),
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
            ViewCommand::ContactSheet | ViewCommand::Queue => return false,
            // The number is beside the keys: more pairs, not larger ones.
            ViewCommand::ZoomIn => self.resize_sheet(|size| SIZES.into_iter().find(|other| *other > size)),
            ViewCommand::ZoomOut => self.resize_sheet(|size| SIZES.into_iter().rev().find(|other| *other < size)),
            _ => self.refuse_in_sheet(),
        }
        true
    }

    fn refuse_in_sheet(&mut self) {
        let key = keymap::from_context(self.ctx).first(ViewCommand::ContactSheet);
        self.notify(format!("This is for a single row: {key} or Esc closes the contact sheet."));
    }

    fn resize_sheet(&mut self, other: impl FnOnce(usize) -> Option<usize>) {
        let Some(sheet) = &mut self.screen.sheet else { return };
        let Some(size) = other(sheet.size) else { return };
        sheet.shorten(size);
        self.remembered.sheet_pairs = size;
        self.save_remembered();
    }

    fn decide_sheet(&mut self, relevance: Relevance, opposite: bool) {
        let Some(sheet) = &mut self.screen.sheet else { return };
        let marks = sheet.marks(relevance, opposite);
        let Some(sentence) = self.screen.review.mark_tiles_of_sheet(marks) else {
            self.skip_sheet();
            return;
        };
        let step = self.screen.review.session.history().undo.last().map(|step| step.original_id.clone());
        if let Some(sheet) = &mut self.screen.sheet {
            sheet.leave(step);
        }
        self.screen.report_step(sentence, ReviewCommand::Undo);
    }

    fn skip_sheet(&mut self) {
        let Some(sheet) = &mut self.screen.sheet else { return };
        if !sheet.pairs.is_empty() {
            let skipped = sheet.pairs.len();
            sheet.leave(None);
            self.screen.report_step(format!("Skipped: {}", count(skipped, "pair")), ReviewCommand::Undo);
        }
    }

    /// Goes back to the sheet before, and undoes its decision.
    fn undo_sheet(&mut self) {
        let Some(sheet) = &mut self.screen.sheet else { return };
        let last = self.screen.review.session.history().undo.last().map(|step| &step.original_id);
        let is_last = |sheet: &EarlierSheet| sheet.step.is_none() || sheet.step.as_ref() == last;
        let Some(earlier) = sheet.earlier.pop_if(|earlier| is_last(earlier)) else {
            self.notify("No sheet is left to undo.");
            return;
        };
        let was_skipped = earlier.step.is_none();
        sheet.show_again(earlier);
        if was_skipped {
            self.screen.report_step("Back on the skipped sheet".to_owned(), ReviewCommand::Redo);
        } else if let UndoOutcome::Step(step) = self.review().undo_or_redo(JudgeAction::Undo) {
            self.report_undo(true, &step);
        }
    }

    /// Decides the sheet again that was undone last, and fills the next one.
    fn redo_sheet(&mut self) {
        let is_bulk = self.screen.review.session.history().redo.last().is_some_and(UndoStep::is_bulk);
        if !is_bulk {
            self.skip_sheet();
            return;
        }
        if let UndoOutcome::Step(step) = self.review().undo_or_redo(JudgeAction::Redo) {
            self.report_undo(false, &step);
        }
        let step = self.screen.review.session.history().undo.last().map(|step| step.original_id.clone());
        if let Some(sheet) = &mut self.screen.sheet {
            sheet.leave(step);
        }
    }
}
