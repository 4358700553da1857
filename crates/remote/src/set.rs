//! A dataset at an address: opening it, and reading its shards by ranges. Reads go through the
//! cache, are tried again while that may help, and are compared with the version that was listed.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::stream::{self, FuturesUnordered, StreamExt as _, TryStreamExt as _};
use object_store::path::Path as StorePath;
use object_store::{GetOptions, GetRange, GetResult, ObjectStore};
use sha2::{Digest as _, Sha256};
use tilejury_data::progress::Progress;
use tilejury_data::{
    Dataset, ObstacleKind, Pace, Purpose, ShardIndex, Storage, StorageError, StoredFile, TilePath, UnlistedFiles,
};
use tilejury_network::wait;

use crate::absent::Absent;
use crate::access::Access;
use crate::address::Address;
use crate::ahead::Ahead;
use crate::bucket::{self, Earlier};
use crate::cache::{SetCache, digits};
use crate::error::{Failure, RemoteError};
use crate::hub;
use crate::kept_list::{self, NEWEST, Offline};
use crate::repository::{self, Repository, Wanted};
use crate::served::ServedSet;
use crate::set_index::SetIndex;
use crate::splits::{below, splits};
use crate::stores::store_path;
use crate::traffic::Traffic;
use crate::transport::Transport;
use crate::tries::{DOWNLOAD, PATIENT, PROMPT, with_tries};
use crate::versions::{Kind, Versions};
use crate::{listing, splits as split_files, stores};

/// A longer split of a Hub is fetched in parts of so many bytes at the same time: a server often
/// limits each connection, and those that were opened are used again for tiles.
const PART_BYTES: u64 = 4 << 20;
const PARTS_AT_ONCE: usize = 6;
/// The most splits that a message names.
const SPLITS_NAMED: usize = 20;

/// An opened dataset and its connection.
#[derive(Debug)]
pub struct OpenedSet {
    /// The dataset.
    pub dataset: Dataset,
    /// The address as a person would type it, with the revision that was asked for.
    pub address: Address,
    /// The traffic over the network.
    pub traffic: Arc<Traffic>,
    /// Set if the store could not be reached: the files are those of an earlier day. Reads are
    /// tried nevertheless, and work again as soon as it can.
    pub offline: Option<Offline>,
    /// The files and the cache of the dataset.
    pub set: Arc<RemoteSet>,
}

/// The files of a dataset at an address.
pub struct RemoteSet {
    address: String,
    name: String,
    files: Vec<StoredFile>,
    store: Arc<dyn ObjectStore>,
    top: StorePath,
    versions: Versions,
    cache: SetCache,
    traffic: Arc<Traffic>,
    offline: Option<Offline>,
    set_index: SetIndex,
    absent: Absent,
    /// Requests to a Hub in advance.
    ahead: Option<Ahead>,
    /// The further services of a server of `tilejury serve`.
    served: Option<ServedSet>,
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

/// Opens a dataset at an address: lists its files and fetches its splits, unless they are here
/// already. If the store cannot be reached, the files are those that were listed last, as
/// [`OpenedSet::offline`] says. Blocks until then.
///
/// # Errors
/// If the store refuses, or cannot be reached and was not opened before, if there are no splits, or
/// if the cache folder cannot be written.
pub fn open(address: &Address, access: &Access, progress: &dyn Progress) -> Result<OpenedSet, RemoteError> {
    let (folder, only) = address.split_file();
    let traffic = Arc::new(Traffic::default());
    let opened = wait(connect(&folder, access, traffic.clone()));
    let set = opened.map_err(|error| Failure::Other(error.to_string()).at(address))?;
    let set = set.map_err(|failure| failure.at(address))?;
    if splits(&set.files).next().is_none() {
        return Err(RemoteError::NoSplits { address: address.to_string() });
    }
    if only.as_ref().is_some_and(|name| splits(&set.files).all(|split| split.path != *name)) {
        let names: Vec<&str> = splits(&set.files).map(|split| split.path.as_str()).take(SPLITS_NAMED).collect();
        return Err(RemoteError::NoSplit { address: address.to_string(), there: names.join(", ") });
    }
    let local = set.cache.folder().splits(splits(&set.files), &folder.short_name());
    let whole = async |file: &StoredFile, received: &dyn Fn(i64) -> bool| set.fetch_whole(file, received).await;
    let fetched = wait(split_files::fetch(&set.files, whole, &local, progress));
    fetched.map_err(|error| Failure::Other(error.to_string()).at(address))??;
    set.cache.did_open(&local);
    let path = only.map_or_else(|| local.clone(), |name| local.join(name));
    let set = Arc::new(set);
    let offline = set.offline.clone();
    let dataset = Dataset::open_stored(&path, set.clone());
    let dataset = dataset.map_err(|source| RemoteError::Open { address: address.to_string(), source })?;
    Ok(OpenedSet { dataset, address: address.clone(), traffic, offline, set })
}

/// Lists the files at an address.
async fn connect(address: &Address, access: &Access, traffic: Arc<Traffic>) -> Result<RemoteSet, Failure> {
    let name = address.without_revision().to_string();
    let cache = SetCache::new(&access.cache, &name, access.cache_up_to_bytes);
    let (mut in_advance, mut ahead, mut served) = (Vec::new(), None, None);
    let found = match address {
        Address::Hub { repo, revision, path } => {
            let endpoint = hub::endpoint(&access.hub_endpoint)?;
            let token = access.hub_token.as_deref().map(|token| (&endpoint, token));
            let transport = Transport::new(traffic.clone(), token, &access.cache)?;
            let wanted = Wanted { endpoint: &endpoint, repo, revision: revision.as_deref(), folder: path };
            let Repository { hub, files, short, offline } = repository::find(wanted, &transport, &cache).await?;
            let url = hub.files_url()?;
            let store = stores::web(&url, &transport)?;
            ahead = Some(Ahead::new(&transport, (&endpoint, url), short, &cache));
            let pinned = Address::Hub { repo: repo.clone(), revision: Some(hub.commit), path: path.clone() };
            Found { address: pinned.to_string(), files, store, top: store_path(path)?, kind: Kind::Commit, offline }
        }
        Address::Bucket { service, bucket: name, path } => {
            let transport = Transport::new(traffic.clone(), None, &access.cache)?;
            let top = store_path(path)?;
            let region = kept_list::region(&cache);
            let files = kept_list::list(&cache, NEWEST).unwrap_or_default();
            let earlier = Earlier { files, region };
            let (store, listed) = match bucket::open(*service, name, &top, access, &transport, &earlier).await {
                Ok(opened) => {
                    if let Some(region) = opened.region.filter(|region| earlier.region.as_ref() != Some(region)) {
                        kept_list::keep_region(&cache, &region);
                    }
                    (opened.store, Ok(opened.files))
                }
                Err(failure) if failure.is_passing() => {
                    (bucket::unlisted(*service, name, access, &transport)?, Err(failure))
                }
                Err(failure) => return Err(failure),
            };
            let (files, offline) = newest(&cache, listed)?;
            Found { address: address.to_string(), files, store, top, kind: Kind::Bucket, offline }
        }
        Address::Web { url } => {
            let transport = crate::served::transport(url, access, traffic.clone()).await?;
            let store = stores::web(url, &transport)?;
            let list = listing::of_web(&store, url, &transport);
            let (listed, confirmed) = futures_util::join!(list, Versions::in_advance(&store, &cache));
            // The versions in the list of `tilejury serve` are ETags, as those of a bucket are.
            let is_served = listed.as_ref().is_ok_and(|listed| listed.is_served);
            let kind = if is_served { Kind::Bucket } else { Kind::Web };
            let (files, offline) = newest(&cache, listed.map(|listed| listed.files))?;
            in_advance = confirmed;
            served = is_served.then(|| ServedSet::new(url, &transport));
            let (address, top) = (address.to_string(), StorePath::default());
            Found { address, files, store, top, kind, offline }
        }
    };
    cache.note_address(&name);
    let Found { address, files, store, top, kind, offline } = found;
    let versions = Versions::new(kind);
    versions.take(in_advance);
    Ok(RemoteSet {
        address,
        name,
        files,
        store,
        top,
        versions,
        cache,
        traffic,
        offline,
        set_index: SetIndex::default(),
        absent: Absent::default(),
        ahead,
        served,
        scratch: access.cache.join("scratch"),
    })
}

/// The findings at an address.
struct Found {
    address: String,
    files: Vec<StoredFile>,
    store: Arc<dyn ObjectStore>,
    top: StorePath,
    kind: Kind,
    offline: Option<Offline>,
}

/// Keeps a list that came, or takes the one that was kept if the store cannot be reached.
fn newest(
    cache: &SetCache,
    listed: Result<Vec<StoredFile>, Failure>,
) -> Result<(Vec<StoredFile>, Option<Offline>), Failure> {
    match listed {
        Ok(files) => {
            if kept_list::list(cache, NEWEST).as_ref() != Some(&files) {
                kept_list::keep_list(cache, NEWEST, &files);
            }
            kept_list::keep_newest(cache, None, NEWEST);
            Ok((files, None))
        }
        Err(failure) if failure.is_passing() => {
            let kept = kept_list::newest(cache, None, &failure);
            let kept = kept.and_then(|(list, offline)| Some((kept_list::list(cache, &list)?, offline)));
            kept.map_or(Err(failure), |(files, offline)| Ok((files, Some(offline))))
        }
        Err(failure) => Err(failure),
    }
}

impl RemoteSet {
    /// The traffic over the network.
    pub fn traffic(&self) -> &Arc<Traffic> {
        &self.traffic
    }

    /// The cache of the dataset on this machine.
    pub fn cache(&self) -> &SetCache {
        &self.cache
    }

    /// Fetches a file whole. `received` gets the number of new bytes; it returns `false` to
    /// stop. Tried again while that may help, each time from the beginning: `received` is then told
    /// a negative number first.
    pub(crate) async fn fetch_whole(
        &self,
        file: &StoredFile,
        received: impl Fn(i64) -> bool,
    ) -> Result<Vec<u8>, Failure> {
        with_tries(DOWNLOAD, async || {
            let mut bytes = Vec::with_capacity(usize::try_from(file.len.min(1 << 30)).unwrap_or_default());
            match self.fetch_once(file, &mut bytes, &received).await {
                Ok(()) => Ok(bytes),
                Err(failure) => {
                    received(-(bytes.len() as i64));
                    Err(failure)
                }
            }
        })
        .await
    }

    async fn fetch_once(
        &self,
        file: &StoredFile,
        bytes: &mut Vec<u8>,
        received: &impl Fn(i64) -> bool,
    ) -> Result<(), Failure> {
        if self.versions.kind == Kind::Commit && file.len > PART_BYTES {
            let starts = (0..file.len).step_by(PART_BYTES as usize);
            let parts = starts.map(|start| self.fetch_part(file, start..file.len.min(start + PART_BYTES), received));
            let mut parts = stream::iter(parts).buffered(PARTS_AT_ONCE);
            while let Some(part) = parts.try_next().await? {
                bytes.extend_from_slice(&part);
            }
        } else {
            self.add_part(file, None, bytes, received).await?;
        }
        let has_hash = file.sha256.as_ref().is_none_or(|sha256| digits(&Sha256::digest(&*bytes), 32) == *sha256);
        if bytes.len() as u64 == file.len && has_hash { Ok(()) } else { Err(Failure::Incomplete) }
    }

    /// Fetches a part of a file; again from its beginning while that may help.
    async fn fetch_part(
        &self,
        file: &StoredFile,
        part: Range<u64>,
        received: &impl Fn(i64) -> bool,
    ) -> Result<Vec<u8>, Failure> {
        with_tries(DOWNLOAD, async || {
            let mut bytes = Vec::with_capacity((part.end - part.start) as usize);
            match self.add_part(file, Some(part.clone()), &mut bytes, received).await {
                Ok(()) if bytes.len() as u64 == part.end - part.start => return Ok(bytes),
                Ok(()) => _ = received(-(bytes.len() as i64)),
                Err(failure) => {
                    received(-(bytes.len() as i64));
                    return Err(failure);
                }
            }
            Err(Failure::Incomplete)
        })
        .await
    }

    /// Adds the bytes of a file, or of a part of it, as they come.
    async fn add_part(
        &self,
        file: &StoredFile,
        part: Option<Range<u64>>,
        bytes: &mut Vec<u8>,
        received: &impl Fn(i64) -> bool,
    ) -> Result<(), Failure> {
        let is_part = part.is_some();
        let answer = self.request(file, part.map(GetRange::Bounded)).await?;
        if is_part && answer.meta.size != file.len {
            return Err(Failure::Changed);
        }
        let mut stream = answer.into_stream();
        while let Some(part) = stream.try_next().await.map_err(|error| Failure::of(&error))? {
            bytes.extend_from_slice(&part);
            if bytes.len() as u64 > file.len {
                return Err(Failure::Changed);
            }
            if !received(part.len() as i64) {
                return Err(Failure::Other("cancelled".to_owned()));
            }
        }
        Ok(())
    }

    async fn read_with_tries(
        &self,
        file: &StoredFile,
        range: &Range<u64>,
        purpose: Purpose,
    ) -> Result<Vec<u8>, Failure> {
        let tries = if purpose.is_patient() { PATIENT } else { PROMPT };
        with_tries(tries, async || self.read_once(file, range).await).await
    }

    async fn read_once(&self, file: &StoredFile, range: &Range<u64>) -> Result<Vec<u8>, Failure> {
        let answer = self.request(file, Some(GetRange::Bounded(range.clone()))).await?;
        bytes_of(answer, file, range).await
    }

    /// Reads a range of a file; `None` if the answer does not show that the file has this version.
    async fn read_if_still(&self, file: &StoredFile, range: &Range<u64>) -> Result<Option<Vec<u8>>, Failure> {
        let read = async || match self.request(file, Some(GetRange::Bounded(range.clone()))).await {
            Ok(answer) if answer.meta.e_tag.is_none() => Ok(None),
            Ok(answer) => bytes_of(answer, file, range).await.map(Some),
            Err(failure) => Err(failure),
        };
        match with_tries(PROMPT, read).await {
            Err(Failure::Changed | Failure::Shorter) => Ok(None),
            read => read,
        }
    }

    /// Requests a file or a part of it, and refuses an answer of another version.
    async fn request(&self, file: &StoredFile, range: Option<GetRange>) -> Result<GetResult, Failure> {
        let location = below(&self.top, &file.path)?;
        if let Some(ahead) = &self.ahead {
            ahead.compose(location.as_ref(), file).await;
        }
        let if_match = (self.versions.kind == Kind::Bucket).then(|| file.version.clone());
        let options = GetOptions { range, if_match, ..GetOptions::default() };
        let answer = self.store.get_opts(&location, options).await.map_err(|error| Failure::of(&error))?;
        if let Some(ahead) = &self.ahead {
            ahead.note_host(&self.cache);
        }
        if self.versions.is_same(file, answer.meta.e_tag.as_deref()) { Ok(answer) } else { Err(Failure::Changed) }
    }
}

/// The bytes of an answer to a request for a range.
async fn bytes_of(answer: GetResult, file: &StoredFile, range: &Range<u64>) -> Result<Vec<u8>, Failure> {
    if answer.meta.size != file.len {
        return Err(Failure::Changed);
    }
    let bytes = answer.bytes().await.map_err(|error| Failure::of(&error))?;
    if bytes.len() as u64 != range.end - range.start {
        return Err(Failure::Incomplete);
    }
    Ok(bytes.into())
}

impl RemoteSet {
    async fn unlisted_files(&self, paths: &[String], up_to: u64) -> UnlistedFiles {
        if self.versions.kind != Kind::Web {
            return paths.iter().map(|_| None).collect();
        }
        let mut asked: FuturesUnordered<_> = paths
            .iter()
            .enumerate()
            .map(async |(at, path)| {
                let ending = path.split_once(".tar").map_or(".json", |(_, ending)| ending);
                if self.absent.is_likely(ending) {
                    return (at, None);
                }
                let got = with_tries(PROMPT, async || listing::whole(&self.store, path, up_to).await).await;
                if let Ok(got) = &got {
                    self.absent.note(ending, got.is_none());
                }
                (at, got.ok().flatten())
            })
            .collect();
        let (mut files, mut is_open) = (vec![None; paths.len()], vec![true; paths.len()]);
        while let Some((at, file)) = asked.next().await {
            (files[at], is_open[at]) = (file, false);
            // Those after the first file that is there are not needed.
            let first = files.iter().position(Option::is_some);
            if first.is_some_and(|first| is_open[..first].iter().all(|is_open| !is_open)) {
                break;
            }
        }
        files
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
        if !file.is_confirmed() {
            return self.read(&self.confirmed(file)?, range, purpose, into);
        }
        if purpose.is_kept()
            && let Some(bytes) = self.cache.read(file, &range)
        {
            *into = bytes;
            return Ok(());
        }
        let read = wait(self.read_with_tries(file, &range, purpose));
        let read = read.map_err(|error| Failure::Other(error.to_string()))?;
        *into = read.map_err(|failure| match failure {
            Failure::Connection(_) | Failure::Certificate(_) | Failure::Timeout | Failure::WebPage
                if purpose.is_kept() =>
            {
                StorageError { kind: ObstacleKind::Passing, message: format!("not in the cache, and {failure}") }
            }
            other => other.into(),
        })?;
        if purpose.is_kept() {
            self.cache.keep(file, &range, into);
        }
        Ok(())
    }

    fn confirmed(&self, file: &StoredFile) -> Result<StoredFile, StorageError> {
        let confirmed = self.versions.confirmed(file, &self.store, &self.cache, self.offline.is_some());
        Ok(wait(confirmed).map_err(|error| Failure::Other(error.to_string()))??)
    }

    fn earlier(&self, file: &StoredFile) -> Option<StoredFile> {
        let is_open = self.offline.is_none() && self.versions.known(file).is_none();
        // Without an ETag, the first answer would decide.
        kept_list::confirmed(&self.cache, file).filter(|earlier| is_open && earlier.version.contains('"'))
    }

    fn is_still(&self, earlier: &StoredFile, tile: Range<u64>) -> Result<bool, StorageError> {
        // What is not kept would be requested again.
        if self.cache.holds(earlier, &tile) || !self.cache.can_keep(tile.end - tile.start) {
            return Ok(false);
        }
        let read = wait(self.read_if_still(earlier, &tile)).map_err(|error| Failure::Other(error.to_string()))?;
        let Some(bytes) = read? else { return Ok(false) };
        self.cache.keep(earlier, &tile, &bytes);
        self.versions.confirm(earlier, &self.cache);
        Ok(true)
    }

    fn confirmed_beside(
        &self,
        file: &StoredFile,
        others: &[String],
        up_to: u64,
    ) -> Result<(StoredFile, Option<UnlistedFiles>), StorageError> {
        // A file that was confirmed before most likely has an index on this machine.
        let is_new = self.versions.known(file).is_none() && kept_list::confirmed(&self.cache, file).is_none();
        if !is_new || self.offline.is_some() {
            return Ok((self.confirmed(file)?, None));
        }
        let confirmed = self.versions.confirmed(file, &self.store, &self.cache, false);
        let both = async { futures_util::join!(confirmed, self.unlisted_files(others, up_to)) };
        let (confirmed, others) = wait(both).map_err(|error| Failure::Other(error.to_string()))?;
        Ok((confirmed?, Some(others)))
    }

    fn expect(&self, file: &StoredFile) {
        if let Some(ahead) = self.ahead.as_ref().filter(|_| self.offline.is_none()) {
            self.versions.note_used(&file.path, &self.cache);
            if let Ok(location) = below(&self.top, &file.path) {
                ahead.find(location.as_ref());
            }
        }
    }

    fn keep(&self, file: &StoredFile, range: Range<u64>, bytes: &[u8]) {
        self.cache.keep(file, &range, bytes);
    }

    fn is_kept(&self, file: &StoredFile, range: Range<u64>) -> bool {
        self.cache.holds(file, &range)
    }

    fn keeps_up_to_bytes(&self) -> u64 {
        self.cache.keeps_up_to_bytes()
    }

    fn exchange_place(&self) -> Option<&str> {
        self.served.as_ref().map(ServedSet::place)
    }

    fn small_tile(&self, tile: &TilePath, width: u32) -> Option<Vec<u8>> {
        wait(self.served.as_ref()?.small_tile(tile, width)).ok().flatten()
    }

    fn note(&self) -> Option<String> {
        self.offline.as_ref().map(Offline::note)
    }

    fn pace(&self) -> Pace {
        self.traffic.pace()
    }

    fn kept_index(&self, shard: &StoredFile) -> Option<ShardIndex> {
        ShardIndex::from_bytes(&self.cache.read_index(shard)?, shard)
    }

    fn keep_index(&self, shard: &StoredFile, index: &ShardIndex) {
        self.cache.keep_index(shard, &index.to_bytes());
    }

    fn index_in_set(&self, shard: &StoredFile) -> Result<Option<ShardIndex>, String> {
        self.set_index.of_shard(self, &self.scratch, shard)
    }

    fn unlisted(&self, paths: &[String], up_to: u64) -> UnlistedFiles {
        wait(self.unlisted_files(paths, up_to)).unwrap_or_default()
    }
}
