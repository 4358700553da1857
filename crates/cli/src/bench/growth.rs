//! `tilejury bench growth`: its flags.

use std::path::PathBuf;

use clap::Args;
use tilejury_bench::growth;

use crate::Outcome;
use crate::output::{Output, spinner};
use crate::stop_switch;

#[derive(Args)]
#[command(
    after_help = "The sets are made up: their queries and tiles are distributed as in real sets, and they have no shards. Quick work is \
    repeated, and the shortest time counts. The exponent is that of the rows: 1 means in proportion. A set of 4,000,000 rows takes 2 GB of \
    disk and is removed before the next is made."
)]
pub(super) struct GrowthArgs {
    /// The numbers of rows to measure
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "50000,200000,1000000,4000000")]
    rows: Vec<usize>,
    /// The number of tiles that the rows name [default: four for each row]
    #[arg(long, value_name = "N")]
    tiles: Option<usize>,
    /// The folder to write the sets in [default: the system's folder for temporary files]
    #[arg(long, value_name = "FOLDER")]
    scratch: Option<PathBuf>,
    /// Print one JSON object per measure
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &GrowthArgs) -> anyhow::Result<Outcome> {
    let options = growth::GrowthOptions {
        rows: &args.rows,
        tiles: args.tiles,
        scratch: &args.scratch.clone().unwrap_or_else(std::env::temp_dir),
    };
    let spinner = spinner("measuring sets of growing size");
    let measures = growth::run(&options, &|_| (), &stop_switch());
    spinner.finish_and_clear();
    let mut out = Output::new();
    measures?.iter().try_for_each(|measure| measure.print(&mut out, args.json))?;
    out.finish()?;
    Ok(Outcome::Success)
}
