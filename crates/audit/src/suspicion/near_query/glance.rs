//! What of a word tells at a glance that it is no other word written otherwise, in eight bytes: most pairs of queries need no more.
//!
//! Rules out only; what it lets pass is looked at by `typo` and `translation`.

use super::lexicon::{Known, Script};

/// A word at a glance. Zero is that of no word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::suspicion) struct Glance(u64);

const THERE: u64 = 1 << 63;
const LISTED: u64 = 1 << 62;
const WEIGHTLESS: u64 = 1 << 61;
const SENSES: u64 = 1 << 60;
const SPACELESS: u64 = 1 << 59;
/// Eight bits each, from the lowest: first byte, last byte, languages, the letters that a stem begins with.
const FIELD: u64 = 0xff;

impl Glance {
    /// Of a word, and what is known of it.
    pub(in crate::suspicion) fn of(text: &str, known: &Known) -> Self {
        let bytes = text.as_bytes();
        let end = |byte: Option<&u8>| u64::from(byte.copied().unwrap_or_default());
        let stem = known.stem.bytes().take(4).fold(7_u8, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte));
        let flag = |set: bool, flag: u64| if set { flag } else { 0 };
        Self(
            end(bytes.first())
                | end(bytes.last()) << 8
                | u64::from(known.languages) << 16
                | u64::from(stem) << 24
                | THERE
                | flag(known.listed, LISTED)
                | flag(known.weightless, WEIGHTLESS)
                | flag(!known.senses.is_empty(), SENSES)
                | flag(known.script == Script::Spaceless, SPACELESS),
        )
    }

    /// As it is kept.
    pub(in crate::suspicion) fn bits(self) -> u64 {
        self.0
    }

    /// As it was kept, if it was.
    pub(in crate::suspicion) fn from_bits(bits: u64) -> Option<Self> {
        (bits & THERE != 0).then_some(Self(bits))
    }

    fn has(self, flag: u64) -> bool {
        self.0 & flag != 0
    }

    fn languages(self) -> u64 {
        self.0 >> 16 & FIELD
    }

    fn differs(self, other: Self, shift: u32) -> bool {
        (self.0 ^ other.0) >> shift & FIELD != 0
    }

    /// Could one be the other, written otherwise?
    fn could_be(self, other: Self) -> bool {
        if (self.0 ^ other.0) & SPACELESS != 0 {
            return true;
        }
        // A typo leaves the first letter or the last.
        if !self.differs(other, 0) || !self.differs(other, 8) {
            return true;
        }
        // Words of one language, and the same one, are not translations.
        let (own, others) = (self.languages(), other.languages());
        let senses = self.has(SENSES) && other.has(SENSES) && (own != others || own.count_ones() > 1);
        senses || (own & others == 0 && !self.differs(other, 24))
    }
}

/// Could words of one query be those of the other? Given are the words that only one has.
pub(in crate::suspicion) fn could_link(own: &[Glance], other: &[Glance]) -> bool {
    own.iter().any(|a| other.iter().any(|b| a.could_be(*b)))
        || could_be_foreign(own, other)
        || could_be_foreign(other, own)
}

/// Could all these words be of another language than all those listed ones?
fn could_be_foreign(words: &[Glance], listed: &[Glance]) -> bool {
    let languages = listed
        .iter()
        .filter(|word| !word.has(WEIGHTLESS))
        .fold(FIELD, |languages, word| languages & if word.has(LISTED) { word.languages() } else { 0 });
    languages != 0 && words.iter().all(|word| word.has(WEIGHTLESS) || word.languages() & languages == 0)
}
