//! The async runtime of the program: two threads that do all requests. Its
//! callers see functions that block.

use std::future::Future;
use std::io;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();

fn runtime() -> io::Result<&'static Runtime> {
    let start = || {
        // A second provider is no error: some other part of the process chose first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("network").enable_all().build();
        runtime.map_err(|error| error.to_string())
    };
    RUNTIME.get_or_init(start).as_ref().map_err(|error| io::Error::other(error.clone()))
}

/// Starts a future that nobody waits for.
///
/// # Errors
/// If the runtime cannot start its threads.
pub fn spawn(future: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    runtime()?.spawn(future);
    Ok(())
}

/// Runs a future to its end on the calling thread, with the runtime's clock and sockets.
///
/// # Errors
/// If the runtime cannot start its threads.
pub fn wait<F: Future>(future: F) -> io::Result<F::Output> {
    Ok(runtime()?.block_on(future))
}
