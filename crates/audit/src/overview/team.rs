//! The figures of a team for the person who leads it: of each annotator the rows judged, the part,
//! the pace, the agreement with others, the drift, and what waits for adjudication.
//!
//! Adds up what other modules count. Opens no file.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use tilejury_data::{Dataset, SampleIndex, SampleKey};

use super::team_rows::{TeamNumber, TeamRows};
use super::work::{self, AnnotatorWork, RowsOfWork, WorkBlock};
use crate::annotators::{
    AgreementFigures, AnsweredRow, AnsweredRows, Counted, adjudicated_rows, against_gold, agreement_with_others,
    differences, shared_with_others,
};
use crate::assignments::AssignedRows;
use crate::audits::Audit;
use crate::event::Event;
use crate::judgement::Verdict;
use crate::merge;
use crate::role::Role;
use crate::step::StepId;
use crate::time::Timestamp;

/// The data that the figures are made from.
pub struct TeamInputs<'a> {
    /// The dataset.
    pub dataset: &'a Dataset,
    /// The events of all annotators that count, in stored order.
    pub events: &'a [Event],
    /// The events of audits whose figures may be shown.
    pub answers: &'a [Event],
    /// All audits: parts are counted in each.
    pub audits: &'a [Audit],
    /// Whether the figures of an audit may be shown.
    pub is_shown: &'a dyn Fn(&Audit) -> bool,
    /// The assigned rows.
    pub assigned: &'a AssignedRows,
    /// The annotators with events in several sidecars, and the number of these.
    pub sidecars: &'a BTreeMap<String, usize>,
    /// The present time.
    pub now: Timestamp,
}

/// The figures of a team. The JSON form is documented in docs/json.md.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TeamFigures {
    /// The people, those with most rows first.
    pub annotators: Vec<TeamMember>,
    /// The rows that wait for adjudication: those that count, and those of audits.
    pub to_adjudicate: Vec<WaitingRows>,
    /// The rows behind the numbers, for the search `team:`.
    #[serde(skip)]
    pub rows: TeamRows,
}

/// Rows that wait for adjudication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaitingRows {
    /// The audit; null for the judgements that count.
    pub audit: Option<String>,
    /// The number of rows.
    pub rows: usize,
}

/// The figures of one person.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TeamMember {
    /// The name.
    pub annotator: String,
    /// The rows with a verdict that counts.
    pub judged: usize,
    /// Those of them that were accepted.
    pub accepted: usize,
    /// Rejected.
    pub rejected: usize,
    /// Left unsure.
    pub unsure: usize,
    /// The rows judged today, those of audits included, by this machine's clock and time zone.
    pub today: usize,
    /// The rows that are assigned or of audits, and those of them that are done; null if none are.
    pub part: Option<PartDone>,
    /// The median seconds from one verdict to the next; null for too few.
    pub seconds: Option<f64>,
    /// The rows an hour that these are.
    pub rows_an_hour: Option<f64>,
    /// The agreement with others on whether a negative is relevant; null without shared rows.
    pub agreement: Option<AgreementFigures>,
    /// The first and the last block of the rows, in the order of judging; null for one block.
    pub drift: Option<[WorkBlock; 2]>,
    /// The rows that wait for adjudication in which this person gave an answer.
    pub differs: usize,
    /// The answers to gold rows, and those of them that were wrong.
    pub gold: Option<GoldAnswers>,
    /// The time of the last change, by the clock of its machine.
    pub last_seen: Option<String>,
    /// The sidecars that the person judged in: two may be two people with one name.
    pub sidecars: usize,
}

/// The rows of a person's part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PartDone {
    /// Those with a verdict.
    pub done: usize,
    /// All of them.
    pub rows: usize,
    /// Those of them that are assigned outside of audits.
    pub assigned: usize,
}

/// The answers of a person about the negatives of gold rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GoldAnswers {
    /// The gold rows with a wrong answer.
    pub failed: u64,
    /// All gold rows with an answer.
    pub rows: u64,
    /// The wrong answers.
    pub wrong: u64,
    /// All answers.
    pub answers: u64,
}

impl TeamFigures {
    /// Counts everything. Reads the rows that were judged.
    pub fn count(inputs: &TeamInputs<'_>) -> Self {
        let mut members: BTreeMap<String, TeamMember> = BTreeMap::new();
        let mut parts: BTreeMap<String, PartDone> = BTreeMap::new();
        let mut rows = TeamRows::default();
        judged(inputs, &mut members, &mut parts, &mut rows);
        for work in work::annotators_of(inputs.dataset, inputs.events.iter().chain(inputs.answers), Some(inputs.now)) {
            of_work(member(&mut members, &work.0.name), &work);
            rows_of_work(inputs.dataset, &work, &mut rows);
        }
        parts_of_audits(inputs, &mut parts, &mut rows);
        for (name, part) in parts.into_iter().filter(|(_, part)| part.rows > 0) {
            member(&mut members, &name).part = Some(part);
        }
        let to_adjudicate = compared(inputs, &mut members, &mut rows);
        for (name, one) in &mut members {
            one.sidecars = inputs.sidecars.get(name).copied().unwrap_or(1);
        }
        let mut annotators: Vec<TeamMember> = members.into_values().collect();
        annotators.retain(|one| Role::of(&one.annotator) != Role::Machine);
        annotators.sort_by_key(|one| std::cmp::Reverse(one.judged.max(one.part.map_or(0, |part| part.done))));
        Self { annotators, to_adjudicate, rows }
    }
}

fn member<'m>(members: &'m mut BTreeMap<String, TeamMember>, name: &str) -> &'m mut TeamMember {
    members.entry(name.to_owned()).or_insert_with(|| TeamMember { annotator: name.to_owned(), ..TeamMember::default() })
}

/// The verdicts that count, the last change of each person, and the assigned rows.
fn judged(
    inputs: &TeamInputs<'_>,
    members: &mut BTreeMap<String, TeamMember>,
    parts: &mut BTreeMap<String, PartDone>,
    rows: &mut TeamRows,
) {
    let mut last: HashMap<&str, Timestamp> = HashMap::new();
    // Assignments are rounds of this kind, too.
    let is_of_audit = |step: &StepId| inputs.audits.iter().any(|audit| audit.is_drawn_by(step));
    let is_answer = |event: &&Event| {
        !event.begins_audit() && event.round.as_ref().is_some_and(|round| is_of_audit(round.drawn_by()))
    };
    let answers = inputs.answers.iter().filter(is_answer);
    for event in inputs.events.iter().chain(answers) {
        let at = last.entry(&event.annotator).or_insert(event.at);
        *at = event.at.max(*at);
    }
    for (name, at) in last {
        member(members, name).last_seen = Some(at.to_string());
    }
    let mut done: HashMap<String, BTreeSet<SampleIndex>> = HashMap::new();
    for (name, judgements) in merge::by_annotator(inputs.events) {
        let done = done.entry(name.clone()).or_default();
        for (key, judgement) in judgements {
            let (Some(index), Some(verdict)) = (inputs.dataset.find(key), judgement.verdict) else { continue };
            done.insert(index);
            let one = member(members, &name);
            one.judged += 1;
            match verdict {
                Verdict::Accept => one.accepted += 1,
                Verdict::Reject => one.rejected += 1,
                Verdict::Unsure => one.unsure += 1,
            }
        }
    }
    for name in inputs.assigned.annotators() {
        let part = parts.entry(name.to_owned()).or_default();
        for index in inputs.assigned.of(name) {
            part.rows += 1;
            part.assigned += 1;
            part.done += usize::from(done.get(name).is_some_and(|rows| rows.contains(&index)));
        }
        rows.add(name, TeamNumber::Part, inputs.assigned.of(name));
    }
}

fn of_work(one: &mut TeamMember, (work, rows): &(AnnotatorWork, RowsOfWork)) {
    one.today = rows.today.len();
    one.seconds = work.seconds;
    one.rows_an_hour = work.seconds.filter(|seconds| *seconds > 0.0).map(|seconds| 3600.0 / seconds);
    if let [first, .., last] = &work.blocks[..] {
        one.drift = Some([first.clone(), last.clone()]);
    }
}

fn rows_of_work(dataset: &Dataset, (work, of): &(AnnotatorWork, RowsOfWork), rows: &mut TeamRows) {
    let mut add = |number: TeamNumber, keys: &[SampleKey]| rows.add(&work.name, number, found(dataset, keys));
    add(TeamNumber::Today, &of.today);
    add(TeamNumber::Pace, &of.in_order);
    if let [first, .., last] = &work.blocks[..] {
        add(TeamNumber::First, &of.in_order[..first.rows]);
        add(TeamNumber::Last, &of.in_order[of.in_order.len() - last.rows..]);
    }
}

fn found<'k>(dataset: &Dataset, keys: impl IntoIterator<Item = &'k SampleKey>) -> impl Iterator<Item = SampleIndex> {
    keys.into_iter().filter_map(|key| dataset.find(*key))
}

/// The parts in audits that name their annotators.
fn parts_of_audits(inputs: &TeamInputs<'_>, parts: &mut BTreeMap<String, PartDone>, rows: &mut TeamRows) {
    for audit in inputs.audits {
        for name in &audit.plan.annotators {
            let keys = audit.part_of(name);
            let part = parts.entry(name.clone()).or_default();
            part.rows += keys.len();
            part.done += keys.iter().filter(|key| audit.has_answer(name, **key)).count();
            rows.add(name, TeamNumber::Part, found(inputs.dataset, &keys));
        }
    }
}

/// The agreement, the rows that wait, and the gold rows.
fn compared(
    inputs: &TeamInputs<'_>,
    members: &mut BTreeMap<String, TeamMember>,
    team_rows: &mut TeamRows,
) -> Vec<WaitingRows> {
    let dataset = inputs.dataset;
    let shown: Vec<&Audit> = inputs.audits.iter().filter(|audit| (inputs.is_shown)(audit)).collect();
    let mut sources = vec![(AnsweredRows::standing(inputs.events, dataset, Counted::All), false)];
    sources.extend(
        shown
            .iter()
            .map(|audit| (AnsweredRows::of_audit(audit, dataset, Counted::All), audit.plan.adjudicate_relevant)),
    );
    let mut waiting = Vec::new();
    for (rows, findings) in &sources {
        let by_key: HashMap<SampleKey, &AnsweredRow> = rows.rows.iter().map(|row| (row.key, row)).collect();
        let mut open = 0;
        for row in differences(rows, dataset, *findings).iter().filter(|row| !row.is_settled()) {
            open += 1;
            let Some(answered) = by_key.get(&row.key) else { continue };
            for (name, _) in rows.annotators.iter().zip(&answered.answers).filter(|(_, answer)| answer.is_some()) {
                member(members, name).differs += 1;
            }
        }
        if open > 0 {
            waiting.push(WaitingRows { audit: rows.audit.clone(), rows: open });
        }
    }
    let mut looks = vec![AnsweredRows::standing(inputs.events, dataset, Counted::LooksOnly)];
    looks.extend(shown.iter().map(|audit| AnsweredRows::of_audit(audit, dataset, Counted::LooksOnly)));
    for (name, figures) in agreement_with_others(&looks) {
        member(members, &name).agreement = Some(figures);
    }
    for (name, shared) in shared_with_others(&looks) {
        team_rows.add(&name, TeamNumber::Agreement, shared.iter().map(|row| row.index));
        let differs = shared.iter().filter(|row| row.differs);
        team_rows.add(&name, TeamNumber::Disagreement, differs.map(|row| row.index));
    }
    for audit in &shown {
        let others: Vec<&Audit> = inputs.audits.iter().filter(|other| other.id != audit.id).collect();
        for one in against_gold(audit, &adjudicated_rows(&others, inputs.events, dataset), dataset) {
            let gold = member(members, &one.annotator).gold.get_or_insert_default();
            gold.rows += one.rows;
            gold.failed += one.failed.len() as u64;
            gold.answers += one.sensitivity.n + one.specificity.n;
            gold.wrong += one.sensitivity.n - one.sensitivity.hits + one.specificity.n - one.specificity.hits;
            team_rows.add(&one.annotator, TeamNumber::GoldFailed, found(dataset, &one.failed));
        }
    }
    waiting
}
