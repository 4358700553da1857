//! Makes typos, the same ones in every run. Independent of how they are found.

/// A way to misspell a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Swapped,
    Dropped,
    Doubled,
    Beside,
    MissingSpace,
    ExtraSpace,
    InAShortWord,
    Two,
}

impl Kind {
    pub(crate) const ALL: [Self; 8] = [
        Self::Swapped,
        Self::Dropped,
        Self::Doubled,
        Self::Beside,
        Self::MissingSpace,
        Self::ExtraSpace,
        Self::InAShortWord,
        Self::Two,
    ];
}

/// Numbers that are the same in every run (the steps of Lehmer's generator: Park & Miller, 1988).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        self.0 as usize % end.max(1)
    }
}

/// Returns the query with such a typo; `None` if it has no word for it.
pub(crate) fn with_typo(query: &str, kind: Kind, dice: &mut Dice) -> Option<String> {
    let mut words: Vec<String> = query.split(' ').map(str::to_owned).collect();
    match kind {
        Kind::MissingSpace => {
            let fits =
                |at: &usize| plain(&words[*at]) && plain(&words[at + 1]) && words[*at].len() + words[at + 1].len() > 5;
            let places: Vec<usize> = (0..words.len() - 1).filter(fits).collect();
            let at = *places.get(dice.below(places.len()))?;
            let joined = format!("{}{}", words[at], words[at + 1]);
            words.splice(at..at + 2, [joined]);
        }
        Kind::ExtraSpace => {
            let at = a_word(&words, 5..=30, dice)?;
            let cut = 1 + dice.below(words[at].len() - 1);
            words[at].insert(cut, ' ');
        }
        Kind::InAShortWord => {
            let at = a_word(&words, 3..=4, dice)?;
            let edit = [Kind::Swapped, Kind::Doubled][dice.below(2)];
            words[at] = edited(&words[at], edit, dice)?;
        }
        Kind::Two => {
            let first = a_word(&words, 5..=30, dice)?;
            let second = (0..words.len()).find(|at| *at != first && plain(&words[*at]) && words[*at].len() >= 5)?;
            if words.len() < 6 {
                return None;
            }
            for at in [first, second] {
                let edit = [Kind::Swapped, Kind::Dropped, Kind::Doubled, Kind::Beside][dice.below(4)];
                words[at] = edited(&words[at], edit, dice)?;
            }
        }
        edit => {
            let at = a_word(&words, 5..=30, dice)?;
            words[at] = edited(&words[at], edit, dice)?;
        }
    }
    Some(words.join(" "))
}

fn plain(word: &str) -> bool {
    word.chars().all(|letter| letter.is_ascii_alphabetic())
}

fn a_word(words: &[String], lengths: std::ops::RangeInclusive<usize>, dice: &mut Dice) -> Option<usize> {
    let fits = |at: &usize| plain(&words[*at]) && lengths.contains(&words[*at].len());
    let places: Vec<usize> = (0..words.len()).filter(fits).collect();
    places.get(dice.below(places.len())).copied()
}

/// A word with a letter swapped, dropped, doubled or replaced by one beside it, at its beginning,
/// in its middle or at its end.
fn edited(word: &str, edit: Kind, dice: &mut Dice) -> Option<String> {
    let mut letters: Vec<char> = word.chars().collect();
    let last = letters.len() - 1;
    let at = match dice.below(3) {
        0 => 0,
        1 => 1 + dice.below(last - 1),
        _ => last,
    };
    match edit {
        Kind::Swapped => {
            let differs = |at: &usize| letters[*at] != letters[at + 1];
            let at = (0..last).cycle().skip(at.min(last - 1)).take(last).find(differs)?;
            letters.swap(at, at + 1);
        }
        Kind::Dropped => {
            letters.remove(at);
        }
        Kind::Doubled => letters.insert(at, letters[at]),
        _ => {
            let beside = beside(letters[at])?;
            letters[at] = beside.chars().nth(dice.below(beside.len()))?;
        }
    }
    Some(letters.into_iter().collect())
}

/// The letters whose keys touch that of a letter.
fn beside(letter: char) -> Option<&'static str> {
    const BESIDE: [(char, &str); 26] = [
        ('a', "qwsz"),
        ('b', "vghn"),
        ('c', "xdfv"),
        ('d', "serfcx"),
        ('e', "wsdr"),
        ('f', "drtgvc"),
        ('g', "ftyhbv"),
        ('h', "gyujnb"),
        ('i', "ujko"),
        ('j', "huikmn"),
        ('k', "jiolm"),
        ('l', "kop"),
        ('m', "njk"),
        ('n', "bhjm"),
        ('o', "iklp"),
        ('p', "ol"),
        ('q', "wa"),
        ('r', "edft"),
        ('s', "awedxz"),
        ('t', "rfgy"),
        ('u', "yhji"),
        ('v', "cfgb"),
        ('w', "qase"),
        ('x', "zsdc"),
        ('y', "tghu"),
        ('z', "asx"),
    ];
    let lower = letter.to_ascii_lowercase();
    BESIDE.iter().find(|(own, _)| *own == lower).map(|(_, beside)| *beside)
}
