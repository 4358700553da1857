//! The Python wheel, made by maturin: the module of `crates/python`, and the same program that the
//! other packages have. What it is called and says is in `pyproject.toml`.

#![allow(clippy::print_stdout, reason = "a task reports to the person who started it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::{output, with_plain_paths};
use super::{Release, folder, results};
use crate::{Result, root, run};

/// The version of maturin: another one may write other bytes.
const VERSION: &str = "1.16.0";
/// The program among the installed files.
const PROGRAM: &str = "bin/tilejury";
/// The text before the number of each version of glibc that a program needs.
const GLIBC: &[u8] = b"GLIBC_2.";

/// Makes the wheel and returns its path.
///
/// # Errors
/// If there is no Python with `venv`, maturin cannot be installed, or the module does not build.
pub(super) fn make(release: &Release) -> Result<PathBuf> {
    let maturin = maturin()?;
    let program = release.tree.clone().take(PROGRAM)?;
    // The folder that pyproject.toml names.
    let data = folder().join("wheel.data");
    let mut tree = super::tree::Tree::default();
    tree.add("scripts/tilejury", program.bytes.clone(), true);
    tree.write_to(&data)?;
    let mut build = Command::new(maturin);
    build.current_dir(root()).args(["build", "--release", "--locked", "--quiet", "--auditwheel", "check"]);
    build.arg("--out").arg(&release.out).arg("--target-dir").arg(folder().join("build"));
    if let Some(minor) = glibc_of(&program.bytes) {
        // The module alone may be content with an older one; maturin does not examine the program.
        build.arg("--compatibility").arg(format!("manylinux_2_{minor}"));
    }
    with_plain_paths(&mut build, release.seconds)?;
    let built = run(&mut build);
    fs::remove_dir_all(&data).map_err(|error| format!("{}: {error}", data.display()))?;
    built?;
    let mut wheels = results(&release.out)?;
    wheels.retain(|path| path.extension().is_some_and(|extension| extension == "whl"));
    wheels.pop().ok_or_else(|| "maturin made no wheel".to_owned())
}

/// The second number of the highest version of glibc that a program names; none if it names none.
fn glibc_of(program: &[u8]) -> Option<u32> {
    let number = |at: usize| {
        let digits = program[at..].iter().take_while(|byte| byte.is_ascii_digit());
        digits.fold(None, |number: Option<u32>, digit| Some(number.unwrap_or(0) * 10 + u32::from(digit - b'0')))
    };
    let places = program.windows(GLIBC.len()).enumerate().filter(|(_, window)| *window == GLIBC);
    places.filter_map(|(at, _)| number(at + GLIBC.len())).filter(|minor| *minor < 1000).max()
}

/// The program maturin, installed below `target/tools` from Python's package index.
fn maturin() -> Result<PathBuf> {
    let environment = root().join("target").join("tools").join(format!("maturin-{VERSION}"));
    let program = environment.join("bin").join("maturin");
    if !is_right(&program) {
        println!("Installing maturin {VERSION} below target/tools.");
        let made = run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment));
        made.map_err(|error| format!("the wheel needs Python with venv: {error}"))?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        run(Command::new(environment.join("bin/python")).args(install).arg(format!("maturin=={VERSION}")))?;
    }
    Ok(program)
}

fn is_right(program: &Path) -> bool {
    output(Command::new(program).arg("--version")).is_ok_and(|version| version.trim().ends_with(VERSION))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wheel_needs_the_glibc_that_its_program_needs() {
        assert_eq!(glibc_of(b"..GLIBC_2.4\0GLIBC_2.35\0GLIBC_2.17\0GLIBC_PRIVATE"), Some(35));
        assert_eq!(glibc_of(b"GLIBC_2."), None);
        assert_eq!(glibc_of(b"a static program"), None);
    }
}
