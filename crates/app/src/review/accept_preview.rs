//! The effect of accepting the current row, in a few words, before it is accepted. Confirms
//! nothing.

use std::collections::BTreeSet;

use tilejury_audit::text::count;
use tilejury_audit::{Judgement, Look, Relevance};
use tilejury_data::{Sample, TilePath};

use super::{Review, SeenTiles};

/// The effect of accepting a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AcceptPreview {
    /// Such as `positive relevant, 4 of 5 negatives seen`.
    pub(crate) text: String,
    /// Whether a tile would stay unconfirmed, or be confirmed although it was too small to be read.
    pub(crate) is_incomplete: bool,
}

impl Review {
    /// The effect of accepting the current row, given the tiles seen so far.
    pub(crate) fn accept_preview(&self, tiles: &SeenTiles) -> AcceptPreview {
        match &self.sample {
            Some(sample) if self.hides_roles() => {
                let (all, open) = (sample.negatives.len() + 1, self.unmarked_numbers().len());
                let answered = if self.judgement().verdict.is_some() { "answered; " } else { "" };
                let text = format!("{answered}{} of {} marked", all - open, count(all, "tile"));
                AcceptPreview { text, is_incomplete: open > 0 }
            }
            Some(sample) => preview(sample, &self.judgement(), tiles),
            None => AcceptPreview::default(),
        }
    }
}

fn preview(sample: &Sample, judgement: &Judgement, tiles: &SeenTiles) -> AcceptPreview {
    let seen: BTreeSet<&TilePath> = tiles.seen.iter().collect();
    let positive = &sample.positive.path;
    let (effect, mut is_incomplete) = match judgement.relevance(positive) {
        Some(Relevance::Relevant) => ("relevant", false),
        Some(Relevance::NotRelevant) => ("marked not relevant: an export leaves the row out", true),
        Some(Relevance::Unsure) => ("marked unsure", true),
        Some(Relevance::Broken) => ("marked broken: an export leaves the row out", true),
        None if seen.contains(positive) => ("relevant", false),
        None => ("not seen", true),
    };
    let mut parts = vec![format!("positive {effect}")];
    let is_small = |tile: &TilePath| !tiles.looks.get(tile).is_some_and(Look::is_readable);
    let negatives: BTreeSet<&TilePath> =
        sample.negatives.iter().map(|tile| &tile.path).filter(|tile| *tile != positive).collect();
    let shown = negatives.iter().filter(|tile| seen.contains(**tile) || judgement.relevance(tile).is_some()).count();
    match (negatives.len(), shown) {
        (0, _) => {}
        (1, 1) => parts.push("the negative seen".to_owned()),
        (1, _) => parts.push("the negative not seen".to_owned()),
        (all, shown) if all == shown => parts.push(format!("all {all} negatives seen")),
        (all, shown) => parts.push(format!("{shown} of {all} negatives seen")),
    }
    is_incomplete |= shown < negatives.len();
    for (relevance, words) in [
        (Relevance::Relevant, "marked relevant"),
        (Relevance::NotRelevant, "marked not relevant"),
        (Relevance::Unsure, "marked unsure"),
        (Relevance::Broken, "marked broken"),
    ] {
        let marked = negatives.iter().filter(|tile| judgement.relevance(tile) == Some(relevance)).count();
        if marked > 0 {
            parts.push(format!("{marked} {words}"));
        }
    }
    let unmarked = negatives.iter().copied().chain([positive]).filter(|tile| judgement.relevance(tile).is_none());
    let small = unmarked.filter(|tile| seen.contains(tile) && is_small(tile)).count();
    if small > 0 {
        parts.push(format!("{} too small to read", count(small, "tile")));
        is_incomplete = true;
    }
    AcceptPreview { text: parts.join(", "), is_incomplete }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a missing value fails the test")]
mod tests {
    use std::time::Duration;

    use tilejury_audit::Looks;
    use tilejury_data::sample::TileRef;
    use tilejury_data::{Dataset, SampleIndex};
    use tilejury_testkit::Set;

    use super::*;

    fn row() -> (tempfile::TempDir, Sample) {
        let dir = tempfile::tempdir().unwrap();
        Set::plain(1, 3).write(dir.path());
        let sample = Dataset::open(dir.path()).unwrap().sample(SampleIndex::new(0)).unwrap();
        (dir, sample)
    }

    /// The first tiles of a row, all seen at one scale.
    fn seen(sample: &Sample, tiles: usize, scale: f32) -> SeenTiles {
        let paths: Vec<TilePath> = sample.tiles().take(tiles).map(|tile: &TileRef| tile.path.clone()).collect();
        let mut looks = Looks::default();
        paths.iter().for_each(|tile| looks.add(tile, Look::new(scale, Duration::from_secs(1))));
        SeenTiles { seen: paths, looks, ..SeenTiles::default() }
    }

    #[test]
    fn names_the_tiles_that_accepting_confirms() {
        let (_dir, sample) = row();
        let mut judgement = Judgement::default();
        let check = |judgement: &Judgement, tiles: SeenTiles, text: &str, incomplete: bool| {
            let found = preview(&sample, judgement, &tiles);
            assert_eq!((found.text.as_str(), found.is_incomplete), (text, incomplete));
        };
        check(&judgement, SeenTiles::default(), "positive not seen, 0 of 3 negatives seen", true);
        check(&judgement, seen(&sample, 3, 1.0), "positive relevant, 2 of 3 negatives seen", true);
        check(&judgement, seen(&sample, 4, 1.0), "positive relevant, all 3 negatives seen", false);
        check(
            &judgement,
            seen(&sample, 4, 0.2),
            "positive relevant, all 3 negatives seen, 4 tiles too small to read",
            true,
        );
        judgement.tiles.insert(sample.negatives[2].path.clone(), Relevance::Relevant);
        let text = "positive relevant, all 3 negatives seen, 1 marked relevant";
        check(&judgement, seen(&sample, 3, 1.0), text, false);
        judgement.tiles.insert(sample.positive.path.clone(), Relevance::Broken);
        let text = "positive marked broken: an export leaves the row out, all 3 negatives seen, 1 marked relevant";
        check(&judgement, seen(&sample, 3, 1.0), text, true);
        judgement.tiles.insert(sample.positive.path.clone(), Relevance::NotRelevant);
        let text = text.replace("broken", "not relevant");
        check(&judgement, seen(&sample, 3, 1.0), &text, true);
    }
}
