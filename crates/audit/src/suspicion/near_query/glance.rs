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
const SPACELESS: u64 = 1 << 59;
/// Eight bits each, from these offsets: first byte, last byte, length, languages, a hash of the
/// stem's first letters.
const FIELD: u64 = 0xff;
const FIRST: u32 = 0;
const LAST: u32 = 8;
const LENGTH: u32 = 16;
const LANGUAGES: u32 = 24;
const STEM: u32 = 32;
/// Nineteen bits: a set of the lines of the glossary that its meanings are in, one bit each.
const ROWS: u32 = 40;
const ROW_BITS: u32 = 19;
const ALL_ROWS: u64 = ((1 << ROW_BITS) - 1) << ROWS;
const STEM_LETTERS: usize = 4;

impl Glance {
    /// Summarises a word and its lexicon entry.
    pub(in crate::suspicion) fn new(text: &str, known: &LexiconEntry) -> Self {
        let bytes = text.as_bytes();
        let end = |byte: Option<&u8>| u64::from(byte.copied().unwrap_or_default());
        let stem =
            known.stem.bytes().take(STEM_LETTERS).fold(7_u8, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte));
        let flag = |set: bool, flag: u64| if set { flag } else { 0 };
        Self(
            end(bytes.first()) << FIRST
                | end(bytes.last()) << LAST
                | (bytes.len() as u64).min(FIELD) << LENGTH
                | u64::from(known.languages) << LANGUAGES
                | u64::from(stem) << STEM
                | THERE
                | flag(known.listed, LISTED)
                | flag(known.weightless, WEIGHTLESS)
                | known.meanings.iter().fold(0, |rows, sense| rows | 1 << (ROWS + u32::from(sense.row) % ROW_BITS))
                | flag(known.script == Script::Spaceless, SPACELESS),
        )
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

    fn languages(self) -> u64 {
        self.0 >> LANGUAGES & FIELD
    }

    fn same(self, other: Self, field: u32) -> bool {
        (self.0 ^ other.0) >> field & FIELD == 0
    }

    /// Whether one word could be the other in another form.
    pub(super) fn could_be(self, other: Self) -> bool {
        if self.has(SPACELESS) || other.has(SPACELESS) {
            return self.has(SPACELESS) != other.has(SPACELESS);
        }
        // A typo keeps the first letter or the last, and most of the length; a part of a word is at
        // its beginning or its end.
        let (begins, ends) = (self.same(other, FIRST), self.same(other, LAST));
        let (length, others_length) = (self.0 >> LENGTH & FIELD, other.0 >> LENGTH & FIELD);
        let typo = (begins || ends) && length.abs_diff(others_length) <= 3;
        let stem = self.same(other, STEM) || (begins && length.min(others_length) < STEM_LETTERS as u64);
        // Two listed words can only be forms or parts of each other.
        if stem || (typo && !(self.has(LISTED) && other.has(LISTED))) {
            return true;
        }
        // Words of one and the same language are not translations.
        let languages = self.languages();
        self.0 & other.0 & ALL_ROWS != 0 && (languages != other.languages() || languages.count_ones() > 1)
    }
}

/// Whether all these words could be of another language than all those listed ones.
pub(super) fn could_be_foreign(words: &[Glance], listed: &[Glance]) -> bool {
    let languages = listed
        .iter()
        .filter(|word| !word.has(WEIGHTLESS))
        .fold(FIELD, |languages, word| languages & if word.has(LISTED) { word.languages() } else { 0 });
    languages != 0
        && words.iter().all(|word| {
            word.has(WEIGHTLESS | SPACELESS) || (word.languages() != 0 && word.languages() & languages == 0)
        })
}
