//! The window and the command line of Tilejury: one binary, `tilejury`.
//!
//! [`run`] is the whole program. What a person can do is listed in [`command`]; every subcommand has a file in `cli`,
//! every panel a file in `ui`. Judging itself lives in the audit crate, files in the data crate.

mod annotators;
mod answer_counting;
pub mod app;
mod bidi;
mod cli;
pub mod command;
mod decoded_cache;
mod demo;
mod export_preview;
pub mod folders;
mod fonts;
mod icons;
mod jobs;
mod keys;
mod logging;
mod opening;
mod pixel_scan;
mod review;
mod searcher;
mod settings;
mod shard_watch;
mod target_finder;
mod theme;
mod tile_loader;
mod tile_store;
mod timings;
mod ui;
mod window;

pub use cli::run;
