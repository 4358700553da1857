//! The result of the draw from a set, in figures and in words: before the set is accepted, and in
//! the report after. Accepts nothing.

use tilejury_stats::most_wrong;

use super::answer::RowAnswer;
use super::counted::Counted;
use super::figures::{AcceptanceFigures, TileFigures};
use super::plan::{Acceptance, AuditPlan};
use super::tile_word::TileWord;
use crate::role::machine_annotator;
use crate::text::{count, grouped};

impl AcceptanceFigures {
    /// The figures of the rows that count; not whether the set was accepted.
    pub(super) fn new(plan: &AuditPlan, accept: &Acceptance, counted: &Counted<'_>) -> Self {
        let wrong = |answer: &RowAnswer| match &accept.tiles {
            Some(set) => set.word.wrong_in(answer),
            None => u64::from(answer.is_wrong()),
        };
        let wrong = counted.all().map(wrong).sum();
        let tiles = accept.tiles.as_ref().map(|set| TileFigures {
            rule: set.rule.clone(),
            word: set.word,
            drawn: set.drawn.len() as u64,
            judged: counted.all().map(|answer| answer.negatives.len() as u64).sum(),
            confirmed: counted.all().map(|answer| answer.confirmed).sum(),
        });
        let set = accept.tiles.as_ref().map_or(plan.population, |set| set.tiles);
        Self {
            annotator: machine_annotator(&accept.machine),
            set,
            most_wrong: most_wrong(set, accept.share),
            allowed: accept.allowed,
            wrong,
            shown: counted.finished.then_some(wrong <= accept.allowed),
            accepted: None,
            tiles,
        }
    }

    /// The result of the draw in words, for the person who decides whether to accept the set;
    /// `None` if it may not be accepted, and once it is.
    pub fn offer(&self, plan: &AuditPlan) -> Option<String> {
        let may = self.shown == Some(true) && self.accepted.is_none();
        plan.acceptance.as_ref().filter(|_| may).map(|accept| sentence(plan, accept, self.wrong as usize))
    }

    /// The set in words: `1,240 rows`.
    pub fn set_in_words(&self) -> String {
        count(self.set as usize, if self.tiles.is_some() { "tile" } else { "row" })
    }

    /// Whether the set may be accepted, so far.
    pub fn sentence(&self) -> String {
        let (set, allowed) = (self.set_in_words(), grouped(self.allowed as usize));
        let mut wrong = format!("{} wrong or undecided, {allowed} allowed", grouped(self.wrong as usize));
        if let Some(tiles) = &self.tiles {
            let [judged, drawn] = [tiles.judged, tiles.drawn].map(|number| grouped(number as usize));
            wrong = format!("{judged} of {drawn} drawn tiles judged, {wrong}");
            if tiles.confirmed > 0 {
                wrong += &format!(", {} only confirmed by accepting their row", grouped(tiles.confirmed as usize));
            }
        }
        let done = match &self.tiles {
            Some(tiles) => format!("marked as {} by {}", tiles.word.label(), self.annotator),
            None => format!("accepted by {}", self.annotator),
        };
        match (self.accepted, self.shown) {
            (Some(number), _) => format!("{} of {set} are {done}: {wrong}.", grouped(number)),
            (None, Some(true)) => format!(
                "Shown: at most {} of {set} are wrong ({wrong}). `tilejury audit accept` {} them as {}.",
                grouped(self.most_wrong as usize),
                if self.tiles.is_some() { "marks" } else { "accepts" },
                self.annotator
            ),
            (None, Some(false)) => format!("Not shown that the set of {set} is good enough: {wrong}."),
            (None, None) => format!("Whether the set of {set} may be accepted is known at the end: {wrong}."),
        }
    }
}

/// The result of the draw from a set, in words.
pub(super) fn sentence(plan: &AuditPlan, accept: &Acceptance, wrong: usize) -> String {
    let annotator = machine_annotator(&accept.machine);
    let set = accept.tiles.as_ref().map_or(plan.population, |set| set.tiles);
    let most = grouped(most_wrong(set, accept.share) as usize);
    let (begin, drawn, expect) = match &accept.tiles {
        None => (
            format!(
                "Accept these {} as they are by “{annotator}” (positive right, no relevant negative)",
                count(set as usize, "row")
            ),
            grouped(plan.rows as usize),
            format!("Expect up to {most} wrong ones."),
        ),
        Some(tiles) => (
            format!("Mark these {} as {} by “{annotator}”", count(set as usize, "tile"), tiles.word.label()),
            grouped(tiles.drawn.len()),
            match tiles.word {
                TileWord::Relevant => format!("Expect up to {most} good negatives lost."),
                TileWord::NotRelevant => format!("Expect up to {most} false negatives kept."),
            },
        ),
    };
    format!(
        "{begin}: at least {:.0} % of them are right ({:.0} % confidence): {drawn} drawn at random among them, {} wrong. \
         {expect}",
        100.0 * (1.0 - accept.share),
        100.0 * plan.level,
        grouped(wrong),
    )
}
