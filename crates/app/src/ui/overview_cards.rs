//! The cards of the overview: which numbers each of them shows, as bars with the search that lists
//! their rows. Draws nothing.

use std::borrow::Cow;

use egui::Color32;
use tilejury_audit::overview::{AnnotatorWork, Bar, MiningBars, Overview};
use tilejury_audit::text::{count, grouped};
use tilejury_data::TilePath;

use super::count_bar;
use super::tile_line::short_names;
use crate::theme::Palette;

/// The largest number of positions in a row that have a bar.
const MOST_POSITIONS: usize = 20;
/// The largest number of days that have a bar of their own. If there are more, months have.
const MOST_DAYS: usize = 14;
/// The length of the month in a day: `2025-03`.
const MONTH: usize = 7;
/// The largest number of tiles that are named.
const MOST_NAMED: usize = 20;

/// One card: a title, what the bars mean, and the bars.
pub(super) struct Card<'a> {
    pub(super) title: Cow<'static, str>,
    pub(super) about: &'static str,
    pub(super) lines: Vec<Line<'a>>,
}

/// One bar of a card.
pub(super) struct Line<'a> {
    pub(super) label: Cow<'a, str>,
    pub(super) parts: Vec<(usize, Color32)>,
    /// The rows of a full bar; 0 for no bar.
    pub(super) full: usize,
    /// The rows that a click lists.
    pub(super) rows: usize,
    /// The text at the end.
    pub(super) number: String,
    /// The words for the pointer and for screen readers, after the label and the rows.
    pub(super) details: String,
    pub(super) search: Cow<'a, str>,
}

impl Line<'_> {
    /// The name of the bar in a card, different from that of every other.
    pub(super) fn name(&self, card: &str) -> String {
        format!("{card}, {}: {}, {}", self.label, count_bar::rows(self.rows), self.details)
    }
}

/// All cards that have something to show: first the state of the work, then the findings, then the
/// rows themselves.
pub(super) fn cards<'a>(colours: &Palette, overview: &'a Overview) -> Vec<Card<'a>> {
    let card = |title: &'static str, about, lines| Card { title: title.into(), about, lines };
    let of_bars = |title, about, bars: &'a [Bar]| card(title, about, bar_lines(colours, bars));
    let negatives = if overview.judged > 0 { "Rows; the green part is judged" } else { "Rows" };
    let mut cards = vec![
        card("Progress", "Rows of each split, judged and all", progress(colours, overview)),
        signals(colours, overview),
        suspicion(colours, overview),
        card("Verdicts over time", "Accepted and rejected rows, the latest first", days(colours, overview)),
        card("Reasons", "Rejected and unsure rows", reasons(colours, overview)),
        card(
            "False negatives by position",
            "Relevant of the judged negatives, by position",
            positions(colours, overview),
        ),
        card("Annotators", "Rows with a verdict, without those of audits", annotators(colours, overview)),
        card("Pace", "Median seconds a row, share of judged rows, audits included", pace(colours, overview)),
        card(
            "Findings by annotator",
            "Rows with a false negative or wrong positive, audits included",
            found(colours, overview),
        ),
        of_bars("Negatives per row", negatives, &overview.negatives),
    ];
    cards.extend(overview.work.iter().filter(|work| work.blocks.len() > 1).map(|work| drift(colours, work)));
    cards.extend(mining(colours, None, &overview.mining));
    cards.extend(overview.imported.iter().flat_map(|source| mining(colours, Some(&source.source), &source.bars)));
    cards.push(card("Hubs", "Tiles that are negatives of unusually many rows", hubs(colours, overview)));
    cards.push(card("Copies", "Rows with tiles that show the same picture", copies(colours, overview)));
    cards.retain(|card| !card.lines.is_empty());
    cards
}

/// The bars of suspicion, the highest first; the rows without a score last.
fn suspicion<'a>(colours: &Palette, overview: &'a Overview) -> Card<'a> {
    let mut lines = bar_lines(colours, &overview.suspicion);
    let scored = overview.suspicion.iter().take_while(|bar| !bar.is_none()).count();
    for line in &mut lines[..scored] {
        line.label = in_percent(&line.label).into();
    }
    lines[..scored].reverse();
    // The first sentence counts such rows, too.
    let about = match overview.wrong {
        0 => "Rows by suspicion, the highest first",
        _ => "Rows by suspicion; not every certain fault raises it",
    };
    Card { title: "Suspicion".into(), about, lines }
}

/// A bar of suspicion in per cent, as in the rest of the window: `0.9` is `90–100 %`.
fn in_percent(from: &str) -> String {
    let from = (100.0 * from.parse::<f32>().unwrap_or_default()).round() as u32;
    format!("{from}–{} %", from + 10)
}

/// The cards of the ranks and scores by the rows' own fields, or by imported scores of a source.
fn mining<'a>(colours: &Palette, source: Option<&str>, bars: &'a MiningBars) -> [Card<'a>; 3] {
    let card = |title: &'static str, about, bars: &'a [Bar]| Card {
        title: source.map_or(title.into(), |source| format!("{title} by {source}").into()),
        about,
        lines: bar_lines(colours, bars),
    };
    let about_rank = match source {
        None => "Rows; “none”: no rank is recorded",
        Some(_) => "Among the row's tiles; 1 is before all negatives",
    };
    [
        card("Margin", "Best negative's score ÷ positive's", &bars.margin),
        card("Positive's rank", about_rank, &bars.positive_rank),
        card("Positive's score", "Rows by the score of retrieval", &bars.positive_score),
    ]
}

fn verdict_parts(colours: &Palette, accepted: usize, rejected: usize, unsure: usize) -> Vec<(usize, Color32)> {
    vec![(accepted, colours.accept), (rejected, colours.reject), (unsure, colours.unsure)]
}

fn progress<'a>(colours: &Palette, overview: &'a Overview) -> Vec<Line<'a>> {
    let line = |split: &'a tilejury_audit::overview::SplitProgress| Line {
        label: split.name.as_str().into(),
        parts: verdict_parts(colours, split.accepted, split.rejected, split.unsure),
        full: split.rows,
        rows: split.rows,
        number: format!("{} of {}", grouped(split.judged()), grouped(split.rows)),
        details: format!(
            "{} judged; {} accepted, {} rejected, {} unsure",
            grouped(split.judged()),
            split.accepted,
            split.rejected,
            split.unsure
        ),
        search: (&*split.search).into(),
    };
    overview.splits.iter().map(line).collect()
}

fn bar_lines<'a>(colours: &Palette, bars: &'a [Bar]) -> Vec<Line<'a>> {
    let full = bars.iter().filter(|bar| !bar.is_none()).map(|bar| bar.rows).max().unwrap_or(0);
    let line = |bar: &'a Bar| Line {
        label: bar.label.as_str().into(),
        // Mostly there are so many rows without a value that the others would not be seen. An empty
        // bar would say that there are none.
        parts: match bar.is_none() {
            true => Vec::new(),
            false => vec![(bar.judged, colours.accept), (bar.rows - bar.judged, colours.focus)],
        },
        full: if bar.is_none() { 0 } else { full },
        rows: bar.rows,
        number: grouped(bar.rows),
        details: format!("{} judged", grouped(bar.judged)),
        search: (&*bar.search).into(),
    };
    bars.iter().map(line).collect()
}

fn reasons<'a>(colours: &Palette, overview: &'a Overview) -> Vec<Line<'a>> {
    let mut lines = bar_lines(colours, &overview.reasons);
    // All of them are judged.
    lines.iter_mut().flat_map(|line| &mut line.parts).for_each(|(_, colour)| *colour = colours.reject);
    lines
}

fn signals<'a>(colours: &Palette, overview: &'a Overview) -> Card<'a> {
    let full = overview.signals.iter().map(|signal| signal.rows).max().unwrap_or(0);
    let line = |signal: &'a tilejury_audit::overview::SignalCount| {
        let precision = signal.precision.map(|precision| format!("{:.0} % · ", 100.0 * precision));
        Line {
            label: signal.label.into(),
            parts: vec![(signal.rows_judged, colours.accept), (signal.rows - signal.rows_judged, colours.focus)],
            full,
            rows: signal.rows,
            number: format!("{}{}", precision.unwrap_or_default(), grouped(signal.rows)),
            details: format!(
                "{} judged; of {}, {} judged and {} right",
                grouped(signal.rows_judged),
                count(signal.raised, "finding"),
                grouped(signal.judged),
                grouped(signal.confirmed)
            ),
            search: (&*signal.search).into(),
        }
    };
    let about = match overview.signals.iter().any(|signal| signal.precision.is_some()) {
        true => "Share of judged findings that were right · rows",
        false => "Rows with a finding",
    };
    Card { title: "Signals".into(), about, lines: overview.signals.iter().map(line).collect() }
}

/// The last days with verdicts, the latest first; the months if there are many days.
fn days<'a>(colours: &Palette, overview: &'a Overview) -> Vec<Line<'a>> {
    let mut bars: Vec<(&str, usize, usize)> = Vec::new();
    let by_month = overview.days.len() > MOST_DAYS;
    for day in overview.days.iter().rev() {
        let label = if by_month { day.day.get(..MONTH).unwrap_or(&day.day) } else { &day.day };
        match bars.last_mut().filter(|(last, ..)| *last == label) {
            Some((_, accepted, rejected)) => {
                (*accepted, *rejected) = (*accepted + day.accepted, *rejected + day.rejected);
            }
            None => bars.push((label, day.accepted, day.rejected)),
        }
    }
    bars.truncate(MOST_DAYS);
    let full = bars.iter().map(|(_, accepted, rejected)| accepted + rejected).max().unwrap_or(0);
    let line = |(day, accepted, rejected): (&'a str, usize, usize)| Line {
        label: day.into(),
        parts: verdict_parts(colours, accepted, rejected, 0),
        full,
        rows: accepted + rejected,
        number: grouped(accepted + rejected),
        details: format!("{accepted} accepted, {rejected} rejected"),
        search: format!("judged-on:{day}").into(),
    };
    bars.into_iter().map(line).collect()
}

fn positions<'a>(colours: &Palette, overview: &'a Overview) -> Vec<Line<'a>> {
    let full = overview.positions.iter().map(|position| position.judged).max().unwrap_or(0);
    let line = |position: &'a tilejury_audit::overview::PositionCount| {
        let true_ones = position.judged - position.false_negatives;
        Line {
            label: position.position.to_string().into(),
            parts: vec![(position.false_negatives, colours.false_negative), (true_ones, colours.quiet)],
            full,
            rows: position.false_negatives,
            number: format!("{} of {}", grouped(position.false_negatives), grouped(position.judged)),
            details: format!(
                "{} of {} judged negatives at this position are relevant",
                position.false_negatives, position.judged
            ),
            search: (&*position.search).into(),
        }
    };
    overview.positions.iter().filter(|position| position.judged > 0).take(MOST_POSITIONS).map(line).collect()
}

fn hubs<'a>(colours: &Palette, overview: &'a Overview) -> Vec<Line<'a>> {
    let full = overview.hubs.iter().map(|hub| hub.rows).max().unwrap_or(0);
    let line = |hub: &'a tilejury_audit::overview::HubTile| Line {
        label: short_path(&hub.tile),
        parts: vec![(hub.rows, colours.focus)],
        full,
        rows: hub.rows,
        number: grouped(hub.rows),
        details: format!("with {} as a negative; usual are up to {}", hub.tile, hub.usual_up_to),
        search: (&*hub.search).into(),
    };
    overview.hubs.iter().map(line).collect()
}

fn copies<'a>(colours: &Palette, overview: &'a Overview) -> Vec<Line<'a>> {
    let full = overview.copies.iter().map(|cluster| cluster.rows).max().unwrap_or(0);
    let line = |cluster: &'a tilejury_audit::overview::CopyCluster| Line {
        label: cluster.tiles.first().map(|tile| short_path(tile)).unwrap_or_default(),
        parts: vec![(cluster.rows, colours.focus)],
        full,
        rows: cluster.rows,
        number: grouped(cluster.rows),
        details: format!(
            "{} that show the same picture:\n{}",
            count(cluster.tiles.len(), "tile"),
            cluster.tiles.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join("\n")
        ),
        search: (&*cluster.search).into(),
    };
    let mut lines: Vec<Line<'a>> = overview.copies.iter().map(line).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.rows));
    lines
}

fn annotators<'a>(colours: &Palette, overview: &'a Overview) -> Vec<Line<'a>> {
    let full = overview.annotators.iter().map(|annotator| annotator.judged).max().unwrap_or(0);
    let line = |annotator: &'a tilejury_audit::overview::AnnotatorCount| Line {
        label: annotator.name.as_str().into(),
        parts: verdict_parts(colours, annotator.accepted, annotator.rejected, annotator.unsure),
        full,
        rows: annotator.judged,
        number: grouped(annotator.judged),
        details: format!(
            "{} accepted, {} rejected, {} unsure",
            annotator.accepted, annotator.rejected, annotator.unsure
        ),
        search: (&*annotator.search).into(),
    };
    overview.annotators.iter().map(line).collect()
}

/// Whole percent of a part.
fn percent(part: usize, of: usize) -> String {
    format!("{:.0} %", 100.0 * part as f64 / of.max(1) as f64)
}

/// Seconds of a row, as far as they are known.
fn seconds(seconds: Option<f64>) -> String {
    seconds.map_or("–".to_owned(), |seconds| format!("{seconds:.0} s"))
}

/// Tenths of seconds, for the length of a bar.
fn tenths(seconds: Option<f64>) -> usize {
    (10.0 * seconds.unwrap_or_default()).round() as usize
}

fn pace<'a>(colours: &Palette, overview: &'a Overview) -> Vec<Line<'a>> {
    let full = overview.work.iter().map(|work| tenths(work.seconds)).max().unwrap_or(0);
    let line = |work: &'a AnnotatorWork| Line {
        label: work.name.as_str().into(),
        parts: vec![(tenths(work.seconds), colours.focus)],
        full,
        rows: work.rows,
        number: format!("{} · {:.0} %", seconds(work.seconds), 100.0 * work.share),
        details: format!(
            "{} from one verdict to the next, pauses left out; {:.0} % of all judged rows",
            seconds(work.seconds),
            100.0 * work.share
        ),
        search: "".into(),
    };
    overview.work.iter().map(line).collect()
}

fn found<'a>(colours: &Palette, overview: &'a Overview) -> Vec<Line<'a>> {
    let full = overview.work.iter().map(|work| work.rows).max().unwrap_or(0);
    let line = |work: &'a AnnotatorWork| Line {
        label: work.name.as_str().into(),
        parts: vec![(work.findings, colours.false_negative), (work.rows - work.findings, colours.quiet)],
        full,
        rows: work.rows,
        number: format!("{} of {}", percent(work.findings, work.rows), grouped(work.rows)),
        details: format!("{} with a finding", count_bar::rows(work.findings)),
        search: "".into(),
    };
    overview.work.iter().map(line).collect()
}

/// The blocks of an annotator, the first rows first.
fn drift<'a>(colours: &Palette, work: &'a AnnotatorWork) -> Card<'a> {
    let full = work.blocks.iter().map(|block| block.rows).max().unwrap_or(0);
    let mut from = 1;
    let lines = work.blocks.iter().map(|block| {
        let label = format!("{}–{}", from, from + block.rows - 1);
        from += block.rows;
        Line {
            label: label.into(),
            parts: vec![(block.findings, colours.false_negative), (block.rows - block.findings, colours.quiet)],
            full,
            rows: block.rows,
            number: format!("{} · {}", percent(block.findings, block.rows), seconds(block.seconds)),
            details: format!(
                "{} with a finding, {} a row; {} to {}",
                block.findings,
                seconds(block.seconds),
                block.from,
                block.to
            ),
            search: "".into(),
        }
    });
    let lines = lines.collect();
    Card {
        title: format!("Drift of {}", work.name).into(),
        about: "Rows in the order of judging, audits included: findings, seconds a row",
        lines,
    }
}

/// The page and the tile of a path in few letters, as below a tile: `p. 4976453 · 0, 6`; of other
/// paths the last two parts.
fn short_path(path: &str) -> Cow<'static, str> {
    short_names(&TilePath::new(path)).pop().map(Cow::into_owned).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_a_value_have_no_bar() {
        let bar = |label: &str, rows| Bar { label: label.into(), rows, judged: 0, search: String::new() };
        let bars = [bar("1", 3), bar("2", 0), bar("none", 45)];
        let lines = bar_lines(crate::theme::palette(&egui::Visuals::dark()), &bars);
        assert_eq!(lines.iter().map(|line| line.full).collect::<Vec<_>>(), [3, 3, 0]);
        assert_eq!(lines[2].number, "45");
    }

    #[test]
    fn suspicion_is_in_per_cent() {
        assert_eq!(["0.0", "0.3", "0.9"].map(in_percent), ["0–10 %", "30–40 %", "90–100 %"]);
    }

    #[test]
    fn tiles_have_the_names_that_are_below_them() {
        assert_eq!(short_path("images/shard_1/4976453.png.tiles/chunk_0000_06.png"), "p. 4976453 · 0, 6");
        assert_eq!(short_path("scans/first/page.jpg"), "first/page.jpg");
    }
}
