//! The third part of a report: the rates with their intervals, as tables and plots. Words and
//! formats only; the figures are counted before.

use std::ops::Range;

use serde_json::{Value, json};
use tilejury_stats::{Level, count_interval};

use super::content::{AuditDetails, AuditEntry, AuditReport, PartRate};
use super::page::Block;
use super::plots::{self, Dot};
use crate::TextEnum as _;
use crate::audits::{AuditStatus, RateFigures, WordFigures, percent, whatever};
use crate::judgement::Reason;
use crate::text::{count, grouped};

/// The columns of [`rate_of_rows`].
pub(super) const HEAD: [&str; 6] = ["rate", "found", "of", "estimate", "interval", "method"];
/// The columns of it with numbers.
pub(super) const NUMBERS: Range<usize> = 1..5;

pub(super) fn numbers(report: &AuditReport, page: &mut Vec<Block>) {
    page.push(Block::Heading("3. Numbers".into()));
    if report.reported().next().is_none() {
        page.push(Block::paragraph(
            "There is no rate: nothing was drawn at random and judged. The first part has the counts.",
        ));
    }
    for (audit, details) in report.reported() {
        page.push(Block::Subheading(format!("Rates of “{}”", audit.status.name)));
        one(audit, details, page);
    }
}

fn one(audit: &AuditEntry, details: &AuditDetails, page: &mut Vec<Block>) {
    let status = &audit.status;
    if status.is_of_tiles() {
        page.push(Block::paragraph(
            "Tiles were drawn, not rows: no rate of rows or negatives follows. What they show is in the part on machines.",
        ));
        return;
    }
    let mut rows = vec![rate("rows with a false negative", &status.rows)];
    let negatives = &status.negatives;
    rows.push(vec![
        "negatives that are relevant".into(),
        grouped(negatives.hits as usize),
        grouped(negatives.n as usize),
        share(negatives.estimate),
        with_level(negatives.low, negatives.high, negatives.level),
        if negatives.high.is_some() { negatives.method.into() } else { String::new() },
    ]);
    rows.push(rate("rows with a wrong positive", &status.wrong_positives));
    page.push(Block::table(&HEAD, NUMBERS, rows));
    page.push(Block::List(notes(audit, details)));
    let dots = dots(status);
    if let Some(svg) = plots::rates(&dots) {
        let caption = if dots.iter().any(|dot| dot.planned.is_some() || dot.running.is_some()) {
            "Rates with their intervals: thick at the planned number of rows, thin while rows are judged (99 %). Rows and \
negatives, two different denominators, are on one axis."
        } else {
            "Rates so far; there is no interval before the last planned row."
        };
        page.push(Block::Plot { svg, caption: caption.into() });
    }
    if let Some(svg) = plots::findings(&details.series) {
        let caption = "Rows with a false negative, by judged rows in the order of the draw. The band has the numbers \
that fit the running interval (99 %), which holds whenever a person stops.";
        page.push(Block::Plot { svg, caption: caption.into() });
    }
    bands(status, page);
    by_word(status, page);
    parts("By split", &details.splits, |name| name, page);
    parts("Rejected rows by reason", &details.reasons, reason, page);
}

/// The sentences below the table of rates.
fn notes(audit: &AuditEntry, details: &AuditDetails) -> Vec<String> {
    let status = &audit.status;
    let mut all = Vec::new();
    all.push(match status.finished {
        true => format!("Planned {}, finished.", count(status.planned as usize, "row")),
        false => format!(
            "Planned {}, {} judged: {}.",
            count(status.planned as usize, "row"),
            grouped(status.judged as usize),
            match status.rows.high {
                Some(_) => "running intervals, and none of negatives",
                None => "no interval before the last of them, as the plan draws from parts",
            }
        ),
    });
    if let (Some(low), Some(high)) = (status.rows.low_count, status.rows.high_count) {
        all.push(format!(
            "Rows with a false negative in the whole set: {} to {} of {}.",
            grouped(low as usize),
            grouped(high as usize),
            grouped(status.rows.population as usize)
        ));
    }
    if let (Some(low), Some(high)) = (status.running.low, status.running.high) {
        all.push(format!(
            "The running interval of rows with a false negative is {} to {} ({}), with open rows as unaffected and as \
affected.",
            percent(low),
            percent(high),
            percent(status.running.level)
        ));
    }
    let unsure = &status.unsure;
    if let (1.., Some(low), Some(high)) = (unsure.rows, unsure.low, unsure.high) {
        all.push(format!(
            "Left open: {}. {}, {} to {} of rows have a false negative.",
            count(unsure.rows as usize, "row"),
            whatever(unsure.rows),
            percent(low),
            percent(high)
        ));
    }
    all.extend(unsure.without_open());
    let negatives = &unsure.negatives;
    if let (1.., Some(low), Some(high)) = (negatives.open, negatives.low, negatives.high) {
        all.push(format!(
            "Open negatives: {}. {}, {} to {} of negatives are relevant.",
            grouped(negatives.open as usize),
            whatever(negatives.open),
            percent(low),
            percent(high)
        ));
    }
    let wrong = &details.wrong_positives_unsure;
    if let (1.., Some(low), Some(high)) = (wrong.rows, wrong.low, wrong.high) {
        all.push(format!(
            "Open positives: {}. {}, {} to {} of rows have a wrong positive.",
            grouped(wrong.rows as usize),
            whatever(wrong.rows),
            percent(low),
            percent(high)
        ));
    }
    if let (Some(effective), Some(deff)) = (status.negatives.effective_n, status.negatives.deff) {
        all.push(format!(
            "Negatives come in rows, so the design effect is {deff:.2}: {} count as {}. {} of them were only confirmed by \
accepting their row.",
            count(status.negatives.n as usize, "negative"),
            grouped(effective.round() as usize),
            grouped(status.negatives.confirmed as usize)
        ));
    }
    if let Some(below) = &status.below {
        let limit = percent(below.limit);
        all.push(match below.shown {
            Some(true) => format!("Shown: fewer than {limit} of rows have a false negative."),
            Some(false) => format!("Not shown that it is below {limit}. That does not show that it is above."),
            None if below.looking => format!("Not shown so far that it is below {limit}."),
            None => format!("Whether it is below {limit} is known once all planned rows are judged."),
        });
    }
    all.push(format!(
        "Rows on which annotators differ: {}. Tiles that cannot be read, which count nowhere: {}.",
        grouped(status.disputed as usize),
        grouped(status.broken as usize)
    ));
    all
}

fn dots(status: &AuditStatus) -> Vec<Dot> {
    let both = |low: Option<f64>, high: Option<f64>| low.zip(high);
    let running = both(status.running.low, status.running.high);
    let dot = |label: &str, estimate: Option<f64>, planned, running| {
        Some(Dot { label: label.to_owned(), estimate: estimate?, planned, running })
    };
    let of = |rate: &RateFigures| both(rate.low, rate.high);
    let (rows, wrong, negatives) = (&status.rows, &status.wrong_positives, &status.negatives);
    let planned = |rate: &RateFigures| of(rate).filter(|_| status.finished);
    let early = |rate: &RateFigures| of(rate).filter(|_| !status.finished);
    [
        dot("rows with a false negative", rows.estimate, planned(rows), running),
        dot("negatives that are relevant", negatives.estimate, both(negatives.low, negatives.high), None),
        dot("rows with a wrong positive", wrong.estimate, planned(wrong), early(wrong)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The rates of bands, from the JSON form: a status without bands has none.
fn bands(status: &AuditStatus, page: &mut Vec<Block>) {
    let json = json!(status);
    let Some(list) = json["bands"]["bands"].as_array() else { return };
    let number = |band: &Value, field: &str| band[field].as_u64().unwrap_or_default();
    let (mut rows, mut dots) = (Vec::new(), Vec::new());
    for (at, band) in list.iter().enumerate() {
        let (hits, n, population) = (number(band, "hits"), number(band, "n"), number(band, "population"));
        let name = format!("band {}", at + 1);
        // The draw within a band is a simple random sample of it.
        let level = Level::new(status.rows.level).unwrap_or(Level::USUAL);
        let found = count_interval(population, n, hits, level).filter(|_| status.finished && n > 0);
        let ends = found.map(|found| found.share_of(population)).map(|ends| (ends.low, ends.high));
        rows.push(vec![
            name.clone(),
            grouped(population as usize),
            grouped(hits as usize),
            grouped(n as usize),
            ratio(hits, n),
            interval(ends.map(|ends| ends.0), ends.map(|ends| ends.1)),
        ]);
        if n > 0 {
            let label = format!("{name}: {}", count(population as usize, "row"));
            dots.push(Dot { label, estimate: hits as f64 / n as f64, planned: ends, running: None });
        }
    }
    page.push(Block::Subheading("By band of suspicion, the most suspicious first".into()));
    let head = ["band", "rows of the set", "found", "judged", "share", "interval (exploratory)"];
    page.push(Block::table(&head, 1..6, rows));
    if let Some(svg) = plots::rates(&dots) {
        page.push(Block::Plot { svg, caption: "The share of rows with a false negative in each band.".into() });
    }
}

/// The rates of the rows with each word of a machine.
fn by_word(status: &AuditStatus, page: &mut Vec<Block>) {
    let Some(by) = &status.by_machine else { return };
    let words = [
        ("yes: its precision", &by.yes),
        ("no: its misses", &by.no),
        ("nothing of at least one negative", &by.nothing),
    ];
    let words = words.into_iter().filter(|(_, found)| found.population > 0);
    let row = |(word, found): (&str, &WordFigures)| {
        vec![
            word.to_owned(),
            grouped(found.population as usize),
            grouped(found.hits as usize),
            grouped(found.n as usize),
            ratio(found.hits, found.n),
            interval(found.low, found.high),
        ]
    };
    let level = percent(by.level);
    page.push(Block::Subheading(format!("Rows with a false negative by the word of a machine ({})", by.machine)));
    let exact = format!("exact interval ({level})");
    let head = ["the machine says", "rows of the set", "found", "judged", "share", &exact];
    page.push(Block::table(&head, 1..6, words.clone().map(row).collect()));
    let dots: Vec<Dot> = words
        .filter_map(|(word, found)| {
            let label = format!("{word}, {}", count(found.population as usize, "row"));
            Some(Dot { label, estimate: found.estimate?, planned: found.low.zip(found.high), running: None })
        })
        .collect();
    if let Some(svg) = plots::rates(&dots) {
        page.push(Block::Plot {
            svg,
            caption: "The share of rows with a false negative by the word of the machine.".into(),
        });
    }
}

/// The name of a reason, by its word.
fn reason(word: &str) -> &str {
    match Reason::parse(word) {
        Ok(reason) => reason.label(),
        Err(_) => word,
    }
}

/// A table of parts of the draw. `label` is the shown name of a part.
fn parts(title: &str, parts: &[PartRate], label: fn(&str) -> &str, page: &mut Vec<Block>) {
    if parts.is_empty() {
        return;
    }
    page.push(Block::Subheading(title.to_owned()));
    let rows = parts.iter().map(|part| {
        let name = label(&part.name);
        let name = if part.planned { name.to_owned() } else { format!("{name} (exploratory)") };
        rate(&name, &part.rate)
    });
    page.push(Block::table(&HEAD, NUMBERS, rows.collect()));
}

/// The rate of affected rows of an audit as a row of a table.
pub(super) fn rate_of_rows(status: &AuditStatus) -> Vec<String> {
    rate(&format!("“{}”", status.name), &status.rows)
}

fn rate(name: &str, found: &RateFigures) -> Vec<String> {
    let interval = match (found.one_sided, found.high) {
        (true, Some(high)) => format!("at most {} ({})", percent(high), percent(found.level)),
        _ => with_level(found.low, found.high, found.level),
    };
    let method = if found.high.is_some() { found.method } else { "" };
    vec![
        name.to_owned(),
        grouped(found.hits as usize),
        grouped(found.n as usize),
        share(found.estimate),
        interval,
        method.to_owned(),
    ]
}

fn share(share: Option<f64>) -> String {
    share.map(percent).unwrap_or_default()
}

fn with_level(low: Option<f64>, high: Option<f64>, level: f64) -> String {
    match low.zip(high) {
        Some(_) => format!("{} ({})", interval(low, high), percent(level)),
        None => String::new(),
    }
}

/// An interval in words; nothing if there is none.
pub(super) fn interval(low: Option<f64>, high: Option<f64>) -> String {
    low.zip(high).map(|(low, high)| format!("{} to {}", percent(low), percent(high))).unwrap_or_default()
}

/// A share of two counts.
pub(super) fn ratio(hits: u64, n: u64) -> String {
    if n == 0 { String::new() } else { percent(hits as f64 / n as f64) }
}
