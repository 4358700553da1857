//! The sentences that a person reads for findings.
//!
//! Only makes sentences, when somebody reads them; may parse the rows that they name.

use tilejury_data::{Dataset, SampleIndex, TilePath};
use tilejury_vision::ComparedRows;

use super::evidence::{Evidence, PositiveOwner, UnretrievedPositive};
use super::findings::Finding;
use crate::text::{capital, count};

impl Finding {
    /// Returns the name of the signal, or a more telling one: `Negative in 14 rows`, `Positive of
    /// train line 39`, `Missing`.
    pub fn name(&self, dataset: &Dataset) -> String {
        match &self.evidence {
            Evidence::Hub { rows, .. } => format!("Negative in {}", count(*rows as usize, "row")),
            Evidence::OtherPositive { row, .. } => format!("Positive of {}", dataset.describe_position(*row)),
            Evidence::Missing(_) => "Missing".to_owned(),
            Evidence::Unreadable(_) => "Unreadable".to_owned(),
            _ => self.signal.label().to_owned(),
        }
    }

    /// Whether the evidence is in a row whose query is near, not the same.
    pub fn is_of_near_query(&self) -> bool {
        let nearness = match self.evidence {
            Evidence::OtherPositive { nearness, .. } | Evidence::SplitLeak { nearness, .. } => nearness,
            Evidence::SameBytes(owner)
            | Evidence::SamePixels(owner)
            | Evidence::NearPicture { owner, .. }
            | Evidence::SamePicture { owner, .. } => match owner {
                PositiveOwner::Own => 1.0,
                PositiveOwner::Other { nearness, .. } => nearness,
            },
            _ => 1.0,
        };
        nearness < 1.0
    }

    /// Returns the evidence as a person reads it, with the other row's position and query if there
    /// is one.
    pub fn sentence(&self, dataset: &Dataset) -> String {
        match self.evidence.clone() {
            Evidence::OwnPositive => "The row's own positive is among its negatives".into(),
            Evidence::OtherPositive { row, nearness } => {
                let position = dataset.describe_position(row);
                format!("Positive of {} in {position}: {}", same_or_near(nearness), queries(dataset, self.sample, row))
            }
            Evidence::SamePage { chunks } => same_page(dataset, self.sample, chunks),
            Evidence::Repeated { first } => format!("The same tile as negative {first}"),
            Evidence::MiningHole(how) => {
                let evidence = match how {
                    UnretrievedPositive::NoRank => "has no rank",
                    UnretrievedPositive::NoScore => "has no score",
                    UnretrievedPositive::NotListed => "is not among the retrieved tiles",
                };
                format!("The positive {evidence}, so no margin filter ran on the negatives")
            }
            Evidence::Margin { score, positive } if score > positive => {
                format!("Scored {score:.3}, above the positive's {positive:.3}")
            }
            Evidence::Margin { score, positive } => {
                format!("Scored {score:.3}, {:.0} % of the positive's {positive:.3}", 100.0 * score / positive)
            }
            Evidence::Hub { rows, usual_up_to } => {
                let rows = count(rows as usize, "row");
                format!("A negative in {rows}; up to {usual_up_to} are usual in this set")
            }
            Evidence::SplitLeak { row, nearness, same_positive } => {
                let position = dataset.describe_position(row);
                let positive = if same_positive { "the same positive" } else { "another positive" };
                let both = queries(dataset, self.sample, row);
                format!("{} with {positive} in another split, {position}: {both}", capital(same_or_near(nearness)))
            }
            Evidence::SameBytes(owner) => {
                format!("Byte for byte {}, under another path{}", positive(owner), other_row(dataset, self, owner))
            }
            Evidence::SamePixels(owner) => {
                format!("The pixels of {}, in another encoding{}", positive(owner), other_row(dataset, self, owner))
            }
            Evidence::NearPicture { owner, shift, equal_rows, overlap, rows } => {
                let extent = near(shift, equal_rows, overlap, rows);
                format!("The content of {}{extent}{}", positive(owner), other_row(dataset, self, owner))
            }
            Evidence::SamePicture { owner, placed } => {
                let (differences, other) = (placed.words(), other_row(dataset, self, owner));
                format!("The same picture as {}{differences}{other}", positive(owner))
            }
            Evidence::Blank { ink } if ink > 0.0 => {
                format!("A nearly blank tile: {:.2} % ink", (100.0 * ink).max(0.01))
            }
            Evidence::Blank { .. } => "A blank tile".into(),
            Evidence::Unreadable(why) => format!("Unreadable tile: {why}"),
            Evidence::Missing(searched) => format!("Missing tile: {searched}"),
            Evidence::External(evidence) => evidence.sentence(self.tile),
        }
    }
}

fn same_or_near(nearness: f32) -> &'static str {
    if nearness >= 1.0 { "the same query" } else { "a near query" }
}

fn positive(owner: PositiveOwner) -> &'static str {
    match owner {
        PositiveOwner::Own => "the positive",
        PositiveOwner::Other { .. } => "another row's positive",
    }
}

/// Returns the other row and its query if the positive is not the row's own.
fn other_row(dataset: &Dataset, finding: &Finding, owner: PositiveOwner) -> String {
    let PositiveOwner::Other { row, nearness } = owner else { return String::new() };
    let position = dataset.describe_position(row);
    format!(" ({position}, {}: {})", same_or_near(nearness), queries(dataset, finding.sample, row))
}

/// Returns how much of the content is there, where, and how well it agrees.
fn near(shift: i32, equal_rows: f32, overlap: f32, rows: ComparedRows) -> String {
    let share = 100.0 * equal_rows;
    let equal = match rows {
        ComparedRows::Exact => format!("{share:.0} % of the rows with ink are the same to the pixel"),
        ComparedRows::Profiles => format!("{share:.0} % of the rows with ink are alike"),
        ComparedRows::Fingerprints => {
            format!("{share:.0} % of the rows in the fingerprints are alike; no pixel was compared")
        }
    };
    let pixels = count(shift.unsigned_abs() as usize, "pixel");
    match shift {
        0 => format!(" at the same position: {equal}"),
        ..0 => format!(", {pixels} further up: {:.0} % of its rows are here, and {equal}", 100.0 * overlap),
        1.. => format!(", {pixels} further down: {:.0} % of its rows are here, and {equal}", 100.0 * overlap),
    }
}

/// Returns both queries if they differ, else the one.
fn queries(dataset: &Dataset, row: SampleIndex, other: SampleIndex) -> String {
    let query = |row: SampleIndex| dataset.row(row).map(|row| row.query.into_owned()).unwrap_or_default();
    let (own, others) = (query(row), query(other));
    if own == others { format!("“{own}”") } else { format!("“{own}” and “{others}”") }
}

fn same_page(dataset: &Dataset, row: SampleIndex, chunks: Option<i32>) -> String {
    let page = dataset.row(row).ok().map(|row| TilePath::new(&row.positive));
    let page = page.as_ref().and_then(TilePath::page_name).unwrap_or_default();
    let position = match chunks {
        Some(1) => "the chunk right below it".into(),
        Some(-1) => "the chunk right above it".into(),
        Some(chunks) if chunks > 0 => format!("{chunks} chunks below it"),
        Some(chunks) => format!("{} chunks above it", chunks.unsigned_abs()),
        None => "another part of it".into(),
    };
    format!("Same page as the positive ({page}), {position}")
}
