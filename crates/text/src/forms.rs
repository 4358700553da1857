//! Forms of words in languages with many endings: finds the words of a query in a text where they
//! have other endings. Only for what a person sees of a text: signals compare plain stems, by which
//! they were measured.

use rustc_hash::FxHashMap;
use snowball_stemmers_rs::{Algorithm, Stemmer};

use crate::language::{Script, language_of, script_of};
use crate::passage::PassageQuery;
use crate::tokens::{Token, fold};

/// The letters of a text from which its language is found.
const LETTERS: usize = 2000;
/// The shortest stem that counts, in letters: a shorter one is the beginning of too many words.
const STEM_AT_LEAST: usize = 3;

/// The letters of a stem from which its last letter does not count: stemmers cut one letter too
/// many or too few of long words (`магистраль`, `магистрали`).
const LONG: usize = 9;

/// Returns the words of a text, with the stem of a query's word wherever the text has a form of
/// that word.
pub(crate) fn in_words_of(query: &PassageQuery, text: &str, tokens: &[Token]) -> Vec<Token> {
    let mut tokens = tokens.to_vec();
    let Some(algorithm) = algorithm_of(text) else { return tokens };
    let stemmer = Stemmer::create(algorithm);
    let is_english = algorithm == Algorithm::English;
    let form = |word: &str| {
        let word = word.to_lowercase();
        let stem = stemmer.stem(&word);
        let form = if is_english && !is_inflected(&word, &stem) { fold(&word) } else { fold(&stem) };
        (form.chars().count() >= STEM_AT_LEAST && form.chars().all(char::is_alphabetic)).then_some(form)
    };
    let mut known: FxHashMap<String, &str> = FxHashMap::default();
    for (stem, word) in query.spellings() {
        if let Some(form) = form(word) {
            let short = shortened(&form).map(str::to_owned);
            known.entry(form).or_insert(stem);
            if let Some(short) = short {
                known.entry(short).or_insert(stem);
            }
        }
    }
    for token in tokens.iter_mut().filter(|token| query.weight_of(&token.stem) == 0.0) {
        let form = text.get(token.range.clone()).and_then(form);
        let find = |form: String| known.get(&form).or_else(|| known.get(shortened(&form)?));
        if let Some(stem) = form.and_then(find) {
            token.stem = (*stem).to_owned();
        }
    }
    tokens
}

/// Whether an English word differs from its stem only by an ending of number or tense: stemmers
/// also cut those that make another word (`universal`, `university`).
fn is_inflected(word: &str, stem: &str) -> bool {
    let same = word.bytes().zip(stem.bytes()).take_while(|(a, b)| a == b).count();
    let (Some(ending), Some(rest)) = (word.get(same..), stem.get(same..)) else { return false };
    // Of `stopped`, the stem is `stop`.
    let doubled = word.as_bytes().get(same.wrapping_sub(1));
    let ending = match ending.as_bytes() {
        [first, ..] if Some(first) == doubled && ending.len() > 2 => &ending[1..],
        _ => ending,
    };
    rest.len() <= 1 && matches!(ending, "" | "s" | "es" | "e" | "y" | "ies" | "ied" | "d" | "ed" | "ing")
}

/// A long stem without its last letter.
fn shortened(form: &str) -> Option<&str> {
    let (last, _) = form.char_indices().next_back()?;
    (form.chars().count() >= LONG).then(|| &form[..last])
}

/// The stemmer for the language of a text; `None` for a language without one.
fn algorithm_of(text: &str) -> Option<Algorithm> {
    let end = text.char_indices().nth(LETTERS).map_or(text.len(), |(at, _)| at);
    let text = text.get(..end)?;
    let language = language_of(text).or_else(|| {
        // Of some scripts, the usual language is nearly always right; and the few English endings
        // that are cut mean the same in most languages.
        let usual = |script: &Script| matches!(script, Script::Cyrillic | Script::Greek | Script::Latin);
        script_of(text).filter(usual).map(Script::usual_language)
    })?;
    Some(match language.code() {
        "ara" => Algorithm::Arabic,
        "cat" => Algorithm::Catalan,
        "ces" => Algorithm::Czech,
        "dan" => Algorithm::Danish,
        "deu" => Algorithm::German,
        "ell" => Algorithm::Greek,
        "eng" => Algorithm::English,
        "epo" => Algorithm::Esperanto,
        "est" => Algorithm::Estonian,
        "fin" => Algorithm::Finnish,
        "fra" => Algorithm::French,
        "hin" => Algorithm::Hindi,
        "hun" => Algorithm::Hungarian,
        "hye" => Algorithm::Armenian,
        "ind" => Algorithm::Indonesian,
        "ita" => Algorithm::Italian,
        "lit" => Algorithm::Lithuanian,
        "nep" => Algorithm::Nepali,
        "nld" => Algorithm::Dutch,
        "nor" => Algorithm::Norwegian,
        "pol" => Algorithm::Polish,
        "por" => Algorithm::Portuguese,
        "ron" => Algorithm::Romanian,
        "rus" => Algorithm::Russian,
        "spa" => Algorithm::Spanish,
        "srp" => Algorithm::Serbian,
        "swe" => Algorithm::Swedish,
        "tam" => Algorithm::Tamil,
        "tur" => Algorithm::Turkish,
        "ukr" => Algorithm::Ukrainian,
        "yid" => Algorithm::Yiddish,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::text_tokens;

    /// The words of a text that a query has, by plain stems and by forms.
    fn found(query: &str, text: &str) -> [Vec<String>; 2] {
        let query = PassageQuery::new(query, |_| 1.0);
        let plain = text_tokens(text);
        let forms = in_words_of(&query, text, &plain);
        [plain, forms].map(|tokens| {
            let hits = tokens.iter().filter(|token| query.weight_of(&token.stem) > 0.0);
            hits.map(|token| text[token.range.clone()].to_owned()).collect()
        })
    }

    #[test]
    fn words_are_found_in_other_forms() {
        let text = "Самый длинный мост висит над широкой рекой. Строительство мостов началось в десятом году, \
            а длина пролёта моста составляет почти два километра.";
        let [plain, forms] = found("длина мостов через реки", text);
        assert_eq!(plain, ["мостов", "длина"]);
        assert_eq!(forms, ["длинный", "мост", "рекой", "мостов", "длина", "моста"]);
        let text = "Транссибирская магистраль — самая длинная железная дорога в мире. У магистра и его \
            учеников было много магистралей.";
        let found_in = found("протяжённость Транссибирской магистрали", text);
        assert_eq!(found_in[1], ["Транссибирская", "магистраль", "магистралей"]);
        let text = "Die höchsten Berge des Landes liegen im Süden. Auf dem Gipfel des Berges wurden viele \
            Häuser gebaut, die heute niemand mehr bewohnt.";
        let [plain, forms] = found("höchster berg", text);
        assert_eq!(plain, ["Berges"]);
        assert_eq!(forms, ["höchsten", "Berge", "Berges"]);
        let text = "Najdłuższe mosty świata zbudowano nad morzem. Długość mostu wynosi prawie dwa kilometry, \
            a budowa trwała dziesięć lat.";
        assert_eq!(found("długości mostów", text)[1], ["mosty", "Długość", "mostu"]);
    }

    #[test]
    fn english_words_lose_endings_of_number_and_tense_only() {
        let text = "The university was founded before the universe was understood by its scholars.";
        let [plain, forms] = found("universal", text);
        assert_eq!(plain, forms);
        let text = "The name of the city was stopped and changed by the box of naming.";
        assert_eq!(found("names", text), [vec!["naming".to_owned()], vec!["name".to_owned(), "naming".to_owned()]]);
        for (query, word) in [("cities", "city"), ("stop", "stopped"), ("change", "changed"), ("boxes", "box")] {
            assert_eq!(found(query, text)[1], [word], "{query}");
        }
    }

    #[test]
    fn short_words_stay_as_they_are() {
        let [plain, forms] = found("10 км", "10 км");
        assert_eq!(plain, forms);
        assert_eq!(found("соль", "")[1], Vec::<String>::new());
    }

    #[test]
    fn no_word_stops_a_stemmer() {
        let words =
            ["ы", "ё-ё", "ßß", "\u{301}е", "İstanbul", "ﬁn", "가나", "ऋषि", "ελληνικών", "a\u{300}\u{301}", "الـ"];
        let all = [
            Algorithm::Arabic,
            Algorithm::Catalan,
            Algorithm::Czech,
            Algorithm::Danish,
            Algorithm::German,
            Algorithm::Greek,
            Algorithm::Esperanto,
            Algorithm::Estonian,
            Algorithm::Finnish,
            Algorithm::French,
            Algorithm::Hindi,
            Algorithm::Hungarian,
            Algorithm::Armenian,
            Algorithm::Indonesian,
            Algorithm::Italian,
            Algorithm::Lithuanian,
            Algorithm::Nepali,
            Algorithm::Dutch,
            Algorithm::English,
            Algorithm::Norwegian,
            Algorithm::Polish,
            Algorithm::Portuguese,
            Algorithm::Romanian,
            Algorithm::Russian,
            Algorithm::Spanish,
            Algorithm::Serbian,
            Algorithm::Swedish,
            Algorithm::Tamil,
            Algorithm::Turkish,
            Algorithm::Ukrainian,
            Algorithm::Yiddish,
        ];
        for stemmer in all.map(Stemmer::create) {
            for first in words {
                for second in words {
                    stemmer.stem(&format!("{first}{second}"));
                    stemmer.stem(&format!("{second}{}{first}", "ов".repeat(20)));
                }
            }
        }
    }
}
