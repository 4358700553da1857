//! `tilejury search-text`: the tiles whose texts fit some words best, and the rows that have them.

use clap::Args;
use serde::Serialize;
use tilejury_app::folders::Folders;
use tilejury_audit::external::{self, ExternalStore};
use tilejury_audit::search::{Occurrence, SearchIndex, TextSearchError, rows_of_tiles};
use tilejury_data::shown::shown;
use tilejury_data::{Dataset, LineNumber, TilePath, TileSlot};
use tilejury_text::Snippet;

use super::output::Output;
use super::own_sidecar;
use super::{DatasetArgs, Outcome, open, stop_switch};

#[derive(Args)]
#[command(after_help = "Exit code 1: no tile has any of the words.")]
pub(super) struct SearchTextArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// The words; common words such as “the” count only if there are no others
    words: String,
    /// The number of tiles to print
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Print one JSON object per tile
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Line<'d> {
    path: String,
    score: f64,
    text: String,
    rows: Vec<RowLine<'d>>,
}

#[derive(Serialize)]
struct RowLine<'d> {
    split: &'d str,
    line: LineNumber,
    role: &'static str,
}

pub(super) fn run(args: &SearchTextArgs) -> anyhow::Result<Outcome> {
    let dataset = open(&args.dataset.dataset)?;
    let folder = Folders::for_current_user().sidecars();
    let location = own_sidecar::for_reading(&dataset, args.dataset.sidecar.path.as_deref())?;
    let store = ExternalStore::open_for_search(&external::for_reading(&dataset, &location, &folder))?;
    let Some(store) = store else { return Err(TextSearchError::NothingRead.into()) };
    if store.searchable_tiles()? == 0 {
        return Err(TextSearchError::NothingRead.into());
    }
    let found = store.search_texts(&args.words, args.limit)?;
    let tiles: Vec<TilePath> = found.iter().map(|found| found.tile.clone()).collect();
    let rows = rows_of_tiles(&dataset, &SearchIndex::build(&dataset), &tiles, &*stop_switch());
    let rows = rows.map_err(|_| anyhow::anyhow!("stopped"))?;
    let mut out = Output::new();
    for found in &found {
        let text = store.text_of(&found.tile, found.origin)?.unwrap_or_default();
        let rows = rows.get(&found.tile).map_or(&[][..], Vec::as_slice);
        let line = Line {
            path: spelling(&dataset, &found.tile, rows),
            score: (found.score * 1e4).round() / 1e4,
            text: Snippet::new(&args.words, &text).text,
            rows: rows.iter().map(|row| row_line(&dataset, row)).collect(),
        };
        if args.json { out.json(&line)? } else { print(&line, &mut out)? }
    }
    out.finish()?;
    Ok(if found.is_empty() { Outcome::Findings } else { Outcome::Success })
}

/// The path as the first row that has the tile spells it.
fn spelling(dataset: &Dataset, tile: &TilePath, rows: &[Occurrence]) -> String {
    let spelled = rows.first().and_then(|first| {
        let slot = if first.positive { TileSlot::POSITIVE } else { *first.negatives.first()? };
        Some(dataset.row(first.sample).ok()?.spellings().nth(slot.index())?.to_owned())
    });
    spelled.unwrap_or_else(|| tile.as_str().to_owned())
}

fn row_line<'d>(dataset: &'d Dataset, row: &Occurrence) -> RowLine<'d> {
    RowLine {
        split: &dataset.split_of(row.sample).name,
        line: dataset.line_of(row.sample),
        role: if row.positive { "positive" } else { "negative" },
    }
}

fn print(line: &Line<'_>, out: &mut Output) -> std::io::Result<()> {
    out.line(&format!("{:.2} {}", line.score, shown(&line.path)))?;
    let rows: Vec<String> = line.rows.iter().map(|row| format!("{}:{} {}", row.split, row.line, row.role)).collect();
    out.line(&format!("     {}", if rows.is_empty() { "in no row".to_owned() } else { rows.join(", ") }))?;
    out.line(&format!("     {}", shown(&line.text)))
}
