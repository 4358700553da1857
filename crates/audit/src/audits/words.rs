//! The state of an audit in sentences for a person. Computes nothing.

use super::by_machine::{ByMachineFigures, WordFigures};
use super::continued::Continues;
use super::figures::{AcceptanceFigures, BelowFigures, FirstFigures, RateFigures, UnsureFigures};
use super::of_export::OfExport;
use super::plan::AuditPlan;
use super::status::AuditStatus;
use crate::text::{count, grouped};

/// The way in which rows are drawn within bands.
pub(super) const WITHIN_BANDS: &str = "Rows are drawn at random within four bands of suspicion, more where errors are likelier; each band counts by its \
     size.";

impl AuditStatus {
    /// The state in sentences, the most important first.
    pub fn sentences(&self, plan: &AuditPlan) -> Vec<String> {
        let mut all = vec![self.progress()];
        all.extend(self.of_export.as_ref().map(OfExport::sentence));
        all.extend(self.continues.as_ref().map(Continues::sentence));
        if self.changed > 0 {
            all.push(format!(
                "{} of this audit changed since it was planned: what was said about their negatives counts as unsure.",
                count_of(self.changed, "row")
            ));
        }
        if self.judged == 0 {
            return all;
        }
        if plan.tiles().is_some() {
            all.extend(self.acceptance.as_ref().map(AcceptanceFigures::sentence));
            all.extend(self.left_out());
            return all;
        }
        all.push(self.rate(&self.rows, "of rows have a false negative"));
        all.extend(self.first.map(|first| of_the_first(&first)));
        all.extend(self.of_bands());
        all.extend(self.by_word());
        all.extend(self.below.map(|below| self.of_limit(&below)));
        if let Some(estimate) = self.negatives.estimate {
            let mut text = format!("{} of negatives are relevant", percent(estimate));
            if let (Some(low), Some(high)) = (self.negatives.low, self.negatives.high) {
                text += &format!(" ({}: {} to {})", percent(self.negatives.level), percent(low), percent(high));
            }
            let judged = grouped(self.negatives.n as usize);
            text += &format!(
                ": {} of {judged}; {} of the {judged} were confirmed by accepting their row.",
                grouped(self.negatives.hits as usize),
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
        all.push(self.rate(&self.wrong_positives, "of rows have a wrong positive"));
        all.extend(self.acceptance.as_ref().map(AcceptanceFigures::sentence));
        if let (1.., Some(low), Some(high)) = (self.unsure.rows, self.unsure.low, self.unsure.high) {
            all.push(format!(
                "Left open: {}. {}, {} to {} of rows have a false negative.",
                count_of(self.unsure.rows, "row"),
                whatever(self.unsure.rows),
                percent(low),
                percent(high)
            ));
        }
        all.extend(self.unsure.without_open());
        let questions = [
            (&self.unsure.negatives, "negative", "of negatives are relevant"),
            (&self.unsure.wrong_positives, "positive", "of rows have a wrong positive"),
        ];
        for (open, noun, what) in questions {
            if let (1.., Some(low), Some(high)) = (open.open, open.low, open.high) {
                let (number, low, high) = (count_of(open.open, noun), percent(low), percent(high));
                all.push(format!("Left open: {number}. {}, {low} to {high} {what}.", whatever(open.open)));
            }
        }
        if self.adjudicators_differ > 0 {
            all.push(format!(
                "Adjudicators differ on {}: unsure until that is settled; `tilejury adjudicate --list --audit` has them.",
                count_of(self.adjudicators_differ, "row")
            ));
        }
        all.extend(self.left_out());
        if !plan.blind {
            all.push("Not blind: annotators could see what others and machines said.".to_owned());
        }
        all
    }

    /// The answers that differ, and those that cannot be given.
    fn left_out(&self) -> Vec<String> {
        let mut all = Vec::new();
        if self.disputed > 0 {
            all.push(format!(
                "Annotators differ on a tile in {}. Adjudication also lists rows in which only their verdicts differ.",
                count_of(self.disputed, "row")
            ));
        }
        if self.broken > 0 {
            let counted = if self.is_of_tiles() { "Counted as wrong" } else { "Counted nowhere" };
            all.push(format!("{counted}: {} that cannot be read.", count_of(self.broken, "tile")));
        }
        all
    }

    /// Whether tiles were drawn, so that no rate of rows follows.
    pub fn is_of_tiles(&self) -> bool {
        self.acceptance.as_ref().is_some_and(|acceptance| acceptance.tiles.is_some())
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

    fn rate(&self, figures: &RateFigures, what: &str) -> String {
        let (hits, n) = (grouped(figures.hits as usize), grouped(figures.n as usize));
        let Some(estimate) = figures.estimate.map(percent) else {
            return format!("So far {hits} of {n} {}.", what.trim_start_matches("of "));
        };
        let (Some(low), Some(high)) = (figures.low.map(percent), figures.high.map(percent)) else {
            return format!("So far {estimate} {what}: {hits} of {n}.");
        };
        let level = percent(figures.level);
        if !self.finished {
            return format!(
                "So far {estimate} {what}: {hits} of {n}. {low} to {high} holds whenever you stop ({level}).{}",
                self.at_end(figures)
            );
        }
        let population = grouped(figures.population as usize);
        let high_count = grouped(figures.high_count.unwrap_or_default() as usize);
        let drawn = if self.first.is_some() || self.bands.is_some() || self.by_machine.is_some() {
            "judged"
        } else {
            "drawn at random"
        };
        match figures.one_sided {
            true => format!(
                "{estimate} {what} ({level}: at most {high}, that is {high_count} of {population}): {hits} of {n} {drawn}."
            ),
            false => {
                let low_count = grouped(figures.low_count.unwrap_or_default() as usize);
                format!(
                    "{estimate} {what} ({level}: {low} to {high}, that is {low_count} to {high_count} of {population}): {hits} of {n} {drawn}."
                )
            }
        }
    }

    /// The interval of the rows to expect at the end.
    fn at_end(&self, figures: &RateFigures) -> String {
        let Some(half) = self.half_width_at_end.filter(|_| *figures == self.rows) else { return String::new() };
        format!(
            " Planned: {}; at this rate the interval will then be about ±{} points.",
            grouped(self.planned as usize),
            points(half)
        )
    }

    fn of_bands(&self) -> Vec<String> {
        let Some(figures) = &self.bands else { return Vec::new() };
        let parts: Vec<String> = figures
            .bands
            .iter()
            .map(|band| {
                let [hits, n, population] = [band.hits, band.n, band.population].map(|number| grouped(number as usize));
                format!("{hits} of {n} (for {population})")
            })
            .collect();
        let mut all = vec![WITHIN_BANDS.to_owned(), format!("From the most suspicious: {}.", parts.join(", "))];
        all.push(match figures.plain_rows {
            Some(plain) if plain > self.judged => format!(
                "Bands saved about {} of {} judgements.",
                grouped((plain - self.judged) as usize),
                grouped(plain as usize)
            ),
            Some(_) => "Bands saved no judgement: a plain draw of as many rows would have said as much.".to_owned(),
            None => self.no_interval_yet("within bands"),
        });
        all
    }

    /// The findings by the word of a machine.
    fn by_word(&self) -> Vec<String> {
        let Some(by) = &self.by_machine else { return Vec::new() };
        let mut all = of_words(by);
        if !self.finished {
            all.push(self.no_interval_yet("by the word of a machine"));
        }
        all
    }

    fn no_interval_yet(&self, drawn: &str) -> String {
        let mut text = format!(
            "An interval is known once all {} are judged: for rows {drawn} there is none that holds whenever you stop.",
            count_of(self.planned, "row")
        );
        if let Some(half) = self.half_width_at_end {
            text += &format!(" At this rate it will be about ±{} points.", points(half));
        }
        text
    }

    fn of_limit(&self, below: &BelowFigures) -> String {
        let limit = percent(below.limit);
        let (hits, open) = (self.rows.hits, self.unsure.rows);
        let found = match open {
            0 => format!("{} of {}", grouped(hits as usize), grouped(self.judged as usize)),
            _ => format!(
                "{} of {}, and {} open",
                grouped(hits as usize),
                grouped(self.judged as usize),
                grouped(open as usize)
            ),
        };
        let rest = self.planned.saturating_sub(self.judged);
        match below.shown {
            Some(true) => return format!("Shown: below {limit}. {found} affected."),
            Some(false) => {
                return format!(
                    "Not shown that the rate is below {limit}: {found} affected. That does not show that it is above."
                );
            }
            None => {}
        }
        let mut text = format!("Not shown yet that the rate is below {limit}: {found} affected.");
        if !below.looking {
            text += &match below.allowed.checked_sub(hits + open) {
                Some(more) => format!(
                    " It is at {} if at most {} affected.",
                    count_of(self.planned, "row"),
                    match more {
                        1 => "1 more is".to_owned(),
                        more => format!("{} more are", grouped(more as usize)),
                    }
                ),
                None => " More are affected than the plan allows.".to_owned(),
            };
        }
        match (below.without_finding, below.after_one_finding) {
            (Some(without), Some(after)) if without <= rest => {
                let sooner = if below.looking { "" } else { " sooner" };
                text += &format!(
                    " {} more without a finding will show it{sooner}; after one finding, {} more.",
                    grouped(without as usize),
                    grouped(after as usize)
                );
                if below.at_rate.is_none() {
                    text += " At the present rate it will not be shown.";
                }
            }
            _ if below.looking => {
                text += &format!(" The {} left cannot show it.", count_of(rest, "row"));
            }
            _ => {}
        }
        text
    }
}

impl UnsureFigures {
    /// The rate without the open rows, if it is known.
    pub(crate) fn without_open(&self) -> Option<String> {
        let found = self.left_out.as_ref()?;
        let (estimate, low, high) = (found.estimate?, found.low?, found.high?);
        let open = match self.rows {
            1 => "the open row is".to_owned(),
            rows => format!("the {} open rows are", grouped(rows as usize)),
        };
        let level = percent(found.level);
        let interval = match found.one_sided {
            true => format!("{level}: at most {}", percent(high)),
            false => format!("{level}: {} to {}", percent(low), percent(high)),
        };
        Some(format!(
            "If {open} left out: {} ({interval}), {} of {}.",
            percent(estimate),
            grouped(found.hits as usize),
            grouped(found.n as usize)
        ))
    }
}

fn of_the_first(first: &FirstFigures) -> String {
    let [judged, hits, rest, drawn, drawn_hits] =
        [first.judged, first.hits, first.rest, first.drawn, first.drawn_hits].map(|number| grouped(number as usize));
    let have = if first.hits == 1 { "has" } else { "have" };
    format!(
        "Of the {judged} most suspicious rows, all judged, {hits} {have} a false negative; of the other {rest}, {drawn_hits} of {drawn} drawn."
    )
}

/// The findings of people among the rows with each word.
fn of_words(by: &ByMachineFigures) -> Vec<String> {
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
    let words = [("yes", &by.yes), ("no", &by.no), ("nothing", &by.nothing)];
    words.into_iter().filter(|(_, found)| found.population > 0).map(|(word, found)| of(word, found)).collect()
}

/// Half a width as percentage points.
fn points(half: f64) -> String {
    percent(half).trim_end_matches(" %").to_owned()
}

/// The begin of a sentence that holds whatever the answer to open things is.
pub(crate) fn whatever(open: u64) -> &'static str {
    if open == 1 { "Whatever the answer to it is" } else { "Whatever the answer to them is" }
}

pub(super) fn count_of(number: u64, noun: &str) -> String {
    count(number as usize, noun)
}

/// A share in percent, with two digits below 1 %.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        0.0 => "0 %".to_owned(),
        _ if percent < 1.0 => format!("{percent:.2} %"),
        _ if (percent - percent.round()).abs() < 0.05 => format!("{percent:.0} %"),
        _ => format!("{percent:.1} %"),
    }
}
