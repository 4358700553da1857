//! Requests to a Hub before their answers are needed: the addresses to which it leads for files,
//! and connections to the host that those are on. Every one of them may fail: then the same is
//! asked for when it is needed.
//!
//! Of an address, which is signed, only the host is kept from one run to the next. Addresses of
//! short files are not signed, and are composed like the first one that was seen.

use parking_lot::Mutex;
use tilejury_data::StoredFile;
use tilejury_network::spawn;
use url::Url;

use crate::cache::SetCache;
use crate::host::Host;
use crate::kept_list;
use crate::listing::KNOWN_SPLITS;
use crate::short_files::{SHORT_FILE, ShortFiles};
use crate::transport::Transport;

/// The requests to a Hub in advance for one commit of a dataset.
pub(crate) struct Ahead {
    transport: Transport,
    /// The address below which the files are.
    files: Url,
    /// The Hub.
    endpoint: Url,
    /// Where short files are, if that could be seen.
    short: Option<ShortFiles>,
    /// The host that was noted last.
    noted: Mutex<Option<Host>>,
}

impl Ahead {
    pub(crate) fn new(
        transport: &Transport,
        (endpoint, files): (&Url, Url),
        short: Option<ShortFiles>,
        cache: &SetCache,
    ) -> Self {
        let noted = Mutex::new(kept_list::host(cache, endpoint));
        Self { transport: transport.clone(), files, endpoint: endpoint.clone(), short, noted }
    }

    /// Takes the address that a short file most likely has, if none was found for it yet.
    pub(crate) async fn compose(&self, path: &str, file: &StoredFile) {
        if let Some(short) = &self.short
            && let Some(url) = below(&self.files, path)
            && let Some(to) = short.address(&url, path, file)
        {
            self.transport.take_composed(&url, to).await;
        }
    }

    /// Finds the address of a file. Returns at once.
    pub(crate) fn find(&self, path: &str) {
        let Some(url) = below(&self.files, path) else { return };
        let transport = self.transport.clone();
        // Without threads for requests, the read that follows says so.
        let _ = spawn(async move { transport.find_target(&url).await });
    }

    /// Keeps the host of the files if it is another one than before.
    pub(crate) fn note_host(&self, cache: &SetCache) {
        let host = self.transport.host();
        let mut noted = self.noted.lock();
        if host.is_some() && *noted != host {
            *noted = host;
            noted.iter().for_each(|host| kept_list::keep_host(cache, host, &self.endpoint));
        }
    }
}

/// Asks where the usual splits are at a branch or tag, in the folder at `files`, before it is known
/// which of them there are; returns their names with their addresses and the commits of those.
pub(crate) async fn splits_at(transport: &Transport, files: &Url) -> Vec<(&'static str, Url, String)> {
    let found = KNOWN_SPLITS.map(async |name| {
        let (to, commit) = transport.target_at_revision(&below(files, name)?).await?;
        Some((name, to, commit))
    });
    futures_util::future::join_all(found).await.into_iter().flatten().collect()
}

/// Asks where a short file is that every repository has, in the folder at `files` of a branch or
/// tag; returns its address there, the address to which it leads, and the commit of that.
pub(crate) async fn short_file_at(transport: &Transport, files: &Url) -> Option<(Url, Url, String)> {
    let url = below(files, SHORT_FILE)?;
    let (to, commit) = transport.target_at_revision(&url).await?;
    Some((url, to, commit))
}

/// Takes the addresses of splits that are of a commit.
pub(crate) async fn take_splits(
    transport: &Transport,
    found: Vec<(&'static str, Url, String)>,
    (files, commit): (&Url, &str),
) {
    for (name, to, _) in found.into_iter().filter(|(_, _, of)| of == commit) {
        if let Some(url) = below(files, name) {
            transport.take_target(&url, to).await;
        }
    }
}

/// The address of a file, spelled as the client of the store spells it.
pub(crate) fn below(folder: &Url, path: &str) -> Option<Url> {
    let mut url = folder.clone();
    url.path_segments_mut().ok()?.extend(path.split('/').filter(|part| !part.is_empty()));
    Some(url)
}
