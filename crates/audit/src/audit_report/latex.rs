//! A row of a LaTeX table for each audit, and an entry for BibTeX.

use std::fmt::Write as _;

use super::content::{AuditEntry, AuditReport};
use crate::audits::RateFigures;
use crate::text::grouped;

pub(super) fn latex(report: &AuditReport) -> String {
    let mut out = String::from(
        "% A row for each audit: set, audit, rows of the set, rows drawn, then in percent with their intervals:\n\
% rows with a false negative, negatives that are relevant, rows with a wrong positive.\n\
% With one planned end, as in “below a limit”, the interval is “< x %”.\n\
% Where answers are open, the interval holds whatever they are.\n\
% The table needs seven columns: \\begin{tabular}{llrrrrr}\n",
    );
    let judged = report.audits.iter().filter(|audit| {
        // Of drawn tiles follows no rate of rows.
        audit.details.is_some() && audit.status.judged > 0 && !audit.status.is_of_tiles()
    });
    let mut rows = 0;
    for audit in judged {
        rows += 1;
        let _ = writeln!(out, "{}", row(&report.dataset.name, audit));
    }
    if rows == 0 {
        out.push_str("% There is no row: nothing was drawn at random and judged.\n");
    }
    let version = report.program.rsplit(' ').next().unwrap_or_default();
    let _ = write!(
        out,
        "\n% For the .bib file; cite it as \\cite{{tilejury}}:\n\
% @software{{tilejury,\n\
%   title = {{Tilejury}},\n\
%   author = {{{{The Tilejury authors}}}},\n\
%   version = {{{version}}}\n\
% }}\n"
    );
    out
}

fn row(set: &str, audit: &AuditEntry) -> String {
    let status = &audit.status;
    let open = &status.unsure;
    let rows = status.rows.with_ends(open.rows, open.low, open.high);
    let positives = &open.wrong_positives;
    let wrong = status.wrong_positives.with_ends(positives.open, positives.low, positives.high);
    let (negatives, of) = (&open.negatives, &status.negatives);
    let (low, high) = if negatives.open > 0 { (negatives.low, negatives.high) } else { (of.low, of.high) };
    let note = if status.finished { "" } else { "\\textsuperscript{*}" };
    let drawn = format!("{} of {}", grouped(status.judged as usize), grouped(status.planned as usize));
    let fields = [
        escaped(set),
        format!("{}{note}", escaped(&status.name)),
        grouped(status.rows.population as usize),
        if status.finished { grouped(status.judged as usize) } else { drawn },
        of_rows(&rows),
        share(of.estimate, low, high),
        of_rows(&wrong),
    ];
    let level = (status.rows.level * 100.0).round();
    let not_finished = match (status.finished, status.rows.high) {
        (true, _) => "",
        (false, Some(_)) => ", * not finished: running intervals",
        (false, None) => ", * not finished: no interval yet",
    };
    format!("{} \\\\ % {level} \\%{not_finished}", fields.join(" & "))
}

/// A rate of rows: of a one-sided interval, only its upper end is known.
fn of_rows(rate: &RateFigures) -> String {
    match (rate.one_sided, rate.estimate, rate.high) {
        (true, Some(estimate), Some(high)) => format!("{:.1} [$<$ {:.1} \\%]", estimate * 100.0, high * 100.0),
        _ => share(rate.estimate, rate.low, rate.high),
    }
}

fn share(estimate: Option<f64>, low: Option<f64>, high: Option<f64>) -> String {
    let percent = |share: f64| format!("{:.1}", share * 100.0);
    match (estimate, low, high) {
        (Some(estimate), Some(low), Some(high)) => {
            format!("{} [{}, {}]", percent(estimate), percent(low), percent(high))
        }
        (Some(estimate), ..) => percent(estimate),
        _ => "--".to_owned(),
    }
}

/// A text as LaTeX prints it, on one line.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => escaped.extend(['\\', sign]),
            '\\' => escaped.push_str("\\textbackslash{}"),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '^' => escaped.push_str("\\textasciicircum{}"),
            '<' => escaped.push_str("\\textless{}"),
            '>' => escaped.push_str("\\textgreater{}"),
            _ if sign.is_whitespace() || sign.is_control() => escaped.push(' '),
            _ => escaped.push(sign),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_latex_are_escaped() {
        assert_eq!(escaped("a_b & 5 % {x}\n\\y"), "a\\_b \\& 5 \\% \\{x\\} \\textbackslash{}y");
    }

    #[test]
    fn a_one_sided_interval_has_an_upper_end_only() {
        let mut rate = RateFigures { estimate: Some(0.0), low: Some(0.0), high: Some(0.009), ..RateFigures::default() };
        assert_eq!(of_rows(&rate), "0.0 [0.0, 0.9]");
        rate.one_sided = true;
        assert_eq!(of_rows(&rate), "0.0 [$<$ 0.9 \\%]");
    }

    #[test]
    fn shares_are_in_percent_with_their_interval() {
        assert_eq!(share(Some(0.0625), Some(0.041), Some(0.091)), "6.2 [4.1, 9.1]");
        assert_eq!(share(Some(0.5), None, None), "50.0");
        assert_eq!(share(None, None, None), "--");
    }
}
