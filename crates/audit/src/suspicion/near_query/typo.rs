//! Typos: words that are another word misspelled, split or joined.
//!
//! A typo is nearly always an unknown word beside one that is known, from the lists of words or
//! from other queries of the set. Two known words that differ in a letter are two words. Numbers
//! are never typos.

use tilejury_rows::spaceless;

use super::letters::beside;
use super::lexicon::Script;
use super::{UnsharedWord, WordDifference, WordLinks};

/// A word of at least this number of queries counts as intended.
const MEANT_FROM: u32 = 2;
/// An intended word is still a typo if a similar word occurs in this many times as many queries.
/// The first number applies if the similar word is listed, or if letters are swapped or doubled;
/// the second applies otherwise.
const REPEATED_TYPO: (u32, u32) = (4, 50);
/// The least length of an unknown word in which any letter may be replaced.
const REPLACED_FROM: usize = 9;
/// The least length at which a word and its plural ask the same.
const PLURAL_FROM: usize = 5;
/// The least length for two typos in one word.
const TWO_IN_A_WORD_FROM: usize = 8;

/// Links words that are typos of each other, and words that were written as one.
pub(super) fn link(difference: &WordDifference<'_>, links: &mut WordLinks) {
    for (at, own) in difference.own.iter().enumerate() {
        let found =
            difference.other.iter().enumerate().find(|(index, other)| links.other[*index] && is_typo(own, other));
        if let Some((index, _)) = found {
            links.link(difference, &[at], &[index]);
        }
    }
    for at in 0..difference.own.len() {
        if let Some(parts) = parts_of(&difference.own[at], &difference.other, &links.other, difference) {
            links.link(difference, &[at], &parts);
        }
    }
    for at in 0..difference.other.len() {
        if let Some(parts) = parts_of(&difference.other[at], &difference.own, &links.own, difference) {
            links.link(difference, &parts, &[at]);
        }
    }
}

/// Whether a word is another with a typo, or could be a part of it.
pub(super) fn could_be(a: &UnsharedWord<'_>, b: &UnsharedWord<'_>) -> bool {
    let (short, long) = if a.text.len() < b.text.len() { (a.text, b.text) } else { (b.text, a.text) };
    long.starts_with(short) || long.ends_with(short) || is_typo(a, b)
}

/// Returns the number of typos that a pair of queries may have.
pub(super) fn allowed(difference: &WordDifference<'_>) -> usize {
    1 + (difference.common.len() + difference.own.len().min(difference.other.len())) / 4
}

/// Whether they are one word, one of them with a typo.
fn is_typo(a: &UnsharedWord<'_>, b: &UnsharedWord<'_>) -> bool {
    let in_letters = |word: &UnsharedWord<'_>| word.known.script == Script::Letters;
    if !in_letters(a) || !in_letters(b) || a.text.len().abs_diff(b.text.len()) > 3 {
        return false;
    }
    let Some(edit) = edit(a, b) else {
        return a.text.len().min(b.text.len()) >= TWO_IN_A_WORD_FROM
            && meant(a) != meant(b)
            && ends_match(a.text, b.text)
            && strsim::osa_distance(a.text, b.text) == 2;
    };
    if edit.kind == TypoKind::Marks {
        return true;
    }
    let (short, long) = if a.text.len() < b.text.len() { (a.text, b.text) } else { (b.text, a.text) };
    if edit.length >= PLURAL_FROM && long.strip_suffix('s') == Some(short) {
        return true;
    }
    let (less, more) = if a.frequency <= b.frequency { (a, b) } else { (b, a) };
    let sure = more.known.listed || matches!(edit.kind, TypoKind::Swapped | TypoKind::Doubled);
    let times = if sure { REPEATED_TYPO.0 } else { REPEATED_TYPO.1 };
    let rarer = !less.known.listed && less.frequency * times <= more.frequency;
    match (meant(a), meant(b)) {
        (true, true) => rarer || variants(a, b),
        (false, false) => edit.plausible(5, 6) || edit.length >= REPLACED_FROM,
        _ => edit.length >= 5 || edit.plausible(4, 5) || rarer,
    }
}

/// Whether two words begin or end with the same byte.
fn ends_match(a: &str, b: &str) -> bool {
    a.bytes().next() == b.bytes().next() || a.bytes().next_back() == b.bytes().next_back()
}

/// Whether they are two spellings of a word in one language.
fn variants(a: &UnsharedWord<'_>, b: &UnsharedWord<'_>) -> bool {
    a.known.exact && b.known.exact && a.known.senses.iter().any(|sense| b.known.senses.contains(sense))
}

fn meant(word: &UnsharedWord<'_>) -> bool {
    word.known.listed || word.frequency >= MEANT_FROM
}

/// Returns the words of the other query that a word consists of: two of them, or one and a word
/// that both have.
fn parts_of(
    word: &UnsharedWord<'_>,
    others: &[UnsharedWord<'_>],
    left: &[bool],
    difference: &WordDifference<'_>,
) -> Option<Vec<usize>> {
    if word.text.len() < 4 || word.text.chars().any(spaceless) {
        return None;
    }
    let part = |text: &str| others.iter().zip(left).position(|(other, left)| *left && other.text == text);
    let both = |text: &str| difference.common.contains(&text);
    // `node18` is `node 18`, but `35` is not `3 5`.
    let can_be_head = |head: &str| !head.ends_with(char::is_numeric);
    others.iter().zip(left).enumerate().filter(|(_, (_, left))| **left).find_map(|(at, (other, _))| {
        if let Some(tail) =
            word.text.strip_prefix(other.text).filter(|tail| !tail.is_empty() && can_be_head(other.text))
        {
            return part(tail).map(|tail| vec![at, tail]).or_else(|| both(tail).then(|| vec![at]));
        }
        let head = word.text.strip_suffix(other.text).filter(|head| !head.is_empty() && can_be_head(head))?;
        both(head).then(|| vec![at])
    })
}

/// The one typo by which two words differ.
struct TypoEdit {
    kind: TypoKind,
    /// Letters of the longer word.
    length: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TypoKind {
    /// Only the marks on letters differ.
    Marks,
    /// Two neighbouring letters are swapped.
    Swapped,
    /// A letter is written twice instead of once, or once instead of twice.
    Doubled,
    /// A letter is added.
    Inserted,
    /// A letter is replaced by one whose key is beside it.
    Beside,
    /// A letter is replaced by another.
    Replaced,
}

impl TypoEdit {
    /// Whether it is a likely slip of the fingers, so that it counts between two unknown words,
    /// too. The shorter a word, the more words differ from it by one letter.
    fn plausible(&self, inserted_from: usize, beside_from: usize) -> bool {
        match self.kind {
            TypoKind::Marks | TypoKind::Swapped | TypoKind::Doubled => true,
            TypoKind::Inserted => self.length >= inserted_from,
            TypoKind::Beside => self.length >= beside_from,
            TypoKind::Replaced => false,
        }
    }
}

/// Returns the one typo that makes a word another, if there is one.
fn edit(a: &UnsharedWord<'_>, b: &UnsharedWord<'_>) -> Option<TypoEdit> {
    if a.text.is_ascii() && b.text.is_ascii() {
        return edit_of(a.text.as_bytes(), b.text.as_bytes());
    }
    let letters = |word: &UnsharedWord<'_>| word.text.chars().collect::<Vec<char>>();
    let (own, other) = (letters(a), letters(b));
    if a.known.folded == b.known.folded {
        return Some(TypoEdit { kind: TypoKind::Marks, length: own.len().max(other.len()) });
    }
    edit_of(&own, &other)
}

fn edit_of<L: Copy + PartialEq + Into<char>>(a: &[L], b: &[L]) -> Option<TypoEdit> {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let length = long.len();
    let head = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let tail = short[head..].iter().rev().zip(long[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let kind = match (&short[head..short.len() - tail], &long[head..long.len() - tail]) {
        ([a], [b]) if beside((*a).into(), (*b).into()) => TypoKind::Beside,
        ([_], [_]) => TypoKind::Replaced,
        ([a, b], [c, d]) if a == d && b == c => TypoKind::Swapped,
        ([], [more]) => {
            let before = head.checked_sub(1).and_then(|at| long.get(at));
            let doubled = before == Some(more) || long.get(head + 1) == Some(more);
            if doubled { TypoKind::Doubled } else { TypoKind::Inserted }
        }
        _ => return None,
    };
    Some(TypoEdit { kind, length })
}
