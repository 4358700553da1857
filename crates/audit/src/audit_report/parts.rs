//! The seven parts of a report as blocks: what was audited, how rows were drawn, the numbers, the
//! people, the machines, the time after cleaning, the limits.

use super::content::{AuditDetails, AuditEntry, AuditReport};
use super::page::Block;
use super::{machines, numbers, who};
use crate::audits::AuditStatus;
use crate::text::{count, grouped};

impl AuditReport {
    /// The page that Markdown and HTML are made from.
    pub(super) fn page(&self) -> Vec<Block> {
        let mut page = vec![Block::Title(format!("Audit report of {}", self.dataset.name))];
        what(self, &mut page);
        drawn(self, &mut page);
        numbers::numbers(self, &mut page);
        who::who(self, &mut page);
        machines::machines(self, &mut page);
        after(self, &mut page);
        page.push(Block::Heading("7. Limits".into()));
        page.push(Block::List(self.limits.clone()));
        page
    }

    /// The audits that are reported in full and have rows that count.
    pub(super) fn reported(&self) -> impl Iterator<Item = (&AuditEntry, &AuditDetails)> {
        self.audits
            .iter()
            .filter(|audit| audit.status.judged > 0)
            .filter_map(|audit| Some((audit, audit.details.as_ref()?)))
    }
}

fn what(report: &AuditReport, page: &mut Vec<Block>) {
    let (set, judgements) = (&report.dataset, &report.judgements);
    page.push(Block::Heading("1. What was audited".into()));
    let place = set.address.as_ref().map(|address| format!(" at {address}")).unwrap_or_default();
    page.push(Block::paragraph(format!(
        "{}{place}: {}, {}. Fingerprint of the rows: {}. Made by {}.",
        set.name,
        count(set.rows, "row"),
        count(set.negatives, "negative"),
        set.fingerprint,
        report.program
    )));
    let rows = set
        .splits
        .iter()
        .map(|split| vec![split.name.clone(), split.file.clone(), grouped(split.rows), grouped(split.negatives)]);
    page.push(Block::table(&["split", "file", "rows", "negatives"], 2..4, rows.collect()));
    page.push(Block::Subheading("All audits that were ever begun".into()));
    if report.audits.is_empty() {
        page.push(Block::paragraph("None: no row was drawn at random."));
    } else {
        page.push(audits(report));
    }
    page.push(Block::Subheading("Judgements outside of audits".into()));
    let when = match (&judgements.from, &judgements.to) {
        (Some(from), Some(to)) if from == to => format!(" On {from} (UTC)."),
        (Some(from), Some(to)) => format!(" From {from} to {to} (UTC)."),
        _ => String::new(),
    };
    page.push(Block::paragraph(format!(
        "Counts, not rates, because people, signals and machines chose these rows. Rows with a verdict: {}, of which {} \
accepted, {} rejected and {} unsure. Rows with a false negative, by a verdict or a mark alone: {} ({} in all). Rows with a \
wrong positive: {}.{when}",
        grouped(judgements.judged),
        grouped(judgements.accepted),
        grouped(judgements.rejected),
        grouped(judgements.unsure),
        grouped(judgements.rows_with_false_negatives),
        count(judgements.false_negatives, "false negative"),
        grouped(judgements.wrong_positives),
    )));
    if !judgements.annotators.is_empty() {
        let rows = judgements.annotators.iter().map(|one| vec![one.annotator.clone(), grouped(one.rows)]);
        page.push(Block::table(&["annotator", "rows with a verdict"], 1..2, rows.collect()));
    }
}

fn audits(report: &AuditReport) -> Block {
    let text = |audit: &AuditEntry, field: &str| audit.plan[field].as_str().unwrap_or_default().to_owned();
    let rows = report.audits.iter().map(|audit| {
        let status = &audit.status;
        let reached = match (status.judged, status.finished) {
            (_, true) => "finished".to_owned(),
            (0, false) => "begun, nothing judged".to_owned(),
            (judged, false) => {
                let percent = (100 * judged).checked_div(status.planned).unwrap_or_default();
                format!("ended early or still open: {percent} % judged")
            }
        };
        let scope = match (text(audit, "split"), text(audit, "filter")) {
            (split, _) if !split.is_empty() => format!("split {split}"),
            (_, filter) if !filter.is_empty() => format!("filter {filter}"),
            _ => "all rows".to_owned(),
        };
        vec![
            status.name.clone(),
            audit.at.chars().take(10).collect(),
            audit.begun_by.clone(),
            scope,
            text(audit, "seed"),
            reached,
            grouped(status.planned as usize),
            grouped(status.judged as usize),
        ]
    });
    let head = ["audit", "begun (UTC)", "by", "drawn from", "seed", "state", "planned", "judged"];
    Block::table(&head, 6..8, rows.collect())
}

fn drawn(report: &AuditReport, page: &mut Vec<Block>) {
    page.push(Block::Heading("2. How rows were drawn".into()));
    let all: Vec<_> = report.audits.iter().filter_map(|audit| Some((audit, audit.details.as_ref()?))).collect();
    if all.is_empty() {
        page.push(Block::paragraph("No row was drawn at random."));
        return;
    }
    page.push(Block::paragraph(
        "Rows are ordered by the SHA-256 of three lines: tilejury-audit-1, the seed, the key of the row. The first ones \
are a simple random sample without replacement, the same on every machine and in every order of the files. The plan \
was stored before the first judgement and cannot be changed. What counts is the membership in the draw, not how a row \
came up: the judged rows up to the first one without an answer.",
    ));
    for (audit, details) in all {
        let status = &audit.status;
        page.push(Block::Subheading(format!("Draw of “{}”", status.name)));
        let gap = match status.after_gap {
            0 => "No row before them was left out.".to_owned(),
            after => format!(
                "{} after the first row without an answer {} not counted.",
                count(after as usize, "judged row"),
                if after == 1 { "is" } else { "are" }
            ),
        };
        let mut same = match (status.changed, audit.same_rows) {
            (0, true) => String::new(),
            (0, false) => " The rows of the set have changed since the draw.".to_owned(),
            (changed, _) => format!(
                " {} of this audit changed since it was planned; what was said about their negatives counts as unsure.",
                count(changed as usize, "row")
            ),
        };
        if let Some(continues) = &status.continues {
            same += &format!(" {}", continues.sentence());
        }
        if let Some(tiles) = status.acceptance.as_ref().and_then(|found| found.tiles.as_ref()) {
            page.push(Block::paragraph(format!(
                "The set is one of tiles, and tiles were drawn: {} of them, in the rows below, each by the SHA-256 of four lines, \
the fourth being its path. Only the drawn tiles of a row are asked for; the plan in audit_report.json names them.",
                grouped(tiles.drawn as usize)
            )));
        }
        page.push(Block::paragraph(format!(
            "Seed {}, {} of {} rows planned, {} counted. {gap}{same}",
            audit.plan["seed"].as_str().unwrap_or_default(),
            grouped(status.planned as usize),
            grouped(status.rows.population as usize),
            grouped(status.judged as usize)
        )));
        let rows = details.first_rows.iter().map(|row| {
            let line = row.line.map(|line| line.to_string()).unwrap_or_default();
            vec![row.place.to_string(), row.key.clone(), row.split.clone().unwrap_or_default(), line]
        });
        page.push(Block::table(&["place", "key", "split", "line"], 3..4, rows.collect()));
        match &details.check {
            Some(check) => {
                let filter = match audit.plan["filter"].as_str() {
                    Some(_) => " It orders all rows: those that the filter does not find are to be left out.",
                    None => "",
                };
                page.push(Block::paragraph(format!(
                    "This program prints the same keys in the folder of the set.{filter}"
                )));
                page.push(Block::Code(check.clone()));
            }
            None if status.is_of_tiles() => {}
            None => page.push(Block::paragraph(
                "The plan divides the set, so the order above follows the hash within each part only. The plan in \
audit_report.json has the details.",
            )),
        }
    }
}

fn after(report: &AuditReport, page: &mut Vec<Block>) {
    page.push(Block::Heading("6. After cleaning".into()));
    elusion_tests(report.audits.iter().map(|audit| &audit.status), page);
    let Some(export) = &report.export else {
        // The set is a cleaned copy itself.
        if report.audits.iter().any(|audit| audit.status.of_export.is_some()) {
            return;
        }
        page.push(Block::paragraph(
            "No cleaned copy belongs to this report. The numbers above are of the set as it is. To know what is left \
after cleaning, audit the export.",
        ));
        return;
    };
    page.push(Block::paragraph(format!(
        "The cleaned copy has the fingerprint {}. {} kept as they were, {} changed, {} left out, {} added.",
        export.fingerprint,
        count(export.kept as usize, "row"),
        grouped(export.changed as usize),
        grouped(export.dropped as usize),
        grouped(export.promoted as usize)
    )));
    if export.fingerprint == report.dataset.fingerprint {
        page.push(Block::paragraph(
            "The fingerprint is that of the set: it is one of the queries and positives, and only negatives changed.",
        ));
    }
    let rows = export.audits.iter().filter(|status| !status.is_of_tiles()).map(numbers::rate_of_rows);
    match export.audits.is_empty() {
        true => page.push(Block::paragraph("No audit of the copy was begun, so what is left in it is not known.")),
        false => {
            elusion_tests(export.audits.iter(), page);
            page.push(Block::paragraph("Audits of the copy: rows with a false negative that are left."));
            page.push(Block::table(&numbers::HEAD, numbers::NUMBERS, rows.collect()));
        }
    }
}

/// Names the export that each audit is of.
fn elusion_tests<'s>(audits: impl Iterator<Item = &'s AuditStatus>, page: &mut Vec<Block>) {
    for status in audits {
        if let Some(export) = &status.of_export {
            page.push(Block::paragraph(format!(
                "“{}” is an elusion test: its rows are those of the export of “{}” whose manifest has the SHA-256 {}, so \
its rates are of what is left after cleaning. Fingerprint of the set that was exported: {}.",
                status.name, export.dataset, export.manifest, export.fingerprint
            )));
        }
    }
}
