//! A Hub of a few lines for pictures of datasets at an address: one repository, with the faults
//! that the pictures show. Listens on this machine only.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::Result;
use crate::loopback::{Request, listen};

/// The only commit of the repository.
const COMMIT: &str = "4f0c1e8a7b2d93c65a1f0e9d8c7b6a5f4e3d2c1b";
/// The seconds for which a Hub that limits requests refuses the next one.
const LIMITED_FOR: u32 = 120;

/// The behaviour of the Hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Everything is sent.
    Sends,
    /// Of each split, two fifths are sent, and the rest when the behaviour changes.
    SendsPartOfSplits,
    /// Requests for files are too many.
    Limits,
    /// Connections are closed without an answer.
    IsDown,
}

/// A running Hub. It listens until the process ends.
pub(crate) struct Hub {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    files: PathBuf,
    behaviour: AtomicU8,
}

impl Shared {
    fn is(&self, behaviour: Behaviour) -> bool {
        self.behaviour.load(Ordering::SeqCst) == behaviour as u8
    }
}

impl Hub {
    /// The repository on the Hub.
    pub(crate) const ADDRESS: &'static str = "hf://datasets/example/screenshots";

    /// Starts a Hub with the files of a folder.
    ///
    /// # Errors
    /// If there is no port.
    pub(crate) fn start(files: &Path) -> Result<Self> {
        let shared = Arc::new(Shared { files: files.to_owned(), behaviour: AtomicU8::new(Behaviour::Sends as u8) });
        let of_thread = shared.clone();
        let port = listen(move |request, stream| answer(&of_thread, request, stream))?;
        Ok(Self { port, shared })
    }

    /// The value of `HF_ENDPOINT` that leads here.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Changes the behaviour.
    pub(crate) fn set(&self, behaviour: Behaviour) {
        self.shared.behaviour.store(behaviour as u8, Ordering::SeqCst);
    }
}

/// Answers the only request of a connection.
fn answer(shared: &Shared, request: &Request, stream: &TcpStream) -> std::io::Result<()> {
    if shared.is(Behaviour::IsDown) {
        return Ok(());
    }
    let range = request.header("range").and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    let range = range.map(|(from, to)| (from.parse::<usize>().unwrap_or(0), to.parse::<usize>().unwrap_or(usize::MAX)));
    let path = request.path.as_str();
    let file = path.split_once(&format!("/resolve/{COMMIT}/")).map(|(_, file)| shared.files.join(file));
    let (status, headers, body) = match (&file, path.split_once(&format!("/tree/{COMMIT}"))) {
        (Some(_), _) if shared.is(Behaviour::Limits) => {
            ("429 Too Many Requests", format!("Retry-After: {LIMITED_FOR}\r\n"), Vec::new())
        }
        (Some(file), _) => match (fs::read(file), range) {
            (Err(_), _) => ("404 Not Found", String::new(), Vec::new()),
            (Ok(bytes), None) => ("200 OK", String::new(), bytes),
            (Ok(bytes), Some((from, to))) => {
                let (len, end) = (bytes.len(), to.saturating_add(1).min(bytes.len()));
                let part = bytes.get(from..end).unwrap_or_default().to_vec();
                ("206 Partial Content", format!("Content-Range: bytes {from}-{}/{len}\r\n", end.max(1) - 1), part)
            }
        },
        (None, Some((_, folder))) => ("200 OK", String::new(), list(&shared.files, folder.trim_matches('/'))),
        (None, None) => ("200 OK", String::new(), json!({"sha": COMMIT}).to_string().into_bytes()),
    };
    let mut stream = stream;
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}Connection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes())?;
    let is_split = file.is_some_and(|file| file.extension().is_some_and(|ending| ending == "jsonl"));
    let first = if is_split && shared.is(Behaviour::SendsPartOfSplits) { body.len() * 2 / 5 } else { body.len() };
    stream.write_all(&body[..first])?;
    stream.flush()?;
    while first < body.len() && shared.is(Behaviour::SendsPartOfSplits) {
        thread::sleep(Duration::from_millis(20));
    }
    stream.write_all(&body[first..])
}

/// The list of a folder, as a Hub writes it.
fn list(files: &Path, folder: &str) -> Vec<u8> {
    let entries = files.join(folder).read_dir().into_iter().flatten().flatten();
    let entry = |entry: fs::DirEntry| {
        let path = entry.path();
        let below = path.strip_prefix(files).unwrap_or(&path).to_string_lossy().into_owned();
        match entry.metadata() {
            Ok(meta) if meta.is_file() => {
                json!({"type": "file", "path": below, "size": meta.len(), "oid": format!("{:040x}", meta.len())})
            }
            _ => json!({"type": "directory", "path": below}),
        }
    };
    json!(entries.map(entry).collect::<Vec<_>>()).to_string().into_bytes()
}
