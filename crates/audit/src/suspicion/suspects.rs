//! Suspects, the most suspect first: tiles of samples, and samples as wholes.
//!
//! Orders only; the scores are those of [`Findings`].

use super::findings::{Finding, Findings};

/// A tile of a sample with a finding of its own, or a sample with a finding on the whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suspect {
    /// Index into the dataset's samples.
    pub sample: u32,
    /// 0 for the positive, 1 and up for the negatives in the row's order; `None` for the sample as
    /// a whole.
    pub tile: Option<usize>,
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
                Some(tile) => self.tile_score(sample as usize, tile),
                None => self.whole_score(sample as usize),
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
        let sample = suspect.sample as usize;
        let of_tile = suspect.tile.map(|tile| self.concerning(sample, tile));
        let of_whole =
            suspect.tile.is_none().then(|| self.of_sample(sample).iter().take_while(|finding| finding.tile.is_none()));
        of_tile.into_iter().flatten().chain(of_whole.into_iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suspicion::{Reason, Signal};

    #[test]
    fn suspects_come_by_score_with_all_their_findings() {
        let finding =
            |sample, tile, signal| Finding { sample, tile, signal, strength: 1.0, reason: Reason::OwnPositive };
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
        let found_tiles: Vec<_> = suspects.iter().map(|suspect| (suspect.sample, suspect.tile)).collect();
        assert_eq!(found_tiles, [(1, Some(1)), (0, Some(2)), (0, None)]);
        let against: Vec<usize> = suspects.iter().map(|suspect| found.against(*suspect).count()).collect();
        assert_eq!(against, [2, 2, 1], "the finding on the unfiltered row also counts for its negative");
    }
}
