//! The nearness of two queries that are not the same.
//!
//! Nearness is the cosine of the sets of words, each weighed by how rare it is among the set's
//! queries (tf–idf with binary counts: Manning, Raghavan & Schütze, "Introduction to Information
//! Retrieval", 2008, 6.2–6.3), idf(w) = ln(1 + N / df(w)). `near_query` corrects it for typos and
//! translations.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use tilejury_rows::QueryWords;

use super::near_query::{
    Glance, LEFT_UP_TO, LeftWord, LexiconEntry, UnsharedWord, WordDifference, known, may_be_near, may_be_near_by_forms,
};

/// All distinct queries of a set by number, with the weights of their words.
pub(super) struct QueryTexts {
    words: QueryWords,
    /// By word: its summary, once computed.
    glances: Vec<AtomicU64>,
    /// By word: its lexicon entry, once looked up.
    known: Vec<OnceLock<Box<LexiconEntry>>>,
    /// By word: its idf, squared.
    weight: Vec<f32>,
    /// By query: the root of the sum of its words' weights.
    norm: Vec<f32>,
}

impl QueryTexts {
    /// Weighs the words.
    pub(super) fn new(words: QueryWords) -> Self {
        let (queries, word_count) = (words.len(), words.word_count());
        let weight: Vec<f32> =
            (0..word_count as u32).map(|word| weight(queries as f32, words.frequency(word))).collect();
        let norm = |query| words.words_of(query).iter().map(|word| weight[*word as usize]).sum::<f32>().sqrt();
        let norm = (0..queries as u32).map(norm).collect();
        let (mut glances, mut known) = (Vec::new(), Vec::new());
        known.resize_with(word_count, OnceLock::new);
        glances.resize_with(word_count, AtomicU64::default);
        Self { words, glances, known, weight, norm }
    }

    /// Returns the number of distinct queries.
    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// Returns the distinct words of a query, by number.
    pub(super) fn words_of(&self, query: u32) -> &[u32] {
        self.words.words_of(query)
    }

    /// Returns the weight of a word: its idf, squared.
    pub(super) fn weight(&self, word: u32) -> f32 {
        self.weight.get(word as usize).copied().unwrap_or(0.0)
    }

    /// Returns the number of words.
    pub(super) fn word_count(&self) -> usize {
        self.words.word_count()
    }

    /// Returns the weight and number of the words that two queries share, and the first words that
    /// only one of them has.
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

    /// Returns the nearness of two queries, 0 to 1; exactly 1 for the same query only. It is the
    /// cosine similarity, but typos and translated words do not separate queries, and another
    /// number or another single word does. Near is at least `least`.
    pub(super) fn nearness(&self, a: u32, b: u32, least: f32) -> f32 {
        if a == b {
            return 1.0;
        }
        let shared = self.shared(a, b);
        let by_words = cosine(shared.weight, self.norm[a as usize], self.norm[b as usize]);
        let (own, others) = (self.words_of(a), self.words_of(b));
        let sizes = (own.len(), others.len(), shared.count as usize);
        // Most pairs of a row and a negative end here, without any allocation.
        if by_words < least && !(may_be_near(by_words, sizes) && self.may_be_near_by_forms(&shared, least)) {
            return by_words;
        }
        self.difference(own, others).nearness(by_words)
    }

    fn may_be_near_by_forms(&self, shared: &SharedWords, least: f32) -> bool {
        let left = |left: &UnsharedWords| {
            let mut words = [LeftWord::default(); LEFT_UP_TO];
            words.iter_mut().zip(left.words()).for_each(|(left, word)| {
                *left = LeftWord { number: *word, glance: self.glance(*word), weight: self.weight(*word) };
            });
            words
        };
        let (own, others) = (left(&shared.own), left(&shared.others));
        let (own, others) = (&own[..shared.own.count], &others[..shared.others.count]);
        may_be_near_by_forms(own, others, shared.weight, least, |word| self.word(word))
    }

    fn difference(&self, own: &[u32], others: &[u32]) -> WordDifference<'_> {
        let mut difference = WordDifference::default();
        for word in own {
            if others.binary_search(word).is_ok() {
                difference.add_common(self.text(*word), self.weight(*word), self.known(*word));
            } else {
                difference.own.push(self.word(*word));
            }
        }
        let left = others.iter().filter(|word| own.binary_search(word).is_err());
        difference.other.extend(left.map(|word| self.word(*word)));
        difference
    }

    /// Returns the root of the sum of the weights of a query's words.
    pub(super) fn norm(&self, query: u32) -> f32 {
        self.norm[query as usize]
    }

    /// Returns the number of queries that have a word.
    pub(super) fn frequency(&self, word: u32) -> u32 {
        self.words.frequency(word)
    }

    /// Cosine similarity alone.
    #[cfg(test)]
    fn nearness_by_words(&self, a: u32, b: u32) -> f32 {
        if a == b { 1.0 } else { cosine(self.shared(a, b).weight, self.norm[a as usize], self.norm[b as usize]) }
    }

    fn text(&self, word: u32) -> &str {
        self.words.text(word)
    }

    fn glance(&self, word: u32) -> Glance {
        let stored = &self.glances[word as usize];
        Glance::from_bits(stored.load(Ordering::Relaxed)).unwrap_or_else(|| {
            let glance = Glance::new(self.text(word), self.known(word));
            // A second thread stores the same value.
            stored.store(glance.bits(), Ordering::Relaxed);
            glance
        })
    }

    fn known(&self, word: u32) -> &LexiconEntry {
        self.known[word as usize].get_or_init(|| Box::new(known(self.text(word))))
    }

    fn word(&self, word: u32) -> UnsharedWord<'_> {
        let (frequency, known) = (self.frequency(word), self.known(word));
        UnsharedWord { text: self.text(word), weight: self.weight(word), frequency, known }
    }
}

/// The words that two queries share.
#[derive(Default)]
struct SharedWords {
    weight: f32,
    count: u32,
    own: UnsharedWords,
    others: UnsharedWords,
}

/// The first words that only one of two queries has.
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

/// Returns the idf, squared, of a word with this number of distinct queries.
pub(super) fn weight(queries: f32, frequency: u32) -> f32 {
    (1.0 + queries / frequency.max(1) as f32).ln().powi(2)
}

/// Returns the cosine of two different queries, given the weight of their common words and the
/// roots of the weights of all their words.
pub(super) fn cosine(common: f32, norm: f32, other: f32) -> f32 {
    // The same words in another order are near, not the same.
    (common / (norm * other).max(f32::MIN_POSITIVE)).min(0.999)
}

#[cfg(test)]
mod tests {
    use tilejury_rows::QueryNumbering;

    use super::*;

    fn set(queries: &[&str]) -> (QueryTexts, Vec<u32>) {
        let mut all = QueryNumbering::default();
        let numbers = queries.iter().map(|query| all.number(query)).collect();
        (QueryTexts::new(all.finish()), numbers)
    }

    #[test]
    fn rare_words_weigh_more() {
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
    fn compares_scripts_without_spaces_by_pairs() {
        let (all, numbers) = set(&["塩化物の融点は何度ですか", "塩化物の融点は何度", "別の質問です", "塩"]);
        assert!(all.nearness_by_words(numbers[0], numbers[1]) > 0.7);
        assert!(all.nearness_by_words(numbers[0], numbers[2]) < 0.4);
        assert_eq!(all.nearness_by_words(numbers[0], numbers[3]), 0.0);
    }

    /// The queries of each group ask the same.
    const GROUPS: [&[&str]; 9] = [
        &[
            "how do I install the driver of the printer",
            "how do I isntall the driver of the printer",
            "how do I installiere the Treiber of the printer",
            "how do I inst all the driver of the printer",
        ],
        &["price of the washing machine Lumio", "price of the machine à laver Lumio"],
        &["page of the café near Marburg", "page of the cafe near Marburg", "Seite of the café near Marburg"],
        &["requirements of node 18 for the server", "requirements of node18 for the server"],
        &["price of the camera in the shop", "price of the カメラ in the shop"],
        &["delete all files in the folder Archive", "删除 all 文件 in the folder Archive"],
        &["thefts near Marburg in May", "vols near Marburg in May"],
        &["which ports must be open in the firewall of the router", "which potrs must be open in the firewall"],
        &["manual of the waterproof camera with batteries", "manual of the waterp roof camera"],
    ];

    #[test]
    fn the_bound_rules_out_no_near_query() {
        const LEAST: f32 = 0.7;
        let texts: Vec<&str> = GROUPS.iter().flat_map(|group| group.iter().copied()).collect();
        let filler: Vec<String> =
            (0..60).map(|n| format!("what is the price of word{n} in the page{}", n / 2)).collect();
        let all: Vec<&str> = texts.iter().copied().chain(filler.iter().map(String::as_str)).collect();
        let (all, numbers) = set(&all);
        let (mut near, mut ruled_out, mut other) = (0, 0, 0);
        for (a, b) in numbers.iter().flat_map(|a| numbers.iter().map(move |b| (*a, *b))).filter(|(a, b)| a != b) {
            let shared = all.shared(a, b);
            let by_words = cosine(shared.weight, all.norm(a), all.norm(b));
            let nearness = all.difference(all.words_of(a), all.words_of(b)).nearness(by_words);
            if nearness > by_words {
                near += 1;
                assert!(all.may_be_near_by_forms(&shared, nearness), "{a}, {b}: {nearness}");
            } else if by_words < LEAST {
                other += 1;
                ruled_out += usize::from(!all.may_be_near_by_forms(&shared, LEAST));
            }
        }
        assert!(near >= 20, "{near}");
        assert!(ruled_out * 10 >= other * 9, "{ruled_out} of {other}");
    }

    #[test]
    fn queries_of_punctuation_alone_are_the_same() {
        let (all, numbers) = set(&["???", "!", "a"]);
        assert_eq!(numbers[0], numbers[1]);
        assert_eq!(all.nearness_by_words(numbers[0], numbers[2]), 0.0);
    }
}
