//! The agreement of annotators in sentences for a person, the agreement on what was found first.
//! Without adjectives: a coefficient depends on how rare findings are. Computes nothing.

use super::against::{Against, Hits};
use super::agreement::{Agreement, AgreementFigures, Share};
use crate::text::grouped;

impl Agreement {
    /// The agreement in lines.
    pub fn lines(&self) -> Vec<String> {
        let who = match (&self.pair, self.kind) {
            (Some([name, _]), "again") => format!("{name}, first and second answers"),
            (Some([first, second]), _) => format!("{first} and {second}"),
            (None, _) => "All pairs".to_owned(),
        };
        let (a, b) = match (&self.pair, self.kind) {
            (Some(_), "again") => ("the first time", "the second time"),
            (Some([first, second]), _) => (&**first, &**second),
            (None, _) => ("the first of a pair", "the second"),
        };
        let parts = [
            ("negatives that are relevant", &self.negatives),
            ("rows with a false negative", &self.rows),
            ("wrong positives", &self.positives),
        ];
        parts.into_iter().map(|(what, figures)| format!("{who}, {what}: {}", figures.words(a, b))).collect()
    }
}

impl AgreementFigures {
    fn words(&self, a: &str, b: &str) -> String {
        if self.n == 0 {
            return "no pair of answers.".to_owned();
        }
        let mut text = match self.positive_agreement {
            Some(share) => format!("positive agreement {}", share_in_words(share)),
            None => "nobody found any".to_owned(),
        };
        let number = |count: u64| grouped(count as usize);
        text += &format!(
            "; of {} pairs of answers both say yes in {}, only {a} in {}, only {b} in {}, neither in {}",
            number(self.n),
            number(self.both),
            number(self.only_a),
            number(self.only_b),
            number(self.neither),
        );
        if let Some(share) = self.negative_agreement {
            text += &format!("; negative agreement {}", share_in_words(share));
        }
        let kappa = match self.kappa_method {
            "fleiss" => "Fleiss' kappa",
            "mean-cohen" => "mean of Cohen's kappas",
            _ => "kappa",
        };
        for (name, value) in [("alpha", self.alpha), (kappa, self.kappa), ("AC1", self.ac1)] {
            if let Some(value) = value {
                text += &format!("; {name} {value:.2}");
            }
        }
        if self.unsure > 0 {
            text += &format!("; {} more with an unsure answer", number(self.unsure));
        }
        text + "."
    }
}

impl Against {
    /// The annotator against known answers, in a line.
    pub fn line(&self) -> String {
        let what = match self.against {
            "gold" => "gold rows",
            _ => "the adjudicated rows",
        };
        let share = |hits: Hits, what: &str| match (hits.value, hits.low, hits.high) {
            (Some(value), Some(low), Some(high)) => {
                format!("{} of {} {what} ({value:.2}, 95 %: {low:.2} to {high:.2})", hits.hits, hits.n)
            }
            _ => format!("no {what}"),
        };
        format!(
            "{} against {what} ({}): right about {} and about {}.",
            self.annotator,
            self.rows,
            share(self.sensitivity, "relevant negatives"),
            share(self.specificity, "other negatives"),
        )
    }
}

fn share_in_words(share: Share) -> String {
    match (share.low, share.high) {
        (Some(low), Some(high)) => format!("{:.2} (95 %: {low:.2} to {high:.2})", share.value),
        _ => format!("{:.2}", share.value),
    }
}
