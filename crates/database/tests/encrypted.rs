//! Encrypted connections: which certificates are trusted, by the setting of the address.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use common::parsed;
use tilejury_database::{init, status};
use tilejury_testkit::servers::postgresql::Postgresql;
use tilejury_testkit::servers::skip;

/// Makes two authorities, and a certificate of the first for a name and this machine's number.
fn make_certificates(folder: &Path) -> bool {
    let openssl = |arguments: &str| {
        let run = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).stderr(Stdio::null()).status();
        run.is_ok_and(|status| status.success())
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256";
    fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1,DNS:db.invalid\n").unwrap();
    let authority =
        |name: &str| openssl(&format!("req -x509 {key} -days 30 -subj /CN={name} -keyout {name}.key -out {name}.pem"));
    authority("authority")
        && authority("other")
        && openssl(&format!("req -new {key} -subj /CN=server -keyout server.key -out server.csr"))
        && openssl(
            "x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 30 -sha256 \
             -extfile names -out server.pem",
        )
}

#[test]
fn a_certificate_is_trusted_as_the_address_asks() {
    let dir = tempfile::tempdir().unwrap();
    if !make_certificates(dir.path()) {
        return skip("there is no openssl");
    }
    let path = |name: &str| dir.path().join(name);
    let Some(server) = Postgresql::start(dir.path(), Some((&path("server.pem"), &path("server.key")))) else { return };
    let base = server.address("admin", "admin word");
    init(&parsed(&base), &[]).unwrap();
    let state = |settings: String| {
        let outcome = status(&parsed(&format!("{base}?{settings}")));
        outcome.map(|state| state.encrypted).map_err(|error| error.to_string())
    };
    let named = |name: &str| format!("&sslrootcert={}", path(name).display());
    assert_eq!(state("sslmode=disable".to_owned()), Ok(false));
    assert_eq!(state("sslmode=prefer".to_owned()), Ok(true));
    assert_eq!(state("sslmode=require".to_owned()), Ok(true), "encrypted, to any server");
    assert_eq!(state(format!("sslmode=verify-full{}", named("authority.pem"))), Ok(true));
    assert_eq!(state(format!("sslmode=verify-ca{}", named("authority.pem"))), Ok(true));
    for settings in [
        "sslmode=verify-full".to_owned(),
        format!("sslmode=verify-full{}", named("other.pem")),
        format!("sslmode=verify-ca{}", named("other.pem")),
        format!("sslmode=require{}", named("other.pem")),
    ] {
        let reason = state(settings.clone()).unwrap_err();
        assert!(
            reason.contains("certificate is not trusted") && reason.contains("sslrootcert"),
            "{settings}: {reason}"
        );
    }
    assert!(state(format!("sslmode=verify-full{}", named("server.key"))).unwrap_err().contains("no certificate"));
    assert!(state(format!("sslmode=verify-full{}", named("absent.pem"))).unwrap_err().contains("absent.pem"));
    // The same server by another name than those in its certificate.
    let by_name = |mode: &str| {
        let address = base.replace("127.0.0.1", "localhost");
        let settings = format!("sslmode={mode}{}", named("authority.pem"));
        status(&parsed(&format!("{address}?{settings}")))
            .map(|state| state.encrypted)
            .map_err(|error| error.to_string())
    };
    assert_eq!(by_name("verify-ca"), Ok(true));
    assert!(by_name("verify-full").unwrap_err().contains("certificate is not trusted"));
}

#[test]
fn a_server_without_encryption_is_refused_where_it_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let Some(server) = Postgresql::start(dir.path(), None) else { return };
    let address = format!("{}?sslmode=require", server.address("admin", "admin word"));
    let reason = init(&parsed(&address), &[]).unwrap_err().to_string();
    assert!(reason.contains("TLS") || reason.contains("encrypt"), "{reason}");
}
