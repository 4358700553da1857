//! Texts in windows that a model of limited length reads whole. Knows no model.

/// Cuts a text into windows of at most so many words and letters. A word that is longer than a
/// line, as in scripts without spaces, is cut.
pub(crate) fn windows(text: &str, (words, letters): (usize, usize)) -> Vec<String> {
    const LONGEST_WORD: usize = 80;
    let signs: Vec<&str> = text.split_whitespace().collect();
    let mut windows: Vec<String> = Vec::new();
    let (mut window, mut count) = (String::new(), 0);
    for word in signs {
        let long: Vec<char> = word.chars().collect();
        for part in long.chunks(LONGEST_WORD) {
            if count > 0 && (count >= words || window.chars().count() + part.len() >= letters) {
                windows.push(std::mem::take(&mut window));
                count = 0;
            }
            if count > 0 {
                window.push(' ');
            }
            window.extend(part);
            count += 1;
        }
    }
    if count > 0 {
        windows.push(window);
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_into_windows() {
        assert_eq!(windows("a b c d e", (2, 99)), ["a b", "c d", "e"]);
        assert!(windows("  ", (2, 99)).is_empty());
        let japanese = "塩".repeat(400);
        let cut = windows(&japanese, (100, 200));
        assert!(cut.len() > 1 && cut.iter().all(|window| window.chars().count() <= 200), "{}", cut.len());
        assert_eq!(cut.concat().replace(' ', ""), japanese);
    }
}
