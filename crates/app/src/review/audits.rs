//! The audits of the set in the window: their beginning, the queue of the drawn rows in the order
//! of the draw, and how far the annotator is. What a running one puts aside is in `rounds.rs`.
//!
//! Draws no rows and counts no rates: `audit_planning.rs` and `insights.rs` do, on their threads.

use tilejury_audit::audits::{self, Audit, AuditPlan, AuditStatus, Draw};
use tilejury_audit::role::as_adjudicator;
use tilejury_audit::sidecar::SampleRecord;
use tilejury_audit::{Event, Round, Shown, StepId, Timestamp, now};
use tilejury_data::{SampleIndex, TilePath, TileSlot};

use super::audit_queue::{Answered, AuditQueue, StoredAnswers};
use super::{AcceptanceState, Review, RoundKind};

/// The audits of the set.
#[derive(Default)]
pub(crate) struct KnownAudits {
    /// All of them, the oldest first.
    all: Vec<Audit>,
    /// The changes that the annotator made in any of them, and in their adjudications, in stored
    /// order.
    own: Vec<Event>,
    /// The one whose rows are shown.
    running: Option<RunningAudit>,
}

/// The part of an audit that is shown.
struct RunningAudit {
    id: StepId,
    queue: AuditQueue,
    /// The progress of the annotator: counted when something changes, not in each frame.
    answered: Answered,
}

/// The progress of the audit whose rows are shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AuditProgress {
    pub(crate) name: String,
    /// The place of the current row in the order in which all of them are shown, from 1.
    pub(crate) place: usize,
    /// The number of all places.
    pub(crate) places: usize,
    /// The number of those that are the annotator's.
    pub(crate) rows: usize,
    /// The number of those with an answer.
    pub(crate) answered: usize,
    /// The number of rows without an answer that come before one with an answer.
    pub(crate) skipped: usize,
    /// The number of answers after the first of these.
    pub(crate) after_gap: usize,
    pub(crate) blind: bool,
}

impl AuditProgress {
    /// The number of rows to go.
    pub(crate) fn to_go(&self) -> usize {
        self.rows - self.answered
    }
}

/// An audit in the list of all of them.
#[derive(Clone, Copy)]
pub(crate) struct AuditEntry<'a> {
    pub(crate) plan: &'a AuditPlan,
    pub(crate) begun_by: &'a str,
    pub(crate) at: Timestamp,
    /// Its state; `None` until it is counted.
    pub(crate) status: Option<&'a AuditStatus>,
    /// Whether rows of it are for the annotator.
    pub(crate) is_mine: bool,
    /// The rows of the annotator that have an answer, and all of them, where the plan names the
    /// annotators.
    pub(crate) part: Option<(usize, usize)>,
    /// Whether the person judges blind, so that no rate is shown.
    pub(crate) hides_rates: bool,
    /// The acceptance of its set, if a person asked for that last.
    pub(crate) acceptance: Option<&'a AcceptanceState>,
}

impl AuditEntry<'_> {
    /// Whether its rates may be shown: those of a blind one not before all of its rows count.
    pub(crate) fn shows_rates(&self) -> bool {
        !self.hides_rates && (!self.plan.blind || self.status.is_some_and(|status| status.finished))
    }
}

fn is_for(plan: &AuditPlan, annotator: &str) -> bool {
    plan.annotators.is_empty() || plan.annotators.iter().any(|name| name == annotator)
}

impl KnownAudits {
    /// `events`: those of all audits, in stored order.
    pub(super) fn new(events: &[Event], annotator: &str) -> Self {
        let mut known = Self::default();
        known.add_events(events, annotator);
        known
    }

    /// Adds later events; those that belong to no audit are left out.
    pub(super) fn add_events(&mut self, events: &[Event], annotator: &str) {
        audits::add_events(&mut self.all, events);
        let adjudicator = as_adjudicator(annotator);
        let is_answer = |event: &&Event| {
            let of = match &event.round {
                Some(Round::Audit(_) | Round::Again(_)) if !event.begins_audit() => annotator,
                Some(Round::Adjudication(_)) => &adjudicator,
                _ => return false,
            };
            *event.annotator == *of
        };
        self.own.extend(events.iter().filter(is_answer).cloned());
    }

    /// All of them, the oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Audit> {
        self.all.iter()
    }

    /// The changes that the annotator made as the adjudicator of an audit.
    pub(super) fn own_adjudication(&self, audit: &Audit) -> Vec<Event> {
        let is_of = |round: &Round| matches!(round, Round::Adjudication(of) if audit.is_drawn_by(of));
        self.own.iter().filter(|event| event.round.as_ref().is_some_and(is_of)).cloned().collect()
    }

    /// The changes that the annotator made in an audit, also in rows that came back.
    fn own_in_audit(&self, audit: &Audit) -> Vec<&Event> {
        let is_of = |round: &Round| matches!(round, Round::Audit(of) | Round::Again(of) if audit.is_drawn_by(of));
        self.own.iter().filter(|event| event.round.as_ref().is_some_and(is_of)).collect()
    }

    /// The running audit, with the changes that the annotator made in it.
    fn own_in_running(&self) -> Option<(&RunningAudit, Vec<&Event>)> {
        let running = self.running.as_ref()?;
        let audit = self.all.iter().find(|audit| audit.id == running.id)?;
        Some((running, self.own_in_audit(audit)))
    }

    /// Whether an audit has a name already.
    pub(crate) fn has_name(&self, name: &str) -> bool {
        self.all.iter().any(|audit| audit.plan.name == name)
    }

    /// The number of audits that were ever begun.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }
}

impl Review {
    /// All audits, the oldest first.
    pub(crate) fn audit_entries(&self) -> impl DoubleEndedIterator<Item = AuditEntry<'_>> {
        let counted = self.stats.insights.audits();
        let hides_rates = !self.shows(Shown::Rate);
        self.audits.all.iter().map(move |audit| {
            let counted = counted.iter().find(|counted| counted.id == audit.id);
            AuditEntry {
                plan: &audit.plan,
                begun_by: &audit.begun_by,
                at: audit.at,
                status: counted.map(|counted| &counted.status),
                is_mine: is_for(&audit.plan, &self.session.annotator),
                part: counted.and_then(|counted| counted.part),
                hides_rates,
                acceptance: self.acceptance_of(&audit.id),
            }
        })
    }

    /// Stores an audit with its drawn rows. Returns its number.
    pub(crate) fn begin_audit(&mut self, draw: &Draw, records: Vec<SampleRecord>) -> Option<usize> {
        if self.is_in_round() {
            return None;
        }
        self.finish_running();
        let events = self.session.begin_audit(draw, now());
        self.record_in_round(&events);
        self.saving.record(events, records);
        self.audits.len().checked_sub(1)
    }

    /// Shows the rows of an audit that are for the annotator, in the order of the draw.
    ///
    /// # Errors
    /// The reason why not, in a sentence.
    pub(crate) fn enter_audit(&mut self, number: usize) -> Result<(), String> {
        self.finish_running();
        let annotator = self.session.annotator.clone();
        let Some(audit) = self.audits.all.get(number).filter(|_| !self.is_in_round()) else {
            return Err("There is no such audit.".to_owned());
        };
        let name = &audit.plan.name;
        if !is_for(&audit.plan, &annotator) {
            let names = audit.plan.annotators.join(", ");
            return Err(format!("You judge as {annotator}, and the audit “{name}” is for {names}."));
        }
        let dataset = self.dataset().clone();
        let queue = AuditQueue::new(audit, &annotator, &dataset);
        if queue.is_empty() {
            return Err(match audit.rows.iter().any(|key| dataset.find(*key).is_some()) {
                false => format!("The rows of the audit “{name}” are not in this dataset."),
                true => format!("No row of the audit “{name}” is left for you: others have answered."),
            });
        }
        let (id, own) = (audit.id.clone(), self.audits.own_in_audit(audit));
        let events: Vec<Event> = own.iter().map(|event| (*event).clone()).collect();
        let mut session = self.session.in_round(Round::Audit(id.clone()), &events);
        while let Some(row) = queue.due(&session, &own, &dataset) {
            session.come_back(row, now());
        }
        let order = queue.listed(&session);
        let answered = queue.answered(&session, &own, &dataset);
        self.audits.running = Some(RunningAudit { id, queue, answered });
        self.enter_round(RoundKind::Audit, order, session);
        Ok(())
    }

    /// Shows the rows of the running audit again that come back now.
    pub(super) fn bring_back_rows(&mut self) {
        let is_running = self.round_kind() == Some(RoundKind::Audit);
        let Some((running, own)) = self.audits.own_in_running().filter(|_| is_running) else { return };
        let dataset = self.session.dataset.clone();
        let mut rows = Vec::new();
        while let Some(row) = running.queue.due(&self.session, &own, &dataset) {
            self.session.come_back(row, now());
            rows.push(row);
        }
        if rows.is_empty() {
            return;
        }
        let order = running.queue.listed(&self.session);
        let mut ascending = order.clone();
        ascending.sort_unstable();
        self.navigator.limit_to(ascending, order);
        for row in rows {
            self.shown_roles.remove(&row);
            self.came_back.push(row);
        }
        self.count_answered();
        self.rebuild();
    }

    /// Counts the progress in the running audit, after its events or its session changed.
    pub(super) fn count_answered(&mut self) {
        let Some((running, own)) = self.audits.own_in_running() else { return };
        let answered = running.queue.answered(&self.session, &own, &self.session.dataset);
        if let Some(running) = &mut self.audits.running {
            running.answered = answered;
        }
    }

    /// The rows that came back since this was asked last: what was seen of them before does not
    /// count.
    pub(crate) fn take_came_back(&mut self) -> Vec<SampleIndex> {
        std::mem::take(&mut self.came_back)
    }

    /// The audit whose rows are shown, with its number.
    pub(crate) fn running_audit(&self) -> Option<(usize, AuditEntry<'_>)> {
        let running = self.audits.running.as_ref().filter(|_| self.round_kind() == Some(RoundKind::Audit))?;
        let number = self.audits.all.iter().position(|audit| audit.id == running.id)?;
        Some((number, self.audit_entries().nth(number)?))
    }

    /// The progress of the annotator in it.
    pub(crate) fn audit_progress(&self) -> Option<AuditProgress> {
        let (_, AuditEntry { plan, .. }) = self.running_audit()?;
        let RunningAudit { queue, answered, .. } = self.audits.running.as_ref()?;
        Some(AuditProgress {
            name: plan.name.clone(),
            place: queue.place(self.cursor(), &self.session),
            places: queue.all(),
            rows: answered.turns.1,
            answered: answered.turns.0,
            skipped: answered.skipped,
            after_gap: answered.after_gap,
            blind: plan.blind,
        })
    }

    /// The tiles of the current row that the audit asks for, if it does not ask for the whole row,
    /// in the order of the row, each with whether it has a mark.
    pub(crate) fn asked_tiles(&self) -> Vec<(TileSlot, bool)> {
        let running = self.audits.running.as_ref().filter(|_| self.round_kind() == Some(RoundKind::Audit));
        let (Some(running), Some(sample)) = (running, &self.sample) else { return Vec::new() };
        let judgement = self.judgement();
        let asked = running.queue.asked(self.cursor()).iter();
        let of_tile = |tile: &TilePath| Some((TileSlot::find(sample, tile)?, judgement.relevance(tile).is_some()));
        let mut slots: Vec<(TileSlot, bool)> = asked.filter_map(of_tile).collect();
        slots.sort_unstable();
        slots
    }

    /// The last audit, if rows of it wait for the annotator: its name, the number of their answers,
    /// and the number of their rows.
    pub(crate) fn unfinished_audit(&self) -> Option<(&str, usize, usize)> {
        let (annotator, dataset) = (&*self.session.annotator, &**self.dataset());
        let audit = self.audits.all.last().filter(|audit| is_for(&audit.plan, annotator))?;
        let queue = AuditQueue::new(audit, annotator, dataset);
        let (own, answers) = (self.audits.own_in_audit(audit), StoredAnswers { audit, annotator, dataset });
        let (answered, rows) = queue.answered(&answers, &own, dataset).turns;
        (answered < rows && !queue.is_empty()).then_some((&*audit.plan.name, answered, rows))
    }
}
