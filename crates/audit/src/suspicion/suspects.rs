//! What is suspect, piece by piece: tiles of samples, and samples as wholes, the most suspect first.
//!
//! Orders only; the scores are those of [`Findings`].

use super::findings::{Finding, Findings};

/// A tile of a sample with a finding of its own, or a sample with a finding on the whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suspect {
    /// Index into the dataset's samples.
    pub sample: u32,
    /// 0 for the positive, 1 and up for the negatives in the row's order; `None` for the sample as a whole.
    pub tile: Option<usize>,
    /// How suspect it is, 0 to 1.
    pub score: f32,
}

impl Findings {
    /// Every suspect that something accuses; of equal scores in the order of the samples, the whole before its tiles.
    pub fn suspects(&self) -> Vec<Suspect> {
        let suspect = |of_one: &[Finding]| {
            let (sample, tile) = (of_one[0].sample, of_one[0].tile);
            let score = match tile {
                Some(tile) => self.tile_score(sample as usize, tile),
                None => self.whole_score(sample as usize),
            };
            Suspect { sample, tile, score }
        };
        let one = self.all().chunk_by(|a, b| (a.sample, a.tile) == (b.sample, b.tile));
        let accused = |of_one: &&[Finding]| of_one.iter().any(|finding| finding.signal.accuses());
        let mut suspects: Vec<Suspect> = one.filter(accused).map(suspect).collect();
        suspects.sort_by(|a, b| b.score.total_cmp(&a.score));
        suspects
    }

    /// What speaks against a suspect: all that enters its score.
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
    fn suspects_come_by_score_with_all_that_speaks_against_them() {
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
        let places: Vec<_> = suspects.iter().map(|suspect| (suspect.sample, suspect.tile)).collect();
        assert_eq!(places, [(1, Some(1)), (0, Some(2)), (0, None)]);
        let against: Vec<usize> = suspects.iter().map(|suspect| found.against(*suspect).count()).collect();
        assert_eq!(against, [2, 2, 1], "the row that was mined unfiltered weighs on its negative");
    }
}
