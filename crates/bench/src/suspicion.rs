//! `tilejury bench suspicion`: the ranking compared with a truth file, and the speed of the pixel
//! signals.

use std::io::{self, Write};
use std::path::Path;

use tilejury_audit::suspicion::Findings;
use tilejury_audit::suspicion::fingerprints::ReadingPace;
use tilejury_data::Dataset;

use super::measures::{Measure, measures};
use super::series::json_line;
use super::truth;

/// The measures of a ranking.
pub struct RankingMeasures(Vec<Measure>);

/// Measures findings against the known defects in the file `truth`. The file is only read here,
/// after the search is finished, so no search can have seen it.
///
/// # Errors
/// Returns an error if the file cannot be read, or a line of it is not a defect or names no row of
/// the dataset.
pub fn run(dataset: &Dataset, found: &Findings, pace: &ReadingPace, truth: &Path) -> anyhow::Result<RankingMeasures> {
    let defects = truth::read(truth, dataset)?;
    let mut measures = measures(dataset, found, &defects);
    measures.push(Measure::plain("tiles_per_second", f64::from(pace.tiles_per_sec())));
    measures.push(Measure::plain("decode_share", f64::from(pace.decode_share)));
    Ok(RankingMeasures(measures))
}

impl RankingMeasures {
    /// Writes all measures, one line each: JSON, or text for a person.
    ///
    /// # Errors
    /// Returns an error if writing fails.
    pub fn print(&self, out: &mut impl Write, json: bool) -> io::Result<()> {
        self.0.iter().try_for_each(|measure| match json {
            true => json_line(out, measure),
            false => writeln!(out, "{}", text(measure)),
        })
    }
}

fn text(measure: &Measure) -> String {
    let name = match &measure.of {
        Some(of) => format!("{} {of}", measure.name),
        None => measure.name.clone(),
    };
    let parts = match (measure.part, measure.whole) {
        (Some(part), Some(whole)) => format!("  {part} of {whole}"),
        _ => String::new(),
    };
    format!("{name:<44} {:>9.3}{parts}", measure.value)
}
