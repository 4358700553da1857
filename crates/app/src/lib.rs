//! The window of Tilejury: [`window::run`] opens it. [`command`] lists everything that a person can
//! do in it; every panel has a file in `ui`. Judging itself is in the audit crate, files are in the
//! data crate.
//!
//! The public modules are those used by the command line, the benchmark and tests: the window's
//! state ([`screen`]), the command line of an export ([`export_command`]), the log ([`logging`]),
//! the person's [`folders`], the [`demo`] dataset, the client of a model's server
//! ([`model_server`]), the server of a set ([`serving`]), the place of an exchange
//! ([`exchange_place`]), the tables of a team in a database and the diagnosis of the set-up
//! ([`doctor`]).

#[cfg(feature = "remote")]
mod access;
mod annotators;
mod answer_counting;
mod asking_plan;
mod asking_result;
mod asking_task;
mod audit_drawing;
mod audit_planning;
mod bidi;
mod blinding;
pub mod command;
mod connection;
#[cfg(feature = "remote")]
mod database_access;
pub mod dataset_source;
mod decoded_cache;
pub mod demo;
pub mod doctor;
mod download_size;
pub mod exchange_folder;
pub mod exchange_place;
mod exchange_task;
pub mod export_command;
mod export_preview;
mod export_target;
#[cfg(feature = "remote")]
pub mod fetched;
mod findings_pool;
pub mod folders;
mod fonts;
mod icons;
mod imported_store;
mod insights;
mod jobs;
pub mod key_store;
mod keys;
mod list_order;
pub mod logging;
pub mod machine;
pub mod model_server;
mod offline;
mod opening;
mod pixel_scan;
mod reading_estimate;
mod reading_result;
mod reading_task;
mod recents;

mod review;
pub mod screen;
mod searcher;
#[cfg(feature = "remote")]
pub mod serving;
mod settings;
mod shard_watch;
mod show_folder;
mod sidecars_to_merge;
mod signal_update;
mod similar;
mod stored_judgements;
mod suspicion_reasons;
mod target_finder;
mod task;
#[cfg(feature = "remote")]
pub mod team;
mod theme;
mod tile_fetching;
mod tile_loader;
mod tile_request;
mod tile_search;
mod tile_store;
mod tile_texts;
mod tile_titles;
mod tile_values;
mod timings;
mod tour_folder;
mod ui;
pub mod window;
