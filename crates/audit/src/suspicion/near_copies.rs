//! Near pictures that were confirmed as copies, gathered from what signals found of them.

use tilejury_data::{Dataset, TilePath};

use super::prints::{Copies, Print, Prints};
use super::reason::{Reason, WhosePositive};
use super::{Finding, Near, is_near_copy};

impl Copies {
    /// The exact copies among prints, and of the near pictures that signals found those that are copies.
    pub fn with_findings<'f>(
        dataset: &Dataset,
        prints: &Prints,
        findings: impl IntoIterator<Item = &'f Finding>,
    ) -> Self {
        let pair = |finding: &Finding| {
            let Reason::NearPicture { whose, equal_rows, overlap, exact, .. } = finding.reason else { return None };
            let sample = finding.sample as usize;
            let row_of_positive = match whose {
                WhosePositive::Own => sample,
                WhosePositive::Other { row, .. } => row as usize,
            };
            let positive = TilePath::new(dataset.row(row_of_positive).ok()?.spellings().next()?);
            let other = TilePath::new(dataset.row(sample).ok()?.spellings().nth(finding.tile?)?);
            let picture = |tile| prints.get(tile).and_then(Print::picture);
            let is_copy = is_near_copy(picture(&positive)?, picture(&other)?, Near { equal_rows, overlap, exact });
            is_copy.then_some((positive, other))
        };
        prints.copies().with_near(findings.into_iter().filter_map(pair))
    }
}
