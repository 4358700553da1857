//! A dataset at an address: opening it, and what is known of it. `set/fetching.rs` requests its
//! files, `set/reading.rs` reads its shards through the cache.

mod fetching;
mod reading;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path as StorePath;
use tilejury_data::progress::Progress;
use tilejury_data::{Dataset, LinesFolder, StoredFile};
use tilejury_network::wait;

use crate::absent::Absent;
use crate::access::Access;
use crate::address::Address;
use crate::ahead::Ahead;
use crate::bucket::{self, Earlier};
use crate::cache::{LINES, SetCache};
use crate::error::{Failure, RemoteError};
use crate::hub;
use crate::kept_list::{self, NEWEST, Offline};
use crate::repository::{self, Repository, Wanted};
use crate::served::ServedSet;
use crate::set_index::SetIndex;
use crate::splits::{PARQUET_UP_TO_BYTES, parquet_bytes, splits};
use crate::stores::store_path;
use crate::traffic::Traffic;
use crate::transport::Transport;
use crate::versions::{Kind, Versions};
use crate::{listing, splits as split_files, stores};

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
    if address.without_revision().to_string().ends_with(".parquet") {
        return Err(RemoteError::OneParquet { address: address.to_string() });
    }
    let (folder, only) = address.split_file();
    let traffic = Arc::new(Traffic::default());
    let opened = wait(connect(&folder, access, traffic.clone()));
    let set = opened.map_err(|error| Failure::Other(error.to_string()).at(address))?;
    let set = set.map_err(|failure| failure.at(address))?;
    if splits(&set.files).next().is_none() {
        return Err(RemoteError::NoSplits { address: address.to_string() });
    }
    let parquet = parquet_bytes(&set.files);
    if parquet > PARQUET_UP_TO_BYTES {
        return Err(RemoteError::LongParquet {
            address: address.to_string(),
            bytes: parquet,
            up_to: PARQUET_UP_TO_BYTES,
        });
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
    let lines = LinesFolder { folder: &local.join(LINES), progress };
    let dataset = Dataset::open_stored_with(&path, set.clone(), lines);
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
}
