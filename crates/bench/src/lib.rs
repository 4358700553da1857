//! The benchmark: measures how fast the program is on a set, and what limits it. `tilejury bench` calls it; each of its forms has
//! a public module here.
//!
//! Parses no arguments and prints nothing: progress, notes and measures go to the caller.

pub mod export;
mod floors;
mod measures;
mod memory;
mod screen;
mod series;
pub mod soak;
pub mod suspicion;
mod tiles;
mod truth;
pub mod whole;
mod window;

pub use series::Measured;
