//! The kinds of problems of a dataset: the one name of each, and what an export with the usual
//! options does about it. The overview, the report, the findings of a check and the preview of an
//! export take their words from here. Finds nothing and changes nothing.

use crate::export::{ChangeReason, DropReason};
use crate::text::capital;
use crate::text_enum::text_enum;

text_enum! {
    /// A kind of problem. Its word is that of `check --json`, if a check finds it.
    pub enum ProblemKind {
        /// A shard that rows name is not here.
        MissingShard = "missing_shard", "Missing shard";
        /// Something about a file of the set is not as it should be.
        FileWarning = "file_warning", "Warning about a file";
        /// A row has no negatives, although others have some.
        NoNegatives = "no_negatives", "No negatives";
        /// A tile is in no shard.
        MissingTile = "missing_tile", "Missing tile";
        /// A tile cannot be decoded.
        UnreadableTile = "corrupt_tile", "Unreadable tile";
        /// A negative is a positive of the very same query.
        PositiveInNegatives = "positive_in_negatives", "Positive in negatives";
        /// A negative has the pixels of a positive of its query under another path.
        CopyOfPositive = "copy_of_positive", "Copy of the positive";
        /// The row, or nearly the same one, is in another split.
        Leak = "split_leak", "Leak";
        /// A row has the same negative twice.
        RepeatedNegative = "repeated_negative", "Repeated negative";
        /// A row has the query and the positive of an earlier row of its split.
        RepeatedRow = "repeated_row", "Repeated row";
        /// A row has very many negatives.
        ManyNegatives = "many_negatives", "Many negatives";
        /// A tile is blank, or nearly so.
        BlankTile = "blank_tile", "Blank tile";
        /// A negative shows nearly the picture of a positive of its query.
        NearPicture = "near_picture", "Near picture";
        /// A negative is a positive of the same query or of one that asks nearly the same.
        PositiveOfOtherRow = "positive_of_other_row", "Positive of another row";
        /// A signal accuses that proves nothing alone.
        Suspicion = "suspicion", "Suspicion";
    }
}

/// The part of a problem that is left after an export with the usual options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterExport {
    /// Nothing: nobody has to work through it.
    Nothing,
    /// A part that somebody has to judge.
    Part,
    /// All of it, until somebody judges.
    All,
}

impl AfterExport {
    /// Whether an export mends all of the problem.
    pub fn is_mended(self) -> bool {
        self == Self::Nothing
    }
}

impl ProblemKind {
    /// Its treatment by an export with the usual options: its effect, a few words, and a sentence.
    fn treatment(self) -> (AfterExport, &'static str, &'static str) {
        use AfterExport::{All, Nothing, Part};
        const TILES: &str = "Missing and damaged tiles alike: a negative is removed from its row, and a row is left out if its \
                             positive is one.";
        const JUDGE: &str = "for you to judge";
        match self {
            Self::NoNegatives => {
                (Nothing, "an export leaves such rows out", "They have too few negatives to be written.")
            }
            Self::MissingTile | Self::UnreadableTile => (Nothing, "an export removes such tiles", TILES),
            Self::PositiveInNegatives => (
                Nothing,
                "an export removes such negatives",
                "The rows are written without them. A negative is also removed if it is the positive of another row \
                 of the same query.",
            ),
            Self::CopyOfPositive => {
                (Nothing, "an export removes such negatives", "The rows are written without the copies.")
            }
            Self::RepeatedNegative => {
                (Nothing, "an export removes repeats", "Each negative is written once in its row.")
            }
            Self::Leak => (
                Part,
                "an export leaves some out",
                "Of rows with the same query and the same positive, one split keeps its row: test before eval, both \
                 before train. Rows with another positive, or with a query that is only near, are written.",
            ),
            Self::NearPicture => (
                Part,
                "an export removes some",
                "Negatives that show nearly all of the positive's picture are removed. Others are written until you \
                 mark them.",
            ),
            Self::PositiveOfOtherRow => (
                Part,
                "an export removes some",
                "Positives of the same query are removed from the negatives. Those of a query that is only near are written \
                 until you mark them.",
            ),
            Self::MissingShard => (
                All,
                "an export trusts their tiles unseen",
                "Tiles of a shard that is not here are neither looked for nor compared. An export with pictures leaves \
                 them out.",
            ),
            Self::FileWarning => {
                (All, "an export has only what loads", "The messages name file, line and reason of each.")
            }
            Self::RepeatedRow => {
                (All, "an export keeps such rows", "Reject the rows that repeat another if you want each pair once.")
            }
            Self::ManyNegatives => (All, "an export keeps all of them", "Trainers use the first negatives of a row."),
            Self::BlankTile => (All, JUDGE, "An export keeps blank tiles until you mark them as broken."),
            Self::Suspicion => (All, JUDGE, "An export keeps these tiles and rows until you judge them."),
        }
    }

    /// The part of it that is left after an export with the usual options.
    pub fn after_export(self) -> AfterExport {
        self.treatment().0
    }

    /// Its treatment by an export with the usual options, in a few words.
    pub fn in_export(self) -> &'static str {
        self.treatment().1
    }

    /// More about that, in a sentence or two.
    pub fn export_rule(self) -> &'static str {
        self.treatment().2
    }

    /// The kind that a check reports under a word; `None` for its findings about files, whose words
    /// are many.
    pub fn of_check(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.word() == word)
    }

    /// The reasons of an export that leave rows with it out, and those that change them.
    pub fn reasons(self) -> (&'static [DropReason], &'static [ChangeReason]) {
        match self {
            Self::NoNegatives => (&[DropReason::TooFewNegatives], &[]),
            Self::MissingTile => (&[DropReason::MissingPositive], &[ChangeReason::MissingNegative]),
            Self::UnreadableTile => (&[DropReason::UnreadablePositive], &[ChangeReason::UnreadableNegative]),
            Self::PositiveInNegatives => (&[], &[ChangeReason::PositiveInNegatives]),
            Self::CopyOfPositive => (&[], &[ChangeReason::CopyOfPositive]),
            Self::Leak => (&[DropReason::Leak], &[]),
            Self::RepeatedNegative => (&[], &[ChangeReason::RepeatedNegative]),
            Self::NearPicture => (&[], &[ChangeReason::CopyOfPositive]),
            Self::PositiveOfOtherRow => (&[], &[ChangeReason::PositiveInNegatives]),
            Self::MissingShard
            | Self::FileWarning
            | Self::RepeatedRow
            | Self::ManyNegatives
            | Self::BlankTile
            | Self::Suspicion => (&[], &[]),
        }
    }
}

/// The name of a word of a check: that of the overview and of the preview of an export, if they
/// have the problem, too.
pub fn name_in_check(word: &str) -> String {
    ProblemKind::of_check(word).map_or_else(|| capital(&word.replace('_', " ")), |kind| kind.label().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::ROW_KINDS;
    use crate::suspicion::Signal;

    #[test]
    fn check_and_preview_name_a_problem_alike() {
        for (word, _) in ROW_KINDS {
            assert!(ProblemKind::of_check(word).is_some(), "{word} has no name");
        }
        for kind in ProblemKind::ALL {
            let (drops, changes) = kind.reasons();
            let words = drops.iter().map(|why| (why.word(), why.label()));
            let words = words.chain(changes.iter().map(|why| (why.word(), why.label())));
            for (word, label) in words.filter(|(word, _)| *word == kind.word()) {
                assert_eq!(label, kind.label(), "{word}");
            }
            // A problem of which nothing is left is one that an export has a reason for.
            let is_mended = kind.after_export().is_mended();
            assert!(!is_mended || drops.len() + changes.len() > 0, "{kind}");
            assert_eq!(kind.after_export() == AfterExport::All, drops.len() + changes.len() == 0, "{kind}");
        }
        assert_eq!(ProblemKind::Leak.label(), DropReason::Leak.label());
    }

    #[test]
    fn signals_and_tiles_have_the_same_names() {
        assert_eq!(Signal::OwnPositive.label(), ProblemKind::PositiveInNegatives.label());
        assert_eq!(Signal::Repeated.label(), ProblemKind::RepeatedNegative.label());
        assert_eq!(Signal::SplitLeak.label(), ProblemKind::Leak.label());
        // A tile that is left out is called by its place in the row.
        let left_out = |kind: ProblemKind| ["positive", "negative"].map(|place| kind.label().replace("tile", place));
        let missing = [DropReason::MissingPositive.label(), ChangeReason::MissingNegative.label()];
        assert_eq!(missing, left_out(ProblemKind::MissingTile));
        let unreadable = [DropReason::UnreadablePositive.label(), ChangeReason::UnreadableNegative.label()];
        assert_eq!(unreadable, left_out(ProblemKind::UnreadableTile));
    }

    #[test]
    fn few_words_fit_beside_a_problem() {
        for kind in ProblemKind::ALL {
            assert!(kind.in_export().len() <= 45, "{kind}: {}", kind.in_export());
            assert!(kind.export_rule().ends_with('.'), "{kind}");
        }
    }
}
