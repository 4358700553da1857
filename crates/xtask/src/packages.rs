//! The packages that a bare Debian or Ubuntu lacks, and their installation. On other systems only
//! prints their names.

#![allow(clippy::print_stdout, reason = "a task reports to the person who started it")]

use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Result, run};

/// The libraries that the window loads by name, as packages of Debian and Ubuntu. The program names
/// the same ones if a library is missing, and README lists them.
pub const WINDOW_LIBRARIES: &str = include_str!("../../../assets/window-libraries.txt");

/// A software renderer, and fonts for other scripts.
const WINDOW_EXTRAS: [&str; 4] = ["libgl1-mesa-dri", "fonts-dejavu-core", "fonts-noto-core", "fonts-noto-cjk"];

/// All packages for the window on a bare machine.
pub fn window() -> Vec<&'static str> {
    WINDOW_LIBRARIES.split_whitespace().chain(WINDOW_EXTRAS).collect()
}

/// The packages for a virtual screen: a server, a sender of keys, a tool for screenshots.
pub const SCREEN: &[&str] = &["xvfb", "xdotool", "imagemagick"];

/// The program that reads the text of tiles, with English and the languages of its tests.
pub const READING: &[&str] = &["tesseract-ocr", "tesseract-ocr-deu", "tesseract-ocr-jpn", "tesseract-ocr-rus"];

/// The programs that check the files for the desktop, and that tell the type of a file.
pub const DESKTOP: &[&str] = &["desktop-file-utils", "appstream", "shared-mime-info", "libglib2.0-bin"];

/// The program that makes a clean Debian system in a folder.
pub const CLEAN_SYSTEM: &[&str] = &["mmdebstrap"];

/// The packages for the tests with Python programs, if there is no other Python.
pub const PYTHON: &[&str] = &["python3", "python3-venv"];

/// The programs that the recipes of `docs` use.
pub const RECIPES: &[&str] = &["parallel"];

/// The test servers: nginx with Lua, which plays a Hub and web servers, a database, and a keyring.
pub const SERVERS: &[&str] = &["nginx-extras", "openssl", "postgresql", "dbus", "gnome-keyring"];

/// The packages for the test server of Azure, if there is no other `npm`.
pub const NODE: &[&str] = &["nodejs", "npm"];

/// Installs missing packages with `apt-get`, as root or with `sudo`. On systems without `apt-get`,
/// only prints the names.
///
/// # Errors
/// If the installation fails.
pub fn install(packages: &[&str]) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    if !Path::new("/usr/bin/apt-get").exists() {
        println!("Not a Debian or Ubuntu system; install the equivalents of these packages: {}", packages.join(" "));
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
