//! The diagnosis of the set-up: one page to paste into a report of a problem, for `tilejury doctor`
//! and for the window.
//!
//! Each line is in order or a warning with what to do. Secrets are never in it: variables are named
//! without their values, and the home folder is `~`. It uses the network only if asked to, writes
//! nothing, and blocks: the window runs it on a thread of its own.

mod environment;
mod network;
mod programs;
mod storage;
mod system;

use std::fmt::Write as _;

use serde::Serialize;
use tilejury_audit::text::count;

use crate::folders::Folders;
use environment::Environment;

/// The columns of the state and the name of a line.
const STATE: usize = 9;
const NAME: usize = 18;

/// The state of a part of the set-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckState {
    /// Nothing to do.
    Ok,
    /// Something does not work, or may not.
    Warning,
}

/// A line of the diagnosis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its lasting name.
    pub name: String,
    /// Whether there is something to do.
    pub state: CheckState,
    /// The finding.
    pub value: String,
    /// The remedy, for a warning.
    pub advice: Option<String>,
}

impl Check {
    fn ok(name: &str, value: impl Into<String>) -> Self {
        Self { name: name.to_owned(), state: CheckState::Ok, value: value.into(), advice: None }
    }

    fn warning(name: &str, value: impl Into<String>, advice: impl Into<String>) -> Self {
        let advice = Some(advice.into());
        Self { name: name.to_owned(), state: CheckState::Warning, value: value.into(), advice }
    }
}

/// The diagnosis: its lines in a fixed order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// The version of the program.
    pub version: &'static str,
    /// The number of warnings.
    pub warnings: usize,
    /// The lines.
    pub checks: Vec<Check>,
}

impl Diagnosis {
    /// Examines the set-up of this user. Uses the network only if `network` is set. Blocks for a
    /// second or two.
    pub fn of(folders: &Folders, network: bool) -> Self {
        Self::examine(folders, &Environment::of_this_process(), None, network)
    }

    /// Examines the set-up as [`Self::of`] does, in a window whose OpenGL is known.
    pub(crate) fn in_window(folders: &Folders, opengl: Option<String>) -> Self {
        Self::examine(folders, &Environment::of_this_process(), opengl, false)
    }

    fn examine(folders: &Folders, environment: &Environment, opengl: Option<String>, network: bool) -> Self {
        let (settings, settings_line) = storage::settings(folders);
        let mut checks = system::lines(environment, &settings, opengl);
        checks.extend(programs::lines(environment, &settings));
        checks.push(settings_line);
        checks.extend(storage::lines(folders, environment, &settings));
        checks.extend(network::lines(folders, environment, network));
        for check in &mut checks {
            check.value = environment.without_home(&check.value);
            check.advice = check.advice.take().map(|advice| environment.without_home(&advice));
        }
        let warnings = checks.iter().filter(|check| check.state == CheckState::Warning).count();
        Self { version: env!("CARGO_PKG_VERSION"), warnings, checks }
    }

    /// The page as text.
    pub fn text(&self) -> String {
        let (checks, warnings) = (count(self.checks.len(), "line"), count(self.warnings, "warning"));
        let mut page = format!("Tilejury {}: {checks}, {warnings}\n\n", self.version);
        for check in &self.checks {
            let state = match check.state {
                CheckState::Ok => "ok",
                CheckState::Warning => "warning",
            };
            let _ = writeln!(page, "{state:<STATE$}{:<NAME$}{}", check.name, check.value);
            if let Some(advice) = &check.advice {
                let _ = writeln!(page, "{:<STATE$}{:<NAME$}→ {advice}", "", "");
            }
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const SECRETS: [&str; 5] =
        ["hf_AbCdEf123456", "AKIAsecretKey", "wJalrXUtnFEMI", "proxypassword", "sig=signed-address"];

    fn secretive() -> Environment {
        Environment::with(
            Path::new("/home/margaret"),
            &[
                ("HF_TOKEN", SECRETS[0]),
                ("AWS_ACCESS_KEY_ID", SECRETS[1]),
                ("AWS_SECRET_ACCESS_KEY", SECRETS[2]),
                ("HTTPS_PROXY", "http://margaret:proxypassword@proxy:3128"),
                ("HF_ENDPOINT", "https://mirror/?sig=signed-address"),
                ("AZURE_STORAGE_SAS_KEY", SECRETS[4]),
                ("PATH", "/home/margaret/bin"),
                ("LANG", "en_GB.UTF-8"),
            ],
        )
    }

    fn line<'d>(diagnosis: &'d Diagnosis, name: &str) -> &'d Check {
        diagnosis.checks.iter().find(|check| check.name == name).unwrap()
    }

    #[test]
    fn no_secret_and_no_user_name_is_on_the_page() {
        let folders = Folders::below(Path::new("/home/margaret/.tilejury"));
        let diagnosis = Diagnosis::examine(&folders, &secretive(), None, false);
        let page = diagnosis.text() + &serde_json::to_string(&diagnosis).unwrap();
        for secret in SECRETS.iter().chain(&["margaret"]) {
            assert!(!page.contains(secret), "{secret} is in\n{page}");
        }
        assert_eq!(line(&diagnosis, "HF_TOKEN").value, "set: yes");
        let variables = &line(&diagnosis, "variables").value;
        for name in ["AWS_SECRET_ACCESS_KEY", "HTTPS_PROXY", "HF_ENDPOINT"] {
            assert!(variables.contains(name), "{variables}");
        }
        assert!(page.contains("~/.tilejury"), "{page}");
    }

    #[test]
    fn missing_tesseract_is_a_warning_with_the_command() {
        let dir = tempfile::tempdir().unwrap();
        let folders = Folders::below(dir.path());
        tilejury_testkit::set::put(&folders.settings_file(), br#"{"tesseract": "no-such-tesseract"}"#);
        let diagnosis = Diagnosis::examine(&folders, &Environment::with(dir.path(), &[]), None, false);
        let tesseract = line(&diagnosis, "tesseract");
        assert_eq!(tesseract.state, CheckState::Warning);
        assert!(tesseract.advice.as_ref().unwrap().contains("apt-get install tesseract-ocr"), "{tesseract:?}");
        let page = diagnosis.text();
        assert!(page.contains("\nwarning  tesseract "), "{page}");
        assert!(page.contains("→ on Debian or Ubuntu: apt-get install tesseract-ocr"), "{page}");
    }

    #[test]
    fn folder_that_cannot_be_written_is_a_warning() {
        let dir = tempfile::tempdir().unwrap();
        // A file where a folder would have to be made, for root too.
        std::fs::write(dir.path().join("data"), b"a file").unwrap();
        let folders = Folders::below(dir.path());
        let diagnosis = Diagnosis::examine(&folders, &Environment::with(dir.path(), &[]), None, false);
        assert_eq!(line(&diagnosis, "data folder").state, CheckState::Warning);
        assert_eq!(line(&diagnosis, "cache folder").state, CheckState::Ok);
        assert_eq!(diagnosis.warnings, diagnosis.checks.iter().filter(|check| check.advice.is_some()).count());
    }
}
