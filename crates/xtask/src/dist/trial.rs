//! `cargo xtask dist-test`: installs each package in a Debian system that has nothing but the
//! essentials, starts the program there on a virtual screen, judges a row, and removes it again.
//! What is tried of the Python wheel besides that is in `trial/wheel.rs`.

#![allow(clippy::print_stdout, reason = "a task reports to the person who started it")]

mod system;
mod wheel;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{KINDS, Options, publisher};
use crate::packages::WINDOW_LIBRARIES;
use crate::screen::{Screen, accept_keys_at_once, wait_for};
use crate::{Result, root, run as run_command};
use system::System;

/// Files that every installation has, below its prefix.
const INSTALLED: [&str; 7] = [
    "bin/tilejury",
    "share/applications/tilejury.desktop",
    "share/mime/packages/tilejury.xml",
    "share/icons/hicolor/48x48/apps/tilejury.png",
    "share/man/man1/tilejury-export.1.gz",
    "share/bash-completion/completions/tilejury",
    "share/fish/vendor_completions.d/tilejury.fish",
];

/// A trial of one kind of package.
type Trial = fn(&System, &Path) -> Result<()>;

/// The kinds of packages, by the words of `cargo xtask dist`; its other kinds are not installed.
const TRIALS: [(&str, Trial); 3] = [("deb", deb), ("tarball", tarball), ("wheel", wheel::try_it)];

/// Tries the packages that `cargo xtask dist` made with the same arguments.
///
/// # Errors
/// If a package is missing, or any step fails.
pub fn run(options: &Options) -> Result<()> {
    let folder = &options.out;
    run_command(Command::new("sha256sum").current_dir(folder).args(["--quiet", "--check", super::SUMS]))?;
    let work = root().join("target").join("dist-test");
    if work.exists() {
        fs::remove_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
    }
    fs::create_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
    println!("Making a clean Debian system below {}; this takes a minute.", work.display());
    let base = System::base(&work)?;
    for (word, try_it) in TRIALS.iter().filter(|(word, _)| options.only.iter().any(|only| only == word)) {
        let ending = KINDS.iter().find(|kind| kind.word == *word).map_or("", |kind| kind.ending);
        let package = named(folder, ending)?;
        let system = System::from(&base, &work.join(word))?;
        try_it(&system, &package).map_err(|error| format!("{}: {error}", package.display()))?;
        println!("{}: installed, started, judged a row, removed", package.display());
    }
    // After a failure the systems stay, to look into them.
    fs::remove_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))
}

/// The only result in the folder with this ending.
fn named(folder: &Path, ending: &str) -> Result<PathBuf> {
    let mut found = super::results(folder)?;
    found.retain(|path| path.to_string_lossy().ends_with(ending));
    match <[PathBuf; 1]>::try_from(found) {
        Ok([path]) => Ok(path),
        Err(found) => {
            Err(format!("{} has {} files {ending}; `cargo xtask dist` makes one", folder.display(), found.len()))
        }
    }
}

fn deb(system: &System, package: &Path) -> Result<()> {
    let inside = system.copy_in(package)?;
    // The package must name everything that the program needs.
    system.install(&[&inside])?;
    check(system, "/usr")?;
    system.expect("usr/share/zsh/vendor-completions/_tilejury")?;
    system.expect("usr/share/doc/tilejury/copyright")?;
    system.run(&["apt-get", "purge", "-y", "-qq", "tilejury"])?;
    removed(system, "/usr")
}

fn tarball(system: &System, package: &Path) -> Result<()> {
    let inside = system.copy_in(package)?;
    system.install(&WINDOW_LIBRARIES.split_whitespace().collect::<Vec<_>>())?;
    system.run(&["mkdir", "/unpacked"])?;
    system.run(&["tar", "-xzf", &inside, "-C", "/unpacked", "--strip-components=1"])?;
    // The usual prefix of root, and one that no program searches.
    for prefix in ["/usr/local", "/opt/a place"] {
        system.run(&["/unpacked/install.sh", "--prefix", prefix])?;
        check(system, prefix)?;
        system.expect(&format!("{prefix}/share/zsh/site-functions/_tilejury"))?;
        system.run(&["/unpacked/install.sh", "--prefix", prefix, "--uninstall"])?;
        removed(system, prefix)?;
    }
    match system.path("/opt/a place/share/mime").exists() || system.path("/opt/a place/bin").exists() {
        true => Err("removing the program left folders that it had made".to_owned()),
        false => Ok(()),
    }
}

/// Checks the installed files, the commands that need no window, and the window.
fn check(system: &System, prefix: &str) -> Result<()> {
    for path in INSTALLED {
        system.expect(&format!("{prefix}/{path}"))?;
    }
    system.expect(&format!("{prefix}/share/metainfo/{}.metainfo.xml", publisher::desktop_id()?))?;
    use_program(system, &format!("{prefix}/bin/tilejury"))
}

/// The demo set inside, once [`use_program`] has made it.
const DEMO: &str = "/root/demo";

/// Runs commands that need no window, and judges a row of the demo set in the window.
fn use_program(system: &System, program: &str) -> Result<()> {
    expect_version(&system.output(&[program, "--version"])?)?;
    let set = DEMO;
    system.run(&["rm", "-rf", set])?;
    system.run(&[program, "demo", set])?;
    system.output(&[program, "stats", set, "--json"])?;
    let home = system.path("/root/home");
    let screen = Screen::start(1280, 800, &home)?;
    accept_keys_at_once(&home)?;
    let window = screen.show(system.in_window(screen.command("chroot"), &[program, set, "--annotator", "visitor"]))?;
    window.keys(&["a"]);
    wait_for("a judgement in the installed program's window", || {
        let stats = system.output(&[program, "stats", set, "--json"]);
        stats.is_ok_and(|stats| stats.contains("\"judged\":1,"))
    })?;
    window.keys(&["ctrl+q"]);
    window.wait_for_end()
}

/// Checks what `--version` printed.
fn expect_version(printed: &str) -> Result<()> {
    let expected = format!("tilejury {}", env!("CARGO_PKG_VERSION"));
    if printed.trim() == expected { Ok(()) } else { Err(format!("--version printed {printed}, not {expected}")) }
}

/// Checks that nothing of the program is left.
fn removed(system: &System, prefix: &str) -> Result<()> {
    match INSTALLED.iter().find(|path| system.path(&format!("{prefix}/{path}")).exists()) {
        Some(path) => Err(format!("{prefix}/{path} is still there after the removal")),
        None => Ok(()),
    }
}
