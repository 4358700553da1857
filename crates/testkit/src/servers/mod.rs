//! Servers for tests of datasets at an address. A machine without a server's program skips the
//! tests with a message, unless they are required.

pub mod certificates;
pub mod hub;
pub mod keyring;
pub mod nginx;
pub mod postgresql;
pub mod proxy;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// The environment variable; `required` means that no test may be skipped.
const VARIABLE: &str = "TILEJURY_SERVERS";
/// The time for a server to start.
const START: Duration = Duration::from_secs(20);

/// Says that a test is skipped.
///
/// # Panics
/// If it must not be.
#[allow(clippy::print_stdout, reason = "a test reports to the person who started it")]
pub fn skip(reason: &str) {
    let required = std::env::var_os(VARIABLE).is_some_and(|value| value == "required");
    assert!(!required, "the tests with servers are required ({VARIABLE}=required), but {reason}");
    println!("Skipped: a test with a server, because {reason}.");
}

/// Ports that nothing listens on.
pub fn free_ports<const COUNT: usize>() -> [u16; COUNT] {
    let listeners: [TcpListener; COUNT] =
        std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    listeners.map(|listener| listener.local_addr().expect("a port").port())
}

/// Waits until something listens on a port.
///
/// # Panics
/// If nothing does in time.
pub fn wait_for(port: u16) {
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < START, "nothing listens on port {port}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Requests a document of a server on this machine; returns its body.
pub fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    let request = format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("sending");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
}
