//! Collects the near pictures that were confirmed as copies from the findings of signals, and those
//! among adopted pairs.

use tilejury_data::{Dataset, TilePath};
use tilejury_vision::ComparedRows;

use super::evidence::{Evidence, PositiveOwner};
use super::fingerprints::{AdoptedPairs, Fingerprints, PixelCopies, TileFingerprint};
use super::{Finding, SharedContent, are_near_copies, is_near_copy};

impl PixelCopies {
    /// Returns the exact copies among fingerprints, and the near pictures of the findings that are
    /// copies, by their pixels or, of tiles that are not read again, by their fingerprints.
    pub fn with_findings<'f>(
        dataset: &Dataset,
        fingerprints: &Fingerprints,
        findings: impl IntoIterator<Item = &'f Finding>,
    ) -> Self {
        let pair = |finding: &Finding| {
            let owner = match finding.evidence {
                Evidence::NearPicture { owner, .. } | Evidence::SamePicture { owner, .. } => owner,
                _ => return None,
            };
            let sample = finding.sample;
            let row_of_positive = match owner {
                PositiveOwner::Own => sample,
                PositiveOwner::Other { row, .. } => row,
            };
            let positive = TilePath::new(dataset.row(row_of_positive).ok()?.spellings().next()?);
            let other = TilePath::new(dataset.row(sample).ok()?.spellings().nth(finding.tile?.index())?);
            let picture = |tile| fingerprints.get(tile).and_then(TileFingerprint::picture);
            let (own, tile) = (picture(&positive)?, picture(&other)?);
            let near = match finding.evidence {
                Evidence::NearPicture { equal_rows, overlap, rows, .. } => {
                    SharedContent { equal_rows, overlap, rows, ink: None }
                }
                Evidence::SamePicture { placed, .. } => {
                    let ink = Some((placed.agreeing, placed.part_inside(own.width, own.height)));
                    SharedContent { equal_rows: 0.0, overlap: 0.0, rows: ComparedRows::Profiles, ink }
                }
                _ => return None,
            };
            let is_copy = is_near_copy(own, tile, near);
            is_copy.then_some((positive, other))
        };
        fingerprints.copies().with_near(findings.into_iter().filter_map(pair))
    }

    /// Adds the pairs and clusters that a job found among tiles, as far as these still have the
    /// fingerprints that were adopted.
    #[must_use]
    pub fn with_adopted(self, fingerprints: &Fingerprints, adopted: &AdoptedPairs) -> Self {
        let of = |tile: &TilePath| {
            fingerprints.get(tile).filter(|found| found.is_adopted()).and_then(TileFingerprint::picture)
        };
        let is_copy = |(a, b): &&(TilePath, TilePath)| of(a).zip(of(b)).is_some_and(|(a, b)| are_near_copies(a, b));
        let clusters = adopted.clusters.chunk_by(|a, b| a.0 == b.0).map(|of_cluster| {
            of_cluster.iter().map(|(_, tile)| tile).filter(|tile| of(tile).is_some()).cloned().collect::<Vec<_>>()
        });
        self.with_clusters(clusters).with_near(adopted.near.iter().filter(is_copy).cloned())
    }
}
