//! Sentences about second passes for a person. Must not decide anything by those sentences.

use super::{AgreementTable, PassResult, RowDifference};
use crate::judgement::{Judgement, Relevance};
use crate::text::{count, grouped};
use crate::text_enum::TextEnum;

impl PassResult {
    /// Such as `20 of 20 rows judged again: 17 the same, 3 differ`.
    pub fn rows_in_words(&self) -> String {
        let (judged, differ) = (self.judged, self.differences.len());
        let start = format!("{judged} of {} judged again", count(self.rows, "row"));
        if judged == 0 { start } else { format!("{start}: {} the same, {differ} changed", self.same()) }
    }

    /// Such as `Verdicts: 18 of 20 agree, 90 % (95 %: 69.9 to 97.2 %), kappa 0.79 (0.51 to 1.00)`.
    pub fn verdicts_in_words(&self) -> String {
        format!("Verdicts: {}", agreement(&self.verdicts))
    }

    /// The sentence about tiles, with the agreement on “relevant”.
    pub fn tiles_in_words(&self) -> String {
        let mut text = format!("Tiles: {}", agreement(&self.tiles));
        if let Some((share, (low, high))) = self.tiles.on(Relevance::Relevant) {
            text += &format!(", on “relevant” {} ({})", percent(share), interval(low, high));
        }
        if self.tiles_once > 0 {
            text += &format!("; {} judged only once", count(self.tiles_once, "tile"));
        }
        text
    }
}

impl RowDifference {
    /// The differences, such as
    /// `Accepted → Rejected (bad query); negative 2: relevant → not relevant`.
    pub fn in_words(&self) -> String {
        let (first, second) = (&self.first, &self.second);
        let mut parts = Vec::new();
        if first.verdict != second.verdict || first.reasons != second.reasons {
            parts.push(format!("{} → {}", verdict(first), verdict(second)));
        }
        for tile in &self.tiles {
            let name = if tile.slot.is_positive() { "positive".to_owned() } else { format!("negative {}", tile.slot) };
            let [before, after] = [tile.first, tile.second].map(|relevance| relevance.label().to_lowercase());
            parts.push(format!("{name}: {before} → {after}"));
        }
        parts.join("; ")
    }
}

fn verdict(judgement: &Judgement) -> String {
    let verdict = judgement.verdict.map_or("no verdict", |verdict| verdict.label());
    let reasons: Vec<String> = judgement.reasons.iter().map(|reason| reason.label().to_lowercase()).collect();
    if reasons.is_empty() { verdict.to_owned() } else { format!("{verdict} ({})", reasons.join(", ")) }
}

fn agreement<T: TextEnum>(table: &AgreementTable<T>) -> String {
    let (Some(share), Some((low, high))) = (table.share(), table.interval()) else {
        return "none to compare".to_owned();
    };
    let pairs = format!("{} of {} agree", grouped(table.same()), grouped(table.pairs()));
    let kappa = match table.kappa() {
        None => "kappa undefined: only one answer was given".to_owned(),
        Some(kappa) => match kappa.interval {
            Some((low, high)) => {
                format!("kappa {} (95 %: {} to {})", signed(kappa.value), signed(low), signed(high))
            }
            None => format!("kappa {}", signed(kappa.value)),
        },
    };
    format!("{pairs}, {} ({}), {kappa}", percent(share), interval(low, high))
}

/// A number with two decimals and a real minus sign.
fn signed(value: f64) -> String {
    format!("{value:.2}").replace('-', "−")
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn interval(low: f64, high: f64) -> String {
    format!("95 %: {:.1} to {:.1} %", low * 100.0, high * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judgement::{Reason, Verdict};
    use tilejury_data::{SampleIndex, TilePath, TileSlot};

    #[test]
    fn results_are_put_in_words() {
        let mut result = PassResult { rows: 20, judged: 4, tiles_once: 1, ..PassResult::default() };
        for (first, second) in
            [(Verdict::Accept, Verdict::Accept), (Verdict::Accept, Verdict::Reject), (Verdict::Reject, Verdict::Reject)]
        {
            result.verdicts.add(first, second);
        }
        assert_eq!(result.rows_in_words(), "4 of 20 rows judged again: 4 the same, 0 changed");
        let words = "Verdicts: 2 of 3 agree, 66.7 % (95 %: 9.4 to 99.2 %), kappa 0.40 (95 %: −0.37 to 1.00)";
        assert_eq!(result.verdicts_in_words(), words);
        assert_eq!(result.tiles_in_words(), "Tiles: none to compare; 1 tile judged only once");
        (0..2).for_each(|_| result.tiles.add(Relevance::Relevant, Relevance::Relevant));
        let words = "Tiles: 2 of 2 agree, 100.0 % (95 %: 15.8 to 100.0 %), kappa undefined: only one answer was given, \
                     on “relevant” 100.0 % (95 %: 27.3 to 100.0 %); 1 tile judged only once";
        assert_eq!(result.tiles_in_words(), words);
        let empty = PassResult { rows: 1, ..PassResult::default() };
        assert_eq!(empty.rows_in_words(), "0 of 1 row judged again");
    }

    #[test]
    fn differences_are_put_in_words() {
        let judgement = |verdict, reasons: &[Reason]| Judgement {
            verdict: Some(verdict),
            reasons: reasons.iter().copied().collect(),
            ..Judgement::default()
        };
        let tile = super::super::TileDifference {
            slot: TileSlot::new(2),
            tile: TilePath::new("a.png"),
            first: Relevance::Relevant,
            second: Relevance::NotRelevant,
        };
        let mut row = RowDifference {
            sample: SampleIndex::new(0),
            first: judgement(Verdict::Reject, &[Reason::BadQuery]),
            second: judgement(Verdict::Accept, &[]),
            tiles: vec![tile],
        };
        assert_eq!(row.in_words(), "Rejected (bad query) → Accepted; negative 2: relevant → not relevant");
        row.second = row.first.clone();
        assert_eq!(row.in_words(), "negative 2: relevant → not relevant");
    }
}
