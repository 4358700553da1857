//! The signals, with their names and default weights.

use crate::text_enum::text_enum;

text_enum! {
    /// A kind of evidence against a row or a tile. Filters and output use its word; the order is
    /// that of the bits.
    pub enum Signal {
        /// The positive itself is among the negatives.
        OwnPositive = "own-positive", "Positive in negatives";
        /// A negative is the positive of another row with the same or a near query.
        OtherPositive = "other-positive", "Positive of another row";
        /// A negative is from the page of the positive.
        SamePage = "same-page", "Same page";
        /// A row has the same negative twice.
        Repeated = "repeated", "Repeated negative";
        /// The positive was never retrieved, so no margin filter ran over the negatives.
        MiningHole = "mining-hole", "No margin filter";
        /// A negative scored nearly as high as the positive, or higher.
        Margin = "margin", "High score";
        /// The tile is a negative of unusually many rows.
        Hub = "hub", "In many rows";
        /// The row, or nearly the same one, is in another split.
        SplitLeak = "split-leak", "Leak";
        /// The tile is byte for byte the positive, or the positive of another row of its query,
        /// under another path.
        SameBytes = "same-bytes", "Same file";
        /// A tile has the same pixels as such a positive in another encoding.
        SamePixels = "same-pixels", "Same pixels";
        /// A tile shows nearly the same picture: scrolled, rendered again, or cut from the same
        /// page.
        NearPicture = "near-picture", "Near picture";
        /// The tile is blank or nearly so.
        Blank = "blank", "Blank";
        /// The tile was not found, or cannot be read.
        Unreadable = "unreadable", "Missing or unreadable";
        /// A machine's review finds that the negative answers the query, or that the positive does
        /// not.
        Review = "review", "Machine review";
        /// The row's answer occurs in the negative's text.
        AnswerInText = "answer-in-text", "Answer in its text";
        /// The negative's text has much more of the query, and of the positive's passage, than
        /// those of other negatives.
        TextOverlap = "text-overlap", "Text overlap";
        /// Of several models at an endpoint, some find the query answered on the tile, and some do
        /// not.
        ModelsDisagree = "models-disagree", "Models disagree";
    }
}

impl Signal {
    /// The meaning of a finding of the signal, in one line.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::OwnPositive => "The row's positive is also among its negatives",
            Self::OtherPositive => "The negative is the positive of another row with the same or a near query",
            Self::SamePage => "The negative is from the page of the positive",
            Self::Repeated => "The row has the same negative twice",
            Self::MiningHole => "The positive was never retrieved, so no margin filter ran over the negatives",
            Self::Margin => "The negative scored nearly as high as the positive, or higher",
            Self::Hub => "The tile is a negative of unusually many rows",
            Self::SplitLeak => "The row, or nearly the same one, is in another split",
            Self::SameBytes => "The tile is the very file of a positive of its query, under another path",
            Self::SamePixels => "The tile has the pixels of a positive of its query, in another encoding",
            Self::NearPicture => "The tile shows nearly the picture of a positive of its query",
            Self::Blank => "The tile is blank or nearly so",
            Self::Unreadable => "The tile is missing, or its picture cannot be read",
            Self::Review => {
                "A machine's review finds that the negative answers the query, or that the positive does not"
            }
            Self::AnswerInText => "The row's answer occurs in the text of the negative",
            Self::TextOverlap => "The text of the negative has much more of the query than those of the others",
            Self::ModelsDisagree => "Some models find the query answered on the tile, and some do not",
        }
    }

    /// Returns the signal's position in a set of bits: `1 << signal.bit()`.
    pub fn bit(self) -> u32 {
        self as u32
    }

    /// The bits of the signals that are enough to accuse.
    pub const ACCUSING: u32 = !(1 << Self::Hub as u32);

    /// Whether the signal alone is enough to accuse. A hub is a negative of many rows, and rightly
    /// in most of them: it only adds to other signals.
    pub fn accuses(self) -> bool {
        Self::ACCUSING & 1 << self.bit() != 0
    }

    /// Returns the default weight, 0 to 1: how surely the signal at full strength means a defect.
    /// The weights are our estimates, in three steps: a defect in itself (1 to 0.9), often a defect
    /// (0.6 to 0.5), only makes a defect likelier (0.3).
    pub fn weight(self) -> f32 {
        match self {
            Self::OwnPositive | Self::SameBytes | Self::SamePixels => 1.0,
            Self::OtherPositive | Self::SplitLeak | Self::NearPicture | Self::Unreadable => 0.9,
            Self::Margin | Self::Blank | Self::Review | Self::AnswerInText => 0.6,
            Self::TextOverlap => 0.5,
            Self::Repeated | Self::MiningHole | Self::Hub => 0.3,
            Self::SamePage | Self::ModelsDisagree => 0.15,
        }
    }
}
