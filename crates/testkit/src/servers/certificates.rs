//! Certificates for servers of tests, made by `openssl`: an authority, and a certificate of it for
//! this machine. Starts no server.

use std::path::Path;
use std::process::{Command, Stdio};

/// New keys on a short curve.
const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256";

/// Makes an authority (`authority.pem`), and a certificate of it (`server.pem`, `server.key`) for
/// this machine's number and for further names, such as `DNS:host`. Returns whether there is an
/// `openssl` that made them.
///
/// # Panics
/// If the folder cannot be written.
#[allow(clippy::expect_used, reason = "a folder that cannot be written fails the test")]
pub fn make_certificates(folder: &Path, further_names: &[&str]) -> bool {
    let names = [&["IP:127.0.0.1"], further_names].concat().join(",");
    std::fs::write(folder.join("names"), format!("subjectAltName={names}\n")).expect("the folder can be written");
    make_authority(folder, "authority")
        && openssl(folder, &format!("req -new {KEY} -subj /CN=server -keyout server.key -out server.csr"))
        && openssl(
            folder,
            "x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 30 -sha256 \
             -extfile names -out server.pem",
        )
}

/// Makes an authority with a name. Returns whether there is an `openssl` that made it.
pub fn make_authority(folder: &Path, name: &str) -> bool {
    openssl(folder, &format!("req -x509 {KEY} -days 30 -subj /CN={name} -keyout {name}.key -out {name}.pem"))
}

fn openssl(folder: &Path, arguments: &str) -> bool {
    let arguments = arguments.split(' ').filter(|argument| !argument.is_empty());
    let run = Command::new("openssl").args(arguments).current_dir(folder).stderr(Stdio::null()).status();
    run.is_ok_and(|status| status.success())
}
