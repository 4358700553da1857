//! `tilejury rank`: lists suspicious rows and tiles, the most suspicious first, with the reasons.

use std::collections::HashMap;

use clap::{Args, ValueEnum};
use serde::Serialize;
use tilejury_audit::decisions::Decisions;
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::suspicion::{EvidenceShare, Findings, NOTHING_IS_KNOWN, Scoreboard, Suspect};
use tilejury_audit::text::count;
use tilejury_data::shown::shown;
use tilejury_data::{Dataset, LineNumber, Row, SampleIndex, TileSlot};

use super::output::{Output, print_message};
use super::suspicion::{PixelSource, allow_pixels, find_signals};
use super::{DatasetArgs, DownloadArg, Outcome, StoredJudgements, open_with_memory, stop_switch};

#[derive(Args)]
#[command(
    after_help = "The first run reads and decodes every tile. The results are kept in your cache folder, which may be deleted at any \
    time. After Ctrl-C, the next run continues from there."
)]
pub(super) struct RankArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// Print one JSON object per suspicious row or tile
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print a table with a header and one line per suspicious row or tile
    #[arg(long)]
    csv: bool,
    /// Print only the N most suspicious
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    /// Use rows and paths only, without reading pictures
    #[arg(long)]
    no_pixels: bool,
    #[command(flatten)]
    download: DownloadArg,
    /// The weights that scores use
    #[arg(long, value_enum, default_value_t = WeightsFrom::Measured)]
    weights: WeightsFrom,
}

/// The source of the signals' weights.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum WeightsFrom {
    /// The built-in weights, ignoring judgements
    Default,
    /// The built-in weights, adjusted by all stored judgements (see `tilejury scoreboard`)
    Measured,
}

#[derive(Serialize)]
struct Line<'d> {
    split: &'d str,
    line: LineNumber,
    path: Option<String>,
    role: Option<&'static str>,
    score: f64,
    signals: Vec<SignalLine>,
    /// The log-odds that each source adds to the score; empty for a row as a whole.
    sources: Vec<SourceLine>,
}

#[derive(Serialize)]
struct SourceLine {
    name: String,
    log_odds: f64,
}

#[derive(Serialize)]
struct SignalLine {
    name: &'static str,
    strength: f64,
    reason: String,
}

pub(super) fn run(args: &RankArgs) -> anyhow::Result<Outcome> {
    let dataset = open_with_memory(&args.dataset.dataset)?;
    let stored = match args.weights {
        WeightsFrom::Default => StoredJudgements::default(),
        WeightsFrom::Measured => StoredJudgements::read(&dataset, &args.dataset.sidecar)?,
    };
    let pixels = if args.no_pixels { PixelSource::Nowhere } else { PixelSource::Cache };
    if !args.no_pixels {
        allow_pixels(&dataset, args.download)?;
    }
    let (found, pace) = find_signals(&dataset, args.dataset.sidecar.path.as_deref(), pixels, &stop_switch())?;
    // Without judgements, the weights are the default ones.
    let decisions = Decisions::read(&dataset, &stored.events, &AnnotatorScope::Everybody);
    let found = found.weighed(&Scoreboard::count(&found, &decisions, None).weights);
    let suspects = found.suspects();
    let shown = &suspects[..args.top.unwrap_or(suspects.len()).min(suspects.len())];
    let mut large = HashMap::new();
    let lines = shown.iter().map(|suspect| line(&dataset, &found, *suspect, &mut large));
    let mut out = Output::new();
    if args.json {
        lines.into_iter().try_for_each(|line| out.json(&line))?;
    } else if args.csv {
        csv(lines, &mut out)?;
    } else {
        lines.into_iter().try_for_each(|line| text(&line, &mut out))?;
    }
    out.finish()?;
    if !args.json && !args.csv {
        let read = match pace.read {
            0 => String::new(),
            read => format!("; {} read, {:.0} per second", count(read, "tile"), pace.tiles_per_sec()),
        };
        let samples = found.ranking().iter().filter(|sample| found.accused(**sample)).count();
        let samples = count(samples, "row");
        let accused = suspects.iter().filter(|suspect| found.is_accused(**suspect)).count();
        let others = match suspects.len() - accused {
            0 => String::new(),
            others => format!("; {} without a finding", count(others, "negative")),
        };
        print_message(&format!(
            "{} in {samples} of {}{others}{read}",
            count(accused, "suspect"),
            dataset.samples.len()
        ));
    }
    if found.features().is_empty() {
        print_message(&format!("note: {NOTHING_IS_KNOWN}. `tilejury read` reads the tiles"));
    }
    Ok(Outcome::Success)
}

/// Describes a suspect. `large` caches rows with many tiles, so that they are not read once per
/// tile.
fn line<'d>(
    dataset: &'d Dataset,
    found: &Findings,
    suspect: Suspect,
    large: &mut HashMap<SampleIndex, Row<'d>>,
) -> Line<'d> {
    const MANY: usize = 100;
    let sample = suspect.sample;
    let spelled = |row: &Row<'_>, tile: TileSlot| match tile.index().checked_sub(1) {
        None => Some(row.positive.to_string()),
        Some(negative) => row.negatives.get(negative).map(ToString::to_string),
    };
    let path = suspect.tile.and_then(|tile| match large.get(&sample) {
        Some(row) => spelled(row, tile),
        None => {
            let row = dataset.row(sample).ok()?;
            let path = spelled(&row, tile);
            if row.negatives.len() > MANY {
                large.insert(sample, row);
            }
            path
        }
    });
    let signals = found.against(suspect).map(|finding| SignalLine {
        name: finding.signal.word(),
        strength: rounded(finding.strength),
        reason: finding.sentence(dataset),
    });
    Line {
        split: &dataset.split_of(sample).name,
        line: dataset.line_of(sample),
        path,
        role: suspect.tile.map(|tile| if tile.is_positive() { "positive" } else { "negative" }),
        score: rounded(suspect.score),
        signals: signals.collect(),
        sources: suspect.tile.map(|tile| sources(found, sample, tile)).unwrap_or_default(),
    }
}

fn sources(found: &Findings, sample: SampleIndex, tile: TileSlot) -> Vec<SourceLine> {
    let line = |share: EvidenceShare| SourceLine { name: share.source.name(), log_odds: rounded(share.log_odds) };
    found.shares(sample, tile).into_iter().map(line).collect()
}

/// Rounds to four places: further digits are artefacts of the arithmetic.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 1e4).round() / 1e4
}

fn text(line: &Line<'_>, out: &mut Output) -> std::io::Result<()> {
    let role = line.role.unwrap_or("row");
    let path = shown(line.path.as_deref().unwrap_or_default());
    out.line(format!("{:.2} {}:{} {role} {path}", line.score, line.split, line.line).trim_end())?;
    line.signals.iter().try_for_each(|signal| out.line(&format!("     {}: {}", signal.name, signal.reason)))?;
    // The signals have their own lines; what remains is worth one if there is any.
    if line.sources.iter().all(|source| matches!(source.name.as_str(), "prior" | "signals")) {
        return Ok(());
    }
    let shares: Vec<String> =
        line.sources.iter().map(|source| format!("{} {:+.1}", source.name, source.log_odds)).collect();
    out.line(&format!("     log-odds: {}", shares.join(", ")))
}

fn csv<'d>(lines: impl Iterator<Item = Line<'d>>, out: &mut Output) -> anyhow::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["split", "line", "path", "role", "score", "signals", "reasons"])?;
    for line in lines {
        let join =
            |of: fn(&SignalLine) -> &str, between: &str| line.signals.iter().map(of).collect::<Vec<_>>().join(between);
        table.write_record([
            line.split,
            &line.line.to_string(),
            line.path.as_deref().unwrap_or_default(),
            line.role.unwrap_or_default(),
            &line.score.to_string(),
            &join(|signal| signal.name, " "),
            &join(|signal| &signal.reason, "; "),
        ])?;
    }
    table.flush()?;
    Ok(())
}
