//! The test servers: nginx, which is a package of the system, and those of object stores: moto's
//! for S3 and Azurite for Azure, each in a fixed version, installed below `target/servers` by `pip`
//! and `npm`. Tests start them.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a task or a test reports to the person who started it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Result, packages, python_tests, root, run};

/// The environment variable; `required` means that tests with servers must not be skipped.
const VARIABLE: &str = "TILEJURY_SERVERS";
/// The server for S3, as `pip` names it.
const MOTO: (&str, &str) = ("moto[server]", "5.2.5");
/// The server for Azure, as `npm` names it.
const AZURITE: (&str, &str) = ("azurite", "3.37.0");
/// The empty file that is written last into the folder of an installation.
const WHOLE: &str = "installed";

fn folder(name: &str, version: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("servers").join(format!("{name}-{version}"))
}

/// The program of moto's server, if it is installed.
pub fn moto() -> Option<PathBuf> {
    let program = folder("moto", MOTO.1).join("bin").join("moto_server");
    is_whole(&folder("moto", MOTO.1)).then_some(program)
}

/// The program of Azurite's server of blobs, if it is installed.
pub fn azurite() -> Option<PathBuf> {
    let program = folder(AZURITE.0, AZURITE.1).join("node_modules").join(".bin").join("azurite-blob");
    is_whole(&folder(AZURITE.0, AZURITE.1)).then_some(program)
}

/// Whether an installation reached its end.
fn is_whole(folder: &Path) -> bool {
    folder.join(WHOLE).is_file()
}

/// Whether tests with servers must not be skipped.
pub fn are_required() -> bool {
    std::env::var_os(VARIABLE).is_some_and(|value| value == "required")
}

/// Installs the servers that are missing. Where that fails, only says so, unless they are required.
///
/// # Errors
/// If they are required and cannot be installed.
pub fn install_all() -> Result<()> {
    let installed = (|| {
        packages::install(packages::SERVERS)?;
        if moto().is_none() {
            if !python_tests::has_python() {
                packages::install(packages::PYTHON)?;
            }
            install(&folder("moto", MOTO.1), install_moto)?;
        }
        if azurite().is_none() {
            if !has_npm() {
                packages::install(packages::NODE)?;
            }
            install(&folder(AZURITE.0, AZURITE.1), install_azurite)?;
        }
        Ok(())
    })();
    match installed {
        Err(reason) if !are_required() => {
            println!("Some tests with servers will be skipped: {reason}");
            Ok(())
        }
        other => other,
    }
}

fn install(folder: &Path, make: fn(&Path) -> Result<()>) -> Result<()> {
    println!("Installing a server for tests into {}; this is done once.", folder.display());
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(failed)?;
    make(folder)?;
    std::fs::write(folder.join(WHOLE), "").map_err(failed)
}

fn install_moto(folder: &Path) -> Result<()> {
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
    let mut pip = Command::new(folder.join("bin").join("python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    run(pip.arg(format!("{}=={}", MOTO.0, MOTO.1)))
}

fn install_azurite(folder: &Path) -> Result<()> {
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]).arg(folder);
    run(npm.arg(format!("{}@{}", AZURITE.0, AZURITE.1)).stdout(Stdio::null()))
}

fn has_npm() -> bool {
    let status = Command::new("npm").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// The program of a server; if it is not installed, prints that the test is skipped.
///
/// # Panics
/// If tests with servers are required.
#[allow(clippy::panic, reason = "a required server that is missing is a failed test")]
pub fn or_skip(name: &str, program: Option<PathBuf>) -> Option<PathBuf> {
    if program.is_none() {
        let reason = format!("{name} is not installed; `cargo xtask test` installs it");
        assert!(!are_required(), "the tests with servers are required ({VARIABLE}=required), but {reason}");
        eprintln!("Skipped: {reason}.");
    }
    program
}
