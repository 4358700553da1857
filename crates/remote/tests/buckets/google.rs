//! An imitation for Google Cloud Storage: lists and ranges of objects in the XML form that the
//! service documents, which S3 has too. Names of headers and elements, statuses and codes are those
//! of published answers; some sentences are made up. It is no server of the service: none runs on a
//! machine of one's own with that form.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The most entries of one answer to a list.
const PAGE: usize = 2;

/// The conditions of the imitation for a request.
#[derive(Clone, Copy, Default)]
pub struct Rules {
    /// A token that every request must have.
    pub token: Option<&'static str>,
    /// The region for which every request must be signed.
    pub region: Option<&'static str>,
    /// Whether requests for shards are too many.
    pub limits: bool,
    /// Whether shards have become shorter than every range.
    pub shorter: bool,
    /// No list is answered before so many were requested.
    pub lists_together: usize,
}

/// The time after which requests that should come together are taken for separate ones.
const TOGETHER_WITHIN: Duration = Duration::from_secs(20);

pub struct StandIn {
    port: u16,
    lists: Arc<Lists>,
}

/// The requests for lists, and those that are refused for their region.
#[derive(Default)]
struct Lists {
    count: AtomicUsize,
    /// Whether one waited for others in vain.
    was_alone: AtomicBool,
    elsewhere: AtomicUsize,
}

impl Lists {
    fn wait_for_others(&self, together: usize) {
        self.count.fetch_add(1, Ordering::SeqCst);
        let begun = Instant::now();
        while self.count.load(Ordering::SeqCst) < together {
            if begun.elapsed() > TOGETHER_WITHIN || self.was_alone.load(Ordering::SeqCst) {
                self.was_alone.store(true, Ordering::SeqCst);
                return;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl StandIn {
    /// Serves the files of a folder `…/set` as objects `set/…` of a bucket named `bucket`.
    pub fn start(set: &Path, rules: Rules) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let lists = Arc::new(Lists::default());
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
        self.lists.count.load(Ordering::SeqCst)
    }

    /// The number of requests that were signed for another region.
    pub fn elsewhere(&self) -> usize {
        self.lists.elsewhere.load(Ordering::SeqCst)
    }

    /// Whether a list was requested although others had to be requested with it.
    pub fn was_alone(&self) -> bool {
        self.lists.was_alone.load(Ordering::SeqCst)
    }
}

/// A request: its path with the query, and its headers by lowercase names.
struct Request {
    is_head: bool,
    target: String,
    headers: Vec<(String, String)>,
}

impl Request {
    fn read(from: &mut impl std::io::BufRead) -> Option<Self> {
        let mut lines = from.lines().map_while(Result::ok);
        let line = lines.next()?;
        let (is_head, target) = (line.starts_with("HEAD "), line.split(' ').nth(1)?.to_owned());
        let headers = lines.take_while(|line| !line.is_empty());
        let headers = headers.filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        });
        Some(Self { is_head, target, headers: headers.collect() })
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

fn serve(stream: &TcpStream, root: &Path, rules: Rules, lists: &Lists) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = Request::read(&mut reader) {
        let authorization = request.header("authorization").unwrap_or_default();
        let is_right = rules.token.is_none_or(|token| authorization == format!("Bearer {token}"));
        let is_here = rules.region.is_none_or(|region| authorization.contains(&format!("/{region}/s3/")));
        let answer = if !is_here {
            lists.elsewhere.fetch_add(1, Ordering::SeqCst);
            let region = rules.region.unwrap();
            let header = format!("x-amz-bucket-region: {region}\r\n");
            refused("301 Moved Permanently", &header, "PermanentRedirect", "Another endpoint.", "")
        } else if !is_right && authorization.is_empty() {
            refused(
                "403 Forbidden",
                "",
                "AccessDenied",
                "Access denied.",
                "Anonymous caller does not have storage.objects.list access to the Google Cloud Storage bucket. \
                 Permission 'storage.objects.list' denied on resource (or it may not exist).",
            )
        } else if !is_right {
            refused("401 Unauthorized", "", "AuthenticationRequired", "Authentication required.", "")
        } else if request.query("list-type").is_some() {
            lists.wait_for_others(rules.lists_together);
            whole("200 OK", XML, list(root, &request).as_bytes())
        } else if rules.limits && decoded(&request.target).contains(".tar") {
            refused("429 Too Many Requests", "", "SlowDown", "The rate of requests is too high. Please reduce it.", "")
        } else if rules.shorter && decoded(&request.target).contains(".tar") {
            let range = request.header("range").unwrap_or_default();
            let message = "The requested range cannot be satisfied.";
            refused(
                "416 Requested range not satisfiable",
                "Content-Range: bytes */512\r\n",
                "InvalidRange",
                message,
                range,
            )
        } else {
            object(root, &request)
        };
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
        if (&*stream).write_all(if request.is_head { &answer[..end] } else { &answer }).is_err() {
            return;
        }
    }
}

/// The type of every answer that is no object.
const XML: &str = "Content-Type: application/xml; charset=UTF-8\r\n";

fn refused(status: &str, headers: &str, code: &str, message: &str, details: &str) -> Vec<u8> {
    let details = if details.is_empty() { String::new() } else { format!("<Details>{details}</Details>") };
    let body = format!(
        "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message>{details}</Error>"
    );
    whole(status, &format!("{headers}{XML}"), body.as_bytes())
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
    // The keys that an entry is after or at, and the entries.
    let after = request.query("start-after").unwrap_or_default();
    let mut entries: Vec<(String, String)> = Vec::new();
    for (key, path) in keys(root, &root.join("set")).into_iter().filter(|(key, _)| key.starts_with(&prefix)) {
        let deeper = key[prefix.len()..].split_once('/').filter(|_| request.query("delimiter").is_some());
        let entry = if let Some((folder, _)) = deeper {
            let folder = format!("{prefix}{folder}/");
            (folder.clone(), format!("<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>"))
        } else {
            let bytes = std::fs::read(path).unwrap();
            let entry = format!(
                "<Contents><Key>{key}</Key><Generation>1769500000000000</Generation><MetaGeneration>1</MetaGeneration>\
                 <LastModified>2026-01-27T08:00:00.000Z</LastModified><ETag>{}</ETag><Size>{}</Size></Contents>",
                e_tag(&bytes),
                bytes.len()
            );
            (key, entry)
        };
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    // What some tools make for a folder is an empty object with a slash at the end.
    let folder = |key: &str| {
        format!(
            "<Contents><Key>{key}</Key><Generation>1703868492595821</Generation><MetaGeneration>1</MetaGeneration>\
             <LastModified>2023-12-29T16:48:12.634Z</LastModified><ETag>\"d41d8cd98f00b204e9800998ecf8427e\"</ETag>\
             <Size>0</Size></Contents>"
        )
    };
    if prefix.ends_with('/') {
        entries.push((prefix.clone(), folder(&prefix)));
    }
    entries.retain(|(key, _)| *key > after);
    entries.sort();
    let from: usize = request.query("continuation-token").map_or(0, |token| token.parse().unwrap());
    let mut page = format!(
        "<?xml version='1.0' encoding='UTF-8'?><ListBucketResult xmlns='http://doc.s3.amazonaws.com/2006-03-01'><Name>bucket</Name><Prefix>{prefix}</Prefix>"
    );
    if from + PAGE < entries.len() {
        write!(page, "<NextContinuationToken>{}</NextContinuationToken>", from + PAGE).unwrap();
    }
    let here = entries.len().saturating_sub(from).min(PAGE);
    write!(page, "<KeyCount>{here}</KeyCount><IsTruncated>{}</IsTruncated>", from + PAGE < entries.len()).unwrap();
    page.extend(entries.into_iter().skip(from).take(PAGE).map(|(_, entry)| entry));
    page.push_str("</ListBucketResult>");
    page
}

fn object(root: &Path, request: &Request) -> Vec<u8> {
    let path = decoded(request.target.split('?').next().unwrap());
    let Ok(bytes) = std::fs::read(root.join(path.trim_start_matches("/bucket/"))) else {
        let details = format!("No such object: {}", path.trim_start_matches('/'));
        return refused("404 Not Found", "", "NoSuchKey", "The specified key does not exist.", &details);
    };
    let tag = e_tag(&bytes);
    if request.header("if-match").is_some_and(|wanted| wanted != tag) {
        let message = "At least one of the pre-conditions you specified did not hold.";
        return refused("412 Precondition Failed", "", "PreconditionFailed", message, "If-Match");
    }
    let headers = format!(
        "ETag: {tag}\r\nx-goog-generation: 1769500000000000\r\nx-goog-metageneration: 1\r\n\
         x-goog-stored-content-encoding: identity\r\nx-goog-stored-content-length: {}\r\n\
         x-goog-hash: crc32c=JToq+w==\r\nx-goog-hash: md5=FmHraRZkw0Nv0GQSdYJltA==\r\n\
         x-goog-storage-class: STANDARD\r\nAccept-Ranges: bytes\r\nContent-Type: application/x-tar\r\n\
         Last-Modified: Tue, 27 Jan 2026 08:00:00 GMT\r\nServer: UploadServer\r\n",
        bytes.len()
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
