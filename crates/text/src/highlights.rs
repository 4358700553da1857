//! The places of a tile's text that matter for a query: the answer, what a model read, the passage
//! that covers the query best, and the query's words.

use std::ops::Range;

use crate::answer::AnswerPhrase;
use crate::evidence::is_common_word as is_common;
use crate::forms::in_words_of;
use crate::passage::{PASSAGE_WORDS, Passage, PassageQuery, best_passage};
use crate::passage_box::{PixelBox, PlacedText};
use crate::quantity::quantities;
use crate::snippet::Snippet;
use crate::tokens::{Token, text_tokens};

/// The most places of one answer that are marked.
const PLACES_UP_TO: usize = 20;
/// An answer in other words is where a passage has this share of its words.
const LEAST_COVER: f32 = 0.7;

/// The kind of a highlighted place, in the order in which a person goes from hit to hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HitKind {
    /// The answer of the row.
    Answer,
    /// The answer that a model gave from this tile.
    ModelAnswer,
    /// The passage that covers the query best.
    Passage,
    /// Words of the query elsewhere on the tile.
    QueryWords,
}

/// A highlighted place.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Its kind.
    pub kind: HitKind,
    /// Its words, as indices into the reading.
    pub words: Range<usize>,
    /// Its boxes, one for each line; empty if its place is not known.
    pub lines: Vec<PixelBox>,
}

/// The texts to look for.
#[derive(Clone, Copy, Debug)]
pub struct Sought<'a> {
    /// The query with the weights of its words.
    pub query: &'a PassageQuery,
    /// The answer of the row.
    pub answer: Option<&'a str>,
    /// The answer that a model gave from the tile.
    pub model_answer: Option<&'a str>,
}

/// The places on one tile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Highlights {
    /// The passage that covers the query best, else the words around the answer; `None` if the text
    /// has neither.
    pub snippet: Option<Snippet>,
    /// The share of the query's words in it, by weight, 0 to 1.
    pub cover: f32,
    /// The places, the most telling first, those of one kind in reading order.
    pub hits: Vec<Hit>,
    /// The boxes of the query's words, in the passage and elsewhere.
    pub query_words: Vec<PixelBox>,
}

impl Highlights {
    /// Finds the places in a text.
    pub fn find(placed: &PlacedText, sought: Sought<'_>) -> Self {
        let text = &placed.text;
        let tokens = text_tokens(text);
        // Answers are found by plain stems, as signals find them.
        let inflected = in_words_of(sought.query, text, &tokens);
        let mut found = Self::default();
        let mut first_answer = None;
        let mut add = |kind: HitKind, bytes: &Range<usize>| {
            first_answer.get_or_insert(bytes.clone());
            let words = placed.words_of(bytes);
            let lines = placed.lines_of(&words);
            found.hits.push(Hit { kind, words, lines });
        };
        let passage = best_passage(sought.query, &inflected, PASSAGE_WORDS);
        let asked = passage.as_ref().map_or(0..0, |passage| hit_bytes(passage, &tokens));
        let nearest_first = |mut places: Vec<Range<usize>>| {
            // An answer that is often on the tile is most telling where the query's words are.
            let distance =
                |bytes: &Range<usize>| asked.start.saturating_sub(bytes.end).max(bytes.start.saturating_sub(asked.end));
            places.sort_by_key(distance);
            places
        };
        for bytes in
            sought.answer.map(|answer| answer_places(answer, text, &tokens)).map(nearest_first).into_iter().flatten()
        {
            add(HitKind::Answer, &bytes);
        }
        // The row's own answer is marked already.
        let model_answer = sought.model_answer.filter(|model| sought.answer.is_none_or(|answer| answer != *model));
        if let Some(answer) = model_answer {
            let mut places = answer_places(answer, text, &tokens);
            if places.is_empty() {
                places.extend(reworded_place(answer, sought.query, &tokens));
            }
            nearest_first(places).iter().for_each(|bytes| add(HitKind::ModelAnswer, bytes));
        }
        if let Some(passage) = &passage {
            found.snippet = Some(Snippet::of_passage(text, &tokens, passage));
            found.cover = passage.cover;
            let words = placed.words_of(&hit_bytes(passage, &tokens));
            let lines = placed.lines_of(&words);
            found.hits.push(Hit { kind: HitKind::Passage, words, lines });
        } else if let Some(answer) = first_answer {
            found.snippet = Some(Snippet::of_passage(text, &tokens, &around(&answer, &tokens)));
        }
        for words in query_words(placed, sought.query, &inflected) {
            let lines = placed.lines_of(&words);
            found.query_words.extend(&lines);
            let known = found.hits.iter().any(|hit| hit.words.start <= words.start && words.end <= hit.words.end);
            if !known {
                found.hits.push(Hit { kind: HitKind::QueryWords, words, lines });
            }
        }
        found
    }
}

/// The words around a place, which are its hits.
fn around(bytes: &Range<usize>, tokens: &[Token]) -> Passage {
    let touches = |token: &Token| token.range.start < bytes.end && bytes.start < token.range.end;
    let hits: Vec<usize> = (0..tokens.len()).filter(|at| touches(&tokens[*at])).collect();
    let first = hits.first().copied().unwrap_or_default().saturating_sub(PASSAGE_WORDS / 4);
    Passage { cover: 0.0, tokens: first..(first + PASSAGE_WORDS).min(tokens.len()), hits }
}

/// The bytes from the first to the last word of the query in a passage.
fn hit_bytes(passage: &Passage, tokens: &[Token]) -> Range<usize> {
    let at = |index: Option<&usize>| index.and_then(|index| tokens.get(*index));
    match (at(passage.hits.first()), at(passage.hits.last())) {
        (Some(first), Some(last)) => first.range.start..last.range.end,
        _ => 0..0,
    }
}

/// Returns the bytes of the places that state an answer in a text, by the rule that decides whether
/// the text has it; without any, the places of the answer's parts between commas.
pub fn answer_places(answer: &str, text: &str, tokens: &[Token]) -> Vec<Range<usize>> {
    let of_text = quantities(text);
    let find = |part: &str| AnswerPhrase::new(part).places(text, tokens, &of_text, PLACES_UP_TO);
    let places = find(answer);
    if !places.is_empty() || !answer.contains([',', ';']) {
        return places;
    }
    let parts = answer.split([',', ';']).filter(|part| part.chars().any(char::is_alphabetic));
    let mut places: Vec<Range<usize>> = parts.flat_map(|part| find(part.trim())).collect();
    places.sort_unstable_by_key(|bytes| bytes.start);
    places.truncate(PLACES_UP_TO);
    places
}

/// The place with most words of an answer that the text has in other words or another order. Words
/// of the query count little: they say nothing about the answer.
fn reworded_place(answer: &str, query: &PassageQuery, tokens: &[Token]) -> Option<Range<usize>> {
    let counts = |stem: &str| if query.weight_of(stem) > 0.0 { 0.1 } else { 1.0 };
    let answer = PassageQuery::new(answer, |stem| if is_common(stem) { 0.0 } else { counts(stem) });
    let passage = best_passage(&answer, tokens, PASSAGE_WORDS).filter(|passage| passage.cover >= LEAST_COVER)?;
    Some(hit_bytes(&passage, tokens))
}

/// The runs of words that the query has, each on one line.
fn query_words(placed: &PlacedText, query: &PassageQuery, tokens: &[Token]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for token in tokens.iter().filter(|token| query.weight_of(&token.stem) > 0.0) {
        let words = placed.words_of(&token.range);
        let starts_line = placed.reading.words.get(words.start).is_some_and(|word| word.starts_line);
        match runs.last_mut() {
            Some(last) if words.start < last.end || words.start == last.end && !starts_line => {
                last.end = last.end.max(words.end);
            }
            _ if words.is_empty() => {}
            _ => runs.push(words),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::AnswerText;
    use crate::evidence::{TextWords, WordFrequencies};
    use crate::reading::{TileReading, WordBox};

    /// A tile with these lines; each letter is 10 pixels wide, each line 20 high.
    fn tile(lines: &[&str]) -> PlacedText {
        let mut words = Vec::new();
        for (line, text) in lines.iter().enumerate() {
            let mut x = 0;
            for (at, word) in text.split(' ').enumerate() {
                let width = 10 * word.chars().count() as u32;
                words.push(WordBox {
                    text: word.into(),
                    x,
                    y: 20 * line as u32,
                    width,
                    height: 16,
                    confidence: 1.0,
                    starts_line: at == 0,
                });
                x += width + 10;
            }
        }
        PlacedText::new(TileReading { words })
    }

    fn find(placed: &PlacedText, query: &str, answer: Option<&str>, model: Option<&str>) -> Vec<(HitKind, String)> {
        let query = PassageQuery::new(query, |stem| if is_common(stem) { 0.0 } else { 1.0 });
        let found = Highlights::find(placed, Sought { query: &query, answer, model_answer: model });
        found.hits.iter().map(|hit| (hit.kind, placed.text_of(&hit.words).replace('\n', " "))).collect()
    }

    #[test]
    fn answers_come_first_then_the_passage_and_other_words() {
        let placed = tile(&["The melting point of salt", "is 801 degrees Celsius."]);
        let found = find(&placed, "At what point does salt melt?", Some("801 degrees celsius"), None);
        let passage = (HitKind::Passage, "melting point of salt".to_owned());
        assert_eq!(found, [(HitKind::Answer, "801 degrees Celsius.".to_owned()), passage]);
    }

    #[test]
    fn answers_tolerate_errors_of_reading_but_not_short_ones() {
        let placed = tile(&["Chrisfiaan Huygens saw", "it in 1656, not in 1655."]);
        let answer = |answer: &str| -> Vec<String> {
            find(&placed, "x", Some(answer), None).into_iter().map(|(_, text)| text).collect()
        };
        assert_eq!(answer("Christiaan Huygens"), ["Chrisfiaan Huygens"]);
        assert_eq!(answer("1655"), ["1655."]);
        assert_eq!(answer("165"), Vec::<String>::new());
        assert_eq!(answer("SAW"), ["saw"]);
        assert_eq!(answer("in"), Vec::<String>::new());
    }

    #[test]
    fn marks_an_answer_only_in_texts_that_have_it() {
        let has = |answer: &str, text: &str| {
            let mut frequencies = WordFrequencies::default();
            frequencies.add(&TextWords::new("other words"));
            AnswerText::new(answer, &frequencies).unwrap().phrase(&TextWords::new(text)).is_some()
        };
        let cases = [
            ("born 14 March 1879", "He was born 14 March 1878 in Ulm", false),
            ("born 14 March 1879", "not born 14 March 1878 but born 14 March 1879", true),
            ("the road is about 297 miles long", "Its length is 478 km.", false),
            ("Titan", "The titans fought.", false),
            ("no", "There is no water.", false),
            ("478 km", "The road is 297 miles long.", true),
        ];
        for (answer, text, expected) in cases {
            let placed = PlacedText::without_boxes(text.into());
            assert_eq!(!answer_places(answer, text, &text_tokens(text)).is_empty(), expected, "{answer}: {text}");
            assert_eq!(has(answer, text), expected, "{answer}: {text}");
            let hits = find(&placed, "x", Some(answer), None);
            assert_eq!(hits.iter().any(|(kind, _)| *kind == HitKind::Answer), expected, "{answer}: {text}");
        }
    }

    #[test]
    fn quantities_in_another_unit_are_the_answer_too() {
        let placed = tile(&["The road is 478 km long."]);
        assert_eq!(find(&placed, "x", Some("297 miles"), None), [(HitKind::Answer, "478 km".to_owned())]);
    }

    #[test]
    fn parts_of_an_answer_are_found_and_near_ones_come_first() {
        let filler = ["a b c d e f g h i j"; 8];
        let mut lines = vec!["Christiaan Huygens"];
        lines.extend(filler);
        lines.extend(["On 25 March 1655 he discovered", "the big moon Titan."]);
        let found = find(&tile(&lines), "Who discovered Titan?", Some("Christiaan Huygens, 25 March 1655"), None);
        let answer = |text: &str| (HitKind::Answer, text.to_owned());
        assert_eq!(found[..2], [answer("25 March 1655"), answer("Christiaan Huygens")]);
        let titled =
            tile(&["Christiaan Huygens", "lived in The Hague.", "Huygens, Christiaan Huygens,", "made the clock"]);
        let query = PassageQuery::new("clock made", |_| 1.0);
        let sought = Sought { query: &query, answer: Some("Christiaan Huygens"), model_answer: None };
        let first = Highlights::find(&titled, sought).hits[0].lines[0];
        assert_eq!(first.y, 40, "not the one in the title");
    }

    #[test]
    fn a_model_may_use_other_words() {
        let placed = tile(&["Ships wait for high", "tide to enter the harbour."]);
        let found = find(&placed, "x", None, Some("They enter the harbour when the tide is high."));
        assert_eq!(found, [(HitKind::ModelAnswer, "high tide to enter the harbour.".to_owned())]);
        assert_eq!(find(&placed, "x", None, Some("Ships are repainted in winter")), []);
        let both = find(&placed, "x", Some("harbour"), Some("harbour"));
        assert_eq!(both, [(HitKind::Answer, "harbour.".to_owned())]);
    }

    #[test]
    fn query_words_are_marked_line_by_line() {
        let filler = ["a b c d e f g h i j"; 8];
        let mut lines = vec!["salt", "melts now"];
        lines.extend(filler);
        lines.push("Pure salt melts");
        let placed = tile(&lines);
        let query = PassageQuery::new("salt melting", |_| 1.0);
        let found = Highlights::find(&placed, Sought { query: &query, answer: None, model_answer: None });
        let boxes: Vec<(u32, u32)> = found.query_words.iter().map(|line| (line.y, line.width)).collect();
        assert_eq!(boxes, [(0, 40), (20, 50), (200, 100)]);
        assert_eq!(found.hits.len(), 2, "{:?}", found.hits);
        assert_eq!(found.cover, 1.0);
    }

    #[test]
    fn texts_without_boxes_have_a_passage_all_the_same() {
        let placed = PlacedText::without_boxes("Pure salt melts at 801 °C.".into());
        let query = PassageQuery::new("salt", |_| 1.0);
        let found = Highlights::find(&placed, Sought { query: &query, answer: Some("801 °C"), model_answer: None });
        assert_eq!(found.snippet.unwrap().text, "Pure salt melts at 801 °C.");
        assert!(found.hits.iter().all(|hit| hit.lines.is_empty()));
    }

    #[test]
    fn the_words_around_an_answer_stand_in_for_a_passage() {
        let placed = tile(&["Соль плавится при", "801 °C и кипит."]);
        let query = PassageQuery::new("melting point", |_| 1.0);
        let found = Highlights::find(&placed, Sought { query: &query, answer: Some("801 °C"), model_answer: None });
        let snippet = found.snippet.unwrap();
        assert_eq!(snippet.text, "Соль плавится при 801 °C и кипит.");
        assert_eq!(&snippet.text[snippet.hits[0].clone()], "801");
        assert_eq!(found.cover, 0.0);
    }
}
