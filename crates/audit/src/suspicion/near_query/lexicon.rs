//! Words known independently of the set: a glossary of common words in six languages, and lists of
//! words in four.
//!
//! Read on first use, and kept. A word that is in no list may still be a word.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use tilejury_rows::spaceless;
use tilejury_text::fold;

use super::letters::latinised;

/// Each line is one meaning, in English, German, French, Spanish, Chinese and Japanese, separated
/// by bars. Words with one meaning are separated by spaces, those of an expression by `_`.
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
pub(super) const ENGLISH: u8 = 0;
pub(super) const GERMAN: u8 = 1;
pub(super) const FRENCH: u8 = 2;
pub(super) const SPANISH: u8 = 3;
/// The first words of the lines that do not distinguish questions: a translation leaves them out,
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
/// The character that joins the words of an expression in the glossary.
const JOINT: char = '_';
/// The number of letters in the index of words.
const INDEXED: usize = 4;

/// A part of an expression of several words: a word that counts in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ExpressionPart {
    /// The number of the expression.
    pub(super) expression: u16,
    /// Its meaning.
    pub(super) sense: Sense,
    /// The place of the word among those that count, from 0, and their number.
    pub(super) place: u8,
    pub(super) of: u8,
}

/// A meaning of a word: a line of the glossary, in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    /// The expressions of several words that it is a part of, by their numbers and places.
    pub(super) expressions: Vec<ExpressionPart>,
    /// Its meanings and those of its expressions, in the order of lines and languages, each once.
    pub(super) meanings: Box<[Sense]>,
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

/// The lists, by word.
pub(super) struct Lexicon {
    /// By word, without marks: its languages.
    pub(super) languages: FxHashMap<String, u8>,
    /// By a word's first letters: words of the glossary without marks, and their meanings.
    pub(super) senses: FxHashMap<String, Vec<(String, Sense)>>,
    /// By the first letters of a part of an expression, without marks: these parts.
    pub(super) expressions: FxHashMap<String, Vec<(String, ExpressionPart)>>,
    /// By a word of one or two letters of a script without spaces: its meanings.
    pairs: FxHashMap<&'static str, Vec<Sense>>,
    /// By the first pair of letters of a longer word of such a script: these words.
    longer: FxHashMap<&'static str, Vec<&'static str>>,
    /// By line: its words in scripts without spaces.
    spaceless: Vec<Vec<&'static str>>,
    pub(super) weightless: Vec<u16>,
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
            expressions: FxHashMap::default(),
            pairs: FxHashMap::default(),
            longer: FxHashMap::default(),
            spaceless: Vec::new(),
            weightless: Vec::new(),
        };
        let mut expressions = Vec::new();
        for (line, row) in GLOSSARY.lines().zip(0..) {
            let first = line.split([' ', '|']).next().unwrap_or_default();
            if WEIGHTLESS.contains(&first) {
                lexicon.weightless.push(row);
            }
            let mut spaceless = Vec::new();
            for (column, language) in line.split('|').zip(0_u8..) {
                for word in column.split(' ').filter(|word| !word.is_empty()) {
                    let sense = Sense { row, language };
                    if word.contains(JOINT) {
                        expressions.push((word, sense));
                    } else if usize::from(language) < LATIN {
                        let word = fold(word);
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
        for ((written, sense), expression) in expressions.into_iter().zip(0..) {
            lexicon.add_expression(written, expression, sense);
        }
        lexicon
    }

    /// Adds an expression of several words. Those that do not distinguish questions are left out.
    fn add_expression(&mut self, written: &str, expression: u16, sense: Sense) {
        let words: Vec<String> = written.split([JOINT, '\'']).map(fold).filter(|word| word.len() > 1).collect();
        let counts = |word: &&String| {
            let senses = self.senses.get(indexed(word)).into_iter().flatten().filter(|(own, _)| own == *word);
            !senses.into_iter().any(|(_, sense)| self.weightless.contains(&sense.row))
        };
        let parts: Vec<String> = words.iter().filter(counts).cloned().collect();
        let of = parts.len() as u8;
        for (part, place) in parts.into_iter().zip(0..) {
            *self.languages.entry(part.clone()).or_default() |= 1 << sense.language;
            let place = ExpressionPart { expression, sense, place, of };
            self.expressions.entry(indexed(&part).to_owned()).or_default().push((part, place));
        }
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
        let (mut senses, exact) = self.senses_of(&folded);
        let mut weightless = exact && self.are_weightless(&senses);
        if exact {
            senses.extend(self.further_senses(&folded, &senses));
        } else if let Some(stem) = &stem {
            senses = self.senses_of(stem).0;
        }
        if senses.is_empty() && !listed {
            senses = self.compound(&folded);
        }
        weightless |= !exact && self.are_weightless(&senses);
        senses.iter().for_each(|sense| languages |= 1 << sense.language);
        let expressions = self.expressions_of(&folded, stem.as_deref());
        let meanings: BTreeSet<Sense> =
            senses.iter().copied().chain(expressions.iter().map(|part| part.sense)).collect();
        LexiconEntry {
            listed,
            languages,
            exact: exact && stem.is_none(),
            weightless,
            negates: NEGATIONS.contains(&word),
            script,
            stem: latinised(&folded).into(),
            folded: folded.into(),
            senses,
            expressions,
            meanings: meanings.into_iter().collect(),
        }
    }
}

/// The first letters of a word, by which the lists are indexed.
pub(super) fn indexed(word: &str) -> &str {
    word.char_indices().nth(INDEXED).map_or(word, |(end, _)| &word[..end])
}
