//! The benchmark: measures how fast the program is on a dataset, beside the limits of the machine.
//! `tilejury bench` calls it; each of its subcommands has a public module here.
//!
//! Parses no arguments and prints nothing: progress, notes and measures go to the caller.

pub mod ask;
pub mod audit;
pub mod exchange;
pub mod export;
mod floors;
pub mod growth;
mod measures;
pub mod memory;
mod mixed;
pub mod pairs;
mod port;
pub mod remote;
mod screen;
pub mod semantic;
mod series;
pub mod soak;
pub mod suspicion;
mod tiles;
mod truth;
pub mod whole;
mod window;

pub use series::Measurements;
