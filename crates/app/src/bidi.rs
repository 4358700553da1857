//! Arabic, Hebrew and other right-to-left scripts in their reading order. The toolkit shapes each
//! word correctly, from right to left, but orders the words of a line from left to right. So lines
//! are broken here, and their words put in visual order (Unicode Standard Annex 9). Text without
//! such scripts is unchanged.

use std::borrow::Cow;

use unicode_bidi::{BidiClass, BidiInfo, bidi_class};

/// Returns the text as it is drawn. `fits` decides whether a line in logical order is short enough;
/// text without right-to-left scripts is left to the toolkit's own line breaking.
pub(crate) fn for_display<'t>(text: &'t str, fits: impl Fn(&str) -> bool) -> Cow<'t, str> {
    if !text.chars().any(is_right_to_left) {
        return Cow::Borrowed(text);
    }
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if line.is_empty() || fits(&longer) {
                line = longer;
            } else {
                lines.push(visual(&line));
                line = word.to_owned();
            }
        }
        lines.push(visual(&line));
    }
    Cow::Owned(lines.join("\n"))
}

/// Returns one line of the text as it is drawn where there is little room. Text that begins with a
/// right-to-left script is cut at its own end, which is on the left; all other text is left to the
/// toolkit, which cuts on the right.
pub(crate) fn elided<'t>(text: &'t str, fits: impl Fn(&str) -> bool) -> Cow<'t, str> {
    let first = text.chars().find(|c| c.is_alphabetic());
    if !first.is_some_and(is_right_to_left) {
        return for_display(text, |_| true);
    }
    let whole = visual(text);
    if fits(&whole) {
        return Cow::Owned(whole);
    }
    let ends: Vec<usize> = text.char_indices().filter(|(_, c)| *c == ' ').map(|(at, _)| at).collect();
    // The longest beginning that fits; more words are always wider.
    let shown = |end: usize| format!("…{}", visual(&text[..end]));
    let words = ends.partition_point(|end| fits(&shown(*end)));
    Cow::Owned(words.checked_sub(1).map_or(whole, |last| shown(ends[last])))
}

fn is_right_to_left(c: char) -> bool {
    // The first right-to-left letter is U+0590: this check alone rules out most text.
    c >= '\u{590}' && matches!(bidi_class(c), BidiClass::R | BidiClass::AL)
}

/// Returns one line in visual order: the runs as the algorithm orders them, and within a
/// right-to-left run the last word first.
fn visual(line: &str) -> String {
    let info = BidiInfo::new(line, None);
    let mut out = String::with_capacity(line.len());
    for paragraph in &info.paragraphs {
        let (levels, runs) = info.visual_runs(paragraph, paragraph.range.clone());
        for run in runs {
            let text = &line[run.clone()];
            if levels[run.start].is_rtl() { backwards(text, &mut out) } else { out.push_str(text) }
        }
    }
    out
}

/// Reverses the order of words. The shaper turns the letters of a word with the marks on them. All
/// other signs at the ends of a word may come from another font, which is set from left to right,
/// so they change sides here.
fn backwards(run: &str, out: &mut String) {
    for (at, word) in run.split(' ').rev().enumerate() {
        if at > 0 {
            out.push(' ');
        }
        let sign = |c: char| !matches!(bidi_class(c), BidiClass::R | BidiClass::AL | BidiClass::NSM);
        let core = word.trim_start_matches(sign);
        let before = &word[..word.len() - core.len()];
        let letters = core.trim_end_matches(sign);
        let after = &core[letters.len()..];
        out.extend(after.chars().rev().map(mirrored));
        out.push_str(letters);
        out.extend(before.chars().rev().map(mirrored));
    }
}

fn mirrored(c: char) -> char {
    match c {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '{' => '}',
        '}' => '{',
        '<' => '>',
        '>' => '<',
        '«' => '»',
        '»' => '«',
        '‹' => '›',
        '›' => '‹',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(for_display(text, |_| true), expected);
    }

    #[test]
    fn other_scripts_pass_untouched() {
        assert!(matches!(for_display("Où, 가상, Ελλάδα?", |_| false), Cow::Borrowed(_)));
    }

    #[test]
    fn words_stand_from_right_to_left() {
        check("מהי בירת צרפת?", "?צרפת בירת מהי");
        check("ما هي عاصمة فرنسا؟", "فرنسا؟ عاصمة هي ما");
        check("«كم الثمن؟»", "«الثمن؟ كم»");
    }

    #[test]
    fn numbers_latin_words_and_brackets_keep_their_sense() {
        check("שנת 1889 (פריז)", "(פריז) 1889 שנת");
        check("What is שלום עולם?", "What is עולם שלום?");
    }

    #[test]
    fn a_cut_takes_the_end_of_the_text_whichever_side_that_is_on() {
        let short = |text: &str| text.chars().count() <= 11;
        assert_eq!(elided("אחת שתיים שלוש", short), "…שתיים אחת");
        assert_eq!(elided("אחת", short), "אחת");
        assert_eq!(elided("one two three four", short), "one two three four");
    }

    #[test]
    fn lines_are_broken_in_reading_order() {
        assert_eq!(for_display("אחת שתיים שלוש", |line| line.chars().count() <= 9), "שתיים אחת\nשלוש");
    }
}
