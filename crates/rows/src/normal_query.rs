//! The words of a query, and its normal form. Queries with equal words are the same to a reader,
//! whatever their case, punctuation and spaces.
//!
//! Reads texts only. Another module decides how near two different queries are.

use std::ops::Range;

/// Returns the normal form of a query: its words with a space between them. Queries with one normal
/// form are the same to a reader.
///
/// Exports name queries by this form (`query_group`), with the same names in every version. So the
/// characters that separate words are listed here and do not follow the tables of a crate. The
/// words of UAX #29 (`unicode-segmentation`) are different: `C++` would be `C`, `3.5` one word, and
/// each Chinese letter a word.
pub fn normal_query(query: &str) -> String {
    let mut normal = String::with_capacity(query.len());
    write_normal(query, &mut normal);
    normal
}

/// Writes the [`normal_query`] over the content of `normal`.
pub(crate) fn write_normal(query: &str, normal: &mut String) {
    normal.clear();
    let mut separated = false;
    for letter in query.chars().map(narrow) {
        if separates_words(letter) {
            separated = !normal.is_empty();
            continue;
        }
        if std::mem::take(&mut separated) {
            normal.push(' ');
        }
        match ASCII_FOLDED.get(letter as usize) {
            Some(folded) => normal.push(char::from(*folded)),
            None => normal.extend(letter.to_lowercase()),
        }
    }
}

/// Returns the words of a text with their byte ranges, by the rules of queries with two exceptions.
/// Korean and the scripts without spaces are separated from other characters, since texts differ in
/// whether `DNS에` has a space. In a run without spaces each pair of neighbouring letters is a word.
pub fn words_with_ranges(text: &str) -> impl Iterator<Item = (String, Range<usize>)> + '_ {
    word_ranges(text).flat_map(|range| split_scripts(text, range)).flat_map(|range| {
        let run = &text[range.clone()];
        let letters: Vec<usize> = run.char_indices().map(|(at, _)| range.start + at).chain([range.end]).collect();
        let width = if letters.len() > 3 && run.chars().any(spaceless) { 3 } else { letters.len() };
        let ends: Vec<_> = letters.windows(width).map(|window| window[0]..window[width - 1]).collect();
        ends.into_iter().map(|range| (lower_case(&text[range.clone()]), range))
    })
}

/// Splits a word where the kind of script changes.
fn split_scripts(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let kind = |letter: char| match letter {
        '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7a3}' => 1,
        letter if spaceless(letter) => 2,
        _ => 0,
    };
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut last = None;
    for (at, letter) in text[range.clone()].char_indices() {
        let (from, to) = (range.start + at, range.start + at + letter.len_utf8());
        match parts.last_mut().filter(|_| last == Some(kind(letter))) {
            Some(part) => part.end = to,
            None => parts.push(from..to),
        }
        last = Some(kind(letter));
    }
    parts
}

/// The bytes of each word. Characters that can be part of a name stay (`C++`, `C#`, `50%`,
/// `mod_filter`); punctuation separates words.
fn word_ranges(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let parts = text.split(|letter| separates_words(narrow(letter)));
    parts.filter(|word| !word.is_empty()).map(|word| {
        let from = word.as_ptr() as usize - text.as_ptr() as usize;
        from..from + word.len()
    })
}

fn lower_case(word: &str) -> String {
    word.chars().map(narrow).flat_map(char::to_lowercase).collect()
}

fn narrow(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        _ => letter,
    }
}

/// Each ASCII letter in lower case; a space for a character that separates words.
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

/// Whether a letter is a space or punctuation. The Unicode ranges are General Punctuation, CJK
/// Symbols and Punctuation, and the common punctuation of Latin, Greek, Arabic and Devanagari.
fn separates_words(letter: char) -> bool {
    // Most letters of most queries are ASCII, and every query of a set is read.
    if let Some(folded) = ASCII_FOLDED.get(letter as usize) {
        return *folded == b' ';
    }
    letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{3004}' | '\u{3008}'..='\u{3020}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff5f}'..='\u{ff65}')
        || matches!(letter, '¡' | '«' | '·' | '»' | '¿' | '\u{37e}' | '\u{387}' | '،' | '؛' | '؟' | '।' | '॥' | '・')
}

/// Whether a letter belongs to a script that puts no spaces between words.
pub fn spaceless(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{eff}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Calls `each` with the units of a word of a normal form: the word, or, in scripts that put no
/// spaces between words, each pair of neighbouring letters.
pub fn units<'w>(word: &'w str, mut each: impl FnMut(&'w str)) {
    if word.is_ascii() || !word.chars().any(spaceless) {
        return each(word);
    }
    let mut starts: Vec<usize> = word.char_indices().map(|(at, _)| at).collect();
    if starts.len() == 1 {
        return each(word);
    }
    starts.push(word.len());
    starts.windows(3).for_each(|pair| each(&word[pair[0]..pair[2]]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_form_joins_the_words_with_spaces() {
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
            let words: Vec<String> = word_ranges(query).map(|range| lower_case(&query[range])).collect();
            assert_eq!(normal_query(query), words.join(" "), "{query}");
        }
    }

    #[track_caller]
    fn same(a: &str, b: &str, expected: bool) {
        assert_eq!(normal_query(a) == normal_query(b), expected, "{a} / {b}");
    }

    #[test]
    fn same_query_ignores_case_punctuation_and_spaces() {
        same("What is the event loop?", "  what is   THE event-loop ", true);
        same("What’s “salt”?", "what s salt", true);
        same("¿Qué es el núcleo?", "qué es el NÚCLEO", true);
        same("ｗｈａｔ　ｉｓ　Ａ１？", "What is A1", true);
        same("塩とは何ですか。", "塩とは何ですか", true);
        same("ما هي الدالة؟", "ما هي الدالة", true);
    }

    #[test]
    fn characters_of_names_distinguish_queries() {
        same("What is C++?", "What is C?", false);
        same("What is C#?", "What is C?", false);
        same("mod_filter", "mod filter", false);
        same("version 3.5", "version 35", false);
        same("Straße", "Strasse", false);
    }

    #[test]
    fn words_come_with_their_ranges() {
        let text = " «Ä» ＡＢ, 塩化物の";
        let found: Vec<_> = words_with_ranges(text).map(|(word, range)| (word, text[range].to_owned())).collect();
        let expected = [("ä", "Ä"), ("ab", "ＡＢ"), ("塩化", "塩化"), ("化物", "化物"), ("物の", "物の")];
        assert_eq!(found, expected.map(|(word, spelled)| (word.to_owned(), spelled.to_owned())));
        let words = |text: &str| words_with_ranges(text).map(|(word, _)| word).collect::<Vec<_>>();
        assert_eq!(words("DNS에 2020年に"), words("dns 에 2020 年に"));
        assert_eq!(words("塩"), ["塩"]);
    }
}
