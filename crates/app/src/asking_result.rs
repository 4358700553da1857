//! The end of a run of questions to a model in words, for notices and the list of background work.

use tilejury_audit::now;
use tilejury_audit::text::{capital, count, grouped};
use tilejury_data::shown::shown;
use tilejury_reviewer::{AskEnd, AskSummary, ControlEstimate, ModelControls, SecondSummary};

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

fn sentence(summary: &AskSummary, controls: &ModelControls) -> String {
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
    let second = second_in_words(&summary.second);
    let controls = controls_in_words(controls).map(|words| format!(" {}.", capital(&words))).unwrap_or_default();
    let paid = paid_in_words(summary);
    format!("{ended}{}; evidence of {verified} verified{second}; {tokens} tokens{paid}.{controls}", parts.join(", "))
}

/// The requests that may be paid twice or without an answer, with a semicolon before each; empty
/// without any.
fn paid_in_words(summary: &AskSummary) -> String {
    let words = |number: usize, what: &str| (number > 0).then(|| format!("; {} {what}", count(number, "request")));
    let repeated = words(summary.repeated, "may have been paid twice: no reply came the first time");
    let unanswered = words(summary.unanswered, "may have been paid without an answer");
    repeated.into_iter().chain(unanswered).collect()
}

/// The outcomes of a second stage, with a semicolon before them; empty without any.
fn second_in_words(second: &SecondSummary) -> String {
    if second.doubtful == 0 {
        return String::new();
    }
    format!(
        "; of {}, {} answer also in both orders, {} depend on the order, {} do not answer beside the positive",
        count(second.doubtful, "doubtful tile"),
        grouped(second.confirmed),
        grouped(second.order_dependent),
        grouped(second.rejected)
    )
}

/// The measures of a model by its controls, without a full stop; `None` without controls.
pub(crate) fn controls_in_words(controls: &ModelControls) -> Option<String> {
    let first = shares(&controls.first)?;
    let both = controls.both.as_ref().and_then(shares).map(|words| format!("; after the second stage it {words}"));
    let both = both.unwrap_or_default();
    Some(format!("by its controls, the model {first}{both} (95 % intervals; optimistic: easy cases)"))
}

fn shares(controls: &ControlEstimate) -> Option<String> {
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
    (!parts.is_empty()).then(|| parts.join(" and "))
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
        let first = ControlEstimate { positives: (10, 9), foreign: (0, 0) };
        let mut controls = ModelControls { model: "m".into(), first, both: None };
        let result = result(&AskingEnd::Ran(Box::new(summary.clone()), controls.clone()), "m");
        assert_eq!(
            result.summary,
            "Stopped, 5 times in a row: status 500. 1,100 of 1,200 questions answered, 5 failed; evidence of 800 \
verified; 1,250,000 tokens. By its controls, the model finds 55 to 100 % of 10 own positives (95 % intervals; \
optimistic: easy cases)."
        );
        assert_eq!((result.ok, result.lines[0].text.as_str()), (false, "No answer: the answer is empty"));
        let words = sentence(&AskSummary { repeated: 8, unanswered: 1, ..summary.clone() }, &controls);
        assert!(
            words.contains(
                "1,250,000 tokens; 8 requests may have been paid twice: no reply came the first time; \
1 request may have been paid without an answer. By its controls"
            ),
            "{words}"
        );
        let second = SecondSummary { doubtful: 6, confirmed: 3, order_dependent: 2, rejected: 1, ..Default::default() };
        controls.both = Some(ControlEstimate { positives: (10, 10), foreign: (0, 0) });
        let words = sentence(&AskSummary { second, ..summary }, &controls);
        let doubtful =
            "of 6 doubtful tiles, 3 answer also in both orders, 2 depend on the order, 1 do not answer beside";
        assert!(
            words.contains(doubtful) && words.contains("after the second stage it finds 69 to 100 % of 10"),
            "{words}"
        );
    }
}
