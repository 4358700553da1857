//! The plots of a report as SVG: text with colours by class, so that they are readable in light, in
//! dark and in print. Draws numbers that others counted.

use std::fmt::Write as _;

use super::content::SeriesPoint;
use super::html::escaped;
use crate::annotators::AgreementFigures;
use crate::audits::percent;
use crate::text::grouped;

/// The width of a plot.
const WIDTH: f64 = 720.0;
/// The room for labels on the left, and the margin on the right.
const LEFT: f64 = 250.0;
const RIGHT: f64 = 30.0;
/// The height of a line of the plot of rates.
const LINE: f64 = 44.0;
/// The height of the plot of findings.
const HEIGHT: f64 = 260.0;

/// A rate in a plot.
pub(super) struct Dot {
    pub(super) label: String,
    pub(super) estimate: f64,
    /// The interval at the planned number, drawn thick.
    pub(super) planned: Option<(f64, f64)>,
    /// The running interval, drawn thin.
    pub(super) running: Option<(f64, f64)>,
}

/// Rates as dots with their intervals; `None` without any.
pub(super) fn rates(dots: &[Dot]) -> Option<String> {
    let ends =
        |dot: &Dot| [dot.planned, dot.running].into_iter().flatten().map(|(_, high)| high).fold(dot.estimate, f64::max);
    let most = dots.iter().map(ends).fold(0.0, f64::max);
    if dots.is_empty() {
        return None;
    }
    let top = round_up(most.max(0.001)).min(1.0);
    let x = |share: f64| LEFT + share / top * (WIDTH - LEFT - RIGHT);
    let height = LINE * dots.len() as f64 + 40.0;
    let label: Vec<String> = dots.iter().map(|dot| format!("{} {}", dot.label, percent(dot.estimate))).collect();
    let mut svg = begin(height, &format!("Rates: {}", label.join("; ")));
    for tick in ticks(top) {
        let at = x(tick);
        let _ = writeln!(
            svg,
            "<line class=\"axis\" x1=\"{at:.1}\" y1=\"8\" x2=\"{at:.1}\" y2=\"{:.1}\"/>\
<text class=\"soft\" x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            height - 26.0,
            height - 8.0,
            percent(tick)
        );
    }
    for (at, dot) in dots.iter().enumerate() {
        let y = LINE * (at as f64 + 0.5) + 8.0;
        let _ = write!(
            svg,
            "<text x=\"0\" y=\"{:.1}\">{}</text>\n<text class=\"soft\" x=\"0\" y=\"{:.1}\">{}</text>\n",
            y - 1.0,
            escaped(&dot.label),
            y + 16.0,
            escaped(&words(dot))
        );
        for (ends, class) in [(dot.running, "thin"), (dot.planned, "thick")] {
            if let Some((low, high)) = ends {
                let _ = writeln!(
                    svg,
                    "<line class=\"{class}\" x1=\"{:.1}\" y1=\"{y:.1}\" x2=\"{:.1}\" y2=\"{y:.1}\"/>",
                    x(low),
                    x(high.min(top))
                );
            }
        }
        let _ = writeln!(svg, "<circle class=\"dot\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"5\"/>", x(dot.estimate));
    }
    svg.push_str("</svg>");
    Some(svg)
}

fn words(dot: &Dot) -> String {
    match dot.planned.or(dot.running) {
        Some((low, high)) => format!("{} ({} to {})", percent(dot.estimate), percent(low), percent(high)),
        None => format!("{} (no interval)", percent(dot.estimate)),
    }
}

/// The findings against the judged rows, with the band of numbers that the running interval allows;
/// `None` with fewer than two points.
pub(super) fn findings(series: &[SeriesPoint]) -> Option<String> {
    let last = series.last().filter(|_| series.len() > 1)?;
    let (rows, bottom, left) = (last.judged as f64, HEIGHT - 34.0, 56.0);
    // The first points have a band up to every row, which would flatten the rest.
    let most = (last.high * rows).max(last.hits as f64).max(1.0);
    let top = round_up(most);
    let x = |judged: f64| left + judged / rows * (WIDTH - left - RIGHT);
    let y = |findings: f64| bottom - findings.min(top) / top * (bottom - 12.0);
    let mut svg = begin(HEIGHT, &format!("{} findings in {} judged rows", last.hits, last.judged));
    for tick in ticks(top) {
        let _ = writeln!(
            svg,
            "<line class=\"axis\" x1=\"{left}\" y1=\"{0:.1}\" x2=\"{1:.1}\" y2=\"{0:.1}\"/>\
<text class=\"soft\" x=\"{2:.1}\" y=\"{3:.1}\" text-anchor=\"end\">{4}</text>",
            y(tick),
            WIDTH - RIGHT,
            left - 6.0,
            y(tick) + 4.0,
            short(tick)
        );
    }
    let upper = series.iter().map(|point| (point.judged as f64, point.high));
    let lower = series.iter().rev().map(|point| (point.judged as f64, point.low));
    let band: Vec<String> =
        upper.chain(lower).map(|(judged, share)| format!("{:.1},{:.1}", x(judged), y(share * judged))).collect();
    let mut path = format!("M{:.1} {:.1}", x(0.0), y(0.0));
    for point in series {
        let _ = write!(path, "H{:.1}V{:.1}", x(point.judged as f64), y(point.hits as f64));
    }
    let (below, right) = (HEIGHT - 12.0, WIDTH - RIGHT);
    let _ = write!(
        svg,
        "<polygon class=\"band\" points=\"{}\"/>\n<path class=\"step\" d=\"{path}\"/>\n\
<text class=\"soft\" x=\"{left}\" y=\"{below:.1}\">0</text>\
<text class=\"soft\" x=\"{right:.1}\" y=\"{below:.1}\" text-anchor=\"end\">{} judged rows</text>\n</svg>",
        band.join(" "),
        grouped(last.judged as usize)
    );
    Some(svg)
}

/// The table of a pair as four numbers.
pub(super) fn two_by_two(names: &[String; 2], found: &AgreementFigures) -> String {
    let label = format!(
        "Both {}, only {} {}, only {} {}, neither {}",
        found.both, names[0], found.only_a, names[1], found.only_b, found.neither
    );
    let mut svg = begin(160.0, &label);
    let cells = [
        (found.both, "both".to_owned()),
        (found.only_a, format!("only {}", names[0])),
        (found.only_b, format!("only {}", names[1])),
        (found.neither, "neither".to_owned()),
    ];
    for (at, (number, label)) in cells.iter().enumerate() {
        let (left, top) = ((at % 2) as f64 * 220.0, (at / 2) as f64 * 76.0);
        let _ = writeln!(
            svg,
            "<rect class=\"cell\" x=\"{:.1}\" y=\"{:.1}\" width=\"216\" height=\"72\" rx=\"4\"/>\
<text class=\"big\" x=\"{2:.1}\" y=\"{3:.1}\">{4}</text><text class=\"soft\" x=\"{2:.1}\" y=\"{5:.1}\">{6}</text>",
            left + 1.0,
            top + 1.0,
            left + 14.0,
            top + 32.0,
            grouped(*number as usize),
            top + 56.0,
            escaped(&crate::text::shortened(label, 28))
        );
    }
    svg.push_str("</svg>");
    svg
}

fn begin(height: f64, label: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{WIDTH}\" height=\"{height}\" \
viewBox=\"0 0 {WIDTH} {height}\" aria-label=\"{}\">\n",
        escaped(label)
    )
}

/// The next number that is 1, 2, 4, 5 or 8 times a power of ten.
fn round_up(number: f64) -> f64 {
    let power = 10_f64.powf(number.log10().floor());
    let found = [1.0, 2.0, 4.0, 5.0, 8.0, 10.0].iter().map(|times| times * power);
    found.into_iter().find(|round| *round >= number * (1.0 - 1e-9)).unwrap_or(number)
}

/// Five places of an axis that begins at 0.
fn ticks(top: f64) -> impl Iterator<Item = f64> {
    (0..=4_u8).map(move |part| top * f64::from(part) / 4.0)
}

fn short(number: f64) -> String {
    if (number - number.round()).abs() < 1e-9 { format!("{number:.0}") } else { format!("{number:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        for (number, expected) in [(0.091, 0.1), (0.3, 0.4), (41.0, 50.0), (1.0, 1.0), (0.0021, 0.004)] {
            assert!((round_up(number) - expected).abs() < 1e-12, "{number}: {}", round_up(number));
        }
    }

    #[test]
    fn labels_are_escaped_and_ends_stay_inside() {
        let dot = Dot { label: "a<b".into(), estimate: 0.05, planned: Some((0.02, 0.09)), running: Some((0.01, 0.2)) };
        let svg = rates(&[dot]).unwrap();
        assert!(svg.contains("a&lt;b") && !svg.contains("a<b"), "{svg}");
        let ends: Vec<f64> = svg
            .match_indices("x2=\"")
            .map(|(at, _)| svg[at + 4..].split('"').next().unwrap().parse().unwrap())
            .collect();
        assert!(ends.iter().all(|end| (LEFT..=WIDTH - RIGHT + 0.1).contains(end)), "{ends:?}");
        assert_eq!(rates(&[]), None);
    }
}
