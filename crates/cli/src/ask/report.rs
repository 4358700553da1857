//! The end of a run of `tilejury ask`, in words and as JSON. Asks and stores nothing.

use serde_json::{Value, json};
use tilejury_audit::text::{count, grouped};
use tilejury_data::shown::shown;
use tilejury_reviewer::{AskSummary, ControlEstimate, SecondSummary};
use tilejury_stats::Interval;

use crate::output::print_message;

/// The counts of a run with the measures of one stage and of both.
pub(super) fn as_json(summary: &AskSummary, controls: &ControlEstimate, both: &ControlEstimate) -> Value {
    let second = &summary.second;
    json!({
        "asked": summary.asked,
        "answered": summary.answered,
        "verified": summary.verified,
        "failed": summary.failed,
        "tokens": summary.tokens,
        "sensitivity": ends(controls.sensitivity()),
        "specificity": ends(controls.specificity()),
        "second": {
            "asked": second.asked,
            "answered": second.answered,
            "failed": second.failed,
            "doubtful": second.doubtful,
            "confirmed": second.confirmed,
            "order_dependent": second.order_dependent,
            "rejected": second.rejected,
            "sensitivity": ends(both.sensitivity()),
            "specificity": ends(both.specificity()),
        },
        "unanswered": summary.unanswered,
        "repeated": summary.repeated,
    })
}

fn ends(interval: Option<Interval>) -> Option<[f64; 2]> {
    let rounded = |value: f64| (value * 1e4).round() / 1e4;
    interval.map(|interval| [rounded(interval.low), rounded(interval.high)])
}

/// Prints the end of a run in words.
pub(super) fn in_words(summary: &AskSummary, controls: &ControlEstimate, both: &ControlEstimate) {
    for (tile, reason) in &summary.unreadable {
        print_message(&format!("tilejury: {} cannot be read: {reason}", shown(tile.as_str())));
    }
    for failure in &summary.failures {
        print_message(&format!("tilejury: no answer: {failure}"));
    }
    let cost = summary.cost.map_or_else(String::new, |cost| format!(", cost {cost:.4}"));
    print_message(&format!(
        "{} answered of {} asked, {} known before or equal; {} with words that are on the tile; {} tokens in {}{cost}",
        summary.answered,
        summary.asked,
        summary.known,
        summary.verified,
        grouped(summary.tokens as usize),
        count(summary.calls as usize, "request")
    ));
    let parts = [
        percent(controls.sensitivity())
            .map(|range| format!("finds {range} of {}", count(controls.positives.0 as usize, "own positive"))),
        percent(controls.specificity())
            .map(|range| format!("passes over {range} of {}", count(controls.foreign.0 as usize, "foreign tile"))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if !parts.is_empty() {
        print_message(&format!(
            "by its controls, the model {}; hard negatives are harder, so this is optimistic",
            parts.join(" and ")
        ));
    }
    second_in_words(&summary.second, both);
    if summary.repeated > 0 {
        let requests = count(summary.repeated, "request");
        print_message(&format!("{requests} may have been paid twice: no reply came the first time"));
    }
    if summary.unanswered > 0 {
        print_message(&format!(
            "{} may have been paid without an answer; the next run asks again",
            count(summary.unanswered, "request")
        ));
    }
}

/// Prints the outcomes of the second stage, if there was one.
fn second_in_words(second: &SecondSummary, both: &ControlEstimate) {
    if second.doubtful == 0 {
        return;
    }
    print_message(&format!(
        "second stage: of {}, {} confirmed beside the positive in both orders, {} depend on the order, {} rejected",
        count(second.doubtful, "doubtful tile"),
        second.confirmed,
        second.order_dependent,
        second.rejected
    ));
    let parts = [
        percent(both.sensitivity()).map(|range| format!("find {range} of own positives")),
        percent(both.specificity()).map(|range| format!("pass over {range} of foreign tiles")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if !parts.is_empty() {
        print_message(&format!("by its controls, both stages together {}", parts.join(" and ")));
    }
}

fn percent(interval: Option<Interval>) -> Option<String> {
    interval.map(|interval| format!("{:.0} to {:.0} %", 100.0 * interval.low, 100.0 * interval.high))
}
