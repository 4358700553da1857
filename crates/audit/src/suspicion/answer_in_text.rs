//! The text of a negative contains the row's answer: then the negative very likely answers the
//! query, too. An answer of at least six letters may differ in a tenth of them, since texts that
//! were read from pictures have errors, and a quantity may be in another unit. If the positive's
//! text does not contain it, the positive is a little suspect.
//!
//! Strength on a negative is length · rarity. Length is letters / 12, up to 1: a longer answer
//! hardly occurs anywhere by chance (a letter of a script without spaces counts for three). Rarity
//! is ln((N + 1) / n) / ln(N + 1), where n of the set's N texts contain the answer: 1 for one text,
//! 0 for all of them. This is the idf of a phrase, scaled by its maximum (Manning, Raghavan &
//! Schütze, "Introduction to Information Retrieval", 2008, 6.2). Answers of fewer than three
//! letters and a mere yes or no are ignored; so is a strength below 0.05.
//!
//! Strength on the positive is 0.4 times the share of rows whose positive's text contains the
//! answer; there is no finding if that is fewer than half of them: if answers are in a reader's own
//! words, they are usually not in the text.

use tilejury_data::{Dataset, SampleIndex, TilePath, TileSlot};
use tilejury_rows::spaceless;

use super::evidence::Evidence;
use super::external_evidence::{ExternalEvidence, shortened};
use super::{Finding, Signal};
use crate::external::{AnswersInTexts, ExternalSignals, RowAnswer};

const FULL_AT_LETTERS: f32 = 12.0;
const LETTERS_AT_LEAST: u32 = 3;
const STRENGTH_AT_LEAST: f32 = 0.05;
const ABSENT: f32 = 0.4;
/// Answers that occur in any text by chance, in the languages of most such sets.
const TOO_COMMON: [&str; 18] = [
    "yes", "no", "true", "false", "none", "null", "unknown", "both", "never", "always", "the", "and", "ja", "nein",
    "oui", "non", "sí", "tak",
];

/// Returns the share of rows, 0 to 1, whose positive's text contains their answer, among those of
/// which both are known.
pub(super) fn share_in_positives(answers: &AnswersInTexts) -> f32 {
    let known = || answers.rows.values().filter(|row| row.positive_has_text && letters(row) >= LETTERS_AT_LEAST);
    known().filter(|row| is_in_positive(row)).count() as f32 / known().count().max(1) as f32
}

pub(super) fn find(
    dataset: &Dataset,
    external: &ExternalSignals,
    usual: f32,
    sample: SampleIndex,
    out: &mut Vec<Finding>,
) {
    let answers = &external.answers;
    let Some(answer) = answers.rows.get(&sample) else { return };
    let Ok(row) = dataset.row(sample) else { return };
    if letters(answer) < LETTERS_AT_LEAST {
        return;
    }
    let mut push = |tile: TileSlot, strength: f32, evidence: ExternalEvidence| {
        let evidence = Evidence::External(evidence);
        out.push(Finding { sample, tile: Some(tile), signal: Signal::AnswerInText, strength, evidence });
    };
    let compared = external.comparisons.rows.get(&sample);
    let nearly_in_positive = compared.is_some_and(|row| row.positive_has_answer == Some(true));
    if answer.positive_has_text && !is_in_positive(answer) && !nearly_in_positive && usual >= 0.5 {
        let answer = shortened(row.answer.as_deref().unwrap_or_default());
        push(TileSlot::POSITIVE, ABSENT * usual, ExternalEvidence::AnswerNotInText { answer });
    }
    let strength = strength(letters(answer), answer.in_texts, answers.texts);
    if strength < STRENGTH_AT_LEAST {
        return;
    }
    let positive = TilePath::new(&row.positive);
    for (tile, path) in TileSlot::first(row.negatives.len() + 1).skip(1).zip(&row.negatives) {
        let mention = answer.mentions.iter().find(|mention| mention.tile == tile).map(|mention| &mention.quote);
        let nearly = || compared?.of_tile(tile)?.answer_phrase.as_ref();
        let Some(quote) = mention.or_else(nearly) else { continue };
        if TilePath::new(path) != positive {
            let (quote, in_texts, texts) = (quote.clone(), answer.in_texts, answers.texts);
            push(tile, strength, ExternalEvidence::AnswerInText { quote, in_texts, texts });
        }
    }
}

fn is_in_positive(answer: &RowAnswer) -> bool {
    answer.mentions.iter().any(|mention| mention.tile.is_positive())
}

/// Returns the number of letters and digits of an answer; none if it is too common to count in any
/// text.
fn letters(answer: &RowAnswer) -> u32 {
    if let [word] = &*answer.words
        && TOO_COMMON.contains(&word.as_str())
    {
        return 0;
    }
    let letters = answer.words.iter().flat_map(|word| word.chars()).filter(|letter| letter.is_alphanumeric());
    letters.map(|letter| if spaceless(letter) { 3 } else { 1 }).sum()
}

fn strength(letters: u32, in_texts: u32, texts: u32) -> f32 {
    let all = (texts.max(1) + 1) as f32;
    let rarity = (all / in_texts.max(1) as f32).ln() / all.ln();
    (letters as f32 / FULL_AT_LETTERS).min(1.0) * rarity.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(words: &[&str]) -> RowAnswer {
        RowAnswer { words: words.iter().map(|word| (*word).to_owned()).collect(), ..RowAnswer::default() }
    }

    #[test]
    fn long_and_rare_answers_are_stronger() {
        assert_eq!(strength(40, 1, 200), 1.0);
        assert!((0.85..0.9).contains(&strength(40, 2, 200)));
        assert!(strength(40, 200, 200) < 0.01);
        assert!((strength(4, 1, 200) - 1.0 / 3.0).abs() < 1e-6);
        assert!(strength(40, 2, 2) > 0.3, "two texts are a set too");
        assert!(strength(0, 0, 0) == 0.0);
    }

    #[test]
    fn short_and_common_answers_have_no_letters() {
        assert_eq!(letters(&answer(&["yes"])), 0);
        assert!(letters(&answer(&["7"])) < LETTERS_AT_LEAST);
        assert_eq!(letters(&answer(&["256"])), 3);
        assert_eq!(letters(&answer(&["yes", "indeed"])), 9);
        assert_eq!(letters(&answer(&["塩化"])), 6);
    }
}
