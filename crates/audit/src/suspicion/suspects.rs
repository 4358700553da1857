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
    /// Returns every suspect with a finding that accuses; equal scores are in the order of the
    /// samples, the whole before its tiles.
    pub fn suspects(&self) -> Vec<Suspect> {
        let suspect = |findings: &[Finding]| {
            let (sample, tile) = (findings[0].sample, findings[0].tile);
            let score = match tile {
                Some(tile) => self.tile_score(sample, tile),
                None => self.whole_score(sample),
            };
            Suspect { sample, tile, score }
        };
        let groups = self.all().chunk_by(|a, b| (a.sample, a.tile) == (b.sample, b.tile));
        let accused = |findings: &&[Finding]| findings.iter().any(|finding| finding.signal.accuses());
        let mut suspects: Vec<Suspect> = groups.filter(accused).map(suspect).collect();
        suspects.sort_by(|a, b| b.score.total_cmp(&a.score));
        suspects
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
    use crate::suspicion::{Evidence, Signal};

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
        );
        let suspects = found.suspects();
        let found_tiles: Vec<_> =
            suspects.iter().map(|suspect| (suspect.sample.index(), suspect.tile.map(TileSlot::index))).collect();
        assert_eq!(found_tiles, [(1, Some(1)), (0, Some(2)), (0, None)]);
        let against: Vec<usize> = suspects.iter().map(|suspect| found.against(*suspect).count()).collect();
        assert_eq!(against, [2, 2, 1], "the finding on the unfiltered row also counts for its negative");
    }
}
