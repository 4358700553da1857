//! What must hold of the sources themselves.

#![allow(clippy::unwrap_used, reason = "what cannot be read is a failed test")]

use std::path::{Path, PathBuf};

#[path = "house/circles.rs"]
mod circles;

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
        (
            "crates/data/src",
            ["egui", "eframe", "rusqlite", "std::env", "tilejury_rows", "tilejury_vision", "tilejury_audit"].as_slice(),
        ),
        (
            "crates/rows/src",
            &["egui", "eframe", "rusqlite", "std::env", "std::fs", "tilejury_audit", "tilejury_vision"],
        ),
        (
            "crates/vision/src",
            &["egui", "eframe", "rusqlite", "std::env", "std::fs", "tilejury_audit", "tilejury_rows"],
        ),
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

/// Arrows of circles that are still to be opened, by the crate's `src`: lines only ever leave this list.
const OPEN_CIRCLES: [(&str, &[(&str, &str)]); 3] = [
    ("crates/app/src", &[("command/table.rs", "command/keymap.rs")]),
    (
        "crates/audit/src",
        &[
            ("origin.rs", "event.rs"),
            ("export/source.rs", "export/manifest.rs"),
            ("external/machine_reviews.rs", "external/import.rs"),
            ("external/scores.rs", "external/import.rs"),
            ("external/texts.rs", "external/import.rs"),
            ("sidecar/in_use.rs", "sidecar/file_identity.rs"),
            ("sidecar/stored_order.rs", "sidecar/salvage.rs"),
        ],
    ),
    ("crates/data/src", &[("tile_source.rs", "dataset.rs")]),
];

/// A parent and its children are no circle: see `house/circles.rs`.
#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut found = Vec::new();
    for entry in xtask::root().join("crates").read_dir().unwrap() {
        let src = entry.unwrap().path().join("src");
        let name = src.strip_prefix(xtask::root()).unwrap().display().to_string();
        let open = OPEN_CIRCLES.iter().filter(|(of, _)| *of == name).flat_map(|(_, arrows)| *arrows);
        let of_crate = circles::circles(&src, &all(&name), &open.copied().collect::<Vec<_>>());
        found.extend(of_crate.into_iter().map(|circle| format!("{name}: {circle}")));
    }
    assert!(found.is_empty(), "files import each other in a circle:\n{}", found.join("\n"));
}

#[test]
fn circles_are_found_by_the_files_that_define_names() {
    let of = |files: &[(&str, &str)], open: &[(&str, &str)]| {
        let files: Vec<_> =
            files.iter().map(|(name, text)| (Path::new("src").join(name), (*text).to_owned())).collect();
        circles::circles(Path::new("src"), &files, open)
    };
    let siblings = [
        ("lib.rs", "mod a;\nmod b;\npub use b::B;\n"),
        ("a.rs", "use std::fs;\nuse crate::{B, other::C};\npub struct A;\n"),
        ("b.rs", "// use nothing\npub struct B;\nfn f() { super::a::f() }\n"),
    ];
    assert_eq!(of(&siblings, &[]), ["a.rs → b.rs → a.rs"]);
    assert!(of(&siblings, &[("b.rs", "a.rs")]).is_empty());
    let tests_only =
        [siblings[0], siblings[1], ("b.rs", "pub struct B;\n\n#[cfg(test)]\nmod tests {\nuse crate::a::A;\n}\n")];
    assert!(of(&tests_only, &[]).is_empty());
    let family = [
        ("lib.rs", "mod a;\nmod b;\n"),
        ("a/mod.rs", "mod x;\npub use x::X;\npub struct A;\nfn f() { x::g() }\n"),
        ("a/x.rs", "use super::A;\npub struct X;\n"),
        ("b.rs", "use crate::a::{A, X as Y};\n"),
    ];
    assert!(of(&family, &[]).is_empty(), "{:?}", of(&family, &[]));
    let through_a_folder = [family[0], family[1], ("a/x.rs", "use crate::b;\npub struct X;\n"), family[3]];
    assert_eq!(of(&through_a_folder, &[]), ["a/mod.rs → a/x.rs → b.rs → a/mod.rs"]);
}

#[test]
fn no_room_of_the_program_has_outgrown_one_purpose() {
    for (path, text) in
        ["crates/data/src", "crates/rows/src", "crates/vision/src", "crates/audit/src", "crates/app/src"]
            .into_iter()
            .flat_map(all)
    {
        assert!(text.lines().count() <= 600, "{} is past 600 lines", path.display());
    }
}

/// A cell of the last column names tests in code signs: `file.rs: name`, `name`, or the beginning of a name and `…`. Commands
/// have spaces.
fn named_tests(line: &str) -> Vec<(Option<&str>, &str)> {
    let cell = line.trim_end().trim_end_matches('|').rsplit('|').next().unwrap_or_default();
    let named = cell.split('`').skip(1).step_by(2).map(|words| match words.split_once(": ") {
        Some((file, name)) => (Some(file), name),
        None => (None, words),
    });
    named.filter(|(_, name)| !name.contains(' ')).collect()
}

#[test]
fn every_test_that_holds_a_promise_exists() {
    let table = std::fs::read_to_string(xtask::root().join("docs/reliability.md")).unwrap();
    let sources: Vec<_> = all("crates").into_iter().chain(all("tests")).collect();
    let faults: Vec<&str> =
        table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| fault")).collect();
    assert!(faults.len() > 60, "{}", faults.len());
    for fault in faults {
        let tests = named_tests(fault);
        assert!(!tests.is_empty() || fault.contains("`cargo xtask"), "no test holds: {fault}");
        for (file, name) in tests {
            let start = format!("fn {}", name.trim_end_matches('…'));
            let whole = format!("{start}(");
            let there = sources.iter().any(|(path, text)| {
                file.is_none_or(|file| path.ends_with(file))
                    && if name.ends_with('…') { text.contains(&start) } else { text.contains(&whole) }
            });
            assert!(there, "no test {name} in {file:?}");
        }
    }
}
