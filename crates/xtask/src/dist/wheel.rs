//! The Python wheel, made by maturin: the module of `crates/python`, and the same program that the
//! other packages have. What it is called and says is in `pyproject.toml`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::compiler::{Compiler, GLIBC_MINOR, glibc_of};
use super::from_pip::Tools;
use super::program::for_others;
use super::{Release, folder, results};
use crate::output;
use crate::{Result, root, run};

/// The program among the installed files.
const PROGRAM: &str = "bin/tilejury";

/// Makes the wheel and returns its path.
///
/// # Errors
/// If there is no Python with `venv`, the tools cannot be installed, the module does not build, or
/// the wheel needs more of a system than its name says.
pub(super) fn make(release: &Release) -> Result<PathBuf> {
    let tools = Tools::install()?;
    let program = release.tree.clone().take(PROGRAM)?;
    // The folder that pyproject.toml names.
    let data = folder().join("wheel.data");
    let mut tree = super::tree::Tree::default();
    tree.add("scripts/tilejury", program.bytes.clone(), true);
    tree.write_to(&data)?;
    let mut build = Command::new(tools.program("maturin"));
    build.current_dir(root()).args(["build", "--release", "--locked", "--quiet", "--auditwheel", "check"]);
    build.arg("--out").arg(&release.out).arg("--target-dir").arg(folder().join("build"));
    // A program that was built elsewhere may need a newer one than a release.
    let glibc = glibc_of(&program.bytes).map(|minor| minor.max(GLIBC_MINOR));
    if let Some(minor) = glibc {
        build.arg("--compatibility").arg(format!("manylinux_2_{minor}"));
    }
    for_others(&mut build, &Compiler::new()?, release.seconds)?;
    let built = run(&mut build);
    fs::remove_dir_all(&data).map_err(|error| format!("{}: {error}", data.display()))?;
    built?;
    let mut wheels = results(&release.out)?;
    wheels.retain(|path| path.extension().is_some_and(|extension| extension == "whl"));
    let wheel = wheels.pop().ok_or("maturin made no wheel")?;
    if let Some(minor) = glibc {
        audit(&output(Command::new(tools.program("auditwheel")).arg("show").arg(&wheel))?, minor)?;
    }
    Ok(wheel)
}

/// Checks what `auditwheel show` found: that neither the module nor the program, which maturin does
/// not examine, needs a newer glibc than this one, nor libraries that others may lack.
fn audit(found: &str, minor: u32) -> Result<()> {
    let words = found.split_whitespace().collect::<Vec<_>>().join(" ");
    let tag = words.split_once("platform tag: \"manylinux_2_").map(|(_, rest)| rest);
    let found = tag.and_then(|rest| rest.split('_').next()?.parse::<u32>().ok());
    match found {
        Some(needed) if needed <= minor => Ok(()),
        _ => Err(format!("auditwheel does not find manylinux_2_{minor}: {words}")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed set-up is a failed test")]

    use super::*;

    #[test]
    fn a_wheel_that_needs_more_than_its_name_says_is_refused() {
        let found =
            |tag: &str| format!("a.whl is consistent with\nthe following platform tag:\n\"{tag}\".\n\nThe wheel …");
        assert_eq!(audit(&found("manylinux_2_28_x86_64"), 28), Ok(()));
        assert_eq!(audit(&found("manylinux_2_17_x86_64"), 28), Ok(()));
        for worse in ["manylinux_2_35_x86_64", "linux_x86_64"] {
            assert!(audit(&found(worse), 28).unwrap_err().contains(worse));
        }
    }
}
