//! Suspects, the most suspect first: tiles of samples, and samples as wholes.
//!
//! Orders only; the scores are those of [`Findings`].

use tilejury_data::{SampleIndex, TileSlot};

use super::findings::{Finding, Findings};

/// A tile of a sample with a finding of its own, or a sample with a finding on the whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suspect {
    /// The sample.
    pub sample: SampleIndex,
    /// The tile; `None` for the sample as a whole.
    pub tile: Option<TileSlot>,
    /// The score, 0 to 1.
    pub score: f32,
}

impl Findings {
    /// Returns every suspect: the tiles and samples with a finding that accuses, and the negatives
    /// about which a text or another program says something. Equal scores are in the order of the
    /// samples, the whole before its tiles.
    pub fn suspects(&self) -> Vec<Suspect> {
        let mut suspects = Vec::new();
        let mut add = |sample, tile, score| {
            if score > 0.0 {
                suspects.push(Suspect { sample, tile, score });
            }
        };
        for sample in self.known_samples() {
            add(sample, None, self.whole_score(sample));
            for tile in self.known_tiles(sample) {
                // A finding on the whole sample alone does not make a suspect of each tile.
                let is_known = !self.features().of_tile(sample, tile).is_empty()
                    || self.of_tile(sample, tile).iter().any(|finding| finding.signal.accuses());
                add(sample, Some(tile), if is_known { self.tile_score(sample, tile) } else { 0.0 });
            }
        }
        suspects.sort_by(|a, b| b.score.total_cmp(&a.score));
        suspects
    }

    /// Whether a finding accuses a suspect itself. Others are listed for their values alone.
    pub fn is_accused(&self, suspect: Suspect) -> bool {
        self.against(suspect).any(|finding| finding.signal.accuses())
    }

    /// Returns the findings that enter a suspect's score.
    pub fn against(&self, suspect: Suspect) -> impl Iterator<Item = &Finding> {
        let sample = suspect.sample;
        let of_tile = suspect.tile.map(|tile| self.concerning(sample, tile));
        let of_whole =
            suspect.tile.is_none().then(|| self.of_sample(sample).iter().take_while(|finding| finding.tile.is_none()));
        of_tile.into_iter().flatten().chain(of_whole.into_iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suspicion::{Evidence, FeatureTable, Signal};

    #[test]
    fn lists_suspects_by_score_with_all_their_findings() {
        let finding = |sample, tile: Option<usize>, signal| {
            let (sample, tile) = (SampleIndex::new(sample), tile.map(TileSlot::new));
            Finding { sample, tile, signal, strength: 1.0, evidence: Evidence::OwnPositive }
        };
        let found = Findings::new(
            2,
            vec![
                finding(0, None, Signal::MiningHole),
                finding(0, Some(2), Signal::SamePage),
                finding(1, Some(1), Signal::SamePage),
                finding(1, Some(1), Signal::Margin),
            ],
            FeatureTable::default(),
        );
        let suspects = found.suspects();
        let found_tiles: Vec<_> =
            suspects.iter().map(|suspect| (suspect.sample.index(), suspect.tile.map(TileSlot::index))).collect();
        assert_eq!(found_tiles, [(1, Some(1)), (0, Some(2)), (0, None)]);
        let against: Vec<usize> = suspects.iter().map(|suspect| found.against(*suspect).count()).collect();
        assert_eq!(against, [2, 2, 1], "the finding on the unfiltered row also counts for its negative");
    }
}
