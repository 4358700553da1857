//! The certificate of a server. Reads the two files that a person names.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// The files of a certificate and of its key, in the form PEM.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The certificate, and those that lead to an authority.
    pub certificates: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Reads a certificate.
pub(super) fn acceptor(certificate: &Certificate) -> io::Result<TlsAcceptor> {
    let failed = |path: &Path, reason: String| io::Error::other(format!("{}: {reason}", path.display()));
    let of_certificates = |reason: String| failed(&certificate.certificates, reason);
    let found = CertificateDer::pem_file_iter(&certificate.certificates);
    let found = found.and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = found.map_err(|error| of_certificates(error.to_string()))?;
    if found.is_empty() {
        return Err(of_certificates("there is no certificate in it".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_file(&certificate.key);
    let key = key.map_err(|error| failed(&certificate.key, error.to_string()))?;
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(found, key))
        .map_err(|error| of_certificates(error.to_string()))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
