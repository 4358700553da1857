//! The moves of a person through the samples: to the next one that fits, by a search, in another
//! order. The list itself is the navigator's.

use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::search::{Search, unfinished_word};
use tilejury_audit::suspicion::LIKELY;
use tilejury_data::SampleIndex;

use super::Review;
use super::navigator::{ListedVerdicts, SearchStep};
use crate::list_order::{ListOrder, OrderKey};

/// The samples to go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextTarget {
    Unjudged,
    Suspicious,
    Undecided,
}

/// Samples with a lower score are not worth going to: those with a popular tile alone, for example.
pub(crate) const SUSPICIOUS: f32 = 0.15;

impl Review {
    /// The index of the current sample.
    pub(crate) fn cursor(&self) -> SampleIndex {
        self.navigator.cursor()
    }

    /// The number of listed samples without a verdict.
    pub(crate) fn unjudged(&self) -> usize {
        self.navigator.unjudged(self.session.statuses(), self.version)
    }

    /// The verdicts of the listed rows.
    pub(crate) fn listed_verdicts(&self) -> ListedVerdicts {
        self.navigator.listed_verdicts(self.session.statuses(), self.version)
    }

    /// Goes on to the next listed sample without a verdict, after one was given. Returns `false` if
    /// there is none.
    pub(crate) fn go_to_next_unjudged(&mut self) -> bool {
        let next = self.navigator.next_unjudged(self.session.statuses());
        if let Some(index) = next {
            self.show_next(index);
        }
        next.is_some()
    }

    /// Goes to the next listed sample that fits. Returns `false` if there is none.
    pub(crate) fn next(&mut self, target: NextTarget) -> bool {
        let (statuses, queue) = (self.session.statuses(), self.navigator.queue());
        let is_unjudged =
            |index: SampleIndex| statuses.get(index.index()).is_some_and(|status| status.verdict.is_none());
        let next = match target {
            NextTarget::Unjudged => queue.next_unjudged(statuses),
            NextTarget::Suspicious => {
                queue.next_where(|index| is_unjudged(index) && self.signals.score(index) >= SUSPICIOUS)
            }
            NextTarget::Undecided => {
                queue.next_where(|index| statuses.get(index.index()).is_some_and(|status| status.undecided))
            }
        };
        if let Some(index) = next {
            self.show(index);
            if target == NextTarget::Suspicious {
                self.sought_suspicious();
            }
        }
        next.is_some()
    }

    /// Takes newer findings into the order of the list, before the person goes to another sample.
    pub(super) fn refresh_order(&mut self, to: SampleIndex) {
        if self.signals.findings().is_some_and(|findings| self.navigator.reorder(to, findings)) {
            self.rebuild();
        }
    }

    /// Lists the most suspicious samples first, by their current weights, and shows the first one
    /// without a verdict; or returns to the dataset's order. Returns `false` while there are no
    /// findings.
    pub(crate) fn order_by_suspicion(&mut self) -> bool {
        if self.navigator.is_by_suspicion() {
            self.sort_by(ListOrder::default());
            return true;
        }
        if self.signals.findings().is_none() {
            return false;
        }
        self.sort_by(ListOrder::by(OrderKey::Suspicion));
        self.show_first_unjudged();
        true
    }

    /// Shows the first listed sample without a verdict that is more likely wrong than not. Returns
    /// `false` if there is none.
    pub(crate) fn show_first_wrong(&mut self) -> bool {
        let statuses = self.session.statuses();
        let is_open = |index: &SampleIndex| {
            let is_judged = statuses.get(index.index()).is_some_and(|status| status.verdict.is_some());
            !is_judged && self.signals.score(*index) >= LIKELY
        };
        let first = self.navigator.listed().iter().copied().find(is_open);
        if let Some(first) = first {
            self.just_judged = None;
            self.show(first);
            self.sought_suspicious();
        }
        first.is_some()
    }

    /// Records that the current sample was chosen because it is suspicious, and opens it at its
    /// most suspicious tile.
    fn sought_suspicious(&mut self) {
        self.navigator.set_sought_suspicious();
        self.focus_suspect();
    }

    /// Shows the first listed sample without a verdict; if all have one, the current one stays.
    fn show_first_unjudged(&mut self) {
        if let Some(first) = self.navigator.first_unjudged(self.session.statuses()) {
            self.just_judged = None;
            self.show(first);
        }
    }

    /// The position in the list where suspicion ends, if the list is in suspicion order.
    pub(crate) fn suspicion_ends(&self) -> Option<usize> {
        let is_suspicious = |index| self.signals.score(index) >= SUSPICIOUS;
        self.navigator.is_by_suspicion().then(|| self.navigator.suspicion_ends(is_suspicious, self.version))
    }

    /// Orders a list that is in suspicion order by the current weights, at once.
    pub(super) fn order_again(&mut self) {
        if let Some(findings) = self.signals.findings().filter(|_| self.navigator.is_by_suspicion()) {
            let ranking = findings.ranking().to_vec();
            self.navigator.set_order(self.navigator.order(), Some(ranking));
            self.rebuild();
        }
    }

    /// Searches for a complete text, not for one that is being typed.
    pub(crate) fn search_for(&mut self, text: String) {
        self.navigator.end_edit();
        self.search_as(text, false);
        self.navigator.end_edit();
    }

    /// Ends a search edit: a series of searches while a person types. Its last word counts now.
    pub(crate) fn end_search_edit(&mut self) {
        self.finish_last_word();
        self.navigator.end_edit();
    }

    /// Ends a search edit and shows the first sample found, if the edit changed the search and the
    /// search is valid; else the current one stays.
    pub(crate) fn enter_search(&mut self) {
        self.finish_last_word();
        if self.navigator.edit_changed_text() && self.navigator.search_error().is_none() {
            self.show_first();
        }
        self.navigator.end_edit();
    }

    /// Searches for the last word, too, if it was left out because it was still being typed.
    fn finish_last_word(&mut self) {
        let text = self.navigator.search_text();
        if self.navigator.edit_changed_text() && unfinished_word(text).is_some() {
            self.search_as(text.to_owned(), false);
        }
    }

    /// Searches while a person types: at once if no rows have to be read, else when the search
    /// thread answers.
    pub(crate) fn search(&mut self, text: String) {
        self.search_as(text, true);
    }

    fn search_as(&mut self, text: String, is_typing: bool) {
        match self.navigator.edit(text, is_typing) {
            SearchStep::Apply(search, matches) => self.apply_search(search, matches),
            SearchStep::AskRows(search) => self.searcher.search(search),
            SearchStep::Nothing => {}
        }
    }

    /// Searches again if the search asks about texts, of which there are more now.
    pub(crate) fn search_texts_again(&mut self) {
        if self.navigator.asks_about_texts() {
            self.search_as(self.navigator.search_text().to_owned(), false);
        }
    }

    /// Makes `conflict:yes` find the conflicts among these judgements instead of everybody's.
    pub(crate) fn conflicts_of(&self, scope: AnnotatorScope) {
        self.stats.conflicts_of(scope);
    }

    pub(super) fn apply_search(&mut self, search: Search, matches: Option<Vec<SampleIndex>>) {
        self.navigator.set_search(search, matches);
        self.rebuild();
        if self.navigator.take_shows_first() {
            self.show_first();
        }
    }

    /// Shows the first listed sample, of the pending search's list if there is one.
    pub(crate) fn show_first(&mut self) {
        if self.navigator.is_searching() {
            self.navigator.show_first_later();
        } else if let Some(first) = self.navigator.listed().first().copied() {
            self.just_judged = None;
            self.show(first);
        }
    }

    /// Goes on or back in the list.
    pub(crate) fn step(&mut self, steps: i64) {
        if let Some(index) = self.navigator.step(steps) {
            self.just_judged = None;
            match steps {
                -1 | 1 => self.show_next(index),
                _ => self.show(index),
            }
        }
    }

    /// Goes to the start of the list: [`Self::step`] stops there.
    pub(crate) fn go_to_first(&mut self) {
        self.step(-i64::from(u32::MAX));
    }

    /// Goes to the end of the list: [`Self::step`] stops there.
    pub(crate) fn go_to_last(&mut self) {
        self.step(i64::from(u32::MAX));
    }

    /// Goes back to the sample judged last; from there, to the one before it. Returns `false` if
    /// there is none.
    pub(crate) fn go_to_last_judged(&mut self) -> bool {
        let last = self.session.judged_before(self.cursor());
        if let Some(index) = last {
            self.show(index);
        }
        last.is_some()
    }

    pub(super) fn rebuild(&mut self) {
        let (judged_rows, assigned) = (self.stats.judged_rows(), self.assignments.rows());
        let team = self.stats.insights.team().map(|team| &team.rows);
        self.navigator.rebuild(&self.session, &self.signals, judged_rows, assigned, team);
        self.limit_selection();
        self.version += 1;
    }
}
