//! Letters: without their marks, beside each other on a keyboard, in common to two words. Knows no language.

/// A word without the marks on its letters.
pub(super) fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for letter in word.chars() {
        match letter {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            '\u{300}'..='\u{36f}' => (),
            letter => folded.push(unmarked(letter)),
        }
    }
    folded
}

fn unmarked(letter: char) -> char {
    match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => 'e',
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => 'g',
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => 'i',
        'ł' | 'ĺ' | 'ļ' | 'ľ' => 'l',
        'ñ' | 'ń' | 'ņ' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => 'o',
        'ŕ' | 'ŗ' | 'ř' => 'r',
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => 's',
        'ţ' | 'ť' | 'ț' => 't',
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        letter => letter,
    }
}

/// How many letters two words begin with in common.
pub(super) fn common_prefix(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count()
}

/// Most of both words is one stem, and what follows is short: forms of a word, or a word that two languages share.
pub(super) fn same_stem(a: &str, b: &str) -> bool {
    let (a, b) = (latinised(a), latinised(b));
    let (longer, shorter) = (a.chars().count().max(b.chars().count()), a.chars().count().min(b.chars().count()));
    let common = common_prefix(&a, &b);
    common >= 4 && 4 * common >= 3 * shorter && longer - common <= 5
}

/// With the letters by which languages of Latin script spell one sound.
fn latinised(word: &str) -> String {
    fold(word).replace("ph", "f").replace("th", "t").replace('k', "c").replace('z', "c")
}

/// The rows of letters of two keyboards.
const KEYS: [[&str; 3]; 2] = [["qwertyuiop", "asdfghjkl", "zxcvbnm"], ["qwertzuiop", "asdfghjkl", "yxcvbnm"]];

/// Do their keys touch?
pub(super) fn beside(a: char, b: char) -> bool {
    KEYS.iter().any(|rows| {
        let place = |letter: char| {
            let in_row = |(row, letters): (usize, &&str)| letters.find(letter).map(|at| (row as i32, at as i32));
            rows.iter().enumerate().find_map(in_row)
        };
        place(a).zip(place(b)).is_some_and(|((row, at), (other_row, other_at))| {
            // Each row lies about half a key further right than the one above it.
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
    use super::*;

    #[test]
    fn marks_and_spellings_do_not_part_stems() {
        assert_eq!(fold("größenänderung"), "grossenanderung");
        assert!(same_stem("install", "installiere") && same_stem("dokument", "document") && same_stem("foto", "photo"));
        assert!(!same_stem("austria", "australia") && !same_stem("export", "import") && !same_stem("mar", "mars"));
    }

    #[test]
    fn keys_that_touch_are_beside_each_other() {
        assert!(beside('e', 'r') && beside('s', 'x') && beside('z', 'u') && beside('g', 't'));
        assert!(!beside('a', 'p') && !beside('n', 'r') && !beside('e', 'e'));
    }
}
