//! Credentials from the AWS CLI, for profiles with a login (SSO), a role or a program of their own:
//! `aws configure export-credentials`. Asked again shortly before they expire.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use object_store::CredentialProvider;
use object_store::aws::AwsCredential;
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::error::Failure;

/// The longest time that the program may take. It may have to ask a server in turn.
const UP_TO: Duration = Duration::from_secs(60);
/// The pause between two looks whether the program has ended.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Credentials with less time left than this are replaced.
const LEAST_LEFT: jiff::SignedDuration = jiff::SignedDuration::from_secs(300);
/// The most characters of the program's own message that are shown.
const MESSAGE_UP_TO: usize = 300;

/// The credentials of one profile.
pub(super) struct CliCredentials {
    program: PathBuf,
    profile: String,
    held: Mutex<Option<Held>>,
}

struct Held {
    credential: Arc<AwsCredential>,
    /// `None` if they do not expire.
    expires: Option<Timestamp>,
}

/// The form `process` of the AWS CLI.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Exported {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expiration: Option<String>,
}

impl fmt::Debug for CliCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CliCredentials").field("profile", &self.profile).finish_non_exhaustive()
    }
}

impl CliCredentials {
    pub(super) fn new(program: &Path, profile: &str) -> Self {
        Self { program: program.to_owned(), profile: profile.to_owned(), held: Mutex::default() }
    }

    async fn credential(&self) -> Result<Arc<AwsCredential>, Failure> {
        let mut held = self.held.lock().await;
        let lasts = |held: &Held| held.expires.is_none_or(|at| at.duration_since(Timestamp::now()) > LEAST_LEFT);
        if let Some(held) = held.as_ref().filter(|held| lasts(held)) {
            return Ok(held.credential.clone());
        }
        let (program, profile) = (self.program.clone(), self.profile.clone());
        let exported = tokio::task::spawn_blocking(move || export(&program, &profile)).await;
        let exported = exported.map_err(|error| Failure::Other(error.to_string()))??;
        Ok(held.insert(exported).credential.clone())
    }
}

#[async_trait]
impl CredentialProvider for CliCredentials {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let failed = |failure| object_store::Error::Generic { store: "S3", source: Box::new(failure) };
        self.credential().await.map_err(failed)
    }
}

/// Runs the program. Blocks until it ends.
fn export(program: &Path, profile: &str) -> Result<Held, Failure> {
    let mut command = Command::new(program);
    command.args(["configure", "export-credentials", "--format", "process", "--profile", profile]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.map_err(|_| {
        Failure::Other(format!(
            "the profile “{profile}” gets its credentials by a login or a role, for which the AWS CLI is needed; \
             install it, or set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
        ))
    })?;
    let refused = |reason: &str| {
        Failure::Other(format!("the AWS CLI gives no credentials for the profile “{profile}”: {reason}"))
    };
    let (is_success, output, message) = ended(child).map_err(|reason| refused(&reason))?;
    if !is_success && message.contains("nvalid choice") {
        return Err(refused("this version of it cannot; install version 2"));
    }
    if !is_success {
        let line = message.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("it says no reason");
        return Err(refused(&line.chars().take(MESSAGE_UP_TO).collect::<String>()));
    }
    // An error of the parser could quote a value.
    let unreadable = || refused("its answer is not of the known form; update it");
    let exported: Exported = serde_json::from_str(&output).map_err(|_| unreadable())?;
    let expires = exported.expiration.as_deref().map(str::parse).transpose().map_err(|_| unreadable())?;
    let credential = AwsCredential {
        key_id: exported.access_key_id,
        secret_key: exported.secret_access_key,
        token: exported.session_token.filter(|token| !token.is_empty()),
    };
    Ok(Held { credential: Arc::new(credential), expires })
}

/// Waits for a program with short output: whether it succeeded, its output and its messages.
fn ended(mut child: Child) -> Result<(bool, String, String), String> {
    let begun = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => break status,
            None if begun.elapsed() > UP_TO => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it did not end within {} s", UP_TO.as_secs()));
            }
            None => thread::sleep(LOOK_EVERY),
        }
    };
    let (mut output, mut message) = (String::new(), Vec::new());
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_string(&mut output).map_err(|error| error.to_string())?;
    }
    if let Some(mut pipe) = child.stderr.take() {
        pipe.read_to_end(&mut message).map_err(|error| error.to_string())?;
    }
    Ok((status.success(), output, String::from_utf8_lossy(&message).into_owned()))
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use tilejury_network::wait;

    /// An imitation of the AWS CLI that counts its calls in a file.
    fn program(dir: &Path, script: &str) -> PathBuf {
        let file = dir.join("aws");
        fs::write(&file, format!("#!/bin/sh\necho \"$*\" >> {}/calls\n{script}\n", dir.display())).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        file
    }

    fn exported(until: &str) -> String {
        format!(
            r#"echo '{{"Version":1,"AccessKeyId":"K","SecretAccessKey":"S","SessionToken":"T","Expiration":"{until}"}}'"#
        )
    }

    fn calls(dir: &Path) -> usize {
        fs::read_to_string(dir.join("calls")).unwrap().lines().count()
    }

    #[test]
    fn credentials_are_kept_until_shortly_before_they_expire() {
        for (until, expected) in [("2999-01-01T00:00:00+00:00", 1), ("2020-01-01T00:00:00Z", 2)] {
            let dir = tempfile::tempdir().unwrap();
            let credentials = CliCredentials::new(&program(dir.path(), &exported(until)), "team");
            for _ in 0..2 {
                let credential = wait(credentials.get_credential()).unwrap().unwrap();
                assert_eq!((credential.key_id.as_str(), credential.token.as_deref()), ("K", Some("T")));
            }
            assert_eq!(calls(dir.path()), expected);
            let call = fs::read_to_string(dir.path().join("calls")).unwrap();
            assert!(call.starts_with("configure export-credentials --format process --profile team\n"), "{call}");
            assert!(!format!("{credentials:?}").contains('K'));
        }
    }

    #[test]
    fn a_refusal_is_reported_without_values() {
        let dir = tempfile::tempdir().unwrap();
        let told = |script: &str| {
            let credentials = CliCredentials::new(&program(dir.path(), script), "team");
            wait(credentials.credential()).unwrap().unwrap_err().to_string()
        };
        let refused = told("echo >&2; echo 'The SSO session has expired: run aws sso login' >&2; exit 255");
        assert!(refused.ends_with("“team”: The SSO session has expired: run aws sso login"), "{refused}");
        let old = told(
            "echo 'usage' >&2; echo 'error: Invalid choice, valid choices are:' >&2; echo 'get | set' >&2; exit 2",
        );
        assert!(old.ends_with("install version 2"), "{old}");
        let unreadable = told(r#"echo '{"AccessKeyId":"K","SecretAccessKey":["hidden"]}'"#);
        assert!(unreadable.contains("not of the known form") && !unreadable.contains("hidden"), "{unreadable}");
        let missing = CliCredentials::new(Path::new("/does/not/exist"), "team");
        let missing = wait(missing.credential()).unwrap().unwrap_err().to_string();
        assert!(missing.contains("install it"), "{missing}");
    }
}
