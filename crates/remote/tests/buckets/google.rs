//! An imitation for Google Cloud Storage: lists and ranges of objects in the XML form that the
//! service documents, which S3 has too. It is no server of the service: none runs on a machine of
//! one's own with that form.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The most entries of one answer to a list.
const PAGE: usize = 2;

/// The conditions of the imitation for a request.
#[derive(Clone, Copy, Default)]
pub struct Rules {
    /// A token that every request must have.
    pub token: Option<&'static str>,
    /// The region for which every request must be signed.
    pub region: Option<&'static str>,
}

pub struct StandIn {
    port: u16,
    lists: Arc<AtomicUsize>,
}

impl StandIn {
    /// Serves the files of a folder `…/set` as objects `set/…` of a bucket named `bucket`.
    pub fn start(set: &Path, rules: Rules) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let lists = Arc::new(AtomicUsize::new(0));
        let (root, counter) = (set.parent().unwrap().to_owned(), lists.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (root, counter) = (root.clone(), counter.clone());
                thread::spawn(move || serve(&stream, &root, rules, &counter));
            }
        });
        Self { port, lists }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The number of answers to lists so far.
    pub fn lists(&self) -> usize {
        self.lists.load(Ordering::Relaxed)
    }
}

/// A request: its path with the query, and its headers by lowercase names.
struct Request {
    target: String,
    headers: Vec<(String, String)>,
}

impl Request {
    fn read(from: &mut impl std::io::BufRead) -> Option<Self> {
        let mut lines = from.lines().map_while(Result::ok);
        let target = lines.next()?.split(' ').nth(1)?.to_owned();
        let headers = lines.take_while(|line| !line.is_empty());
        let headers = headers.filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        });
        Some(Self { target, headers: headers.collect() })
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.target.split_once('?')?;
        query.split('&').find_map(|pair| Some(decoded(pair.strip_prefix(name)?.strip_prefix('=')?)))
    }
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(&text.replace('+', "%20")).decode_utf8().unwrap().into_owned()
}

fn serve(stream: &TcpStream, root: &Path, rules: Rules, lists: &AtomicUsize) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = Request::read(&mut reader) {
        let authorization = request.header("authorization").unwrap_or_default();
        let is_right = rules.token.is_none_or(|token| authorization == format!("Bearer {token}"));
        let is_here = rules.region.is_none_or(|region| authorization.contains(&format!("/{region}/s3/")));
        let answer = if !is_here {
            let body = "<?xml version=\"1.0\"?><Error><Code>PermanentRedirect</Code></Error>";
            let region = rules.region.unwrap();
            whole("301 Moved Permanently", &format!("x-amz-bucket-region: {region}\r\n"), body.as_bytes())
        } else if !is_right {
            let body = "<?xml version='1.0'?><Error><Code>AuthenticationRequired</Code></Error>";
            whole("401 Unauthorized", "", body.as_bytes())
        } else if request.query("list-type").is_some() {
            lists.fetch_add(1, Ordering::Relaxed);
            whole("200 OK", "Content-Type: application/xml\r\n", list(root, &request).as_bytes())
        } else {
            object(root, &request)
        };
        if (&*stream).write_all(&answer).is_err() {
            return;
        }
    }
}

fn whole(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn e_tag(bytes: &[u8]) -> String {
    format!("\"{:032x}\"", tilejury_data::hash::hash(bytes, 0))
}

fn keys(root: &Path, folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| {
        if path.is_dir() {
            return keys(root, &path);
        }
        vec![(path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/"), path)]
    };
    entries.flat_map(below).collect()
}

fn list(root: &Path, request: &Request) -> String {
    let prefix = request.query("prefix").unwrap_or_default();
    let mut entries: Vec<String> = Vec::new();
    for (key, path) in keys(root, &root.join("set")).into_iter().filter(|(key, _)| key.starts_with(&prefix)) {
        let deeper = key[prefix.len()..].split_once('/').filter(|_| request.query("delimiter").is_some());
        let entry = if let Some((folder, _)) = deeper {
            format!("<CommonPrefixes><Prefix>{prefix}{folder}/</Prefix></CommonPrefixes>")
        } else {
            let bytes = std::fs::read(path).unwrap();
            format!(
                "<Contents><Key>{key}</Key><Generation>1769500000000000</Generation><MetaGeneration>1</MetaGeneration>\
                 <LastModified>2026-01-27T08:00:00.000Z</LastModified><ETag>{}</ETag><Size>{}</Size></Contents>",
                e_tag(&bytes).replace('"', "&quot;"),
                bytes.len()
            )
        };
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    entries.sort();
    let from: usize = request.query("continuation-token").map_or(0, |token| token.parse().unwrap());
    let mut page = format!(
        "<?xml version='1.0' encoding='UTF-8'?><ListBucketResult xmlns='http://doc.s3.amazonaws.com/2006-03-01'><Name>bucket</Name><Prefix>{prefix}</Prefix>"
    );
    if from + PAGE < entries.len() {
        write!(page, "<IsTruncated>true</IsTruncated><NextContinuationToken>{}</NextContinuationToken>", from + PAGE)
            .unwrap();
    } else {
        page.push_str("<IsTruncated>false</IsTruncated>");
    }
    page.extend(entries.into_iter().skip(from).take(PAGE));
    page.push_str("</ListBucketResult>");
    page
}

fn object(root: &Path, request: &Request) -> Vec<u8> {
    let path = decoded(request.target.split('?').next().unwrap());
    let Ok(bytes) = std::fs::read(root.join(path.trim_start_matches("/bucket/"))) else {
        return whole("404 Not Found", "", b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>");
    };
    let tag = e_tag(&bytes);
    if request.header("if-match").is_some_and(|wanted| wanted != tag) {
        return whole(
            "412 Precondition Failed",
            "",
            b"<?xml version='1.0'?><Error><Code>PreconditionFailed</Code></Error>",
        );
    }
    let headers = format!(
        "ETag: {tag}\r\nx-goog-generation: 1769500000000000\r\nLast-Modified: Tue, 27 Jan 2026 08:00:00 GMT\r\n"
    );
    let range = request.header("range").and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    match range {
        Some((start, end)) => {
            let (start, end): (usize, usize) = (start.parse().unwrap(), end.parse().unwrap());
            let end = (end + 1).min(bytes.len());
            let headers = format!("{headers}Content-Range: bytes {start}-{}/{}\r\n", end - 1, bytes.len());
            whole("206 Partial Content", &headers, &bytes[start..end])
        }
        None => whole("200 OK", &headers, &bytes),
    }
}
