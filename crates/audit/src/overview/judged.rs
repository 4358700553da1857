//! Counts of judgements: verdicts by day, reasons, false negatives by position, and annotators.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use tilejury_data::{Sample, TilePath};

use super::OverviewInputs;
use super::bar::Bar;
use crate::judgement::{Reason, Relevance, Verdict};
use crate::merge;
use crate::search::quote;
use crate::session::can_have_reasons;

/// The verdicts of one day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DayVerdicts {
    /// The day in the system's time zone: `2025-03-21`.
    pub day: String,
    /// The rows that were accepted.
    pub accepted: usize,
    /// The rows that were rejected.
    pub rejected: usize,
    /// The search that lists them.
    pub search: String,
}

/// The negatives at a position of their rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PositionCount {
    /// The position, from 1.
    pub position: usize,
    /// The negatives there that were judged relevant or not relevant.
    pub judged: usize,
    /// The relevant ones: false negatives.
    pub false_negatives: usize,
    /// The search that lists the rows of these.
    pub search: String,
}

impl PositionCount {
    fn new(position: usize) -> Self {
        Self { position, search: format!("fn-at:{position}"), ..Self::default() }
    }
}

/// The rows of an annotator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AnnotatorCount {
    /// The name.
    pub name: String,
    /// The rows with a verdict.
    pub judged: usize,
    /// The accepted ones.
    pub accepted: usize,
    /// The rejected ones.
    pub rejected: usize,
    /// The unsure ones.
    pub unsure: usize,
    /// The search that lists them.
    pub search: String,
}

pub(super) fn days(inputs: &OverviewInputs<'_>) -> Vec<DayVerdicts> {
    let mut days: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (_, decisions) in inputs.decisions.iter() {
        let Some(verdict) = decisions.verdict else { continue };
        let day = days.entry(verdict.at.day()).or_default();
        match verdict.value {
            Verdict::Accept => day.0 += 1,
            Verdict::Reject => day.1 += 1,
            Verdict::Unsure => {}
        }
    }
    days.into_iter()
        .map(|(day, (accepted, rejected))| {
            let search = format!("judged-on:{day}");
            DayVerdicts { day, accepted, rejected, search }
        })
        .collect()
}

pub(super) fn reasons(inputs: &OverviewInputs<'_>) -> Vec<Bar> {
    let mut counts: BTreeMap<Reason, usize> = BTreeMap::new();
    for (key, judgement) in inputs.judgements {
        if can_have_reasons(judgement.verdict)
            && let Some(sample) = inputs.dataset.find(*key)
        {
            // For a rejected row, the reason and the positive's mark are one statement.
            let is_split = judgement.verdict == Some(Verdict::Reject);
            let row = is_split.then(|| inputs.dataset.row(sample).ok()).flatten();
            let judgement = match row {
                Some(row) => Cow::Owned(judgement.clone().reconciled(&TilePath::new(&row.positive))),
                None => Cow::Borrowed(judgement),
            };
            judgement.reasons.iter().for_each(|reason| *counts.entry(*reason).or_default() += 1);
        }
    }
    let mut reasons: Vec<Bar> = counts
        .into_iter()
        .map(|(reason, rows)| Bar {
            label: reason.label().to_owned(),
            rows,
            judged: rows,
            search: format!("reason:{}", reason.word()),
        })
        .collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.rows));
    reasons
}

pub(super) fn positions(inputs: &OverviewInputs<'_>) -> Vec<PositionCount> {
    let mut positions: Vec<PositionCount> = Vec::new();
    for (sample, decisions) in inputs.decisions.iter() {
        let mut row = None;
        for (tile, decision) in decisions.negatives() {
            let false_negative = match decision.value {
                // The row's own positive is no false negative, and a repeated tile counts once.
                Relevance::Relevant => {
                    let row = row.get_or_insert_with(|| inputs.dataset.sample(sample).ok());
                    let tiles: Vec<&TilePath> = row.iter().flat_map(Sample::tiles).map(|tile| &tile.path).collect();
                    let (before, rest) = tiles.split_at(tile.index().min(tiles.len()));
                    if rest.first().is_none_or(|tile| before.contains(tile)) {
                        continue;
                    }
                    true
                }
                Relevance::NotRelevant => false,
                Relevance::Unsure | Relevance::Broken => continue,
            };
            let position = tile.index();
            while positions.len() < position {
                positions.push(PositionCount::new(positions.len() + 1));
            }
            if let Some(count) = positions.get_mut(position - 1) {
                count.judged += 1;
                count.false_negatives += usize::from(false_negative);
            }
        }
    }
    positions
}

pub(super) fn annotators(inputs: &OverviewInputs<'_>) -> Vec<AnnotatorCount> {
    let each = merge::by_annotator(inputs.events).into_iter().map(|(name, judgements)| {
        let search = format!("judged-by:{}", quote(&name));
        let mut count = AnnotatorCount { name, search, ..AnnotatorCount::default() };
        for (_, judgement) in judgements.iter().filter(|(key, _)| inputs.dataset.find(**key).is_some()) {
            match judgement.verdict {
                Some(Verdict::Accept) => count.accepted += 1,
                Some(Verdict::Reject) => count.rejected += 1,
                Some(Verdict::Unsure) => count.unsure += 1,
                None => continue,
            }
            count.judged += 1;
        }
        count
    });
    let mut annotators: Vec<AnnotatorCount> = each.filter(|annotator| annotator.judged > 0).collect();
    annotators.sort_by_key(|annotator| std::cmp::Reverse(annotator.judged));
    annotators
}
