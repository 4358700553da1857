//! In which language a word is spelled that no list has: by its runs of one to four letters, beside those of the listed words of each
//! language (Cavnar & Trenkle, 1994, weighed as naive Bayes does).
//!
//! Counted when it is first asked. A guess about one word; who asks must know that names are spelled as they like.

use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHasher};

use super::lexicon::{Known, LATIN, listed_words};

const LONGEST_RUN: usize = 4;
/// What a run counts that was never seen, and of how many runs that is said.
const UNSEEN: (f32, f32) = (0.3, 900.0);
/// By so much a word must be likelier in another language, as a logarithm: one of fifty English words in no list is taken for foreign.
const MARGIN: f32 = 5.8;
/// Shorter words say too little.
const LETTERS_FROM: usize = 5;

struct Runs {
    /// By hash of a run: how often each language has it.
    counts: FxHashMap<u64, [u16; LATIN]>,
    /// By length of a run: how many each language has.
    totals: [[f32; LATIN]; LONGEST_RUN + 1],
}

static RUNS: LazyLock<Runs> = LazyLock::new(Runs::count);

/// Is a word in no list spelled in another language than any of these, one bit each?
pub(super) fn is_foreign_to(word: &Known, languages: u8) -> bool {
    if word.folded.len() < LETTERS_FROM || !word.folded.bytes().all(|letter| letter.is_ascii_lowercase()) {
        return false;
    }
    let scores = word.spelled.get_or_init(|| RUNS.scores(&word.folded));
    let best = |own: bool| {
        let of = (0..LATIN).filter(|language| (languages & 1 << language != 0) == own).map(|language| scores[language]);
        of.fold(f32::NEG_INFINITY, f32::max)
    };
    languages != 0 && best(false) > best(true) + MARGIN
}

impl Runs {
    fn count() -> Self {
        let mut runs = Self { counts: FxHashMap::default(), totals: [[0.0; LATIN]; LONGEST_RUN + 1] };
        listed_words(&mut |word, languages| {
            each_run(word, &mut |length, run| {
                let counts = runs.counts.entry(run).or_default();
                for language in (0..LATIN).filter(|language| languages & 1 << language != 0) {
                    counts[language] = counts[language].saturating_add(1);
                    runs.totals[length][language] += 1.0;
                }
            });
        });
        runs
    }

    /// By language, the logarithm of how likely a word is.
    fn scores(&self, word: &str) -> [f32; LATIN] {
        let mut scores = [0.0; LATIN];
        each_run(word, &mut |length, run| {
            let counts = self.counts.get(&run).copied().unwrap_or_default();
            for (language, score) in scores.iter_mut().enumerate() {
                let seen = (f32::from(counts[language]) + UNSEEN.0) / (self.totals[length][language] + UNSEEN.1);
                // Runs overlap: each letter is in several.
                *score += seen.ln() / 2.0;
            }
        });
        scores
    }
}

/// Every run of letters with its length and hash; the word's beginning and end count as letters.
fn each_run(word: &str, visit: &mut dyn FnMut(usize, u64)) {
    let framed: Vec<u8> = [b"^", word.as_bytes(), b"$"].concat();
    for length in 1..=LONGEST_RUN {
        for run in framed.windows(length) {
            let mut hasher = FxHasher::default();
            run.hash(&mut hasher);
            visit(length, hasher.finish());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexicon::known;
    use super::*;

    #[test]
    fn words_in_no_list_have_a_language() {
        let english = 1;
        for word in ["fehlermeldungen", "zwischenablage", "renseignements", "desbloqueado", "abrechnungszeitraum"] {
            assert!(is_foreign_to(&known(word), english), "{word}");
        }
        for word in ["throughput", "newsletter", "screwdriver", "overnight", "blueprint", "tax", "kw12"] {
            assert!(!is_foreign_to(&known(word), english), "{word}");
        }
    }
}
