//! `tilejury bench`: what the program reaches on a set, one kind of measurement a subcommand.

mod export;
mod measures;
mod suspicion;
mod truth;

use clap::{Args, Subcommand};

use super::Outcome;

#[derive(Args)]
pub(super) struct BenchArgs {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// How long an export takes, against copying the same bytes
    Export(export::ExportBenchArgs),
    /// How many of the known defects the ranking finds, and how often its signals are right
    Suspicion(suspicion::SuspicionArgs),
}

pub(super) fn run(args: &BenchArgs) -> anyhow::Result<Outcome> {
    match &args.bench {
        Bench::Export(args) => export::run(args),
        Bench::Suspicion(args) => suspicion::run(args),
    }
}
