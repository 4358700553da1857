//! `cargo xtask dist`: builds the program for other machines and packs it: a Debian package, a
//! tarball with an installer, a Python wheel, a list of all crates, and checksums. `dist/` has one
//! file per part.
//!
//! Everything is made of the sources and the time of the last commit alone, so that two builds of
//! one version have the same bytes. A further form of the program is one more line of `KINDS`.

#![allow(clippy::print_stdout, reason = "a task reports to the person who started it")]

mod compiler;
mod deb;
mod files;
mod from_pip;
mod pack;
mod program;
pub mod publisher;
mod sbom;
mod tree;
pub mod trial;
mod wheel;

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::{Result, packages, root};
use tree::Tree;

pub use files::{ICON_SIZES, check as check_desktop_files};

/// The file with the checksums of all others.
const SUMS: &str = "SHA256SUMS";
/// The completions of zsh below a prefix such as `/usr/local`.
const ZSH_COMPLETIONS: &str = "share/zsh/site-functions/_tilejury";
/// The licence below a prefix.
const LICENCE: &str = "share/doc/tilejury/LICENSE";

/// Everything that is needed to pack one build of the program.
struct Release {
    /// Its version, as in `Cargo.toml`.
    version: String,
    /// The time of the last commit, in seconds since 1970: the time of all packed files.
    seconds: u64,
    /// The installed files, below a prefix such as `/usr`.
    tree: Tree,
    /// The folder for the results.
    out: PathBuf,
}

/// One kind of result: its word, the ending of its file, and its maker, which writes into
/// [`Release::out`].
struct Kind {
    word: &'static str,
    ending: &'static str,
    make: fn(&Release) -> Result<PathBuf>,
}

const KINDS: [Kind; 4] = [
    Kind { word: "deb", ending: ".deb", make: deb::make },
    Kind { word: "tarball", ending: ".tar.gz", make: tarball },
    Kind { word: "wheel", ending: ".whl", make: wheel::make },
    Kind { word: "sbom", ending: ".cdx.json", make: sbom::make },
];

/// The arguments of `cargo xtask dist`.
#[derive(Debug, PartialEq)]
pub struct Options {
    /// The folder for the results.
    out: PathBuf,
    /// The words of the kinds to make.
    only: Vec<String>,
    /// A program to pack in place of a new build.
    program: Option<PathBuf>,
}

impl Options {
    /// Reads `--out DIR`, `--only KIND,KIND` and `--program FILE`.
    ///
    /// # Errors
    /// If an argument is unknown or lacks its value.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let words = KINDS.map(|kind| kind.word);
        let mut options = Self { out: default_out(), only: words.map(str::to_owned).to_vec(), program: None };
        while let Some(argument) = arguments.next() {
            let value = arguments.next().ok_or_else(|| format!("{argument} needs a value"))?;
            match argument.as_str() {
                "--out" => options.out = value.into(),
                "--program" => options.program = Some(value.into()),
                "--only" => options.only = value.split(',').map(str::to_owned).collect(),
                _ => return Err(format!("{argument} is unknown; dist knows --out, --only and --program")),
            }
        }
        match options.only.iter().find(|word| !words.contains(&word.as_str())) {
            Some(word) => Err(format!("--only {word}: the kinds are {}", words.join(", "))),
            None => Ok(options),
        }
    }
}

/// The folder of the results, unless another one is named.
fn default_out() -> PathBuf {
    folder().join("out")
}

/// The folder for everything that is built here.
fn folder() -> PathBuf {
    root().join("target").join("dist")
}

/// Builds the program and makes all requested kinds. Returns the paths of the results.
///
/// # Errors
/// If any step fails.
pub fn make(options: &Options) -> Result<Vec<PathBuf>> {
    packages::install(packages::DESKTOP)?;
    files::check()?;
    let seconds = program::commit_seconds()?;
    let program = match &options.program {
        Some(program) => program.clone(),
        None => program::build(seconds)?,
    };
    let version = program::version(&program)?;
    fs::create_dir_all(&options.out).map_err(|error| format!("{}: {error}", options.out.display()))?;
    let release = Release { version, seconds, tree: files::tree(&program)?, out: options.out.clone() };
    let mut made = Vec::new();
    for kind in KINDS.iter().filter(|kind| options.only.iter().any(|word| word == kind.word)) {
        // An older version must not stay among the results and their checksums.
        for path in results(&options.out)?.iter().filter(|path| path.to_string_lossy().ends_with(kind.ending)) {
            fs::remove_file(path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        made.push((kind.make)(&release)?);
    }
    made.push(write_sums(&options.out)?);
    if let missing @ [_, ..] = publisher::placeholders().as_slice() {
        println!(
            "Not for publication: {} in Cargo.toml still have a reserved name (docs/release.md).",
            missing.join(", ")
        );
    }
    Ok(made)
}

/// Makes the tarball: one folder with the installed files and the installer.
fn tarball(release: &Release) -> Result<PathBuf> {
    let name = format!("tilejury-{}-{}-{}", release.version, std::env::consts::ARCH, std::env::consts::OS);
    let mut tree = release.tree.clone();
    tree.add("install.sh", include_bytes!("../../../assets/install/install.sh").to_vec(), true);
    let path = release.out.join(format!("{name}.tar.gz"));
    write(&path, &pack::tar_gz(&tree, &name, release.seconds)?)?;
    Ok(path)
}

/// All results in a folder, in the order of their names.
fn results(out: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(out).map_err(|error| format!("{}: {error}", out.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<PathBuf> = paths.filter(|path| file_name(path).starts_with("tilejury")).collect();
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Writes the checksums of all results in a folder, in the form of `sha256sum`.
fn write_sums(out: &Path) -> Result<PathBuf> {
    let mut lines = String::new();
    for path in results(out)? {
        let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let digits: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        lines += &format!("{digits}  {}\n", file_name(&path));
    }
    let path = out.join(SUMS);
    write(&path, lines.as_bytes())?;
    Ok(path)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed set-up is a failed test")]

    use super::*;

    fn parse(words: &str) -> Result<Options> {
        Options::parse(words.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn dist_refuses_unknown_arguments_and_kinds() {
        let all = parse("").unwrap();
        assert_eq!(all.only, ["deb", "tarball", "wheel", "sbom"]);
        let some = parse("--only sbom,deb --out here").unwrap();
        assert_eq!((some.only, some.out), (vec!["sbom".to_owned(), "deb".to_owned()], "here".into()));
        assert_eq!(parse("--only rpm").unwrap_err(), "--only rpm: the kinds are deb, tarball, wheel, sbom");
        assert_eq!(parse("--out").unwrap_err(), "--out needs a value");
        assert!(parse("--quick yes").unwrap_err().starts_with("--quick is unknown"));
    }

    #[test]
    fn checksums_name_every_result_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("tilejury.tar.gz", "b"), ("tilejury.deb", "a"), ("other", "c")] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let sums = fs::read_to_string(write_sums(folder.path()).unwrap()).unwrap();
        let a = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  tilejury.deb\n";
        assert!(sums.starts_with(a) && sums.lines().count() == 2, "{sums}");
    }
}
