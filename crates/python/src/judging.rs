//! Records judgements from Python, by the reader and the writer of `tilejury judge`.

use std::sync::atomic::Ordering;

use anyhow::Context as _;
use pyo3::exceptions::{PyTypeError, PyUserWarning};
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyDict};
use tilejury_app::folders::{Folders, login_name};
use tilejury_audit::interchange::{self, BadLine, ImportDefaults, JUDGEMENT_FIELDS};
use tilejury_audit::{merge, now, sidecar};

use crate::errors::{OrRaise as _, RefusedError};
use crate::opened::{Opened, Stored};

/// The outcome of recording.
enum Recorded {
    /// The number of lines, and remarks about them.
    Lines(usize, Vec<String>),
    Refused(Vec<BadLine>),
}

/// Records one judgement.
pub(crate) fn judge(of: &Opened, py: Python<'_>, fields: Option<Bound<'_, PyDict>>) -> PyResult<()> {
    let fields = fields.unwrap_or_else(|| PyDict::new(py));
    for name in fields.keys() {
        let name: String = name.extract()?;
        // A field that a line may have and that means nothing would look recorded.
        if !JUDGEMENT_FIELDS.contains(&name.as_str()) && name != "audit" {
            return Err(PyTypeError::new_err(format!("judge() got an unexpected keyword argument '{name}'")));
        }
    }
    let line = json(py, fields.as_any())?;
    record(of, py, line.as_bytes(), None).map(|_| ())
}

/// Records judgements, all or none. Returns their number.
pub(crate) fn judge_all(
    of: &Opened,
    py: Python<'_>,
    lines: &Bound<'_, PyAny>,
    annotator: Option<String>,
) -> PyResult<usize> {
    let mut text = String::new();
    for line in lines.try_iter()? {
        text += &json(py, &line?)?;
        text.push('\n');
    }
    record(of, py, text.as_bytes(), annotator.as_deref())
}

/// A value as JSON in one line.
fn json(py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<String> {
    py.import("json")?.call_method1("dumps", (value,))?.extract()
}

fn record(of: &Opened, py: Python<'_>, text: &[u8], annotator: Option<&str>) -> PyResult<usize> {
    let (lines, remarks) = match py.detach(|| append(of, text, annotator)).or_raise()? {
        Recorded::Lines(lines, remarks) => (lines, remarks),
        Recorded::Refused(bad) => return Err(refused(py, &bad)?),
    };
    let category = py.get_type::<PyUserWarning>();
    for remark in remarks {
        py.import("warnings")?.call_method1("warn", (remark, &category, 2))?;
    }
    Ok(lines)
}

/// The exception for lines that cannot be used.
fn refused(py: Python<'_>, bad: &[BadLine]) -> PyResult<PyErr> {
    let words: Vec<String> = bad.iter().map(ToString::to_string).collect();
    let error = RefusedError::new_err(format!("nothing was recorded: {}", words.join("; ")));
    let lines: Vec<(u64, &str)> = bad.iter().map(|line| (line.line.get(), line.message.as_str())).collect();
    error.value(py).setattr("lines", lines)?;
    Ok(error)
}

fn append(of: &Opened, text: &[u8], annotator: Option<&str>) -> anyhow::Result<Recorded> {
    let stored = Stored::read(of)?;
    let before = merge::present_by_annotator(&stored.events);
    let login = login_name();
    let defaults = ImportDefaults { annotator, login: &login, at: now() };
    let import = match interchange::read(&of.dataset, text, &defaults, before, &stored.audits) {
        Ok(import) => import,
        Err(bad) => return Ok(Recorded::Refused(bad)),
    };
    let folders = Folders::for_current_user();
    let (mut sidecar, location) = sidecar::open_for_writing(&of.dataset, of.sidecar.as_deref(), &folders.sidecars())
        .context("no folder for the sidecar; choose one with sidecar=…")?;
    let mut remarks = import.remarks;
    if !of.is_backed_up.swap(true, Ordering::Relaxed) {
        let folder = sidecar::backup_folder(&location.path, &folders.backups());
        if let Err(reason) = sidecar::back_up(&location.path, &folder, now()) {
            remarks.push(format!("the judgements could not be backed up: {reason}"));
        }
    }
    sidecar.append(&import.events, &import.samples, None)?;
    Ok(Recorded::Lines(import.lines, remarks))
}
