//! The passage of a text that covers a query best: a window of words with the largest weight of
//! distinct query words (the “best window” of passage retrieval; Callan, “Passage-Level Evidence in
//! Document Retrieval”, SIGIR 1994).

use std::ops::Range;

use rustc_hash::FxHashMap;

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
        let mut parsed = Self { words: FxHashMap::default(), spellings: Vec::new(), weights: Vec::new(), total: 0.0 };
        for token in tokens(query) {
            let weight = weight(&token.stem);
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
    let (from, to) = (hits[range.start].0, hits[range.end - 1].0 + 1);
    let around = words.saturating_sub(to - from);
    let start = from.saturating_sub(around / 2).min(text.len().saturating_sub(words.max(to - from)));
    let tokens = start..(start + words.max(to - start)).min(text.len());
    let hits = hits.iter().map(|(at, _)| *at).filter(|at| tokens.contains(at)).collect();
    Some(Passage { cover: (weight / query.total).min(1.0), tokens, hits })
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
    fn prefers_the_nearest_hits() {
        assert_eq!(find("x y", "x a b y c d e x y f", 4).unwrap().1, "e x y f");
    }
}
