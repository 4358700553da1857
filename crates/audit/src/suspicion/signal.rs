//! The signals by name, and how much each weighs.

/// A way in which a set tells against itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Signal {
    /// The positive itself stands among the negatives.
    OwnPositive,
    /// A negative is the positive of another row with the same or nearly the same query.
    OtherPositive,
    /// A negative is of the positive's page.
    SamePage,
    /// The same negative stands twice in a row.
    Repeated,
    /// The positive was never retrieved, so no margin filter ran over the negatives.
    MiningHole,
    /// A negative scored nearly as high as the positive, or higher.
    Margin,
    /// A negative of unusually many rows.
    Hub,
    /// The row, or nearly the same one, stands in another split.
    SplitLeak,
    /// The tile is byte for byte the positive, or the positive of another row of its query, under another path.
    SameBytes,
    /// The same pixels in another encoding.
    SamePixels,
    /// Nearly the same picture: scrolled, rendered again, or cut from the same place.
    NearPicture,
    /// Nothing, or nearly nothing, is on the tile.
    Blank,
    /// The tile cannot be read.
    Unreadable,
    /// A machine's review says that the negative answers the query, or that the positive does not.
    Review,
    /// The row's answer stands in the negative's text.
    AnswerInText,
}

impl Signal {
    /// Every signal, in the order of their bits.
    pub const ALL: [Self; 15] = [
        Self::OwnPositive,
        Self::OtherPositive,
        Self::SamePage,
        Self::Repeated,
        Self::MiningHole,
        Self::Margin,
        Self::Hub,
        Self::SplitLeak,
        Self::SameBytes,
        Self::SamePixels,
        Self::NearPicture,
        Self::Blank,
        Self::Unreadable,
        Self::Review,
        Self::AnswerInText,
    ];

    /// The signal's place in a set of bits: `1 << signal.bit()`.
    pub fn bit(self) -> u32 {
        self as u32
    }

    /// The word that filters and output use.
    pub fn name(self) -> &'static str {
        match self {
            Self::OwnPositive => "own-positive",
            Self::OtherPositive => "other-positive",
            Self::SamePage => "same-page",
            Self::Repeated => "repeated",
            Self::MiningHole => "mining-hole",
            Self::Margin => "margin",
            Self::Hub => "hub",
            Self::SplitLeak => "split-leak",
            Self::SameBytes => "same-bytes",
            Self::SamePixels => "same-pixels",
            Self::NearPicture => "near-picture",
            Self::Blank => "blank",
            Self::Unreadable => "unreadable",
            Self::Review => "review",
            Self::AnswerInText => "answer-in-text",
        }
    }

    /// The words a person reads.
    pub fn label(self) -> &'static str {
        match self {
            Self::OwnPositive => "Own positive",
            Self::OtherPositive => "Positive elsewhere",
            Self::SamePage => "Same page",
            Self::Repeated => "Repeated",
            Self::MiningHole => "No margin filter",
            Self::Margin => "High score",
            Self::Hub => "Hub",
            Self::SplitLeak => "Split leak",
            Self::SameBytes => "Same file",
            Self::SamePixels => "Same pixels",
            Self::NearPicture => "Near picture",
            Self::Blank => "Blank",
            Self::Unreadable => "Unreadable",
            Self::Review => "Machine review",
            Self::AnswerInText => "Answer in its text",
        }
    }

    /// The signal of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|signal| signal.name() == name)
    }

    /// The bits of the signals that accuse by themselves.
    pub const ACCUSING: u32 = !(1 << Self::Hub as u32);

    /// Does it accuse by itself? A hub is a negative of many rows, and right in most of them: it only adds to what else there is.
    pub fn accuses(self) -> bool {
        Self::ACCUSING & 1 << self.bit() != 0
    }

    /// How far the signal at full strength tells of a defect, 0 to 1. A judgement of ours, in three steps: what is a defect
    /// by itself (1 to 0.9), what often is one (0.6 to 0.5), what only makes one likelier (0.3).
    pub fn weight(self) -> f32 {
        match self {
            Self::OwnPositive | Self::SameBytes | Self::SamePixels => 1.0,
            Self::OtherPositive | Self::SplitLeak | Self::NearPicture | Self::Unreadable => 0.9,
            Self::Margin | Self::Blank | Self::Review | Self::AnswerInText => 0.6,
            Self::SamePage => 0.5,
            Self::Repeated | Self::MiningHole | Self::Hub => 0.3,
        }
    }
}
