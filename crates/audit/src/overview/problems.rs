//! The problems of a dataset in one sentence each, the worst first: what makes rows useless comes
//! before what makes them wrong, and both before what is only suspicious.

use serde::Serialize;

use tilejury_data::{SampleIndex, TileSlot};

use super::{OverviewInputs, RowCounts};
use crate::problem_kind::ProblemKind;
use crate::suspicion::{Finding, LIKELY, Signal};
use crate::text::grouped;

/// A problem, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A sentence without its full stop.
    pub text: String,
    /// The number of rows that it concerns; of lines, if they are no rows.
    pub rows: usize,
    /// The number of those with a verdict; `None` if its rows are not known one by one.
    pub rows_judged: Option<usize>,
    /// The search that lists the rows; empty if no filter can.
    pub search: String,
    /// Whether it is certain. Otherwise somebody has to look.
    pub certain: bool,
    /// Its kind, which has its name in a check and in the preview of an export.
    pub kind: ProblemKind,
    /// The treatment by an export with the usual options, in a few words.
    pub in_export: &'static str,
    /// Whether an export with the usual options leaves nothing of it.
    pub mended: bool,
}

/// The subject of a problem's sentence.
enum Concern {
    /// Negatives: “3 negatives …”.
    Negatives,
    /// Tiles: “3 tiles …”.
    Tiles,
    /// Rows: “3 rows …”.
    Rows,
}

/// A line of [`BY_HARM`].
type Harm = (&'static [Signal], Concern, &'static str, &'static str, bool, ProblemKind);

/// The signals by their harm: the words after the number for one and for several, whether the
/// finding alone proves the problem, and its kind.
const BY_HARM: [Harm; 15] = [
    (&[Signal::Unreadable], Concern::Tiles, "cannot be read", "cannot be read", true, ProblemKind::UnreadableTile),
    (
        &[Signal::OwnPositive],
        Concern::Rows,
        "has its positive among its negatives",
        "have their positive among their negatives",
        true,
        ProblemKind::PositiveInNegatives,
    ),
    (
        &[Signal::SameBytes, Signal::SamePixels],
        Concern::Negatives,
        "is a copy of the positive",
        "are copies of the positive",
        true,
        ProblemKind::CopyOfPositive,
    ),
    (
        &[Signal::SplitLeak],
        Concern::Rows,
        "is also in another split",
        "are also in another split",
        true,
        ProblemKind::Leak,
    ),
    (
        &[Signal::Repeated],
        Concern::Negatives,
        "repeats in its row",
        "repeat in their rows",
        true,
        ProblemKind::RepeatedNegative,
    ),
    (&[Signal::Blank], Concern::Tiles, "is blank", "are blank", true, ProblemKind::BlankTile),
    (
        &[Signal::NearPicture],
        Concern::Negatives,
        "shows nearly the picture of the positive",
        "show nearly the picture of the positive",
        false,
        ProblemKind::NearPicture,
    ),
    (
        &[Signal::OtherPositive],
        Concern::Negatives,
        "is a positive of the same or a near query",
        "are positives of the same or a near query",
        false,
        ProblemKind::PositiveOfOtherRow,
    ),
    (
        &[Signal::Review],
        Concern::Tiles,
        "is doubted by a machine review",
        "are doubted by a machine review",
        false,
        ProblemKind::Suspicion,
    ),
    (
        &[Signal::AnswerInText],
        Concern::Negatives,
        "has the row's answer in its text",
        "have the row's answer in their text",
        false,
        ProblemKind::Suspicion,
    ),
    (
        &[Signal::Margin],
        Concern::Negatives,
        "scored nearly as high as the positive, or higher",
        "scored nearly as high as the positive, or higher",
        false,
        ProblemKind::Suspicion,
    ),
    (
        &[Signal::MiningHole],
        Concern::Rows,
        "was mined without a margin filter",
        "were mined without a margin filter",
        false,
        ProblemKind::Suspicion,
    ),
    (
        &[Signal::SamePage],
        Concern::Negatives,
        "is from the page of the positive",
        "are from the page of the positive",
        false,
        ProblemKind::Suspicion,
    ),
    (
        &[Signal::TextOverlap],
        Concern::Negatives,
        "has much of the query in its text",
        "have much of the query in their text",
        false,
        ProblemKind::Suspicion,
    ),
    (
        &[Signal::ModelsDisagree],
        Concern::Tiles,
        "answers the query by one model, not by another",
        "answer the query by one model, not by another",
        false,
        ProblemKind::Suspicion,
    ),
];

/// `is_judged`: whether a row has a verdict.
pub(super) fn find(
    inputs: &OverviewInputs<'_>,
    counts: RowCounts,
    is_judged: impl Fn(SampleIndex) -> bool,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut add = |text: String, (rows, rows_judged), search: &str, certain: bool, kind: ProblemKind| {
        if rows > 0 {
            let (search, in_export) = (search.to_owned(), kind.in_export());
            let mended = kind.after_export().is_mended();
            problems.push(Problem { text, rows, rows_judged, search, certain, kind, in_export, mended });
        }
    };
    let shards = inputs.missing.shards().len();
    let is_or_are = |number: usize| if number == 1 { "is" } else { "are" };
    let tiles = things(inputs.missing.tiles(), "tile");
    let rows = inputs.missing.rows();
    add(
        format!("{} {} missing, with {tiles} of {}", things(shards, "shard"), is_or_are(shards), things(rows, "row")),
        (rows, None),
        "shard:missing",
        true,
        ProblemKind::MissingShard,
    );
    let bad = inputs.dataset.warnings.len();
    add(
        format!("{} about the files of the set", things(bad, "warning")),
        (bad, None),
        "",
        true,
        ProblemKind::FileWarning,
    );
    let all = inputs.dataset.samples.len();
    let (without, judged) = counts.without_negatives;
    // In a set without any negatives, that is no fault.
    if without < all {
        let has = if without == 1 { "has" } else { "have" };
        let text = format!("{} {has} no negatives", rows_of(without, all));
        add(text, (without, Some(judged)), "neg:0", true, ProblemKind::NoNegatives);
    }
    let findings = inputs.findings.map_or(&[][..], |findings| findings.all());
    let by_harm = BY_HARM.iter().zip(distinct(findings, is_judged));
    for ((signals, concern, one, several, certain, kind), Distinct { rows, judged, tiles }) in by_harm {
        let words = signals.iter().map(|signal| signal.word()).collect::<Vec<_>>().join(",");
        let (number, text) = match concern {
            Concern::Rows => (rows, rows_of(rows, all)),
            Concern::Tiles => (tiles, things(tiles, "tile")),
            Concern::Negatives => (tiles, things(tiles, "negative")),
        };
        let verb = if number == 1 { one } else { several };
        add(format!("{text} {verb}"), (rows, Some(judged)), &format!("signal:{words}"), *certain, *kind);
    }
    let (repeated, judged) = counts.repeated;
    let repeats = if repeated == 1 { "repeats" } else { "repeat" };
    add(
        format!("{} {repeats} the query and positive of another row", rows_of(repeated, all)),
        (repeated, Some(judged)),
        "repeated:yes",
        true,
        ProblemKind::RepeatedRow,
    );
    problems.sort_by_key(|problem| !problem.certain);
    problems
}

/// The signals that prove a fault alone, a bit each.
pub(super) fn certain_signals() -> u32 {
    let certain = BY_HARM.iter().filter(|(.., certain, _)| *certain);
    certain.flat_map(|(signals, ..)| signals.iter()).fold(0, |bits, signal| bits | 1 << signal.bit())
}

/// The search that lists the rows which are not certainly wrong, but more likely wrong than not.
/// `has_negatives`: whether the set has any, so that a row without them is wrong.
pub(super) fn likely_search(has_negatives: bool) -> String {
    let certain = BY_HARM.iter().filter(|(.., certain, _)| *certain).flat_map(|(signals, ..)| signals.iter());
    let certain = certain.map(|signal| signal.word()).collect::<Vec<_>>().join(",");
    let without = if has_negatives { " -neg:0" } else { "" };
    format!("suspicion:>={LIKELY} -signal:{certain} -repeated:yes{without}")
}

/// The rows and tiles that the findings of a line of the table are about.
#[derive(Clone, Copy, Default)]
struct Distinct {
    /// The number of different rows.
    rows: usize,
    /// The number of those with a verdict.
    judged: usize,
    /// The number of different tiles in the rows.
    tiles: usize,
}

/// For each line of the table, what its findings are about. The findings are sorted by row, then by
/// tile.
fn distinct(findings: &[Finding], is_judged: impl Fn(SampleIndex) -> bool) -> [Distinct; BY_HARM.len()] {
    let mut counts = [Distinct::default(); BY_HARM.len()];
    let mut last: [Option<(SampleIndex, Option<TileSlot>)>; BY_HARM.len()] = [None; BY_HARM.len()];
    for finding in findings {
        let known = BY_HARM.iter().position(|(signals, ..)| signals.contains(&finding.signal));
        let Some(at) = known else { continue };
        let place = (finding.sample, finding.tile);
        let is_new = last[at].is_none_or(|(sample, _)| sample != finding.sample);
        counts[at].rows += usize::from(is_new);
        counts[at].judged += usize::from(is_new && is_judged(finding.sample));
        counts[at].tiles += usize::from(last[at] != Some(place));
        last[at] = Some(place);
    }
    counts
}

fn things(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

/// A number of rows, with its share where that says more.
fn rows_of(rows: usize, all: usize) -> String {
    let share = 100.0 * rows as f64 / all.max(1) as f64;
    match share {
        share if rows >= 100 && share >= 0.95 => format!("{share:.0} % of all rows ({})", grouped(rows)),
        _ => things(rows, "row"),
    }
}
