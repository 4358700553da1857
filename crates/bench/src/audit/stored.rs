//! Audits that are stored and read as the program does it: rows drawn by hash, answers recorded as
//! lines, judged in any order, and among them work that must not count: suspicious rows judged
//! first, whole lists judged in bulk, undone steps.

use std::path::Path;
use std::sync::Arc;

use tilejury_audit::audits::{self, AuditPlan, AuditStatus};
use tilejury_audit::interchange::{ImportDefaults, read};
use tilejury_audit::merge::present_by_annotator;
use tilejury_audit::{AuditSession, Event, JudgeAction, Relevance, RowsAction, Selection, Timestamp, Verdict};
use tilejury_data::{Dataset, SampleIndex, SampleKey, TilePath};
use tilejury_stats::Level;

use super::coverage::{Coverage, Shown};
use super::population::drawn;
use super::runs::Runs;
use crate::mixed::Draws;

/// The rows of the set.
const ROWS: usize = 1500;
/// The planned rows of an audit.
const PLANNED: usize = 120;
/// The suspicious rows that are judged before, and the rows that are judged in bulk.
const BEFORE: usize = 30;
const IN_BULK: usize = 60;
/// One of so many runs: each takes as long as a hundred others.
const ONE_OF: usize = 10;
/// The time of all judgements.
pub(super) const TIME: &str = "2026-11-29T00:00:00Z";
/// The person who judges.
pub(super) const PERSON: &str = "ada";

/// A set on the disk. Its first rows are affected: their first negative is relevant.
struct StoredSet {
    dataset: Arc<Dataset>,
    affected: usize,
    at: Timestamp,
    _folder: tempfile::TempDir,
}

/// Measures the interval that is shown where a person stopped.
pub(super) fn measure(rate: f64, runs: &Runs<'_>) -> anyhow::Result<Vec<Coverage>> {
    let set = StoredSet::write((rate * ROWS as f64).round() as usize)?;
    let runs = Runs { number: runs.number.div_ceil(ONE_OF), ..*runs };
    let name = "affected rows of 1,500, stored, other work mixed in";
    let shown: Vec<Option<Shown>> =
        runs.each(name, rate, |mut draws| set.shown(&mut draws))?.into_iter().collect::<anyhow::Result<_>>()?;
    Ok(vec![Coverage::new(name, rate, Level::USUAL.value(), shown.into_iter())])
}

fn tile(row: usize, at: usize) -> String {
    format!("images/shard_000/shard_00001/{row}.png.tiles/chunk_0000_{at:02}.png")
}

impl StoredSet {
    fn write(affected: usize) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let row = |row: usize| {
            let negatives: Vec<String> = (1..4).map(|at| tile(row, at)).collect();
            let row = serde_json::json!({
                "query": format!("query {row}"), "chunk_path": tile(row, 0), "neg_chunk_paths": negatives,
            });
            format!("{row}\n")
        };
        std::fs::write(folder.path().join("train_hn.jsonl"), (0..ROWS).map(row).collect::<String>())?;
        let dataset = Arc::new(Dataset::open(Path::new(folder.path()))?);
        let at = TIME.parse().map_err(anyhow::Error::msg)?;
        Ok(Self { dataset, affected, at, _folder: folder })
    }

    /// One audit, up to where the person stops.
    fn shown(&self, draws: &mut Draws) -> anyhow::Result<Option<Shown>> {
        let seed = draws.below(usize::MAX).to_string();
        let draw = audits::draw(AuditPlan::new("simulated", &seed, PLANNED as u64), &self.dataset, |_| true)?;
        let mut events = self.other_work(draws, &[]);
        events.extend(audits::begin(&draw, &self.dataset, PERSON, self.at).0);
        // The most suspicious rows first, and half of the people stop before they have all.
        let mut order: Vec<(f64, SampleKey)> = Vec::new();
        for key in &draw.rows {
            let suspicion = draws.fraction() + if self.is_affected(*key) { 0.5 } else { 0.0 };
            order.push((suspicion, *key));
        }
        order.sort_by(|a, b| b.0.total_cmp(&a.0));
        let judged = if draws.below(2) == 0 { PLANNED } else { PLANNED - draws.below(PLANNED / 10) };
        let (first, second) = order.split_at(judged / 2);
        events.extend(self.answers(&events, first)?);
        events.extend(self.other_work(draws, &events));
        events.extend(self.answers(&events, &second[..judged - first.len()])?);
        let mut found = audits::audits(&events);
        anyhow::ensure!(found.len() == 1, "{} audits were found", found.len());
        let status = AuditStatus::new(&found.remove(0), &self.dataset);
        // What counts is what the first rows of the draw are, whatever else was judged.
        let counted = draw.rows.iter().take(status.judged as usize);
        let hits = counted.filter(|key| self.is_affected(**key)).count() as u64;
        anyhow::ensure!(status.rows.hits == hits, "{} hits were counted, there are {hits}", status.rows.hits);
        let ends = status.rows.low.zip(status.rows.high);
        let truth = self.affected as f64 / ROWS as f64;
        Ok(ends.map(|(low, high)| Shown::new(truth, low, high, status.judged)))
    }

    fn is_affected(&self, key: SampleKey) -> bool {
        self.dataset.find(key).is_some_and(|index| index.index() < self.affected)
    }

    /// Judgements outside of the audit: suspicious rows, a list in bulk, an undone step.
    fn other_work(&self, draws: &mut Draws, before: &[Event]) -> Vec<Event> {
        let own: Vec<Event> = before.iter().filter(|event| event.round.is_none()).cloned().collect();
        let mut session = AuditSession::new(self.dataset.clone(), PERSON, &own);
        session.chosen_by = Some(Selection::SuspiciousFirst);
        let mut actions: Vec<JudgeAction> = drawn(draws, self.affected, BEFORE)
            .into_iter()
            .map(|row| {
                JudgeAction::Relevance(SampleIndex::new(row), TilePath::new(&tile(row, 1)), Some(Relevance::Relevant))
            })
            .collect();
        let listed = drawn(draws, ROWS, IN_BULK).into_iter().map(SampleIndex::new).collect();
        actions.push(JudgeAction::Rows(listed, RowsAction::Verdict(Some(Verdict::Accept))));
        if draws.below(2) == 0 {
            actions.push(JudgeAction::Undo);
        }
        actions.into_iter().flat_map(|action| session.apply(action, self.at).events).collect()
    }

    /// Answers to rows of the audit, as lines of `tilejury judge`.
    fn answers(&self, events: &[Event], rows: &[(f64, SampleKey)]) -> anyhow::Result<Vec<Event>> {
        let line = |key: SampleKey| {
            let index = self.dataset.find(key)?;
            let (split, line) = (&self.dataset.split_of(index).name, self.dataset.line_of(index));
            let mut line = serde_json::json!({
                "split": split, "line": line, "audit": "simulated", "verdict": "accept",
            });
            if self.is_affected(key) {
                line["tiles"] = serde_json::json!({tile(index.index(), 1): "relevant"});
            }
            Some(format!("{line}\n"))
        };
        let text: String = rows.iter().filter_map(|(_, key)| line(*key)).collect();
        let own: Vec<Event> = events.iter().filter(|event| event.round.is_none()).cloned().collect();
        let defaults = ImportDefaults { annotator: None, login: PERSON, at: self.at };
        let known = audits::audits(events);
        let import = read(&self.dataset, text.as_bytes(), &defaults, present_by_annotator(&own), &known);
        let import = import.map_err(|bad| anyhow::anyhow!("{}", bad.first().map_or("no line", |bad| &bad.message)))?;
        Ok(import.events)
    }
}
