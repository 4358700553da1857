//! Which samples are listed, in which order, and where to go from one: the search, the order, the next of a kind.

use std::sync::Arc;

use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::queue::Ranking;
use tilejury_audit::search::Search;
use tilejury_audit::suspicion::Findings;

use super::Review;

/// Where to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextTarget {
    Unjudged,
    Suspicious,
    Undecided,
}

/// What was looked at to find what speaks against samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScanCoverage {
    /// Rows and paths, and what other programs say.
    Rows,
    /// Those, and the tiles that were read so far.
    SomePixels,
    /// Those, and every tile.
    All,
}

/// Weaker suspicions are no reason to go to a sample: a popular tile alone, say.
const SUSPICIOUS: f32 = 0.15;

impl Review {
    /// Goes to the next sample of the list that fits. False where there is none.
    pub(crate) fn next(&mut self, goal: NextTarget) -> bool {
        let standings = self.session.standings();
        let unjudged = |index: usize| standings.get(index).is_some_and(|standing| standing.verdict.is_none());
        let next = match goal {
            NextTarget::Unjudged => self.queue.next_unjudged(standings),
            NextTarget::Suspicious => self.queue.next_where(|index| unjudged(index) && self.score(index) >= SUSPICIOUS),
            NextTarget::Undecided => {
                self.queue.next_where(|index| standings.get(index).is_some_and(|standing| standing.undecided))
            }
        };
        if let Some(index) = next {
            self.show(index);
            self.sought_suspicious = goal == NextTarget::Suspicious;
        }
        next.is_some()
    }

    /// How suspect a sample is, 0 to 1; 0 while that is not known.
    fn score(&self, index: usize) -> f32 {
        self.findings.as_ref().map_or(0.0, |findings| findings.score(index))
    }

    /// What speaks against a tile of the sample on show: the names of its signals, and the reasons, a line each.
    pub(crate) fn signals_of(&self, tile: usize) -> Option<(String, String)> {
        let found = self.findings.as_ref()?.of_tile(self.queue.cursor, tile);
        let names: Vec<&str> = found.iter().map(|finding| finding.signal.label()).collect();
        let reasons: Vec<String> = found.iter().map(|finding| finding.sentence(self.dataset())).collect();
        (!found.is_empty()).then(|| (names.join(", "), reasons.join("\n")))
    }

    /// The tile that most speaks against, of the sample on show; the positive where nothing does.
    pub(super) fn strongest_tile(&self) -> usize {
        let Some(findings) = &self.findings else { return 0 };
        let tiles = self.sample.as_ref().map_or(0, |sample| sample.negatives.len() + 1);
        let score = |tile: usize| findings.tile_score(self.queue.cursor, tile);
        // The first of equals.
        (0..tiles).rev().max_by(|a, b| score(*a).total_cmp(&score(*b))).filter(|tile| score(*tile) > 0.0).unwrap_or(0)
    }

    /// Takes in what speaks against samples. It is on show at once, and searches follow it; the order of the list waits until the
    /// person goes on.
    pub(crate) fn take_findings(&mut self, findings: Arc<Findings>, looked: ScanCoverage) {
        // Scores go on by the weights that they went by.
        let weights = self.findings.as_ref().map(|known| *known.weights());
        self.findings = Some(match weights {
            Some(weights) if weights != *findings.weights() => Arc::new(findings.weighed(&weights)),
            _ => findings,
        });
        self.looked = looked;
        self.order_is_old = self.queue.order.is_some();
        self.refresh_derived();
    }

    /// Called when the person is about to go to another sample: orders anew what lies behind both that one and the one on show.
    /// So nothing moves that was passed, and nothing under the cursor.
    ///
    /// A sample that nothing spoke against stands behind all others. To keep all before it where they are would leave nothing to
    /// order anew: coming from there does not count, and a leap there leaves the order as it is.
    pub(super) fn refresh_order(&mut self, to: usize) {
        let (from, queue) = (self.queue.cursor, &self.queue);
        let (Some(order), Some(findings)) = (&queue.order, &self.findings) else { return };
        if !self.order_is_old || to == from {
            return;
        }
        let last = match (order.rank(from as u32), order.rank(to as u32)) {
            (Some(from_rank), Some(to_rank)) if from_rank > to_rank => from,
            (Some(_), None) if queue.step(1) != Some(to) => return,
            (None, None) => from.max(to),
            _ => to,
        };
        self.queue.order = Some(Arc::new(order.behind(last as u32, findings.ranking())));
        self.order_is_old = false;
        self.rebuild();
    }

    /// Lists the most suspicious first, by the weights of this moment, or in the dataset's order. False while nothing is
    /// known.
    pub(crate) fn order_by_suspicion(&mut self) -> bool {
        if self.queue.order.is_none() {
            self.refresh_weights();
        }
        let Some(findings) = &self.findings else { return false };
        self.queue.order = match self.queue.order {
            None => Some(Arc::new(Ranking::new(findings.ranking().to_vec()))),
            Some(_) => None,
        };
        self.order_is_old = false;
        self.rebuild();
        self.moves += 1;
        true
    }

    /// Searches for a whole text at once, not for one that is being typed.
    pub(crate) fn search_for(&mut self, text: String) {
        self.end_search_edit();
        self.search(text);
        self.end_search_edit();
    }

    /// Ends what began with the first of a series of searches, as a person types: the list that an invalid one brings back.
    pub(crate) fn end_search_edit(&mut self) {
        self.before_search_edit = None;
    }

    /// Searches, as a person types: at once where rows need not be asked, else when the search thread answers. What cannot be
    /// understood brings back the list from before the edit, not that of its last valid beginning.
    pub(crate) fn search(&mut self, text: String) {
        // A further word is an edit of its own.
        let further = text.strip_prefix(&self.search).is_some_and(|more| more.starts_with(char::is_whitespace));
        if self.before_search_edit.is_none() || (further && self.search_error.is_none() && self.asked.is_none()) {
            self.before_search_edit = Some((self.queue.filter.clone(), self.queue.matches.clone()));
        }
        self.search = text;
        self.first_wanted = false;
        match Search::parse(&self.search, &self.vocabulary) {
            Ok(search) => {
                self.search_error = None;
                if search.asks_same_of_rows(&self.queue.filter) {
                    self.asked = None;
                    let matches = self.queue.matches.take();
                    self.apply_search(search, matches);
                } else if search.needs_rows() {
                    self.asked = Some(search.clone());
                    self.searcher.search(search);
                } else {
                    self.asked = None;
                    self.apply_search(search, None);
                }
            }
            Err(error) => {
                self.asked = None;
                let before = self.before_search_edit.clone().filter(|(filter, _)| *filter != self.queue.filter);
                if let Some((filter, matches)) = before {
                    self.apply_search(filter, matches);
                }
                self.search_error = Some(error);
            }
        }
    }

    /// Takes the conflicts among other judgements than everybody's for those that `conflict:yes` finds.
    pub(crate) fn conflicts_of(&self, whose: AnnotatorScope) {
        self.answering.conflicts_of(whose);
    }

    /// Is the search thread at work?
    pub(crate) fn is_searching(&self) -> bool {
        self.asked.is_some()
    }

    pub(super) fn apply_search(&mut self, search: Search, matches: Option<Vec<u32>>) {
        self.queue.filter = search;
        self.queue.matches = matches;
        self.rebuild();
        self.moves += 1;
        if std::mem::take(&mut self.first_wanted) {
            self.show_first();
        }
    }

    /// Shows the first sample of the list: of the one that the search under way will bring, if there is one.
    pub(crate) fn show_first(&mut self) {
        if self.is_searching() {
            self.first_wanted = true;
        } else if let Some(first) = self.queue.listed.first().copied() {
            self.just_judged = None;
            self.show(first as usize);
        }
    }
}
