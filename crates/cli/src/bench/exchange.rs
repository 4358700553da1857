//! `tilejury bench exchange`: its flags.

use clap::Args;
use tilejury_bench::exchange::{self, AnnotatorProcess, ExchangeBenchOptions};

use crate::Outcome;
use crate::output::{Output, print_message, spinner};
use crate::stop_switch;

#[derive(Args)]
#[command(
    after_help = "Each annotator is a process with a sidecar of its own. Clocks are wrong by up to six hours, requests fail before or after \
    they are carried out or hang, files come cut short, and old files are put back. The last annotator has the name of the first. Exit \
    code 1: a change that was shown as saved is missing somewhere, or is there twice, or the current judgements differ."
)]
pub(super) struct ExchangeBenchArgs {
    /// The number of annotators
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    annotators: u32,
    /// The number of judgements of each
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    judgements: u32,
    /// The number of times that each process is killed
    #[arg(long, value_name = "N", default_value_t = 3)]
    kills: u32,
    /// The place to exchange through, as `tilejury sync` takes it; it must be empty [default: a
    /// temporary folder]
    #[arg(long, value_name = "PLACE")]
    with: Option<String>,
    /// The seed of all that is drawn
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Print one JSON object per measurement
    #[arg(long)]
    json: bool,
    /// What this process does, if it is one of the annotators
    #[arg(long, hide = true)]
    as_annotator: Option<AnnotatorProcess>,
}

pub(super) fn run(args: &ExchangeBenchArgs) -> anyhow::Result<Outcome> {
    if let Some(process) = &args.as_annotator {
        process.run()?;
        return Ok(Outcome::Success);
    }
    let options = ExchangeBenchOptions {
        annotators: args.annotators as usize,
        judgements: args.judgements as usize,
        kills: args.kills as usize,
        with: args.with.as_deref(),
        seed: args.seed,
    };
    let working = spinner("simulating a team");
    let done = exchange::run(&options, &|part| working.set_message(part.to_owned()), &stop_switch());
    working.finish_and_clear();
    let found = done?;
    let mut out = Output::new();
    found.measured.print(&mut out, args.json)?;
    out.finish()?;
    for fault in &found.faults {
        print_message(&format!("tilejury: {fault}"));
    }
    Ok(if found.faults.is_empty() { Outcome::Success } else { Outcome::Findings })
}
