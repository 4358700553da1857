//! When two queries are the same for a reader, and how near they are otherwise.
//!
//! Same: equal words, whatever the case, the punctuation and the spaces. Near: cosine of the sets of words, each weighed
//! by how rare it is among the set's queries (tf–idf with binary counts: Manning, Raghavan & Schütze, "Introduction to
//! Information Retrieval", 2008, 6.2–6.3), idf(w) = ln(1 + N / df(w)); `near_query` corrects that for typos and translations.

use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use super::interner::{Interner, hash_of};
use super::near_query::{
    self, Glance, Known, LEFT_UP_TO, UnsharedWord, WordDifference, WordSummaries, known, may_be_near,
};

/// All distinct queries of a set, numbered, and their words.
pub(super) struct QueryTexts {
    /// Of the queries' normal forms.
    numbers: Interner,
    words: Interner,
    /// The distinct words of all queries, one query behind the other, each sorted.
    words_of: Vec<u32>,
    /// Where each query's words begin; one more entry for the end.
    starts: Vec<u32>,
    /// By word: in how many distinct queries it stands.
    frequency: Vec<u32>,
    /// The words themselves, one behind the other, and where each ends.
    letters: String,
    ends: Vec<u32>,
    /// By word: what is seen of it at a glance, once that was asked.
    glances: Vec<AtomicU64>,
    /// By word: what is known of it, once that was asked.
    known: Vec<OnceLock<Box<Known>>>,
    /// By word: its idf, squared.
    weight: Vec<f32>,
    /// By query: the root of the sum of its words' weights.
    norm: Vec<f32>,
    /// The normal form in hand.
    normal: String,
    /// The words in hand.
    own: Vec<u32>,
}

impl Default for QueryTexts {
    fn default() -> Self {
        Self {
            numbers: Interner::default(),
            words: Interner::default(),
            words_of: Vec::new(),
            starts: vec![0],
            frequency: Vec::new(),
            letters: String::new(),
            ends: Vec::new(),
            glances: Vec::new(),
            known: Vec::new(),
            weight: Vec::new(),
            norm: Vec::new(),
            normal: String::new(),
            own: Vec::new(),
        }
    }
}

impl QueryTexts {
    /// The number of a query's normal form.
    pub(super) fn number(&mut self, query: &str) -> u32 {
        write_normal(query, &mut self.normal);
        let (number, new) = self.numbers.number(hash_of(&self.normal));
        if !new {
            return number;
        }
        let (words, frequency, own) = (&mut self.words, &mut self.frequency, &mut self.own);
        let (letters, ends) = (&mut self.letters, &mut self.ends);
        own.clear();
        for word in self.normal.split_terminator(' ') {
            units(word, |unit| {
                let (word, new) = words.number(hash_of(unit));
                if new {
                    frequency.push(0);
                    letters.push_str(unit);
                    ends.push(letters.len() as u32);
                }
                own.push(word);
            });
        }
        own.sort_unstable();
        own.dedup();
        own.iter().for_each(|word| frequency[*word as usize] += 1);
        self.words_of.extend_from_slice(own);
        self.starts.push(self.words_of.len() as u32);
        number
    }

    /// How many distinct queries there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Weighs the words, once all queries are there.
    pub(super) fn compute_word_weights(&mut self) {
        (self.numbers, self.words) = (Interner::default(), Interner::default());
        let queries = self.len() as f32;
        self.weight = self.frequency.iter().map(|frequency| weight(queries, *frequency)).collect();
        let norm = |query| self.words_of(query).iter().map(|word| self.weight(*word)).sum::<f32>().sqrt();
        self.norm = (0..self.len() as u32).map(norm).collect();
        self.known.resize_with(self.frequency.len(), OnceLock::new);
        self.glances.resize_with(self.frequency.len(), AtomicU64::default);
    }

    /// Numbered words with the number of distinct queries that have each, and how many of those there are: what is needed to
    /// compare queries by their texts alone. To be asked for instead of weighing, which forgets the words.
    pub(super) fn into_frequencies(self) -> (Interner, Vec<u32>, usize) {
        let queries = self.len();
        (self.words, self.frequency, queries)
    }

    /// The distinct words of a query, by number.
    pub(super) fn words_of(&self, query: u32) -> &[u32] {
        let query = query as usize;
        let (Some(from), Some(to)) = (self.starts.get(query), self.starts.get(query + 1)) else { return &[] };
        &self.words_of[*from as usize..*to as usize]
    }

    /// How much a word weighs: its idf, squared.
    pub(super) fn weight(&self, word: u32) -> f32 {
        self.weight.get(word as usize).copied().unwrap_or(0.0)
    }

    /// How many words there are.
    pub(super) fn word_count(&self) -> usize {
        self.frequency.len()
    }

    /// What the words weigh that two queries share, how many there are, and the first words that only one of them has.
    fn shared(&self, a: u32, b: u32) -> SharedWords {
        let (mut own, mut others) = (self.words_of(a), self.words_of(b));
        let mut shared = SharedWords::default();
        loop {
            match (own, others) {
                ([first, rest @ ..], [other, ..]) if first < other => {
                    shared.own.push(*first);
                    own = rest;
                }
                ([first, ..], [other, rest @ ..]) if first > other => {
                    shared.others.push(*other);
                    others = rest;
                }
                ([first, own_rest @ ..], [_, others_rest @ ..]) => {
                    shared.weight += self.weight[*first as usize];
                    shared.count += 1;
                    (own, others) = (own_rest, others_rest);
                }
                _ => break,
            }
        }
        own.iter().for_each(|word| shared.own.push(*word));
        others.iter().for_each(|word| shared.others.push(*word));
        shared
    }

    /// How near two queries are, 0 to 1; exactly 1 for the same query only. Cosine similarity, but that a typo or a translated word parts no
    /// queries, and that another number or another single word does. Near is at least `least`.
    pub(super) fn nearness(&self, a: u32, b: u32, least: f32) -> f32 {
        if a == b {
            return 1.0;
        }
        let shared = self.shared(a, b);
        let by_words = cosine(shared.weight, self.norm[a as usize], self.norm[b as usize]);
        let (own, others) = (self.words_of(a), self.words_of(b));
        let sizes = (own.len(), others.len(), shared.count as usize);
        // Most pairs of a row and a negative get no further, and nothing was allocated for them.
        if by_words < least && !(may_be_near(by_words, sizes) && self.could_link(&shared)) {
            return by_words;
        }
        self.difference(own, others).nearness(by_words)
    }

    fn could_link(&self, shared: &SharedWords) -> bool {
        let glances = |left: &UnsharedWords| {
            let mut glances = [Glance::default(); LEFT_UP_TO];
            glances.iter_mut().zip(left.words()).for_each(|(glance, word)| *glance = self.glance(*word));
            glances
        };
        let (own, others) = (glances(&shared.own), glances(&shared.others));
        let (own_words, others_words) = (shared.own.words(), shared.others.words());
        let own = WordSummaries { glances: &own[..own_words.len()], words: own_words };
        let others = WordSummaries { glances: &others[..others_words.len()], words: others_words };
        near_query::could_link(own, others, |word| self.word(word))
    }

    fn difference(&self, own: &[u32], others: &[u32]) -> WordDifference<'_> {
        let mut difference = WordDifference::default();
        for word in own {
            if others.binary_search(word).is_ok() {
                difference.take_common(self.text(*word), self.weight(*word), self.known(*word));
            } else {
                difference.own.push(self.word(*word));
            }
        }
        let left = others.iter().filter(|word| own.binary_search(word).is_err());
        difference.other.extend(left.map(|word| self.word(*word)));
        difference
    }

    /// In how many queries a word stands.
    pub(super) fn frequency(&self, word: u32) -> u32 {
        self.frequency.get(word as usize).copied().unwrap_or(0)
    }

    /// Cosine similarity alone.
    #[cfg(test)]
    fn nearness_by_words(&self, a: u32, b: u32) -> f32 {
        if a == b { 1.0 } else { cosine(self.shared(a, b).weight, self.norm[a as usize], self.norm[b as usize]) }
    }

    fn text(&self, word: u32) -> &str {
        let word = word as usize;
        let from = word.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.letters[from as usize..self.ends[word] as usize]
    }

    fn glance(&self, word: u32) -> Glance {
        let kept = &self.glances[word as usize];
        Glance::from_bits(kept.load(Ordering::Relaxed)).unwrap_or_else(|| {
            let glance = Glance::of(self.text(word), self.known(word));
            // Whoever comes second keeps the same.
            kept.store(glance.bits(), Ordering::Relaxed);
            glance
        })
    }

    fn known(&self, word: u32) -> &Known {
        self.known[word as usize].get_or_init(|| Box::new(known(self.text(word))))
    }

    fn word(&self, word: u32) -> UnsharedWord<'_> {
        let (frequency, known) = (self.frequency[word as usize], self.known(word));
        UnsharedWord { text: self.text(word), weight: self.weight(word), frequency, known }
    }
}

/// What two queries share.
#[derive(Default)]
struct SharedWords {
    weight: f32,
    count: u32,
    own: UnsharedWords,
    others: UnsharedWords,
}

/// Words that only one of two queries has, as many as are looked at.
#[derive(Default)]
struct UnsharedWords {
    words: [u32; LEFT_UP_TO],
    count: usize,
}

impl UnsharedWords {
    fn push(&mut self, word: u32) {
        if let Some(room) = self.words.get_mut(self.count) {
            *room = word;
            self.count += 1;
        }
    }

    fn words(&self) -> &[u32] {
        &self.words[..self.count]
    }
}

/// The idf, squared, of a word that stands in so many of the distinct queries.
pub(super) fn weight(queries: f32, frequency: u32) -> f32 {
    (1.0 + queries / frequency.max(1) as f32).ln().powi(2)
}

/// Of two queries that are not the same: by what their common words weigh, and the roots of what all of theirs do.
pub(super) fn cosine(common: f32, norm: f32, other: f32) -> f32 {
    // Same words in another order are near, not the same.
    (common / (norm * other).max(f32::MIN_POSITIVE)).min(0.999)
}

/// A query as a reader takes it, its words with a space between them: queries of the same normal form are the same.
///
/// Exports name queries by this form (`query_group`), with the same names in every version. So the signs that part words are
/// listed here and do not follow the tables of a crate. The words of UAX #29 (`unicode-segmentation`) are others: `C++` would
/// be `C`, `3.5` one word, and Chinese one word a letter.
pub(crate) fn normal_query(query: &str) -> String {
    let mut normal = String::with_capacity(query.len());
    write_normal(query, &mut normal);
    normal
}

/// As [`normal_query`], in place of what a text held.
fn write_normal(query: &str, normal: &mut String) {
    normal.clear();
    let mut parted = false;
    for letter in query.chars().map(narrow) {
        if parts_words(letter) {
            parted = !normal.is_empty();
            continue;
        }
        if std::mem::take(&mut parted) {
            normal.push(' ');
        }
        match ASCII_FOLDED.get(letter as usize) {
            Some(folded) => normal.push(char::from(*folded)),
            None => normal.extend(letter.to_lowercase()),
        }
    }
}

/// The words of a text with the bytes where they stand, by the rules of queries but for two: Korean and the scripts without
/// spaces are parted from other signs, since texts differ in whether `DNS에` has a space; and of a run without spaces each
/// pair of neighbouring letters is a word.
pub(crate) fn words_with_ranges(text: &str) -> impl Iterator<Item = (String, Range<usize>)> + '_ {
    word_ranges(text).flat_map(|place| parted(text, place)).flat_map(|place| {
        let run = &text[place.clone()];
        let letters: Vec<usize> = run.char_indices().map(|(at, _)| place.start + at).chain([place.end]).collect();
        let width = if letters.len() > 3 && run.chars().any(spaceless) { 3 } else { letters.len() };
        let ends: Vec<_> = letters.windows(width).map(|window| window[0]..window[width - 1]).collect();
        ends.into_iter().map(|place| (lower(&text[place.clone()]), place))
    })
}

/// The parts of a word between which the kind of script changes.
fn parted(text: &str, place: Range<usize>) -> Vec<Range<usize>> {
    let kind = |letter: char| match letter {
        '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7a3}' => 1,
        letter if spaceless(letter) => 2,
        _ => 0,
    };
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut last = None;
    for (at, letter) in text[place.clone()].char_indices() {
        let (from, to) = (place.start + at, place.start + at + letter.len_utf8());
        match parts.last_mut().filter(|_| last == Some(kind(letter))) {
            Some(part) => part.end = to,
            None => parts.push(from..to),
        }
        last = Some(kind(letter));
    }
    parts
}

/// The bytes of each word. Signs that can be part of a name stay (`C++`, `C#`, `50%`, `mod_filter`), punctuation parts words.
fn word_ranges(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let parts = text.split(|letter| parts_words(narrow(letter)));
    parts.filter(|word| !word.is_empty()).map(|word| {
        let from = word.as_ptr() as usize - text.as_ptr() as usize;
        from..from + word.len()
    })
}

fn lower(word: &str) -> String {
    word.chars().map(narrow).flat_map(char::to_lowercase).collect()
}

fn narrow(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        _ => letter,
    }
}

/// Of each ASCII letter the small one; a space for what parts words.
const ASCII_FOLDED: [u8; 128] = {
    let mut folded = [b' '; 128];
    let mut letter = b'!';
    while letter <= b'~' {
        if !matches!(letter, b'!'..=b'"' | b'\''..=b'*' | b','..=b'/' | b':'..=b';' | b'?' | b'['..=b'^' | b'`' | b'{'..=b'~')
        {
            folded[letter as usize] = letter.to_ascii_lowercase();
        }
        letter += 1;
    }
    folded
};

/// Space and punctuation. The Unicode ranges are General Punctuation, CJK Symbols and Punctuation, and the common signs of
/// Latin, Greek, Arabic and Devanagari.
fn parts_words(letter: char) -> bool {
    // Most letters of most queries are of these, and every query of a set is read.
    if let Some(folded) = ASCII_FOLDED.get(letter as usize) {
        return *folded == b' ';
    }
    letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{3004}' | '\u{3008}'..='\u{3020}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff5f}'..='\u{ff65}')
        || matches!(letter, '¡' | '«' | '·' | '»' | '¿' | '\u{37e}' | '\u{387}' | '،' | '؛' | '؟' | '।' | '॥' | '・')
}

/// Of a script that puts no spaces between words?
pub(super) fn spaceless(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{eff}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// What is weighed of a normal form's word: itself, or, in scripts that put no spaces between words, each pair of neighbouring
/// letters.
pub(super) fn units<'w>(word: &'w str, mut weighed: impl FnMut(&'w str)) {
    if word.is_ascii() || !word.chars().any(spaceless) {
        return weighed(word);
    }
    let mut starts: Vec<usize> = word.char_indices().map(|(at, _)| at).collect();
    if starts.len() == 1 {
        return weighed(word);
    }
    starts.push(word.len());
    starts.windows(3).for_each(|pair| weighed(&word[pair[0]..pair[2]]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_form_is_the_words_with_spaces() {
        for query in [
            "",
            " ",
            "What IS C++?",
            "  a\t--b ",
            "Ｆｕｌｌ　Ｗｉｄｔｈ",
            "DNS에 Über-ÉTÉ",
            "ΟΔΟΣ",
            "50% «x» 日本、語",
            "İ'm",
        ] {
            let words: Vec<String> = word_ranges(query).map(|place| lower(&query[place])).collect();
            assert_eq!(normal_query(query), words.join(" "), "{query}");
        }
    }

    fn set(queries: &[&str]) -> (QueryTexts, Vec<u32>) {
        let mut all = QueryTexts::default();
        let numbers = queries.iter().map(|query| all.number(query)).collect();
        all.compute_word_weights();
        (all, numbers)
    }

    #[track_caller]
    fn same(a: &str, b: &str, expected: bool) {
        let (_, numbers) = set(&[a, b]);
        assert_eq!(numbers[0] == numbers[1], expected, "{a} / {b}");
    }

    #[test]
    fn case_punctuation_and_spaces_do_not_part_queries() {
        same("What is the event loop?", "  what is   THE event-loop ", true);
        same("What’s “salt”?", "what s salt", true);
        same("¿Qué es el núcleo?", "qué es el NÚCLEO", true);
        same("ｗｈａｔ　ｉｓ　Ａ１？", "What is A1", true);
        same("塩とは何ですか。", "塩とは何ですか", true);
        same("ما هي الدالة؟", "ما هي الدالة", true);
    }

    #[test]
    fn what_is_part_of_a_name_parts_queries() {
        same("What is C++?", "What is C?", false);
        same("What is C#?", "What is C?", false);
        same("mod_filter", "mod filter", false);
        same("version 3.5", "version 35", false);
        same("Straße", "Strasse", false);
    }

    #[test]
    fn rare_words_count_for_more() {
        let filler: Vec<String> = (0..50).map(|n| format!("what is the meaning of word{n}")).collect();
        let mut queries: Vec<&str> = filler.iter().map(String::as_str).collect();
        queries.extend(["what is the meaning of salt", "the meaning of salt", "salt of the meaning what is", "pepper"]);
        let (all, numbers) = set(&queries);
        let [.., salt, short, turned, pepper] = numbers[..] else { panic!() };
        assert!(all.nearness_by_words(salt, short) > 0.9);
        assert!(all.nearness_by_words(salt, numbers[0]) < 0.5, "only the frame is the same");
        assert!((0.99..1.0).contains(&all.nearness_by_words(salt, turned)), "other order: near, not the same");
        assert!(all.nearness_by_words(salt, pepper) == 0.0 && all.nearness_by_words(salt, salt) == 1.0);
    }

    #[test]
    fn scripts_without_spaces_are_compared_by_pairs() {
        let (all, numbers) = set(&["塩化物の融点は何度ですか", "塩化物の融点は何度", "別の質問です", "塩"]);
        assert!(all.nearness_by_words(numbers[0], numbers[1]) > 0.7);
        assert!(all.nearness_by_words(numbers[0], numbers[2]) < 0.4);
        assert_eq!(all.nearness_by_words(numbers[0], numbers[3]), 0.0);
    }

    #[test]
    fn words_know_where_they_stand() {
        let text = " «Ä» ＡＢ, 塩化物の";
        let found: Vec<_> = words_with_ranges(text).map(|(word, place)| (word, text[place].to_owned())).collect();
        let expected = [("ä", "Ä"), ("ab", "ＡＢ"), ("塩化", "塩化"), ("化物", "化物"), ("物の", "物の")];
        assert_eq!(found, expected.map(|(word, spelled)| (word.to_owned(), spelled.to_owned())));
        let words = |text: &str| words_with_ranges(text).map(|(word, _)| word).collect::<Vec<_>>();
        assert_eq!(words("DNS에 2020年に"), words("dns 에 2020 年に"));
        assert_eq!(words("塩"), ["塩"]);
    }

    #[test]
    fn queries_of_signs_alone_harm_nothing() {
        let (all, numbers) = set(&["???", "!", "a"]);
        assert_eq!(numbers[0], numbers[1]);
        assert_eq!(all.nearness_by_words(numbers[0], numbers[2]), 0.0);
    }
}
