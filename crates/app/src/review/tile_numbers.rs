//! The tiles of a row in words, by their numbers: “negatives 2 and 4–7”. Knows no judgement.

use tilejury_data::TileSlot;

/// The least numbers in a row that are written as a range: “2–4”, but “2 and 3”.
const RANGE: usize = 3;

/// Some tiles of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NamedTiles {
    positive: bool,
    negatives: Vec<usize>,
}

impl NamedTiles {
    /// These tiles, in the order of the row.
    pub(crate) fn new(slots: impl IntoIterator<Item = TileSlot>) -> Self {
        let (positive, negatives): (Vec<TileSlot>, Vec<TileSlot>) =
            slots.into_iter().partition(|slot| slot.is_positive());
        let mut negatives: Vec<usize> = negatives.into_iter().map(TileSlot::index).collect();
        negatives.sort_unstable();
        Self { positive: !positive.is_empty(), negatives }
    }

    /// The number of tiles.
    pub(crate) fn len(&self) -> usize {
        usize::from(self.positive) + self.negatives.len()
    }

    /// Whether no tile is among them.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a negative is among them.
    pub(crate) fn has_negatives(&self) -> bool {
        !self.negatives.is_empty()
    }

    /// Their names, such as `positive and negatives 2 and 4–7`.
    pub(crate) fn words(&self) -> String {
        let negatives = match self.negatives.len() {
            0 => None,
            1 => Some(format!("negative {}", self.negatives[0])),
            _ => Some(format!("negatives {}", in_ranges(&self.negatives))),
        };
        let names: Vec<String> = self.positive.then(|| "positive".to_owned()).into_iter().chain(negatives).collect();
        names.join(" and ")
    }

    /// The start of a sentence about them, with the verb for one or for several: `The positive and
    /// negative 2 were`.
    pub(crate) fn subject(&self, of_one: &str, of_several: &str) -> String {
        let verb = if self.len() == 1 { of_one } else { of_several };
        let words = self.words();
        let words = if self.positive { format!("The {words}") } else { tilejury_audit::text::capital(&words) };
        format!("{words} {verb}")
    }
}

/// Numbers in ascending order, those that follow each other as a range.
fn in_ranges(numbers: &[usize]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = numbers;
    while let Some(first) = rest.first() {
        let run = rest.iter().enumerate().take_while(|(at, number)| **number == first + at).count();
        match rest.get(run - 1).filter(|_| run >= RANGE) {
            Some(last) => parts.push(format!("{first}–{last}")),
            None => parts.extend(rest[..run].iter().map(ToString::to_string)),
        }
        rest = &rest[run..];
    }
    match parts.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => parts.join(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(slots: &[usize]) -> NamedTiles {
        NamedTiles::new(slots.iter().copied().map(TileSlot::new))
    }

    #[test]
    fn tiles_are_named_by_their_numbers() {
        let words = |slots: &[usize]| named(slots).words();
        assert_eq!(words(&[]), "");
        assert_eq!(words(&[0]), "positive");
        assert_eq!(words(&[3]), "negative 3");
        assert_eq!(words(&[4, 3]), "negatives 3 and 4");
        assert_eq!(words(&[1, 2, 3, 7]), "negatives 1–3 and 7");
        assert_eq!(words(&[0, 1, 3, 4, 6, 7, 8]), "positive and negatives 1, 3, 4 and 6–8");
        assert_eq!(named(&[0, 2]).subject("was", "were"), "The positive and negative 2 were");
        assert_eq!(named(&[2]).subject("was", "were"), "Negative 2 was");
        assert!(named(&[]).is_empty() && !named(&[0]).has_negatives());
    }
}
