//! The second passes in the output of `tilejury stats`. Counts nothing itself.

use std::collections::BTreeMap;

use serde::Serialize;
use tilejury_audit::history::UndoHistory;
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::second_pass::{AgreementTable, PassResult, RowDifference, SecondPass, settled_rows};
use tilejury_audit::{CurrentOrigins, Event, Judgement, Judgements, KeptJudgement, Relevance, TextEnum, Verdict};
use tilejury_data::{Dataset, SampleKey};

/// One second pass.
#[derive(Serialize)]
pub(super) struct PassFigures {
    annotator: String,
    at: String,
    seed: u32,
    /// The drawn rows that the dataset has.
    rows: usize,
    /// Those that were judged again.
    judged: usize,
    same: usize,
    changed: usize,
    /// Changed rows that the annotator has settled.
    settled: usize,
    verdicts: AgreementFigures,
    tiles: AgreementFigures,
    /// Tiles that have a relevance in one of the two judgements only.
    tiles_once: usize,
    differences: Vec<DifferenceFigures>,
    #[serde(skip)]
    words: Vec<String>,
}

/// The agreement of two series of answers. Shares are null without pairs.
#[derive(Serialize)]
struct AgreementFigures {
    pairs: usize,
    same: usize,
    agreement: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    kappa: Option<f64>,
    kappa_low: Option<f64>,
    kappa_high: Option<f64>,
    /// The agreement on each answer that was given.
    on: BTreeMap<&'static str, ShareFigures>,
    /// The number of pairs by first and second answer, without pairs that never occurred.
    counts: BTreeMap<&'static str, BTreeMap<&'static str, usize>>,
}

#[derive(Serialize)]
struct ShareFigures {
    agreement: f64,
    low: f64,
    high: f64,
}

/// A row whose two judgements differ.
#[derive(Serialize)]
struct DifferenceFigures {
    split: String,
    line: u64,
    first: JudgementFigures,
    second: JudgementFigures,
    /// The judgement that the annotator decided for.
    settled: Option<&'static str>,
}

/// A judgement as far as it is compared.
#[derive(Serialize)]
struct JudgementFigures {
    verdict: Option<&'static str>,
    reasons: Vec<&'static str>,
    /// The tiles that differ.
    tiles: BTreeMap<String, &'static str>,
}

/// The second passes of the annotators in scope, the oldest first.
pub(super) fn figures(
    dataset: &Dataset,
    passes: &[SecondPass],
    events: &[Event],
    scope: &AnnotatorScope,
) -> Vec<PassFigures> {
    let in_scope = |pass: &&SecondPass| match scope {
        AnnotatorScope::Everybody | AnnotatorScope::Adjudicated(_) => true,
        AnnotatorScope::Annotator(name) => *name == *pass.annotator,
    };
    passes.iter().filter(in_scope).map(|pass| of_pass(dataset, pass, events)).collect()
}

fn of_pass(dataset: &Dataset, pass: &SecondPass, events: &[Event]) -> PassFigures {
    let own: Vec<Event> = events.iter().filter(|event| event.annotator == pass.annotator).cloned().collect();
    let history = UndoHistory::replay(&own, &mut Judgements::new(), &mut CurrentOrigins::default());
    let settled = settled_rows(&history, &pass.id);
    let result = PassResult::new(pass, dataset);
    let differences: Vec<DifferenceFigures> =
        result.differences.iter().map(|row| of_row(dataset, row, |key| settled.get(&key).copied())).collect();
    PassFigures {
        annotator: pass.annotator.to_string(),
        at: pass.at.to_string(),
        seed: pass.id.seed,
        rows: result.rows,
        judged: result.judged,
        same: result.same(),
        changed: differences.len(),
        settled: differences.iter().filter(|row| row.settled.is_some()).count(),
        verdicts: of_table(&result.verdicts),
        tiles: of_table(&result.tiles),
        tiles_once: result.tiles_once,
        differences,
        words: vec![result.rows_in_words(), result.verdicts_in_words(), result.tiles_in_words()],
    }
}

fn of_row(
    dataset: &Dataset,
    row: &RowDifference,
    settled: impl Fn(SampleKey) -> Option<KeptJudgement>,
) -> DifferenceFigures {
    let judgement = |judgement: &Judgement, relevance: fn(&(Relevance, Relevance)) -> Relevance| JudgementFigures {
        verdict: judgement.verdict.map(Verdict::word),
        reasons: judgement.reasons.iter().map(|reason| reason.word()).collect(),
        tiles: row
            .tiles
            .iter()
            .map(|tile| (tile.tile.to_string(), relevance(&(tile.first, tile.second)).word()))
            .collect(),
    };
    let key = dataset.samples.get(row.sample.index()).map(|sample| sample.key);
    DifferenceFigures {
        split: dataset.split_of(row.sample).name.clone(),
        line: dataset.line_of(row.sample).get(),
        first: judgement(&row.first, |(first, _)| *first),
        second: judgement(&row.second, |(_, second)| *second),
        settled: key.and_then(settled).map(KeptJudgement::word),
    }
}

fn of_table<T: TextEnum>(table: &AgreementTable<T>) -> AgreementFigures {
    let (interval, kappa) = (table.interval(), table.kappa());
    let kappa_interval = kappa.and_then(|kappa| kappa.interval);
    let on = T::ALL.iter().filter_map(|answer| {
        let (agreement, (low, high)) = table.on(*answer)?;
        Some((answer.word(), ShareFigures { agreement, low, high }))
    });
    let counts = T::ALL.iter().filter_map(|first| {
        let times = T::ALL.iter().map(|second| (second.word(), table.count(*first, *second)));
        let times: BTreeMap<&str, usize> = times.filter(|(_, times)| *times > 0).collect();
        (!times.is_empty()).then(|| (first.word(), times))
    });
    AgreementFigures {
        pairs: table.pairs(),
        same: table.same(),
        agreement: table.share(),
        low: interval.map(|(low, _)| low),
        high: interval.map(|(_, high)| high),
        kappa: kappa.map(|kappa| kappa.value),
        kappa_low: kappa_interval.map(|(low, _)| low),
        kappa_high: kappa_interval.map(|(_, high)| high),
        on: on.collect(),
        counts: counts.collect(),
    }
}

impl PassFigures {
    /// The pass in lines for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let name = format!("second pass of {}, seed {}", self.annotator, self.seed);
        self.words.iter().map(|words| format!("{name}: {words}")).collect()
    }
}
