//! `cargo xtask dist-test`: installs each package in a Debian system that has nothing but the
//! essentials, starts the program there on a virtual screen, judges a row, and removes it again.

#![allow(clippy::print_stdout, reason = "a task reports to the person who started it")]

mod system;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::packages::WINDOW_LIBRARIES;
use crate::screen::{Screen, accept_keys_at_once, wait_for};
use crate::{Result, root, run as run_command};
use system::System;

/// Files that every installation has, below its prefix.
const INSTALLED: [&str; 8] = [
    "bin/tilejury",
    "share/applications/tilejury.desktop",
    "share/metainfo/org.tilejury.Tilejury.metainfo.xml",
    "share/mime/packages/tilejury.xml",
    "share/icons/hicolor/48x48/apps/tilejury.png",
    "share/man/man1/tilejury-export.1.gz",
    "share/bash-completion/completions/tilejury",
    "share/fish/vendor_completions.d/tilejury.fish",
];

/// Tries all packages of a folder, by default that of `cargo xtask dist`.
///
/// # Errors
/// If a package is missing, or any step fails.
pub fn run(folder: Option<PathBuf>) -> Result<()> {
    let folder = folder.unwrap_or_else(super::default_out);
    run_command(Command::new("sha256sum").current_dir(&folder).args(["--quiet", "--check", super::SUMS]))?;
    let work = root().join("target").join("dist-test");
    if work.exists() {
        fs::remove_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
    }
    fs::create_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
    println!("Making a clean Debian system below {}; this takes a minute.", work.display());
    let base = System::base(&work)?;
    for (ending, try_it) in [(".deb", deb as fn(&System, &Path) -> Result<()>), (".tar.gz", tarball)] {
        let package = named(&folder, ending)?;
        let system = System::from(&base, &work.join(ending.trim_start_matches('.')))?;
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
    system.run(&["apt-get", "install", "-y", "-qq", "--no-install-recommends", &inside])?;
    check(system, "/usr")?;
    system.expect("usr/share/zsh/vendor-completions/_tilejury")?;
    system.expect("usr/share/doc/tilejury/copyright")?;
    system.run(&["apt-get", "purge", "-y", "-qq", "tilejury"])?;
    removed(system, "/usr")
}

fn tarball(system: &System, package: &Path) -> Result<()> {
    let inside = system.copy_in(package)?;
    let libraries: Vec<&str> = WINDOW_LIBRARIES.split_whitespace().collect();
    system.run(&[&["apt-get", "install", "-y", "-qq", "--no-install-recommends"], libraries.as_slice()].concat())?;
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
    let program = format!("{prefix}/bin/tilejury");
    let version = system.output(&[&program, "--version"])?;
    if !version.starts_with("tilejury ") {
        return Err(format!("--version printed {version}"));
    }
    let set = "/root/demo";
    system.run(&["rm", "-rf", set])?;
    system.run(&[&program, "demo", set])?;
    system.output(&[&program, "stats", set, "--json"])?;
    let home = system.path("/root/home");
    let screen = Screen::start(1280, 800, &home)?;
    accept_keys_at_once(&home)?;
    let window = screen.show(system.in_window(screen.command("chroot"), &[&program, set, "--annotator", "visitor"]))?;
    window.keys(&["a"]);
    wait_for("a judgement in the installed program's window", || {
        let stats = system.output(&[&program, "stats", set, "--json"]);
        stats.is_ok_and(|stats| stats.contains("\"judged\":1,"))
    })?;
    window.keys(&["ctrl+q"]);
    window.wait_for_end()
}

/// Checks that nothing of the program is left.
fn removed(system: &System, prefix: &str) -> Result<()> {
    match INSTALLED.iter().find(|path| system.path(&format!("{prefix}/{path}")).exists()) {
        Some(path) => Err(format!("{prefix}/{path} is still there after the removal")),
        None => Ok(()),
    }
}
