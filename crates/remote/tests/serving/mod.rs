//! A server of `tilejury serve` with a small dataset, and raw requests to it through real sockets.

#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses a part; a failed unwrap is a failed test")]

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tilejury_data::Dataset;
use tilejury_data::progress::NoProgress;
use tilejury_remote::serve::{Certificate, JudgementFiles, Rates, Refusal, ServeOptions, ServeToken, Serving};
use tilejury_remote::{Access, Address, OpenedSet, RemoteError, open};
use tilejury_testkit::Set;

pub(crate) const SHARD: &str = "image_shards/shard_000.tar";
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// Files of judgements in memory. A name that begins with `bad` is refused, and one that begins
/// with `full` finds a full disk.
#[derive(Default)]
pub(crate) struct Memory(pub(crate) Mutex<BTreeMap<String, Vec<u8>>>);

impl JudgementFiles for Memory {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.0.lock().unwrap().keys().cloned().collect())
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, Refusal> {
        self.0.lock().unwrap().get(name).cloned().ok_or(Refusal::NotFound)
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<(), Refusal> {
        if name.starts_with("bad") {
            return Err(Refusal::NotAllowed("it is none of judgements".to_owned()));
        }
        if name.starts_with("full") {
            return Err(Refusal::Failed(io::Error::from(io::ErrorKind::StorageFull)));
        }
        self.0.lock().unwrap().entry(name.to_owned()).or_insert_with(|| content.to_owned());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), Refusal> {
        self.0.lock().unwrap().remove(name).map(drop).ok_or(Refusal::NotFound)
    }
}

pub(crate) struct Served {
    pub(crate) serving: Serving,
    pub(crate) judgements: Arc<Memory>,
    pub(crate) files: PathBuf,
    pub(crate) folder: TempDir,
}

impl Served {
    pub(crate) fn start() -> Self {
        Self::start_with(|_| {}, |_| {})
    }

    /// Serves a dataset of twelve rows in two shards, after changes of its folder and the options.
    pub(crate) fn start_with(add: impl FnOnce(&std::path::Path), change: impl FnOnce(&mut ServeOptions)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = Set::plain(12, 5).write(&folder.path().join("my set"));
        std::fs::write(folder.path().join("secret.jsonl"), "secret").unwrap();
        add(&files);
        let judgements = Arc::new(Memory::default());
        let mut options = ServeOptions {
            dataset: Dataset::open(&files).unwrap(),
            name: "my set".to_owned(),
            token: TOKEN.parse::<ServeToken>().unwrap(),
            judgements: judgements.clone(),
            certificate: None::<Certificate>,
            rates: Rates::of_client(1e5),
            follows_links: false,
        };
        change(&mut options);
        let serving = Serving::start(TcpListener::bind(("127.0.0.1", 0)).unwrap(), options).unwrap();
        Self { serving, judgements, files, folder }
    }

    /// Access with the token.
    pub(crate) fn access(&self) -> Access {
        let mut access = Access::anonymous(self.folder.path().join("cache"));
        let origin = format!("http://{}", self.serving.address());
        access.serve_tokens.insert(origin, TOKEN.to_owned());
        access
    }

    pub(crate) fn address(&self) -> Address {
        self.serving.url().parse().unwrap()
    }

    pub(crate) fn open(&self) -> Result<OpenedSet, RemoteError> {
        open(&self.address(), &self.access(), &NoProgress)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.serving.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    /// Sends bytes on a new connection, and reads until the server closes it.
    pub(crate) fn raw(&self, request: &[u8]) -> Vec<u8> {
        let mut stream = self.connect();
        // The server may refuse before it has read all.
        let _ = stream.write_all(request);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    }

    /// Sends a request with the token; `head` has its first line and its headers.
    pub(crate) fn ask(&self, head: &str, body: &[u8]) -> Answer {
        let (line, headers) = head.split_once('\n').unwrap_or((head, ""));
        let headers: String = headers.lines().map(|header| format!("{}\r\n", header.trim())).collect();
        let length = if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
        let head = format!(
            "{line} HTTP/1.1\r\nhost: here\r\nauthorization: Bearer {TOKEN}\r\nconnection: close\r\n{length}{headers}\r\n"
        );
        Answer::of(&self.raw(&[head.as_bytes(), body].concat()))
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), b"")
    }
}

/// An answer of the server.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn of(answer: &[u8]) -> Self {
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(answer.len());
        let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, head, body: answer.get(end + 4..).unwrap_or_default().to_vec() }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }
}
