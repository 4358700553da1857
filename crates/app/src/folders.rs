//! The person's folders on this system. The only module that reads folders and names from the
//! environment.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use directories::{ProjectDirs, UserDirs};
use tilejury_data::DatasetFingerprint;

/// The folder for what is fetched from addresses, if the command line names one.
static NAMED_CACHE: OnceLock<PathBuf> = OnceLock::new();

/// Chooses the folder in which this process keeps what it fetches from addresses, which need not
/// exist yet. The first call counts; it comes before any folder is looked up.
pub fn keep_fetched_in(folder: PathBuf) {
    let _ = NAMED_CACHE.set(folder);
}

/// The person's folders. They need not exist yet.
#[derive(Clone, Debug)]
pub struct Folders {
    /// The folder of settings and the state of the window.
    pub config: PathBuf,
    /// The folder of sidecars of read-only datasets, and of the demo.
    pub data: PathBuf,
    /// The folder of caches: files that can be rebuilt, and may be deleted at any time.
    pub cache: PathBuf,
    /// The folder of the log and crash reports.
    pub state: PathBuf,
    /// The folder in which exports of datasets at addresses are proposed.
    pub documents: PathBuf,
}

impl Folders {
    /// The folders by the platform's rules, or below the temporary folder if the person has no
    /// home.
    pub fn for_current_user() -> Self {
        match ProjectDirs::from("", "", "tilejury") {
            Some(folders) => Self {
                config: folders.config_dir().to_owned(),
                data: folders.data_dir().to_owned(),
                cache: folders.cache_dir().to_owned(),
                // Only Linux has a separate state folder.
                state: folders.state_dir().unwrap_or(folders.data_local_dir()).to_owned(),
                documents: documents().or_else(|| std::env::current_dir().ok()).unwrap_or_default(),
            },
            None => Self::below(&std::env::temp_dir().join("tilejury")),
        }
    }

    /// All folders below one folder.
    pub fn below(root: &Path) -> Self {
        let [config, data, cache, state, documents] =
            ["config", "data", "cache", "state", "documents"].map(|name| root.join(name));
        Self { config, data, cache, state, documents }
    }

    /// The folder for backups of sidecars.
    pub fn backups(&self) -> PathBuf {
        self.data.join("backups")
    }

    /// The folder for sidecars of read-only datasets.
    pub fn sidecars(&self) -> PathBuf {
        self.data.join("sidecars")
    }

    /// The file of the fingerprints of a dataset's tiles.
    pub fn fingerprints_file(&self, dataset: DatasetFingerprint) -> PathBuf {
        self.cache.join(format!("{dataset}.prints.sqlite"))
    }

    /// The file of the indexes of a dataset's shards.
    pub fn shards_file(&self, dataset: DatasetFingerprint) -> PathBuf {
        self.cache.join(format!("{dataset}.shards"))
    }

    /// The folder for what was fetched from addresses: the one of [`keep_fetched_in`],
    /// `TILEJURY_CACHE`, or a folder of the cache.
    pub fn fetched(&self) -> PathBuf {
        named_cache().unwrap_or_else(|| self.cache.join("fetched"))
    }

    /// The folder for the JSON lines of splits that are Parquet: in the folder that a person named
    /// for what is fetched, or else in the cache. Its files can be made again.
    pub fn lines(&self) -> PathBuf {
        named_cache().unwrap_or_else(|| self.cache.clone()).join("lines")
    }

    /// The folder of the judgements that come to `tilejury serve` for a dataset.
    pub fn served(&self, dataset: DatasetFingerprint) -> PathBuf {
        self.data.join("served").join(dataset.to_string())
    }

    /// The folder of the demo when no folder is given.
    pub fn demo(&self) -> PathBuf {
        self.data.join("demo")
    }

    /// The file of the person's choices.
    pub fn settings_file(&self) -> PathBuf {
        self.config.join("settings.json")
    }

    /// The file of the window's remembered state.
    pub fn window_file(&self) -> PathBuf {
        self.config.join("window.json")
    }
}

/// The folder that a person named for large caches.
fn named_cache() -> Option<PathBuf> {
    let variable = || std::env::var_os("TILEJURY_CACHE").filter(|name| !name.is_empty()).map(PathBuf::from);
    NAMED_CACHE.get().cloned().or_else(variable)
}

/// The folder of documents, or the home folder if there is none.
fn documents() -> Option<PathBuf> {
    let user = UserDirs::new()?;
    Some(user.document_dir().unwrap_or(user.home_dir()).to_owned())
}

/// The login name: the default annotator.
pub fn login_name() -> String {
    let name = whoami::username().unwrap_or_default();
    if name.trim().is_empty() { "annotator".to_owned() } else { name }
}

/// The name of this machine in its network.
pub fn host_name() -> String {
    whoami::hostname().unwrap_or_else(|_| "localhost".to_owned())
}
