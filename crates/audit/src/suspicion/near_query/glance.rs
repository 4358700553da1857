//! A summary of a word in eight bytes, enough to rule out most pairs of words as spellings or
//! translations of each other.
//!
//! Only rules out: `typo` and `translation` decide about the rest.

use super::lexicon::{LexiconEntry, Script};

/// The summary of a word. Zero belongs to no word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::suspicion) struct Glance(u64);

const THERE: u64 = 1 << 63;
const LISTED: u64 = 1 << 62;
const WEIGHTLESS: u64 = 1 << 61;
/// A number or a negation.
const DECIDES: u64 = 1 << 60;
const SPACELESS: u64 = 1 << 59;

/// Some of the bits: where they begin, and their number.
#[derive(Clone, Copy)]
struct Field(u32, u32);

/// The first and the last byte.
const FIRST: Field = Field(0, 8);
const LAST: Field = Field(8, 8);
/// A hash of the stem's first letters, and of the word's last ones.
const STEM: Field = Field(16, 8);
const ENDING: Field = Field(24, 8);
/// In bytes; longer words have the largest number.
const LENGTH: Field = Field(32, 5);
/// One bit each.
const LANGUAGES: Field = Field(37, 6);
/// A set of the lines of the glossary that its meanings are in, one bit each.
const ROWS: Field = Field(43, 16);

const STEM_LETTERS: usize = 4;
const ENDING_LETTERS: usize = 3;

impl Field {
    const fn mask(self) -> u64 {
        (1 << self.1) - 1
    }
}

impl Glance {
    /// Summarises a word and its lexicon entry.
    pub(in crate::suspicion) fn new(text: &str, known: &LexiconEntry) -> Self {
        let bytes = text.as_bytes();
        let end = |byte: Option<&u8>| u64::from(byte.copied().unwrap_or_default());
        let hash = |bytes: &[u8]| bytes.iter().fold(7_u8, |hash, byte| hash.wrapping_mul(31).wrapping_add(*byte));
        let stem = known.stem.as_bytes();
        let rows = known.meanings.iter().fold(0, |rows, sense| rows | 1 << (u32::from(sense.row) % ROWS.1));
        let fields = [
            (FIRST, end(bytes.first())),
            (LAST, end(bytes.last())),
            (STEM, hash(&stem[..stem.len().min(STEM_LETTERS)]).into()),
            (ENDING, hash(&bytes[bytes.len().saturating_sub(ENDING_LETTERS)..]).into()),
            (LENGTH, (bytes.len() as u64).min(LENGTH.mask())),
            (LANGUAGES, known.languages.into()),
            (ROWS, rows),
        ];
        let flags = [
            (true, THERE),
            (known.listed, LISTED),
            (known.weightless, WEIGHTLESS),
            (known.negates || known.script == Script::Number, DECIDES),
            (known.script == Script::Spaceless, SPACELESS),
        ];
        let bits = fields.into_iter().fold(0, |bits, (field, value)| bits | (value & field.mask()) << field.0);
        Self(flags.into_iter().filter(|(is_set, _)| *is_set).fold(bits, |bits, (_, flag)| bits | flag))
    }

    /// Returns the bits to store.
    pub(in crate::suspicion) fn bits(self) -> u64 {
        self.0
    }

    /// Reads stored bits; `None` if there are none.
    pub(in crate::suspicion) fn from_bits(bits: u64) -> Option<Self> {
        (bits & THERE != 0).then_some(Self(bits))
    }

    fn has(self, flag: u64) -> bool {
        self.0 & flag != 0
    }

    fn get(self, field: Field) -> u64 {
        self.0 >> field.0 & field.mask()
    }

    fn same(self, other: Self, field: Field) -> bool {
        (self.0 ^ other.0) >> field.0 & field.mask() == 0
    }

    /// Whether it is in a list of words.
    pub(super) fn is_listed(self) -> bool {
        self.has(LISTED)
    }

    /// Whether it does not distinguish questions.
    pub(super) fn is_weightless(self) -> bool {
        self.has(WEIGHTLESS)
    }

    /// Whether it makes another question of a query: a number or a negation.
    pub(super) fn decides(self) -> bool {
        self.has(DECIDES)
    }

    /// Whether it may be a word of none of these languages. Words that do not distinguish questions
    /// do not count.
    pub(super) fn may_be_outside(self, languages: u64) -> bool {
        self.has(WEIGHTLESS | SPACELESS) || (self.get(LANGUAGES) != 0 && self.get(LANGUAGES) & languages == 0)
    }

    /// Whether one word may be the other in another form, or a part of it.
    pub(super) fn may_link(self, other: Self) -> bool {
        if self.has(SPACELESS) || other.has(SPACELESS) {
            return self.has(SPACELESS) != other.has(SPACELESS);
        }
        // A typo keeps the first letter or the last, and most of the length; a part of a word is at
        // its beginning or its end.
        let (begins, ends) = (self.same(other, FIRST), self.same(other, LAST));
        let (length, others_length) = (self.get(LENGTH), other.get(LENGTH));
        let shorter = length.min(others_length) as usize;
        let typo = (begins || ends) && length.abs_diff(others_length) <= 3;
        let stem = self.same(other, STEM) || (begins && shorter < STEM_LETTERS);
        let ending = self.same(other, ENDING) || (ends && shorter < ENDING_LETTERS);
        let one_meaning = self.get(ROWS) & other.get(ROWS) != 0;
        // Two listed words are typos of each other only as two spellings of a word.
        if stem || ending || (typo && (one_meaning || !(self.has(LISTED) && other.has(LISTED)))) {
            return true;
        }
        // Words of one and the same language are not translations.
        let languages = self.get(LANGUAGES);
        one_meaning && (languages != other.get(LANGUAGES) || languages.count_ones() > 1)
    }
}

/// Returns the languages that all these words are listed in, those left out that do not distinguish
/// questions.
pub(super) fn languages_of_all(words: impl Iterator<Item = Glance>) -> u64 {
    words
        .filter(|word| !word.has(WEIGHTLESS))
        .fold(LANGUAGES.mask(), |languages, word| languages & if word.has(LISTED) { word.get(LANGUAGES) } else { 0 })
}
