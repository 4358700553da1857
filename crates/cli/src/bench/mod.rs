//! `tilejury bench`: what the program reaches on a set, and what limits it.

mod export;
mod floors;
mod measures;
mod memory;
mod screen;
mod series;
mod soak;
mod suspicion;
mod tiles;
mod truth;
mod whole;
mod window;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Outcome;

#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Everything is repeated in turn with its floor, which does nothing but read, inflate or go through the same \
bytes; a ratio is the median over the floor's median. `_cold` reads from the disk what the system was told to forget, once. \
A folder whose name is that of a subcommand is written with its path, as ./export."
)]
pub(super) struct BenchArgs {
    /// A dataset folder, or one of its .jsonl files
    #[arg(required = true)]
    dataset: Option<PathBuf>,
    /// Open the set with a copy of the judgements in this file, which is only read [default: no judgements]
    #[arg(long, value_name = "FILE")]
    sidecar: Option<PathBuf>,
    /// How often everything is done
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repeats: u32,
    /// How many samples are gone through at the end, as fast as they come, to see whether memory stays where it is; an hour at
    /// five a second is 18000
    #[arg(long, value_name = "SAMPLES", default_value_t = 1000)]
    soak: usize,
    /// One JSON object a measure
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    bench: Option<Bench>,
}

#[derive(Subcommand)]
enum Bench {
    /// How long an export takes, against copying the same bytes
    Export(export::ExportBenchArgs),
    /// Whether many samples are gone through and judged without loss and without growth, while other work goes on
    Soak(soak::SoakArgs),
    /// How many of the known defects the ranking finds, and how often its signals are right
    Suspicion(suspicion::SuspicionArgs),
}

pub(super) fn run(args: &BenchArgs) -> anyhow::Result<Outcome> {
    match (&args.bench, &args.dataset) {
        (Some(Bench::Export(args)), _) => export::run(args),
        (Some(Bench::Soak(args)), _) => soak::run(args),
        (Some(Bench::Suspicion(args)), _) => suspicion::run(args),
        (None, dataset) => {
            let dataset = dataset.as_deref().unwrap_or(std::path::Path::new("."));
            let sidecar = args.sidecar.as_deref();
            whole::run(&whole::Wanted { dataset, sidecar, repeats: args.repeats, json: args.json, soak: args.soak })
        }
    }
}
