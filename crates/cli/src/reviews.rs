//! `tilejury reviews`: prints what models said about the tiles of rows. Asks nothing.

use std::collections::HashMap;

use clap::Args;
use serde::Serialize;
use tilejury_app::folders::Folders;
use tilejury_audit::external::{self, ExternalStore, HIGHEST_GRADE, ModelReview, PairOutcome};
use tilejury_data::shown::shown;
use tilejury_data::{Dataset, SampleIndex, TilePath};

use super::output::Output;
use super::own_sidecar;
use super::{DatasetArgs, Outcome, open_with_memory};

#[derive(Args)]
pub(super) struct ReviewsArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// Print one JSON object per review
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Line<'r> {
    query: &'r str,
    path: &'r str,
    source: &'r str,
    grade: u8,
    evidence: &'r str,
    verified: Option<bool>,
    second: Option<SecondLine>,
}

#[derive(Serialize)]
struct SecondLine {
    consistent: bool,
    tile_first: PairOutcome,
    positive_first: PairOutcome,
}

/// Prints the reviews in the order of the rows.
pub(super) fn run(args: &ReviewsArgs) -> anyhow::Result<Outcome> {
    let dataset = open_with_memory(&args.dataset.dataset)?;
    let folder = Folders::for_current_user().sidecars();
    let location = own_sidecar::for_reading(&dataset, args.dataset.sidecar.path.as_deref())?;
    let file = external::for_reading(&dataset, &location, &folder);
    let mut reviews: HashMap<_, Vec<ModelReview>> = HashMap::new();
    if let Some(store) = ExternalStore::open_for_reading(&file)? {
        for review in store.model_reviews()? {
            reviews.entry(review.sample).or_default().push(review);
        }
    }
    let mut out = Output::new();
    for sample in dataset.indices() {
        let Some(of_row) = reviews.get(&dataset.entry(sample).key) else { continue };
        let Ok(row) = dataset.row(sample) else { continue };
        let mut seen = Vec::new();
        for path in row.spellings() {
            let tile = TilePath::new(path);
            if seen.contains(&tile) {
                continue;
            }
            for review in of_row.iter().filter(|review| review.tile == tile) {
                let line = Line {
                    query: &row.query,
                    path,
                    source: &review.source,
                    grade: review.grade,
                    evidence: &review.evidence,
                    verified: review.verified,
                    second: review.second.map(|second| SecondLine {
                        consistent: second.is_consistent(),
                        tile_first: second.tile_first,
                        positive_first: second.positive_first,
                    }),
                };
                if args.json { out.json(&line)? } else { out.line(&in_words(&dataset, sample, &line))? }
            }
            seen.push(tile);
        }
    }
    out.finish()?;
    Ok(Outcome::Success)
}

/// A review on one line, for a person.
fn in_words(dataset: &Dataset, sample: SampleIndex, line: &Line<'_>) -> String {
    let verified = match line.verified {
        Some(true) => "on the tile",
        Some(false) => "not on the tile",
        None => "not checked",
    };
    let evidence = match line.evidence {
        "" => String::new(),
        evidence => format!(": “{}” ({verified})", shown(evidence)),
    };
    let second = match &line.second {
        None => String::new(),
        Some(second) if second.consistent => format!(", beside the positive {} in both orders", second.tile_first),
        Some(second) => format!(", beside the positive {} or {} by order", second.tile_first, second.positive_first),
    };
    format!(
        "{}:{} {} {} {}/{HIGHEST_GRADE}{evidence}{second}",
        dataset.split_of(sample).name,
        dataset.line_of(sample),
        shown(line.path),
        line.source,
        line.grade
    )
}
