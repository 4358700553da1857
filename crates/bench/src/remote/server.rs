//! A small web server over a folder, for measuring: HTTP/1.1 with connections that stay open, ranges,
//! ETags, a page that links to the files of a folder, and index files beside shards if they are
//! wanted. Counts what it sends. Serves this machine only.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::UNIX_EPOCH;

use parking_lot::Mutex;
use serde_json::json;
use tilejury_data::ShardIndex;

/// Bytes that are copied at once.
const COPY_BYTES: usize = 64 << 10;
/// The longest line of a request.
const LINE_UP_TO: u64 = 16 << 10;

/// A request that was answered with content.
#[derive(Clone, Debug)]
pub(super) struct Served {
    /// The path below the folder.
    pub(super) path: String,
    /// The bytes of the file that were sent; empty for an answer without content.
    pub(super) range: Range<u64>,
}

/// The server; it ends when it is dropped.
pub(super) struct FileServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    folder: PathBuf,
    /// The only folder in it that is served.
    set: String,
    /// Index files by their paths below the folder, in the form of `hfutils`.
    indexes: BTreeMap<String, Vec<u8>>,
    offers_indexes: AtomicBool,
    served: Mutex<Vec<Served>>,
    requests: AtomicUsize,
    /// Every so many requests, one is answered with 503; never if 0.
    busy_every: AtomicUsize,
    stopped: AtomicBool,
}

impl FileServer {
    /// Starts to serve the folder `set` of a folder, a dataset, on a free port.
    ///
    /// # Errors
    /// If there is no port, or a shard cannot be indexed.
    pub(super) fn start(folder: &Path, set: &str) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let shared = Arc::new(Shared {
            folder: folder.to_owned(),
            indexes: indexes(folder, set)?,
            set: set.to_owned(),
            offers_indexes: AtomicBool::new(false),
            served: Mutex::default(),
            requests: AtomicUsize::new(0),
            busy_every: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        });
        let address = listener.local_addr()?;
        let own = shared.clone();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                if own.stopped.load(Ordering::Relaxed) {
                    return;
                }
                let own = own.clone();
                // A connection that breaks concerns only its client.
                thread::spawn(move || _ = own.talk(&connection));
            }
        });
        Ok(Self { address, shared })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets whether index files lie beside the shards.
    pub(super) fn offer_indexes(&self, offers: bool) {
        self.shared.offers_indexes.store(offers, Ordering::Relaxed);
    }

    /// Sets that one of so many requests is answered with 503; 0 for none.
    pub(super) fn busy_every(&self, requests: usize) {
        self.shared.busy_every.store(requests, Ordering::Relaxed);
    }

    /// Returns the requests since the last call.
    pub(super) fn take_served(&self) -> Vec<Served> {
        std::mem::take(&mut self.shared.served.lock())
    }

    /// The number of requests so far.
    pub(super) fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::Relaxed)
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address);
    }
}

/// A request as far as it matters.
struct Request {
    is_head: bool,
    path: String,
    headers: HashMap<String, String>,
}

/// The content of an answer.
enum Content {
    File(File, u64),
    Bytes(Vec<u8>),
}

impl Content {
    fn len(&self) -> u64 {
        match self {
            Self::File(_, len) => *len,
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
        let Some((mut content, e_tag, kind)) = self.content(&request.path) else {
            self.note(&request.path, 0..0);
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
            self.note(&request.path, 0..0);
            return Ok(());
        }
        self.note(&request.path, range.clone());
        match &mut content {
            Content::Bytes(bytes) => to.write_all(&bytes[range.start as usize..range.end as usize]),
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
        Some((Content::File(File::open(file).ok()?, metadata.len()), e_tag, "application/octet-stream"))
    }

    /// The page of a folder, with links to its files.
    fn page(&self, path: &str, folder: &Path) -> String {
        let names = folder.read_dir().into_iter().flatten().flatten().map(|entry| {
            let slash = if entry.path().is_dir() { "/" } else { "" };
            format!("{}{slash}", entry.file_name().to_string_lossy())
        });
        let mut names: Vec<String> = names.collect();
        if self.offers_indexes.load(Ordering::Relaxed) {
            let own = self.indexes.keys().filter_map(|index| {
                let (parent, name) = index.rsplit_once('/').unwrap_or(("", index));
                (parent == path.trim_end_matches('/')).then(|| name.to_owned())
            });
            names.extend(own);
        }
        names.sort();
        names.iter().map(|name| format!("<a href=\"{name}\">{name}</a>\n")).collect()
    }
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

/// Reads the next request of a connection; `None` at its end.
fn read_request(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let line = read_line(reader)?;
    let mut words = line.split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
    let mut headers = HashMap::new();
    loop {
        let line = read_line(reader)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let path = decoded(target.split('?').next().unwrap_or_default().trim_start_matches('/'));
    Ok(Some(Request { is_head: method == "HEAD", path, headers }))
}

fn read_line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    reader.take(LINE_UP_TO).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

/// A path without its `%XX`.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.get(..2).and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        (bytes, rest) = match code.filter(|_| *first == b'%') {
            Some(code) => ([bytes, vec![code]].concat(), &after[2..]),
            None => ([bytes, vec![*first]].concat(), after),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The range of a `Range` header within a length; `None` if it is outside.
fn range(value: &str, len: u64) -> Option<Range<u64>> {
    let (first, last) = value.strip_prefix("bytes=")?.split_once('-')?;
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) => first..last.saturating_add(1).min(len),
        (Ok(first), Err(_)) => first..len,
        (Err(_), Ok(last)) => len.saturating_sub(last)..len,
        (Err(_), Err(_)) => return None,
    };
    (range.start < range.end).then_some(range)
}

fn head(mut to: impl Write, status: &str, len: u64, fields: &str) -> io::Result<()> {
    to.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: {len}\r\n{fields}\r\n").as_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn ranges_are_cut_at_the_end() {
        assert_eq!(range("bytes=2-4", 10), Some(2..5));
        assert_eq!(range("bytes=2-99", 10), Some(2..10));
        assert_eq!(range("bytes=7-", 10), Some(7..10));
        assert_eq!(range("bytes=-3", 10), Some(7..10));
        assert_eq!((range("bytes=10-", 10), range("bytes=x", 10)), (None, None));
    }

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
