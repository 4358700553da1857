//! An upper bound of the nearness of two queries, from the words that only one of them has: first
//! from summaries of these words, then from the words. It rules out nearly all pairs of queries.
//!
//! Only rules out: `WordDifference` decides about the rest.

use super::glance::{Glance, languages_of_all};
use super::{LEFT_UP_TO, UnsharedWord, WITH_TYPOS, translation, typo};

/// Sums in another order are rounded in another way.
const ROUNDING: f32 = 1.0 + 1e-5;

/// A word that only one of two queries has.
#[derive(Clone, Copy, Default)]
pub(in crate::suspicion) struct LeftWord {
    /// Its number.
    pub(in crate::suspicion) number: u32,
    /// Its summary.
    pub(in crate::suspicion) glance: Glance,
    /// Its weight in a comparison.
    pub(in crate::suspicion) weight: f32,
}

/// Whether two queries whose common words do not make them near may be near by other forms of
/// words. `common` is the weight of the common words. At most [`LEFT_UP_TO`] words of each count;
/// `word` is called for few of them.
pub(in crate::suspicion) fn may_be_near_by_forms<'w>(
    own: &[LeftWord],
    other: &[LeftWord],
    common: f32,
    least: f32,
    word: impl Fn(u32) -> UnsharedWord<'w>,
) -> bool {
    let glances_link = |a: &LeftWord, b: &LeftWord| a.glance.may_link(b.glance);
    let words_link = |a: &LeftWord, b: &LeftWord| glances_link(a, b) && could_be(&word(a.number), &word(b.number));
    may_reach(own, other, common, least, glances_link) && may_reach(own, other, common, least, words_link)
}

/// Whether a word could be another in another form, or a part of it.
fn could_be(a: &UnsharedWord<'_>, b: &UnsharedWord<'_>) -> bool {
    typo::could_be(a, b) || translation::could_be(a, b)
}

/// Whether the nearness can be `least` or more if only words are linked that `may_link` allows.
fn may_reach(
    own: &[LeftWord],
    other: &[LeftWord],
    common: f32,
    least: f32,
    may_link: impl Fn(&LeftWord, &LeftWord) -> bool,
) -> bool {
    let (mut own_linkable, mut other_linkable) = ([false; LEFT_UP_TO], [false; LEFT_UP_TO]);
    for (a, own) in own.iter().zip(&mut own_linkable) {
        for (b, other) in other.iter().zip(&mut other_linkable) {
            let linkable = may_link(a, b);
            *own |= linkable;
            *other |= linkable;
        }
    }
    let (own, other) = (LeftWords::new(own, &own_linkable), LeftWords::new(other, &other_linkable));
    if own.decides || other.decides {
        return false;
    }
    let linked = own.linkable.min(other.linkable);
    let most = (common + linked) * ROUNDING;
    let by_meaning = || WITH_TYPOS * most >= least * ((most + own.unlinkable) * (most + other.unlinkable)).sqrt();
    let by_language =
        || most >= own.unlinkable.min(other.unlinkable) && (own.may_be_foreign(&other) || other.may_be_foreign(&own));
    (linked > 0.0 && by_meaning()) || by_language()
}

/// The words that only one query has.
struct LeftWords<'w> {
    words: &'w [LeftWord],
    /// By word: whether it may be linked with a word of the other query.
    are_linkable: &'w [bool],
    /// The weight of the words that may be linked.
    linkable: f32,
    /// The weight of the others that distinguish questions.
    unlinkable: f32,
    /// Whether one of the others makes it another question.
    decides: bool,
}

impl<'w> LeftWords<'w> {
    fn new(words: &'w [LeftWord], are_linkable: &'w [bool]) -> Self {
        let mut left = Self { words, are_linkable, linkable: 0.0, unlinkable: 0.0, decides: false };
        for (word, is_linkable) in words.iter().zip(are_linkable) {
            if *is_linkable {
                left.linkable += word.weight;
            } else {
                left.decides |= word.glance.decides();
                left.unlinkable += if word.glance.is_weightless() { 0.0 } else { word.weight };
            }
        }
        left
    }

    fn unlinkable(&self) -> impl Iterator<Item = Glance> {
        self.words.iter().zip(self.are_linkable).filter(|(_, linkable)| !**linkable).map(|(word, _)| word.glance)
    }

    /// Whether those of these words that will not be linked may be of another language than those
    /// of the other query.
    fn may_be_foreign(&self, listed: &Self) -> bool {
        // Which of the linkable words will be linked is not known: the languages of the remaining
        // ones lie between these two. An unlisted word has none, so it has to be linked.
        let with_linkable = listed.words.iter().zip(listed.are_linkable);
        let with_linkable = with_linkable.filter(|(word, linkable)| !**linkable || word.glance.is_listed());
        let least = languages_of_all(with_linkable.map(|(word, _)| word.glance));
        let mut words = self.words.iter().map(|word| word.glance).filter(|word| !word.is_weightless());
        languages_of_all(listed.unlinkable()) != 0
            && words.any(|word| word.may_be_outside(least))
            && self.unlinkable().all(|word| word.may_be_outside(least))
    }
}
