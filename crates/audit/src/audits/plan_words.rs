//! A plan in sentences for a person, before its first judgement. Computes nothing.

use std::collections::BTreeSet;

use super::bands::Bands;
use super::by_machine::ByMachine;
use super::plan::{Acceptance, AuditPlan};
use super::words::{WITHIN_BANDS, count_of, percent};
use crate::role::machine_annotator;
use crate::text::grouped;

impl AuditPlan {
    /// The plan in sentences.
    pub fn sentences(&self) -> Vec<String> {
        let rows = grouped(self.rows as usize);
        let population = grouped(self.population as usize);
        let (name, seed) = (&self.name, &self.seed);
        let mut all = vec![match &self.first {
            None if self.tiles().is_some() => format!("“{name}” is begun, by the seed {seed}."),
            None => format!("“{name}” is begun: {rows} of {population} rows are drawn by the seed {seed}."),
            Some(first) => format!(
                "“{name}” is begun: the {} most suspicious rows, and {} of the other {} drawn by the seed {seed}.",
                grouped(first.rows as usize),
                grouped((self.rows - first.rows) as usize),
                grouped((self.population - first.rows) as usize),
            ),
        }];
        if let Some(bands) = &self.bands {
            all.extend(bands.sentences());
        }
        if self.first.is_some() {
            all.push(
                "Judging the most suspicious rows in full does not make the draw smaller: it counts what a person \
                 judges anyway."
                    .to_owned(),
            );
        }
        all.extend(self.annotators_sentence());
        if let Some(by) = &self.by_machine {
            all.push(by.plan_sentence());
        }
        if let Some(accept) = &self.acceptance {
            all.push(accept.plan_sentence());
        }
        if let Some(below) = self.below {
            let limit = percent(below.limit);
            all.push(match self.looking {
                true => format!("Look at any moment: the evidence decides whether the rate is below {limit}."),
                false => format!(
                    "The rate is shown to be below {limit} if at most {} of these rows {} affected.",
                    grouped(below.allowed as usize),
                    if below.allowed == 1 { "is" } else { "are" },
                ),
            });
        }
        all
    }

    /// The sentence on who judges which rows; none where anybody may.
    fn annotators_sentence(&self) -> Option<String> {
        let names = self.annotators.join(", ");
        Some(match (self.annotators.len(), self.overlap) {
            (0, _) => return None,
            (1, _) => format!("All rows are for {names}."),
            (_, share) if share <= 0.0 => {
                format!("Each row is for one of {names}, so their agreement is not measured.")
            }
            (_, share) if share >= 1.0 => format!("Each row is for two of {names}."),
            (_, share) => {
                let share = percent(share);
                format!("Each row is for one of {names}, and {share} of rows for two, to measure how often they agree.")
            }
        })
    }
}

impl ByMachine {
    fn plan_sentence(&self) -> String {
        let drawn = self.drawn().into_iter().zip(self.population);
        let parts = ["yes", "no", "nothing"].into_iter().zip(drawn).map(|(word, (drawn, population))| {
            format!("{} of {} that it says {word} of", grouped(drawn as usize), grouped(population as usize))
        });
        format!("By the word of a machine ({}): {}.", self.machine, parts.collect::<Vec<_>>().join(", "))
    }
}

impl Acceptance {
    fn plan_sentence(&self) -> String {
        let annotator = machine_annotator(&self.machine);
        let (allowed, are) = (grouped(self.allowed as usize), if self.allowed == 1 { "is" } else { "are" });
        let Some(set) = &self.tiles else {
            return format!(
                "All of the rows that are drawn from may be accepted as {annotator}, as they are (positive right, no \
                 relevant negative), if at most {allowed} of the drawn ones {are} wrong or undecided."
            );
        };
        let rows: BTreeSet<&str> = set.drawn.iter().map(|drawn| drawn.row.as_str()).collect();
        format!(
            "{} of {} that “{}” finds are drawn, in {}. All of them may be marked as {} by {annotator} if at most {allowed} \
             of the drawn ones {are} wrong or undecided.",
            grouped(set.drawn.len()),
            count_of(set.tiles, "tile"),
            set.rule,
            count_of(rows.len() as u64, "row"),
            set.word.label(),
        )
    }
}

impl Bands {
    fn sentences(&self) -> Vec<String> {
        let parts = self.sizes.iter().zip(&self.drawn).zip(&self.guesses);
        let parts: Vec<String> = parts
            .map(|((size, drawn), guess)| {
                let (drawn, size) = (grouped(*drawn as usize), grouped(*size as usize));
                format!("{drawn} of {size} (about {} affected)", percent(*guess))
            })
            .collect();
        let judged: u64 = self.judged.iter().sum();
        let source = match judged {
            0 => "guessed from the scores, as nothing was judged before".to_owned(),
            _ => format!("guessed from the scores and from {} judged before", count_of(judged, "row")),
        };
        let saving = self.expected_saving();
        let expected = match saving.saved() {
            Some(saved) => format!(
                "If that is right, bands save about {} of {} judgements.",
                grouped(saved as usize),
                grouped(saving.plain as usize)
            ),
            None => "If that is right, bands save nothing: a plain draw of as many rows says as much.".to_owned(),
        };
        vec![
            WITHIN_BANDS.to_owned(),
            format!("From the most suspicious: {}; {source}.", parts.join(", ")),
            expected,
            "The rate and its interval are known once all of them are judged; there is no interval before.".to_owned(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bands(guesses: [f64; 4]) -> AuditPlan {
        let mut plan = AuditPlan::new("spring", "7", 400);
        plan.population = 10_000;
        plan.bands = Some(Bands {
            order_hash: "0".into(),
            sizes: vec![100, 400, 1500, 8000],
            drawn: vec![30, 60, 110, 200],
            guesses: guesses.to_vec(),
            judged: vec![2, 0, 0, 1],
            of_rows: String::new(),
        });
        plan
    }

    #[test]
    fn a_saving_is_promised_only_if_it_is_expected() {
        let text = |plan: AuditPlan| plan.sentences().join(" ");
        let sharp = text(bands([0.7, 0.3, 0.08, 0.01]));
        assert!(
            sharp.contains("30 of 100 (about 70 % affected)") && sharp.contains("from 3 rows judged before"),
            "{sharp}"
        );
        assert!(sharp.contains("bands save about "), "{sharp}");
        let flat = text(bands([0.1; 4]));
        assert!(flat.contains("bands save nothing") && !flat.contains("about 4"), "{flat}");
    }

    #[test]
    fn plans_with_a_limit_say_what_decides() {
        let mut plan = AuditPlan::new("spring", "7", 400);
        plan.population = 10_000;
        plan.below = Some(super::super::Below { limit: 0.01, allowed: 1 });
        assert!(plan.sentences()[1].contains("below 1 % if at most 1 of these rows is affected"));
        plan.looking = true;
        assert!(plan.sentences()[1].contains("the evidence decides"));
    }
}
