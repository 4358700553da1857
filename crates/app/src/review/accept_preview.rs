//! The effect of accepting the current row, in a few words, before it is accepted. Confirms
//! nothing.

use std::collections::BTreeSet;

use tilejury_audit::text::count;
use tilejury_audit::{Judgement, Relevance};
use tilejury_data::{Sample, TilePath};

use super::seen_tiles::{unmarked, was_readable};
use super::tile_numbers::NamedTiles;
use super::{Review, RoundKind, SeenTiles};

/// The effect of accepting a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AcceptPreview {
    /// The effect in fewer and fewer words, such as `Accept would confirm: positive relevant, 1 of
    /// 2 negatives not relevant · negative 2 not seen`. Empty if there is no row.
    pub(crate) forms: Vec<String>,
    /// Whether the positive is not confirmed, a tile is that was too small to be read, or an audit
    /// counts a negative that nobody saw.
    pub(crate) needs_care: bool,
}

/// A part of the effect.
struct Part {
    full: String,
    /// The same in fewer words.
    short: String,
    /// The same in the fewest words; empty where the marks on the tiles say it.
    shortest: String,
}

impl Part {
    fn new(full: impl Into<String>, short: impl Into<String>) -> Self {
        let short = short.into();
        Self { full: full.into(), shortest: short.clone(), short }
    }

    /// A part that has no shorter words.
    fn whole(words: impl Into<String>) -> Self {
        let words = words.into();
        Self { full: words.clone(), short: words.clone(), shortest: words }
    }
}

impl Review {
    /// The effect of accepting the current row, given the tiles seen so far.
    pub(crate) fn accept_preview(&self, tiles: &SeenTiles) -> AcceptPreview {
        match &self.sample {
            Some(sample) if self.hides_roles() => {
                let (all, open) = (sample.negatives.len() + 1, self.unmarked_numbers().len());
                let answered = if self.judgement().verdict.is_some() { "answered; " } else { "" };
                let text = format!("{answered}{} of {} marked", all - open, count(all, "tile"));
                AcceptPreview { forms: vec![text], needs_care: open > 0 }
            }
            Some(sample) => preview(sample, &self.judgement(), tiles, self.counts_unmarked()),
            None => AcceptPreview::default(),
        }
    }

    /// Whether a row of an audit is judged as a whole: once it is accepted, the audit counts its
    /// negatives without a mark as not relevant, seen or not.
    pub(crate) fn counts_unmarked(&self) -> bool {
        self.round_kind() == Some(RoundKind::Audit) && self.asked_tiles().is_empty()
    }
}

/// `counts_unmarked`: see [`Review::counts_unmarked`].
fn preview(sample: &Sample, judgement: &Judgement, tiles: &SeenTiles, counts_unmarked: bool) -> AcceptPreview {
    let seen: BTreeSet<&TilePath> = tiles.seen.iter().collect();
    let positive = &sample.positive.path;
    let (mut confirmed, mut rest) = (Vec::new(), Vec::new());
    let open = match judgement.relevance(positive) {
        Some(Relevance::NotRelevant) => Some(("positive marked not relevant", true)),
        Some(Relevance::Broken) => Some(("positive marked broken", true)),
        Some(Relevance::Unsure) => Some(("positive marked unsure", false)),
        None if !seen.contains(positive) => Some(("positive not seen", false)),
        Some(Relevance::Relevant) | None => None,
    };
    let mut needs_care = open.is_some();
    match open {
        Some((words, true)) => {
            rest.push(Part::new(format!("{words}: an export leaves the row out"), format!("{words}: not exported")));
        }
        Some((words, false)) => rest.push(Part::whole(words)),
        None => confirmed.push(Part::new("positive relevant", "positive")),
    }
    let negatives: BTreeSet<&TilePath> =
        sample.negatives.iter().map(|tile| &tile.path).filter(|tile| *tile != positive).collect();
    let unmarked = unmarked(sample, judgement);
    let (to_confirm, unseen): (Vec<_>, Vec<_>) =
        unmarked.iter().copied().filter(|(slot, _)| !slot.is_positive()).partition(|(_, tile)| seen.contains(*tile));
    let which = match (negatives.len(), to_confirm.len()) {
        (_, 0) => None,
        (1, _) => Some("the negative".to_owned()),
        (all, some) if all == some => Some(format!("all {all} negatives")),
        (all, some) => Some(format!("{some} of {all} negatives")),
    };
    confirmed.extend(which.map(|which| Part::new(format!("{which} not relevant"), which)));
    for (relevance, word) in [
        (Relevance::Relevant, "relevant"),
        (Relevance::NotRelevant, "not relevant"),
        (Relevance::Unsure, "unsure"),
        (Relevance::Broken, "broken"),
    ] {
        let marked = negatives.iter().filter(|tile| judgement.relevance(tile) == Some(relevance)).count();
        if marked > 0 {
            let part = Part::new(format!("{marked} marked {word}"), format!("{marked} {word}"));
            rest.push(Part { shortest: String::new(), ..part });
        }
    }
    if !unseen.is_empty() {
        let names = match negatives.len() {
            1 => "the negative".to_owned(),
            _ => NamedTiles::new(unseen.iter().map(|(slot, _)| *slot)).words(),
        };
        rest.push(match counts_unmarked {
            true => Part::new(
                format!("{names} not seen, but counted as not relevant"),
                format!("{names} not seen, but counted"),
            ),
            false => Part::whole(format!("{names} not seen")),
        });
        needs_care |= counts_unmarked;
    }
    let small = unmarked.iter().filter(|(_, tile)| seen.contains(tile) && !was_readable(tiles, tile));
    let small = NamedTiles::new(small.map(|(slot, _)| *slot));
    if !small.is_empty() {
        let names = if small.len() == negatives.len() + 1 { "all tiles".to_owned() } else { small.words() };
        rest.push(Part::new(format!("{names} too small to read"), format!("{names} too small")));
        needs_care = true;
    }
    AcceptPreview { forms: forms(&confirmed, &rest), needs_care }
}

/// The effect in words, the longest first: what is not confirmed is shortened last.
fn forms(confirmed: &[Part], rest: &[Part]) -> Vec<String> {
    let full = |part: &Part| part.full.clone();
    let short = |part: &Part| part.short.clone();
    let joined = |words: Vec<String>| if words.is_empty() { "nothing".to_owned() } else { words.join(", ") };
    let longest = format!("Accept would confirm: {}", joined(confirmed.iter().map(full).collect()));
    let shorter = format!("Accept confirms {}", joined(confirmed.iter().map(short).collect()));
    let with = |first: &str, words: &dyn Fn(&Part) -> String| {
        let rest = rest.iter().map(words).filter(|words| !words.is_empty());
        std::iter::once(first.to_owned()).chain(rest).collect::<Vec<_>>().join(" · ")
    };
    let shortest = with(&shorter, &|part| part.shortest.clone());
    let mut forms = vec![with(&longest, &full), with(&shorter, &full), with(&shorter, &short), shortest];
    forms.dedup();
    forms
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a missing value fails the test")]
mod tests {
    use std::time::Duration;

    use tilejury_audit::{Look, Looks};
    use tilejury_data::sample::TileRef;
    use tilejury_data::{Dataset, SampleIndex};
    use tilejury_testkit::Set;

    use super::super::seen_tiles::never_readable;
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
            let found = preview(&sample, judgement, &tiles, false);
            assert_eq!((&*found.forms[0], found.needs_care), (&*format!("Accept would confirm: {text}"), needs_care));
        };
        check(&judgement, SeenTiles::default(), "nothing · positive not seen · negatives 1–3 not seen", true);
        let text = "positive relevant, 2 of 3 negatives not relevant · negative 3 not seen";
        check(&judgement, seen(&sample, 3, 1.0), text, false);
        check(&judgement, seen(&sample, 4, 1.0), "positive relevant, all 3 negatives not relevant", false);
        let text = "positive relevant, all 3 negatives not relevant · all tiles too small to read";
        check(&judgement, seen(&sample, 4, 0.2), text, true);
        let text = "positive relevant, 1 of 3 negatives not relevant · negatives 2 and 3 not seen · positive and negative 1 \
                    too small to read";
        check(&judgement, seen(&sample, 2, 0.2), text, true);
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

    #[test]
    fn an_audit_counts_negatives_that_nobody_saw() {
        let (_dir, sample) = row();
        let (judgement, tiles) = (Judgement::default(), seen(&sample, 2, 1.0));
        let found = preview(&sample, &judgement, &tiles, true);
        let unseen = "negatives 2 and 3 not seen, but counted as not relevant";
        let first = format!("Accept would confirm: positive relevant, 1 of 3 negatives not relevant · {unseen}");
        let shorter = format!("Accept confirms positive, 1 of 3 negatives · {unseen}");
        let shortest =
            "Accept confirms positive, 1 of 3 negatives · negatives 2 and 3 not seen, but counted".to_owned();
        assert_eq!((found.forms, found.needs_care), (vec![first, shorter, shortest], true));
        assert!(!preview(&sample, &judgement, &seen(&sample, 4, 1.0), true).needs_care);
        let slots: Vec<usize> = never_readable(&sample, &judgement, &tiles).iter().map(|slot| slot.index()).collect();
        assert_eq!(slots, [2, 3]);
        assert_eq!(never_readable(&sample, &judgement, &seen(&sample, 4, 0.2)).len(), 4, "all were too small");
    }
}
