//! A folder of a dataset repository of the Hub that several people write small files to. All files
//! of one change are one commit. Knows no dataset.
//!
//! A commit names the one before it. If another person's came first, the Hub refuses it, and it is
//! made again on top of that one.

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::json;
use tilejury_network::wait;
use url::Url;

use crate::access::Access;
use crate::address::Address;
use crate::error::{Failure, RemoteError};
use crate::hub::{self, DEFAULT_BRANCH, Hub};
use crate::traffic::Traffic;
use crate::transport::Transport;

/// The first line of the message of a commit.
const SUMMARY: &str = "Exchange judgements (Tilejury)";
/// Tries of a change, together with those that another commit came before.
const TRIES: u32 = 6;
/// The longest wait of a change that the Hub may ask for.
const WAIT_UP_TO: Duration = Duration::from_secs(60);
/// The bytes of a file by which the Hub decides whether it is text.
const SAMPLE_BYTES: usize = 512;

/// A folder of a dataset repository. Every function blocks.
pub struct HubFolder {
    address: String,
    transport: Transport,
    endpoint: Url,
    repo: String,
    /// The branch.
    revision: String,
    /// The path of the folder in the repository.
    folder: String,
    has_token: bool,
    /// The commit whose files were listed last.
    listed: Mutex<Option<String>>,
}

impl fmt::Debug for HubFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubFolder").field("address", &self.address).finish_non_exhaustive()
    }
}

/// The answer to the question how files are to be sent.
#[derive(Deserialize)]
struct Modes {
    files: Vec<Mode>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mode {
    path: String,
    upload_mode: String,
    #[serde(default)]
    should_ignore: bool,
}

impl HubFolder {
    /// Files of this many bytes or more must not be written: the Hub takes them in another way.
    pub const FILE_UP_TO_BYTES: u64 = 9 << 20;

    /// A folder below that of an address. Sends no request.
    ///
    /// # Errors
    /// When the address is not that of a branch of a repository.
    pub fn open(address: &Address, below: &str, access: &Access) -> Result<Self, RemoteError> {
        let at = |failure: Failure| failure.at(&address);
        let Address::Hub { repo, revision, path } = address else {
            return Err(at(Failure::Other("this is not a dataset repository of the Hub".to_owned())));
        };
        let revision = revision.clone().unwrap_or_else(|| DEFAULT_BRANCH.to_owned());
        if hub::is_commit(&revision) {
            return Err(at(Failure::Other("a commit never changes; name a branch after `@`, or nothing".to_owned())));
        }
        let endpoint = hub::endpoint(&access.hub_endpoint).map_err(at)?;
        let token = access.hub_token.as_deref().map(|token| (&endpoint, token));
        // On the runtime: its start is what makes encryption available to clients.
        let transport = wait(async { Transport::for_writing(Arc::new(Traffic::default()), token, &access.cache) });
        let transport = transport.map_err(|error| at(Failure::Other(error.to_string())))?.map_err(at)?;
        let folder = if path.is_empty() { below.to_owned() } else { format!("{path}/{below}") };
        Ok(Self {
            address: address.to_string(),
            has_token: token.is_some(),
            transport,
            endpoint,
            repo: repo.clone(),
            revision,
            folder,
            listed: Mutex::default(),
        })
    }

    /// The address, without the folder below it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The names of the files directly in the folder, as of the newest commit.
    ///
    /// # Errors
    /// When the Hub refuses, or cannot be reached.
    pub fn list(&self) -> io::Result<Vec<String>> {
        let names = async {
            let (hub, names) = self.newest().await?;
            *self.listed.lock() = Some(hub.commit);
            Ok::<_, Failure>(names)
        };
        Ok(wait(names)?.map_err(in_words)?.into_iter().collect())
    }

    /// Reads a file as of the commit that was listed last.
    ///
    /// # Errors
    /// When there is none, it has `up_to_bytes` or more, or it cannot be reached.
    pub fn read(&self, name: &str, up_to_bytes: u64) -> io::Result<Vec<u8>> {
        let listed = self.listed.lock().clone();
        let content = async {
            let files = hub::files_url(&self.endpoint, &self.repo, listed.as_deref().unwrap_or(&self.revision))?;
            let mut url = files;
            if let Ok(mut parts) = url.path_segments_mut() {
                parts.extend(self.folder.split('/')).push(name);
            }
            self.transport.get(&url).await.map(|(_, content)| content)
        };
        let content = wait(content)?.map_err(in_words)?;
        if content.len() as u64 >= up_to_bytes {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is too long"));
        }
        Ok(content)
    }

    /// Writes and removes files in one commit, all or none. A file that is there already is not
    /// written again, and one that is gone is not removed again.
    ///
    /// # Errors
    /// When the Hub refuses, or cannot be reached.
    pub fn change(&self, write: &[(String, Vec<u8>)], remove: &[String]) -> io::Result<()> {
        if !self.has_token {
            return Err(in_words(for_writing(Failure::Unauthenticated(""))));
        }
        wait(self.change_with_tries(write, remove))?.map_err(in_words)
    }

    async fn change_with_tries(&self, write: &[(String, Vec<u8>)], remove: &[String]) -> Result<(), Failure> {
        let mut tried = 0;
        loop {
            tried += 1;
            let Err(failure) = self.commit(write, remove).await else { return Ok(()) };
            let pause = match &failure {
                Failure::Limited(Some(wait)) => *wait,
                Failure::Changed | Failure::Status(409) => jitter(tried),
                other if other.is_passing() => jitter(tried + 2),
                _ => return Err(for_writing(failure)),
            };
            if tried == TRIES || pause > WAIT_UP_TO {
                return Err(for_writing(failure));
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// One try: looks which files are there now, and makes a commit on top of that.
    async fn commit(&self, write: &[(String, Vec<u8>)], remove: &[String]) -> Result<(), Failure> {
        let (hub, there) = self.newest().await?;
        let write: Vec<_> = write.iter().filter(|(name, _)| !there.contains(name)).collect();
        let remove: Vec<_> = remove.iter().filter(|name| there.contains(*name)).collect();
        if write.is_empty() && remove.is_empty() {
            return Ok(());
        }
        let path = |name: &str| format!("{}/{name}", self.folder);
        let files = write.iter().map(|(name, content)| (path(name), content.as_slice()));
        self.ensure_taken(&files.clone().collect::<Vec<_>>()).await?;
        let header = json!({"summary": SUMMARY, "description": "", "parentCommit": hub.commit});
        let mut lines = vec![json!({"key": "header", "value": header})];
        lines.extend(files.map(|(path, content)| {
            let value = json!({"path": path, "content": STANDARD.encode(content), "encoding": "base64"});
            json!({"key": "file", "value": value})
        }));
        lines.extend(remove.iter().map(|name| json!({"key": "deletedFile", "value": {"path": path(name)}})));
        let body: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let url = hub::api_url(&self.endpoint, &self.repo, &["commit", &self.revision])?;
        self.transport.post(&url, "application/x-ndjson", body.into_bytes()).await.map(drop)
    }

    /// Asks whether the Hub takes files as they are; the rules of a repository may keep some
    /// elsewhere, or leave them out.
    async fn ensure_taken(&self, files: &[(String, &[u8])]) -> Result<(), Failure> {
        if files.is_empty() {
            return Ok(());
        }
        let described = files.iter().map(|(path, content)| {
            let sample = STANDARD.encode(&content[..content.len().min(SAMPLE_BYTES)]);
            json!({"path": path, "sample": sample, "size": content.len()})
        });
        let body = json!({"files": described.collect::<Vec<_>>()}).to_string();
        let url = hub::api_url(&self.endpoint, &self.repo, &["preupload", &self.revision])?;
        let answer = self.transport.post(&url, "application/json", body.into_bytes()).await?;
        let modes: Modes = serde_json::from_slice(&answer)
            .map_err(|error| Failure::BadList(format!("how files are to be sent: {error}")))?;
        match modes.files.iter().find(|file| file.should_ignore || file.upload_mode != "regular") {
            Some(file) if file.should_ignore => {
                Err(Failure::Other(format!("a .gitignore of the repository leaves out {}", file.path)))
            }
            Some(file) => Err(Failure::Other(format!(
                "the repository keeps {} in LFS; exclude the folder in its .gitattributes, for example by the line \
                 `{}/*.jsonl -filter -diff -merge text`",
                file.path, self.folder
            ))),
            None => Ok(()),
        }
    }

    /// The newest commit of the branch, and the names of the files in the folder.
    async fn newest(&self) -> Result<(Hub, HashSet<String>), Failure> {
        let hub = Hub::pin(&self.transport, &self.endpoint, &self.repo, Some(&self.revision)).await?;
        let files = match hub.list(&self.folder, false).await {
            Ok((files, _)) => files,
            // Nobody wrote to it yet.
            Err(Failure::NotFound) => Vec::new(),
            Err(failure) => return Err(failure),
        };
        let names = files.into_iter().filter_map(|file| {
            let name = file.path.strip_prefix(&self.folder)?.strip_prefix('/')?;
            (!name.contains('/')).then(|| name.to_owned())
        });
        let names = names.collect();
        Ok((hub, names))
    }
}

/// A wait that differs among people who were refused at the same moment.
fn jitter(tried: u32) -> Duration {
    let random = RandomState::new().build_hasher().finish() % 200;
    Duration::from_millis((100 + random) << tried.min(5))
}

/// A failure of a change, in words about writing.
fn for_writing(failure: Failure) -> Failure {
    match failure {
        Failure::Unauthenticated(_) => {
            Failure::Unauthenticated("set HF_TOKEN to a token of the Hub that may write to the dataset")
        }
        Failure::Refused(_) => Failure::Refused(
            "the token may not write to this dataset: it needs the role “write”, or as a fine-grained token write \
             access to the repository, whose owner may have to let you in"
                .to_owned(),
        ),
        Failure::Changed | Failure::Status(409) => {
            Failure::Other("other commits came first again and again; it is tried again with the next exchange".into())
        }
        Failure::Status(400) => Failure::Other("the Hub refuses the files (400)".to_owned()),
        other => other,
    }
}

fn in_words(failure: Failure) -> io::Error {
    let kind = if failure == Failure::NotFound { io::ErrorKind::NotFound } else { io::ErrorKind::Other };
    io::Error::new(kind, failure)
}
