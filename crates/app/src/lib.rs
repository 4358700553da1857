//! The window and the command line of Tilejury: one binary, `tilejury`.
//!
//! [`run`] is the whole program. What a person can do is listed in [`command`]; every subcommand has a file in `cli`,
//! every panel a file in `ui`. Judging itself lives in the audit crate, files in the data crate.

mod annotators;
mod answering;
pub mod app;
mod bidi;
mod cli;
pub mod command;
mod demo;
mod diary;
mod export_preview;
pub mod folders;
mod fonts;
mod guard;
mod icons;
mod jobs;
mod keys;
mod kin_finder;
mod opening;
mod pixel_cache;
mod pixels;
mod review;
mod searcher;
mod settings;
mod shard_watch;
mod theme;
mod tile_loader;
mod tile_store;
mod timings;
mod ui;
mod window;

pub use cli::run;
