//! Numbers about the judgements that are shown or offered: the pace of this session, tags in use,
//! counts over all rows.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use tilejury_audit::merge::{AnnotatorScope, JudgedRows};
use tilejury_audit::pace::{DayCount, JudgingPace, PaceReport};
use tilejury_audit::stats::AnswerCounts;
use tilejury_audit::{AuditSession, Conflict, Event, now};
use tilejury_data::{Dataset, SampleIndex};

use crate::answer_counting::{AnswerCounting, CountedAnswers};
use crate::insights::Insights;
use crate::searcher::Searcher;

/// The numbers.
pub(crate) struct ReviewStats {
    opened: Instant,
    pace: JudgingPace,
    today: DayCount,
    /// Every tag in use with its number of samples, the most used first.
    tags: Vec<(String, usize)>,
    answers: AnswerCounting,
    counts: Option<AnswerCounts>,
    revision: u64,
    dataset: Arc<Dataset>,
    judged_rows: JudgedRows,
    /// The overview and the facets.
    pub(crate) insights: Insights,
}

impl ReviewStats {
    /// Starts the counting thread, which begins after the first sample is visible. The events are
    /// everybody's in stored order: those that count, and those of audits. `external`: the file
    /// with imports, which need not exist.
    pub(super) fn start(
        dataset: Arc<Dataset>,
        (events, audit_events): (Vec<Event>, Vec<Event>),
        annotator: String,
        (searcher, external): (&Searcher, PathBuf),
        wake: &egui::Context,
    ) -> std::io::Result<Self> {
        let today = DayCount::new(&dataset, &events, &annotator, now());
        let mut judged_rows = JudgedRows::default();
        judged_rows.add(&dataset, &events);
        let events = Arc::new(events);
        let counted = (events.clone(), audit_events);
        let index = searcher.shared_index();
        let insights = Insights::start(dataset.clone(), counted, annotator.clone(), (index, external), wake)?;
        Ok(Self {
            opened: Instant::now(),
            pace: JudgingPace::default(),
            today,
            tags: Vec::new(),
            answers: AnswerCounting::start(dataset.clone(), events, annotator, searcher.gate(), wake)?,
            counts: None,
            revision: 0,
            dataset,
            judged_rows,
            insights,
        })
    }

    /// The pace of this session.
    pub(crate) fn pace(&self) -> PaceReport {
        self.pace.report()
    }

    /// The number of samples that the annotator judged today, in this session and before.
    pub(crate) fn today(&self) -> usize {
        self.today.count(now())
    }

    /// Every tag in use with its number of samples, the most used first.
    pub(crate) fn tags(&self) -> &[(String, usize)] {
        &self.tags
    }

    /// The counts over all rows from the answers of this annotator; `None` until the first count.
    /// They follow judgements after a moment.
    pub(crate) fn counts(&self) -> Option<&AnswerCounts> {
        self.counts.as_ref()
    }

    /// A number that grows whenever anything was judged, here or by others.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// The rows with a verdict of each annotator.
    pub(super) fn judged_rows(&self) -> &JudgedRows {
        &self.judged_rows
    }

    /// Counts a sample as judged in this session.
    pub(super) fn sample_judged(&mut self, sample: SampleIndex) {
        self.pace.judged(sample, self.opened.elapsed());
        self.today.judged(sample, now());
    }

    /// Counts a sample for the pace alone.
    pub(super) fn answered(&mut self, sample: SampleIndex) {
        self.pace.judged(sample, self.opened.elapsed());
    }

    /// A sample's verdict was cleared or undone.
    pub(super) fn verdict_cleared(&mut self, sample: SampleIndex) {
        self.pace.undone(sample);
        self.today.undone(sample);
    }

    /// A sample has a verdict again that was undone before.
    pub(super) fn verdict_restored(&mut self, sample: SampleIndex) {
        self.pace.redone(sample);
        self.today.redone(sample);
    }

    /// Counts the tags of a session again.
    pub(super) fn count_tags(&mut self, session: &AuditSession) {
        self.tags = session.tags().into_iter().map(|(tag, count)| (tag.to_owned(), count)).collect();
    }

    /// Hands over events as they are stored, by this session or others.
    pub(super) fn events_added(&mut self, events: Vec<Event>) {
        self.revision += 1;
        self.judged_rows.add(&self.dataset, &events);
        self.insights.judged(events.clone());
        self.answers.judged(events);
    }

    /// Hands over events of rounds as they are stored.
    pub(super) fn round_events_added(&mut self, events: &[Event]) {
        if !events.is_empty() {
            self.revision += 1;
            self.insights.answered(events.to_vec());
        }
    }

    /// Hands over events of a step that goes on: nothing is counted again before its end.
    pub(super) fn events_in_parts(&mut self, events: Vec<Event>) {
        if !events.is_empty() {
            self.insights.judged(events.clone());
            self.answers.judged(events);
        }
    }

    /// A step whose events were handed over in parts is complete.
    pub(super) fn step_added(&mut self) {
        self.revision += 1;
    }

    /// Asks for the conflicts among these judgements instead of everybody's.
    pub(super) fn conflicts_of(&self, scope: AnnotatorScope) {
        self.answers.conflicts_of(scope);
    }

    /// The conflicts of the newest count, if there is a new one; an error if counting ended.
    pub(super) fn receive(&mut self) -> Option<Result<Vec<Conflict>, String>> {
        Some(self.answers.counted()?.map(|CountedAnswers { own, conflicts }| {
            self.counts = Some(own);
            conflicts
        }))
    }
}
