//! Checks of README and the pages of `docs`: links lead somewhere, commands exist, README is short,
//! and the summary has every page.

#![allow(clippy::unwrap_used, reason = "a file that cannot be read is a failed test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use tilejury_tests::program;

/// The most bytes of README, which is for a person who just found the program.
const README_UP_TO_BYTES: usize = 8000;

fn pages() -> Vec<(PathBuf, String)> {
    let root = xtask::root();
    let docs = root.join("docs").read_dir().unwrap().map(|entry| entry.unwrap().path());
    let others = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md"].map(|name| root.join(name));
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
