//! The judging pace of a person: pure arithmetic over moments that the caller measures.

use std::collections::HashSet;
use std::time::Duration;

use tilejury_data::{Dataset, SampleIndex};

use crate::event::Event;
use crate::judgement::FieldChange;
use crate::time::Timestamp;

/// A longer gap between two verdicts is a pause, and does not count for the pace.
pub(crate) const PAUSE: Duration = Duration::from_secs(60);
/// The number of last verdicts that the pace follows.
const LAST: usize = 20;
/// With fewer verdicts, no pace is stated: it would be invented.
const AT_LEAST: usize = 10;

/// The verdicts of one sitting.
#[derive(Clone, Debug, Default)]
pub struct JudgingPace {
    /// The judged samples with the moment of their verdict, measured from any fixed moment.
    judged: Vec<(SampleIndex, Duration)>,
    /// Those whose verdict was undone, which redo may restore.
    undone: Vec<(SampleIndex, Duration)>,
    /// The start of the sitting.
    from: Duration,
}

/// The figures of a sitting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PaceReport {
    /// Samples judged in this sitting.
    pub judged: usize,
    /// Median seconds per sample over the last 20; `None` before the tenth verdict, and if there
    /// were only pauses.
    pub median_secs: Option<f64>,
}

impl PaceReport {
    /// Samples per hour at the median pace.
    pub fn per_hour(&self) -> Option<f64> {
        self.median_secs.filter(|secs| *secs > 0.0).map(|secs| 3600.0 / secs)
    }

    /// The time that `samples` more would take at the median pace.
    pub fn time_left(&self, samples: usize) -> Option<Duration> {
        Duration::try_from_secs_f64(self.median_secs? * samples as f64).ok()
    }
}

impl JudgingPace {
    /// The pace of an annotator's last stored verdicts, one for each sample and round. Bulk
    /// judgements do not count, nor does what was undone or redone. `events` are in stored order.
    pub fn of_events(dataset: &Dataset, events: &[Event], annotator: &str) -> Self {
        let is_verdict = |event: &&Event| {
            let FieldChange::Verdict(Some(_)) = event.change else { return false };
            *event.annotator == *annotator && !event.origin.bulk && event.undoes.is_none()
        };
        let mut known = HashSet::new();
        let mut verdicts: Vec<&Event> = events.iter().filter(is_verdict).collect();
        verdicts.retain(|event| known.insert((event.sample, &event.round)));
        let last = verdicts.split_off(verdicts.len().saturating_sub(LAST + 1));
        let Some(start) = last.first().map(|event| event.at) else { return Self::default() };
        let since = |event: &Event| Duration::from_secs_f64(event.at.seconds_since(start).max(0) as f64);
        let judged = last.iter().skip(1).filter_map(|event| Some((dataset.find(event.sample)?, since(event))));
        Self { judged: judged.collect(), ..Self::default() }
    }

    /// Counts a verdict; for a sample that was judged before, only the first.
    pub fn judged(&mut self, sample: SampleIndex, at: Duration) {
        if !self.judged.iter().rev().any(|(known, _)| *known == sample) {
            self.judged.push((sample, at));
        }
    }

    /// Removes the verdict of a sample, which was undone.
    pub fn undone(&mut self, sample: SampleIndex) {
        self.undone.extend(self.judged.extract_if(.., |(known, _)| *known == sample));
    }

    /// Restores the verdict of a sample, which was undone and redone, with its moment. Verdicts
    /// of other sittings do not count.
    pub fn redone(&mut self, sample: SampleIndex) {
        let Some((_, at)) = self.undone.iter().rev().find(|(known, _)| *known == sample).copied() else { return };
        self.undone.retain(|(known, _)| *known != sample);
        if !self.judged.iter().any(|(known, _)| *known == sample) {
            let place = self.judged.partition_point(|(_, other)| *other <= at);
            self.judged.insert(place, (sample, at));
        }
    }

    /// The figures so far.
    pub fn report(&self) -> PaceReport {
        let starts = std::iter::once(self.from).chain(self.judged.iter().map(|(_, at)| *at));
        let gaps = starts.zip(&self.judged).map(|(start, (_, at))| at.saturating_sub(start));
        let last = gaps.skip(self.judged.len().saturating_sub(LAST));
        let counted = last.filter(|gap| *gap <= PAUSE && self.judged.len() >= AT_LEAST);
        let median_secs = median(counted.map(|gap| gap.as_secs_f64()).collect());
        PaceReport { judged: self.judged.len(), median_secs }
    }
}

/// The median; `None` of nothing.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => values.get(middle).copied(),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

/// The samples that an annotator judged on one day, in the system's time zone. Bulk judgements do
/// not count: the goal is to look.
#[derive(Clone, Debug)]
pub struct DayCount {
    day: Timestamp,
    samples: HashSet<SampleIndex>,
    /// Those whose verdict was undone, which redo may restore.
    undone: HashSet<SampleIndex>,
}

impl DayCount {
    /// Counts the samples that got their current verdict on the day of `now`, from everybody's
    /// events in stored order.
    pub fn new(dataset: &Dataset, events: &[Event], annotator: &str, now: Timestamp) -> Self {
        let mut samples = HashSet::new();
        // Days are compared in the time zone, which is slow: only events of about a day are.
        let recent = |event: &&Event| now.seconds_since(event.at).abs() < 48 * 3600;
        for event in events.iter().filter(|event| *event.annotator == *annotator).filter(recent) {
            let FieldChange::Verdict(verdict) = event.change else { continue };
            let Some(index) = dataset.find(event.sample) else { continue };
            match verdict {
                Some(_) if event.origin.bulk || event.undoes.is_some() => {}
                Some(_) if event.at.is_same_day(now) => _ = samples.insert(index),
                Some(_) => {}
                None => _ = samples.remove(&index),
            }
        }
        Self { day: now, samples, undone: HashSet::new() }
    }

    /// Counts a sample.
    pub fn judged(&mut self, sample: SampleIndex, now: Timestamp) {
        if !self.day.is_same_day(now) {
            self.samples.clear();
            self.undone.clear();
            self.day = now;
        }
        self.samples.insert(sample);
    }

    /// Removes a sample whose verdict was cleared or undone.
    pub fn undone(&mut self, sample: SampleIndex) {
        if self.samples.remove(&sample) {
            self.undone.insert(sample);
        }
    }

    /// Counts a sample again whose verdict was undone and redone.
    pub fn redone(&mut self, sample: SampleIndex) {
        if self.undone.remove(&sample) {
            self.samples.insert(sample);
        }
    }

    /// The number of samples on the day of `now`.
    pub fn count(&self, now: Timestamp) -> usize {
        if self.day.is_same_day(now) { self.samples.len() } else { 0 }
    }
}

/// A duration for a person: `45 s`, `12 min`, `3 h 20 min`.
pub fn spell(time: Duration) -> String {
    let secs = time.as_secs();
    match (secs / 3600, secs / 60 % 60) {
        (0, 0) => format!("{secs} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(moments: &[u64]) -> JudgingPace {
        let mut pace = JudgingPace { from: Duration::from_secs(100), ..JudgingPace::default() };
        for (sample, at) in moments.iter().enumerate() {
            pace.judged(SampleIndex::new(sample), Duration::from_secs(*at));
        }
        pace
    }

    #[test]
    fn median_ignores_pauses_and_predicts_time_left() {
        let report = pace(&[102, 106, 110, 200, 204, 208, 212, 2000, 2004, 2008]).report();
        assert_eq!(report, PaceReport { judged: 10, median_secs: Some(4.0) });
        assert_eq!(report.per_hour(), Some(900.0));
        assert_eq!(report.time_left(30), Some(Duration::from_secs(120)));
        assert_eq!(pace(&[]).report().time_left(30), None);
        let even: Vec<u64> = (0..10_u64).map(|at| 100 + 2 * (at + 1) + 2 * at.saturating_sub(4)).collect();
        assert_eq!(pace(&even).report().median_secs, Some(3.0), "five gaps of 2 s, five of 4 s");
    }

    #[test]
    fn pace_follows_the_last_twenty_and_begins_at_ten() {
        let nine: Vec<u64> = (1..=9).map(|at| 100 + at).collect();
        assert_eq!(pace(&nine).report(), PaceReport { judged: 9, median_secs: None });
        // Thirty quick verdicts, then twenty slow ones.
        let slower = |at: u64| if at <= 30 { 100 + at } else { 130 + (at - 30) * 7 };
        let moments: Vec<u64> = (1..=50).map(slower).collect();
        assert_eq!(pace(&moments).report(), PaceReport { judged: 50, median_secs: Some(7.0) });
        let pauses: Vec<u64> = (1..=10).map(|at| 100 + 61 * at).collect();
        assert_eq!(pace(&pauses).report().median_secs, None, "there were only pauses");
    }

    #[test]
    fn counts_each_sample_once_and_drops_undone_verdicts() {
        let mut pace = pace(&[102, 104]);
        pace.judged(SampleIndex::new(1), Duration::from_secs(109));
        assert_eq!(pace.report().judged, 2);
        pace.undone(SampleIndex::new(1));
        assert_eq!(pace.report().judged, 1);
        pace.redone(SampleIndex::new(1));
        pace.redone(SampleIndex::new(7));
        assert_eq!(pace.report().judged, 2, "a verdict of another sitting is not redone here");
    }

    #[test]
    fn spells_durations_in_at_most_two_units() {
        assert_eq!(spell(Duration::from_secs(45)), "45 s");
        assert_eq!(spell(Duration::from_secs(12 * 60 + 30)), "12 min");
        assert_eq!(spell(Duration::from_secs(3 * 3600 + 20 * 60)), "3 h 20 min");
    }
}
