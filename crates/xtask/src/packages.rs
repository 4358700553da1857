//! What a bare Debian or Ubuntu lacks, and how to get it. Elsewhere the names are told instead.

#![allow(clippy::print_stdout, reason = "a chore talks to the person who started it")]

use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Result, run};

/// The libraries that the window loads by name, as packages of Debian and Ubuntu. The program names the same ones where a
/// library is missing; README lists them.
pub const WINDOW_LIBRARIES: &str = include_str!("../../../assets/window-libraries.txt");

/// A software renderer, and fonts for other scripts.
const WINDOW_EXTRAS: [&str; 4] = ["libgl1-mesa-dri", "fonts-dejavu-core", "fonts-noto-core", "fonts-noto-cjk"];

/// Everything the window needs on a bare machine.
pub fn window() -> Vec<&'static str> {
    WINDOW_LIBRARIES.split_whitespace().chain(WINDOW_EXTRAS).collect()
}

/// What a screen without a monitor needs: a server, hands, eyes.
pub const SCREEN: &[&str] = &["xvfb", "xdotool", "imagemagick"];

/// What the test of exports by their loaders needs, where no other Python is there.
pub const PYTHON: &[&str] = &["python3", "python3-venv"];

/// Installs what is missing by `apt-get`, as root or by `sudo`. On systems without `apt-get` it only says what is
/// needed.
///
/// # Errors
/// When the installation fails.
pub fn install(packages: &[&str]) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    if !Path::new("/usr/bin/apt-get").exists() {
        println!(
            "Not a Debian or Ubuntu system: see to it that the counterparts of these are installed: {}",
            packages.join(" ")
        );
        return Ok(());
    }
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("Installing with apt-get: {}", missing.join(" "));
    run(apt().args(["update", "-q"]).stdout(Stdio::null()))?;
    run(apt().args(["install", "-y", "-q", "--no-install-recommends"]).args(&missing).stdout(Stdio::null()))
}

fn is_installed(package: &str) -> bool {
    let query = Command::new("dpkg-query").args(["-W", "-f=${Status}", package]).stderr(Stdio::null()).output();
    query.is_ok_and(|output| output.stdout.ends_with(b"ok installed"))
}

fn apt() -> Command {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    let mut command = if is_root {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.arg("apt-get");
        sudo
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}
