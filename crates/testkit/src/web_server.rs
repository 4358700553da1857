//! A web server in the test's own process, which can be stopped and started again: a folder with
//! ranges and ETags, and the part of the Hub's API that lists a repository and sends its files.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::json;

/// A running or stopped server.
pub struct WebServer {
    at: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    root: PathBuf,
    /// The commits of each repository, the newest last, with their folders.
    commits: Mutex<BTreeMap<String, Vec<(String, PathBuf)>>>,
    /// Method and path of every request.
    requests: Mutex<Vec<String>>,
    must_stop: AtomicBool,
    /// The time before a part of a shard is sent, in milliseconds.
    delay_ms: AtomicU64,
}

struct Answer {
    status: &'static str,
    headers: String,
    body: Vec<u8>,
}

impl Answer {
    fn plain(status: &'static str, body: Vec<u8>) -> Self {
        Self { status, headers: String::new(), body }
    }

    fn not_found() -> Self {
        Self::plain("404 Not Found", Vec::new())
    }
}

impl WebServer {
    /// Serves the files below a folder.
    pub fn start(root: &Path) -> Self {
        let shared = Shared {
            root: root.to_owned(),
            commits: Mutex::default(),
            requests: Mutex::default(),
            must_stop: AtomicBool::new(false),
            delay_ms: AtomicU64::new(0),
        };
        let at = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Self { at, shared: Arc::new(shared), thread: None };
        server.start_again();
        server
    }

    /// The address, without a slash at the end. It stays the same.
    pub fn url(&self) -> String {
        format!("http://{}", self.at)
    }

    /// Makes a folder the newest commit of a repository `OWNER/NAME`.
    pub fn publish(&self, repo: &str, commit: &str, folder: &Path) {
        let mut commits = self.shared.commits.lock().expect("no panic");
        commits.entry(repo.to_owned()).or_default().push((commit.to_owned(), folder.to_owned()));
    }

    /// Method and path of the requests since the last call.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut *self.shared.requests.lock().expect("no panic"))
    }

    /// Lets this much time pass before a part of a shard is sent.
    pub fn delay_tiles(&self, delay: Duration) {
        self.shared.delay_ms.store(delay.as_millis() as u64, Ordering::SeqCst);
    }

    /// Refuses connections from now on.
    pub fn stop(&mut self) {
        self.shared.must_stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server ends");
        }
    }

    /// Accepts connections again.
    pub fn start_again(&mut self) {
        self.shared.must_stop.store(false, Ordering::SeqCst);
        let listener = TcpListener::bind(self.at).expect("a free port");
        self.at = listener.local_addr().expect("an address");
        listener.set_nonblocking(true).expect("a listener");
        let shared = self.shared.clone();
        self.thread = Some(thread::spawn(move || {
            while !shared.must_stop.load(Ordering::SeqCst) {
                match listener.accept() {
                    Ok((stream, _)) => {
                        let shared = shared.clone();
                        thread::spawn(move || _ = answer(&shared, &stream));
                    }
                    Err(_) => thread::sleep(Duration::from_millis(2)),
                }
            }
        }));
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Answers the only request of a connection.
fn answer(shared: &Shared, stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut headers = BTreeMap::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    shared.requests.lock().expect("no panic").push(format!("{method} {path}"));
    if path.ends_with(".tar") {
        thread::sleep(Duration::from_millis(shared.delay_ms.load(Ordering::SeqCst)));
    }
    let Answer { status, headers, body } = respond(shared, path, &headers);
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}Connection: close\r\n\r\n", body.len());
    let mut stream = stream;
    stream.write_all(head.as_bytes())?;
    if method != "HEAD" {
        stream.write_all(&body)?;
    }
    stream.flush()
}

fn respond(shared: &Shared, path: &str, headers: &BTreeMap<String, String>) -> Answer {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let has_files = query == "blobs=true";
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let commits = |owner: &str, name: &str| {
        shared.commits.lock().expect("no panic").get(&format!("{owner}/{name}")).cloned().unwrap_or_default()
    };
    match &parts[..] {
        ["api", "datasets", owner, name] => newest(&commits(owner, name), None, has_files),
        ["api", "datasets", owner, name, "revision", revision] => {
            newest(&commits(owner, name), Some(revision), has_files)
        }
        ["api", "datasets", owner, name, "tree", commit, folder @ ..] => {
            let known = commits(owner, name);
            let Some((_, root)) = known.iter().find(|(known, _)| known == commit) else { return Answer::not_found() };
            tree(root, &folder.join("/"))
        }
        ["datasets", owner, name, "resolve", commit, file @ ..] => {
            let known = commits(owner, name);
            let Some((_, root)) = known.iter().find(|(known, _)| known == commit) else { return Answer::not_found() };
            file_at(&root.join(file.join("/")), headers)
        }
        _ => file_at(&shared.root.join(path.trim_matches('/')), headers),
    }
}

fn newest(commits: &[(String, PathBuf)], revision: Option<&str>, has_files: bool) -> Answer {
    let found = match revision {
        None | Some("main") => commits.last(),
        Some(revision) => commits.iter().find(|(commit, _)| commit == revision),
    };
    match found {
        Some((commit, root)) => {
            let mut found = json!({"sha": commit});
            if has_files {
                let sibling = |(path, bytes): (String, Vec<u8>)| json!({"rfilename": path, "size": bytes.len(), "blobId": e_tag(&bytes)});
                found["siblings"] = files_below(root, root).into_iter().map(sibling).collect();
            }
            Answer::plain("200 OK", found.to_string().into_bytes())
        }
        None => Answer::not_found(),
    }
}

/// The files of a folder and of those in it, by their paths below `root`.
fn files_below(root: &Path, folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = folder.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
    let below = |path: PathBuf| match fs::read(&path) {
        Ok(bytes) => vec![(path.strip_prefix(root).expect("below").to_string_lossy().replace('\\', "/"), bytes)],
        Err(_) => files_below(root, &path),
    };
    entries.flat_map(below).collect()
}

/// The files and folders directly in a folder, as the Hub lists them.
fn tree(root: &Path, folder: &str) -> Answer {
    let Ok(entries) = root.join(folder).read_dir() else { return Answer::not_found() };
    let entry = |path: PathBuf| {
        let below = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
        match fs::read(&path) {
            Ok(bytes) => json!({"type": "file", "path": below, "size": bytes.len(), "oid": e_tag(&bytes)}),
            Err(_) => json!({"type": "directory", "path": below}),
        }
    };
    let entries: Vec<_> = entries.flatten().map(|found| entry(found.path())).collect();
    Answer::plain("200 OK", json!(entries).to_string().into_bytes())
}

fn file_at(path: &Path, headers: &BTreeMap<String, String>) -> Answer {
    if path.is_dir() {
        let names = path.read_dir().into_iter().flatten().flatten();
        let links = names.map(|entry| {
            let (name, slash) = (entry.file_name(), if entry.path().is_dir() { "/" } else { "" });
            format!("<a href=\"{0}{slash}\">{0}</a>\n", name.to_string_lossy())
        });
        let mut page = Answer::plain("200 OK", links.collect::<String>().into_bytes());
        page.headers = "Content-Type: text/html\r\n".to_owned();
        return page;
    }
    let Ok(bytes) = fs::read(path) else { return Answer::not_found() };
    let e_tag = format!("\"{}\"", e_tag(&bytes));
    if headers.get("if-match").is_some_and(|wanted| *wanted != e_tag) {
        return Answer::plain("412 Precondition Failed", Vec::new());
    }
    let common = format!("ETag: {e_tag}\r\nLast-Modified: Sat, 28 Nov 2026 10:00:00 GMT\r\nAccept-Ranges: bytes\r\n");
    let range = headers.get("range").and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    let Some((from, to)) = range else {
        return Answer { status: "200 OK", headers: common, body: bytes };
    };
    let from: usize = from.parse().expect("a number");
    let to = to.parse().map_or(bytes.len(), |to: usize| to + 1).min(bytes.len());
    if from >= to {
        return Answer::plain("416 Range Not Satisfiable", Vec::new());
    }
    let headers = format!("{common}Content-Range: bytes {from}-{}/{}\r\n", to - 1, bytes.len());
    Answer { status: "206 Partial Content", headers, body: bytes[from..to].to_vec() }
}

fn e_tag(bytes: &[u8]) -> String {
    let mut hash = DefaultHasher::new();
    bytes.hash(&mut hash);
    format!("{:016x}", hash.finish())
}
