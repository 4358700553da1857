//! The end of a run of questions to a model in words, for notices and the list of background work.

use tilejury_audit::now;
use tilejury_audit::text::{capital, count, grouped};
use tilejury_data::shown::shown;
use tilejury_reviewer::{AskEnd, AskSummary, ControlEstimate};

use crate::asking_task::AskingEnd;
use crate::jobs::{FinishedJob, ResultLine};

/// Returns the end as a result for the list of background work.
pub(crate) fn result(end: &AskingEnd, model: &str) -> FinishedJob {
    let (ok, summary, lines) = match end {
        AskingEnd::Ran(summary, controls) => {
            let ok = summary.end == AskEnd::Finished && summary.failed == 0 && summary.unreadable.is_empty();
            (ok, sentence(summary, controls), problems(summary))
        }
        AskingEnd::Failed(reason) => (false, format!("{}.", capital(reason.trim_end_matches('.'))), Vec::new()),
    };
    let lines = lines.into_iter().map(|text| ResultLine { text, row: None, kind: None }).collect();
    FinishedJob { title: format!("Reviews by {model}"), at: now(), ok, summary, lines }
}

fn sentence(summary: &AskSummary, controls: &ControlEstimate) -> String {
    let ended = match &summary.end {
        AskEnd::Finished => String::new(),
        AskEnd::Stopped => "Stopped. ".to_owned(),
        AskEnd::Budget(reason) | AskEnd::Faults(reason) => format!("Stopped, {reason}. "),
    };
    let mut parts = vec![format!("{} of {} answered", grouped(summary.answered), count(summary.asked, "question"))];
    if summary.known > 0 {
        parts.push(format!("{} known before", grouped(summary.known)));
    }
    if summary.failed > 0 {
        parts.push(format!("{} failed", grouped(summary.failed)));
    }
    if !summary.unreadable.is_empty() {
        parts.push(format!("{} cannot be read", count(summary.unreadable.len(), "tile")));
    }
    let (verified, tokens) = (grouped(summary.verified), grouped(summary.tokens as usize));
    let controls = controls_in_words(controls).map(|words| format!(" {}.", capital(&words))).unwrap_or_default();
    format!("{ended}{}; evidence of {verified} verified; {tokens} tokens.{controls}", parts.join(", "))
}

/// The measure of a model by its controls, without a full stop; `None` without controls.
pub(crate) fn controls_in_words(controls: &ControlEstimate) -> Option<String> {
    let range = |low: f64, high: f64| format!("{:.0} to {:.0} %", 100.0 * low, 100.0 * high);
    let positives = count(controls.positives.0 as usize, "own positive");
    let foreign = count(controls.foreign.0 as usize, "foreign tile");
    let parts: Vec<String> = [
        controls.sensitivity().map(|share| format!("finds {} of {positives}", range(share.low, share.high))),
        controls.specificity().map(|share| format!("passes over {} of {foreign}", range(share.low, share.high))),
    ]
    .into_iter()
    .flatten()
    .collect();
    let parts = (!parts.is_empty()).then(|| parts.join(" and "))?;
    Some(format!("by its controls, the model {parts} (95 % intervals; optimistic: easy cases)"))
}

fn problems(summary: &AskSummary) -> Vec<String> {
    let unreadable = summary.unreadable.iter().map(|(tile, reason)| format!("{}: {reason}", shown(tile.as_str())));
    unreadable.chain(summary.failures.iter().map(|failure| format!("No answer: {failure}"))).collect()
}

#[cfg(test)]
mod tests {
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
        let controls = ControlEstimate { positives: (10, 9), foreign: (0, 0) };
        let result = result(&AskingEnd::Ran(Box::new(summary), controls), "m");
        assert_eq!(
            result.summary,
            "Stopped, 5 times in a row: status 500. 1,100 of 1200 questions answered, 5 failed; evidence of 800 \
verified; 1,250,000 tokens. By its controls, the model finds 55 to 100 % of 10 own positives (95 % intervals; \
optimistic: easy cases)."
        );
        assert_eq!((result.ok, result.lines[0].text.as_str()), (false, "No answer: the answer is empty"));
    }
}
