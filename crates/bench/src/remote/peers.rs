//! Programs that people use today, beside this one and over the same connection:
//! `huggingface_hub`, `fsspec` and `webdataset`, in a Python environment of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::{FAST, Remote};
use crate::series::Figure;

const SCRIPT: &str = include_str!("peers.py");
const PACKAGES: [&str; 4] = ["huggingface_hub", "fsspec", "aiohttp", "webdataset"];
/// The measurements, by their names in the script.
const MEASURED: [&str; 3] = ["snapshot", "fsspec", "webdataset"];
/// The interval between looks at a running program.
const LOOK_EVERY: Duration = Duration::from_millis(50);

#[derive(Deserialize)]
struct Line {
    name: String,
    value: f64,
    unit: String,
}

/// Returns what could not be measured, and why.
pub(super) fn measure(remote: &mut Remote<'_>) -> anyhow::Result<Vec<String>> {
    let Some(folder) = remote.wanted.peers else { return Ok(Vec::new()) };
    let python = match environment(folder) {
        Ok(python) => python,
        Err(reason) => return Ok(vec![format!("Python programs are not measured: {reason}")]),
    };
    remote.far.offer_indexes(false)?;
    remote.set_rate(FAST)?;
    let mut notes = Vec::new();
    for what in MEASURED {
        remote.check_stopped()?;
        if let Err(reason) = one(remote, &python, what) {
            notes.push(format!("{what} is not measured: {reason}"));
        }
    }
    Ok(notes)
}

/// A Python with the packages, installed in a folder unless they are there.
fn environment(folder: &Path) -> Result<PathBuf, String> {
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let run = |command: &mut Command| match command.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("{} ended with {}", command.get_program().to_string_lossy(), output.status)),
        Err(error) => Err(format!("{}: {error}", command.get_program().to_string_lossy())),
    };
    if run(Command::new(&python).args(["-c", "import huggingface_hub, fsspec, aiohttp, webdataset"])).is_ok() {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PACKAGES))?;
    Ok(python)
}

/// Runs one of the programs and records its measures.
fn one(remote: &mut Remote<'_>, python: &Path, what: &str) -> anyhow::Result<()> {
    let fetched = tempfile::tempdir()?;
    let folder = match what {
        "webdataset" => remote.local.tiles.shard_count().to_string(),
        _ => fetched.path().to_string_lossy().into_owned(),
    };
    let repo = remote.far.places.hub.to_string_lossy().trim_start_matches("hf://datasets/").to_owned();
    let sample = remote.local.sample(remote.local.indices().next().unwrap_or_default())?;
    let results = fetched.path().join("results");
    let mut script = Command::new(python);
    script.args(["-c", SCRIPT, what]).arg(&remote.far.places.web).arg(repo);
    script.arg(remote.wanted.peers_up_to.as_secs().to_string()).arg(folder).arg(&results);
    script.args(sample.tiles().map(|tile| tile.path.as_str()));
    script.env("HF_HUB_DISABLE_PROGRESS_BARS", "1").env("HF_HUB_DISABLE_TELEMETRY", "1");
    let mut running = script.stdin(Stdio::null()).spawn()?;
    let began = Instant::now();
    let status = loop {
        if let Some(status) = running.try_wait()? {
            break status;
        }
        // The script stops in time unless something hangs.
        let is_late = began.elapsed() > remote.wanted.peers_up_to * 2;
        if is_late || remote.check_stopped().is_err() {
            running.kill()?;
        }
        thread::sleep(LOOK_EVERY);
    };
    let lines = fs::read_to_string(&results).unwrap_or_default();
    for line in lines.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok()) {
        remote.measured.plain.push(Figure::new(line.name, line.value, line.unit));
    }
    let last = lines.lines().last().unwrap_or("no message");
    anyhow::ensure!(status.success(), "its program ended with {status}: {last}");
    Ok(())
}
