//! The findings of the last check: by kind, by row, and one after the other. Checks nothing.

use std::collections::BTreeMap;

use tilejury_audit::check::{CheckDepth, Problem};
use tilejury_audit::{Timestamp, now};
use tilejury_data::{SampleIndex, TileSlot};

use super::Review;

/// The kinds of findings about a negative that the row has in another place, too.
const REPEATED: [&str; 2] = ["repeated_negative", "positive_in_negatives"];

/// The findings of the last check.
pub(crate) struct CheckFindings {
    problems: Vec<Problem>,
    /// The sample of each problem, if it is about one.
    rows: Vec<Option<SampleIndex>>,
    /// The positions of the problems of each sample that has any.
    by_row: BTreeMap<SampleIndex, Vec<usize>>,
    /// The kinds with the positions of their problems, the most frequent kind first.
    kinds: Vec<(&'static str, Vec<usize>)>,
    /// The problem that was shown last.
    current: Option<usize>,
    /// Its knowledge of the tiles.
    pub(crate) depth: CheckDepth,
    /// The end of the check.
    pub(crate) at: Timestamp,
}

impl CheckFindings {
    fn new(problems: Vec<Problem>, depth: CheckDepth, row_of: impl Fn(&Problem) -> Option<SampleIndex>) -> Self {
        let rows: Vec<Option<SampleIndex>> = problems.iter().map(row_of).collect();
        let mut by_row: BTreeMap<SampleIndex, Vec<usize>> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            if let Some(row) = row {
                by_row.entry(*row).or_default().push(at);
            }
        }
        let mut kinds: Vec<(&'static str, Vec<usize>)> = Vec::new();
        for (at, problem) in problems.iter().enumerate() {
            match kinds.iter_mut().find(|(kind, _)| *kind == problem.kind) {
                Some((_, found)) => found.push(at),
                None => kinds.push((problem.kind, vec![at])),
            }
        }
        kinds.sort_by_key(|(kind, found)| (std::cmp::Reverse(found.len()), *kind));
        Self { problems, rows, by_row, kinds, current: None, depth, at: now() }
    }

    /// All problems, in the order of their rows.
    pub(crate) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The kinds with the positions of their problems, the most frequent kind first.
    pub(crate) fn kinds(&self) -> &[(&'static str, Vec<usize>)] {
        &self.kinds
    }

    /// The sample of a problem, if it is about one.
    pub(crate) fn row(&self, problem: usize) -> Option<SampleIndex> {
        self.rows.get(problem).copied().flatten()
    }

    /// The positions of the problems of a sample.
    pub(crate) fn of_row(&self, row: SampleIndex) -> &[usize] {
        self.by_row.get(&row).map_or(&[], Vec::as_slice)
    }

    /// The problem that was shown last.
    pub(crate) fn current(&self) -> Option<usize> {
        self.current
    }

    /// The next problem that is about a row, or the one before; from the last to the first. `from`
    /// is the current sample: if it is not that of the problem shown last, the search begins there.
    fn step(&self, forwards: bool, from: SampleIndex) -> Option<usize> {
        let with_row: Vec<usize> = (0..self.rows.len()).filter(|at| self.rows[*at].is_some()).collect();
        let last = self.current.filter(|at| self.row(*at) == Some(from));
        let is_past = |at: usize| match last {
            Some(last) => at > last,
            None => self.row(at).is_some_and(|row| row >= from),
        };
        let is_before = |at: usize| match last {
            Some(last) => at < last,
            None => self.row(at).is_some_and(|row| row < from),
        };
        if forwards {
            with_row.iter().copied().find(|at| is_past(*at)).or(with_row.first().copied())
        } else {
            with_row.iter().rev().copied().find(|at| is_before(*at)).or(with_row.last().copied())
        }
    }
}

impl Review {
    /// Keeps the findings of a check; filters by `check:` use them from now on.
    pub(crate) fn receive_check(&mut self, problems: Vec<Problem>, depth: CheckDepth) {
        let dataset = self.dataset().clone();
        let row_of = |problem: &Problem| dataset.find_line(problem.split.as_deref()?, problem.line?);
        let found = CheckFindings::new(problems, depth, row_of);
        self.session.set_check_findings(found.problems.iter().zip(found.rows.iter().copied()));
        if let Some(session) = self.session_aside() {
            session.set_check_findings(found.problems.iter().zip(found.rows.iter().copied()));
        }
        self.check = Some(found);
        self.navigator.allow_check();
        self.refresh_derived();
    }

    /// Shows the row of the next finding of the last check, or of the one before. Returns the
    /// finding, counted from 1 among all; `None` if none is about a row.
    pub(crate) fn step_finding(&mut self, forwards: bool) -> Option<(usize, &Problem)> {
        let at = self.check.as_ref()?.step(forwards, self.cursor())?;
        self.show_finding(at);
        Some((at + 1, &self.check.as_ref()?.problems[at]))
    }

    /// Shows the row of a finding.
    pub(crate) fn show_finding(&mut self, at: usize) {
        let Some(check) = &mut self.check else { return };
        let Some(row) = check.row(at) else { return };
        check.current = Some(at);
        let path = check.problems.get(at).and_then(|problem| problem.path.clone());
        let is_repeated = check.problems.get(at).is_some_and(|problem| REPEATED.contains(&problem.kind));
        self.just_judged = None;
        self.show(row);
        if let Some(slot) = path.and_then(|path| self.slot_of_finding(&path, is_repeated)) {
            self.focus = slot;
            self.first_focus = slot;
            self.touch();
        }
    }

    /// The tile of the current row that a finding is about, by the path as the row spells it; of
    /// one that occurs several times, its second place.
    fn slot_of_finding(&self, path: &str, is_repeated: bool) -> Option<TileSlot> {
        let tiles = TileSlot::of_tiles(self.sample.as_ref()?);
        let mut places = tiles.filter(|(_, tile)| tile.spelling == path || tile.path.as_str() == path);
        let (first, second) = (places.next(), places.next());
        second.filter(|_| is_repeated).or(first).map(|(slot, _)| slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(rows: &[Option<usize>]) -> CheckFindings {
        let problem = |kind| Problem { kind, split: None, line: None, path: None, message: String::new() };
        let mut problems: Vec<Problem> = rows.iter().map(|_| problem("missing_tile")).collect();
        problems[0].kind = "bad_shard";
        let mut found = CheckFindings::new(problems, CheckDepth::NotDecoded, |_| None);
        found.rows = rows.iter().map(|row| row.map(SampleIndex::new)).collect();
        found
    }

    #[test]
    fn steps_go_through_the_findings_with_rows_and_around() {
        let mut found = findings(&[None, Some(2), Some(2), Some(7)]);
        let at = SampleIndex::new;
        assert_eq!(found.step(true, at(0)), Some(1));
        assert_eq!(found.step(false, at(0)), Some(3));
        found.current = Some(1);
        assert_eq!((found.step(true, at(2)), found.step(false, at(2))), (Some(2), Some(3)));
        // The person went elsewhere meanwhile.
        assert_eq!((found.step(true, at(5)), found.step(false, at(5))), (Some(3), Some(2)));
        found.current = Some(3);
        assert_eq!(found.step(true, at(7)), Some(1));
        assert_eq!(findings(&[None]).step(true, at(0)), None);
    }

    #[test]
    fn kinds_are_counted_the_most_frequent_first() {
        let found = findings(&[None, Some(2), Some(2)]);
        assert_eq!(found.kinds(), [("missing_tile", vec![1, 2]), ("bad_shard", vec![0])]);
    }
}
