//! The API of the Hugging Face Hub: pins a revision to a commit, and lists the files of a folder.

use serde::Deserialize;
use tilejury_data::StoredFile;
use url::Url;

use crate::error::Failure;
use crate::transport::Transport;

/// The most pages of a list, of a thousand files each.
const PAGES: usize = 300;

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
    sha: String,
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
    url.map_err(|error| Failure::Other(format!("HF_ENDPOINT is not an address: {error}")))
}

impl Hub {
    /// A repository at a commit that is known.
    pub(crate) fn at(transport: Transport, endpoint: &Url, repo: &str, commit: &str) -> Self {
        Self { transport, endpoint: endpoint.clone(), repo: repo.to_owned(), commit: commit.to_owned() }
    }

    /// Pins a revision, or the default branch, to the commit that it is now.
    pub(crate) async fn pin(
        transport: Transport,
        endpoint: &Url,
        repo: &str,
        revision: Option<&str>,
    ) -> Result<Self, Failure> {
        let revision = revision.map(|revision| format!("/revision/{}", encoded(revision))).unwrap_or_default();
        let url = join(endpoint, &format!("api/datasets/{repo}{revision}"))?;
        let (_, body) = transport.get(&url).await.map_err(|failure| explained(failure, endpoint, repo))?;
        let found: Revision = serde_json::from_slice(&body).map_err(|_| Failure::WebPage)?;
        if !is_commit(&found.sha) {
            return Err(Failure::Other("the Hub names no commit of the dataset".to_owned()));
        }
        Ok(Self { transport, endpoint: endpoint.clone(), repo: repo.to_owned(), commit: found.sha })
    }

    /// The address below which the files of the commit are.
    pub(crate) fn files_url(&self) -> Result<Url, Failure> {
        join(&self.endpoint, &format!("datasets/{}/resolve/{}", self.repo, self.commit))
    }

    /// The files and folders directly in a folder.
    pub(crate) async fn list(&self, folder: &str) -> Result<(Vec<StoredFile>, Vec<String>), Failure> {
        let folder = folder.split('/').map(encoded).collect::<Vec<_>>().join("/");
        let path = format!("api/datasets/{}/tree/{}/{folder}", self.repo, self.commit);
        let mut next = Some(join(&self.endpoint, path.trim_end_matches('/'))?);
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for _ in 0..PAGES {
            let Some(url) = next.take() else { break };
            let listed = self.transport.get(&url).await;
            let (headers, body) = listed.map_err(|failure| explained(failure, &self.endpoint, &self.repo))?;
            let entries: Vec<Entry> = serde_json::from_slice(&body).map_err(|_| Failure::WebPage)?;
            for entry in entries {
                match entry.kind.as_str() {
                    "directory" => folders.push(entry.path),
                    "file" => files.push(stored(entry)),
                    _ => {}
                }
            }
            next = headers.get("link").and_then(|link| next_page(link.to_str().ok()?, &self.endpoint));
        }
        Ok((files, folders))
    }
}

fn stored(entry: Entry) -> StoredFile {
    match entry.lfs {
        Some(lfs) => {
            let sha256 = lfs.oid.trim_start_matches("sha256:").to_ascii_lowercase();
            StoredFile { path: entry.path, len: lfs.size, version: sha256.clone(), sha256: Some(sha256) }
        }
        None => StoredFile { path: entry.path, len: entry.size, version: entry.oid, sha256: None },
    }
}

/// Whether a revision is a commit: 40 hexadecimal digits.
pub(crate) fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The address in `<…>; rel="next"` (RFC 8288). It must be on the same host.
fn next_page(link: &str, endpoint: &Url) -> Option<Url> {
    let next = link.split(',').find(|part| part.contains("rel=\"next\""))?;
    let (_, rest) = next.split_once('<')?;
    let (target, _) = rest.split_once('>')?;
    endpoint.join(target).ok().filter(|url| url.origin() == endpoint.origin())
}

/// A failure in the words of the Hub.
fn explained(failure: Failure, endpoint: &Url, repo: &str) -> Failure {
    match failure {
        Failure::Refused(code) if code == "GatedRepo" => {
            Failure::Gated { page: format!("{}/datasets/{repo}", endpoint.as_str().trim_end_matches('/')) }
        }
        // The Hub answers so for a dataset that does not exist as well.
        Failure::Unauthenticated(_) => Failure::Unauthenticated(
            "the dataset is private or does not exist: check the name, and set HF_TOKEN to a token that may read it",
        ),
        other => other,
    }
}

fn join(endpoint: &Url, path: &str) -> Result<Url, Failure> {
    let text = format!("{}/{path}", endpoint.as_str().trim_end_matches('/'));
    Url::parse(&text).map_err(|error| Failure::Other(error.to_string()))
}

/// A part of a path with `/` and other special characters encoded.
fn encoded(part: &str) -> String {
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
        let endpoint = Url::parse("https://hub").unwrap();
        let page = next_page(r#"<https://hub/api/x?cursor=1>; rel="next""#, &endpoint).unwrap();
        assert_eq!(page.as_str(), "https://hub/api/x?cursor=1");
        assert!(next_page(r#"<https://other/x>; rel="next""#, &endpoint).is_none());
        assert!(next_page(r#"<https://hub/x>; rel="prev""#, &endpoint).is_none());
    }

    #[test]
    fn branches_are_encoded() {
        assert_eq!(encoded("refs/pr/1"), "refs%2Fpr%2F1");
    }
}
