//! The questions of a run: the negatives of some rows, and among them the controls, whose right
//! answers are known beforehand.
//!
//! Draws are by hash, so that another run with the same rows asks the same questions. Nothing in a
//! request tells a control from a review.

use std::collections::HashSet;

use tilejury_audit::external::{ModelQuestion, QuestionKind};
use tilejury_data::{Dataset, Row, SampleIndex, TilePath};
use tilejury_rows::normal_query;
use tilejury_stats::place;

/// The rows that are tried for a foreign tile before a control is given up.
const TRIES: u64 = 64;
/// The seeds of the draws.
const POSITIVES: &str = "controls: positives";
const FOREIGN: &str = "controls: foreign tiles";

/// A question with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedQuestion {
    /// The tile and the purpose.
    pub question: ModelQuestion,
    /// The query.
    pub query: String,
}

/// The questions of a run, in the order in which they are asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskPlan {
    /// All of them.
    pub questions: Vec<PlannedQuestion>,
    /// The number of rows.
    pub rows: usize,
    /// The number of controls.
    pub controls: usize,
}

impl AskPlan {
    /// The tiles to read, each once.
    pub fn tiles(&self) -> Vec<TilePath> {
        let mut seen = HashSet::new();
        let tiles = self.questions.iter().map(|planned| &planned.question.tile);
        tiles.filter(|tile| seen.insert(*tile)).cloned().collect()
    }
}

/// Plans the questions about the negatives of rows, in their order. `controls` is their number as a
/// share of the reviews, half of them the rows' own positives and half foreign tiles.
pub fn plan(dataset: &Dataset, rows: &[SampleIndex], source: &str, controls: f64) -> AskPlan {
    let mut reviews = Vec::new();
    let mut asked_rows = Vec::new();
    for sample in rows {
        let Ok(row) = dataset.row(*sample) else { continue };
        let of_row = reviews.len();
        let positive = TilePath::new(&row.positive);
        let mut seen = HashSet::new();
        for negative in &row.negatives {
            let tile = TilePath::new(negative);
            // The positive itself is no question, and the same tile is none twice.
            if tile != positive && seen.insert(tile.clone()) {
                reviews.push(planned(dataset, *sample, &row, tile, source, QuestionKind::Review));
            }
        }
        if reviews.len() > of_row {
            asked_rows.push(*sample);
        }
    }
    let each = (0.5 * controls.max(0.0) * reviews.len() as f64).ceil() as usize;
    let positives = drawn(dataset, &asked_rows, POSITIVES, each).into_iter().filter_map(|sample| {
        let row = dataset.row(sample).ok()?;
        let tile = TilePath::new(&row.positive);
        Some(planned(dataset, sample, &row, tile, source, QuestionKind::Positive))
    });
    let foreign = drawn(dataset, &asked_rows, FOREIGN, each).into_iter().filter_map(|sample| {
        let row = dataset.row(sample).ok()?;
        let tile = foreign_tile(dataset, sample, &row)?;
        Some(planned(dataset, sample, &row, tile, source, QuestionKind::Foreign))
    });
    let controls: Vec<PlannedQuestion> = positives.chain(foreign).collect();
    let count = controls.len();
    AskPlan { questions: mixed(reviews, controls), rows: asked_rows.len(), controls: count }
}

fn planned(
    dataset: &Dataset,
    sample: SampleIndex,
    row: &Row<'_>,
    tile: TilePath,
    source: &str,
    kind: QuestionKind,
) -> PlannedQuestion {
    let question = ModelQuestion { sample: dataset.entry(sample).key, tile, source: source.to_owned(), kind };
    PlannedQuestion { question, query: row.query.to_string() }
}

/// The rows with the lowest places in the order of a seed.
fn drawn(dataset: &Dataset, rows: &[SampleIndex], seed: &str, number: usize) -> Vec<SampleIndex> {
    let place_of = |sample: &SampleIndex| place(seed, &dataset.entry(*sample).key.to_string());
    let mut order: Vec<([u8; 32], SampleIndex)> = rows.iter().map(|sample| (place_of(sample), *sample)).collect();
    order.sort_unstable();
    order.into_iter().take(number).map(|(_, sample)| sample).collect()
}

/// The positive of another row with another query, from none of the pages of this row.
pub(crate) fn foreign_tile(dataset: &Dataset, sample: SampleIndex, row: &Row<'_>) -> Option<TilePath> {
    let own: Vec<TilePath> = row.spellings().map(TilePath::new).collect();
    let own_pages: HashSet<&str> = own.iter().filter_map(TilePath::page).collect();
    let query = normal_query(&row.query);
    let key = dataset.entry(sample).key;
    (0..TRIES).find_map(|attempt| {
        let hash = place(FOREIGN, &format!("{key} {attempt}"));
        let number = hash.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let other = SampleIndex::new((number % dataset.samples.len().max(1) as u64) as usize);
        let other_row = dataset.row(other).ok().filter(|other_row| normal_query(&other_row.query) != query)?;
        let tile = TilePath::new(&other_row.positive);
        let is_own = own.contains(&tile) || tile.page().is_some_and(|page| own_pages.contains(page));
        (!is_own).then_some(tile)
    })
}

/// Puts the controls among the reviews at even distances, so that a run that ends early has its
/// share of them.
fn mixed(reviews: Vec<PlannedQuestion>, controls: Vec<PlannedQuestion>) -> Vec<PlannedQuestion> {
    let mut order = controls;
    order.sort_by_cached_key(|planned| place("controls: order", &planned.question.sample.to_string()));
    let (step, mut mixed) = (reviews.len() as f64 / order.len().max(1) as f64, Vec::new());
    let mut controls = order.into_iter().enumerate().peekable();
    for (at, review) in reviews.into_iter().enumerate() {
        while let Some((_, control)) = controls.next_if(|(number, _)| (*number as f64 + 0.5) * step <= at as f64) {
            mixed.push(control);
        }
        mixed.push(review);
    }
    mixed.extend(controls.map(|(_, control)| control));
    mixed
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use tilejury_testkit::{Row, Set};

    use super::*;

    fn dataset(rows: u32, negatives: u32) -> (tempfile::TempDir, Dataset) {
        let dir = tempfile::tempdir().unwrap();
        let dataset = Dataset::open(&Set::plain(rows, negatives).write(dir.path())).unwrap();
        (dir, dataset)
    }

    #[test]
    fn negatives_are_asked_in_the_order_of_rows() {
        let (_dir, dataset) = dataset(3, 2);
        let rows: Vec<SampleIndex> = dataset.indices().rev().collect();
        let plan = plan(&dataset, &rows, "m", 0.0);
        assert_eq!((plan.questions.len(), plan.rows, plan.controls), (6, 3, 0));
        let queries: Vec<&str> = plan.questions.iter().map(|of| of.query.as_str()).collect();
        assert_eq!((queries[0], queries[5]), ("What is shown on page 2?", "What is shown on page 0?"));
        assert!(plan.questions.iter().all(|of| of.question.kind == QuestionKind::Review));
        assert_eq!(plan.tiles().len(), 6);
    }

    #[test]
    fn controls_are_spread_and_foreign() {
        let (_dir, dataset) = dataset(20, 5);
        let rows: Vec<SampleIndex> = dataset.indices().collect();
        let plan = plan(&dataset, &rows, "m", 0.1);
        let of_kind = |kind| plan.questions.iter().filter(|of| of.question.kind == kind).collect::<Vec<_>>();
        let (positives, foreign) = (of_kind(QuestionKind::Positive), of_kind(QuestionKind::Foreign));
        assert_eq!((plan.questions.len(), positives.len(), foreign.len(), plan.controls), (110, 5, 5, 10));
        for of in foreign {
            let row = dataset.row(dataset.find(of.question.sample).unwrap()).unwrap();
            assert!(row.spellings().all(|spelling| TilePath::new(spelling).page() != of.question.tile.page()));
        }
        let first = &plan.questions[..55];
        let controls = first.iter().filter(|of| of.question.kind != QuestionKind::Review).count();
        assert_eq!(controls, 5);
        let again = super::plan(&dataset, &rows, "m", 0.1);
        assert_eq!(again, plan);
    }

    #[test]
    fn a_negative_of_the_row_is_not_foreign() {
        // The negatives of each row are the positives of all others but one.
        let pages = [1, 2, 3, 4].map(|page| tilejury_testkit::set::tile(0, page, 0));
        let mut set = Set::new();
        for (at, positive) in pages.iter().enumerate() {
            let negatives = [&*pages[(at + 1) % 4], &*pages[(at + 2) % 4]];
            set = set.row("train", &Row::new(&format!("question {at}"), positive).negatives(&negatives));
        }
        let dir = tempfile::tempdir().unwrap();
        let dataset = Dataset::open(&set.write(dir.path())).unwrap();
        let rows: Vec<SampleIndex> = dataset.indices().collect();
        let plan = plan(&dataset, &rows, "m", 1.0);
        let foreign: Vec<_> = plan.questions.iter().filter(|of| of.question.kind == QuestionKind::Foreign).collect();
        assert!(!foreign.is_empty());
        for of in foreign {
            let row = dataset.row(dataset.find(of.question.sample).unwrap()).unwrap();
            assert!(row.spellings().all(|spelling| TilePath::new(spelling) != of.question.tile));
        }
    }

    #[test]
    fn a_foreign_tile_has_another_query_and_page() {
        use tilejury_testkit::set::tile;
        // Beside the first row: one with a positive on its page, one with its query, one on the
        // page of its negative, and one that is foreign.
        // Rows are drawn by hash, so several are tried.
        for number in 0..8 {
            let query = format!("How warm is {number}?");
            let set = Set::new()
                .row("train", &Row::new(&query, &tile(0, 1, 0)).negatives(&[&tile(0, 2, 0)]))
                .row("train", &Row::new("How cold?", &tile(0, 1, 1)))
                .row("train", &Row::new(&query.to_lowercase(), &tile(0, 3, 0)))
                .row("train", &Row::new("How wet?", &tile(0, 2, 1)))
                .row("train", &Row::new("How dry?", &tile(0, 4, 0)));
            let dir = tempfile::tempdir().unwrap();
            let dataset = Dataset::open(&set.write(dir.path())).unwrap();
            let first = SampleIndex::new(0);
            let foreign = foreign_tile(&dataset, first, &dataset.row(first).unwrap());
            assert_eq!(foreign, Some(TilePath::new(&tile(0, 4, 0))));
        }
    }

    #[test]
    fn a_set_of_one_page_has_no_foreign_tile() {
        let (_dir, dataset) = dataset(1, 3);
        let plan = plan(&dataset, &[SampleIndex::new(0)], "m", 1.0);
        assert_eq!((plan.questions.len(), plan.controls), (4, 1));
    }
}
