//! The guided tour over a copy of the demo: it watches what a person really does, and goes on once
//! a step is done. The words are in `ui/tour`; this module judges and exports nothing itself.

use std::path::PathBuf;

use egui::Rect;
use tilejury_audit::{Relevance, Verdict};
use tilejury_data::{SampleIndex, TilePath, TileSlot};

use super::dialogs::Dialog;
use super::leaving::Destination;
use super::view_state::{OverviewState, Scene};
use super::{App, Stage};
use crate::command::Menu;
use crate::demo::{self, PlantedKind};
use crate::opening::OpenTarget;
use crate::review::Review;
use crate::tour_folder;
use crate::ui::spotlight::{self, Spot};
use crate::ui::tour::{TourState, TourStep, TourView};

/// The tour, and what is opened again after it.
#[derive(Default)]
pub(super) struct Tour {
    /// The dataset that was open before; `None` for the welcome screen.
    before: Option<OpenTarget>,
    run: Option<TourRun>,
    /// The place that was outlined in the last frame.
    pub(super) outlined: Option<Rect>,
}

/// A running tour.
struct TourRun {
    /// The copy of the demo.
    dataset: PathBuf,
    step: TourStep,
    /// The row to judge, and the row with the false negative.
    rows: (SampleIndex, SampleIndex),
    /// The false negative, and its number in the row.
    tile: TilePath,
    negative: u8,
    has_compared: bool,
    has_exported: bool,
}

impl TourRun {
    /// A tour over a copy of the demo; `None` if the rows are not there.
    fn of(review: &Review, dataset: PathBuf) -> Option<Self> {
        let planted = demo::planted();
        let defect = planted.iter().find(|defect| defect.kind == PlantedKind::FalseNegative)?;
        let set = review.dataset();
        let row = set.find_line(&defect.split, defect.line)?;
        let tile = defect.tile.clone()?;
        let negatives = set.row(row).ok()?.negatives;
        let at = negatives.iter().position(|path| TilePath::new(path) == tile)?;
        let is_right = |index: &SampleIndex| {
            planted.iter().all(|defect| set.find_line(&defect.split, defect.line) != Some(*index))
        };
        let right = (0..set.samples.len()).map(SampleIndex::new).find(is_right)?;
        Some(Self {
            dataset,
            step: TourStep::Judge,
            rows: (right, row),
            tile,
            negative: u8::try_from(at + 1).ok()?,
            has_compared: false,
            has_exported: false,
        })
    }

    /// The row of the step, if it has one.
    fn row(&self) -> Option<SampleIndex> {
        match self.step {
            TourStep::Judge => Some(self.rows.0),
            TourStep::Mark | TourStep::Compare => Some(self.rows.1),
            TourStep::Sort | TourStep::Export | TourStep::Done => None,
        }
    }

    /// Whether the person has marked the false negative.
    fn is_marked(&self, review: &Review) -> bool {
        let judgement = review.session.judgement(self.rows.1);
        judgement.and_then(|judgement| judgement.relevance(&self.tile)) == Some(Relevance::Relevant)
    }

    /// Whether the person did something else with the row of the step, which undo mends.
    fn is_mistaken(&self, review: &Review) -> bool {
        let Some(judgement) = self.row().and_then(|row| review.session.judgement(row)) else { return false };
        match self.step {
            TourStep::Judge => judgement.verdict.is_some_and(|verdict| verdict != Verdict::Accept),
            TourStep::Mark => {
                judgement.verdict.is_some() || judgement.tiles.values().any(|tile| *tile == Relevance::Relevant)
            }
            _ => false,
        }
    }
}

impl App {
    /// Whether the open dataset is that of the tour.
    pub(super) fn is_touring(&self) -> bool {
        self.tour.run.is_some()
    }

    /// Carries out the command: begins the tour; during it, shows the present step again; at its
    /// end, begins again.
    pub(super) fn tour_command(&mut self) {
        match &self.tour.run {
            Some(run) if run.step != TourStep::Done => self.show_step(),
            Some(_) => self.open_tour(),
            None => {
                self.tour.before = match &self.stage {
                    Stage::Welcome { .. } => None,
                    Stage::Opening { target, .. } => Some(target.clone()),
                    Stage::Reviewing(_) => self.opened.clone(),
                };
                self.open_tour();
            }
        }
    }

    fn open_tour(&mut self) {
        self.leave_for(Destination::Open(OpenTarget::Tour(tour_folder::dataset(&self.folders))));
    }

    /// Begins the tour if its dataset was opened. Called before anything of the dataset is
    /// remembered or restored.
    pub(super) fn begin_tour(&mut self, target: &OpenTarget, review: &Review) {
        self.tour.run = match target {
            OpenTarget::Tour(dataset) => TourRun::of(review, dataset.clone()),
            _ => None,
        };
    }

    /// Ends the tour, done or not: opens what was open before it.
    pub(super) fn end_tour(&mut self) {
        let destination = self.tour.before.take().map_or(Destination::Welcome, Destination::Open);
        self.leave_for(destination);
    }

    /// Forgets the tour when its dataset is closed. Returns the copy of the demo, to be removed
    /// once the review has stored its last events.
    pub(super) fn take_tour(&mut self) -> Option<PathBuf> {
        self.tour.outlined = None;
        self.tour.run.take().map(|run| run.dataset)
    }

    /// Notes that an export was written.
    pub(super) fn tour_exported(&mut self) {
        if let Some(run) = &mut self.tour.run {
            run.has_exported = true;
        }
    }

    /// Goes on to the next step once the present one is done. Called after the actions of a frame.
    pub(super) fn follow_tour(&mut self) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let (review, comparing) = (&reviewing.review, self.view_state.is_comparing());
        let Some(run) = &mut self.tour.run else { return };
        let is_done = match run.step {
            TourStep::Judge => {
                let verdict = |row| review.session.judgement(row).and_then(|judgement| judgement.verdict);
                let rows = (0..review.dataset().samples.len()).map(SampleIndex::new);
                rows.filter(|row| *row != run.rows.1).any(|row| verdict(row) == Some(Verdict::Accept))
            }
            TourStep::Mark => run.is_marked(review),
            TourStep::Compare => {
                run.has_compared |= comparing;
                run.has_compared && !comparing
            }
            TourStep::Sort => review.navigator.is_by_suspicion(),
            TourStep::Export => run.has_exported,
            TourStep::Done => false,
        };
        if is_done {
            run.step = run.step.next();
            if run.step == TourStep::Mark {
                self.show_row_of_step();
            }
            self.ctx.request_repaint();
        }
    }

    /// Shows the present step again: closes what lies over it, and goes to its row.
    fn show_step(&mut self) {
        self.close_dialog();
        self.view_state.overview = OverviewState::Closed;
        self.view_state.scene = self.view_state.home_scene();
        if let Some(reviewing) = self.reviewing() {
            reviewing.sheet = None;
        }
        self.show_row_of_step();
    }

    /// Shows the row of the step, with its negative in focus.
    fn show_row_of_step(&mut self) {
        let Some(run) = &self.tour.run else { return };
        let (row, negative, step) = (run.row(), run.negative, run.step);
        let (Some(row), Some(reviewing)) = (row, self.reviewing()) else { return };
        let review = &mut reviewing.review;
        if review.cursor() != row {
            review.show(row);
        }
        if step != TourStep::Judge {
            review.focus = TileSlot::new(usize::from(negative));
            review.first_focus = review.focus;
            review.touch();
        }
    }

    /// The line of the tour, if one is running.
    pub(super) fn tour_view(&self) -> Option<TourView> {
        let (run, reviewing) = (self.tour.run.as_ref()?, self.reviewing_now()?);
        let (review, view_state) = (&reviewing.review, &self.view_state);
        let is_covered = view_state.overview != OverviewState::Closed
            || reviewing.sheet.is_some()
            || matches!(view_state.scene, Scene::Page(_) | Scene::Tiles(_));
        let is_other_row = run.row().is_some_and(|row| row != review.cursor());
        let is_halfway = match run.step {
            TourStep::Compare => view_state.is_comparing(),
            TourStep::Sort => review.navigator.awaited_order().is_some(),
            TourStep::Export | TourStep::Done => matches!(self.dialog, Some(Dialog::Export(_))),
            _ => false,
        };
        let state = match run.step {
            _ if is_halfway => TourState::Halfway,
            TourStep::Done => TourState::Begun,
            _ if is_covered || is_other_row => TourState::Elsewhere,
            _ if run.is_mistaken(review) => TourState::Mistaken,
            _ => TourState::Begun,
        };
        Some(TourView { step: run.step, state, negative: run.negative })
    }

    /// Outlines the control or tile that the step is about. Called after everything was drawn.
    pub(super) fn draw_tour_box(&mut self) {
        let place = self.place_of_step();
        self.tour.outlined = place.map(|place| spotlight::outline(&self.ctx, place));
    }

    fn place_of_step(&self) -> Option<Rect> {
        let (view, ctx) = (self.tour_view()?, &self.ctx);
        let exports = matches!(self.dialog, Some(Dialog::Export(_)));
        if view.state == TourState::Elsewhere || self.dialog.is_some() && !exports {
            return None;
        }
        let tile = |slot: TileSlot| {
            let placed = &self.reviewing_now()?.placed;
            placed.iter().find(|placed| placed.position == slot.into()).map(|placed| placed.frame)
        };
        match view.step {
            TourStep::Judge => spotlight::place(ctx, Spot::Accept),
            TourStep::Mark => tile(TileSlot::new(usize::from(view.negative))),
            // Any pair will do: that with the negative in focus is compared.
            TourStep::Compare => tile(self.reviewing_now()?.review.focus),
            TourStep::Sort => {
                spotlight::place(ctx, Spot::Order).or_else(|| spotlight::place(ctx, Spot::Menu(Menu::Go)))
            }
            TourStep::Export if exports => spotlight::place(ctx, Spot::Export),
            TourStep::Export => spotlight::place(ctx, Spot::Menu(Menu::File)),
            TourStep::Done => None,
        }
    }
}
