//! A web server of a few lines for a folder: ranges, pages of folders, and faults on request.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A server, which lives as long as the test's process.
#[derive(Clone)]
pub(crate) struct WebServer {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    root: PathBuf,
    /// Every connection is closed without an answer.
    is_down: AtomicBool,
    /// Every request waits.
    hangs: AtomicBool,
    /// The requests of shards, and of parts of them.
    of_shards: AtomicUsize,
    /// The shard and the first byte of each request of a part of one, in order.
    parts: Mutex<Vec<(String, usize)>>,
    /// The end of the time in which requests of shards are refused.
    limited_until: Mutex<Option<Instant>>,
}

impl WebServer {
    pub(crate) fn of(root: &Path) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State { root: root.to_owned(), ..State::default() });
        let shared = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = shared.clone();
                thread::spawn(move || serve(&state, stream));
            }
        });
        Self { port, state }
    }

    pub(crate) fn address(&self) -> PathBuf {
        format!("http://127.0.0.1:{}/set", self.port).into()
    }

    pub(crate) fn set_down(&self, is_down: bool) {
        self.state.is_down.store(is_down, Ordering::Relaxed);
    }

    /// The requests of shards since the last call.
    pub(crate) fn shard_requests(&self) -> usize {
        self.state.of_shards.swap(0, Ordering::Relaxed)
    }

    /// The shard and the first byte of each request of a part of one, in order.
    pub(crate) fn shard_parts(&self) -> Vec<(String, usize)> {
        self.state.parts.lock().unwrap().clone()
    }

    /// Refuses requests of shards for some seconds, and says for how long.
    pub(crate) fn limit_for(&self, seconds: u64) {
        *self.state.limited_until.lock().unwrap() = Some(Instant::now() + Duration::from_secs(seconds));
    }

    pub(crate) fn set_hanging(&self, hangs: bool) {
        self.state.hangs.store(hangs, Ordering::Relaxed);
    }
}

fn serve(state: &State, stream: TcpStream) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut first, mut range) = (String::new(), None);
        if reader.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("range")
            {
                range = value.trim().strip_prefix("bytes=").and_then(|range| {
                    let (from, to) = range.split_once('-')?;
                    Some((from.parse::<usize>().ok()?, to.parse::<usize>().ok()?))
                });
            }
        }
        while state.hangs.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(20));
        }
        if state.is_down.load(Ordering::Relaxed) {
            return;
        }
        let mut words = first.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        state.of_shards.fetch_add(usize::from(method == "GET" && path.ends_with(".tar")), Ordering::Relaxed);
        if let (true, Some((from, _))) = (path.ends_with(".tar"), range) {
            state.parts.lock().unwrap().push((path.to_owned(), from));
        }
        let limited_until = *state.limited_until.lock().unwrap();
        let file = state.root.join(path.trim_start_matches('/'));
        let (status, body, kind) = if file.is_dir() {
            let names = file.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let links = names.map(|name| format!("<a href=\"{name}\">{name}</a>\n"));
            (200, links.collect::<String>().into_bytes(), "text/html")
        } else {
            match fs::read(&file) {
                Ok(bytes) => (200, bytes, "application/octet-stream"),
                Err(_) => (404, Vec::new(), "text/plain"),
            }
        };
        let mut head = String::new();
        let limited = limited_until.and_then(|until| until.checked_duration_since(Instant::now()));
        let (status, body) = match limited.filter(|_| path.ends_with(".tar")) {
            Some(wait) => {
                head = format!("Retry-After: {}\r\n", wait.as_secs() + 1);
                (429, Vec::new())
            }
            None => (status, body),
        };
        let whole = body.len();
        let (status, body) = match range {
            Some((from, to)) if status == 200 && from < whole => {
                let to = (to + 1).min(whole);
                head = format!("Content-Range: bytes {from}-{}/{whole}\r\n", to - 1);
                (206, body[from..to].to_vec())
            }
            _ => (status, body),
        };
        let head = format!(
            "HTTP/1.1 {status} x\r\nContent-Length: {}\r\nContent-Type: {kind}\r\nAccept-Ranges: bytes\r\n\
             Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\nETag: \"{whole}\"\r\n{head}\r\n",
            body.len()
        );
        let stream = reader.get_mut();
        let sent = stream.write_all(head.as_bytes());
        let sent = if method == "HEAD" { sent } else { sent.and_then(|()| stream.write_all(&body)) };
        if sent.is_err() {
            return;
        }
    }
}
