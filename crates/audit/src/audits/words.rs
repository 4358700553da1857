//! The state of an audit in sentences for a person. Computes nothing.

use super::by_machine::{ByMachineFigures, WordFigures};
use super::of_export::OfExport;
use super::plan::AuditPlan;
use super::status::{AcceptanceFigures, AuditStatus, RateFigures};
use crate::text::{count, grouped};

impl AuditStatus {
    /// The state in sentences, the most important first.
    pub fn sentences(&self, plan: &AuditPlan) -> Vec<String> {
        let mut all = vec![self.progress()];
        all.extend(self.of_export.as_ref().map(OfExport::sentence));
        if self.judged == 0 {
            return all;
        }
        all.push(rate(&self.rows, "of rows have a false negative", self.finished));
        if let Some(below) = self.below {
            let limit = percent(below.limit);
            all.push(match below.shown {
                Some(true) => format!("Shown: below {limit}, with at most {} allowed.", count_of(below.allowed, "affected row")),
                Some(false) => format!(
                    "Not shown that the rate is below {limit}: {} found, {} allowed. That does not show that it is above.",
                    grouped(self.rows.hits as usize),
                    grouped(below.allowed as usize),
                ),
                None => format!("Whether the rate is below {limit} is known at {}.", count_of(self.planned, "row")),
            });
        }
        if let Some(estimate) = self.negatives.estimate {
            let mut text = format!("{} of negatives are relevant", percent(estimate));
            if let (Some(low), Some(high)) = (self.negatives.low, self.negatives.high) {
                text += &format!(" ({}: {} to {})", percent(self.negatives.level), percent(low), percent(high));
            }
            text += &format!(
                ": {} of {}, {} of them confirmed by accepting their row.",
                grouped(self.negatives.hits as usize),
                grouped(self.negatives.n as usize),
                grouped(self.negatives.confirmed as usize),
            );
            if let Some(effective) =
                self.negatives.effective_n.filter(|_| self.negatives.deff.is_some_and(|deff| deff > 1.2))
            {
                text += &format!(
                    " Negatives of one row tend to be wrong together: they count as {}.",
                    grouped(effective.round() as usize)
                );
            }
            all.push(text);
        }
        all.push(rate(&self.wrong_positives, "of rows have a wrong positive", self.finished));
        all.extend(self.acceptance.as_ref().map(acceptance));
        if let Some(by) = &self.by_machine {
            all.extend(by_word(by));
        }
        if let (1.., Some(low), Some(high)) = (self.unsure.rows, self.unsure.low, self.unsure.high) {
            all.push(format!(
                "Left open: {}. Whatever the answer to them is, {} to {} of rows have a false negative.",
                count_of(self.unsure.rows, "row"),
                percent(low),
                percent(high)
            ));
        }
        if self.disputed > 0 {
            all.push(format!("Annotators differ on {}.", count_of(self.disputed, "row")));
        }
        if self.broken > 0 {
            all.push(format!("Counted nowhere: {} that cannot be read.", count_of(self.broken, "tile")));
        }
        if !plan.blind {
            all.push("Not blind: annotators could see what others and machines said.".to_owned());
        }
        all
    }

    fn progress(&self) -> String {
        let (judged, planned) = (grouped(self.judged as usize), count_of(self.planned, "row"));
        let mut text = match self.finished {
            true => format!("“{}”: {planned} planned, finished.", self.name),
            false => format!("“{}”: {judged} of {planned} judged.", self.name),
        };
        if self.after_gap > 0 {
            text += &format!(
                " {} more were judged after the first row without an answer; they count once it has one.",
                grouped(self.after_gap as usize)
            );
        }
        text
    }
}

fn rate(figures: &RateFigures, what: &str, finished: bool) -> String {
    let (hits, n) = (grouped(figures.hits as usize), grouped(figures.n as usize));
    let (Some(estimate), Some(low), Some(high)) = (figures.estimate, figures.low, figures.high) else {
        let what = what.trim_start_matches("of ");
        return format!("So far {hits} of {n} {what}; the rate is known once all planned rows count.");
    };
    let (estimate, low, high, level) = (percent(estimate), percent(low), percent(high), percent(figures.level));
    if !finished {
        return format!("So far {estimate} {what}: {hits} of {n}. {low} to {high} holds whenever you stop ({level}).");
    }
    let population = grouped(figures.population as usize);
    let high_count = grouped(figures.high_count.unwrap_or_default() as usize);
    match figures.one_sided {
        true => format!(
            "{estimate} {what} ({level}: at most {high}, that is {high_count} of {population}): {hits} of {n} drawn at random."
        ),
        false => {
            let low_count = grouped(figures.low_count.unwrap_or_default() as usize);
            format!(
                "{estimate} {what} ({level}: {low} to {high}, that is {low_count} to {high_count} of {population}): {hits} of {n} drawn at random."
            )
        }
    }
}

/// The answer to whether a set may be accepted, so far.
fn acceptance(found: &AcceptanceFigures) -> String {
    let (set, allowed) = (count_of(found.set, "row"), grouped(found.allowed as usize));
    let wrong = format!("{} wrong or undecided, {allowed} allowed", grouped(found.wrong as usize));
    match (found.accepted, found.shown) {
        (Some(rows), _) => format!("{} of {set} are accepted by {}: {wrong}.", grouped(rows), found.annotator),
        (None, Some(true)) => format!(
            "Shown: at most {} of {set} are wrong ({wrong}). `tilejury audit accept` accepts them as {}.",
            grouped(found.most_wrong as usize),
            found.annotator
        ),
        (None, Some(false)) => format!("Not shown that the set of {set} is good enough: {wrong}."),
        (None, None) => format!("Whether the set of {set} may be accepted is known at the end: {wrong}."),
    }
}

/// The findings of people among the rows with each word of a machine.
fn by_word(by: &ByMachineFigures) -> Vec<String> {
    let of = |word: &str, found: &WordFigures| {
        let mut text = format!(
            "Machine ({}) says {word} of {}: {} of {} drawn have a false negative",
            by.machine,
            count_of(found.population, "row"),
            grouped(found.hits as usize),
            grouped(found.n as usize),
        );
        if let (Some(estimate), Some(low), Some(high)) = (found.estimate, found.low, found.high) {
            let ends = [estimate, by.level, low, high].map(percent);
            text += &format!(": {} ({}: {} to {})", ends[0], ends[1], ends[2], ends[3]);
        }
        text + "."
    };
    [("yes", &by.yes), ("no", &by.no), ("nothing", &by.nothing)]
        .into_iter()
        .filter(|(_, found)| found.population > 0)
        .map(|(word, found)| of(word, found))
        .collect()
}

fn count_of(number: u64, noun: &str) -> String {
    count(number as usize, noun)
}

/// A share in percent, with two digits below 1 %.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        0.0 => "0 %".to_owned(),
        _ if percent < 1.0 => format!("{percent:.2} %"),
        _ if (percent - percent.round()).abs() < 0.05 => format!("{percent:.0} %"),
        _ => format!("{percent:.1} %"),
    }
}
