//! A dataset under review: the session, the current sample, and the parts around them, one file
//! each.
//!
//! This is where commands become actions and actions become events on their way to disk. Knows
//! nothing of painting.

mod accept_preview;
mod acceptance;
mod accepting;
mod adjudication;
mod assignments;
mod audit_queue;
mod audits;
mod check_findings;
mod insights;
mod judging;
mod long_step;
mod moving;
mod navigator;
mod ordering;
mod places;
mod propagation;
mod rounds;
mod row_findings;
mod row_selection;
mod saving;
mod second_pass;
mod seen_tiles;
mod signals;
mod stats;
mod suspect_pairs;
mod tile_numbers;
mod visible;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use tilejury_audit::orphans::Orphan;
use tilejury_audit::sidecar::LastPosition;
use tilejury_audit::{AuditSession, Event, FieldChange, Judgement, Looks, Shown, now};
use tilejury_data::{Dataset, MissingShards, Sample, SampleIndex, TilePath, TileSlot};

use crate::annotators::Annotators;
use crate::blinding::Blinding;
use crate::opening::OpenedDataset;
use crate::searcher::{SearchAnswer, Searcher};

pub(crate) use acceptance::AcceptanceState;
pub(crate) use accepting::AcceptWarning;
pub(crate) use adjudication::{ShownDifference, ShownTile, letter};
pub(crate) use assignments::{KnownAssignments, MY_PART};
pub(crate) use audits::{AuditEntry, AuditProgress, KnownAudits};
pub(crate) use check_findings::CheckFindings;
pub(crate) use judging::UndoOutcome;
pub(crate) use long_step::{StepOutcome, StepProgress};
pub(crate) use moving::{NextTarget, SUSPICIOUS};
pub(crate) use navigator::{ListedVerdicts, Navigator};
pub(crate) use ordering::Sorted;
pub(crate) use propagation::PropagationOffer;
use rounds::RunningRound;
pub(crate) use rounds::{RoundKind, RowsJudged};
pub(crate) use row_findings::{LeadsTo, RowFinding};
pub(crate) use row_selection::{RowSelection, common_reasons};
pub(crate) use saving::{SaveEvent, Saving};
pub(crate) use second_pass::{PassOutcome, PassProgress, SecondPasses};
pub(crate) use seen_tiles::{SeenTiles, unmarked};
pub(crate) use signals::{ScanCoverage, Signals};
pub(crate) use stats::ReviewStats;
pub(crate) use suspect_pairs::{Neighbour, SuspectPair};
pub(crate) use tile_numbers::NamedTiles;

use acceptance::LastAcceptance;
use accepting::HeldAccept;
use adjudication::RunningAdjudication;
use long_step::RunningStep;
use places::Places;
use propagation::Propagation;

/// A row has seven negatives, or some dozens. Of one that has more than this, only the first are
/// shown: nobody examines the others, and each costs time in every frame.
const SHOWN_NEGATIVES: usize = 200;

/// A dataset under review.
pub(crate) struct Review {
    /// The folder or file that was opened.
    pub(crate) path: PathBuf,
    pub(crate) session: AuditSession,
    pub(crate) navigator: Navigator,
    pub(crate) signals: Signals,
    pub(crate) saving: Saving,
    pub(crate) stats: ReviewStats,
    propagation: Propagation,
    /// The places before the current row and after it.
    places: Places,
    searcher: Searcher,
    /// The current sample; `None` in a dataset without rows.
    pub(crate) sample: Option<Arc<Sample>>,
    /// The positive of the current sample, wherever it is shown.
    positive: Option<TilePath>,
    /// The number of the row's negatives that are not shown.
    pub(crate) left_out: usize,
    /// The tile in focus.
    pub(crate) focus: TileSlot,
    /// The tile that was in focus when the sample was first shown: nobody put the focus there.
    pub(crate) first_focus: TileSlot,
    /// Whether a person did something since the row was shown, or chose where it opens: then no new
    /// finding moves the focus.
    is_touched: bool,
    /// Whether findings came since the focus was put.
    findings_came: bool,
    /// The rows that are judged together.
    pub(crate) selected: RowSelection,
    /// The findings of the last check, if there was one since the set was opened.
    pub(crate) check: Option<CheckFindings>,
    /// The row whose findings a person was led through, and the position of the last one.
    followed: Option<(SampleIndex, usize)>,
    /// The second passes of the annotator.
    pub(crate) passes: SecondPasses,
    /// The audits of the set.
    pub(crate) audits: KnownAudits,
    /// The rows that are assigned to annotators.
    pub(crate) assignments: KnownAssignments,
    /// The acceptance of the set of an audit that was asked for last.
    acceptance: Option<LastAcceptance>,
    /// The rows of the running audit that came back and that the screen does not know of yet.
    came_back: Vec<SampleIndex>,
    /// The adjudication that was begun last.
    adjudication: Option<RunningAdjudication>,
    /// The second pass, audit or adjudication that runs.
    round: Option<RunningRound>,
    /// An accept that was held back.
    held: Option<HeldAccept>,
    /// The looks of this session that were stored with a verdict, by sample.
    looks_stored: HashMap<SampleIndex, Looks>,
    /// The sample whose verdict was given last, while its reasons are still offered.
    pub(crate) just_judged: Option<SampleIndex>,
    /// The sample that was given a verdict last since the set was opened.
    pub(crate) judged_here: Option<SampleIndex>,
    /// The missing shards that rows name; empty until they were looked for.
    pub(crate) missing: Arc<MissingShards>,
    /// Judged samples that the dataset does not hold.
    pub(crate) orphans: Vec<Orphan>,
    /// A note that judging began on another revision of a dataset at an address.
    pub(crate) revision_note: Option<String>,
    /// The other annotators of the set.
    pub(crate) annotators: Annotators,
    /// The degree of hiding that the person wants, and the one that a round asks for.
    blinding: Blinding,
    required_blinding: Blinding,
    /// The rows whose roles were shown after the answer.
    shown_roles: HashSet<SampleIndex>,
    /// A number that grows whenever anything changes.
    pub(crate) version: u64,
    /// A judgement of many rows that goes on over several frames.
    running: Option<RunningStep>,
}

impl Review {
    /// Starts the writer and the threads that search and count. `wake` makes the window draw again.
    pub(crate) fn start(opened: OpenedDataset, wake: &egui::Context) -> anyhow::Result<Self> {
        let OpenedDataset { session, sidecar, location, last_judged, .. } = opened;
        let saving = Saving::start(sidecar, location, session.id(), last_judged, wake.clone())?;
        let dataset = session.dataset.clone();
        let external = opened.external.clone();
        let searcher = Searcher::start(dataset.clone(), (opened.external, opened.fingerprints), wake)?;
        let annotator = session.annotator.to_string();
        let audits = KnownAudits::new(&opened.audit_events, &annotator);
        let assignments = KnownAssignments::new(&opened.audit_events, &dataset);
        let events = (opened.events, opened.audit_events);
        let stats = ReviewStats::start(dataset, events, annotator, (&searcher, external), wake)?;
        let mut review = Self {
            path: opened.path,
            navigator: Navigator::new(&session.dataset, opened.start_at),
            signals: Signals::new(),
            saving,
            stats,
            propagation: Propagation::default(),
            places: Places::default(),
            searcher,
            session,
            sample: None,
            positive: None,
            left_out: 0,
            focus: TileSlot::POSITIVE,
            first_focus: TileSlot::POSITIVE,
            is_touched: false,
            findings_came: false,
            selected: RowSelection::default(),
            check: None,
            followed: None,
            passes: SecondPasses::new(opened.passes),
            audits,
            assignments,
            acceptance: None,
            came_back: Vec::new(),
            adjudication: None,
            round: None,
            held: None,
            looks_stored: HashMap::new(),
            just_judged: None,
            judged_here: None,
            missing: Arc::default(),
            orphans: opened.orphans,
            revision_note: opened.revision_note,
            annotators: opened.annotators,
            blinding: Blinding::default(),
            required_blinding: Blinding::default(),
            shown_roles: HashSet::new(),
            version: 0,
            running: None,
        };
        review.stats.count_tags(&review.session);
        review.name_annotators();
        review.rebuild();
        review.show(opened.start_at);
        Ok(review)
    }

    /// The dataset.
    pub(crate) fn dataset(&self) -> &Arc<Dataset> {
        &self.session.dataset
    }

    /// The number of events that are not on disk yet.
    pub(crate) fn unsaved(&self) -> u64 {
        self.session.last_seq() - self.saving.saved_up_to()
    }

    /// The number of events that would be lost if the window closed now: neither on disk nor in
    /// another file.
    pub(crate) fn at_risk(&self) -> u64 {
        self.session.last_seq() - self.saving.safe_up_to()
    }

    /// Receives the writer's reports. Returns what the person has to know.
    pub(crate) fn receive(&mut self) -> Vec<SaveEvent> {
        let (news, foreign) = self.saving.receive();
        let mut changed = false;
        for stored in foreign {
            let (counting, of_rounds): (Vec<Event>, Vec<Event>) =
                stored.events.into_iter().partition(|event| event.round.is_none());
            let session = self.round.as_mut().map_or(&mut self.session, RunningRound::session_aside);
            changed |= session.add_foreign_events(&counting, stored.after);
            // A search may ask who gave a verdict.
            changed |= counting.iter().any(|event| matches!(event.change, FieldChange::Verdict(_)));
            changed |= self.session.add_foreign_events(&of_rounds, stored.after);
            self.record_in_round(&of_rounds);
            self.annotators.add(&self.session.dataset, &counting, &self.session.annotator);
            self.stats.events_added(counting);
        }
        if changed {
            self.stats.count_tags(&self.session);
            self.refresh_derived();
        }
        news
    }

    /// Receives what the search and counting threads found. Returns the answers to questions of
    /// others.
    pub(crate) fn receive_answers(&mut self) -> Vec<SearchAnswer> {
        let mut others = Vec::new();
        while let Some(answer) = self.searcher.answer() {
            match answer {
                SearchAnswer::Found(search, matches) => {
                    if self.navigator.accept_answer(&search) {
                        self.apply_search(search, matches);
                    }
                }
                SearchAnswer::Refused(search, reason) => {
                    if let Some((filter, matches)) = self.navigator.refuse(&search, reason) {
                        self.apply_search(filter, matches);
                    }
                }
                SearchAnswer::Findings(findings, has_imports) => {
                    self.receive_row_findings(findings, has_imports);
                    // Nothing was said about the order before: the set was only just opened.
                    if has_imports {
                        self.sort_again();
                    }
                }
                SearchAnswer::Sorted(key, samples) => self.receive_order(key, samples),
                SearchAnswer::Fields(fields) => self.take_fields(fields),
                SearchAnswer::Targets(number, targets) => self.receive_targets(number, targets),
                SearchAnswer::Failed(_) => {
                    self.navigator.forget_pending();
                    others.push(answer);
                }
                SearchAnswer::BestRows(..)
                | SearchAnswer::Occurrences(..)
                | SearchAnswer::Page(..)
                | SearchAnswer::Tiles(..)
                | SearchAnswer::NearQueries(..)
                | SearchAnswer::Groups(..)
                | SearchAnswer::RowsOfTiles(..) => others.push(answer),
            }
        }
        self.go_on_accepting();
        others.extend(self.receive_insights().map(SearchAnswer::Failed));
        match self.stats.receive() {
            Some(Ok(conflicts)) => {
                let session = self.round.as_mut().map_or(&mut self.session, RunningRound::session_aside);
                if session.set_conflicts(&conflicts) {
                    self.refresh_derived();
                }
            }
            None => {}
            Some(Err(reason)) => others.push(SearchAnswer::Failed(reason)),
        }
        others
    }

    /// The search threads, for other questions about rows.
    pub(crate) fn searcher(&self) -> &Searcher {
        &self.searcher
    }

    /// The judgement of the current sample, with both forms of a wrong positive.
    pub(crate) fn judgement(&self) -> Judgement {
        let judgement = self.session.judgement(self.cursor()).cloned().unwrap_or_default();
        match &self.positive {
            Some(positive) => judgement.reconciled(positive),
            None => judgement,
        }
    }

    /// Receives the missing shards. Only a search that asks for them lets that change the list.
    pub(crate) fn receive_missing(&mut self, missing: Arc<MissingShards>) {
        self.session.set_missing_shards(&missing);
        if let Some(session) = self.session_aside() {
            session.set_missing_shards(&missing);
        }
        self.missing = missing;
        self.refresh_derived();
    }

    /// Shows a sample. The one before can be returned to, unless it was next to it in the list.
    pub(crate) fn show(&mut self, index: SampleIndex) {
        let is_jump = !self.is_single_step(index);
        self.show_as(index, is_jump);
    }

    /// Shows a sample to which a person goes on in the same list: that needs no way back.
    fn show_next(&mut self, index: SampleIndex) {
        let is_jump = !self.is_same_list();
        self.show_as(index, is_jump);
    }

    fn show_as(&mut self, index: SampleIndex, is_jump: bool) {
        let rows = self.dataset().samples.len();
        let index = index.min(SampleIndex::new(rows.saturating_sub(1)));
        if !self.may_show(index) {
            return;
        }
        let is_jump = is_jump && index != self.cursor();
        self.selected.clear();
        self.refresh_order(index);
        self.navigator.set_cursor(index);
        // A set may have no rows.
        let shown = if index.index() < rows { self.to_show(index) } else { None };
        self.positive = self.session.sample(index).map(|sample| sample.positive.path.clone());
        (self.sample, self.left_out) = shown.map_or((None, 0), |(sample, left_out)| (Some(Arc::new(sample)), left_out));
        self.focus = self.suspect_to_open();
        self.first_focus = self.focus;
        (self.is_touched, self.findings_came) = (false, false);
        self.held = None;
        self.version += 1;
        self.arrive(is_jump);
        // After a round, or one that was interrupted, the place is where it was before.
        if let Some(sample) = self.sample.as_ref().filter(|_| self.round.is_none()) {
            let annotator = self.session.annotator.to_string();
            self.saving.set_position(LastPosition { annotator, sample: sample.key, at: now() });
        }
    }

    /// Whether the current row opens at its most suspicious negative rather than at its first one,
    /// in a view that shows one negative at a time.
    ///
    /// In suspicion order, among the rows of a signal, and in a row that they went to because of
    /// its suspicion, people want to see why a row is suspicious; in a row that was judged before,
    /// what the judgement may have missed.
    pub(crate) fn opens_at_suspect(&self) -> bool {
        let is_judged = |judgement: &Judgement| *judgement != Judgement::default();
        let was_judged = self.session.judgement(self.cursor()).is_some_and(is_judged);
        was_judged || self.navigator.follows_suspicion()
    }

    /// The tile that has the focus first, in every view: the first one on which the answers to an
    /// adjudicated row differ; else the first one without a mark that an audit asks for; else the
    /// negative whose reviews the search asks for; else the positive unless suspicion decided that
    /// the row is shown.
    fn suspect_to_open(&self) -> TileSlot {
        if let Some(slot) = self.disputed_tile() {
            return slot;
        }
        let asked = self.asked_tiles();
        if let Some((slot, _)) = asked.iter().find(|(_, has_mark)| !has_mark).or(asked.first()) {
            return *slot;
        }
        // Another order than the row's has other places.
        if self.shows(Shown::Order)
            && self.shows(Shown::Reviews)
            && let Some(reviewed) = self.navigator.reviewed_negative(self.signals.graded(self.cursor()))
            && self.sample.as_ref().is_some_and(|sample| reviewed.index() <= sample.negatives.len())
        {
            return reviewed;
        }
        if !self.shows(Shown::Order) || !self.navigator.follows_suspicion() {
            return TileSlot::POSITIVE;
        }
        let tiles = self.sample.as_ref().map_or(0, |sample| sample.negatives.len() + 1);
        self.signals.strongest_tile(self.cursor(), tiles)
    }

    /// The negatives of the current row, the most suspicious first; in the order of the row where
    /// suspicion leads nobody to a tile.
    pub(crate) fn by_suspicion(&self, negatives: usize) -> Vec<TileSlot> {
        match self.shows(Shown::Order) {
            false => TileSlot::first(negatives + 1).skip(1).collect(),
            true => self.signals.by_suspicion(self.cursor(), negatives),
        }
    }

    /// Puts the focus of the current row on its most suspicious tile, if nobody moved it: to be
    /// called when the first findings are there, which a set does not have when it opens, and when
    /// it is known that the row was chosen for its suspicion.
    fn focus_suspect(&mut self) {
        if self.focus == self.first_focus {
            self.focus = self.suspect_to_open();
            self.first_focus = self.focus;
        }
    }

    /// Records that a person does something with the current row.
    pub(crate) fn touch(&mut self) {
        self.is_touched = true;
    }

    /// Puts the focus of the current row where it would open now, if findings came since it was
    /// shown and nobody did anything meanwhile. Returns whether it did.
    pub(crate) fn focus_after_findings(&mut self) -> bool {
        let opens_again = std::mem::take(&mut self.findings_came) && !self.is_touched && self.opens_at_suspect();
        if opens_again {
            self.focus_suspect();
        }
        opens_again
    }

    /// A sample as it is shown, with the first of very many negatives, and the number of those left
    /// out.
    pub(crate) fn to_show(&self, index: SampleIndex) -> Option<(Sample, usize)> {
        let mut sample = self.dataset().sample(index).ok()?;
        let left_out = sample.negatives.len().saturating_sub(SHOWN_NEGATIVES);
        sample.negatives.truncate(SHOWN_NEGATIVES);
        Some((self.in_shown_order(index, sample), left_out))
    }

    /// Updates what follows from judgements. The list changes only if its filter depends on them.
    fn refresh_derived(&mut self) {
        self.version += 1;
        self.name_annotators();
        self.propagation.refresh(&self.session);
        if self.navigator.depends_on_judgements() {
            self.rebuild();
        }
    }
    /// Lets searches ask for everybody who judged rows.
    fn name_annotators(&mut self) {
        let known = self.stats.judged_rows();
        let own = Some(&*self.session.annotator).filter(|own| known.annotators().all(|name| name != *own));
        self.navigator.set_annotators(known.annotators().chain(own));
        self.navigator.set_assigned(self.assignments.rows().annotators(), &self.session.annotator);
    }
}
