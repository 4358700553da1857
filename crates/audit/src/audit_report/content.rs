//! The content of a report: the figures that `audit_report.json` has, and from which the other
//! files are made. Holds them; counts nothing.

use serde::Serialize;
use serde_json::Value;
use tilejury_data::LineNumber;

use super::shown::ShownFigures;
use crate::annotators::{Against, Agreement, AgreementFigures};
use crate::audits::{AcceptedSet, AuditStatus, RateFigures, percent};

/// All figures of a report. Its JSON form is documented in docs/json.md.
#[derive(Clone, Debug, Serialize)]
pub struct AuditReport {
    pub(super) report_version: u32,
    pub(super) program: &'static str,
    pub(super) dataset: SetFigures,
    pub(super) judgements: JudgementFigures,
    /// All audits that were ever begun, the oldest first.
    pub(super) audits: Vec<AuditEntry>,
    pub(super) machine: MachineFigures,
    pub(super) export: Option<ExportFigures>,
    pub(super) limits: Vec<String>,
}

/// The dataset.
#[derive(Clone, Debug, Serialize)]
pub(super) struct SetFigures {
    pub(super) name: String,
    pub(super) fingerprint: String,
    /// Where it is; null on this machine.
    pub(super) address: Option<String>,
    pub(super) rows: usize,
    pub(super) negatives: usize,
    pub(super) splits: Vec<SplitSize>,
    /// Lines that are no usable rows.
    pub(super) bad_lines: u64,
}

/// A split.
#[derive(Clone, Debug, Serialize)]
pub(super) struct SplitSize {
    pub(super) name: String,
    pub(super) file: String,
    pub(super) rows: usize,
    pub(super) negatives: usize,
}

/// The judgements outside of audits: counts, never rates.
#[derive(Clone, Debug, Serialize)]
pub(super) struct JudgementFigures {
    pub(super) judged: usize,
    pub(super) accepted: usize,
    pub(super) rejected: usize,
    pub(super) unsure: usize,
    pub(super) rows_with_false_negatives: usize,
    pub(super) false_negatives: usize,
    pub(super) wrong_positives: usize,
    pub(super) annotators: Vec<AnnotatorCount>,
    /// The days of the first and the last judgement, in UTC.
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

/// The rows of one annotator outside of audits.
#[derive(Clone, Debug, Serialize)]
pub(super) struct AnnotatorCount {
    pub(super) annotator: String,
    pub(super) rows: usize,
}

/// An audit that was begun.
#[derive(Clone, Debug, Serialize)]
pub(super) struct AuditEntry {
    /// The plan as it is stored; the names of annotators are replaced unless they are shown.
    pub(super) plan: Value,
    pub(super) begun_by: String,
    pub(super) at: String,
    /// The time of the last answer.
    pub(super) last_answer: Option<String>,
    /// Whether the rows of the dataset are those that were drawn from.
    pub(super) same_rows: bool,
    pub(super) status: AuditStatus,
    /// The acceptance of the set that was drawn from, if it was accepted.
    pub(super) accepted: Option<AcceptedSet>,
    /// The further figures; null if another audit was asked for.
    pub(super) details: Option<AuditDetails>,
}

impl AuditEntry {
    /// The rate of affected rows in one sentence, or what drawn tiles show.
    pub(super) fn sentence(&self) -> String {
        if let Some(found) = self.status.acceptance.as_ref().filter(|found| found.tiles.is_some()) {
            return format!("“{}”: {}", self.status.name, found.sentence());
        }
        let rows = &self.status.rows;
        let percent = |share: Option<f64>| share.map(percent).unwrap_or_default();
        let level = percent(Some(rows.level));
        let ends = match (rows.one_sided, rows.high) {
            (_, None) if self.status.judged == 0 => return format!("“{}”: nothing is judged.", self.status.name),
            (_, None) => "no interval before the last planned row".to_owned(),
            (true, high) => format!("at most {}, {level}", percent(high)),
            (false, high) => format!("{} to {}, {level}", percent(rows.low), percent(high)),
        };
        let open = &self.status.unsure;
        let ends = match (open.rows, open.high) {
            (1.., Some(high)) => {
                format!("{ends}; {} to {} whatever the answer to open rows is", percent(open.low), percent(Some(high)))
            }
            _ => ends,
        };
        format!(
            "“{}”: {} of rows have a false negative ({ends}); {} of {} planned rows.",
            self.status.name,
            percent(rows.estimate),
            self.status.judged,
            self.status.planned
        )
    }
}

/// The figures of an audit beyond its status.
#[derive(Clone, Debug, Serialize)]
pub(super) struct AuditDetails {
    /// The first rows of the draw.
    pub(super) first_rows: Vec<DrawnRow>,
    /// A Python program that prints their keys; null if the plan draws in another way.
    pub(super) check: Option<String>,
    pub(super) wrong_positives_unsure: OpenFigures,
    /// The rows that count, by split. Exploratory, unless the plan names the split.
    pub(super) splits: Vec<PartRate>,
    /// Rows that were rejected for a reason. Exploratory.
    pub(super) reasons: Vec<PartRate>,
    pub(super) people: Vec<PersonFigures>,
    pub(super) agreement: Vec<PairFigures>,
    /// The first and second answers of each annotator to rows that came back.
    pub(super) repeats: Vec<Agreement>,
    /// Each annotator against the adjudicated rows and the gold rows.
    pub(super) against: Vec<Against>,
    /// Rows whose answer is that of an adjudicator.
    pub(super) adjudicated: usize,
    /// The things that the window did not hide with the answers.
    pub(super) shown: Vec<ShownFigures>,
    /// The findings after so many rows, with the running interval.
    pub(super) series: Vec<SeriesPoint>,
    /// The answers of people to what a model said about negatives.
    pub(super) reviews: Vec<ReviewFigures>,
    /// The answers of people to the grades of models that were asked.
    pub(super) grades: Vec<GradeFigures>,
}

/// A drawn row.
#[derive(Clone, Debug, Serialize)]
pub(super) struct DrawnRow {
    pub(super) place: usize,
    pub(super) key: String,
    /// Null if the dataset does not have the row.
    pub(super) split: Option<String>,
    pub(super) line: Option<LineNumber>,
}

/// The bounds with open answers.
#[derive(Clone, Debug, Serialize)]
pub(super) struct OpenFigures {
    pub(super) rows: u64,
    pub(super) low: Option<f64>,
    pub(super) high: Option<f64>,
}

/// The rate of a part of the draw.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PartRate {
    pub(super) name: String,
    /// Whether the plan asks for it.
    pub(super) planned: bool,
    #[serde(flatten)]
    pub(super) rate: RateFigures,
}

/// The work of one annotator in an audit.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PersonFigures {
    pub(super) annotator: String,
    pub(super) rows: usize,
    /// The median time from one verdict to the next; null if it is not known.
    pub(super) median_seconds: Option<f64>,
}

/// The agreement of two annotators.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PairFigures {
    pub(super) pair: [String; 2],
    /// Whether a row has a false negative.
    pub(super) rows: AgreementFigures,
    /// Whether a negative is relevant.
    pub(super) negatives: AgreementFigures,
    /// Whether the positive of a row is wrong.
    pub(super) positives: AgreementFigures,
}

/// The findings after a number of rows.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct SeriesPoint {
    pub(super) judged: u64,
    pub(super) hits: u64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// The answers of people to some negatives of the rows that count.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PeopleSaid {
    pub(super) negatives: u64,
    pub(super) relevant: u64,
    pub(super) open: u64,
    pub(super) low: Option<f64>,
    pub(super) high: Option<f64>,
}

impl PeopleSaid {
    /// Whether there is any answer, decided or open.
    pub(super) fn any(&self) -> bool {
        self.negatives + self.open > 0
    }
}

/// The negatives to which a model gave one verdict, in the rows that count.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ReviewFigures {
    pub(super) verdict: String,
    #[serde(flatten)]
    pub(super) said: PeopleSaid,
}

/// The work of machines on the dataset.
#[derive(Clone, Debug, Serialize)]
pub(super) struct MachineFigures {
    /// Reviews of a model by verdict, over all rows.
    pub(super) reviews: Vec<ReviewCount>,
    /// The models that were asked at an endpoint, by name.
    pub(super) models: Vec<ModelFigures>,
    /// The rows and tiles that were accepted in bulk, by the name that they are stored under.
    pub(super) accepted: Vec<AcceptedByMachine>,
}

/// A model that was asked.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ModelFigures {
    /// The name that it was asked by.
    pub(super) model: String,
    /// Its reviews by grade, from 0 to 3.
    pub(super) grades: Vec<usize>,
    /// Those whose copied words are on the tile.
    pub(super) verified: usize,
    /// The own positives of rows that it found; null without such controls.
    pub(super) sensitivity: Option<ControlShare>,
    /// The foreign tiles that it passed over.
    pub(super) specificity: Option<ControlShare>,
}

/// A share of controls with its 95 % interval (Clopper & Pearson 1934).
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct ControlShare {
    pub(super) right: u64,
    pub(super) asked: u64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// The negatives to which a model gave one grade, in the rows of an audit that count.
#[derive(Clone, Debug, Serialize)]
pub(super) struct GradeFigures {
    pub(super) model: String,
    pub(super) grade: u8,
    #[serde(flatten)]
    pub(super) said: PeopleSaid,
}

/// The number of reviews with a verdict.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ReviewCount {
    pub(super) verdict: String,
    pub(super) reviews: usize,
}

/// Judgements under the name of a machine.
#[derive(Clone, Debug, Serialize)]
pub(super) struct AcceptedByMachine {
    pub(super) name: String,
    pub(super) rows: usize,
    pub(super) tiles: usize,
}

/// A cleaned copy of the dataset.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ExportFigures {
    pub(super) fingerprint: String,
    pub(super) kept: u64,
    pub(super) changed: u64,
    pub(super) dropped: u64,
    pub(super) promoted: u64,
    /// The audits of the copy itself.
    pub(super) audits: Vec<AuditStatus>,
}
