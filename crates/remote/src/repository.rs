//! Opens a repository of the Hub: the commit of a revision and the files of a folder at it, in as
//! few requests one after another as can be. What is known from an earlier day is used only if the
//! Hub confirms it, or cannot be reached.

use tilejury_data::StoredFile;
use url::Url;

use crate::ahead::{Ahead, below, short_file_at, splits_at, take_splits};
use crate::cache::SetCache;
use crate::error::Failure;
use crate::hub::{self, DEFAULT_BRANCH, Hub};
use crate::kept_list::{self, Offline};
use crate::listing;
use crate::short_files::{SHORT_FILE, ShortFiles};
use crate::transport::Transport;

/// An address on a Hub.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) endpoint: &'a Url,
    /// `OWNER/NAME`.
    pub(crate) repo: &'a str,
    pub(crate) revision: Option<&'a str>,
    /// A folder, or nothing.
    pub(crate) folder: &'a str,
}

/// A repository at a commit, and its files.
pub(crate) struct Repository {
    pub(crate) hub: Hub,
    pub(crate) files: Vec<StoredFile>,
    /// Where short files are, if that could be seen.
    pub(crate) short: Option<ShortFiles>,
    /// Set if the commit is that of an earlier day, because the Hub cannot be reached.
    pub(crate) offline: Option<Offline>,
}

/// Finds the commit of a revision and its files.
pub(crate) async fn find(wanted: Wanted<'_>, transport: &Transport, cache: &SetCache) -> Result<Repository, Failure> {
    if let Some(host) = kept_list::host(cache, wanted.endpoint) {
        transport.connect_to(&host);
    }
    let at = |commit: &str| Hub::at(transport.clone(), wanted.endpoint, wanted.repo, commit);
    // A commit is pinned already.
    let commit = wanted.revision.filter(|revision| hub::is_commit(revision)).map(str::to_ascii_lowercase);
    let earlier = commit.clone().or_else(|| kept_list::newest_name_of(cache, wanted.revision));
    let kept = earlier.and_then(|commit| Some((kept_list::list(cache, &commit)?, at(&commit))));
    let Some((files, hub)) = kept else {
        let (hub, files, short) = new(wanted, commit.as_deref(), transport).await?;
        kept_list::keep_list(cache, &hub.commit, &files);
        kept_list::keep_newest(cache, wanted.revision, &hub.commit);
        return Ok(Repository { hub, files, short, offline: None });
    };
    // Meanwhile: the addresses of what was used when the dataset was open before. They are of this
    // commit only.
    let ahead = Ahead::new(transport, (wanted.endpoint, hub.files_url()?), None, cache);
    let used = kept_list::used(cache).into_iter();
    used.filter(|path| files.iter().any(|file| file.path == *path))
        .for_each(|path| ahead.find(&in_repository(wanted.folder, &path)));
    if commit.is_some() {
        return Ok(Repository { hub, files, short: None, offline: None });
    }
    let (hub, files) = match Hub::pin(transport, wanted.endpoint, wanted.repo, wanted.revision).await {
        Ok(newest) if newest.commit == hub.commit => (hub, files),
        Ok(newest) => {
            let files = match kept_list::list(cache, &newest.commit) {
                Some(files) => files,
                None => {
                    let files = listed(&newest, newest.files().await?, wanted.folder).await?;
                    kept_list::keep_list(cache, &newest.commit, &files);
                    files
                }
            };
            (newest, files)
        }
        Err(failure) if failure.is_passing() => {
            let offline = kept_list::newest(cache, wanted.revision, &failure).ok_or(failure)?.1;
            return Ok(Repository { hub, files, short: None, offline: Some(offline) });
        }
        Err(failure) => return Err(failure),
    };
    kept_list::keep_newest(cache, wanted.revision, &hub.commit);
    Ok(Repository { hub, files, short: None, offline: None })
}

/// A repository of which nothing is kept. The addresses of the usual splits and of a short file are
/// asked for at the branch, together with its commit.
async fn new(
    wanted: Wanted<'_>,
    commit: Option<&str>,
    transport: &Transport,
) -> Result<(Hub, Vec<StoredFile>, Option<ShortFiles>), Failure> {
    let Wanted { endpoint, repo, revision, folder } = wanted;
    let revision = commit.or(revision);
    let top = hub::files_url(endpoint, repo, revision.unwrap_or(DEFAULT_BRANCH))?;
    let at_branch = below(&top, folder).unwrap_or_else(|| top.clone());
    let pinned = Hub::pin_with_files(transport, endpoint, repo, revision);
    let asked = (pinned, splits_at(transport, &at_branch), short_file_at(transport, &top));
    let (pinned, splits, short) = futures_util::join!(asked.0, asked.1, asked.2);
    let (hub, files) = pinned?;
    let hash = files.iter().flatten().find(|file| file.path == SHORT_FILE).map(|file| file.version.clone());
    let short = short.filter(|(.., commit)| *commit == hub.commit).zip(hash);
    let short = short.and_then(|((asked, to, _), hash)| ShortFiles::of(&asked, &to, SHORT_FILE, &hash));
    let here = hub.files_url()?;
    take_splits(transport, splits, (&below(&here, folder).unwrap_or(here), &hub.commit)).await;
    let files = listed(&hub, files, folder).await?;
    Ok((hub, files, short))
}

/// The files of a folder: among all, if they came together.
async fn listed(hub: &Hub, all: Option<Vec<StoredFile>>, folder: &str) -> Result<Vec<StoredFile>, Failure> {
    match all {
        Some(files) => listing::among(files, folder),
        None => listing::of_hub(hub, folder).await,
    }
}

/// The path of a file of a folder in the repository.
fn in_repository(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}
