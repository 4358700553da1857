//! The address that a server listens at, and whether that is safe: what other machines reach is
//! encrypted, unless a person accepts that it is not.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};

use thiserror::Error;

/// A reason why an address is not listened at.
#[derive(Debug, Error)]
pub enum ListenError {
    /// The text is no address, or its name is not known.
    #[error("{0} is not an address such as 127.0.0.1:7878 ({1})")]
    NoAddress(String, io::Error),
    /// Other machines reach it, and what is sent is not encrypted.
    #[error(
        "{0} can be reached from other machines, and without TLS everybody on the way can read the token and the set. \
         Listen at 127.0.0.1 and use a tunnel (ssh -L), or name --tls-cert and --tls-key, or accept it with --without-tls"
    )]
    NotSafe(String),
    /// Another program listens there.
    #[error("{0} is in use; choose another port with --listen, or any free one with --listen 127.0.0.1:0")]
    InUse(String),
    /// The system refuses.
    #[error("{0}: {1}")]
    Failed(String, io::Error),
}

/// Listens at an address that a person named. `is_safe`: what is sent is encrypted, or the person
/// accepts that it is not.
///
/// # Errors
/// When that is not possible, or not safe.
pub fn listen(named: &str, is_safe: bool) -> Result<TcpListener, ListenError> {
    let name = || named.to_owned();
    let found: Vec<SocketAddr> =
        named.to_socket_addrs().map_err(|error| ListenError::NoAddress(name(), error))?.collect();
    if !is_safe && found.iter().any(|address| !address.ip().is_loopback()) {
        return Err(ListenError::NotSafe(name()));
    }
    TcpListener::bind(&*found).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => ListenError::InUse(name()),
        _ => ListenError::Failed(name(), error),
    })
}
