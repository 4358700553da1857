//! The program for other machines: a release build whose bytes do not depend on the folders of the
//! machine that builds it, and that an older glibc than this machine's can start.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::compiler::{Compiler, GLIBC_MINOR, glibc_of};
use crate::{Result, cargo, output, root, run};

/// Between the arguments in `CARGO_ENCODED_RUSTFLAGS`.
const SEPARATOR: &str = "\u{1f}";

/// The time of the last commit in seconds since 1970; `SOURCE_DATE_EPOCH` overrides it.
///
/// # Errors
/// If there is neither a repository nor that variable.
pub(super) fn commit_seconds() -> Result<u64> {
    let set = std::env::var("SOURCE_DATE_EPOCH").ok();
    let text = match set {
        Some(text) => text,
        None => output(Command::new("git").current_dir(root()).args(["log", "-1", "--format=%ct"]))
            .map_err(|error| format!("outside a repository, set SOURCE_DATE_EPOCH: {error}"))?,
    };
    text.trim().parse().map_err(|_| format!("“{}” is not a time in seconds since 1970", text.trim()))
}

/// The version that a program states.
///
/// # Errors
/// If it does not start or states none.
pub(super) fn version(program: &Path) -> Result<String> {
    let text = output(Command::new(program).arg("--version"))?;
    let version = text.trim().strip_prefix("tilejury ");
    version.map(str::to_owned).ok_or_else(|| format!("{}: “{}” is no version", program.display(), text.trim()))
}

/// Builds the release and returns its path.
///
/// # Errors
/// If it does not build, or its bytes name a folder of this machine or a newer glibc.
pub(super) fn build(seconds: u64) -> Result<PathBuf> {
    let target = super::folder().join("build");
    let mut build = cargo();
    build.args(["build", "--release", "--locked", "--quiet", "--package", "tilejury-cli", "--bin", "tilejury"]);
    build.arg("--target-dir").arg(&target);
    let compiler = Compiler::new()?;
    for_others(&mut build, &compiler, seconds)?;
    run(&mut build)?;
    let folder = target.join(&compiler.target).join("release");
    let program = folder.join(format!("tilejury{}", std::env::consts::EXE_SUFFIX));
    let bytes = fs::read(&program).map_err(|error| format!("{}: {error}", program.display()))?;
    if let Some(minor) = glibc_of(&bytes).filter(|minor| *minor > GLIBC_MINOR) {
        return Err(format!("{} needs glibc 2.{minor}, newer than 2.{GLIBC_MINOR}", program.display()));
    }
    match [&root(), &cargo_home()?].into_iter().find(|folder| contains(&bytes, folder.to_string_lossy().as_bytes())) {
        Some(folder) => Err(format!("{} contains the path {}", program.display(), folder.display())),
        None => Ok(program),
    }
}

/// Gives a build the compiler, the time, and the options by which its bytes do not depend on the
/// folders of this machine.
///
/// # Errors
/// If the crates cannot be fetched, or their folder is not known.
pub(super) fn for_others(build: &mut Command, compiler: &Compiler, seconds: u64) -> Result<()> {
    compiler.use_in(build);
    // Crates lie in folders whose names depend on the registry, which exist only once it was read.
    run(cargo().args(["fetch", "--locked", "--quiet"]))?;
    let (root, home) = (root(), cargo_home()?);
    let mut folders = vec![(root.clone(), "/tilejury")];
    let registries = home.join("registry").join("src");
    let entries = fs::read_dir(&registries).map_err(|error| format!("{}: {error}", registries.display()))?;
    let mut sources: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    sources.sort();
    folders.extend(sources.into_iter().map(|path| (path, "/crates")));
    let paths = mapped("--remap-path-prefix", &folders, SEPARATOR);
    let options: Vec<&str> = std::iter::once(paths.as_str()).chain(compiler.rust_options().iter().copied()).collect();
    build.env("CARGO_ENCODED_RUSTFLAGS", options.join(SEPARATOR));
    build.env("CFLAGS", mapped("-ffile-prefix-map", &folders, " "));
    build.env("SOURCE_DATE_EPOCH", seconds.to_string());
    Ok(())
}

/// The options that write other names for folders of this machine.
fn mapped(option: &str, folders: &[(PathBuf, &str)], separator: &str) -> String {
    let options: Vec<String> =
        folders.iter().map(|(folder, name)| format!("{option}={}={name}", folder.display())).collect();
    options.join(separator)
}

fn cargo_home() -> Result<PathBuf> {
    let set = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    set.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).ok_or_else(|| "there is no home folder".to_owned())
}

fn contains(bytes: &[u8], words: &[u8]) -> bool {
    bytes.windows(words.len()).any(|window| window == words)
}
