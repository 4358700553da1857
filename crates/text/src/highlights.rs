//! The places of a tile's text that matter for a query: the answer, what a model read, the passage
//! that covers the query best, and the query's words.

use std::ops::Range;

use crate::answer::AnswerPhrase;
use crate::copied::copied_places;
use crate::evidence::is_common_word as is_common;
use crate::forms::in_words_of;
use crate::passage::{NearPlace, PASSAGE_WORDS, Passage, PassageQuery, best_passage};
use crate::passage_box::{PixelBox, PlacedText};
use crate::quantity::quantities;
use crate::snippet::Snippet;
use crate::tokens::{Token, text_tokens};

/// The most places of one answer that are marked, the most telling ones.
const PLACES_UP_TO: usize = 20;
/// The most places of one answer among which these are chosen.
const PLACES_FOUND: usize = 60;
/// The share of the best passage's cover that the words of the query near an answer need, so that
/// both are together there.
const TOGETHER: f32 = 0.5;
/// The cover of a passage that says more than an answer without words of the query near it.
const TELLING: f32 = 0.5;
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
    /// The answers that models gave from the tile, or the words that they copied from it.
    pub model_answers: &'a [&'a str],
}

/// The lines of a tile to read first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadFirst {
    /// All of them.
    pub lines: PixelBox,
    /// Those to show if there is no room for all.
    pub most: PixelBox,
}

impl From<PixelBox> for ReadFirst {
    fn from(lines: PixelBox) -> Self {
        Self { lines, most: lines }
    }
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
    /// The lines where the answer and the query's words are together; else the passage and, if
    /// there is room, the answer; else the answer. `None` if the text has neither, or if places are
    /// not known.
    pub read_first: Option<ReadFirst>,
}

impl Highlights {
    /// Finds the places in a text.
    pub fn find(placed: &PlacedText, sought: Sought<'_>) -> Self {
        let text = &placed.text;
        let tokens = text_tokens(text);
        // Answers are found by plain stems, as signals find them.
        let inflected = in_words_of(sought.query, text, &tokens);
        let mut found = Self::default();
        let mut add = |kind: HitKind, bytes: &Range<usize>| {
            let words = placed.words_of(bytes);
            let lines = placed.lines_of(&words);
            found.hits.push(Hit { kind, words, lines });
        };
        // An answer that is often on the tile is most telling where the query's words are.
        let with_query = |places: Vec<Range<usize>>| {
            let near = |bytes: Range<usize>| {
                let place = NearPlace::find(sought.query, &inflected, touching(&bytes, &tokens), PASSAGE_WORDS);
                (bytes, place)
            };
            let mut places: Vec<(Range<usize>, NearPlace)> = places.into_iter().map(near).collect();
            places.sort_by(|a, b| a.1.before(&b.1));
            places.truncate(PLACES_UP_TO);
            places
        };
        let answers = sought.answer.map(|answer| answer_places(answer, text, &tokens));
        let answers = with_query(answers.unwrap_or_default());
        answers.iter().for_each(|(bytes, _)| add(HitKind::Answer, bytes));
        // The row's own answer is marked already.
        let of_models =
            sought.model_answers.iter().filter(|model| sought.answer.is_none_or(|answer| answer != **model));
        let mut of_model: Vec<(Range<usize>, NearPlace)> = Vec::new();
        for places in of_models.map(|answer| with_query(model_places(answer, text, sought.query, &tokens))) {
            // Models that copy the same words have one place.
            let new = places.into_iter().filter(|(bytes, _)| of_model.iter().all(|(known, _)| known != bytes));
            let new: Vec<_> = new.collect();
            of_model.extend(new);
        }
        of_model.iter().for_each(|(bytes, _)| add(HitKind::ModelAnswer, bytes));
        let best = best_passage(sought.query, &inflected, PASSAGE_WORDS);
        let answer = answers.into_iter().chain(of_model).next();
        let cover = best.as_ref().map_or(0.0, |best| best.cover);
        let together = answer.as_ref().map(|(_, near)| near);
        let together = together.filter(|near| near.passage.cover > 0.0 && near.passage.cover >= TOGETHER * cover);
        let passage = together.map(|near| near.passage.clone()).or(best);
        let lines_of = |bytes: &Range<usize>| placed.box_of(&placed.words_of(bytes));
        let answer_box = answer.as_ref().and_then(|(bytes, _)| lines_of(bytes));
        if let Some(passage) = &passage {
            found.snippet = Some(Snippet::of_passage(text, &tokens, passage));
            found.cover = passage.cover;
            let words = placed.words_of(&hit_bytes(passage, &tokens));
            let lines = placed.lines_of(&words);
            if cover >= TELLING || answer_box.is_none() {
                // Of a passage in several columns, the first block.
                let with_answer = |block: PixelBox| answer_box.map_or(block, |answer| block.union(answer));
                let first = PixelBox::blocks(&lines).first().copied();
                found.read_first = first.map(|most| ReadFirst { lines: with_answer(most), most });
            }
            found.hits.push(Hit { kind: HitKind::Passage, words, lines });
        } else if let Some((bytes, _)) = &answer {
            found.snippet = Some(Snippet::of_passage(text, &tokens, &around(bytes, &tokens)));
        }
        if let (Some(near), Some(most)) = (together, answer_box) {
            let all = lines_of(&bytes_of(&near.together, &tokens)).unwrap_or(most);
            found.read_first = Some(ReadFirst { lines: all, most });
        }
        found.read_first = found.read_first.or(answer_box.map(ReadFirst::from));
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

/// The tokens that have any of these bytes.
fn touching(bytes: &Range<usize>, tokens: &[Token]) -> Range<usize> {
    let from = tokens.partition_point(|token| token.range.end <= bytes.start);
    let to = tokens.partition_point(|token| token.range.start < bytes.end);
    from..to.max(from)
}

/// The bytes from the first to the last of these tokens.
fn bytes_of(at: &Range<usize>, tokens: &[Token]) -> Range<usize> {
    match tokens.get(at.clone()) {
        Some([first, .., last]) => first.range.start..last.range.end,
        Some([only]) => only.range.clone(),
        Some([]) | None => 0..0,
    }
}

/// The words around a place, which are its hits.
fn around(bytes: &Range<usize>, tokens: &[Token]) -> Passage {
    let hits = touching(bytes, tokens);
    let first = hits.start.saturating_sub(PASSAGE_WORDS / 4);
    Passage { cover: 0.0, tokens: first..(first + PASSAGE_WORDS).min(tokens.len()), hits: hits.collect() }
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
    let find = |part: &str| AnswerPhrase::new(part).places(text, tokens, &of_text, PLACES_FOUND);
    let places = find(answer);
    if !places.is_empty() || !answer.contains([',', ';']) {
        return places;
    }
    let parts = answer.split([',', ';']).filter(|part| part.chars().any(char::is_alphabetic));
    let mut places: Vec<Range<usize>> = parts.flat_map(|part| find(part.trim())).collect();
    places.sort_unstable_by_key(|bytes| bytes.start);
    places.truncate(PLACES_FOUND);
    places
}

/// The places of a model's answer: its words, its parts between ellipses as the check of evidence
/// finds them, or the place with most of its words.
fn model_places(answer: &str, text: &str, query: &PassageQuery, tokens: &[Token]) -> Vec<Range<usize>> {
    let places = answer_places(answer, text, tokens);
    match places.is_empty().then(|| copied_places(answer, text)) {
        None => places,
        Some(Some(parts)) => parts,
        Some(None) => reworded_place(answer, query, tokens).into_iter().collect(),
    }
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
        let found = Highlights::find(placed, Sought { query: &query, answer, model_answers: model.as_slice() });
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
        let sought = Sought { query: &query, answer: Some("Christiaan Huygens"), model_answers: &[] };
        let first = Highlights::find(&titled, sought).hits[0].lines[0];
        assert_eq!(first.y, 40, "not the one in the title");
    }

    /// The heights of the lines to read first, and of those that matter most.
    fn read_first(lines: &[&str], query: &str, answer: &str) -> Option<[u32; 3]> {
        let query = PassageQuery::for_reading(query, |_| 1.0);
        let found = Highlights::find(&tile(lines), Sought { query: &query, answer: Some(answer), model_answers: &[] });
        found.read_first.map(|first| [first.lines.y, first.lines.y + first.lines.height, first.most.y])
    }

    #[test]
    fn a_tile_is_read_first_where_answer_and_query_are_together() {
        let filler = ["a b c d e f g h i j"; 12];
        let mut lines = vec!["Christiaan Huygens", "The moon Titan and who saw it"];
        lines.extend(filler);
        lines.extend(["The moon Titan was discovered in 1655", "by the astronomer Christiaan Huygens."]);
        let query = "Who discovered the moon Titan?";
        assert_eq!(read_first(&lines, query, "Christiaan Huygens"), Some([280, 316, 300]), "not at the title");
        // The name alone says less than the passage; it is read, too, where there is room.
        let mut lines = vec!["Christiaan Huygens"];
        lines.extend(filler);
        lines.push("The moon Titan was discovered early");
        assert_eq!(read_first(&lines, query, "Christiaan Huygens"), Some([0, 276, 260]));
        assert_eq!(read_first(&lines, "What is a saros?", "Christiaan Huygens"), Some([0, 16, 0]));
        assert_eq!(read_first(&lines, "What is a saros?", "Fermi"), None);
    }

    #[test]
    fn the_passage_is_where_the_answer_is() {
        let filler = ["a b c d e f g h i j"; 12];
        let mut lines = vec!["Salt melts and salt boils"];
        lines.extend(filler);
        lines.push("Pure salt melts at 801 degrees");
        let query = PassageQuery::for_reading("At how many degrees does salt melt and boil?", |_| 1.0);
        let found = Highlights::find(&tile(&lines), Sought { query: &query, answer: Some("801"), model_answers: &[] });
        assert!(found.snippet.unwrap().text.contains("melts at 801"));
    }

    #[test]
    fn words_of_an_english_query_are_found_in_other_numbers() {
        let found = find(&tile(&["The name of the rose", "and other tales"]), "names", None, None);
        assert_eq!(found, [(HitKind::Passage, "name".to_owned())]);
        assert_eq!(find(&tile(&["Its names"]), "name", None, None), [(HitKind::Passage, "names".to_owned())]);
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
    fn the_words_of_every_model_are_marked() {
        let placed = tile(&["The mine was opened in 1821", "by order of the king", "and closed in 1907."]);
        let query = PassageQuery::new("x", |_| 1.0);
        let copied = ["opened in 1821", "the mine was opened … closed in 1907", "opened in 1821", "never on it at all"];
        let found = Highlights::find(&placed, Sought { query: &query, answer: None, model_answers: &copied });
        let marked: Vec<String> = found.hits.iter().map(|hit| placed.text_of(&hit.words).replace("\n", " ")).collect();
        assert_eq!(marked, ["opened in 1821", "The mine was opened", "closed in 1907."]);
        assert!(found.hits.iter().all(|hit| hit.kind == HitKind::ModelAnswer));
    }

    #[test]
    fn query_words_are_marked_line_by_line() {
        let filler = ["a b c d e f g h i j"; 8];
        let mut lines = vec!["salt", "melts now"];
        lines.extend(filler);
        lines.push("Pure salt melts");
        let placed = tile(&lines);
        let query = PassageQuery::new("salt melting", |_| 1.0);
        let found = Highlights::find(&placed, Sought { query: &query, answer: None, model_answers: &[] });
        let boxes: Vec<(u32, u32)> = found.query_words.iter().map(|line| (line.y, line.width)).collect();
        assert_eq!(boxes, [(0, 40), (20, 50), (200, 100)]);
        assert_eq!(found.hits.len(), 2, "{:?}", found.hits);
        assert_eq!(found.cover, 1.0);
    }

    #[test]
    fn texts_without_boxes_have_a_passage_all_the_same() {
        let placed = PlacedText::without_boxes("Pure salt melts at 801 °C.".into());
        let query = PassageQuery::new("salt", |_| 1.0);
        let found = Highlights::find(&placed, Sought { query: &query, answer: Some("801 °C"), model_answers: &[] });
        assert_eq!(found.snippet.unwrap().text, "Pure salt melts at 801 °C.");
        assert!(found.hits.iter().all(|hit| hit.lines.is_empty()));
    }

    #[test]
    fn the_words_around_an_answer_stand_in_for_a_passage() {
        let placed = tile(&["Соль плавится при", "801 °C и кипит."]);
        let query = PassageQuery::new("melting point", |_| 1.0);
        let found = Highlights::find(&placed, Sought { query: &query, answer: Some("801 °C"), model_answers: &[] });
        let snippet = found.snippet.unwrap();
        assert_eq!(snippet.text, "Соль плавится при 801 °C и кипит.");
        assert_eq!(&snippet.text[snippet.hits[0].clone()], "801");
        assert_eq!(found.cover, 0.0);
    }
}
