//! The adjudication of an audit in the window: the rows on which its annotators differ are shown
//! one by one with all answers side by side and without names. The adjudicator takes one of them
//! or gives their own; that word takes the place of the others, which stay stored.
//!
//! What a running round puts aside is in `rounds.rs`. Which rows differ is in the audit crate.

use tilejury_audit::annotators::{AnsweredRows, Counted, Difference, DifferenceKind, HiddenAnswer, differences};
use tilejury_audit::audits::{Audit, Say};
use tilejury_audit::{Judgement, Relevance, Round, StepId, Verdict, now};
use tilejury_data::{Sample, TilePath, TileSlot};

use super::{Review, RoundKind};

/// The names of the columns of answers: letters.
pub(crate) fn letter(at: usize) -> char {
    char::from(b'A' + (at.min(25) as u8))
}

/// The adjudication whose rows are shown.
pub(super) struct RunningAdjudication {
    /// The step that drew the rows of the audit.
    audit: StepId,
    /// The name of the audit.
    name: String,
    /// The rows on which adjudicators differed when it began; all rows if tiles were drawn, where
    /// marks are the word, with or without a verdict.
    contested: Vec<Sample>,
    /// Whether its rows are judged blind.
    is_blind: bool,
    /// Its rows, those with opposed answers first.
    differences: Vec<Difference>,
    /// The numbers of the audit's rows with several answers, which can differ, and with one.
    answered: (usize, usize),
}

/// The answers to the current row of an adjudication.
pub(crate) struct ShownDifference<'a> {
    /// The name of the audit.
    pub(crate) audit: &'a str,
    /// The reason for adjudicating the row, in words.
    pub(crate) kind: &'static str,
    /// The number of rows with the adjudicator's word, and of all rows.
    pub(crate) settled: (usize, usize),
    /// The numbers of the audit's rows with several answers, which can differ, and with one.
    pub(crate) answered: (usize, usize),
    /// The position of the row in the queue, from 1.
    pub(crate) position: usize,
    /// The verdict and reasons of each answer in words, by column.
    pub(crate) verdicts: Vec<String>,
    /// Whether the annotators gave different verdicts.
    pub(crate) verdicts_differ: bool,
    /// The adjudicator's own verdict, also in words with its reasons, if there is one.
    pub(crate) own: Option<(Verdict, String)>,
    /// The tiles that are marked or decided, each with the marks of all columns, the adjudicator's
    /// own last.
    pub(crate) tiles: Vec<ShownTile>,
    /// The number of its other tiles, which nobody marked.
    pub(crate) without_mark: usize,
    /// The column that is the adjudicator's word now, if it is one.
    pub(crate) taken: Option<usize>,
}

/// A tile of the row in the answers.
pub(crate) struct ShownTile {
    pub(crate) name: String,
    pub(crate) slot: TileSlot,
    /// Whether the annotators differ on it.
    pub(crate) differs: bool,
    /// By column: the mark; `None` without one.
    pub(crate) marks: Vec<Option<Relevance>>,
    /// By column: whether accepting the row said that the tile is not relevant, without a mark.
    pub(crate) by_accepting: Vec<bool>,
    /// The adjudicator's own mark.
    pub(crate) own: Option<Relevance>,
}

/// A verdict with its reasons, in words.
fn in_words(judgement: &Judgement) -> String {
    let verdict = judgement.verdict.map_or("no verdict", Verdict::label);
    let reasons: Vec<String> = judgement.reasons.iter().map(|reason| reason.label().to_lowercase()).collect();
    if reasons.is_empty() { verdict.to_owned() } else { format!("{verdict}: {}", reasons.join(", ")) }
}

/// The part of a judgement that an answer consists of.
fn answer_of(judgement: &Judgement) -> Judgement {
    Judgement { note: String::new(), tags: Default::default(), ..judgement.clone() }
}

impl Review {
    /// Shows the rows on which the annotators of an audit differ: of the latest one with rows that
    /// are not settled, else of the latest one with any.
    ///
    /// # Errors
    /// The reason why none can begin, in a sentence.
    pub(crate) fn enter_adjudication(&mut self) -> Result<(), String> {
        self.finish_running();
        let dataset = self.dataset().clone();
        let of_each = self.audits.iter().rev().map(|audit| {
            let rows = AnsweredRows::of_audit(audit, &dataset, Counted::All);
            let found = differences(&rows, &dataset, audit.plan.adjudicate_relevant);
            let several = rows.shared().count();
            (audit, found, (several, rows.rows.len() - several))
        });
        let mut of_each: Vec<(&Audit, Vec<Difference>, _)> =
            of_each.filter(|(_, found, _)| !found.is_empty()).collect();
        let open = of_each.iter().position(|(_, found, _)| found.iter().any(|row| !row.is_settled()));
        if of_each.is_empty() {
            return Err(
                "No row of an audit has two different answers: an audit with two annotators for a row finds them."
                    .to_owned(),
            );
        }
        let (audit, found, answered) = of_each.swap_remove(open.unwrap_or(0));
        let round = Round::Adjudication(audit.id.clone());
        let session = self.session.in_round(round, &self.audits.own_adjudication(audit));
        let order = found.iter().map(|row| row.index).collect();
        let of_tiles = audit.plan.tiles().is_some();
        let contested = found.iter().filter(|row| of_tiles || row.kind == DifferenceKind::Adjudicators);
        let contested = contested.filter_map(|row| dataset.sample(row.index).ok()).collect();
        let (id, name, is_blind) = (audit.id.clone(), audit.plan.name.clone(), audit.plan.blind);
        let running = RunningAdjudication { audit: id, name, contested, is_blind, differences: found, answered };
        if !self.enter_round(RoundKind::Adjudication, order, session) {
            return Err("Another round runs.".to_owned());
        }
        // A row with the person's own word is open as well if another adjudicator differs.
        let open = running.differences.iter().find(|row| !self.is_settled_now(&running, row)).map(|row| row.index);
        self.adjudication = Some(running);
        if let Some(open) = open {
            self.show(open);
        }
        Ok(())
    }

    /// The adjudication that runs, if one does.
    fn running_adjudication(&self) -> Option<&RunningAdjudication> {
        self.adjudication.as_ref().filter(|_| self.round_kind() == Some(RoundKind::Adjudication))
    }

    /// Whether the plan of the running adjudication's audit says that its rows are judged blind.
    pub(crate) fn is_adjudicated_blind(&self) -> bool {
        self.running_adjudication().is_some_and(|running| running.is_blind)
    }

    /// The number of rows with an adjudicator's word, and of all rows of the running adjudication.
    pub(super) fn settled(&self) -> Option<(usize, usize)> {
        let running = self.running_adjudication()?;
        let settled = running.differences.iter().filter(|row| self.is_settled_now(running, row)).count();
        Some((settled, running.differences.len()))
    }

    /// Whether a row has an adjudicator's word now, and no other adjudicator differs.
    fn is_settled_now(&self, running: &RunningAdjudication, row: &Difference) -> bool {
        let Some(sample) = running.contested.iter().find(|sample| sample.key == row.key) else {
            let status = self.session.statuses().get(row.index.index());
            return row.is_settled() || status.is_some_and(|status| status.verdict.is_some());
        };
        let own = self.session.judgement(row.index).cloned().unwrap_or_default();
        let audit = self.audits.iter().find(|audit| audit.id == running.audit);
        let together = audit.and_then(|audit| audit.adjudication_with(sample, &self.session.annotator, &own));
        together.is_some_and(|together| together.answer.is_some() && together.differ_on.is_none())
    }

    /// The answers to the current row, if it is adjudicated.
    pub(crate) fn shown_difference(&self) -> Option<ShownDifference<'_>> {
        let running = self.running_adjudication()?;
        let (at, difference) =
            running.differences.iter().enumerate().find(|(_, difference)| difference.index == self.cursor())?;
        let sample = self.sample.as_ref()?;
        let own = self.judgement();
        let answers: Vec<&Judgement> = difference.answers.iter().map(|answer| &answer.judgement).collect();
        let mut shown: Vec<&TilePath> = Vec::new();
        let mut without_mark = 0;
        let tiles = TileSlot::of_tiles(sample).filter_map(|(slot, tile)| {
            let path = &tile.path;
            let marks: Vec<Option<Relevance>> = answers.iter().map(|answer| self.mark_of(answer, path)).collect();
            let is_negative = !slot.is_positive();
            let by_accepting = |(answer, mark): (&HiddenAnswer, &Option<Relevance>)| {
                is_negative && mark.is_none() && answer.say(path) == Say::No
            };
            let by_accepting = difference.answers.iter().zip(&marks).map(by_accepting).collect();
            let differs = difference.tiles.contains(path);
            let is_marked = marks.iter().any(Option::is_some) || own.relevance(path).is_some();
            let is_new = !shown.contains(&path);
            shown.push(path);
            let own = own.relevance(path);
            let is_listed = differs || is_marked;
            without_mark += usize::from(is_new && !is_listed);
            (is_new && is_listed).then(|| ShownTile {
                name: self.tile_name(slot),
                slot,
                differs,
                marks,
                by_accepting,
                own,
            })
        });
        let tiles: Vec<ShownTile> = tiles.collect();
        let reconciled = |answer: &Judgement| answer_of(&answer.clone().reconciled(&sample.positive.path));
        Some(ShownDifference {
            audit: &running.name,
            kind: difference.kind.label(),
            settled: self.settled()?,
            answered: running.answered,
            position: at + 1,
            verdicts: answers.iter().map(|answer| in_words(answer)).collect(),
            taken: answers.iter().position(|answer| own.verdict.is_some() && reconciled(answer) == answer_of(&own)),
            verdicts_differ: answers.iter().any(|answer| answer.verdict != answers[0].verdict),
            own: own.verdict.map(|verdict| (verdict, in_words(&own))),
            tiles,
            without_mark,
        })
    }

    /// The first tile on which the answers to the current row differ, if it is adjudicated.
    pub(super) fn disputed_tile(&self) -> Option<TileSlot> {
        let running = self.running_adjudication()?;
        let difference = running.differences.iter().find(|difference| difference.index == self.cursor())?;
        let mut tiles = TileSlot::of_tiles(self.sample.as_ref()?);
        tiles.find(|(_, tile)| difference.tiles.contains(&tile.path)).map(|(slot, _)| slot)
    }

    /// The mark of a tile in an answer, also of a wrong positive that only a reason names.
    fn mark_of(&self, answer: &Judgement, tile: &TilePath) -> Option<Relevance> {
        let positive = &self.sample.as_ref()?.positive.path;
        answer.clone().reconciled(positive).relevance(tile)
    }

    /// The number of answers to the current row, if it is adjudicated.
    pub(crate) fn answers_shown(&self) -> usize {
        self.shown_difference().map_or(0, |shown| shown.verdicts.len())
    }

    /// Takes an answer to the current row as the adjudicator's word. Returns the step in words, if
    /// it changed anything.
    pub(crate) fn take_answer(&mut self, column: usize) -> Option<String> {
        let row = self.cursor();
        let running = self.running_adjudication()?;
        let difference = running.differences.iter().find(|difference| difference.index == row)?;
        let answer = difference.answers.get(column)?.judgement.clone();
        self.finish_running();
        self.session.visible = Some(self.visible());
        let taken = self.session.take_answer(row, &answer, now());
        if taken.events.is_empty() {
            return None;
        }
        // An answer has its reasons: none are offered.
        self.just_judged = None;
        self.record(&taken.events);
        self.stats.count_tags(&self.session);
        self.refresh_derived();
        Some(format!("Answer {} taken: {}", letter(column), self.dataset().describe_position(row)))
    }
}
