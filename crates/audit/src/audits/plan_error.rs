//! The reasons why a plan is refused.

use thiserror::Error;

use super::tile_word::TileWord;
use crate::text::grouped;

/// The longest name in characters: it becomes a part of messages and file names.
pub(super) const NAME_UP_TO: usize = 60;

/// A reason why there is no such audit.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PlanError {
    /// No usable name.
    #[error("a name has 1 to {NAME_UP_TO} characters, and no line breaks")]
    Name,
    /// The name is taken.
    #[error(
        "there is an audit “{0}” already; audits are kept for ever, so a second one, or one of more rows, is another \
         plan and needs another name"
    )]
    Taken(String),
    /// A seed that cannot be written on one line.
    #[error("a seed is a number or a word, without line breaks")]
    Seed,
    /// A text that is no guideline.
    #[error("a guideline is a text of at most 32 KB")]
    Guideline,
    /// No row to draw from.
    #[error("no row to draw from")]
    Nothing,
    /// A number of rows that cannot be drawn.
    #[error("{}", rows_in_words(*.wanted, *.population))]
    Rows {
        /// The wanted number.
        wanted: u64,
        /// The number of rows to draw from.
        population: u64,
    },
    /// A level that is none.
    #[error("a level is between 0 and 1, such as 0.95")]
    Level,
    /// A limit that is none.
    #[error("a limit is a share above 0 and at most 1, such as 0.01")]
    Limit,
    /// Fewer rows than can show a rate below the limit.
    #[error("{wanted} rows cannot show that; {least} can, if at most {allowed} of them are affected")]
    FewToShow {
        /// The wanted number.
        wanted: u64,
        /// The lowest possible number.
        least: u64,
        /// The number of affected rows that is allowed.
        allowed: u64,
    },
    /// A machine that said nothing of any row.
    #[error("“{0}” says nothing of any row that is drawn from: import its reviews or scores first")]
    NoWord(String),
    /// A limit that no number of rows can show.
    #[error(
        "no draw from {population} rows can show that, with {allowed} affected rows allowed; \
         choose a higher limit or fewer"
    )]
    Below {
        /// The number of rows to draw from.
        population: u64,
        /// The number of affected rows that is allowed.
        allowed: u64,
    },
    /// Fewer rows than bands need.
    #[error("{wanted} rows are too few for bands, which need {least}: ten of each, or all of a smaller one")]
    FewForBands {
        /// The wanted number.
        wanted: u64,
        /// The lowest possible number.
        least: u64,
    },
    /// Fewer rows than the evidence needs.
    #[error("{wanted} rows cannot show that, whatever they are; {least} without a finding can")]
    FewForLimit {
        /// The wanted number.
        wanted: u64,
        /// The lowest possible number.
        least: u64,
    },
    /// A number of suspicious rows that leaves none to draw, or none at all.
    #[error("of {rows} rows, {first} cannot be the most suspicious ones: at least one is, and at least one is drawn")]
    First {
        /// The wanted number of suspicious rows.
        first: u64,
        /// The number of all rows.
        rows: u64,
    },
    /// Nothing to rank the rows by.
    #[error(
        "nothing ranks these rows yet, so there are no more and no less suspicious ones; \
         read the texts of tiles or import scores first, or draw without regard to suspicion"
    )]
    NothingRanked,
    /// A limit together with bands or suspicious rows.
    #[error("whether a rate is below a limit is shown by a plain draw; leave out the limit, or the use of suspicion")]
    LimitBySuspicion,
    /// A set that no number of rows can show to be good enough.
    #[error(
        "no draw from a set of {population} can show that enough of them are right, with {allowed} wrong ones allowed; \
         choose a larger set or allow fewer"
    )]
    Acceptance {
        /// The number of rows, or of tiles, of the set.
        population: u64,
        /// The number of wrong ones that is allowed.
        allowed: u64,
    },
    /// Fewer rows than can show that a set may be accepted.
    #[error("{wanted} rows cannot show that; {least} can, if at most {allowed} of them are wrong")]
    FewToAccept {
        /// The wanted number.
        wanted: u64,
        /// The lowest possible number.
        least: u64,
        /// The number of wrong rows that is allowed.
        allowed: u64,
    },
    /// A set of rows in which a machine found relevant negatives.
    #[error(
        "“{0}” finds rows with a negative that a machine called relevant, and accepting rows as they are says the \
         opposite: the positive right, no relevant negative; mark the tiles instead"
    )]
    SaysRelevant(String),
    /// A word that contradicts the rule.
    #[error("“{rule}” says {said} of its tiles, so the word cannot be {word}")]
    Word {
        /// The rule.
        rule: String,
        /// The word of the rule.
        said: TileWord,
        /// The other word.
        word: TileWord,
    },
    /// A rule that finds no negative.
    #[error("“{0}” finds no negative of the rows that are drawn from")]
    NoTile(String),
    /// An overlap that is no share, or has nobody to share with.
    #[error("an overlap is a share from 0 to 1, and needs two annotators or more")]
    Overlap,
    /// A share of rows that come back that is no share.
    #[error("the share of rows that come back is from 0 to 1")]
    Repeats,
    /// More gold rows than there are.
    #[error("{wanted} gold rows are too many: {there} rows outside of the draw have an adjudicated answer")]
    Gold {
        /// The wanted number.
        wanted: usize,
        /// The number of rows with an adjudicated answer.
        there: usize,
    },
    /// More gold rows in an audit of tiles than there are.
    #[error(
        "{wanted} gold rows are too many: {there} rows outside of the draw have a negative that an adjudication called relevant or not"
    )]
    GoldTiles {
        /// The wanted number.
        wanted: usize,
        /// The number of rows with a known tile.
        there: usize,
    },
    /// Names that are empty or equal.
    #[error("each annotator needs a name of their own")]
    Annotators,
    /// A name under which no person answers in an audit.
    #[error(
        "`{0}` is no annotator: names that begin with `machine:` are programs, and `adjudicator` settles differences afterwards"
    )]
    AnnotatorRole(String),
}

fn rows_in_words(wanted: u64, population: u64) -> String {
    let [rows, all] = [wanted, population].map(|number| grouped(number as usize));
    match wanted {
        0 => "an audit draws one row or more".to_owned(),
        _ => format!("{rows} rows cannot be drawn: there are {all}"),
    }
}
