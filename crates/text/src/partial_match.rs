//! Tolerant search: the part of a text that is most like a short one, so that an answer is found in
//! spite of errors of reading.

use std::ops::Range;

/// The part of a text that is most like a needle.
#[derive(Clone, Debug, PartialEq)]
pub struct PartialMatch {
    /// The likeness, 0 to 1: one minus the edits (insertions, deletions and replacements) as a
    /// share of the needle's letters.
    pub ratio: f32,
    /// Its bytes in the text.
    pub range: Range<usize>,
}

/// Finds the part of `text` that is most like `needle`, ignoring case, spaces and punctuation; the
/// first of several. `None` if it is less alike than `least`, or the needle has no letter or digit.
///
/// Approximate search by dynamic programming over the needle (Sellers, “The Theory and Computation
/// of Evolutionary Distances”, J. Algorithms 1, 1980): needle × text steps.
pub fn partial_match(needle: &str, text: &str, least: f32) -> Option<PartialMatch> {
    let needle: Vec<char> = letters(needle).map(|(letter, _)| letter).collect();
    let edits_up_to = ((1.0 - least).max(0.0) * needle.len() as f32 + 1e-4) as usize;
    if needle.is_empty() || edits_up_to >= needle.len() {
        return None;
    }
    // One column of the table: the edits that turn the first n letters of the needle into a part of
    // the text that ends here, and the byte at which that part begins.
    let mut column: Vec<(usize, usize)> = (0..=needle.len()).map(|edits| (edits, 0)).collect();
    let mut best: Option<(usize, Range<usize>)> = None;
    for (letter, range) in letters(text) {
        let mut diagonal = std::mem::replace(&mut column[0], (0, range.start));
        diagonal.1 = range.start;
        for (at, expected) in needle.iter().enumerate() {
            let replaced = (diagonal.0 + usize::from(*expected != letter), diagonal.1);
            let inserted = (column[at + 1].0 + 1, column[at + 1].1);
            let left_out = (column[at].0 + 1, column[at].1);
            diagonal = column[at + 1];
            column[at + 1] =
                [replaced, inserted, left_out].into_iter().min_by_key(|(edits, _)| *edits).unwrap_or(replaced);
        }
        let (edits, from) = column[needle.len()];
        if edits <= best.as_ref().map_or(edits_up_to, |(least, _)| least.saturating_sub(1))
            && best.as_ref().is_none_or(|(least, _)| edits < *least)
        {
            best = Some((edits, from..range.end));
        }
    }
    best.map(|(edits, range)| PartialMatch { ratio: 1.0 - edits as f32 / needle.len() as f32, range })
}

/// The letters and digits of a text in lower case, each with its bytes.
fn letters(text: &str) -> impl Iterator<Item = (char, Range<usize>)> + '_ {
    text.char_indices()
        .filter(|(_, letter)| letter.is_alphanumeric())
        .flat_map(|(at, letter)| letter.to_lowercase().map(move |lower| (lower, at..at + letter.len_utf8())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find<'t>(needle: &str, text: &'t str, least: f32) -> Option<(f32, &'t str)> {
        partial_match(needle, text, least).map(|found| (found.ratio, &text[found.range]))
    }

    #[test]
    fn finds_answers_in_spite_of_reading_errors() {
        assert_eq!(find("Nullarbor Plain", "on the NullarborPlain, in", 0.9), Some((1.0, "NullarborPlain")));
        let (ratio, part) = find("Christiaan Huygens", "the Dutchman Chrisfiaan Huygcns had", 0.8).unwrap();
        assert_eq!(part, "Chrisfiaan Huygcns");
        assert!((ratio - 15.0 / 17.0).abs() < 1e-5);
        assert_eq!(find("Christiaan Huygens", "the Dutchman Chrisfiaan Huygcns had", 0.9), None);
    }

    #[test]
    fn bytes_are_those_of_the_text() {
        assert_eq!(find("Çanakkale", "Die ÇANAKKALE-Brücke", 0.9), Some((1.0, "ÇANAKKALE")));
        assert_eq!(find("明石海峡", "日本の明石海 峡大橋", 1.0), Some((1.0, "明石海 峡")));
    }

    #[test]
    fn nothing_is_found_for_nothing() {
        assert_eq!(find("", "text", 0.5), None);
        assert_eq!(find("?!", "text", 0.5), None);
        assert_eq!(find("abc", "", 0.5), None);
        assert_eq!(find("abc", "xyz", 0.0), None, "an empty part is like nothing");
    }
}
