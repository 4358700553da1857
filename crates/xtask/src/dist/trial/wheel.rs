//! The trial of the Python wheel in a clean system: pip installs it without any other package, the
//! program works as that of the other packages does, Python reads and judges the demo set, and uv
//! starts the program out of the file. Nothing inside contacts a package index.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::system::System;
use super::{DEMO, expect_version, use_program};
use crate::packages::{PYTHON, WINDOW_LIBRARIES};
use crate::{Result, run};

/// The virtual environments inside: one for the wheel, one for uv.
const ENVIRONMENTS: [&str; 2] = ["/root/wheel", "/root/uv"];
/// The version of uv.
const UV: &str = "uv==0.13.9";
/// The work of the module with the demo set in which the window has judged one row.
const SCRIPT: &str = r#"
import sys, tilejury
dataset = tilejury.open(sys.argv[1])
rows = sum(batch.num_rows for batch in dataset.rows())
assert rows == len(dataset) > 0, rows
count = lambda: sum(batch.num_rows for batch in dataset.judgements())
assert count() == 1, count()
dataset.judge(split="train", line=2, verdict="reject", reasons=["bad_query"], annotator="another")
assert count() == 2, count()
shard = dataset.shards()[0]
assert sum(batch.num_rows for batch in tilejury.scan(shard)) > 0
print(tilejury.__version__)
"#;

/// Installs the wheel, uses the program and the module, and removes it.
///
/// # Errors
/// If any step fails.
pub(super) fn try_it(system: &System, wheel: &Path) -> Result<()> {
    let inside = system.copy_in(wheel)?;
    system.install(&[PYTHON, &WINDOW_LIBRARIES.split_whitespace().collect::<Vec<_>>()].concat())?;
    let [environment, uv] = ENVIRONMENTS;
    pip_install(system, environment, &inside)?;
    let program = format!("{environment}/bin/tilejury");
    use_program(system, &program)?;
    let python = format!("{environment}/bin/python");
    let version = system.output(&[&python, "-c", SCRIPT, DEMO])?;
    expect_version(&format!("tilejury {version}"))?;
    pip_install(system, uv, &system.copy_in(&fetch_uv(system)?)?)?;
    // The name of the program is that of the package, so uvx needs only the file; offline, because
    // the wheel is all that it needs.
    let uvx = format!("{uv}/bin/uvx");
    let words = [&uvx, "--offline", "--quiet", "--from", &inside, "tilejury", "--version"];
    expect_version(&system.output_with_proc(&words)?)?;
    system.run(&[&python, "-m", "pip", "uninstall", "--quiet", "--yes", "tilejury"])?;
    match system.path(&program).exists() || system.output(&[&python, "-c", "import tilejury"]).is_ok() {
        true => Err(format!("{environment} still has the program or the module after the removal")),
        false => Ok(()),
    }
}

/// Makes a virtual environment inside, with one package from a file and no others.
fn pip_install(system: &System, environment: &str, file: &str) -> Result<()> {
    system.run(&["python3", "-m", "venv", environment])?;
    let pip = format!("{environment}/bin/pip");
    system.run(&[&pip, "install", "--quiet", "--disable-pip-version-check", "--no-index", file])
}

/// Fetches uv with the machine's own pip, as it is set up, so that nothing of that comes inside.
fn fetch_uv(system: &System) -> Result<PathBuf> {
    let folder = system.path("/root/fetched");
    let mut fetch = Command::new("python3");
    fetch.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest"]);
    run(fetch.arg(&folder).args(["--only-binary", ":all:", UV]))?;
    let mut entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let file = entries.find_map(|entry| Some(entry.ok()?.path()));
    file.ok_or_else(|| format!("pip put nothing into {}", folder.display()))
}
