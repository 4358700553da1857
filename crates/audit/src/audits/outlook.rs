//! The outlook of an audit: the width to expect of its interval, and how many more rows show that a
//! rate is below a limit.

use tilejury_stats::{Band, Level, bands_rate, count_interval, evidence_below, outlook_below, plan_below};

use super::counted::{Counted, is_affected, may_be_affected};
use super::figures::BelowFigures;
use super::plan::{AuditPlan, Below};

/// Half the width of the interval of the rows at the planned number, as a share of them, if rows
/// are affected as they were so far.
pub(super) fn half_width_at_end(plan: &AuditPlan, counted: &Counted<'_>) -> Option<f64> {
    if counted.finished || counted.drawn.is_empty() || plan.below.is_some() || plan.tiles().is_some() {
        return None;
    }
    if let (Some(parts), Some(planned)) = (counted.parts(&is_affected), plan.parts()) {
        let at_end = |(part, (_, drawn)): (&Band, (u64, u64))| {
            let share = if part.drawn == 0 { 0.0 } else { part.hits as f64 / part.drawn as f64 };
            Band { population: part.population, drawn, hits: (share * drawn as f64).round() as u64 }
        };
        let parts: Vec<Band> = parts.iter().zip(planned).map(at_end).collect();
        let ends = bands_rate(&parts, plan.level())?.interval;
        return Some((ends.high - ends.low) / 2.0);
    }
    let first = plan.first.as_ref().map_or(0, |first| first.rows);
    let (rest, drawn) = (plan.population.saturating_sub(first), plan.rows.saturating_sub(first));
    let share = counted.drawn_hits(&is_affected) as f64 / counted.drawn.len() as f64;
    Some(half_width(rest, drawn, share * drawn as f64, plan.level())? * rest as f64 / plan.population as f64)
}

/// Half the width of the exact interval for `hits` of `drawn` rows; between two whole numbers of
/// hits, between their widths.
fn half_width(population: u64, drawn: u64, hits: f64, level: Level) -> Option<f64> {
    let whole = (hits.floor() as u64).min(drawn);
    let half = |hits: u64| {
        let ends = count_interval(population, drawn, hits.min(drawn), level)?.share_of(population);
        Some((ends.high - ends.low) / 2.0)
    };
    let part = hits - whole as f64;
    Some(half(whole)? * (1.0 - part) + half(whole + 1)? * part)
}

/// Whether the rate is below the limit, and how many more rows show it.
///
/// A plan with an allowed number decides at its planned number. The evidence may decide before, but
/// then it must reach 1/error at the level of running intervals: both at the level of the plan
/// would err in up to 7 of 100 audits, and this way they err in little more than 5.
pub(super) fn outlook(plan: &AuditPlan, below: Below, counted: &Counted<'_>) -> BelowFigures {
    let level = if plan.looking { plan.level() } else { Level::CAUTIOUS };
    // A little less, for what 1 − 0.95 lacks in binary digits.
    let needed = (1.0 / level.error()) * (1.0 - 1e-9);
    let (n, hits) = (counted.drawn.len() as u64, counted.drawn_hits(&may_be_affected));
    let evidence = |n: u64, hits: u64| evidence_below(plan.population, below.limit, n, hits);
    let decides = |n: u64, hits: u64| evidence(n, hits).is_some_and(|evidence| evidence >= needed);
    let decided = decides(n, hits);
    // A stored plan may have fewer rows than can show it.
    let least = || plan_below(plan.population, below.limit, below.allowed, plan.level()).map(|found| found.drawn);
    let by_number = !plan.looking && hits <= below.allowed && least().is_some_and(|least| least <= n);
    let outlook = outlook_below(plan.population, below.limit, n, hits, level);
    let at_present_rate = |more: &u64| {
        let rows = n + more;
        decides(rows, (hits as f64 * rows as f64 / n as f64).round() as u64)
    };
    BelowFigures {
        limit: below.limit,
        allowed: below.allowed,
        looking: plan.looking,
        shown: match counted.finished {
            true => Some(decided || by_number),
            false => decided.then_some(true),
        },
        evidence: evidence(n, hits).filter(|evidence| evidence.is_finite()),
        needed: (1.0 / level.error()).round(),
        without_finding: outlook.map(|outlook| outlook.without_hit),
        after_one_finding: outlook.map(|outlook| outlook.after_one_hit),
        at_rate: if n == 0 { None } else { moments(n, plan.rows).find(at_present_rate) },
    }
}

/// Numbers of further rows up to the planned ones, in steps of about a hundredth of all rows.
fn moments(n: u64, planned: u64) -> impl Iterator<Item = u64> {
    let next = |rows: &u64| Some(rows + 1 + rows / 100);
    std::iter::successors(Some(n), next).take_while(move |rows| *rows <= planned).map(move |rows| rows - n)
}
