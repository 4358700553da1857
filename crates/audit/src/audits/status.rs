//! The state of an audit: how far it is, and the rates that its answers show so far.

use std::borrow::Borrow;

use serde::Serialize;
use tilejury_data::Dataset;
use tilejury_stats::{CountInterval, Level, RowCount, bands_rate};

use super::answer::{RowAnswer, Say};
use super::bands::saving;
use super::by_machine::ByMachineFigures;
use super::continued::Continues;
use super::counted::{Counted, is_affected, may_be_affected};
use super::figures::{
    AcceptanceFigures, BandFigures, BandsFigures, BelowFigures, FirstFigures, NegativesFigures, OpenFigures,
    RateFigures, RunningFigures, UnsureFigures,
};
use super::of_export::OfExport;
use super::outlook::{half_width_at_end, outlook};
use super::plan::AuditPlan;
use super::stored::Audit;

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
    /// Half the width to expect of the interval of the rows once all planned rows count, as a
    /// share, if they go on as they are; none of a finished audit, and of one with a limit.
    pub half_width_at_end: Option<f64>,
    /// The bands, if rows were drawn within bands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bands: Option<BandsFigures>,
    /// The most suspicious rows, if all of them are judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<FirstFigures>,
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
    /// Rows whose annotators or adjudicators said different things.
    pub disputed: u64,
    /// Rows on which adjudicators differ; they are open until that is settled.
    pub adjudicators_differ: u64,
    /// Drawn rows that changed since the audit was planned; their negatives are open.
    pub changed: u64,
    /// The earlier audit whose draw it continues or repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continues: Option<Continues>,
    /// Tiles that cannot be read; they count nowhere.
    pub broken: u64,
}

impl AuditStatus {
    /// Counts the answers of an audit. A drawn row that the dataset does not hold, or that cannot
    /// be read, is a gap.
    pub fn new(audit: &Audit, dataset: &Dataset) -> Self {
        let sample = |key: &_| dataset.find(*key).and_then(|index| dataset.sample(index).ok());
        let (mut changed, mut answers) = (0, Vec::with_capacity(audit.rows.len()));
        for key in &audit.rows {
            let sample = sample(key);
            changed += u64::from(sample.as_ref().is_some_and(|sample| audit.has_changed(sample)));
            answers.push(sample.and_then(|sample| audit.answer(&sample)));
        }
        let mut status = Self::from_answers(&audit.plan, &answers);
        status.changed = changed;
        status.adjudicators_differ = audit.rows_adjudicated_differently(|key| sample(&key)).count() as u64;
        status.continues = audit.continues.clone();
        if let Some(acceptance) = &mut status.acceptance {
            acceptance.accepted = audit.accepted_set().map(|set| set.units());
        }
        status
    }

    /// The state of a plan by the answers to its rows, in the order of the draw; a row without an
    /// answer is a gap.
    pub fn from_answers(plan: &AuditPlan, answers: &[Option<impl Borrow<RowAnswer>>]) -> Self {
        let answers: Vec<Option<&RowAnswer>> = answers.iter().map(|answer| Some(answer.as_ref()?.borrow())).collect();
        let counted = Counted::new(plan, &answers);
        let share = |found: Option<CountInterval>| found.map(|found| found.share_of(plan.population));
        let rows = counted.rate(&is_affected);
        let number = |is_wanted: &dyn Fn(&RowAnswer) -> bool| counted.all().filter(|row| is_wanted(row)).count() as u64;
        let judged = counted.number();
        Self {
            name: plan.name.clone(),
            planned: plan.rows,
            judged,
            after_gap: answers.iter().flatten().count() as u64 - judged,
            finished: counted.finished,
            negatives: counted.negatives(),
            wrong_positives: counted.rate(&|answer| answer.positive == Say::Yes),
            running: RunningFigures {
                low: share(counted.running(&is_affected)).map(|ends| ends.low),
                high: share(counted.running(&may_be_affected)).map(|ends| ends.high),
                level: Level::CAUTIOUS.value(),
            },
            unsure: unsure(&counted, &rows),
            half_width_at_end: half_width_at_end(plan, &counted),
            bands: bands(plan, &counted),
            first: first(plan, &counted),
            below: plan.below.map(|below| outlook(plan, below, &counted)),
            by_machine: by_machine(plan, &counted),
            acceptance: plan.acceptance.as_ref().map(|accept| AcceptanceFigures::new(plan, accept, &counted)),
            of_export: plan.of_export.clone(),
            adjudicators_differ: 0,
            changed: 0,
            continues: None,
            disputed: number(&|answer| answer.says().any(|say| *say == Say::Disputed)),
            broken: counted.all().map(RowAnswer::broken).sum(),
            rows,
        }
    }
}

/// The bounds with all open answers as no and as yes; `rows`: the rate with them as no.
fn unsure(counted: &Counted<'_>, rows: &RateFigures) -> UnsureFigures {
    let number = |is_open: &dyn Fn(&RowAnswer) -> bool| counted.all().filter(|answer| is_open(answer)).count() as u64;
    let is_wrong = |answer: &RowAnswer| answer.positive == Say::Yes;
    let may_be_wrong = |answer: &RowAnswer| is_wrong(answer) || answer.positive.is_open();
    let negatives = |yes: bool| {
        let with_open = |answer: &RowAnswer| {
            let (counts, open) = (answer.count(), answer.open_negatives());
            RowCount { hits: counts.hits + if yes { open } else { 0 }, decided: counts.decided + open }
        };
        counted.share_of_negatives(&with_open).filter(|_| counted.finished).map(|found| found.interval)
    };
    let open = number(&|answer| answer.has_false_negative().is_open());
    UnsureFigures {
        rows: open,
        left_out: counted.without(open, rows),
        low: rows.low,
        high: counted.rate(&may_be_affected).high,
        negatives: OpenFigures {
            open: counted.all().map(RowAnswer::open_negatives).sum(),
            low: negatives(false).map(|ends| ends.low),
            high: negatives(true).map(|ends| ends.high),
        },
        wrong_positives: OpenFigures {
            open: number(&|answer| answer.positive.is_open()),
            low: counted.rate(&is_wrong).low,
            high: counted.rate(&may_be_wrong).high,
        },
    }
}

fn bands(plan: &AuditPlan, counted: &Counted<'_>) -> Option<BandsFigures> {
    let bands = plan.bands.as_ref()?;
    let counts = counted.parts(&is_affected)?;
    let found = bands_rate(&counts, plan.level()).filter(|_| counted.finished);
    let plain = found.map(|found| saving(counted.number(), found.effective_n, plan.population as f64).plain);
    let bands = counts.iter().zip(&bands.drawn).map(|(band, planned)| BandFigures {
        population: band.population,
        planned: *planned,
        n: band.drawn,
        hits: band.hits,
    });
    Some(BandsFigures { bands: bands.collect(), effective_n: found.map(|found| found.effective_n), plain_rows: plain })
}

fn by_machine(plan: &AuditPlan, counted: &Counted<'_>) -> Option<ByMachineFigures> {
    let by = plan.by_machine.as_ref()?;
    Some(ByMachineFigures::new(by, &counted.parts(&is_affected)?, plan.level(), counted.finished))
}

fn first(plan: &AuditPlan, counted: &Counted<'_>) -> Option<FirstFigures> {
    plan.first.as_ref().map(|first| FirstFigures {
        planned: first.rows,
        judged: counted.first.len() as u64,
        hits: counted.first_hits(&is_affected),
        rest: counted.drawn_from(),
        drawn: counted.drawn.len() as u64,
        drawn_hits: counted.drawn_hits(&is_affected),
    })
}
