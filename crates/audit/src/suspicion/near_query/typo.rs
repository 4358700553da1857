//! Typos: words that are another word misspelled, split or joined.
//!
//! A typo is nearly always a word that nobody knows beside one that is known: by the lists of words, or by other queries of the set.
//! Two known words that differ in a letter are two words. Numbers are never typos.

use tilejury_rows::spaceless;

use super::letters::beside;
use super::lexicon::Script;
use super::{UnsharedWord, WordDifference, WordLinks};

/// A word that occurs in so many queries is taken for intended.
const MEANT_FROM: u32 = 2;
/// Unless a similar word occurs in so many times as many queries: first number for a listed one, or
/// where letters are swapped or doubled, second for another.
const REPEATED_TYPO: (u32, u32) = (4, 50);
/// In a word of so many letters that nobody knows any letter may be another.
const REPLACED_FROM: usize = 9;
/// A word and its plural ask the same, if they are no shorter than this.
const PLURAL_FROM: usize = 5;
/// Listed words are parts of a listed word only from this length on.
const PART_FROM: usize = 3;
/// Two typos in one word are believed from this length on.
const TWO_IN_A_WORD_FROM: usize = 8;

/// Links words that are typos of each other, and words that were written as one.
pub(super) fn link(difference: &WordDifference<'_>, links: &mut WordLinks) {
    for (at, own) in difference.own.iter().enumerate() {
        let found =
            difference.other.iter().enumerate().find(|(place, other)| links.other[*place] && is_typo(own, other));
        if let Some((place, _)) = found {
            links.link(difference, &[at], &[place]);
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

/// Is a word another with a typo, or could it be a part of it?
pub(super) fn could_be(a: &UnsharedWord<'_>, b: &UnsharedWord<'_>) -> bool {
    let (short, long) = if a.text.len() < b.text.len() { (a.text, b.text) } else { (b.text, a.text) };
    let part = long.starts_with(short) || long.ends_with(short);
    part && (short.len() >= PART_FROM || !(a.known.listed && b.known.listed)) || is_typo(a, b)
}

/// How many typos a pair of queries may have.
pub(super) fn allowed(difference: &WordDifference<'_>) -> usize {
    1 + (difference.common.len() + difference.own.len().min(difference.other.len())) / 4
}

/// Are they one word, one of them with a typo?
fn is_typo(a: &UnsharedWord<'_>, b: &UnsharedWord<'_>) -> bool {
    let in_letters = |word: &UnsharedWord<'_>| word.known.script == Script::Letters;
    if !in_letters(a) || !in_letters(b) || a.text.len().abs_diff(b.text.len()) > 3 {
        return false;
    }
    let Some(edit) = edit(a, b) else {
        let length = a.text.len().min(b.text.len());
        return length >= TWO_IN_A_WORD_FROM && meant(a) != meant(b) && strsim::osa_distance(a.text, b.text) == 2;
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

/// Two spellings of a word in one language.
fn variants(a: &UnsharedWord<'_>, b: &UnsharedWord<'_>) -> bool {
    a.known.exact && b.known.exact && a.known.senses.iter().any(|sense| b.known.senses.contains(sense))
}

fn meant(word: &UnsharedWord<'_>) -> bool {
    word.known.listed || word.frequency >= MEANT_FROM
}

/// A word of one query is two of the other, or one and a word that both have: which ones of the other.
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
    let believed = |head: &str| !head.ends_with(char::is_numeric);
    others.iter().zip(left).enumerate().filter(|(_, (_, left))| **left).find_map(|(at, (other, _))| {
        if let Some(tail) = word.text.strip_prefix(other.text).filter(|tail| !tail.is_empty() && believed(other.text)) {
            return part(tail).map(|tail| vec![at, tail]).or_else(|| both(tail).then(|| vec![at]));
        }
        let head = word.text.strip_suffix(other.text).filter(|head| !head.is_empty() && believed(head))?;
        both(head).then(|| vec![at])
    })
}

/// How two words differ by one typo.
struct TypoEdit {
    kind: TypoKind,
    /// Letters of the longer word.
    length: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TypoKind {
    /// In nothing but the marks on letters.
    Marks,
    /// Two letters beside each other changed places.
    Swapped,
    /// A letter written twice instead of once, or once instead of twice.
    Doubled,
    /// A letter more.
    Inserted,
    /// A letter for one whose key is beside it.
    Beside,
    /// A letter for another.
    Replaced,
}

impl TypoEdit {
    /// Is it such as fingers make, so that it is believed of words of which neither is known? The shorter a word, the more
    /// words there are a letter away from it.
    fn plausible(&self, inserted_from: usize, beside_from: usize) -> bool {
        match self.kind {
            TypoKind::Marks | TypoKind::Swapped | TypoKind::Doubled => true,
            TypoKind::Inserted => self.length >= inserted_from,
            TypoKind::Beside => self.length >= beside_from,
            TypoKind::Replaced => false,
        }
    }
}

/// The one typo that makes a word another, if there is one.
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
