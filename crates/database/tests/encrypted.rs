//! Encrypted connections: which certificates are trusted, by the setting of the address.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

mod common;

use common::parsed;
use tilejury_database::{init, status};
use tilejury_testkit::servers::certificates::{make_authority, make_certificates};
use tilejury_testkit::servers::postgresql::Postgresql;
use tilejury_testkit::servers::skip;

#[test]
fn a_certificate_is_trusted_as_the_address_asks() {
    let dir = tempfile::tempdir().unwrap();
    if !(make_certificates(dir.path(), &["DNS:db.invalid"]) && make_authority(dir.path(), "other")) {
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
