//! The state of an audit: how far it is, and the rates that its answers show so far.

use std::borrow::Borrow;

use serde::Serialize;
use tilejury_data::Dataset;
use tilejury_stats::{
    CountInterval, Level, bands_rate, count_interval, highest_count, most_wrong, running_interval, share_of_negatives,
};

use super::acceptance::is_wrong;
use super::answer::{RowAnswer, Say};
use super::by_machine::{ByMachine, ByMachineFigures};
use super::of_export::OfExport;
use super::plan::{Acceptance, AuditPlan};
use super::stored::Audit;
use crate::merge::machine_annotator;

/// The state of an audit. Its JSON form is documented in docs/json.md and never changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuditStatus {
    /// The name.
    pub name: String,
    /// The planned number of rows.
    pub planned: u64,
    /// The rows that count: those before the first row without an answer.
    pub judged: u64,
    /// The rows with an answer after that one; they count once the gap is closed.
    pub after_gap: u64,
    /// Whether all planned rows count.
    pub finished: bool,
    /// Rows with a false negative.
    pub rows: RateFigures,
    /// Negatives that are relevant.
    pub negatives: NegativesFigures,
    /// Rows whose positive is wrong.
    pub wrong_positives: RateFigures,
    /// The interval of the rows that holds whenever a person stops.
    pub running: RunningFigures,
    /// The interval of the rows, whatever the answer to those that were left unsure.
    pub unsure: UnsureFigures,
    /// Whether the rate is below the limit of the plan, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below: Option<BelowFigures>,
    /// The figures by the word of a machine, if the draw is divided by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_machine: Option<ByMachineFigures>,
    /// Whether the set that was drawn from may be accepted, if the plan asks that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<AcceptanceFigures>,
    /// The export that it is of, if the rows are one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of_export: Option<OfExport>,
    /// Rows whose annotators said different things.
    pub disputed: u64,
    /// Tiles that cannot be read; they count nowhere.
    pub broken: u64,
}

/// A rate of rows. Shares are from 0 to 1; fields are null as long as nothing is known of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RateFigures {
    /// The affected rows.
    pub hits: u64,
    /// The rows that count.
    pub n: u64,
    /// The rows that are drawn from.
    pub population: u64,
    /// The lower end of the interval.
    pub low: Option<f64>,
    /// Its upper end.
    pub high: Option<f64>,
    /// The lower end in rows of the population.
    pub low_count: Option<u64>,
    /// The upper end in rows of the population.
    pub high_count: Option<u64>,
    /// The share in the sample.
    pub estimate: Option<f64>,
    /// The level of the interval.
    pub level: f64,
    /// The formula: `hypergeometric`, or `prior-posterior-ratio` before the planned number.
    pub method: &'static str,
    /// Whether only the upper end was planned; then the lower one is 0.
    pub one_sided: bool,
}

/// The share of negatives.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NegativesFigures {
    /// The relevant negatives.
    pub hits: u64,
    /// The decided negatives.
    pub n: u64,
    /// Those that were only confirmed by accepting their row.
    pub confirmed: u64,
    /// The number of independent negatives that would say as much.
    pub effective_n: Option<f64>,
    /// The design effect.
    pub deff: Option<f64>,
    /// The lower end of the interval; null before the planned number of rows.
    pub low: Option<f64>,
    /// Its upper end.
    pub high: Option<f64>,
    /// The share in the sample.
    pub estimate: Option<f64>,
    /// The level of the interval.
    pub level: f64,
    /// The formula: `korn-graubard`.
    pub method: &'static str,
}

/// The question whether the rate is below a limit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BelowFigures {
    /// The limit as a share.
    pub limit: f64,
    /// The highest number of affected rows with which it is shown.
    pub allowed: u64,
    /// Whether it is shown, unsure rows counted as affected; null before the planned number of
    /// rows.
    pub shown: Option<bool>,
}

/// Whether a whole set may be accepted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AcceptanceFigures {
    /// The annotator that accepts: `machine:` and a name.
    pub annotator: String,
    /// The rows of the set.
    pub set: u64,
    /// The number of wrong rows in the set that is shown not to be exceeded.
    pub most_wrong: u64,
    /// The highest number of wrong rows in the draw with which that is shown.
    pub allowed: u64,
    /// The wrong and undecided rows so far.
    pub wrong: u64,
    /// Whether it is shown; null before the planned number of rows.
    pub shown: Option<bool>,
    /// The rows that were accepted; null if they were not.
    pub accepted: Option<usize>,
}

/// The interval that holds whenever a person stops.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RunningFigures {
    /// The lower end, all unsure rows counted as unaffected.
    pub low: Option<f64>,
    /// The upper end, all unsure rows counted as affected.
    pub high: Option<f64>,
    /// Its level: above that of the plan, so that a person may look at both.
    pub level: f64,
}

/// The bounds with unsure and disputed rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct UnsureFigures {
    /// The number of those rows.
    pub rows: u64,
    /// The lower end of the interval with all of them counted as unaffected.
    pub low: Option<f64>,
    /// The upper end with all of them counted as affected.
    pub high: Option<f64>,
}

impl AuditStatus {
    /// Counts the answers of an audit. A drawn row that the dataset does not hold, or that cannot
    /// be read, is a gap.
    pub fn new(audit: &Audit, dataset: &Dataset) -> Self {
        let sample = |key: &_| dataset.find(*key).and_then(|index| dataset.sample(index).ok());
        let answers: Vec<Option<RowAnswer>> = audit.rows.iter().map(|key| audit.answer(&sample(key)?)).collect();
        let mut status = Self::from_answers(&audit.plan, &answers);
        if let Some(acceptance) = &mut status.acceptance {
            acceptance.accepted = audit.accepted_set().map(|set| set.rows);
        }
        status
    }

    /// The state of a plan by the answers to its rows, in the order of the draw; a row without an
    /// answer is a gap.
    pub fn from_answers(plan: &AuditPlan, answers: &[Option<impl Borrow<RowAnswer>>]) -> Self {
        let prefix: Vec<&RowAnswer> = answers.iter().map_while(|answer| Some(answer.as_ref()?.borrow())).collect();
        let judged = prefix.len() as u64;
        let finished = judged >= plan.rows;
        let interval =
            Intervals { population: plan.population, level: plan.level(), finished, one_sided: plan.below.is_some() };
        let said = |question: fn(&RowAnswer) -> Say| prefix.iter().map(|answer| question(answer)).collect::<Vec<_>>();
        let affected = said(RowAnswer::has_false_negative);
        let (hits, open) = (count(&affected, |say| say == Say::Yes), count(&affected, Say::is_open));
        let is_disputed = |answer: &&&RowAnswer| answer.says().any(|say| *say == Say::Disputed);
        let running =
            |hits: u64| running_interval(plan.population, judged, hits, Level::CAUTIOUS).filter(|_| judged > 0);
        let share = |found: Option<CountInterval>| found.map(|found| found.share_of(plan.population));
        let rows = interval.rate(hits, judged);
        let unsure = UnsureFigures { rows: open, low: rows.low, high: interval.rate(hits + open, judged).high };
        let mut status = Self {
            name: plan.name.clone(),
            planned: plan.rows,
            judged,
            after_gap: answers.iter().flatten().count() as u64 - judged,
            finished,
            rows,
            negatives: negatives(&prefix, plan.population, plan.level(), finished),
            wrong_positives: interval.rate(count(&said(|answer| answer.positive), |say| say == Say::Yes), judged),
            running: RunningFigures {
                low: share(running(hits)).map(|ends| ends.low),
                high: share(running(hits + open)).map(|ends| ends.high),
                level: Level::CAUTIOUS.value(),
            },
            unsure,
            below: plan.below.map(|below| BelowFigures {
                limit: below.limit,
                allowed: below.allowed,
                shown: finished.then_some(hits + open <= below.allowed),
            }),
            by_machine: None,
            acceptance: plan.acceptance.as_ref().map(|accept| acceptance(plan, accept, &prefix)),
            of_export: plan.of_export.clone(),
            disputed: prefix.iter().filter(is_disputed).count() as u64,
            broken: prefix.iter().map(|answer| answer.broken()).sum(),
        };
        if let Some(by) = &plan.by_machine {
            status.divide_by_word(by, &prefix, plan.level());
        }
        status
    }

    /// Replaces the figures of a simple random sample by those of a draw that is divided by the
    /// word of a machine. There are intervals only once all planned rows count.
    fn divide_by_word(&mut self, by: &ByMachine, prefix: &[&RowAnswer], level: Level) {
        let rate = |counts: &dyn Fn(&RowAnswer) -> bool| {
            let bands = by.bands(prefix, counts);
            let population: u64 = bands.iter().map(|band| band.population).sum();
            let found = bands_rate(&bands, level).filter(|_| self.finished);
            let rows = |share: f64| share * population as f64;
            RateFigures {
                hits: bands.iter().map(|band| band.hits).sum(),
                n: self.judged,
                population,
                low: found.map(|found| found.interval.low),
                high: found.map(|found| found.interval.high),
                low_count: found.map(|found| rows(found.interval.low).floor() as u64),
                high_count: found.map(|found| rows(found.interval.high).ceil() as u64),
                estimate: found.map(|found| found.estimate),
                level: level.value(),
                method: "bands",
                one_sided: false,
            }
        };
        let affected = |answer: &RowAnswer| answer.has_false_negative();
        let (rows, wrong_positives) =
            (rate(&|answer| affected(answer) == Say::Yes), rate(&|one| one.positive == Say::Yes));
        let at_most = rate(&|answer| affected(answer) == Say::Yes || affected(answer).is_open());
        self.unsure = UnsureFigures { rows: self.unsure.rows, low: rows.low, high: at_most.high };
        (self.rows, self.wrong_positives) = (rows, wrong_positives);
        self.running = RunningFigures { level: self.running.level, ..RunningFigures::default() };
        // Some words are drawn more often than others: the plain share of negatives is the draw's.
        let NegativesFigures { hits, n, confirmed, .. } = self.negatives;
        self.negatives = NegativesFigures { hits, n, confirmed, level: level.value(), ..NegativesFigures::default() };
        self.by_machine = Some(by.figures(prefix, level, self.finished));
    }
}

fn count(says: &[Say], is_wanted: impl Fn(Say) -> bool) -> u64 {
    says.iter().filter(|say| is_wanted(**say)).count() as u64
}

fn acceptance(plan: &AuditPlan, accept: &Acceptance, prefix: &[&RowAnswer]) -> AcceptanceFigures {
    let wrong = prefix.iter().filter(|answer| is_wrong(answer)).count() as u64;
    AcceptanceFigures {
        annotator: machine_annotator(&accept.machine),
        set: plan.population,
        most_wrong: most_wrong(plan.population, accept.share),
        allowed: accept.allowed,
        wrong,
        shown: (prefix.len() as u64 >= plan.rows).then_some(wrong <= accept.allowed),
        accepted: None,
    }
}

fn negatives(prefix: &[&RowAnswer], population: u64, level: Level, finished: bool) -> NegativesFigures {
    let counts: Vec<_> = prefix.iter().map(|answer| answer.count()).collect();
    let found = share_of_negatives(population, &counts, level);
    let interval = found.filter(|_| finished);
    NegativesFigures {
        hits: counts.iter().map(|count| count.hits).sum(),
        n: counts.iter().map(|count| count.decided).sum(),
        confirmed: prefix.iter().map(|answer| answer.confirmed).sum(),
        effective_n: found.map(|found| found.effective_n),
        deff: found.map(|found| found.design_effect),
        low: interval.map(|found| found.interval.low),
        high: interval.map(|found| found.interval.high),
        estimate: found.map(|found| found.estimate),
        level: level.value(),
        method: "korn-graubard",
    }
}

/// The kind of interval that an audit has now.
struct Intervals {
    population: u64,
    level: Level,
    finished: bool,
    one_sided: bool,
}

impl Intervals {
    /// The rate of `hits` of the first `n` rows of the draw.
    fn rate(&self, hits: u64, n: u64) -> RateFigures {
        let Self { population, finished, one_sided, .. } = *self;
        let level = if finished { self.level } else { Level::CAUTIOUS };
        let found = match (finished, one_sided) {
            _ if n == 0 => None,
            (true, true) => highest_count(population, n, hits, level).map(|high| CountInterval { low: 0, high }),
            (true, false) => count_interval(population, n, hits, level),
            (false, _) => running_interval(population, n, hits, level),
        };
        let share = found.map(|found| found.share_of(population));
        RateFigures {
            hits,
            n,
            population,
            low: share.map(|ends| ends.low),
            high: share.map(|ends| ends.high),
            low_count: found.map(|found| found.low),
            high_count: found.map(|found| found.high),
            estimate: (n > 0).then(|| hits as f64 / n as f64),
            level: level.value(),
            method: if finished { "hypergeometric" } else { "prior-posterior-ratio" },
            one_sided: finished && one_sided,
        }
    }
}
