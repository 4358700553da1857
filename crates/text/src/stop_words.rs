//! Words that carry no topic, by language, from the lists of the `stop-words` crate. Only for what
//! a person sees of a query: signals have a list of their own, by which they were measured.

use crate::language::{Script, language_of, script_of};

/// The languages with a list, those first that are tried first: their code as Tesseract has it, the
/// code of the list, and their script.
const LANGUAGES: [(&str, &str, Script); 27] = [
    ("eng", "en", Script::Latin),
    ("deu", "de", Script::Latin),
    ("fra", "fr", Script::Latin),
    ("spa", "es", Script::Latin),
    ("ita", "it", Script::Latin),
    ("por", "pt", Script::Latin),
    ("nld", "nl", Script::Latin),
    ("swe", "sv", Script::Latin),
    ("dan", "da", Script::Latin),
    ("nor", "no", Script::Latin),
    ("fin", "fi", Script::Latin),
    ("hun", "hu", Script::Latin),
    ("ron", "ro", Script::Latin),
    ("cat", "ca", Script::Latin),
    ("eus", "eu", Script::Latin),
    ("ind", "id", Script::Latin),
    ("tur", "tr", Script::Latin),
    ("aze", "az", Script::Latin),
    ("slv", "sl", Script::Latin),
    ("sqi", "sq", Script::Latin),
    ("rus", "ru", Script::Cyrillic),
    ("bel", "be", Script::Cyrillic),
    ("kaz", "kk", Script::Cyrillic),
    ("ell", "el", Script::Greek),
    ("ara", "ar", Script::Arabic),
    ("heb", "he", Script::Hebrew),
    ("nep", "ne", Script::Devanagari),
];

/// The words without a topic in the language of a query.
pub(crate) struct StopWords(&'static [&'static str]);

impl StopWords {
    /// Finds the list for a query: of its language, if that is certain, else of the language of its
    /// script in which most of its words are such words.
    pub(crate) fn of(query: &str) -> Self {
        let certain = language_of(query).and_then(|language| {
            let known = LANGUAGES.iter().find(|(code, ..)| *code == language.code())?;
            list(known.1)
        });
        let script = script_of(query);
        let likely = || {
            let words: Vec<String> = words(query).map(str::to_lowercase).collect();
            let lists = LANGUAGES.iter().filter(|(.., of)| Some(*of) == script).filter_map(|(_, code, _)| list(code));
            let count = |list: &[&str]| words.iter().filter(|word| list.contains(&word.as_str())).count();
            // Of equal counts, the first one.
            lists.rev().max_by_key(|list| count(list))
        };
        Self(certain.or_else(likely).unwrap_or_default())
    }

    /// Whether a word is one of them.
    pub(crate) fn has(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        // The end of a possessive or of a short form is no word.
        matches!(word.as_str(), "s" | "t") || self.0.contains(&word.as_str())
    }
}

fn list(code: &str) -> Option<&'static [&'static str]> {
    stop_words::lookup(code)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_a_list() {
        for (language, code, script) in LANGUAGES {
            let list = list(code).unwrap_or_default();
            assert!(list.len() > 40, "{language}");
            let own = list.iter().filter(|word| script_of(word) == Some(script)).count();
            assert!(2 * own > list.len(), "{language} is not in {script:?}");
        }
    }

    #[test]
    fn a_short_query_has_the_language_of_its_small_words() {
        let has = |query: &str, word: &str| StopWords::of(query).has(word);
        assert!(has("how and when", "when") && has("how and when", "AND"));
        assert!(has("wo und wann", "und") && !has("how and when", "und"));
        assert!(has("salt", "the"), "without any, English");
        assert!(has("Fermi's year", "s"));
        assert!(!has("", "the") && !has("塩の融点", "の"));
    }
}
