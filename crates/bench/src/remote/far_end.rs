//! The far end of the simulated connection: the server and the connection itself, in a process of
//! their own, so that neither their memory nor their work counts for the program that is measured.
//! The measuring process sends it orders.

use std::env;
use std::io::{self, BufRead, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tempfile::TempDir;
use tilejury_app::folders::Folders;
use tilejury_app::serving::{ServeRequest, Server};
use tilejury_data::{Dataset, file_name};

use super::exchanges::Exchange;
use super::link::{Link, LinkSpeed};
use super::server::{FileServer, OWNER, Served};
use super::shape::Shape;
use super::{FAST, RemoteBenchOptions, local_copy};

/// The rows whose pictures are on this machine too, beyond those that are stepped through: what is
/// read ahead, and some more.
pub(super) const ROWS_AHEAD: usize = 40;

/// An order for the far end.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Order {
    Places,
    Speed { round_trip: Duration, bytes_per_second: f64 },
    OfferIndexes(bool),
    CutAfter(u64),
    BusyEvery(usize),
    Requests,
    Cuts,
    TakeServed,
    TakeExchanges,
}

/// Where the dataset is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Places {
    /// The dataset on this machine; of a made-up one, most pictures are left out.
    pub(super) here: PathBuf,
    /// Its address on a web server, over the connection.
    pub(super) web: PathBuf,
    /// Its address on a Hub, over the connection.
    pub(super) hub: PathBuf,
    /// Its address in a bucket of S3, over the connection.
    pub(super) bucket: PathBuf,
    /// Its address at `tilejury serve`, over the connection, with the token; not of a made-up one.
    pub(super) serve: Option<PathBuf>,
}

/// Starts the far end, and runs this program once more with `--far-end` as the measuring process.
/// Returns how that ended.
///
/// # Errors
/// If the dataset cannot be served, or the process cannot be started.
pub fn start(wanted: &RemoteBenchOptions<'_>) -> anyhow::Result<ExitStatus> {
    let (far, front) = FarEnd::new(wanted)?;
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let orders_at = listener.local_addr()?;
    // Ends with this process.
    thread::spawn(move || far.take_orders(&listener));
    let no_token = tempfile::tempdir()?;
    let mut measuring = Command::new(env::current_exe()?);
    measuring.args(env::args_os().skip(1)).arg("--far-end").arg(orders_at.to_string());
    measuring.env("HF_ENDPOINT", format!("http://{front}")).env("HF_HOME", no_token.path()).env_remove("HF_TOKEN");
    // Neither the settings of a person nor the service of a cloud's machine.
    let own = env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("AWS_"));
    own.for_each(|name| _ = measuring.env_remove(name));
    let nothing = no_token.path().join("nothing");
    measuring.env("AWS_CONFIG_FILE", &nothing).env("AWS_SHARED_CREDENTIALS_FILE", &nothing);
    measuring.env("AWS_ENDPOINT_URL_S3", format!("http://{front}")).env("AWS_EC2_METADATA_DISABLED", "true");
    Ok(measuring.status()?)
}

struct FarEnd {
    server: FileServer,
    link: Link,
    places: Places,
    /// The made-up dataset, if it is one.
    _made: Option<TempDir>,
    /// The server of the dataset, and the folder with its judgements.
    _serve: Option<(Server, TempDir)>,
}

impl FarEnd {
    /// Starts the server and the connection to it; returns the address of its end here.
    fn new(wanted: &RemoteBenchOptions<'_>) -> anyhow::Result<(Self, SocketAddr)> {
        let (here, shape, made) = match wanted.shards {
            0 => (Dataset::open(wanted.dataset)?.root, None, None),
            shards => {
                let shape = Shape::of(wanted.dataset, shards)?;
                let made = tempfile::tempdir()?;
                let here = made.path().join("set");
                local_copy::write(&shape, &here, wanted.steps + ROWS_AHEAD)?;
                (here, Some(Arc::new(shape)), Some(made))
            }
        };
        // The name of the folder is in the address, for the window shows it.
        let (above, name) = (here.parent().context("the dataset has no folder above it")?.to_owned(), file_name(&here));
        let server = FileServer::start_with(&above, &name, shape)?;
        let speed = LinkSpeed { round_trip: wanted.round_trip, bytes_per_second: FAST };
        let mut link = Link::start(server.address(), speed)?;
        server.lead_files_to(format!("http://{}", link.lead_to(server.address())?));
        let front = link.address();
        let web = PathBuf::from(format!("http://{front}/{name}"));
        let (mut own_server, mut serve) = (None, None);
        if made.is_none() {
            let (started, folder) = serve_set(&here)?;
            let address = started.address();
            let after = address.split_once("127.0.0.1:").map(|(_, after)| after);
            let port = after.and_then(|after| after.split('/').next()?.parse().ok());
            let port: u16 = port.context("the server has no port")?;
            let leading = link.lead_to(SocketAddr::from(([127, 0, 0, 1], port)))?;
            serve = Some(PathBuf::from(address.replace(&format!("127.0.0.1:{port}"), &leading.to_string())));
            own_server = Some((started, folder));
        }
        let hub = PathBuf::from(format!("hf://datasets/{OWNER}/{name}"));
        let bucket = PathBuf::from(format!("s3://{name}"));
        let places = Places { here, web, hub, bucket, serve };
        Ok((Self { server, link, places, _made: made, _serve: own_server }, front))
    }

    /// Carries out the orders of the measuring process.
    fn take_orders(&self, listener: &TcpListener) -> io::Result<()> {
        let (stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        while let Some(line) = lines.next().transpose()? {
            let mut answer = serde_json::to_vec(&self.carry_out(serde_json::from_str(&line)?))?;
            answer.push(b'\n');
            (&stream).write_all(&answer)?;
        }
        Ok(())
    }

    fn carry_out(&self, order: Order) -> Value {
        match order {
            Order::Places => json!(self.places),
            Order::Speed { round_trip, bytes_per_second } => {
                self.link.set_speed(LinkSpeed { round_trip, bytes_per_second });
                Value::Null
            }
            Order::OfferIndexes(offers) => {
                self.server.offer_indexes(offers);
                Value::Null
            }
            Order::CutAfter(bytes) => {
                self.link.cut_after(bytes);
                Value::Null
            }
            Order::BusyEvery(requests) => {
                self.server.busy_every(requests);
                Value::Null
            }
            Order::Requests => json!(self.server.requests()),
            Order::Cuts => json!(self.link.cuts()),
            Order::TakeServed => json!(self.server.take_served()),
            Order::TakeExchanges => json!(self.link.take_exchanges()),
        }
    }
}

/// Starts `tilejury serve` for a dataset, with a folder for its judgements.
fn serve_set(dataset: &Path) -> anyhow::Result<(Server, TempDir)> {
    let folder = tempfile::tempdir()?;
    let request = ServeRequest {
        dataset: dataset.to_owned(),
        listen: "127.0.0.1:0".to_owned(),
        token_file: None,
        judgements: Some(folder.path().join("served")),
        tls: None,
        without_tls: false,
        rate: None,
        follow_links: false,
    };
    Ok((Server::start(&request, &Folders::below(folder.path()))?, folder))
}

/// The far end, as the measuring process sees it.
pub(super) struct Orders {
    to: Mutex<(TcpStream, BufReader<TcpStream>)>,
    pub(super) places: Places,
}

impl Orders {
    /// # Errors
    /// If there is no far end at the address.
    pub(super) fn connect(to: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(to)?;
        stream.set_nodelay(true)?;
        let none = PathBuf::new;
        let nowhere = Places { here: none(), web: none(), hub: none(), bucket: none(), serve: None };
        let mut own = Self { to: Mutex::new((stream.try_clone()?, BufReader::new(stream))), places: nowhere };
        own.places = own.order(&Order::Places)?;
        Ok(own)
    }

    fn order<T: DeserializeOwned>(&self, order: &Order) -> anyhow::Result<T> {
        let mut to = self.to.lock();
        let mut line = serde_json::to_string(order)?;
        line.push('\n');
        to.0.write_all(line.as_bytes())?;
        line.clear();
        to.1.read_line(&mut line)?;
        serde_json::from_str(&line).context("the process of the server ended")
    }

    pub(super) fn set_speed(&self, round_trip: Duration, bytes_per_second: f64) -> anyhow::Result<()> {
        self.order(&Order::Speed { round_trip, bytes_per_second })
    }

    pub(super) fn offer_indexes(&self, offers: bool) -> anyhow::Result<()> {
        self.order(&Order::OfferIndexes(offers))
    }

    pub(super) fn cut_after(&self, bytes: u64) -> anyhow::Result<()> {
        self.order(&Order::CutAfter(bytes))
    }

    pub(super) fn busy_every(&self, requests: usize) -> anyhow::Result<()> {
        self.order(&Order::BusyEvery(requests))
    }

    pub(super) fn requests(&self) -> anyhow::Result<usize> {
        self.order(&Order::Requests)
    }

    pub(super) fn cuts(&self) -> anyhow::Result<u64> {
        self.order(&Order::Cuts)
    }

    pub(super) fn take_served(&self) -> anyhow::Result<Vec<Served>> {
        self.order(&Order::TakeServed)
    }

    pub(super) fn take_exchanges(&self) -> anyhow::Result<Vec<Exchange>> {
        self.order(&Order::TakeExchanges)
    }

    /// The dataset on this machine.
    pub(super) fn here(&self) -> &Path {
        &self.places.here
    }
}
