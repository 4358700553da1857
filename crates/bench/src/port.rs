//! A port of this machine that the servers of measurements answer on, each connection on a thread
//! of its own. Knows nothing of what is said there.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A port that connections are taken on, until it is dropped.
pub(crate) struct Port {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl Port {
    /// Opens a free port and passes each connection to `talk`. `stopped` is set when the port is
    /// dropped.
    ///
    /// # Errors
    /// If there is no port.
    pub(crate) fn open(
        stopped: Arc<AtomicBool>,
        talk: impl Fn(&TcpStream) -> io::Result<()> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = Self { address: listener.local_addr()?, stopped: stopped.clone() };
        let talk = Arc::new(talk);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let talk = talk.clone();
                // A connection that breaks concerns only its client.
                thread::spawn(move || _ = talk(&connection));
            }
        });
        Ok(port)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address);
    }
}
