//! Translations of words into another language: by the glossary, by a stem that both languages
//! share, or by the script.

use super::letters::same_stem;
use super::lexicon::{LATIN, Script, longer_words, spaceless_words};
use super::{UnsharedWord, WordDifference, WordLinks, left_of};

/// Links words with the same meaning in two languages. If some clearly have it, doubtful ones
/// count, too.
pub(super) fn link(difference: &WordDifference<'_>, links: &mut WordLinks) {
    let before = links.pairs.len();
    for doubtful in [false, true] {
        for (at, own) in difference.own.iter().enumerate() {
            let others = difference.other.iter().enumerate();
            let mut found: Vec<usize> =
                others.filter(|(_, other)| translates(own, other, doubtful)).map(|(index, _)| index).collect();
            found.extend(in_spaceless(own, &difference.other));
            if !found.is_empty() && (links.own[at] || found.iter().any(|index| links.other[*index])) {
                links.link(difference, &[at], &found);
            }
        }
        for (index, other) in difference.other.iter().enumerate() {
            let found = in_spaceless(other, &difference.own);
            if !found.is_empty() && (links.other[index] || found.iter().any(|at| links.own[*at])) {
                links.link(difference, &found, &[index]);
            }
        }
        if links.pairs.len() == before {
            break;
        }
    }
}

/// Whether a word could be another in its language.
pub(super) fn could_be(a: &UnsharedWord<'_>, b: &UnsharedWord<'_>) -> bool {
    match (a.known.script, b.known.script) {
        (Script::Letters, Script::Letters) => translates(a, b, true),
        (a, b) => a != b && (a == Script::Spaceless || b == Script::Spaceless),
    }
}

/// Whether words have one meaning in two languages. That is doubtful if both also exist in one
/// language with different meanings: `art` and `type` are more likely two English words than German
/// and English.
fn translates(a: &UnsharedWord<'_>, b: &UnsharedWord<'_>, doubtful: bool) -> bool {
    let in_letters = |word: &UnsharedWord<'_>| word.known.script == Script::Letters;
    if !in_letters(a) || !in_letters(b) {
        return false;
    }
    let in_both = a.known.languages & b.known.languages;
    let senses = || a.known.senses.iter().flat_map(|own| b.known.senses.iter().map(move |other| (own, other)));
    let one_thing_in = |language: u8| senses().any(|(own, other)| own == other && own.language == language);
    let mut languages = (0..LATIN as u8).filter(|language| in_both & 1 << language != 0);
    if !doubtful && !languages.all(one_thing_in) {
        return false;
    }
    // A word that two languages share needs no glossary.
    senses().any(|(own, other)| own.row == other.row && own.language != other.language)
        || (in_both == 0 && same_stem(&a.known.stem, &b.known.stem))
}

/// Returns the pairs of letters that spell a translation of the word.
fn in_spaceless(word: &UnsharedWord<'_>, others: &[UnsharedWord<'_>]) -> Vec<usize> {
    if others.iter().all(|other| other.known.script != Script::Spaceless) {
        return Vec::new();
    }
    let written = word.known.senses.iter().flat_map(|sense| spaceless_words(sense.row));
    written.map(|written| pair_positions(written, others)).find(|places| !places.is_empty()).unwrap_or_default()
}

/// Returns the indices of all pairs of letters of a word; none if one is missing.
fn pair_positions(written: &str, words: &[UnsharedWord<'_>]) -> Vec<usize> {
    let letters: Vec<usize> = written.char_indices().map(|(at, _)| at).chain([written.len()]).collect();
    let width = letters.len().min(3);
    let index = |pair: &[usize]| words.iter().position(|word| word.text == &written[pair[0]..pair[width - 1]]);
    letters.windows(width).map(index).collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// The evidence that the words of only one query are translations.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TranslationMatch {
    /// The glossary or a common stem covers all words that matter.
    ByWords,
    /// The remaining words are only known to belong to two languages.
    ByLanguage,
    /// A translation does not account for them.
    Missing,
}

/// Returns how a translation accounts for the remaining words.
pub(super) fn account(difference: &WordDifference<'_>, links: &WordLinks, translated: bool) -> TranslationMatch {
    let left = |words, left| left_of(words, left).filter(|word| !word.known.weightless);
    let own = || left(&difference.own, &links.own);
    let other = || left(&difference.other, &links.other);
    // Pairs of letters overlap: two of them make about one word.
    let part = |word: &UnsharedWord<'_>| if word.known.script == Script::Spaceless { 1 } else { 2 };
    let (own_parts, other_parts) = (own().map(part).sum::<usize>(), other().map(part).sum::<usize>());
    let (less, more) = (own_parts.min(other_parts), own_parts.max(other_parts));
    let linked = 2 * links.pairs.len();
    if less == 0 {
        return if translated && more <= linked { TranslationMatch::ByWords } else { TranslationMatch::Missing };
    }
    // The remaining words have different meanings according to the glossary: another question.
    let known = |words: &[UnsharedWord<'_>], word: &UnsharedWord<'_>| {
        !word.known.senses.is_empty()
            || longer_words(word.text).iter().any(|written| !pair_positions(written, words).is_empty())
    };
    if own().any(|word| known(&difference.own, word)) && other().any(|word| known(&difference.other, word)) {
        return TranslationMatch::Missing;
    }
    let in_two_languages =
        are_foreign(own().copied(), other().copied()) || are_foreign(other().copied(), own().copied());
    let weight = |words: &mut dyn Iterator<Item = &UnsharedWord<'_>>| words.map(|word| word.weight).sum::<f32>();
    // Half of the weight that distinguishes questions must be the same, or known to be.
    let same = difference.common_weight + links.pairs.iter().sum::<f32>();
    let enough =
        difference.distinguishing > 0 && same >= weight(&mut own()).min(weight(&mut other())) && more <= 2 * less + 2;
    if in_two_languages && enough { TranslationMatch::ByLanguage } else { TranslationMatch::Missing }
}

/// Whether all these words are of another language, or script, than all those listed ones. Words
/// that do not distinguish questions are left out. Both must be in the lists: an unlisted word may
/// be a name, and names are the same in any language.
pub(super) fn are_foreign<'w>(
    words: impl Iterator<Item = UnsharedWord<'w>>,
    listed: impl Iterator<Item = UnsharedWord<'w>>,
) -> bool {
    let words: Vec<UnsharedWord<'_>> = words.filter(|word| !word.known.weightless).collect();
    let listed: Vec<UnsharedWord<'_>> = listed.filter(|word| !word.known.weightless).collect();
    let all_are =
        |words: &[UnsharedWord<'_>], script| !words.is_empty() && words.iter().all(|word| word.known.script == script);
    if !all_are(&listed, Script::Letters) {
        return false;
    }
    if all_are(&words, Script::Spaceless) {
        return true;
    }
    let languages = listed
        .iter()
        .fold(u8::MAX, |languages, word| languages & if word.known.listed { word.known.languages } else { 0 });
    let foreign = |word: &UnsharedWord<'_>| word.known.languages != 0 && word.known.languages & languages == 0;
    languages != 0 && all_are(&words, Script::Letters) && words.iter().all(foreign)
}
