//! The same files as a Hub has them: its API, and addresses of files that lead elsewhere: those of
//! long files to another host, those of short ones to a cache on the same host. The signed
//! addresses never expire, and no token is asked for.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use serde_json::{Value, json};
use tilejury_data::hash::hash;

use super::request::{Request, head};
use super::{Content, Shared};

/// The owner of the dataset on the Hub.
pub(crate) const OWNER: &str = "bench";
/// The only commit.
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
/// The entries of one page of a list, as on the Hub.
const PAGE: usize = 1000;
/// A file that is longer is on the other host: the Hub takes no longer one into Git itself.
const SHORT_UP_TO_BYTES: u64 = 10 << 20;
/// The path of the cache of short files.
const CACHE: &str = "api/resolve-cache/";
/// The bytes of a file that tell it from others of the same length.
const START_BYTES: u64 = 64 << 10;
/// A short file that the Hub puts into every repository, and its content.
pub(super) const ATTRIBUTES: (&str, &[u8]) = (".gitattributes", b"*.tar filter=lfs diff=lfs merge=lfs -text\n");

impl Shared {
    /// Answers a request for the Hub; `None` if it is none.
    pub(super) fn answer_as_hub(&self, request: &Request, to: &TcpStream) -> Option<io::Result<()>> {
        let repo = format!("datasets/{OWNER}/{}", self.set);
        if let Some(rest) = request.path.strip_prefix("api/").and_then(|path| path.strip_prefix(&repo)) {
            return Some(self.answer_api(rest.trim_start_matches('/'), request, to));
        }
        let path = request.path.strip_prefix(&repo)?.strip_prefix("/resolve/")?;
        let (_, path) = path.split_once('/')?;
        Some(self.lead_to(path, request, to))
    }

    /// The path on the server of a file that is asked for in the cache of short ones, by an address
    /// with its hash.
    pub(super) fn path_in_cache(&self, request: &Request) -> Option<String> {
        let path = request.path.strip_prefix(CACHE)?;
        let file = path.strip_prefix(&format!("datasets/{OWNER}/{}/{COMMIT}/", self.set))?;
        let at = format!("{}/{file}", self.set);
        let len = self.content(&at)?.0.len();
        request.query.contains(&hash_in_query(&self.identity(file, len))).then_some(at)
    }

    fn answer_api(&self, rest: &str, request: &Request, to: &TcpStream) -> io::Result<()> {
        self.note(&request.path, 0..0);
        let (body, fields) = match rest.strip_prefix(&format!("tree/{COMMIT}")) {
            Some(folder) => self.page_of(folder.trim_matches('/'), request),
            None => (self.revision(&request.query), String::new()),
        };
        let fields = format!("{fields}Content-Type: application/json\r\n");
        let body = body.to_string();
        head(to, "200 OK", body.len() as u64, &fields)?;
        if request.is_head { Ok(()) } else { (&mut &*to).write_all(body.as_bytes()) }
    }

    /// The newest commit with its files: their names, and all that is known of them if that is
    /// asked for.
    fn revision(&self, query: &str) -> Value {
        if query == "expand=sha" {
            return json!({"_id": "0", "id": format!("{OWNER}/{}", self.set), "sha": COMMIT});
        }
        let attributes = (ATTRIBUTES.0.to_owned(), Some(ATTRIBUTES.1.len() as u64));
        let files = ["", "image_shards"].into_iter().flat_map(|folder| self.entries(folder)).chain([attributes]);
        let siblings = files.filter_map(|(path, len)| match len? {
            _ if query != "blobs=true" => Some(json!({"rfilename": path})),
            len if path.ends_with(".tar") => {
                let lfs = json!({"sha256": made_up_sha256(&path, len), "size": len, "pointerSize": 130});
                Some(json!({"rfilename": path, "blobId": "0", "size": len, "lfs": lfs}))
            }
            len => Some(json!({"rfilename": path, "blobId": self.identity(&path, len), "size": len})),
        });
        let siblings: Vec<Value> = siblings.collect();
        json!({"id": format!("{OWNER}/{}", self.set), "sha": COMMIT, "private": false, "disabled": false, "gated": false,
            "downloads": 0, "likes": 0, "tags": [], "siblings": siblings})
    }

    /// A page of the list of a folder, and the header that leads to the next one.
    fn page_of(&self, folder: &str, request: &Request) -> (Value, String) {
        let (mut entries, query) = (self.entries(folder), &request.query);
        let is_recursive = query.to_ascii_lowercase().contains("recursive=true");
        if is_recursive {
            let folders: Vec<String> =
                entries.iter().filter(|(_, len)| len.is_none()).map(|(path, _)| path.clone()).collect();
            entries.extend(folders.iter().flat_map(|folder| self.entries(folder)));
        }
        let first = query.split('&').find_map(|part| part.strip_prefix("cursor=")?.parse().ok()).unwrap_or(0_usize);
        let listed = entries.iter().skip(first).take(PAGE).map(|(path, len)| match len {
            Some(len) if path.ends_with(".tar") => {
                let hash = made_up_sha256(path, *len);
                json!({"type": "file", "path": path, "size": len, "oid": "0", "lfs": {"oid": hash, "size": len, "pointerSize": 130}})
            }
            Some(len) => json!({"type": "file", "path": path, "size": len, "oid": self.identity(path, *len)}),
            None => json!({"type": "directory", "path": path, "size": 0, "oid": "0"}),
        });
        let page = listed.collect::<Vec<Value>>().into();
        let next = first + PAGE;
        if next >= entries.len() {
            return (page, String::new());
        }
        let recursive = if is_recursive { "&recursive=true" } else { "" };
        let folder = if folder.is_empty() { String::new() } else { format!("/{folder}") };
        // As the Hub's: other programs follow no address without a host.
        let host = request.headers.get("host").map_or("", String::as_str);
        let link = format!("api/datasets/{OWNER}/{}/tree/{COMMIT}{folder}?cursor={next}{recursive}", self.set);
        (page, format!("Link: <http://{host}/{link}>; rel=\"next\"\r\n"))
    }

    /// The files directly in a folder with their lengths, and its folders.
    pub(super) fn entries(&self, folder: &str) -> Vec<(String, Option<u64>)> {
        let path = format!("{}/{folder}", self.set);
        let path = path.trim_end_matches('/');
        let below = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let here = self.folder.join(Path::new(path));
        let mut entries: Vec<(String, Option<u64>)> = Vec::new();
        for entry in here.read_dir().into_iter().flatten().flatten() {
            let Ok(metadata) = entry.path().metadata() else { continue };
            entries.push((below(&entry.file_name().to_string_lossy()), metadata.is_file().then_some(metadata.len())));
        }
        for (index, bytes) in self.offered_indexes(path) {
            entries.push((below(index), Some(bytes.len() as u64)));
        }
        entries.sort();
        entries
    }

    /// The identity of a file's content: equal for twins. Lines differ within their first bytes.
    fn identity(&self, path: &str, len: u64) -> String {
        let mut start = Vec::new();
        match self.content(&format!("{}/{path}", self.set)) {
            Some((Content::Bytes(bytes), ..)) => start = bytes,
            Some((Content::File(file, _), ..)) => _ = file.take(START_BYTES).read_to_end(&mut start),
            _ => {}
        }
        format!("{:040x}", hash(&start, len))
    }

    /// Leads to the host of the files, by an address as if it were signed.
    fn lead_to(&self, path: &str, request: &Request, to: &TcpStream) -> io::Result<()> {
        self.note(&request.path, 0..0);
        let at = format!("{}/{path}", self.set);
        let Some((content, e_tag, _)) = self.content(&at) else {
            return head(to, "404 Not Found", 0, "X-Error-Code: EntryNotFound\r\n");
        };
        if content.len() <= SHORT_UP_TO_BYTES {
            let name = path.replace('/', "%2F");
            let asked = request.path.replace('/', "%2F");
            let hash = hash_in_query(&self.identity(path, content.len()));
            let fields = format!(
                "Location: /{CACHE}datasets/{OWNER}/{}/{COMMIT}/{name}?%2F{asked}=&{hash}\r\n\
                 X-Repo-Commit: {COMMIT}\r\n",
                self.set
            );
            return head(to, "307 Temporary Redirect", 0, &fields);
        }
        let files_at = self.files_at.lock().clone();
        let fields = format!(
            "Location: {files_at}/{at}?X-Amz-Expires=3600&X-Amz-Signature=abc\r\nX-Repo-Commit: {COMMIT}\r\n\
             X-Linked-Size: {}\r\nX-Linked-ETag: {e_tag}\r\nETag: {e_tag}\r\n",
            content.len(),
        );
        head(to, "302 Found", 0, &fields)
    }
}

/// A hash as addresses of short files have it.
fn hash_in_query(hash: &str) -> String {
    format!("etag=%22{hash}%22")
}

/// A hash for a file of which the client only ever reads parts.
fn made_up_sha256(path: &str, len: u64) -> String {
    format!("{:064x}", hash(path.as_bytes(), len))
}
