//! Letters: neighbours on a keyboard, common to two words. Knows no language.

/// The number of bytes that two words begin with in common.
pub(super) fn common_prefix(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

/// Whether two words have most letters in common and short endings: forms of a word, or a word that
/// two languages share. Compares words as [`latinised`] returns them.
pub(super) fn same_stem(a: &str, b: &str) -> bool {
    let common = common_prefix(a, b);
    common >= 4 && 4 * common >= 3 * a.len().min(b.len()) && a.len().max(b.len()) - common <= 5
}

/// Returns a word without marks, with one letter for sounds that languages of Latin script spell in
/// several ways.
pub(super) fn latinised(folded: &str) -> String {
    folded.replace("ph", "f").replace("th", "t").replace(['k', 'z'], "c")
}

/// The rows of letters of two keyboards.
const KEYS: [[&str; 3]; 2] = [["qwertyuiop", "asdfghjkl", "zxcvbnm"], ["qwertzuiop", "asdfghjkl", "yxcvbnm"]];

/// Whether the keys of two letters touch.
pub(super) fn beside(a: char, b: char) -> bool {
    KEYS.iter().any(|rows| {
        let position = |letter: char| {
            let in_row = |(row, letters): (usize, &&str)| letters.find(letter).map(|at| (row as i32, at as i32));
            rows.iter().enumerate().find_map(in_row)
        };
        position(a).zip(position(b)).is_some_and(|((row, at), (other_row, other_at))| {
            // Each row is shifted about half a key to the right of the one above it.
            match other_row - row {
                0 => (at - other_at).abs() == 1,
                1 => at == other_at || at == other_at + 1,
                -1 => at == other_at || at + 1 == other_at,
                _ => false,
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use tilejury_text::fold;

    use super::*;

    #[test]
    fn stems_match_across_marks_and_spellings() {
        assert_eq!(fold("größenänderung"), "grossenanderung");
        let same = |a: &str, b: &str| same_stem(&latinised(&fold(a)), &latinised(&fold(b)));
        assert!(same("install", "installiere") && same("dokument", "document") && same("foto", "photo"));
        assert!(!same("austria", "australia") && !same("export", "import") && !same("mar", "mars"));
    }

    #[test]
    fn fold_removes_marks_from_latin_letters_only() {
        assert_eq!(fold("àáâãäåāăą çćĉċč ďđ èéêëēĕėęě ĝğġģ"), "aaaaaaaaa ccccc dd eeeeeeeee gggg");
        assert_eq!(fold("ìíîïĩīĭįı łĺļľ ñńņň òóôõöøōŏő ŕŗř"), "iiiiiiiii llll nnnn ooooooooo rrr");
        assert_eq!(fold("śŝşšș ţťț ùúûüũūŭůűų ýÿ źżž ßæœ"), "sssss ttt uuuuuuuuuu yy zzz ssaeoe");
        assert_eq!(fold("e\u{301}te\u{301} đại"), "ete dai");
        assert_eq!(fold("война が 각 की ≠"), "война が 각 की ≠");
    }

    #[test]
    fn finds_neighbouring_keys() {
        assert!(beside('e', 'r') && beside('s', 'x') && beside('z', 'u') && beside('g', 't'));
        assert!(!beside('a', 'p') && !beside('n', 'r') && !beside('e', 'e'));
    }
}
