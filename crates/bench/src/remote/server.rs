//! A small web server over a folder, for measuring: HTTP/1.1 with connections that stay open,
//! ranges, ETags, a page that links to the files of a folder, and index files beside shards if they
//! are wanted. It is a Hub and a bucket for the same files too. Counts what it sends. Serves this
//! machine only.

mod bucket;
mod hub;
mod request;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::UNIX_EPOCH;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tilejury_data::ShardIndex;

use super::shape::Shape;
use crate::port::Port;
use hub::ATTRIBUTES;
pub(super) use hub::OWNER;
use request::{Request, head, range, read_request};

/// Bytes that are copied at once.
const COPY_BYTES: usize = 64 << 10;
/// Bytes of a shard that are made at once: some tiles.
const MAKE_BYTES: u64 = 4 << 20;

/// A request that was answered with content.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Served {
    /// The path below the folder.
    pub path: String,
    /// The bytes of the file that were sent; empty for an answer without content.
    pub range: Range<u64>,
}

/// The server; it ends when it is dropped.
pub struct FileServer {
    port: Port,
    shared: Arc<Shared>,
}

struct Shared {
    folder: PathBuf,
    /// The only folder in it that is served.
    set: String,
    /// Index files by their paths below the folder, in the form of `hfutils`.
    indexes: BTreeMap<String, Vec<u8>>,
    /// The contents of the shards, if those in the folder are only partly there.
    shape: Option<Arc<Shape>>,
    /// The origin of the host that a Hub leads to for its files.
    files_at: Mutex<String>,
    offers_indexes: AtomicBool,
    served: Mutex<Vec<Served>>,
    requests: AtomicUsize,
    /// Every so many requests, one is answered with 503; never if 0.
    busy_every: AtomicUsize,
    stopped: Arc<AtomicBool>,
}

impl FileServer {
    /// Starts to serve the folder `set` of a folder, a dataset, on a free port.
    ///
    /// # Errors
    /// If there is no port, or a shard cannot be indexed.
    pub fn start(folder: &Path, set: &str) -> io::Result<Self> {
        Self::start_with(folder, set, None)
    }

    /// Starts to serve as [`Self::start`] does, with the shards of a shape.
    pub(super) fn start_with(folder: &Path, set: &str, shape: Option<Arc<Shape>>) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            folder: folder.to_owned(),
            indexes: indexes(folder, set)?,
            set: set.to_owned(),
            shape,
            files_at: Mutex::default(),
            offers_indexes: AtomicBool::new(false),
            served: Mutex::default(),
            requests: AtomicUsize::new(0),
            busy_every: AtomicUsize::new(0),
            stopped: Arc::default(),
        });
        let own = shared.clone();
        let port = Port::open(shared.stopped.clone(), move |connection| own.talk(connection))?;
        Ok(Self { port, shared })
    }

    /// Where it listens on this machine.
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// Sets the origin that the Hub leads to for its files.
    pub(super) fn lead_files_to(&self, origin: String) {
        *self.shared.files_at.lock() = origin;
    }

    /// Sets whether index files lie beside the shards.
    pub fn offer_indexes(&self, offers: bool) {
        self.shared.offers_indexes.store(offers, Ordering::Relaxed);
    }

    /// Sets that one of so many requests is answered with 503; 0 for none.
    pub fn busy_every(&self, requests: usize) {
        self.shared.busy_every.store(requests, Ordering::Relaxed);
    }

    /// Returns the requests since the last call.
    pub fn take_served(&self) -> Vec<Served> {
        std::mem::take(&mut self.shared.served.lock())
    }

    /// The number of requests so far.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::Relaxed)
    }
}

/// The content of an answer.
enum Content {
    File(File, u64),
    Bytes(Vec<u8>),
    /// A shard of the shape, by its number, and its length.
    Shard(usize, u64),
}

impl Content {
    fn len(&self) -> u64 {
        match self {
            Self::File(_, len) | Self::Shard(_, len) => *len,
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }
}

impl Shared {
    fn talk(&self, connection: &TcpStream) -> io::Result<()> {
        connection.set_nodelay(true)?;
        let mut reader = BufReader::new(connection);
        while let Some(request) = read_request(&mut reader)? {
            self.answer(&request, connection)?;
            if request.headers.get("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
                break;
            }
        }
        Ok(())
    }

    fn answer(&self, request: &Request, mut to: &TcpStream) -> io::Result<()> {
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let busy_every = self.busy_every.load(Ordering::Relaxed);
        if busy_every > 0 && number.is_multiple_of(busy_every) {
            return head(to, "503 Service Unavailable", 0, "");
        }
        if let Some(answered) = self.answer_as_hub(request, to) {
            return answered;
        }
        if let Some(list) = self.list_of_bucket(request) {
            self.note(&request.path, 0..0);
            head(to, "200 OK", list.len() as u64, "Content-Type: application/xml\r\n")?;
            return to.write_all(list.as_bytes());
        }
        let path = self.path_in_cache(request).unwrap_or_else(|| request.path.clone());
        let Some((mut content, e_tag, kind)) = self.content(&path) else {
            self.note(&path, 0..0);
            return head(to, "404 Not Found", 0, "");
        };
        let len = content.len();
        let asked = request.headers.get("range").map(|value| range(value, len));
        let fields = format!("ETag: {e_tag}\r\nContent-Type: {kind}\r\nAccept-Ranges: bytes\r\n");
        let range = match asked {
            Some(None) => {
                return head(to, "416 Range Not Satisfiable", 0, &format!("Content-Range: bytes */{len}\r\n"));
            }
            Some(Some(range)) => {
                let end = range.end.saturating_sub(1);
                let fields = format!("{fields}Content-Range: bytes {}-{end}/{len}\r\n", range.start);
                head(to, "206 Partial Content", range.end - range.start, &fields)?;
                range
            }
            None => {
                head(to, "200 OK", len, &fields)?;
                0..len
            }
        };
        if request.is_head {
            self.note(&path, 0..0);
            return Ok(());
        }
        self.note(&path, range.clone());
        match &mut content {
            Content::Bytes(bytes) => to.write_all(&bytes[range.start as usize..range.end as usize]),
            Content::Shard(shard, _) => {
                let Some(shape) = &self.shape else { return Ok(()) };
                let mut at = range.start;
                while at < range.end {
                    let part = at..range.end.min(at + MAKE_BYTES);
                    to.write_all(&shape.read(*shard, &part)?)?;
                    at = part.end;
                }
                Ok(())
            }
            Content::File(file, _) => {
                file.seek(SeekFrom::Start(range.start))?;
                let (mut left, mut buffer) = (range.end - range.start, vec![0; COPY_BYTES]);
                while left > 0 {
                    let some = &mut buffer[..left.min(COPY_BYTES as u64) as usize];
                    file.read_exact(some)?;
                    to.write_all(some)?;
                    left -= some.len() as u64;
                }
                Ok(())
            }
        }
    }

    fn note(&self, path: &str, range: Range<u64>) {
        self.served.lock().push(Served { path: path.to_owned(), range });
    }

    /// Returns the content at a path with its ETag and type.
    fn content(&self, path: &str) -> Option<(Content, String, &'static str)> {
        let mut parts = path.split('/');
        if parts.next() != Some(&self.set) || parts.any(|part| part == "..") {
            return None;
        }
        let offers = self.offers_indexes.load(Ordering::Relaxed);
        if path.strip_suffix(ATTRIBUTES.0).is_some_and(|folder| folder.trim_end_matches('/') == self.set) {
            return Some((Content::Bytes(ATTRIBUTES.1.to_vec()), "\"attributes\"".to_owned(), "text/plain"));
        }
        if let Some(bytes) = self.indexes.get(path).filter(|_| offers) {
            return Some((Content::Bytes(bytes.clone()), format!("\"{}\"", bytes.len()), "application/json"));
        }
        let file = self.folder.join(path);
        let metadata = file.metadata().ok()?;
        if metadata.is_dir() {
            let page = Content::Bytes(self.page(path, &file).into_bytes());
            return Some((page, "\"page\"".to_owned(), "text/html"));
        }
        let age = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos();
        let e_tag = format!("\"{age:x}-{:x}\"", metadata.len());
        let number = file.extension().filter(|extension| *extension == "tar").and_then(|_| shard_number(&file));
        let content = match number.filter(|_| self.shape.is_some()) {
            Some(shard) => Content::Shard(shard, metadata.len()),
            None => Content::File(File::open(file).ok()?, metadata.len()),
        };
        Some((content, e_tag, "application/octet-stream"))
    }

    /// The page of a folder, with links to its files.
    fn page(&self, path: &str, folder: &Path) -> String {
        let names = folder.read_dir().into_iter().flatten().flatten().map(|entry| {
            let slash = if entry.path().is_dir() { "/" } else { "" };
            format!("{}{slash}", entry.file_name().to_string_lossy())
        });
        let mut names: Vec<String> = names.collect();
        names.extend(self.offered_indexes(path.trim_end_matches('/')).map(|(name, _)| name.to_owned()));
        names.sort();
        names.iter().map(|name| format!("<a href=\"{name}\">{name}</a>\n")).collect()
    }

    /// The index files of a folder that are offered now, by their names.
    fn offered_indexes<'s>(&'s self, folder: &'s str) -> impl Iterator<Item = (&'s str, &'s Vec<u8>)> {
        let offers = self.offers_indexes.load(Ordering::Relaxed);
        self.indexes.iter().filter(move |_| offers).filter_map(move |(path, bytes)| {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            (parent == folder).then_some((name, bytes))
        })
    }
}

fn shard_number(file: &Path) -> Option<usize> {
    file.file_stem()?.to_str()?.strip_prefix("shard_")?.parse().ok()
}

/// The indexes of all shards of a dataset, by the paths of their files.
fn indexes(above: &Path, set: &str) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for folder in [format!("{set}/image_shards"), set.to_owned()] {
        for entry in above.join(&folder).read_dir().into_iter().flatten().flatten() {
            let file = entry.path();
            if file.extension().is_none_or(|extension| extension != "tar") {
                continue;
            }
            let index = ShardIndex::scan(&file)?;
            let members = index.paths().filter_map(|path| Some((path.to_string(), index.get(path)?)));
            let files: BTreeMap<String, _> =
                members.map(|(name, member)| (name, json!({"offset": member.offset, "size": member.size}))).collect();
            let body = json!({"filesize": file.metadata()?.len(), "files": files}).to_string();
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            found.insert(format!("{folder}/{name}.json"), body.into_bytes());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn a_connection_stays_open_and_requests_are_counted() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("set")).unwrap();
        std::fs::write(dir.path().join("set/a b.txt"), "0123456789").unwrap();
        let server = FileServer::start(dir.path(), "set").unwrap();
        let mut connection = TcpStream::connect(server.address()).unwrap();
        let mut ask = |request: &str, until: &str| {
            connection.write_all(request.as_bytes()).unwrap();
            let (mut answer, mut byte) = (String::new(), [0]);
            while !answer.ends_with(until) {
                connection.read_exact(&mut byte).unwrap();
                answer.push(byte[0] as char);
            }
            answer
        };
        let answer = ask("GET /set/a%20b.txt HTTP/1.1\r\nRange: bytes=2-4\r\n\r\n", "234");
        assert!(answer.starts_with("HTTP/1.1 206") && answer.contains("Content-Range: bytes 2-4/10"), "{answer}");
        assert!(ask("GET /set/ HTTP/1.1\r\n\r\n", "</a>\n").contains("<a href=\"a b.txt\">"));
        assert!(ask("GET /set/../x HTTP/1.1\r\n\r\n", "\r\n\r\n").contains("404"));
        let served = server.take_served();
        assert_eq!((served.len(), served[0].range.clone(), server.requests()), (3, 2..5, 3));
    }
}
