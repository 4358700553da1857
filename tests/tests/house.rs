//! What must hold of the sources themselves.

#![allow(clippy::unwrap_used, reason = "what cannot be read is a failed test")]

use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn all(below: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    sources(&xtask::root().join(below), &mut found);
    found.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn every_source_file_says_first_what_it_owns() {
    for (path, text) in all("crates").into_iter().chain(all("tests")) {
        assert!(text.starts_with("//!"), "{} does not begin with a head", path.display());
    }
}

#[test]
fn rooms_know_only_whom_they_may_know() {
    for (room, strangers) in [
        ("crates/data/src", ["egui", "eframe", "rusqlite", "std::env"].as_slice()),
        ("crates/audit/src", &["egui", "eframe", "std::env::var", "home_dir"]),
        ("crates/app/src", &["rusqlite::", "tar::"]),
    ] {
        for (path, text) in all(room) {
            for stranger in strangers {
                assert!(!text.contains(stranger), "{} knows {stranger}", path.display());
            }
        }
    }
}

#[test]
fn no_room_of_the_program_has_outgrown_one_purpose() {
    for (path, text) in ["crates/data/src", "crates/audit/src", "crates/app/src"].into_iter().flat_map(all) {
        assert!(text.lines().count() <= 600, "{} is past 600 lines", path.display());
    }
}
