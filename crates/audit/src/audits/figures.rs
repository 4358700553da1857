//! The figures of an audit's state, and the exact intervals of rows that were drawn with equal
//! chances. Their JSON forms are documented in docs/json.md.

use serde::Serialize;
use tilejury_stats::{CountInterval, Level, count_interval, highest_count, running_interval};

use super::tile_word::TileWord;

/// A rate of rows. Shares are from 0 to 1; fields are null as long as nothing is known of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RateFigures {
    /// The affected rows.
    pub hits: u64,
    /// The rows that count.
    pub n: u64,
    /// The rows that are drawn from.
    pub population: u64,
    /// The lower end of the interval.
    pub low: Option<f64>,
    /// Its upper end.
    pub high: Option<f64>,
    /// The lower end in rows of the population.
    pub low_count: Option<u64>,
    /// The upper end in rows of the population.
    pub high_count: Option<u64>,
    /// The share in the sample.
    pub estimate: Option<f64>,
    /// The level of the interval.
    pub level: f64,
    /// The formula: `hypergeometric`, or `prior-posterior-ratio` before the planned number;
    /// `bands` if rows were drawn within bands, or by the word of a machine; `tiles` if tiles were
    /// drawn, from which no rate of rows follows.
    pub method: &'static str,
    /// Whether only the upper end was planned; then the lower one is 0.
    pub one_sided: bool,
}

impl RateFigures {
    /// The rate with the ends that hold whatever the answer to its open rows is.
    pub(crate) fn with_ends(&self, open: u64, low: Option<f64>, high: Option<f64>) -> Self {
        match (open, low, high) {
            (1.., Some(low), Some(high)) => Self { low: Some(low), high: Some(high), ..self.clone() },
            _ => self.clone(),
        }
    }
}

/// The share of negatives.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NegativesFigures {
    /// The relevant negatives.
    pub hits: u64,
    /// The decided negatives.
    pub n: u64,
    /// Those that were only confirmed by accepting their row.
    pub confirmed: u64,
    /// The number of independent negatives that would say as much.
    pub effective_n: Option<f64>,
    /// The design effect: the decided negatives, divided by the effective number.
    pub deff: Option<f64>,
    /// The lower end of the interval; null before the planned number of rows.
    pub low: Option<f64>,
    /// Its upper end.
    pub high: Option<f64>,
    /// The share in the sample.
    pub estimate: Option<f64>,
    /// The level of the interval.
    pub level: f64,
    /// The formula: `korn-graubard`, or `bands` if rows were not drawn with equal chances, each
    /// counting for those that it was drawn from; then there is no interval. `tiles` if only drawn
    /// tiles were asked for; then there is no rate.
    pub method: &'static str,
}

/// The rows of an audit within bands. Rows are affected if they have a false negative.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BandsFigures {
    /// The bands, the most suspicious first.
    pub bands: Vec<BandFigures>,
    /// The number of independent rows that would say as much; null before the planned number.
    pub effective_n: Option<f64>,
    /// The rows of a plain draw that would say as much; null before the planned number.
    pub plain_rows: Option<u64>,
}

/// A band of suspicion.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BandFigures {
    /// All its rows.
    pub population: u64,
    /// The planned number of rows.
    pub planned: u64,
    /// The rows that count.
    pub n: u64,
    /// The affected rows among them.
    pub hits: u64,
}

/// The most suspicious rows, all of which are judged. Rows are affected if they have a false
/// negative.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FirstFigures {
    /// Their planned number.
    pub planned: u64,
    /// Those before the first one without an answer.
    pub judged: u64,
    /// The affected rows among these.
    pub hits: u64,
    /// The rows that the others were drawn from.
    pub rest: u64,
    /// The drawn rows that count.
    pub drawn: u64,
    /// The affected rows among them.
    pub drawn_hits: u64,
}

/// The question whether the rate is below a limit. Open rows count as affected.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BelowFigures {
    /// The limit as a share.
    pub limit: f64,
    /// The highest number of affected rows with which it is shown at the planned number of rows; of
    /// no account if the evidence alone decides.
    pub allowed: u64,
    /// Whether the evidence alone decides, at any moment: the plan has no allowed number.
    pub looking: bool,
    /// Whether it is shown; null before the planned number of rows, unless it is shown already.
    pub shown: Option<bool>,
    /// The evidence for a rate below the limit; null where it is certain.
    pub evidence: Option<f64>,
    /// The evidence that decides.
    pub needed: f64,
    /// More rows after which the evidence decides if none of them is affected; null if nothing
    /// does.
    pub without_finding: Option<u64>,
    /// The same if the next row is affected and none after it.
    pub after_one_finding: Option<u64>,
    /// The same if findings go on at their present rate; null if it is not shown up to the planned
    /// number of rows.
    pub at_rate: Option<u64>,
}

/// Whether a whole set may be accepted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AcceptanceFigures {
    /// The annotator that accepts: `machine:` and a name.
    pub annotator: String,
    /// The rows of the set, or its tiles.
    pub set: u64,
    /// The number of wrong ones in the set that is shown not to be exceeded.
    pub most_wrong: u64,
    /// The highest number of wrong ones in the draw with which that is shown.
    pub allowed: u64,
    /// The wrong and undecided ones so far.
    pub wrong: u64,
    /// Whether it is shown; null before the planned number of rows.
    pub shown: Option<bool>,
    /// The rows that were accepted, or the tiles that were marked; null if none were.
    pub accepted: Option<usize>,
    /// Set if the set is one of negatives to mark: then tiles are counted, not rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tiles: Option<TileFigures>,
}

/// A set of negatives to mark, and the tiles drawn from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TileFigures {
    /// The rule that found them.
    pub rule: String,
    /// The word that is stored on them.
    pub word: TileWord,
    /// The drawn tiles.
    pub drawn: u64,
    /// Those of the rows that count.
    pub judged: u64,
    /// Those of them that were only confirmed by accepting their row.
    pub confirmed: u64,
}

/// The interval that holds whenever a person stops.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RunningFigures {
    /// The lower end, all unsure rows counted as unaffected.
    pub low: Option<f64>,
    /// The upper end, all unsure rows counted as affected.
    pub high: Option<f64>,
    /// Its level: above that of the plan, so that a person may look at both.
    pub level: f64,
}

/// The bounds with unsure and disputed rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct UnsureFigures {
    /// The number of those rows.
    pub rows: u64,
    /// The lower end of the interval with all of them counted as unaffected.
    pub low: Option<f64>,
    /// The upper end with all of them counted as affected.
    pub high: Option<f64>,
    /// The rate if they are left out as if they had not been drawn; null without any, before all
    /// planned rows count, and where rows had different chances.
    pub left_out: Option<RateFigures>,
    /// The same for negatives; an interval once all planned rows count.
    pub negatives: OpenFigures,
    /// The same for rows whose positive is open.
    pub wrong_positives: OpenFigures,
}

/// The bounds with open answers to a question.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OpenFigures {
    /// The number of open answers.
    pub open: u64,
    /// The lower end of the interval with all of them counted as no.
    pub low: Option<f64>,
    /// The upper end with all of them counted as yes.
    pub high: Option<f64>,
}

/// The kind of interval that an audit has now.
pub(crate) struct Intervals {
    pub(crate) population: u64,
    pub(crate) level: Level,
    pub(crate) finished: bool,
    pub(crate) one_sided: bool,
}

impl Intervals {
    /// The rate of `hits` of the first `n` rows of the draw.
    pub(crate) fn rate(&self, hits: u64, n: u64) -> RateFigures {
        let Self { population, finished, one_sided, .. } = *self;
        let level = if finished { self.level } else { Level::CAUTIOUS };
        let found = match (finished, one_sided) {
            _ if n == 0 => None,
            (true, true) => highest_count(population, n, hits, level).map(|high| CountInterval { low: 0, high }),
            (true, false) => count_interval(population, n, hits, level),
            (false, _) => running_interval(population, n, hits, level),
        };
        let share = found.map(|found| found.share_of(population));
        RateFigures {
            hits,
            n,
            population,
            low: share.map(|ends| ends.low),
            high: share.map(|ends| ends.high),
            low_count: found.map(|found| found.low),
            high_count: found.map(|found| found.high),
            estimate: (n > 0).then(|| hits as f64 / n as f64),
            level: level.value(),
            method: if finished { "hypergeometric" } else { "prior-posterior-ratio" },
            one_sided: finished && one_sided,
        }
    }
}
