//! Compares two queries that differ in some words. They ask the same if these words are typos or
//! translations of each other, and different things if a number, a negation or a single word
//! differs.
//!
//! Uses the words that only one of the queries has, and how often each occurs in the set. Finds no
//! pairs itself.

mod bound;
mod forms;
mod glance;
mod letters;
mod lexicon;
mod translation;
mod typo;

use std::ops::Range;

pub(super) use bound::{LeftWord, may_be_near_by_forms};
pub(super) use glance::Glance;
use lexicon::Script;
pub(super) use lexicon::{LexiconEntry, known};
use translation::TranslationMatch;

/// The largest number of unshared words of a query: with more, queries are compared by their common
/// words alone.
pub(super) const LEFT_UP_TO: usize = 12;
/// The least cosine similarity for a closer comparison of queries that have fewer than half of
/// their words in common.
const WORTH_A_LOOK: f32 = 0.25;
/// The highest nearness of queries that differ by typos.
const WITH_TYPOS: f32 = 0.97;
/// The highest nearness of queries that differ by translated words.
const TRANSLATED: f32 = 0.95;
/// The highest nearness if some words are only known to belong to two languages.
const IN_TWO_LANGUAGES: f32 = 0.85;

/// A word, or a pair of letters of a script without spaces, that only one of two queries has.
#[derive(Clone, Copy)]
pub(super) struct UnsharedWord<'w> {
    /// As written in the normal form.
    pub(super) text: &'w str,
    /// Its weight in a comparison.
    pub(super) weight: f32,
    /// The number of queries in the set that have it.
    pub(super) frequency: u32,
    /// Everything known about it independently of the set.
    pub(super) known: &'w LexiconEntry,
}

/// The words that two queries have in common, and those that only one of them has.
#[derive(Default)]
pub(super) struct WordDifference<'w> {
    /// Words of the first query.
    pub(super) own: Vec<UnsharedWord<'w>>,
    /// Words of the second query.
    pub(super) other: Vec<UnsharedWord<'w>>,
    /// Words of both.
    common: Vec<&'w str>,
    /// The number of common words that distinguish questions.
    distinguishing: usize,
    /// The sum of the weights of the words of both.
    common_weight: f32,
}

/// Whether a closer comparison is worth its time although the common words alone do not make two
/// queries near. Checked first, since it needs only counts: the numbers of words of each query and
/// of both.
pub(super) fn may_be_near(by_words: f32, (own, other, common): (usize, usize, usize)) -> bool {
    let (less, more) = (own.min(other), own.max(other));
    common > 0 && more.saturating_sub(common) <= LEFT_UP_TO && (2 * common >= less || by_words >= WORTH_A_LOOK)
}

/// The result of comparing two queries.
#[derive(Clone, Copy, Debug, PartialEq)]
enum QueryComparison {
    /// Only the common words count.
    ByWords,
    /// They ask for different things, however much they have in common.
    Different,
    /// They ask the same, with this nearness, 0 to 1.
    Same(f32),
}

impl<'w> WordDifference<'w> {
    /// Adds a word of both.
    pub(super) fn add_common(&mut self, text: &'w str, weight: f32, known: &LexiconEntry) {
        self.common.push(text);
        self.common_weight += weight;
        self.distinguishing += usize::from(!known.weightless);
    }

    /// Whether the queries may be near by other forms of words.
    pub(super) fn may_be_near_by_forms(&self, least: f32) -> bool {
        let left = |words: &[UnsharedWord<'_>], numbers: Range<u32>| {
            let left = |(word, number): (&UnsharedWord<'_>, u32)| LeftWord {
                number,
                glance: Glance::new(word.text, word.known),
                weight: word.weight,
            };
            words.iter().zip(numbers).map(left).collect::<Vec<_>>()
        };
        let words: Vec<UnsharedWord<'_>> = self.own.iter().chain(&self.other).copied().collect();
        let (own, all) = (self.own.len() as u32, words.len() as u32);
        let (own, other) = (left(&self.own, 0..own), left(&self.other, own..all));
        may_be_near_by_forms(&own, &other, self.common_weight, least, |number| words[number as usize])
    }

    /// Returns the nearness of the queries, 0 to 1; `by_words` is that of their words alone.
    pub(super) fn nearness(&self, by_words: f32) -> f32 {
        match self.verdict() {
            QueryComparison::ByWords => by_words,
            QueryComparison::Different => 0.0,
            QueryComparison::Same(near) => near.max(by_words),
        }
    }

    /// Decides by the words that only one of the queries has.
    fn verdict(&self) -> QueryComparison {
        let mut links = WordLinks::new(self);
        typo::link(self, &mut links);
        let typos = links.pairs.len();
        if typos > typo::allowed(self) {
            return QueryComparison::ByWords;
        }
        translation::link(self, &mut links);
        let translated = links.pairs.len() > typos;
        if self.changes_the_question(&links) {
            return QueryComparison::Different;
        }
        let most = if typos > 0 && !translated && !self.both_left(&links) {
            WITH_TYPOS
        } else {
            match translation::account(self, &links, translated) {
                TranslationMatch::ByWords => TRANSLATED,
                TranslationMatch::ByLanguage => {
                    links.link_rest(self);
                    IN_TWO_LANGUAGES
                }
                _ => return self.without_links(),
            }
        };
        QueryComparison::Same(most * links.cosine(self))
    }

    /// Whether only one of them has a number, or a negation.
    fn changes_the_question(&self, links: &WordLinks) -> bool {
        let number = |words: &[UnsharedWord<'_>], left: &[bool]| {
            left_of(words, left).any(|word| word.known.script == Script::Number)
        };
        let negation = |words: &[UnsharedWord<'_>], left: &[bool]| left_of(words, left).any(|word| word.known.negates);
        number(&self.own, &links.own)
            || number(&self.other, &links.other)
            || negation(&self.own, &links.own)
            || negation(&self.other, &links.other)
    }

    /// Separates queries that differ in exactly one word each, unless the words are forms of each
    /// other.
    fn without_links(&self) -> QueryComparison {
        let tells = |words: &[UnsharedWord<'_>]| words.iter().filter(|word| !word.known.weightless).count();
        let (own, other) = (tells(&self.own), tells(&self.other));
        let one = |words: &[UnsharedWord<'_>]| words.iter().position(|word| !word.known.weightless);
        match (one(&self.own), one(&self.other)) {
            (Some(a), Some(b)) if own == 1 && other == 1 && !forms_of_one(&self.own[a], &self.other[b]) => {
                QueryComparison::Different
            }
            _ => QueryComparison::ByWords,
        }
    }

    /// Whether both sides have unlinked words that distinguish questions.
    fn both_left(&self, links: &WordLinks) -> bool {
        let left = |words: &[UnsharedWord<'_>], left: &[bool]| left_of(words, left).any(|word| !word.known.weightless);
        left(&self.own, &links.own) && left(&self.other, &links.other)
    }
}

/// Whether they are two forms of a word, or two words with one meaning.
fn forms_of_one(a: &UnsharedWord<'_>, b: &UnsharedWord<'_>) -> bool {
    let one_thing = || a.known.senses.iter().any(|own| b.known.senses.iter().any(|other| other.row == own.row));
    let (exact, in_both) = (a.known.exact && b.known.exact, a.known.languages & b.known.languages);
    (exact && one_thing()) || (in_both == 0 && letters::same_stem(&a.known.stem, &b.known.stem))
}

fn left_of<'d, 'w>(words: &'d [UnsharedWord<'w>], left: &'d [bool]) -> impl Iterator<Item = &'d UnsharedWord<'w>> {
    words.iter().zip(left).filter(|(_, left)| **left).map(|(word, _)| word)
}

/// The links between words of one query and the same words in another form in the other query.
struct WordLinks {
    /// By word: whether it is not linked yet.
    own: Vec<bool>,
    other: Vec<bool>,
    /// The weight of each linked pair: that of its lighter word, since a misspelled or foreign word
    /// is rare only for that reason.
    pairs: Vec<f32>,
}

impl WordLinks {
    fn new(difference: &WordDifference<'_>) -> Self {
        let left = |words: &[UnsharedWord<'_>]| vec![true; words.len()];
        Self { own: left(&difference.own), other: left(&difference.other), pairs: Vec::new() }
    }

    /// Links words; one that is linked already has counted.
    fn link(&mut self, difference: &WordDifference<'_>, own: &[usize], other: &[usize]) {
        let weight = |words: &[UnsharedWord<'_>], left: &[bool], at: &[usize]| {
            at.iter().filter(|at| left[**at]).map(|at| words[*at].weight).sum::<f32>()
        };
        let (of_own, of_other) =
            (weight(&difference.own, &self.own, own), weight(&difference.other, &self.other, other));
        self.pairs.push(of_own.min(of_other));
        own.iter().for_each(|at| self.own[*at] = false);
        other.iter().for_each(|at| self.other[*at] = false);
    }

    /// Links words unless one of them is linked already.
    fn link_if_free(&mut self, difference: &WordDifference<'_>, own: &[usize], other: &[usize]) {
        if own.iter().all(|at| self.own[*at]) && other.iter().all(|at| self.other[*at]) {
            self.link(difference, own, other);
        }
    }

    /// Links all remaining words of one side with all those of the other.
    fn link_rest(&mut self, difference: &WordDifference<'_>) {
        let left = |left: &[bool]| (0..left.len()).filter(|at| left[*at]).collect::<Vec<_>>();
        let (own, other) = (left(&self.own), left(&self.other));
        self.link(difference, &own, &other);
    }

    /// Returns the cosine as if the linked words were the same.
    fn cosine(&self, difference: &WordDifference<'_>) -> f32 {
        let common = difference.common_weight + self.pairs.iter().sum::<f32>();
        let left = |words: &[UnsharedWord<'_>], left: &[bool]| {
            left_of(words, left).filter(|word| !word.known.weightless).map(|word| word.weight).sum::<f32>()
        };
        let (own, other) = (left(&difference.own, &self.own), left(&difference.other, &self.other));
        common / ((common + own) * (common + other)).sqrt().max(f32::MIN_POSITIVE)
    }
}

#[cfg(test)]
mod tests {
    use tilejury_rows::QueryNumbering;

    use crate::suspicion::query_text::QueryTexts;

    fn verdict(a: &str, b: &str) -> f32 {
        let mut queries = QueryNumbering::default();
        let (a, b) = (queries.number(a), queries.number(b));
        (0..50).for_each(|n| {
            queries.number(&format!("filler q{n} w{n}"));
        });
        QueryTexts::new(queries.finish()).nearness(a, b, 0.7)
    }

    #[track_caller]
    fn check(a: &str, b: &str, near: bool) {
        let (one, other) = (verdict(a, b), verdict(b, a));
        assert!(one == other, "{a} / {b}: {one}, and {other} the other way round");
        assert_eq!(one >= 0.7, near, "{a} / {b}: {one}");
    }

    #[test]
    fn queries_with_typos_are_near() {
        for typo in ["isntall", "instal", "installl", "imstall", "inst all", "ninstall"] {
            check("how do I install the driver", &format!("how do I {typo} the driver"), true);
        }
        check("how do I install the driver", "how do I installthe driver", true);
        check("how do I install the driver", "how do I isntall the drivr", true);
        check("page of the café", "page of the cafe", true);
        check("list of the settings", "list of the setting", true);
        check("requirements of node 18", "requirements of node18", true);
    }

    #[test]
    fn other_known_words_and_numbers_are_not_typos() {
        check("show invoices of 2023", "show invoices of 2024", false);
        check("release notes of version 2.1 of the editor", "release notes of version 2.2 of the editor", false);
        check("map of the county roads", "map of the country roads", false);
        check("requests that were answered by mail", "requests that were not answered by mail", false);
        check(
            "how long does the export of a large table to a file take",
            "how long does the import of a large table to a file take",
            false,
        );
        check("distance of Mars from the sun", "distance of Marx from the sun", false);
        check("error in section 35", "error in section 3 5", false);
    }

    #[test]
    fn queries_with_translated_words_are_near() {
        check("How do I install the driver", "How do I installiere the Treiber", true);
        check(
            "where are the network settings of the printer",
            "where are the Netzwerkeinstellungen of the printer",
            true,
        );
        check("change the language of the keyboard", "cambiar el idioma of the keyboard", true);
        check("delete all files in the folder Archive", "删除 all 文件 in the folder Archive", true);
        check("price of the camera in the shop", "price of the カメラ in the shop", true);
    }

    #[test]
    fn foreign_words_of_other_meaning_separate_queries() {
        check("show contracts of customer Hajek", "show Rechnungen of customer Hajek", false);
        check("keyboard settings of the phone", "カメラ settings of the phone", false);
        check("songs by Edith Piaf", "songs by Jacques Brel", false);
        check("type of the room", "art of the room", false);
    }

    #[test]
    fn expressions_of_several_words_are_translations() {
        check("where is the spark plug of the mower", "where is the bujía of the mower", true);
        check("price of the washing machine Lumio", "price of the machine à laver Lumio", true);
        check("low tide at Cancale", "marée basse at Cancale", true);
        check("error code of the boiler E119", "Fehlercode of the boiler E119", true);
    }

    #[test]
    fn forms_of_translated_words_are_known() {
        check("which badgers were counted near Marburg", "which Dachse were gezählt near Marburg", true);
        check("thefts near Marburg in May", "vols near Marburg in May", true);
        check("why do fish lose scales in Marburg", "why do fish lose écailles in Marburg", true);
        check("cancel the order number 5521", "annuler la commande number 5521", true);
    }
}
