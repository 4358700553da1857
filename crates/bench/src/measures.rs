//! The value of findings, measured against known defects. Pure counting; reads and prints nothing.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use tilejury_audit::suspicion::{Finding, Findings, Signal, Suspect};
use tilejury_data::{Dataset, SampleIndex, TilePath, TileSlot};

use super::truth::Defect;

/// The numbers of findings that count, as multiples of the number of bad negatives.
const TIMES: [usize; 3] = [1, 2, 5];
/// A negative from the positive's page that is not an answer: worth checking, but not certainly
/// bad.
const NOT_BAD_FOR_CERTAIN: &str = "same_article";

/// A measured number.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Measure {
    /// The name of the measure.
    pub(super) name: String,
    /// The kind of defect, as `kind/sub`, or the signal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) of: Option<String>,
    /// The value: a share, 0 to 1, unless the name states otherwise.
    pub(super) value: f64,
    /// The numerator of the share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) part: Option<usize>,
    /// The denominator of the share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) whole: Option<usize>,
}

impl Measure {
    /// A number that is not a share.
    pub(super) fn plain(name: &str, value: f64) -> Self {
        Self { name: name.into(), of: None, value, part: None, whole: None }
    }

    fn share(name: impl Into<String>, of: Option<String>, part: usize, whole: usize) -> Self {
        let value = if whole == 0 { 1.0 } else { part as f64 / whole as f64 };
        Self { name: name.into(), of, value, part: Some(part), whole: Some(whole) }
    }
}

/// A negative of a sample.
type Pair = (SampleIndex, TileSlot);

/// Returns the recall of bad negatives among the most suspicious tiles, the recall for each kind of
/// defect, and the precision of each signal.
pub(super) fn measures(dataset: &Dataset, found: &Findings, defects: &[Defect]) -> Vec<Measure> {
    let suspects = found.suspects();
    let ranked: Vec<Pair> = suspects.iter().filter_map(negative).collect();
    let mut measures = Vec::new();
    let all = pairs(defects, |_| true);
    let certain = pairs(defects, |defect| defect.kind != NOT_BAD_FOR_CERTAIN);
    for (name, bad) in [("recall", &all), ("recall_without_same_article", &certain)] {
        for times in TIMES {
            let looked_at: HashSet<&Pair> = ranked.iter().take(times * bad.len()).collect();
            let hit = bad.iter().filter(|pair| looked_at.contains(pair)).count();
            measures.push(Measure::share(format!("{name}_at_{times}x"), None, hit, bad.len()));
        }
    }
    let mut kinds: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for defect in defects {
        let kind = kinds.entry(format!("{}/{}", defect.kind, defect.sub)).or_default();
        kind.0 += usize::from(is_found(defect, found));
        kind.1 += 1;
    }
    measures.extend(kinds.into_iter().map(|(kind, (hit, of))| Measure::share("found", Some(kind), hit, of)));
    for &signal in Signal::ALL {
        let of = |finding: &&Finding| finding.signal == signal;
        measures.extend(precision(
            "precision",
            Some(signal.word().into()),
            dataset,
            found.all().iter().filter(of),
            defects,
        ));
    }
    let by_pixels = |finding: &&Finding| {
        use Signal::{Blank, NearPicture, SameBytes, SamePixels, Unreadable};
        matches!(finding.signal, SameBytes | SamePixels | NearPicture | Blank | Unreadable)
    };
    measures.extend(precision("precision_of_pixels", None, dataset, found.all().iter().filter(by_pixels), defects));
    measures
}

fn negative(suspect: &Suspect) -> Option<Pair> {
    suspect.tile.filter(|tile| !tile.is_positive()).map(|tile| (suspect.sample, tile))
}

/// Returns the bad negatives of some defects.
fn pairs(defects: &[Defect], which: impl Fn(&Defect) -> bool) -> HashSet<Pair> {
    let chosen = defects.iter().filter(|defect| which(defect));
    chosen.flat_map(|defect| defect.negatives.iter().map(|negative| (defect.sample, *negative))).collect()
}

/// Whether there is a finding for all the negatives at fault or, if there are none, for the row or
/// its positive.
fn is_found(defect: &Defect, found: &Findings) -> bool {
    let of_sample = found.of_sample(defect.sample);
    if defect.negatives.is_empty() {
        return of_sample.iter().any(|finding| finding.tile.is_none_or(TileSlot::is_positive));
    }
    let is_flagged = |tile: &TileSlot| of_sample.iter().any(|finding| finding.tile == Some(*tile));
    defect.negatives.iter().all(is_flagged)
}

/// Counts the tiles and rows with findings that a defect names: a tile among those at fault in its
/// row, or the row.
fn precision<'f>(
    name: &str,
    of: Option<String>,
    dataset: &Dataset,
    findings: impl Iterator<Item = &'f Finding>,
    defects: &[Defect],
) -> Option<Measure> {
    let flagged: HashSet<(SampleIndex, Option<TileSlot>)> = findings.map(|found| (found.sample, found.tile)).collect();
    let right = flagged.iter().filter(|(sample, tile)| {
        let of_sample = defects.iter().filter(|defect| defect.sample == *sample);
        let path = tile.and_then(|tile| path(dataset, *sample, tile));
        of_sample
            .into_iter()
            .any(|defect| tile.is_none() || path.as_ref().is_some_and(|path| defect.tiles.contains(path)))
    });
    (!flagged.is_empty()).then(|| Measure::share(name, of, right.count(), flagged.len()))
}

fn path(dataset: &Dataset, sample: SampleIndex, tile: TileSlot) -> Option<TilePath> {
    dataset.sample(sample).ok()?.tiles().nth(tile.index()).map(|tile| tile.path.clone())
}
