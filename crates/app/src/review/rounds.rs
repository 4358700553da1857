//! Rounds of judging in the window: while one runs, the review has a session that knows no earlier
//! judgement, and a list of the rows of the round. Its own session and list are put aside until the
//! round ends.
//!
//! Knows neither second passes nor audits: they begin and end rounds.

use tilejury_audit::{AuditSession, Event, JudgeAction};
use tilejury_data::SampleIndex;

use super::propagation::Propagation;
use super::{Navigator, Review};
use crate::command::{Command, DatasetCommand};

/// The kind of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoundKind {
    /// The annotator's own rows a second time.
    SecondPass,
    /// The drawn rows of an audit.
    Audit,
    /// The rows on which the annotators of an audit differ.
    Adjudication,
}

impl RoundKind {
    /// The command that ends it.
    fn ended_by(self) -> DatasetCommand {
        match self {
            Self::SecondPass => DatasetCommand::SecondPass,
            Self::Audit => DatasetCommand::Audits,
            Self::Adjudication => DatasetCommand::Adjudicate,
        }
    }

    /// Whether a command can be run during it.
    pub(crate) fn allows(self, command: Command) -> bool {
        command.is_blind() || command == self.ended_by().into() || self == Self::Adjudication && command.adjudicates()
    }

    /// The reason why a command cannot be run, without a full stop.
    pub(crate) fn refusal(self) -> &'static str {
        match self {
            Self::SecondPass => "not during a second pass",
            Self::Audit => "not during an audit",
            Self::Adjudication => "not during an adjudication",
        }
    }
}

/// A round that runs.
pub(crate) struct RunningRound {
    pub(crate) kind: RoundKind,
    /// Its rows, ascending.
    rows: Vec<SampleIndex>,
    /// The session with the judgements that count.
    session: AuditSession,
    /// The list from before the round.
    navigator: Navigator,
}

impl RunningRound {
    /// The session with the judgements that count.
    pub(super) fn session_aside(&mut self) -> &mut AuditSession {
        &mut self.session
    }

    /// The number of its rows.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The number of its rows that have a verdict in a session.
    pub(super) fn judged(&self, session: &AuditSession) -> usize {
        let statuses = session.statuses();
        let is_judged = |row: &&SampleIndex| statuses.get(row.index()).is_some_and(|status| status.verdict.is_some());
        self.rows.iter().filter(is_judged).count()
    }
}

/// The progress in the rows that are judged: in a round those of the round; while the list is the
/// part of the annotator, that part; else all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowsJudged {
    pub(crate) judged: usize,
    pub(crate) rows: usize,
    /// Whether the rest has to be judged before the round ends.
    pub(crate) is_round: bool,
    /// Whether they are the rows that are assigned to the annotator.
    pub(crate) is_part: bool,
}

impl Review {
    /// The kind of the round that runs, if one does.
    pub(crate) fn round_kind(&self) -> Option<RoundKind> {
        self.round.as_ref().map(|round| round.kind)
    }

    /// Whether a round runs: judgements do not count outside of it, and what was judged before is
    /// not shown.
    pub(crate) fn is_in_round(&self) -> bool {
        self.round.is_some()
    }

    /// The progress in the rows of the round that runs, in the annotator's part, or in all rows.
    pub(crate) fn rows_judged(&self) -> RowsJudged {
        let of_round = match self.round_kind() {
            Some(RoundKind::Audit) => self.audit_progress().map(|audit| (audit.answered, audit.rows)),
            Some(RoundKind::Adjudication) => self.settled(),
            Some(RoundKind::SecondPass) => self.pass_progress().map(|pass| (pass.judged, pass.rows)),
            None => None,
        };
        let of_part = if self.lists_my_part() && !self.is_in_round() { self.my_part() } else { None };
        let all = (self.session.tally.judged, self.dataset().samples.len());
        let (judged, rows) = of_round.or(of_part).unwrap_or(all);
        RowsJudged { judged, rows, is_round: of_round.is_some(), is_part: of_part.is_some() }
    }

    /// The session with the judgements that count, while a round runs.
    pub(super) fn session_aside(&mut self) -> Option<&mut AuditSession> {
        self.round.as_mut().map(RunningRound::session_aside)
    }

    /// Begins a round with a session of its own, and shows its first row without a verdict. Returns
    /// whether it did: it needs a row, and only one round can run.
    pub(super) fn enter_round(&mut self, kind: RoundKind, order: Vec<SampleIndex>, session: AuditSession) -> bool {
        let Some(first) = order.first().copied().filter(|_| !self.is_in_round()) else { return false };
        let mut rows = order.clone();
        rows.sort_unstable();
        let mut navigator = Navigator::new(self.dataset(), first);
        navigator.limit_to(rows.clone(), order);
        navigator.know_as(&self.navigator);
        let session = std::mem::replace(&mut self.session, session);
        let navigator = std::mem::replace(&mut self.navigator, navigator);
        self.round = Some(RunningRound { kind, rows, session, navigator });
        self.forget_row();
        self.rebuild();
        let next = self.navigator.first_unjudged(self.session.statuses()).unwrap_or(first);
        self.show(next);
        true
    }

    /// Ends the running round: the judgements that count and the list from before are back, and the
    /// row from before is shown. Returns the kind of the round, if one ran.
    pub(crate) fn leave_round(&mut self) -> Option<RoundKind> {
        self.finish_running();
        let RunningRound { kind, mut session, mut navigator, .. } = self.round.take()?;
        session.continue_after(&self.session);
        navigator.know_as(&self.navigator);
        self.session = session;
        self.navigator = navigator;
        self.forget_row();
        self.rebuild();
        // What the list waited for went to the other one.
        self.navigator.findings_changed();
        if let Some(order) = self.navigator.awaited_order() {
            self.sort_by(order);
        }
        if self.navigator.is_searching() {
            self.search_for(self.navigator.search_text().to_owned());
        }
        self.show(self.cursor());
        Some(kind)
    }

    /// Forgets what belongs to the row that was judged last, and to the other session.
    fn forget_row(&mut self) {
        self.just_judged = None;
        self.judged_here = None;
        self.forget_places();
        self.looks_stored.clear();
        self.propagation = Propagation::default();
        self.stats.count_tags(&self.session);
    }

    /// Keeps changes of rounds.
    pub(super) fn record_in_round(&mut self, events: &[Event]) {
        self.passes.record(events);
        let annotator = &self.round.as_ref().map_or(&self.session, |round| &round.session).annotator;
        self.audits.add_events(events, annotator);
        if self.round_kind() == Some(RoundKind::Audit) {
            self.count_answered();
        }
        self.stats.round_events_added(events);
        self.take_assignments(events);
    }

    /// Whether a row may be shown: during a round, only its own.
    pub(crate) fn may_show(&self, row: SampleIndex) -> bool {
        self.round.as_ref().is_none_or(|running| running.rows.binary_search(&row).is_ok())
    }

    /// Whether an action may be performed: during a round, its rows are judged one by one.
    pub(super) fn may_perform(&self, action: &JudgeAction) -> bool {
        let is_alone = |row: &SampleIndex| self.may_show(*row);
        match action {
            JudgeAction::Accept { sample, .. }
            | JudgeAction::Verdict(sample, _)
            | JudgeAction::ToggleReason(sample, _)
            | JudgeAction::Relevance(sample, ..)
            | JudgeAction::AllNegatives(sample, _)
            | JudgeAction::AddRelevant { sample, .. }
            | JudgeAction::RemoveRelevant { sample, .. }
            | JudgeAction::Note(sample, _)
            | JudgeAction::Tags(sample, _) => is_alone(sample),
            JudgeAction::Propagate(_) | JudgeAction::MarkInRows(..) | JudgeAction::Rows(..) | JudgeAction::Tiles(_) => {
                !self.is_in_round()
            }
            JudgeAction::Undo | JudgeAction::Redo | JudgeAction::GoBack(_) | JudgeAction::RestoreBranch(_) => true,
        }
    }
}
