//! Rules for the source files: heads, dependencies, length, and the tests named in
//! `docs/reliability.md`.

#![allow(clippy::unwrap_used, reason = "a file that cannot be read is a failed test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[path = "house/circles.rs"]
mod circles;

fn find_sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            find_sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn sources_below(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    find_sources(&xtask::root().join(folder), &mut found);
    found.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn every_source_file_begins_with_a_head() {
    for (path, text) in sources_below("crates").into_iter().chain(sources_below("tests")) {
        assert!(text.starts_with("//!"), "{} does not begin with a head", path.display());
    }
}

/// Cargo compiles no file of a crate's tests that `all.rs` does not name.
#[test]
fn the_program_of_all_tests_names_each_file() {
    for folder in ["crates/app/tests", "crates/audit/tests", "tests/tests"].map(|folder| xtask::root().join(folder)) {
        let all = std::fs::read_to_string(folder.join("all.rs")).unwrap();
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy();
            let is_module = path.extension().is_some_and(|extension| extension == "rs") && name != "all";
            assert!(!is_module || all.lines().any(|line| line == format!("mod {name};")), "{}", path.display());
        }
    }
}

#[test]
fn crates_depend_only_on_allowed_libraries() {
    for (folder, forbidden) in [
        ("crates/data/src", ["egui", "eframe", "rusqlite", "std::env"].as_slice()),
        ("crates/remote/src", &["egui", "eframe", "std::env::var", "clap::"]),
        ("crates/rows/src", &["egui", "eframe", "rusqlite", "std::env", "std::fs"]),
        ("crates/vision/src", &["egui", "eframe", "rusqlite", "std::env", "std::fs", "tilejury_rows"]),
        ("crates/text/src", &["egui", "eframe", "rusqlite", "std::env", "std::fs", "tilejury_vision"]),
        ("crates/audit/src", &["egui", "eframe", "std::env::var", "home_dir", "tilejury_remote"]),
        ("crates/database/src", &["egui", "eframe", "rusqlite", "std::env", "clap::"]),
        ("crates/reviewer/src", &["egui", "eframe", "rusqlite", "std::env", "clap::"]),
        ("crates/app/src", &["rusqlite::", "tar::", "clap::", "indicatif::"]),
        ("crates/bench/src", &["rusqlite::", "tar::", "clap::", "indicatif::", "stdout", "stderr", "println!"]),
        ("crates/cli/src", &["rusqlite::", "tar::", "egui"]),
        (
            "crates/python/src",
            &["rusqlite::", "tar::", "egui", "clap::", "indicatif::", "stdout", "stderr", "println!"],
        ),
    ] {
        for (path, text) in sources_below(folder) {
            for word in forbidden {
                assert!(!text.contains(word), "{} contains {word}", path.display());
            }
        }
    }
}

/// The names that a source takes from a module `review`.
fn names_of_review(text: &str) -> Vec<&str> {
    let modules = text.match_indices("review::").filter(|(at, _)| !text[..*at].ends_with(char::is_alphanumeric));
    let names = modules.flat_map(|(at, path)| {
        let rest = &text[at + path.len()..];
        let end = match rest.starts_with('{') {
            true => rest.find('}').unwrap_or(rest.len()),
            false => rest.find(|c: char| c != '*' && c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len()),
        };
        rest[..end].split(['{', ',', ' ', '\n']).filter(|name| !name.is_empty())
    });
    names.collect()
}

/// Panels are given the data that they show, in views that `panel_views.rs` builds.
#[test]
fn panels_do_not_know_the_review() {
    assert_eq!(names_of_review("use crate::review::{Saving,\n    Review};"), ["Saving", "Review"]);
    let paths = "use crate::review::Review; use preview::Other; use super::review::*; fn f(r: &review::Review)";
    assert_eq!(names_of_review(paths), ["Review", "*", "Review"]);
    for (path, text) in sources_below("crates/app/src/ui") {
        let whole = names_of_review(&text).iter().any(|name| ["Review", "*"].contains(name));
        assert!(!whole, "{} takes the whole `Review`", path.display());
    }
}

/// The crates that cargo would build, each with what `format` asks for.
fn crates_of(arguments: &[&str], format: &str) -> BTreeSet<String> {
    let tree = ["tree", "--prefix", "none", "--locked", "--offline", "--format", format];
    let output = xtask::cargo().args(tree).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

/// Without the feature `remote`, a model can still be asked, and nothing of stores and databases is
/// compiled.
#[test]
fn the_window_without_addresses_needs_no_store() {
    let app = ["--package", "tilejury-app", "--edges", "normal"];
    let without = crates_of(&[&app[..], &["--no-default-features"]].concat(), "{lib}");
    let with = crates_of(&app, "{lib}");
    for name in ["object_store", "tilejury_remote", "tokio_postgres", "tilejury_database"] {
        assert!(!without.contains(name) && with.contains(name), "{name}");
    }
    assert!(without.contains("tilejury_network"));
}

/// The package is built alone. Crates with other features than in the workspace, and all that use
/// them, would be compiled a second time for it.
#[test]
fn the_python_package_needs_the_crates_of_the_workspace() {
    let whole = crates_of(&["--workspace", "--edges", "all"], "{p}|{f}");
    let package = crates_of(&["--package", "tilejury-python", "--edges", "normal,build"], "{p}|{f}");
    assert_eq!(package.difference(&whole).collect::<Vec<_>>(), Vec::<&String>::new());
}

/// Everything that talks to a network or needs an async runtime is in `network`, `remote` and
/// `database`.
#[test]
fn only_three_crates_use_the_network() {
    let libraries = ["http", "hyper", "object_store", "reqwest", "rustls", "tokio", "tokio-postgres", "ureq", "url"];
    let of_crate = |folder: &Path| {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let names = manifest.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
        names.filter(|name| libraries.contains(name)).map(str::to_owned).collect::<Vec<_>>()
    };
    for entry in xtask::root().join("crates").read_dir().unwrap() {
        let folder = entry.unwrap().path();
        let found = of_crate(&folder);
        let is_network = ["database", "network", "remote"].iter().any(|name| folder.ends_with(name));
        let uses = found.iter().any(|name| name == "tokio");
        assert!(if is_network { uses } else { found.is_empty() }, "{} uses {found:?}", folder.display());
        // Servers of tests, measurements and pictures are on this machine.
        let is_server = ["bench", "testkit", "xtask"].iter().any(|name| folder.ends_with(name));
        let folder = format!("crates/{}/src", folder.file_name().unwrap().display());
        for (path, text) in sources_below(&folder).into_iter().filter(|_| !is_network && !is_server) {
            for word in ["std::net::", "async fn", "async move"] {
                assert!(!text.contains(word), "{} contains {word}", path.display());
            }
        }
    }
}

/// The crates of the program; each depends only on those before it.
const LAYERS: [&str; 14] = [
    "stats", "data", "network", "remote", "rows", "vision", "text", "audit", "database", "reviewer", "app", "bench",
    "cli", "python",
];

/// Cargo rejects circles, but not those through tests.
#[test]
fn crates_and_their_tests_depend_on_lower_layers_only() {
    for (at, layer) in LAYERS.into_iter().enumerate() {
        let manifest = std::fs::read_to_string(xtask::root().join("crates").join(layer).join("Cargo.toml")).unwrap();
        let ours = manifest.lines().filter_map(|line| line.strip_prefix("tilejury-")?.split(['.', ' ']).next());
        for other in ours.filter(|other| *other != "testkit") {
            assert!(LAYERS[..at].contains(&other), "{layer} depends on {other}");
        }
    }
}

/// A parent and its children are not a circle: see `house/circles.rs`.
#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut found = Vec::new();
    for entry in xtask::root().join("crates").read_dir().unwrap() {
        let src = entry.unwrap().path().join("src");
        let name = src.strip_prefix(xtask::root()).unwrap().display().to_string();
        let of_crate = circles::circles(&src, &sources_below(&name));
        found.extend(of_crate.into_iter().map(|circle| format!("{name}: {circle}")));
    }
    assert!(found.is_empty(), "files import each other in a circle:\n{}", found.join("\n"));
}

#[test]
fn circles_are_found_by_the_files_that_define_names() {
    let of = |files: &[(&str, &str)]| {
        let files: Vec<_> =
            files.iter().map(|(name, text)| (Path::new("src").join(name), (*text).to_owned())).collect();
        circles::circles(Path::new("src"), &files)
    };
    let siblings = [
        ("lib.rs", "mod a;\nmod b;\npub use b::B;\n"),
        ("a.rs", "use std::fs;\nuse crate::{B, other::C};\npub struct A;\n"),
        ("b.rs", "// use nothing\npub struct B;\nfn f() { super::a::f() }\n"),
    ];
    assert_eq!(of(&siblings), ["a.rs → b.rs → a.rs"]);
    let tests_only =
        [siblings[0], siblings[1], ("b.rs", "pub struct B;\n\n#[cfg(test)]\nmod tests {\nuse crate::a::A;\n}\n")];
    assert!(of(&tests_only).is_empty());
    let family = [
        ("lib.rs", "mod a;\nmod b;\n"),
        ("a/mod.rs", "mod x;\npub use x::X;\npub struct A;\nfn f() { x::g() }\n"),
        ("a/x.rs", "use super::A;\npub struct X;\n"),
        ("b.rs", "use crate::a::{A, X as Y};\n"),
    ];
    assert!(of(&family).is_empty(), "{:?}", of(&family));
    let through_a_folder = [family[0], family[1], ("a/x.rs", "use crate::b;\npub struct X;\n"), family[3]];
    assert_eq!(of(&through_a_folder), ["a/mod.rs → a/x.rs → b.rs → a/mod.rs"]);
}

#[test]
fn no_source_file_is_longer_than_600_lines() {
    let folders = LAYERS.map(|layer| format!("crates/{layer}/src"));
    for (path, text) in folders.iter().flat_map(|folder| sources_below(folder)) {
        assert!(text.lines().count() <= 600, "{} has more than 600 lines", path.display());
    }
}

/// The tests named in the last cell of a table line, as code: `file.rs: name`, `name`, or the
/// beginning of a name and `…`. Code with spaces is a command.
fn named_tests(line: &str) -> Vec<(Option<&str>, &str)> {
    let cell = line.trim_end().trim_end_matches('|').rsplit('|').next().unwrap_or_default();
    let named = cell.split('`').skip(1).step_by(2).map(|words| match words.split_once(": ") {
        Some((file, name)) => (Some(file), name),
        None => (None, words),
    });
    named.filter(|(_, name)| !name.contains(' ')).collect()
}

#[test]
fn every_test_named_on_the_reliability_page_exists() {
    let table = std::fs::read_to_string(xtask::root().join("docs/reliability.md")).unwrap();
    let sources: Vec<_> = sources_below("crates").into_iter().chain(sources_below("tests")).collect();
    let faults: Vec<&str> =
        table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| fault")).collect();
    assert!(faults.len() > 60, "{}", faults.len());
    for fault in faults {
        let tests = named_tests(fault);
        assert!(!tests.is_empty() || fault.contains("`cargo xtask"), "no test for: {fault}");
        for (file, name) in tests {
            let start = format!("fn {}", name.trim_end_matches('…'));
            let whole = format!("{start}(");
            let exists = sources.iter().any(|(path, text)| {
                file.is_none_or(|file| path.ends_with(file))
                    && if name.ends_with('…') { text.contains(&start) } else { text.contains(&whole) }
            });
            assert!(exists, "no test {name} in {file:?}");
        }
    }
}
