//! The fourth part of a report: who judged, what they saw, how they agree with each other, with
//! themselves and with what is known. Words and formats only; the figures are counted before.

use super::content::{AuditReport, PairFigures};
use super::page::Block;
use super::{numbers, plots, shown};
use crate::annotators::{Against, Agreement, AgreementFigures, Hits, Share};
use crate::audits::percent;
use crate::text::{count, grouped};

pub(super) fn who(report: &AuditReport, page: &mut Vec<Block>) {
    page.push(Block::Heading("4. Who judged".into()));
    if report.reported().next().is_none() {
        page.push(Block::paragraph("Nobody judged rows of an audit."));
    }
    for (audit, details) in report.reported() {
        page.push(Block::Subheading(format!("Annotators of “{}”", audit.status.name)));
        let blind = match audit.plan["blind"].as_bool() {
            Some(true) => "The plan says that annotators saw nothing that others or machines said.",
            _ => "Not blind: annotators could see signals, and what others and machines said.",
        };
        let anybody = audit.plan["annotators"].as_array().is_none_or(Vec::is_empty);
        let overlap = match audit.plan["overlap"].as_f64().unwrap_or_default() {
            _ if anybody => " The plan names no annotators: anybody could answer.".to_owned(),
            share if share <= 0.0 => " Each row is for one annotator.".to_owned(),
            share if share >= 1.0 => " Each row is for two annotators.".to_owned(),
            share => format!(" {} of rows are for two annotators, the others for one.", percent(share)),
        };
        let adjudicated = match details.adjudicated {
            0 => " No row was adjudicated.".to_owned(),
            rows => format!(" Adjudicated: {}.", count(rows, "row")),
        };
        let differ = match audit.status.adjudicators_differ {
            0 => String::new(),
            rows => {
                format!(" Adjudicators gave different words on {}, which count as unsure.", count(rows as usize, "row"))
            }
        };
        page.push(Block::paragraph(format!("{blind}{overlap}{adjudicated}{differ}")));
        page.extend(shown::in_words(&details.shown).map(Block::Paragraph));
        let guideline = &audit.plan["guideline"];
        if let (Some(text), Some(sha256)) = (guideline["text"].as_str(), guideline["sha256"].as_str()) {
            page.push(Block::paragraph(format!("The guideline for annotators, with the SHA-256 {sha256}:")));
            page.push(Block::Verbatim(text.to_owned()));
        }
        let rows = details.people.iter().map(|one| {
            let seconds = one.median_seconds.map_or("not known".to_owned(), |seconds| format!("{seconds} s"));
            vec![one.annotator.clone(), grouped(one.rows), seconds]
        });
        page.push(Block::table(&["annotator", "rows", "median time a row"], 1..3, rows.collect()));
        details.agreement.iter().for_each(|pair| agreement(pair, page));
        repeats(&details.repeats, page);
        against(&details.against, page);
    }
}

/// The columns of [`agreement_on`] after the first one.
const AGREEMENT: [&str; 6] = ["both answered", "agreement on yes", "agreement on no", "α", "κ", "AC1"];

/// The agreement on a question as a row of a table.
fn agreement_on(question: &str, found: &AgreementFigures) -> Vec<String> {
    let share = |found: &Option<Share>| {
        found.map_or("none".to_owned(), |share| match numbers::interval(share.low, share.high) {
            interval if interval.is_empty() => percent(share.value),
            interval => format!("{} ({interval})", percent(share.value)),
        })
    };
    let number = |found: Option<f64>| found.map_or("none".to_owned(), |number| format!("{number:.2}"));
    vec![
        question.to_owned(),
        grouped(found.n as usize),
        share(&found.positive_agreement),
        share(&found.negative_agreement),
        number(found.alpha),
        number(found.kappa),
        number(found.ac1),
    ]
}

fn agreement_table(first: &str, rows: Vec<Vec<String>>) -> Block {
    let head: Vec<&str> = std::iter::once(first).chain(AGREEMENT).collect();
    Block::table(&head, 1..7, rows)
}

/// The first and second answers of each annotator.
fn repeats(repeats: &[Agreement], page: &mut Vec<Block>) {
    if repeats.is_empty() {
        return;
    }
    page.push(Block::Subheading("First and second answers to rows that came back".into()));
    let rows = repeats.iter().flat_map(|found| {
        let name = found.pair.as_ref().map(|[name, _]| name.as_str()).unwrap_or_default();
        [("row has a false negative", &found.rows), ("negative is relevant", &found.negatives)]
            .map(|(question, figures)| agreement_on(&format!("{name}: {question}"), figures))
    });
    page.push(agreement_table("annotator and question", rows.collect()));
}

/// Each annotator against known answers.
fn against(against: &[Against], page: &mut Vec<Block>) {
    if against.is_empty() {
        return;
    }
    page.push(Block::Subheading("Each annotator against known answers".into()));
    let share = |found: &Hits| {
        let interval = numbers::interval(found.low, found.high);
        match found.value {
            Some(value) => format!("{} of {}: {} ({interval})", found.hits, found.n, percent(value)),
            None => "none".to_owned(),
        }
    };
    let rows = against.iter().map(|one| {
        let known = format!("{} rows", one.against);
        vec![one.annotator.clone(), known, grouped(one.rows as usize), share(&one.sensitivity), share(&one.specificity)]
    });
    let head = ["annotator", "against", "rows", "relevant negatives called so", "other negatives called so"];
    page.push(Block::table(&head, 2..5, rows.collect()));
}

fn agreement(pair: &PairFigures, page: &mut Vec<Block>) {
    let [one, other] = &pair.pair;
    page.push(Block::Subheading(format!("Agreement of {one} and {other}")));
    let rows = [
        ("row has a false negative", &pair.rows),
        ("negative is relevant", &pair.negatives),
        ("positive is wrong", &pair.positives),
    ];
    let rows = rows.map(|(question, found)| agreement_on(question, found));
    page.push(agreement_table("question", rows.into()));
    page.push(Block::Plot {
        svg: plots::two_by_two(&pair.pair, &pair.negatives),
        caption: "Negatives called relevant, by both, by one, by neither.".into(),
    });
    page.push(Block::InsteadOfPlot(format!(
        "Of negatives: {} called relevant by both, {} only by {one}, {} only by {other}, {} by neither.",
        grouped(pair.negatives.both as usize),
        grouped(pair.negatives.only_a as usize),
        grouped(pair.negatives.only_b as usize),
        grouped(pair.negatives.neither as usize)
    )));
}
