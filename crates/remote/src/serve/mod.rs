//! `tilejury serve`: a set on this machine, offered over HTTP to the people who judge it elsewhere.
//! Read only, except for the folder of judgements, which takes whole new files.
//!
//! Every request needs the token. Nothing but the files of the set is served, and whatever a client
//! sends is bounded: sizes, rates, connections, times. Reads no environment and prints nothing.

mod answers;
mod connections;
mod files;
mod judgements;
mod limits;
mod listening;
mod open_files;
mod places;
mod ranges;
mod routes;
mod small_tile;
mod stamp;
mod tls;
mod token;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tilejury_data::Dataset;
use tilejury_network::{spawn, wait};
use tokio::sync::watch;

pub use judgements::{JudgementFiles, Refusal};
pub use limits::Rates;
pub use listening::{ListenError, listen};
pub use tls::Certificate;
pub(crate) use token::{REALM, id_of};
pub use token::{ServeToken, TokenError};

use files::Files;
use judgements::Judgements;
use limits::Limits;
use places::Connections;

/// The header of every answer, by which a client knows such a server.
pub(crate) const MARK: &str = "tilejury-serve";
/// The folder of all that is no file of the set.
pub(crate) const OWN: &str = ".tilejury";
/// The most bytes of a file of judgements that is sent here.
pub(crate) const JUDGEMENTS_UP_TO_BYTES: usize = 64 << 20;
/// The time for answers that are under way when the server ends.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

/// The set to serve, and the conditions.
pub struct ServeOptions {
    /// The set on this machine.
    pub dataset: Dataset,
    /// The last part of its address.
    pub name: String,
    /// The secret of those who may read it.
    pub token: ServeToken,
    /// The folder of judgements.
    pub judgements: Arc<dyn JudgementFiles>,
    /// The certificate, for `https`.
    pub certificate: Option<Certificate>,
    /// The requests that are answered in a second.
    pub rates: Rates,
    /// Whether files are served that are links to places outside of the folder.
    pub follows_links: bool,
}

/// The files that a server offers, for the person who started it.
#[derive(Clone, Debug)]
pub struct ServedSet {
    /// The number of files.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// The files that are left out because they are links to places outside of the folder.
    pub left_out: Vec<PathBuf>,
}

/// All that requests share.
pub(crate) struct Shared {
    name: String,
    token: ServeToken,
    files: Arc<Files>,
    dataset: Arc<Dataset>,
    judgements: Judgements,
    limits: Limits,
    connections: Connections,
    /// Becomes `true` when the server ends.
    ending: watch::Receiver<bool>,
}

/// Returns when a server ends.
pub(crate) async fn ended(mut ending: watch::Receiver<bool>) {
    let _ = ending.wait_for(|is_over| *is_over).await;
}

/// A running server. Dropping it ends it, as [`Serving::end`] does.
pub struct Serving {
    address: SocketAddr,
    is_secure: bool,
    name: String,
    served: ServedSet,
    shared: Arc<Shared>,
    end: watch::Sender<bool>,
}

impl Serving {
    /// Serves a set through a socket that listens already.
    ///
    /// # Errors
    /// If the files of the set cannot be listed, or the certificate cannot be used.
    pub fn start(listener: TcpListener, options: ServeOptions) -> io::Result<Self> {
        open_files::raise_limit();
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let acceptor = options.certificate.map(|certificate| tls::acceptor(&certificate)).transpose()?;
        let files = Files::of(&options.dataset, options.follows_links)?;
        let served = files.summary();
        let (end, ending) = watch::channel(false);
        let shared = Arc::new(Shared {
            name: options.name.clone(),
            token: options.token,
            files: Arc::new(files),
            dataset: Arc::new(options.dataset),
            judgements: Judgements::new(options.judgements),
            limits: Limits::new(options.rates),
            connections: Connections::default(),
            ending,
        });
        let is_secure = acceptor.is_some();
        // The socket belongs to the runtime, so it is handed over inside of it.
        let listener = wait(async { tokio::net::TcpListener::from_std(listener) })??;
        spawn(connections::accept(listener, shared.clone(), acceptor))?;
        Ok(Self { address, is_secure, name: options.name, served, shared, end })
    }

    /// The address of the socket.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of the set for the people who open it, without the token.
    pub fn url(&self) -> String {
        let scheme = if self.is_secure { "https" } else { "http" };
        format!("{scheme}://{}/{}", self.address, percent_encoding::utf8_percent_encode(&self.name, NAME))
    }

    /// The files that are served.
    pub fn served(&self) -> &ServedSet {
        &self.served
    }

    /// The number of connections now.
    pub fn connections(&self) -> usize {
        self.shared.connections.count()
    }

    /// Ends the server: it takes no further connection, and answers what is under way for a short
    /// time. Blocks until then.
    pub fn end(&self) {
        let _ = self.end.send(true);
        let began = Instant::now();
        while self.shared.connections.count() > 0 && began.elapsed() < ENDS_WITHIN {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.end();
    }
}

/// The characters of a name that an address writes otherwise.
const NAME: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
