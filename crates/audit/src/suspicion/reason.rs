//! What a finding goes by, small enough to keep for every finding, and the sentence that a person reads.

use tilejury_data::{Dataset, TilePath};

use super::copy_placement::CopyPlacement;
use super::external_reason::ExternalReason;
use super::findings::Finding;
use crate::text::count;

/// What a finding goes by. Rows are indices into the dataset's samples.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// The tile is the row's own positive.
    OwnPositive,
    /// The tile is the positive of another row; `likeness` of the queries is 1 where they are the same.
    OtherPositive {
        /// The other row.
        row: u32,
        /// How near the queries are, 0 to 1: cosine similarity, typos and translations aside.
        likeness: f32,
    },
    /// The tile is of the positive's page, so many chunks behind it (before it, where negative); `None` where names do not
    /// tell.
    SamePage {
        /// In chunks.
        chunks: Option<i32>,
    },
    /// The tile stands earlier in the list.
    Repeated {
        /// The first place, 1 for the first negative.
        first: u32,
    },
    /// No margin filter ran on the row.
    MiningHole(Retrieval),
    /// The tile's score against the positive's.
    Margin {
        /// The negative's score.
        score: f32,
        /// The positive's score.
        positive: f32,
    },
    /// The tile is a negative of that many rows.
    Hub {
        /// Distinct rows.
        rows: u32,
        /// The most that is usual in this set.
        usual_up_to: u32,
    },
    /// The row's query is in another split, with the same positive or another.
    SplitLeak {
        /// The other row.
        row: u32,
        /// How near the queries are, 0 to 1: cosine similarity, typos and translations aside.
        likeness: f32,
        /// Both have the same positive.
        same_positive: bool,
    },
    /// The tile's bytes are the positive's, under another path.
    SameBytes(WhosePositive),
    /// The tile's pixels are the positive's, in another encoding.
    SamePixels(WhosePositive),
    /// The tile shows the positive's content, moved or drawn otherwise.
    NearPicture {
        /// Whose positive.
        whose: WhosePositive,
        /// How many pixels further down the content lies in the tile; further up where negative.
        shift: i32,
        /// Share, 0 to 1, of the rows with ink that agree where both overlap.
        equal_rows: f32,
        /// Share, 0 to 1, of the positive's rows that the tile has too.
        overlap: f32,
        /// Rows agree to the pixel; else by their coarse profile.
        exact: bool,
    },
    /// The tile is the positive's picture at another scale, in other colours, with other margins, or drawn otherwise.
    SamePicture {
        /// Whose positive.
        whose: WhosePositive,
        /// How it lies in the tile.
        placed: CopyPlacement,
    },
    /// Next to nothing is on the tile.
    Blank {
        /// Share of its pixels, 0 to 1, that are ink.
        ink: f32,
    },
    /// Why the tile cannot be read or decoded.
    Unreadable(Box<str>),
    /// The tile is nowhere: where was looked.
    Missing(Box<str>),
    /// What another program says.
    Outside(ExternalReason),
}

/// Whose positive a tile was compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WhosePositive {
    /// The row's own.
    Own,
    /// Another row's, whose query is the same or near.
    Other {
        /// The other row.
        row: u32,
        /// How near the queries are, 0 to 1: cosine similarity, typos and translations aside.
        likeness: f32,
    },
}

/// How a row says that its positive was never retrieved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retrieval {
    /// The rank is 0 or null.
    NoRank,
    /// The score is 0 or null.
    NoScore,
    /// The list of retrieved tiles is there, and the positive is not on it.
    NotListed,
}

impl Reason {
    /// The reason in words, with the other row's place and query where there is one.
    pub(super) fn sentence(&self, dataset: &Dataset, finding: &Finding) -> String {
        match self.clone() {
            Self::OwnPositive => "The row's own positive stands among its negatives".into(),
            Self::OtherPositive { row, likeness } => {
                let place = dataset.describe_position(row as usize);
                format!("Positive of {} in {place}: {}", alike(likeness), both(dataset, finding.sample, row))
            }
            Self::SamePage { chunks } => same_page(dataset, finding.sample, chunks),
            Self::Repeated { first } => format!("The same tile as negative {first}"),
            Self::MiningHole(how) => {
                let how = match how {
                    Retrieval::NoRank => "has no rank",
                    Retrieval::NoScore => "has no score",
                    Retrieval::NotListed => "is not among the retrieved tiles",
                };
                format!("The positive {how}, so no margin filter ran on the negatives")
            }
            Self::Margin { score, positive } if score > positive => {
                format!("Scored {score:.3}, above the positive's {positive:.3}")
            }
            Self::Margin { score, positive } => {
                format!("Scored {score:.3}, {:.0} % of the positive's {positive:.3}", 100.0 * score / positive)
            }
            Self::Hub { rows, usual_up_to } => {
                let rows = count(rows as usize, "row");
                format!("A negative in {rows}; up to {usual_up_to} are usual in this set")
            }
            Self::SplitLeak { row, likeness, same_positive } => {
                let place = dataset.describe_position(row as usize);
                let positive = if same_positive { "the same positive" } else { "another positive" };
                let queries = both(dataset, finding.sample, row);
                format!("{} with {positive} in another split, {place}: {queries}", capital(alike(likeness)))
            }
            Self::SameBytes(whose) => {
                format!("Byte for byte {}, under another path{}", positive(whose), end(dataset, finding, whose))
            }
            Self::SamePixels(whose) => {
                format!("The pixels of {}, in another encoding{}", positive(whose), end(dataset, finding, whose))
            }
            Self::NearPicture { whose, shift, equal_rows, overlap, exact } => {
                let what = near(shift, equal_rows, overlap, exact);
                format!("The content of {}{what}{}", positive(whose), end(dataset, finding, whose))
            }
            Self::SamePicture { whose, placed } => {
                let (what, whose_end) = (placed.words(), end(dataset, finding, whose));
                format!("The same picture as {}{what}{whose_end}", positive(whose))
            }
            Self::Blank { ink } if ink > 0.0 => format!("A nearly blank tile: {:.2} % ink", (100.0 * ink).max(0.01)),
            Self::Blank { .. } => "A blank tile".into(),
            Self::Unreadable(why) => format!("The tile cannot be read: {why}"),
            Self::Missing(looked) => format!("The tile is in no shard: {looked}"),
            Self::Outside(reason) => reason.sentence(finding.tile),
        }
    }
}

fn alike(likeness: f32) -> &'static str {
    if likeness >= 1.0 { "the same query" } else { "a similar query" }
}

fn positive(whose: WhosePositive) -> &'static str {
    match whose {
        WhosePositive::Own => "the positive",
        WhosePositive::Other { .. } => "another row's positive",
    }
}

/// The other row and its query, where it is not the row's own positive.
fn end(dataset: &Dataset, finding: &Finding, whose: WhosePositive) -> String {
    let WhosePositive::Other { row, likeness } = whose else { return String::new() };
    let place = dataset.describe_position(row as usize);
    format!(" ({place}, {}: {})", alike(likeness), both(dataset, finding.sample, row))
}

/// How much of the content is there, where, and how well it agrees.
fn near(shift: i32, equal_rows: f32, overlap: f32, exact: bool) -> String {
    let agree = if exact { "the same to the pixel" } else { "alike" };
    let equal = format!("{:.0} % of the rows with ink are {agree}", 100.0 * equal_rows);
    let pixels = count(shift.unsigned_abs() as usize, "pixel");
    match shift {
        0 => format!(" again: {equal}"),
        ..0 => format!(", {pixels} further up: {:.0} % of its rows are here, and {equal}", 100.0 * overlap),
        1.. => format!(", {pixels} further down: {:.0} % of its rows are here, and {equal}", 100.0 * overlap),
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Both queries where they differ, else the one.
fn both(dataset: &Dataset, row: u32, other: u32) -> String {
    let query = |row: u32| dataset.row(row as usize).map(|row| row.query.into_owned()).unwrap_or_default();
    let (own, others) = (query(row), query(other));
    if own == others { format!("“{own}”") } else { format!("“{own}” and “{others}”") }
}

fn same_page(dataset: &Dataset, row: u32, chunks: Option<i32>) -> String {
    let page = dataset.row(row as usize).ok().map(|row| TilePath::new(&row.positive));
    let page = page.as_ref().and_then(TilePath::page_name).unwrap_or_default();
    let place = match chunks {
        Some(1) => "the chunk right below it".into(),
        Some(-1) => "the chunk right above it".into(),
        Some(chunks) if chunks > 0 => format!("{chunks} chunks below it"),
        Some(chunks) => format!("{} chunks above it", chunks.unsigned_abs()),
        None => "another part of it".into(),
    };
    format!("Same page as the positive ({page}), {place}")
}
