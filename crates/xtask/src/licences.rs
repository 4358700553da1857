//! `cargo xtask licences`: writes `assets/licences.txt`, the licences of all crates of the program
//! and the Python module, which the About box shows.
//!
//! The crates are those that `Cargo.lock` needs for the program on any system, without those for
//! tests alone. Of several licences that a crate offers, one is chosen. Equal texts are there once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{Result, cargo, root};

/// The licences in the order in which one is chosen: those first whose text is the same for all
/// crates.
const PREFERRED: [&str; 15] = [
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "MIT",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "BSL-1.0",
    "MPL-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "OFL-1.1",
    "Ubuntu-font-1.0",
    "Unlicense",
];
/// Licences whose text names no copyright holder: that of one crate will do for the others.
const SHARED: [&str; 6] = ["Apache-2.0", "BSL-1.0", "MPL-2.0", "CC0-1.0", "CDLA-Permissive-2.0", "Unicode-3.0"];
/// The MIT licence, for crates that come without its text.
const MIT: &str = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and \
associated documentation files (the \"Software\"), to deal in the Software without restriction, including without \
limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the \
Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:\n\n\
The above copyright notice and this permission notice shall be included in all copies or substantial portions of the \
Software.\n\nTHE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT \
LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL \
THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF \
CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN \
THE SOFTWARE.";
/// The crates that are the program and the Python module.
const PROGRAMS: [&str; 2] = ["tilejury-cli", "tilejury-python"];

/// A crate: its name and version.
type Name = (String, String);

/// Returns the file that the About box shows.
pub fn file() -> PathBuf {
    root().join("assets/licences.txt")
}

/// Writes the file. Returns the number of crates in it.
///
/// # Errors
/// If a crate has no licence, or one without a text.
pub fn write() -> Result<usize> {
    let crates = crates_of_program()?;
    let metadata = cargo().args(["metadata", "--locked", "--format-version", "1"]).output();
    let metadata = metadata.map_err(|error| format!("cargo metadata: {error}"))?;
    let metadata: Value =
        serde_json::from_slice(&metadata.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
    let packages: Vec<&Value> = metadata["packages"].as_array().into_iter().flatten().collect();
    let mut found: BTreeMap<(String, String), Vec<Name>> = BTreeMap::new();
    let mut list = String::new();
    let shared: BTreeMap<&str, String> =
        SHARED.into_iter().filter_map(|licence| Some((licence, shared_text(&packages, licence)?))).collect();
    for name in &crates {
        let package = packages.iter().find(|package| package["name"] == name.0 && package["version"] == name.1);
        let package = package.ok_or_else(|| format!("cargo metadata does not have {} {}", name.0, name.1))?;
        let chosen = chosen(package["license"].as_str().unwrap_or_default());
        if chosen.is_empty() {
            return Err(format!("{} {}: no licence that is known here", name.0, name.1));
        }
        let _ = writeln!(list, "{} {} {}", name.0, name.1, chosen.join(" AND "));
        for licence in chosen {
            let text = text_of(package, licence, &shared).ok_or_else(|| format!("{}: no text of {licence}", name.0))?;
            found.entry((licence.to_owned(), text)).or_default().push(name.clone());
        }
    }
    let mut page = format!("Licences of the crates in Tilejury. Written by `cargo xtask licences`.\n\n{list}");
    for ((licence, text), names) in found {
        let names: Vec<String> = names.into_iter().map(|(name, _)| name).collect();
        let _ = write!(page, "\n=== {licence}: {}\n\n{text}\n", names.join(", "));
    }
    for (name, text) in fonts()? {
        let _ = write!(page, "\n=== Font: {name}\n\n{text}\n");
    }
    fs::write(file(), page).map_err(|error| format!("{}: {error}", file().display()))?;
    Ok(crates.len())
}

/// Returns the crates in the written file.
///
/// # Errors
/// If it cannot be read.
pub fn listed() -> Result<BTreeSet<Name>> {
    let page = fs::read_to_string(file()).map_err(|error| format!("{}: {error}", file().display()))?;
    let list = page.split("\n\n").nth(1).unwrap_or_default();
    let name = |line: &str| {
        let mut words = line.split(' ');
        Some((words.next()?.to_owned(), words.next()?.to_owned()))
    };
    Ok(list.lines().filter_map(name).collect())
}

/// Returns the crates of other people that both need on any system, by `Cargo.lock`.
///
/// # Errors
/// If a file of the workspace cannot be read.
pub fn crates_of_program() -> Result<BTreeSet<Name>> {
    let text = fs::read_to_string(root().join("Cargo.lock")).map_err(|error| format!("Cargo.lock: {error}"))?;
    let packages: Vec<Package<'_>> = text.split("[[package]]").skip(1).map(Package::parse).collect();
    let (mut crates, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut waiting: VecDeque<&Package<'_>> =
        packages.iter().filter(|package| PROGRAMS.contains(&package.name)).collect();
    while let Some(package) = waiting.pop_front() {
        if !seen.insert((package.name, package.version)) {
            continue;
        }
        let ours = match package.is_ours {
            true => Some(own_dependencies(package.name)?),
            false => None,
        };
        if !package.is_ours {
            crates.insert((package.name.to_owned(), package.version.to_owned()));
        }
        for needed in &package.needs {
            let mut words = needed.split(' ');
            let (name, version) = (words.next().unwrap_or_default(), words.next());
            if ours.as_ref().is_none_or(|ours| ours.contains(name)) {
                waiting.extend(
                    packages
                        .iter()
                        .filter(|other| other.name == name && version.is_none_or(|version| version == other.version)),
                );
            }
        }
    }
    Ok(crates)
}

/// A package of `Cargo.lock`.
struct Package<'a> {
    name: &'a str,
    version: &'a str,
    is_ours: bool,
    /// Names, with the version if there are several.
    needs: Vec<&'a str>,
}

impl<'a> Package<'a> {
    fn parse(text: &'a str) -> Self {
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
            line.map(|line| line.trim_matches('"')).unwrap_or_default()
        };
        let needs = text.lines().filter_map(|line| line.strip_prefix(" \"")).map(|line| line.trim_end_matches("\","));
        Self {
            name: value("name"),
            version: value("version"),
            is_ours: value("source").is_empty(),
            needs: needs.collect(),
        }
    }
}

/// The dependencies in a manifest of ours, without those for tests.
fn own_dependencies(name: &str) -> Result<BTreeSet<String>> {
    let file = root().join("crates").join(name.trim_start_matches("tilejury-")).join("Cargo.toml");
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let (mut found, mut counts) = (BTreeSet::new(), false);
    for line in text.lines() {
        if line.starts_with('[') {
            counts = line.ends_with("dependencies]") && !line.contains("dev-");
        } else if counts && let Some(name) = line.split(['.', ' ', '=']).next().filter(|name| !name.is_empty()) {
            found.insert(name.to_owned());
        }
    }
    Ok(found)
}

/// The licences that are chosen of an expression: one of each part that holds together with others.
fn chosen(expression: &str) -> Vec<&'static str> {
    let parts = expression.split(" AND ").map(|part| part.trim_matches(['(', ')', ' ']));
    let best = |part: &str| {
        let offered: Vec<&str> = part.split(" OR ").flat_map(|licence| licence.split('/')).map(str::trim).collect();
        PREFERRED.into_iter().find(|licence| offered.contains(licence))
    };
    parts.map(best).collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// The text of a licence for a crate.
fn text_of(package: &Value, licence: &str, shared: &BTreeMap<&str, String>) -> Option<String> {
    if let Some(text) = shared.get(licence) {
        return Some(text.clone());
    }
    let own = own_text(package, licence);
    let authors = || {
        let names: Vec<&str> = package["authors"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        // Addresses of people do not belong here.
        let names: Vec<&str> = names.iter().filter_map(|name| name.split(" <").next()).collect();
        if names.is_empty() {
            format!("the authors of {}", package["name"].as_str().unwrap_or_default())
        } else {
            names.join(", ")
        }
    };
    own.or_else(|| (licence == "MIT").then(|| format!("MIT License\n\nCopyright (c) {}\n\n{MIT}", authors())))
}

/// The text of a licence in the files of a crate.
fn own_text(package: &Value, licence: &str) -> Option<String> {
    let folder = Path::new(package["manifest_path"].as_str()?).parent()?;
    let (short, is_font) = match licence {
        "OFL-1.1" => ("OFL", true),
        "Ubuntu-font-1.0" => ("UFL", true),
        _ => (licence.split('-').next().unwrap_or_default(), false),
    };
    let places = [folder.to_owned(), folder.join("LICENSES"), folder.join("fonts")];
    let entries = places.iter().filter_map(|place| place.read_dir().ok()).flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    let name = |file: &Path| file.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
    let is_text = |file: &&PathBuf| {
        let name = name(file);
        !name.ends_with(".RS") && ["LICEN", "COPYING", "UNLICENSE"].iter().any(|begin| name.starts_with(begin))
    };
    let named = |file: &&PathBuf| name(file).contains(&short.to_uppercase());
    let others = ["APACHE", "MIT", "ZLIB", "BSD", "ISC", "BOOST", "BSL", "UNLICENSE", "LGPL", "GPL", "UNICODE"];
    let plain = |file: &&PathBuf| !others.iter().any(|other| name(file).contains(other));
    let texts: Vec<&PathBuf> = files.iter().filter(|file| is_text(file) || is_font && named(file)).collect();
    // A crate that is under two licences may have files without their names.
    let is_bsd = |file: &&&PathBuf| {
        let text = fs::read_to_string(file).unwrap_or_default();
        licence.starts_with("BSD") && text.contains("Redistribution and use in source and binary forms")
    };
    let file = texts.iter().find(|file| named(file)).or_else(|| texts.iter().find(is_bsd));
    let file = file.or_else(|| texts.iter().find(|file| plain(file)))?;
    let text = fs::read_to_string(file).ok()?.replace('\r', "");
    let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
    Some(lines.join("\n"))
}

/// The text of a licence that is the same for all crates: the shortest one of any, without the
/// form in which it is offered.
fn shared_text(packages: &[&Value], licence: &str) -> Option<String> {
    let only = |package: &&&Value| package["license"].as_str().is_some_and(|offered| offered.contains(licence));
    let is_whole = |text: &String| match licence {
        "Apache-2.0" => text.contains("TERMS AND CONDITIONS FOR USE") && text.contains("END OF TERMS AND CONDITIONS"),
        "BSL-1.0" => text.contains("Boost Software License"),
        "MPL-2.0" => text.contains("Mozilla Public License"),
        "Unicode-3.0" => text.to_uppercase().contains("UNICODE LICENSE V3"),
        _ => text.len() > 500,
    };
    let texts = packages.iter().filter(only).filter_map(|package| own_text(package, licence)).filter(is_whole);
    texts.min_by_key(|text| (text.len(), text.clone()))
}

/// The fonts in the program that are no part of a crate, with the texts of their licences.
fn fonts() -> Result<Vec<(String, String)>> {
    let folder = root().join("assets/fonts");
    let entries = folder.read_dir().map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut fonts = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(font) = name.strip_prefix("LICENSE-") {
            let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            fonts.push((font.to_owned(), text.trim().replace('\r', "")));
        }
    }
    fonts.sort();
    Ok(fonts)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "what cannot be read is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn every_crate_of_the_program_has_its_licence() {
        let (needed, listed) = (crates_of_program().unwrap(), listed().unwrap());
        assert!(needed.len() > 200, "{} crates", needed.len());
        let missing: Vec<_> = needed.difference(&listed).collect();
        let outdated: Vec<_> = listed.difference(&needed).collect();
        assert!(
            missing.is_empty() && outdated.is_empty(),
            "assets/licences.txt lacks {missing:?} and has {outdated:?}; `cargo xtask licences` writes it again"
        );
    }

    #[test]
    fn crates_for_tests_alone_are_left_out() {
        let names: BTreeSet<String> = crates_of_program().unwrap().into_iter().map(|(name, _)| name).collect();
        for (name, is_in) in [("egui", true), ("reqwest", true), ("egui_kittest", false), ("proptest", false)] {
            assert_eq!(names.contains(name), is_in, "{name}");
        }
    }

    #[test]
    fn one_licence_of_each_part_is_chosen() {
        assert_eq!(chosen("MIT OR Apache-2.0"), ["Apache-2.0"]);
        assert_eq!(chosen("Unlicense/MIT"), ["MIT"]);
        assert_eq!(
            chosen("(MIT OR Apache-2.0) AND OFL-1.1 AND Ubuntu-font-1.0"),
            ["Apache-2.0", "OFL-1.1", "Ubuntu-font-1.0"]
        );
        assert!(chosen("Proprietary").is_empty());
        assert!(chosen("MIT AND Proprietary").is_empty());
    }
}
