//! Servers that send no parts of files: a file is fetched whole, once, and its parts are taken from
//! what was kept. The files have no names on the disk, and end with the process.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, TRANSFER_ENCODING};
use http::response::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::BodyExt as _;
use object_store::client::{HttpResponse, HttpResponseBody};
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::answer::of_connection;
use crate::error::Failure;

/// A longer file is not fetched for a part of it.
pub(crate) const UP_TO_BYTES: u64 = 256_000_000;
/// The most bytes of all kept files; then the oldest is fetched again when it is needed.
const ALL_UP_TO_BYTES: u64 = 4_000_000_000;

/// The kept files of one dataset.
#[derive(Debug)]
pub(crate) struct WholeFiles {
    folder: PathBuf,
    slots: Mutex<Slots>,
}

#[derive(Debug, Default)]
struct Slots {
    by_address: HashMap<String, Slot>,
    /// The addresses of fetched files with their lengths, the oldest first.
    fetched: Vec<(String, u64)>,
}

/// A file of such a server: what came of fetching it, once it was tried.
pub(crate) type Slot = Arc<OnceCell<Result<Kept, Failure>>>;

/// A whole file and the headers that came with it.
#[derive(Debug)]
pub(crate) struct Kept {
    file: Mutex<File>,
    len: u64,
    headers: HeaderMap,
}

impl WholeFiles {
    /// The files are kept in this folder, which need not exist yet.
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), slots: Mutex::default() }
    }

    /// The slot of an address whose server is known to send no parts.
    pub(crate) fn known(&self, address: &str) -> Option<Slot> {
        self.slots.lock().by_address.get(address).cloned()
    }

    /// The slot of an address whose server turned out to send no parts.
    pub(crate) fn slot(&self, address: &str) -> Slot {
        self.slots.lock().by_address.entry(address.to_owned()).or_default().clone()
    }

    /// Keeps the body of an answer. Too long a file is an outcome, so that it is not tried again.
    ///
    /// # Errors
    /// If the body ends early, or there is no room for it.
    pub(crate) async fn keep(&self, address: &str, response: HttpResponse) -> Result<Result<Kept, Failure>, Failure> {
        let (parts, mut body) = response.into_parts();
        let told = told_len(&parts);
        if told.is_some_and(|len| len > UP_TO_BYTES) {
            return Ok(Err(Failure::NoRanges));
        }
        let no_room =
            |error: io::Error| Failure::Other(format!("a file cannot be kept in {}: {error}", self.folder.display()));
        fs::create_dir_all(&self.folder).map_err(no_room)?;
        let mut file = tempfile::tempfile_in(&self.folder).map_err(no_room)?;
        let mut len = 0;
        while let Some(frame) = body.frame().await {
            let bytes = frame.map_err(|error| of_connection(&error))?.into_data().unwrap_or_default();
            len += bytes.len() as u64;
            if len > UP_TO_BYTES {
                return Ok(Err(Failure::NoRanges));
            }
            file.write_all(&bytes).map_err(no_room)?;
        }
        if told.is_some_and(|told| told != len) {
            return Err(Failure::Incomplete);
        }
        self.forget_old(address, len);
        Ok(Ok(Kept { file: Mutex::new(file), len, headers: parts.headers }))
    }

    /// Forgets the oldest files if a new one is too much.
    fn forget_old(&self, address: &str, len: u64) {
        let mut slots = self.slots.lock();
        slots.fetched.push((address.to_owned(), len));
        let mut sum: u64 = slots.fetched.iter().map(|(_, len)| len).sum();
        while sum > ALL_UP_TO_BYTES && slots.fetched.len() > 1 {
            let (oldest, len) = slots.fetched.remove(0);
            slots.by_address.remove(&oldest);
            sum -= len;
        }
    }
}

fn told_len(parts: &Parts) -> Option<u64> {
    parts.headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

impl Kept {
    /// The answer that a server with ranges would give.
    pub(crate) fn part(&self, range: &Range<u64>) -> Result<HttpResponse, Failure> {
        if range.end > self.len {
            return Err(Failure::Shorter);
        }
        let failed = |error: io::Error| Failure::Other(format!("a kept file cannot be read: {error}"));
        let mut bytes = vec![0; usize::try_from(range.end - range.start).map_err(|_| Failure::TooLong)?];
        let mut file = self.file.lock();
        file.seek(SeekFrom::Start(range.start)).and_then(|_| file.read_exact(&mut bytes)).map_err(failed)?;
        drop(file);
        let told = format!("bytes {}-{}/{}", range.start, range.end - 1, self.len);
        let mut response = HttpResponse::new(HttpResponseBody::from(bytes));
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let headers = response.headers_mut();
        let kept = self.headers.iter().filter(|(name, _)| ![CONTENT_LENGTH, TRANSFER_ENCODING].contains(name));
        headers.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
        headers.insert(CONTENT_RANGE, HeaderValue::from_str(&told).map_err(|_| Failure::TooLong)?);
        Ok(response)
    }
}
