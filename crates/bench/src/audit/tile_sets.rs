//! Sets of negatives with one wrong tile too many, as the program draws, stores and counts them:
//! tiles by their hash, answers as lines, gold rows and rows that come back among them.

use std::collections::{BTreeSet, HashMap};

use anyhow::Context as _;
use tilejury_audit::Timestamp;
use tilejury_audit::audits::{
    self, Acceptance, AuditPlan, AuditStatus, RowAnswer, Say, SetTile, ShownRow, TileRule, WRONG_UP_TO,
};
use tilejury_audit::interchange::{ImportDefaults, read};
use tilejury_audit::merge::present_by_annotator;
use tilejury_data::{Dataset, SampleIndex, SampleKey, TilePath};
use tilejury_stats::{Level, most_wrong};

use super::coverage::{Coverage, Shown};
use super::runs::Runs;
use super::stored::{PERSON, TIME};
use crate::mixed::Draws;

/// The scenario.
const NAME: &str = "a set of 400 tiles with 21 wrong in 6 rows not marked, 2 allowed";
/// The rows with tiles of the set, and how many each has.
const ROWS: usize = 100;
const IN_ROW: usize = 4;
/// The other rows, whose first negative is known to be relevant.
const KNOWN: usize = 20;
/// The gold rows, and the share of rows that come back.
const GOLD: usize = 5;
const REPEATS: f64 = 0.1;
/// The number of wrong tiles that are allowed in the draw.
const ALLOWED: u64 = 2;

/// A set on the disk. The first tiles of the first rows are wrong: they are not relevant.
struct StoredTiles {
    dataset: Dataset,
    rule: TileRule,
    tiles: BTreeSet<SetTile>,
    known: HashMap<SampleKey, RowAnswer>,
    wrong: usize,
    at: Timestamp,
    _folder: tempfile::TempDir,
}

/// Measures how often the set is not marked, though it has one wrong tile too many.
pub(super) fn measure(rate: f64, runs: &Runs<'_>) -> anyhow::Result<Vec<Coverage>> {
    let set = StoredTiles::write()?;
    let shown: Vec<Option<Shown>> =
        runs.each(NAME, rate, |mut draws| set.shown(&mut draws))?.into_iter().collect::<anyhow::Result<_>>()?;
    Ok(vec![Coverage::new(NAME, rate, Level::USUAL.value(), shown.into_iter()).without_width()])
}

fn tile(row: usize, at: usize) -> String {
    format!("images/shard_000/shard_00001/{row}.png.tiles/chunk_0000_{at:02}.png")
}

impl StoredTiles {
    fn write() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let row = |row: usize| {
            let negatives: Vec<String> = (1..=IN_ROW).map(|at| tile(row, at)).collect();
            let row = serde_json::json!({
                "query": format!("query {row}"), "chunk_path": tile(row, 0), "neg_chunk_paths": negatives,
            });
            format!("{row}\n")
        };
        std::fs::write(folder.path().join("train_hn.jsonl"), (0..ROWS + KNOWN).map(row).collect::<String>())?;
        let dataset = Dataset::open(folder.path())?;
        let key = |row: usize| dataset.entry(SampleIndex::new(row)).key;
        let of_row = |row: usize| {
            let sample = key(row);
            (1..=IN_ROW).map(move |at| SetTile { sample, tile: TilePath::new(&tile(row, at)) })
        };
        let known = |row: usize| {
            let negatives = [(TilePath::new(&tile(row, 1)), Say::Yes)].into();
            (key(row), RowAnswer { positive: Say::No, negatives, confirmed: 0, is_unsure: false })
        };
        Ok(Self {
            rule: "reviews".parse().map_err(anyhow::Error::msg)?,
            tiles: (0..ROWS).flat_map(of_row).collect(),
            known: (ROWS..ROWS + KNOWN).map(known).collect(),
            wrong: most_wrong((ROWS * IN_ROW) as u64, WRONG_UP_TO) as usize + 1,
            at: TIME.parse().map_err(anyhow::Error::msg)?,
            dataset,
            _folder: folder,
        })
    }

    /// One audit, judged to its end.
    fn shown(&self, draws: &mut Draws) -> anyhow::Result<Option<Shown>> {
        let seed = draws.below(usize::MAX).to_string();
        let mut plan = AuditPlan::new("simulated", &seed, 1);
        (plan.acceptance, plan.repeats) = (Some(Acceptance::of_rows("machine", ALLOWED)), REPEATS);
        let mut draw = audits::draw_tiles(plan, &self.dataset, &self.rule, &self.tiles)?;
        audits::mix_gold(&mut draw, GOLD, &self.known)?;
        let mut events = audits::begin(&draw, &self.dataset, PERSON, self.at).0;
        let begun = audits::audits(&events);
        let audit = begun.first().context("the audit was not found")?;
        let lines: String = audit.order().iter().map(|shown| self.line(*shown, audit.asked(shown.key))).collect();
        let defaults = ImportDefaults { annotator: Some(PERSON), login: PERSON, at: self.at };
        let import = read(&self.dataset, lines.as_bytes(), &defaults, present_by_annotator(&[]), &begun);
        events.extend(
            import.map_err(|bad| anyhow::anyhow!("{}", bad.first().map_or("no line", |bad| &bad.message)))?.events,
        );
        let judged = audits::audits(&events);
        let status = AuditStatus::new(judged.first().context("the audit was not found")?, &self.dataset);
        let found = status.acceptance.context("the plan accepts nothing")?;
        let drawn = draw.plan.tiles().map(|set| set.drawn.as_slice()).unwrap_or_default();
        // Second answers, which are all wrong here, and gold rows count for nothing.
        let wrong = drawn.iter().filter(|one| self.is_wrong(&TilePath::new(&one.tile))).count() as u64;
        anyhow::ensure!(found.wrong == wrong, "{} wrong tiles were counted, there are {wrong}", found.wrong);
        let is_marked = found.shown.context("the audit is not finished")?;
        Ok(Some(Shown { holds: !is_marked, width: 0.0, judged: drawn.len() as u64 }))
    }

    fn is_wrong(&self, path: &TilePath) -> bool {
        let wrong = (0..self.wrong).map(|at| tile(at / IN_ROW, 1 + at % IN_ROW));
        wrong.into_iter().any(|one| TilePath::new(&one) == *path)
    }

    /// An answer to a row that is shown, as a line of `tilejury judge`.
    fn line(&self, shown: ShownRow, asked: &[TilePath]) -> String {
        let Some(index) = self.dataset.find(shown.key) else { return String::new() };
        let word = |path: &TilePath| match shown.is_again || self.is_wrong(path) {
            true => "not_relevant",
            false => "relevant",
        };
        let marks: serde_json::Map<String, serde_json::Value> =
            asked.iter().map(|path| (path.to_string(), word(path).into())).collect();
        let (split, line) = (&self.dataset.split_of(index).name, self.dataset.line_of(index));
        let line = serde_json::json!({
            "split": split, "line": line, "audit": "simulated", "again": shown.is_again, "tiles": marks,
        });
        format!("{line}\n")
    }
}
