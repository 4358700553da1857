//! Lists of files that were kept: that of a commit never changes, so it is not asked for again; the
//! newest one of a bucket or a web server is used only while it cannot be reached.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tilejury_data::StoredFile;
use url::Url;

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::cache::{SetCache, digits};
use crate::error::Failure;
use crate::host::Host;

/// The form of the files. Those of another form are not used.
const FORM: u32 = 1;
/// The name of the only list of a bucket or a web server.
pub(crate) const NEWEST: &str = "newest";
/// The name of the list of files that were used.
const USED: &str = "used";
/// The name of the note about the host that a Hub leads to.
const HOST: &str = "host";
/// The name of the note about the region of a bucket.
const REGION: &str = "region";

/// A list from an earlier day, in place of one that cannot be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offline {
    /// The time at which the store confirmed the list.
    pub listed_at: SystemTime,
    /// The reason why it cannot be asked now, in words.
    pub reason: String,
}

impl Offline {
    /// The state in words for a person.
    pub fn note(&self) -> String {
        let at = jiff::Timestamp::try_from(self.listed_at).map(|at| at.to_zoned(jiff::tz::TimeZone::system()));
        let at = at.map_or_else(|_| "an earlier day".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string());
        format!("offline: the files as of {at}; {}", self.reason)
    }
}

#[derive(Serialize, Deserialize)]
struct ListFile {
    form: u32,
    files: Vec<ListedFile>,
}

#[derive(Serialize, Deserialize)]
struct ListedFile {
    path: String,
    len: u64,
    version: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

/// The time at which a list was the newest of a revision.
#[derive(Serialize, Deserialize)]
struct NewestFile {
    form: u32,
    /// The name of the list.
    list: String,
    /// Seconds since 1970.
    at: u64,
}

/// The host to which a Hub led.
#[derive(Serialize, Deserialize)]
struct HostFile {
    /// A hash of the address of the Hub, which may have a password in it.
    hub: String,
    #[serde(flatten)]
    host: Host,
}

fn listed(file: &StoredFile) -> ListedFile {
    ListedFile { path: file.path.clone(), len: file.len, version: file.version.clone(), sha256: file.sha256.clone() }
}

/// The list of a name, if it was kept.
pub(crate) fn list(cache: &SetCache, name: &str) -> Option<Vec<StoredFile>> {
    let kept: ListFile = serde_json::from_slice(&fs::read(cache.folder().list(name)).ok()?).ok()?;
    let file =
        |file: ListedFile| StoredFile { path: file.path, len: file.len, version: file.version, sha256: file.sha256 };
    (kept.form == FORM).then(|| kept.files.into_iter().map(file).collect())
}

/// Keeps a list.
pub(crate) fn keep_list(cache: &SetCache, name: &str, files: &[StoredFile]) {
    let files = ListFile { form: FORM, files: files.iter().map(listed).collect() };
    if let Ok(bytes) = serde_json::to_vec(&files) {
        cache.keep_list(name, &bytes);
    }
}

/// The version and length of a file as they were found out last, if its list does not tell them.
pub(crate) fn confirmed(cache: &SetCache, file: &StoredFile) -> Option<StoredFile> {
    let ListedFile { path, len, version, sha256 } = serde_json::from_slice(&cache.read_confirmed(file)?).ok()?;
    Some(StoredFile { path, len, version, sha256 }).filter(|found| found.is_confirmed() && found.path == file.path)
}

/// Keeps what was found out of a file.
pub(crate) fn keep_confirmed(cache: &SetCache, file: &StoredFile, found: &StoredFile) {
    if let Ok(bytes) = serde_json::to_vec(&listed(found)) {
        cache.keep_confirmed(file, &bytes);
    }
}

/// The paths of the files that were used when the dataset was open before.
pub(crate) fn used(cache: &SetCache) -> Vec<String> {
    let bytes = fs::read(cache.folder().list(USED)).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// Keeps the paths of the files that were used.
pub(crate) fn keep_used<'p>(cache: &SetCache, paths: impl Iterator<Item = &'p String>) {
    if let Ok(bytes) = serde_json::to_vec(&paths.collect::<Vec<_>>()) {
        cache.keep_list(USED, &bytes);
    }
}

/// The host on which the files of a repository were when it was open before; of one that was not,
/// the host of the files of the repository of this Hub that was opened last.
pub(crate) fn host(cache: &SetCache, hub: &Url) -> Option<Host> {
    let read = |file: &Path| -> Option<HostFile> { serde_json::from_slice(&fs::read(file).ok()?).ok() };
    let is_of = |kept: &HostFile| kept.hub == short_hash(hub);
    let own = read(&cache.folder().list(HOST)).filter(is_of);
    let kept = own.or_else(|| {
        let files = cache.others().into_iter().map(|set| set.list(HOST));
        let mut dated: Vec<_> = files.filter_map(|file| Some((file.metadata().ok()?.modified().ok()?, file))).collect();
        dated.sort();
        dated.iter().rev().filter_map(|(_, file)| read(file)).find(is_of)
    });
    kept.map(|kept| kept.host)
}

fn short_hash(hub: &Url) -> String {
    digits(&Sha256::digest(hub.as_str()), 8)
}

/// Keeps the host on which the files of a repository are.
pub(crate) fn keep_host(cache: &SetCache, host: &Host, hub: &Url) {
    if let Ok(bytes) = serde_json::to_vec(&HostFile { hub: short_hash(hub), host: host.clone() }) {
        cache.keep_list(HOST, &bytes);
    }
}

/// The region of a bucket, if S3 was asked for it.
pub(crate) fn region(cache: &SetCache) -> Option<String> {
    serde_json::from_slice(&fs::read(cache.folder().list(REGION)).ok()?)
        .ok()
        .filter(|region: &String| is_region(region))
}

/// Keeps the region of a bucket.
pub(crate) fn keep_region(cache: &SetCache, region: &str) {
    if let Ok(bytes) = serde_json::to_vec(region) {
        cache.keep_list(REGION, &bytes);
    }
}

/// Whether a text is the name of a region: it becomes a part of the name of a host.
pub(crate) fn is_region(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// Notes that a list is the newest of a revision now.
pub(crate) fn keep_newest(cache: &SetCache, revision: Option<&str>, list: &str) {
    let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    if let Ok(bytes) = serde_json::to_vec(&NewestFile { form: FORM, list: list.to_owned(), at }) {
        cache.keep_list(&newest_name(revision), &bytes);
    }
}

/// The name of the list that was the newest of a revision, and why it must be used.
pub(crate) fn newest(cache: &SetCache, revision: Option<&str>, failure: &Failure) -> Option<(String, Offline)> {
    let kept = newest_file(cache, revision)?;
    let listed_at = SystemTime::UNIX_EPOCH + Duration::from_secs(kept.at.min(u64::from(u32::MAX)));
    Some((kept.list, Offline { listed_at, reason: failure.to_string() }))
}

/// The name of the list that was the newest of a revision.
pub(crate) fn newest_name_of(cache: &SetCache, revision: Option<&str>) -> Option<String> {
    newest_file(cache, revision).map(|kept| kept.list)
}

fn newest_file(cache: &SetCache, revision: Option<&str>) -> Option<NewestFile> {
    let bytes = fs::read(cache.folder().list(&newest_name(revision))).ok()?;
    let kept: NewestFile = serde_json::from_slice(&bytes).ok()?;
    // The name becomes a part of a path.
    let is_name = kept.list.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (kept.form == FORM && is_name).then_some(kept)
}

fn newest_name(revision: Option<&str>) -> String {
    match revision {
        Some(revision) => format!("of-{}", digits(&Sha256::digest(revision), 8)),
        None => "of-default".to_owned(),
    }
}
