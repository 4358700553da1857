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
    /// Such as `Accept would confirm: positive relevant, 1 of 2 negatives not relevant`.
    pub(crate) text: String,
    /// Whether the positive is not confirmed, or a tile is that was too small to be read.
    pub(crate) needs_care: bool,
}

impl Review {
    /// The effect of accepting the current row, given the tiles seen so far.
    pub(crate) fn accept_preview(&self, tiles: &SeenTiles) -> AcceptPreview {
        match &self.sample {
            Some(sample) if self.hides_roles() => {
                let (all, open) = (sample.negatives.len() + 1, self.unmarked_numbers().len());
                let answered = if self.judgement().verdict.is_some() { "answered; " } else { "" };
                let text = format!("{answered}{} of {} marked", all - open, count(all, "tile"));
                AcceptPreview { text, needs_care: open > 0 }
            }
            Some(sample) => preview(sample, &self.judgement(), tiles),
            None => AcceptPreview::default(),
        }
    }
}

fn preview(sample: &Sample, judgement: &Judgement, tiles: &SeenTiles) -> AcceptPreview {
    let seen: BTreeSet<&TilePath> = tiles.seen.iter().collect();
    let positive = &sample.positive.path;
    let (mut confirmed, mut rest) = (Vec::new(), Vec::new());
    let open = match judgement.relevance(positive) {
        Some(Relevance::NotRelevant) => Some("positive marked not relevant: an export leaves the row out"),
        Some(Relevance::Broken) => Some("positive marked broken: an export leaves the row out"),
        Some(Relevance::Unsure) => Some("positive marked unsure"),
        None if !seen.contains(positive) => Some("positive not seen"),
        Some(Relevance::Relevant) | None => None,
    };
    let mut needs_care = open.is_some();
    match open {
        Some(words) => rest.push(words.to_owned()),
        None => confirmed.push("positive relevant".to_owned()),
    }
    let negatives: BTreeSet<&TilePath> =
        sample.negatives.iter().map(|tile| &tile.path).filter(|tile| *tile != positive).collect();
    let unmarked = || negatives.iter().filter(|tile| judgement.relevance(tile).is_none());
    let to_confirm = unmarked().filter(|tile| seen.contains(**tile)).count();
    match (negatives.len(), to_confirm) {
        (_, 0) => {}
        (1, _) => confirmed.push("the negative not relevant".to_owned()),
        (all, some) if all == some => confirmed.push(format!("all {all} negatives not relevant")),
        (all, some) => confirmed.push(format!("{some} of {all} negatives not relevant")),
    }
    for (relevance, words) in [
        (Relevance::Relevant, "marked relevant"),
        (Relevance::NotRelevant, "marked not relevant"),
        (Relevance::Unsure, "marked unsure"),
        (Relevance::Broken, "marked broken"),
    ] {
        let marked = negatives.iter().filter(|tile| judgement.relevance(tile) == Some(relevance)).count();
        if marked > 0 {
            rest.push(format!("{marked} {words}"));
        }
    }
    match (negatives.len(), unmarked().count() - to_confirm) {
        (_, 0) => {}
        (1, _) => rest.push("the negative not seen".to_owned()),
        (_, unseen) => rest.push(format!("{unseen} not seen")),
    }
    let is_small = |tile: &TilePath| !tiles.looks.get(tile).is_some_and(Look::is_readable);
    let all_unmarked = negatives.iter().copied().chain([positive]).filter(|tile| judgement.relevance(tile).is_none());
    let small = all_unmarked.filter(|tile| seen.contains(tile) && is_small(tile)).count();
    if small > 0 {
        rest.push(format!("{} too small to read", count(small, "tile")));
        needs_care = true;
    }
    let confirmed = if confirmed.is_empty() { "nothing".to_owned() } else { confirmed.join(", ") };
    let parts: Vec<String> = std::iter::once(format!("Accept would confirm: {confirmed}")).chain(rest).collect();
    AcceptPreview { text: parts.join(" · "), needs_care }
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
        let check = |judgement: &Judgement, tiles: SeenTiles, text: &str, needs_care: bool| {
            let found = preview(&sample, judgement, &tiles);
            assert_eq!((found.text, found.needs_care), (format!("Accept would confirm: {text}"), needs_care));
        };
        check(&judgement, SeenTiles::default(), "nothing · positive not seen · 3 not seen", true);
        let text = "positive relevant, 2 of 3 negatives not relevant · 1 not seen";
        check(&judgement, seen(&sample, 3, 1.0), text, false);
        check(&judgement, seen(&sample, 4, 1.0), "positive relevant, all 3 negatives not relevant", false);
        let text = "positive relevant, all 3 negatives not relevant · 4 tiles too small to read";
        check(&judgement, seen(&sample, 4, 0.2), text, true);
        judgement.tiles.insert(sample.negatives[2].path.clone(), Relevance::Relevant);
        let text = "positive relevant, 2 of 3 negatives not relevant · 1 marked relevant";
        check(&judgement, seen(&sample, 3, 1.0), text, false);
        judgement.tiles.insert(sample.positive.path.clone(), Relevance::Broken);
        let text =
            "2 of 3 negatives not relevant · positive marked broken: an export leaves the row out · 1 marked relevant";
        check(&judgement, seen(&sample, 3, 1.0), text, true);
        judgement.tiles.insert(sample.positive.path.clone(), Relevance::NotRelevant);
        let text = text.replace("broken", "not relevant");
        check(&judgement, seen(&sample, 3, 1.0), &text, true);
    }
}
