//! Forms of words of the glossary: other endings, participles, compounds, parts of expressions.
//! Reads no list.

use super::letters::common_prefix;
use super::lexicon::{ENGLISH, ExpressionPart, FRENCH, GERMAN, Lexicon, SPANISH, Sense, indexed};

/// Endings of short words, by language.
const ENDINGS: [(&str, u8); 8] = [
    ("s", FRENCH),
    ("x", FRENCH),
    ("s", SPANISH),
    ("es", SPANISH),
    ("e", GERMAN),
    ("n", GERMAN),
    ("en", GERMAN),
    ("er", GERMAN),
];

impl Lexicon {
    /// Returns the expressions that have a word without marks, or a word that it is a form of.
    pub(super) fn expressions_of(&self, word: &str, stem: Option<&str>) -> Vec<ExpressionPart> {
        let near = self.expressions.get(indexed(word)).into_iter().flatten();
        let has = |own: &str| own == word || Some(own) == stem || is_form(own, word);
        near.filter(|(own, _)| has(own)).map(|(_, part)| *part).collect()
    }

    /// Returns the meanings of a word without marks, and whether the glossary has exactly this
    /// word; otherwise those of words it is a form of.
    pub(super) fn senses_of(&self, word: &str) -> (Vec<Sense>, bool) {
        let near = self.senses.get(indexed(word)).map(Vec::as_slice).unwrap_or_default();
        let senses = |alike: &dyn Fn(&str) -> bool| {
            near.iter().filter(|(own, _)| alike(own)).map(|(_, sense)| *sense).collect::<Vec<_>>()
        };
        let exact = senses(&|own| own == word);
        if !exact.is_empty() {
            return (exact, true);
        }
        let forms = senses(&|own| is_form(own, word));
        let of_ending = || self.senses_without_ending(word);
        let found = [forms].into_iter().chain([of_ending(), self.senses_of_participle(word)]);
        (found.into_iter().find(|senses| !senses.is_empty()).unwrap_or_default(), false)
    }

    /// Returns the meanings of a short word of which this is a plural or a case: `vols`, `Aale`.
    pub(super) fn senses_without_ending(&self, word: &str) -> Vec<Sense> {
        let senses = |(ending, language): &(&str, u8)| {
            let stem = word.strip_suffix(ending).filter(|stem| stem.len() >= 3)?;
            let near = self.senses.get(indexed(stem)).into_iter().flatten();
            let found = near.filter(|(own, sense)| own == stem && sense.language == *language);
            let found: Vec<Sense> = found.map(|(_, sense)| *sense).collect();
            (!found.is_empty()).then_some(found)
        };
        ENDINGS.iter().filter_map(senses).flatten().collect()
    }

    /// Returns the meanings that a word of the glossary has as a form of another of its words:
    /// `enregistrement` is a registration, and `enregistrer` is saving; `scales` weigh, and a fish
    /// has a `scale`.
    pub(super) fn further_senses(&self, word: &str, exact: &[Sense]) -> Vec<Sense> {
        let has = |language: u8| exact.iter().any(|sense| sense.language == language);
        let near = self.senses.get(indexed(word)).into_iter().flatten();
        let forms = near.filter(|(own, sense)| {
            sense.language != ENGLISH && has(sense.language) && own != word && is_form(own, word)
        });
        let mut senses: Vec<Sense> = forms.map(|(_, sense)| *sense).collect();
        let plural = (has(ENGLISH) && word.ends_with('s')).then(|| self.english_stem(word)).flatten();
        senses.extend(plural.into_iter().flat_map(|stem| self.senses_of(&stem).0));
        senses
    }

    pub(super) fn are_weightless(&self, senses: &[Sense]) -> bool {
        senses.iter().any(|sense| self.weightless.contains(&sense.row))
    }

    /// Returns the meanings of the German verb of which this is the regular participle: `gezählt`.
    pub(super) fn senses_of_participle(&self, word: &str) -> Vec<Sense> {
        let Some(stem) = word.strip_prefix("ge").and_then(|rest| rest.strip_suffix('t')) else { return Vec::new() };
        let verbs = [format!("{stem}en"), format!("{stem}n"), format!("{}en", stem.trim_end_matches('e'))];
        let senses = |verb: &String| {
            let near = self.senses.get(indexed(verb)).into_iter().flatten();
            near.filter(|(own, sense)| own == verb && sense.language == GERMAN).map(|(_, sense)| *sense).collect()
        };
        verbs.iter().map(senses).find(|senses: &Vec<Sense>| !senses.is_empty()).unwrap_or_default()
    }

    /// Returns the meanings of the two parts of a German compound.
    pub(super) fn compound(&self, word: &str) -> Vec<Sense> {
        if !word.is_ascii() || word.len() < 8 {
            return Vec::new();
        }
        let german =
            |senses: Vec<Sense>| senses.into_iter().filter(|sense| sense.language == GERMAN).collect::<Vec<_>>();
        for at in 3..word.len() - 2 {
            let (head, tail) = word.split_at(at);
            let heads = [head.to_owned(), format!("{head}e"), head.trim_end_matches('s').to_owned()];
            let exact = |head: &String| self.languages.get(head).is_some_and(|languages| languages & 1 << GERMAN != 0);
            let Some(head) = heads.iter().find(|head| head.len() >= 3 && exact(head)) else { continue };
            let tails = german(self.senses_of(tail).0);
            if !tails.is_empty() {
                let mut both = german(self.senses_of(head).0);
                both.extend(tails);
                return both;
            }
        }
        Vec::new()
    }

    /// Returns the listed English word of which this is the plural, the past or the like.
    pub(super) fn english_stem(&self, word: &str) -> Option<String> {
        let english = |word: &String| self.languages.get(word).is_some_and(|languages| languages & 1 << ENGLISH != 0);
        let of_ending = ["s", "es", "d", "ed", "ing", "er", "ers", "est", "ly", "r"].iter().find_map(|ending| {
            // A doubled letter is a typo, not an ending: `recordd`, `edgees`, `callled`.
            let fits = |stem: &&str| match *ending {
                "s" => !stem.ends_with('s'),
                "es" => ["s", "x", "z", "ch", "sh", "o"].iter().any(|end| stem.ends_with(end)),
                "d" | "r" => stem.ends_with('e'),
                "ed" | "er" | "ers" | "est" => !stem.ends_with('e'),
                _ => true,
            };
            let stem = word.strip_suffix(ending).filter(|stem| stem.len() >= 3).filter(fits)?;
            let last = stem.chars().next_back()?;
            let undoubled = |single: &&str| {
                single.len() >= 3 && single.ends_with(last) && !single.ends_with(&format!("{last}{last}"))
            };
            let takes_e = matches!(*ending, "ed" | "ing" | "er" | "ers" | "est");
            let single = stem.strip_suffix(last).filter(undoubled).filter(|_| takes_e && *ending != "est");
            let with_e = takes_e.then(|| format!("{stem}e"));
            [Some(stem.to_owned()), with_e, single.map(str::to_owned)].into_iter().flatten().find(english)
        });
        let of_y = || ["ies", "ied"].iter().find_map(|ending| word.strip_suffix(ending)).map(|stem| format!("{stem}y"));
        of_ending.or_else(|| of_y().filter(english))
    }
}

/// Whether a word is a form of one in the glossary: the same stem with another ending.
fn is_form(own: &str, word: &str) -> bool {
    let common = common_prefix(own, word);
    common >= 4 && 10 * common >= 6 * own.len().max(word.len()) && own.len() - common <= 3 && word.len() - common <= 5
}
