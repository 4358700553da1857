//! The end of a reading in words, for notices and the list of background work.

use tilejury_audit::external::ReadingSummary;
use tilejury_audit::now;
use tilejury_audit::text::{capital, count, grouped};

use crate::jobs::{FinishedJob, ResultLine};
use crate::reading_task::ReadingEnd;

/// Returns the end as a result for the list of background work.
pub(crate) fn result(end: &ReadingEnd, is_sample: bool) -> FinishedJob {
    let (ok, summary, lines) = match end {
        ReadingEnd::Complete(summary) => {
            (summary.problems().is_empty(), sentence(summary, is_sample), summary.problems())
        }
        ReadingEnd::Stopped(summary) => {
            let text = format!("stopped; {}", sentence(summary, is_sample));
            (false, text, summary.problems())
        }
        ReadingEnd::TooLarge => (true, "The set is too large to be read without asking.".to_owned(), Vec::new()),
        ReadingEnd::NoEngine(reason) | ReadingEnd::Failed(reason) => (false, format!("{reason}."), Vec::new()),
    };
    let lines = lines.into_iter().map(ResultLine::plain).collect();
    FinishedJob { title: "Text".to_owned(), at: now(), ok, summary: capital(&summary), figures: Vec::new(), lines }
}

/// The counts of a reading in a sentence.
fn sentence(summary: &ReadingSummary, is_sample: bool) -> String {
    let place = if is_sample { " of this row" } else { "" };
    let all_known = summary.read + summary.failed == 0 && summary.skipped > 0;
    let mut parts = match all_known {
        true => vec![format!("{}{place} read before", count(summary.skipped, "tile"))],
        false => vec![format!("{}{place} read", count(summary.read, "tile"))],
    };
    if summary.skipped > 0 && !all_known {
        parts.push(format!("{} read before", grouped(summary.skipped)));
    }
    if summary.failed > 0 {
        parts.push(format!("{} failed", grouped(summary.failed)));
    }
    // The language that most tiles are in.
    let missing = summary.missing_languages().into_iter().next();
    let sentence = format!("{}.", parts.join(", "));
    missing.map_or(sentence.clone(), |missing| format!("{sentence} {}.", capital(&missing)))
}

#[cfg(test)]
mod tests {
    use tilejury_data::TilePath;

    use super::*;

    #[test]
    fn results_name_what_failed_once() {
        let summary = ReadingSummary {
            read: 1980,
            skipped: 3,
            failed: 2,
            failures: vec![
                (TilePath::new("a.png"), "it is damaged".into()),
                (TilePath::new("b.png"), "it is gone".into()),
            ],
            missing: [("jpn".parse().unwrap(), 12), ("deu".parse().unwrap(), 1)].into(),
            ..ReadingSummary::default()
        };
        let result = result(&ReadingEnd::Complete(summary), false);
        assert_eq!(
            result.summary,
            "1,980 tiles read, 3 read before, 2 failed. 12 tiles seem to be in `jpn`, which Tesseract lacks; \
on Debian or Ubuntu: apt-get install tesseract-ocr-jpn."
        );
        assert!(!result.ok);
        let lines: Vec<&str> = result.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(lines[..2], ["a.png: it is damaged", "b.png: it is gone"]);
        assert_eq!(lines.len(), 4, "both languages follow: {lines:?}");
    }

    #[test]
    fn plain_results_are_short() {
        let summary = ReadingSummary { read: 1, ..ReadingSummary::default() };
        let done = result(&ReadingEnd::Complete(summary.clone()), true);
        assert_eq!((done.ok, done.summary.as_str()), (true, "1 tile of this row read."));
        assert_eq!(result(&ReadingEnd::Stopped(summary), false).summary, "Stopped; 1 tile read.");
    }
}
