//! Counts the overview, the facets and the audits on a thread of their own. It keeps judgements of
//! its own, up to date by the events that are passed in, so that the thread that draws copies
//! nothing but the list.
//!
//! Reads the dataset, but neither reads nor writes the sidecar. It also writes the report, to the
//! file that a person chose.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use tilejury_audit::assignments::{self, AssignedRows, Assignment, AssignmentPlan};
use tilejury_audit::audits::{self, Audit, AuditStatus, FoundSet, SetTile, TileRule, TileSet};
use tilejury_audit::external::ExternalStore;
use tilejury_audit::facets::{self, Facet, FacetInputs};
use tilejury_audit::overview::{Overview, OverviewInputs, TeamFigures, TeamInputs};
use tilejury_audit::progress::{Cancelled, Progress};
use tilejury_audit::report::{self, ReportInputs};
use tilejury_audit::search::RowFieldNames;
use tilejury_audit::sidecar::SampleRecord;
use tilejury_audit::suspicion::Findings;
use tilejury_audit::text::{count, grouped};
use tilejury_audit::{AuditSession, Event, StepId, Timestamp, now};
use tilejury_data::{Dataset, MissingShards, SampleIndex, SampleKey};

use crate::searcher::SharedIndex;
use crate::task::{Task, TaskProgress};

/// The state that an overview was counted from: equal states have equal overviews.
#[derive(Clone)]
pub(crate) struct OverviewSource {
    /// The number of the judgements' revision.
    pub(crate) revision: u64,
    pub(crate) findings: Option<Arc<Findings>>,
    pub(crate) missing: Arc<MissingShards>,
    /// Judgements up to this moment do not count for signals.
    pub(crate) since: Option<Timestamp>,
}

impl OverviewSource {
    fn is_same(&self, other: &Self) -> bool {
        self.revision == other.revision
            && same_findings(self.findings.as_ref(), other.findings.as_ref())
            && Arc::ptr_eq(&self.missing, &other.missing)
            && self.since == other.since
    }
}

/// The state that facets were counted from.
#[derive(Clone)]
pub(crate) struct FacetSource {
    pub(crate) revision: u64,
    /// The number of changes of the list.
    pub(crate) lists: u64,
    pub(crate) findings: Option<Arc<Findings>>,
}

impl FacetSource {
    fn is_same(&self, other: &Self) -> bool {
        self.revision == other.revision
            && self.lists == other.lists
            && same_findings(self.findings.as_ref(), other.findings.as_ref())
    }
}

/// The state that the figures of a team were counted from.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct TeamSource {
    pub(crate) revision: u64,
    /// The annotators who judged in several sidecars, with the number of these.
    pub(crate) sidecars: BTreeMap<String, usize>,
}

/// An assignment of rows that is ready to be stored.
pub(crate) struct ReadyAssignment {
    pub(crate) plan: AssignmentPlan,
    pub(crate) rows: Vec<SampleKey>,
    pub(crate) records: Vec<SampleRecord>,
}

fn same_findings(one: Option<&Arc<Findings>>, other: Option<&Arc<Findings>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    }
}

enum Question {
    /// A report of the state, to write to a file.
    Report(OverviewSource, PathBuf),
    Judged(Vec<Event>),
    /// Events of audits.
    Answered(Vec<Event>),
    /// The acceptance of the set of an audit, or its undo. The rows of the set, if a search found
    /// them.
    Accept(StepId, Option<Vec<SampleIndex>>),
    Overview(OverviewSource),
    Facets(FacetSource, Vec<SampleIndex>),
    Team(TeamSource),
    /// An assignment of rows, whose records are read.
    Assign(AssignmentPlan, Vec<SampleIndex>),
}

/// The acceptance of a set, or its undo, to store.
pub(crate) struct Acceptance {
    /// The events, all of one step, with numbers of their own.
    pub(crate) events: Vec<Event>,
    pub(crate) records: Vec<SampleRecord>,
    /// The outcome in a sentence.
    pub(crate) words: String,
}

/// The state of an audit.
#[derive(Clone)]
pub(crate) struct CountedAudit {
    pub(crate) id: StepId,
    pub(crate) status: AuditStatus,
    /// The rows of the annotator that have an answer, and all of them, where the plan names the
    /// annotator.
    pub(crate) part: Option<(usize, usize)>,
}

impl CountedAudit {
    fn new(audit: &Audit, session: &AuditSession) -> Self {
        let annotator = &*session.annotator;
        let part = audit.plan.annotators.iter().any(|name| name == annotator).then(|| {
            let rows = audit.part_of(annotator);
            (rows.iter().filter(|key| audit.has_answer(annotator, **key)).count(), rows.len())
        });
        Self { id: audit.id.clone(), status: AuditStatus::new(audit, &session.dataset), part }
    }
}

enum Answer {
    Overview(Box<Overview>),
    Facets(Vec<Facet>),
    Fields(RowFieldNames),
    Team(Box<TeamFigures>),
    Assign(Box<ReadyAssignment>),
    /// The state of each audit, the oldest first.
    Audits(Vec<CountedAudit>),
    /// The acceptance that was asked for, or the reason why there is none.
    Accepted(StepId, Result<Box<Acceptance>, String>),
    /// The file that a report was written to, or the reason why it was not.
    Report(Result<PathBuf, String>),
}

/// The handle of the thread. Dropping it ends the thread.
pub(crate) struct Insights {
    questions: Sender<Question>,
    answers: Receiver<Answer>,
    task: Task<()>,
    /// The latest overview.
    overview: Option<Arc<Overview>>,
    /// The state that the latest overview, or the one being counted, belongs to.
    overview_of: Option<OverviewSource>,
    counts_overview: bool,
    facets: Option<Vec<Facet>>,
    facets_of: Option<FacetSource>,
    counts_facets: bool,
    fields: Option<RowFieldNames>,
    team: Option<TeamFigures>,
    team_of: Option<TeamSource>,
    counts_team: bool,
    /// Whether the figures of the team are new.
    has_team_news: bool,
    /// An assignment, until it is stored.
    assignment: Option<Box<ReadyAssignment>>,
    audits: Vec<CountedAudit>,
    /// The acceptance of a set, until it is stored.
    accepted: Option<(StepId, Result<Box<Acceptance>, String>)>,
    /// The outcome of a report, until it is announced.
    report: Option<Result<PathBuf, String>>,
}

impl Insights {
    /// Starts the thread. The events are those of all annotators, in stored order: those that
    /// count, and those of audits. The judgements of `annotator` count.
    pub(crate) fn start(
        dataset: Arc<Dataset>,
        (events, audit_events): (Arc<Vec<Event>>, Vec<Event>),
        annotator: String,
        (index, external): (SharedIndex, PathBuf),
        ctx: &egui::Context,
    ) -> std::io::Result<Self> {
        let (questions, received) = channel();
        let (sender, answers) = channel();
        let task = Task::spawn("overview", ctx, move |task| {
            let mut counter = Counter::new(dataset, &events, &annotator, (index, external));
            drop(events);
            let audits = counter.answered(audit_events);
            if audits.is_some_and(|audits| sender.send(audits).is_err()) {
                return;
            }
            task.request_repaint();
            counter.answer_until_closed(&received, &sender, task);
        })?;
        Ok(Self {
            questions,
            answers,
            task,
            overview: None,
            overview_of: None,
            counts_overview: false,
            facets: None,
            facets_of: None,
            counts_facets: false,
            fields: None,
            team: None,
            team_of: None,
            counts_team: false,
            has_team_news: false,
            assignment: None,
            audits: Vec::new(),
            accepted: None,
            report: None,
        })
    }

    /// Sends newly stored events, in stored order.
    pub(crate) fn judged(&self, events: Vec<Event>) {
        let _ = self.questions.send(Question::Judged(events));
    }

    /// Sends newly stored events of audits, in stored order.
    pub(crate) fn answered(&self, events: Vec<Event>) {
        let _ = self.questions.send(Question::Answered(events));
    }

    /// Checks whether the set of an audit may be accepted, and makes the events that accept it; or
    /// those that undo it, if it is accepted. `set`: the rows that its search finds now.
    pub(crate) fn accept(&self, audit: StepId, set: Option<Vec<SampleIndex>>) {
        let _ = self.questions.send(Question::Accept(audit, set));
    }

    /// The acceptance that was asked for, once.
    pub(crate) fn take_accepted(&mut self) -> Option<(StepId, Result<Box<Acceptance>, String>)> {
        self.accepted.take()
    }

    /// The latest state of each audit, the oldest first.
    pub(crate) fn audits(&self) -> &[CountedAudit] {
        &self.audits
    }

    /// Requests the overview again if its state changed.
    pub(crate) fn want_overview(&mut self, source: OverviewSource) {
        if self.counts_overview || self.overview_of.as_ref().is_some_and(|counted| counted.is_same(&source)) {
            return;
        }
        self.counts_overview = self.questions.send(Question::Overview(source.clone())).is_ok();
        self.overview_of = Some(source);
    }

    /// Requests the facets again if their state changed.
    pub(crate) fn want_facets(&mut self, source: FacetSource, listed: &[SampleIndex]) {
        if self.counts_facets || self.facets_of.as_ref().is_some_and(|counted| counted.is_same(&source)) {
            return;
        }
        self.counts_facets = self.questions.send(Question::Facets(source.clone(), listed.to_vec())).is_ok();
        self.facets_of = Some(source);
    }

    /// Requests the figures of the team again if their state changed.
    pub(crate) fn want_team(&mut self, source: TeamSource) {
        if self.counts_team || self.team_of.as_ref() == Some(&source) {
            return;
        }
        self.counts_team = self.questions.send(Question::Team(source.clone())).is_ok();
        self.team_of = Some(source);
    }

    /// The latest figures of the team; `None` until the first are counted.
    pub(crate) fn team(&self) -> Option<&TeamFigures> {
        self.team.as_ref()
    }

    /// Whether the figures of the team were counted since the last call.
    pub(crate) fn take_team_news(&mut self) -> bool {
        std::mem::take(&mut self.has_team_news)
    }

    /// Whether the figures of the team are being counted.
    pub(crate) fn counts_team(&self) -> bool {
        self.counts_team
    }

    /// Reads what is needed to store an assignment of rows.
    pub(crate) fn assign(&self, plan: AssignmentPlan, rows: Vec<SampleIndex>) {
        let _ = self.questions.send(Question::Assign(plan, rows));
    }

    /// An assignment that can be stored, once.
    pub(crate) fn take_assignment(&mut self) -> Option<Box<ReadyAssignment>> {
        self.assignment.take()
    }

    /// Requests a report in a file.
    pub(crate) fn write_report(&self, source: OverviewSource, to: PathBuf) {
        let _ = self.questions.send(Question::Report(source, to));
    }

    /// The file that a report was written to, or the reason why it was not; once.
    pub(crate) fn take_report(&mut self) -> Option<Result<PathBuf, String>> {
        self.report.take()
    }

    /// Receives what was counted. An error if counting ended.
    pub(crate) fn receive(&mut self) -> Option<String> {
        while let Ok(answer) = self.answers.try_recv() {
            match answer {
                Answer::Overview(overview) => {
                    self.overview = Some(Arc::from(overview));
                    self.counts_overview = false;
                }
                Answer::Facets(facets) => {
                    self.facets = Some(facets);
                    self.counts_facets = false;
                }
                Answer::Fields(fields) => self.fields = Some(fields),
                Answer::Team(team) => {
                    self.team = Some(*team);
                    self.counts_team = false;
                    self.has_team_news = true;
                }
                Answer::Assign(ready) => self.assignment = Some(ready),
                Answer::Audits(audits) => self.audits = audits,
                Answer::Accepted(audit, outcome) => self.accepted = Some((audit, outcome)),
                Answer::Report(outcome) => self.report = Some(outcome),
            }
        }
        let reason = self.task.poll()?.err()?;
        Some(format!("The overview and the facets are no longer counted: {reason}."))
    }

    /// The latest overview; `None` until the first is counted.
    pub(crate) fn overview(&self) -> Option<&Arc<Overview>> {
        self.overview.as_ref()
    }

    /// Whether the overview is being counted.
    pub(crate) fn counts_overview(&self) -> bool {
        self.counts_overview
    }

    /// Whether the latest overview was counted with the findings from rows.
    pub(crate) fn overview_has_findings(&self) -> bool {
        !self.counts_overview && self.overview_of.as_ref().is_some_and(|counted| counted.findings.is_some())
    }

    /// The latest facets; `None` until the first are counted.
    pub(crate) fn facets(&self) -> Option<&[Facet]> {
        self.facets.as_deref()
    }

    /// The names of the rows' fields, once, when they were read.
    pub(crate) fn take_fields(&mut self) -> Option<RowFieldNames> {
        self.fields.take()
    }
}

/// The thread's own state.
struct Counter {
    session: AuditSession,
    events: Vec<Event>,
    /// The events of audits.
    answers: Vec<Event>,
    audits: Vec<Audit>,
    assignments: Vec<Assignment>,
    counted: Vec<CountedAudit>,
    index: SharedIndex,
    /// The file with imports; it need not exist.
    external: PathBuf,
    /// Whether the names of the rows' fields were sent: they never change.
    fields_sent: bool,
}

impl Counter {
    fn new(
        dataset: Arc<Dataset>,
        events: &[Event],
        annotator: &str,
        (index, external): (SharedIndex, PathBuf),
    ) -> Self {
        let own: Vec<Event> = events.iter().filter(|event| *event.annotator == *annotator).cloned().collect();
        Self {
            session: AuditSession::new(dataset, annotator, &own),
            events: events.to_vec(),
            answers: Vec::new(),
            audits: Vec::new(),
            assignments: Vec::new(),
            counted: Vec::new(),
            index,
            external,
            fields_sent: false,
        }
    }

    fn answer_until_closed(&mut self, received: &Receiver<Question>, sender: &Sender<Answer>, task: &TaskProgress) {
        let mut waiting: VecDeque<Question> = VecDeque::new();
        loop {
            if waiting.is_empty() {
                let Ok(question) = received.recv() else { return };
                waiting.push_back(question);
            }
            waiting.extend(received.try_iter());
            // Judgements that were made before a question count in its answer.
            let Some(question) = waiting.pop_front() else { continue };
            let answers = match question {
                Question::Judged(events) => {
                    self.session.add_foreign_events(&events, 0);
                    self.events.extend(events);
                    continue;
                }
                Question::Answered(events) => Ok(self.answered(events).into_iter().collect()),
                Question::Accept(audit, set) => {
                    let outcome = self.accept(&audit, set.as_deref());
                    Ok(vec![Answer::Accepted(audit, outcome.map(Box::new))])
                }
                Question::Report(source, to) => self.report(&source, to, &task.unseen()).map(|answer| vec![answer]),
                Question::Overview(source) => {
                    self.overview(&source, &task.unseen()).map(|overview| vec![Answer::Overview(Box::new(overview))])
                }
                Question::Team(source) => Ok(vec![Answer::Team(Box::new(self.team(&source)))]),
                Question::Assign(plan, rows) => Ok(vec![Answer::Assign(Box::new(self.ready(plan, &rows)))]),
                Question::Facets(source, listed) => self.facets(&source, &listed, &task.unseen()),
            };
            let Ok(answers) = answers else { return };
            for answer in answers {
                if sender.send(answer).is_err() {
                    return;
                }
            }
            task.request_repaint();
        }
    }

    /// Counts the audits again that events belong to; `None` if there are none.
    fn answered(&mut self, events: Vec<Event>) -> Option<Answer> {
        let of = |event: &Event| event.round.as_ref().map(|round| round.drawn_by().clone());
        let changed: HashSet<StepId> = events.iter().filter_map(of).collect();
        audits::add_events(&mut self.audits, &events);
        assignments::add_events(&mut self.assignments, &events);
        self.answers.extend(events);
        let is_counted = |audit: &Audit| self.counted.iter().any(|counted| counted.id == audit.id);
        let has_changed = |audit: &Audit| changed.iter().any(|step| audit.is_drawn_by(step));
        if self.audits.iter().all(|audit| is_counted(audit) && !has_changed(audit)) {
            return None;
        }
        let known = std::mem::take(&mut self.counted).into_iter();
        let mut known: HashMap<StepId, CountedAudit> = known.map(|counted| (counted.id.clone(), counted)).collect();
        for audit in &self.audits {
            let counted = known.remove(&audit.id).filter(|_| !has_changed(audit));
            self.counted.push(counted.unwrap_or_else(|| CountedAudit::new(audit, &self.session)));
        }
        Some(Answer::Audits(self.counted.clone()))
    }

    /// Whether an audit is a blind one whose rates are not shown yet.
    fn is_open(&self, audit: &Audit) -> bool {
        let counted = self.counted.iter().find(|counted| counted.id == audit.id);
        audit.plan.blind && counted.is_none_or(|counted| !counted.status.finished)
    }

    /// The figures of the team.
    fn team(&self, source: &TeamSource) -> TeamFigures {
        let dataset = &self.session.dataset;
        TeamFigures::count(&TeamInputs {
            dataset,
            events: &self.events,
            answers: &self.shown_answers(),
            audits: &self.audits,
            is_shown: &|audit| !self.is_open(audit),
            assigned: &AssignedRows::new(dataset, &self.assignments),
            sidecars: &source.sidecars,
            now: now(),
        })
    }

    /// Reads the rows of an assignment.
    fn ready(&self, plan: AssignmentPlan, rows: &[SampleIndex]) -> ReadyAssignment {
        let records: Vec<SampleRecord> =
            rows.iter().filter_map(|index| SampleRecord::new(&self.session.dataset, *index)).collect();
        ReadyAssignment { plan, rows: records.iter().map(|record| record.key).collect(), records }
    }

    /// The events of audits, without those of blind ones whose rates are not shown yet.
    fn shown_answers(&self) -> Cow<'_, [Event]> {
        let (open, shown): (Vec<&Audit>, Vec<&Audit>) = self.audits.iter().partition(|audit| self.is_open(audit));
        if open.is_empty() {
            return Cow::Borrowed(&self.answers);
        }
        let is_shown = |event: &&Event| {
            event.round.as_ref().is_some_and(|round| shown.iter().any(|audit| audit.is_drawn_by(round.drawn_by())))
        };
        Cow::Owned(self.answers.iter().filter(is_shown).cloned().collect())
    }

    /// Accepts the set of an audit, or undoes that.
    fn accept(&self, audit: &StepId, set: Option<&[SampleIndex]>) -> Result<Acceptance, String> {
        let dataset = &self.session.dataset;
        let audit = self.audits.iter().find(|known| known.id == *audit).ok_or("there is no such audit")?;
        let all: Vec<Event> = self.events.iter().chain(&self.answers).cloned().collect();
        if audit.accepted_set().is_some() {
            let events = audits::undo_acceptance(audit, dataset, &all, now()).map_err(|error| error.to_string())?;
            return Ok(Acceptance { events, records: Vec::new(), words: "The acceptance is undone.".to_owned() });
        }
        let in_split =
            |index: &SampleIndex| audit.plan.split.as_ref().is_none_or(|split| dataset.split_of(*index).name == *split);
        let rows = set.map_or_else(|| dataset.indices().filter(in_split).collect(), <[SampleIndex]>::to_vec);
        let set = match audit.plan.tiles() {
            None => FoundSet::Rows(rows),
            Some(set) => FoundSet::Tiles(self.tiles_of(set, &rows)?),
        };
        let found = audits::accept_set(audit, dataset, &set, &all, now()).map_err(|error| error.to_string())?;
        let record = |event: &Event| SampleRecord::new(dataset, dataset.find(event.sample)?);
        let (number, unit) = found.units();
        let done =
            audit.plan.tiles().map_or_else(|| "accepted".to_owned(), |set| format!("marked as {}", set.word.label()));
        let words = format!(
            "{} {done}. Kept out: {} that were judged wrong, {} that people judged.",
            count(number, unit),
            grouped(found.kept_out),
            grouped(found.judged)
        );
        Ok(Acceptance { records: found.events.iter().filter_map(record).collect(), events: found.events, words })
    }

    /// The tiles that the rule of a set finds now, in these rows.
    fn tiles_of(&self, set: &TileSet, rows: &[SampleIndex]) -> Result<BTreeSet<SetTile>, String> {
        let store = ExternalStore::open_for_reading(&self.external).map_err(|error| error.to_string())?;
        let store = store.ok_or("the reviews and scores that the rule reads are gone")?;
        let rows: HashSet<SampleIndex> = rows.iter().copied().collect();
        let rule: TileRule = set.rule.parse()?;
        let found = rule.tiles(&store, &self.session.dataset, |index| rows.contains(&index));
        found.map_err(|error| error.to_string())
    }

    fn overview(&self, source: &OverviewSource, progress: &dyn Progress) -> Result<Overview, Cancelled> {
        let inputs = OverviewInputs {
            dataset: &self.session.dataset,
            judgements: self.session.judgements(),
            decisions: self.session.decisions(),
            events: &self.events,
            answers: &self.shown_answers(),
            findings: source.findings.as_deref(),
            missing: &source.missing,
            since: source.since,
        };
        Overview::count(&inputs, progress)
    }

    fn report(&self, source: &OverviewSource, to: PathBuf, progress: &dyn Progress) -> Result<Answer, Cancelled> {
        let dataset = &self.session.dataset;
        let text = report::markdown(&ReportInputs {
            dataset,
            name: &tilejury_data::file_name(&dataset.root),
            annotator: &self.session.annotator,
            judgements: self.session.judgements(),
            overview: &self.overview(source, progress)?,
            at: now(),
        });
        // A file that exists is not overwritten.
        let written = std::fs::File::create_new(&to).and_then(|mut file| file.write_all(text.as_bytes()));
        let written = written.map_err(|error| format!("{}: {error}", to.display()));
        Ok(Answer::Report(written.map(|()| to)))
    }

    fn facets(
        &mut self,
        source: &FacetSource,
        listed: &[SampleIndex],
        progress: &dyn Progress,
    ) -> Result<Vec<Answer>, Cancelled> {
        let dataset = &self.session.dataset;
        let index = self.index.get(dataset);
        let fields = index.fields(dataset, progress)?;
        let facets = facets::count(&FacetInputs {
            dataset,
            listed,
            session: &self.session,
            findings: source.findings.as_deref(),
            index,
            fields: Some(fields),
        });
        let names = (!self.fields_sent).then(|| Answer::Fields(fields.into()));
        self.fields_sent = true;
        Ok(names.into_iter().chain([Answer::Facets(facets)]).collect())
    }
}
