//! The tests of the whole program, as one program: while some wait for a minute, others run.
//! `cargo test -p tilejury-tests --test all journey::` runs those of `journey.rs`.

mod addresses;
mod audits;
mod cli;
mod desktop;
mod docs;
mod ending;
mod exchanging_team;
mod external;
mod house;
mod installer;
mod journey;
mod killed;
mod parquet;
mod plain_language;
mod reading;
mod reading_faults;
mod recovering;
mod reporting;
mod scanning;
mod scoreboard;
mod serving;
mod team;
mod untouched;
