//! The tests of the window, as one program: one for each file would be fifty programs to link.
//! `cargo test -p tilejury-app --test all judging::` runs those of `judging.rs`.

mod accepting;
mod accepting_sets;
mod accepting_tiles;
mod adjudicating;
mod adopted;
mod annotators;
mod asking;
mod audit_order;
mod audit_plans;
mod audits;
mod blind;
mod common;
mod contact_sheet;
mod evidence;
mod exchanging;
mod exporting;
mod face;
mod faults;
mod feedback;
mod finding;
mod grid;
mod hands;
mod judging;
mod looking;
mod many_rows;
mod menus;
mod merging;
mod model_key;
mod mouse_only;
mod opening;
mod overview;
mod panels;
mod pixels;
mod places;
mod propagating;
mod queue;
mod quick_looks;
mod reading;
mod reading_view;
mod reading_view_scrolling;
mod remote;
mod room;
mod row_findings;
mod saving;
mod searching;
mod second_pass;
mod serving;
mod shards;
mod shares;
mod similar;
mod sizes;
mod teaching;
mod team;
mod tile_search;
mod tour;
mod weighing;
mod window;

// The simulated server of a model belongs to the benchmark.
#[allow(dead_code, unreachable_pub, reason = "it can do more than is needed here")]
#[path = "../../bench/src/port.rs"]
mod port;
#[allow(dead_code, unreachable_pub, reason = "it can do more than is needed here")]
#[path = "../../bench/src/ask/simulated_model.rs"]
mod simulated_model;
