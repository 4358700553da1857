//! `tilejury bench audit`: its flags.

use clap::Args;
use tilejury_bench::audit;

use crate::Outcome;
use crate::output::{Output, print_message, spinner};
use crate::stop_switch;

#[derive(Args)]
#[command(
    after_help = "Populations of 49,020 rows and their annotators are made up; the intervals are those that the program shows. Exit code \
    1: an interval of 95 % holds the truth in less than 94 % of the runs. With fewer than 2000 runs, three standard errors less \
    are enough."
)]
pub(super) struct AuditBenchArgs {
    /// The runs of each scenario at each rate
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// The seed: the same one gives the same figures
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Print one JSON object per interval and rate
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &AuditBenchArgs) -> anyhow::Result<Outcome> {
    let options = audit::AuditBenchOptions { runs: args.runs as usize, seed: args.seed };
    let spinner = spinner("simulating audits");
    let measured = audit::run(options, &stop_switch());
    spinner.finish_and_clear();
    let measured = measured?;
    let mut out = Output::new();
    measured.print(&mut out, args.json)?;
    out.finish()?;
    let faults = measured.faults();
    for fault in &faults {
        print_message(&format!("tilejury: {fault}"));
    }
    Ok(if faults.is_empty() { Outcome::Success } else { Outcome::Findings })
}
