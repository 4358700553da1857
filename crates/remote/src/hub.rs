//! The API of the Hugging Face Hub: pins a revision to a commit, alone or with its files, and lists
//! the files of a folder.

use serde::Deserialize;
use tilejury_data::StoredFile;
use url::Url;

use crate::error::Failure;
use crate::transport::Transport;

/// The most pages of a list, of a thousand files each.
const PAGES: usize = 1000;

/// The most files of a description that are taken for all: the Hub leaves out the rest of a longer
/// list without a word, from about 7,400 on.
const DESCRIBED_UP_TO: usize = 4000;

/// The branch that a repository has if none is named.
pub(crate) const DEFAULT_BRANCH: &str = "main";

/// A repository at one commit.
pub(crate) struct Hub {
    transport: Transport,
    endpoint: Url,
    repo: String,
    /// The commit, as 40 hexadecimal digits.
    pub(crate) commit: String,
}

#[derive(Deserialize)]
struct Revision {
    #[serde(default)]
    sha: String,
    #[serde(default)]
    siblings: Vec<Sibling>,
}

/// A file in the description of a repository. Its size is only there if it was asked for, and a
/// mirror may leave it out nevertheless.
#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    #[serde(rename = "blobId")]
    blob_id: Option<String>,
    lfs: Option<SiblingLfs>,
}

#[derive(Deserialize)]
struct SiblingLfs {
    #[serde(default)]
    sha256: String,
    size: u64,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "type")]
    kind: String,
    path: String,
    #[serde(default)]
    size: u64,
    /// The hash by which Git knows the content.
    #[serde(default)]
    oid: String,
    lfs: Option<Lfs>,
}

#[derive(Deserialize)]
struct Lfs {
    /// The SHA-256 of the content.
    oid: String,
    size: u64,
}

/// The endpoint as an address.
///
/// # Errors
/// If it is none.
pub(crate) fn endpoint(text: &str) -> Result<Url, Failure> {
    let url = Url::parse(text.trim_end_matches('/'));
    let url = url.map_err(|error| Failure::Other(format!("HF_ENDPOINT is not an address: {error}")))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(Failure::Other("HF_ENDPOINT is not an address with https:// or http://".to_owned())),
    }
}

impl Hub {
    /// A repository at a commit that is known.
    pub(crate) fn at(transport: Transport, endpoint: &Url, repo: &str, commit: &str) -> Self {
        Self { transport, endpoint: endpoint.clone(), repo: repo.to_owned(), commit: commit.to_owned() }
    }

    /// Pins a revision, or the default branch, to the commit that it is now.
    pub(crate) async fn pin(
        transport: &Transport,
        endpoint: &Url,
        repo: &str,
        revision: Option<&str>,
    ) -> Result<Self, Failure> {
        let found = described(transport, endpoint, repo, revision, "expand=sha").await?;
        Ok(Self::at(transport.clone(), endpoint, repo, &found.sha))
    }

    /// Pins a revision as [`Self::pin`] does, and returns its files, if one answer has them all.
    pub(crate) async fn pin_with_files(
        transport: &Transport,
        endpoint: &Url,
        repo: &str,
        revision: Option<&str>,
    ) -> Result<(Self, Option<Vec<StoredFile>>), Failure> {
        let found = match described(transport, endpoint, repo, revision, "blobs=true").await {
            // There are too many files to describe.
            Err(Failure::TooLong) => return Ok((Self::pin(transport, endpoint, repo, revision).await?, None)),
            found => found?,
        };
        let hub = Self::at(transport.clone(), endpoint, repo, &found.sha);
        if found.siblings.len() > DESCRIBED_UP_TO {
            return Ok((hub, None));
        }
        let files: Option<Vec<StoredFile>> =
            found.siblings.into_iter().map(|file| of_sibling(file, &found.sha)).collect();
        Ok((hub, files.filter(|files| !files.is_empty())))
    }

    /// The files of the commit, if one answer has them all.
    pub(crate) async fn files(&self) -> Result<Option<Vec<StoredFile>>, Failure> {
        let found = Self::pin_with_files(&self.transport, &self.endpoint, &self.repo, Some(&self.commit)).await;
        found.map(|(_, files)| files)
    }

    /// The address below which the files of the commit are.
    pub(crate) fn files_url(&self) -> Result<Url, Failure> {
        files_url(&self.endpoint, &self.repo, &self.commit)
    }

    /// The files and folders directly in a folder, or also those below.
    pub(crate) async fn list(&self, folder: &str, below: bool) -> Result<(Vec<StoredFile>, Vec<String>), Failure> {
        let folder = folder.split('/').map(encoded).collect::<Vec<_>>().join("/");
        let path = format!("api/datasets/{}/tree/{}/{folder}", self.repo, self.commit);
        let mut first = join(&self.endpoint, path.trim_end_matches('/'))?;
        first.set_query(below.then_some("recursive=true"));
        let mut next = Some(first);
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        let mut pages = 0;
        while let Some(url) = next.take() {
            pages += 1;
            if pages > PAGES {
                return Err(Failure::BadList(format!("it does not end after {PAGES} pages")));
            }
            let (headers, body) = self.transport.get(&url).await.map_err(explained)?;
            let entries: Vec<Entry> = serde_json::from_slice(&body).map_err(|error| not_a("page", &body, &error))?;
            for entry in entries {
                match entry.kind.as_str() {
                    "directory" => folders.push(entry.path),
                    "file" => files.push(stored(entry, &self.commit)),
                    _ => {}
                }
            }
            next = headers.get("link").and_then(|link| next_page(link.to_str().ok()?, &self.endpoint));
        }
        Ok((files, folders))
    }
}

/// Returns the description of a revision of a repository.
async fn described(
    transport: &Transport,
    endpoint: &Url,
    repo: &str,
    revision: Option<&str>,
    query: &str,
) -> Result<Revision, Failure> {
    let revision = revision.map(|revision| format!("/revision/{}", encoded(revision))).unwrap_or_default();
    let mut url = join(endpoint, &format!("api/datasets/{repo}{revision}"))?;
    url.set_query(Some(query));
    let (_, body) = transport.get(&url).await.map_err(explained)?;
    let found: Revision = serde_json::from_slice(&body).map_err(|error| not_a("no commit", &body, &error))?;
    if is_commit(&found.sha) {
        Ok(found)
    } else {
        Err(Failure::Other("the Hub names no commit of the dataset".to_owned()))
    }
}

/// An address of the API for a dataset, by the parts of its path.
pub(crate) fn api_url(endpoint: &Url, repo: &str, parts: &[&str]) -> Result<Url, Failure> {
    let parts: Vec<String> = parts.iter().map(|part| encoded(part)).collect();
    join(endpoint, &format!("api/datasets/{repo}/{}", parts.join("/")))
}

/// The address below which the files of a revision are.
pub(crate) fn files_url(endpoint: &Url, repo: &str, revision: &str) -> Result<Url, Failure> {
    join(endpoint, &format!("datasets/{repo}/resolve/{}", encoded(revision)))
}

/// A file in the description of a repository, as a list would have it; `None` if its size is not
/// told.
fn of_sibling(file: Sibling, commit: &str) -> Option<StoredFile> {
    let lfs = file.lfs.map(|lfs| Lfs { oid: lfs.sha256, size: lfs.size });
    let size = lfs.as_ref().map(|lfs| lfs.size).or(file.size)?;
    let (kind, oid) = (String::new(), file.blob_id.unwrap_or_default());
    Some(stored(Entry { kind, path: file.rfilename, size, oid, lfs }, commit))
}

/// A file of a list at a commit. A mirror may leave out the hashes; then each commit has its own
/// version of the file.
fn stored(entry: Entry, commit: &str) -> StoredFile {
    let path = entry.path;
    match entry.lfs.filter(|lfs| !lfs.oid.is_empty()) {
        Some(lfs) => {
            let sha256 = lfs.oid.trim_start_matches("sha256:").to_ascii_lowercase();
            StoredFile { path, len: lfs.size, version: sha256.clone(), sha256: Some(sha256) }
        }
        None => {
            let version = if entry.oid.is_empty() { commit.to_owned() } else { entry.oid };
            StoredFile { path, len: entry.size, version, sha256: None }
        }
    }
}

/// Whether a revision is a commit: 40 hexadecimal digits.
pub(crate) fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The address in `<…>; rel="next"` (RFC 8288). One on another host, which a mirror may pass on
/// from the Hub, is asked for at the endpoint.
fn next_page(link: &str, endpoint: &Url) -> Option<Url> {
    let next = link.split(',').find(|part| part.contains("rel=\"next\""))?;
    let (_, rest) = next.split_once('<')?;
    let (target, _) = rest.split_once('>')?;
    let target = endpoint.join(target).ok()?;
    if target.origin() == endpoint.origin() {
        return Some(target);
    }
    let mut here = join(endpoint, target.path().trim_start_matches('/')).ok()?;
    here.set_query(target.query());
    Some(here)
}

/// The failure for a document that is not the requested one.
fn not_a(what: &str, body: &[u8], error: &serde_json::Error) -> Failure {
    if body.trim_ascii_start().starts_with(b"<") {
        Failure::WebPage
    } else {
        Failure::BadList(format!("{what}: {error}"))
    }
}

/// A failure in the words of the Hub.
fn explained(failure: Failure) -> Failure {
    match failure {
        // A token that the Hub does not know.
        Failure::Unauthenticated(_) => {
            Failure::Unauthenticated("check HF_TOKEN, or log in with the Hub's own tool again")
        }
        other => other,
    }
}

fn join(endpoint: &Url, path: &str) -> Result<Url, Failure> {
    let text = format!("{}/{path}", endpoint.as_str().trim_end_matches('/'));
    Url::parse(&text).map_err(|error| Failure::Other(error.to_string()))
}

/// A part of a path with `/` and other special characters encoded.
pub(crate) fn encoded(part: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const SPECIAL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(part, SPECIAL).to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn the_next_page_is_on_the_same_host() {
        let next = |link: &str, endpoint: &str| Some(next_page(link, &Url::parse(endpoint).unwrap())?.to_string());
        let link = r#"<https://hub/api/x?cursor=1>; rel="next""#;
        assert_eq!(next(link, "https://hub").unwrap(), "https://hub/api/x?cursor=1");
        assert_eq!(next(link, "https://other/mirror").unwrap(), "https://other/mirror/api/x?cursor=1");
        assert_eq!(next(r#"<https://hub/x>; rel="prev""#, "https://hub"), None);
    }

    #[test]
    fn a_file_without_a_hash_has_the_version_of_its_commit() {
        let version = |entry: &str| stored(serde_json::from_str(entry).unwrap(), "c0").version;
        assert_eq!(version(r#"{"type":"file","path":"a","size":1,"oid":"11"}"#), "11");
        assert_eq!(version(r#"{"type":"file","path":"a","oid":"11","lfs":{"oid":"sha256:AB","size":2}}"#), "ab");
        assert_eq!(version(r#"{"type":"file","path":"a","size":1}"#), "c0");
        assert_eq!(version(r#"{"type":"file","path":"a","lfs":{"oid":"","size":2}}"#), "c0");
    }

    #[test]
    fn a_described_file_is_the_same_as_a_listed_one() {
        let described = |text: &str| of_sibling(serde_json::from_str(text).unwrap(), "c0");
        let listed = |text: &str| Some(stored(serde_json::from_str(text).unwrap(), "c0"));
        assert_eq!(
            described(r#"{"rfilename":"a/b","blobId":"11","size":3}"#),
            listed(r#"{"type":"file","path":"a/b","size":3,"oid":"11"}"#)
        );
        assert_eq!(
            described(r#"{"rfilename":"a","blobId":"11","size":5,"lfs":{"sha256":"AB","size":5,"pointerSize":130}}"#),
            listed(r#"{"type":"file","path":"a","oid":"11","lfs":{"oid":"ab","size":5}}"#)
        );
        assert_eq!(described(r#"{"rfilename":"a"}"#), None, "a mirror need not tell it");
    }

    #[test]
    fn the_endpoint_is_an_address_of_the_web() {
        assert_eq!(endpoint("https://hub/mirror/").unwrap().as_str(), "https://hub/mirror");
        for wrong in ["hub.example:8443", "ftp://hub", "hub"] {
            assert!(endpoint(wrong).unwrap_err().to_string().contains("HF_ENDPOINT is not an address"), "{wrong}");
        }
    }

    #[test]
    fn branches_are_encoded() {
        assert_eq!(encoded("refs/pr/1"), "refs%2Fpr%2F1");
    }
}
