//! A dataset at an address: opening it, and reading its shards by ranges. Reads go through the
//! cache, are tried again while that may help, and are compared with the version that was listed.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use object_store::path::Path as StorePath;
use object_store::{GetOptions, GetRange, ObjectStore};
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use tilejury_data::progress::Progress;
use tilejury_data::{Dataset, Pace, Purpose, ShardIndex, Storage, StorageError, StoredFile};

use crate::access::Access;
use crate::address::Address;
use crate::bucket;
use crate::cache::RangeCache;
use crate::error::{Failure, RemoteError};
use crate::hub::{self, Hub};
use crate::runtime::wait;
use crate::set_index::SetIndex;
use crate::splits::{below, splits};
use crate::traffic::Traffic;
use crate::transport::Transport;
use crate::{listing, splits as split_files, stores};

/// Tries and time for a read that somebody waits for.
const PROMPT: (usize, Duration) = (3, Duration::from_secs(10));
/// Tries and time for a read in the background.
const PATIENT: (usize, Duration) = (8, Duration::from_secs(180));
/// The wait before the second try; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// An opened dataset and its connection.
#[derive(Debug)]
pub struct OpenedSet {
    /// The dataset.
    pub dataset: Dataset,
    /// The address as a person would type it, with the revision that was asked for.
    pub address: Address,
    /// What passes over the network.
    pub traffic: Arc<Traffic>,
}

/// The files of a dataset at an address.
pub struct RemoteSet {
    address: String,
    name: String,
    files: Vec<StoredFile>,
    store: Arc<dyn ObjectStore>,
    top: StorePath,
    kind: Kind,
    cache: RangeCache,
    traffic: Arc<Traffic>,
    /// The ETags that were seen of files whose list has none.
    seen: Mutex<HashMap<String, String>>,
    set_index: SetIndex,
    /// A folder for files that are needed for a moment.
    scratch: PathBuf,
}

impl fmt::Debug for RemoteSet {
    /// Leaves out the store, which prints its credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteSet")
            .field("address", &self.address)
            .field("files", &self.files.len())
            .finish_non_exhaustive()
    }
}

/// How the version of a file is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A commit never changes.
    Commit,
    /// The version is an ETag.
    Bucket,
    /// The version is that of a list, and ETags are compared with each other.
    Web,
}

/// Opens a dataset at an address: lists its files and fetches its splits, unless they are here
/// already. Blocks until then.
///
/// # Errors
/// If the store cannot be reached or refuses, if there are no splits, or if the cache folder cannot
/// be written.
pub fn open(address: &Address, access: &Access, progress: &dyn Progress) -> Result<OpenedSet, RemoteError> {
    let (folder, only) = address.split_file();
    let traffic = Arc::new(Traffic::default());
    let opened = wait(connect(&folder, access, traffic.clone()));
    let set = opened.map_err(|error| Failure::Other(error.to_string()).at(address))?;
    let set = set.map_err(|failure| failure.at(address))?;
    if splits(&set.files).next().is_none() {
        return Err(RemoteError::NoSplits { address: address.to_string() });
    }
    let local = set.splits_folder(access, &folder);
    let fetched = wait(split_files::fetch(&set.store, &set.top, &set.files, &local, progress));
    fetched.map_err(|error| Failure::Other(error.to_string()).at(address))??;
    let path = only.map_or_else(|| local.clone(), |name| local.join(name));
    let dataset = Dataset::open_stored(&path, Arc::new(set));
    let dataset = dataset.map_err(|source| RemoteError::Open { address: address.to_string(), source })?;
    Ok(OpenedSet { dataset, address: address.clone(), traffic })
}

/// Lists the files at an address.
async fn connect(address: &Address, access: &Access, traffic: Arc<Traffic>) -> Result<RemoteSet, Failure> {
    let name = address.without_revision().to_string();
    let cache = RangeCache::new(access.cache.join("ranges"));
    let set = |address: String, files, store, top, kind| RemoteSet {
        address,
        name: name.clone(),
        files,
        store,
        top,
        kind,
        cache,
        traffic: traffic.clone(),
        seen: Mutex::default(),
        set_index: SetIndex::default(),
        scratch: access.cache.join("scratch"),
    };
    match address {
        Address::Hub { repo, revision, path } => {
            let endpoint = hub::endpoint(&access.hub_endpoint)?;
            let token = access.hub_token.as_deref().map(|token| (&endpoint, token));
            let transport = Transport::new(traffic.clone(), token)?;
            let hub = Hub::pin(transport.clone(), &endpoint, repo, revision.as_deref()).await?;
            let files = listing::of_hub(&hub, path).await?;
            let store = stores::web(&hub.files_url()?, &transport)?;
            let pinned = Address::Hub { repo: repo.clone(), revision: Some(hub.commit.clone()), path: path.clone() };
            Ok(set(pinned.to_string(), files, store, parsed(path)?, Kind::Commit))
        }
        Address::Bucket { service, bucket: name, path } => {
            let transport = Transport::new(traffic.clone(), None)?;
            let top = parsed(path)?;
            let (store, files) = bucket::open(*service, name, &top, access, &transport).await?;
            Ok(set(address.to_string(), files, store, top, Kind::Bucket))
        }
        Address::Web { url } => {
            let transport = Transport::new(traffic.clone(), None)?;
            let store = stores::web(url, &transport)?;
            let files = listing::of_web(&store, url, &transport).await?;
            Ok(set(address.to_string(), files, store, StorePath::default(), Kind::Web))
        }
    }
}

fn parsed(path: &str) -> Result<StorePath, Failure> {
    StorePath::parse(path).map_err(|error| Failure::Other(error.to_string()))
}

impl RemoteSet {
    /// The folder for the splits of this version of the dataset.
    fn splits_folder(&self, access: &Access, address: &Address) -> PathBuf {
        let mut version = Sha256::new();
        for file in splits(&self.files) {
            version.update(format!("{}\n{}\n{}\n", file.path, file.version, file.len));
        }
        let digits =
            |hash: Sha256| hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
        let set = digits(Sha256::new_with_prefix(&self.name));
        access.cache.join("sets").join(set).join(digits(version)).join(address.short_name())
    }

    /// What passes over the network.
    pub fn traffic(&self) -> &Arc<Traffic> {
        &self.traffic
    }

    async fn read_with_tries(
        &self,
        file: &StoredFile,
        range: &Range<u64>,
        purpose: Purpose,
    ) -> Result<Vec<u8>, Failure> {
        let (tries, time) = if purpose == Purpose::Bulk { PATIENT } else { PROMPT };
        let (begun, mut pause) = (Instant::now(), FIRST_WAIT);
        for at in 1.. {
            let failure = match self.read_once(file, range).await {
                Ok(bytes) => return Ok(bytes),
                Err(failure) => failure,
            };
            if at >= tries || !failure.is_passing() || begun.elapsed() + pause > time {
                return Err(failure);
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Err(Failure::Timeout)
    }

    async fn read_once(&self, file: &StoredFile, range: &Range<u64>) -> Result<Vec<u8>, Failure> {
        let location = below(&self.top, &file.path)?;
        let if_match = (self.kind == Kind::Bucket).then(|| file.version.clone());
        let options = GetOptions { range: Some(GetRange::Bounded(range.clone())), if_match, ..GetOptions::default() };
        let failed = |error: object_store::Error| Failure::of(&error);
        let answer = self.store.get_opts(&location, options).await.map_err(failed)?;
        if answer.meta.size != file.len || !self.is_same_version(file, answer.meta.e_tag.as_deref()) {
            return Err(Failure::Changed);
        }
        let bytes = answer.bytes().await.map_err(failed)?;
        if bytes.len() as u64 != range.end - range.start {
            return Err(Failure::Incomplete);
        }
        Ok(bytes.into())
    }

    /// Some servers ignore the condition of a request, so the answer's ETag is compared as well.
    fn is_same_version(&self, file: &StoredFile, e_tag: Option<&str>) -> bool {
        match (self.kind, e_tag) {
            (Kind::Commit, _) | (_, None) => true,
            (Kind::Bucket, Some(e_tag)) => e_tag == file.version,
            (Kind::Web, Some(e_tag)) => {
                let mut seen = self.seen.lock();
                seen.entry(file.path.clone()).or_insert_with(|| e_tag.to_owned()) == e_tag
            }
        }
    }
}

impl Storage for RemoteSet {
    fn address(&self) -> &str {
        &self.address
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn files(&self) -> &[StoredFile] {
        &self.files
    }

    fn read(
        &self,
        file: &StoredFile,
        range: Range<u64>,
        purpose: Purpose,
        into: &mut Vec<u8>,
    ) -> Result<(), StorageError> {
        if purpose == Purpose::Tile && self.cache.read(&self.name, file, &range, into) {
            return Ok(());
        }
        let read = wait(self.read_with_tries(file, &range, purpose));
        *into = read.map_err(|error| Failure::Other(error.to_string()))??;
        if purpose == Purpose::Tile {
            self.cache.keep(&self.name, file, &range, into);
        }
        Ok(())
    }

    fn pace(&self) -> Pace {
        self.traffic.pace()
    }

    fn kept_index(&self, shard: &StoredFile) -> Option<ShardIndex> {
        ShardIndex::from_bytes(&self.cache.read_index(&self.name, shard)?, shard)
    }

    fn keep_index(&self, shard: &StoredFile, index: &ShardIndex) {
        self.cache.keep_index(&self.name, shard, &index.to_bytes());
    }

    fn index_in_set(&self, shard: &StoredFile) -> Result<Option<ShardIndex>, String> {
        self.set_index.of_shard(self, &self.scratch, shard)
    }

    fn beside(&self, shard: &StoredFile, ending: &str) -> Option<StoredFile> {
        let path = shard.path_with(ending);
        if self.kind != Kind::Web {
            return self.file(&path).cloned();
        }
        wait(listing::head(&self.store, &path)).ok()?.ok()?
    }
}
