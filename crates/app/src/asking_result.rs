//! The end of a run of questions to a model in words, for notices and the list of background work.

use tilejury_audit::now;
use tilejury_audit::text::{capital, count, grouped};
use tilejury_data::shown::shown;
use tilejury_reviewer::{AskEnd, AskSummary, ControlEstimate, ModelControls, SecondSummary};

use crate::asking_task::AskingEnd;
use crate::jobs::{FinishedJob, ResultLine};

/// Returns the end as a result for the list of background work.
pub(crate) fn result(end: &AskingEnd, model: &str) -> FinishedJob {
    let (ok, summary, figures, problems) = match end {
        AskingEnd::Ran { summary, controls, planned } => {
            let ok = summary.end == AskEnd::Finished && summary.failed == 0;
            (ok, sentence(summary, *planned), figures(summary, controls), problems(summary))
        }
        AskingEnd::Failed(reason) => {
            (false, format!("{}.", capital(reason.trim_end_matches('.'))), Vec::new(), Vec::new())
        }
    };
    let remark = match end {
        AskingEnd::Ran { controls, .. } => remark(controls),
        AskingEnd::Failed(_) => None,
    };
    let problems = problems.into_iter().map(|text| ResultLine { warns: true, ..ResultLine::plain(text) });
    let lines = remark.into_iter().chain(problems).collect();
    FinishedJob { title: format!("Reviews by {model}"), at: now(), ok, summary, figures, lines }
}

/// The outcome of the planned questions in a sentence.
fn sentence(summary: &AskSummary, planned: usize) -> String {
    let ended = match &summary.end {
        AskEnd::Finished => String::new(),
        AskEnd::Stopped => "Stopped. ".to_owned(),
        AskEnd::Budget(reason) | AskEnd::Faults(reason) => format!("Stopped, {reason}. "),
    };
    let mut parts = vec![format!("{} of {} answered", grouped(summary.answered), count(planned, "question"))];
    if summary.known > 0 {
        parts.push(format!("{} known before", grouped(summary.known)));
    }
    if summary.failed > 0 {
        parts.push(format!("{} failed", grouped(summary.failed)));
    }
    // What is missing in the sum is explained.
    let not_sent = planned.saturating_sub(summary.asked + summary.known);
    let unreadable = count(summary.unreadable.len(), "tile");
    match (not_sent, summary.unreadable.is_empty()) {
        (0, true) => {}
        (0, false) => parts.push(format!("{unreadable} cannot be read")),
        (not_sent, true) => parts.push(format!("{} not sent", grouped(not_sent))),
        (not_sent, false) => parts.push(format!("{} not sent ({unreadable} cannot be read)", grouped(not_sent))),
    }
    format!("{ended}{}{}.", parts.join(", "), paid_in_words(summary))
}

/// The requests that may be paid twice or without an answer, with a semicolon before each; empty
/// without any.
fn paid_in_words(summary: &AskSummary) -> String {
    let words = |number: usize, what: &str| (number > 0).then(|| format!("; {} {what}", count(number, "request")));
    let repeated = words(summary.repeated, "may have been paid twice: no reply came the first time");
    let unanswered = words(summary.unanswered, "may have been paid without an answer");
    repeated.into_iter().chain(unanswered).collect()
}

/// The numbers of answers, the outcome of a second stage, and what the controls say of the model.
fn figures(summary: &AskSummary, controls: &ModelControls) -> Vec<(String, String)> {
    let number = |name: &str, number: usize| (name.to_owned(), grouped(number));
    let mut figures = vec![number("Answers whose words are on the tile", summary.verified)];
    let SecondSummary { doubtful, confirmed, order_dependent, rejected, .. } = summary.second;
    if doubtful > 0 {
        figures.push(number("Doubtful tiles, compared with the positive", doubtful));
        figures.push(number("    also answer in both orders", confirmed));
        figures.push(number("    depend on the order", order_dependent));
        figures.push(number("    do not answer beside the positive", rejected));
    }
    figures.push(number("Tokens", summary.tokens as usize));
    let stages = [Some(("", &controls.first)), controls.both.as_ref().map(|both| (" after the second stage", both))];
    for (after, of) in stages.into_iter().flatten() {
        let share = |low: f64, high: f64, (all, right): (u64, u64)| {
            format!("{right} of {all} (95 % interval: {})", in_percent(low, high))
        };
        if let Some(found) = of.sensitivity() {
            let own = share(found.low, found.high, of.positives);
            figures.push((format!("Controls: own positives found{after}"), own));
        }
        if let Some(passed) = of.specificity() {
            let foreign = share(passed.low, passed.high, of.foreign);
            figures.push((format!("Controls: foreign tiles passed over{after}"), foreign));
        }
    }
    figures
}

/// The reservation about the controls, if any were asked.
fn remark(controls: &ModelControls) -> Option<ResultLine> {
    let ControlEstimate { positives, foreign } = controls.first;
    let text = "Controls are easy cases: what they say of the model is optimistic.";
    (positives.0 + foreign.0 > 0).then(|| ResultLine::plain(text.to_owned()))
}

/// An interval of a share.
fn in_percent(low: f64, high: f64) -> String {
    format!("{:.0} to {:.0} %", 100.0 * low, 100.0 * high)
}

/// The measures of a model by its controls, without a full stop; `None` without controls.
pub(crate) fn controls_in_words(controls: &ModelControls) -> Option<String> {
    let first = shares(&controls.first)?;
    let both = controls.both.as_ref().and_then(shares).map(|words| format!("; after the second stage it {words}"));
    let both = both.unwrap_or_default();
    Some(format!("by its controls, the model {first}{both} (95 % intervals; optimistic: easy cases)"))
}

fn shares(controls: &ControlEstimate) -> Option<String> {
    let positives = count(controls.positives.0 as usize, "own positive");
    let foreign = count(controls.foreign.0 as usize, "foreign tile");
    let parts: Vec<String> = [
        controls.sensitivity().map(|share| format!("finds {} of {positives}", in_percent(share.low, share.high))),
        controls.specificity().map(|share| format!("passes over {} of {foreign}", in_percent(share.low, share.high))),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}

fn problems(summary: &AskSummary) -> Vec<String> {
    let unreadable = summary.unreadable.iter().map(|(tile, reason)| match reason.contains(tile.as_str()) {
        true => reason.clone(),
        false => format!("{}: {reason}", shown(tile.as_str())),
    });
    unreadable.chain(summary.failures.iter().map(|failure| format!("No answer: {failure}"))).collect()
}

#[cfg(test)]
mod tests {
    use tilejury_data::TilePath;

    use super::*;

    #[test]
    fn results_state_the_end_and_the_controls() {
        let summary = AskSummary {
            asked: 1200,
            answered: 1100,
            verified: 800,
            failed: 5,
            failures: vec!["the answer is empty".into()],
            tokens: 1_250_000,
            end: AskEnd::Faults("5 times in a row: status 500".into()),
            ..AskSummary::default()
        };
        let first = ControlEstimate { positives: (10, 9), foreign: (0, 0) };
        let mut controls = ModelControls { model: "m".into(), first, both: None };
        let end = |summary: &AskSummary, controls: &ModelControls| AskingEnd::Ran {
            summary: Box::new(summary.clone()),
            controls: controls.clone(),
            planned: 1300,
        };
        let found = result(&end(&summary, &controls), "m");
        assert_eq!(
            found.summary,
            "Stopped, 5 times in a row: status 500. 1,100 of 1,300 questions answered, 5 failed, 100 not sent."
        );
        assert_eq!((found.ok, found.lines[1].text.as_str()), (false, "No answer: the answer is empty"));
        assert!(found.lines[0].text.ends_with("is optimistic.") && !found.lines[0].warns);
        let has = |result: &FinishedJob, name: &str, number: &str| {
            let figures = &result.figures;
            assert!(figures.iter().any(|(of, is)| of.trim() == name && is == number), "{name} {number}: {figures:?}");
        };
        has(&found, "Tokens", "1,250,000");
        has(&found, "Controls: own positives found", "9 of 10 (95 % interval: 55 to 100 %)");
        let lost = result(&end(&AskSummary { repeated: 8, unanswered: 1, ..summary.clone() }, &controls), "m").summary;
        let paid = "100 not sent; 8 requests may have been paid twice: no reply came the first time; \
1 request may have been paid without an answer.";
        assert!(lost.ends_with(paid), "{lost}");
        let second = SecondSummary { doubtful: 6, confirmed: 3, order_dependent: 1, rejected: 2, ..Default::default() };
        controls.both = Some(ControlEstimate { positives: (10, 10), foreign: (0, 0) });
        let whole = AskSummary {
            failed: 0,
            failures: Vec::new(),
            known: 97,
            unreadable: vec![(TilePath::new("a.png"), "a.png is missing".into())],
            asked: 1202,
            answered: 1202,
            second,
            end: AskEnd::Finished,
            ..summary
        };
        let found = result(&end(&whole, &controls), "m");
        let sum = "1,202 of 1,300 questions answered, 97 known before, 1 not sent (1 tile cannot be read).";
        assert_eq!(found.summary, sum);
        assert!(found.ok && found.lines[1].warns, "the run is good, its line says what is not");
        assert_eq!(found.lines[1].text, "a.png is missing", "the tile is named once");
        has(&found, "also answer in both orders", "3");
        has(&found, "Controls: own positives found after the second stage", "10 of 10 (95 % interval: 69 to 100 %)");
    }
}
