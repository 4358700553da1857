//! Checks of README, the pages of `docs` and those for contributors: links, files, names and
//! commands exist, README is short, and the summary has every page. `docs/facts.rs` checks flags,
//! keys, figures and JSON forms against the program.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a file that cannot be read is a failed test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;
use tilejury_tests::program;

#[path = "docs/facts.rs"]
mod facts;

/// The pages outside `docs`.
const PAGES: [&str; 6] =
    ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md"];
/// The most bytes of README, which is for a person who just found the program.
const README_UP_TO_BYTES: usize = 8000;

fn pages() -> Vec<(PathBuf, String)> {
    let root = xtask::root();
    let docs = root.join("docs").read_dir().unwrap().map(|entry| entry.unwrap().path());
    let others = PAGES.map(|name| root.join(name));
    let pages = docs.chain(others).filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

/// The targets of `[text](target)`, except those on the web.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(target, _)| target));
    targets.filter(|target| !target.contains("://"))
}

/// The anchors of a page's headings: lower case, hyphens for spaces, no punctuation.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let anchor = |heading: &str| {
        let kept = heading.to_lowercase().replace(' ', "-");
        kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn links_lead_to_files_and_headings() {
    let mut checked = 0;
    for (page, text) in pages() {
        for link in links(&text) {
            let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {link} leads nowhere", page.display());
            if let Some(anchor) = anchor {
                let headings = anchors(&std::fs::read_to_string(&target).unwrap());
                assert!(headings.contains(anchor), "{}: no heading for {link}", page.display());
            }
            checked += 1;
        }
    }
    assert!(checked > 50, "{checked} links");
}

/// The words of a text that are in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Whether words in backticks name a file or folder: of plain characters, with a `/` or the ending
/// of a source file.
fn is_path(words: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let ending = words.rsplit_once('.').map(|(name, ending)| (!name.is_empty()).then_some(ending)).unwrap_or_default();
    let is_source = ending.is_some_and(|ending| matches!(ending, "rs" | "py" | "md" | "toml" | "sh" | "txt"));
    words.chars().all(plain) && words.contains(char::is_alphabetic) && (is_source || words.contains('/'))
}

/// Finds a file or folder by its path in the repository, or by its path below `crates`, where the
/// map omits `src/`.
fn find_whole(words: &str) -> Option<PathBuf> {
    let root = xtask::root();
    let (name, rest) = words.split_once('/').unwrap_or((words, ""));
    let in_crate = root.join("crates").join(name);
    [root.join(words), in_crate.join("src").join(rest), in_crate.join(rest)].into_iter().find(|path| path.exists())
}

/// The paths in a part of a page that do not exist. A name may be short for a file in a folder that
/// the same part names, or beside or above a file that it names, up to the crate's `src`.
fn missing_paths(part: &str) -> Vec<&str> {
    let paths: Vec<&str> = quoted(part).filter(|words| is_path(words)).collect();
    let mut folders = BTreeSet::new();
    let mut missing = Vec::new();
    // Longer paths first: they are what shorter ones are relative to.
    let (whole, short): (Vec<&str>, Vec<&str>) = paths.into_iter().partition(|words| find_whole(words).is_some());
    let add = |path: &Path, folders: &mut BTreeSet<PathBuf>| {
        let above = path.ancestors().filter(|above| above.is_dir());
        folders.extend(above.take_while(|above| !above.ends_with("crates")).map(Path::to_owned));
    };
    for words in whole {
        add(&find_whole(words).unwrap(), &mut folders);
    }
    folders.remove(&xtask::root());
    for words in short {
        match folders.iter().map(|folder| folder.join(words)).find(|path| path.exists()) {
            Some(path) => add(&path, &mut folders),
            None => missing.push(words),
        }
    }
    missing
}

/// The parts of a page that are read together: paragraphs, numbered lists, and each item of other
/// lists and tables.
fn parts(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = vec![String::new()];
    let item = Regex::new(r"^(-|\||#)").unwrap();
    for line in text.lines() {
        if line.trim().is_empty() || item.is_match(line) {
            parts.push(String::new());
        }
        parts.last_mut().unwrap().extend([line, "\n"]);
    }
    parts
}

#[test]
fn paths_for_contributors_exist() {
    let mut checked = 0;
    for name in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        for part in parts(&std::fs::read_to_string(xtask::root().join(name)).unwrap()) {
            let missing = missing_paths(&part);
            assert!(missing.is_empty(), "{name}: {missing:?} do not exist:\n{part}");
            checked += quoted(&part).filter(|words| is_path(words)).count();
        }
    }
    assert!(checked > 150, "{checked} paths");
}

/// The words of all source files.
fn source_words() -> BTreeSet<String> {
    let (mut words, mut waiting) = (BTreeSet::new(), ["crates", "tests"].map(|name| xtask::root().join(name)).to_vec());
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(path.read_dir().unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ending| ending == "rs" || ending == "py") {
            let text = std::fs::read_to_string(path).unwrap();
            words.extend(text.split(|c: char| !(c.is_alphanumeric() || c == '_')).map(str::to_owned));
        }
    }
    words
}

#[test]
fn names_for_contributors_exist() {
    let (words, mut checked) = (source_words(), 0);
    let name = Regex::new(r"^[A-Za-z_][A-Za-z0-9_]*(::[A-Za-z_][A-Za-z0-9_]*)*$").unwrap();
    for page in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = std::fs::read_to_string(xtask::root().join(page)).unwrap();
        for found in quoted(&text).filter(|found| name.is_match(found)) {
            let missing = found.split("::").find(|part| !words.contains(*part));
            assert!(missing.is_none(), "{page}: nothing is named {found}");
            checked += 1;
        }
    }
    assert!(checked > 80, "{checked} names");
}

#[test]
fn paths_in_the_repository_exist() {
    let folders = ["crates/", "tests/", "docs/", "assets/", "screenshots/"];
    for (page, text) in pages() {
        let named = quoted(&text).filter(|words| is_path(words));
        for words in named.filter(|words| folders.iter().any(|folder| words.starts_with(folder))) {
            assert!(xtask::root().join(words).exists(), "{}: there is no {words}", page.display());
        }
    }
}

#[test]
fn readme_lists_the_libraries_of_the_window() {
    let readme = std::fs::read_to_string(xtask::root().join("README.md")).unwrap();
    let block = format!("```text\n{}\n```", xtask::packages::WINDOW_LIBRARIES.trim());
    assert!(readme.contains(&block), "README must have\n{block}");
}

#[test]
fn commands_exist() {
    let help = Command::new(program()).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let list = help.split("Commands:").nth(1).unwrap().split("\n\n").next().unwrap();
    let known: BTreeSet<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(known.contains("verify-export"), "{known:?}");
    let is_word = |word: &&str| word.starts_with(|first: char| first.is_ascii_lowercase());
    let mut checked = 0;
    for (page, text) in pages() {
        for rest in text.split("`tilejury ").skip(1) {
            let word = rest.split(|c: char| !(c.is_ascii_lowercase() || c == '-')).next().unwrap_or_default();
            if let Some(command) = Some(word).filter(is_word) {
                assert!(known.contains(command), "{}: there is no `tilejury {command}`", page.display());
                checked += 1;
            }
        }
    }
    assert!(checked > 20, "{checked} commands");
}

#[test]
fn readme_is_short() {
    let length = std::fs::metadata(xtask::root().join("README.md")).unwrap().len() as usize;
    assert!(length <= README_UP_TO_BYTES, "{length} bytes");
}

#[test]
fn the_summary_has_every_page() {
    let docs = xtask::root().join("docs");
    let summary = std::fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let listed: BTreeSet<&str> = links(&summary).collect();
    for (page, _) in pages().into_iter().filter(|(page, _)| page.parent() == Some(Path::new(&docs))) {
        let name = page.file_name().unwrap().to_str().unwrap();
        assert!(name == "SUMMARY.md" || listed.contains(name), "{name} is not in SUMMARY.md");
    }
}
