//! The search, the listed samples with their order, and the sample under the cursor. Owns neither
//! judgements nor signals: `Review` passes them in.

use std::cell::Cell;
use std::sync::Arc;

use tilejury_audit::assignments::AssignedRows;
use tilejury_audit::merge::JudgedRows;
use tilejury_audit::overview::TeamRows;
use tilejury_audit::queue::{Queue, Ranking};
use tilejury_audit::search::{DatasetNames, KnownFacts, RowFieldNames, Search, SearchError, unfinished_word};
use tilejury_audit::session::SampleStatus;
use tilejury_audit::suspicion::{Findings, GradedNegative, Signal};
use tilejury_audit::{AuditSession, Verdict};
use tilejury_data::{Dataset, SampleIndex, TileSlot};

use super::Signals;
use crate::list_order::{ListOrder, OrderKey};

/// The listed samples and how they were found.
pub(crate) struct Navigator {
    queue: Queue,
    dataset_names: DatasetNames,
    /// The text of the search field.
    search_text: String,
    /// The error in that text; meanwhile the list stays as it was.
    search_error: Option<SearchError>,
    /// The search that the search thread has not answered yet.
    pending: Option<Search>,
    /// Whether the first sample is to be shown once the pending search is answered.
    shows_first: bool,
    /// During a search edit: the text from before it.
    text_before_edit: Option<String>,
    /// During a search edit: the filter from before it, with the matching rows.
    before_edit: Option<(Search, Option<Vec<SampleIndex>>)>,
    /// Whether a check has run, so that filters can ask for its findings.
    has_check: bool,
    /// The order of the list.
    order: ListOrder,
    /// The order that the list gets once its samples are sorted.
    awaited_order: Option<ListOrder>,
    /// The number of listed samples before the end of suspicion, and the review's version that they
    /// were counted in.
    suspicious: Cell<(u64, usize)>,
    /// Whether the order of the list comes from older findings.
    order_is_old: bool,
    /// Whether there were newer findings since the whole list was sorted by suspicion.
    sorting_is_due: bool,
    /// Whether the current sample was chosen because it is suspicious.
    sought_suspicious: bool,
    /// The number of changes of the list or of the position in it.
    moves: u64,
    /// The number of times that the list was built.
    lists: u64,
    /// The number of listed samples without a verdict, and the review's version that they were
    /// counted in.
    unjudged: Cell<(u64, usize)>,
    /// The verdicts of the listed samples, and the review's version that they were counted in.
    verdicts: Cell<(u64, ListedVerdicts)>,
}

/// The verdicts of the listed rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListedVerdicts {
    pub(crate) accepted: usize,
    pub(crate) rejected: usize,
    pub(crate) unsure: usize,
    /// All listed rows.
    pub(crate) listed: usize,
}

/// The next step of a search after its text changed.
pub(super) enum SearchStep {
    Apply(Search, Option<Vec<SampleIndex>>),
    /// Rows have to be searched first, on the search thread.
    AskRows(Search),
    Nothing,
}

impl Navigator {
    /// The list of a dataset before its first rebuild, with the cursor on a sample.
    pub(super) fn new(dataset: &Dataset, cursor: SampleIndex) -> Self {
        let signals: Vec<&str> = Signal::ALL.iter().map(|signal| signal.word()).collect();
        Self {
            queue: Queue { cursor, ..Queue::default() },
            dataset_names: DatasetNames::new(dataset, &signals),
            search_text: String::new(),
            search_error: None,
            pending: None,
            shows_first: false,
            text_before_edit: None,
            before_edit: None,
            has_check: false,
            order: ListOrder::default(),
            awaited_order: None,
            suspicious: Cell::new((u64::MAX, 0)),
            order_is_old: false,
            sorting_is_due: false,
            sought_suspicious: false,
            moves: 0,
            lists: 0,
            unjudged: Cell::new((u64::MAX, 0)),
            verdicts: Cell::new((u64::MAX, ListedVerdicts::default())),
        }
    }

    /// The index of the current sample; it need not be listed.
    pub(crate) fn cursor(&self) -> SampleIndex {
        self.queue.cursor
    }

    /// The listed samples, in order.
    pub(crate) fn listed(&self) -> &[SampleIndex] {
        &self.queue.listed
    }

    /// The cursor's position in the list, or where it would be inserted.
    pub(crate) fn position(&self) -> Result<usize, usize> {
        self.queue.position()
    }

    /// The position of a sample in the list, or where it would be inserted.
    pub(crate) fn position_of(&self, sample: SampleIndex) -> Result<usize, usize> {
        self.queue.position_of(sample)
    }

    /// Whether the list is in suspicion order.
    pub(crate) fn is_by_suspicion(&self) -> bool {
        self.order.key == OrderKey::Suspicion
    }

    /// The order of the list.
    pub(crate) fn order(&self) -> ListOrder {
        self.order
    }

    /// The order that a person wants: the awaited one, else that of the list.
    pub(crate) fn wanted_order(&self) -> ListOrder {
        self.awaited_order.unwrap_or(self.order)
    }

    /// The order that the list gets once its samples are sorted.
    pub(crate) fn awaited_order(&self) -> Option<ListOrder> {
        self.awaited_order
    }

    /// Sets the order that the list gets once its samples are sorted.
    pub(super) fn wait_for_order(&mut self, order: Option<ListOrder>) {
        self.awaited_order = order;
    }

    /// The first listed sample without a verdict.
    pub(super) fn first_unjudged(&self, statuses: &[SampleStatus]) -> Option<SampleIndex> {
        let is_unjudged =
            |index: &&SampleIndex| statuses.get(index.index()).is_some_and(|status| status.verdict.is_none());
        self.queue.listed.iter().find(is_unjudged).copied()
    }

    /// The position after the last listed sample that is suspicious; counted once per version.
    pub(super) fn suspicion_ends(&self, is_suspicious: impl Fn(SampleIndex) -> bool, version: u64) -> usize {
        let (counted_in, end) = self.suspicious.get();
        if counted_in == version {
            return end;
        }
        let end = self.queue.listed.iter().rposition(|index| is_suspicious(*index)).map_or(0, |last| last + 1);
        self.suspicious.set((version, end));
        end
    }

    /// The sample a number of steps further in the list; back if negative.
    pub(crate) fn step(&self, steps: i64) -> Option<SampleIndex> {
        self.queue.step(steps)
    }

    /// The next listed sample without a verdict.
    pub(crate) fn next_unjudged(&self, statuses: &[SampleStatus]) -> Option<SampleIndex> {
        self.queue.next_unjudged(statuses)
    }

    /// The text of the search field.
    pub(crate) fn search_text(&self) -> &str {
        &self.search_text
    }

    /// The error in the search text, if any.
    pub(crate) fn search_error(&self) -> Option<&SearchError> {
        self.search_error.as_ref()
    }

    /// Whether the text of the search field finds rows with a negative that a machine called
    /// relevant.
    pub(crate) fn finds_called_relevant(&self) -> bool {
        Search::parse(&self.search_text, &self.dataset_names).is_ok_and(|search| search.finds_called_relevant())
    }

    /// Whether the text of the search field asks about the texts of tiles.
    pub(super) fn asks_about_texts(&self) -> bool {
        Search::parse(&self.search_text, &self.dataset_names).is_ok_and(|search| search.needs_texts())
    }

    /// Whether the search thread is at work.
    pub(crate) fn is_searching(&self) -> bool {
        self.pending.is_some()
    }

    /// The names that a search can use.
    pub(crate) fn dataset_names(&self) -> &DatasetNames {
        &self.dataset_names
    }

    /// A number that grows whenever the list or the position in it changes: the queue then scrolls
    /// to the position.
    pub(crate) fn moves(&self) -> u64 {
        self.moves
    }

    /// A number that grows whenever the list is built.
    pub(crate) fn lists(&self) -> u64 {
        self.lists
    }

    /// Takes the fields of the rows. Returns the text of the pending search if it turns out to be
    /// wrong.
    pub(super) fn take_fields(&mut self, fields: RowFieldNames) -> Option<String> {
        self.dataset_names.fields = fields;
        let is_wrong = self.pending.is_some() && Search::parse(&self.search_text, &self.dataset_names).is_err();
        is_wrong.then(|| self.search_text.clone())
    }

    /// Whether suspicion decides which samples are listed, or in which order, or decided the
    /// current one.
    pub(super) fn follows_suspicion(&self) -> bool {
        self.sought_suspicious || self.is_about_suspicion()
    }

    /// Whether suspicion decides which samples are listed, or in which order.
    pub(super) fn is_about_suspicion(&self) -> bool {
        self.is_by_suspicion() || self.queue.filter.depends_on_signals()
    }

    /// The negative whose reviews the search asks for, by the reviews of the row.
    pub(super) fn reviewed_negative(&self, reviews: &[GradedNegative]) -> Option<TileSlot> {
        self.queue.filter.reviewed_negative(reviews)
    }

    /// The verdicts of the listed rows, counted once for each version of the review.
    pub(super) fn listed_verdicts(&self, statuses: &[SampleStatus], version: u64) -> ListedVerdicts {
        let (counted_in, known) = self.verdicts.get();
        if counted_in == version {
            return known;
        }
        let mut verdicts = ListedVerdicts { listed: self.queue.listed.len(), ..ListedVerdicts::default() };
        for index in &self.queue.listed {
            match statuses.get(index.index()).and_then(|status| status.verdict) {
                Some(Verdict::Accept) => verdicts.accepted += 1,
                Some(Verdict::Reject) => verdicts.rejected += 1,
                Some(Verdict::Unsure) => verdicts.unsure += 1,
                None => {}
            }
        }
        self.verdicts.set((version, verdicts));
        verdicts
    }

    /// Whether a judgement can change the list.
    pub(super) fn depends_on_judgements(&self) -> bool {
        self.queue.filter.depends_on_judgements()
    }

    /// The number of listed samples without a verdict; counted once per version.
    pub(super) fn unjudged(&self, statuses: &[SampleStatus], version: u64) -> usize {
        let (counted_in, number) = self.unjudged.get();
        if counted_in == version {
            return number;
        }
        let is_unjudged =
            |index: &&SampleIndex| statuses.get(index.index()).is_some_and(|status| status.verdict.is_none());
        let number = self.queue.listed.iter().filter(is_unjudged).count();
        self.unjudged.set((version, number));
        number
    }

    /// Takes what another list knows about the dataset, whatever it lists.
    pub(super) fn know_as(&mut self, other: &Self) {
        self.dataset_names = other.dataset_names.clone();
        self.has_check = other.has_check;
    }

    /// Lists these samples only, in this order. `rows` has the same samples, ascending.
    pub(super) fn limit_to(&mut self, rows: Vec<SampleIndex>, order: Vec<SampleIndex>) {
        self.queue.only = Some(rows);
        self.queue.order = Some(Arc::new(Ranking::new(order)));
    }

    /// Moves the cursor to a sample.
    pub(super) fn set_cursor(&mut self, index: SampleIndex) {
        self.queue.cursor = index;
        self.sought_suspicious = false;
        self.moves += 1;
    }

    /// Lists the samples again that the filter admits.
    pub(super) fn rebuild(
        &mut self,
        session: &AuditSession,
        signals: &Signals,
        judged_rows: &JudgedRows,
        assigned: &AssignedRows,
        team: Option<&TeamRows>,
    ) {
        self.lists += 1;
        let (findings, decisions) = (signals.findings(), session.decisions());
        self.queue.rebuild(
            &session.dataset,
            session.statuses(),
            |index| session.judgement(index),
            |sample| KnownFacts { sample, findings, decisions, judged_rows, assigned, team },
        );
    }

    /// Sets everybody who judged rows, for searches.
    pub(super) fn set_annotators<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        self.dataset_names.annotators = names.map(str::to_owned).collect();
    }

    /// Sets everybody with assigned rows, and who searches.
    pub(super) fn set_assigned<'a>(&mut self, names: impl Iterator<Item = &'a str>, me: &str) {
        self.dataset_names.assigned = names.map(str::to_owned).collect();
        self.dataset_names.me = Some(me.to_owned());
    }

    /// Takes the numbers of the team, as they were counted. Returns whether they decide which
    /// samples are listed.
    pub(super) fn take_team(&mut self, rows: &TeamRows) -> bool {
        self.dataset_names.set_team(rows);
        self.needs_team()
    }

    /// Whether the numbers of the team decide which samples are listed.
    pub(super) fn needs_team(&self) -> bool {
        self.queue.filter.needs_team()
    }

    /// Sets the sources of scores, for searches; `None` while they are not known.
    pub(super) fn set_retrievers(&mut self, names: Option<Vec<String>>) {
        self.dataset_names.retrievers = names;
    }

    /// New findings have another order; the list takes it when the person goes on.
    pub(super) fn findings_changed(&mut self) {
        self.suspicious.set((u64::MAX, 0));
        self.order_is_old = self.is_by_suspicion();
        self.sorting_is_due = self.order_is_old;
    }

    /// Sorts all rows by the newest findings, but for the current one and the judged ones before
    /// it: they come first, as they were, then the judged ones that are before it now. So every row
    /// that is left to judge comes after the current one, and a set that is opened again shows the
    /// place from before once its texts are known. Returns whether the order changed; the list has
    /// to be rebuilt then.
    pub(super) fn sort_again(&mut self, statuses: &[SampleStatus], findings: &Findings) -> bool {
        if !std::mem::take(&mut self.sorting_is_due) || !self.is_by_suspicion() {
            return false;
        }
        self.order_is_old = false;
        let is_judged =
            |index: &SampleIndex| statuses.get(index.index()).is_some_and(|status| status.verdict.is_some());
        let (Ok(passed) | Err(passed)) = self.queue.position();
        let passed = self.queue.listed.iter().take(passed).filter(|index| is_judged(index));
        let newest = findings.ranking();
        let before = newest.iter().position(|index| *index == self.queue.cursor).unwrap_or_default();
        let passed_now = newest.iter().take(before).filter(|index| is_judged(index));
        let kept = passed.chain(passed_now).copied().chain([self.queue.cursor]);
        let ranking = Ranking::new(kept.chain(newest.iter().copied()).collect());
        if self.queue.order.as_deref() == Some(&ranking) {
            return false;
        }
        self.queue.order = Some(Arc::new(ranking));
        self.moves += 1;
        true
    }

    /// Reorders the samples after the current one and after `to`, where the person is about to go:
    /// no sample before them moves, nor the one under the cursor. Returns whether the order
    /// changed.
    ///
    /// Samples without findings come after all others. Keeping everything before such a sample in
    /// place would leave nothing to reorder, so leaving one does not count, and a jump to one
    /// leaves the order as it is.
    pub(super) fn reorder(&mut self, to: SampleIndex, findings: &Findings) -> bool {
        let from = self.queue.cursor;
        if !self.is_by_suspicion() {
            return false;
        }
        let Some(order) = self.queue.order.as_ref().filter(|_| self.order_is_old && to != from) else { return false };
        let last = match (order.rank(from), order.rank(to)) {
            (Some(from_rank), Some(to_rank)) if from_rank > to_rank => from,
            (Some(_), None) if self.queue.step(1) != Some(to) => return false,
            (None, None) => from.max(to),
            _ => to,
        };
        self.queue.order = Some(Arc::new(order.updated_after(last, findings.ranking())));
        self.order_is_old = false;
        true
    }

    /// Puts the list in an order. `ranking` has the samples in it; `None` for the dataset's own.
    pub(super) fn set_order(&mut self, order: ListOrder, ranking: Option<Vec<SampleIndex>>) {
        self.queue.order = ranking.map(|ranking| Arc::new(Ranking::new(ranking)));
        self.order = order;
        self.awaited_order = None;
        self.order_is_old = false;
        self.sorting_is_due = false;
        self.moves += 1;
    }

    /// Ends a search edit, so that an invalid text no longer restores the list from before it.
    pub(super) fn end_edit(&mut self) {
        self.before_edit = None;
        self.text_before_edit = None;
    }

    /// Lets filters ask for the findings of a check.
    pub(super) fn allow_check(&mut self) {
        self.has_check = true;
    }

    /// Refuses a search for findings as long as there are none to search in.
    fn with_check(&self, search: Search) -> Result<Search, SearchError> {
        if self.has_check || !search.needs_check() {
            return Ok(search);
        }
        let message = "no check has run since the dataset was opened: File, Check the dataset…".to_owned();
        Err(SearchError { range: 0..self.search_text.len(), message, is_unknown_filter: false })
    }

    /// Whether a search edit is going on.
    pub(crate) fn is_editing(&self) -> bool {
        self.text_before_edit.is_some()
    }

    /// Whether the search edit that is going on has changed the text.
    pub(super) fn edit_changed_text(&self) -> bool {
        self.text_before_edit.as_ref().is_some_and(|before| before.trim() != self.search_text.trim())
    }

    /// Takes a new search text. An invalid one restores the list from before the edit, not that of
    /// its last valid beginning. While it is typed, a last word that may become the name of a
    /// filter does not count yet.
    pub(super) fn edit(&mut self, text: String, is_typing: bool) -> SearchStep {
        // Another word begins another edit.
        let is_next_word =
            text.strip_prefix(&self.search_text).is_some_and(|more| more.starts_with(char::is_whitespace));
        if self.before_edit.is_none() || (is_next_word && self.search_error.is_none() && self.pending.is_none()) {
            self.before_edit = Some((self.queue.filter.clone(), self.queue.matches.clone()));
        }
        if self.text_before_edit.is_none() {
            self.text_before_edit = Some(self.search_text.clone());
        }
        self.search_text = text;
        let unfinished = unfinished_word(&self.search_text).filter(|_| is_typing);
        let counting = &self.search_text[..unfinished.map_or(self.search_text.len(), |word| word.start)];
        self.shows_first = false;
        self.pending = None;
        self.search_error = None;
        let search = Search::parse(counting, &self.dataset_names).and_then(|search| self.with_check(search));
        match search {
            // More tiles may have been read since the last search of texts.
            Ok(search) if search.asks_same_of_rows(&self.queue.filter) && !search.needs_texts() => {
                SearchStep::Apply(search, self.queue.matches.take())
            }
            Ok(search) if search.needs_rows() => {
                self.pending = Some(search.clone());
                SearchStep::AskRows(search)
            }
            Ok(search) => SearchStep::Apply(search, None),
            Err(error) => {
                self.search_error = Some(error);
                let before = self.before_edit.clone().filter(|(filter, _)| *filter != self.queue.filter);
                before.map_or(SearchStep::Nothing, |(filter, matches)| SearchStep::Apply(filter, matches))
            }
        }
    }

    /// Takes the reason why the pending search cannot be answered. Returns the search to go back
    /// to, with its rows, if the list has another one by now.
    pub(super) fn refuse(&mut self, search: &Search, reason: String) -> Option<(Search, Option<Vec<SampleIndex>>)> {
        if !self.accept_answer(search) {
            return None;
        }
        self.shows_first = false;
        let range = 0..self.search_text.len();
        self.search_error = Some(SearchError { range, message: reason, is_unknown_filter: false });
        self.before_edit.clone().filter(|(filter, _)| *filter != self.queue.filter)
    }

    /// Returns whether the search thread's answer is to the pending search, and ends that.
    pub(super) fn accept_answer(&mut self, search: &Search) -> bool {
        let is_pending = self.pending.as_ref() == Some(search);
        if is_pending {
            self.pending = None;
        }
        is_pending
    }

    /// Drops the pending search after a failure.
    pub(super) fn forget_pending(&mut self) {
        self.pending = None;
    }

    /// The queue, to look for samples in it.
    pub(super) fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Records that the current sample was chosen because it is suspicious.
    pub(super) fn set_sought_suspicious(&mut self) {
        self.sought_suspicious = true;
    }

    /// Takes a search and its matching rows. The list has to be rebuilt after it.
    pub(super) fn set_search(&mut self, search: Search, matches: Option<Vec<SampleIndex>>) {
        self.queue.filter = search;
        self.queue.matches = matches;
        self.moves += 1;
    }

    /// Returns whether the first sample has to be shown now that a search is answered, once.
    pub(super) fn take_shows_first(&mut self) -> bool {
        std::mem::take(&mut self.shows_first)
    }

    /// Lets the first sample be shown once the pending search is answered.
    pub(super) fn show_first_later(&mut self) {
        self.shows_first = true;
    }
}
