//! `tilejury scoreboard`: the precision of each signal on judged samples, and its current weight.

use clap::Args;
use serde::Serialize;
use tilejury_app::folders::Folders;
use tilejury_audit::decisions::Decisions;
use tilejury_audit::external::{self, ExternalStore};
use tilejury_audit::suspicion::{FeatureWeight, NOTHING_IS_KNOWN, Scoreboard, SignalScore};
use tilejury_audit::text::count;
use tilejury_data::Dataset;
use tilejury_data::shown::shown;
use tilejury_reviewer::{ModelControls, all_controls};
use tilejury_stats::Interval;

use super::output::{Output, print_message};
use super::own_sidecar;
use super::suspicion::{PixelSource, allow_pixels, find_signals};
use super::{DatasetArgs, DownloadArg, Outcome, StoredJudgements, judgement_scope, open, stop_switch};

#[derive(Args)]
#[command(
    after_help = "Raised: findings of a signal. Judged: findings that a person judged individually. Propagated marks do not count. Tiles that were \
    merely visible when their row was accepted do not count either: by-accept counts those, and no rate uses them. Confirmed: judged \
    findings that were right. Chosen: judged findings that were shown because they were suspicious. Precision is confirmed / judged, with its 95 % \
    Wilson interval. The current weight is (10 · default + confirmed) / (10 + judged); `tilejury rank` uses it. \
    What texts, scores and reviews say about a negative is added up by a logistic model, whose weights follow: the defaults, moved towards the \
    judgements."
)]
pub(super) struct ScoreboardArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// Print one JSON object per signal, per value and per model
    #[arg(long)]
    json: bool,
    /// Use only this annotator's judgements [default: all, by majority]
    #[arg(long, value_name = "NAME")]
    annotator: Option<String>,
    /// Use rows and paths only, without reading pictures
    #[arg(long)]
    no_pixels: bool,
    #[command(flatten)]
    download: DownloadArg,
}

#[derive(Serialize)]
struct Line {
    signal: &'static str,
    raised: usize,
    judged: usize,
    confirmed: usize,
    /// Judged findings that were shown because they were suspicious.
    chosen: usize,
    /// Findings not judged, about tiles that were confirmed by accepting their rows but not
    /// inspected.
    confirmed_by_accept: usize,
    precision: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    weight_default: f64,
    weight: f64,
}

/// A weight of the model that adds up what texts, scores and reviews say about a negative.
#[derive(Serialize)]
struct FeatureLine {
    feature: String,
    /// The change of the log-odds for one unit of the value.
    weight_default: f64,
    weight: f64,
    /// The judged negatives that the weights were fitted to.
    judged: usize,
    /// Those of them that were shown because they were suspicious.
    chosen: usize,
}

/// The measures of a model by its controls. They are optimistic: controls are easy cases.
#[derive(Serialize)]
struct ModelLine {
    model: String,
    /// The rows' own positives and the foreign tiles among its questions.
    own_positives: u64,
    foreign_tiles: u64,
    sensitivity: Option<[f64; 2]>,
    specificity: Option<[f64; 2]>,
    /// The same after the second stage; null if no control had a second stage.
    both_stages: Option<BothStages>,
}

#[derive(Serialize)]
struct BothStages {
    sensitivity: Option<[f64; 2]>,
    specificity: Option<[f64; 2]>,
}

pub(super) fn run(args: &ScoreboardArgs) -> anyhow::Result<Outcome> {
    let dataset = open(&args.dataset.dataset)?;
    let stored = StoredJudgements::read(&dataset, &args.dataset.sidecar)?;
    let scope = match judgement_scope(&stored, args.annotator.as_deref()) {
        Ok(scope) => scope,
        Err(refused) => return Ok(refused),
    };
    let pixels = if args.no_pixels { PixelSource::Nowhere } else { PixelSource::Cache };
    if !args.no_pixels {
        allow_pixels(&dataset, args.download)?;
    }
    let (found, _) = find_signals(&dataset, args.dataset.sidecar.path.as_deref(), pixels, &stop_switch())?;
    let board = Scoreboard::count(&found, &Decisions::read(&dataset, &stored.events, &scope), None);
    let models: Vec<ModelLine> = controls(args, &dataset)?.iter().map(model_line).collect();
    let lines = board.scores.iter().map(|score| line(score, &board));
    let mut out = Output::new();
    let features: Vec<FeatureLine> = board.features.iter().map(|feature| feature_line(feature, &board)).collect();
    if args.json {
        lines.into_iter().try_for_each(|line| out.json(&line))?;
        features.iter().try_for_each(|line| out.json(line))?;
        models.iter().try_for_each(|line| out.json(line))?;
    } else {
        let heading =
            ["signal", "raised", "judged", "confirmed", "chosen", "by accept", "precision", "95 % interval", "weight"];
        out.line(&columns(heading.map(str::to_owned)))?;
        lines.into_iter().try_for_each(|line| out.line(&text(&line)))?;
        if features.is_empty() {
            out.line(&format!("\n{NOTHING_IS_KNOWN}. `tilejury read` reads the tiles"))?;
        } else {
            features_table(&features, &board, &mut out)?;
        }
        models_table(&models, &mut out)?;
    }
    out.finish()?;
    let (judged, chosen) = board.scores.iter().fold((0, 0), |sum, of| (sum.0 + of.judged, sum.1 + of.chosen));
    if !args.json && chosen > 0 {
        print_message(&format!(
            "{chosen} of {judged} judged findings were shown because they were suspicious, strongest first: the findings not \
judged may be right less often"
        ));
    }
    Ok(Outcome::Success)
}

fn line(score: &SignalScore, board: &Scoreboard) -> Line {
    let interval = score.interval();
    Line {
        signal: score.signal.word(),
        raised: score.raised,
        judged: score.judged,
        confirmed: score.confirmed,
        chosen: score.chosen,
        confirmed_by_accept: score.confirmed_by_accept,
        precision: score.precision().map(rounded),
        low: interval.map(|(low, _)| rounded(low)),
        high: interval.map(|(_, high)| rounded(high)),
        weight_default: rounded(f64::from(score.signal.weight())),
        weight: rounded(f64::from(board.weights.signals.weight(score.signal))),
    }
}

fn controls(args: &ScoreboardArgs, dataset: &Dataset) -> anyhow::Result<Vec<ModelControls>> {
    let folder = Folders::for_current_user().sidecars();
    let location = own_sidecar::for_reading(dataset, args.dataset.sidecar.path.as_deref())?;
    let store = ExternalStore::open_for_reading(&external::for_reading(dataset, &location, &folder))?;
    Ok(store.map(|store| all_controls(dataset, &store)).transpose()?.unwrap_or_default())
}

fn model_line(of: &ModelControls) -> ModelLine {
    let ends = |of: Option<Interval>| of.map(|of| [rounded(of.low), rounded(of.high)]);
    ModelLine {
        model: of.model.clone(),
        own_positives: of.first.positives.0,
        foreign_tiles: of.first.foreign.0,
        sensitivity: ends(of.first.sensitivity()),
        specificity: ends(of.first.specificity()),
        both_stages: of
            .both
            .as_ref()
            .map(|both| BothStages { sensitivity: ends(both.sensitivity()), specificity: ends(both.specificity()) }),
    }
}

fn models_table(models: &[ModelLine], out: &mut Output) -> std::io::Result<()> {
    if models.is_empty() {
        return Ok(());
    }
    out.line("\nModels as reviewers by their controls (95 % intervals; optimistic: easy cases)")?;
    let range = |of: Option<[f64; 2]>| of.map_or("?".to_owned(), |[low, high]| format!("{low:.2} to {high:.2}"));
    for of in models {
        let both = of.both_stages.as_ref().map_or_else(String::new, |both| {
            format!("; both stages {} and {}", range(both.sensitivity), range(both.specificity))
        });
        out.line(&format!(
            "{}: sensitivity {} ({}), specificity {} ({}){both}",
            shown(&of.model),
            range(of.sensitivity),
            count(of.own_positives as usize, "own positive"),
            range(of.specificity),
            count(of.foreign_tiles as usize, "foreign tile")
        ))?;
    }
    Ok(())
}

fn feature_line(feature: &FeatureWeight, board: &Scoreboard) -> FeatureLine {
    FeatureLine {
        feature: feature.name.clone(),
        weight_default: rounded(f64::from(feature.default)),
        weight: rounded(f64::from(feature.weight)),
        judged: board.fitted.judged,
        chosen: board.fitted.chosen,
    }
}

fn features_table(features: &[FeatureLine], board: &Scoreboard, out: &mut Output) -> std::io::Result<()> {
    let fitted = match board.fitted.judged {
        0 => "defaults: no negative with such values was judged".to_owned(),
        judged => format!(
            "fitted to {} ({} relevant, {} shown because they were suspicious)",
            count(judged, "judged negative"),
            board.fitted.relevant,
            board.fitted.chosen
        ),
    };
    out.line(&format!("\nLog-odds that a negative is relevant, {fitted}"))?;
    out.line(&format!("{:<44} {:>8} {:>8}", "feature", "default", "weight"))?;
    features.iter().try_for_each(|line| {
        out.line(&format!("{:<44} {:>8.2} {:>8.2}", line.feature, line.weight_default, line.weight))
    })
}

/// Rounds to four places: further digits are artefacts of the arithmetic.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

fn text(line: &Line) -> String {
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let interval = line.low.zip(line.high).map(|(low, high)| format!("{} – {}", percent(low), percent(high)));
    columns([
        line.signal.to_owned(),
        line.raised.to_string(),
        line.judged.to_string(),
        line.confirmed.to_string(),
        line.chosen.to_string(),
        line.confirmed_by_accept.to_string(),
        line.precision.map(percent).unwrap_or_default(),
        interval.unwrap_or_default(),
        format!("{:.2} → {:.2}", line.weight_default, line.weight),
    ])
}

fn columns(cells: [String; 9]) -> String {
    let [signal, raised, judged, confirmed, chosen, by_accept, precision, interval, weight] = cells;
    format!(
        "{signal:<16}{raised:>8}{judged:>8}{confirmed:>11}{chosen:>8}{by_accept:>11}{precision:>11}{interval:>16}{weight:>15}"
    )
}
