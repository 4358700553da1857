//! The passage of a text that covers a query best: a window of words with the largest weight of
//! distinct query words (the “best window” of passage retrieval; Callan, “Passage-Level Evidence in
//! Document Retrieval”, SIGIR 1994).

use std::cmp::Ordering;
use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::stop_words::StopWords;
use crate::tokens::{Token, tokens};

/// The number of words in a passage.
pub(crate) const PASSAGE_WORDS: usize = 40;
/// The number of words on either side of a passage in which the answer may be.
pub(crate) const AROUND_WORDS: usize = 20;

/// The words of a query with their weights.
#[derive(Clone, Debug)]
pub struct PassageQuery {
    /// By stem: the word's index in `weights`.
    words: FxHashMap<String, usize>,
    /// The words as they are spelled, by the same index.
    spellings: Vec<String>,
    weights: Vec<f32>,
    total: f32,
}

/// A passage of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// The weight of the query words in it, as a share of all query words, 0 to 1.
    pub cover: f32,
    /// Its words, as indices into the tokens.
    pub tokens: Range<usize>,
    /// The tokens in it that are words of the query.
    pub hits: Vec<usize>,
}

impl PassageQuery {
    /// Takes the distinct words of a query. `weight` is asked for each stem; a word of weight 0 or
    /// less counts for nothing.
    pub fn new(query: &str, mut weight: impl FnMut(&str) -> f32) -> Self {
        Self::of_words(query, |stem, _| weight(stem))
    }

    /// Takes the words of a query that a person looks for: without those that carry no topic in the
    /// query's language, unless it has no others. `weight` is asked for each stem.
    pub fn for_reading(query: &str, weight: impl Fn(&str) -> f32) -> Self {
        let stop_words = StopWords::of(query);
        let content = Self::of_words(query, |stem, word| if stop_words.has(word) { 0.0 } else { weight(stem) });
        if !content.is_empty() {
            return content;
        }
        let weighted = Self::new(query, weight);
        if weighted.is_empty() { Self::new(query, |_| 1.0) } else { weighted }
    }

    fn of_words(query: &str, mut weight: impl FnMut(&str, &str) -> f32) -> Self {
        let mut parsed = Self { words: FxHashMap::default(), spellings: Vec::new(), weights: Vec::new(), total: 0.0 };
        for token in tokens(query) {
            let weight = weight(&token.stem, &query[token.range.clone()]);
            if weight > 0.0 && !parsed.words.contains_key(&token.stem) {
                parsed.words.insert(token.stem, parsed.weights.len());
                parsed.spellings.push(query[token.range].to_owned());
                parsed.weights.push(weight);
                parsed.total += weight;
            }
        }
        parsed
    }

    /// Whether no word counts.
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// The stems of the words, each with its word as it is spelled.
    pub(crate) fn spellings(&self) -> impl Iterator<Item = (&str, &str)> {
        let spelling = |word: &usize| self.spellings.get(*word).map(String::as_str);
        self.words.iter().filter_map(move |(stem, word)| Some((stem.as_str(), spelling(word)?)))
    }

    /// Returns the weight of a stem; 0 if it is not in the query.
    pub fn weight_of(&self, stem: &str) -> f32 {
        self.words.get(stem).and_then(|word| self.weights.get(*word)).copied().unwrap_or(0.0)
    }
}

/// Finds the passage of at most `words` tokens with the largest cover; of several, the one whose
/// hits are closest together, then the first. Its hits are in the middle. `None` if the text has no
/// word of the query.
pub fn best_passage(query: &PassageQuery, text: &[Token], words: usize) -> Option<Passage> {
    let hits: Vec<(usize, usize)> =
        text.iter().enumerate().filter_map(|(at, token)| Some((at, *query.words.get(&token.stem)?))).collect();
    let mut counts = vec![0_u32; query.weights.len()];
    let (mut first, mut weight) = (0, 0.0_f32);
    // The best so far: its weight, the distance of its first and last hit, and the hits.
    let mut best: Option<(f32, usize, Range<usize>)> = None;
    for (last, (at, word)) in hits.iter().enumerate() {
        if counts[*word] == 0 {
            weight += query.weights[*word];
        }
        counts[*word] += 1;
        // Hits that are too far away, or that occur again further on, leave at the front.
        while hits[first].0 + words <= *at || counts[hits[first].1] > 1 {
            let gone = hits[first].1;
            counts[gone] -= 1;
            if counts[gone] == 0 {
                weight -= query.weights[gone];
            }
            first += 1;
        }
        let distance = at - hits[first].0;
        let better = best
            .as_ref()
            .is_none_or(|(most, nearest, _)| weight > most + 1e-4 || (weight > most - 1e-4 && distance < *nearest));
        if better {
            best = Some((weight, distance, first..last + 1));
        }
    }
    let (weight, _, range) = best?;
    let tokens = widened(hits[range.start].0..hits[range.end - 1].0 + 1, text.len(), words);
    let hits = hits.iter().map(|(at, _)| *at).filter(|at| tokens.contains(at)).collect();
    Some(Passage { cover: (weight / query.total).min(1.0), tokens, hits })
}

/// Some tokens of a text with as many around them as make `words`.
fn widened(tokens: Range<usize>, text: usize, words: usize) -> Range<usize> {
    let around = words.saturating_sub(tokens.len());
    let start = tokens.start.saturating_sub(around / 2).min(text.saturating_sub(words.max(tokens.len())));
    start..(start + words.max(tokens.end - start)).min(text)
}

/// A place in a text with the words of a query that are near it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NearPlace {
    /// The passage around the place.
    pub(crate) passage: Passage,
    /// The place with the nearest of each of these words, as indices into the tokens.
    pub(crate) together: Range<usize>,
    /// The number of tokens between the place and these words, all added up.
    apart: usize,
}

impl NearPlace {
    /// Finds the words of a query within `words` / 2 tokens of a place. The passage has no hits if
    /// there are none.
    pub(crate) fn find(query: &PassageQuery, text: &[Token], place: Range<usize>, words: usize) -> Self {
        let within = place.start.saturating_sub(words / 2)..(place.end + words / 2).min(text.len());
        let distance = |at: usize| place.start.saturating_sub(at).max((at + 1).saturating_sub(place.end));
        // By the word of the query: the nearest token that is this word.
        let mut nearest: FxHashMap<usize, usize> = FxHashMap::default();
        for at in within {
            if let Some(word) = query.words.get(&text[at].stem) {
                let known = nearest.entry(*word).or_insert(at);
                if distance(at) < distance(*known) {
                    *known = at;
                }
            }
        }
        let weight: f32 = nearest.keys().filter_map(|word| query.weights.get(*word)).sum();
        let apart = nearest.values().map(|at| distance(*at)).sum();
        let together = nearest.values().fold(place, |all, at| all.start.min(*at)..all.end.max(at + 1));
        let tokens = widened(together.clone(), text.len(), words);
        let hits = tokens.clone().filter(|at| query.weight_of(&text[*at].stem) > 0.0).collect();
        let cover = if query.total > 0.0 { (weight / query.total).min(1.0) } else { 0.0 };
        Self { passage: Passage { cover, tokens, hits }, together, apart }
    }

    /// The order of places: first the one with most of the query near it, then the one nearest to
    /// the query's words.
    pub(crate) fn before(&self, other: &Self) -> Ordering {
        let cover = |near: &Self| (1000.0 * near.passage.cover).round() as u32;
        cover(other).cmp(&cover(self)).then(self.apart.cmp(&other.apart))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(query: &str, text: &str, words: usize) -> Option<(f32, String)> {
        let common = |stem: &str| if matches!(stem, "the" | "of") { 0.0 } else { 1.0 };
        let tokens = tokens(text);
        let passage = best_passage(&PassageQuery::new(query, common), &tokens, words)?;
        let bytes = tokens[passage.tokens.start].range.start..tokens[passage.tokens.end - 1].range.end;
        Some((passage.cover, text[bytes].to_owned()))
    }

    #[test]
    fn finds_the_window_with_most_query_words() {
        let text = "salt a b c d e f g melting point h i j k salt melts at a point l m n o p";
        assert_eq!(find("the melting point of salt", text, 5), Some((1.0, "salt melts at a point".into())));
        assert_eq!(find("pepper", text, 5), None);
        assert_eq!(find("the", text, 5), None, "a word without weight");
        let (cover, _) = find("salt pepper", text, 5).unwrap();
        assert_eq!(cover, 0.5);
    }

    #[test]
    fn hits_are_in_the_middle_of_the_passage() {
        assert_eq!(find("x", "a b c d x e f g h", 5).unwrap().1, "c d x e f");
        assert_eq!(find("x", "x a b c d e", 4).unwrap().1, "x a b c");
        assert_eq!(find("x", "a b c d e x", 4).unwrap().1, "c d e x");
        assert_eq!(find("x", "a x", 40).unwrap().1, "a x");
    }

    #[test]
    fn words_near_a_place_are_counted_once_and_by_distance() {
        let text = tokens("a salt b c d salt melts PLACE e f salt g h i j k l m n o melts");
        let query = PassageQuery::new("salt melts quickly", |_| 1.0);
        let near = NearPlace::find(&query, &text, 7..8, 10);
        assert_eq!((near.together, near.apart), (5..8, 3));
        assert!((near.passage.cover - 2.0 / 3.0).abs() < 1e-6);
        assert_eq!(near.passage.hits, [5, 6, 10]);
        let alone = NearPlace::find(&PassageQuery::new("pepper", |_| 1.0), &text, 7..8, 10);
        assert_eq!((alone.together, alone.passage.cover), (7..8, 0.0));
    }

    #[test]
    fn words_without_a_topic_do_not_count_beside_others() {
        let words = |query: &str| {
            let parsed = PassageQuery::for_reading(query, |_| 1.0);
            let mut words: Vec<String> = parsed.spellings().map(|(_, word)| word.to_owned()).collect();
            words.sort();
            words
        };
        assert_eq!(words("What if salt melts, but not the ice?"), ["ice", "melts", "salt"]);
        assert_eq!(words("To be or not to be").len(), 4, "it has no others");
        assert_eq!(words("wie hoch ist aber der Berg, wenn er wächst"), ["Berg", "hoch", "wächst"]);
        assert_eq!(words("если соль плавится или кипит"), ["кипит", "плавится", "соль"]);
        assert_eq!(words("Was the war long?"), ["long", "war"], "a German word in an English query");
    }

    #[test]
    fn prefers_the_nearest_hits() {
        assert_eq!(find("x y", "x a b y c d e x y f", 4).unwrap().1, "e x y f");
    }
}
