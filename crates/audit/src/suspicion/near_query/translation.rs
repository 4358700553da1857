//! Translations of words into another language: by the glossary, by a stem that both languages
//! share, or by the script.

use super::letters::same_stem;
use super::lexicon::{ExpressionPart, LATIN, Script, Sense, longer_words, spaceless_words};
use super::{UnsharedWord, WordDifference, WordLinks, left_of};

/// Links words with the same meaning in two languages: first expressions of several words, then
/// single ones. If some clearly have it, doubtful ones count, too.
pub(super) fn link(difference: &WordDifference<'_>, links: &mut WordLinks) {
    for (own, other) in expressions(&difference.own, &difference.other) {
        links.link_if_free(difference, &own, &other);
    }
    for (other, own) in expressions(&difference.other, &difference.own) {
        links.link_if_free(difference, &own, &other);
    }
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

/// Returns the places of the words of each expression that `words` has whole, with those of the
/// words or the expression with its meaning among the others.
fn expressions(words: &[UnsharedWord<'_>], others: &[UnsharedWord<'_>]) -> Vec<(Vec<usize>, Vec<usize>)> {
    // Most expressions have nothing with their meaning on the other side: these are not built.
    let is_spaceless = others.iter().any(|other| other.known.script == Script::Spaceless);
    let whole = whole_expressions(words, |sense| is_spaceless || others.iter().any(|other| has_row(other, sense.row)));
    if whole.is_empty() {
        return Vec::new();
    }
    let of_others = whole_expressions(others, |sense| whole.iter().any(|(own, _)| own.row == sense.row));
    let meaning = |sense: &Sense| {
        let expression = of_others.iter().find(|(other, _)| other.row == sense.row && other.language != sense.language);
        let single = || {
            let has = |word: &UnsharedWord<'_>| {
                word.known.senses.iter().any(|other| other.row == sense.row && other.language != sense.language)
            };
            others.iter().position(|word| word.known.script == Script::Letters && has(word)).map(|at| vec![at])
        };
        let spaceless = || {
            let mut places = spaceless_words(sense.row).iter().map(|written| pair_positions(written, others));
            places.find(|places| !places.is_empty())
        };
        expression.map(|(_, places)| places.clone()).or_else(single).or_else(spaceless)
    };
    whole.iter().filter_map(|(sense, places)| Some((places.clone(), meaning(sense)?))).collect()
}

/// Whether one of the meanings of a word is in a line of the glossary.
fn has_row(word: &UnsharedWord<'_>, row: u16) -> bool {
    word.known.meanings.binary_search_by_key(&row, |sense| sense.row).is_ok()
}

/// Returns the wanted meanings of the expressions that the words have whole, the longest first,
/// with the places of these words.
fn whole_expressions(words: &[UnsharedWord<'_>], is_wanted: impl Fn(Sense) -> bool) -> Vec<(Sense, Vec<usize>)> {
    let mut found: Vec<(Sense, Vec<usize>)> = Vec::new();
    let parts = words.iter().flat_map(|word| &word.known.expressions);
    for first in parts.filter(|part| part.place == 0 && is_wanted(part.sense)) {
        let place = |place: u8| {
            let is_part = |word: &UnsharedWord<'_>| {
                let part = |part: &ExpressionPart| (part.expression, part.place);
                word.known.expressions.binary_search_by_key(&(first.expression, place), part).is_ok()
            };
            words.iter().position(is_part)
        };
        let places: Option<Vec<usize>> = (0..first.of).map(place).collect();
        found.extend(places.map(|places| (first.sense, places)));
    }
    found.sort_by_key(|(_, places)| std::cmp::Reverse(places.len()));
    found
}

/// Whether a word, or a part of an expression, could be another in its language.
pub(super) fn could_be(a: &UnsharedWord<'_>, b: &UnsharedWord<'_>) -> bool {
    match (a.known.script, b.known.script) {
        (Script::Letters, Script::Letters) => share_a_meaning(a, b) || share_a_stem(a, b),
        (a, b) => a != b && (a == Script::Spaceless || b == Script::Spaceless),
    }
}

/// Whether both have, or are parts of expressions that have, one meaning in two languages.
fn share_a_meaning(a: &UnsharedWord<'_>, b: &UnsharedWord<'_>) -> bool {
    let mut others = &*b.known.meanings;
    a.known.meanings.iter().any(|own| {
        let before = others.iter().take_while(|other| other.row < own.row).count();
        others = &others[before..];
        let same = others.iter().take_while(|other| other.row == own.row);
        same.into_iter().any(|other| other.language != own.language)
    })
}

/// Whether they are of different languages, and share most of a stem.
fn share_a_stem(a: &UnsharedWord<'_>, b: &UnsharedWord<'_>) -> bool {
    a.known.languages & b.known.languages == 0 && same_stem(&a.known.stem, &b.known.stem)
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
    senses().any(|(own, other)| own.row == other.row && own.language != other.language) || share_a_stem(a, b)
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
fn are_foreign<'w>(
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
