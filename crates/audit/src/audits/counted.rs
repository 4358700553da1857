//! The rows of an audit that count now, and the rates that they show. Depends on the answers alone,
//! not on the order in which they were given.

use tilejury_stats::{
    Band, CountInterval, Level, RowCount, ShareEstimate, bands_rate, running_interval, share_in_strata,
    share_of_negatives,
};

use super::answer::{RowAnswer, Say};
use super::figures::{Intervals, NegativesFigures, RateFigures};
use super::plan::AuditPlan;

/// The rows that count.
pub(super) struct Counted<'a> {
    plan: &'a AuditPlan,
    /// The answers to the most suspicious rows, which are all judged.
    pub(super) first: Vec<&'a RowAnswer>,
    /// The answers to the rows that were drawn at random, each with its part.
    pub(super) drawn: Vec<(&'a RowAnswer, usize)>,
    /// Whether all planned rows count.
    pub(super) finished: bool,
}

impl<'a> Counted<'a> {
    /// Finds the rows that count among the answers to all rows of a draw, in its order.
    pub(super) fn new(plan: &'a AuditPlan, answers: &[Option<&'a RowAnswer>]) -> Self {
        let Some(first) = &plan.first else {
            let part = |at| plan.part_of_row(at);
            let known = answers.iter().enumerate().map_while(|(at, answer)| Some(((*answer)?, part(at)?)));
            let drawn: Vec<_> = known.collect();
            let finished = drawn.len() as u64 >= plan.rows;
            return Self { plan, first: Vec::new(), drawn, finished };
        };
        let planned = (first.rows as usize).min(answers.len());
        let turns = first.all_turns(answers.len() as u64);
        let first: Vec<&RowAnswer> = answers[..planned].iter().map_while(|answer| *answer).collect();
        // A suspicious row behind the first one without an answer belongs to the rest. The rest was
        // drawn by places, so the rows that come before the last drawn one are a part of that draw.
        let last = turns[planned..].iter().max();
        let belongs = |at: &usize| *at >= planned || Some(&turns[*at]) < last;
        let mut rest: Vec<usize> = (first.len()..answers.len()).filter(belongs).collect();
        rest.sort_by_key(|at| turns[*at]);
        let drawn: Vec<_> = rest.iter().map_while(|at| Some((answers[*at]?, 0))).collect();
        let finished = first.len() == planned && drawn.len() == rest.len() && answers.len() as u64 >= plan.rows;
        Self { plan, first, drawn, finished }
    }

    /// The number of rows that count.
    pub(super) fn number(&self) -> u64 {
        (self.first.len() + self.drawn.len()) as u64
    }

    /// The answers that count.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a RowAnswer> {
        self.first.iter().copied().chain(self.drawn.iter().map(|(answer, _)| *answer))
    }

    /// The number of rows that the random ones were drawn from.
    pub(super) fn drawn_from(&self) -> u64 {
        self.plan.population.saturating_sub(self.first.len() as u64)
    }

    /// The number of most suspicious rows with an answer.
    pub(super) fn first_hits(&self, is_hit: &dyn Fn(&RowAnswer) -> bool) -> u64 {
        self.first.iter().filter(|answer| is_hit(answer)).count() as u64
    }

    /// The number of random rows with an answer.
    pub(super) fn drawn_hits(&self, is_hit: &dyn Fn(&RowAnswer) -> bool) -> u64 {
        self.drawn.iter().filter(|(answer, _)| is_hit(answer)).count() as u64
    }

    /// The counts of each part, if rows were drawn from parts: bands, or the words of a machine.
    pub(super) fn parts(&self, is_hit: &dyn Fn(&RowAnswer) -> bool) -> Option<Vec<Band>> {
        let none = |(population, _)| Band { population, drawn: 0, hits: 0 };
        let mut parts: Vec<Band> = self.plan.parts()?.into_iter().map(none).collect();
        for (answer, at) in &self.drawn {
            parts[*at].drawn += 1;
            parts[*at].hits += u64::from(is_hit(answer));
        }
        Some(parts)
    }

    /// The interval that holds whenever a person stops, at 99 %. `None` for rows from parts, of
    /// which no such interval is known.
    pub(super) fn running(&self, is_hit: &dyn Fn(&RowAnswer) -> bool) -> Option<CountInterval> {
        if self.plan.parts().is_some() || self.plan.tiles().is_some() || self.drawn.is_empty() {
            return None;
        }
        let (n, hits) = (self.drawn.len() as u64, self.drawn_hits(is_hit));
        let found = running_interval(self.drawn_from(), n, hits, Level::CAUTIOUS)?;
        Some(found.shifted(self.first_hits(is_hit)))
    }

    /// The share of rows with an answer.
    pub(super) fn rate(&self, is_hit: &dyn Fn(&RowAnswer) -> bool) -> RateFigures {
        let figures = RateFigures {
            hits: self.first_hits(is_hit) + self.drawn_hits(is_hit),
            n: self.number(),
            population: self.plan.population,
            ..RateFigures::default()
        };
        if self.plan.tiles().is_some() {
            return RateFigures { level: self.plan.level().value(), method: "tiles", ..figures };
        }
        match self.parts(is_hit) {
            Some(parts) => self.rate_of_parts(&figures, &parts),
            None => self.plain_rate(&figures, is_hit),
        }
    }

    /// The share of rows with an answer as if the open ones had not been drawn; `rate` is that with
    /// them as unaffected.
    pub(super) fn without(&self, open: u64, rate: &RateFigures) -> Option<RateFigures> {
        if open == 0 || !self.finished || !self.plan.is_plain() || self.plan.tiles().is_some() {
            return None;
        }
        let intervals = self.intervals();
        let others = Intervals { population: intervals.population - open, ..intervals };
        Some(others.rate(rate.hits, rate.n - open)).filter(|found| found.n > 0)
    }

    fn rate_of_parts(&self, figures: &RateFigures, parts: &[Band]) -> RateFigures {
        let level = self.plan.level();
        let found = bands_rate(parts, level);
        let ends = found.filter(|_| self.finished).map(|found| found.interval);
        let population = figures.population as f64;
        RateFigures {
            low: ends.map(|ends| ends.low),
            high: ends.map(|ends| ends.high),
            // In whole rows, rounded outwards.
            low_count: ends.map(|ends| (ends.low * population + 1e-9).floor() as u64),
            high_count: ends.map(|ends| (ends.high * population - 1e-9).ceil() as u64),
            estimate: found.map(|found| found.estimate),
            level: level.value(),
            method: "bands",
            ..figures.clone()
        }
    }

    fn plain_rate(&self, figures: &RateFigures, is_hit: &dyn Fn(&RowAnswer) -> bool) -> RateFigures {
        let (n, hits) = (self.drawn.len() as u64, self.drawn_hits(is_hit));
        let found = self.intervals().rate(hits, n);
        if self.first.is_empty() {
            return RateFigures { population: figures.population, ..found };
        }
        let (certain, all) = (self.first_hits(is_hit), figures.population as f64);
        let shifted = |count: Option<u64>| count.map(|count| count + certain);
        let (low_count, high_count) = (shifted(found.low_count), shifted(found.high_count));
        let expected = |share: f64| (certain as f64 + self.drawn_from() as f64 * share) / all;
        RateFigures {
            low: low_count.map(|count| count as f64 / all),
            high: high_count.map(|count| count as f64 / all),
            low_count,
            high_count,
            estimate: found.estimate.map(expected),
            level: found.level,
            method: found.method,
            ..figures.clone()
        }
    }

    /// The intervals of the rows that were drawn at random.
    fn intervals(&self) -> Intervals {
        Intervals {
            population: self.drawn_from(),
            level: self.plan.level(),
            finished: self.finished,
            one_sided: self.plan.below.is_some(),
        }
    }

    /// The share of negatives that are relevant. Without an interval where rows were drawn more
    /// from some parts than from others: how often one would be wrong was not measured.
    pub(super) fn negatives(&self) -> NegativesFigures {
        let counts: Vec<RowCount> = self.all().map(RowAnswer::count).collect();
        let figures = NegativesFigures {
            hits: counts.iter().map(|count| count.hits).sum(),
            n: counts.iter().map(|count| count.decided).sum(),
            confirmed: self.all().map(|answer| answer.confirmed).sum(),
            level: self.plan.level().value(),
            ..NegativesFigures::default()
        };
        if self.plan.tiles().is_some() {
            return NegativesFigures { method: "tiles", ..figures };
        }
        if self.plan.parts().is_some() || self.plan.first.is_some() {
            return NegativesFigures { estimate: share_in_strata(&self.strata()), method: "bands", ..figures };
        }
        let found = self.share_of_negatives(&RowAnswer::count);
        let interval = found.filter(|_| self.finished).map(|found| found.interval);
        NegativesFigures {
            effective_n: found.map(|found| found.effective_n),
            deff: found.map(|found| found.design_effect),
            low: interval.map(|ends| ends.low),
            high: interval.map(|ends| ends.high),
            estimate: found.map(|found| found.estimate),
            method: "korn-graubard",
            ..figures
        }
    }

    /// The share of negatives with the counts of each row; `None` if rows were not drawn with equal
    /// chances.
    pub(super) fn share_of_negatives(&self, count: &dyn Fn(&RowAnswer) -> RowCount) -> Option<ShareEstimate> {
        if self.plan.parts().is_some() || self.plan.first.is_some() {
            return None;
        }
        let counts: Vec<RowCount> = self.all().map(count).collect();
        share_of_negatives(self.plan.population, &counts, self.plan.level())
    }

    /// The negatives of the rows by the parts that these were drawn from.
    fn strata(&self) -> Vec<(u64, Vec<RowCount>)> {
        let parts = self.plan.parts().unwrap_or_else(|| vec![(self.drawn_from(), 0)]);
        let mut strata: Vec<(u64, Vec<RowCount>)> = parts.into_iter().map(|(size, _)| (size, Vec::new())).collect();
        for (answer, at) in &self.drawn {
            strata[*at].1.push(answer.count());
        }
        let first: Vec<RowCount> = self.first.iter().map(|answer| answer.count()).collect();
        strata.push((first.len() as u64, first));
        strata
    }
}

/// Whether a row has a false negative.
pub(super) fn is_affected(answer: &RowAnswer) -> bool {
    answer.has_false_negative() == Say::Yes
}

/// Whether a row has a false negative or is open.
pub(super) fn may_be_affected(answer: &RowAnswer) -> bool {
    is_affected(answer) || answer.has_false_negative().is_open()
}
