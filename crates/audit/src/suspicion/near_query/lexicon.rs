//! Words known independently of the set: a glossary of common words in six languages, and lists of
//! words in four.
//!
//! Read on first use, and kept. A word that is in no list may still be a word.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use tilejury_rows::spaceless;
use tilejury_text::fold;

use super::letters::{common_prefix, latinised};

/// Each line is one meaning, in English, German, French, Spanish, Chinese and Japanese, separated
/// by bars.
const GLOSSARY: &str = include_str!("glossary.txt");
/// By language: further words that exist.
const WORDS: [&str; 4] = [
    include_str!("words_en.txt"),
    include_str!("words_de.txt"),
    include_str!("words_fr.txt"),
    include_str!("words_es.txt"),
];
/// The glossary's columns that are written in Latin letters come first.
pub(super) const LATIN: usize = WORDS.len();
const ENGLISH: u8 = 0;
const GERMAN: u8 = 1;
/// The English words of the lines that do not distinguish questions: a translation leaves them out,
/// or adds one.
const WEIGHTLESS: [&str; 20] = [
    "the", "a", "and", "of", "in", "for", "from", "to", "by", "at", "as", "is", "was", "has", "do", "can", "i", "you",
    "it", "these",
];
/// Words that negate a question.
const NEGATIONS: [&str; 24] = [
    "not", "no", "never", "without", "none", "isn", "aren", "don", "doesn", "didn", "cannot", "nicht", "kein", "keine",
    "keinen", "ohne", "nie", "sans", "jamais", "pas", "sin", "nunca", "non", "except",
];
/// The number of letters in the index of words.
const INDEXED: usize = 4;

/// A meaning of a word: a line of the glossary, in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::suspicion) struct Sense {
    /// The glossary's line.
    pub(super) row: u16,
    /// The column.
    pub(super) language: u8,
}

/// The kind of characters in a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Script {
    /// Letters of a script with spaces.
    #[default]
    Letters,
    /// A pair of letters of a script without spaces.
    Spaceless,
    /// It contains a number.
    Number,
    /// It also contains other characters.
    Signs,
}

/// Everything known about a word independently of the set.
#[derive(Clone, Debug, Default)]
pub(in crate::suspicion) struct LexiconEntry {
    /// Whether it is in a list, or a plain English form of a listed word: not a typo.
    pub(super) listed: bool,
    /// The languages in which it is a word, one bit each.
    pub(super) languages: u8,
    /// Its meanings; those of both parts for a compound.
    pub(super) senses: Vec<Sense>,
    /// Whether the glossary has it as written, apart from marks.
    pub(super) exact: bool,
    /// Whether it does not distinguish questions.
    pub(super) weightless: bool,
    /// Whether it negates a question.
    pub(super) negates: bool,
    pub(super) script: Script,
    /// The word without marks.
    pub(super) folded: Box<str>,
    /// The form compared with words of other languages.
    pub(super) stem: Box<str>,
}

struct Lexicon {
    /// By word, without marks: its languages.
    languages: FxHashMap<String, u8>,
    /// By a word's first letters: words of the glossary without marks, and their meanings.
    senses: FxHashMap<String, Vec<(String, Sense)>>,
    /// By a word of one or two letters of a script without spaces: its meanings.
    pairs: FxHashMap<&'static str, Vec<Sense>>,
    /// By the first pair of letters of a longer word of such a script: these words.
    longer: FxHashMap<&'static str, Vec<&'static str>>,
    /// By line: its words in scripts without spaces.
    spaceless: Vec<Vec<&'static str>>,
    weightless: Vec<u16>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::read);

/// Returns the words of a line of the glossary in scripts without spaces.
pub(super) fn spaceless_words(row: u16) -> &'static [&'static str] {
    LEXICON.spaceless.get(usize::from(row)).map_or(&[], Vec::as_slice)
}

/// Returns the glossary's words of more than two letters that begin with a pair of letters, in
/// scripts without spaces.
pub(super) fn longer_words(pair: &str) -> &'static [&'static str] {
    LEXICON.longer.get(pair).map_or(&[], Vec::as_slice)
}

/// Looks up a word of a query's normal form, or a pair of letters.
pub(in crate::suspicion) fn known(word: &str) -> LexiconEntry {
    LEXICON.known(word)
}

impl Lexicon {
    fn read() -> Self {
        let mut lexicon = Self {
            languages: FxHashMap::default(),
            senses: FxHashMap::default(),
            pairs: FxHashMap::default(),
            longer: FxHashMap::default(),
            spaceless: Vec::new(),
            weightless: Vec::new(),
        };
        for (line, row) in GLOSSARY.lines().zip(0..) {
            let mut spaceless = Vec::new();
            for (column, language) in line.split('|').zip(0_u8..) {
                for word in column.split(' ') {
                    let sense = Sense { row, language };
                    if usize::from(language) < LATIN {
                        let word = fold(word);
                        if language == ENGLISH && WEIGHTLESS.contains(&word.as_str()) {
                            lexicon.weightless.push(row);
                        }
                        *lexicon.languages.entry(word.clone()).or_default() |= 1 << language;
                        lexicon.senses.entry(indexed(&word).to_owned()).or_default().push((word, sense));
                    } else {
                        spaceless.push(word);
                        lexicon.pairs.entry(word).or_default().push(sense);
                        if let Some((end, _)) = word.char_indices().nth(2) {
                            lexicon.longer.entry(&word[..end]).or_default().push(word);
                        }
                    }
                }
            }
            lexicon.spaceless.push(spaceless);
        }
        for (words, language) in WORDS.iter().zip(0_u8..) {
            for word in words.split_whitespace() {
                *lexicon.languages.entry(fold(word)).or_default() |= 1 << language;
            }
        }
        lexicon
    }

    fn known(&self, word: &str) -> LexiconEntry {
        let script = if word.chars().any(char::is_numeric) {
            Script::Number
        } else if word.chars().any(spaceless) {
            Script::Spaceless
        } else if word.chars().all(char::is_alphabetic) {
            Script::Letters
        } else {
            Script::Signs
        };
        if script == Script::Spaceless {
            let senses = self.pairs.get(word).cloned().unwrap_or_default();
            return LexiconEntry { listed: !senses.is_empty(), exact: true, senses, script, ..LexiconEntry::default() };
        }
        let folded = fold(word);
        let mut languages = self.languages.get(&folded).copied().unwrap_or_default();
        let stem = if languages & 1 << ENGLISH == 0 { self.english_stem(&folded) } else { None };
        if stem.is_some() {
            languages |= 1 << ENGLISH;
        }
        let listed = languages != 0;
        let (mut senses, exact) = self.senses_of(stem.as_ref().unwrap_or(&folded));
        if senses.is_empty() && !listed {
            senses = self.compound(&folded);
        }
        senses.iter().for_each(|sense| languages |= 1 << sense.language);
        LexiconEntry {
            listed,
            languages,
            exact: exact && stem.is_none(),
            weightless: senses.iter().any(|sense| self.weightless.contains(&sense.row)),
            negates: NEGATIONS.contains(&word),
            script,
            stem: latinised(&folded).into(),
            folded: folded.into(),
            senses,
        }
    }

    /// Returns the meanings of a word without marks, and whether the glossary has exactly this
    /// word; otherwise those of words it is a form of.
    fn senses_of(&self, word: &str) -> (Vec<Sense>, bool) {
        let near = self.senses.get(indexed(word)).map(Vec::as_slice).unwrap_or_default();
        let senses = |alike: &dyn Fn(&str) -> bool| {
            near.iter().filter(|(own, _)| alike(own)).map(|(_, sense)| *sense).collect::<Vec<_>>()
        };
        let exact = senses(&|own| own == word);
        if exact.is_empty() { (senses(&|own| is_form(own, word)), false) } else { (exact, true) }
    }

    /// Returns the meanings of the two parts of a German compound.
    fn compound(&self, word: &str) -> Vec<Sense> {
        if !word.is_ascii() || word.len() < 8 {
            return Vec::new();
        }
        let german =
            |senses: Vec<Sense>| senses.into_iter().filter(|sense| sense.language == GERMAN).collect::<Vec<_>>();
        for at in 3..word.len() - 2 {
            let (head, tail) = word.split_at(at);
            let heads = [head.to_owned(), format!("{head}e"), head.trim_end_matches('s').to_owned()];
            let exact = |head: &String| self.languages.get(head).is_some_and(|languages| languages & 1 << GERMAN != 0);
            let Some(head) = heads.iter().find(|head| head.len() >= 3 && exact(head)) else { continue };
            let tails = german(self.senses_of(tail).0);
            if !tails.is_empty() {
                let mut both = german(self.senses_of(head).0);
                both.extend(tails);
                return both;
            }
        }
        Vec::new()
    }

    /// Returns the listed English word of which this is the plural, the past or the like.
    fn english_stem(&self, word: &str) -> Option<String> {
        let english = |word: &String| self.languages.get(word).is_some_and(|languages| languages & 1 << ENGLISH != 0);
        let of_ending = ["s", "es", "d", "ed", "ing", "er", "ers", "est", "ly", "r"].iter().find_map(|ending| {
            // A doubled letter is a typo, not an ending: `recordd`, `edgees`, `callled`.
            let fits = |stem: &&str| match *ending {
                "s" => !stem.ends_with('s'),
                "es" => ["s", "x", "z", "ch", "sh", "o"].iter().any(|end| stem.ends_with(end)),
                "d" | "r" => stem.ends_with('e'),
                "ed" | "er" | "ers" | "est" => !stem.ends_with('e'),
                _ => true,
            };
            let stem = word.strip_suffix(ending).filter(|stem| stem.len() >= 3).filter(fits)?;
            let last = stem.chars().next_back()?;
            let undoubled = |single: &&str| {
                single.len() >= 3 && single.ends_with(last) && !single.ends_with(&format!("{last}{last}"))
            };
            let takes_e = matches!(*ending, "ed" | "ing" | "er" | "ers" | "est");
            let single = stem.strip_suffix(last).filter(undoubled).filter(|_| takes_e && *ending != "est");
            let with_e = takes_e.then(|| format!("{stem}e"));
            [Some(stem.to_owned()), with_e, single.map(str::to_owned)].into_iter().flatten().find(english)
        });
        let of_y = || ["ies", "ied"].iter().find_map(|ending| word.strip_suffix(ending)).map(|stem| format!("{stem}y"));
        of_ending.or_else(|| of_y().filter(english))
    }
}

fn indexed(word: &str) -> &str {
    word.char_indices().nth(INDEXED).map_or(word, |(end, _)| &word[..end])
}

/// Whether a word is a form of one in the glossary: the same stem with another ending.
fn is_form(own: &str, word: &str) -> bool {
    let common = common_prefix(own, word);
    common >= 4 && 10 * common >= 6 * own.len().max(word.len()) && own.len() - common <= 3 && word.len() - common <= 5
}
