//! The effect of accepting the current row, in a few words, before it is accepted. Confirms
//! nothing.

use std::collections::{BTreeMap, BTreeSet};

use tilejury_audit::text::count;
use tilejury_audit::{Judgement, Relevance, Verdict};
use tilejury_data::{Sample, TilePath, TileSlot};

use super::seen_tiles::was_readable;
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

/// The rest that decides the effect, besides the row, its judgement and the tiles seen.
struct Rules<'a> {
    /// See [`Review::counts_unmarked`].
    counts_unmarked: bool,
    /// See [`Review::copies`].
    copies: Vec<TilePath>,
    /// Whether the relevance of a tile comes from an accept, not from a mark.
    is_confirmed: &'a dyn Fn(&TilePath) -> bool,
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
            Some(sample) => {
                let origin = |tile: &TilePath| self.session.origins().tile_origin(sample.key, tile);
                let is_confirmed = |tile: &TilePath| origin(tile).confirmed_by.is_some();
                let counts_unmarked = self.counts_unmarked();
                let rules = Rules { counts_unmarked, copies: self.copies(tiles), is_confirmed: &is_confirmed };
                preview(sample, &self.judgement(), tiles, &rules)
            }
            None => AcceptPreview::default(),
        }
    }

    /// Whether a row of an audit is judged as a whole: once it is accepted, the audit counts its
    /// negatives without a mark as not relevant, seen or not.
    pub(crate) fn counts_unmarked(&self) -> bool {
        self.round_kind() == Some(RoundKind::Audit) && self.asked_tiles().is_empty()
    }
}

/// The negatives of a row, by what an accept does with them. Each place counts, also of a tile that
/// is there twice: the numbers of a row add up.
#[derive(Default)]
struct Negatives {
    to_confirm: Vec<TileSlot>,
    /// Confirmed as not relevant by an accept before.
    confirmed: usize,
    marked: BTreeMap<Relevance, usize>,
    unseen: Vec<TileSlot>,
    /// The positive again, which is never confirmed as not relevant.
    repeats: Vec<TileSlot>,
}

impl Negatives {
    fn new(sample: &Sample, judgement: &Judgement, seen: &BTreeSet<&TilePath>, rules: &Rules<'_>) -> Self {
        let mut found = Self::default();
        for (slot, tile) in TileSlot::of_tiles(sample).skip(1) {
            let tile = &tile.path;
            match judgement.relevance(tile) {
                _ if *tile == sample.positive.path => found.repeats.push(slot),
                Some(Relevance::NotRelevant) if (rules.is_confirmed)(tile) => found.confirmed += 1,
                Some(relevance) => *found.marked.entry(relevance).or_default() += 1,
                None if !seen.contains(tile) => found.unseen.push(slot),
                None if rules.copies.contains(tile) => found.repeats.push(slot),
                None => found.to_confirm.push(slot),
            }
        }
        found
    }
}

fn preview(sample: &Sample, judgement: &Judgement, tiles: &SeenTiles, rules: &Rules<'_>) -> AcceptPreview {
    let seen: BTreeSet<&TilePath> = tiles.seen.iter().collect();
    let negatives = Negatives::new(sample, judgement, &seen, rules);
    let positive = judgement.relevance(&sample.positive.path);
    let confirms_positive = positive.is_none() && seen.contains(&sample.positive.path);
    let is_accepted = judgement.verdict == Some(Verdict::Accept);
    let again = is_accepted && (confirms_positive || !negatives.to_confirm.is_empty());
    let (mut confirmed, mut rest) = (Vec::new(), Vec::new());
    let not_seen = if is_accepted && !again { "not confirmed" } else { "not seen" };
    let open = match positive {
        Some(Relevance::NotRelevant) => Some(("positive marked not relevant".to_owned(), true)),
        Some(Relevance::Broken) => Some(("positive marked broken".to_owned(), true)),
        Some(Relevance::Unsure) => Some(("positive marked unsure".to_owned(), false)),
        None if !confirms_positive => Some((format!("positive {not_seen}"), false)),
        Some(Relevance::Relevant) | None => None,
    };
    let mut needs_care = open.is_some();
    match open {
        Some((words, true)) => {
            rest.push(Part::new(format!("{words}: an export leaves the row out"), format!("{words}: not exported")));
        }
        Some((words, false)) => rest.push(Part::whole(words)),
        None if again && !confirms_positive => {}
        None => confirmed.push(Part::new("positive relevant", "positive")),
    }
    let number = if is_accepted && !again { negatives.confirmed } else { negatives.to_confirm.len() };
    let which = match (sample.negatives.len(), number) {
        (_, 0) => None,
        (1, _) => Some("the negative".to_owned()),
        _ if again => Some(NamedTiles::new(negatives.to_confirm.iter().copied()).words()),
        (all, some) if all == some => Some(format!("all {all} negatives")),
        (all, some) => Some(format!("{some} of {all} negatives")),
    };
    confirmed.extend(which.map(|which| Part::new(format!("{which} not relevant"), which)));
    let small = confirms_positive.then_some(TileSlot::POSITIVE).into_iter().chain(negatives.to_confirm.iter().copied());
    let is_small =
        |slot: &TileSlot| sample.tiles().nth(slot.index()).is_some_and(|tile| !was_readable(tiles, &tile.path));
    let small = NamedTiles::new(small.filter(is_small));
    if !small.is_empty() {
        let names = if small.len() == sample.negatives.len() + 1 { "all tiles".to_owned() } else { small.words() };
        let though = format!("though {names} {} too small", if small.len() == 1 { "was" } else { "were" });
        confirmed.push(Part {
            full: format!("{though} to read"),
            short: though,
            shortest: format!("but {names} too small"),
        });
        needs_care = true;
    }
    if !negatives.marked.is_empty() {
        let words = |with: &str| {
            let each =
                negatives.marked.iter().map(|(mark, number)| format!("{number} {with}{}", mark.label().to_lowercase()));
            each.collect::<Vec<_>>().join(", ")
        };
        let part = Part::new(format!("already marked: {}", words("as ")), format!("marked: {}", words("")));
        rest.push(Part { shortest: String::new(), ..part });
    }
    let named = |slots: &[TileSlot]| match sample.negatives.len() {
        1 => "the negative".to_owned(),
        _ => NamedTiles::new(slots.iter().copied()).words(),
    };
    if !negatives.unseen.is_empty() {
        let names = named(&negatives.unseen);
        rest.push(match rules.counts_unmarked {
            true => Part::new(
                format!("{names} {not_seen}, but counted as not relevant"),
                format!("{names} {not_seen}, but counted"),
            ),
            false => Part::whole(format!("{names} {not_seen}")),
        });
        needs_care |= rules.counts_unmarked;
    }
    if !negatives.repeats.is_empty() {
        let verb = if negatives.repeats.len() == 1 { "repeats" } else { "repeat" };
        rest.push(Part::whole(format!("{} {verb} the positive", named(&negatives.repeats))));
    }
    let heads = match (is_accepted, again) {
        (false, _) => ["Accept would confirm: ", "Accept confirms "],
        (true, true) => ["Accepted; accepting again would confirm: ", "Accepted; again confirms "],
        (true, false) => ["Accepted and confirmed: ", "Accepted and confirmed: "],
    };
    AcceptPreview { forms: forms(heads, &confirmed, &rest), needs_care }
}

/// The effect in words, the longest first: what is not confirmed is shortened last.
fn forms(heads: [&str; 2], confirmed: &[Part], rest: &[Part]) -> Vec<String> {
    let full = |part: &Part| part.full.clone();
    let short = |part: &Part| part.short.clone();
    let shortest = |part: &Part| part.shortest.clone();
    let first = |head: &str, words: &dyn Fn(&Part) -> String| match confirmed {
        [] => format!("{head}nothing"),
        _ => format!("{head}{}", confirmed.iter().map(words).collect::<Vec<_>>().join(", ")),
    };
    let with = |first: String, words: &dyn Fn(&Part) -> String| {
        let rest = rest.iter().map(words).filter(|words| !words.is_empty());
        std::iter::once(first).chain(rest).collect::<Vec<_>>().join(" · ")
    };
    let [long, brief] = heads;
    let mut forms = vec![
        with(first(long, &full), &full),
        with(first(brief, &short), &full),
        with(first(brief, &short), &short),
        with(first(brief, &shortest), &shortest),
    ];
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

    /// Rules outside of audits, without copies and confirmations.
    const PLAIN: Rules<'static> = Rules { counts_unmarked: false, copies: Vec::new(), is_confirmed: &|_| false };

    #[test]
    fn names_the_tiles_that_accepting_confirms() {
        let (_dir, sample) = row();
        let mut judgement = Judgement::default();
        let check = |judgement: &Judgement, tiles: SeenTiles, text: &str, needs_care: bool| {
            let found = preview(&sample, judgement, &tiles, &PLAIN);
            assert_eq!((&*found.forms[0], found.needs_care), (&*format!("Accept would confirm: {text}"), needs_care));
        };
        check(&judgement, SeenTiles::default(), "nothing · positive not seen · negatives 1–3 not seen", true);
        let text = "positive relevant, 2 of 3 negatives not relevant · negative 3 not seen";
        check(&judgement, seen(&sample, 3, 1.0), text, false);
        check(&judgement, seen(&sample, 4, 1.0), "positive relevant, all 3 negatives not relevant", false);
        let text = "positive relevant, all 3 negatives not relevant, though all tiles were too small to read";
        check(&judgement, seen(&sample, 4, 0.2), text, true);
        let text = "positive relevant, 1 of 3 negatives not relevant, though positive and negative 1 were too small \
                    to read · negatives 2 and 3 not seen";
        check(&judgement, seen(&sample, 2, 0.2), text, true);
        judgement.tiles.insert(sample.negatives[2].path.clone(), Relevance::NotRelevant);
        let text = "positive relevant, 2 of 3 negatives not relevant · already marked: 1 as not relevant";
        check(&judgement, seen(&sample, 3, 1.0), text, false);
        judgement.tiles.insert(sample.negatives[2].path.clone(), Relevance::Relevant);
        judgement.tiles.insert(sample.positive.path.clone(), Relevance::Broken);
        let text = "2 of 3 negatives not relevant · positive marked broken: an export leaves the row out · already \
                    marked: 1 as relevant";
        check(&judgement, seen(&sample, 3, 1.0), text, true);
        judgement.tiles.insert(sample.positive.path.clone(), Relevance::NotRelevant);
        let text = text.replace("broken", "not relevant");
        check(&judgement, seen(&sample, 3, 1.0), &text, true);
    }

    #[test]
    fn the_numbers_of_a_row_with_repeated_tiles_add_up() {
        let (_dir, mut sample) = row();
        sample.negatives.extend([sample.negatives[0].clone(), sample.positive.clone()]);
        let judgement = Judgement::default();
        let check = |rules: &Rules<'_>, text: &str| {
            let found = preview(&sample, &judgement, &seen(&sample, 3, 1.0), rules);
            assert_eq!(found.forms[0], format!("Accept would confirm: positive relevant, {text}"));
        };
        check(&PLAIN, "3 of 5 negatives not relevant · negative 3 not seen · negative 5 repeats the positive");
        let rules = Rules { copies: vec![sample.negatives[1].path.clone()], ..PLAIN };
        check(&rules, "2 of 5 negatives not relevant · negative 3 not seen · negatives 2 and 5 repeat the positive");
    }

    #[test]
    fn an_accepted_row_says_what_was_confirmed_or_would_be() {
        let (_dir, sample) = row();
        let mut judgement = Judgement { verdict: Some(Verdict::Accept), ..Judgement::default() };
        let confirmed: Vec<TilePath> = sample.tiles().take(2).map(|tile| tile.path.clone()).collect();
        judgement.tiles.insert(confirmed[0].clone(), Relevance::Relevant);
        judgement.tiles.insert(confirmed[1].clone(), Relevance::NotRelevant);
        judgement.tiles.insert(sample.negatives[1].path.clone(), Relevance::Unsure);
        let is_confirmed = |tile: &TilePath| confirmed.contains(tile);
        let rules = Rules { is_confirmed: &is_confirmed, ..PLAIN };
        let first = |tiles: usize, scale: f32| {
            preview(&sample, &judgement, &seen(&sample, tiles, scale), &rules).forms.remove(0)
        };
        assert_eq!(
            first(3, 1.0),
            "Accepted and confirmed: positive relevant, 1 of 3 negatives not relevant · already marked: 1 as unsure · \
             negative 3 not confirmed"
        );
        assert_eq!(
            first(4, 0.2),
            "Accepted; accepting again would confirm: negative 3 not relevant, though negative 3 was too small to \
             read · already marked: 1 as unsure"
        );
    }

    #[test]
    fn an_audit_counts_negatives_that_nobody_saw() {
        let (_dir, sample) = row();
        let (judgement, tiles) = (Judgement::default(), seen(&sample, 2, 1.0));
        let audit = Rules { counts_unmarked: true, ..PLAIN };
        let found = preview(&sample, &judgement, &tiles, &audit);
        let unseen = "negatives 2 and 3 not seen, but counted as not relevant";
        let first = format!("Accept would confirm: positive relevant, 1 of 3 negatives not relevant · {unseen}");
        let shorter = format!("Accept confirms positive, 1 of 3 negatives · {unseen}");
        let shortest =
            "Accept confirms positive, 1 of 3 negatives · negatives 2 and 3 not seen, but counted".to_owned();
        assert_eq!((found.forms, found.needs_care), (vec![first, shorter, shortest], true));
        assert!(!preview(&sample, &judgement, &seen(&sample, 4, 1.0), &audit).needs_care);
        let slots: Vec<usize> = never_readable(&sample, &judgement, &tiles).iter().map(|slot| slot.index()).collect();
        assert_eq!(slots, [2, 3]);
        assert_eq!(never_readable(&sample, &judgement, &seen(&sample, 4, 0.2)).len(), 4, "all were too small");
    }
}
